/* Text: slices of parsed input, comparisons, and parsing of whole strings into numbers. */
#pragma once

#include "base/memory.h"

#include <string.h>

/* A slice: not NUL-terminated, owned by what it was cut from. */
struct text {
    const char *data;
    size_t length;
};

#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })
/* For printf: "%.*s", TEXT_ARGS(text) */
#define TEXT_ARGS(text) (int)(text).length, (text).data

struct text text_from(const char *string);
bool text_equal(struct text a, struct text b);
static inline bool text_is(struct text text, const char *string) {
    /* Most differ in their first byte: no need to measure the string. */
    if (!text.length || !string)
        return !text.length && (!string || !*string);
    return *text.data == *string && strlen(string) == text.length &&
           memcmp(text.data, string, text.length) == 0;
}
bool text_starts_with(struct text text, const char *prefix);
bool text_ends_with(struct text text, const char *suffix);
struct text text_trim(struct text text);
/* Cuts *rest at the first separator: returns what is before it, *rest is what is after it. When there is
 * none, returns all and *rest becomes { NULL, 0 }. */
struct text text_cut(struct text *rest, char separator);

/* NULL-tolerant: two NULLs are equal. */
bool str_equal(const char *a, const char *b);
bool str_starts_with(const char *string, const char *prefix);
bool str_ends_with(const char *string, const char *suffix);
static inline bool str_empty(const char *string) {
    return !string || !*string;
}

/* The whole text as a decimal number with an optional '-'; false when anything is left over or it overflows.
 */
CHECKED bool parse_int64(struct text text, int64_t *out_value);
CHECKED bool parse_uint64(struct text text, uint64_t *out_value);
/* Also a fraction and an exponent; neither infinity nor hexadecimal. Numbers are read and printed in the C
 * locale: no program may call setlocale() for LC_NUMERIC. */
CHECKED bool parse_double(struct text text, double *out_value);

/* True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool text_is_utf8(struct text text);
/* The length (1 to 4) of the well-formed UTF-8 character at the start, or 0 when it is malformed or the text
 * is empty. */
size_t utf8_character(struct text text);
/* The largest length up to limit at which the text can be cut without splitting a character. */
size_t utf8_cut(struct text text, size_t limit);
