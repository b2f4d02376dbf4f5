#include "bolt/stream.h"

#include "base/buffer.h"

enum { READ_BYTES = 16384 };

struct bolt_stream {
    struct bolt_wire *wire;
    struct tls_session *tls; /* NULL: plain */
    struct buffer encrypted; /* to be sent */
};

static bool wire_write(struct bolt_stream *stream, struct text data, int64_t deadline_ns, struct error *err) {
    return stream->wire->kind->write(stream->wire, data, deadline_ns, err);
}

static bool wire_read(struct bolt_stream *stream, char *out, size_t size, size_t *out_length,
                      int64_t deadline_ns, struct error *err) {
    return stream->wire->kind->read(stream->wire, out, size, out_length, deadline_ns, err);
}

/* ---- TLS over the wire ---- */

static bool send_encrypted(struct bolt_stream *stream, int64_t deadline_ns, struct error *err) {
    tls_session_output(stream->tls, &stream->encrypted);
    bool is_sent = wire_write(stream, buffer_text(&stream->encrypted), deadline_ns, err);
    buffer_clear(&stream->encrypted);
    return is_sent;
}

static bool receive_encrypted(struct bolt_stream *stream, int64_t deadline_ns, struct error *err) {
    char encrypted[READ_BYTES];
    size_t length;

    if (!wire_read(stream, encrypted, sizeof(encrypted), &length, deadline_ns, err))
        return false;
    tls_session_feed(stream->tls, (struct text){ encrypted, length });
    return true;
}

/* What follows from a step of TLS. True: the step is to be tried again. */
static bool go_on(struct bolt_stream *stream, enum tls_result result, int64_t deadline_ns,
                  struct error *err) {
    struct error unsent = { 0 };
    bool is_sent = send_encrypted(stream, deadline_ns, &unsent);

    switch (result) {
    case TLS_FAILED:
        return false; /* the reason is known already; what was sent is an alert */
    case TLS_CLOSED:
        return error_set(err, ERROR_UNAVAILABLE, "the server closed the connection");
    case TLS_DONE:
    case TLS_WANTS_INPUT:
        break;
    }
    if (!is_sent)
        return error_set(err, unsent.kind, "%s", unsent.text);
    return result == TLS_DONE || receive_encrypted(stream, deadline_ns, err);
}

static bool shake_hands(struct bolt_stream *stream, const struct bolt_endpoint *endpoint, int64_t deadline_ns,
                        struct error *err) {
    const char *server_name = endpoint->server_name ? endpoint->server_name : endpoint->address;
    struct error failure = { 0 };
    enum tls_result result;

    stream->tls = tls_session_new(endpoint->tls, server_name);
    do {
        result = tls_session_handshake(stream->tls, &failure);
        if (!go_on(stream, result, deadline_ns, &failure))
            return error_set(err, failure.kind == ERROR_TIMEOUT ? ERROR_UNAVAILABLE : failure.kind,
                             "TLS handshake: %s", failure.text);
    } while (result != TLS_DONE);
    return true;
}

/* ---- the stream ---- */

bool bolt_stream_open(const struct bolt_endpoint *endpoint, int64_t deadline_ns,
                      struct bolt_stream **out_stream, struct error *err) {
    CLEANUP_POINTER(bolt_stream_free) struct bolt_stream *stream = XNEW(struct bolt_stream);

    const struct bolt_network *network = bolt_endpoint_network(endpoint);

    if (!network->dial(network, endpoint->address, endpoint->port, deadline_ns, &stream->wire, err))
        return false;
    if (endpoint->tls && !shake_hands(stream, endpoint, deadline_ns, err))
        return false;
    *out_stream = TAKE(stream);
    return true;
}

/* Says goodbye if that needs no waiting. */
static void close_tls(struct bolt_stream *stream) {
    struct error ignored = { 0 };

    tls_session_close(stream->tls);
    bool is_sent = send_encrypted(stream, 0, &ignored);
    (void)is_sent;
    tls_session_free(stream->tls);
}

void bolt_stream_free(struct bolt_stream *stream) {
    if (!stream)
        return;
    if (stream->tls)
        close_tls(stream);
    if (stream->wire)
        stream->wire->kind->close(stream->wire);
    buffer_clear(&stream->encrypted);
    free(stream);
}

bool bolt_stream_write(struct bolt_stream *stream, struct text data, int64_t deadline_ns, struct error *err) {
    enum tls_result result;

    if (!stream->tls)
        return wire_write(stream, data, deadline_ns, err);
    do {
        result = tls_session_write(stream->tls, data, err);
        if (!go_on(stream, result, deadline_ns, err))
            return false;
    } while (result != TLS_DONE);
    return true;
}

bool bolt_stream_read(struct bolt_stream *stream, char *out, size_t size, size_t *out_length,
                      int64_t deadline_ns, struct error *err) {
    enum tls_result result;

    if (!stream->tls)
        return wire_read(stream, out, size, out_length, deadline_ns, err);
    do {
        result = tls_session_read(stream->tls, out, size, out_length, err);
        if (!go_on(stream, result, deadline_ns, err))
            return false;
    } while (result != TLS_DONE);
    return true;
}

bool bolt_stream_is_readable(const struct bolt_stream *stream) {
    return (stream->tls && tls_session_has_pending(stream->tls)) ||
           stream->wire->kind->is_readable(stream->wire);
}
