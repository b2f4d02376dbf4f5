#include "bolt/breaker.h"

#include "base/clock.h"
#include "base/time.h"

#include <stdio.h>

bool breaker_allows(struct breaker *breaker, int64_t now_ns) {
    if (!breaker->is_open)
        return true;
    if (breaker->is_probing || now_ns < breaker->next_ns)
        return false;
    breaker->is_probing = true;
    return true;
}

void breaker_succeed(struct breaker *breaker) {
    *breaker = (struct breaker){ 0 };
}

static int64_t next_pause(const struct breaker *breaker) {
    const int64_t most = BREAKER_PAUSE_SECONDS_MAX * NANOSECONDS_PER_SECOND;

    if (!breaker->is_open)
        return BREAKER_PAUSE_SECONDS * NANOSECONDS_PER_SECOND;
    return breaker->pause_ns > most / 2 ? most : 2 * breaker->pause_ns;
}

void breaker_fail(struct breaker *breaker, int64_t now_ns, int64_t wall_ns, const char *reason) {
    /* Attempts that began before it opened say nothing new. */
    bool is_late = breaker->is_open && !breaker->is_probing;

    breaker->failures++;
    snprintf(breaker->reason, sizeof(breaker->reason), "%s", reason);
    if (breaker->failures < BREAKER_FAILURES || is_late)
        return;
    breaker->pause_ns = next_pause(breaker);
    breaker->next_ns = now_ns + breaker->pause_ns;
    breaker->is_probing = false;
    if (!breaker->is_open) {
        breaker->is_open = true;
        breaker->since_wall_ns = wall_ns;
    }
}

void breaker_abandon(struct breaker *breaker) {
    breaker->is_probing = false;
}

static unsigned seconds_until(int64_t then_ns, int64_t now_ns) {
    return then_ns <= now_ns
               ? 0
               : (unsigned)((then_ns - now_ns + NANOSECONDS_PER_SECOND - 1) / NANOSECONDS_PER_SECOND);
}

bool breaker_explain(const struct breaker *breaker, int64_t now_ns, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    ensure(breaker->is_open);
    error_set(err, ERROR_UNAVAILABLE,
              "%s (%d attempts failed in a row: since %s it is asked only from time to time)",
              breaker->reason, BREAKER_FAILURES, time_format(arena, breaker->since_wall_ns));
    if (err)
        err->retry_after_seconds = seconds_until(breaker->next_ns, now_ns);
    return false;
}
