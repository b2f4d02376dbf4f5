/* Fields and indexes, of plain values and of optional ones.
 * Source: interpreter/attributes.go of cel-go; the escapes: k8s.io/apiserver, pkg/cel/escaping.go. */
#include "cel/evaluate.h"

#include "base/buffer.h"
#include "cel/compare.h"
#include "cel/lexer.h"

#include <math.h>

static const struct escape {
    const char *escaped, *meaning;
} escapes[] = {
    { "__underscores__", "__" },
    { "__dot__", "." },
    { "__dash__", "-" },
    { "__slash__", "/" },
};

/* Only the whole of a name can be a reserved word. */
static bool is_escaped_word(struct text name) {
    return name.length > 4 && text_starts_with(name, "__") && text_ends_with(name, "__") &&
           cel_is_reserved((struct text){ name.data + 2, name.length - 4 });
}

/* The name that an escaped one stands for. */
static void unescape(struct text name, struct buffer *out) {
    if (is_escaped_word(name)) {
        buffer_add(out, name.data + 2, name.length - 4);
        return;
    }
    while (name.length) {
        const struct escape *found = NULL;
        for (size_t i = 0; i < ARRAY_LENGTH(escapes) && !found; i++)
            if (text_starts_with(name, escapes[i].escaped))
                found = &escapes[i];
        size_t length = found ? strlen(found->escaped) : 1;
        if (found)
            buffer_add_string(out, found->meaning);
        else
            buffer_add_char(out, name.data[0]);
        name = (struct text){ name.data + length, name.length - length };
    }
}

/* A field of an object: by the name that an escaped one stands for, else by the name as it is written, which
 * is how the keys of a map are. */
static bool find_field(struct cel_run *run, const struct cel_map *map, const char *name, size_t *out_index) {
    *out_index = SIZE_MAX;
    if (map->json && strstr(name, "__")) {
        CLEANUP_BUFFER struct buffer plain = { 0 };
        unescape(text_from(name), &plain);
        if (!cel_map_find(run, map, cel_from_text(buffer_text(&plain)), out_index))
            return false;
    }
    return *out_index != SIZE_MAX || cel_map_find(run, map, cel_from_string(name), out_index);
}

/* The integer that a number is when it is a whole one: an index of a list. */
static bool whole_number(struct cel_run *run, struct cel_value key, int64_t *out_index) {
    if (key.kind == CEL_INT)
        *out_index = key.integer;
    else if (key.kind == CEL_UINT && key.natural <= INT64_MAX)
        *out_index = (int64_t)key.natural;
    else if (key.kind == CEL_DOUBLE && key.number == floor(key.number) && fabs(key.number) < 0x1p62)
        *out_index = (int64_t)key.number;
    else
        return cel_fail(run, "unsupported index type '%s' in list", cel_kind_name(key.kind));
    return true;
}

static const char *key_text(struct cel_run *run, struct cel_value key) {
    if (key.kind == CEL_STRING)
        return arena_printf(run->arena, "%.*s", TEXT_ARGS(key.text));
    const struct json *json = cel_to_json(run, key);
    return json ? json_print(run->arena, json) : "";
}

/* What the key stands for in a value; *out_present is false where there is nothing. Other kinds than lists
 * and maps have nothing in them. */
static bool look(struct cel_run *run, struct cel_value value, struct cel_value key, bool is_field,
                 bool *out_present, struct cel_value *out) {
    size_t place = SIZE_MAX;
    int64_t index = 0;

    *out_present = false;
    if (value.kind == CEL_MAP) {
        bool is_looked = is_field ? find_field(run, value.map, key.text.data, &place)
                                  : cel_map_find(run, value.map, key, &place);
        if (!is_looked)
            return false;
        *out_present = place != SIZE_MAX;
        if (*out_present)
            *out = cel_map_entry(run->arena, value.map, place).value;
    } else if (value.kind == CEL_LIST) {
        if (!whole_number(run, key, &index))
            return false;
        *out_present = index >= 0 && (uint64_t)index < value.list->length;
        if (*out_present)
            *out = cel_list_item(run->arena, value.list, (size_t)index);
    }
    return true;
}

/* From an optional, or with '?', what is not there is none, and what is there is an optional. */
static bool qualify(struct cel_run *run, struct cel_value value, struct cel_value key, bool is_field,
                    bool is_optional, struct cel_value *out) {
    bool is_present = true;

    if (value.kind == CEL_OPTIONAL) {
        is_optional = true;
        is_present = value.inside;
        if (value.inside)
            value = *value.inside;
    }
    if (is_present && !look(run, value, key, is_field, &is_present, out))
        return false;
    if (is_optional)
        *out = cel_from_optional(run->arena, is_present ? out : NULL);
    else if (!is_present)
        return cel_fail(run, "%s: %s", value.kind == CEL_LIST ? "index out of bounds" : "no such key",
                        key_text(run, key));
    return true;
}

bool cel_evaluate_select(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_value value;

    return cel_evaluate(run, node->children[0], &value) &&
           qualify(run, value, cel_from_string(node->name), true, node->is_optional, out);
}

static bool is_key(enum cel_kind kind) {
    return kind == CEL_STRING || kind == CEL_INT || kind == CEL_UINT || kind == CEL_DOUBLE ||
           kind == CEL_BOOL;
}

/* Where there is nothing already, the index is not looked at. */
bool cel_evaluate_index(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_value value, key;

    if (!cel_evaluate(run, node->children[0], &value))
        return false;
    if (value.kind == CEL_OPTIONAL && !value.inside) {
        *out = value;
        return true;
    }
    if (!cel_evaluate(run, node->children[1], &key))
        return false;
    if (!is_key(key.kind))
        return cel_fail(run, "invalid qualifier type: %s", cel_kind_name(key.kind));
    return qualify(run, value, key, false, node->is_optional, out);
}

bool cel_evaluate_has(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_value value;
    bool is_present = false;

    if (!cel_evaluate(run, node->children[0], &value))
        return false;
    if (value.kind == CEL_OPTIONAL)
        value = value.inside ? *value.inside : (struct cel_value){ .kind = CEL_NULL };
    if (!look(run, value, cel_from_string(node->name), true, &is_present, &value))
        return false;
    *out = cel_from_bool(is_present);
    return true;
}
