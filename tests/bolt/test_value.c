#include "test.h"

#include "bolt/value.h"
#include "bolt/value_json.h"

TEST("answers fallbacks for absent values and other types") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *map = bolt_new_map(arena);

    bolt_set_integer(arena, map, "n", 7);
    assert_string_equal(bolt_string(bolt_get(map, "absent"), "fallback"), "fallback");
    assert_string_equal(bolt_string(bolt_get(map, "n"), "fallback"), "fallback");
    assert_int_equal(bolt_integer(bolt_get(map, "n"), 0), 7);
    assert_int_equal(bolt_integer(NULL, -1), -1);
    assert_true(bolt_bool(bolt_get(map, "n"), true));
    assert_true(bolt_number(bolt_get(map, "n"), 0) == 7.0);
    assert_null(bolt_get(NULL, "x"));
    assert_null(bolt_get(bolt_get(map, "n"), "x"));
    assert_null(bolt_item(map, 0));
    assert_null(bolt_item(NULL, 0));
    assert_int_equal(bolt_length(NULL), 0);
    assert_int_equal(bolt_length(bolt_get(map, "n")), 0);
    assert_null(bolt_text(NULL).data);
    assert_true(bolt_is_null(NULL));
    assert_false(bolt_is(NULL, BOLT_NULL));
}

TEST("replaces a member that is set again and keeps the order of the others") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *map = bolt_new_map(arena);

    bolt_set_string(arena, map, "a", "1");
    bolt_set_string(arena, map, "b", "2");
    bolt_set_string(arena, map, "a", "3");
    assert_int_equal(bolt_length(map), 2);
    assert_string_equal(map->members[0].key, "a");
    assert_string_equal(bolt_string(bolt_get(map, "a"), ""), "3");
}

TEST("grows lists that were given without room") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value items[3] = { { .type = BOLT_INTEGER, .integer = 1 },
                                   { .type = BOLT_INTEGER, .integer = 2 },
                                   { .type = BOLT_INTEGER, .integer = 3 } };
    struct bolt_value list = { .type = BOLT_LIST, .items = items, .length = 3 };

    for (int64_t i = 4; i <= 40; i++)
        bolt_append(arena, &list, bolt_new_integer(arena, i));
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(bolt_integer(bolt_item(&list, i), 0), i + 1);
}

TEST("compares maps without regard to order, and types strictly") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *a = bolt_new_map(arena);
    struct bolt_value *b = bolt_new_map(arena);

    bolt_set_integer(arena, a, "x", 1);
    bolt_set_integer(arena, a, "y", 2);
    bolt_set_integer(arena, b, "y", 2);
    bolt_set_integer(arena, b, "x", 1);
    assert_true(bolt_equal(a, b));
    bolt_set_integer(arena, b, "z", 3);
    assert_false(bolt_equal(a, b));
    assert_false(bolt_equal(b, a));
    assert_false(bolt_equal(bolt_new_integer(arena, 1), bolt_new_float(arena, 1)));
    assert_false(bolt_equal(bolt_new_string(arena, "x"), bolt_new_bytes(arena, "x", 1)));
    assert_true(bolt_equal(NULL, bolt_new_null(arena)));
    assert_false(bolt_equal(bolt_new_struct(arena, 1), bolt_new_struct(arena, 2)));
}

TEST("reads points in time, and refuses those that are none or too far away") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    static const struct {
        const char *when;
        uint8_t tag;
        int64_t fields[3];
        bool is_readable;
        int64_t wall_ns;
    } rows[] = {
        { "UTC seconds and offset", BOLT_DATE_TIME, { 1700000000, 5, 3600 }, true, 1700000000000000005 },
        { "local seconds and offset",
          BOLT_LEGACY_DATE_TIME,
          { 1700003600, 5, 3600 },
          true,
          1700000000000000005 },
        { "before 1970", BOLT_DATE_TIME, { -1, 999999999, 0 }, true, -1 },
        { "the year 9999", BOLT_DATE_TIME, { 253402300799, 0, 0 }, false, 0 },
        { "overflowing offset", BOLT_LEGACY_DATE_TIME, { INT64_MIN, 0, 1 }, false, 0 },
        { "a duration", BOLT_DURATION, { 1, 2, 3 }, false, 0 },
        { "local, without offset", BOLT_LOCAL_DATE_TIME, { 1, 2, 3 }, false, 0 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct bolt_value *value = bolt_new_struct(arena, rows[i].tag);
        int64_t wall_ns = 0;
        for (size_t j = 0; j < 3; j++)
            bolt_append(arena, value, bolt_new_integer(arena, rows[i].fields[j]));
        if (bolt_wall(value, &wall_ns) != rows[i].is_readable || wall_ns != rows[i].wall_ns)
            fail_msg("%s: %lld", rows[i].when, (long long)wall_ns);
    }
    int64_t wall_ns;
    assert_false(bolt_wall(NULL, &wall_ns));
    assert_false(bolt_wall(bolt_new_struct(arena, BOLT_DATE_TIME), &wall_ns));
    assert_true(bolt_wall(bolt_new_date_time(arena, -1), &wall_ns));
    assert_int_equal(wall_ns, -1);
}

TEST("turns JSON into values and back") {
    static const char text[] =
        "{\"a\":[1,-2.5,true,false,null,\"x\"],\"b\":{\"c\":{}},\"d\":[],\"e\":9223372036854775807}";
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *json;

    assert_true(json_parse(arena, text_from(text), NULL, &json, NULL));
    struct bolt_value *value = bolt_from_json(arena, json);
    assert_int_equal(bolt_length(bolt_get(value, "a")), 6);
    assert_string_equal(json_print(arena, bolt_to_json(arena, value)), text);
    assert_true(bolt_is(bolt_from_json(arena, NULL), BOLT_NULL));
}

TEST("takes JSON up to a depth that servers read, and no deeper") {
    for (size_t more = 0; more < 2; more++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        size_t depth = BOLT_JSON_DEPTH_MAX + 1 + more;
        char text[2 * (BOLT_JSON_DEPTH_MAX + 2)];
        struct json *json;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_true(json_parse(arena, (struct text){ text, 2 * depth }, NULL, &json, NULL));
        assert_int_equal(bolt_from_json(arena, json) != NULL, !more);
    }
}

TEST("shows what JSON has no type for") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *list = bolt_new_list(arena);

    bolt_append(arena, list, bolt_new_bytes(arena, "\x01\x02", 2));
    bolt_append(arena, list, bolt_new_date_time(arena, 1700000000000000000));
    bolt_append(arena, list, bolt_new_duration(arena, 0, 1, 2, 3));
    bolt_append(arena, list, bolt_new_float(arena, __builtin_inf()));
    assert_string_equal(json_print(arena, bolt_to_json(arena, list)),
                        "[\"AQI=\",\"2023-11-14T22:13:20.000000Z\",{\"tag\":69,\"fields\":[0,1,2,3]},null]");
}

TEST("a copy holds all that is in the value, and needs nothing of it") {
    static const char text[] = "{\"list\":[1,2.5,true,null,\"\",\"text\",{\"deep\":[[]]}],\"empty\":{}}";
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_ARENA struct arena *kept = arena_new();
    struct arena *gone = arena_new();
    struct json *json = NULL;

    assert_true(json_parse(arena, text_from(text), NULL, &json, NULL));
    struct bolt_value *expected[2];
    struct arena *const arenas[] = { arena, gone };
    for (size_t i = 0; i < 2; i++) {
        expected[i] = bolt_from_json(arenas[i], json);
        bolt_set(arenas[i], expected[i], "since", bolt_new_duration(arenas[i], 1, 2, 3, 4));
        bolt_set(arenas[i], expected[i], "bytes", bolt_new_bytes(arenas[i], "a\0b", 3));
        bolt_set(arenas[i], expected[i], "id", bolt_new_uuid(arenas[i], "0123456789abcdef"));
    }
    struct bolt_value *copy = bolt_copy(kept, expected[1]);
    arena_free(gone);
    assert_true(bolt_equal(copy, expected[0]));
    bolt_set_string(kept, copy, "more", "a copy can grow");
    assert_int_equal(bolt_length(copy), bolt_length(expected[0]) + 1);
    assert_true(bolt_is_null(bolt_copy(kept, NULL)));
}
