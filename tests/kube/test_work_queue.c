#include "kube/test_clock.h"
#include "test.h"

#include "base/text.h"
#include "kube/work_queue.h"

#include <pthread.h>
#include <stdio.h>

static const struct work_queue_options unlimited = { .backoff_first_ms = 5, .backoff_max_ms = 1000 };

/* Takes the next key and says it was done; "" when none is ready. */
static char *take_and_finish(struct work_queue *queue) {
    char *key = NULL;

    if (!work_queue_try_take(queue, &key))
        return xstrdup("");
    work_queue_done(queue, key);
    return key;
}

static void assert_next(struct work_queue *queue, const char *expected) {
    CLEANUP_FREE char *key = take_and_finish(queue);

    assert_string_equal(key, expected);
}

TEST("hands keys out in the order in which they came, each once") {
    struct test_clock clock = test_clock_make();
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, NULL);

    work_queue_add(queue, "b");
    work_queue_add(queue, "a");
    work_queue_add(queue, "b");
    assert_next(queue, "b");
    assert_next(queue, "a");
    assert_next(queue, "");
}

TEST("gives a key to one worker at a time, and again when it was added meanwhile") {
    struct test_clock clock = test_clock_make();
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, NULL);
    CLEANUP_FREE char *first = NULL;
    CLEANUP_FREE char *second = NULL;

    work_queue_add(queue, "a");
    assert_true(work_queue_try_take(queue, &first));
    work_queue_add(queue, "a");
    work_queue_add(queue, "a");
    assert_false(work_queue_try_take(queue, &second));
    work_queue_done(queue, "a");
    assert_true(work_queue_try_take(queue, &second));
    assert_string_equal(second, "a");
    work_queue_done(queue, "a");
    assert_next(queue, "");
}

TEST("makes a delayed key ready at its time, the earliest when there are several") {
    struct test_clock clock = test_clock_make();
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, NULL);
    int64_t due = 0;

    work_queue_add_after(queue, "late", 300);
    work_queue_add_after(queue, "a", 200);
    work_queue_add_after(queue, "a", 100);
    work_queue_add_after(queue, "a", 500);
    assert_true(work_queue_next_due(queue, &due));
    assert_int_equal(due, clock.now_ns + 100 * NANOSECONDS_PER_MS);
    test_clock_advance_ms(&clock, 99);
    assert_next(queue, "");
    test_clock_advance_ms(&clock, 1);
    assert_next(queue, "a");
    test_clock_advance_ms(&clock, 199);
    assert_next(queue, "");
    test_clock_advance_ms(&clock, 1);
    assert_next(queue, "late");
    assert_false(work_queue_next_due(queue, &due));
}

TEST("does not wait for a delayed key that is added without delay") {
    struct test_clock clock = test_clock_make();
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, NULL);

    work_queue_add_after(queue, "a", 1000);
    work_queue_add(queue, "a");
    assert_next(queue, "a");
    test_clock_advance_ms(&clock, 2000);
    assert_next(queue, "");
}

TEST("keeps a delay that was asked for while the key was in work") {
    struct test_clock clock = test_clock_make();
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, NULL);
    CLEANUP_FREE char *key = NULL;

    work_queue_add(queue, "a");
    assert_true(work_queue_try_take(queue, &key));
    work_queue_add_after(queue, "a", 30000);
    work_queue_done(queue, "a");
    assert_next(queue, "");
    test_clock_advance_ms(&clock, 30000);
    assert_next(queue, "a");
}

TEST("waits twice as long after each failure, up to the longest delay, and starts anew once forgotten") {
    struct test_clock clock = test_clock_make();
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, &unlimited);
    static const int64_t delays[] = { 5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000 };

    for (size_t i = 0; i < ARRAY_LENGTH(delays); i++) {
        assert_int_equal(work_queue_retry(queue, "a"), delays[i]);
        assert_int_equal(work_queue_failures(queue, "a"), i + 1);
        test_clock_advance_ms(&clock, delays[i] - 1);
        assert_next(queue, "");
        test_clock_advance_ms(&clock, 1);
        assert_next(queue, "a");
    }
    assert_int_equal(work_queue_retry(queue, "other"), 5);
    work_queue_forget(queue, "a");
    assert_int_equal(work_queue_failures(queue, "a"), 0);
    assert_int_equal(work_queue_retry(queue, "a"), 5);
}

TEST("reaches 16 minutes between retries, as its defaults say") {
    struct test_clock clock = test_clock_make();
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, NULL);
    int64_t delay = 0;

    for (int i = 0; i < 40; i++)
        delay = work_queue_retry(queue, "a");
    assert_int_equal(delay, 16 * 60 * 1000);
}

TEST("spreads the retries of many keys once the burst is used up") {
    struct test_clock clock = test_clock_make();
    const struct work_queue_options options = {
        .backoff_first_ms = 5, .backoff_max_ms = 1000, .retries_per_second = 10, .retry_burst = 3
    };
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, &options);
    static const int64_t delays[] = { 5, 5, 5, 100, 200, 300 };
    char key[] = "a";

    for (size_t i = 0; i < ARRAY_LENGTH(delays); i++, key[0]++)
        assert_int_equal(work_queue_retry(queue, key), delays[i]);
    test_clock_advance_ms(&clock, 60000);
    assert_int_equal(work_queue_retry(queue, "fresh"), 5);
}

TEST("after a stop hands out what was ready, drops what waited, and takes nothing new") {
    struct test_clock clock = test_clock_make();
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, NULL);
    CLEANUP_FREE char *key = NULL;
    CLEANUP_FREE char *none = NULL;

    work_queue_add(queue, "ready");
    work_queue_add_after(queue, "waiting", 10);
    work_queue_stop(queue);
    work_queue_add(queue, "new");
    assert_true(work_queue_take(queue, &key));
    assert_string_equal(key, "ready");
    work_queue_add(queue, "ready");
    work_queue_done(queue, "ready");
    test_clock_advance_ms(&clock, 10);
    assert_false(work_queue_take(queue, &none));
}

TEST("counts what is ready, waiting and in work") {
    struct test_clock clock = test_clock_make();
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock.clock, NULL);
    CLEANUP_FREE char *key = NULL;
    struct work_queue_counts counts;

    work_queue_add(queue, "a");
    work_queue_add(queue, "b");
    work_queue_add_after(queue, "c", 10);
    (void)work_queue_retry(queue, "d");
    assert_true(work_queue_try_take(queue, &key));
    test_clock_advance_ms(&clock, 1);
    work_queue_count(queue, &counts);
    assert_int_equal(counts.ready, 1);
    assert_int_equal(counts.waiting, 2);
    assert_int_equal(counts.in_work, 1);
    assert_int_equal(counts.added, 4);
    assert_int_equal(counts.retried, 1);
    assert_int_equal(counts.oldest_ready_ns, NANOSECONDS_PER_MS);
    work_queue_done(queue, "a");
}

enum { WORKERS = 4, KEYS = 50, ADDS = 20000 };

struct crew {
    struct work_queue *queue;
    int holders[KEYS]; /* workers that have the key: never more than one */
    int taken;
    bool was_shared;
};

static void *work(void *context) {
    struct crew *crew = context;
    char *key = NULL;

    while (work_queue_take(crew->queue, &key)) {
        int64_t index = 0;
        if (!parse_int64(text_from(key), &index))
            abort();
        if (__atomic_add_fetch(&crew->holders[index], 1, __ATOMIC_SEQ_CST) != 1)
            __atomic_store_n(&crew->was_shared, true, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&crew->taken, 1, __ATOMIC_SEQ_CST);
        __atomic_sub_fetch(&crew->holders[index], 1, __ATOMIC_SEQ_CST);
        if (index % 7 == 0)
            (void)work_queue_retry(crew->queue, key);
        else
            work_queue_forget(crew->queue, key);
        work_queue_done(crew->queue, key);
        free(TAKE(key));
    }
    return NULL;
}

TEST("never gives a key to two of many workers") {
    const struct work_queue_options options = { .backoff_first_ms = 0, .backoff_max_ms = 1 };
    CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock_system, &options);
    struct crew crew = { .queue = queue };
    pthread_t threads[WORKERS];

    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &crew), 0);
    for (int i = 0; i < ADDS; i++) {
        char key[16];
        snprintf(key, sizeof(key), "%d", i % KEYS);
        work_queue_add_after(queue, key, i % 3 == 0);
    }
    work_queue_stop(queue);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    assert_false(crew.was_shared);
    assert_in_range(crew.taken, KEYS / 2, INT32_MAX);
}

static void *take_one(void *context) {
    char *key = NULL;

    return work_queue_take(context, &key) ? key : NULL;
}

/* Two workers sleep without a time; one is woken to watch for the first key, takes it, and is busy from then
 * on. Unless it wakes the other one as it leaves, nobody watches for the second key. */
TEST("wakes a second worker for a key that falls due while the first is busy") {
    for (int round = 0; round < 50; round++) {
        CLEANUP_POINTER(work_queue_free) struct work_queue *queue = work_queue_new(&clock_system, NULL);
        pthread_t threads[2];

        for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
            assert_int_equal(pthread_create(&threads[i], NULL, take_one, queue), 0);
        work_queue_add_after(queue, "a", 1);
        work_queue_add_after(queue, "b", 2);
        for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
            void *key = NULL;
            pthread_join(threads[i], &key);
            assert_non_null(key);
            work_queue_done(queue, key);
            free(key);
        }
    }
}
