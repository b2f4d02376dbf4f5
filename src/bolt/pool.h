/* Pool: the connections to the servers of one cluster, kept for the next call.
 *
 * A connection is given to one user at a time. An idle one is used again when it goes to the same server, as
 * the same user, with the same TLS settings; it is looked at first when it rested for a while or something
 * came over it. Credentials and TLS settings are said with each call and may change from one to the next:
 * with another password a connection is logged in anew (closed before Bolt 5.1), with other TLS settings it
 * is closed. It is closed, too, when it is old or rested for long. There are at most
 * BOLT_POOL_CONNECTIONS_MAX; who wants another waits. A server that can't be reached is left alone for a
 * while (breaker.h). Safe for any number of threads.
 */
#pragma once

#include "bolt/connection.h"

enum {
    BOLT_POOL_CONNECTIONS_MAX = 20,       /* of all servers, in use and idle together */
    BOLT_POOL_TAKE_MS = 5000,             /* at most for a connection: waiting, opening, checking */
    BOLT_POOL_LIFETIME_SECONDS = 30 * 60, /* of a connection, from its opening */
    BOLT_POOL_IDLE_SECONDS = 5 * 60,      /* longer idle: closed */
    BOLT_POOL_REST_SECONDS = 10,          /* longer idle: RESET before use */
    BOLT_POOL_CHECK_MS = 2000,            /* for that RESET */
};

struct bolt_pool;

/* Ages are measured with clock, which must outlive the pool. Never NULL. */
struct bolt_pool *bolt_pool_new(const struct clock *clock);
/* When no connection is in use. */
void bolt_pool_free(struct bolt_pool *pool);
DEFINE_CLEANUP(struct bolt_pool, bolt_pool_free);

/* Which connection is wanted. Everything is borrowed during the call. */
struct bolt_pool_request {
    struct bolt_login login; /* endpoint.tls is the pool's: left NULL */
    const struct secret_text *password;
    const struct bolt_tls *tls; /* NULL: no TLS */
};

/* A connection that is BOLT_READY, which the caller gives back with bolt_pool_put(). Nothing was asked of the
 * server yet, so that no failure leaves anything open. When the server refuses the login, *out_failure, if
 * not NULL, says so in arena, else it is untouched. ERROR_UNAVAILABLE: all connections stay in use until the
 * deadline, or the server can't be reached; ERROR_INVALID: the TLS texts make no sense. */
CHECKED bool bolt_pool_take(struct bolt_pool *pool, const struct bolt_pool_request *request,
                            int64_t deadline_ns, struct arena *arena, struct bolt_connection **out_connection,
                            struct bolt_failure *out_failure, struct error *err);
/* Keeps the connection if it is of further use; one that is BOLT_FAILED is reset before its next use. */
void bolt_pool_put(struct bolt_pool *pool, struct bolt_connection *connection);
/* Closes the connections to an address (NULL: all), those in use when they are put back, and forgets that it
 * could not be reached. */
void bolt_pool_forget(struct bolt_pool *pool, const char *address);

struct bolt_pool_counts {
    /* now */
    size_t idle;
    size_t in_use;
    size_t waiting;       /* for a connection */
    size_t breakers_open; /* servers that are left alone */
    /* since the beginning */
    uint64_t opened;
    uint64_t closed;
    uint64_t reused;
    uint64_t relogged; /* of those reused: with another password */
    uint64_t failed;   /* attempts to connect or log in */
    uint64_t refused;  /* calls that an open breaker turned away */
};
struct bolt_pool_counts bolt_pool_counts(struct bolt_pool *pool);
