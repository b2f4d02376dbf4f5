/* Essence: what two worlds must have in common when their users want the same, whatever happened on the way.
 *
 * Of every custom resource its spec and where it stands (phase, the Ready condition's status and reason,
 * whether the generation was seen); of the operator's objects all that it decides, and not what an API server
 * or a moment decided (uids, addresses, times), nor what can't change once it is there.
 */
#pragma once

#include "simulate/universe.h"

void essence_write(struct universe *universe, struct buffer *out);
/* The custom resources as users would apply them to an empty world, as JSON, a line each: equal texts
 * have equal essences. */
void essence_write_wanted(struct universe *universe, struct buffer *out);
