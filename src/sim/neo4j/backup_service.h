/* The backup service of a running server, and what it speaks with `neo4j-admin database backup`.
 *
 * It answers on the backup port and on the cluster port, as the real one does, without authentication.
 * Requests:
 *     {"kind": "backup", "serial", "ask": "databases"}
 *     {"kind": "backup", "serial", "ask": "store", "database": id, "after": n, "before": checksum,
 * "metadata"} (without "after": the whole store). Answers have the serial and "databases": [{name, id}], or
 * what an artifact needs, or "failure": words; "unavailable" says that the log no longer reaches back to
 * "after".
 */
#pragma once

#include "sim/neo4j/server.h"

void backup_service_receive(struct neo4j_process *process, const struct network_message *envelope,
                            const struct json *message);
/* The commands that make users and roles of a database anew, which they call $database: "all", "users" or
 * "roles"; "" for "none". In arena. */
char *backup_metadata(const struct neo4j_process *process, struct arena *arena, const char *database,
                      const char *which);
/* The hash of a store's identity that inspect shows. In arena. */
char *backup_store_hash(struct arena *arena, const char *store);
