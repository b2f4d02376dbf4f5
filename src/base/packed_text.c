#include "base/packed_text.h"

#include <lz4.h>

struct text packed_text_unpack(struct arena *arena, const struct packed_text *packed) {
    char *text = arena_alloc_bytes(arena, packed->length + 1);
    int length = LZ4_decompress_safe((const char *)packed->bytes, text, (int)packed->packed_length,
                                     (int)packed->length);

    ensure(length >= 0 && (size_t)length == packed->length);
    text[length] = '\0';
    return (struct text){ text, packed->length };
}
