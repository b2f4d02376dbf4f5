#include "cli/known_objects.h"

/* The namespace last: those of one kind and name are neighbours. */
static int compare(const struct known_object *a, const struct known_object *b) {
    int order = strcmp(a->kind, b->kind);

    if (order == 0)
        order = strcmp(a->name, b->name);
    return order == 0 ? strcmp(a->namespace, b->namespace) : order;
}
RB_PROTOTYPE(known_objects, known_object, entry, compare);
RB_GENERATE(known_objects, known_object, entry, compare)

static struct known_object key_of(const struct json *object) {
    return (struct known_object){
        .kind = json_string_at(object, "kind", ""),
        .namespace = json_string_at(object, "metadata.namespace", ""),
        .name = json_string_at(object, "metadata.name", ""),
    };
}

const struct known_object *known_objects_add(struct known_objects *objects, struct arena *arena,
                                             const struct manifest *manifest, bool keep_value) {
    struct known_object key = key_of(manifest->object);

    if (str_empty(key.name))
        return NULL;
    struct known_object *found = RB_FIND(known_objects, objects, &key);
    if (found)
        return found;
    struct known_object *added = ARENA_NEW(arena, struct known_object);
    added->kind = arena_strdup(arena, key.kind);
    added->namespace = arena_strdup(arena, key.namespace);
    added->name = arena_strdup(arena, key.name);
    added->file = arena_strdup(arena, manifest->file);
    added->at = manifest->place->value;
    added->object = keep_value ? manifest->object : NULL;
    RB_INSERT(known_objects, objects, added);
    return NULL;
}

static bool is_same_name(const struct known_object *a, const struct known_object *b) {
    return a && b && str_equal(a->kind, b->kind) && str_equal(a->name, b->name);
}

const struct known_object *known_objects_find(struct known_objects *objects, const struct json *object) {
    struct known_object key = key_of(object);
    struct known_object *found = RB_FIND(known_objects, objects, &key);

    if (found)
        return found;
    struct known_object any = { .kind = key.kind, .namespace = "", .name = key.name };
    struct known_object *first = RB_NFIND(known_objects, objects, &any);
    if (!is_same_name(first, &key) || is_same_name(RB_NEXT(known_objects, objects, first), &key))
        return NULL;
    return str_empty(key.namespace) || str_empty(first->namespace) ? first : NULL;
}
