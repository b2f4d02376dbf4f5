/* Connection: a client's blocking conversation with one Neo4j server.
 *
 *     struct bolt_connection *connection = bolt_connection_new(&login);      no I/O yet
 *     bolt_connection_open(connection, password, deadline, &err)             connects, logs in
 *     bolt_connection_run(connection, &query, deadline, arena, &result, &err)        all rows at once
 *     bolt_connection_query(…), bolt_connection_fetch(…) until batch.is_last        any number of rows
 *     bolt_connection_free(connection)                                       says GOODBYE
 *
 * It speaks Bolt 6.1 to 5.0 and 4.4. Every call blocks until it is answered or its deadline passes
 * (nanoseconds of the clock of its network). A connection belongs to one thread at a time. It never logs, and
 * keeps no password.
 *
 * Errors: ERROR_REFUSED is the server's word, then bolt_connection_failure() tells it; what a code means is
 * known by neo4j/failures.h. ERROR_UNAVAILABLE: no connection, or it broke. ERROR_TIMEOUT: the deadline
 * passed. ERROR_PROTOCOL: the peer's bytes make no sense. After the last three the connection is
 * BOLT_DEFUNCT, and outcome_unknown says whether what was asked for may have happened all the same.
 *
 * What a deadline allows here is also the server's limit (tx_timeout), so that it ends a transaction when we
 * give it up. bolt_transaction.timeout_ms can make that shorter, never longer.
 */
#pragma once

#include "bolt/message.h"
#include "bolt/stream.h"

struct bolt_connection;

/* Rows and bytes of one result. A larger one is ERROR_INVALID: what is asked for here is small. */
enum { BOLT_RESULT_ROWS_MAX = 100000, BOLT_RESULT_BYTES_MAX = 16 * 1024 * 1024 };
/* Rows that are asked for at once, where the query does not say. */
enum { BOLT_FETCH_ROWS = 1000 };
/* A batch ends with the row that fills it: it is never larger than this and one message. */
enum { BOLT_BATCH_BYTES = 256 * 1024 };

/* Where to, and as whom. Everything is copied but tls, which must stay until open() returned. */
struct bolt_login {
    struct bolt_endpoint endpoint;
    const char *user;
    const char *user_agent;
    /* Tells the server that it may forward what it can't do itself (server-side routing). */
    bool is_routed;
};

enum bolt_connection_state {
    BOLT_NEW,            /* not open yet */
    BOLT_READY,          /* logged in, idle */
    BOLT_IN_TRANSACTION, /* between begin and commit or rollback */
    BOLT_STREAMING,      /* rows of a query are still to be fetched or discarded */
    BOLT_FAILED,         /* the server refused something: reset() first */
    BOLT_DEFUNCT,        /* of no more use */
};

struct bolt_connection *bolt_connection_new(const struct bolt_login *login);
/* Says GOODBYE if that needs no waiting, and closes. */
void bolt_connection_free(struct bolt_connection *connection);
DEFINE_CLEANUP(struct bolt_connection, bolt_connection_free);

/* Connects, agrees on a version, logs in. */
CHECKED bool bolt_connection_open(struct bolt_connection *connection, const struct secret_text *password,
                                  int64_t deadline_ns, struct error *err);

enum bolt_connection_state bolt_connection_state(const struct bolt_connection *connection);
struct bolt_version bolt_connection_version(const struct bolt_connection *connection);
/* "Neo4j/5.26.0", as the server called itself; "" before it did. */
const char *bolt_connection_server(const struct bolt_connection *connection);
/* Whether the user can be changed on the living connection: it is BOLT_READY and speaks Bolt 5.1 or newer. */
bool bolt_connection_can_relogin(const struct bolt_connection *connection);
/* Logs off, and in as this user with this password. After a refusal the connection is BOLT_DEFUNCT. */
CHECKED bool bolt_connection_relogin(struct bolt_connection *connection, const char *user,
                                     const struct secret_text *password, int64_t deadline_ns,
                                     struct error *err);

/* What the server said when the last call was refused, else NULL. Borrowed until the next call. */
const struct bolt_failure *bolt_connection_failure(const struct bolt_connection *connection);
/* Whether something came that nobody asked for: a NOOP, or the end of the connection. */
bool bolt_connection_has_news(const struct bolt_connection *connection);

struct bolt_query {
    const char *text;
    const struct bolt_value *parameters; /* map, or NULL */
    /* Outside a transaction, where the query is one of its own; else ignored. */
    struct bolt_transaction transaction;
    bool discards_rows; /* only the summary is wanted */
    int fetch_rows;     /* that are asked for at once; 0: BOLT_FETCH_ROWS */
};

struct bolt_result {
    struct bolt_value columns; /* list of strings */
    struct bolt_value rows;    /* list of lists */
    struct bolt_value summary; /* map */
};

/* Runs a query and reads all of its rows. outcome_unknown when it was not a read and its answer was lost, and
 * there was no transaction, which ends with the connection. */
CHECKED bool bolt_connection_run(struct bolt_connection *connection, const struct bolt_query *query,
                                 int64_t deadline_ns, struct arena *arena, struct bolt_result *out_result,
                                 struct error *err);

/* The same, row by row as they come. Sends a query and learns its columns, in arena: then BOLT_STREAMING
 * until the last batch was fetched, or the rest discarded. A parameter that the server's version of Bolt does
 * not know is ERROR_INVALID, and nothing was sent. */
CHECKED bool bolt_connection_query(struct bolt_connection *connection, const struct bolt_query *query,
                                   int64_t deadline_ns, struct arena *arena, struct bolt_value *out_columns,
                                   struct error *err);

struct bolt_batch {
    struct bolt_value rows; /* list of lists; empty at most in the last batch */
    size_t bytes;           /* that they had on the wire */
    bool is_last;
    struct bolt_value summary; /* map; of the last batch only */
};

/* Some more rows, in arena. All of a result needs no more memory than one batch when the arena is reset
 * between the calls. */
CHECKED bool bolt_connection_fetch(struct bolt_connection *connection, int64_t deadline_ns,
                                   struct arena *arena, struct bolt_batch *out_batch, struct error *err);
/* Gives up the rows that are left: what the query did stays. */
CHECKED bool bolt_connection_discard(struct bolt_connection *connection, int64_t deadline_ns,
                                     struct arena *arena, struct bolt_value *out_summary, struct error *err);

CHECKED bool bolt_connection_begin(struct bolt_connection *connection,
                                   const struct bolt_transaction *transaction, int64_t deadline_ns,
                                   struct error *err);
/* *out_bookmark in arena, NULL when there is none; out_bookmark may be NULL. */
CHECKED bool bolt_connection_commit(struct bolt_connection *connection, int64_t deadline_ns,
                                    struct arena *arena, const char **out_bookmark, struct error *err);
CHECKED bool bolt_connection_rollback(struct bolt_connection *connection, int64_t deadline_ns,
                                      struct error *err);
/* Rolls back what is open and forgets a refusal: BOLT_READY. Also the way to ask whether the server is there.
 */
CHECKED bool bolt_connection_reset(struct bolt_connection *connection, int64_t deadline_ns,
                                   struct error *err);
/* The routing table of a database (NULL: the home database), at least as new as the bookmarks: a map {ttl,
 * db, servers} in arena. Of transaction database and bookmarks count. */
CHECKED bool bolt_connection_route(struct bolt_connection *connection,
                                   const struct bolt_transaction *transaction, int64_t deadline_ns,
                                   struct arena *arena, struct bolt_value *out_table, struct error *err);
/* Gives memory back that large messages needed: before a connection rests. */
void bolt_connection_trim(struct bolt_connection *connection);
