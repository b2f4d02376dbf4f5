#include "base/cron.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/time.h"
#include "base/time_zone.h"

#include <time.h>

enum { FIELDS = 5, DAYS_TRIED_MAX = 5 * 366 };
static const int64_t minute_ns = 60 * NANOSECONDS_PER_SECOND;
static const int64_t day_seconds = 86400;

static const struct range {
    uint64_t min, max;
    const char *names; /* of three letters each, the first is min; NULL: numbers only */
} ranges[FIELDS] = {
    { 0, 59, NULL },
    { 0, 23, NULL },
    { 1, 31, NULL },
    { 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
    { 0, 6, "sunmontuewedthufrisat" },
};

static const struct {
    const char *name, *fields;
} descriptors[] = {
    { "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" },
    { "@weekly", "0 0 * * 0" }, { "@daily", "0 0 * * *" },    { "@midnight", "0 0 * * *" },
    { "@hourly", "0 * * * *" },
};

/* ---- reading ---- */

static bool read_number(struct text text, uint64_t *out_value, struct error *err) {
    int64_t value;

    if (!parse_int64(text, &value))
        return error_set(err, ERROR_INVALID,
                         "failed to parse int from %.*s: strconv.Atoi: parsing \"%.*s\": invalid syntax",
                         TEXT_ARGS(text), TEXT_ARGS(text));
    if (value < 0)
        return error_set(err, ERROR_INVALID, "negative number (%lld) not allowed: %.*s", (long long)value,
                         TEXT_ARGS(text));
    *out_value = (uint64_t)value;
    return true;
}

static bool read_value(struct text text, const struct range *range, uint64_t *out_value, struct error *err) {
    for (size_t i = 0; range->names && text.length == 3 && range->names[i * 3]; i++)
        if (!strncasecmp(range->names + i * 3, text.data, 3)) {
            *out_value = range->min + i;
            return true;
        }
    return read_number(text, out_value, err);
}

static size_t count_of(struct text text, char character) {
    size_t count = 0;

    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == character;
    return count;
}

static bool check_range(struct text all, const struct range *range, uint64_t low, uint64_t high,
                        uint64_t step, struct error *err) {
    if (low < range->min)
        return error_set(err, ERROR_INVALID, "beginning of range (%llu) below minimum (%llu): %.*s",
                         (unsigned long long)low, (unsigned long long)range->min, TEXT_ARGS(all));
    if (high > range->max)
        return error_set(err, ERROR_INVALID, "end of range (%llu) above maximum (%llu): %.*s",
                         (unsigned long long)high, (unsigned long long)range->max, TEXT_ARGS(all));
    if (low > high)
        return error_set(err, ERROR_INVALID, "beginning of range (%llu) beyond end of range (%llu): %.*s",
                         (unsigned long long)low, (unsigned long long)high, TEXT_ARGS(all));
    return step ||
           error_set(err, ERROR_INVALID, "step of range should be a positive number: %.*s", TEXT_ARGS(all));
}

/* "*", "5", "mon-fri", "0-30/10", "5/15" (to the end). */
static bool read_range(struct text all, const struct range *range, uint64_t *out_bits, bool *out_is_all,
                       struct error *err) {
    struct text steps = all, bounds = text_cut(&steps, '/'), upper = bounds, lower = text_cut(&upper, '-');
    bool is_all = text_is(lower, "*") || text_is(lower, "?"), has_step = count_of(all, '/') > 0;
    uint64_t low = range->min, high = range->max, step = 1;

    if (!is_all) {
        if (!read_value(lower, range, &low, err))
            return false;
        high = low;
        if (count_of(bounds, '-') > 1)
            return error_set(err, ERROR_INVALID, "too many hyphens: %.*s", TEXT_ARGS(all));
        if (count_of(bounds, '-') && !read_value(upper, range, &high, err))
            return false;
    }
    if (count_of(all, '/') > 1)
        return error_set(err, ERROR_INVALID, "too many slashes: %.*s", TEXT_ARGS(all));
    if (has_step && !read_number(steps, &step, err))
        return false;
    if (has_step && !count_of(bounds, '-'))
        high = range->max;
    if (!check_range(all, range, low, high, step, err))
        return false;
    for (uint64_t i = low; i <= high && step <= range->max; i += step)
        *out_bits |= UINT64_C(1) << i;
    *out_bits |= UINT64_C(1) << low;
    *out_is_all = *out_is_all || (is_all && step == 1);
    return true;
}

static bool read_field(struct text field, const struct range *range, uint64_t *out_bits, bool *out_is_all,
                       struct error *err) {
    while (field.data) {
        struct text one = text_cut(&field, ',');
        if (one.length && !read_range(one, range, out_bits, out_is_all, err))
            return false;
    }
    return true;
}

static struct text next_word(struct text *rest) {
    size_t start = 0, end;

    while (start < rest->length && strchr(" \t\n\r", rest->data[start]))
        start++;
    for (end = start; end < rest->length && !strchr(" \t\n\r", rest->data[end]);)
        end++;
    struct text word = { rest->data + start, end - start };
    *rest = (struct text){ rest->data + end, rest->length - end };
    return word;
}

static bool read_fields(struct text text, struct cron_schedule *schedule, struct error *err) {
    uint64_t *bits[FIELDS] = { &schedule->minutes, &schedule->hours, &schedule->days, &schedule->months,
                               &schedule->weekdays };
    CLEANUP_BUFFER struct buffer list = { 0 };
    struct text rest = text, word;
    bool is_all[FIELDS] = { false };
    size_t count = 0;

    for (; (word = next_word(&rest)).length; count++)
        buffer_printf(&list, "%s%.*s", count ? " " : "", TEXT_ARGS(word));
    if (count != FIELDS)
        return error_set(err, ERROR_INVALID, "expected exactly 5 fields, found %zu: [%s]", count,
                         buffer_string(&list));
    rest = text;
    for (size_t i = 0; i < FIELDS; i++)
        if (!read_field(next_word(&rest), &ranges[i], bits[i], &is_all[i], err))
            return false;
    schedule->has_all_days = is_all[2];
    schedule->has_all_weekdays = is_all[4];
    return true;
}

static bool read_descriptor(struct text text, struct cron_schedule *schedule, struct error *err) {
    static const char every[] = "@every ";
    int64_t every_ns;

    for (size_t i = 0; i < ARRAY_LENGTH(descriptors); i++)
        if (text_is(text, descriptors[i].name))
            return read_fields(text_from(descriptors[i].fields), schedule, err);
    if (text.length <= strlen(every) || strncmp(text.data, every, strlen(every)) != 0)
        return error_set(err, ERROR_INVALID, "unrecognized descriptor: %.*s", TEXT_ARGS(text));
    if (!duration_parse((struct text){ text.data + strlen(every), text.length - strlen(every) }, &every_ns))
        return error_set(err, ERROR_INVALID, "failed to parse duration %.*s", TEXT_ARGS(text));
    every_ns -= every_ns % NANOSECONDS_PER_SECOND;
    schedule->every_ns = every_ns < NANOSECONDS_PER_SECOND ? NANOSECONDS_PER_SECOND : every_ns;
    return true;
}

bool cron_parse(struct text text, struct cron_schedule *out_schedule, struct error *err) {
    struct cron_schedule schedule = { 0 };

    if (!text.length)
        return error_set(err, ERROR_INVALID, "empty spec string");
    if (text.data[0] == '@' ? !read_descriptor(text, &schedule, err) : !read_fields(text, &schedule, err))
        return false;
    *out_schedule = schedule;
    return true;
}

/* ---- the next time ---- */

static bool has(uint64_t bits, int value) {
    return bits >> value & 1;
}

static bool is_day(const struct cron_schedule *schedule, const struct tm *local) {
    bool day = has(schedule->days, local->tm_mday), weekday = has(schedule->weekdays, local->tm_wday);
    bool is_either = !schedule->has_all_days && !schedule->has_all_weekdays;

    return has(schedule->months, local->tm_mon + 1) && (is_either ? day || weekday : day && weekday);
}

/* Goes from day to day, then from hour to hour, then from minute to minute of the zone's clock. An hour that
 * a day has not is not made up for. */
int64_t cron_next(const struct cron_schedule *schedule, const struct time_zone *zone, int64_t wall_ns) {
    int64_t at = wall_ns / minute_ns * 60 + 60; /* in seconds, UTC */
    int64_t last = at + DAYS_TRIED_MAX * day_seconds;
    struct tm local;

    if (schedule->every_ns)
        return wall_ns - wall_ns % NANOSECONDS_PER_SECOND + schedule->every_ns;
    while (at < last) {
        time_t clock = at + time_zone_offset_seconds(zone, at * NANOSECONDS_PER_SECOND);
        ensure(gmtime_r(&clock, &local));
        if (is_day(schedule, &local) && has(schedule->hours, local.tm_hour) &&
            has(schedule->minutes, local.tm_min))
            return at * NANOSECONDS_PER_SECOND;
        if (is_day(schedule, &local) && has(schedule->hours, local.tm_hour))
            at += 60;
        else if (is_day(schedule, &local) || local.tm_hour >= 20) /* clocks may be put back before midnight */
            at += 60 * (60 - local.tm_min);
        else
            at += 3600 * (20 - local.tm_hour) - 60 * local.tm_min;
    }
    return INT64_MAX;
}
