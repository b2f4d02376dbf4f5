/* Functions of Cypher, but for those that aggregate. A row each. */
#include "sim/neo4j/expression_node.h"

static const struct bolt_value null_value = { .type = BOLT_NULL };

static struct bolt_value integer(int64_t value) {
    return (struct bolt_value){ .type = BOLT_INTEGER, .integer = value };
}

static bool call_range(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                       struct bolt_value *out) {
    struct cursor *cursor = evaluation->cursor;
    int64_t from = bolt_integer(&arguments[0], 0), to = bolt_integer(&arguments[1], 0);
    int64_t step = count > 2 ? bolt_integer(&arguments[2], 0) : 1;
    struct bolt_value *list = bolt_new_list(cursor->arena);

    for (size_t i = 0; i < count; i++)
        if (arguments[i].type != BOLT_INTEGER)
            return evaluation_fail_type(evaluation, "range() expects integers");
    if (!step)
        return failure_set(cursor->failure, cursor->arena, FAILURE_ARGUMENT,
                           "Step argument to 'range()' can't be zero");
    for (int64_t i = from; step > 0 ? i <= to : i >= to;) {
        struct bolt_value item = integer(i);
        if (list->length >= RANGE_ITEMS_MAX)
            return failure_set(cursor->failure, cursor->arena, FAILURE_RESULT_TOO_LARGE,
                               "A list of more than %d items", RANGE_ITEMS_MAX);
        bolt_append(cursor->arena, list, &item);
        if (__builtin_add_overflow(i, step, &i))
            break;
    }
    *out = *list;
    return true;
}

static bool call_size(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    *out = null_value;
    if (arguments[0].type == BOLT_NULL)
        return true;
    if (arguments[0].type != BOLT_LIST && arguments[0].type != BOLT_STRING)
        return evaluation_fail_type(evaluation, "size() expects a list or a string");
    *out = integer(arguments[0].length);
    return true;
}

static bool call_head(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    *out = arguments[0].type == BOLT_LIST && arguments[0].length ? arguments[0].items[0] : null_value;
    return true;
}

static bool call_coalesce(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    *out = null_value;
    for (size_t i = 0; i < count && out->type == BOLT_NULL; i++)
        *out = arguments[i];
    return true;
}

bool function_to_string(const struct evaluation *evaluation, const struct bolt_value *value,
                        struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;

    *out = null_value;
    if (value->type == BOLT_STRING)
        *out = *value;
    else if (value->type == BOLT_INTEGER)
        *out = *bolt_new_string(arena, arena_printf(arena, "%ld", (long)value->integer));
    else if (value->type == BOLT_BOOL)
        *out = *bolt_new_string(arena, value->boolean ? "true" : "false");
    else if (value->type == BOLT_FLOAT)
        *out = *bolt_new_string(arena, arena_printf(arena, "%.17g", value->number));
    else if (value->type != BOLT_NULL)
        return evaluation_fail_type(evaluation, "toString() expects a string, number or boolean");
    return true;
}

static bool call_to_string(const struct evaluation *evaluation, const struct bolt_value *arguments,
                           size_t count, struct bolt_value *out) {
    return function_to_string(evaluation, &arguments[0], out);
}

static bool change_case(const struct evaluation *evaluation, const struct bolt_value *argument, char first,
                        char last, struct bolt_value *out) {
    *out = null_value;
    if (argument->type == BOLT_NULL)
        return true;
    if (argument->type != BOLT_STRING)
        return evaluation_fail_type(evaluation, "toLower() and toUpper() expect a string");
    *out = *bolt_new_string(evaluation->cursor->arena, argument->string);
    for (char *c = out->string; *c; c++)
        if (*c >= first && *c <= last)
            *c = (char)(*c ^ 0x20);
    return true;
}

static bool call_to_lower(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    return change_case(evaluation, &arguments[0], 'A', 'Z', out);
}

static bool call_to_upper(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    return change_case(evaluation, &arguments[0], 'a', 'z', out);
}

static bool call_keys(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    struct bolt_value *keys = bolt_new_list(arena);

    BOLT_FOR_EACH_MEMBER(member, &arguments[0])
    bolt_append_string(arena, keys, member->key);
    *out = arguments[0].type == BOLT_MAP ? *keys : null_value;
    return true;
}

/* What auth rules may ask of the user; nothing else may. Cypher Manual, security functions. */
static bool call_user_tags(const struct evaluation *evaluation, const struct bolt_value *arguments,
                           size_t count, struct bolt_value *out) {
    struct cursor *cursor = evaluation->cursor;

    if (!cursor->user_tags)
        return failure_set(cursor->failure, cursor->arena, FAILURE_SYNTAX,
                           "Unknown function 'abac.native.user_tags'");
    *out = *cursor->user_tags;
    return true;
}

/* No simulated user comes from an OIDC provider, so that there is no claim. */
static bool call_user_attribute(const struct evaluation *evaluation, const struct bolt_value *arguments,
                                size_t count, struct bolt_value *out) {
    struct cursor *cursor = evaluation->cursor;

    if (!cursor->user_tags)
        return failure_set(cursor->failure, cursor->arena, FAILURE_SYNTAX,
                           "Unknown function 'abac.oidc.user_attribute'");
    *out = null_value;
    return true;
}

static const struct {
    const char *name;
    size_t arguments_min;
    size_t arguments_max;
    bool (*call)(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                 struct bolt_value *out);
} functions[] = {
    { "abac.native.user_tags", 0, 0, call_user_tags },
    { "abac.oidc.user_attribute", 1, 1, call_user_attribute },
    { "coalesce", 1, 100, call_coalesce }, { "head", 1, 1, call_head },
    { "keys", 1, 1, call_keys },           { "range", 2, 3, call_range },
    { "size", 1, 1, call_size },           { "toLower", 1, 1, call_to_lower },
    { "toString", 1, 1, call_to_string },  { "toUpper", 1, 1, call_to_upper },
};

bool function_call(const struct evaluation *evaluation, const struct expression *expression,
                   struct bolt_value *out) {
    struct cursor *cursor = evaluation->cursor;
    struct bolt_value *arguments = ARENA_ARRAY(cursor->arena, struct bolt_value, expression->count + 1);

    for (size_t i = 0; i < expression->count; i++)
        if (!evaluation_of(evaluation, expression->items[i], &arguments[i]))
            return false;
    for (size_t i = 0; i < ARRAY_LENGTH(functions); i++) {
        if (strcasecmp(functions[i].name, expression->name))
            continue;
        if (expression->count < functions[i].arguments_min || expression->count > functions[i].arguments_max)
            return failure_set(cursor->failure, cursor->arena, FAILURE_SYNTAX,
                               "Wrong number of parameters for function '%s'", expression->name);
        return functions[i].call(evaluation, arguments, expression->count, out);
    }
    return failure_set(cursor->failure, cursor->arena, FAILURE_SYNTAX, "Unknown function '%s'",
                       expression->name);
}
