/* neo4j: the port through which everything reaches Neo4j servers.
 *
 * Two implementations: Bolt (neo4j/client.h), and direct calls into simulated servers (sim/). Callers never
 * see which. A call runs one statement as a transaction of its own and blocks until it is answered or its
 * deadline passes. What is not routed goes where it was sent, once. What is routed finds the server that can
 * run it, and is tried again while that may help: another leader was elected, no server could be reached, the
 * failure is a passing one; but a write never once it may have been done. Any number of threads may call.
 *
 * Servers are dialled by address and known by name: the address is a pod's, the name is what its certificate
 * must cover and what errors say.
 */
#pragma once

#include "bolt/tls.h"
#include "bolt/value.h"

/* A server: where it is dialled, and what it is called. */
struct neo4j_server {
    const char *address;
    uint16_t port; /* 0: 7687 */
    const char *server_name;
};

/* Where statements go, and as whom. Everything is borrowed during the call. */
struct neo4j_target {
    /* "namespace/name" of the cluster, which shares its connections and what is known of its leaders; NULL:
     * the server stands alone. */
    const char *cluster;
    const char *address;     /* "10.1.2.3" or an IPv6 literal: never a name to resolve */
    uint16_t port;           /* 0: 7687 */
    const char *server_name; /* "graph-server-0.graph-headless.ns.svc.cluster.local"; NULL: the address */
    const char *user;
    const struct secret_text *password;
    const struct bolt_tls *tls; /* NULL: no TLS */
    /* All servers of the cluster that can be dialled, for what is routed. What a routing table names, and is
     * not among them, is asked through the target. */
    const struct neo4j_server *servers;
    size_t server_count;
};

enum neo4j_access { NEO4J_READ, NEO4J_WRITE };

enum { NEO4J_PORT = 7687, NEO4J_TIMEOUT_MS = 10000 };

struct neo4j_statement {
    const char *text;
    const struct bolt_value *parameters; /* map, or NULL for none */
    const char *database;                /* NULL: the user's home database */
    /* READ also says that it is harmless to repeat: a READ that got no answer has no unknown outcome. */
    enum neo4j_access access;
    /* Finds the server that can run the statement (the leader, a host of the database), and lets the one that
     * it is sent to forward it. Otherwise it runs where it was sent, or is refused. */
    bool is_routed;
    int timeout_ms;               /* for everything, connecting and trying again too; 0: NEO4J_TIMEOUT_MS */
    const char *const *bookmarks; /* what must be seen: of summaries of earlier results */
    size_t bookmark_count;
    const struct bolt_value *metadata; /* map for SHOW TRANSACTIONS and the query log, or NULL */
    /* Rows are handed over batch by batch, in memory that is used again for the next, and not collected: for
     * results of any size. False ends it, and the rest is given up. NULL: they are collected. */
    bool (*on_rows)(void *context, const struct bolt_value *columns, const struct bolt_value *rows);
    void *context;
};

/* What a server said when it refused. All in the arena of the call; NULL when the failure was ours (no
 * connection, deadline, nonsense from the peer). */
struct neo4j_failure {
    const char *code; /* "Neo.ClientError.Cluster.NotALeader" */
    /* "08N07": of the innermost cause, which says most; NULL before Bolt 5.7, and little more than "50N42" on
     * 5.26. */
    const char *gql_status;
    const char *message; /* with those of its causes */
};

struct neo4j_result {
    struct bolt_value columns; /* list of strings */
    struct bolt_value rows;    /* list of lists */
    struct bolt_value summary; /* map: bookmark, type, stats … as the server sent it */
    /* The one field that is set when the call fails. See failures.h for what follows from a code. */
    struct neo4j_failure failure;
};

struct neo4j {
    /* Kinds of errors: UNAVAILABLE no connection, nothing was done; UNAUTHORIZED user or password are wrong;
     * THROTTLED too many wrong passwords; TIMEOUT no answer in time (outcome_unknown when it was a WRITE that
     * had been sent); PROTOCOL the peer speaks no Bolt; and those of failures.h. */
    bool (*run)(struct neo4j *neo4j, const struct neo4j_target *target,
                const struct neo4j_statement *statement, struct arena *arena, struct neo4j_result *out_result,
                struct error *err);
};

/* Shorthand. */
static inline CHECKED bool neo4j_run(struct neo4j *neo4j, const struct neo4j_target *target,
                                     const struct neo4j_statement *statement, struct arena *arena,
                                     struct neo4j_result *out_result, struct error *err) {
    return neo4j->run(neo4j, target, statement, arena, out_result, err);
}

size_t neo4j_result_rows(const struct neo4j_result *result);
/* Where a named column stands; SIZE_MAX: there is none. */
size_t neo4j_result_column(const struct neo4j_result *result, const char *column);
/* The value of a named column, or NULL when there is no such row or column. */
const struct bolt_value *neo4j_result_get(const struct neo4j_result *result, size_t row, const char *column);
