#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id) {
    struct timespec now;

    ensure(clock_gettime(id, &now) == 0);
    return (int64_t)now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

static int64_t system_wall(const struct clock *clock) {
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_monotonic(const struct clock *clock) {
    return read_clock(CLOCK_MONOTONIC);
}

const struct clock clock_system = { .wall = system_wall, .monotonic = system_monotonic };
