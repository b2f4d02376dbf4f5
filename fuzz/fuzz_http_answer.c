/* HTTP answers: an answer means the same however the network cuts it, and its body never exceeds its bytes.
 */
#include "kube/http_reader.h"

struct outcome {
    enum http_read result;
    int status;
    bool is_kept_alive;
    struct buffer body;
    size_t taken;
};

static bool collect(void *context, struct text bytes) {
    buffer_add_text(context, bytes);
    return true;
}

static struct outcome read_in_pieces(struct text text, size_t piece) {
    CLEANUP(http_reader_clear) struct http_reader reader = { 0 };
    struct outcome outcome = { .result = HTTP_READ_MORE };

    while (outcome.taken < text.length && outcome.result == HTTP_READ_MORE) {
        size_t left = text.length - outcome.taken, length = left < piece ? left : piece;
        struct text bytes = { text.data + outcome.taken, length };
        outcome.result = http_reader_feed(&reader, &bytes, collect, &outcome.body, NULL);
        outcome.taken += length - bytes.length;
    }
    outcome.status = reader.status;
    outcome.is_kept_alive = reader.is_kept_alive;
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text text = { (const char *)data, size };
    struct outcome whole = read_in_pieces(text, size), cut = read_in_pieces(text, 1);

    ensure(whole.result == cut.result && whole.status == cut.status && whole.body.length == cut.body.length);
    ensure(text_equal(buffer_text(&whole.body), buffer_text(&cut.body)) && whole.body.length <= size);
    if (whole.result == HTTP_READ_DONE)
        ensure(whole.taken == cut.taken && whole.is_kept_alive == cut.is_kept_alive && whole.status >= 200);
    buffer_clear(&whole.body);
    buffer_clear(&cut.body);
    return 0;
}
