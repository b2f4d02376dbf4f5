/* The scalar rules of go-yaml v2, on which sigs.k8s.io/yaml stands (resolve.go there): YAML 1.1 booleans,
 * octal as 017 and 0o17, hexadecimal, binary, underscores in numbers; integers that fit neither int64 nor
 * uint64, and those beyond int64, become doubles as the API server reads them later. Times stay strings. */
#include "base/yaml_scalar.h"

#include <math.h>

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
