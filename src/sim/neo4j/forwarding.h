/* Forwarding: transactions that another server carries out for a client of this one (server-side routing).
 *
 * A client that sent a routing context may write to any server, and use databases that its server does not
 * hold: the transaction is then begun on the leader, or on any server that has the database, over the port
 * for intra-cluster Bolt. It is rolled back there when nobody has spoken of it for a while. Source:
 * Operations Manual, server-side routing.
 */
#pragma once

#include "sim/neo4j/statement.h"

struct remote_transaction;

/* On a server that could carry it out; NULL and *failure when none is known. */
struct remote_transaction *remote_begin(struct neo4j_process *process, enum transaction_place place,
                                        const struct transaction_options *options, struct arena *arena,
                                        struct failure *failure);
/* Rolls it back, unless it was committed; an answer that is still to come is not waited for. */
void remote_free(struct remote_transaction *remote);
/* Runs a statement there, not before its database has come to the transaction after. What it made is in the
 * statement when done is called without a failure. */
void remote_run(struct remote_transaction *remote, struct statement *statement, uint64_t after,
                void (*done)(void *context, int64_t now_ns, const struct failure *failure), void *context);
void remote_commit(struct remote_transaction *remote,
                   void (*done)(void *context, int64_t now_ns, const struct failure *failure), void *context);
/* The last transaction of the database that it has seen. */
uint64_t remote_bookmark(const struct remote_transaction *remote);

/* ---- for process.c ---- */

void forwarding_receive(struct neo4j_process *process, const struct network_message *envelope,
                        const struct json *message);
void forwarding_receive_answer(struct neo4j_process *process, const struct network_message *envelope,
                               const struct json *message);
void forwarding_tick(struct neo4j_process *process);
int64_t forwarding_next(const struct neo4j_process *process);
/* Rolls back what was begun for others. */
void forwarding_stop(struct neo4j_process *process);
