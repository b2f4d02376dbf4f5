/* A cluster of simulated servers, as the port sees it: the operator's headers and the simulation's have words
 * in common, so that no file can include both. */
#pragma once

#include "neo4j/neo4j.h"

struct simulated;

/* Servers that form a cluster, and free ones behind them; all are open. NULL when they did not open.
 * settings: of all servers, pairs of a variable of the container and its value, ended by NULL; NULL: none. */
struct simulated *simulated_new(const char *image, unsigned servers, unsigned free_servers,
                                const char *const *settings);
void simulated_free(struct simulated *simulated);
void simulated_pass(struct simulated *simulated, int64_t ms);
/* On the leader of system, as the user neo4j; true when it was done, else result.failure is set. In the arena
 * of the cluster. Times are texts here. */
bool simulated_run(struct simulated *simulated, const struct neo4j_statement *statement,
                   struct neo4j_result *out_result);
