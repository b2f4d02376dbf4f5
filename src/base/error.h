/* Errors: what went wrong, for whom, and when to try again.
 *
 * A function that can fail returns bool and takes `struct error *err` last; on success err is untouched. err
 * may be NULL where only success matters. Start with struct error err = { 0 }. No clean-up: the text is
 * inside, cut at its end when too long.
 *
 * The kind says who can mend it, and thus how the work queue retries; the text says what was tried, on what,
 * and what is allowed. Errors never hold a secret.
 */
#pragma once

#include "base/memory.h"

enum retry {
    RETRY_NEVER,        /* nothing to wait for */
    RETRY_ON_CHANGE,    /* when an object that was read changes; a slow look all the same */
    RETRY_AT_ONCE,      /* read again and repeat */
    RETRY_WITH_BACKOFF, /* later, each time later */
};

/* kind, reason as in a condition or event, retry */
#define ERROR_KINDS(X)                                                                                       \
    X(INVALID, "Invalid", RETRY_ON_CHANGE)    /* the object or input is wrong */                             \
    X(NOT_FOUND, "NotFound", RETRY_ON_CHANGE) /* something that must exist does not */                       \
    X(ALREADY_EXISTS, "AlreadyExists", RETRY_AT_ONCE)                                                        \
    X(CONFLICT, "Conflict", RETRY_AT_ONCE)              /* changed meanwhile, or owned by another */         \
    X(GONE, "Gone", RETRY_AT_ONCE)                      /* resource version too old: list again */           \
    X(UNAUTHORIZED, "Unauthorized", RETRY_WITH_BACKOFF) /* credentials refused */                            \
    X(FORBIDDEN, "Forbidden", RETRY_WITH_BACKOFF)       /* known, but not allowed */                         \
    X(THROTTLED, "TooManyRequests", RETRY_WITH_BACKOFF)                                                      \
    X(TIMEOUT, "Timeout", RETRY_WITH_BACKOFF)         /* no answer: the outcome is unknown */                \
    X(UNAVAILABLE, "Unavailable", RETRY_WITH_BACKOFF) /* no connection; nothing was done */                  \
    X(PROTOCOL, "ProtocolError", RETRY_WITH_BACKOFF)  /* the peer's bytes make no sense */                   \
    X(REFUSED, "Refused", RETRY_WITH_BACKOFF)         /* the peer understood and said no */                  \
    X(INTERNAL, "InternalError", RETRY_WITH_BACKOFF)  /* our own surroundings: files, memory, threads */

enum error_kind {
    ERROR_NONE,
#define X(kind, reason, retry) ERROR_##kind,
    ERROR_KINDS(X)
#undef X
};

enum { ERROR_TEXT_BYTES_MAX = 1024 };

struct error {
    enum error_kind kind;
    /* Seconds that the peer asked us to wait (Retry-After), 0 when it did not say. */
    unsigned retry_after_seconds;
    /* Whether a request that failed may have taken effect nevertheless. */
    bool outcome_unknown;
    char text[ERROR_TEXT_BYTES_MAX];
};

/* Both return false, so that a caller can write: return error_set(…). */
bool error_set(struct error *err, enum error_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts "format: " in front of the text. */
bool error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* "Invalid", "NotFound" …: the word for conditions and events. */
const char *error_reason(enum error_kind kind);
enum retry error_retry(enum error_kind kind);
