/* Three sets of keys, one lock.
 *
 * Every key that the queue has anything to say about is an item in the tree `items`: it is ready (in the list
 * `ready`), waiting for a time (in the tree `waiting`), in work, or only remembered because it has failed. An
 * item that is none of these is freed. A key in work that is added again gets `again` and becomes ready when
 * its worker is done.
 */
#include "kube/work_queue.h"

#include "base/text.h"

#include <pthread.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include <bsd/sys/tree.h>

const struct work_queue_options work_queue_defaults = {
    .backoff_first_ms = 5, .backoff_max_ms = 16 * 60 * 1000, .retries_per_second = 10, .retry_burst = 100
};

struct item {
    RB_ENTRY(item) by_key;
    RB_ENTRY(item) by_due;
    TAILQ_ENTRY(item) in_ready;
    bool is_ready;
    bool is_waiting;
    bool is_in_work;
    bool again;
    unsigned failures;
    int64_t due_ns;     /* while waiting */
    uint64_t due_order; /* tells apart what is due at the same time: first come, first served */
    int64_t ready_since_ns;
    const char *key; /* key_bytes, but for the stand-in that a look-up makes */
    char key_bytes[];
};

RB_HEAD(item_tree, item);
RB_HEAD(due_tree, item);
TAILQ_HEAD(item_list, item);

struct work_queue {
    const struct clock *clock;
    struct work_queue_options options;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct item_tree items;
    struct due_tree waiting;
    struct item_list ready;
    size_t ready_count;
    size_t waiting_count;
    size_t in_work_count;
    uint64_t order;
    uint64_t added;
    uint64_t retried;
    double tokens; /* of the retry bucket; below zero: promised to retries that wait already */
    int64_t tokens_at_ns;
    bool is_stopped;
};

static int compare_keys(const struct item *a, const struct item *b) {
    return strcmp(a->key, b->key);
}

static int compare_due(const struct item *a, const struct item *b) {
    if (a->due_ns != b->due_ns)
        return a->due_ns < b->due_ns ? -1 : 1;
    return a->due_order < b->due_order ? -1 : a->due_order > b->due_order;
}

/* The generated functions are for this file alone, but libbsd can't generate static ones. */
RB_PROTOTYPE(item_tree, item, by_key, compare_keys)
RB_GENERATE(item_tree, item, by_key, compare_keys)
RB_PROTOTYPE(due_tree, item, by_due, compare_due)
RB_GENERATE(due_tree, item, by_due, compare_due)

struct work_queue *work_queue_new(const struct clock *clock, const struct work_queue_options *options) {
    struct work_queue *queue = XNEW(struct work_queue);
    pthread_condattr_t attributes;

    ensure(clock);
    queue->clock = clock;
    queue->options = options ? *options : work_queue_defaults;
    queue->tokens = queue->options.retry_burst;
    queue->tokens_at_ns = clock_monotonic(clock);
    RB_INIT(&queue->items);
    RB_INIT(&queue->waiting);
    TAILQ_INIT(&queue->ready);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return queue;
}

void work_queue_free(struct work_queue *queue) {
    if (!queue)
        return;
    ensure(queue->in_work_count == 0);
    for (struct item *item = RB_MIN(item_tree, &queue->items), *next; item; item = next) {
        next = RB_NEXT(item_tree, &queue->items, item);
        RB_REMOVE(item_tree, &queue->items, item);
        free(item);
    }
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

/* ---- items; all under the lock ---- */

static struct item *find(struct work_queue *queue, const char *key) {
    struct item wanted = { .key = key };

    return RB_FIND(item_tree, &queue->items, &wanted);
}

static struct item *find_or_make(struct work_queue *queue, const char *key) {
    struct item *item = find(queue, key);
    size_t size = strlen(key) + 1;

    if (item)
        return item;
    item = xcalloc(1, sizeof(*item) + size);
    item->key = memcpy(item->key_bytes, key, size);
    RB_INSERT(item_tree, &queue->items, item);
    return item;
}

static void drop_if_idle(struct work_queue *queue, struct item *item) {
    if (item->is_ready || item->is_waiting || item->is_in_work || item->failures)
        return;
    RB_REMOVE(item_tree, &queue->items, item);
    free(item);
}

static void stop_waiting(struct work_queue *queue, struct item *item) {
    if (!item->is_waiting)
        return;
    RB_REMOVE(due_tree, &queue->waiting, item);
    item->is_waiting = false;
    queue->waiting_count--;
}

static void make_ready(struct work_queue *queue, struct item *item) {
    stop_waiting(queue, item);
    if (item->is_in_work) {
        item->again = true;
        return;
    }
    if (item->is_ready)
        return;
    item->is_ready = true;
    item->ready_since_ns = clock_monotonic(queue->clock);
    TAILQ_INSERT_TAIL(&queue->ready, item, in_ready);
    queue->ready_count++;
    pthread_cond_signal(&queue->changed);
}

static void make_wait(struct work_queue *queue, struct item *item, int64_t due_ns) {
    if (item->is_ready || item->again || (item->is_waiting && item->due_ns <= due_ns))
        return;
    stop_waiting(queue, item);
    item->due_ns = due_ns;
    item->due_order = queue->order++;
    item->is_waiting = true;
    queue->waiting_count++;
    RB_INSERT(due_tree, &queue->waiting, item);
    /* Whoever sleeps until the first due time must learn that it is earlier now. */
    if (RB_MIN(due_tree, &queue->waiting) == item)
        pthread_cond_signal(&queue->changed);
}

static void promote_due(struct work_queue *queue) {
    int64_t now = clock_monotonic(queue->clock);
    struct item *item;

    while ((item = RB_MIN(due_tree, &queue->waiting)) && item->due_ns <= now)
        make_ready(queue, item);
}

static void add_after_locked(struct work_queue *queue, const char *key, int64_t delay_ms) {
    if (queue->is_stopped)
        return;
    queue->added++;
    if (delay_ms <= 0)
        make_ready(queue, find_or_make(queue, key));
    else
        make_wait(queue, find_or_make(queue, key),
                  clock_monotonic(queue->clock) + delay_ms * NANOSECONDS_PER_MS);
}

/* ---- adding ---- */

void work_queue_add(struct work_queue *queue, const char *key) {
    work_queue_add_after(queue, key, 0);
}

void work_queue_add_after(struct work_queue *queue, const char *key, int64_t delay_ms) {
    pthread_mutex_lock(&queue->lock);
    add_after_locked(queue, key, delay_ms);
    pthread_mutex_unlock(&queue->lock);
}

static int64_t backoff_ms(const struct work_queue_options *options, unsigned failures) {
    int64_t delay = options->backoff_first_ms;

    for (unsigned i = 1; i < failures && delay < options->backoff_max_ms; i++)
        delay *= 2;
    return delay < options->backoff_max_ms ? delay : options->backoff_max_ms;
}

/* Takes a token; how long until there is one for this retry. */
static int64_t bucket_wait_ms(struct work_queue *queue) {
    const struct work_queue_options *options = &queue->options;
    int64_t now = clock_monotonic(queue->clock);

    if (options->retries_per_second <= 0)
        return 0;
    queue->tokens += (double)(now - queue->tokens_at_ns) / 1e9 * options->retries_per_second;
    queue->tokens_at_ns = now;
    if (queue->tokens > options->retry_burst)
        queue->tokens = options->retry_burst;
    queue->tokens -= 1;
    return queue->tokens >= 0 ? 0 : (int64_t)(-queue->tokens * 1000 / options->retries_per_second);
}

int64_t work_queue_retry(struct work_queue *queue, const char *key) {
    int64_t delay = 0;

    pthread_mutex_lock(&queue->lock);
    if (!queue->is_stopped) {
        struct item *item = find_or_make(queue, key);
        int64_t bucket;
        if (item->failures < UINT32_MAX)
            item->failures++;
        delay = backoff_ms(&queue->options, item->failures);
        bucket = bucket_wait_ms(queue);
        delay = delay > bucket ? delay : bucket;
        queue->retried++;
        add_after_locked(queue, key, delay);
    }
    pthread_mutex_unlock(&queue->lock);
    return delay;
}

void work_queue_forget(struct work_queue *queue, const char *key) {
    struct item *item;

    pthread_mutex_lock(&queue->lock);
    item = find(queue, key);
    if (item) {
        item->failures = 0;
        drop_if_idle(queue, item);
    }
    pthread_mutex_unlock(&queue->lock);
}

unsigned work_queue_failures(struct work_queue *queue, const char *key) {
    const struct item *item;
    unsigned failures;

    pthread_mutex_lock(&queue->lock);
    item = find(queue, key);
    failures = item ? item->failures : 0;
    pthread_mutex_unlock(&queue->lock);
    return failures;
}

/* ---- taking ---- */

static char *take_first(struct work_queue *queue) {
    struct item *item = TAILQ_FIRST(&queue->ready);

    ensure(item->is_ready && !item->is_in_work);
    TAILQ_REMOVE(&queue->ready, item, in_ready);
    item->is_ready = false;
    item->is_in_work = true;
    queue->ready_count--;
    queue->in_work_count++;
    return xstrdup(item->key);
}

/* Sleeps until something changes or the first waiting key is due. */
static void sleep_until_due(struct work_queue *queue) {
    const struct item *first = RB_MIN(due_tree, &queue->waiting);
    struct timespec until;
    int64_t sleep_ns;

    if (!first) {
        pthread_cond_wait(&queue->changed, &queue->lock);
        return;
    }
    /* The queue's clock need not be the system's: only the distance counts. */
    sleep_ns = first->due_ns - clock_monotonic(queue->clock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    sleep_ns += until.tv_nsec;
    until.tv_sec += sleep_ns / NANOSECONDS_PER_SECOND;
    until.tv_nsec = sleep_ns % NANOSECONDS_PER_SECOND;
    (void)pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
}

bool work_queue_take(struct work_queue *queue, char **out_key) {
    bool taken;

    pthread_mutex_lock(&queue->lock);
    for (promote_due(queue); TAILQ_EMPTY(&queue->ready) && !queue->is_stopped; promote_due(queue))
        sleep_until_due(queue);
    taken = !TAILQ_EMPTY(&queue->ready);
    if (taken)
        *out_key = take_first(queue);
    /* This worker leaves: another one, which may sleep without a time, must watch for the next due key. */
    if (taken && !RB_EMPTY(&queue->waiting))
        pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

bool work_queue_try_take(struct work_queue *queue, char **out_key) {
    bool taken;

    pthread_mutex_lock(&queue->lock);
    promote_due(queue);
    taken = !TAILQ_EMPTY(&queue->ready);
    if (taken)
        *out_key = take_first(queue);
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

void work_queue_done(struct work_queue *queue, const char *key) {
    struct item *item;

    pthread_mutex_lock(&queue->lock);
    item = find(queue, key);
    ensure(item && item->is_in_work);
    item->is_in_work = false;
    queue->in_work_count--;
    if (item->again) {
        item->again = false;
        if (!queue->is_stopped)
            make_ready(queue, item);
    }
    drop_if_idle(queue, item);
    pthread_mutex_unlock(&queue->lock);
}

bool work_queue_next_due(struct work_queue *queue, int64_t *out_monotonic_ns) {
    const struct item *first;
    bool found = true;

    pthread_mutex_lock(&queue->lock);
    first = RB_MIN(due_tree, &queue->waiting);
    if (!TAILQ_EMPTY(&queue->ready))
        *out_monotonic_ns = clock_monotonic(queue->clock);
    else if (first)
        *out_monotonic_ns = first->due_ns;
    else
        found = false;
    pthread_mutex_unlock(&queue->lock);
    return found;
}

void work_queue_wake(struct work_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void work_queue_stop(struct work_queue *queue) {
    struct item *item;

    pthread_mutex_lock(&queue->lock);
    queue->is_stopped = true;
    while ((item = RB_MIN(due_tree, &queue->waiting))) {
        stop_waiting(queue, item);
        drop_if_idle(queue, item);
    }
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void work_queue_count(struct work_queue *queue, struct work_queue_counts *out_counts) {
    const struct item *first;

    pthread_mutex_lock(&queue->lock);
    first = TAILQ_FIRST(&queue->ready);
    *out_counts = (struct work_queue_counts){
        .ready = queue->ready_count,
        .waiting = queue->waiting_count,
        .in_work = queue->in_work_count,
        .added = queue->added,
        .retried = queue->retried,
        .oldest_ready_ns = first ? clock_monotonic(queue->clock) - first->ready_since_ns : 0,
    };
    pthread_mutex_unlock(&queue->lock);
}
