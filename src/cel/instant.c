/* Source: common/types/timestamp.go, duration.go and overflow.go of cel-go. */
#include "cel/instant.h"

#include "base/time.h"
#include "cel/decimal.h"

#include <stdio.h>
#include <time.h>

/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z */
static const int64_t seconds_min = INT64_C(-62135596800), seconds_max = INT64_C(253402300799);

/* The calendar repeats itself after 400 years. */
enum { CYCLE_YEARS = 400, CYCLE_DAYS = 146097, PARSED_YEAR_MIN = 1680 };
static const int64_t cycle_seconds = INT64_C(86400) * CYCLE_DAYS;

static bool is_in_range(int64_t seconds) {
    return seconds >= seconds_min && seconds <= seconds_max;
}

bool cel_instant_from_seconds(int64_t seconds, struct cel_value *out_instant) {
    if (!is_in_range(seconds))
        return false;
    *out_instant = (struct cel_value){ .kind = CEL_TIMESTAMP, .instant = { .seconds = seconds } };
    return true;
}

/* The offset at the end of a text that was parsed already: "Z" or "+01:30". */
static int32_t offset_of(struct text text) {
    const char *end = text.data + text.length - 6;

    if (text_ends_with(text, "Z"))
        return 0;
    int minutes = ((end[1] - '0') * 10 + end[2] - '0') * 60 + (end[4] - '0') * 10 + end[5] - '0';
    return (end[0] == '-' ? -60 : 60) * minutes;
}

/* The parser of the base knows the years that 64 bits of nanoseconds reach: others are moved there by whole
 * cycles of the calendar, and back. */
bool cel_instant_parse(struct text text, struct cel_value *out_instant) {
    char moved[64];
    int64_t year, wall_ns;

    if (text.length >= sizeof(moved) || text.length < 4 || text.data[0] == '-' ||
        !parse_int64((struct text){ text.data, 4 }, &year))
        return false;
    int64_t cycles = (year - PARSED_YEAR_MIN) / CYCLE_YEARS - (year < PARSED_YEAR_MIN);
    memcpy(moved, text.data, text.length);
    moved[text.length] = '\0';
    (void)snprintf(moved, sizeof(moved), "%04d%.*s", (int)(year - cycles * CYCLE_YEARS), (int)text.length - 4,
                   text.data + 4);
    if (!time_parse(text_from(moved), &wall_ns))
        return false;
    int64_t seconds = wall_ns / CEL_NANOSECONDS, nanoseconds = wall_ns % CEL_NANOSECONDS;
    if (nanoseconds < 0) {
        nanoseconds += CEL_NANOSECONDS;
        seconds--;
    }
    if (!cel_instant_from_seconds(seconds + cycles * cycle_seconds, out_instant))
        return false;
    out_instant->nanoseconds = (uint32_t)nanoseconds;
    out_instant->instant.offset = offset_of(text);
    return true;
}

char *cel_instant_format(struct arena *arena, struct cel_value instant) {
    time_t local = instant.instant.seconds + instant.instant.offset;
    int offset = abs(instant.instant.offset) / 60;
    char fraction[16] = "", zone[16] = "Z";
    struct tm time;

    ensure(gmtime_r(&local, &time));
    if (instant.nanoseconds) {
        int length = snprintf(fraction, sizeof(fraction), ".%09u", instant.nanoseconds);
        while (length > 1 && fraction[length - 1] == '0')
            fraction[--length] = '\0';
    }
    if (offset)
        (void)snprintf(zone, sizeof(zone), "%c%02d:%02d", instant.instant.offset < 0 ? '-' : '+',
                       offset / 60 % 100, offset % 60);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", time.tm_year + 1900, time.tm_mon + 1,
                        time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec, fraction, zone);
}

bool cel_duration_parse(struct text text, struct cel_value *out_duration) {
    int64_t nanoseconds;

    /* Days and weeks are the base's own. */
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == 'd' || text.data[i] == 'w')
            return false;
    if (!duration_parse(text, &nanoseconds))
        return false;
    *out_duration = cel_from_duration(nanoseconds);
    return true;
}

char *cel_duration_format(struct arena *arena, int64_t nanoseconds) {
    /* Go adds the two parts as doubles. */
    double seconds = (double)(nanoseconds / CEL_NANOSECONDS) + (double)(nanoseconds % CEL_NANOSECONDS) / 1e9;

    return arena_printf(arena, "%ss", cel_decimal_plain(arena, seconds));
}

/* The timestamp moved by nanoseconds. */
static bool move(struct cel_run *run, struct cel_value instant, int64_t seconds, int64_t nanoseconds,
                 struct cel_value *out) {
    int64_t rest = (int64_t)instant.nanoseconds + nanoseconds;

    *out = instant;
    out->instant.seconds += seconds;
    if (rest < 0)
        out->instant.seconds--;
    if (rest >= CEL_NANOSECONDS)
        out->instant.seconds++;
    out->nanoseconds = (uint32_t)((rest + CEL_NANOSECONDS) % CEL_NANOSECONDS);
    return is_in_range(out->instant.seconds) || cel_fail(run, "timestamp overflow");
}

bool cel_instant_add(struct cel_run *run, struct cel_value a, struct cel_value b, bool *out_known,
                     struct cel_value *out) {
    int64_t sum;

    *out_known = true;
    if (a.kind == CEL_DURATION && b.kind == CEL_TIMESTAMP)
        return move(run, b, a.integer / CEL_NANOSECONDS, a.integer % CEL_NANOSECONDS, out);
    if (a.kind == CEL_TIMESTAMP && b.kind == CEL_DURATION)
        return move(run, a, b.integer / CEL_NANOSECONDS, b.integer % CEL_NANOSECONDS, out);
    *out_known = a.kind == CEL_DURATION && b.kind == CEL_DURATION;
    if (!*out_known)
        return true;
    if (__builtin_add_overflow(a.integer, b.integer, &sum))
        return cel_fail(run, "duration overflow");
    *out = cel_from_duration(sum);
    return true;
}

/* The time between two timestamps, when it fits. */
static bool between(struct cel_run *run, struct cel_value a, struct cel_value b, struct cel_value *out) {
    int64_t nanoseconds;

    if (__builtin_mul_overflow(a.instant.seconds - b.instant.seconds, CEL_NANOSECONDS, &nanoseconds) ||
        __builtin_add_overflow(nanoseconds, (int64_t)a.nanoseconds - (int64_t)b.nanoseconds, &nanoseconds))
        return cel_fail(run, "duration overflow");
    *out = cel_from_duration(nanoseconds);
    return true;
}

bool cel_instant_subtract(struct cel_run *run, struct cel_value a, struct cel_value b, bool *out_known,
                          struct cel_value *out) {
    int64_t difference;

    *out_known = true;
    if (a.kind == CEL_TIMESTAMP && b.kind == CEL_TIMESTAMP)
        return between(run, a, b, out);
    if (a.kind == CEL_TIMESTAMP && b.kind == CEL_DURATION)
        return move(run, a, -(b.integer / CEL_NANOSECONDS), -(b.integer % CEL_NANOSECONDS), out);
    *out_known = a.kind == CEL_DURATION && b.kind == CEL_DURATION;
    if (!*out_known)
        return true;
    if (__builtin_sub_overflow(a.integer, b.integer, &difference))
        return cel_fail(run, "duration overflow");
    *out = cel_from_duration(difference);
    return true;
}
