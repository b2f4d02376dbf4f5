/* Link: Bolt's network into the simulated servers. What a client writes reaches the server's session at once,
 * as a whole or in pieces; faults say otherwise.
 */
#pragma once

#include "bolt/network.h"
#include "simulate/universe.h"

struct links;

/* Waiting clients let the universe's time pass. */
struct links *links_new(struct universe *universe);
void links_free(struct links *links);
DEFINE_CLEANUP(struct links, links_free);
/* Borrowed, as long as the links. */
const struct bolt_network *links_network(struct links *links);
/* Every connection breaks, and none comes about any more: whoever holds them is dead. */
void links_kill(struct links *links);
