/* A state per kind of line or body; each step takes what it can from the input and names the next state.
 */
#include "kube/http_reader.h"

#include <string.h>
#include <strings.h>

enum state {
    READ_STATUS_LINE,
    READ_HEADER,
    READ_BODY,
    READ_CHUNK_SIZE,
    READ_CHUNK,
    READ_CHUNK_END,
    READ_TRAILER,
    READ_NOTHING, /* done */
};

enum { STATUS_MIN = 100, STATUS_MAX = 599 };

void http_reader_clear(struct http_reader *reader) {
    buffer_clear(&reader->line);
    *reader = (struct http_reader){ 0 };
}

static bool bad(struct error *err, const char *what) {
    return error_set(err, ERROR_PROTOCOL, "the answer is no HTTP: %s", what);
}

/* ---- lines ---- */

static size_t line_bytes_max(const struct http_reader *reader) {
    if (reader->state == READ_CHUNK_SIZE || reader->state == READ_CHUNK_END)
        return HTTP_CHUNK_LINE_BYTES_MAX;
    return HTTP_HEADER_BYTES_MAX - reader->header_bytes;
}

/* Moves bytes into reader->line up to a line's end, which is not kept. *out_complete tells whether it came.
 */
static bool take_line(struct http_reader *reader, struct text *bytes, bool *out_complete, struct error *err) {
    const char *end = memchr(bytes->data, '\n', bytes->length);
    size_t length = end ? (size_t)(end - bytes->data) + 1 : bytes->length;

    if (reader->line.length + length > line_bytes_max(reader))
        return bad(err, "a line or header is too long");
    buffer_add(&reader->line, bytes->data, length);
    bytes->data += length;
    bytes->length -= length;
    *out_complete = end;
    if (!end)
        return true;
    if (reader->line.length < 2 || reader->line.data[reader->line.length - 2] != '\r')
        return bad(err, "a line ends without a carriage return");
    reader->header_bytes += reader->line.length;
    reader->line.length -= 2;
    return true;
}

static bool is_word(struct text text, const char *word) {
    return text.length == strlen(word) && !strncasecmp(text.data, word, text.length);
}

/* "HTTP/1.1 200 OK"; the reason may be missing, with or without the space before it. */
static bool read_status_line(struct http_reader *reader, struct text line, struct error *err) {
    struct text version = text_cut(&line, ' ');
    struct text code = text_cut(&line, ' ');
    int64_t status;

    if (!text_is(version, "HTTP/1.1") && !text_is(version, "HTTP/1.0"))
        return bad(err, "unknown version");
    if (code.length != 3 || !parse_int64(code, &status) || status < STATUS_MIN || status > STATUS_MAX)
        return bad(err, "no status");
    reader->status = (int)status;
    reader->is_kept_alive = text_is(version, "HTTP/1.1");
    reader->is_chunked = reader->has_length = false;
    reader->retry_after_seconds = 0;
    return true;
}

static bool read_content_length(struct http_reader *reader, struct text value, struct error *err) {
    uint64_t length;

    if (!parse_uint64(value, &length) || length > INT64_MAX)
        return bad(err, "Content-Length is no number");
    if (reader->has_length && reader->length != length)
        return bad(err, "two different lengths");
    reader->has_length = true;
    reader->length = length;
    return true;
}

static void read_connection(struct http_reader *reader, struct text value) {
    while (value.length)
        if (is_word(text_trim(text_cut(&value, ',')), "close"))
            reader->is_kept_alive = false;
}

static void read_retry_after(struct http_reader *reader, struct text value) {
    uint64_t seconds;

    /* The other form, a date, is not used by API servers. */
    if (!parse_uint64(value, &seconds))
        return;
    reader->retry_after_seconds =
        seconds < HTTP_RETRY_AFTER_SECONDS_MAX ? (unsigned)seconds : HTTP_RETRY_AFTER_SECONDS_MAX;
}

static bool read_header(struct http_reader *reader, struct text line, struct error *err) {
    struct text rest = line;
    struct text name = text_cut(&rest, ':');
    struct text value = rest.data ? text_trim(rest) : rest;

    if (!rest.data || !name.length || *name.data == ' ' || *name.data == '\t')
        return bad(err, "a header line without a name");
    if (is_word(name, "Content-Length"))
        return read_content_length(reader, value, err);
    if (is_word(name, "Transfer-Encoding")) {
        if (!is_word(value, "chunked"))
            return bad(err, "unknown Transfer-Encoding");
        reader->is_chunked = true;
    } else if (is_word(name, "Connection")) {
        read_connection(reader, value);
    } else if (is_word(name, "Retry-After")) {
        read_retry_after(reader, value);
    }
    return true;
}

/* All headers are there: what kind of body follows. RFC 9112, 6.3. */
static bool begin_body(struct http_reader *reader, struct error *err) {
    reader->header_bytes = 0;
    if (reader->status == 101)
        return bad(err, "it changes to another protocol");
    if (reader->status < 200) {
        reader->state = READ_STATUS_LINE;
        return true;
    }
    if (reader->is_chunked && reader->has_length)
        return bad(err, "a length and chunks");
    reader->has_headers = true;
    if (reader->status == 204 || reader->status == 304)
        reader->state = READ_NOTHING;
    else if (reader->is_chunked)
        reader->state = READ_CHUNK_SIZE;
    else if (reader->has_length)
        reader->state = reader->length ? READ_BODY : READ_NOTHING;
    else
        return bad(err, "a body without a length"); /* a cut one would look like a whole one */
    return true;
}

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
        return (digit | 0x20) - 'a' + 10;
    return -1;
}

static bool read_chunk_size(struct http_reader *reader, struct text line, struct error *err) {
    struct text digits = text_trim(text_cut(&line, ';'));
    uint64_t length = 0;

    if (!digits.length)
        return bad(err, "a chunk without a size");
    for (size_t i = 0; i < digits.length; i++) {
        int value = hex_value(digits.data[i]);
        if (value < 0 || length > INT64_MAX >> 4)
            return bad(err, "a chunk size that is no number");
        length = length << 4 | (unsigned)value;
    }
    reader->length = length;
    reader->header_bytes = 0;
    reader->state = length ? READ_CHUNK : READ_TRAILER;
    return true;
}

static bool read_line(struct http_reader *reader, struct text line, struct error *err) {
    switch ((enum state)reader->state) {
    case READ_STATUS_LINE:
        reader->state = READ_HEADER;
        return read_status_line(reader, line, err);
    case READ_HEADER:
        return line.length ? read_header(reader, line, err) : begin_body(reader, err);
    case READ_CHUNK_SIZE:
        return read_chunk_size(reader, line, err);
    case READ_CHUNK_END:
        reader->state = READ_CHUNK_SIZE;
        return !line.length || bad(err, "a chunk longer than its size");
    case READ_TRAILER:
        if (!line.length)
            reader->state = READ_NOTHING;
        return true;
    case READ_BODY:
    case READ_CHUNK:
    case READ_NOTHING:
        break;
    }
    ensure(false);
    return false;
}

/* ---- bodies ---- */

static bool pass_body(struct http_reader *reader, struct text *bytes, http_body_fn *body, void *context) {
    size_t length = bytes->length < reader->length ? bytes->length : (size_t)reader->length;
    struct text part = { bytes->data, length };

    bytes->data += length;
    bytes->length -= length;
    reader->length -= length;
    if (!reader->length)
        reader->state = reader->state == READ_CHUNK ? READ_CHUNK_END : READ_NOTHING;
    return body(context, part);
}

enum http_read http_reader_feed(struct http_reader *reader, struct text *bytes, http_body_fn *body,
                                void *context, struct error *err) {
    while (bytes->length && reader->state != READ_NOTHING) {
        bool is_complete = false;

        if (reader->state == READ_BODY || reader->state == READ_CHUNK) {
            if (!pass_body(reader, bytes, body, context))
                return HTTP_READ_STOPPED;
            continue;
        }
        if (!take_line(reader, bytes, &is_complete, err))
            return HTTP_READ_BAD;
        if (!is_complete)
            continue;
        if (!read_line(reader, buffer_text(&reader->line), err))
            return HTTP_READ_BAD;
        buffer_reset(&reader->line);
    }
    return reader->state == READ_NOTHING ? HTTP_READ_DONE : HTTP_READ_MORE;
}
