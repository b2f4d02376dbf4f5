/* Bolt server: a real socket in front of a simulated Neo4j process.
 *
 * Listens on one address and port, agrees on a version, cuts the stream into messages and hands them to
 * sessions (sim/neo4j/session.h). All on the thread of the event loop. Routing tables name pod addresses
 * instead of host names unless options say otherwise: the names of the simulated world mean nothing to a
 * client's resolver.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "sim/neo4j/process.h"

#include <event2/event.h>

enum {
    BOLT_SERVER_CONNECTIONS_MAX = 1000,         /* of one server; more are closed at once */
    BOLT_SERVER_OUTPUT_BYTES_MAX = 1024 * 1024, /* of one connection, before its session pauses */
    BOLT_SERVER_LOGIN_SECONDS_MAX = 30,         /* of silence before the login */
};

struct bolt_server_options {
    bool routes_by_name; /* keep the advertised host names in routing tables */
};

struct bolt_server;

/* clock: its monotonic time is that of the process. All must outlive the server. */
CHECKED bool bolt_server_new(struct event_base *loop, const struct clock *clock,
                             struct neo4j_process *process, const char *address, uint16_t port,
                             const struct bolt_server_options *options, struct bolt_server **out_server,
                             struct error *err);
/* Closes all connections. */
void bolt_server_free(struct bolt_server *server);
