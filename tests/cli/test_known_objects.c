#include "test.h"

#include "cli/known_objects.h"

/* One object in flow style, "{kind: K, …}". */
static struct manifest manifest_of(struct arena *arena, const char *file, const char *yaml) {
    struct yaml_places places;
    struct json *documents;

    assert_true(yaml_parse_with_places(arena, text_from(yaml), &documents, &places, NULL));
    return (struct manifest){ file, json_item(documents, 0), &places.documents[0] };
}

static const char *found_in(struct known_objects *objects, struct arena *arena, const char *yaml) {
    const struct known_object *found = known_objects_find(objects, manifest_of(arena, "", yaml).object);

    return found ? found->file : NULL;
}

TEST("an object is known by kind, namespace and name") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct known_objects objects = RB_INITIALIZER(&objects);
    static const struct {
        const char *file, *yaml;
    } rows[] = {
        { "a", "{kind: K, metadata: {name: x}}" },
        { "b", "{kind: K, metadata: {name: x, namespace: ns}}" },
        { "c", "{kind: L, metadata: {name: x}}" },
        { "d", "{kind: K, metadata: {name: other, namespace: ns}}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct manifest manifest = manifest_of(arena, rows[i].file, rows[i].yaml);
        assert_null(known_objects_add(&objects, arena, &manifest, true));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct manifest manifest = manifest_of(arena, "again", rows[i].yaml);
        const struct known_object *first = known_objects_add(&objects, arena, &manifest, true);
        assert_string_equal(first->file, rows[i].file);
        assert_string_equal(found_in(&objects, arena, rows[i].yaml), rows[i].file);
    }
}

TEST("objects without a name are never the same") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct known_objects objects = RB_INITIALIZER(&objects);
    struct manifest manifest = manifest_of(arena, "a", "{kind: K, metadata: {generateName: x-}}");

    assert_null(known_objects_add(&objects, arena, &manifest, true));
    assert_null(known_objects_add(&objects, arena, &manifest, true));
    assert_null(known_objects_find(&objects, manifest.object));
}

TEST("without a namespace the only one of that name is meant") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct known_objects objects = RB_INITIALIZER(&objects);
    struct manifest only = manifest_of(arena, "only", "{kind: K, metadata: {name: x, namespace: ns}}");
    struct manifest plain = manifest_of(arena, "plain", "{kind: K, metadata: {name: other}}");
    struct manifest other = manifest_of(arena, "other", "{kind: K, metadata: {name: x, namespace: o}}");

    assert_null(known_objects_add(&objects, arena, &only, true));
    assert_null(known_objects_add(&objects, arena, &plain, true));
    assert_string_equal(found_in(&objects, arena, "{kind: K, metadata: {name: x}}"), "only");
    assert_string_equal(found_in(&objects, arena, "{kind: K, metadata: {name: other, namespace: ns}}"),
                        "plain");
    assert_null(found_in(&objects, arena, "{kind: K, metadata: {name: x, namespace: p}}"));
    assert_null(found_in(&objects, arena, "{kind: K, metadata: {name: z}}"));
    assert_null(known_objects_add(&objects, arena, &other, true));
    assert_null(found_in(&objects, arena, "{kind: K, metadata: {name: x}}"));
}
