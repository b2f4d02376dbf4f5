/* Characters of strings: CEL counts and cuts by code points. Strings are well-formed UTF-8. */
#pragma once

#include "base/buffer.h"

/* Below 0x110000 and no surrogate. */
bool cel_utf8_is_character(uint32_t character);
/* character is one. */
void cel_utf8_add(struct buffer *out, uint32_t character);
/* Takes the first character; text is not empty. */
uint32_t cel_utf8_take(struct text *text);
size_t cel_utf8_count(struct text text);
/* The byte at which the character of that index begins; the length of the text when it is just behind the
 * last. */
size_t cel_utf8_offset(struct text text, size_t index);
