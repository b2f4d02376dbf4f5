/* Chunking: how messages are cut into chunks on the wire.
 *
 * A chunk is its length (2 bytes, big endian) and that many bytes; a chunk of length 0 ends a message. One
 * that comes between messages is a NOOP, which keeps a connection alive and means nothing.
 *
 *     struct chunk_reader reader = { .message_bytes_max = … };
 *     while (chunk_reader_read(&reader, &input) == CHUNK_MESSAGE)
 *         handle(chunk_reader_message(&reader));
 */
#pragma once

#include "base/buffer.h"

enum { CHUNK_BYTES_MAX = 65535 };
/* The largest message that is read when the reader does not say otherwise. */
enum { CHUNK_MESSAGE_BYTES_MAX = 16 * 1024 * 1024 };

/* Appends the message, cut into chunks, with its end. It must not be empty. */
void chunking_write(struct buffer *out, struct text message);
/* Appends a NOOP. */
void chunking_write_noop(struct buffer *out);

enum chunk_result {
    CHUNK_NEED_MORE, /* all of the input was taken, the message is not complete yet */
    CHUNK_MESSAGE,   /* a message is complete; input holds what comes after it */
    CHUNK_TOO_LARGE, /* the message is longer than message_bytes_max: nothing more can be read */
};

/* Zeroed: ready to read. Clear it with chunk_reader_clear(). */
struct chunk_reader {
    size_t message_bytes_max; /* 0: CHUNK_MESSAGE_BYTES_MAX */
    struct buffer message;
    size_t chunk_left;
    uint8_t length_first; /* of a chunk length of which one byte has come */
    bool has_length_first;
    bool is_complete;
    bool is_too_large;
    uint64_t noops;
};

/* Takes bytes from *input, up to the end of a message. */
enum chunk_result chunk_reader_read(struct chunk_reader *reader, struct text *input);
/* After CHUNK_MESSAGE, until the next read. */
struct text chunk_reader_message(const struct chunk_reader *reader);
/* Whether a message has begun and is not complete. */
bool chunk_reader_is_inside(const struct chunk_reader *reader);
void chunk_reader_clear(struct chunk_reader *reader);
