#include "test.h"

#include "kube/http_reader.h"

#include <stdio.h>

#define HEAD "HTTP/1.1 200 OK\r\n"

struct outcome {
    enum http_read result;
    int status;
    bool is_kept_alive;
    unsigned retry_after_seconds;
    size_t rest;
    struct buffer body;
    struct error err;
};

static void outcome_clear(struct outcome *outcome) {
    buffer_clear(&outcome->body);
}

static bool collect(void *context, struct text bytes) {
    buffer_add_text(context, bytes);
    return true;
}

/* Feeds text in pieces of that size. */
static struct outcome read_in_pieces(struct text text, size_t piece) {
    CLEANUP(http_reader_clear) struct http_reader reader = { 0 };
    struct outcome outcome = { .result = HTTP_READ_MORE };

    while (text.length && outcome.result == HTTP_READ_MORE) {
        struct text bytes = { text.data, text.length < piece ? text.length : piece };
        size_t length = bytes.length;
        outcome.result = http_reader_feed(&reader, &bytes, collect, &outcome.body, &outcome.err);
        text.data += length - bytes.length;
        text.length -= length - bytes.length;
    }
    outcome.status = reader.status;
    outcome.is_kept_alive = reader.is_kept_alive;
    outcome.retry_after_seconds = reader.retry_after_seconds;
    outcome.rest = text.length;
    return outcome;
}

TEST("reads whole answers, however the network cuts them") {
    static const struct {
        const char *name;
        const char *bytes;
        int status;
        bool is_kept_alive;
        unsigned retry_after_seconds;
        const char *body;
    } rows[] = {
        { "by length", HEAD "Content-Length: 5\r\n\r\nhello", 200, true, 0, "hello" },
        { "empty", HEAD "content-length: 0\r\n\r\n", 200, true, 0, "" },
        { "the same length twice", HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 200, true, 0,
          "ab" },
        { "by chunks", HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n, stranger\r\n0\r\n\r\n",
          200, true, 0, "hello, stranger" },
        { "chunk extension and trailer",
          HEAD "Transfer-Encoding: Chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n", 200, true, 0, "ok" },
        { "without content", "HTTP/1.1 204 No Content\r\n\r\n", 204, true, 0, "" },
        { "without a reason", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, true, 0, "" },
        { "provisional answers before",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" HEAD
          "Content-Length: 1\r\n\r\nx",
          200, true, 0, "x" },
        { "closing", HEAD "Connection: Keep-Alive, Close\r\nContent-Length: 1\r\n\r\nx", 200, false, 0, "x" },
        { "version 1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, false, 0, "x" },
        { "patience", "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", 429, true, 7,
          "" },
        { "much patience", "HTTP/1.1 429 x\r\nRetry-After: 99999999\r\nContent-Length: 0\r\n\r\n", 429, true,
          3600, "" },
        { "patience as a date", "HTTP/1.1 503 x\r\nRetry-After: Sat, 21 Nov\r\nContent-Length: 0\r\n\r\n",
          503, true, 0, "" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        for (size_t piece = 1; piece <= 64; piece = piece < 3 ? piece + 1 : piece * 4) {
            CLEANUP(outcome_clear)
            struct outcome outcome = read_in_pieces(text_from(rows[i].bytes), piece);
            if (outcome.result != HTTP_READ_DONE || outcome.status != rows[i].status ||
                outcome.is_kept_alive != rows[i].is_kept_alive ||
                outcome.retry_after_seconds != rows[i].retry_after_seconds || outcome.rest ||
                strcmp(buffer_string(&outcome.body), rows[i].body))
                fail_msg("%s, in pieces of %zu: %s", rows[i].name, piece, outcome.err.text);
        }
    }
}

TEST("leaves bytes behind the answer alone") {
    CLEANUP(outcome_clear)
    struct outcome outcome = read_in_pieces(TEXT(HEAD "Content-Length: 1\r\n\r\nxHTTP/1.1"), 1000);

    assert_int_equal(outcome.result, HTTP_READ_DONE);
    assert_int_equal(outcome.rest, 8);
}

TEST("refuses what is no answer, or could be a cut one") {
    static const struct {
        const char *name;
        const char *bytes;
    } rows[] = {
        { "another protocol", "SSH-2.0-OpenSSH\r\n" },
        { "another version", "HTTP/2 200 OK\r\n" },
        { "status too short", "HTTP/1.1 20 OK\r\n" },
        { "status out of range", "HTTP/1.1 600 OK\r\n" },
        { "status with a sign", "HTTP/1.1 +20 OK\r\n" },
        { "line feed alone", "HTTP/1.1 200 OK\n" },
        { "header without a colon", HEAD "nonsense\r\n" },
        { "folded header", HEAD "A: b\r\n c: d\r\n" },
        { "length that is no number", HEAD "Content-Length: 5x\r\n" },
        { "negative length", HEAD "Content-Length: -5\r\n" },
        { "length beyond 63 bits", HEAD "Content-Length: 9223372036854775808\r\n" },
        { "two lengths", HEAD "Content-Length: 5\r\nContent-Length: 6\r\n" },
        { "length and chunks", HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { "neither", HEAD "\r\n" },
        { "unknown encoding", HEAD "Transfer-Encoding: gzip\r\n" },
        { "chunk size that is no number", HEAD "Transfer-Encoding: chunked\r\n\r\nxyz\r\n" },
        { "no chunk size", HEAD "Transfer-Encoding: chunked\r\n\r\n\r\n" },
        { "chunk size beyond 63 bits", HEAD "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff0\r\n" },
        { "chunk longer than its size", HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n" },
        { "upgrade", "HTTP/1.1 101 Switching\r\n\r\n" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP(outcome_clear) struct outcome outcome = read_in_pieces(text_from(rows[i].bytes), 7);
        if (outcome.result != HTTP_READ_BAD || outcome.err.kind != ERROR_PROTOCOL)
            fail_msg("%s: was taken", rows[i].name);
    }
}

TEST("waits for the rest of a cut answer") {
    static const char whole[] = HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

    for (size_t length = 1; length < sizeof(whole) - 1; length++) {
        CLEANUP(outcome_clear) struct outcome outcome = read_in_pieces((struct text){ whole, length }, 1000);
        assert_int_equal(outcome.result, HTTP_READ_MORE);
    }
}

TEST("limits the bytes of headers, trailers and chunk lines") {
    static const char *const before[] = { HEAD "X: ", HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
                                          HEAD "Transfer-Encoding: chunked\r\n\r\n1;" };
    static const size_t limits[] = { HTTP_HEADER_BYTES_MAX, HTTP_HEADER_BYTES_MAX,
                                     HTTP_CHUNK_LINE_BYTES_MAX };

    for (size_t i = 0; i < ARRAY_LENGTH(before); i++) {
        CLEANUP_BUFFER struct buffer bytes = { 0 };
        buffer_add_string(&bytes, before[i]);
        for (size_t j = 0; j < limits[i] - 100; j++)
            buffer_add_char(&bytes, 'a');
        CLEANUP(outcome_clear) struct outcome below = read_in_pieces(buffer_text(&bytes), 1000);
        assert_int_equal(below.result, HTTP_READ_MORE);
        for (size_t j = 0; j < 200; j++)
            buffer_add_char(&bytes, 'a');
        CLEANUP(outcome_clear) struct outcome above = read_in_pieces(buffer_text(&bytes), 1000);
        assert_int_equal(above.result, HTTP_READ_BAD);
    }
}

static bool stop_at_once(void *context, struct text bytes) {
    return false;
}

TEST("stops when the receiver of the body has enough") {
    CLEANUP(http_reader_clear) struct http_reader reader = { 0 };
    struct text bytes = TEXT(HEAD "Content-Length: 5\r\n\r\nhello");

    assert_int_equal(http_reader_feed(&reader, &bytes, stop_at_once, NULL, NULL), HTTP_READ_STOPPED);
}
