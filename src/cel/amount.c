#include "cel/amount.h"

#include <math.h>

enum {
    NANO_DIGITS = 9,
    /* Powers of ten beyond these are 0, a billionth, or too large. */
    EXPONENT_MAX = 60,
    /* Longer ones are not kept as 64-bit numbers. */
    SCALED_DIGITS_MAX = 18,
    BINARY_DIGITS_MAX = 15,
    NANO_PER_MILLI = 1000 * 1000
};

/* A quantity taken apart: digits × 10^-fraction × the suffix. */
struct parts {
    bool is_negative;
    unsigned __int128 digits;
    int whole_digits, fraction_digits; /* without leading zeros */
    bool is_binary, is_exponent;
    int exponent; /* of 10 or of 2 */
};

static const struct {
    const char *name;
    int exponent;
    bool is_binary;
} suffixes[] = {
    { "n", -9, false }, { "u", -6, false }, { "m", -3, false }, { "", 0, false },
    { "k", 3, false },  { "M", 6, false },  { "G", 9, false },  { "T", 12, false },
    { "P", 15, false }, { "E", 18, false }, { "Ki", 10, true }, { "Mi", 20, true },
    { "Gi", 30, true }, { "Ti", 40, true }, { "Pi", 50, true }, { "Ei", 60, true },
};

static bool read_suffix(struct text text, struct parts *parts) {
    int64_t exponent;

    for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++)
        if (text_is(text, suffixes[i].name)) {
            parts->exponent = suffixes[i].exponent;
            parts->is_binary = suffixes[i].is_binary;
            return true;
        }
    if (text.length < 2 || (text.data[0] != 'e' && text.data[0] != 'E'))
        return false;
    struct text number = { text.data + 1, text.length - 1 };
    if (number.length > 1 && number.data[0] == '+' && number.data[1] != '-')
        number = (struct text){ number.data + 1, number.length - 1 };
    if (!parse_int64(number, &exponent))
        return false;
    parts->is_exponent = true;
    parts->exponent = exponent > EXPONENT_MAX    ? EXPONENT_MAX
                      : exponent < -EXPONENT_MAX ? -EXPONENT_MAX
                                                 : (int)exponent;
    return true;
}

/* [+-] digits [. digits], all of which may be absent: Kubernetes takes "Gi" for no bytes. */
static bool take_apart(struct text text, struct parts *parts) {
    bool is_fraction = false;
    size_t at = 0;

    *parts = (struct parts){ 0 };
    if (at < text.length && (text.data[at] == '+' || text.data[at] == '-'))
        parts->is_negative = text.data[at++] == '-';
    for (; at < text.length; at++) {
        char character = text.data[at];
        if (character == '.' && !is_fraction) {
            is_fraction = true;
            continue;
        }
        if (character < '0' || character > '9')
            break;
        if (__builtin_mul_overflow(parts->digits, 10, &parts->digits) ||
            __builtin_add_overflow(parts->digits, (unsigned)(character - '0'), &parts->digits))
            return false;
        parts->fraction_digits += is_fraction;
        parts->whole_digits += !is_fraction && (parts->digits > 0);
    }
    return read_suffix((struct text){ text.data + at, text.length - at }, parts);
}

/* value × 10^exponent, what is left of a whole number rounded up. */
static bool shift(unsigned __int128 value, int exponent, unsigned __int128 *out_value) {
    bool is_rounded = false;

    for (; exponent > 0 && value; exponent--)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    for (; exponent < 0 && value; exponent++) {
        is_rounded |= value % 10 != 0;
        value /= 10;
    }
    *out_value = value + is_rounded;
    return *out_value <= ((unsigned __int128)1 << 126);
}

/* Whether Kubernetes keeps it as a 64-bit number and a power of ten. */
static void keep_scaled(const struct parts *parts, struct cel_amount *amount) {
    int digits = (parts->whole_digits ? parts->whole_digits : 1) + parts->fraction_digits;
    int power = (int)((float)parts->exponent * 3 / 10);
    int64_t factor = parts->is_binary && parts->exponent < 63 ? INT64_C(1) << parts->exponent : 1;
    int64_t value;

    bool is_short = parts->is_binary
                        ? parts->fraction_digits == 0 && BINARY_DIGITS_MAX - digits - power - 1 >= 0
                        : digits <= SCALED_DIGITS_MAX;
    amount->scale = parts->is_binary ? 0 : parts->exponent - parts->fraction_digits;
    amount->is_scaled = is_short && amount->scale >= -NANO_DIGITS && parts->digits <= INT64_MAX &&
                        !__builtin_mul_overflow((int64_t)parts->digits, factor, &value);
    if (amount->is_scaled)
        amount->scaled = parts->is_negative ? -value : value;
}

bool cel_amount_check(struct text text) {
    struct parts parts;

    return text.length > 0 && take_apart(text, &parts);
}

bool cel_amount_parse(struct text text, struct cel_amount *out_amount) {
    /* The largest that is written with Ki, Mi, …: more is cut down to it. */
    const unsigned __int128 binary_max = (unsigned __int128)INT64_MAX * 1000 * NANO_PER_MILLI;
    unsigned __int128 value, nano;
    struct parts parts;

    if (text.length == 0 || !take_apart(text, &parts))
        return false;
    value = parts.digits;
    if (parts.is_binary && __builtin_mul_overflow(value, (unsigned __int128)1 << parts.exponent, &value))
        return false;
    if (!shift(value, (parts.is_binary ? 0 : parts.exponent) - parts.fraction_digits + NANO_DIGITS, &nano))
        return false;
    *out_amount = (struct cel_amount){ .is_binary = parts.is_binary, .is_exponent = parts.is_exponent };
    keep_scaled(&parts, out_amount);
    if (parts.is_binary && nano > binary_max && !out_amount->is_scaled)
        nano = binary_max;
    out_amount->nano = parts.is_negative ? -(__int128)nano : (__int128)nano;
    return true;
}

struct cel_amount cel_amount_from_int(int64_t integer) {
    return (struct cel_amount){
        .nano = (__int128)integer * 1000 * NANO_PER_MILLI,
        .is_scaled = true,
        .scaled = integer,
        .is_exponent = true,
    };
}

int cel_amount_compare(const struct cel_amount *a, const struct cel_amount *b) {
    return (a->nano > b->nano) - (a->nano < b->nano);
}

/* value × 10^exponent; false when it does not fit. */
static bool raise(int64_t value, int exponent, int64_t *out_value) {
    for (; exponent > 0 && value; exponent--)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    *out_value = value;
    return true;
}

/* The sum stays a 64-bit number when both are and it fits; its power is the smaller one. */
static void add_scaled(const struct cel_amount *a, const struct cel_amount *b, struct cel_amount *sum) {
    int scale = a->scale < b->scale ? a->scale : b->scale;
    int64_t x, y;

    sum->is_scaled = a->is_scaled && b->is_scaled;
    if (!sum->is_scaled || b->scaled == 0)
        return;
    if (a->scaled == 0) {
        sum->scaled = b->scaled;
        sum->scale = b->scale;
        return;
    }
    sum->is_scaled = raise(a->scaled, a->scale - scale, &x) && raise(b->scaled, b->scale - scale, &y) &&
                     !__builtin_add_overflow(x, y, &sum->scaled);
    sum->scale = scale;
}

bool cel_amount_add(const struct cel_amount *a, const struct cel_amount *b, struct cel_amount *out_sum) {
    struct cel_amount sum = *a;

    if (__builtin_add_overflow(a->nano, b->nano, &sum.nano))
        return false;
    if (a->nano == 0) {
        sum.is_binary = b->is_binary;
        sum.is_exponent = b->is_exponent;
    }
    add_scaled(a, b, &sum);
    *out_sum = sum;
    return true;
}

bool cel_amount_subtract(const struct cel_amount *a, const struct cel_amount *b,
                         struct cel_amount *out_difference) {
    struct cel_amount negative = *b;

    if (__builtin_sub_overflow(0, b->nano, &negative.nano))
        return false;
    negative.is_scaled = b->is_scaled && !__builtin_sub_overflow(0, b->scaled, &negative.scaled);
    return cel_amount_add(a, &negative, out_difference);
}

bool cel_amount_integer(const struct cel_amount *amount, int64_t *out_integer) {
    return amount->is_scaled && amount->scale >= 0 && raise(amount->scaled, amount->scale, out_integer);
}

double cel_amount_double(const struct cel_amount *amount) {
    if (!amount->is_scaled)
        return (double)amount->nano * 1e-9;
    return amount->scale == 0 ? (double)amount->scaled : (double)amount->scaled * pow(10, amount->scale);
}

char *cel_amount_format(struct arena *arena, const struct cel_amount *amount) {
    __int128 milli = amount->nano / NANO_PER_MILLI;
    unsigned __int128 size =
        amount->nano < 0 ? -(unsigned __int128)amount->nano : (unsigned __int128)amount->nano;
    char digits[48];
    size_t at = sizeof(digits);

    if (milli * NANO_PER_MILLI == amount->nano && milli >= -INT64_MAX && milli <= INT64_MAX)
        return quantity_format(arena, (struct quantity){ .milli = (int64_t)milli,
                                                         .is_binary = amount->is_binary,
                                                         .is_exponent = amount->is_exponent });
    bool is_whole = size % ((unsigned __int128)1000 * NANO_PER_MILLI) == 0;
    if (is_whole)
        size /= (unsigned __int128)1000 * NANO_PER_MILLI;
    for (; size; size /= 10)
        digits[--at] = (char)('0' + (int)(size % 10));
    return arena_printf(arena, "%s%.*s%s", amount->nano < 0 ? "-" : "", (int)(sizeof(digits) - at),
                        digits + at, is_whole ? "" : "n");
}
