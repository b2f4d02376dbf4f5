/* HTTP on the Bolt port: however the bytes are cut, the answer is the same; and a request that is refused or
 * answered is consumed, but for one that is too long. */
#include "sandbox/bolt_http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_BUFFER struct buffer whole = { 0 }, last = { 0 };
    size_t consumed;
    enum bolt_http_result result =
        bolt_http_answer((struct text){ (const char *)data, size }, 0, &consumed, &whole);

    ensure(consumed <= size);
    ensure((result == BOLT_HTTP_NEED_MORE) <= (consumed == 0 && whole.length == 0));
    ensure(result != BOLT_HTTP_ANSWERED || (consumed >= 8 && whole.length));
    for (size_t length = 0; result != BOLT_HTTP_NEED_MORE && length < consumed; length++) {
        size_t none;
        ensure(bolt_http_answer((struct text){ (const char *)data, length }, 0, &none, &last) !=
               BOLT_HTTP_ANSWERED);
    }
    return 0;
}
