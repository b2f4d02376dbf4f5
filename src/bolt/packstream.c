/* Packing and unpacking.
 *
 * Markers: a high nibble for short strings, lists, maps and structures, with the length in the low one; else
 * a byte for the type, the length or number after it in as few of 1, 2, 4 or 8 bytes (big endian) as will do.
 * E0 and 16 bytes are a UUID: Neo4j 2026.08 sends it over Bolt 6.1, and over older versions a structure that
 * says so (BOLT_UNSUPPORTED) or a map.
 */
#include "bolt/packstream.h"

#include <endian.h>

enum marker {
    MARKER_TINY_STRING = 0x80,
    MARKER_TINY_LIST = 0x90,
    MARKER_TINY_MAP = 0xA0,
    MARKER_STRUCT = 0xB0,
    MARKER_NULL = 0xC0,
    MARKER_FLOAT = 0xC1,
    MARKER_FALSE = 0xC2,
    MARKER_TRUE = 0xC3,
    MARKER_INT_8 = 0xC8,
    MARKER_INT_16 = 0xC9,
    MARKER_INT_32 = 0xCA,
    MARKER_INT_64 = 0xCB,
    MARKER_BYTES_8 = 0xCC, /* and 16, 32 after it; the same for those below */
    MARKER_STRING_8 = 0xD0,
    MARKER_LIST_8 = 0xD4,
    MARKER_MAP_8 = 0xD8,
    MARKER_UUID = 0xE0,
    MARKER_NEGATIVE = 0xF0,
};
enum { INTEGER_TINY_MIN = -16 };

/* ---- packing ---- */

static void add_byte(struct buffer *out, uint8_t byte) {
    buffer_add(out, &byte, 1);
}

/* The low `bytes` bytes of value, big endian. */
static void add_big_endian(struct buffer *out, uint64_t value, size_t bytes) {
    uint64_t swapped = htobe64(value);

    buffer_add(out, (const char *)&swapped + sizeof(swapped) - bytes, bytes);
}

/* tiny: marker of the form with the length in its low nibble, 0: there is none. */
static void add_header(struct buffer *out, uint8_t tiny, uint8_t sized, size_t length) {
    ensure(length <= UINT32_MAX);
    if (tiny && length < 16) {
        add_byte(out, (uint8_t)(tiny | length));
    } else if (length <= UINT8_MAX) {
        add_byte(out, sized);
        add_big_endian(out, length, 1);
    } else if (length <= UINT16_MAX) {
        add_byte(out, sized + 1);
        add_big_endian(out, length, 2);
    } else {
        add_byte(out, sized + 2);
        add_big_endian(out, length, 4);
    }
}

void packstream_pack_null(struct buffer *out) {
    add_byte(out, MARKER_NULL);
}

void packstream_pack_bool(struct buffer *out, bool value) {
    add_byte(out, value ? MARKER_TRUE : MARKER_FALSE);
}

void packstream_pack_integer(struct buffer *out, int64_t integer) {
    if (integer >= INTEGER_TINY_MIN && integer <= INT8_MAX) {
        add_byte(out, (uint8_t)integer);
    } else if (integer >= INT8_MIN && integer <= INT8_MAX) {
        add_byte(out, MARKER_INT_8);
        add_big_endian(out, (uint64_t)integer, 1);
    } else if (integer >= INT16_MIN && integer <= INT16_MAX) {
        add_byte(out, MARKER_INT_16);
        add_big_endian(out, (uint64_t)integer, 2);
    } else if (integer >= INT32_MIN && integer <= INT32_MAX) {
        add_byte(out, MARKER_INT_32);
        add_big_endian(out, (uint64_t)integer, 4);
    } else {
        add_byte(out, MARKER_INT_64);
        add_big_endian(out, (uint64_t)integer, 8);
    }
}

static void pack_float(struct buffer *out, double number) {
    uint64_t bits = 0;

    memcpy(&bits, &number, sizeof(bits));
    add_byte(out, MARKER_FLOAT);
    add_big_endian(out, bits, 8);
}

void packstream_pack_string(struct buffer *out, struct text text) {
    add_header(out, MARKER_TINY_STRING, MARKER_STRING_8, text.length);
    buffer_add(out, text.data, text.length);
}

void packstream_pack_list_header(struct buffer *out, size_t length) {
    add_header(out, MARKER_TINY_LIST, MARKER_LIST_8, length);
}

void packstream_pack_map_header(struct buffer *out, size_t length) {
    add_header(out, MARKER_TINY_MAP, MARKER_MAP_8, length);
}

void packstream_pack_struct_header(struct buffer *out, uint8_t tag, size_t fields) {
    ensure(fields <= PACKSTREAM_FIELDS_MAX);
    add_byte(out, (uint8_t)(MARKER_STRUCT | fields));
    add_byte(out, tag);
}

static void pack(struct buffer *out, const struct bolt_value *value, unsigned depth);

static void pack_items(struct buffer *out, const struct bolt_value *list, unsigned depth) {
    for (uint32_t i = 0; i < list->length; i++)
        pack(out, &list->items[i], depth);
}

static void pack_members(struct buffer *out, const struct bolt_value *map, unsigned depth) {
    BOLT_FOR_EACH_MEMBER(member, map) {
        packstream_pack_string(out, (struct text){ member->key, member->key_length });
        pack(out, &member->value, depth);
    }
}

static void pack(struct buffer *out, const struct bolt_value *value, unsigned depth) {
    ensure(depth <= PACKSTREAM_PACK_DEPTH_MAX);
    switch (value->type) {
    case BOLT_NULL:
        packstream_pack_null(out);
        break;
    case BOLT_BOOL:
        packstream_pack_bool(out, value->boolean);
        break;
    case BOLT_INTEGER:
        packstream_pack_integer(out, value->integer);
        break;
    case BOLT_FLOAT:
        pack_float(out, value->number);
        break;
    case BOLT_BYTES:
        add_header(out, 0, MARKER_BYTES_8, value->length);
        buffer_add(out, value->string, value->length);
        break;
    case BOLT_STRING:
        packstream_pack_string(out, bolt_text(value));
        break;
    case BOLT_LIST:
        packstream_pack_list_header(out, value->length);
        pack_items(out, value, depth + 1);
        break;
    case BOLT_MAP:
        packstream_pack_map_header(out, value->length);
        pack_members(out, value, depth + 1);
        break;
    case BOLT_STRUCT:
        packstream_pack_struct_header(out, value->tag, value->length);
        pack_items(out, value, depth + 1);
        break;
    case BOLT_UUID:
        ensure(value->length == BOLT_UUID_BYTES);
        add_byte(out, MARKER_UUID);
        buffer_add(out, value->string, value->length);
        break;
    }
}

void packstream_pack(struct buffer *out, const struct bolt_value *value) {
    if (value)
        pack(out, value, 0);
    else
        packstream_pack_null(out);
}

/* ---- unpacking ---- */

struct unpacker {
    struct arena *arena;
    struct text *rest;
    size_t values_left;
    unsigned depth;
    struct error *err;
};

static bool unpack(struct unpacker *unpacker, struct bolt_value *out_value);

static bool truncated(struct unpacker *unpacker) {
    return error_set(unpacker->err, ERROR_PROTOCOL, "PackStream: the message ends inside a value");
}

static bool take_big_endian(struct unpacker *unpacker, size_t bytes, uint64_t *out_value) {
    uint64_t value = 0;

    if (unpacker->rest->length < bytes)
        return truncated(unpacker);
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (uint8_t)unpacker->rest->data[i];
    unpacker->rest->data += bytes;
    unpacker->rest->length -= bytes;
    *out_value = value;
    return true;
}

static bool unpack_integer(struct unpacker *unpacker, size_t bytes, struct bolt_value *out_value) {
    uint64_t bits = 0;

    if (!take_big_endian(unpacker, bytes, &bits))
        return false;
    /* The sign is moved to bit 63 and back down, which copies it into all bits above the number. */
    unsigned shift = (unsigned)(64 - 8 * bytes);
    *out_value = (struct bolt_value){ .type = BOLT_INTEGER, .integer = (int64_t)(bits << shift) >> shift };
    return true;
}

static bool unpack_float(struct unpacker *unpacker, struct bolt_value *out_value) {
    uint64_t bits = 0;

    if (!take_big_endian(unpacker, 8, &bits))
        return false;
    *out_value = (struct bolt_value){ .type = BOLT_FLOAT };
    memcpy(&out_value->number, &bits, sizeof(bits));
    return true;
}

static bool unpack_bytes(struct unpacker *unpacker, enum bolt_type type, size_t length,
                         struct bolt_value *out_value) {
    struct text *rest = unpacker->rest;

    if (rest->length < length)
        return truncated(unpacker);
    if (type == BOLT_STRING && !text_is_utf8((struct text){ rest->data, length }))
        return error_set(unpacker->err, ERROR_PROTOCOL, "PackStream: a string is not UTF-8");
    *out_value = (struct bolt_value){
        .type = type,
        .length = (uint32_t)length,
        .string = arena_strndup(unpacker->arena, rest->data, length),
    };
    rest->data += length;
    rest->length -= length;
    return true;
}

/* Each child is at least bytes_min long: what is not there need not be allocated. */
static bool enter(struct unpacker *unpacker, size_t length, size_t bytes_min) {
    if (length > unpacker->rest->length / bytes_min)
        return truncated(unpacker);
    if (length > unpacker->values_left)
        return error_set(unpacker->err, ERROR_PROTOCOL, "PackStream: more than %d values in a message",
                         PACKSTREAM_VALUES_MAX);
    if (unpacker->depth == PACKSTREAM_DEPTH_MAX)
        return error_set(unpacker->err, ERROR_PROTOCOL, "PackStream: values nest deeper than %d",
                         PACKSTREAM_DEPTH_MAX);
    unpacker->values_left -= length;
    unpacker->depth++;
    return true;
}

static bool unpack_items(struct unpacker *unpacker, enum bolt_type type, uint8_t tag, size_t length,
                         struct bolt_value *out_value) {
    if (!enter(unpacker, length, 1))
        return false;
    struct bolt_value list = {
        .type = type,
        .tag = tag,
        .length = (uint32_t)length,
        .items = ARENA_ARRAY(unpacker->arena, struct bolt_value, length),
    };
    for (size_t i = 0; i < length; i++)
        if (!unpack(unpacker, &list.items[i]))
            return false;
    unpacker->depth--;
    *out_value = list;
    return true;
}

static bool unpack_members(struct unpacker *unpacker, size_t length, struct bolt_value *out_value) {
    if (!enter(unpacker, length, 2))
        return false;
    struct bolt_value map = {
        .type = BOLT_MAP,
        .length = (uint32_t)length,
        .members = ARENA_ARRAY(unpacker->arena, struct bolt_member, length),
    };
    for (size_t i = 0; i < length; i++) {
        struct bolt_member *member = &map.members[i];
        struct bolt_value key;
        if (!unpack(unpacker, &key))
            return false;
        if (key.type != BOLT_STRING)
            return error_set(unpacker->err, ERROR_PROTOCOL, "PackStream: the key of a map is not a string");
        member->key = key.string;
        member->key_length = key.length;
        if (!unpack(unpacker, &member->value))
            return false;
    }
    unpacker->depth--;
    *out_value = map;
    return true;
}

static bool unpack_struct(struct unpacker *unpacker, size_t fields, struct bolt_value *out_value) {
    uint64_t tag = 0;

    return take_big_endian(unpacker, 1, &tag) &&
           unpack_items(unpacker, BOLT_STRUCT, (uint8_t)tag, fields, out_value);
}

static bool unpack_with_length(struct unpacker *unpacker, uint8_t marker, size_t length,
                               struct bolt_value *out_value) {
    if (marker < MARKER_STRING_8)
        return unpack_bytes(unpacker, BOLT_BYTES, length, out_value);
    if (marker < MARKER_LIST_8)
        return unpack_bytes(unpacker, BOLT_STRING, length, out_value);
    if (marker < MARKER_MAP_8)
        return unpack_items(unpacker, BOLT_LIST, 0, length, out_value);
    return unpack_members(unpacker, length, out_value);
}

/* Markers from BYTES_8 to MAP_32: in groups of four, the last of which is not used; two low bits say how many
 * bytes the length has. */
static bool is_sized(uint8_t marker) {
    return marker >= MARKER_BYTES_8 && marker < MARKER_MAP_8 + 3 && (marker & 3) != 3;
}

static bool unpack_sized(struct unpacker *unpacker, uint8_t marker, struct bolt_value *out_value) {
    uint64_t length = 0;

    return take_big_endian(unpacker, (size_t)1 << (marker & 3), &length) &&
           unpack_with_length(unpacker, marker, length, out_value);
}

static bool unpack_plain(struct unpacker *unpacker, uint8_t marker, struct bolt_value *out_value) {
    if (marker == MARKER_NULL)
        *out_value = (struct bolt_value){ .type = BOLT_NULL };
    else if (marker == MARKER_FALSE || marker == MARKER_TRUE)
        *out_value = (struct bolt_value){ .type = BOLT_BOOL, .boolean = marker == MARKER_TRUE };
    else if (marker == MARKER_FLOAT)
        return unpack_float(unpacker, out_value);
    else if (marker == MARKER_UUID)
        return unpack_bytes(unpacker, BOLT_UUID, BOLT_UUID_BYTES, out_value);
    else if (marker >= MARKER_INT_8 && marker <= MARKER_INT_64)
        return unpack_integer(unpacker, (size_t)1 << (marker - MARKER_INT_8), out_value);
    else
        return error_set(unpacker->err, ERROR_PROTOCOL, "PackStream: no value begins with byte %02X", marker);
    return true;
}

static bool unpack(struct unpacker *unpacker, struct bolt_value *out_value) {
    uint64_t byte = 0;

    if (!take_big_endian(unpacker, 1, &byte))
        return false;
    uint8_t marker = (uint8_t)byte;
    size_t low = marker & 0x0F;
    if (marker < MARKER_TINY_STRING || marker >= MARKER_NEGATIVE) {
        *out_value = (struct bolt_value){ .type = BOLT_INTEGER, .integer = (int8_t)marker };
        return true;
    }
    if (marker < MARKER_TINY_LIST)
        return unpack_bytes(unpacker, BOLT_STRING, low, out_value);
    if (marker < MARKER_TINY_MAP)
        return unpack_items(unpacker, BOLT_LIST, 0, low, out_value);
    if (marker < MARKER_STRUCT)
        return unpack_members(unpacker, low, out_value);
    if (marker < MARKER_NULL)
        return unpack_struct(unpacker, low, out_value);
    return is_sized(marker) ? unpack_sized(unpacker, marker, out_value)
                            : unpack_plain(unpacker, marker, out_value);
}

bool packstream_unpack(struct arena *arena, struct text *rest, struct bolt_value **out_value,
                       struct error *err) {
    struct unpacker unpacker = {
        .arena = arena, .rest = rest, .values_left = PACKSTREAM_VALUES_MAX, .err = err
    };
    struct bolt_value value;

    if (!unpack(&unpacker, &value))
        return false;
    *out_value = ARENA_NEW(arena, struct bolt_value);
    **out_value = value;
    return true;
}
