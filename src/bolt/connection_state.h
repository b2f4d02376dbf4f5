/* What the files of a connection share: connection.c (its life and transactions), query.c (queries and their
 * rows), exchange.c (requests and replies, from which both are made). */
#pragma once

#include "bolt/channel.h"
#include "bolt/connection.h"

struct bolt_connection {
    char *address;
    uint16_t port;
    char *server_name; /* the address when the login gave none */
    char *user;
    char *user_agent;
    const struct bolt_network *network;
    struct bolt_tls_context *tls; /* the caller's, until open() returned */
    bool is_routed;
    char *label; /* "name (address:port)": how errors call the server */
    enum bolt_connection_state state;
    struct bolt_channel *channel; /* NULL until it is open */
    char *server;
    struct arena *refusal_arena; /* NULL: the last call was not refused */
    struct bolt_failure refusal;
    /* While BOLT_STREAMING: */
    size_t column_count;
    int64_t fetch_rows;
    bool is_in_transaction; /* what it goes back to */
    bool writes_alone;      /* a lost answer leaves open what was done */
    bool is_fetching;       /* rows were asked for, and the summary of that is yet to come */
};

/* Every call begins here: what an earlier call was told counts no more. */
void exchange_begin(struct bolt_connection *connection);
/* Names the server in an error that ends a call. Always false. */
bool exchange_fail(const struct bolt_connection *connection, struct error *err);
/* Ends a connection that can't be understood or reached any more. Always false. */
bool exchange_defunct(struct bolt_connection *connection);

CHECKED bool exchange_send(struct bolt_connection *connection, const struct buffer *wire, int64_t deadline_ns,
                           struct error *err);
/* A reply that is not a record: *out_metadata is the map of a SUCCESS. */
CHECKED bool exchange_summary(struct bolt_connection *connection, struct arena *arena, struct text bytes,
                              const struct bolt_value **out_metadata, struct error *err);
CHECKED bool exchange_reply(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                            const struct bolt_value **out_metadata, struct error *err);
/* Passes over records and the reply behind them, whatever it is. */
CHECKED bool exchange_skip(struct bolt_connection *connection, int64_t deadline_ns, struct error *err);
/* Sends what is in message alone and reads its reply. */
CHECKED bool exchange_one(struct bolt_connection *connection, struct buffer *message, int64_t deadline_ns,
                          struct arena *arena, const struct bolt_value **out_metadata, struct error *err);
/* The limit of the server's is what is left for us, or less where that is asked for: it must not go on with
 * what nobody waits for. */
struct bolt_transaction exchange_bounded(const struct bolt_connection *connection,
                                         const struct bolt_transaction *transaction, int64_t deadline_ns);
