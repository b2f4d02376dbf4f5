#include "base/secret.h"

#include <openssl/crypto.h>
#include <string.h>

struct secret_text secret_text_new(const void *bytes, size_t length) {
    struct secret_text secret = { .bytes = xmalloc(length + 1), .length = length };

    if (length)
        memcpy(secret.bytes, bytes, length);
    secret.bytes[length] = '\0';
    return secret;
}

void secret_text_clear(struct secret_text *secret) {
    if (secret->bytes)
        explicit_bzero(secret->bytes, secret->length);
    free(secret->bytes);
    *secret = (struct secret_text){ 0 };
}

bool secret_text_equal(const struct secret_text *a, const struct secret_text *b) {
    return a->length == b->length && (a->length == 0 || CRYPTO_memcmp(a->bytes, b->bytes, a->length) == 0);
}
