/* One simulated Neo4j server that serves clients, for fuzzers; made once, never ended. */
#pragma once

#include "sim/neo4j/process.h"

struct neo4j_process *neo4j_server(void);
/* Of its clock, which does not move. */
int64_t neo4j_server_now(void);
