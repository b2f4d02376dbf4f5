#include "bolt/channel.h"

#include "bolt/chunking.h"

/* Read at once: a page less than what malloc() takes from the system by itself. */
enum { READ_BYTES = 16384 };

struct bolt_channel {
    const struct bolt_network *network;
    struct bolt_stream *stream;
    struct bolt_version version;
    struct buffer received;
    size_t taken; /* bytes of received that were read already */
    struct chunk_reader reader;
    int64_t silence_ns; /* 0: no limit */
};

struct bolt_version bolt_channel_version(const struct bolt_channel *channel) {
    return channel->version;
}

void bolt_channel_set_silence(struct bolt_channel *channel, int64_t silence_ns) {
    channel->silence_ns = silence_ns;
}

static struct text pending(const struct bolt_channel *channel) {
    struct text bytes = buffer_text(&channel->received);

    return (struct text){ bytes.data + channel->taken, bytes.length - channel->taken };
}

bool bolt_channel_has_news(const struct bolt_channel *channel) {
    return pending(channel).length > 0 || bolt_stream_is_readable(channel->stream);
}

void bolt_channel_trim(struct bolt_channel *channel) {
    if (chunk_reader_is_inside(&channel->reader))
        return;
    chunk_reader_clear(&channel->reader);
    if (pending(channel).length == 0) {
        buffer_clear(&channel->received);
        channel->taken = 0;
    }
}

/* ---- bytes ---- */

static bool receive(struct bolt_channel *channel, int64_t deadline_ns, struct error *err) {
    struct buffer *received = &channel->received;
    size_t length;
    int64_t now = clock_monotonic(channel->network->clock);
    int64_t until = deadline_ns;

    /* A peer that never stops talking must not keep us past the deadline either. */
    if (now >= deadline_ns)
        return error_set(err, ERROR_TIMEOUT, "no complete answer in time");
    if (channel->silence_ns && channel->silence_ns < deadline_ns - now)
        until = now + channel->silence_ns;
    if (channel->taken == received->length) {
        buffer_reset(received);
        channel->taken = 0;
    }
    buffer_reserve(received, READ_BYTES);
    if (!bolt_stream_read(channel->stream, received->data + received->length, READ_BYTES, &length, until,
                          err))
        return false;
    received->length += length;
    received->data[received->length] = '\0';
    return true;
}

/* ---- opening ---- */

static bool explain(enum handshake_result result, struct error *err) {
    switch (result) {
    case HANDSHAKE_AGREED:
        return true;
    case HANDSHAKE_NO_MATCH:
        return error_set(err, ERROR_PROTOCOL, "the server speaks no version of Bolt from 4.4 to 6.1");
    case HANDSHAKE_HTTP:
        return error_set(err, ERROR_PROTOCOL, "this looks like HTTP: is it the port of Bolt (7687)?");
    case HANDSHAKE_MALFORMED:
    case HANDSHAKE_NEED_MORE:
    case HANDSHAKE_CONTINUE:
        break;
    }
    return error_set(err, ERROR_PROTOCOL,
                     "the answer is not Bolt: is it the right port, and does the server want TLS?");
}

static bool shake_hands(struct bolt_channel *channel, int64_t deadline_ns, struct error *err) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    enum handshake_result result;
    size_t consumed = 0;

    handshake_client_write(&out);
    if (!bolt_stream_write(channel->stream, buffer_text(&out), deadline_ns, err))
        return false;
    buffer_reset(&out);
    while ((result = handshake_client_read(pending(channel), &consumed, &out, &channel->version)) ==
           HANDSHAKE_NEED_MORE)
        if (!receive(channel, deadline_ns, err))
            return false;
    if (!explain(result, err))
        return false;
    channel->taken += consumed;
    return !out.length || bolt_stream_write(channel->stream, buffer_text(&out), deadline_ns, err);
}

bool bolt_channel_open(const struct bolt_endpoint *endpoint, int64_t deadline_ns,
                       struct bolt_channel **out_channel, struct error *err) {
    CLEANUP_POINTER(bolt_channel_free) struct bolt_channel *channel = XNEW(struct bolt_channel);

    channel->network = bolt_endpoint_network(endpoint);
    if (!bolt_stream_open(endpoint, deadline_ns, &channel->stream, err) ||
        !shake_hands(channel, deadline_ns, err))
        return false;
    *out_channel = TAKE(channel);
    return true;
}

void bolt_channel_free(struct bolt_channel *channel) {
    if (!channel)
        return;
    bolt_stream_free(channel->stream);
    buffer_clear(&channel->received);
    chunk_reader_clear(&channel->reader);
    free(channel);
}

/* ---- messages ---- */

void bolt_channel_add(struct buffer *wire, struct buffer *message) {
    chunking_write(wire, buffer_text(message));
    buffer_reset(message);
}

bool bolt_channel_send(struct bolt_channel *channel, const struct buffer *wire, int64_t deadline_ns,
                       struct error *err) {
    return bolt_stream_write(channel->stream, buffer_text(wire), deadline_ns, err);
}

bool bolt_channel_receive(struct bolt_channel *channel, int64_t deadline_ns, struct text *out_message,
                          struct error *err) {
    enum chunk_result result;

    do {
        struct text input = pending(channel);
        result = chunk_reader_read(&channel->reader, &input);
        channel->taken = channel->received.length - input.length;
        if (result == CHUNK_TOO_LARGE)
            return error_set(err, ERROR_PROTOCOL, "a message is larger than %d MiB",
                             CHUNK_MESSAGE_BYTES_MAX / (1024 * 1024));
        if (result == CHUNK_NEED_MORE && !receive(channel, deadline_ns, err))
            return false;
    } while (result != CHUNK_MESSAGE);
    *out_message = chunk_reader_message(&channel->reader);
    return true;
}
