/* What joining and enabling do to a server of the cluster state: shared by the bootstrap and the statements.
 */
#pragma once

#include "sim/neo4j/administration.h"

/* Keeps what the server says about itself. */
void state_describe_server(struct state_server *server, const struct json *descriptor);
/* options: of the statement; NULL or empty: those that the server came with (initial.server.*). */
void state_enable_server(struct state_server *server, const struct json *options);
