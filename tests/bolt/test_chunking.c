#include "test.h"

#include "bolt/chunking.h"

static void add_message(struct buffer *out, char letter, size_t length) {
    CLEANUP_FREE char *message = xmalloc(length);

    memset(message, letter, length);
    chunking_write(out, (struct text){ message, length });
}

TEST("cuts a message into chunks of at most 65535 bytes and ends it with an empty one") {
    static const struct {
        size_t length;
        size_t wire;
    } rows[] = { { 1, 5 }, { 65535, 65539 }, { 65536, 65542 }, { 131070, 131076 }, { 131071, 131079 } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer wire = { 0 };
        add_message(&wire, 'm', rows[i].length);
        assert_int_equal(wire.length, rows[i].wire);
        assert_memory_equal(wire.data + wire.length - 2, "\0\0", 2);
    }
    CLEANUP_BUFFER struct buffer wire = { 0 };
    chunking_write(&wire, TEXT("abc"));
    assert_memory_equal(wire.data,
                        "\x00\x03"
                        "abc\x00\x00",
                        7);
}

TEST("puts messages together however the bytes arrive, and skips NOOPs between them") {
    static const size_t steps[] = { 1, 2, 3, 7, 1000, 65536, 1000000 };

    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
        CLEANUP_BUFFER struct buffer wire = { 0 };
        CLEANUP(chunk_reader_clear) struct chunk_reader reader = { 0 };
        static const size_t lengths[] = { 5, 70000, 1 };
        size_t messages = 0;
        chunking_write_noop(&wire);
        add_message(&wire, 'a', 5);
        chunking_write_noop(&wire);
        chunking_write_noop(&wire);
        add_message(&wire, 'b', 70000);
        add_message(&wire, 'c', 1);
        for (size_t at = 0; at < wire.length;) {
            size_t length = wire.length - at < steps[i] ? wire.length - at : steps[i];
            struct text input = { wire.data + at, length };
            while (chunk_reader_read(&reader, &input) == CHUNK_MESSAGE) {
                assert_int_equal(chunk_reader_message(&reader).length, lengths[messages]);
                assert_int_equal(*chunk_reader_message(&reader).data, "abc"[messages]);
                messages++;
            }
            assert_int_equal(input.length, 0);
            at += length;
        }
        assert_int_equal(messages, 3);
        assert_int_equal(reader.noops, 3);
        assert_false(chunk_reader_is_inside(&reader));
    }
}

TEST("joins chunks of one message, however small") {
    CLEANUP(chunk_reader_clear) struct chunk_reader reader = { 0 };
    struct text input = TEXT("\x00\x01"
                             "a\x00\x02"
                             "bc\x00\x01"
                             "d\x00\x00");

    assert_int_equal(chunk_reader_read(&reader, &input), CHUNK_MESSAGE);
    assert_true(text_is(chunk_reader_message(&reader), "abcd"));
}

TEST("says that it is inside a message from its first byte to its last") {
    CLEANUP(chunk_reader_clear) struct chunk_reader reader = { 0 };
    static const char wire[] = "\x00\x01"
                               "a\x00\x00";

    assert_false(chunk_reader_is_inside(&reader));
    for (size_t i = 0; i < 5; i++) {
        struct text input = { wire + i, 1 };
        enum chunk_result result = chunk_reader_read(&reader, &input);
        assert_int_equal(result, i < 4 ? CHUNK_NEED_MORE : CHUNK_MESSAGE);
        assert_int_equal(chunk_reader_is_inside(&reader), i < 4);
    }
}

TEST("takes a message of exactly the limit and refuses one byte more before it reads it") {
    for (size_t more = 0; more < 2; more++) {
        CLEANUP_BUFFER struct buffer wire = { 0 };
        CLEANUP(chunk_reader_clear) struct chunk_reader reader = { .message_bytes_max = 100000 };
        add_message(&wire, 'x', 100000 + more);
        struct text input = buffer_text(&wire);
        assert_int_equal(chunk_reader_read(&reader, &input), more ? CHUNK_TOO_LARGE : CHUNK_MESSAGE);
        if (more) {
            assert_int_equal(chunk_reader_read(&reader, &input), CHUNK_TOO_LARGE);
            assert_true(reader.message.length <= 65535);
        }
    }
}
