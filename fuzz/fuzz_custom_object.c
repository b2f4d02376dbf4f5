/* Custom kinds: {"schema": …, "object": …}. Decoding and defaulting twice is the same as once, and applying
 * an object again changes nothing. */
#include "sim/apply.h"
#include "sim/schema_registry.h"

static void set_crd(struct arena *arena, struct schema_registry *registry, const struct json *schema) {
    struct json *crd = NULL;
    struct text text =
        TEXT("{\"spec\":{\"group\":\"g\",\"names\":{\"kind\":\"K\"},\"versions\":[{\"name\":\"v1\","
             "\"subresources\":{\"status\":{}},\"schema\":{}}]}}");

    ensure(json_parse(arena, text, NULL, &crd, NULL));
    json_set(arena, json_at(crd, "spec.versions.0.schema"), "openAPIV3Schema", schema);
    bool is_sound = schema_registry_set_crd(registry, crd, NULL);
    (void)is_sound;
}

static void apply_twice(struct arena *arena, const struct schema *schema, const struct json *object) {
    struct apply_request request = { .schema = schema, .api_version = "g/v1", .manager = "m" };
    struct apply_conflicts conflicts = { 0 };
    struct json *once, *twice;

    if (!apply_merge(arena, &request, NULL, object, &once, &conflicts, NULL))
        return;
    request.now = INT64_C(1000000000000000000);
    ensure(apply_merge(arena, &request, once, object, &twice, &conflicts, NULL));
    ensure(apply_settle(arena, once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct schema_registry *registry;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *input;

    if (!registry)
        registry = schema_registry_new();
    if (!json_parse(arena, (struct text){ (const char *)data, size }, NULL, &input, NULL) ||
        !json_is(json_get(input, "object"), JSON_OBJECT) || !json_get(input, "schema"))
        return 0;
    schema_registry_remove_crd(registry, "g", "K");
    set_crd(arena, registry, json_get(input, "schema"));
    const struct schema *schema = schema_registry_find(registry, "g", "v1", "K");
    struct json *object = json_get(input, "object");
    if (!schema || !schema_decode(arena, schema, object, NULL, NULL))
        return 0;
    schema_default(arena, schema, object);
    struct json *before = json_copy(arena, object);
    ensure(schema_decode(arena, schema, object, NULL, NULL));
    schema_default(arena, schema, object);
    ensure(json_equal(before, object));
    struct field_errors errors = { .arena = arena };
    (void)schema_validate(schema, object, NULL, &errors);
    json_remove(json_get(object, "metadata"), "managedFields");
    apply_twice(arena, schema, object);
    return 0;
}
