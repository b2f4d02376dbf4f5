/* Defaulting: one walk over the object. For custom kinds the defaults are in the schema; for built-in kinds
 * most are in Go code, which default_table.c holds by type.
 * After: apiextensions-apiserver, apiserver/schema/defaulting. */
#include "schema/node.h"

static void default_value(struct arena *arena, const struct schema *schema, struct json *value);

/* ---- custom kinds ---- */

static bool is_unwanted_null(const struct schema *schema, const struct json *value) {
    return json_is(value, JSON_NULL) && !schema->is_nullable;
}

static void add_schema_defaults(struct arena *arena, const struct schema *schema, struct json *object) {
    for (size_t i = 0; i < schema->property_count; i++) {
        const struct schema_property *property = &schema->properties[i];
        if (!property->default_value)
            continue;
        const struct json *found = json_get(object, property->name);
        if (!found || is_unwanted_null(property->schema, found))
            json_set(arena, object, property->name, json_copy(arena, property->default_value));
    }
}

static void default_custom_object(struct arena *arena, const struct schema *schema, struct json *object) {
    add_schema_defaults(arena, schema, object);
    JSON_FOR_EACH_MEMBER (member, object) {
        const struct schema_property *property = schema_property(schema, member->key);
        const struct schema *inner = property ? property->schema : schema->additional;
        if (!inner || !inner->is_custom)
            continue;
        if (!property && is_unwanted_null(inner, &member->value) && inner->default_value)
            member->value = *json_copy(arena, inner->default_value);
        default_value(arena, inner, &member->value);
    }
}

/* ---- built-in kinds ---- */

static bool is_zero(const struct json *value) {
    switch (value->type) {
    case JSON_NULL:
    case JSON_FALSE:
        return true;
    case JSON_INTEGER:
        return value->integer == 0;
    case JSON_STRING:
    case JSON_ARRAY:
    case JSON_OBJECT:
        return value->length == 0;
    case JSON_TRUE:
    case JSON_DOUBLE:
        return false;
    }
    return false;
}

static void default_builtin_object(struct arena *arena, const struct schema *schema, struct json *object) {
    if (schema->component)
        schema_default_struct(arena, schema->component, object);
    for (size_t i = 0; i < schema->property_count; i++) {
        const struct schema_property *property = &schema->properties[i];
        const struct json *found = property->default_value ? json_get(object, property->name) : NULL;
        if (property->default_value && (!found || (property->zero != SCHEMA_ZERO_KEPT && is_zero(found))))
            json_set(arena, object, property->name, json_copy(arena, property->default_value));
    }
    JSON_FOR_EACH_MEMBER (member, object) {
        const struct schema_property *property = schema_property(schema, member->key);
        const struct schema *inner = property ? property->schema : schema->additional;
        if (inner)
            default_value(arena, inner, &member->value);
    }
}

/* ---- */

static void default_value(struct arena *arena, const struct schema *schema, struct json *value) {
    if (json_is(value, JSON_OBJECT)) {
        if (schema->is_custom)
            default_custom_object(arena, schema, value);
        else
            default_builtin_object(arena, schema, value);
        return;
    }
    if (!schema->items)
        return;
    JSON_FOR_EACH_ITEM (item, value) {
        if (schema->is_custom && is_unwanted_null(schema->items, item) && schema->items->default_value)
            *item = *json_copy(arena, schema->items->default_value);
        default_value(arena, schema->items, item);
    }
}

void schema_default(struct arena *arena, const struct schema *schema, struct json *object) {
    default_value(arena, schema, object);
    if (schema->is_custom)
        return;
    if (schema->kind)
        schema_default_kind(arena, schema->kind, object);
    schema_normalize(arena, schema, object);
}
