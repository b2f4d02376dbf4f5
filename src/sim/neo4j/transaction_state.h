/* The inside of a transaction: what its files share.
 *
 *     transaction.c          life, what is told of it, opening
 *     transaction_changes.c  reading, locking, changing, committing
 */
#pragma once

#include "sim/component/tree.h"
#include "sim/neo4j/transaction.h"

struct lock {
    RB_ENTRY(lock) node;
    LIST_ENTRY(lock) link; /* of the owner */
    struct transaction *owner;
    char key[];
};

static inline int lock_compare(const struct lock *a, const struct lock *b) {
    return strcmp(a->key, b->key);
}
RB_HEAD(locks, lock);
TREE_GENERATE(locks, lock, node, lock_compare)

/* An entry as this transaction has left it; all in the transaction's arena. */
struct own_entry {
    RB_ENTRY(own_entry) node;
    int64_t id;
    struct json *json; /* NULL: deleted */
};

static inline int own_compare(const struct own_entry *a, const struct own_entry *b) {
    return (a->id > b->id) - (a->id < b->id);
}
RB_HEAD(own_entries, own_entry);
TREE_GENERATE(own_entries, own_entry, node, own_compare)

/* How one change is taken back. */
struct undo {
    int64_t id; /* -1: of the schema */
    bool was_own;
    struct json *json;
};

struct transactions {
    TAILQ_HEAD(, transaction) all;
    struct locks locks;
    uint64_t serial;
};

struct transaction {
    TAILQ_ENTRY(transaction) link;
    struct neo4j_process *process; /* NULL: it has exited */
    struct arena *arena;
    uint64_t serial;
    const char *database;
    const char *user;
    const char *connection;
    const char *client_address;
    char *query;
    int64_t started_wall_ns;
    int64_t deadline_ns;
    bool has_own_timeout;
    bool is_read;
    struct failure ended; /* in arena */

    char *database_id; /* NULL: not opened yet */
    uint64_t term;     /* 0: has not written */
    struct own_entries own;
    struct json *schema; /* changes: array, in arena */
    struct undo *undos;
    size_t undo_count, undo_capacity;
    size_t bytes; /* of the changes, about */
    LIST_HEAD(, lock) locks;
    uint64_t waits_for; /* serial; 0: nobody */

    bool is_committing;
    void (*done)(void *context, int64_t now_ns, const struct failure *failure);
    void *context;
};

/* NULL: the database is not here, or was not used yet. */
struct hosted_database *transaction_hosted(const struct transaction *transaction);
const struct transaction *transaction_find(const struct neo4j_process *process, uint64_t serial);
void transaction_release_locks(struct transaction *transaction);
void transaction_destroy(struct transaction *transaction);
