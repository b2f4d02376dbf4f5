#include "test.h"

#include "base/buffer.h"

#include <stdio.h>

TEST("a buffer that was never filled is an empty string") {
    CLEANUP_BUFFER struct buffer buffer = { 0 };

    assert_string_equal(buffer_string(&buffer), "");
    assert_int_equal(buffer_text(&buffer).length, 0);
    buffer_add(&buffer, NULL, 0);
    buffer_reset(&buffer);
    buffer_consume(&buffer, 0);
    CLEANUP_FREE char *taken = buffer_take(&buffer);
    assert_string_equal(taken, "");
}

TEST("a buffer ends with a NUL after every step") {
    CLEANUP_BUFFER struct buffer buffer = { 0 };
    char expected[2048] = "";

    for (size_t i = 0; i < 300; i++) {
        buffer_add_char(&buffer, 'a');
        assert_int_equal(buffer.data[buffer.length], '\0');
        buffer_printf(&buffer, "%d,", (int)i % 10);
        assert_int_equal(buffer.data[buffer.length], '\0');
        (void)snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "a%d,", (int)i % 10);
    }
    assert_string_equal(buffer_string(&buffer), expected);
    assert_int_equal(buffer.length, strlen(expected));
}

TEST("a buffer keeps NUL bytes that are added") {
    CLEANUP_BUFFER struct buffer buffer = { 0 };

    buffer_add(&buffer, "a\0b", 3);
    buffer_add_text(&buffer, TEXT("c"));
    assert_int_equal(buffer.length, 4);
    assert_memory_equal(buffer.data, "a\0bc", 5);
}

TEST("formatting into a buffer grows it as far as needed") {
    CLEANUP_BUFFER struct buffer buffer = { 0 };
    char long_text[5000];

    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    buffer_add_string(&buffer, "<");
    buffer_printf(&buffer, "%s>", long_text);
    assert_int_equal(buffer.length, 5001);
    assert_int_equal(buffer.data[5000], '>');
}

TEST("what is consumed is gone from the front") {
    CLEANUP_BUFFER struct buffer buffer = { 0 };

    buffer_add_string(&buffer, "first\nsecond\n");
    buffer_consume(&buffer, 6);
    assert_string_equal(buffer_string(&buffer), "second\n");
    buffer_consume(&buffer, 7);
    assert_string_equal(buffer_string(&buffer), "");
}

TEST("a buffer that was reset keeps its memory, one that was taken gives it away") {
    CLEANUP_BUFFER struct buffer buffer = { 0 };

    buffer_add_string(&buffer, "content");
    char *data = buffer.data;
    buffer_reset(&buffer);
    buffer_add_string(&buffer, "more");
    assert_ptr_equal(buffer.data, data);
    CLEANUP_FREE char *taken = buffer_take(&buffer);
    assert_ptr_equal(taken, data);
    assert_string_equal(taken, "more");
    assert_null(buffer.data);
    assert_int_equal(buffer.length, 0);
}

TEST("what is cut off is gone from the end") {
    CLEANUP_BUFFER struct buffer buffer = { 0 };

    buffer_truncate(&buffer, 0);
    assert_string_equal(buffer_string(&buffer), "");
    buffer_add_string(&buffer, "spec.image");
    buffer_truncate(&buffer, 4);
    assert_string_equal(buffer_string(&buffer), "spec");
    buffer_truncate(&buffer, 0);
    assert_string_equal(buffer_string(&buffer), "");
}
