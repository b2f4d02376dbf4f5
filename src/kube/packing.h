/* Packing: many similar texts kept in little memory.
 *
 * A text is compressed with LZ4 against a dictionary, which is one of the texts themselves: objects of one
 * kind are alike, so a sibling of the dictionary takes a fifteenth of its text, and needs no second sibling
 * in memory to be read. A text that gains nothing is kept as it is. A dictionary lives as long as a text
 * packed with it. One packing belongs to one thread at a time, with all texts packed by it.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

enum { PACKING_DICTIONARY_BYTES_MAX = 16 * 1024 };

struct packing;
struct packed;

struct packing *packing_new(void);
/* All texts must have been freed. */
void packing_free(struct packing *packing);
DEFINE_CLEANUP(struct packing, packing_free);

struct packed *packing_pack(struct packing *packing, struct text text);
void packing_drop(struct packing *packing, struct packed *packed);
/* The text, in arena, with a NUL behind it. */
struct text packing_unpack(const struct packed *packed, struct arena *arena);

/* Length of the text. */
size_t packed_text_bytes(const struct packed *packed);
/* Memory that it holds by itself, and that all dictionaries hold. */
size_t packed_bytes(const struct packed *packed);
size_t packing_dictionary_bytes(const struct packing *packing);
