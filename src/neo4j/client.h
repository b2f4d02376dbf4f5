/* The neo4j port over Bolt. */
#pragma once

#include "bolt/pool.h"
#include "neo4j/neo4j.h"

struct neo4j_client;

enum { NEO4J_RETRY_MS = 1000 };

struct neo4j_client_options {
    const char *user_agent;             /* "neo4j-operator/1.0" */
    int retry_ms;                       /* the first pause of a routed statement; 0: NEO4J_RETRY_MS */
    const struct bolt_network *network; /* NULL: bolt_network_system */
};

/* Any number of threads may use it. Never NULL. */
struct neo4j_client *neo4j_client_new(const struct neo4j_client_options *options);
/* When no call is running. */
void neo4j_client_free(struct neo4j_client *client);
DEFINE_CLEANUP(struct neo4j_client, neo4j_client_free);

/* The port. Borrowed, as long as the client. */
struct neo4j *neo4j_client_port(struct neo4j_client *client);
/* Closes the connections to an address (NULL: all): its server is known to be gone. */
void neo4j_client_forget(struct neo4j_client *client, const char *address);
/* Of all clusters together. */
struct bolt_pool_counts neo4j_client_counts(struct neo4j_client *client);
