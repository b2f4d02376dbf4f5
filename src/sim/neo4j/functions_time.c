/* Functions that make points in time and durations. Without an argument the present is meant, of the server's
 * clock; a text is ISO 8601; a map names the parts. Zones by name need their offset in the text: the
 * simulated server has no table of zones. Source: Cypher Manual, temporal functions. */
#include "sim/neo4j/server.h"
#include "sim/neo4j/temporal.h"

static bool fail(const struct evaluation *evaluation, const char *what, const char *text) {
    return failure_set(evaluation->cursor->failure, evaluation->cursor->arena, FAILURE_TEMPORAL,
                       "Text cannot be parsed to a %s\n\"%s\"\n ^", what, text);
}

static struct temporal present(const struct evaluation *evaluation) {
    int64_t wall_ns = evaluation->cursor->process ? process_wall(evaluation->cursor->process) : 0;

    return (struct temporal){ .has_date = true,
                              .has_time = true,
                              .has_offset = true,
                              .days = wall_ns / DAY_NS,
                              .time_ns = wall_ns % DAY_NS };
}

static int64_t part(const struct bolt_value *map, const char *name, int64_t fallback) {
    return bolt_integer(bolt_get(map, name), fallback);
}

static bool in(int64_t value, int64_t low, int64_t high) {
    return value >= low && value <= high;
}

static bool from_map(const struct evaluation *evaluation, const struct bolt_value *map, const char *what,
                     struct temporal *out) {
    int64_t year = part(map, "year", 0), month = part(map, "month", 1), day = part(map, "day", 1);
    int64_t hour = part(map, "hour", 0), minute = part(map, "minute", 0), second = part(map, "second", 0);
    int64_t ns = part(map, "millisecond", 0) * 1000000 + part(map, "microsecond", 0) * 1000 +
                 part(map, "nanosecond", 0);
    const char *zone = bolt_string(bolt_get(map, "timezone"), "Z");
    struct temporal offset = { 0 };

    if (!in(year, -999999999, 999999999) || !in(month, 1, 12) || !in(day, 1, 31) || !in(hour, 0, 23) ||
        !in(minute, 0, 59) || !in(second, 0, 59) || !in(ns, 0, 999999999))
        return failure_set(evaluation->cursor->failure, evaluation->cursor->arena, FAILURE_ARGUMENT,
                           "Invalid value for a part of %s()", what);
    if (!temporal_parse(evaluation->cursor->arena,
                        text_from(arena_printf(evaluation->cursor->arena, "00:00%s",
                                               str_equal(zone, "UTC") ? "Z" : zone)),
                        &offset))
        return failure_set(evaluation->cursor->failure, evaluation->cursor->arena, FAILURE_ARGUMENT,
                           "The time zone '%s' is not known to the simulated server: give an offset such as "
                           "'+01:00'",
                           zone);
    *out = (struct temporal){ .has_date = true,
                              .has_time = true,
                              .has_offset = true,
                              .days = temporal_days(year, month, day),
                              .time_ns = ((hour * 60 + minute) * 60 + second) * TIME_SEC_NS + ns,
                              .offset_s = offset.offset_s };
    return true;
}

/* epochSeconds and epochMillis name an instant by themselves. */
static bool from_epoch(const struct bolt_value *map, struct temporal *out) {
    int64_t millis = part(map, "epochMillis", part(map, "epochSeconds", 0) * 1000);

    if ((!bolt_get(map, "epochMillis") && !bolt_get(map, "epochSeconds")) ||
        !in(part(map, "epochSeconds", 0), -1000000000000, 1000000000000) ||
        !in(millis, -1000000000000000, 1000000000000000))
        return false;
    int64_t days = millis / 86400000 - (millis % 86400000 < 0);
    *out = (struct temporal){ .has_date = true,
                              .has_time = true,
                              .has_offset = true,
                              .days = days,
                              .time_ns = (millis - days * 86400000) * 1000000 + part(map, "nanosecond", 0) };
    return true;
}

/* Digits alone are a time where no date is expected. */
static struct text text_of(struct arena *arena, const struct bolt_value *argument, bool needs_date) {
    bool is_marked =
        needs_date || *argument->string == 'T' || memchr(argument->string, 'T', argument->length);

    return is_marked ? bolt_text(argument) : text_from(arena_printf(arena, "T%s", argument->string));
}

static bool call(const struct evaluation *evaluation, const struct bolt_value *argument, uint8_t tag,
                 const char *what, bool needs_date, bool needs_time, struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    struct temporal temporal = present(evaluation);

    *out = (struct bolt_value){ .type = BOLT_NULL };
    if (argument && argument->type == BOLT_NULL)
        return true;
    if (argument && argument->type == BOLT_STRING &&
        (!temporal_parse(arena, text_of(arena, argument, needs_date), &temporal) ||
         (needs_date && !temporal.has_date) || (needs_time && !needs_date && !temporal.has_time)))
        return fail(evaluation, what, argument->string);
    if (argument && argument->type == BOLT_MAP && !from_epoch(argument, &temporal) &&
        !from_map(evaluation, argument, what, &temporal))
        return false;
    if (argument && argument->type == BOLT_STRUCT && !temporal_read(argument, &temporal))
        return evaluation_fail_type(evaluation, "expected a point in time");
    if (argument && argument->type != BOLT_STRING && argument->type != BOLT_MAP &&
        argument->type != BOLT_STRUCT)
        return evaluation_fail_type(evaluation, "expected a text, a map or a point in time");
    *out = temporal_write(arena, tag, &temporal);
    return true;
}

static bool call_date(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    return call(evaluation, count ? arguments : NULL, BOLT_DATE, "Date", true, false, out);
}

static bool call_datetime(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    return call(evaluation, count ? arguments : NULL, BOLT_DATE_TIME, "DateTime", true, true, out);
}

static bool call_localdatetime(const struct evaluation *evaluation, const struct bolt_value *arguments,
                               size_t count, struct bolt_value *out) {
    return call(evaluation, count ? arguments : NULL, BOLT_LOCAL_DATE_TIME, "LocalDateTime", true, true, out);
}

static bool call_time(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    return call(evaluation, count ? arguments : NULL, BOLT_TIME, "Time", false, true, out);
}

static bool call_localtime(const struct evaluation *evaluation, const struct bolt_value *arguments,
                           size_t count, struct bolt_value *out) {
    return call(evaluation, count ? arguments : NULL, BOLT_LOCAL_TIME, "LocalTime", false, true, out);
}

static bool duration_of_map(const struct evaluation *evaluation, const struct bolt_value *map,
                            int64_t parts[4]) {
    static const struct {
        const char *name;
        unsigned part;
        int64_t factor;
    } units[] = {
        { "years", 0, 12 },          { "quarters", 0, 3 },    { "months", 0, 1 },
        { "weeks", 1, 7 },           { "days", 1, 1 },        { "hours", 2, 3600 },
        { "minutes", 2, 60 },        { "seconds", 2, 1 },     { "milliseconds", 3, 1000000 },
        { "microseconds", 3, 1000 }, { "nanoseconds", 3, 1 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        const struct bolt_value *amount = bolt_get(map, units[i].name);
        double number = bolt_number(amount, 0) * (double)units[i].factor;
        if (number > 9e15 || number < -9e15 || number != number)
            return failure_set(evaluation->cursor->failure, evaluation->cursor->arena, FAILURE_ARGUMENT,
                               "Invalid value for duration.%s", units[i].name);
        parts[units[i].part] += (int64_t)number;
        if (units[i].part == 2)
            parts[3] += (int64_t)((number - (double)(int64_t)number) * 1e9);
        else if (units[i].part == 1)
            parts[2] += (int64_t)((number - (double)(int64_t)number) * 86400);
    }
    return true;
}

static bool call_duration(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    int64_t parts[4] = { 0 };

    *out = arguments[0];
    if (arguments[0].type == BOLT_NULL || bolt_is_struct(&arguments[0], BOLT_DURATION))
        return true;
    if (arguments[0].type == BOLT_STRING && !temporal_parse_duration(bolt_text(&arguments[0]), parts))
        return fail(evaluation, "Duration", arguments[0].string);
    if (arguments[0].type == BOLT_MAP && !duration_of_map(evaluation, &arguments[0], parts))
        return false;
    if (arguments[0].type != BOLT_STRING && arguments[0].type != BOLT_MAP)
        return evaluation_fail_type(evaluation, "duration() expects a text or a map");
    *out = temporal_duration(evaluation->cursor->arena, parts);
    return true;
}

static bool call_timestamp(const struct evaluation *evaluation, const struct bolt_value *arguments,
                           size_t count, struct bolt_value *out) {
    int64_t wall_ns = evaluation->cursor->process ? process_wall(evaluation->cursor->process) : 0;

    *out = (struct bolt_value){ .type = BOLT_INTEGER, .integer = wall_ns / MS_NS };
    return true;
}

#define WITH_CLOCKS(name, call)                                                                              \
    { name, 0, 1, call }, { name ".transaction", 0, 1, call }, { name ".statement", 0, 1, call }, {          \
        name ".realtime", 0, 1, call                                                                         \
    }

const struct function functions_of_time[] = {
    WITH_CLOCKS("date", call_date),
    WITH_CLOCKS("datetime", call_datetime),
    WITH_CLOCKS("localdatetime", call_localdatetime),
    WITH_CLOCKS("localtime", call_localtime),
    WITH_CLOCKS("time", call_time),
    { "duration", 1, 1, call_duration },
    { "timestamp", 0, 0, call_timestamp },
    { NULL, 0, 0, NULL },
};
