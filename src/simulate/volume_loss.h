/* The loss of a server's volume, and what an administrator does about it.
 *
 * What was on the volume is gone; the pod comes back on an empty one, as a server that the others have not
 * met. Neo4j lists the old server as unavailable for ever. No operator may take it out by itself, as it can't
 * know that the volume will not come back. An administrator who knows does, once every pod has a server that
 * serves. Source: Neo4j Operations Manual, "Managing servers in a cluster" (removing a server).
 *
 * One is lost in a schedule at the most, so that a majority of each database's copies is there.
 */
#pragma once

#include "simulate/run.h"

const char *volume_loss_invent(struct chance *chance, struct arena *arena);
/* words: a pod of the cluster, and milliseconds until an administrator looks. */
void volume_loss_perform(struct run *run, struct text words);
