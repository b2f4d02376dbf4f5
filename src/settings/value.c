#include "settings/value.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <math.h>
#include <pcre2.h>
#include <time.h>

/* ---- numbers with units ---- */

static const struct {
    const char *unit;
    int shift;
} byte_units[] = {
    { "", 0 },     { "B", 0 },    { "KiB", 10 }, { "KB", 10 },  { "K", 10 },  { "kB", 10 }, { "kb", 10 },
    { "k", 10 },   { "MiB", 20 }, { "MB", 20 },  { "M", 20 },   { "mB", 20 }, { "mb", 20 }, { "m", 20 },
    { "GiB", 30 }, { "GB", 30 },  { "G", 30 },   { "gB", 30 },  { "gb", 30 }, { "g", 30 },  { "TiB", 40 },
    { "TB", 40 },  { "PiB", 50 }, { "PB", 50 },  { "EiB", 60 }, { "EB", 60 },
};

static bool split_unit(struct text text, double *out_number, struct text *out_unit) {
    size_t digits = 0;

    while (digits < text.length && (isdigit((unsigned char)text.data[digits]) || text.data[digits] == '.'))
        digits++;
    *out_unit = text_trim((struct text){ text.data + digits, text.length - digits });
    return parse_double((struct text){ text.data, digits }, out_number);
}

bool setting_parse_bytes(struct text text, int64_t *out_bytes) {
    struct text unit;
    double number;

    if (!split_unit(text_trim(text), &number, &unit))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(byte_units); i++)
        if (text_is(unit, byte_units[i].unit)) {
            double bytes = number * (double)(INT64_C(1) << byte_units[i].shift);
            if (bytes >= 0x1p63)
                return false;
            *out_bytes = (int64_t)bytes;
            return true;
        }
    return false;
}

static const struct {
    const char *unit;
    int64_t ns;
} duration_units[] = {
    { "d", 86400 * INT64_C(1000000000) },
    { "h", 3600 * INT64_C(1000000000) },
    { "m", 60 * INT64_C(1000000000) },
    { "s", INT64_C(1000000000) },
    { "ms", 1000000 },
    { "μs", 1000 },
    { "ns", 1 },
};

/* "90s" at the start of *rest, which is shortened by it. */
static bool cut_duration(struct text *rest, int64_t *total_ns) {
    size_t digits = 0, end;
    uint64_t number;
    int64_t ns;

    while (digits < rest->length && isdigit((unsigned char)rest->data[digits]))
        digits++;
    for (end = digits; end < rest->length && !isdigit((unsigned char)rest->data[end]);)
        end++;
    if (!parse_uint64((struct text){ rest->data, digits }, &number) || number > INT32_MAX)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(duration_units); i++)
        if (text_is((struct text){ rest->data + digits, end - digits }, duration_units[i].unit) ||
            (end == digits && duration_units[i].unit[0] == 's')) {
            *rest = (struct text){ rest->data + end, rest->length - end };
            return !__builtin_mul_overflow((int64_t)number, duration_units[i].ns, &ns) &&
                   !__builtin_add_overflow(*total_ns, ns, total_ns);
        }
    return false;
}

bool setting_parse_duration(struct text text, int64_t *out_ns) {
    struct text rest = text_trim(text);
    int64_t total_ns = 0;

    do {
        if (!cut_duration(&rest, &total_ns))
            return false;
    } while (rest.length);
    *out_ns = total_ns;
    return true;
}

bool setting_parse_duration_range(struct text text, int64_t *out_low_ns, int64_t *out_high_ns) {
    struct text rest = text;
    struct text low = text_cut(&rest, '-');
    int64_t low_ns, high_ns;

    if (!rest.data || !setting_parse_duration(low, &low_ns) || !setting_parse_duration(rest, &high_ns) ||
        high_ns < low_ns)
        return false;
    *out_low_ns = low_ns;
    *out_high_ns = high_ns;
    return true;
}

static void write_bytes(struct buffer *out, int64_t bytes) {
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    size_t unit = 0;

    while (unit + 1 < ARRAY_LENGTH(units) && bytes >= INT64_C(1) << (10 * (unit + 1)))
        unit++;
    if (unit)
        buffer_printf(out, "%.2f%s", (double)bytes / (double)(INT64_C(1) << (10 * unit)), units[unit]);
    else
        buffer_printf(out, "%lldB", (long long)bytes);
}

static void write_duration(struct buffer *out, int64_t ns) {
    if (!ns)
        buffer_add_string(out, "0s");
    for (size_t i = 0; i < ARRAY_LENGTH(duration_units) && ns; i++) {
        int64_t number = ns / duration_units[i].ns;
        if (number)
            buffer_printf(out, "%lld%s", (long long)number, duration_units[i].unit);
        ns -= number * duration_units[i].ns;
    }
}

/* ---- one value ---- */

static bool fail_number(struct text value, const char *what, struct error *err) {
    return error_set(err, ERROR_INVALID, "'%.*s' is not a valid %s value", TEXT_ARGS(value), what);
}

/* The first part that is none. */
static bool fail_duration(struct text value, struct error *err) {
    struct text rest = value;
    int64_t total_ns = 0;
    size_t digits = 0, end;

    while (rest.length && cut_duration(&rest, &total_ns))
        ;
    while (digits < rest.length && isdigit((unsigned char)rest.data[digits]))
        digits++;
    for (end = digits; end < rest.length && !isdigit((unsigned char)rest.data[end]);)
        end++;
    if (!digits)
        return error_set(err, ERROR_INVALID, "Missing numeric value");
    return error_set(
        err, ERROR_INVALID,
        "Unrecognized unit `%.*s`. Valid units are: `ns`, `μs`, `ms`, `s`, `m`, `h` and `d`; default unit "
        "is `s`",
        (int)(end - digits), rest.data + digits);
}

static bool check_boolean(struct text value, struct error *err) {
    if ((value.length == 4 && !strncasecmp(value.data, "true", 4)) ||
        (value.length == 5 && !strncasecmp(value.data, "false", 5)))
        return true;
    return error_set(err, ERROR_INVALID, "'%.*s' is not a valid boolean value, must be 'true' or 'false'",
                     TEXT_ARGS(value));
}

/* What is compared with bounds: a number, bytes or nanoseconds. */
static bool read_amount(enum setting_type type, struct text value, double *out_amount, struct error *err) {
    struct text digits = value;
    int64_t whole = 0;

    if (value.length > 1 && value.data[0] == '+' && isdigit((unsigned char)value.data[1]))
        digits = (struct text){ value.data + 1, value.length - 1 };
    if (type == SETTING_DOUBLE)
        return parse_double(digits, out_amount) || fail_number(value, "double", err);
    if (type == SETTING_BYTES && !setting_parse_bytes(value, &whole))
        return error_set(err, ERROR_INVALID, "'%.*s' is not a valid size, must be e.g. 10, 5K, 1M, 11G",
                         TEXT_ARGS(value));
    if (type == SETTING_DURATION && !setting_parse_duration(value, &whole))
        return fail_duration(value, err);
    if (type == SETTING_INTEGER && (!parse_int64(digits, &whole) || whole > INT32_MAX || whole < INT32_MIN))
        return fail_number(value, "integer", err);
    if (type == SETTING_LONG && !parse_int64(digits, &whole))
        return fail_number(value, "long", err);
    *out_amount = (double)whole;
    return true;
}

/* The largest number of bytes is printed rounded up, beyond what can be read: nothing is above it. */
static double bound(const struct setting *setting, const char *text) {
    double amount = 0;

    return read_amount(setting->type, text_from(text), &amount, NULL) ? amount : HUGE_VAL;
}

static bool check_amount(const struct setting *setting, struct text value, struct error *err) {
    double amount = 0;

    if (!read_amount(setting->type, value, &amount, err))
        return false;
    if (setting->exception && amount == bound(setting, setting->exception))
        return true;
    if (setting->min && amount < bound(setting, setting->min))
        return error_set(err, ERROR_INVALID,
                         "Failed to validate '%.*s' for '%s': minimum allowed value is %s", TEXT_ARGS(value),
                         setting->name, setting->min);
    if (setting->max && amount > bound(setting, setting->max))
        return error_set(err, ERROR_INVALID,
                         "Failed to validate '%.*s' for '%s': maximum allowed value is %s", TEXT_ARGS(value),
                         setting->name, setting->max);
    if (setting->is_power_of_2 && ((int64_t)amount & ((int64_t)amount - 1)))
        return error_set(err, ERROR_INVALID,
                         "Failed to validate '%.*s' for '%s': only power of 2 values allowed",
                         TEXT_ARGS(value), setting->name);
    return true;
}

/* The word of the setting, in its own spelling; data is NULL: none. Case does not count. */
static struct text find_word(const char *words, struct text value) {
    struct text rest = text_from(words);

    while (rest.data) {
        struct text word = text_cut(&rest, '|');
        if (word.length == value.length && !strncasecmp(word.data, value.data, value.length))
            return word;
    }
    return (struct text){ NULL, 0 };
}

static void write_words(struct buffer *out, const char *words) {
    buffer_add_char(out, '[');
    for (; *words; words++)
        buffer_add_string(out, *words == '|' ? ", " : (char[2]){ *words, '\0' });
    buffer_add_char(out, ']');
}

static bool check_word(const struct setting *setting, struct text value, struct error *err) {
    CLEANUP_BUFFER struct buffer words = { 0 };

    if (find_word(setting->words, value).data)
        return true;
    write_words(&words, setting->words);
    return error_set(err, ERROR_INVALID, "'%.*s' not one of %s", TEXT_ARGS(value), buffer_string(&words));
}

static bool matches(const char *pattern, struct text value) {
    int code;
    PCRE2_SIZE at;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                      PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY, &code, &at, NULL);

    ensure(compiled); /* the catalogue's */
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(compiled, NULL);
    code = pcre2_match(compiled, (PCRE2_SPTR)value.data, value.length, 0, 0, match, NULL);
    pcre2_match_data_free(match);
    pcre2_code_free(compiled);
    return code > 0;
}

static bool check_pattern(const struct setting *setting, struct text value, struct error *err) {
    if (!setting->pattern || matches(setting->pattern, value))
        return true;
    return error_set(err, ERROR_INVALID,
                     "Failed to validate '%.*s' for '%s': value does not match expression: `%s` (%s)",
                     TEXT_ARGS(value), setting->name, setting->pattern, setting->pattern_words);
}

static bool is_port(struct text text) {
    int64_t port;

    return parse_int64(text, &port) && port >= 0 && port <= INT32_MAX;
}

/* host:port, :port, host, [::1]:port */
static bool check_address(const struct setting *setting, struct text value, struct error *err) {
    const char *colon = memrchr(value.data, ':', value.length);
    size_t host_length = colon ? (size_t)(colon - value.data) : value.length;
    struct text host = { value.data, host_length };
    bool is_host_only = setting->type == SETTING_HOST || setting->type == SETTING_ADVERTISED_HOST;
    bool is_advertised =
        setting->type == SETTING_ADVERTISED_ADDRESS || setting->type == SETTING_ADVERTISED_HOST;
    bool is_v6 = value.length && value.data[0] == '[';

    if (is_host_only && colon && (!is_v6 || (host_length && colon[-1] == ']')))
        return error_set(
            err, ERROR_INVALID,
            "Configured socket address must be in the format of \"hostname\" (no port). \"%.*s\" "
            "does not conform to this format.",
            TEXT_ARGS(value));
    if (!value.length || memchr(value.data, ' ', value.length) ||
        (colon && !is_v6 && !is_port((struct text){ colon + 1, value.length - host_length - 1 })))
        return error_set(
            err, ERROR_INVALID,
            "Setting must be in the format of `hostname:port`, `hostname`, or `:port`. \"%.*s\" does "
            "not conform to these formats",
            TEXT_ARGS(value));
    if (is_advertised && (text_is(host, "0.0.0.0") || text_is(host, "::") || text_is(host, "[::]")))
        return error_set(err, ERROR_INVALID,
                         "Failed to validate '%.*s' for '%s': advertised address cannot be '%.*s'",
                         TEXT_ARGS(value), setting->name, TEXT_ARGS(host));
    return true;
}

static bool check_database(const struct setting *setting, struct text value, struct error *err) {
    enum { LENGTH_MIN = 3, LENGTH_MAX = 63 };
    bool is_good = value.length >= LENGTH_MIN && value.length <= LENGTH_MAX &&
                   (isalpha((unsigned char)value.data[0]) ||
                    (setting->type == SETTING_DATABASE && isdigit((unsigned char)value.data[0])));

    if (value.length >= 6 && !strncasecmp(value.data, "system", 6))
        return error_set(err, ERROR_INVALID, "Database name '%.*s' is invalid, due to the prefix 'system'.",
                         TEXT_ARGS(value));
    for (size_t i = 0; i < value.length; i++)
        is_good = is_good && (isalnum((unsigned char)value.data[i]) || strchr(".-", value.data[i]));
    return is_good || error_set(err, ERROR_INVALID, "'%.*s' is not a valid database name", TEXT_ARGS(value));
}

/* An offset, or a name as the zone database forms them; whether the zone exists is the server's to say. */
static bool check_timezone(struct text value, struct error *err) {
    static const char pattern[] = "Z|[+-][01][0-9]:[0-5][0-9](:[0-5][0-9])?|UTC|GMT|UT|CET|EET|MET|WET|"
                                  "[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+)+";

    return matches(pattern, value) ||
           error_set(err, ERROR_INVALID, "'%.*s' is not a valid timezone value", TEXT_ARGS(value));
}

/* Relative only where a setting names the folder. */
static bool check_path(const struct setting *setting, struct text value, struct error *err) {
    if (setting->relative_to || (value.length && value.data[0] == '/'))
        return true;
    return error_set(err, ERROR_INVALID,
                     "Failed to validate '%.*s' for '%s': '%.*s' is not an absolute path.", TEXT_ARGS(value),
                     setting->name, TEXT_ARGS(value));
}

static bool check_one(const struct setting *setting, struct text value, struct error *err) {
    switch (setting->type) {
    case SETTING_BOOLEAN:
        return check_boolean(value, err);
    case SETTING_INTEGER:
    case SETTING_LONG:
    case SETTING_DOUBLE:
    case SETTING_BYTES:
    case SETTING_DURATION:
        return check_amount(setting, value, err);
    case SETTING_DURATION_RANGE: {
        int64_t low, high;
        return setting_parse_duration_range(value, &low, &high) ||
               error_set(err, ERROR_INVALID, "'%.*s' is not a range of durations <min-max>",
                         TEXT_ARGS(value));
    }
    case SETTING_ENUM:
        return check_word(setting, value, err);
    case SETTING_ABSOLUTE_PATH:
    case SETTING_PATH:
        return check_path(setting, value, err);
    case SETTING_ADDRESS:
    case SETTING_LISTEN_ADDRESS:
    case SETTING_ADVERTISED_ADDRESS:
    case SETTING_HOST:
    case SETTING_ADVERTISED_HOST:
        return check_address(setting, value, err);
    case SETTING_DATABASE:
    case SETTING_DATABASE_5:
        return check_database(setting, value, err);
    case SETTING_TIMEZONE:
        return check_timezone(value, err);
    case SETTING_EXTENSION:
        return matches("[^=]+=[^=]+", value) ||
               error_set(err, ERROR_INVALID, "config for %s is wrong: %.*s", setting->name, TEXT_ARGS(value));
    case SETTING_PERMISSIONS:
        return matches("([r-][w-][x-]){3}", value) ||
               error_set(err, ERROR_INVALID, "'%.*s' is not a valid set of file permissions",
                         TEXT_ARGS(value));
    case SETTING_STRING:
        return check_pattern(setting, value, err);
    case SETTING_SECRET:
    case SETTING_TAG:
    case SETTING_GLOB:
    case SETTING_URI:
    case SETTING_MAP:
    case SETTING_JVM_ARGUMENTS:
        return true;
    }
    return true;
}

bool setting_check(const struct setting *setting, const char *value, struct error *err) {
    struct text rest = text_from(value);

    if (setting->collection == SETTING_SINGLE)
        return check_one(setting, rest, err);
    while (rest.data) {
        struct text item = text_trim(text_cut(&rest, ','));
        if (item.length && !check_one(setting, item, err))
            return false;
    }
    return true;
}

/* ---- in words ---- */

static const char *const type_texts[] = {
#define X(name, word, text) [SETTING_##name] = text,
    SETTING_TYPES(X)
#undef X
};

static void write_bounds(const struct setting *setting, struct buffer *out) {
    const char *min = setting->min, *max = setting->max, *exception = setting->exception;

    if (setting->is_range)
        buffer_printf(out, " that is in the range `%s` to `%s`", min, max);
    else if (min && max)
        buffer_printf(out, " that is minimum `%s` and is maximum `%s`", min, max);
    else if (min && exception && setting->type == SETTING_DURATION)
        buffer_printf(out, " that is `%s` or is minimum `%s`", exception, min);
    else if (min && exception)
        buffer_printf(out, " that is minimum `%s` or is `%s`", min, exception);
    else if (min)
        buffer_printf(out, " that is minimum `%s`", min);
    if (setting->is_power_of_2)
        buffer_add_string(out, " and is power of 2");
}

void setting_write_allowed(const struct setting *setting, struct buffer *out) {
    size_t begin = out->length;

    if (setting->collection != SETTING_SINGLE)
        buffer_printf(out, "a comma-separated %s where each element is ",
                      setting->collection == SETTING_LIST ? "list" : "set");
    buffer_add_string(out, type_texts[setting->type]);
    if (setting->type == SETTING_ENUM) {
        buffer_add_char(out, ' ');
        write_words(out, setting->words);
    }
    if (setting->pattern)
        buffer_printf(out, " that matches the pattern `%s` (%s)", setting->pattern, setting->pattern_words);
    if (setting->relative_to)
        buffer_printf(out, ". If relative, it is resolved from %s", setting->relative_to);
    write_bounds(setting, out);
    buffer_add_char(out, '.');
    out->data[begin] = (char)toupper((unsigned char)out->data[begin]);
}

static void write_one(const struct setting *setting, struct text value, struct buffer *out) {
    int64_t amount;
    double number = 0;
    struct text word;

    switch (setting->type) {
    case SETTING_BYTES:
        if (setting_parse_bytes(value, &amount)) {
            write_bytes(out, amount);
            return;
        }
        break;
    case SETTING_DURATION:
        if (setting_parse_duration(value, &amount)) {
            write_duration(out, amount);
            return;
        }
        break;
    case SETTING_ENUM:
        word = find_word(setting->words, value);
        buffer_add_text(out, word.data ? word : value);
        return;
    case SETTING_DOUBLE:
        if (!parse_double(value, &number))
            break;
        buffer_printf(out, number == floor(number) ? "%.1f" : "%.15g", number);
        return;
    case SETTING_INTEGER:
    case SETTING_LONG:
        if (value.length && value.data[0] == '+')
            value = (struct text){ value.data + 1, value.length - 1 };
        break;
    case SETTING_BOOLEAN:
        for (size_t i = 0; i < value.length; i++)
            buffer_add_char(out, (char)tolower((unsigned char)value.data[i]));
        return;
    case SETTING_SECRET:
        buffer_add_string(out, "*******");
        return;
    case SETTING_DURATION_RANGE:
    case SETTING_STRING:
    case SETTING_DATABASE:
    case SETTING_DATABASE_5:
    case SETTING_PATH:
    case SETTING_ABSOLUTE_PATH:
    case SETTING_ADDRESS:
    case SETTING_LISTEN_ADDRESS:
    case SETTING_ADVERTISED_ADDRESS:
    case SETTING_HOST:
    case SETTING_ADVERTISED_HOST:
    case SETTING_TIMEZONE:
    case SETTING_TAG:
    case SETTING_GLOB:
    case SETTING_URI:
    case SETTING_MAP:
    case SETTING_EXTENSION:
    case SETTING_JVM_ARGUMENTS:
    case SETTING_PERMISSIONS:
        break;
    }
    buffer_add_text(out, value);
}

void setting_write_value(const struct setting *setting, const char *value, struct buffer *out) {
    struct text rest = text_from(value);
    size_t begin = out->length;

    if (setting->collection == SETTING_SINGLE) {
        write_one(setting, rest, out);
        return;
    }
    while (rest.data) {
        struct text item = text_trim(text_cut(&rest, ','));
        if (!item.length)
            continue;
        if (out->length > begin)
            buffer_add_char(out, ',');
        write_one(setting, item, out);
    }
}
