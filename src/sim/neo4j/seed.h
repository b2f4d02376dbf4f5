/* Seeds: the store that a database begins with, read from artifacts by the server itself.
 *
 * CREATE DATABASE … OPTIONS {seedURI …} and dbms.recreateDatabase() name an artifact, or a folder of them;
 * each server that is to host the database reads it with its own credentials. A differential artifact stands
 * for the chain that ends with it. What can't be read ends as the database's statusMessage. Source:
 * Operations Manual, create a database using a seed from URI.
 */
#pragma once

#include "sim/neo4j/ledger.h"
#include "sim/neo4j/server.h"

struct seed {
    const char *uri;
    const char *source_database; /* of a folder; NULL: the folder must hold one database */
    const char *restore_until;   /* a date and time or a transaction, exclusive; NULL: all */
};

/* Fills an empty store with what the seed of a database ({"uri", "restoreUntil", "sourceDatabase"}, as text)
 * leads to; nothing to do without a URI. The URI of a sharded database may be an object: shard → URI. */
CHECKED bool seed_fill(struct neo4j_process *process, struct volume_database *store, const char *database,
                       const char *seed, struct error *err);
/* *out_ledger is the caller's. The error says what the server would log. */
CHECKED bool seed_read(struct neo4j_process *process, const struct seed *seed, struct ledger **out_ledger,
                       struct error *err);
