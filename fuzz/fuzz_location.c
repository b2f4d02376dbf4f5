/* Locations of fields: the path of every value of a manifest leads to its own place. */
#include "cli/location.h"

static bool is_same(struct yaml_mark a, struct yaml_mark b) {
    return a.line == b.line && a.column == b.column;
}

/* Names that look like a path have more than one meaning. */
static bool is_plain(const struct json_member *member) {
    return member->key_length > 0 && strlen(member->key) == member->key_length &&
           !strpbrk(member->key, ".[]") && !str_equal(member->key, "<nil>");
}

struct walk {
    const struct json *root;
    const struct yaml_place *place;
    struct buffer path;
};

static void check(struct walk *walk, const struct json *value, const struct yaml_place *place) {
    const char *path = buffer_string(&walk->path);
    struct yaml_mark found = location_of_value(walk->root, walk->place, path);

    ensure(is_same(found, place->key) || is_same(found, place->value));
    ensure(is_same(location_of_key(walk->root, walk->place, path), place->key));
    for (uint32_t i = 0; i < json_length(value); i++) {
        const struct json_member *member = json_is(value, JSON_OBJECT) ? &value->members[i] : NULL;
        size_t length = walk->path.length;
        if (member && !is_plain(member))
            continue;
        if (!member)
            buffer_printf(&walk->path, "[%u]", i);
        else if (i % 2 == 0)
            buffer_printf(&walk->path, "[%s]", member->key);
        else
            buffer_printf(&walk->path, "%s%s", length > 0 ? "." : "", member->key);
        check(walk, member ? &member->value : &value->items[i], &place->children[i]);
        walk->path.length = length;
        walk->path.data[length] = '\0';
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct yaml_places places;
    struct json *documents;

    if (!yaml_parse_with_places(arena, (struct text){ (const char *)data, size }, &documents, &places, NULL))
        return 0;
    for (size_t i = 0; i < json_length(documents); i++) {
        struct walk walk = { .root = json_item(documents, i), .place = &places.documents[i] };
        check(&walk, walk.root, walk.place);
        buffer_clear(&walk.path);
    }
    return 0;
}
