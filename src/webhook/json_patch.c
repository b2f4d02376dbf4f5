#include "webhook/json_patch.h"

struct walk {
    struct arena *arena;
    struct json *operations;
};

static void add_operation(struct walk *walk, const char *name, const char *path, const struct json *value) {
    struct json *operation = json_append_object(walk->arena, walk->operations);

    json_set_string(walk->arena, operation, "op", name);
    json_set_string(walk->arena, operation, "path", path);
    if (value)
        json_set(walk->arena, operation, "value", value);
}

/* RFC 6901: ~ and / of a name are written ~0 and ~1. */
static char *below(struct walk *walk, const char *path, const char *key) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    buffer_add_string(&out, path);
    buffer_add_char(&out, '/');
    for (; *key; key++) {
        if (*key == '~')
            buffer_add_string(&out, "~0");
        else if (*key == '/')
            buffer_add_string(&out, "~1");
        else
            buffer_add_char(&out, *key);
    }
    return arena_strdup(walk->arena, buffer_string(&out));
}

static void compare(struct walk *walk, const char *path, const struct json *from, const struct json *to);

/* Look-ups go by C strings. A name with a NUL in it is nobody's to change, so it is equal on both sides. */
static bool is_found(const struct json_member *member) {
    return strlen(member->key) == member->key_length;
}

static void compare_objects(struct walk *walk, const char *path, const struct json *from,
                            const struct json *to) {
    JSON_FOR_EACH_MEMBER (member, from)
        if (is_found(member) && !json_get(to, member->key))
            add_operation(walk, "remove", below(walk, path, member->key), NULL);
    JSON_FOR_EACH_MEMBER (member, to) {
        if (!is_found(member))
            continue;
        const struct json *before = json_get(from, member->key);
        const char *place = below(walk, path, member->key);
        if (before)
            compare(walk, place, before, &member->value);
        else
            add_operation(walk, "add", place, &member->value);
    }
}

static void compare(struct walk *walk, const char *path, const struct json *from, const struct json *to) {
    if (json_equal(from, to))
        return;
    if (json_is(from, JSON_OBJECT) && json_is(to, JSON_OBJECT)) {
        compare_objects(walk, path, from, to);
        return;
    }
    if (!json_is(from, JSON_ARRAY) || !json_is(to, JSON_ARRAY) || json_length(from) != json_length(to)) {
        add_operation(walk, "replace", path, to);
        return;
    }
    for (size_t i = 0; i < json_length(to); i++)
        compare(walk, arena_printf(walk->arena, "%s/%zu", path, i), json_item(from, i), json_item(to, i));
}

struct json *json_patch_between(struct arena *arena, const struct json *from, const struct json *to) {
    struct walk walk = { arena, json_new_array(arena) };

    compare(&walk, "", from, to);
    return json_length(walk.operations) ? walk.operations : NULL;
}
