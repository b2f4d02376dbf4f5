/* Connections to the real server of the peer tests. */
#pragma once

#include "peer.h"

#include "bolt/connection.h"

enum { PEER_DEADLINE_SECONDS = 20 };

static inline int64_t peer_deadline(void) {
    return bolt_now_ns() + PEER_DEADLINE_SECONDS * NANOSECONDS_PER_SECOND;
}

static inline struct bolt_connection *peer_connection(struct peer *peer, bool is_routed) {
    return bolt_connection_new(&(struct bolt_login){
        .endpoint = { .address = peer->address,
                      .port = peer->port,
                      .server_name = "localhost",
                      .tls = peer_context(peer) },
        .user = peer->user,
        .user_agent = "neo4j-operator-test/1",
        .is_routed = is_routed,
    });
}

static inline struct bolt_connection *peer_log_in(struct peer *peer, bool is_routed) {
    struct bolt_connection *connection = peer_connection(peer, is_routed);
    struct error err = { 0 };

    if (!bolt_connection_open(connection, &peer->password, peer_deadline(), &err))
        fail_msg("%s", err.text);
    return connection;
}

static inline struct bolt_result peer_run(struct bolt_connection *connection, struct arena *arena,
                                          const char *text, const struct bolt_value *parameters,
                                          const char *database) {
    struct bolt_result result;
    struct error err = { 0 };
    const struct bolt_query query = { .text = text,
                                      .parameters = parameters,
                                      .transaction.database = database };

    if (!bolt_connection_run(connection, &query, peer_deadline(), arena, &result, &err))
        fail_msg("%s: %s", text, err.text);
    return result;
}
