/* Custom resources of the ten kinds, from bytes to verdict and back. What is judged well decodes; what was
 * decoded encodes to what decodes to the same; judging what would be stored changes nothing. */
#include "api/decode.h"
#include "api/effects.h"
#include "api/encode.h"
#include "api/judge.h"
#include "api/kind_tables.h"

static void check_round_trip(struct arena *arena, const struct api_object *object, const void *structure) {
    struct field_errors errors = { .arena = arena };
    struct json *written = api_encode(arena, object, structure);
    void *again = api_decode(arena, object, written, "spec", &errors);

    ensure(errors.count == 0);
    ensure(json_equal(written, api_encode(arena, object, again)));
}

/* Unknown fields and defaults were dealt with the first time. */
static void check_settled(struct judge *judge, struct arena *arena, const struct api_kind *kind,
                          const struct verdict *first) {
    struct verdict second = judge_object(judge, arena, kind, first->object, NULL);

    ensure(json_equal(first->object, second.object));
    for (size_t i = 0; i < second.errors.count; i++)
        ensure(second.errors.items[i].type != FIELD_UNKNOWN);
}

static void check_kind(struct judge *judge, const struct api_kind *kind, const struct json *object) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct field_errors errors = { .arena = arena };
    struct verdict verdict = judge_object(judge, arena, kind, object, NULL);
    const struct api_object *spec_object = api_kind_tables[kind - api_kinds].spec;

    check_settled(judge, arena, kind, &verdict);
    struct verdict changed = judge_object(judge, arena, kind, object, verdict.object);
    (void)api_fields_without_effect(arena, spec_object, json_get(object, "spec"), "spec");
    void *spec = api_decode(arena, spec_object, json_get(verdict.object, "spec"), "spec", &errors);
    ensure(verdict.errors.count > 0 || errors.count == 0);
    if (errors.count == 0)
        check_round_trip(arena, spec_object, spec);
    ensure(verdict.errors.count > 0 || changed.errors.count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct judge *judge; /* compiling the definitions takes longer than judging */
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = NULL;

    if (!judge)
        judge = judge_new();
    if (!json_parse(arena, (struct text){ (const char *)data, size }, NULL, &object, NULL) ||
        !json_is(object, JSON_OBJECT))
        return 0;
    const struct api_kind *kind = api_kind_find(json_string_at(object, "kind", ""));
    check_kind(judge, kind ? kind : &api_kinds[size % api_kind_count], object);
    return 0;
}
