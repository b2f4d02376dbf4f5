/* The content of string and bytes literals: quotes, the prefixes r and b, and escapes.
 * Source: the CEL language definition, "String and Bytes Values"; parser/unescape.go of cel-go. */
#include "cel/lexer.h"

#include "base/buffer.h"
#include "cel/utf8.h"

#include <ctype.h>

static const struct {
    char letter, meaning;
} simple_escapes[] = {
    { 'a', '\a' }, { 'b', '\b' },  { 'f', '\f' }, { 'n', '\n' }, { 'r', '\r' },  { 't', '\t' },
    { 'v', '\v' }, { '\\', '\\' }, { '?', '?' },  { '"', '"' },  { '\'', '\'' }, { '`', '`' },
};

static bool take_digits(struct text *rest, unsigned count, unsigned base, uint32_t *out_number) {
    uint32_t number = 0;

    if (rest->length < count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        int character = tolower((unsigned char)rest->data[i]);
        unsigned digit = isdigit(character)                     ? (unsigned)(character - '0')
                         : character >= 'a' && character <= 'f' ? (unsigned)(character - 'a' + 10)
                                                                : 16;
        if (digit >= base)
            return false;
        number = number * base + digit;
    }
    *rest = (struct text){ rest->data + count, rest->length - count };
    *out_number = number;
    return true;
}

/* rest is behind the backslash. In bytes, octal and hexadecimal escapes are bytes; in strings, code points.
 */
static bool take_escape(struct text *rest, bool is_bytes, struct buffer *out, const char **out_why) {
    char letter = rest->length ? rest->data[0] : '\0';
    uint32_t number = 0;
    bool is_fine = true;

    *out_why = "the escape is not known";
    for (size_t i = 0; i < ARRAY_LENGTH(simple_escapes); i++)
        if (rest->length && simple_escapes[i].letter == letter) {
            buffer_add_char(out, simple_escapes[i].meaning);
            *rest = (struct text){ rest->data + 1, rest->length - 1 };
            return true;
        }
    if (letter >= '0' && letter <= '3') {
        is_fine = take_digits(rest, 3, 8, &number);
    } else if (letter && strchr("xXuU", letter)) {
        *rest = (struct text){ rest->data + 1, rest->length - 1 };
        if (is_bytes && (letter == 'u' || letter == 'U'))
            return false;
        is_fine = take_digits(rest, letter == 'u' ? 4 : letter == 'U' ? 8 : 2, 16, &number);
    } else {
        return false;
    }
    *out_why = "the escape is not a character";
    if (!is_fine || (!is_bytes && !cel_utf8_is_character(number)))
        return false;
    if (is_bytes)
        buffer_add_char(out, (char)number);
    else
        cel_utf8_add(out, number);
    return true;
}

bool cel_unquote(struct arena *arena, struct text literal, struct cel_value *out_value,
                 const char **out_why) {
    CLEANUP_BUFFER struct buffer content = { 0 };
    bool is_bytes = tolower((unsigned char)literal.data[0]) == 'b';
    size_t prefix = strcspn(literal.data, "\"'");
    bool is_raw = prefix > is_bytes;
    size_t quotes = literal.length >= prefix + 6 && literal.data[prefix + 1] == literal.data[prefix] &&
                            literal.data[prefix + 2] == literal.data[prefix]
                        ? 3
                        : 1;
    struct text rest = { literal.data + prefix + quotes, literal.length - prefix - 2 * quotes };

    while (rest.length) {
        char character = rest.data[0];
        rest = (struct text){ rest.data + 1, rest.length - 1 };
        if (character == '\r') {
            /* An end of line is a line feed, however the source writes it. */
            if (text_starts_with(rest, "\n"))
                rest = (struct text){ rest.data + 1, rest.length - 1 };
            buffer_add_char(&content, '\n');
        } else if (character != '\\' || is_raw) {
            buffer_add_char(&content, character);
        } else if (!take_escape(&rest, is_bytes, &content, out_why)) {
            return false;
        }
    }
    struct text copy = { arena_strndup(arena, buffer_string(&content), content.length), content.length };
    *out_value = is_bytes ? cel_from_bytes(copy) : cel_from_text(copy);
    return true;
}
