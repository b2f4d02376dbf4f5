#include "bolt/value_json.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/time.h"
#include "bolt/structure.h"

#include <math.h>

static struct bolt_value *from_json(struct arena *arena, const struct json *json, unsigned depth);

static struct bolt_value *list_from_json(struct arena *arena, const struct json *array, unsigned depth) {
    struct bolt_value *list = bolt_new_list(arena);

    JSON_FOR_EACH_ITEM (item, array) {
        const struct bolt_value *value = from_json(arena, item, depth + 1);
        if (!value)
            return NULL;
        bolt_append(arena, list, value);
    }
    return list;
}

static struct bolt_value *map_from_json(struct arena *arena, const struct json *object, unsigned depth) {
    struct bolt_value *map = bolt_new_map(arena);

    JSON_FOR_EACH_MEMBER (member, object) {
        const struct bolt_value *value = from_json(arena, &member->value, depth + 1);
        if (!value)
            return NULL;
        bolt_set(arena, map, member->key, value);
    }
    return map;
}

static struct bolt_value *from_json(struct arena *arena, const struct json *json, unsigned depth) {
    if (depth > BOLT_JSON_DEPTH_MAX)
        return NULL;
    switch (json->type) {
    case JSON_NULL:
        return bolt_new_null(arena);
    case JSON_FALSE:
    case JSON_TRUE:
        return bolt_new_bool(arena, json->type == JSON_TRUE);
    case JSON_INTEGER:
        return bolt_new_integer(arena, json->integer);
    case JSON_DOUBLE:
        return bolt_new_float(arena, json->number);
    case JSON_STRING:
        return bolt_new_text(arena, (struct text){ json->string, json->length });
    case JSON_ARRAY:
        return list_from_json(arena, json, depth);
    case JSON_OBJECT:
        return map_from_json(arena, json, depth);
    }
    return NULL;
}

struct bolt_value *bolt_from_json(struct arena *arena, const struct json *json) {
    return json ? from_json(arena, json, 0) : bolt_new_null(arena);
}

static struct json *items_to_json(struct arena *arena, const struct bolt_value *list) {
    struct json *array = json_new_array(arena);

    for (uint32_t i = 0; i < list->length; i++)
        json_append(arena, array, bolt_to_json(arena, &list->items[i]));
    return array;
}

static struct json *map_to_json(struct arena *arena, const struct bolt_value *map) {
    struct json *object = json_new_object(arena);

    BOLT_FOR_EACH_MEMBER(member, map)
    json_set(arena, object, member->key, bolt_to_json(arena, &member->value));
    return object;
}

static struct json *bytes_to_json(struct arena *arena, const struct bolt_value *bytes) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    base64_encode(&text, bytes->string, bytes->length);
    return json_new_string(arena, buffer_string(&text));
}

static struct json *struct_to_json(struct arena *arena, const struct bolt_value *structure) {
    struct json *object;
    int64_t wall_ns;

    if (bolt_wall(structure, &wall_ns))
        return json_new_string(arena, time_format_micro(arena, wall_ns));
    object = json_new_object(arena);
    json_set_integer(arena, object, "tag", structure->tag);
    json_set(arena, object, "fields", items_to_json(arena, structure));
    return object;
}

struct json *bolt_to_json(struct arena *arena, const struct bolt_value *value) {
    if (!value)
        return json_new_null(arena);
    switch (value->type) {
    case BOLT_NULL:
        return json_new_null(arena);
    case BOLT_BOOL:
        return json_new_bool(arena, value->boolean);
    case BOLT_INTEGER:
        return json_new_integer(arena, value->integer);
    case BOLT_FLOAT:
        return isfinite(value->number) ? json_new_number(arena, value->number) : json_new_null(arena);
    case BOLT_BYTES:
        return bytes_to_json(arena, value);
    case BOLT_STRING:
        return json_new_string(arena, value->string);
    case BOLT_LIST:
        return items_to_json(arena, value);
    case BOLT_MAP:
        return map_to_json(arena, value);
    case BOLT_STRUCT:
        return struct_to_json(arena, value);
    case BOLT_UUID:
        return json_new_string(arena, bolt_uuid_text(arena, value));
    }
    return json_new_null(arena);
}
