#include "test.h"

#include "bolt/breaker.h"

#include "base/clock.h"

#define SECOND NANOSECONDS_PER_SECOND
/* 2026-11-30T18:00:00Z */
#define WALL (INT64_C(1796061600) * SECOND)

static void fail_often(struct breaker *breaker, int64_t now_ns) {
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        assert_true(breaker_allows(breaker, now_ns));
        breaker_fail(breaker, now_ns, WALL, "graph-0 (10.0.0.1:7687): Connection refused");
    }
}

TEST("opens after five failures in a row, and says since when and why") {
    struct breaker breaker = { 0 };
    struct error err = { 0 };

    fail_often(&breaker, SECOND);
    assert_false(breaker_allows(&breaker, SECOND));
    assert_false(breaker_explain(&breaker, SECOND, &err));
    assert_int_equal(err.retry_after_seconds, BREAKER_PAUSE_SECONDS);
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    assert_string_equal(err.text,
                        "graph-0 (10.0.0.1:7687): Connection refused (5 attempts failed in a row: since "
                        "2026-11-30T18:00:00Z it is asked only from time to time)");
}

TEST("stays closed while successes come between") {
    struct breaker breaker = { 0 };

    for (int i = 0; i < 10 * BREAKER_FAILURES; i++) {
        assert_true(breaker_allows(&breaker, i));
        if (i % BREAKER_FAILURES == 0)
            breaker_succeed(&breaker);
        else
            breaker_fail(&breaker, i, WALL, "no");
    }
    assert_false(breaker.is_open);
}

TEST("lets one attempt through after the pause, and no second beside it") {
    struct breaker breaker = { 0 };
    int64_t now = SECOND;

    fail_often(&breaker, now);
    assert_false(breaker_allows(&breaker, now + BREAKER_PAUSE_SECONDS * SECOND - 1));
    now += BREAKER_PAUSE_SECONDS * SECOND;
    assert_true(breaker_allows(&breaker, now));
    assert_false(breaker_allows(&breaker, now));
    assert_false(breaker_allows(&breaker, now + 1000 * SECOND));
    breaker_succeed(&breaker);
    assert_true(breaker_allows(&breaker, now));
    assert_true(breaker_allows(&breaker, now));
}

TEST("waits twice as long after each attempt that failed, up to half a minute") {
    static const int64_t pauses[] = { 2, 4, 8, 16, 30, 30 };
    struct breaker breaker = { 0 };
    int64_t now = SECOND;

    fail_often(&breaker, now);
    for (size_t i = 0; i < ARRAY_LENGTH(pauses); i++) {
        assert_false(breaker_allows(&breaker, now + pauses[i] * SECOND - 1));
        now += pauses[i] * SECOND;
        assert_true(breaker_allows(&breaker, now));
        breaker_fail(&breaker, now, WALL + now, "still no");
    }
    assert_int_equal(breaker.since_wall_ns, WALL);
    assert_string_equal(breaker.reason, "still no");
}

TEST("attempts that began before it opened change nothing when they fail later, and close it when they "
     "succeed") {
    struct breaker breaker = { 0 };

    fail_often(&breaker, 0);
    int64_t next_ns = breaker.next_ns;
    breaker_fail(&breaker, SECOND, WALL, "late");
    assert_int_equal(breaker.next_ns, next_ns);
    assert_false(breaker_allows(&breaker, SECOND));
    breaker_succeed(&breaker);
    assert_true(breaker_allows(&breaker, SECOND));
}

TEST("an attempt that was given up lets the next one through") {
    struct breaker breaker = { 0 };
    int64_t later = BREAKER_PAUSE_SECONDS * SECOND;

    fail_often(&breaker, 0);
    assert_true(breaker_allows(&breaker, later));
    breaker_abandon(&breaker);
    assert_true(breaker_allows(&breaker, later));
}

TEST("cuts a reason that is too long") {
    struct breaker breaker = { 0 };
    char reason[2 * BREAKER_REASON_BYTES];

    memset(reason, 'x', sizeof(reason) - 1);
    reason[sizeof(reason) - 1] = '\0';
    for (int i = 0; i < BREAKER_FAILURES; i++)
        breaker_fail(&breaker, 0, WALL, reason);
    assert_int_equal(strlen(breaker.reason), BREAKER_REASON_BYTES - 1);
}
