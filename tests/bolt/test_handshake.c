#include "test.h"

#include "bolt/handshake.h"

#define BYTES(literal) ((struct text){ literal, sizeof(literal) - 1 })

static const struct bolt_version_range server_5_26[] = { { 5, 8, 2 }, { 5, 4, 4 }, { 4, 4, 0 }, { 0 } };
static const struct bolt_version_range server_2025[] = {
    { 6, 0, 0 }, { 5, 8, 2 }, { 5, 4, 4 }, { 4, 4, 0 }, { 0 }
};

TEST("asks for a manifest first, then offers 5.8 to 5.0 and 4.4") {
    CLEANUP_BUFFER struct buffer out = { 0 };

    handshake_client_write(&out);
    assert_int_equal(out.length, HANDSHAKE_REQUEST_BYTES);
    assert_memory_equal(
        out.data, "\x60\x60\xB0\x17\x00\x00\x01\xFF\x00\x08\x08\x05\x00\x00\x04\x04\x00\x00\x00\x00", 20);
}

TEST("reads a server's answer") {
    static const struct {
        const char *when;
        struct text received;
        enum handshake_result result;
        struct bolt_version version;
        size_t consumed;
        struct text reply;
    } rows[] = {
        { "nothing yet", { "", 0 }, HANDSHAKE_NEED_MORE },
        { "three bytes", BYTES("\0\0\x08"), HANDSHAKE_NEED_MORE },
        { "5.8", BYTES("\0\0\x08\x05"), HANDSHAKE_AGREED, { 5, 8 }, 4 },
        { "4.4", BYTES("\0\0\x04\x04"), HANDSHAKE_AGREED, { 4, 4 }, 4 },
        { "and what follows it", BYTES("\0\0\x00\x05\0\0"), HANDSHAKE_AGREED, { 5, 0 }, 4 },
        { "none", BYTES("\0\0\0\0"), HANDSHAKE_NO_MATCH, { 0 }, 4 },
        { "one that was not offered", BYTES("\0\0\x01\x06"), HANDSHAKE_MALFORMED },
        { "a range", BYTES("\0\x01\x08\x05"), HANDSHAKE_MALFORMED },
        { "HTTP", BYTES("HTTP/1.1 400 Bad Request"), HANDSHAKE_HTTP },
        { "SSH", BYTES("SSH-2.0-OpenSSH"), HANDSHAKE_MALFORMED },
        { "TLS alert", BYTES("\x15\x03\x03\x00\x02\x02\x32"), HANDSHAKE_MALFORMED },
        { "manifest without its count", BYTES("\0\0\x01\xFF"), HANDSHAKE_NEED_MORE },
        { "manifest without its entries", BYTES("\0\0\x01\xFF\x02\0\0\0\x06"), HANDSHAKE_NEED_MORE },
        { "manifest without capabilities", BYTES("\0\0\x01\xFF\x01\0\0\0\x06"), HANDSHAKE_NEED_MORE },
        { "manifest with 6.0 and 5.8",
          BYTES("\0\0\x01\xFF\x02\0\0\0\x06\0\x02\x08\x05\0"),
          HANDSHAKE_AGREED,
          { 6, 0 },
          14,
          BYTES("\0\0\0\x06\0") },
        { "manifest with the oldest first",
          BYTES("\0\0\x01\xFF\x03\0\0\x04\x04\0\x08\x08\x05\0\x01\x01\x06\0"),
          HANDSHAKE_AGREED,
          { 6, 1 },
          18,
          BYTES("\0\0\x01\x06\0") },
        { "manifest with each minor of its own",
          BYTES("\0\0\x01\xFF\x02\0\0\0\x06\0\0\x01\x06\0"),
          HANDSHAKE_AGREED,
          { 6, 1 },
          14,
          BYTES("\0\0\x01\x06\0") },
        { "manifest with newer minors than ours",
          BYTES("\0\0\x01\xFF\x01\0\x09\x09\x06\0"),
          HANDSHAKE_AGREED,
          { 6, 1 },
          10,
          BYTES("\0\0\x01\x06\0") },
        { "manifest with capabilities of two bytes",
          BYTES("\0\0\x01\xFF\x01\0\0\0\x06\x81\x01"),
          HANDSHAKE_AGREED,
          { 6, 0 },
          11,
          BYTES("\0\0\0\x06\0") },
        { "manifest with nothing of ours",
          BYTES("\0\0\x01\xFF\x01\0\0\0\x07\0"),
          HANDSHAKE_NO_MATCH,
          { 0 },
          10 },
        { "empty manifest", BYTES("\0\0\x01\xFF\0\0"), HANDSHAKE_NO_MATCH, { 0 }, 6 },
        { "manifest of 65 entries", BYTES("\0\0\x01\xFF\x41"), HANDSHAKE_MALFORMED },
        { "count without an end", BYTES("\0\0\x01\xFF\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"),
          HANDSHAKE_MALFORMED },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer reply = { 0 };
        struct bolt_version version = { 0 };
        size_t consumed = 0;
        enum handshake_result result = handshake_client_read(rows[i].received, &consumed, &reply, &version);
        if (result != rows[i].result || version.major != rows[i].version.major ||
            version.minor != rows[i].version.minor || consumed != rows[i].consumed ||
            !text_equal(buffer_text(&reply), rows[i].reply))
            fail_msg("%s: result %d, Bolt %u.%u, %zu consumed, reply of %zu", rows[i].when, result,
                     version.major, version.minor, consumed, reply.length);
    }
}

TEST("answers a client with the first slot that fits and its highest minor") {
    static const struct {
        const char *when;
        const struct bolt_version_range *versions;
        struct text slots;
        enum handshake_result result;
        struct text reply;
    } rows[] = {
        { "exactly one", server_5_26, BYTES("\0\0\x04\x05\0\0\0\0\0\0\0\0\0\0\0\0"), HANDSHAKE_AGREED,
          BYTES("\0\0\x04\x05") },
        { "Go driver 5", server_5_26, BYTES("\0\x07\x07\x05\0\x02\x04\x04\0\0\x01\x04\0\0\0\x03"),
          HANDSHAKE_AGREED, BYTES("\0\0\x07\x05") },
        { "range from above", server_5_26, BYTES("\0\x0F\x0F\x05\0\0\0\0\0\0\0\0\0\0\0\0"), HANDSHAKE_AGREED,
          BYTES("\0\0\x08\x05") },
        { "second slot", server_5_26, BYTES("\0\0\x09\x05\0\x02\x04\x04\0\0\0\0\0\0\0\0"), HANDSHAKE_AGREED,
          BYTES("\0\0\x04\x04") },
        { "older first", server_5_26, BYTES("\0\0\x04\x04\0\x08\x08\x05\0\0\0\0\0\0\0\0"), HANDSHAKE_AGREED,
          BYTES("\0\0\x04\x04") },
        { "5.5, which does not exist", server_5_26, BYTES("\0\0\x05\x05\0\0\0\0\0\0\0\0\0\0\0\0"),
          HANDSHAKE_NO_MATCH, BYTES("\0\0\0\0") },
        { "5.5 and lower", server_5_26, BYTES("\0\x01\x05\x05\0\0\0\0\0\0\0\0\0\0\0\0"), HANDSHAKE_AGREED,
          BYTES("\0\0\x04\x05") },
        { "nothing that fits", server_5_26, BYTES("\0\0\x01\x07\0\0\0\x03\0\0\0\0\0\0\0\0"),
          HANDSHAKE_NO_MATCH, BYTES("\0\0\0\0") },
        { "all zeros", server_5_26, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), HANDSHAKE_NO_MATCH,
          BYTES("\0\0\0\0") },
        { "manifest", server_2025, BYTES("\0\0\x01\xFF\0\x08\x08\x05\0\0\x04\x04\0\0\0\0"),
          HANDSHAKE_CONTINUE, BYTES("\0\0\x01\xFF\x04\0\0\0\x06\0\x02\x08\x05\0\x04\x04\x05\0\0\x04\x04\0") },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer request = { 0 };
        CLEANUP_BUFFER struct buffer reply = { 0 };
        struct handshake_server server = { .versions = rows[i].versions, .has_manifest = true };
        struct bolt_version version = { 0 };
        size_t consumed = 0;
        buffer_add(&request, "\x60\x60\xB0\x17", 4);
        for (size_t length = 0; length < HANDSHAKE_REQUEST_BYTES; length++)
            if (length <= request.length)
                assert_int_equal(handshake_server_read(&server, (struct text){ request.data, length },
                                                       &consumed, &reply, &version),
                                 HANDSHAKE_NEED_MORE);
        buffer_add_text(&request, rows[i].slots);
        enum handshake_result result =
            handshake_server_read(&server, buffer_text(&request), &consumed, &reply, &version);
        if (result != rows[i].result || consumed != HANDSHAKE_REQUEST_BYTES ||
            !text_equal(buffer_text(&reply), rows[i].reply))
            fail_msg("%s: result %d, %zu consumed, reply of %zu", rows[i].when, result, consumed,
                     reply.length);
    }
}

TEST("a server without manifests passes over the slot that asks for one") {
    CLEANUP_BUFFER struct buffer request = { 0 };
    CLEANUP_BUFFER struct buffer reply = { 0 };
    struct handshake_server server = { .versions = server_5_26 };
    struct bolt_version version;
    size_t consumed;

    handshake_client_write(&request);
    assert_int_equal(handshake_server_read(&server, buffer_text(&request), &consumed, &reply, &version),
                     HANDSHAKE_AGREED);
    assert_int_equal(version.minor, 8);
}

TEST("a server knows HTTP and foreign bytes from the first four") {
    static const struct {
        struct text received;
        enum handshake_result result;
    } rows[] = {
        { BYTES("GET / HTTP/1.1\r\n"), HANDSHAKE_HTTP },
        { BYTES("GET"), HANDSHAKE_NEED_MORE },
        { BYTES("\x16\x03\x01\x02\x00"), HANDSHAKE_MALFORMED },
        { BYTES("\x60\x60\xB0\x18"), HANDSHAKE_MALFORMED },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer reply = { 0 };
        struct handshake_server server = { .versions = server_5_26 };
        struct bolt_version version;
        size_t consumed;
        assert_int_equal(handshake_server_read(&server, rows[i].received, &consumed, &reply, &version),
                         rows[i].result);
        assert_int_equal(reply.length, 0);
    }
}

TEST("client and server agree by manifest, byte by byte") {
    CLEANUP_BUFFER struct buffer to_server = { 0 };
    CLEANUP_BUFFER struct buffer to_client = { 0 };
    struct handshake_server server = { .versions = server_2025, .has_manifest = true };
    struct bolt_version ours = { 0 };
    struct bolt_version theirs = { 0 };
    size_t consumed = 0;

    handshake_client_write(&to_server);
    assert_int_equal(handshake_server_read(&server, buffer_text(&to_server), &consumed, &to_client, &theirs),
                     HANDSHAKE_CONTINUE);
    buffer_consume(&to_server, consumed);
    for (size_t length = 0; length < to_client.length; length++)
        assert_int_equal(
            handshake_client_read((struct text){ to_client.data, length }, &consumed, &to_server, &ours),
            HANDSHAKE_NEED_MORE);
    assert_int_equal(handshake_client_read(buffer_text(&to_client), &consumed, &to_server, &ours),
                     HANDSHAKE_AGREED);
    assert_int_equal(consumed, to_client.length);
    for (size_t length = 0; length < to_server.length; length++)
        assert_int_equal(handshake_server_read(&server, (struct text){ to_server.data, length }, &consumed,
                                               &to_client, &theirs),
                         HANDSHAKE_NEED_MORE);
    assert_int_equal(handshake_server_read(&server, buffer_text(&to_server), &consumed, &to_client, &theirs),
                     HANDSHAKE_AGREED);
    assert_int_equal(theirs.major, 6);
    assert_int_equal(ours.major, 6);
    assert_int_equal(consumed, 5);
}

TEST("a server refuses a choice that it did not list") {
    struct handshake_server server = { .versions = server_2025, .has_manifest = true, .awaits_choice = true };
    struct bolt_version version;
    size_t consumed;

    assert_int_equal(handshake_server_read(&server, BYTES("\0\0\x05\x06\0"), &consumed, NULL, &version),
                     HANDSHAKE_MALFORMED);
    assert_int_equal(handshake_server_read(&server, BYTES("\0\0\0\0\0"), &consumed, NULL, &version),
                     HANDSHAKE_MALFORMED);
}
