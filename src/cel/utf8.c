#include "cel/utf8.h"

enum { CHARACTERS_END = 0x110000, SURROGATES = 0xD800, SURROGATES_END = 0xE000 };

bool cel_utf8_is_character(uint32_t character) {
    return character < CHARACTERS_END && (character < SURROGATES || character >= SURROGATES_END);
}

void cel_utf8_add(struct buffer *out, uint32_t character) {
    ensure(cel_utf8_is_character(character));
    if (character < 0x80) {
        buffer_add_char(out, (char)character);
        return;
    }
    unsigned more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const uint8_t starts[] = { 0, 0xC0, 0xE0, 0xF0 };
    buffer_add_char(out, (char)(starts[more] | character >> (6 * more)));
    while (more--)
        buffer_add_char(out, (char)(0x80 | (character >> (6 * more) & 0x3F)));
}

uint32_t cel_utf8_take(struct text *text) {
    size_t length = utf8_character(*text);
    static const uint8_t masks[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };

    ensure(length > 0);
    uint32_t character = (uint8_t)text->data[0] & masks[length];
    for (size_t i = 1; i < length; i++)
        character = character << 6 | ((uint8_t)text->data[i] & 0x3F);
    *text = (struct text){ text->data + length, text->length - length };
    return character;
}

static bool is_start(char byte) {
    return ((unsigned char)byte & 0xC0) != 0x80;
}

size_t cel_utf8_count(struct text text) {
    size_t count = 0;

    for (size_t i = 0; i < text.length; i++)
        count += is_start(text.data[i]);
    return count;
}

size_t cel_utf8_offset(struct text text, size_t index) {
    size_t count = 0;

    for (size_t i = 0; i < text.length; i++)
        if (is_start(text.data[i]) && count++ == index)
            return i;
    ensure(count == index);
    return text.length;
}
