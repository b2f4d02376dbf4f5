#include "sim/neo4j/credential.h"

#include "base/encoding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

enum { HASH_BYTES = 32, SALT_BYTES_MAX = 64, VERSION = 1 };

/* Few rounds on purpose, as Neo4j's own: it is a simulation, and logs in often. */
static const unsigned rounds[] = { 1, 1024 };

struct credential {
    unsigned version;
    uint8_t hash[HASH_BYTES];
    uint8_t salt[SALT_BYTES_MAX];
    size_t salt_length;
};

static void derive(const struct credential *credential, struct text password, uint8_t out[HASH_BYTES]) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t hash[HASH_BYTES];
    bool ok = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(context, credential->salt, credential->salt_length) == 1 &&
              EVP_DigestUpdate(context, password.data, password.length) == 1 &&
              EVP_DigestFinal_ex(context, hash, NULL) == 1;

    /* One context for all rounds: to make one takes longer than a round. */
    for (unsigned i = 1; ok && i < rounds[credential->version]; i++)
        ok = EVP_DigestInit_ex(context, NULL, NULL) == 1 &&
             EVP_DigestUpdate(context, hash, HASH_BYTES) == 1 && EVP_DigestFinal_ex(context, hash, NULL) == 1;
    EVP_MD_CTX_free(context);
    ensure(ok);
    memcpy(out, hash, HASH_BYTES);
}

static bool read_hex(struct text text, uint8_t *out, size_t length_max, size_t *out_length) {
    static const char digits[] = "0123456789abcdef";

    if (text.length % 2 || text.length / 2 > length_max || !text.length)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        const char *digit = memchr(digits, text.data[i] | 0x20, 16);
        if (!digit)
            return false;
        out[i / 2] = (uint8_t)((i % 2 ? out[i / 2] << 4 : 0) | (digit - digits));
    }
    *out_length = text.length / 2;
    return true;
}

static bool parse(const char *text, struct credential *credential) {
    struct text rest = text_from(text);
    struct text version = text_cut(&rest, ',');
    struct text hash = text_cut(&rest, ',');
    uint64_t number;
    size_t hash_length;

    if (!parse_uint64(version, &number) || number >= ARRAY_LENGTH(rounds))
        return false;
    credential->version = (unsigned)number;
    return read_hex(hash, credential->hash, HASH_BYTES, &hash_length) && hash_length == HASH_BYTES &&
           rest.data && read_hex(rest, credential->salt, SALT_BYTES_MAX, &credential->salt_length);
}

static char *hex(struct arena *arena, const uint8_t *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    char *text = ARENA_ARRAY(arena, char, length * 2 + 1);

    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return text;
}

static char *write_credential(struct arena *arena, const struct credential *credential) {
    return arena_printf(arena, "%u,%s,%s", credential->version, hex(arena, credential->hash, HASH_BYTES),
                        hex(arena, credential->salt, credential->salt_length));
}

char *credential_new(struct arena *arena, struct random_source *random, struct text password) {
    struct credential credential = { .version = VERSION };

    for (; credential.salt_length < HASH_BYTES; credential.salt_length += sizeof(uint64_t)) {
        uint64_t bits = random_next(random);
        memcpy(credential.salt + credential.salt_length, &bits, sizeof(bits));
    }
    derive(&credential, password, credential.hash);
    return write_credential(arena, &credential);
}

char *credential_from_encrypted(struct arena *arena, const char *text) {
    struct credential credential;

    return parse(text, &credential) ? write_credential(arena, &credential) : NULL;
}

bool credential_matches(const char *text, struct text password) {
    struct credential credential;
    uint8_t hash[HASH_BYTES];

    if (!parse(text, &credential))
        return false;
    derive(&credential, password, hash);
    return CRYPTO_memcmp(hash, credential.hash, HASH_BYTES) == 0;
}
