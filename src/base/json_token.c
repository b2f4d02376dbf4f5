#include "base/json_token.h"

bool json_token_word(struct json_tokens *tokens, const char *word) {
    size_t length = strlen(word);

    if ((size_t)(tokens->end - tokens->at) < length || memcmp(tokens->at, word, length) != 0)
        return json_token_fail(tokens, tokens->at, "expected a value");
    tokens->at += length;
    return true;
}

/* ---- strings ---- */

static inline const unsigned char *skip_plain(const unsigned char *at, const unsigned char *end) {
    while (end - at >= 8) {
        uint64_t special = json_token_special(at);
        if (special)
            return at + __builtin_ctzll(special) / 8;
        at += 8;
    }
    while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

static bool read_hex4(const unsigned char *at, const unsigned char *end, unsigned *out_unit) {
    unsigned unit = 0;

    if (end - at < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        unsigned char digit = at[i];
        if (digit >= '0' && digit <= '9')
            unit = unit * 16 + (digit - '0');
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            unit = unit * 16 + (digit | 0x20) - 'a' + 10;
        else
            return false;
    }
    *out_unit = unit;
    return true;
}

/* Adds to the string that is being unescaped, unless it is left out anyway. */
static void keep(struct json_tokens *tokens, const void *bytes, size_t length) {
    if (!tokens->is_skipping)
        buffer_add(&tokens->unescaped, bytes, length);
}

static void keep_replacement(struct json_tokens *tokens) {
    keep(tokens, "\xef\xbf\xbd", 3); /* U+FFFD */
}

static void keep_code_point(struct json_tokens *tokens, unsigned point) {
    unsigned char bytes[4];
    size_t length;

    if (point < 0x80) {
        bytes[0] = (unsigned char)point;
        length = 1;
    } else if (point < 0x800) {
        bytes[0] = (unsigned char)(0xc0 | point >> 6);
        length = 2;
    } else if (point < 0x10000) {
        bytes[0] = (unsigned char)(0xe0 | point >> 12);
        length = 3;
    } else {
        bytes[0] = (unsigned char)(0xf0 | point >> 18);
        length = 4;
    }
    for (size_t i = 1; i < length; i++)
        bytes[i] = (unsigned char)(0x80 | (point >> 6 * (length - 1 - i) & 0x3f));
    keep(tokens, bytes, length);
}

/* at is behind "\u". A high surrogate takes the low one that follows; either alone becomes U+FFFD. */
static bool read_unicode_escape(struct json_tokens *tokens, const unsigned char **at) {
    unsigned unit, low;

    if (!read_hex4(*at, tokens->end, &unit))
        return json_token_fail(tokens, *at, "expected four hexadecimal digits after \\u");
    *at += 4;
    if (unit < 0xd800 || unit > 0xdfff) {
        keep_code_point(tokens, unit);
        return true;
    }
    if (unit < 0xdc00 && tokens->end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' &&
        read_hex4(*at + 2, tokens->end, &low) && low >= 0xdc00 && low <= 0xdfff) {
        keep_code_point(tokens, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        *at += 6;
        return true;
    }
    keep_replacement(tokens);
    return true;
}

static bool read_escape(struct json_tokens *tokens, const unsigned char **at) {
    static const char short_escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

    if (*at == tokens->end)
        return json_token_fail(tokens, *at, "the string does not end");
    unsigned char letter = *(*at)++;
    if (letter == 'u')
        return read_unicode_escape(tokens, at);
    for (const char *pair = short_escapes; *pair; pair += 2)
        if ((unsigned char)pair[0] == letter) {
            keep(tokens, &pair[1], 1);
            return true;
        }
    return json_token_fail(tokens, *at - 1, "unknown escape in a string");
}

/* The rest of a string that has escapes or malformed UTF-8: into tokens->unescaped. */
static bool read_special_string(struct json_tokens *tokens, const unsigned char *at) {
    for (;;) {
        const unsigned char *plain = skip_plain(at, tokens->end);
        keep(tokens, at, (size_t)(plain - at));
        at = plain;
        if (at == tokens->end)
            return json_token_fail(tokens, at, "the string does not end");
        if (*at == '"')
            break;
        if (*at == '\\') {
            at++;
            if (!read_escape(tokens, &at))
                return false;
        } else if (*at < 0x20) {
            return json_token_fail(tokens, at, "control character in a string");
        } else {
            size_t length = utf8_character((struct text){ (const char *)at, (size_t)(tokens->end - at) });
            if (length)
                keep(tokens, at, length);
            else
                keep_replacement(tokens);
            at += length ? length : 1;
        }
    }
    tokens->at = at + 1;
    return true;
}

bool json_token_string(struct json_tokens *tokens, struct text *out_text) {
    const unsigned char *start = tokens->at + 1, *at = start;

    for (;;) {
        at = skip_plain(at, tokens->end);
        if (at < tokens->end && *at == '"') {
            *out_text = (struct text){ (const char *)start, (size_t)(at - start) };
            tokens->at = at + 1;
            return true;
        }
        size_t length = at < tokens->end && *at >= 0x80
                            ? utf8_character((struct text){ (const char *)at, (size_t)(tokens->end - at) })
                            : 0;
        if (length == 0)
            break;
        at += length;
    }
    buffer_reset(&tokens->unescaped);
    keep(tokens, start, (size_t)(at - start));
    if (!read_special_string(tokens, at))
        return false;
    *out_text = buffer_text(&tokens->unescaped);
    return true;
}

/* ---- numbers ---- */

static inline const unsigned char *skip_digits(const unsigned char *at, const unsigned char *end) {
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* Finds the end of a number by JSON's grammar, which is narrower than strtod()'s. */
static bool scan_number(struct json_tokens *tokens, const unsigned char **out_end, bool *out_is_integer) {
    const unsigned char *at = tokens->at, *end = tokens->end, *digits;

    at += json_token_next(tokens) == '-';
    digits = at;
    at = at < end && *at == '0' ? at + 1 : skip_digits(at, end);
    if (at == digits)
        return json_token_fail(tokens, at, "expected a value");
    *out_is_integer = true;
    if (at < end && *at == '.') {
        digits = ++at;
        at = skip_digits(at, end);
        if (at == digits)
            return json_token_fail(tokens, at, "expected a digit after the decimal point");
        *out_is_integer = false;
    }
    if (at < end && (*at | 0x20) == 'e') {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        digits = at;
        at = skip_digits(at, end);
        if (at == digits)
            return json_token_fail(tokens, at, "expected a digit in the exponent");
        *out_is_integer = false;
    }
    *out_end = at;
    return true;
}

bool json_token_number(struct json_tokens *tokens, struct json *out_value) {
    const unsigned char *end;
    bool is_integer;
    struct json value = { .type = JSON_INTEGER };

    if (!scan_number(tokens, &end, &is_integer))
        return false;
    struct text text = { (const char *)tokens->at, (size_t)(end - tokens->at) };
    if (!is_integer || !parse_int64(text, &value.integer)) {
        value.type = JSON_DOUBLE;
        if (!parse_double(text, &value.number))
            return json_token_fail(tokens, tokens->at, "the number is too large");
    }
    tokens->at = end;
    *out_value = value;
    return true;
}

/* ---- problems ---- */

/* The content is not quoted: it may be that of a Secret. */
bool json_token_report(const struct json_tokens *tokens, struct error *err) {
    unsigned line = 1, column = 1;

    for (const unsigned char *at = tokens->start; at < tokens->at; at++) {
        if (*at == '\n') {
            line++;
            column = 1;
        } else if ((*at & 0xc0) != 0x80) {
            column++;
        }
    }
    return error_set(err, ERROR_INVALID, "JSON, line %u, column %u: %s", line, column,
                     tokens->at == tokens->end ? "the text ends too early" : tokens->problem);
}
