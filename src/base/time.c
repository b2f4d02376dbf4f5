#include "base/time.h"

#include "base/clock.h"

#include <time.h>

enum { NANOSECONDS_PER_MICROSECOND = 1000, FRACTION_DIGITS = 9 };

struct instant {
    struct tm utc;
    int64_t nanoseconds;
};

/* Rounds down, also before 1970. */
static struct instant instant_from(int64_t wall_ns) {
    struct instant instant = { .nanoseconds = wall_ns % NANOSECONDS_PER_SECOND };
    time_t seconds = wall_ns / NANOSECONDS_PER_SECOND;

    if (instant.nanoseconds < 0) {
        instant.nanoseconds += NANOSECONDS_PER_SECOND;
        seconds--;
    }
    ensure(gmtime_r(&seconds, &instant.utc));
    return instant;
}

char *time_format(struct arena *arena, int64_t wall_ns) {
    struct tm utc = instant_from(wall_ns).utc;

    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                        utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

char *time_format_micro(struct arena *arena, int64_t wall_ns) {
    struct instant instant = instant_from(wall_ns);
    struct tm utc = instant.utc;

    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                        utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                        (int)(instant.nanoseconds / NANOSECONDS_PER_MICROSECOND));
}

/* Takes exactly `digits` digits off *rest. */
static bool take_number(struct text *rest, size_t digits, int *out_value) {
    uint64_t value;

    if (rest->length < digits || !parse_uint64((struct text){ rest->data, digits }, &value))
        return false;
    *rest = (struct text){ rest->data + digits, rest->length - digits };
    *out_value = (int)value;
    return true;
}

static bool take(struct text *rest, char character) {
    if (rest->length == 0 || rest->data[0] != character)
        return false;
    *rest = (struct text){ rest->data + 1, rest->length - 1 };
    return true;
}

/* After the dot: at least one digit; what is finer than a nanosecond is dropped. */
static bool take_fraction(struct text *rest, int64_t *out_nanoseconds) {
    size_t digits = 0;
    int64_t nanoseconds = 0;

    for (; rest->length && rest->data[0] >= '0' && rest->data[0] <= '9'; digits++) {
        if (digits < FRACTION_DIGITS)
            nanoseconds = nanoseconds * 10 + (rest->data[0] - '0');
        *rest = (struct text){ rest->data + 1, rest->length - 1 };
    }
    if (digits == 0)
        return false;
    for (size_t i = digits; i < FRACTION_DIGITS; i++)
        nanoseconds *= 10;
    *out_nanoseconds = nanoseconds;
    return true;
}

/* "Z" or "+hh:mm". */
static bool take_offset(struct text *rest, int *out_seconds) {
    int sign, hours, minutes;

    if (take(rest, 'Z')) {
        *out_seconds = 0;
        return true;
    }
    if (take(rest, '+'))
        sign = 1;
    else if (take(rest, '-'))
        sign = -1;
    else
        return false;
    if (!take_number(rest, 2, &hours) || !take(rest, ':') || !take_number(rest, 2, &minutes))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *out_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

static int days_in_month(int year, int month) {
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap_year);
}

static bool take_date(struct text *rest, struct tm *utc) {
    int year, month, day;

    if (!take_number(rest, 4, &year) || !take(rest, '-') || !take_number(rest, 2, &month) ||
        !take(rest, '-') || !take_number(rest, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    utc->tm_year = year - 1900;
    utc->tm_mon = month - 1;
    utc->tm_mday = day;
    return true;
}

/* Leap seconds are refused, as Go does. */
static bool take_time(struct text *rest, struct tm *utc) {
    if (!take_number(rest, 2, &utc->tm_hour) || !take(rest, ':') || !take_number(rest, 2, &utc->tm_min) ||
        !take(rest, ':') || !take_number(rest, 2, &utc->tm_sec))
        return false;
    return utc->tm_hour <= 23 && utc->tm_min <= 59 && utc->tm_sec <= 59;
}

bool time_parse(struct text text, int64_t *out_wall_ns) {
    struct tm utc = { 0 };
    int64_t nanoseconds = 0, wall_ns;
    int offset;

    if (!take_date(&text, &utc) || !take(&text, 'T') || !take_time(&text, &utc))
        return false;
    if (take(&text, '.') && !take_fraction(&text, &nanoseconds))
        return false;
    if (!take_offset(&text, &offset) || text.length != 0)
        return false;
    /* What int64 cannot hold (before 1677, after 2262) is refused. */
    if (__builtin_mul_overflow((int64_t)timegm(&utc) - offset, NANOSECONDS_PER_SECOND, &wall_ns) ||
        __builtin_add_overflow(wall_ns, nanoseconds, &wall_ns))
        return false;
    *out_wall_ns = wall_ns;
    return true;
}
