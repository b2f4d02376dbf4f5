#include "base/text.h"

#include <errno.h>
#include <math.h>

struct text text_from(const char *string) {
    return (struct text){ string, string ? strlen(string) : 0 };
}

bool text_equal(struct text a, struct text b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool text_starts_with(struct text text, const char *prefix) {
    size_t length = strlen(prefix);

    return text.length >= length && (length == 0 || memcmp(text.data, prefix, length) == 0);
}

bool text_ends_with(struct text text, const char *suffix) {
    size_t length = strlen(suffix);

    return text.length >= length &&
           (length == 0 || memcmp(text.data + text.length - length, suffix, length) == 0);
}

static bool is_space(char character) {
    return character == ' ' || (character >= '\t' && character <= '\r');
}

struct text text_trim(struct text text) {
    while (text.length && is_space(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length && is_space(text.data[text.length - 1]))
        text.length--;
    return text;
}

struct text text_cut(struct text *rest, char separator) {
    struct text all = *rest;
    const char *found = all.length ? memchr(all.data, separator, all.length) : NULL;

    if (!found) {
        *rest = (struct text){ NULL, 0 };
        return all;
    }
    size_t length = (size_t)(found - all.data);
    *rest = (struct text){ found + 1, all.length - length - 1 };
    return (struct text){ all.data, length };
}

bool str_equal(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts_with(const char *string, const char *prefix) {
    return string && text_starts_with(text_from(string), prefix);
}

bool str_ends_with(const char *string, const char *suffix) {
    return string && text_ends_with(text_from(string), suffix);
}

bool parse_uint64(struct text text, uint64_t *out_value) {
    uint64_t value = 0;

    if (text.length == 0)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text.data[i] - '0'), &value))
            return false;
    }
    *out_value = value;
    return true;
}

bool parse_int64(struct text text, int64_t *out_value) {
    bool is_negative = text_starts_with(text, "-");
    uint64_t magnitude;

    if (is_negative)
        text = (struct text){ text.data + 1, text.length - 1 };
    if (!parse_uint64(text, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + is_negative)
        return false;
    *out_value = (int64_t)(is_negative ? -magnitude : magnitude);
    return true;
}

static size_t count_digits(struct text text, size_t at) {
    size_t start = at;

    while (at < text.length && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at - start;
}

/* [-] digits [. digits] [e [+-] digits]: what strtod() reads beyond that (hexadecimal, inf, nan, leading
 * space) is not a decimal number. */
static bool is_decimal(struct text text) {
    size_t at = text_starts_with(text, "-");
    size_t digits = count_digits(text, at);

    at += digits;
    if (at < text.length && text.data[at] == '.') {
        size_t fraction = count_digits(text, ++at);
        digits += fraction;
        at += fraction;
    }
    if (digits == 0)
        return false;
    if (at < text.length && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        at += at < text.length && (text.data[at] == '+' || text.data[at] == '-');
        size_t exponent = count_digits(text, at);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    return at == text.length;
}

bool parse_double(struct text text, double *out_value) {
    char small[64];

    if (!is_decimal(text))
        return false;
    CLEANUP_FREE char *large = text.length < sizeof(small) ? NULL : xstrndup(text.data, text.length);
    if (!large) {
        memcpy(small, text.data, text.length);
        small[text.length] = '\0';
    }
    double value = strtod(large ? large : small, NULL);
    if (!isfinite(value))
        return false;
    *out_value = value;
    return true;
}

/* The ranges of table 3-7 of the Unicode standard: they leave out overlong forms and surrogates. */
size_t utf8_character(struct text text) {
    const unsigned char *bytes = (const unsigned char *)text.data;
    size_t length;
    unsigned char low = 0x80, high = 0xbf;

    if (text.length == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    if (bytes[0] >= 0xc2 && bytes[0] <= 0xdf) {
        length = 2;
    } else if (bytes[0] >= 0xe0 && bytes[0] <= 0xef) {
        length = 3;
        low = bytes[0] == 0xe0 ? 0xa0 : 0x80;
        high = bytes[0] == 0xed ? 0x9f : 0xbf;
    } else if (bytes[0] >= 0xf0 && bytes[0] <= 0xf4) {
        length = 4;
        low = bytes[0] == 0xf0 ? 0x90 : 0x80;
        high = bytes[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (text.length < length || bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

bool text_is_utf8(struct text text) {
    while (text.length) {
        size_t length = utf8_character(text);
        if (length == 0)
            return false;
        text = (struct text){ text.data + length, text.length - length };
    }
    return true;
}

size_t utf8_cut(struct text text, size_t limit) {
    if (text.length <= limit)
        return text.length;

    /* Back to the first byte of the character that the limit splits; no character has more than three
     * bytes after its first. */
    size_t start = limit;
    while (start > 0 && limit - start < 3 && ((unsigned char)text.data[start] & 0xc0) == 0x80)
        start--;
    return ((unsigned char)text.data[start] & 0xc0) == 0x80 ? limit : start;
}
