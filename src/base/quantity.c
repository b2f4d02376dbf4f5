#include "base/quantity.h"

#include "base/number.h"

enum { EXPONENT_MAX = 40 };

static const struct suffix {
    const char *name;
    bool is_binary;
    int exponent; /* of 10, or of 1024 */
} suffixes[] = {
    { "n", false, -9 }, { "u", false, -6 }, { "m", false, -3 }, { "", false, 0 },
    { "k", false, 3 },  { "M", false, 6 },  { "G", false, 9 },  { "T", false, 12 },
    { "P", false, 15 }, { "E", false, 18 }, { "Ki", true, 1 },  { "Mi", true, 2 },
    { "Gi", true, 3 },  { "Ti", true, 4 },  { "Pi", true, 5 },  { "Ei", true, 6 },
};

struct amount {
    unsigned __int128 digits;
    int fraction_digits;
    bool is_negative;
};

/* [+-] digits [. digits], at least one digit. More digits than can be told apart make the multiplication
 * overflow, and the quantity is refused. */
static bool take_amount(struct text *rest, struct amount *out_amount) {
    struct amount amount = { 0 };
    size_t at = 0, count = 0;
    bool is_fraction = false;

    if (at < rest->length && (rest->data[at] == '+' || rest->data[at] == '-'))
        amount.is_negative = rest->data[at++] == '-';
    for (; at < rest->length; at++) {
        char character = rest->data[at];
        if (character == '.' && !is_fraction) {
            is_fraction = true;
            continue;
        }
        if (character < '0' || character > '9')
            break;
        count++;
        amount.fraction_digits += is_fraction;
        if (__builtin_mul_overflow(amount.digits, 10, &amount.digits) ||
            __builtin_add_overflow(amount.digits, (unsigned)(character - '0'), &amount.digits))
            return false;
    }
    if (count == 0)
        return false;
    *rest = (struct text){ rest->data + at, rest->length - at };
    *out_amount = amount;
    return true;
}

/* A name from the table, or e or E with an exponent. "E" alone is the suffix. */
static bool read_suffix(struct text text, struct suffix *out_suffix, bool *out_is_exponent) {
    int64_t exponent;

    *out_is_exponent = false;
    for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++)
        if (text_is(text, suffixes[i].name)) {
            *out_suffix = suffixes[i];
            return true;
        }
    if (text.length < 2 || (text.data[0] != 'e' && text.data[0] != 'E'))
        return false;
    struct text number = { text.data + 1, text.length - 1 };
    if (number.data[0] == '+')
        number = (struct text){ number.data + 1, number.length - 1 };
    if (!parse_int64(number, &exponent) || (text.data[1] == '+' && number.data[0] == '-'))
        return false;
    /* Beyond this all is 0, the smallest amount, or too large. */
    if (exponent > EXPONENT_MAX)
        exponent = EXPONENT_MAX;
    if (exponent < -EXPONENT_MAX)
        exponent = -EXPONENT_MAX;
    *out_suffix = (struct suffix){ .exponent = (int)exponent };
    *out_is_exponent = true;
    return true;
}

/* digits × 10^exponent, rounded up to a whole number. */
static bool scale(unsigned __int128 digits, int exponent, uint64_t *out_value) {
    bool is_rounded = false;

    for (; exponent > 0 && digits; exponent--)
        if (__builtin_mul_overflow(digits, 10, &digits))
            return false;
    for (; exponent < 0 && digits; exponent++) {
        is_rounded |= digits % 10 != 0;
        digits /= 10;
    }
    digits += is_rounded;
    if (digits > INT64_MAX)
        return false;
    *out_value = (uint64_t)digits;
    return true;
}

bool quantity_parse(struct text text, struct quantity *out_quantity) {
    struct amount amount;
    struct suffix suffix;
    bool is_exponent;
    uint64_t milli;

    if (!take_amount(&text, &amount) || !read_suffix(text, &suffix, &is_exponent))
        return false;
    for (int i = 0; suffix.is_binary && i < suffix.exponent; i++)
        if (__builtin_mul_overflow(amount.digits, 1024, &amount.digits))
            return false;
    if (!scale(amount.digits, (suffix.is_binary ? 0 : suffix.exponent) + 3 - amount.fraction_digits, &milli))
        return false;
    *out_quantity = (struct quantity){
        .milli = amount.is_negative ? -(int64_t)milli : (int64_t)milli,
        .is_binary = suffix.is_binary,
        .is_exponent = is_exponent,
    };
    return true;
}

bool quantity_from_json(const struct json *value, struct quantity *out_quantity) {
    char number[NUMBER_BYTES_MAX];

    if (json_is(value, JSON_STRING))
        return quantity_parse((struct text){ value->string, value->length }, out_quantity);
    if (json_is(value, JSON_INTEGER))
        (void)number_format_integer(number, value->integer);
    else if (json_is(value, JSON_DOUBLE))
        (void)number_format_double(number, value->number);
    else
        return false;
    return quantity_parse(text_from(number), out_quantity);
}

int64_t quantity_value(struct quantity quantity) {
    int64_t value = quantity.milli / 1000, rest = quantity.milli % 1000;

    return value + (rest > 0) - (rest < 0);
}

int quantity_compare(struct quantity a, struct quantity b) {
    return (a.milli > b.milli) - (a.milli < b.milli);
}

static char *format_binary(struct arena *arena, int64_t value) {
    int power = 0;

    while (value % 1024 == 0 && power < 6) {
        value /= 1024;
        power++;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++)
        if (suffixes[i].is_binary && suffixes[i].exponent == power)
            return arena_printf(arena, "%lld%s", (long long)value, suffixes[i].name);
    return arena_printf(arena, "%lld", (long long)value);
}

static char *format_decimal(struct arena *arena, int64_t milli, bool is_exponent) {
    int exponent = -3;

    for (; milli % 1000 == 0 && exponent < 18; milli /= 1000)
        exponent += 3;
    if (is_exponent && exponent != 0)
        return arena_printf(arena, "%llde%d", (long long)milli, exponent);
    for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++)
        if (!suffixes[i].is_binary && suffixes[i].exponent == exponent)
            return arena_printf(arena, "%lld%s", (long long)milli, suffixes[i].name);
    return arena_printf(arena, "%lld", (long long)milli);
}

/* Amounts below 1024, and those with a fraction, are decimal even when they were written with Ki, Mi …: after
 * Quantity.CanonicalizeBytes(). */
char *quantity_format(struct arena *arena, struct quantity quantity) {
    int64_t limit = INT64_C(1024) * 1000;
    bool is_small = quantity.milli > -limit && quantity.milli < limit;

    if (quantity.milli == 0)
        return arena_strdup(arena, "0");
    if (quantity.is_binary && !is_small && quantity.milli % 1000 == 0)
        return format_binary(arena, quantity.milli / 1000);
    return format_decimal(arena, quantity.milli, quantity.is_exponent);
}
