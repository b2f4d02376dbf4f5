/* What a server answers over HTTP: the discovery document and the state of databases, for load balancers.
 * Source: Operations Manual, monitor cluster endpoints for status information; HTTP API, discovery. */
#pragma once

#include "base/buffer.h"
#include "sim/neo4j/process.h"

struct neo4j_http_request {
    const char *path;          /* "/db/neo4j/cluster/available" */
    const char *accept;        /* NULL: none */
    const char *authorization; /* NULL: none */
    const char *host;          /* "server-0:7474"; NULL: what the server advertises */
    bool is_secure;            /* it came by HTTPS */
    uint16_t port;             /* that it came to; 0: that of HTTP */
    const char *method;        /* "POST"; NULL: GET */
    const char *content_type;  /* NULL: none */
    struct text body;
};

struct neo4j_http_response {
    int status;
    const char *content_type;
    const char *location; /* in arena; of a redirect, else NULL */
    struct buffer body;   /* the caller clears it */
};

/* All but the Query API, which query_api.h answers. */
void neo4j_http_answer(struct neo4j_process *process, struct arena *arena, int64_t now_ns,
                       const struct neo4j_http_request *request, struct neo4j_http_response *out_response);
