#include "sim/api_path.h"

#include <string.h>

enum { PATH_DEPTH_MAX = 32 };

struct walk {
    struct arena *arena;
    struct json *found;
    unsigned depth;
};

static void find(struct walk *walk, struct text path, const struct json *value);

static void descend(struct walk *walk, struct text path, const struct json *value) {
    if (!value || walk->depth == PATH_DEPTH_MAX)
        return;
    walk->depth++;
    find(walk, path, value);
    walk->depth--;
}

static void descend_all(struct walk *walk, struct text path, const struct json *value) {
    JSON_FOR_EACH_ITEM (item, value)
        descend(walk, path, item);
    JSON_FOR_EACH_MEMBER (member, value)
        descend(walk, path, &member->value);
}

static struct text unquote(struct text text) {
    text = text_trim(text);
    if (text.length >= 2 && (text.data[0] == '"' || text.data[0] == '\'') &&
        text.data[text.length - 1] == text.data[0])
        return (struct text){ text.data + 1, text.length - 2 };
    return text;
}

static bool equals(const struct json *value, struct text wanted) {
    int64_t number;
    if (json_is(value, JSON_STRING))
        return text_is(wanted, json_string(value, ""));
    if (json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE))
        return text_is(wanted, json_bool(value, false) ? "true" : "false");
    return parse_int64(wanted, &number) && json_is(value, JSON_INTEGER) && json_integer(value, 0) == number;
}

/* "@.type=="Ready"" of each item. */
static void filter(struct walk *walk, struct text condition, struct text path, const struct json *value) {
    bool is_negated = false;
    size_t sign = 0;

    while (sign + 1 < condition.length &&
           !((condition.data[sign] == '=' || condition.data[sign] == '!') && condition.data[sign + 1] == '='))
        sign++;
    if (sign + 1 >= condition.length || !text_starts_with(text_trim(condition), "@"))
        return;
    is_negated = condition.data[sign] == '!';
    struct text left = text_trim((struct text){ condition.data, sign });
    struct text right = unquote((struct text){ condition.data + sign + 2, condition.length - sign - 2 });
    left = (struct text){ left.data + 1, left.length - 1 };
    JSON_FOR_EACH_ITEM (item, value) {
        struct walk inner = { .arena = walk->arena,
                              .found = json_new_array(walk->arena),
                              .depth = walk->depth };
        find(&inner, left, item);
        if (equals(json_item(inner.found, 0), right) != is_negated)
            descend(walk, path, item);
    }
}

static void find_bracket(struct walk *walk, struct text path, const struct json *value) {
    size_t end = 1;
    char quote = 0;
    int64_t index;

    while (end < path.length && (quote || path.data[end] != ']')) {
        if (quote && path.data[end] == quote)
            quote = 0;
        else if (!quote && (path.data[end] == '"' || path.data[end] == '\''))
            quote = path.data[end];
        end++;
    }
    if (end == path.length)
        return;
    struct text inside = { path.data + 1, end - 1 };
    struct text rest = { path.data + end + 1, path.length - end - 1 };
    if (text_is(inside, "*")) {
        descend_all(walk, rest, value);
    } else if (text_starts_with(inside, "?(") && text_ends_with(inside, ")")) {
        filter(walk, (struct text){ inside.data + 2, inside.length - 3 }, rest, value);
    } else if (parse_int64(inside, &index)) {
        if (index < 0)
            index += (int64_t)json_length(value);
        if (index >= 0 && json_is(value, JSON_ARRAY))
            descend(walk, rest, json_item(value, (size_t)index));
    } else {
        struct text key = unquote(inside);
        descend(walk, rest, json_get(value, arena_strndup(walk->arena, key.data, key.length)));
    }
}

static void find_member(struct walk *walk, struct text path, const struct json *value) {
    char *key = arena_alloc_bytes(walk->arena, path.length + 1);
    size_t at = 0, length = 0;

    while (at < path.length && path.data[at] != '.' && path.data[at] != '[') {
        if (path.data[at] == '\\' && at + 1 < path.length)
            at++;
        key[length++] = path.data[at++];
    }
    key[length] = '\0';
    struct text rest = { path.data + at, path.length - at };
    if (str_equal(key, "*"))
        descend_all(walk, rest, value);
    else
        descend(walk, rest, json_get(value, key));
}

static void find(struct walk *walk, struct text path, const struct json *value) {
    if (!path.length) {
        json_append(walk->arena, walk->found, value);
        return;
    }
    if (path.data[0] == '[') {
        find_bracket(walk, path, value);
        return;
    }
    if (path.data[0] == '.')
        path = (struct text){ path.data + 1, path.length - 1 };
    if (path.length && path.data[0] == '[')
        find_bracket(walk, path, value);
    else if (path.length)
        find_member(walk, path, value);
    else
        json_append(walk->arena, walk->found, value);
}

void api_path_find(struct arena *arena, const char *path, const struct json *value, struct json *found) {
    struct walk walk = { .arena = arena, .found = found };
    struct text text = text_trim(text_from(path));

    if (text_starts_with(text, "{") && text_ends_with(text, "}"))
        text = (struct text){ text.data + 1, text.length - 2 };
    if (text_starts_with(text, "$"))
        text = (struct text){ text.data + 1, text.length - 1 };
    find(&walk, text, value);
}
