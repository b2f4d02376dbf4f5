/* Offline store: the stores of a volume as commands find them that work on its files.
 *
 * Databases are found by name: what the system database of the volume knows, and what a restore or a load put
 * there before the database was created. Each is locked while a server that runs on the volume has it open.
 */
#pragma once

#include "sim/neo4j/server.h"
#include "sim/neo4j/store_image.h"

/* The system database's state as the volume has it. Clear it with cluster_state_clear(). */
void offline_state_read(const struct neo4j_volume *volume, struct cluster_state *out_state);
/* The store of a database; NULL: there is none. "system" has no such store. */
struct volume_database *offline_store_find(const struct neo4j_volume *volume, const char *database);
/* Whether a store is there, also of system. */
bool offline_store_exists(const struct neo4j_volume *volume, const char *database);
/* The names of all databases with a store, sorted, with "system" first, in arena. */
struct json *offline_store_names(const struct neo4j_volume *volume, struct arena *arena);
/* Whether a running server has it open. */
bool offline_store_is_locked(const struct neo4j_volume *volume, const char *database);
/* Puts a ledger in place of what is there. */
void offline_store_put(struct neo4j_volume *volume, const char *database, const struct ledger *ledger);
/* Puts commands in place of the system database. */
void offline_store_put_system(struct neo4j_volume *volume, const struct json *commands);
/* An artifact's content for a database of the volume. In arena. */
CHECKED bool offline_store_read(const struct neo4j_volume *volume, struct arena *arena, const char *database,
                                struct artifact *out_artifact, struct error *err);
