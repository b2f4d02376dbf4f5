/* Call: one statement on its way, of which call.c knows how to run it on one server, and routed.c on which.
 */
#pragma once

#include "neo4j/cluster_pool.h"
#include "neo4j/failures.h"

struct call {
    struct cluster_pool *pool;
    const struct bolt_network *network;
    const char *user_agent;
    const struct neo4j_target *target;
    const struct neo4j_statement *statement;
    int64_t deadline_ns;
    struct arena *arena;
    struct neo4j_result *result;
    bool has_rows; /* handed over: what follows can't begin anew */
};

/* The server of the target. */
struct neo4j_server call_target(const struct call *call);
/* A connection to a server, to be put back into call->pool->connections. On failure call->result->failure
 * says whether the server refused, and err what follows from that. */
CHECKED bool call_connect(struct call *call, const struct neo4j_server *server,
                          struct bolt_connection **out_connection, struct error *err);
/* Makes the result's failure and the error's kind of what a server said. Always false. */
bool call_refused(struct call *call, const struct bolt_failure *refusal, struct error *err);
/* Runs the statement on a server, once. */
CHECKED bool call_run(struct call *call, const struct neo4j_server *server, struct error *err);

/* Runs the statement where it can be run, and again while that helps. retry_ms: the first pause. */
CHECKED bool call_run_routed(struct call *call, int64_t retry_ms, struct error *err);
