/* A clock that stands still until it is moved. Safe from any thread. */
#pragma once

#include "base/clock.h"

struct test_clock {
    struct clock clock; /* first: the port is the clock */
    int64_t now_ns;
};

static int64_t test_clock_now(const struct clock *clock) {
    return __atomic_load_n(&((const struct test_clock *)clock)->now_ns, __ATOMIC_SEQ_CST);
}

/* 2026-01-01T00:00:00Z, and an hour since start. */
static inline struct test_clock test_clock_make(void) {
    return (struct test_clock){ .clock = { test_clock_now, test_clock_now },
                                .now_ns = INT64_C(1767225600) * NANOSECONDS_PER_SECOND };
}

static inline void test_clock_advance_ms(struct test_clock *clock, int64_t ms) {
    __atomic_add_fetch(&clock->now_ns, ms * NANOSECONDS_PER_MS, __ATOMIC_SEQ_CST);
}
