/* HTTP reader: understands the bytes of one HTTP/1.1 answer as they come.
 *
 * Strict where leniency could hide a broken or cut answer: lines end in CRLF, a body has a length or chunks,
 * lengths agree, nothing is folded. Provisional answers (1xx) are passed over, chunk extensions and trailers
 * ignored. It holds no body: bytes go on as they come. Source: RFC 9112.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

enum {
    HTTP_HEADER_BYTES_MAX = 64 * 1024, /* of all header lines, and of all trailers */
    HTTP_CHUNK_LINE_BYTES_MAX = 1024,
    HTTP_RETRY_AFTER_SECONDS_MAX = 3600,
};

struct http_reader {
    int status;
    bool has_headers;             /* those of the final answer are complete */
    unsigned retry_after_seconds; /* 0: not said */
    bool is_kept_alive;           /* the connection can be used again after this answer */

    /* inside */
    int state;
    struct buffer line;
    size_t header_bytes;
    bool is_chunked;
    bool has_length;
    uint64_t length; /* of the body, then what is left of it or of the chunk */
};

/* struct http_reader reader = { 0 }; is ready for an answer. */
void http_reader_clear(struct http_reader *reader);

enum http_read { HTTP_READ_MORE, HTTP_READ_DONE, HTTP_READ_STOPPED, HTTP_READ_BAD };

/* Some bytes of the body; reader->status is known. False stops. */
typedef bool http_body_fn(void *context, struct text bytes);

/* Cuts from the front of *bytes what belongs to the answer. After HTTP_READ_DONE the rest is none of it. */
enum http_read http_reader_feed(struct http_reader *reader, struct text *bytes, http_body_fn *body,
                                void *context, struct error *err);
