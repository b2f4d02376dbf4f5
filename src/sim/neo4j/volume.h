/* What a data volume holds: identity, the system database, the stores of the others. */
#pragma once

#include "sim/neo4j/process.h"
#include "sim/neo4j/raft.h"

#include <sys/queue.h>

/* One user database's store. */
struct volume_database {
    TAILQ_ENTRY(volume_database) link;
    char *id;
    struct raft_store log;
};

struct neo4j_volume {
    char *server_id;          /* /data/server_id; NULL on an empty volume */
    char *cluster_id;         /* of the system store; NULL while there is none */
    struct raft_store system; /* its log, from which the cluster state is made again at each start */
    char *credential;         /* of the initial user, from NEO4J_AUTH at the first start; or NULL */
    bool must_change_password;
    TAILQ_HEAD(, volume_database) databases;
};

/* The database's store, made when absent. */
struct volume_database *volume_database(struct neo4j_volume *volume, const char *id);
void volume_remove_database(struct neo4j_volume *volume, const char *id);
