/* Circuit breaker: spares a server that can't be reached, and those who ask it.
 *
 * After BREAKER_FAILURES attempts to connect that failed in a row it opens: who asks is told at once instead
 * of waiting for a time-out. After a pause one attempt may go through, while all others are still refused; if
 * it fails the next pause is twice as long, up to a limit, and one that succeeds closes the breaker. A server
 * that answers, though with a refusal, can be reached.
 * Pure: time is passed in, and the caller guards it.
 */
#pragma once

#include "base/error.h"

enum { BREAKER_FAILURES = 5, BREAKER_PAUSE_SECONDS = 2, BREAKER_PAUSE_SECONDS_MAX = 30 };
enum { BREAKER_REASON_BYTES = 300 };

/* Zeroed: closed. */
struct breaker {
    unsigned failures; /* in a row */
    bool is_open;
    bool is_probing; /* the one attempt is under way */
    int64_t since_wall_ns;
    int64_t pause_ns;
    int64_t next_ns; /* not before this: monotonic */
    char reason[BREAKER_REASON_BYTES];
};

/* Whether to try to connect; if so, one of the next three must follow. */
bool breaker_allows(struct breaker *breaker, int64_t now_ns);
void breaker_succeed(struct breaker *breaker);
void breaker_fail(struct breaker *breaker, int64_t now_ns, int64_t wall_ns, const char *reason);
/* The attempt ended for a reason of our own. */
void breaker_abandon(struct breaker *breaker);

/* Why it does not allow an attempt: since when, and what the last one said, with when the next is allowed as
 * retry_after_seconds. The text stays the same while the breaker is open and the reason does. Always false.
 */
bool breaker_explain(const struct breaker *breaker, int64_t now_ns, struct error *err);
