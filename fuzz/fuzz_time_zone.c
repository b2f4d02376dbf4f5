/* Files of time zones: any time has an offset, and can be written. */
#include "base/arena.h"
#include "base/time_zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct time_zone *zone;
    struct error err = { 0 };

    if (!time_zone_parse(arena, (struct text){ (const char *)data, size }, &zone, &err))
        return 0;
    for (int64_t year = -100; year < 100; year++) {
        int64_t at_ns = year * INT64_C(31556952000000000);
        int64_t offset = time_zone_offset_seconds(zone, at_ns);
        ensure(offset == time_zone_offset_seconds(zone, at_ns));
        if (offset > -86400 && offset < 86400)
            ensure(strlen(time_zone_format(arena, zone, at_ns)) >= strlen("2026-01-01T00:00:00Z"));
    }
    return 0;
}
