#include "cel/quote.h"

#include "cel/utf8.h"

/* Blanks, controls, marks of direction and private characters; characters that Unicode has not yet given out,
 * which Go escapes as well, are left as they are. */
static bool is_printable(uint32_t character) {
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        { 0x00, 0x1F },     { 0x7F, 0xA0 },     { 0xAD, 0xAD },     { 0x61C, 0x61C },      { 0x1680, 0x1680 },
        { 0x180E, 0x180E }, { 0x2000, 0x200F }, { 0x2028, 0x202F }, { 0x205F, 0x206F },    { 0x3000, 0x3000 },
        { 0xE000, 0xF8FF }, { 0xFEFF, 0xFEFF }, { 0xFFF0, 0xFFFB }, { 0xE0000, 0x10FFFF },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(hidden); i++)
        if (character >= hidden[i].first && character <= hidden[i].last)
            return false;
    return true;
}

void cel_quote_go(struct buffer *out, struct text text) {
    static const char characters[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";

    buffer_add_char(out, '"');
    while (text.length) {
        uint32_t character = cel_utf8_take(&text);
        const char *found = character && character < 0x80 ? strchr(characters, (int)character) : NULL;
        if (found)
            buffer_printf(out, "\\%c", letters[found - characters]);
        else if (is_printable(character))
            cel_utf8_add(out, character);
        else if (character < 0x80)
            buffer_printf(out, "\\x%02x", character);
        else
            buffer_printf(out, character < 0x10000 ? "\\u%04x" : "\\U%08x", character);
    }
    buffer_add_char(out, '"');
}
