/* The scalar rules of go-yaml v2, on which sigs.k8s.io/yaml stands (resolve.go there): YAML 1.1 booleans,
 * octal as 017 and 0o17, hexadecimal, binary, underscores in numbers; integers that fit neither int64 nor
 * uint64, and those beyond int64, become doubles as the API server reads them later. Times stay strings. */
#include "base/yaml_scalar.h"

#include "base/encoding.h"

#include <math.h>
#include <yaml.h>

#define BINARY_TAG "tag:yaml.org,2002:binary"

/* Longer ones are strings: no number needs it. */
enum { NUMBER_TEXT_BYTES_MAX = 128 };

static const struct {
    const char *word;
    enum json_type type;
} words[] = {
    { "", JSON_NULL },     { "~", JSON_NULL },      { "null", JSON_NULL },   { "Null", JSON_NULL },
    { "NULL", JSON_NULL }, { "y", JSON_TRUE },      { "Y", JSON_TRUE },      { "yes", JSON_TRUE },
    { "Yes", JSON_TRUE },  { "YES", JSON_TRUE },    { "true", JSON_TRUE },   { "True", JSON_TRUE },
    { "TRUE", JSON_TRUE }, { "on", JSON_TRUE },     { "On", JSON_TRUE },     { "ON", JSON_TRUE },
    { "n", JSON_FALSE },   { "N", JSON_FALSE },     { "no", JSON_FALSE },    { "No", JSON_FALSE },
    { "NO", JSON_FALSE },  { "false", JSON_FALSE }, { "False", JSON_FALSE }, { "FALSE", JSON_FALSE },
    { "off", JSON_FALSE }, { "Off", JSON_FALSE },   { "OFF", JSON_FALSE },
};

static const struct {
    const char *word;
    double number;
} special_numbers[] = {
    { ".inf", (double)INFINITY },   { ".Inf", (double)INFINITY },   { ".INF", (double)INFINITY },
    { "+.inf", (double)INFINITY },  { "+.Inf", (double)INFINITY },  { "+.INF", (double)INFINITY },
    { "-.inf", -(double)INFINITY }, { "-.Inf", -(double)INFINITY }, { "-.INF", -(double)INFINITY },
    { ".nan", (double)NAN },        { ".NaN", (double)NAN },        { ".NAN", (double)NAN },
};

static int digit_value(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

static bool parse_digits(struct text text, unsigned base, uint64_t *out_value) {
    uint64_t value = 0;

    if (text.length == 0)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        unsigned digit = (unsigned)digit_value(text.data[i]);
        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out_value = value;
    return true;
}

/* Takes "0x", "0b", "0o" or "0" off the front. */
static unsigned take_base(struct text *text) {
    if (text->length < 2 || text->data[0] != '0')
        return 10;
    char letter = (char)(text->data[1] | 0x20);
    unsigned base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
    size_t prefix = letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1;
    *text = (struct text){ text->data + prefix, text->length - prefix };
    return base;
}

static bool resolve_integer(struct text text, struct json *out_value) {
    bool is_negative = text_starts_with(text, "-");
    uint64_t size;

    if (is_negative || text_starts_with(text, "+"))
        text = (struct text){ text.data + 1, text.length - 1 };
    unsigned base = take_base(&text);
    if (!parse_digits(text, base, &size))
        return false;
    if (size <= (uint64_t)INT64_MAX + is_negative)
        *out_value = (struct json){ .type = JSON_INTEGER, .integer = (int64_t)(is_negative ? -size : size) };
    else if (!is_negative)
        *out_value = (struct json){ .type = JSON_DOUBLE, .number = (double)size };
    else
        return false;
    return true;
}

static bool resolve_double(struct text text, struct json *out_value) {
    double number;

    if (text_starts_with(text, "+") && !text_starts_with(text, "+-"))
        text = (struct text){ text.data + 1, text.length - 1 };
    if (!parse_double(text, &number))
        return false;
    *out_value = (struct json){ .type = JSON_DOUBLE, .number = number };
    return true;
}

bool yaml_resolve(struct text plain, struct json *out_value) {
    char digits[NUMBER_TEXT_BYTES_MAX];
    size_t length = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (text_is(plain, words[i].word)) {
            *out_value = (struct json){ .type = words[i].type };
            return true;
        }
    if (plain.length >= sizeof(digits) || !strchr("+-.0123456789", plain.data[0]))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(special_numbers); i++)
        if (text_is(plain, special_numbers[i].word)) {
            *out_value = (struct json){ .type = JSON_DOUBLE, .number = special_numbers[i].number };
            return true;
        }
    for (size_t i = 0; i < plain.length; i++)
        if (plain.data[i] != '_')
            digits[length++] = plain.data[i];
    return resolve_integer((struct text){ digits, length }, out_value) ||
           resolve_double((struct text){ digits, length }, out_value);
}

/* ---- with tags ---- */

void yaml_scalar_set(struct arena *arena, struct text text, struct json *out_value) {
    *out_value = (struct json){
        .type = JSON_STRING,
        .string = arena_strndup(arena, text.data, text.length),
        .length = (uint32_t)text.length,
    };
}

static const char *read_binary(struct arena *arena, struct text text, struct json *out_value) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };

    if (!base64_decode(&bytes, text))
        return "!!binary is not followed by base64";
    yaml_scalar_set(arena, buffer_text(&bytes), out_value);
    return NULL;
}

/* Whether a resolved value may carry the tag; a whole number may be tagged as a float. */
static bool fits_tag(const struct json *value, const char *tag) {
    if (str_equal(tag, YAML_INT_TAG))
        return value->type == JSON_INTEGER || (value->type == JSON_DOUBLE && value->number >= 0x1p63);
    if (str_equal(tag, YAML_FLOAT_TAG))
        return json_is_number(value);
    if (str_equal(tag, YAML_BOOL_TAG))
        return value->type == JSON_TRUE || value->type == JSON_FALSE;
    return value->type == JSON_NULL;
}

static bool is_resolved_tag(const char *tag) {
    return str_equal(tag, YAML_INT_TAG) || str_equal(tag, YAML_FLOAT_TAG) || str_equal(tag, YAML_BOOL_TAG) ||
           str_equal(tag, YAML_NULL_TAG);
}

const char *yaml_scalar_read(struct arena *arena, struct text text, const char *tag, bool is_plain,
                             struct json *out_value) {
    if (str_equal(tag, BINARY_TAG))
        return read_binary(arena, text, out_value);
    if (is_resolved_tag(tag)) {
        if (!yaml_resolve(text, out_value) || !fits_tag(out_value, tag))
            return "the value does not fit its tag";
    } else if (!is_plain || !yaml_resolve(text, out_value)) {
        yaml_scalar_set(arena, text, out_value);
    }
    if (out_value->type == JSON_DOUBLE && !isfinite(out_value->number))
        return "infinity and not-a-number have no form in JSON";
    return NULL;
}
