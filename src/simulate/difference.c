#include "simulate/difference.h"

struct comparing {
    struct arena *arena;
    const char *object;
    struct differences found;
};

static const char *print(struct arena *arena, const struct json *value) {
    return value ? json_print(arena, value) : NULL;
}

static void add(struct comparing *comparing, const char *path, const struct json *here,
                const struct json *there) {
    if (comparing->found.count < DIFFERENCES_MAX)
        comparing->found.items[comparing->found.count++] =
            (struct difference){ comparing->object, path, print(comparing->arena, here),
                                 print(comparing->arena, there) };
}

/* ---- texts of several lines ---- */

static bool has_line(const char *text, struct text wanted) {
    struct text rest = text_from(text);

    while (rest.length)
        if (text_equal(text_cut(&rest, '\n'), wanted))
            return true;
    return false;
}

static void compare_lines(struct comparing *comparing, const char *path, const char *here,
                          const char *there) {
    const char *const texts[] = { here, there };

    for (int i = 0; i < 2; i++)
        for (struct text rest = text_from(texts[i]); rest.length;) {
            struct text line = text_cut(&rest, '\n');
            struct json *value =
                json_new_string(comparing->arena, arena_strndup(comparing->arena, line.data, line.length));
            if (line.length && !has_line(texts[1 - i], line))
                add(comparing, path, i == 0 ? value : NULL, i == 1 ? value : NULL);
        }
}

/* ---- values ---- */

/* Whether a map was left out or is empty depends on what it held before. */
static bool is_nothing(const struct json *value) {
    return !value || (json_is(value, JSON_OBJECT) && !value->length);
}

static bool is_lines(const struct json *value) {
    return json_is(value, JSON_STRING) && strchr(value->string, '\n');
}

static void compare(struct comparing *comparing, const char *path, const struct json *here,
                    const struct json *there);

static void compare_members(struct comparing *comparing, const char *path, const struct json *here,
                            const struct json *there) {
    const char *dot = *path ? "." : "";

    JSON_FOR_EACH_MEMBER (member, here)
        compare(comparing, arena_printf(comparing->arena, "%s%s%s", path, dot, member->key), &member->value,
                json_get(there, member->key));
    JSON_FOR_EACH_MEMBER (member, there)
        if (!json_get(here, member->key))
            compare(comparing, arena_printf(comparing->arena, "%s%s%s", path, dot, member->key), NULL,
                    &member->value);
}

static void compare(struct comparing *comparing, const char *path, const struct json *here,
                    const struct json *there) {
    if (is_nothing(here) && is_nothing(there))
        return;
    if (json_is(here, JSON_OBJECT) && json_is(there, JSON_OBJECT)) {
        compare_members(comparing, path, here, there);
    } else if (json_is(here, JSON_ARRAY) && json_is(there, JSON_ARRAY) && here->length == there->length) {
        for (uint32_t i = 0; i < here->length; i++)
            compare(comparing, arena_printf(comparing->arena, "%s[%u]", path, i), &here->items[i],
                    &there->items[i]);
    } else if (is_lines(here) && is_lines(there)) {
        compare_lines(comparing, path, here->string, there->string);
    } else if (!json_equal(here, there)) {
        add(comparing, path, here, there);
    }
}

/* The objects of an essence: by "Kind name". */
static struct json *objects_of(struct arena *arena, const char *essence) {
    struct json *objects = json_new_object(arena);
    struct text rest = text_from(essence);

    while (rest.length) {
        struct text line = text_cut(&rest, '\n');
        struct text kind = text_cut(&line, ' ');
        struct json *object = NULL;
        if (json_parse(arena, line, NULL, &object, NULL))
            json_set(
                arena, objects,
                arena_printf(arena, "%.*s %s", TEXT_ARGS(kind), json_string_at(object, "metadata.name", "")),
                object);
    }
    return objects;
}

struct differences differences_of(struct arena *arena, const char *here, const char *there) {
    struct comparing comparing = { .arena = arena,
                                   .found.items = ARENA_ARRAY(arena, struct difference, DIFFERENCES_MAX) };
    const struct json *ours = objects_of(arena, here), *theirs = objects_of(arena, there);

    JSON_FOR_EACH_MEMBER (member, ours) {
        comparing.object = member->key;
        compare(&comparing, "", &member->value, json_get(theirs, member->key));
    }
    JSON_FOR_EACH_MEMBER (member, theirs) {
        comparing.object = member->key;
        if (!json_get(ours, member->key))
            add(&comparing, "", NULL, &member->value);
    }
    return comparing.found;
}
