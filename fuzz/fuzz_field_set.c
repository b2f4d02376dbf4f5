/* Field sets: what was read prints so that it reads back as the same, and the algebra holds. */
#include "sim/apply_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct field_set set, again;
    struct json *fields;

    if (!json_parse(arena, (struct text){ (const char *)data, size }, NULL, &fields, NULL) ||
        !field_set_parse(arena, fields, &set, NULL))
        return 0;
    ensure(field_set_parse(arena, field_set_print(arena, &set), &again, NULL));
    ensure(field_set_equal(&set, &again));
    struct field_set joined = field_set_union(arena, &set, &again);
    struct field_set met = field_set_intersection(arena, &set, &again);
    struct field_set rest = field_set_difference(arena, &set, &again);
    ensure(field_set_equal(&set, &joined) && field_set_equal(&set, &met) && field_set_is_empty(&rest));
    return 0;
}
