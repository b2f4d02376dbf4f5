#include "base/encoding.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sys/random.h>

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789abcdef";

void base64_encode(struct buffer *out, const void *data, size_t length) {
    const unsigned char *bytes = data;

    buffer_reserve(out, (length + 2) / 3 * 4);
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);
        buffer_add_char(out, base64_digits[group >> 18]);
        buffer_add_char(out, base64_digits[group >> 12 & 63]);
        buffer_add_char(out, left > 1 ? base64_digits[group >> 6 & 63] : '=');
        buffer_add_char(out, left > 2 ? base64_digits[group & 63] : '=');
    }
}

/* -1 for what is no digit. */
static int base64_value(char digit) {
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

/* The next digit of *rest, or '\0' at the end. Line breaks are skipped, as Go does: people paste what
 * base64(1) wrapped. */
static char next_digit(struct text *rest) {
    while (rest->length && (*rest->data == '\n' || *rest->data == '\r'))
        *rest = (struct text){ rest->data + 1, rest->length - 1 };
    if (!rest->length)
        return '\0';
    char digit = *rest->data;
    *rest = (struct text){ rest->data + 1, rest->length - 1 };
    return digit;
}

/* Groups of four digits; the last may end with one or two '='. */
static bool decode(struct buffer *out, struct text rest) {
    unsigned padding = 0;

    for (char digit = next_digit(&rest); digit; digit = next_digit(&rest)) {
        uint32_t group = 0;
        if (padding)
            return false;
        for (unsigned i = 0; i < 4; i++) {
            int value = base64_value(digit);
            if (digit == '=' ? i < 2 : value < 0 || padding > 0)
                return false;
            padding += digit == '=';
            group = group << 6 | (uint32_t)(value < 0 ? 0 : value);
            if (i < 3)
                digit = next_digit(&rest);
        }
        const unsigned char bytes[] = { (unsigned char)(group >> 16), (unsigned char)(group >> 8),
                                        (unsigned char)group };
        buffer_add(out, bytes, 3 - padding);
    }
    return true;
}

bool base64_decode(struct buffer *out, struct text text) {
    size_t before = out->length;

    if (decode(out, text))
        return true;
    if (out->data) {
        out->length = before;
        out->data[before] = '\0';
    }
    return false;
}

char *sha256_hex(struct arena *arena, const void *data, size_t length, size_t digits) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_length;

    ensure(EVP_Digest(data, length, digest, &digest_length, EVP_sha256(), NULL) == 1);
    ensure(digits <= (size_t)digest_length * 2);
    char *hex = arena_alloc_bytes(arena, digits + 1);
    for (size_t i = 0; i < digits; i++)
        hex[i] = hex_digits[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
    hex[digits] = '\0';
    return hex;
}

uint64_t hash64(const void *data, size_t length) {
    const unsigned char *bytes = data;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t hash64_add(uint64_t hash, uint64_t thing) {
    return ((hash << 7 | hash >> 57) ^ (thing + 1)) * UINT64_C(0x9e3779b97f4a7c15);
}

uint64_t hash64_add_string(uint64_t hash, const char *string) {
    return string ? hash64_add(hash, hash64(string, strlen(string))) : hash64_add(hash, 0);
}

static struct {
    void (*fill)(void *context, void *out, size_t length);
    void *context;
} random_source;

void random_set_source(void (*source)(void *context, void *out, size_t length), void *context) {
    random_source.fill = source;
    random_source.context = context;
}

void random_bytes(void *out, size_t length) {
    unsigned char *at = out;

    if (random_source.fill) {
        random_source.fill(random_source.context, out, length);
        return;
    }
    while (length > 0) {
        ssize_t got = getrandom(at, length, 0);
        if (got < 0) {
            ensure(errno == EINTR);
            continue;
        }
        at += got;
        length -= (size_t)got;
    }
}

char *uuid_new(struct arena *arena) {
    uint8_t bytes[16];

    random_bytes(bytes, sizeof(bytes));
    return uuid_format(arena, bytes);
}

char *uuid_format(struct arena *arena, const uint8_t bytes[16]) {
    enum { LENGTH = 36 };
    char *uuid = arena_alloc_bytes(arena, LENGTH + 1);
    size_t at = 0;

    for (size_t i = 0; i < 16; i++) {
        uint8_t byte = bytes[i];
        if (i == 6)
            byte = (uint8_t)(0x40 | (byte & 0x0f));
        else if (i == 8)
            byte = (uint8_t)(0x80 | (byte & 0x3f));
        if (i == 4 || i == 6 || i == 8 || i == 10)
            uuid[at++] = '-';
        uuid[at++] = hex_digits[byte >> 4];
        uuid[at++] = hex_digits[byte & 15];
    }
    uuid[at] = '\0';
    return uuid;
}
