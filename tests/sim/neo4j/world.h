/* A small world for tests of simulated servers: names, virtual time, logs. */
#pragma once

#include "base/arena.h"
#include "bolt/message.h"
#include "sim/neo4j/process.h"
#include "sim/neo4j/server.h"

enum { WORLD_SERVERS_MAX = 8, WORLD_ANSWER_MS_MAX = 400000 }; /* WAIT gives up after 300 s */

struct world_server {
    struct neo4j_process *process;
    struct neo4j_volume *volume;
    struct json *env;                 /* of the next start */
    struct json *files;               /* of the next start */
    const struct neo4j_mount *mounts; /* of the next start */
    size_t mount_count;
    const char *image;
    int64_t memory_bytes;
    struct buffer log;
    int64_t due_ns;
};

struct world {
    struct arena *arena;
    struct neo4j_network *network;
    struct json *names;    /* DNS name → array of addresses */
    struct json *services; /* SRV name → array of {target, port} */
    int64_t now_ns;
    bool is_restless; /* servers ask one another again and again, as if names could change unseen */
    uint64_t questions;
    struct world_server servers[WORLD_SERVERS_MAX];
};

struct world *world_new(uint64_t seed);
void world_free(struct world *world);
DEFINE_CLEANUP(struct world, world_free);

/* Server i: 127.0.1.i, name server-<i>.graph. Its environment is that of a good cluster of `servers`, to be
 * changed by tests before world_start(). */
void world_prepare(struct world *world, const char *image, unsigned servers);
void world_set_env(struct world *world, unsigned server, const char *name, const char *value);
void world_start(struct world *world, unsigned server);
/* args: command and arguments of the container. */
void world_start_with(struct world *world, unsigned server, const struct json *args);
/* Ends the process at once and forgets it; the volume stays. */
void world_kill(struct world *world, unsigned server);
void world_run(struct world *world, int64_t ms);
/* Runs until all of the servers [0, servers) serve clients, at most limit_ms; whether they do. */
bool world_run_until_open(struct world *world, unsigned servers, int64_t limit_ms);
/* What a client gets. */
struct answer {
    const char *code;    /* of the failure, or NULL */
    const char *message; /* of the failure */
    struct json *rows;   /* array of objects */
    size_t row_count;
    struct json *columns;               /* array of strings, or NULL */
    const struct bolt_value *summary;   /* of the last fetch, or NULL */
    const struct bolt_failure *failure; /* or NULL */
    bool is_complete;                   /* all requests were answered */
};

/* Logs in to a server as user neo4j over Bolt 5.8 (with a routing context when is_routing is set) and runs a
 * statement on a database. parameters: JSON text or NULL. In the world's arena. */
struct answer world_ask(struct world *world, unsigned server, bool is_routing, const char *database,
                        const char *statement, const char *parameters);
struct answer world_ask_as(struct world *world, unsigned server, bool is_routing, const char *user,
                           const char *password, const char *database, const char *statement,
                           const char *parameters);

const char *world_log(const struct world *world, unsigned server);
/* The server that leads the system database, or -1. */
int world_leader(const struct world *world, unsigned servers);
