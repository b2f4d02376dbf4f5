/* Query API: POST /db/{database}/query/v2, a statement over HTTP that commits by itself.
 *
 * As in Neo4j it is a client of Bolt within the server: a session runs the statement, and what the session
 * says becomes the answer. So a write waits for replication here, too, and the answer may come from a later
 * tick of the process. Transactions of several requests (/query/v2/tx) and typed JSON are not there. Source:
 * Neo4j Query API manual; statuses and words are held against real servers.
 */
#pragma once

#include "sim/neo4j/http.h"

struct query_api;

struct query_api_events {
    void *context;
    /* Once. The caller clears the response's body. The query still has to be freed, but not from within. */
    void (*done)(void *context, struct neo4j_http_response *response);
};

/* Whether it is one for the Query API, and sessions can be opened. */
bool query_api_is_asked(const struct neo4j_process *process, const struct neo4j_http_request *request);
/* done may be called before it returns. Never NULL. */
struct query_api *query_api_new(struct neo4j_process *process, int64_t now_ns,
                                const struct neo4j_http_request *request,
                                const struct query_api_events *events);
/* Also before it is done: the client has gone. */
void query_api_free(struct query_api *query);
