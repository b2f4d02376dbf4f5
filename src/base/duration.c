/* Durations, as Go's time.ParseDuration() and Duration.String() have them, and the ages of kubectl (after
 * k8s.io/apimachinery, util/duration). */
#include "base/time.h"

#include "base/clock.h"

static const int64_t microsecond = 1000, millisecond = 1000 * 1000, second = NANOSECONDS_PER_SECOND,
                     minute = 60 * NANOSECONDS_PER_SECOND, hour = 3600 * NANOSECONDS_PER_SECOND;

static const struct {
    const char *name;
    uint64_t ns;
} units[] = {
    { "ns", 1 },
    { "us", 1000 },
    { "\xc2\xb5s", 1000 }, /* micro sign */
    { "\xce\xbcs", 1000 }, /* Greek mu */
    { "ms", 1000 * 1000 },
    { "s", 1000 * 1000 * 1000 },
    { "m", UINT64_C(60) * 1000 * 1000 * 1000 },
    { "h", UINT64_C(3600) * 1000 * 1000 * 1000 },
    { "d", UINT64_C(24) * 3600 * 1000 * 1000 * 1000 },
    { "w", UINT64_C(7) * 24 * 3600 * 1000 * 1000 * 1000 },
};

static bool is_digit_at(struct text text) {
    return text.length && text.data[0] >= '0' && text.data[0] <= '9';
}

static void advance(struct text *text, size_t length) {
    *text = (struct text){ text->data + length, text->length - length };
}

static bool take_unit(struct text *rest, uint64_t *out_ns) {
    size_t length = 0;

    while (length < rest->length && rest->data[length] != '.' &&
           (rest->data[length] < '0' || rest->data[length] > '9'))
        length++;
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
        if (text_is((struct text){ rest->data, length }, units[i].name)) {
            *out_ns = units[i].ns;
            advance(rest, length);
            return true;
        }
    return false;
}

/* One number with its unit: "1.5h". */
static bool take_term(struct text *rest, uint64_t *out_ns) {
    uint64_t whole = 0, fraction = 0, unit, ns;
    double scale = 1;
    size_t digits = 0;

    for (; is_digit_at(*rest); advance(rest, 1), digits++)
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, (uint64_t)(rest->data[0] - '0'), &whole))
            return false;
    if (rest->length && rest->data[0] == '.') {
        advance(rest, 1);
        for (; is_digit_at(*rest); advance(rest, 1), digits++)
            /* More digits than fit are below a nanosecond of any unit. */
            if (fraction <= INT64_MAX / 10) {
                fraction = fraction * 10 + (uint64_t)(rest->data[0] - '0');
                scale *= 10;
            }
    }
    if (digits == 0 || !take_unit(rest, &unit))
        return false;
    if (__builtin_mul_overflow(whole, unit, &ns) ||
        __builtin_add_overflow(ns, (uint64_t)((double)fraction * ((double)unit / scale)), &ns))
        return false;
    *out_ns = ns;
    return true;
}

bool duration_parse(struct text text, int64_t *out_ns) {
    bool is_negative = text_starts_with(text, "-");
    uint64_t total = 0, term;

    if (is_negative || text_starts_with(text, "+"))
        advance(&text, 1);
    if (text_is(text, "0")) {
        *out_ns = 0;
        return true;
    }
    if (text.length == 0)
        return false;
    while (text.length)
        if (!take_term(&text, &term) || __builtin_add_overflow(total, term, &total))
            return false;
    if (total > (uint64_t)INT64_MAX + is_negative)
        return false;
    *out_ns = (int64_t)(is_negative ? -total : total);
    return true;
}

/* value / unit with as many decimals as it needs, then the unit's name. */
static char *format_fraction(struct arena *arena, const char *prefix, uint64_t value, uint64_t unit,
                             const char *name) {
    uint64_t fraction = value % unit;
    char decimals[16];
    int count = 0;

    if (fraction == 0)
        return arena_printf(arena, "%s%llu%s", prefix, (unsigned long long)(value / unit), name);
    for (uint64_t place = unit / 10; fraction; place /= 10) {
        decimals[count++] = (char)('0' + fraction / place);
        fraction %= place;
    }
    return arena_printf(arena, "%s%llu.%.*s%s", prefix, (unsigned long long)(value / unit), count, decimals,
                        name);
}

char *duration_format(struct arena *arena, int64_t ns) {
    uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    const char *sign = ns < 0 ? "-" : "";

    if (size == 0)
        return arena_strdup(arena, "0s");
    if (size < (uint64_t)microsecond)
        return format_fraction(arena, sign, size, 1, "ns");
    if (size < (uint64_t)millisecond)
        return format_fraction(arena, sign, size, (uint64_t)microsecond, "\xc2\xb5s");
    if (size < (uint64_t)second)
        return format_fraction(arena, sign, size, (uint64_t)millisecond, "ms");

    unsigned long long hours = size / (uint64_t)hour, minutes = size / (uint64_t)minute % 60;
    if (hours > 0)
        sign = arena_printf(arena, "%s%lluh%llum", sign, hours, minutes);
    else if (minutes > 0)
        sign = arena_printf(arena, "%s%llum", sign, minutes);
    return format_fraction(arena, sign, size % (uint64_t)minute, (uint64_t)second, "s");
}

static char *two_units(struct arena *arena, int64_t large, char large_unit, int64_t small, char small_unit) {
    if (small == 0)
        return arena_printf(arena, "%lld%c", (long long)large, large_unit);
    return arena_printf(arena, "%lld%c%lld%c", (long long)large, large_unit, (long long)small, small_unit);
}

/* Clocks of two machines differ: up to a second in the future counts as now. */
char *duration_human(struct arena *arena, int64_t ns) {
    int64_t seconds = ns / second, minutes = ns / minute, hours = ns / hour, days = hours / 24;

    if (seconds < -1)
        return arena_strdup(arena, "<invalid>");
    if (seconds < 0)
        return arena_strdup(arena, "0s");
    if (seconds < 2 * 60)
        return two_units(arena, seconds, 's', 0, 's');
    if (minutes < 10)
        return two_units(arena, minutes, 'm', seconds % 60, 's');
    if (minutes < 3 * 60)
        return two_units(arena, minutes, 'm', 0, 's');
    if (hours < 8)
        return two_units(arena, hours, 'h', minutes % 60, 'm');
    if (hours < 48)
        return two_units(arena, hours, 'h', 0, 'm');
    if (days < 8)
        return two_units(arena, days, 'd', hours % 24, 'h');
    if (days < 2 * 365)
        return two_units(arena, days, 'd', 0, 'h');
    if (days < 8 * 365)
        return two_units(arena, days / 365, 'y', days % 365, 'd');
    return two_units(arena, days / 365, 'y', 0, 'd');
}
