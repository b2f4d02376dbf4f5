/* Clock: the port through which everything sees time, so that a simulation can replace it.
 *
 * wall is nanoseconds since 1970-01-01 UTC and may jump; monotonic is nanoseconds since some start and only
 * grows.
 */
#pragma once

#include "base/memory.h"

#define NANOSECONDS_PER_SECOND INT64_C(1000000000)
#define NANOSECONDS_PER_MS     INT64_C(1000000)

struct clock {
    int64_t (*wall)(const struct clock *clock);
    int64_t (*monotonic)(const struct clock *clock);
};

/* The system's clock. */
extern const struct clock clock_system;

static inline int64_t clock_wall(const struct clock *clock) {
    return clock->wall(clock);
}
static inline int64_t clock_monotonic(const struct clock *clock) {
    return clock->monotonic(clock);
}
