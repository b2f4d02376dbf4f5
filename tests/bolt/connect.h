/* What the tests of connections share: deadlines, a user, a connection that is not open yet. */
#pragma once

#include "bolt/connection.h"

/* Long enough for a slow machine; tests about time pass their own. */
enum { PATIENCE_MS = 20000, SOON_MS = 100 };

static struct secret_text password = { .bytes = (char[]){ "open sesame" }, .length = 11 };

static inline int64_t in_ms(int64_t ms) {
    return bolt_now_ns() + ms * NANOSECONDS_PER_MS;
}

/* server_name and tls may be NULL. */
static inline struct bolt_connection *new_connection(uint16_t port, const char *server_name,
                                                     struct bolt_tls_context *tls) {
    return bolt_connection_new(&(struct bolt_login){
        .endpoint = { .address = "127.0.0.1", .port = port, .server_name = server_name, .tls = tls },
        .user = "ann",
        .user_agent = "test/1",
    });
}
