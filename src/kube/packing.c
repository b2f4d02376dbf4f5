#include "kube/packing.h"

#include <lz4.h>
#include <string.h>

struct dictionary {
    size_t references;
    size_t length;
    char bytes[];
};

struct packed {
    struct dictionary *dictionary; /* NULL: the bytes are the text */
    uint32_t text_length;
    uint32_t length;
    char bytes[];
};

struct packing {
    struct dictionary *dictionary; /* for what is packed next; NULL before the first text */
    LZ4_stream_t *stream;
    char *output; /* grown to the largest bound so far, at most for a text of PACKED_TEXT_BYTES_MAX */
    size_t output_size;
    size_t dictionary_bytes;
};

enum {
    /* Below this, compressing gains less than its bookkeeping. */
    PACKED_TEXT_BYTES_MIN = 128,
    /* Above this a text is kept as it is, so that no output buffer stays large. etcd stores at most 1.5 MiB.
     */
    PACKED_TEXT_BYTES_MAX = 4 * 1024 * 1024,
};

static void dictionary_unref(struct packing *packing, struct dictionary *dictionary) {
    if (!dictionary || --dictionary->references)
        return;
    packing->dictionary_bytes -= sizeof(*dictionary) + dictionary->length;
    free(dictionary);
}

static void dictionary_adopt(struct packing *packing, struct text text) {
    size_t length =
        text.length < PACKING_DICTIONARY_BYTES_MAX ? text.length : (size_t)PACKING_DICTIONARY_BYTES_MAX;
    struct dictionary *dictionary = xcalloc(1, sizeof(*dictionary) + length);

    dictionary->references = 1;
    dictionary->length = length;
    memcpy(dictionary->bytes, text.data, length);
    packing->dictionary_bytes += sizeof(*dictionary) + length;
    dictionary_unref(packing, packing->dictionary);
    packing->dictionary = dictionary;
}

struct packing *packing_new(void) {
    struct packing *packing = XNEW(struct packing);

    packing->stream = LZ4_createStream();
    ensure(packing->stream);
    return packing;
}

void packing_free(struct packing *packing) {
    if (!packing)
        return;
    dictionary_unref(packing, packing->dictionary);
    ensure(packing->dictionary_bytes == 0);
    (void)LZ4_freeStream(packing->stream);
    free(packing->output);
    free(packing);
}

static struct packed *make_packed(struct dictionary *dictionary, size_t text_length, const char *bytes,
                                  size_t length) {
    struct packed *packed = xmalloc(sizeof(*packed) + length);

    ensure(text_length <= UINT32_MAX && length <= UINT32_MAX);
    packed->dictionary = dictionary;
    packed->text_length = (uint32_t)text_length;
    packed->length = (uint32_t)length;
    memcpy(packed->bytes, bytes, length);
    if (dictionary)
        dictionary->references++;
    return packed;
}

/* Compresses into packing->output; the length, at most that of text, is what is packed. */
static size_t compress(struct packing *packing, struct text text) {
    size_t bound = (size_t)LZ4_compressBound((int)text.length);
    int length;

    if (packing->output_size < bound) {
        packing->output = xrealloc(packing->output, bound);
        packing->output_size = bound;
    }
    (void)LZ4_loadDict(packing->stream, packing->dictionary->bytes, (int)packing->dictionary->length);
    length = LZ4_compress_fast_continue(packing->stream, text.data, packing->output, (int)text.length,
                                        (int)packing->output_size, 1);
    ensure(length > 0);
    return (size_t)length;
}

/* The first text of a kind is often an object that has only just been made, without a status. So a text that
 * the dictionary serves badly and that is clearly longer takes its place; that happens a few times at most.
 */
static bool is_better_dictionary(const struct packing *packing, struct text text, size_t packed_length) {
    size_t present = packing->dictionary->length;

    return packed_length > text.length / 4 && present < PACKING_DICTIONARY_BYTES_MAX &&
           text.length > present + present / 4;
}

struct packed *packing_pack(struct packing *packing, struct text text) {
    size_t length;

    if (text.length < PACKED_TEXT_BYTES_MIN || text.length > PACKED_TEXT_BYTES_MAX)
        return make_packed(NULL, text.length, text.data, text.length);
    if (!packing->dictionary)
        dictionary_adopt(packing, text);
    length = compress(packing, text);
    if (is_better_dictionary(packing, text, length)) {
        dictionary_adopt(packing, text);
        length = compress(packing, text);
    }
    if (length >= text.length)
        return make_packed(NULL, text.length, text.data, text.length);
    return make_packed(packing->dictionary, text.length, packing->output, length);
}

void packing_drop(struct packing *packing, struct packed *packed) {
    if (!packed)
        return;
    dictionary_unref(packing, packed->dictionary);
    free(packed);
}

struct text packing_unpack(const struct packed *packed, struct arena *arena) {
    char *text = arena_alloc(arena, (size_t)packed->text_length + 1);
    int length;

    if (!packed->dictionary) {
        memcpy(text, packed->bytes, packed->length);
        return (struct text){ text, packed->length };
    }
    length = LZ4_decompress_safe_usingDict(packed->bytes, text, (int)packed->length, (int)packed->text_length,
                                           packed->dictionary->bytes, (int)packed->dictionary->length);
    ensure(length == (int)packed->text_length);
    return (struct text){ text, packed->text_length };
}

size_t packed_text_bytes(const struct packed *packed) {
    return packed->text_length;
}

size_t packed_bytes(const struct packed *packed) {
    return sizeof(*packed) + packed->length;
}

size_t packing_dictionary_bytes(const struct packing *packing) {
    return packing->dictionary_bytes;
}
