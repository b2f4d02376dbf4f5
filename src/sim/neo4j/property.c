#include "sim/neo4j/property.h"

#include "base/encoding.h"

#include <math.h>

/* Structures that are values of their own, as opposed to nodes, relationships and paths. */
static bool is_storable_struct(uint8_t tag) {
    static const uint8_t tags[] = { BOLT_DATE,      BOLT_TIME,           BOLT_LOCAL_TIME,
                                    BOLT_DATE_TIME, BOLT_DATE_TIME_ZONE, BOLT_LOCAL_DATE_TIME,
                                    BOLT_DURATION,  BOLT_POINT_2D,       BOLT_POINT_3D,
                                    BOLT_VECTOR };

    return memchr(tags, tag, sizeof(tags)) != NULL;
}

static struct json *wrap(struct arena *arena, const char *key, const char *text) {
    struct json *json = json_new_object(arena);

    json_set_string(arena, json, key, text);
    return json;
}

static struct json *float_to_json(struct arena *arena, double number) {
    return wrap(arena, "float",
                isnan(number)   ? "NaN"
                : isinf(number) ? (number > 0 ? "Infinity" : "-Infinity")
                                : arena_printf(arena, "%.17g", number));
}

static struct json *bytes_to_json(struct arena *arena, const struct bolt_value *value) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    base64_encode(&text, value->string, value->length);
    return wrap(arena, "bytes", buffer_string(&text));
}

static struct json *items_to_json(struct arena *arena, const struct bolt_value *value) {
    struct json *items = json_new_array(arena);

    for (uint32_t i = 0; i < value->length; i++) {
        const struct json *item = property_to_json(arena, &value->items[i]);
        if (!item)
            return NULL;
        json_append(arena, items, item);
    }
    return items;
}

static struct json *struct_to_json(struct arena *arena, const struct bolt_value *value) {
    struct json *json = json_new_object(arena), *fields;

    if (!is_storable_struct(value->tag))
        return NULL;
    fields = items_to_json(arena, value);
    json_set_integer(arena, json, "tag", value->tag);
    if (fields)
        json_set(arena, json, "fields", fields);
    return fields ? json : NULL;
}

static bool is_number(const struct bolt_value *value) {
    return value->type == BOLT_INTEGER || value->type == BOLT_FLOAT;
}

/* A list holds values of one kind; of integers and floats it makes floats. */
static struct json *list_to_json(struct arena *arena, const struct bolt_value *list) {
    struct bolt_value *floats = bolt_new_list(arena);
    bool is_mixed = false;

    for (uint32_t i = 0; i < list->length; i++) {
        const struct bolt_value *item = &list->items[i], *first = &list->items[0];
        if (item->type == BOLT_LIST || item->type == BOLT_BYTES)
            return NULL;
        if (is_number(item) && is_number(first))
            is_mixed = is_mixed || item->type != first->type;
        else if (item->type != first->type || (item->type == BOLT_STRUCT && item->tag != first->tag))
            return NULL;
    }
    for (uint32_t i = 0; is_mixed && i < list->length; i++)
        bolt_append(arena, floats, bolt_new_float(arena, bolt_number(&list->items[i], 0)));
    return items_to_json(arena, is_mixed ? floats : list);
}

struct json *property_to_json(struct arena *arena, const struct bolt_value *value) {
    struct json *text;

    switch (value->type) {
    case BOLT_BOOL:
        return json_new_bool(arena, value->boolean);
    case BOLT_INTEGER:
        return json_new_integer(arena, value->integer);
    case BOLT_FLOAT:
        return float_to_json(arena, value->number);
    case BOLT_BYTES:
        return bytes_to_json(arena, value);
    case BOLT_STRING:
        text = ARENA_NEW(arena, struct json);
        *text = (struct json){ .type = JSON_STRING, .string = value->string, .length = value->length };
        return text;
    case BOLT_LIST:
        return list_to_json(arena, value);
    case BOLT_STRUCT:
        return struct_to_json(arena, value);
    case BOLT_NULL:
    case BOLT_MAP:
    case BOLT_UUID: /* of versions that are not simulated */
        return NULL;
    }
    return NULL;
}

static struct bolt_value *float_from_json(struct arena *arena, const char *text) {
    double number = 0;

    if (str_equal(text, "NaN"))
        return bolt_new_float(arena, (double)NAN);
    if (str_equal(text, "Infinity") || str_equal(text, "-Infinity"))
        return bolt_new_float(arena, *text == '-' ? -(double)INFINITY : (double)INFINITY);
    return parse_double(text_from(text), &number) ? bolt_new_float(arena, number) : bolt_new_null(arena);
}

static struct bolt_value *object_from_json(struct arena *arena, const struct json *json) {
    const char *number = json_string_at(json, "float", NULL), *base64 = json_string_at(json, "bytes", NULL);
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    struct bolt_value *structure;
    unsigned fields = 0;

    if (number)
        return float_from_json(arena, number);
    if (base64)
        return base64_decode(&bytes, text_from(base64)) ? bolt_new_bytes(arena, bytes.data, bytes.length)
                                                        : bolt_new_null(arena);
    structure = bolt_new_struct(arena, (uint8_t)json_integer_at(json, "tag", 0));
    if (!is_storable_struct(structure->tag))
        return bolt_new_null(arena);
    JSON_FOR_EACH_ITEM (field, json_get(json, "fields"))
        if (fields++ < 15)
            bolt_append(arena, structure, property_from_json(arena, field));
    return structure;
}

struct bolt_value *property_from_json(struct arena *arena, const struct json *json) {
    struct bolt_value *list;

    if (json_is(json, JSON_OBJECT))
        return object_from_json(arena, json);
    if (json_is(json, JSON_TRUE) || json_is(json, JSON_FALSE))
        return bolt_new_bool(arena, json->type == JSON_TRUE);
    if (json_is(json, JSON_INTEGER))
        return bolt_new_integer(arena, json->integer);
    if (json_is(json, JSON_STRING))
        return bolt_new_text(arena, (struct text){ json->string, json->length });
    if (!json_is(json, JSON_ARRAY))
        return bolt_new_null(arena);
    list = bolt_new_list(arena);
    JSON_FOR_EACH_ITEM (item, json)
        bolt_append(arena, list, property_from_json(arena, item));
    return list;
}
