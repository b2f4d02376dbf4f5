#include "api/encode.h"

#include "api/place.h"

static struct json *encode_strings(struct arena *arena, const char **strings, size_t count) {
    struct json *array = json_new_array(arena);
    for (size_t i = 0; i < count; i++)
        json_append_string(arena, array, strings[i]);
    return array;
}

static struct json *encode_objects(struct arena *arena, const struct api_field *field, const char *items,
                                   size_t count) {
    bool is_map = field->type == API_OBJECT_MAP;
    struct json *all = is_map ? json_new_object(arena) : json_new_array(arena);

    for (size_t i = 0; i < count; i++) {
        const char *item = items + field->object->size * i;
        const struct json *value = api_encode(arena, field->object, item);
        if (is_map) {
            const char *key;
            memcpy(&key, item, sizeof(key));
            ensure(key);
            json_set(arena, all, key, value);
        } else {
            json_append(arena, all, value);
        }
    }
    return all;
}

static const struct json *encode_field(struct arena *arena, const struct api_field *field,
                                       const void *structure) {
    struct place place = place_of(field, (void *)(uintptr_t)structure);

    if (field->is_carried)
        return *place.json;
    switch (field->type) {
    case API_STRING:
    case API_QUANTITY:
        return json_new_string(arena, *place.string);
    case API_BOOLEAN:
        return json_new_bool(arena, *place.boolean);
    case API_INT32:
        return json_new_integer(arena, *place.int32);
    case API_INT64:
        return json_new_integer(arena, *place.int64);
    case API_OBJECT:
        return api_encode(arena, field->object, place_object(place));
    case API_STRING_LIST:
        return encode_strings(arena, *place.strings, *place.count);
    case API_OBJECT_LIST:
    case API_OBJECT_MAP:
        return encode_objects(arena, field, place_object(place), *place.count);
    case API_STRING_MAP:
    case API_JSON:
    case API_JSON_OBJECT:
    case API_JSON_LIST:
        break;
    }
    return *place.json;
}

struct json *api_encode(struct arena *arena, const struct api_object *object, const void *structure) {
    struct json *value = json_new_object(arena);

    for (size_t i = 0; i < object->field_count; i++) {
        const struct api_field *field = &object->fields[i];
        if (field->has_place && place_is_set(field, structure))
            json_set(arena, value, field->name, encode_field(arena, field, structure));
    }
    return value;
}
