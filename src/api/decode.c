#include "api/decode.h"

#include "api/path.h"
#include "api/place.h"

struct decoding {
    struct arena *arena;
    struct field_errors *errors;
};

static void decode_object(struct decoding *decoding, const struct api_object *object,
                          const struct json *value, const struct field_path *path, void *structure);

static void add_type_finding(struct decoding *decoding, const struct json *value,
                             const struct field_path *path, const char *expected) {
    field_errors_add(decoding->errors, FIELD_TYPE_INVALID, field_path_text(decoding->arena, path), value,
                     "must be %s", expected);
}

static const struct json *present(const struct json *object, const char *name) {
    const struct json *value = json_get(object, name);
    return json_is(value, JSON_NULL) ? NULL : value;
}

/* The value that counts for a field: its own, or that of another name of it. */
static const struct json *value_of(struct decoding *decoding, const struct api_object *object,
                                   const struct api_field *field, const struct json *value,
                                   const struct field_path *path) {
    const struct json *found = present(value, field->name);
    if (!object->has_aliases)
        return found;

    for (size_t i = 0; i < object->field_count; i++) {
        const struct api_field *alias = &object->fields[i];
        if (!alias->alias_of || strcmp(alias->alias_of, field->name) != 0)
            continue;
        const struct json *other = present(value, alias->name);
        if (found && other && !json_equal(found, other))
            field_errors_add(decoding->errors, FIELD_INVALID,
                             field_path_text(decoding->arena, FIELD_PATH_MEMBER(path, alias->name)), other,
                             "is another name of %s, which is set to something else; remove one of them",
                             field->name);
        if (!found)
            found = other;
    }
    return found;
}

static bool is_whole(const struct json *value, int64_t minimum, int64_t maximum, int64_t *out_number) {
    if (json_is(value, JSON_DOUBLE)) {
        if (!(value->number >= -9007199254740992.0 && value->number <= 9007199254740992.0) ||
            value->number != (double)(int64_t)value->number)
            return false;
    } else if (!json_is(value, JSON_INTEGER)) {
        return false;
    }
    *out_number = json_is(value, JSON_DOUBLE) ? (int64_t)value->number : value->integer;
    return *out_number >= minimum && *out_number <= maximum;
}

static void decode_strings(struct decoding *decoding, const struct json *value, const struct field_path *path,
                           const char ***out_strings, size_t *out_count) {
    const char **strings = ARENA_ARRAY(decoding->arena, const char *, value->length);

    for (uint32_t i = 0; i < value->length; i++) {
        strings[i] = json_string(&value->items[i], "");
        if (!json_is(&value->items[i], JSON_STRING))
            add_type_finding(decoding, &value->items[i], FIELD_PATH_ITEM(path, i), "a string");
    }
    *out_strings = strings;
    *out_count = value->length;
}

static void decode_objects(struct decoding *decoding, const struct api_object *object,
                           const struct json *value, const struct field_path *path, struct place place) {
    char *items = arena_alloc(decoding->arena, object->size * value->length);

    for (uint32_t i = 0; i < value->length; i++) {
        char *item = items + object->size * i;
        if (json_is(value, JSON_OBJECT)) {
            /* The element of a map begins with its key. */
            const char *key = value->members[i].key;
            memcpy(item, &key, sizeof(key));
            decode_object(decoding, object, &value->members[i].value, FIELD_PATH_ENTRY(path, key), item);
        } else {
            decode_object(decoding, object, &value->items[i], FIELD_PATH_ITEM(path, i), item);
        }
    }
    place_set_object(place, items);
    *place.count = value->length;
}

/* What a value of this type must be in JSON, in words; NULL: it is. */
static const char *wrong_type(const struct api_field *field, const struct json *value) {
    int64_t number;

    switch (field->type) {
    case API_STRING:
        return json_is(value, JSON_STRING) ? NULL : "a string";
    case API_QUANTITY:
        return json_is(value, JSON_STRING) || json_is_number(value) ? NULL : "a string or a number";
    case API_BOOLEAN:
        return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE) ? NULL : "true or false";
    case API_INT32:
        return is_whole(value, INT32_MIN, INT32_MAX, &number) ? NULL : "a whole number of 32 bits";
    case API_INT64:
        return is_whole(value, INT64_MIN, INT64_MAX, &number) ? NULL : "a whole number";
    case API_OBJECT:
    case API_OBJECT_MAP:
    case API_STRING_MAP:
    case API_JSON_OBJECT:
        return json_is(value, JSON_OBJECT) ? NULL : "an object";
    case API_STRING_LIST:
    case API_OBJECT_LIST:
    case API_JSON_LIST:
        return json_is(value, JSON_ARRAY) ? NULL : "a list";
    case API_JSON:
        return NULL;
    }
    return NULL;
}

static void check_string_map(struct decoding *decoding, const struct json *value,
                             const struct field_path *path) {
    JSON_FOR_EACH_MEMBER (member, value) {
        if (!json_is(&member->value, JSON_STRING))
            add_type_finding(decoding, &member->value, FIELD_PATH_ENTRY(path, member->key),
                             "a string; put it in quotes");
    }
}

static void decode_field(struct decoding *decoding, const struct api_field *field, const struct json *value,
                         const struct field_path *path, void *structure) {
    struct place place = place_of(field, structure);
    const char *expected = wrong_type(field, value);
    int64_t number = 0;

    if (expected) {
        add_type_finding(decoding, value, path, expected);
        return;
    }
    if (field->type == API_STRING_MAP)
        check_string_map(decoding, value, path);
    if (field->is_carried) {
        *place.json = value;
        return;
    }
    switch (field->type) {
    case API_STRING:
        *place.string = value->string;
        break;
    case API_QUANTITY:
        *place.string = json_is(value, JSON_STRING) ? value->string : json_print(decoding->arena, value);
        break;
    case API_BOOLEAN:
        *place.boolean = json_is(value, JSON_TRUE);
        *place.has = true;
        break;
    case API_INT32:
        *place.has = is_whole(value, INT32_MIN, INT32_MAX, &number);
        *place.int32 = (int32_t)number;
        break;
    case API_INT64:
        *place.has = is_whole(value, INT64_MIN, INT64_MAX, place.int64);
        break;
    case API_OBJECT:
        place_set_object(place, arena_alloc(decoding->arena, field->object->size));
        decode_object(decoding, field->object, value, path, place_object(place));
        break;
    case API_STRING_LIST:
        decode_strings(decoding, value, path, place.strings, place.count);
        break;
    case API_OBJECT_LIST:
    case API_OBJECT_MAP:
        decode_objects(decoding, field->object, value, path, place);
        break;
    case API_STRING_MAP:
    case API_JSON:
    case API_JSON_OBJECT:
    case API_JSON_LIST:
        ensure(field->is_carried);
        break;
    }
}

static void decode_object(struct decoding *decoding, const struct api_object *object,
                          const struct json *value, const struct field_path *path, void *structure) {
    if (!json_is(value, JSON_OBJECT)) {
        add_type_finding(decoding, value, path, "an object");
        return;
    }
    for (size_t i = 0; i < object->field_count; i++) {
        const struct api_field *field = &object->fields[i];
        if (!field->has_place)
            continue;
        const struct json *member = value_of(decoding, object, field, value, path);
        if (member)
            decode_field(decoding, field, member, FIELD_PATH_MEMBER(path, field->name), structure);
    }
}

void *api_decode(struct arena *arena, const struct api_object *object, const struct json *value,
                 const char *path, struct field_errors *errors) {
    struct decoding decoding = { arena, errors };
    void *structure = arena_alloc(arena, object->size);

    if (value && !json_is(value, JSON_NULL))
        decode_object(&decoding, object, value, FIELD_PATH_ROOT(path), structure);
    return structure;
}
