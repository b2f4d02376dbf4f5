/* Indexes and constraints of a database, as its ledger keeps them:
 *     {"name", "kind": "index" or "constraint", "type": "RANGE" … or "UNIQUENESS", "label", "properties",
 * "id"} Indexes are kept and shown; a constraint of uniqueness is also held. */
#pragma once

#include "sim/neo4j/statement.h"

/* Whether an entry, as it is to be stored, breaks no constraint: what it would claim is locked. */
bool schema_check_unique(struct statement *statement, const struct json *entry);
