#include "sim/neo4j/credential.h"

#include "base/buffer.h"
#include "base/encoding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

/* Few rounds on purpose, as Neo4j's own native provider: it is a simulation, and logs in often. */
enum { SALT_BYTES = 16, HASH_BYTES = 32, ROUNDS = 1024 };

static void derive(struct text password, const uint8_t salt[SALT_BYTES], uint8_t out_hash[HASH_BYTES]) {
    int ok = PKCS5_PBKDF2_HMAC(password.data, (int)password.length, salt, SALT_BYTES, ROUNDS, EVP_sha256(),
                               HASH_BYTES, out_hash);
    ensure(ok == 1);
}

char *credential_new(struct arena *arena, struct random_source *random, struct text password) {
    uint64_t halves[2] = { random_next(random), random_next(random) };
    uint8_t bytes[SALT_BYTES + HASH_BYTES];
    CLEANUP_BUFFER struct buffer text = { 0 };

    memcpy(bytes, halves, SALT_BYTES);
    derive(password, bytes, bytes + SALT_BYTES);
    base64_encode(&text, bytes, sizeof(bytes));
    return arena_strdup(arena, buffer_string(&text));
}

bool credential_matches(const char *credential, struct text password) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    uint8_t hash[HASH_BYTES];

    if (!base64_decode(&bytes, text_from(credential)) || bytes.length != SALT_BYTES + HASH_BYTES)
        return false;
    derive(password, (const uint8_t *)bytes.data, hash);
    return CRYPTO_memcmp(hash, bytes.data + SALT_BYTES, HASH_BYTES) == 0;
}
