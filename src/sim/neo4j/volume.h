/* What a data volume holds: identity, the system database, the stores of the others. */
#pragma once

#include "sim/neo4j/ledger.h"
#include "sim/neo4j/process.h"
#include "sim/neo4j/raft.h"

#include <sys/queue.h>

/* One user database's store: the ledger as it was at the last checkpoint, and the log of its group, whose
 * committed commands are the transactions. The log may begin before the checkpoint, never after it. */
struct volume_database {
    TAILQ_ENTRY(volume_database) link;
    char *id;
    struct raft_store log;
    char *base;          /* the whole ledger as JSON text; NULL: the empty store */
    uint64_t base_index; /* of the last entry of the log that base holds */
};

struct file_tree;

struct neo4j_volume {
    enum neo4j_disk disk;
    struct file_tree *files;      /* what is on it beside stores; made when first wanted */
    struct neo4j_process *server; /* that holds the lock of the stores; NULL: nobody */
    char *version;                /* of the last server that opened it; NULL: none did */
    char *server_id;              /* /data/server_id; NULL on an empty volume */
    char *cluster_id;             /* of the system store; NULL while there is none */
    struct raft_store system;     /* its log, from which the cluster state is made again at each start */
    char *credential;             /* of the initial user, from NEO4J_AUTH at the first start; or NULL */
    bool must_change_password;
    TAILQ_HEAD(, volume_database) databases;
};

/* Whether something can be written to it; *err says no in the kernel's words. */
CHECKED bool volume_has_room(const struct neo4j_volume *volume, struct error *err);

/* The database's store, made when absent. */
struct volume_database *volume_database(struct neo4j_volume *volume, const char *id);
/* NULL when there is none. */
struct volume_database *volume_find_database(const struct neo4j_volume *volume, const char *id);
/* The same store under another id; nothing when there is no such store or the new id has one. */
void volume_rename_database(struct neo4j_volume *volume, const char *id, const char *new_id);
void volume_remove_database(struct neo4j_volume *volume, const char *id);

/* The ledger of the last checkpoint, which a start begins with. ERROR_INVALID: the store is damaged. */
CHECKED bool volume_open_base(const struct volume_database *database, struct ledger **out_ledger,
                              struct error *err);
/* The ledger with all that is known to be committed: what a stopped server's store holds, and a backup of a
 * running one's. */
CHECKED bool volume_open_ledger(const struct volume_database *database, struct ledger **out_ledger,
                                struct error *err);
/* The committed transactions after the one with this number, as the log holds them; in arena. NULL when the
 * log no longer reaches back that far. */
struct json *volume_transactions(const struct volume_database *database, struct arena *arena, uint64_t after);
/* Writes the ledger, which is at index, as the new base. */
void volume_checkpoint(struct volume_database *database, const struct ledger *ledger, uint64_t index);
/* Cuts off the transactions that a policy no longer keeps, as far as the base has them; see retention.h. */
void volume_prune(struct volume_database *database, const char *retention_policy, int64_t wall_ns);
/* Never NULL. */
struct file_tree *neo4j_volume_files(struct neo4j_volume *volume);
/* Forgets what the store holds, but not the store: a running server may point to it. */
void volume_empty_database(struct neo4j_volume *volume, const char *id);
/* A store that was put on the volume before its database was created waits under an id of its own; see
 * volume_adopt(). The caller frees it. */
char *volume_waiting_id(const char *name);
/* The name of a database that is waited for, borrowed; NULL: the store does not wait. */
const char *volume_waiting_name(const struct volume_database *database);
/* Gives a store that waits for a database of this name to the database that was created. */
void volume_adopt(struct neo4j_volume *volume, const char *name, const char *id);
