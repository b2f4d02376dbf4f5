/* PackStream: Bolt values as bytes.
 *
 * Packing always takes the shortest form. Unpacking accepts every form, and nothing that could make it use
 * more memory or stack than the limits below: lengths are held against the bytes that are there before
 * anything is allocated. Source: Neo4j Bolt documentation, PackStream version 1.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "bolt/value.h"

/* Lists, maps and structures inside one another: what is read, and what is written. More is written than is
 * read, so that what was read can be sent back inside of something else. */
enum { PACKSTREAM_DEPTH_MAX = 100, PACKSTREAM_PACK_DEPTH_MAX = 2 * PACKSTREAM_DEPTH_MAX };
/* Values in one message, all levels together: 1 Mi, 16 to 64 MiB of memory. */
enum { PACKSTREAM_VALUES_MAX = 1024 * 1024 };
enum { PACKSTREAM_FIELDS_MAX = 15 };

/* NULL packs as null. Values deeper than PACKSTREAM_PACK_DEPTH_MAX are our own mistake. */
void packstream_pack(struct buffer *out, const struct bolt_value *value);

/* Pieces, for what must not become a value first (secrets) or is long: a header, then its children. */
void packstream_pack_null(struct buffer *out);
void packstream_pack_bool(struct buffer *out, bool value);
void packstream_pack_integer(struct buffer *out, int64_t integer);
void packstream_pack_string(struct buffer *out, struct text text);
void packstream_pack_list_header(struct buffer *out, size_t length);
void packstream_pack_map_header(struct buffer *out, size_t length);
void packstream_pack_struct_header(struct buffer *out, uint8_t tag, size_t fields);

/* Cuts one value off *rest: *out_value in arena. On failure (ERROR_PROTOCOL) *rest is where it went wrong. */
CHECKED bool packstream_unpack(struct arena *arena, struct text *rest, struct bolt_value **out_value,
                               struct error *err);
