#include "test.h"

#include "base/clock.h"
#include "base/time.h"

/* Expected values come from Go's time package and k8s.io/apimachinery, but that RFC 3339 is taken strictly.
 */
TEST("times of RFC 3339 are read to the nanosecond, with any offset") {
    static const struct {
        const char *input;
        int64_t ns;
    } rows[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2026-01-31T12:00:00Z", INT64_C(1769860800000000000) },
        { "2026-01-31T12:00:00.5Z", INT64_C(1769860800500000000) },
        { "2026-01-31T12:00:00.123456789123Z", INT64_C(1769860800123456789) },
        { "2026-01-31T12:00:00+02:00", INT64_C(1769853600000000000) },
        { "2026-01-31T12:00:00-07:30", INT64_C(1769887800000000000) },
        { "2024-02-29T00:00:00Z", INT64_C(1709164800000000000) },
        { "2000-02-29T00:00:00Z", INT64_C(951782400000000000) },
        { "1969-12-31T23:59:59.5Z", -500000000 },
        { "2262-04-11T23:47:16.854775807Z", INT64_MAX },
        { "1677-09-21T00:12:44Z", INT64_C(-9223372036000000000) },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        int64_t ns = 42;
        if (!time_parse(text_from(rows[i].input), &ns) || ns != rows[i].ns)
            fail_msg("%s: %lld", rows[i].input, (long long)ns);
    }
}

TEST("what is no time, or out of range, is refused") {
    static const char *const rows[] = {
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T23:60:00Z",
        "2026-01-01T23:59:60Z",
        "2026-01-01T23:59:59",
        "2026-01-01 23:59:59Z",
        "2026-01-01t23:59:59Z",
        "2026-01-01T23:59:59z",
        "2026-01-01T23:59:59+0200",
        "2026-01-01T23:59:59+24:00",
        "2026-01-01T23:59:59+23:60",
        "2026-01-01T23:59:59.Z",
        "2026-01-01T23:59:59,5Z",
        "2026-1-01T23:59:59Z",
        "2026-01-01T3:59:59Z",
        "2026-01-01T23:59:59Zx",
        "",
        "2026-01-01",
        "-026-01-01T23:59:59Z",
        "2262-04-11T23:47:17Z",
        "1677-09-21T00:12:43Z",
        "9999-12-31T23:59:59Z",
        "2026-01-01T23:59:5\xef",
        "+026-01-01T00:00:00Z",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        int64_t ns;
        if (time_parse(text_from(rows[i]), &ns))
            fail_msg("%s: %lld", rows[i], (long long)ns);
    }
}

TEST("times are printed in UTC, rounded down, also before 1970") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    int64_t noon = INT64_C(1769860800123456789);

    assert_string_equal(time_format(arena, noon), "2026-01-31T12:00:00Z");
    assert_string_equal(time_format_micro(arena, noon), "2026-01-31T12:00:00.123456Z");
    assert_string_equal(time_format(arena, -1), "1969-12-31T23:59:59Z");
    assert_string_equal(time_format_micro(arena, -1), "1969-12-31T23:59:59.999999Z");
    assert_string_equal(time_format(arena, INT64_MIN), "1677-09-21T00:12:43Z");
    assert_string_equal(time_format(arena, INT64_MAX), "2262-04-11T23:47:16Z");
}

TEST("durations are read as Go reads them, and in days and weeks") {
    static const struct {
        const char *input;
        int64_t ns;
    } rows[] = {
        { "0", 0 },
        { "-0", 0 },
        { "300ms", 300000000 },
        { "1h30m", INT64_C(5400000000000) },
        { "-1.5h", INT64_C(-5400000000000) },
        { "+5s", INT64_C(5000000000) },
        { "1us", 1000 },
        { "1\xc2\xb5s", 1000 },
        { "1\xce\xbcs", 1000 },
        { ".5s", 500000000 },
        { "5.s", INT64_C(5000000000) },
        { "1m0.5s", INT64_C(60500000000) },
        { "0.0000000001s", 0 },
        { "0.3333333333333333333h", INT64_C(1200000000000) },
        { "1.0000000000000000000001h", INT64_C(3600000000000) },
        { "0.830103483285477580700h", INT64_C(2988372539827) },
        { "9007199254.740993s", INT64_C(9007199254740993000) },
        { "9223372036854775807ns", INT64_MAX },
        { "-9223372036854775808ns", INT64_MIN },
        { "1d", INT64_C(86400000000000) },
        { "1w2d", INT64_C(777600000000000) },
        { "0.5d", INT64_C(43200000000000) },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        int64_t ns = 42;
        if (!duration_parse(text_from(rows[i].input), &ns) || ns != rows[i].ns)
            fail_msg("%s: %lld", rows[i].input, (long long)ns);
    }
}

TEST("what is no duration, or too long, is refused") {
    static const char *const rows[] = {
        "",
        "1",
        "s",
        ".s",
        ".",
        "-",
        "+",
        "1h-30m",
        "1 s",
        " 1s",
        "1s ",
        "1H",
        "1.1.1s",
        "1y",
        "00",
        "1h 2m",
        "3000000h",
        "9223372036854775808ns",
        "-9223372036854775809ns",
        "100000000000000000000ns",
        "16000w",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        int64_t ns;
        if (duration_parse(text_from(rows[i]), &ns))
            fail_msg("%s: %lld", rows[i], (long long)ns);
    }
}

TEST("durations are printed as Go prints them") {
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        { 0, "0s" },
        { 1, "1ns" },
        { 1000, "1\xc2\xb5s" },
        { 1100, "1.1\xc2\xb5s" },
        { 999999, "999.999\xc2\xb5s" },
        { 1500000, "1.5ms" },
        { 999999999, "999.999999ms" },
        { 1000000000, "1s" },
        { 1000000001, "1.000000001s" },
        { INT64_C(60000000000), "1m0s" },
        { INT64_C(3600000000000), "1h0m0s" },
        { INT64_C(3661000000000), "1h1m1s" },
        { INT64_C(360000000000000), "100h0m0s" },
        { -1000000000, "-1s" },
        { INT64_MIN, "-2562047h47m16.854775808s" },
        { INT64_MAX, "2562047h47m16.854775807s" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        assert_string_equal(duration_format(arena, rows[i].ns), rows[i].text);
    }
}

TEST("ages are printed as kubectl prints them") {
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        { -2, "<invalid>" },     { -1, "0s" },        { 0, "0s" },
        { 119, "119s" },         { 120, "2m" },       { 125, "2m5s" },
        { 599, "9m59s" },        { 600, "10m" },      { 10799, "179m" },
        { 10800, "3h" },         { 28799, "7h59m" },  { 28800, "8h" },
        { 172799, "47h" },       { 172800, "2d" },    { 176400, "2d1h" },
        { 691199, "7d23h" },     { 691200, "8d" },    { 63071999, "729d" },
        { 63072000, "2y" },      { 94608000, "3y" },  { 94694400, "3y1d" },
        { 252287999, "7y364d" }, { 252288000, "8y" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        assert_string_equal(duration_human(arena, rows[i].seconds * NANOSECONDS_PER_SECOND), rows[i].text);
    }
}

TEST("the system's clock is in this century, and its monotonic side never goes back") {
    int64_t before = clock_monotonic(&clock_system), after = clock_monotonic(&clock_system);

    assert_true(after >= before);
    assert_true(clock_wall(&clock_system) > INT64_C(1700000000) * NANOSECONDS_PER_SECOND);
}
