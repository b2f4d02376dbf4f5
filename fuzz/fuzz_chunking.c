/* Chunking: bytes give the same messages however they are split, and a message that was read and written
 * again is read as itself. */
#include "bolt/chunking.h"

enum { MESSAGE_BYTES_MAX = 1000 };

/* All messages of the input, each behind its length; read in pieces of at most `step` bytes. */
static void read_all(struct text input, size_t step, struct buffer *out) {
    CLEANUP(chunk_reader_clear) struct chunk_reader reader = { .message_bytes_max = MESSAGE_BYTES_MAX };

    while (input.length > 0) {
        struct text piece = { input.data, input.length < step ? input.length : step };
        input.data += piece.length;
        input.length -= piece.length;
        enum chunk_result result;
        while ((result = chunk_reader_read(&reader, &piece)) == CHUNK_MESSAGE) {
            struct text message = chunk_reader_message(&reader);
            ensure(message.length > 0 && message.length <= MESSAGE_BYTES_MAX);
            chunking_write(out, message);
        }
        if (result == CHUNK_TOO_LARGE)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_BUFFER struct buffer whole = { 0 };
    CLEANUP_BUFFER struct buffer split = { 0 };
    CLEANUP_BUFFER struct buffer again = { 0 };

    read_all((struct text){ (const char *)data, size }, SIZE_MAX, &whole);
    read_all((struct text){ (const char *)data, size }, 1, &split);
    ensure(text_equal(buffer_text(&whole), buffer_text(&split)));
    read_all(buffer_text(&whole), 7, &again);
    ensure(text_equal(buffer_text(&whole), buffer_text(&again)));
    return 0;
}
