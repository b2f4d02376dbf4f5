#include "test.h"

#include "base/json.h"

static char *round_trip(struct arena *arena, const char *input) {
    struct json *value;
    struct error err = { 0 };

    if (!json_parse(arena, text_from(input), NULL, &value, &err))
        return arena_strdup(arena, err.text);
    return json_print(arena, value);
}

TEST("JSON that is read is written as Go writes it") {
    static const struct {
        const char *input, *output;
    } rows[] = {
        { "9007199254740993", "9007199254740993" },
        { "18446744073709551615", "18446744073709552000" },
        { "0.1", "0.1" },
        { "1.0", "1" },
        { "1e3", "1000" },
        { "-0", "0" },
        { "-0.0", "-0" },
        { "1e21", "1e+21" },
        { "1e20", "100000000000000000000" },
        { "1e-7", "1e-7" },
        { "0.000001", "0.000001" },
        { "5e-324", "5e-324" },
        { "1.7976931348623157e308", "1.7976931348623157e+308" },
        { "1e400", "JSON, line 1, column 1: the number is too large" },
        { "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
        { "\"\xff\"", "\"\xef\xbf\xbd\"" },
        { "\"\\ud800\"", "\"\xef\xbf\xbd\"" },
        { "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
        { "\"a\\u0000b\"", "\"a\\u0000b\"" },
        { " [ 1 , {\"a\" : [ ] } , { } , true, false,null ] ", "[1,{\"a\":[]},{},true,false,null]" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        assert_string_equal(round_trip(arena, rows[i].input), rows[i].output);
    }
}

TEST("members and items can be added to what was parsed and to what was built") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value;

    assert_true(json_parse(arena, TEXT("{\"a\":1,\"b\":[1,2,3]}"), NULL, &value, NULL));
    for (int64_t i = 0; i < 40; i++) {
        assert_non_null(json_set_integer(arena, value, arena_printf(arena, "k%d", (int)i), i));
        assert_non_null(json_append(arena, json_get(value, "b"), json_new_integer(arena, i)));
    }
    assert_int_equal(json_length(value), 42);
    assert_int_equal(json_length(json_at(value, "b")), 43);
    assert_int_equal(json_integer_at(value, "k39", -1), 39);
    assert_int_equal(json_integer_at(value, "b.42", -1), 39);
}
