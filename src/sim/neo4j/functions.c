/* Functions of Cypher, but for those that aggregate: those of lists, maps and nodes, and the way to the
 * others. A row each. */
#include "sim/neo4j/authorization.h"
#include "sim/neo4j/expression_node.h"
#include "sim/neo4j/known_function.h"
#include "sim/neo4j/node_value.h"
#include "sim/neo4j/plugin.h"

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
    if (arguments[0].type == BOLT_STRING) /* characters: bytes but for those that continue one */
        for (uint32_t i = 0; i < arguments[0].length; i++)
            out->integer -= (arguments[0].string[i] & 0xC0) == 0x80;
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

static bool call_last(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    const struct bolt_value *list = &arguments[0];

    *out = list->type == BOLT_LIST && list->length ? list->items[list->length - 1] : null_value;
    return true;
}

static bool call_tail(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    struct bolt_value *tail = bolt_new_list(evaluation->cursor->arena);

    for (uint32_t i = 1; arguments[0].type == BOLT_LIST && i < arguments[0].length; i++)
        bolt_append(evaluation->cursor->arena, tail, &arguments[0].items[i]);
    *out = arguments[0].type == BOLT_LIST ? *tail : null_value;
    return true;
}

static bool call_is_empty(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    const struct bolt_value *value = &arguments[0];

    *out = null_value;
    if (value->type == BOLT_NULL)
        return true;
    if (value->type != BOLT_LIST && value->type != BOLT_STRING && value->type != BOLT_MAP)
        return evaluation_fail_type(evaluation, "isEmpty() expects a list, a map or a string");
    *out = (struct bolt_value){ .type = BOLT_BOOL, .boolean = value->length == 0 };
    return true;
}

static bool call_null_if(const struct evaluation *evaluation, const struct bolt_value *arguments,
                         size_t count, struct bolt_value *out) {
    *out = expression_equal(&arguments[0], &arguments[1]) ? null_value : arguments[0];
    return true;
}

/* *out_map: the map that it is or whose properties it has; NULL for null. */
static bool map_of(const struct evaluation *evaluation, const struct bolt_value *value,
                   const struct bolt_value **out_map) {
    struct cursor *cursor = evaluation->cursor;
    const struct json *entry;

    *out_map = value->type == BOLT_MAP ? value : NULL;
    if (value->type == BOLT_MAP || value->type == BOLT_NULL)
        return true;
    if (!node_value_is(value))
        return evaluation_fail_type(evaluation, "expected a Map or a Node");
    entry = node_value_entry(cursor, cursor->arena, value);
    if (entry)
        *out_map = node_value_properties(cursor, entry);
    return entry != NULL;
}

static bool call_keys(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    struct bolt_value *keys = bolt_new_list(arena);
    const struct bolt_value *map;

    if (!map_of(evaluation, &arguments[0], &map))
        return false;
    BOLT_FOR_EACH_MEMBER(member, map)
    bolt_append_string(arena, keys, member->key);
    *out = map ? *keys : null_value;
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

static bool call_properties(const struct evaluation *evaluation, const struct bolt_value *arguments,
                            size_t count, struct bolt_value *out) {
    const struct bolt_value *map;

    if (!map_of(evaluation, &arguments[0], &map))
        return false;
    *out = map ? *map : null_value;
    return true;
}

/* ---- nodes ---- */

static bool check_node(const struct evaluation *evaluation, const struct bolt_value *value) {
    return value->type == BOLT_NULL || node_value_is(value) ||
           evaluation_fail_type(evaluation, "expected a Node");
}

static bool call_id(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                    struct bolt_value *out) {
    *out = arguments[0].type == BOLT_NULL ? null_value : integer(node_value_id(&arguments[0]));
    return check_node(evaluation, &arguments[0]);
}

static bool call_element_id(const struct evaluation *evaluation, const struct bolt_value *arguments,
                            size_t count, struct bolt_value *out) {
    struct cursor *cursor = evaluation->cursor;

    *out = null_value;
    if (!check_node(evaluation, &arguments[0]))
        return false;
    if (arguments[0].type != BOLT_NULL)
        *out = *bolt_new_string(cursor->arena, node_value_element_id(cursor, node_value_id(&arguments[0])));
    return true;
}

static bool call_labels(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                        struct bolt_value *out) {
    struct cursor *cursor = evaluation->cursor;
    struct bolt_value *labels = bolt_new_list(cursor->arena);
    const struct json *entry;

    *out = null_value;
    if (!check_node(evaluation, &arguments[0]))
        return false;
    if (arguments[0].type == BOLT_NULL)
        return true;
    entry = node_value_entry(cursor, cursor->arena, &arguments[0]);
    if (!entry)
        return false;
    JSON_FOR_EACH_ITEM (label, json_get(entry, "labels"))
        bolt_append_string(cursor->arena, labels, json_string(label, ""));
    *out = *labels;
    return true;
}

/* ---- the table ---- */

const struct function functions_of_values[] = {
    { "abac.native.user_tags", 0, 0, call_user_tags },
    { "abac.oidc.user_attribute", 1, 1, call_user_attribute },
    { "coalesce", 1, 100, call_coalesce },
    { "elementId", 1, 1, call_element_id },
    { "head", 1, 1, call_head },
    { "id", 1, 1, call_id },
    { "isEmpty", 1, 1, call_is_empty },
    { "keys", 1, 1, call_keys },
    { "labels", 1, 1, call_labels },
    { "last", 1, 1, call_last },
    { "nullIf", 2, 2, call_null_if },
    { "properties", 1, 1, call_properties },
    { "range", 2, 3, call_range },
    { "size", 1, 1, call_size },
    { "tail", 1, 1, call_tail },
    { NULL, 0, 0, NULL },
};

static bool is_there(const struct function *function, const struct neo4j_process *process) {
    return !function->plugin || (process && plugin_brings(process, function->plugin, function->name));
}

static const struct function *find(const struct neo4j_process *process, const char *name) {
    const struct function *const families[] = { functions_of_values, functions_of_numbers,
                                                functions_of_texts,  functions_of_time,
                                                functions_of_space,  functions_of_plugins };

    for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
        for (const struct function *function = families[i]; function->name; function++)
            if (!strcasecmp(function->name, name) && is_there(function, process))
                return function;
    return NULL;
}

/* "abs(input :: INTEGER | FLOAT) :: INTEGER | FLOAT", with "or" between those of the same name. */
static const char *signatures(struct cursor *cursor, const char *name) {
    const char *all = NULL;

    for (const struct known_function *row = known_functions; row->signature; row++)
        if (!strcasecmp(known_function_name(cursor->arena, row), name) &&
            known_function_is_there(row, cursor->process, cursor->language))
            all = all ? arena_printf(cursor->arena, "%s or %s", all, row->signature) : row->signature;
    return all ? all : arena_printf(cursor->arena, "%s()", name);
}

static bool fail_count(struct cursor *cursor, const struct expression *expression, size_t wanted) {
    bool is_calendar = neo4j_version_is_calendar(&cursor->process->version);
    const char *about = arena_printf(
        cursor->arena, "expected %zu but got %zu.%sThe procedure or function %s() has the signature: %s",
        wanted, expression->count, is_calendar ? " " : "\n\n", expression->name,
        signatures(cursor, expression->name));

    return cursor_fail_at(cursor, expression->offset, FAILURE_FUNCTION_ARGUMENTS, about,
                          "%s parameters for function '%s'",
                          expression->count < wanted ? "Insufficient" : "Too many", expression->name);
}

bool function_check(struct cursor *cursor, const struct expression *expression) {
    const struct function *function = find(cursor->process, expression->name);

    if (aggregate_is(expression->name))
        return expression->is_star || expression->count == 1 || fail_count(cursor, expression, 1);
    if (!function)
        return cursor_fail_at(cursor, expression->offset, FAILURE_UNKNOWN_FUNCTION, expression->name,
                              "Unknown function '%s'", expression->name);
    if (expression->count < function->arguments_min)
        return fail_count(cursor, expression, function->arguments_min);
    return expression->count <= function->arguments_max ||
           fail_count(cursor, expression, function->arguments_max);
}

bool function_call(const struct evaluation *evaluation, const struct expression *expression,
                   struct bolt_value *out) {
    struct cursor *cursor = evaluation->cursor;
    struct bolt_value *arguments = ARENA_ARRAY(cursor->arena, struct bolt_value, expression->count + 1);
    const struct function *function = find(cursor->process, expression->name);

    if (!function_check(cursor, expression))
        return false;
    ensure(function); /* what aggregates never comes here */
    if (function->plugin && !str_empty(cursor->user) &&
        !privilege_allows_function(&cursor->process->state, cursor->user, function->name))
        return authorization_forbid(&cursor->process->state, cursor->arena, cursor->user, cursor->failure,
                                    "Executing user defined function '%s' permission has not been granted",
                                    function->name);
    for (size_t i = 0; i < expression->count; i++)
        if (!evaluation_of(evaluation, expression->items[i], &arguments[i]))
            return false;
    return function->call(evaluation, arguments, expression->count, out);
}
