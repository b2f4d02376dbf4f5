/* Structure: what a CRD's schema must keep to beside being a schema, so that objects can be pruned, given
 * defaults and merged by it.
 * After: apiextensions-apiserver, pkg/apiserver/schema (structural schemas) and
 * pkg/apis/apiextensions/validation.
 */
#include "schema/node.h"

struct checking {
    struct arena *arena;
    struct field_errors *errors;
};

static char *below(struct checking *checking, const char *path, const char *part) {
    return arena_printf(checking->arena, "%s.%s", path, part);
}

static void require(struct checking *checking, const char *path, const char *detail) {
    field_errors_add(checking->errors, FIELD_REQUIRED, path, NULL, "%s", detail);
}

static void forbid(struct checking *checking, const char *path, const char *detail) {
    field_errors_add(checking->errors, FIELD_FORBIDDEN, path, NULL, "%s", detail);
}

static bool is_true(const struct json *source, const char *name) {
    return json_bool(json_get(source, name), false);
}

/* ---- defaults ---- */

/* A default must be an object as it could be stored. */
static void check_default(struct checking *checking, const struct schema *schema, const struct json *value,
                          const char *path) {
    struct field_errors errors = { .arena = checking->arena };
    struct json *pruned = json_copy(checking->arena, value);
    struct schema_paths unknown = { 0 };
    char *place = below(checking, path, "default");
    bool is_sound = schema_decode(checking->arena, schema, pruned, &unknown, NULL);

    if (!is_sound || unknown.count > 0) {
        field_errors_add(checking->errors, FIELD_INVALID, place, value, "%s", "must not have unknown fields");
        return;
    }
    (void)schema_validate(schema, value, NULL, &errors);
    for (size_t i = 0; i < errors.count; i++) {
        struct field_error error = errors.items[i];
        error.field = str_equal(error.field, "<nil>") ? place : below(checking, place, error.field);
        field_errors_add_error(checking->errors, &error);
    }
}

/* ---- lists ---- */

static bool is_required(const struct json *source, const char *name) {
    JSON_FOR_EACH_ITEM (item, json_get(source, "required"))
        if (str_equal(json_string(item, NULL), name))
            return true;
    return false;
}

static void check_list_map(struct checking *checking, const struct json *source, const char *path) {
    const struct json *items = json_get(source, "items");
    const struct json *keys = json_get(source, "x-kubernetes-list-map-keys");

    if (json_length(keys) == 0)
        require(checking, below(checking, path, "x-kubernetes-list-map-keys"),
                "must not be empty if x-kubernetes-list-type is map");
    JSON_FOR_EACH_ITEM (key, keys) {
        const char *name = json_string(key, "");
        const struct json *property = json_get(json_get(items, "properties"), name);
        const char *place = arena_printf(checking->arena, "%s.items.properties[%s]", path, name);
        if (!property)
            field_errors_add(checking->errors, FIELD_INVALID,
                             below(checking, path, "x-kubernetes-list-map-keys"), keys, "%s",
                             "entries must all be names of item properties");
        else if (!json_get(property, "default") && !is_required(items, name))
            require(
                checking, below(checking, place, "default"),
                "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required "
                "property");
    }
}

static void check_list_set(struct checking *checking, const struct json *source, const char *path) {
    const struct json *items = json_get(source, "items");
    const char *type = json_string(json_get(items, "type"), "");
    const char *list_type = json_string(json_get(items, "x-kubernetes-list-type"), "");
    const struct json *map_type = json_get(items, "x-kubernetes-map-type");

    if (str_equal(type, "object") && !str_equal(json_string(map_type, ""), "atomic"))
        field_errors_add(checking->errors, FIELD_INVALID,
                         below(checking, path, "items.x-kubernetes-map-type"),
                         map_type ? map_type : json_new_null(checking->arena), "%s",
                         "must be atomic as item of a list with x-kubernetes-list-type=set");
    if (str_equal(type, "array") && !str_equal(list_type, "atomic"))
        field_errors_add(checking->errors, FIELD_INVALID,
                         below(checking, path, "items.x-kubernetes-list-type"),
                         json_new_string(checking->arena, list_type), "%s",
                         "must be atomic as item of a list with x-kubernetes-list-type=set");
}

/* ---- schemas in allOf, anyOf, oneOf and not: they may only judge ---- */

static void check_judge(struct checking *checking, const struct json *source, const char *path) {
    static const char *const forbidden[] = {
        "additionalProperties", "default", "description", "nullable", "title", "type"
    };
    static const char *const lists[] = { "allOf", "anyOf", "oneOf" };

    for (size_t i = 0; i < ARRAY_LENGTH(forbidden); i++)
        if (json_get(source, forbidden[i]))
            forbid(checking, below(checking, path, forbidden[i]), "must be empty to be structural");
    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
        size_t index = 0;
        JSON_FOR_EACH_ITEM (item, json_get(source, lists[i]))
            check_judge(checking, item, arena_printf(checking->arena, "%s.%s[%zu]", path, lists[i], index++));
    }
    JSON_FOR_EACH_MEMBER (member, json_get(source, "properties"))
        check_judge(checking, &member->value,
                    arena_printf(checking->arena, "%s.properties[%s]", path, member->key));
    if (json_get(source, "not"))
        check_judge(checking, json_get(source, "not"), below(checking, path, "not"));
}

/* int-or-string says its two types in an anyOf, which is the one exception. */
static bool says_int_or_string(const struct json *source, const struct json *list) {
    return is_true(source, "x-kubernetes-int-or-string") && json_length(list) == 2 &&
           str_equal(json_string_at(list, "0.type", ""), "integer") &&
           str_equal(json_string_at(list, "1.type", ""), "string");
}

static void check_judges(struct checking *checking, const struct json *source, const char *path) {
    static const char *const lists[] = { "allOf", "anyOf", "oneOf" };

    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
        const struct json *list = json_get(source, lists[i]);
        size_t index = 0;
        if (says_int_or_string(source, list))
            continue;
        JSON_FOR_EACH_ITEM (item, list) {
            const char *place = arena_printf(checking->arena, "%s.%s[%zu]", path, lists[i], index++);
            if (!says_int_or_string(source, json_get(item, "anyOf")))
                check_judge(checking, item, place);
        }
    }
    if (json_get(source, "not"))
        check_judge(checking, json_get(source, "not"), below(checking, path, "not"));
}

/* ---- */

static void check_node(struct checking *checking, const struct json *source, const struct schema *schema,
                       const char *path, const char *whose);

static void check_children(struct checking *checking, const struct json *source, const struct schema *schema,
                           const char *path) {
    const struct json *additional = json_get(source, "additionalProperties");
    const struct json *items = json_get(source, "items");

    JSON_FOR_EACH_MEMBER (member, json_get(source, "properties")) {
        const struct schema_property *property = schema_property(schema, member->key);
        bool is_metadata = schema->kind && str_equal(member->key, "metadata");
        if (property && property->schema->is_custom && !is_metadata)
            check_node(checking, &member->value, property->schema,
                       arena_printf(checking->arena, "%s.properties[%s]", path, member->key),
                       "must not be empty for specified object fields");
    }
    if (json_is(additional, JSON_OBJECT) && schema->additional)
        check_node(checking, additional, schema->additional, below(checking, path, "additionalProperties"),
                   "must not be empty for specified object fields");
    if (json_is(items, JSON_OBJECT) && schema->items)
        check_node(checking, items, schema->items, below(checking, path, "items"),
                   "must not be empty for specified array items");
}

static void check_node(struct checking *checking, const struct json *source, const struct schema *schema,
                       const char *path, const char *whose) {
    const char *list_type = json_string(json_get(source, "x-kubernetes-list-type"), "");
    const struct json *value = json_get(source, "default");
    bool may_lack_type = schema->is_int_or_string || is_true(source, "x-kubernetes-preserve-unknown-fields");

    if (json_get(source, "$ref"))
        forbid(checking, below(checking, path, "$ref"), "$ref is not supported");
    if (is_true(source, "uniqueItems"))
        forbid(checking, below(checking, path, "uniqueItems"),
               "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
    if (schema->type == SCHEMA_ANY && !may_lack_type)
        require(checking, below(checking, path, "type"), whose);
    if (schema->type == SCHEMA_ARRAY && !json_is(json_get(source, "items"), JSON_OBJECT))
        require(checking, below(checking, path, "items"), "must be specified");
    if (json_length(json_get(source, "properties")) > 0 && json_get(source, "additionalProperties"))
        forbid(checking, below(checking, path, "additionalProperties"),
               "additionalProperties and properties are mutual exclusive");
    if (str_equal(list_type, "map"))
        check_list_map(checking, source, path);
    if (str_equal(list_type, "set"))
        check_list_set(checking, source, path);
    check_judges(checking, source, path);
    if (value && !json_is(value, JSON_NULL))
        check_default(checking, schema, value, path);
    check_children(checking, source, schema, path);
}

void schema_check_structure(const struct json *source, const struct schema *schema, const char *path,
                            struct field_errors *errors) {
    struct checking checking = { .arena = errors->arena, .errors = errors };

    check_node(&checking, source, schema, path, "must not be empty at the root");
}
