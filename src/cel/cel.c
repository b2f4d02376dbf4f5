#include "cel/cel.h"

#include "cel/evaluate.h"
#include "cel/regex.h"

void cel_program_free(struct cel_program *program) {
    if (!program)
        return;
    for (size_t i = 0; i < program->pattern_count; i++)
        cel_pattern_free(program->patterns[i]);
    free(program->patterns);
    if (program->owns_arena)
        arena_free(program->arena);
    free(program);
}

bool cel_compile_in(struct arena *arena, struct text source, struct cel_program **out_program,
                    struct error *err) {
    CLEANUP_POINTER(cel_program_free) struct cel_program *program = NULL;

    if (source.length > CEL_SOURCE_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "the expression is longer than %d bytes", CEL_SOURCE_BYTES_MAX);
    if (!text_is_utf8(source))
        return error_set(err, ERROR_INVALID, "the expression is not UTF-8");
    program = XNEW(struct cel_program);
    program->arena = arena ? arena : arena_new();
    program->owns_arena = !arena;
    program->source =
        (struct text){ arena_strndup(program->arena, source.data, source.length), source.length };
    if (!cel_parse(program, err) || !cel_resolve(program, err))
        return false;
    *out_program = TAKE(program);
    return true;
}

bool cel_compile(struct text source, struct cel_program **out_program, struct error *err) {
    return cel_compile_in(NULL, source, out_program, err);
}

bool cel_mentions(const struct cel_program *program, const char *name) {
    for (size_t i = 0; i < program->name_count; i++)
        if (str_equal(program->names[i], name))
            return true;
    return false;
}

static bool has_variable(const struct cel_variable *variables, size_t variable_count, const char *name) {
    for (size_t i = 0; i < variable_count; i++)
        if (str_equal(variables[i].name, name))
            return true;
    return false;
}

static struct cel_run run_of(struct arena *arena, const struct cel_variable *variables,
                             size_t variable_count) {
    for (size_t i = 0; i < variable_count; i++)
        ensure(variables[i].value || variables[i].is_optional);
    return (struct cel_run){
        .arena = arena,
        .variables = variables,
        .variable_count = variable_count,
        .steps_left = CEL_STEPS_MAX,
    };
}

static bool fail(const struct cel_run *run, struct error *err) {
    return error_set(err, ERROR_INVALID, "%s", run->failure);
}

/* A name that stands for nothing fails even where && or || would take no notice of it: the API server does
 * not store such an expression. */
static bool evaluate(const struct cel_program *program, struct cel_run *run, struct cel_value *out,
                     struct error *err) {
    for (size_t i = 0; i < program->name_count; i++)
        if (!has_variable(run->variables, run->variable_count, program->names[i]))
            return error_set(err, ERROR_INVALID, "undeclared reference to '%s'", program->names[i]);
    return cel_evaluate(run, program->root, out) || fail(run, err);
}

bool cel_holds(const struct cel_program *program, struct arena *arena, const struct cel_variable *variables,
               size_t variable_count, bool *out_holds, struct error *err) {
    struct cel_run run = run_of(arena, variables, variable_count);
    struct cel_value value;

    if (!evaluate(program, &run, &value, err))
        return false;
    if (value.kind != CEL_BOOL)
        return error_set(err, ERROR_INVALID, "cel expression must evaluate to a bool, not to %s",
                         cel_kind_name(value.kind));
    *out_holds = value.boolean;
    return true;
}

bool cel_string(const struct cel_program *program, struct arena *arena, const struct cel_variable *variables,
                size_t variable_count, const char **out_string, struct error *err) {
    struct cel_run run = run_of(arena, variables, variable_count);
    struct cel_value value;

    if (!evaluate(program, &run, &value, err))
        return false;
    if (value.kind != CEL_STRING)
        return error_set(err, ERROR_INVALID, "the expression must evaluate to a string, not to %s",
                         cel_kind_name(value.kind));
    *out_string = arena_strndup(arena, value.text.data, value.text.length);
    return true;
}

bool cel_value(const struct cel_program *program, struct arena *arena, const struct cel_variable *variables,
               size_t variable_count, struct json **out_value, struct error *err) {
    struct cel_run run = run_of(arena, variables, variable_count);
    struct cel_value value;

    if (!evaluate(program, &run, &value, err))
        return false;
    struct json *json = cel_to_json(&run, value);
    if (!json)
        return fail(&run, err);
    *out_value = json;
    return true;
}
