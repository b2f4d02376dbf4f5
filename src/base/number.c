#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 17 };

/* A decimal: 0.d1 d2 d3 … × 10^point. */
struct decimal {
    char digits[DIGITS_MAX + 1];
    int count;
    int point;
};

size_t number_format_integer(char *out, int64_t integer) {
    uint64_t rest = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
    char reversed[NUMBER_BYTES_MAX];
    size_t count = 0, length = 0;

    do {
        reversed[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (integer < 0)
        out[length++] = '-';
    while (count)
        out[length++] = reversed[--count];
    out[length] = '\0';
    return length;
}

static double decimal_value(const struct decimal *decimal) {
    char text[NUMBER_BYTES_MAX];

    (void)snprintf(text, sizeof(text), "0.%se%d", decimal->digits, decimal->point);
    return strtod(text, NULL);
}

/* The nearest decimal of count digits. */
static struct decimal nearest_decimal(double number, int count) {
    struct decimal decimal = { .count = count };
    char text[NUMBER_BYTES_MAX];

    (void)snprintf(text, sizeof(text), "%.*e", count - 1, number); /* d.ddde±xx */
    decimal.digits[0] = text[0];
    if (count > 1)
        memcpy(decimal.digits + 1, text + 2, (size_t)count - 1);
    decimal.point = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
    return decimal;
}

static void add_one_unit(struct decimal *decimal) {
    int i = decimal->count - 1;

    while (i >= 0 && decimal->digits[i] == '9')
        decimal->digits[i--] = '0';
    if (i >= 0) {
        decimal->digits[i]++;
        return;
    }
    decimal->digits[0] = '1';
    decimal->point++;
}

/* The decimal with the fewest digits that reads back as number, the nearest of these.
 *
 * Where the nearest of so many digits does not read back, no other does, because a number lies in the middle
 * of what is read as it: but for powers of two, where there is twice the room above. Fifteen digits always
 * survive the way there and back, so fewer come from dropping zeros; but for subnormal numbers, which hold
 * fewer digits. */
static struct decimal shortest_decimal(double number) {
    int exponent;
    bool is_power_of_two = frexp(number, &exponent) == 0.5;
    struct decimal decimal;

    for (int count = isnormal(number) ? 15 : 1; count <= DIGITS_MAX; count++) {
        decimal = nearest_decimal(number, count);
        double back = decimal_value(&decimal);
        if (back < number && is_power_of_two) {
            add_one_unit(&decimal);
            back = decimal_value(&decimal);
        }
        if (back == number)
            break;
    }
    while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0')
        decimal.digits[--decimal.count] = '\0';
    return decimal;
}

static size_t write_with_exponent(char *out, const struct decimal *decimal) {
    int exponent = decimal->point - 1;
    size_t length = 0;

    out[length++] = decimal->digits[0];
    if (decimal->count > 1) {
        out[length++] = '.';
        memcpy(out + length, decimal->digits + 1, (size_t)decimal->count - 1);
        length += (size_t)decimal->count - 1;
    }
    out[length++] = 'e';
    out[length++] = exponent < 0 ? '-' : '+';
    return length + number_format_integer(out + length, exponent < 0 ? -exponent : exponent);
}

static size_t write_plain(char *out, const struct decimal *decimal) {
    size_t length = 0;

    if (decimal->point <= 0)
        out[length++] = '0';
    for (int i = 0; i < decimal->point; i++)
        out[length++] = i < decimal->count ? decimal->digits[i] : '0';
    if (decimal->count > decimal->point) {
        out[length++] = '.';
        for (int i = decimal->point; i < decimal->count; i++)
            out[length++] = i < 0 ? '0' : decimal->digits[i];
    }
    out[length] = '\0';
    return length;
}

size_t number_format_double(char *out, double number) {
    double size = fabs(number);
    size_t sign = signbit(number) ? 1 : 0;

    if (!isfinite(number)) {
        memcpy(out, "null", 5);
        return 4;
    }
    if (sign)
        out[0] = '-';
    if (size < 0x1p53 && size == floor(size))
        return sign + number_format_integer(out + sign, (int64_t)size);

    struct decimal decimal = shortest_decimal(size);
    return sign + (size < 1e-6 || size >= 1e21 ? write_with_exponent(out + sign, &decimal)
                                               : write_plain(out + sign, &decimal));
}
