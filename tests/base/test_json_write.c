#include "test.h"

#include "base/json.h"

TEST("indented JSON is laid out as kubectl prints it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *value;

    assert_true(json_parse(arena, TEXT("{\"a\":[1,{\"b\":\"x\"},[]],\"c\":{}}"), NULL, &value, NULL));
    json_write(&text, value, &(struct json_write_options){ .indent = true });
    assert_string_equal(buffer_string(&text), "{\n"
                                              "  \"a\": [\n"
                                              "    1,\n"
                                              "    {\n"
                                              "      \"b\": \"x\"\n"
                                              "    },\n"
                                              "    []\n"
                                              "  ],\n"
                                              "  \"c\": {}\n"
                                              "}");
}

TEST("strings for web pages have <, > and & escaped, in keys as well") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *object = json_new_object(arena);

    (void)json_set_string(arena, object, "<k>", "a<b>&c");
    json_write(&text, object, &(struct json_write_options){ .html_safe = true });
    assert_string_equal(buffer_string(&text), "{\"\\u003ck\\u003e\":\"a\\u003cb\\u003e\\u0026c\"}");
}

TEST("every byte of a string is written so that it reads back") {
    for (int byte = 0; byte < 256; byte++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer text = { 0 };
        const char bytes[] = { 'a', (char)byte, 'b' };
        struct json *value;

        json_write_string(&text, (struct text){ bytes, sizeof(bytes) });
        assert_true(json_parse(arena, buffer_text(&text), NULL, &value, NULL));
        if (byte < 0x80) {
            assert_int_equal(value->length, 3);
            assert_memory_equal(value->string, bytes, 3);
        } else {
            assert_string_equal(value->string, "a\xef\xbf\xbd"
                                               "b");
        }
    }
}

TEST("a number that JSON cannot say is written as null") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *array = json_new_array(arena);

    (void)json_append(arena, array, json_new_number(arena, __builtin_inf()));
    (void)json_append(arena, array, json_new_number(arena, __builtin_nan("")));
    (void)json_append(arena, array, json_new_bool(arena, true));
    (void)json_append(arena, array, json_new_null(arena));
    assert_string_equal(json_print(arena, array), "[null,null,true,null]");
}
