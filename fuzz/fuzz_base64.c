/* Base64: what is decoded and encoded again is the input without its line breaks, and what is refused leaves
 * nothing behind. */
#include "base/encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_BUFFER struct buffer bytes = { 0 }, text = { 0 }, again = { 0 };

    if (!base64_decode(&bytes, (struct text){ (const char *)data, size }))
        ensure(bytes.length == 0);
    base64_encode(&text, bytes.data, bytes.length);
    ensure(text.length == (bytes.length + 2) / 3 * 4);
    ensure(base64_decode(&again, buffer_text(&text)));
    ensure(text_equal(buffer_text(&bytes), buffer_text(&again)));

    buffer_reset(&text);
    buffer_reset(&again);
    base64_encode(&text, data, size);
    ensure(base64_decode(&again, buffer_text(&text)));
    ensure(text_equal(buffer_text(&again), (struct text){ (const char *)data, size }));
    return 0;
}
