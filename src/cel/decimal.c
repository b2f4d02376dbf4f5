#include "cel/decimal.h"

#include "base/buffer.h"

#include <math.h>
#include <stdio.h>

enum { DIGITS_MAX = 17, EXPONENT_MIN = -4, EXPONENT_END = 6 };

/* 0.d1d2d3… × 10^point */
struct digits {
    char text[DIGITS_MAX + 1];
    int count, point;
    bool is_negative;
};

static struct digits digits_of(double number) {
    struct digits digits = { .is_negative = signbit(number) };
    char text[DIGITS_MAX + 16];

    for (int precision = 0; precision < DIGITS_MAX; precision++) {
        (void)snprintf(text, sizeof(text), "%.*e", precision, fabs(number));
        if (strtod(text, NULL) == fabs(number))
            break;
    }
    char *exponent = strchr(text, 'e');
    ensure(exponent);
    for (const char *character = text; character < exponent; character++)
        if (*character != '.')
            digits.text[digits.count++] = *character;
    digits.point = (int)strtol(exponent + 1, NULL, 10) + 1;
    while (digits.count > 1 && digits.text[digits.count - 1] == '0')
        digits.count--;
    return digits;
}

static char *special(struct arena *arena, double number) {
    if (isnan(number))
        return arena_strdup(arena, "NaN");
    return isinf(number) ? arena_strdup(arena, number < 0 ? "-Inf" : "+Inf") : NULL;
}

static char *write_plain(struct arena *arena, const struct digits *digits) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    if (digits->is_negative)
        buffer_add_char(&out, '-');
    if (digits->point <= 0)
        buffer_add_string(&out, "0");
    for (int i = 0; i < digits->point; i++)
        buffer_add_char(&out, i < digits->count ? digits->text[i] : '0');
    if (digits->count > digits->point && !(digits->count == 1 && digits->text[0] == '0'))
        buffer_add_char(&out, '.');
    else
        return arena_strdup(arena, buffer_string(&out));
    for (int i = digits->point; i < digits->count; i++)
        buffer_add_char(&out, i < 0 ? '0' : digits->text[i]);
    return arena_strdup(arena, buffer_string(&out));
}

char *cel_decimal_plain(struct arena *arena, double number) {
    char *text = special(arena, number);
    struct digits digits;

    if (text)
        return text;
    digits = digits_of(number);
    return write_plain(arena, &digits);
}

/* An exponent is written below 1e-4 and from 1e6 on, as strconv has it for the shortest form. */
char *cel_decimal_general(struct arena *arena, double number) {
    char *text = special(arena, number);
    struct digits digits;

    if (text)
        return text;
    digits = digits_of(number);
    int exponent = digits.point - 1;
    if (number == 0 || (exponent >= EXPONENT_MIN && exponent < EXPONENT_END))
        return write_plain(arena, &digits);
    bool has_fraction = digits.count > 1;
    return arena_printf(arena, "%s%c%s%.*se%c%02d", digits.is_negative ? "-" : "", digits.text[0],
                        has_fraction ? "." : "", digits.count - 1, digits.text + 1, exponent < 0 ? '-' : '+',
                        abs(exponent));
}
