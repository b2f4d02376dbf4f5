/* Moves: databases that have to go from some servers to others, as one command of the system database.
 *
 * What is planned is where each database is to be; placement.c gets it there, one step after the other. A
 * command that moves databases has {databases: [{database, allocations: [{server, secondary}]}], rows:
 * [{database, from, to, secondary}]}: the rows are what DRYRUN shows.
 */
#pragma once

#include "sim/neo4j/allocation.h"

/* Puts into the command all databases (of only: names, or NULL) that are where the allocator says they can't
 * stay. False and the reason, in the view's arena, when one can't be moved. */
bool moves_plan(struct allocator *allocator, const struct json *only, struct json *command,
                const char **out_reason);
/* What a command of that shape changes. */
void moves_apply(struct cluster_state *state, const struct json *command);
/* 00N83, when cordoned servers were passed over. */
void moves_note_cordoned(const struct allocator *allocator);
