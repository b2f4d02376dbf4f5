/* Encodings and digests: base64, hexadecimal, SHA-256, random names, UUIDs. */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"

/* Standard alphabet with padding. */
void base64_encode(struct buffer *out, const void *data, size_t length);
/* Appends the bytes; false at anything that is not base64. */
CHECKED bool base64_decode(struct buffer *out, struct text text);
/* The first `digits` hex characters of the SHA-256, in arena. Not for anything that is, or is made from, a
 * secret. */
char *sha256_hex(struct arena *arena, const void *data, size_t length, size_t digits);
/* 64 bits that tell contents apart in memory (FNV-1a); no security. */
uint64_t hash64(const void *data, size_t length);
/* A hash of several things, one after the other; NULL is not "". Begin with 0. */
uint64_t hash64_add(uint64_t hash, uint64_t thing);
uint64_t hash64_add_string(uint64_t hash, const char *string);
/* From the system's generator. */
void random_bytes(void *out, size_t length);
/* Where random bytes come from instead, for a deterministic simulation in one thread; NULL: the system again.
 */
void random_set_source(void (*source)(void *context, void *out, size_t length), void *context);
/* A random UUID, version 4, lower case, in arena. */
char *uuid_new(struct arena *arena);
/* A UUID from 16 bytes of the caller's choice (deterministic simulation), version and variant bits set, in
 * arena. */
char *uuid_format(struct arena *arena, const uint8_t bytes[16]);
