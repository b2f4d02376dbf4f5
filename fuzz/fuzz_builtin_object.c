/* Built-in kinds: an object as JSON. Decoding and defaulting twice is the same as once; an update that
 * changes nothing leaves the managers as they are. */
#include "sim/apply.h"
#include "sim/schema_registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct schema_registry *registry;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object;

    if (!registry)
        registry = schema_registry_new();
    if (!json_parse(arena, (struct text){ (const char *)data, size }, NULL, &object, NULL) ||
        !json_is(object, JSON_OBJECT))
        return 0;
    const char *version = json_string_at(object, "apiVersion", "");
    const char *slash = strchr(version, '/');
    const char *group = slash ? arena_strndup(arena, version, (size_t)(slash - version)) : "";
    const struct schema *schema = schema_registry_find(registry, group, slash ? slash + 1 : version,
                                                       json_string_at(object, "kind", ""));
    if (!schema || !schema_decode(arena, schema, object, NULL, NULL))
        return 0;
    schema_default(arena, schema, object);
    struct json *before = json_copy(arena, object);
    ensure(schema_decode(arena, schema, object, NULL, NULL));
    schema_default(arena, schema, object);
    ensure(json_equal(before, object));
    struct apply_request request = { .schema = schema, .api_version = version, .manager = "m" };
    apply_strip(object);
    apply_track(arena, &request, NULL, object);
    before = json_copy(arena, object);
    request.now = INT64_C(1000000000000000000);
    apply_track(arena, &request, before, object);
    ensure(json_equal(before, object));
    return 0;
}
