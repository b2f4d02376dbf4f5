/* Safety: what must hold of all copies of all databases at any time, whatever was killed, cut or lost.
 *
 *   - in a term of a group at most one member leads;
 *   - what is committed on two volumes is the same, entry by entry, and a volume never takes back a commit;
 *   - the transactions of a database are one chain of checksums, on volumes, in logs and in checkpoints;
 *   - a transaction that a client was told of stays on as many volumes as a majority less those that were
 * lost.
 *
 * It remembers what it has seen, so that looking again costs only what is new. For tests that disturb a
 * world. After: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", figure 3.
 */
#pragma once

#include "sim/neo4j/volume.h"

struct safety;

struct safety *safety_new(void);
void safety_free(struct safety *safety);
DEFINE_CLEANUP(struct safety, safety_free);

/* A member says that it leads. All of them: ERROR_INTERNAL and what is broken. */
CHECKED bool safety_see_leader(struct safety *safety, const char *group, uint64_t term, const char *server_id,
                               struct error *err);
/* A client was told that a transaction of a database is committed. */
void safety_acknowledge(struct safety *safety, const char *database_id, uint64_t transaction);
/* All volumes that there are. lost: how many were lost of those that voters had. */
CHECKED bool safety_check(struct safety *safety, struct neo4j_volume *const *volumes, size_t count,
                          size_t voters, size_t lost, struct error *err);
