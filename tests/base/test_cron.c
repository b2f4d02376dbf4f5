#include "base/cron.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/time.h"
#include "base/time_zone.h"
#include "test.h"

TEST("a schedule names its next time, in a zone") {
    static const struct {
        const char *schedule, *zone, *after, *next;
    } rows[] = {
        { "* * * * *", NULL, "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z" },
        { "* * * * *", NULL, "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z" },
        { "30 2 * * *", NULL, "2026-01-01T02:30:00Z", "2026-01-02T02:30:00Z" },
        { "0 0 1 1 ?", NULL, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z" },
        { "0-10/5,59 * * * *", NULL, "2026-01-01T00:10:00Z", "2026-01-01T00:59:00Z" },
        { "50/5 * * * *", NULL, "2026-01-01T00:10:00Z", "2026-01-01T00:50:00Z" },
        { "0 12 * * sun", NULL, "2026-01-01T00:00:00Z", "2026-01-04T12:00:00Z" },
        { "0 0 13 * FRI", NULL, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z" }, /* either of both */
        { "0 0 13 * *", NULL, "2026-01-01T00:00:00Z", "2026-01-13T00:00:00Z" },
        { "0 0 */13 * fri", NULL, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z" },
        { "0 0 29 feb *", NULL, "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z" },
        { "0 0 31 6 *", NULL, "2026-01-01T00:00:00Z", NULL },
        { "@hourly", NULL, "2026-01-01T00:10:00Z", "2026-01-01T01:00:00Z" },
        { "@weekly", NULL, "2026-01-01T00:10:00Z", "2026-01-04T00:00:00Z" },
        { "@every 1h30m", NULL, "2026-01-01T00:10:07Z", "2026-01-01T01:40:07Z" },
        { "0 3 * * *", "Europe/Stockholm", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z" },
        { "0 3 * * *", "Europe/Stockholm", "2026-07-01T00:00:00Z", "2026-07-01T01:00:00Z" },
        { "30 2 * * *", "Europe/Stockholm", "2026-03-29T00:00:00Z",
          "2026-03-30T00:30:00Z" }, /* an hour is left out */
        { "30 0 * * *", "America/New_York", "2026-06-01T12:00:00Z", "2026-06-02T04:30:00Z" },
        { "45 23 * * 1", "Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-05T18:00:00Z" },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct time_zone *zone = NULL;
        struct cron_schedule schedule;
        struct error err = { 0 };
        int64_t after_ns;
        assert_true(!rows[i].zone || time_zone_load(arena, rows[i].zone, &zone, &err));
        assert_true(cron_parse(text_from(rows[i].schedule), &schedule, &err));
        assert_true(time_parse(text_from(rows[i].after), &after_ns));
        int64_t next_ns = cron_next(&schedule, zone, after_ns);
        const char *next = next_ns == INT64_MAX ? NULL : time_format(arena, next_ns);
        if (!str_equal(next, rows[i].next))
            fail_msg("%s %s after %s: %s, not %s", rows[i].schedule, rows[i].zone, rows[i].after, next,
                     rows[i].next);
    }
}

TEST("what is no schedule is told as Kubernetes tells it") {
    static const struct {
        const char *schedule, *error;
    } rows[] = {
        { "", "empty spec string" },
        { "* * * *", "expected exactly 5 fields, found 4: [* * * *]" },
        { "0 0 * * * *", "expected exactly 5 fields, found 6: [0 0 * * * *]" },
        { "60 * * * *", "end of range (60) above maximum (59): 60" },
        { "* * 0 * *", "beginning of range (0) below minimum (1): 0" },
        { "* * * * 7", "end of range (7) above maximum (6): 7" },
        { "5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1" },
        { "*/0 * * * *", "step of range should be a positive number: */0" },
        { "x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax" },
        { "-1 * * * *", "failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax" },
        { "1-2-3 * * * *", "too many hyphens: 1-2-3" },
        { "1/2/3 * * * *", "too many slashes: 1/2/3" },
        { "@often", "unrecognized descriptor: @often" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct cron_schedule schedule;
        struct error err = { 0 };
        assert_false(cron_parse(text_from(rows[i].schedule), &schedule, &err));
        if (strcmp(err.text, rows[i].error))
            fail_msg("'%s': %s", rows[i].schedule, err.text);
    }
}

TEST("zones are found by their names only") {
    static const char *const names[] = { "Nowhere/City",   "../../../etc/passwd",
                                         "/etc/localtime", "Europe",
                                         "zone.tab",       "" };
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct time_zone *zone;
    struct error err = { 0 };
    int64_t at_ns;

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        err = (struct error){ 0 };
        assert_false(time_zone_load(arena, names[i], &zone, &err));
        assert_string_equal(err.text, arena_printf(arena, "unknown time zone %s", names[i]));
    }
    assert_true(time_zone_load(arena, "America/New_York", &zone, &err));
    assert_true(time_parse(text_from("2026-07-01T12:00:00Z"), &at_ns));
    assert_string_equal(time_zone_format(arena, zone, at_ns), "2026-07-01T08:00:00-04:00");
    assert_string_equal(time_zone_format(arena, NULL, at_ns), "2026-07-01T12:00:00Z");
}
