/* Pace: how long to rest between writes, so that two who undo each other's do not keep an API server busy.
 *
 * A fight looks like healing, only that it never ends: operators with other names for the Service, replicas
 * whose clocks are hours apart, a tool that puts caBundle back. So a number of writes may follow each other
 * quickly, and comes back one by one; who has used them up writes as often as they come back. Pure.
 */
#pragma once

#include <stdint.h>

enum {
    PACE_REST_MS_MIN = 1000,
    PACE_WRITES_MAX = 30, /* quickly after each other */
    PACE_CALM_MS = 60000, /* in which one comes back */
};

/* Zero is a good start. */
struct pace {
    int64_t repaid_ms; /* when all are back */
};

/* After a write, at now_ms of a clock that never goes back: how long to rest before the next. */
int64_t pace_rest_ms(struct pace *pace, int64_t now_ms);
