#include "test.h"

#include "bolt/packstream.h"
#include "bolt/structure.h"
#include "bolt/value_json.h"

static const struct bolt_version all_versions[] = { { 4, 4 }, { 5, 0 }, { 5, 8 }, { 6, 0 }, { 6, 1 } };

static struct bolt_value *unpack(struct arena *arena, const char *bytes, size_t length) {
    struct text rest = { bytes, length };
    struct bolt_value *value = NULL;
    struct error err = { 0 };

    if (!packstream_unpack(arena, &rest, &value, &err))
        fail_msg("%s", err.text);
    assert_int_equal(rest.length, 0);
    return value;
}

static void assert_packs_as(const struct bolt_value *value, const char *bytes, size_t length) {
    CLEANUP_BUFFER struct buffer packed = { 0 };

    packstream_pack(&packed, value);
    assert_int_equal(packed.length, length);
    assert_memory_equal(packed.data, bytes, length);
}

#define BYTES(literal) literal, sizeof(literal) - 1

/* The bytes are what Neo4j 2025.12.1 and 2026.08.1 sent for vector([1, 2], 2, TYPE) and its like. */
TEST("reads and writes vectors of each type as servers send them") {
    static const struct {
        enum bolt_vector_type type;
        const char *bytes;
        size_t length;
        const char *numbers;
    } rows[] = {
        { BOLT_INTEGER_8, BYTES("\xB2\x56\xCC\x01\xC8\xCC\x02\x01\x02"), "[1,2]" },
        { BOLT_INTEGER_16, BYTES("\xB2\x56\xCC\x01\xC9\xCC\x04\x00\x01\x00\x02"), "[1,2]" },
        { BOLT_INTEGER_32, BYTES("\xB2\x56\xCC\x01\xCA\xCC\x08\x00\x00\x00\x01\xFF\xFF\xFF\xFE"), "[1,-2]" },
        { BOLT_INTEGER_64, BYTES("\xB2\x56\xCC\x01\xCB\xCC\x08\x80\x00\x00\x00\x00\x00\x00\x00"),
          "[-9223372036854775808]" },
        { BOLT_FLOAT_32, BYTES("\xB2\x56\xCC\x01\xC6\xCC\x04\x3F\xC0\x00\x00"), "[1.5]" },
        { BOLT_FLOAT_64, BYTES("\xB2\x56\xCC\x01\xC1\xCC\x08\x3F\xF8\x00\x00\x00\x00\x00\x00"), "[1.5]" },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct bolt_value *vector = unpack(arena, rows[i].bytes, rows[i].length);
        const struct bolt_value *numbers = bolt_vector_numbers(arena, vector);
        struct json *expected = NULL;
        assert_true(json_parse(arena, text_from(rows[i].numbers), NULL, &expected, NULL));
        assert_true(bolt_equal(numbers, bolt_from_json(arena, expected)));
        assert_packs_as(bolt_new_vector(arena, rows[i].type, numbers), rows[i].bytes, rows[i].length);
    }
}

TEST("finds no numbers in a vector that is malformed") {
    static const struct {
        const char *when;
        const char *bytes;
        size_t length;
    } rows[] = {
        { "no type", BYTES("\xB2\x56\xCC\x00\xCC\x00") },
        { "a type that is none", BYTES("\xB2\x56\xCC\x01\xC2\xCC\x00") },
        { "half a number", BYTES("\xB2\x56\xCC\x01\xC9\xCC\x01\x00") },
        { "a list in place of bytes", BYTES("\xB2\x56\xCC\x01\xC9\x90") },
        { "one field", BYTES("\xB1\x56\xCC\x01\xC9") },
        { "another structure", BYTES("\xB2\x54\xCC\x01\xC9\xCC\x00") },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (bolt_vector_numbers(arena, unpack(arena, rows[i].bytes, rows[i].length)))
            fail_msg("%s", rows[i].when);
    assert_null(bolt_vector_numbers(arena, NULL));
}

TEST("reads a UUID as Bolt 6.1 has it, and what older versions have in its place") {
    static const char uuid[] = "\xE0\x01\xA2\x2D\xA0\xA3\xC8\x70\x4E\xAF\x28\xA5\x52\xB8\x95\x2B\x26";
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct bolt_value *value = unpack(arena, BYTES(uuid));

    assert_string_equal(bolt_uuid_text(arena, value), "01a22da0-a3c8-704e-af28-a552b8952b26");
    assert_packs_as(bolt_new_uuid(arena, uuid + 1), BYTES(uuid));
    assert_string_equal(json_string(bolt_to_json(arena, value), ""), "01a22da0-a3c8-704e-af28-a552b8952b26");
    assert_false(bolt_equal(value, bolt_new_bytes(arena, uuid + 1, BOLT_UUID_BYTES)));
    assert_null(bolt_uuid_text(arena, bolt_new_string(arena, "01a22da0")));

    value = unpack(arena, BYTES("\xB4\x3F\x84UUID\x06\x01\xA0"));
    assert_string_equal(bolt_unsupported_text(arena, value), "UUID (needs Bolt 6.1)");
    value = unpack(arena, BYTES("\xB4\x3F\x84UUID\x06\x01\xA1\x87message\x83why"));
    assert_string_equal(bolt_unsupported_text(arena, value), "UUID (needs Bolt 6.1): why");
    assert_null(bolt_unsupported_text(arena, unpack(arena, BYTES("\xB1\x3F\x84UUID"))));
}

static struct bolt_value *integers(struct arena *arena, uint8_t tag, size_t count) {
    struct bolt_value *structure = bolt_new_struct(arena, tag);

    for (size_t i = 0; i < count; i++)
        bolt_append(arena, structure, bolt_new_integer(arena, 0));
    return structure;
}

TEST("knows which version of Bolt takes which value") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *node_4 = integers(arena, BOLT_NODE, 1);
    struct bolt_value *vector = bolt_new_vector(arena, BOLT_INTEGER_8, bolt_new_list(arena));
    struct bolt_value *map = bolt_new_map(arena);
    bolt_append(arena, node_4, bolt_new_list(arena));
    bolt_append(arena, node_4, bolt_new_map(arena));
    struct bolt_value *node_5 = bolt_new_struct(arena, BOLT_NODE);
    for (size_t i = 0; i < 3; i++)
        bolt_append(arena, node_5, bolt_item(node_4, i));
    bolt_append_string(arena, node_5, "4:x:0");
    bolt_set(arena, map, "deep", bolt_append(arena, bolt_new_list(arena), vector));
    struct bolt_value *list = bolt_new_list(arena);
    bolt_append(arena, list, map);
    const struct {
        const char *what;
        const struct bolt_value *value;
        const char *fits; /* one letter for each version: y or n */
        const char *says; /* of the first that does not */
    } rows[] = {
        { "null", NULL, "yyyyy", NULL },
        { "a date", integers(arena, BOLT_DATE, 1), "yyyyy", NULL },
        { "a date of two fields", integers(arena, BOLT_DATE, 2), "nnnnn", "a Date has not the fields" },
        { "a duration", bolt_new_duration(arena, 1, 2, 3, 4), "yyyyy", NULL },
        { "a node of three fields", node_4, "ynnnn", "a Node has not the fields" },
        { "a node of four", node_5, "nyyyy", "a Node has not the fields" },
        { "a vector", vector, "nnnyy", "a Vector needs Bolt 6.0, and the server speaks 4.4" },
        { "a vector deep inside", list, "nnnyy", "a Vector needs Bolt 6.0" },
        { "a UUID", bolt_new_uuid(arena, "0123456789abcdef"), "nnnny", "a UUID needs Bolt 6.1" },
        { "a message", integers(arena, 0x71, 1), "nnnnn", "tag 71" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct error first = { 0 };
        for (size_t j = 0; j < ARRAY_LENGTH(all_versions); j++) {
            struct error err = { 0 };
            bool fits = bolt_fits_version(rows[i].value, all_versions[j], &err);
            if (fits != (rows[i].fits[j] == 'y'))
                fail_msg("%s in Bolt %u.%u", rows[i].what, all_versions[j].major, all_versions[j].minor);
            if (!fits && !first.kind)
                first = err;
        }
        if (rows[i].says && (first.kind != ERROR_INVALID || !strstr(first.text, rows[i].says)))
            fail_msg("%s: %s", rows[i].what, first.text);
    }
}

TEST("names every structure that is a value, and nothing else") {
    static const uint8_t tags[] = {
        BOLT_NODE,           BOLT_RELATIONSHIP, BOLT_UNBOUND_RELATIONSHIP, BOLT_PATH,
        BOLT_DATE,           BOLT_TIME,         BOLT_LOCAL_TIME,           BOLT_DATE_TIME,
        BOLT_DATE_TIME_ZONE, BOLT_DURATION,     BOLT_LEGACY_DATE_TIME,     BOLT_LEGACY_DATE_TIME_ZONE,
        BOLT_POINT_2D,       BOLT_POINT_3D,     BOLT_LOCAL_DATE_TIME,      BOLT_UNSUPPORTED,
        BOLT_VECTOR
    };
    size_t named = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(tags); i++)
        assert_non_null(bolt_struct_name(tags[i]));
    for (unsigned tag = 0; tag <= UINT8_MAX; tag++)
        named += bolt_struct_name((uint8_t)tag) != NULL;
    assert_int_equal(named, ARRAY_LENGTH(tags));
}
