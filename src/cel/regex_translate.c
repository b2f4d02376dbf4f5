/* From RE2's words to PCRE2's.
 *
 * Most of the syntax is the same. What differs is translated: \z, \v, \s, octal numbers, (?P<name>…). What
 * only PCRE2 knows is refused, so that a definition is refused here that the API server refuses.
 * Source: regexp/syntax of Go, parse.go.
 */
#include "base/buffer.h"
#include "cel/regex.h"

#include <ctype.h>

struct translation {
    struct text rest;
    struct buffer *out;
    bool is_repeated;   /* what stands before is a repetition already */
    bool is_repeatable; /* there is something to repeat */
    struct error *err;
};

static bool fail(struct translation *translation, const char *why) {
    return error_set(translation->err, ERROR_INVALID, "Illegal regex: %s", why);
}

static char at(const struct translation *translation, size_t index) {
    return index < translation->rest.length ? translation->rest.data[index] : '\0';
}

static void skip(struct translation *translation, size_t length) {
    translation->rest.data += length;
    translation->rest.length -= length;
}

static void copy(struct translation *translation, size_t length) {
    buffer_add(translation->out, translation->rest.data, length);
    skip(translation, length);
}

static bool is_octal(char character) {
    return character >= '0' && character <= '7';
}

/* \012, \7 is a backreference; \x7f and \x{10ffff}. */
static bool translate_number(struct translation *translation) {
    size_t length = 1;

    if (is_octal(at(translation, 0))) {
        while (length < 3 && is_octal(at(translation, length)))
            length++;
        if (at(translation, 0) != '0' && length == 1)
            return fail(translation, "invalid escape sequence: backreferences are not known");
        unsigned number = 0;
        for (size_t i = 0; i < length; i++)
            number = number * 8 + (unsigned)(at(translation, i) - '0');
        buffer_printf(translation->out, "\\x{%x}", number);
        skip(translation, length);
        return true;
    }
    if (at(translation, 1) == '{') {
        for (length = 2; isxdigit((unsigned char)at(translation, length));)
            length++;
        if (length == 2 || at(translation, length) != '}')
            return fail(translation, "invalid escape sequence: \\x");
        length++;
    } else if (isxdigit((unsigned char)at(translation, 1)) && isxdigit((unsigned char)at(translation, 2))) {
        length = 3;
    } else {
        return fail(translation, "invalid escape sequence: \\x");
    }
    buffer_add_char(translation->out, '\\');
    copy(translation, length);
    return true;
}

/* \pL, \p{Greek}, \PL: the names are PCRE2's to know. */
static bool translate_property(struct translation *translation) {
    const char *end =
        at(translation, 1) == '{' ? memchr(translation->rest.data, '}', translation->rest.length) : NULL;
    size_t length = end ? (size_t)(end - translation->rest.data) + 1 : 2;

    if (length > translation->rest.length || (at(translation, 1) == '{' && !end))
        return fail(translation, "invalid character class range");
    buffer_add_char(translation->out, '\\');
    copy(translation, length);
    return true;
}

static const struct {
    char letter;
    const char *outside, *in_class; /* NULL: not known there */
} escapes[] = {
    { 'A', "(?:\\A)", NULL },
    { 'b', "(?:\\b)", NULL },
    { 'B', "(?:\\B)", NULL },
    { 'z', "(?:\\z)", NULL },
    { 'a', "\\x07", "\\x07" },
    { 'f', "\\f", "\\f" },
    { 'n', "\\n", "\\n" },
    { 'r', "\\r", "\\r" },
    { 't', "\\t", "\\t" },
    { 'v', "\\x0b", "\\x0b" },
    { 'd', "\\d", "\\d" },
    { 'D', "\\D", "\\D" },
    { 'w', "\\w", "\\w" },
    { 'W', "\\W", "\\W" },
    /* PCRE2 counts the vertical tab to the white space. */
    { 's', "[\\t\\n\\f\\r\\x20]", "\\t\\n\\f\\r\\x20" },
    { 'S', "[^\\t\\n\\f\\r\\x20]", "\\S\\x0b" },
};

/* Behind the backslash. */
static bool translate_escape(struct translation *translation, bool is_in_class) {
    char letter = at(translation, 0);

    if (is_octal(letter) || letter == 'x')
        return translate_number(translation);
    if (letter == 'p' || letter == 'P')
        return translate_property(translation);
    for (size_t i = 0; i < ARRAY_LENGTH(escapes); i++) {
        const char *meaning = is_in_class ? escapes[i].in_class : escapes[i].outside;
        if (translation->rest.length && escapes[i].letter == letter && meaning) {
            buffer_add_string(translation->out, meaning);
            skip(translation, 1);
            return true;
        }
    }
    if (!ispunct((unsigned char)letter))
        return fail(translation, "invalid escape sequence");
    if (letter != '_')
        buffer_add_char(translation->out, '\\');
    copy(translation, 1);
    return true;
}

/* Behind "\Q": everything up to "\E" stands for itself. */
static void translate_quoted(struct translation *translation) {
    while (translation->rest.length && !text_starts_with(translation->rest, "\\E")) {
        if (ispunct((unsigned char)at(translation, 0)) && at(translation, 0) != '_')
            buffer_add_char(translation->out, '\\');
        copy(translation, 1);
        translation->is_repeatable = true;
    }
    if (translation->rest.length)
        skip(translation, 2);
}

/* "[:alpha:]" within a class: its length, or 0. */
static size_t class_name_length(const struct translation *translation) {
    size_t length = 2;

    if (!text_starts_with(translation->rest, "[:"))
        return 0;
    while (isalpha((unsigned char)at(translation, length)) || at(translation, length) == '^')
        length++;
    return at(translation, length) == ':' && at(translation, length + 1) == ']' ? length + 2 : 0;
}

/* From "[" to "]". A "]" that comes first stands for itself. */
static bool translate_class(struct translation *translation) {
    copy(translation, at(translation, 1) == '^' ? 2 : 1);
    for (bool is_first = true; is_first || at(translation, 0) != ']'; is_first = false) {
        size_t name = class_name_length(translation);
        if (translation->rest.length == 0)
            return fail(translation, "missing closing ]");
        if (name) {
            copy(translation, name);
        } else if (at(translation, 0) == '\\') {
            skip(translation, 1);
            if (!translate_escape(translation, true))
                return false;
        } else {
            /* "[." and "[=" mean something to PCRE2 only. */
            if (at(translation, 0) == '[' || at(translation, 0) == ']')
                buffer_add_char(translation->out, '\\');
            copy(translation, 1);
        }
    }
    copy(translation, 1);
    return true;
}

/* "(": a group, a name for it, or flags. */
static bool translate_group(struct translation *translation) {
    size_t length = 2;

    if (at(translation, 1) == '*')
        return fail(translation, "missing argument to repetition operator: `*`");
    if (at(translation, 1) != '?') {
        copy(translation, 1);
        return true;
    }
    if (text_starts_with(translation->rest, "(?P<") ||
        (text_starts_with(translation->rest, "(?<") && at(translation, 3) != '=' &&
         at(translation, 3) != '!')) {
        for (length = at(translation, 2) == 'P' ? 4 : 3;
             isalnum((unsigned char)at(translation, length)) || at(translation, length) == '_';)
            length++;
        if (at(translation, length) != '>')
            return fail(translation, "invalid named capture");
        /* The names are of no use here, and PCRE2 has a limit for them. */
        buffer_add_char(translation->out, '(');
        skip(translation, length + 1);
        return true;
    }
    while (at(translation, length) && strchr("imsU-", at(translation, length)))
        length++;
    if (at(translation, length) != ':' && (at(translation, length) != ')' || length == 2))
        return fail(translation, "invalid or unsupported Perl syntax");
    copy(translation, length + 1);
    return true;
}

/* "{2}", "{2,}" or "{2,5}": its length, or 0 when the brace stands for itself. */
static size_t count_length(const struct translation *translation, int64_t *out_min, int64_t *out_max) {
    size_t length = 1, start = 1;

    while (isdigit((unsigned char)at(translation, length)))
        length++;
    if (length == start || length - start > 9 ||
        !parse_int64((struct text){ translation->rest.data + start, length - start }, out_min))
        return 0;
    *out_max = *out_min;
    if (at(translation, length) == ',') {
        start = ++length;
        while (isdigit((unsigned char)at(translation, length)))
            length++;
        if (length > start &&
            (length - start > 9 ||
             !parse_int64((struct text){ translation->rest.data + start, length - start }, out_max)))
            return 0;
    }
    return at(translation, length) == '}' ? length + 1 : 0;
}

static bool translate_repetition(struct translation *translation, bool *out_known) {
    int64_t min = 0, max = 0;
    char operator= at(translation, 0);
    size_t length = operator== '{' ? count_length(translation, &min, &max) : 1;

    *out_known = length > 0 && operator&& strchr("*+?{", operator);
    if (!*out_known)
        return true;
    if (!translation->is_repeatable)
        return fail(translation, "missing argument to repetition operator");
    if (translation->is_repeated)
        return fail(translation, "invalid nested repetition operator");
    if (min > CEL_REPEAT_MAX || max > CEL_REPEAT_MAX || min > max)
        return fail(translation, "invalid repeat count");
    copy(translation, length + (at(translation, length) == '?'));
    translation->is_repeated = true;
    return true;
}

static bool translate_one(struct translation *translation) {
    char character = at(translation, 0);
    bool is_repetition;

    if (!translate_repetition(translation, &is_repetition))
        return false;
    if (is_repetition)
        return true;
    translation->is_repeated = false;
    /* Nothing can be repeated behind "(" and "|". */
    translation->is_repeatable = character != '(' && character != '|';
    if (text_starts_with(translation->rest, "\\Q")) {
        skip(translation, 2);
        translation->is_repeatable = false;
        translate_quoted(translation);
        return true;
    }
    if (character == '\\') {
        skip(translation, 1);
        return translate_escape(translation, false);
    }
    if (character == '[')
        return translate_class(translation);
    if (character == '(')
        return translate_group(translation);
    /* RE2 repeats what has no width, too. */
    if (character == '^' || character == '$') {
        buffer_printf(translation->out, "(?:%c)", character);
        skip(translation, 1);
        return true;
    }
    /* A brace that is no count stands for itself. */
    if (character == '{')
        buffer_add_char(translation->out, '\\');
    copy(translation, 1);
    return true;
}

bool cel_pattern_translate(struct text source, struct buffer *out, struct error *err) {
    struct translation translation = { .rest = source, .out = out, .err = err };

    while (translation.rest.length)
        if (!translate_one(&translation))
            return false;
    return true;
}
