#include "test.h"

#include "bolt/packstream.h"

#include <math.h>
#include <stdio.h>

/* "C9 01 00" → bytes. */
static struct text from_hex(struct arena *arena, const char *hex) {
    char *bytes = arena_alloc(arena, strlen(hex));
    size_t length = 0;

    for (unsigned byte; *hex && sscanf(hex, "%2x", &byte) == 1; hex += hex[2] ? 3 : 2)
        bytes[length++] = (char)byte;
    return (struct text){ bytes, length };
}

static char *to_hex(struct arena *arena, struct text bytes) {
    char *hex = arena_alloc(arena, bytes.length * 3 + 1);

    for (size_t i = 0; i < bytes.length; i++)
        snprintf(hex + 3 * i, 4, "%02X ", (unsigned char)bytes.data[i]);
    if (bytes.length)
        hex[bytes.length * 3 - 1] = '\0';
    return hex;
}

static void assert_packs(struct arena *arena, const struct bolt_value *value, const char *hex) {
    CLEANUP_BUFFER struct buffer packed = { 0 };
    struct error err = { 0 };
    struct bolt_value *back = NULL;

    packstream_pack(&packed, value);
    assert_string_equal(to_hex(arena, buffer_text(&packed)), hex);
    struct text rest = buffer_text(&packed);
    if (!packstream_unpack(arena, &rest, &back, &err))
        fail_msg("%s: %s", hex, err.text);
    assert_int_equal(rest.length, 0);
    assert_true(bolt_equal(value, back));
}

TEST("packs integers into the fewest bytes, on both sides of each border") {
    static const struct {
        int64_t integer;
        const char *hex;
    } rows[] = {
        { 0, "00" },
        { 1, "01" },
        { 127, "7F" },
        { 128, "C9 00 80" },
        { -1, "FF" },
        { -16, "F0" },
        { -17, "C8 EF" },
        { -128, "C8 80" },
        { -129, "C9 FF 7F" },
        { 32767, "C9 7F FF" },
        { 32768, "CA 00 00 80 00" },
        { -32768, "C9 80 00" },
        { -32769, "CA FF FF 7F FF" },
        { 2147483647, "CA 7F FF FF FF" },
        { 2147483648, "CB 00 00 00 00 80 00 00 00" },
        { -2147483648, "CA 80 00 00 00" },
        { -2147483649, "CB FF FF FF FF 7F FF FF FF" },
        { INT64_MAX, "CB 7F FF FF FF FF FF FF FF" },
        { INT64_MIN, "CB 80 00 00 00 00 00 00 00" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        assert_packs(arena, bolt_new_integer(arena, rows[i].integer), rows[i].hex);
    }
}

TEST("packs each type with the documented bytes") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *list = bolt_new_list(arena);
    struct bolt_value *map = bolt_new_map(arena);
    struct bolt_value *node = bolt_new_struct(arena, BOLT_NODE);

    assert_packs(arena, NULL, "C0");
    assert_packs(arena, bolt_new_null(arena), "C0");
    assert_packs(arena, bolt_new_bool(arena, false), "C2");
    assert_packs(arena, bolt_new_bool(arena, true), "C3");
    assert_packs(arena, bolt_new_float(arena, 1.23), "C1 3F F3 AE 14 7A E1 47 AE");
    assert_packs(arena, bolt_new_float(arena, -0.5), "C1 BF E0 00 00 00 00 00 00");
    assert_packs(arena, bolt_new_bytes(arena, "\x00\x01\xff", 3), "CC 03 00 01 FF");
    assert_packs(arena, bolt_new_bytes(arena, NULL, 0), "CC 00");
    assert_packs(arena, bolt_new_string(arena, ""), "80");
    assert_packs(arena, bolt_new_string(arena, "A"), "81 41");
    assert_packs(arena, bolt_new_string(arena, "Größe"), "87 47 72 C3 B6 C3 9F 65");
    assert_packs(arena, bolt_new_string(arena, "ABCDEFGHIJKLMNOP"),
                 "D0 10 41 42 43 44 45 46 47 48 49 4A 4B 4C 4D 4E 4F 50");
    assert_packs(arena, list, "90");
    assert_packs(arena, map, "A0");
    bolt_append(arena, list, bolt_new_integer(arena, 1));
    bolt_append_string(arena, list, "x");
    bolt_append(arena, list, NULL);
    assert_packs(arena, list, "93 01 81 78 C0");
    bolt_set_integer(arena, map, "one", 1);
    assert_packs(arena, map, "A1 83 6F 6E 65 01");
    bolt_append(arena, node, bolt_new_integer(arena, 3));
    bolt_append(arena, node, list);
    bolt_append(arena, node, map);
    assert_packs(arena, node, "B3 4E 03 93 01 81 78 C0 A1 83 6F 6E 65 01");
    assert_packs(arena, bolt_new_duration(arena, 1, 2, 3, 4), "B4 45 01 02 03 04");
}

TEST("packs lengths into 4 bits, 8, 16 or 32, on both sides of each border") {
    static const struct {
        size_t length;
        const char *string;
        const char *bytes;
        const char *list;
    } rows[] = {
        { 15, "8F", "CC 0F", "9F" },
        { 16, "D0 10", "CC 10", "D4 10" },
        { 255, "D0 FF", "CC FF", "D4 FF" },
        { 256, "D1 01 00", "CD 01 00", "D5 01 00" },
        { 65535, "D1 FF FF", "CD FF FF", "D5 FF FF" },
        { 65536, "D2 00 01 00 00", "CE 00 01 00 00", "D6 00 01 00 00" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        size_t length = rows[i].length;
        char *letters = arena_alloc(arena, length + 1);
        memset(letters, 'a', length);
        struct bolt_value *list = bolt_new_list(arena);
        for (size_t j = 0; j < length; j++)
            bolt_append(arena, list, bolt_new_integer(arena, 7));
        const struct bolt_value *const values[] = { bolt_new_string(arena, letters),
                                                    bolt_new_bytes(arena, letters, length), list };
        const char *const headers[] = { rows[i].string, rows[i].bytes, rows[i].list };
        for (size_t j = 0; j < ARRAY_LENGTH(values); j++) {
            CLEANUP_BUFFER struct buffer packed = { 0 };
            struct bolt_value *back;
            packstream_pack(&packed, values[j]);
            struct text rest = buffer_text(&packed);
            size_t header = rest.length - length;
            assert_string_equal(to_hex(arena, (struct text){ rest.data, header }), headers[j]);
            assert_true(packstream_unpack(arena, &rest, &back, NULL));
            assert_true(bolt_equal(values[j], back));
        }
    }
}

TEST("packs maps of each size, and reads them back in their order") {
    static const size_t lengths[] = { 15, 16, 255, 256, 1000 };

    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer packed = { 0 };
        struct bolt_value *map = bolt_new_map(arena);
        struct bolt_value *back;
        for (size_t j = 0; j < lengths[i]; j++)
            bolt_set_integer(arena, map, arena_printf(arena, "key%zu", j), (int64_t)j);
        packstream_pack(&packed, map);
        struct text rest = buffer_text(&packed);
        assert_true(packstream_unpack(arena, &rest, &back, NULL));
        assert_true(bolt_equal(map, back));
        assert_int_equal(back->length, lengths[i]);
        assert_string_equal(back->members[lengths[i] - 1].key, arena_printf(arena, "key%zu", lengths[i] - 1));
    }
}

TEST("reads every form of a number and of a length, also longer than needed") {
    static const struct {
        const char *hex;
        const char *shortest;
    } rows[] = {
        { "C8 01", "01" },
        { "CB 00 00 00 00 00 00 00 01", "01" },
        { "C8 FF", "FF" },
        { "CB FF FF FF FF FF FF FF FF", "FF" },
        { "D0 01 41", "81 41" },
        { "D2 00 00 00 01 41", "81 41" },
        { "D4 00", "90" },
        { "D6 00 00 00 01 C0", "91 C0" },
        { "D8 01 81 61 01", "A1 81 61 01" },
        { "D9 00 00", "A0" },
        { "CE 00 00 00 01 00", "CC 01 00" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer packed = { 0 };
        struct text rest = from_hex(arena, rows[i].hex);
        struct bolt_value *value;
        assert_true(packstream_unpack(arena, &rest, &value, NULL));
        packstream_pack(&packed, value);
        assert_string_equal(to_hex(arena, buffer_text(&packed)), rows[i].shortest);
    }
}

TEST("leaves what follows a value alone") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text rest = from_hex(arena, "01 02");
    struct bolt_value *value;

    assert_true(packstream_unpack(arena, &rest, &value, NULL));
    assert_int_equal(bolt_integer(value, 0), 1);
    assert_int_equal(rest.length, 1);
}

TEST("refuses bytes that are no value, and says why") {
    static const struct {
        const char *when;
        const char *hex;
        const char *says;
    } rows[] = {
        { "nothing", "", "ends inside" },
        { "number cut off", "C9 01", "ends inside" },
        { "float cut off", "C1 00 00", "ends inside" },
        { "string cut off", "85 41", "ends inside" },
        { "list longer than the message", "D6 FF FF FF FF C0", "ends inside" },
        { "map longer than the message", "DA FF FF FF FF 80 C0", "ends inside" },
        { "map without a value", "A1 81 61", "ends inside" },
        { "structure without a tag", "B0", "ends inside" },
        { "key of a map is a number", "A1 01 01", "not a string" },
        { "not UTF-8", "81 FF", "not UTF-8" },
        { "unused marker C4", "C4", "byte C4" },
        { "unused marker CF", "CF", "byte CF" },
        { "unused marker D3", "D3", "byte D3" },
        { "unused marker D7", "D7", "byte D7" },
        { "unused marker DB", "DB", "byte DB" },
        { "unused marker EF", "EF", "byte EF" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct text rest = from_hex(arena, rows[i].hex);
        struct bolt_value *value = NULL;
        struct error err = { 0 };
        if (packstream_unpack(arena, &rest, &value, &err))
            fail_msg("%s: was read", rows[i].when);
        assert_null(value);
        assert_int_equal(err.kind, ERROR_PROTOCOL);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: says '%s'", rows[i].when, err.text);
    }
}

TEST("reads lists nested to the limit, and refuses one level more") {
    for (int more = 0; more < 2; more++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        char nested[PACKSTREAM_DEPTH_MAX + 1];
        struct text rest = { nested, (size_t)PACKSTREAM_DEPTH_MAX + more };
        struct bolt_value *value;
        struct error err = { 0 };
        memset(nested, 0x91, sizeof(nested));
        nested[PACKSTREAM_DEPTH_MAX - 1 + more] = (char)0x90;
        assert_int_equal(packstream_unpack(arena, &rest, &value, &err), !more);
        if (more)
            assert_non_null(strstr(err.text, "deeper than 100"));
    }
}

TEST("writes what it read inside of something else, also at the limit of depth") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer packed = { 0 };
    char nested[PACKSTREAM_DEPTH_MAX];
    struct text rest = { nested, sizeof(nested) };
    struct bolt_value *value;

    memset(nested, 0x91, sizeof(nested));
    nested[sizeof(nested) - 1] = (char)0x90;
    assert_true(packstream_unpack(arena, &rest, &value, NULL));
    struct bolt_value *list = bolt_new_list(arena);
    bolt_append(arena, list, value);
    packstream_pack(&packed, list);
    assert_int_equal(packed.length, PACKSTREAM_DEPTH_MAX + 1);
}

TEST("refuses a message of more values than the limit before it allocates them") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    size_t count = (size_t)PACKSTREAM_VALUES_MAX + 1;
    CLEANUP_FREE char *bytes = xmalloc(count + 5);
    struct text rest = { bytes, count + 5 };
    struct bolt_value *value;
    struct error err = { 0 };

    memset(bytes, 0xC0, count + 5);
    memcpy(bytes, "\xD6\x00\x10\x00\x01", 5);
    assert_false(packstream_unpack(arena, &rest, &value, &err));
    assert_non_null(strstr(err.text, "more than"));
    assert_true(arena_size(arena) < 65536);
}

TEST("keeps NaN, infinities and the sign of zero") {
    static const double numbers[] = { NAN, INFINITY, -INFINITY, 0.0, -0.0 };

    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer packed = { 0 };
        struct bolt_value *back;
        packstream_pack(&packed, bolt_new_float(arena, numbers[i]));
        struct text rest = buffer_text(&packed);
        assert_true(packstream_unpack(arena, &rest, &back, NULL));
        assert_true(bolt_equal(bolt_new_float(arena, numbers[i]), back));
        assert_int_equal(signbit(numbers[i]) != 0, signbit(back->number) != 0);
    }
}
