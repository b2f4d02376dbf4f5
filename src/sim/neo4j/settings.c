#include "sim/neo4j/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Prefixes of names that a server takes without checking them. TLS policies: the suffix is not validated, so
 * a mistyped one is silent. internal.*: undocumented by intent. Browser, Bloom, GDS and APOC bring their own.
 */
static const char *const unchecked_prefixes[] = {
    "browser.",
    "dbms.bloom.",
    "dbms.security.oidc.",
    "dbms.ssl.policy.bolt.",
    "dbms.ssl.policy.backup.",
    "dbms.ssl.policy.cluster.",
    "dbms.ssl.policy.https.",
    "gds.",
    "internal.",
};

bool setting_is_unchecked(const char *name) {
    for (size_t i = 0; i < ARRAY_LENGTH(unchecked_prefixes); i++)
        if (str_starts_with(name, unchecked_prefixes[i]))
            return true;
    return false;
}

bool setting_exists_in(const struct setting *setting, const struct neo4j_version *version) {
    bool is_calendar = neo4j_version_is_calendar(version);

    if (!(setting->family & (is_calendar ? SETTING_IN_CALENDAR : SETTING_IN_5)))
        return false;
    return !is_calendar || !setting->since ||
           neo4j_version_at_least(version, setting->since / 100, setting->since % 100);
}

const struct setting *setting_find(const char *name, const struct neo4j_version *version) {
    size_t low = 0, high = settings_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(settings_table[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < settings_count && str_equal(settings_table[low].name, name); low++)
        if (setting_exists_in(&settings_table[low], version))
            return &settings_table[low];
    return NULL;
}

/* ---- values ---- */

static bool split_unit(struct text text, double *out_number, struct text *out_unit) {
    size_t digits = 0;

    while (digits < text.length && (isdigit((unsigned char)text.data[digits]) || text.data[digits] == '.'))
        digits++;
    *out_unit = text_trim((struct text){ text.data + digits, text.length - digits });
    return parse_double((struct text){ text.data, digits }, out_number);
}

bool setting_parse_bytes(struct text text, int64_t *out_bytes) {
    static const struct {
        const char *unit;
        int shift;
    } units[] = { { "", 0 },     { "b", 0 },   { "k", 10 },   { "kb", 10 }, { "kib", 10 },
                  { "m", 20 },   { "mb", 20 }, { "mib", 20 }, { "g", 30 },  { "gb", 30 },
                  { "gib", 30 }, { "t", 40 },  { "tb", 40 },  { "tib", 40 } };
    struct text unit;
    double number;

    if (!split_unit(text_trim(text), &number, &unit) || unit.length > 3)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
        if (strlen(units[i].unit) == unit.length && !strncasecmp(units[i].unit, unit.data, unit.length)) {
            double bytes = number * (double)(INT64_C(1) << units[i].shift);
            if (bytes >= 9e18)
                return false;
            *out_bytes = (int64_t)bytes;
            return true;
        }
    return false;
}

bool setting_parse_duration(struct text text, int64_t *out_ns) {
    static const struct {
        const char *unit;
        int64_t ns;
    } units[] = { { "", INT64_C(1000000000) },
                  { "ns", 1 },
                  { "μs", 1000 },
                  { "ms", 1000000 },
                  { "s", INT64_C(1000000000) },
                  { "m", 60 * INT64_C(1000000000) },
                  { "h", 3600 * INT64_C(1000000000) },
                  { "d", 86400 * INT64_C(1000000000) } };
    struct text rest = text_trim(text);
    int64_t total = 0;

    if (!rest.length)
        return false;
    while (rest.length) { /* "1m30s" */
        size_t digits = 0, letters;
        uint64_t number;
        size_t i;

        while (digits < rest.length && isdigit((unsigned char)rest.data[digits]))
            digits++;
        letters = digits;
        while (letters < rest.length && !isdigit((unsigned char)rest.data[letters]))
            letters++;
        if (!parse_uint64((struct text){ rest.data, digits }, &number) || number > 100000000)
            return false;
        for (i = 0; i < ARRAY_LENGTH(units); i++)
            if (text_is((struct text){ rest.data + digits, letters - digits }, units[i].unit))
                break;
        if (i == ARRAY_LENGTH(units) || __builtin_add_overflow(total, (int64_t)number * units[i].ns, &total))
            return false;
        rest = (struct text){ rest.data + letters, rest.length - letters };
    }
    *out_ns = total;
    return true;
}

bool setting_parse_duration_range(struct text text, int64_t *out_low_ns, int64_t *out_high_ns) {
    struct text rest = text;
    struct text low = text_cut(&rest, '-');
    int64_t low_ns, high_ns;

    if (!setting_parse_duration(low, &low_ns))
        return false;
    high_ns = low_ns;
    if (rest.data && !setting_parse_duration(rest, &high_ns))
        return false;
    if (high_ns < low_ns)
        return false;
    *out_low_ns = low_ns;
    *out_high_ns = high_ns;
    return true;
}

static bool is_one_of(const char *values, struct text value) {
    struct text rest = text_from(values);

    while (rest.data)
        if (text_equal(text_cut(&rest, '|'), value))
            return true;
    return false;
}

static bool check_integer(const struct setting *setting, const char *value, struct error *err) {
    struct text rest = text_from(setting->values ? setting->values : "");
    int64_t number, low, high;

    if (!parse_int64(text_from(value), &number))
        return error_set(err, ERROR_INVALID, "'%s' is not a valid integer value", value);
    if (!setting->values)
        return true;
    if (!parse_int64(text_cut(&rest, '-'), &low) || !parse_int64(rest, &high))
        ensure(false && "a bound in the table is a number");
    if (number < low || number > high)
        return error_set(err, ERROR_INVALID, "must be in the range %ld to %ld", (long)low, (long)high);
    return true;
}

static bool check_enum_list(const struct setting *setting, const char *value, struct error *err) {
    struct text rest = text_from(value);

    while (rest.data) {
        struct text item = text_trim(text_cut(&rest, ','));
        if (item.length && !is_one_of(setting->values, item))
            return error_set(err, ERROR_INVALID, "'%.*s' is not one of [%s]", TEXT_ARGS(item),
                             setting->values);
    }
    return true;
}

static bool check_address(const char *value, struct error *err) {
    const char *colon = strrchr(value, ':');
    uint64_t port;

    if (colon && (!parse_uint64(text_from(colon + 1), &port) || port > 65535))
        return error_set(err, ERROR_INVALID,
                         "Setting must be of the form 'hostname:port' or ':port', was '%s'", value);
    return true;
}

bool setting_check(const struct setting *setting, const char *value, struct error *err) {
    int64_t ignored, also_ignored;
    double number;

    switch (setting->type) {
    case SETTING_BOOLEAN:
        if (strcasecmp(value, "true") && strcasecmp(value, "false"))
            return error_set(err, ERROR_INVALID,
                             "'%s' is not a valid boolean value, must be 'true' or 'false'", value);
        return true;
    case SETTING_INTEGER:
        return check_integer(setting, value, err);
    case SETTING_DOUBLE:
        if (!parse_double(text_from(value), &number))
            return error_set(err, ERROR_INVALID, "'%s' is not a valid double value", value);
        return true;
    case SETTING_BYTES:
        if (!setting_parse_bytes(text_from(value), &ignored))
            return error_set(
                err, ERROR_INVALID,
                "'%s' is not a valid byte size, must be a number with an optional unit of B, KiB, "
                "MiB, GiB, TiB",
                value);
        return true;
    case SETTING_DURATION:
        if (!setting_parse_duration(text_from(value), &ignored))
            return error_set(
                err, ERROR_INVALID,
                "Unrecognized unit or number in duration '%s'. Valid units are: ns, μs, ms, s, m, "
                "h, d",
                value);
        return true;
    case SETTING_DURATION_RANGE:
        if (!setting_parse_duration_range(text_from(value), &ignored, &also_ignored))
            return error_set(err, ERROR_INVALID, "'%s' is not a valid range of durations <min-max>", value);
        return true;
    case SETTING_ENUM:
        if (!is_one_of(setting->values, text_from(value)))
            return error_set(err, ERROR_INVALID, "'%s' not one of [%s]", value, setting->values);
        return true;
    case SETTING_ENUM_LIST:
        return check_enum_list(setting, value, err);
    case SETTING_ADDRESS:
        return check_address(value, err);
    case SETTING_STRING:
    case SETTING_PATH:
    case SETTING_LIST:
        return true;
    }
    return true;
}
