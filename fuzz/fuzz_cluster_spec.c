/* Specs of clusters: what the schema accepts decodes, and what was decoded encodes to what decodes to the
 * same. Rules judge whatever decodes. */
#include "api/defaults.h"
#include "api/effects.h"
#include "api/rules_cluster.h"
#include "api/schema.h"

static void check_schema(const struct findings *schema, const struct findings *decoding) {
    /* The one thing that only decoding sees: a field and another name of it that differ. */
    for (size_t i = 0; i < decoding->count; i++)
        ensure(schema->count > 0 || strstr(decoding->items[i].detail, "another name"));
}

static void check_round_trip(struct arena *arena, const struct cluster_spec *spec) {
    struct json *written = cluster_spec_encode(arena, spec);
    struct cluster_spec *again = NULL;

    ensure(cluster_spec_decode(arena, written, &again, NULL));
    ensure(json_equal(written, cluster_spec_encode(arena, again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value = NULL;

    if (!json_parse(arena, (struct text){ (const char *)data, size }, NULL, &value, NULL))
        return 0;
    struct findings *schema = findings_new(arena);
    struct findings *decoding = findings_new(arena);
    schema_judge(&cluster_spec_object, value, "spec", schema);
    struct cluster_spec *spec = api_decode(arena, &cluster_spec_object, value, "spec", decoding);
    check_schema(schema, decoding);
    (void)api_fields_without_effect(arena, &cluster_spec_object, value, "spec");
    if (decoding->count > 0)
        return 0;
    check_round_trip(arena, spec);
    cluster_spec_set_defaults(arena, spec);
    cluster_judge(NULL, spec, findings_new(arena), findings_new(arena));
    return 0;
}
