#include "bolt/chunking.h"

static void write_length(struct buffer *out, size_t length) {
    const uint8_t bytes[2] = { (uint8_t)(length >> 8), (uint8_t)length };

    buffer_add(out, bytes, sizeof(bytes));
}

void chunking_write(struct buffer *out, struct text message) {
    ensure(message.length > 0);
    while (message.length > 0) {
        size_t length = message.length < CHUNK_BYTES_MAX ? message.length : CHUNK_BYTES_MAX;
        write_length(out, length);
        buffer_add(out, message.data, length);
        message.data += length;
        message.length -= length;
    }
    write_length(out, 0);
}

void chunking_write_noop(struct buffer *out) {
    write_length(out, 0);
}

/* One byte of a chunk's length; true when the length is known. */
static bool read_length(struct chunk_reader *reader, struct text *input, size_t *out_length) {
    uint8_t byte = (uint8_t)*input->data;

    input->data++;
    input->length--;
    if (!reader->has_length_first) {
        reader->length_first = byte;
        reader->has_length_first = true;
        return false;
    }
    reader->has_length_first = false;
    *out_length = (size_t)reader->length_first << 8 | byte;
    return true;
}

static void read_data(struct chunk_reader *reader, struct text *input) {
    size_t length = input->length < reader->chunk_left ? input->length : reader->chunk_left;

    buffer_add(&reader->message, input->data, length);
    input->data += length;
    input->length -= length;
    reader->chunk_left -= length;
}

enum chunk_result chunk_reader_read(struct chunk_reader *reader, struct text *input) {
    size_t bytes_max = reader->message_bytes_max ? reader->message_bytes_max : CHUNK_MESSAGE_BYTES_MAX;

    if (reader->is_too_large)
        return CHUNK_TOO_LARGE;
    if (reader->is_complete) {
        reader->is_complete = false;
        buffer_reset(&reader->message);
    }
    while (input->length > 0) {
        size_t length;
        if (reader->chunk_left > 0) {
            read_data(reader, input);
        } else if (read_length(reader, input, &length)) {
            if (length > bytes_max - reader->message.length) {
                reader->is_too_large = true;
                return CHUNK_TOO_LARGE;
            }
            reader->chunk_left = length;
            reader->is_complete = length == 0 && reader->message.length > 0;
            if (reader->is_complete)
                return CHUNK_MESSAGE;
            reader->noops += length == 0;
        }
    }
    return CHUNK_NEED_MORE;
}

struct text chunk_reader_message(const struct chunk_reader *reader) {
    ensure(reader->is_complete);
    return buffer_text(&reader->message);
}

bool chunk_reader_is_inside(const struct chunk_reader *reader) {
    return !reader->is_complete &&
           (reader->message.length > 0 || reader->chunk_left > 0 || reader->has_length_first);
}

void chunk_reader_clear(struct chunk_reader *reader) {
    buffer_clear(&reader->message);
    *reader = (struct chunk_reader){ .message_bytes_max = reader->message_bytes_max };
}
