/* Secrets: a type of their own, so that the compiler keeps them out of logs, errors and status. */
#pragma once

#include "base/memory.h"

struct secret_text {
    char *bytes; /* NUL-terminated; only for the peer that needs it */
    size_t length;
};

/* A copy. */
struct secret_text secret_text_new(const void *bytes, size_t length);
/* Overwrites and frees. */
void secret_text_clear(struct secret_text *secret);
/* In constant time. */
bool secret_text_equal(const struct secret_text *a, const struct secret_text *b);
