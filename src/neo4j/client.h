/* The neo4j port over Bolt. */
#pragma once

#include "neo4j/neo4j.h"

struct neo4j_client;

struct neo4j_client_options {
    const char *user_agent; /* "neo4j-operator/1.0" */
};

/* Any number of threads may use it. Never NULL. */
struct neo4j_client *neo4j_client_new(const struct neo4j_client_options *options);
/* When no call is running. */
void neo4j_client_free(struct neo4j_client *client);
DEFINE_CLEANUP(struct neo4j_client, neo4j_client_free);

/* The port. Borrowed, as long as the client. */
struct neo4j *neo4j_client_port(struct neo4j_client *client);
/* Closes the idle connections to an address: its server is known to be gone. */
void neo4j_client_forget(struct neo4j_client *client, const char *address);
