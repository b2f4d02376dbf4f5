/* Patches: {"document": …, "merge": …, "json": …, "strategic": …}. None changes the document that it is
 * given; a merge patch done twice is the same as once; an empty patch changes nothing. */
#include "sim/patch.h"
#include "sim/schema_registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct schema_registry *registry;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *input, *patched;

    if (!registry)
        registry = schema_registry_new();
    if (!json_parse(arena, (struct text){ (const char *)data, size }, NULL, &input, NULL) ||
        !json_is(json_get(input, "document"), JSON_OBJECT))
        return 0;
    const struct schema *pod = schema_registry_find(registry, "", "v1", "Pod");
    const struct json *document = json_get(input, "document");
    const struct json *before = json_copy(arena, document);
    if (json_get(input, "merge")) {
        const struct json *once = patch_merge(arena, document, json_get(input, "merge"));
        ensure(json_equal(once, patch_merge(arena, once, json_get(input, "merge"))));
    }
    bool is_sound =
        json_get(input, "json") && patch_json(arena, document, json_get(input, "json"), &patched, NULL);
    is_sound = json_get(input, "strategic") &&
               patch_strategic(arena, pod, document, json_get(input, "strategic"), &patched, NULL);
    (void)is_sound;
    ensure(json_equal(before, document));
    ensure(patch_strategic(arena, pod, document, json_new_object(arena), &patched, NULL));
    ensure(json_equal(before, patched));
    return 0;
}
