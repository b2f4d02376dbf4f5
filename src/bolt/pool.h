/* Pool: connections that are kept for the next call.
 *
 * A connection is given to one user at a time. An idle one is used again when it goes to the same server, as
 * the same user with the same password, with the same TLS settings; it is looked at first when it rested for
 * a while or something came over it. It is closed when it is old, when the password has changed, or when too
 * many rest. Safe for any number of threads.
 */
#pragma once

#include "bolt/connection.h"

enum {
    BOLT_POOL_LIFETIME_SECONDS = 30 * 60, /* of a connection, from its opening */
    BOLT_POOL_REST_SECONDS = 10,          /* longer idle: RESET before use */
    BOLT_POOL_CHECK_MS = 2000,            /* for that RESET */
    BOLT_POOL_PER_SERVER_MAX = 4,         /* in use and idle together; who wants more waits */
    BOLT_POOL_IDLE_MAX = 64,              /* of all servers; the longest idle goes first */
};

struct bolt_pool;

/* Ages are measured with clock, which must outlive the pool. Never NULL. */
struct bolt_pool *bolt_pool_new(const struct clock *clock);
/* When no connection is in use. */
void bolt_pool_free(struct bolt_pool *pool);
DEFINE_CLEANUP(struct bolt_pool, bolt_pool_free);

/* A connection that is BOLT_READY, which the caller gives back with bolt_pool_put(). Opens one when none is
 * idle. When the server refuses the login, *out_failure, if not NULL, says so in arena, else it is untouched.
 * ERROR_UNAVAILABLE also when all connections to that server stay in use until the deadline. */
CHECKED bool bolt_pool_take(struct bolt_pool *pool, const struct bolt_login *login,
                            const struct secret_text *password, int64_t deadline_ns, struct arena *arena,
                            struct bolt_connection **out_connection, struct bolt_failure *out_failure,
                            struct error *err);
/* Keeps the connection if it is of further use; one that is BOLT_FAILED is reset before its next use. */
void bolt_pool_put(struct bolt_pool *pool, struct bolt_connection *connection);
/* Closes idle connections to an address (NULL: all). */
void bolt_pool_forget(struct bolt_pool *pool, const char *address);

struct bolt_pool_counts {
    size_t idle;
    size_t in_use;
    uint64_t opened;
    uint64_t reused;
};
struct bolt_pool_counts bolt_pool_counts(struct bolt_pool *pool);
