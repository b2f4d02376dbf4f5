#include "test.h"

#include "base/buffer.h"
#include "kube/packing.h"

/* A text of about length bytes, of its own or like those of the same family. */
static struct text make_text(struct arena *arena, int family, int number, size_t length) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    for (int i = 0; text.length < length; i++)
        buffer_printf(&text, "%d-%x ", i % 50 == 0 ? number : i,
                      (unsigned)i * 2654435761u * (unsigned)family);
    return (struct text){ arena_strndup(arena, text.data, length), length };
}

TEST("gives back every text as it was, of any length") {
    static const size_t lengths[] = { 0, 1, 127, 128, 129, 4096, 16384, 16385, 70000, 4194304, 4194305 };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(packing_free) struct packing *packing = packing_new();
    struct packed *packed[ARRAY_LENGTH(lengths)];

    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++)
        packed[i] = packing_pack(packing, make_text(arena, 1, (int)i, lengths[i]));
    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
        struct text text = packing_unpack(packed[i], arena);
        assert_int_equal(packed_text_bytes(packed[i]), lengths[i]);
        assert_true(text_equal(text, make_text(arena, 1, (int)i, lengths[i])));
        assert_int_equal(text.data[text.length], '\0');
        packing_drop(packing, packed[i]);
    }
}

TEST("needs little memory for siblings of a text") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(packing_free) struct packing *packing = packing_new();
    struct packed *first = packing_pack(packing, make_text(arena, 1, 1, 4000));
    struct packed *sibling = packing_pack(packing, make_text(arena, 1, 2, 4000));
    struct packed *stranger = packing_pack(packing, make_text(arena, 7, 1, 4000));

    assert_in_range(packed_bytes(sibling), 1, 600);
    assert_in_range(packed_bytes(stranger), 2000, 5000);
    packing_drop(packing, first);
    assert_true(text_equal(packing_unpack(sibling, arena), make_text(arena, 1, 2, 4000)));
    packing_drop(packing, sibling);
    packing_drop(packing, stranger);
}

TEST("takes a better dictionary when objects have grown, and drops the old one with its last text") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(packing_free) struct packing *packing = packing_new();
    struct packed *young = packing_pack(packing, make_text(arena, 1, 1, 300));
    size_t small = packing_dictionary_bytes(packing);
    struct packed *grown = packing_pack(packing, make_text(arena, 1, 1, 6000));

    assert_in_range(small, 300, 400);
    assert_in_range(packing_dictionary_bytes(packing), 6000 + small, 6100 + small);
    assert_true(text_equal(packing_unpack(young, arena), make_text(arena, 1, 1, 300)));
    packing_drop(packing, young);
    assert_in_range(packing_dictionary_bytes(packing), 6000, 6100);
    packing_drop(packing, grown);
}
