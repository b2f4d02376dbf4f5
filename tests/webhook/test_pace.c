#include "test.h"

#include "base/memory.h"
#include "webhook/pace.h"

TEST("healing is quick, and a fight that never ends slows down to a write a minute") {
    struct pace pace = { 0 };
    int64_t now_ms = 5000, began_ms;

    for (int i = 0; i < PACE_WRITES_MAX; i++) {
        int64_t rest_ms = pace_rest_ms(&pace, now_ms);
        assert_int_equal(rest_ms, PACE_REST_MS_MIN);
        now_ms += rest_ms;
    }
    began_ms = now_ms;
    for (int i = 0; i < 100; i++)
        now_ms += pace_rest_ms(&pace, now_ms);
    assert_in_range(now_ms - began_ms, 98 * PACE_CALM_MS, 101 * PACE_CALM_MS);
}

TEST("writes come back one by one, and never more than all of them") {
    static const struct {
        const char *when;
        int64_t calm_ms;
        int quick; /* writes that may follow each other then */
    } rows[] = {
        { "three minutes", 3 * PACE_CALM_MS, 3 },
        { "an hour", 3600000, PACE_WRITES_MAX },
        { "a year", INT64_C(31536000000), PACE_WRITES_MAX },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct pace pace = { 0 };
        int64_t now_ms = 0;
        int quick = 0;
        while (pace_rest_ms(&pace, now_ms) == PACE_REST_MS_MIN)
            ;
        now_ms = pace.repaid_ms - PACE_WRITES_MAX * (int64_t)PACE_CALM_MS + rows[i].calm_ms;
        while (pace_rest_ms(&pace, now_ms) == PACE_REST_MS_MIN)
            quick++;
        if (quick != rows[i].quick)
            fail_msg("%s: %d", rows[i].when, quick);
    }
}
