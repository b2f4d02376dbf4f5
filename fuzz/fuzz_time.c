/* Times and durations: what is printed reads back as the same, to the precision of the form. */
#include "base/clock.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text text = { (const char *)data, size };
    int64_t ns, again;

    if (time_parse(text, &ns)) {
        ensure(time_parse(text_from(time_format_micro(arena, ns)), &again));
        ensure(ns - again >= 0 && ns - again < 1000);
        if (time_parse(text_from(time_format(arena, ns)),
                       &again)) /* the first second of all may be cut off */
            ensure(ns - again >= 0 && ns - again < NANOSECONDS_PER_SECOND);
    }
    if (duration_parse(text, &ns)) {
        ensure(duration_parse(text_from(duration_format(arena, ns)), &again));
        ensure(ns == again);
        ensure(*duration_human(arena, ns));
    }
    return 0;
}
