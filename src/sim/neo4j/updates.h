/* Clauses that change entries: CREATE, MERGE, SET, REMOVE, DELETE. Each reads what comes after its word, and
 * is carried out for all rows before the next clause begins, as Cypher demands of updates. */
#pragma once

#include "sim/neo4j/statement.h"

bool update_create(struct statement *statement);
bool update_merge(struct statement *statement);
bool update_set(struct statement *statement);
bool update_remove(struct statement *statement);
bool update_delete(struct statement *statement);
