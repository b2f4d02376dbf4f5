/* format(): the clauses of a format string, filled with the items of a list.
 *
 * Numbers behind %f and %e are written for readers of American English, as cel-go does by default: 1,234.50
 * and 1.500000×10⁰³. A number before the e of %e is the least width there, not a precision.
 * Source: ext/formatting.go of cel-go (version 2 of its strings); golang.org/x/text/message.
 */
#include "base/buffer.h"
#include "cel/format_value.h"
#include "cel/function.h"
#include "cel/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

enum { PRECISION_DEFAULT = 6, PRECISION_MAX = 1000, NUMBER_BYTES = 512 + PRECISION_MAX };

static bool fail_clause(struct cel_run *run, const char *what, struct cel_value value) {
    return cel_fail(run, "error during formatting: %s, was given %s", what, cel_kind_name(value.kind));
}

/* Infinity and NaN, which may also be given by name. */
static bool as_double(struct cel_value value, double *out_number) {
    *out_number = value.number;
    if (value.kind == CEL_DOUBLE)
        return true;
    if (value.kind != CEL_STRING)
        return false;
    bool is_nan = text_is(value.text, "NaN"), is_negative = text_is(value.text, "-Infinity");
    *out_number = is_nan ? NAN : is_negative ? -INFINITY : INFINITY;
    return is_nan || is_negative || text_is(value.text, "Infinity");
}

static bool add_special(struct buffer *out, double number) {
    if (isfinite(number))
        return false;
    buffer_add_string(out, isnan(number) ? "NaN" : number < 0 ? "-\u221e" : "\u221e");
    return true;
}

/* %f */
static bool add_fixed(struct cel_run *run, struct buffer *out, struct cel_value value, int precision) {
    char digits[NUMBER_BYTES];
    double number;

    if (!as_double(value, &number))
        return fail_clause(run, "fixed-point clause can only be used on doubles", value);
    if (add_special(out, number))
        return true;
    (void)snprintf(digits, sizeof(digits), "%.*f", precision, number);
    const char *start = digits + (digits[0] == '-');
    size_t whole = strcspn(start, ".");
    if (start > digits)
        buffer_add_char(out, '-');
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            buffer_add_char(out, ',');
        buffer_add_char(out, start[i]);
    }
    buffer_add_string(out, start + whole);
    return true;
}

/* %e: the exponent in raised digits, two at the least. */
static bool add_scientific(struct cel_run *run, struct buffer *out, struct cel_value value, int width) {
    static const char *const raised[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
    CLEANUP_BUFFER struct buffer text = { 0 };
    char digits[64];
    double number;

    if (!as_double(value, &number))
        return fail_clause(run, "scientific clause can only be used on doubles", value);
    if (!add_special(&text, number)) {
        (void)snprintf(digits, sizeof(digits), "%.*e", PRECISION_DEFAULT, number);
        const char *exponent = strchr(digits, 'e');
        ensure(exponent);
        buffer_add(&text, digits, (size_t)(exponent - digits));
        buffer_add_string(&text, exponent[1] == '-' ? "×10⁻" : "×10");
        for (const char *digit = exponent + 2; *digit; digit++)
            buffer_add_string(&text, raised[*digit - '0']);
    }
    for (size_t i = cel_utf8_count(buffer_text(&text)); i < (size_t)width; i++)
        buffer_add_char(out, ' ');
    buffer_add_text(out, buffer_text(&text));
    return true;
}

/* %b, %o and %x of an integer: with its sign. */
static void add_digits(struct buffer *out, struct cel_value value, unsigned base, const char *digits) {
    bool is_negative = value.kind == CEL_INT && value.integer < 0;
    uint64_t size = is_negative ? -(uint64_t)value.integer : value.natural;
    char text[64];
    size_t at = sizeof(text);

    do
        text[--at] = digits[size % base];
    while (size /= base);
    if (is_negative)
        buffer_add_char(out, '-');
    buffer_add(out, text + at, sizeof(text) - at);
}

static bool add_hexadecimal(struct cel_run *run, struct buffer *out, struct cel_value value, bool is_upper) {
    const char *digits = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";

    if (value.kind == CEL_INT || value.kind == CEL_UINT) {
        add_digits(out, value, 16, digits);
        return true;
    }
    if (value.kind != CEL_STRING && value.kind != CEL_BYTES)
        return fail_clause(run, "only integers, byte buffers, and strings can be formatted as hex", value);
    for (size_t i = 0; i < value.text.length; i++) {
        buffer_add_char(out, digits[(uint8_t)value.text.data[i] >> 4]);
        buffer_add_char(out, digits[(uint8_t)value.text.data[i] & 15]);
    }
    return cel_spend_bytes(run, value.text.length);
}

static bool add_clause(struct cel_run *run, struct buffer *out, char clause, int precision,
                       struct cel_value value) {
    bool is_integer = value.kind == CEL_INT || value.kind == CEL_UINT;

    switch (clause) {
    case 's':
        return cel_format_value(run, out, value);
    case 'd':
        return is_integer ? cel_format_value(run, out, value)
                          : fail_clause(run, "decimal clause can only be used on integers", value);
    case 'f':
        return add_fixed(run, out, value, precision);
    case 'e':
        return add_scientific(run, out, value, precision);
    case 'b':
        if (value.kind != CEL_BOOL && !is_integer)
            return fail_clause(run, "only integers and bools can be formatted as binary", value);
        add_digits(out, value.kind == CEL_BOOL ? cel_from_uint(value.boolean) : value, 2, "01");
        return true;
    case 'o':
        if (!is_integer)
            return fail_clause(run, "octal clause can only be used on integers", value);
        add_digits(out, value, 8, "01234567");
        return true;
    case 'x':
    case 'X':
        return add_hexadecimal(run, out, value, clause == 'X');
    }
    return cel_fail(run, "could not parse formatting clause: unrecognized formatting clause \"%c\"",
                    isprint((unsigned char)clause) ? clause : '?');
}

/* Behind '%': ".2" if it is there. */
static bool take_precision(struct cel_run *run, struct text *rest, int *out_precision) {
    size_t length = 1;
    int64_t precision;

    *out_precision = PRECISION_DEFAULT;
    if (!rest->length || rest->data[0] != '.')
        return true;
    while (length < rest->length && isdigit((unsigned char)rest->data[length]))
        length++;
    if (!parse_int64((struct text){ rest->data + 1, length - 1 }, &precision) || precision > PRECISION_MAX)
        return cel_fail(run, "could not parse formatting clause: error while parsing precision");
    *out_precision = (int)precision;
    *rest = (struct text){ rest->data + length, rest->length - length };
    return true;
}

static bool format(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[1].list;
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct text rest = arguments[0].text;
    size_t used = 0;
    int precision;

    if (!cel_spend_bytes(run, rest.length))
        return false;
    while (rest.length) {
        size_t percent = 0;
        while (percent < rest.length && rest.data[percent] != '%')
            percent++;
        buffer_add(&text, rest.data, percent);
        if (percent == rest.length)
            break;
        rest = (struct text){ rest.data + percent + 1, rest.length - percent - 1 };
        if (text_starts_with(rest, "%")) {
            buffer_add_char(&text, '%');
            rest = (struct text){ rest.data + 1, rest.length - 1 };
            continue;
        }
        if (used == list->length)
            return cel_fail(run, "index %zu out of range", used);
        if (!take_precision(run, &rest, &precision))
            return false;
        if (rest.length == 0)
            return cel_fail(run, "unexpected end of string");
        if (!add_clause(run, &text, rest.data[0], precision, cel_list_item(run->arena, list, used++)) ||
            !cel_spend(run, 1 + (uint64_t)precision))
            return false;
        rest = (struct text){ rest.data + 1, rest.length - 1 };
    }
    *out = cel_from_buffer(run->arena, &text);
    return true;
}

size_t cel_format_clauses(struct text text) {
    size_t count = 0;

    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] != '%')
            continue;
        count += i + 1 == text.length || text.data[i + 1] != '%';
        i += i + 1 < text.length && text.data[i + 1] == '%';
    }
    return count;
}

const struct cel_overload cel_format_functions[] = {
    { .name = "format", .signature = "sl", .is_member = true, .call = format },
    { 0 },
};
