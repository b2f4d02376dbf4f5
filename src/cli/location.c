#include "cli/location.h"

struct position {
    const struct json *value;
    const struct yaml_place *place;
};

static bool ends_step(char byte) {
    return byte == '\0' || byte == '.' || byte == '[';
}

/* The bytes at the start of path that name the member: "name", ".name", "[name]"; 0 when others do. */
static size_t member_step(const char *path, const struct json_member *member) {
    bool is_bracket = *path == '[';
    size_t start = is_bracket || *path == '.' ? 1 : 0;
    size_t end = start + member->key_length;

    if (member->key_length == 0 || strncmp(path + start, member->key, member->key_length) != 0)
        return 0;
    if (is_bracket)
        return path[end] == ']' && ends_step(path[end + 1]) ? end + 1 : 0;
    return ends_step(path[end]) ? end : 0;
}

/* Of the members whose names path begins with the longest is meant: the others are its beginning. */
static size_t step_into_object(struct position *position, const char *path) {
    const struct json *object = position->value;
    size_t longest = 0;
    uint32_t best = 0;

    for (uint32_t i = 0; i < object->length; i++) {
        size_t length = member_step(path, &object->members[i]);
        if (length > longest) {
            longest = length;
            best = i;
        }
    }
    if (longest > 0)
        *position = (struct position){ &object->members[best].value, &position->place->children[best] };
    return longest;
}

static size_t step_into_array(struct position *position, const char *path) {
    const char *end = *path == '[' ? strchr(path, ']') : NULL;
    uint64_t index;

    if (!end || !parse_uint64((struct text){ path + 1, (size_t)(end - path) - 1 }, &index) ||
        index >= position->value->length)
        return 0;
    *position = (struct position){ &position->value->items[index], &position->place->children[index] };
    return (size_t)(end - path) + 1;
}

static size_t step(struct position *position, const char *path) {
    if (json_is(position->value, JSON_OBJECT))
        return step_into_object(position, path);
    return json_is(position->value, JSON_ARRAY) ? step_into_array(position, path) : 0;
}

/* As far as path leads; *out_rest is what is left of it. */
static struct position follow(const struct json *object, const struct yaml_place *place, const char *path,
                              const char **out_rest) {
    struct position position = { object, place };
    size_t length = str_equal(path, "<nil>") ? strlen(path) : step(&position, path);

    while (length > 0) {
        path += length;
        length = *path ? step(&position, path) : 0;
    }
    *out_rest = path;
    return position;
}

struct yaml_mark location_of_value(const struct json *object, const struct yaml_place *place,
                                   const char *field) {
    const char *rest;
    struct position found = follow(object, place, field, &rest);

    return *rest || found.place->value.line != found.place->key.line ? found.place->key : found.place->value;
}

struct yaml_mark location_of_key(const struct json *object, const struct yaml_place *place,
                                 const char *field) {
    const char *rest;

    return follow(object, place, field, &rest).place->key;
}
