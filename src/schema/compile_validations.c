/* Rules in CEL, compiled with the node that they are about.
 * After: apiextensions-apiserver, pkg/apiserver/schema/cel/compilation.go. */
#include "schema/compile.h"

enum { VALIDATIONS_MAX = 256 }; /* of one node */

static bool compile_program(struct compiler *compiler, const char *source, const char *path,
                            struct cel_program **out_program) {
    struct schema_bundle *bundle = compiler->bundle;
    struct cel_program *program = NULL;

    if (!cel_compile_in(bundle->arena, text_from(source), &program, compiler->err))
        return error_wrap(compiler->err, "%s: Invalid value: \"%s\": compilation failed", path, source);
    bundle->programs = xrealloc(bundle->programs, (bundle->program_count + 1) * sizeof(struct cel_program *));
    bundle->programs[bundle->program_count++] = program;
    *out_program = program;
    return true;
}

static enum field_error_type type_of(const char *reason) {
    static const struct {
        const char *reason;
        enum field_error_type type;
    } reasons[] = {
        { "FieldValueForbidden", FIELD_FORBIDDEN },
        { "FieldValueRequired", FIELD_REQUIRED },
        { "FieldValueDuplicate", FIELD_DUPLICATE },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(reasons); i++)
        if (str_equal(reasons[i].reason, reason))
            return reasons[i].type;
    return FIELD_INVALID;
}

/* ".config['a.b'].c" -> "config[a.b].c" */
static const char *plain_path(struct arena *arena, const char *path) {
    CLEANUP_BUFFER struct buffer plain = { 0 };

    for (const char *at = *path == '.' ? path + 1 : path; *at; at++)
        if (*at != '\'')
            buffer_add_char(&plain, *at);
    return arena_strdup(arena, buffer_string(&plain));
}

static const char *copy_or_null(struct arena *arena, const char *string) {
    return string ? arena_strdup(arena, string) : NULL;
}

/* Without a message the rule itself is shown. */
static const char *message_of(struct arena *arena, const struct json *source, const char *rule) {
    const char *message = json_string_at(source, "message", NULL);

    return message ? arena_strdup(arena, message) : arena_printf(arena, "failed rule: %s", rule);
}

static bool compile_one(struct compiler *compiler, const struct json *source, const char *path,
                        struct schema_validation *out) {
    struct arena *arena = compiler->bundle->arena;
    const char *rule = json_string_at(source, "rule", "");
    const char *message_expression = json_string_at(source, "messageExpression", NULL);
    const char *field_path = json_string_at(source, "fieldPath", NULL);

    *out = (struct schema_validation){
        .message = message_of(arena, source, rule),
        .number = copy_or_null(arena, json_string_at(source, "x-number", NULL)),
        .field_path = field_path ? plain_path(arena, field_path) : NULL,
        .type = type_of(json_string_at(source, "reason", "")),
        .has_optional_old = json_bool_at(source, "optionalOldSelf", false),
    };
    if (!compile_program(compiler, rule, arena_printf(compiler->paths, "%s.rule", path), &out->program))
        return false;
    out->uses_old = cel_mentions(out->program, "oldSelf");
    return !message_expression || compile_program(compiler, message_expression,
                                                  arena_printf(compiler->paths, "%s.messageExpression", path),
                                                  &out->message_program);
}

static bool compile_all(struct compiler *compiler, const struct json *sources, const char *path,
                        struct schema_validations *out) {
    size_t count = json_is(sources, JSON_ARRAY) ? json_length(sources) : 0;
    struct arena *arena = compiler->bundle->arena;

    if (count == 0)
        return true;
    if (count > VALIDATIONS_MAX)
        return error_set(compiler->err, ERROR_INVALID, "%s: Too many: %zu: must have at most %d items", path,
                         count, VALIDATIONS_MAX);
    struct schema_validation *items = ARENA_ARRAY(arena, struct schema_validation, count);
    for (size_t i = 0; i < count; i++)
        if (!compile_one(compiler, json_item(sources, i), arena_printf(compiler->paths, "%s[%zu]", path, i),
                         &items[i]))
            return false;
    *out = (struct schema_validations){ items, count };
    return true;
}

static bool has_validations(const struct schema *node) {
    return node && node->has_validations_within;
}

bool schema_compile_validations(struct compiler *compiler, const struct json *source, const char *path,
                                struct schema *node) {
    const struct json *validations = json_get(source, "x-kubernetes-validations");
    const struct json *warnings = json_get(source, "x-warnings");

    if (validations &&
        !compile_all(compiler, validations,
                     arena_printf(compiler->paths, "%s.x-kubernetes-validations", path), &node->validations))
        return false;
    if (warnings && !compile_all(compiler, warnings, arena_printf(compiler->paths, "%s.x-warnings", path),
                                 &node->warnings))
        return false;
    node->has_validations_within = node->validations.count > 0 || node->warnings.count > 0 ||
                                   has_validations(node->items) || has_validations(node->additional);
    for (size_t i = 0; i < node->property_count && !node->has_validations_within; i++)
        node->has_validations_within = has_validations(node->properties[i].schema);
    return true;
}
