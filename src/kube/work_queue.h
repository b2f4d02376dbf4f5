/* Work queue: keys waiting to be reconciled.
 *
 * A key is in the queue at most once, and handed to at most one worker at a time: a key added while it is
 * being worked on is queued again when that worker is done. Keys that failed come back later, each time
 * later. Ready keys are handed out in the order in which they became ready. Safe for any number of threads.
 *
 * A worker's life:
 *
 *     char *key = NULL;
 *     while (work_queue_take(queue, &key)) {
 *         if (reconcile(key, &result))
 *             work_queue_forget(queue, key);
 *         else
 *             work_queue_retry(queue, key);
 *         work_queue_done(queue, key);
 *         free(TAKE(key));
 *     }
 *
 * A simulation, which has one thread and its own clock, uses work_queue_try_take() and work_queue_next_due().
 * After: Kubernetes client-go, util/workqueue.
 */
#pragma once

#include "base/clock.h"
#include "base/memory.h"

struct work_queue;

struct work_queue_options {
    /* The first delay of a key that failed, and the longest: each failure doubles it. */
    int64_t backoff_first_ms;
    int64_t backoff_max_ms;
    /* Retries of all keys together: a bucket of retry_burst, filled at retries_per_second. A retry that finds
     * it empty waits for its turn. 0 per second: no such limit. */
    double retries_per_second;
    unsigned retry_burst;
};

/* 5 ms to 16 min; 10 a second after a burst of 100, as client-go has it. */
extern const struct work_queue_options work_queue_defaults;

/* A queue that reads the time from clock, which must outlive it. options may be NULL. Never NULL. */
struct work_queue *work_queue_new(const struct clock *clock, const struct work_queue_options *options);
/* No worker may be inside any more. */
void work_queue_free(struct work_queue *queue);
DEFINE_CLEANUP(struct work_queue, work_queue_free);

/* Adds a copy of key, ready now; no effect if it is ready already. A key that waits is waited for no longer.
 * After work_queue_stop() nothing is added. */
void work_queue_add(struct work_queue *queue, const char *key);
/* Adds key, ready in delay_ms; when it waits already, the earlier time holds. */
void work_queue_add_after(struct work_queue *queue, const char *key, int64_t delay_ms);
/* Adds key again after a failure, after its next delay, which is returned in ms. */
int64_t work_queue_retry(struct work_queue *queue, const char *key);
/* The key went well or is gone: its next failure starts with the first delay. */
void work_queue_forget(struct work_queue *queue, const char *key);
/* Failures since the key was last forgotten. */
unsigned work_queue_failures(struct work_queue *queue, const char *key);

/* Waits for a key. The caller owns *out_key (free) and must end with work_queue_done().
 * False once work_queue_stop() was called and nothing ready is left. */
CHECKED bool work_queue_take(struct work_queue *queue, char **out_key);
/* The same without waiting: false when no key is ready now. */
CHECKED bool work_queue_try_take(struct work_queue *queue, char **out_key);
void work_queue_done(struct work_queue *queue, const char *key);

/* The monotonic time at which the next key becomes ready: now when one is. False when none waits. */
CHECKED bool work_queue_next_due(struct work_queue *queue, int64_t *out_monotonic_ns);
/* Makes waiting workers look at the clock again: for tests that move it. */
void work_queue_wake(struct work_queue *queue);

/* Ready keys are still handed out, waiting ones are dropped, and work_queue_take() then returns false. */
void work_queue_stop(struct work_queue *queue);

/* For metrics. Totals only grow. */
struct work_queue_counts {
    size_t ready;
    size_t waiting;
    size_t in_work;
    uint64_t added;
    uint64_t retried;
    int64_t oldest_ready_ns; /* how long the first ready key has been ready */
};
void work_queue_count(struct work_queue *queue, struct work_queue_counts *out_counts);
