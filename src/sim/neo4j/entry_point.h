/* The image's entry point: from what a container is given to the neo4j.conf that the server reads.
 *
 * In the order of the real script: secrets from files, licence, mounted folders, plug-ins, the image's
 * defaults, environment → settings, initial password. Sources: docker-neo4j, docker-entrypoint.sh; Operations
 * Manual, Docker, configuration.
 */
#pragma once

#include "base/secret.h"
#include "sim/neo4j/process.h"
#include "sim/neo4j/version.h"

struct entry_point_result {
    int exit_code; /* -1: the server starts */
    struct neo4j_version version;
    char *conf;                /* text of the neo4j.conf that the server reads; in arena */
    const char *conf_path;     /* its path; in arena */
    bool has_initial_password; /* from NEO4J_AUTH; the volume decides whether it counts */
    bool must_change_password;
    struct secret_text initial_password; /* the caller clears it */
    struct json *admin_words;            /* after "neo4j-admin", in arena; NULL: it is not run */
    const struct json *plugins;          /* names that were installed, in arena; NULL: none */
    bool runs_server;                    /* false: a command that is done (dump-config) */
};

/* volume_has_auth: /data holds auth data already, so NEO4J_AUTH is ignored. */
void entry_point_run(struct arena *arena, const struct neo4j_container *container, bool volume_has_auth,
                     void (*log_line)(void *context, const char *line), void *log_context,
                     struct entry_point_result *out_result);

/* The setting that an environment variable names: "NEO4J_server_memory_heap_max__size" →
 * "server.memory.heap.max_size", in arena; NULL when it is none. */
char *entry_point_setting_of_variable(struct arena *arena, const char *variable);
