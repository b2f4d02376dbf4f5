/* The fields of timestamps and durations.
 *
 * A time zone is written as an offset from UTC ("+02:00") or is UTC: the database of zones by name is the
 * system's, and other names are refused.
 * Source: common/types/timestamp.go and duration.go of cel-go.
 */
#include "cel/function.h"
#include "cel/instant.h"

#include <time.h>

enum { OFFSET_HOURS_MAX = 24 };

static bool offset_of(struct cel_run *run, struct text zone, int32_t *out_offset) {
    struct text minutes = zone, hours = text_cut(&minutes, ':');
    int64_t hour, minute;

    *out_offset = 0;
    if (zone.length == 0 || text_is(zone, "UTC"))
        return true;
    if (!minutes.data)
        return cel_fail(run, "unknown time zone %.*s", TEXT_ARGS(zone));
    bool is_negative = text_starts_with(hours, "-");
    if (hours.length && (is_negative || hours.data[0] == '+'))
        hours = (struct text){ hours.data + 1, hours.length - 1 };
    if (!parse_int64(hours, &hour) || !parse_int64(minutes, &minute) || hour < 0 || hour > OFFSET_HOURS_MAX ||
        minute < 0 || minute > 59)
        return cel_fail(run, "'%.*s' is no offset from UTC", TEXT_ARGS(zone));
    *out_offset = (int32_t)(hour * 3600 + minute * 60) * (is_negative ? -1 : 1);
    return true;
}

/* The calendar at a timestamp, in UTC or in the zone that is the second argument. */
static bool calendar(struct cel_run *run, const struct cel_value *arguments, bool has_zone,
                     struct tm *out_time) {
    int32_t offset = 0;

    if (has_zone && !offset_of(run, arguments[1].text, &offset))
        return false;
    time_t local = arguments[0].instant.seconds + offset;
    ensure(gmtime_r(&local, out_time));
    return true;
}

/* Each field has a form without a zone, and one with it. */
#define FIELD(function, expression)                                                                          \
    static bool function(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {    \
        struct tm time;                                                                                      \
        if (!calendar(run, arguments, false, &time))                                                         \
            return false;                                                                                    \
        *out = cel_from_int(expression);                                                                     \
        return true;                                                                                         \
    }                                                                                                        \
    static bool function##_in(struct cel_run *run, const struct cel_value *arguments,                        \
                              struct cel_value *out) {                                                       \
        struct tm time;                                                                                      \
        if (!calendar(run, arguments, true, &time))                                                          \
            return false;                                                                                    \
        *out = cel_from_int(expression);                                                                     \
        return true;                                                                                         \
    }

FIELD(full_year, time.tm_year + 1900)
FIELD(month, time.tm_mon)
FIELD(day_of_year, time.tm_yday)
FIELD(day_of_month, time.tm_mday - 1)
FIELD(date, time.tm_mday)
FIELD(day_of_week, time.tm_wday)
FIELD(hours, time.tm_hour)
FIELD(minutes, time.tm_min)
FIELD(seconds, time.tm_sec)
FIELD(milliseconds, arguments[0].nanoseconds / (1000 * 1000))

static bool duration_hours(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int(arguments[0].integer / CEL_NANOSECONDS / 3600);
    return true;
}

static bool duration_minutes(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int(arguments[0].integer / CEL_NANOSECONDS / 60);
    return true;
}

static bool duration_seconds(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int(arguments[0].integer / CEL_NANOSECONDS);
    return true;
}

static bool duration_milliseconds(struct cel_run *run, const struct cel_value *arguments,
                                  struct cel_value *out) {
    *out = cel_from_int(arguments[0].integer / (1000 * 1000));
    return true;
}

#define FIELD_ROWS(field, function)                                                                          \
    { .name = field, .signature = "t", .is_member = true, .call = function }, {                              \
        .name = field, .signature = "ts", .is_member = true, .call = function##_in                           \
    }

const struct cel_overload cel_time_functions[] = {
    FIELD_ROWS("getFullYear", full_year),
    FIELD_ROWS("getMonth", month),
    FIELD_ROWS("getDayOfYear", day_of_year),
    FIELD_ROWS("getDayOfMonth", day_of_month),
    FIELD_ROWS("getDate", date),
    FIELD_ROWS("getDayOfWeek", day_of_week),
    FIELD_ROWS("getHours", hours),
    FIELD_ROWS("getMinutes", minutes),
    FIELD_ROWS("getSeconds", seconds),
    FIELD_ROWS("getMilliseconds", milliseconds),
    { .name = "getHours", .signature = "D", .is_member = true, .call = duration_hours },
    { .name = "getMinutes", .signature = "D", .is_member = true, .call = duration_minutes },
    { .name = "getSeconds", .signature = "D", .is_member = true, .call = duration_seconds },
    { .name = "getMilliseconds", .signature = "D", .is_member = true, .call = duration_milliseconds },
    { 0 },
};
