/* Transactions of user databases, on the server that carries them out.
 *
 * A transaction sees what is committed (read committed) under its own changes, which nobody else sees. What
 * it changes it locks until its end; who meets a lock waits, and the one whose waiting would close a circle
 * fails as a deadlock. It belongs to the leader's term in which it first wrote: when the leader changes it
 * can't be committed any more. Sources: Operations Manual, transaction management; Cypher Manual,
 * transactions.
 */
#pragma once

#include "sim/neo4j/server.h"

#include "bolt/value.h"

struct transaction;
struct transactions; /* all of a process, and their locks */

struct transactions *transactions_new(void);
void transactions_free(struct transactions *transactions);
/* Ends those whose time is over. */
void transactions_tick(struct neo4j_process *process);
int64_t transactions_next(const struct neo4j_process *process);

/* Strings are copied. */
struct transaction_options {
    const char *database;       /* name */
    const char *user;           /* "" without authentication */
    const char *connection;     /* "bolt-7" */
    const char *client_address; /* or NULL */
    int64_t timeout_ms;         /* 0: none; -1: db.transaction.timeout */
    bool is_read;
};

struct transaction *transaction_new(struct neo4j_process *process, const struct transaction_options *options);
/* Rolls back. One that is being committed goes on, and nobody is told. */
void transaction_free(struct transaction *transaction);

/* What SHOW TRANSACTIONS tells. */
struct transaction_view {
    char *id; /* "neo4j-transaction-3", in arena */
    const char *database;
    const char *user;
    const char *connection;
    const char *client_address;
    const char *query;
    const char *status; /* "Running", "Blocked by: …", "Terminated with reason: …", in arena */
    int64_t started_wall_ns;
};
/* The transaction after previous (NULL: the first), or NULL. */
struct transaction *transaction_after(const struct neo4j_process *process,
                                      const struct transaction *previous);
struct transaction_view transaction_look(const struct transaction *transaction, struct arena *arena);
/* Marks it as terminated: what it does next fails with this. */
void transaction_terminate(struct transaction *transaction, enum failure_kind kind, const char *message);
void transaction_set_query(struct transaction *transaction, const char *query);

/* ---- what statements do: each fails when the transaction was terminated ---- */

/* Why an operation failed that another server could carry out. */
enum transaction_place { PLACE_HERE, PLACE_ANYWHERE_ELSE, PLACE_LEADER };

/* False and why when it was terminated. */
bool transaction_is_open(const struct transaction *transaction, struct arena *arena, struct failure *failure);
/* Makes sure that the database can be read, or written, here. *out_place says who else could. */
bool transaction_open(struct transaction *transaction, bool writes, struct arena *arena,
                      enum transaction_place *out_place, struct failure *failure);
bool transaction_is_writable(const struct transaction *transaction);
/* After transaction_open(): {"id", "labels", "properties"} or NULL; in arena. */
struct json *transaction_entry(const struct transaction *transaction, struct arena *arena, int64_t id);
/* The lowest id of an entry that is not below from, or -1. */
int64_t transaction_entry_from(const struct transaction *transaction, int64_t from);
/* An id that no entry has had. */
int64_t transaction_new_id(struct transaction *transaction);
/* In arena. */
struct json *transaction_schema(const struct transaction *transaction, struct arena *arena);
const char *transaction_database_id(const struct transaction *transaction);
struct neo4j_process *transaction_process(const struct transaction *transaction);

/* After transaction_open() for writing. FAILURE_LOCKED: another one holds the lock; undo the statement and
 * wait, see hosting_wait(). */
bool transaction_lock(struct transaction *transaction, const char *key, struct arena *arena,
                      struct failure *failure);
/* Locks and changes an entry. */
bool transaction_put(struct transaction *transaction, const struct json *entry, struct arena *arena,
                     struct failure *failure);
bool transaction_delete(struct transaction *transaction, int64_t id, struct arena *arena,
                        struct failure *failure);
/* rule: {"name", …}; NULL: deletes the one with the name. */
bool transaction_put_schema(struct transaction *transaction, const char *name, const struct json *rule,
                            struct arena *arena, struct failure *failure);
/* Where the changes are, and back to there: for a statement that is repeated. */
size_t transaction_mark(const struct transaction *transaction);
void transaction_undo(struct transaction *transaction, size_t mark);

/* Commits. done is called once, from within or later; the transaction is still there then, and is to be
 * freed. out_bookmark: the number of the last transaction that is known here then. */
void transaction_commit(struct transaction *transaction,
                        void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                        void *context);
/* The last transaction of the database that this one may have seen. */
uint64_t transaction_bookmark(const struct transaction *transaction);
