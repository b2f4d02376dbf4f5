#include "sim/neo4j/temporal.h"

#include "base/buffer.h"

#include <stdio.h>

/* ---- the calendar ---- */

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int64_t floor_mod(int64_t a, int64_t b) {
    return a - floor_div(a, b) * b;
}

/* After: Howard Hinnant, chrono-compatible low-level date algorithms. */
int64_t temporal_days(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2;
    int64_t era = floor_div(year, 400), of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void temporal_civil(int64_t days, int64_t *out_year, int64_t *out_month, int64_t *out_day) {
    days += 719468;
    int64_t era = floor_div(days, 146097), of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153;

    *out_day = of_year - (153 * shifted + 2) / 5 + 1;
    *out_month = shifted + (shifted < 10 ? 3 : -9);
    *out_year = year_of_era + era * 400 + (*out_month <= 2);
}

int64_t temporal_month_length(int64_t year, int64_t month) {
    return temporal_days(year + (month == 12), month == 12 ? 1 : month + 1, 1) -
           temporal_days(year, month, 1);
}

/* ---- structures ---- */

static int64_t field(const struct bolt_value *value, size_t index) {
    return bolt_integer(bolt_item(value, index), 0);
}

/* Fields come from clients too: bounds keep the arithmetic below from overflowing. */
static bool is_sane(const struct bolt_value *value) {
    for (uint32_t i = 0; i < value->length; i++)
        if (value->items[i].type == BOLT_INTEGER && (value->items[i].integer > INT64_C(40000000000000000) ||
                                                     value->items[i].integer < INT64_C(-40000000000000000)))
            return false;
    return true;
}

static void set_instant(struct temporal *temporal, int64_t local_s, int64_t ns) {
    temporal->has_date = temporal->has_time = true;
    temporal->days = floor_div(local_s, 86400);
    temporal->time_ns = floor_mod(local_s, 86400) * TIME_SEC_NS + ns;
}

bool temporal_read(const struct bolt_value *value, struct temporal *out_temporal) {
    struct temporal temporal = { 0 };

    if (!bolt_is(value, BOLT_STRUCT) || !is_sane(value))
        return false;
    switch (value->tag) {
    case BOLT_DATE:
        temporal.has_date = true;
        temporal.days = field(value, 0);
        break;
    case BOLT_TIME:
    case BOLT_LOCAL_TIME:
        temporal.has_time = true;
        temporal.has_offset = value->tag == BOLT_TIME;
        temporal.time_ns = floor_mod(field(value, 0), DAY_NS);
        temporal.offset_s = (int32_t)field(value, 1);
        break;
    case BOLT_LOCAL_DATE_TIME:
        set_instant(&temporal, field(value, 0), field(value, 1));
        break;
    case BOLT_DATE_TIME:
        temporal.has_offset = true;
        temporal.offset_s = (int32_t)field(value, 2);
        set_instant(&temporal, field(value, 0) + temporal.offset_s, field(value, 1));
        break;
    case BOLT_DATE_TIME_ZONE: /* without a table of zones the local time is not known: it is shown as UTC */
        temporal.has_offset = true;
        temporal.zone = bolt_string(bolt_item(value, 2), "");
        set_instant(&temporal, field(value, 0), field(value, 1));
        break;
    default:
        return false;
    }
    *out_temporal = temporal;
    return true;
}

static struct bolt_value make(struct arena *arena, uint8_t tag, size_t count, const int64_t *fields) {
    struct bolt_value *value = bolt_new_struct(arena, tag);

    for (size_t i = 0; i < count; i++)
        bolt_append(arena, value, bolt_new_integer(arena, fields[i]));
    return *value;
}

struct bolt_value temporal_write(struct arena *arena, uint8_t tag, const struct temporal *temporal) {
    int64_t local_s = temporal->days * 86400 + temporal->time_ns / TIME_SEC_NS;
    int64_t ns = temporal->time_ns % TIME_SEC_NS;
    struct bolt_value value;

    if (tag == BOLT_DATE)
        return make(arena, tag, 1, &temporal->days);
    if (tag == BOLT_LOCAL_TIME)
        return make(arena, tag, 1, &temporal->time_ns);
    if (tag == BOLT_TIME)
        return make(arena, tag, 2, (int64_t[]){ temporal->time_ns, temporal->offset_s });
    if (tag == BOLT_LOCAL_DATE_TIME)
        return make(arena, tag, 2, (int64_t[]){ local_s, ns });
    if (!temporal->zone)
        return make(arena, BOLT_DATE_TIME, 3,
                    (int64_t[]){ local_s - temporal->offset_s, ns, temporal->offset_s });
    value = make(arena, BOLT_DATE_TIME_ZONE, 2, (int64_t[]){ local_s - temporal->offset_s, ns });
    bolt_append_string(arena, &value, temporal->zone);
    return value;
}

bool temporal_is(const struct bolt_value *value) {
    struct temporal temporal;

    return bolt_is_struct(value, BOLT_DURATION) || temporal_read(value, &temporal);
}

/* The nanoseconds of a duration are never negative: its seconds are. */
struct bolt_value temporal_duration(struct arena *arena, const int64_t parts[4]) {
    return make(arena, BOLT_DURATION, 4,
                (int64_t[]){ parts[0], parts[1], parts[2] + floor_div(parts[3], TIME_SEC_NS),
                             floor_mod(parts[3], TIME_SEC_NS) });
}

/* ---- writing texts ---- */

static void print_fraction(struct buffer *out, int64_t ns) {
    char digits[16];

    if (!ns)
        return;
    (void)snprintf(digits, sizeof(digits), "%09ld", (long)ns);
    for (size_t end = strlen(digits); end > 1 && digits[end - 1] == '0'; end--)
        digits[end - 1] = '\0';
    buffer_printf(out, ".%s", digits);
}

static void print_offset(struct buffer *out, int32_t offset_s) {
    int32_t size = offset_s < 0 ? -offset_s : offset_s;

    if (!offset_s)
        buffer_add_string(out, "Z");
    else
        buffer_printf(out, "%c%02d:%02d", offset_s < 0 ? '-' : '+', size / 3600, size / 60 % 60);
}

static void print_temporal(struct buffer *out, const struct temporal *temporal) {
    int64_t year, month, day, seconds = temporal->time_ns / TIME_SEC_NS;

    temporal_civil(temporal->days, &year, &month, &day);
    if (temporal->has_date)
        buffer_printf(out, "%04ld-%02ld-%02ld%s", (long)year, (long)month, (long)day,
                      temporal->has_time ? "T" : "");
    if (temporal->has_time) {
        buffer_printf(out, "%02ld:%02ld:%02ld", (long)(seconds / 3600), (long)(seconds / 60 % 60),
                      (long)(seconds % 60));
        print_fraction(out, temporal->time_ns % TIME_SEC_NS);
    }
    if (temporal->has_offset)
        print_offset(out, temporal->offset_s);
    if (temporal->zone)
        buffer_printf(out, "[%s]", temporal->zone);
}

static void print_unit(struct buffer *out, int64_t amount, char unit) {
    if (amount)
        buffer_printf(out, "%ld%c", (long)amount, unit);
}

static void print_duration(struct buffer *out, const struct bolt_value *value) {
    int64_t months = field(value, 0), days = field(value, 1), seconds = field(value, 2);
    int64_t ns = field(value, 3);
    bool is_negative = seconds < 0 && ns > 0; /* -1 s and 0.5 s are -0.5 s */

    if (is_negative) {
        seconds++;
        ns = TIME_SEC_NS - ns;
    }
    buffer_add_string(out, "P");
    print_unit(out, months / 12, 'Y');
    print_unit(out, months % 12, 'M');
    print_unit(out, days, 'D');
    if (seconds || ns || out->length == 1)
        buffer_add_string(out, "T");
    print_unit(out, seconds / 3600, 'H');
    print_unit(out, seconds / 60 % 60, 'M');
    if (seconds % 60 || ns) {
        buffer_printf(out, "%s%ld", is_negative && seconds % 60 == 0 ? "-" : "", (long)(seconds % 60));
        print_fraction(out, ns);
        buffer_add_string(out, "S");
    }
    if (out->length == 2)
        buffer_add_string(out, "0S");
}

char *temporal_print(struct arena *arena, const struct bolt_value *value) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct temporal temporal;

    if (bolt_is_struct(value, BOLT_DURATION))
        print_duration(&out, value);
    else if (temporal_read(value, &temporal))
        print_temporal(&out, &temporal);
    return arena_strdup(arena, buffer_string(&out));
}

/* ---- parts ---- */

static bool set_integer(struct bolt_value *out, int64_t integer) {
    *out = (struct bolt_value){ .type = BOLT_INTEGER, .integer = integer };
    return true;
}

struct part {
    const char *name;
    int64_t value;
    bool is_there;
};

static bool find_part(const struct part *parts, size_t count, const char *name, struct bolt_value *out) {
    for (size_t i = 0; i < count; i++)
        if (parts[i].is_there && str_equal(parts[i].name, name))
            return set_integer(out, parts[i].value);
    return false;
}

static bool part_of_instant(const struct temporal *temporal, const char *name, struct bolt_value *out) {
    bool has_date = temporal->has_date, has_time = temporal->has_time, has_offset = temporal->has_offset;
    int64_t year, month, day, seconds = temporal->time_ns / TIME_SEC_NS, ns = temporal->time_ns % TIME_SEC_NS;
    int64_t epoch_s = temporal->days * 86400 + seconds - temporal->offset_s;
    bool is_instant = has_date && has_time && has_offset;

    temporal_civil(temporal->days, &year, &month, &day);
    const struct part parts[] = {
        { "year", year, has_date },
        { "quarter", (month + 2) / 3, has_date },
        { "month", month, has_date },
        { "day", day, has_date },
        { "ordinalDay", temporal->days - temporal_days(year, 1, 1) + 1, has_date },
        { "weekDay", floor_mod(temporal->days + 3, 7) + 1, has_date },
        { "dayOfWeek", floor_mod(temporal->days + 3, 7) + 1, has_date },
        { "hour", seconds / 3600, has_time },
        { "minute", seconds / 60 % 60, has_time },
        { "second", seconds % 60, has_time },
        { "millisecond", ns / 1000000, has_time },
        { "microsecond", ns / 1000, has_time },
        { "nanosecond", ns, has_time },
        { "offsetMinutes", temporal->offset_s / 60, has_offset },
        { "offsetSeconds", temporal->offset_s, has_offset },
        { "epochSeconds", epoch_s, is_instant },
        { "epochMillis", epoch_s * 1000 + ns / 1000000, is_instant },
    };

    return find_part(parts, ARRAY_LENGTH(parts), name, out);
}

static bool part_of_duration(const struct bolt_value *value, const char *name, struct bolt_value *out) {
    int64_t months = field(value, 0), days = field(value, 1), seconds = field(value, 2), ns = field(value, 3);
    const struct part parts[] = {
        { "years", months / 12, true },
        { "quarters", months / 3, true },
        { "months", months, true },
        { "monthsOfYear", months % 12, true },
        { "weeks", days / 7, true },
        { "days", days, true },
        { "daysOfWeek", days % 7, true },
        { "hours", seconds / 3600, true },
        { "minutes", seconds / 60, true },
        { "minutesOfHour", seconds / 60 % 60, true },
        { "seconds", seconds, true },
        { "secondsOfMinute", seconds % 60, true },
        { "milliseconds", seconds * 1000 + ns / 1000000, true },
        { "millisecondsOfSecond", ns / 1000000, true },
        { "nanosecondsOfSecond", ns, true },
    };

    return is_sane(value) && find_part(parts, ARRAY_LENGTH(parts), name, out);
}

static bool part_of_point(const struct bolt_value *value, const char *name, struct bolt_value *out) {
    static const char *const names[][2] = { { "x", "longitude" }, { "y", "latitude" }, { "z", "height" } };
    bool is_geographic = field(value, 0) == 4326 || field(value, 0) == 4979;

    if (str_equal(name, "srid"))
        return set_integer(out, field(value, 0));
    for (size_t i = 0; i < ARRAY_LENGTH(names) && i + 1 < value->length; i++)
        if (str_equal(name, names[i][0]) || (is_geographic && str_equal(name, names[i][1]))) {
            *out = value->items[i + 1];
            return true;
        }
    return false;
}

bool temporal_component(const struct evaluation *evaluation, const struct bolt_value *value, const char *name,
                        struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct temporal temporal;
    bool is_instant = temporal_read(value, &temporal);

    if (is_instant && temporal.has_offset && (str_equal(name, "timezone") || str_equal(name, "offset"))) {
        print_offset(&text, temporal.offset_s);
        bool wants_zone = temporal.zone && str_equal(name, "timezone");
        *out = *bolt_new_string(arena, wants_zone ? temporal.zone : buffer_string(&text));
        return true;
    }
    if ((is_instant && part_of_instant(&temporal, name, out)) ||
        (bolt_is_struct(value, BOLT_DURATION) && part_of_duration(value, name, out)) ||
        ((bolt_is_struct(value, BOLT_POINT_2D) || bolt_is_struct(value, BOLT_POINT_3D)) &&
         part_of_point(value, name, out)))
        return true;
    return failure_set(evaluation->cursor->failure, arena, FAILURE_TYPE, "No such field: %s", name);
}

/* ---- adding ---- */

static void add_duration(struct temporal *temporal, const int64_t parts[4]) {
    int64_t year, month, day, months, ns;

    if (temporal->has_date) {
        temporal_civil(temporal->days, &year, &month, &day);
        months = year * 12 + month - 1 + parts[0];
        year = floor_div(months, 12);
        month = floor_mod(months, 12) + 1;
        day = day < temporal_month_length(year, month) ? day : temporal_month_length(year, month);
        temporal->days = temporal_days(year, month, day) + parts[1];
    }
    if (temporal->has_time) {
        ns = temporal->time_ns + parts[2] % 86400 * TIME_SEC_NS + parts[3];
        temporal->days += parts[2] / 86400 + floor_div(ns, DAY_NS);
        temporal->time_ns = floor_mod(ns, DAY_NS);
    } else {
        temporal->days += parts[2] / 86400;
    }
}

bool temporal_add(const struct evaluation *evaluation, const struct bolt_value *a, const struct bolt_value *b,
                  int sign, struct bolt_value *out, bool *out_is_done) {
    struct arena *arena = evaluation->cursor->arena;
    const struct bolt_value *duration = bolt_is_struct(b, BOLT_DURATION) ? b : a;
    const struct bolt_value *other = duration == b ? a : b;
    struct temporal temporal;
    int64_t parts[4];

    *out_is_done = false;
    if (!bolt_is_struct(duration, BOLT_DURATION) || !is_sane(duration) || (duration == a && sign < 0))
        return true;
    for (size_t i = 0; i < 4; i++)
        parts[i] = field(duration, i) * sign;
    if (bolt_is_struct(other, BOLT_DURATION) && is_sane(other)) {
        for (size_t i = 0; i < 4; i++)
            parts[i] += field(other, i);
        *out = temporal_duration(arena, parts);
    } else if (temporal_read(other, &temporal)) {
        add_duration(&temporal, parts);
        *out = temporal_write(arena, other->tag, &temporal);
    } else {
        return true;
    }
    *out_is_done = true;
    return true;
}
