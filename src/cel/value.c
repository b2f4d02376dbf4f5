#include "cel/value.h"

static const struct {
    const char *name;
    char letter;
} kinds[] = {
#define X(kind, letter, name) [CEL_##kind] = { name, letter },
    CEL_KINDS(X)
#undef X
};

const char *cel_kind_name(enum cel_kind kind) {
    return kinds[kind].name;
}

char cel_kind_letter(enum cel_kind kind) {
    return kinds[kind].letter;
}

struct cel_value cel_from_string(const char *string) {
    return cel_from_text(text_from(string));
}

struct cel_value cel_from_buffer(struct arena *arena, const struct buffer *buffer) {
    return cel_from_text(
        (struct text){ arena_strndup(arena, buffer_string(buffer), buffer->length), buffer->length });
}

static struct cel_value from_list(struct arena *arena, struct cel_list list) {
    struct cel_list *copy = ARENA_NEW(arena, struct cel_list);

    *copy = list;
    return (struct cel_value){ .kind = CEL_LIST, .list = copy };
}

static struct cel_value from_map(struct arena *arena, struct cel_map map) {
    struct cel_map *copy = ARENA_NEW(arena, struct cel_map);

    *copy = map;
    return (struct cel_value){ .kind = CEL_MAP, .map = copy };
}

struct cel_value cel_from_json(struct arena *arena, const struct json *json) {
    if (!json)
        return (struct cel_value){ .kind = CEL_NULL };
    switch (json->type) {
    case JSON_NULL:
        return (struct cel_value){ .kind = CEL_NULL };
    case JSON_FALSE:
    case JSON_TRUE:
        return cel_from_bool(json->type == JSON_TRUE);
    case JSON_INTEGER:
        return cel_from_int(json->integer);
    case JSON_DOUBLE:
        return cel_from_double(json->number);
    case JSON_STRING:
        return cel_from_text((struct text){ json->string, json->length });
    case JSON_ARRAY:
        return from_list(arena, (struct cel_list){ .json = json, .length = json->length });
    case JSON_OBJECT:
        return from_map(arena, (struct cel_map){ .json = json, .length = json->length });
    }
    ensure(false && "a type of JSON");
    return (struct cel_value){ .kind = CEL_NULL };
}

struct cel_value cel_from_items(struct arena *arena, const struct cel_value *items, size_t length) {
    return from_list(arena, (struct cel_list){ .items = items, .length = length });
}

struct cel_value cel_from_entries(struct arena *arena, const struct cel_entry *entries, size_t length) {
    return from_map(arena, (struct cel_map){ .entries = entries, .length = length });
}

struct cel_value cel_from_optional(struct arena *arena, const struct cel_value *inside) {
    struct cel_value value = { .kind = CEL_OPTIONAL };

    if (inside) {
        struct cel_value *copy = ARENA_NEW(arena, struct cel_value);
        *copy = *inside;
        value.inside = copy;
    }
    return value;
}

struct cel_value cel_list_item(struct arena *arena, const struct cel_list *list, size_t index) {
    ensure(index < list->length);
    return list->json ? cel_from_json(arena, &list->json->items[index]) : list->items[index];
}

struct cel_entry cel_map_entry(struct arena *arena, const struct cel_map *map, size_t index) {
    ensure(index < map->length);
    if (!map->json)
        return map->entries[index];
    const struct json_member *member = &map->json->members[index];
    return (struct cel_entry){ cel_from_text((struct text){ member->key, member->key_length }),
                               cel_from_json(arena, &member->value) };
}
