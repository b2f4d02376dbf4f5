/* Points in time and durations from their texts, ISO 8601. */
#include "sim/neo4j/temporal.h"

#include <ctype.h>

static bool take_digits(struct text *text, size_t count, int64_t *out_number) {
    int64_t number = 0;

    if (text->length < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text->data[i]))
            return false;
        number = number * 10 + text->data[i] - '0';
    }
    text->data += count;
    text->length -= count;
    *out_number = number;
    return true;
}

static bool take_char(struct text *text, char c) {
    if (!text->length || *text->data != c)
        return false;
    text->data++;
    text->length--;
    return true;
}

static bool parse_date(struct text *text, struct temporal *out) {
    int64_t year, month = 1, day = 1;

    if (!take_digits(text, 4, &year))
        return false;
    if (take_char(text, '-')) {
        if (!take_digits(text, 2, &month) || (take_char(text, '-') && !take_digits(text, 2, &day)))
            return false;
    } else if (take_digits(text, 2, &month) && !take_digits(text, 2, &day)) {
        return false;
    }
    out->has_date = month >= 1 && month <= 12 && day >= 1 && day <= temporal_month_length(year, month);
    out->days = temporal_days(year, month, day);
    return out->has_date;
}

/* ".123456789" as nanoseconds. */
static bool parse_fraction(struct text *text, int64_t *out_ns) {
    int64_t digit, scale = 100000000;

    *out_ns = 0;
    if (!take_char(text, '.') && !take_char(text, ','))
        return true;
    if (!text->length || !isdigit((unsigned char)*text->data))
        return false;
    while (take_digits(text, 1, &digit)) {
        *out_ns += digit * scale;
        scale /= 10;
    }
    return true;
}

static bool parse_time(struct text *text, struct temporal *out) {
    int64_t hour, minute = 0, second = 0, ns = 0;

    if (!take_digits(text, 2, &hour))
        return false;
    bool has_colons = text->length && *text->data == ':';
    if (has_colons ? take_char(text, ':') && !take_digits(text, 2, &minute)
                   : text->length && isdigit((unsigned char)*text->data) && !take_digits(text, 2, &minute))
        return false;
    if (has_colons ? take_char(text, ':') && !take_digits(text, 2, &second)
                   : text->length && isdigit((unsigned char)*text->data) && !take_digits(text, 2, &second))
        return false;
    if (!parse_fraction(text, &ns) || hour > 23 || minute > 59 || second > 59)
        return false;
    out->has_time = true;
    out->time_ns = ((hour * 60 + minute) * 60 + second) * TIME_SEC_NS + ns;
    return true;
}

static bool parse_offset(struct text *text, struct temporal *out) {
    int64_t hours, minutes = 0, seconds = 0;
    bool is_negative;

    if (take_char(text, 'Z') || take_char(text, 'z')) {
        out->has_offset = true;
        return true;
    }
    is_negative = take_char(text, '-');
    if (!is_negative && !take_char(text, '+'))
        return true;
    if (!take_digits(text, 2, &hours))
        return false;
    if (take_char(text, ':')) {
        if (!take_digits(text, 2, &minutes) || (take_char(text, ':') && !take_digits(text, 2, &seconds)))
            return false;
    } else {
        (void)take_digits(text, 2, &minutes);
    }
    if (hours > 18 || minutes > 59 || seconds > 59)
        return false;
    out->has_offset = true;
    out->offset_s = (int32_t)((hours * 60 + minutes) * 60 + seconds) * (is_negative ? -1 : 1);
    return true;
}

static bool parse_zone(struct arena *arena, struct text *text, struct temporal *out) {
    const char *end = text->length ? memchr(text->data, ']', text->length) : NULL;

    if (!take_char(text, '['))
        return true;
    if (!end || end + 1 != text->data + text->length || !out->has_offset)
        return false;
    out->zone = arena_strndup(arena, text->data, (size_t)(end - text->data));
    text->length = 0;
    return true;
}

bool temporal_parse(struct arena *arena, struct text text, struct temporal *out_temporal) {
    struct temporal temporal = { 0 };
    bool is_time = take_char(&text, 'T') || (text.length > 2 && text.data[2] == ':');

    if (!is_time && !parse_date(&text, &temporal))
        return false;
    if ((is_time || take_char(&text, 'T')) && !parse_time(&text, &temporal))
        return false;
    if (temporal.has_time && (!parse_offset(&text, &temporal) || !parse_zone(arena, &text, &temporal)))
        return false;
    if (text.length)
        return false;
    *out_temporal = temporal;
    return true;
}

/* One amount and its letter. */
static bool parse_amount(struct text *text, bool is_time, int64_t parts[4]) {
    static const struct {
        char letter;
        bool is_time;
        unsigned part;
        int64_t factor;
    } units[] = { { 'Y', false, 0, 12 },  { 'M', false, 0, 1 }, { 'W', false, 1, 7 }, { 'D', false, 1, 1 },
                  { 'H', true, 2, 3600 }, { 'M', true, 2, 60 }, { 'S', true, 2, 1 } };
    bool is_negative = take_char(text, '-');
    int64_t number = 0, ns, digit;
    size_t digits = 0;

    while (digits < 15 && take_digits(text, 1, &digit)) {
        number = number * 10 + digit;
        digits++;
    }
    if (!digits || !parse_fraction(text, &ns) || !text->length)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        if (units[i].is_time != is_time || toupper((unsigned char)*text->data) != units[i].letter)
            continue;
        if (ns && (units[i].part != 2 || units[i].factor != 1))
            return false;
        parts[units[i].part] += (is_negative ? -1 : 1) * number * units[i].factor;
        parts[3] += (is_negative ? -1 : 1) * ns;
        return take_char(text, *text->data);
    }
    return false;
}

bool temporal_parse_duration(struct text text, int64_t out_parts[4]) {
    bool is_time = false, is_negative = take_char(&text, '-');

    memset(out_parts, 0, 4 * sizeof(*out_parts));
    if (!take_char(&text, 'P') || !text.length)
        return false;
    while (text.length) {
        if (!is_time && take_char(&text, 'T')) {
            is_time = true;
            if (!text.length)
                return false;
        }
        if (!parse_amount(&text, is_time, out_parts))
            return false;
    }
    for (size_t i = 0; i < 4; i++)
        out_parts[i] *= is_negative ? -1 : 1;
    return true;
}
