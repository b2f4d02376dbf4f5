/* Packed text: a text that is part of the program and read once, kept in a tenth of its room (LZ4; made by
 * tools/pack.c). */
#pragma once

#include "base/arena.h"
#include "base/text.h"

struct packed_text {
    const unsigned char *bytes;
    size_t packed_length;
    size_t length; /* of the text */
};

/* The text, in arena, with a NUL behind it. */
struct text packed_text_unpack(struct arena *arena, const struct packed_text *packed);
