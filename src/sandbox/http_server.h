/* HTTP server: a real socket in front of a simulated Neo4j process' HTTP or HTTPS port: the discovery
 * document, the cluster endpoints (sim/neo4j/http.h) and the Query API (sim/neo4j/query_api.h). On the thread
 * of the event loop. */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "sim/neo4j/process.h"

#include <event2/event.h>

enum {
    HTTP_SERVER_HEADER_BYTES_MAX = 16 * 1024,
    HTTP_SERVER_BODY_BYTES_MAX = 1024 * 1024,
    HTTP_SERVER_TIMEOUT_SECONDS = 30
};

struct http_server;

/* clock: its monotonic time is that of the process. All must outlive the server. is_secure: by the process'
 * policy of TLS for https. */
CHECKED bool http_server_new(struct event_base *loop, const struct clock *clock,
                             struct neo4j_process *process, const char *address, uint16_t port,
                             bool is_secure, struct http_server **out_server, struct error *err);
/* Closes all connections. */
void http_server_free(struct http_server *server);
