#include "base/clock.h"
#include "controllers/status.h"
#include "test.h"

static const int64_t noon = 1767268800 * NANOSECONDS_PER_SECOND; /* 2026-01-01T12:00:00Z */

static const char *since(const struct json *status) {
    return json_string_at(condition_find(json_get(status, "conditions"), "Ready"), "lastTransitionTime", "");
}

TEST("the time of a condition moves only when its status does") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *first = json_new_object(arena);
    struct json *second = json_new_object(arena);
    struct json *third = json_new_object(arena);

    condition_set(arena, first, NULL, "Ready", CONDITION_FALSE, "Forming", "1 of 3", 1, noon);
    assert_string_equal(since(first), "2026-01-01T12:00:00Z");
    condition_set(arena, second, json_get(first, "conditions"), "Ready", CONDITION_FALSE, "Waiting", "2 of 3",
                  1, noon + 60 * NANOSECONDS_PER_SECOND);
    assert_string_equal(since(second), "2026-01-01T12:00:00Z");
    assert_true(condition_is(json_get(second, "conditions"), "Ready", "False", "Waiting"));
    condition_set(arena, third, json_get(second, "conditions"), "Ready", CONDITION_TRUE, "Ready", "3 of 3", 2,
                  noon + 120 * NANOSECONDS_PER_SECOND);
    assert_string_equal(since(third), "2026-01-01T12:02:00Z");
    assert_int_equal(
        json_integer_at(condition_find(json_get(third, "conditions"), "Ready"), "observedGeneration", 0), 2);
}

TEST("a type has one condition, however often it is set") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *status = json_new_object(arena);

    condition_set(arena, status, NULL, "Ready", CONDITION_FALSE, "A", "a", 1, noon);
    condition_set(arena, status, NULL, "Degraded", CONDITION_FALSE, "B", "b", 1, noon);
    condition_set(arena, status, NULL, "Ready", CONDITION_TRUE, "C", "c", 1, noon);
    assert_int_equal(json_length(json_get(status, "conditions")), 2);
    assert_true(condition_is(json_get(status, "conditions"), "Ready", "True", "C"));
    assert_false(condition_is(json_get(status, "conditions"), "Absent", "True", NULL));
}
