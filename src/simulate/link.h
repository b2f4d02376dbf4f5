/* Link: Bolt's network into the simulated servers. What a client writes reaches the server's session at once,
 * as a whole or in pieces; faults say otherwise.
 */
#pragma once

#include "bolt/network.h"
#include "simulate/ports.h"

struct links;

/* Waiting clients let the universe's time pass. clock: how the client sees time. ports must outlive it. */
struct links *links_new(struct ports *ports, const struct clock *clock);
void links_free(struct links *links);
DEFINE_CLEANUP(struct links, links_free);
/* Borrowed, as long as the links. */
const struct bolt_network *links_network(struct links *links);
/* Breaks the connections that are open, as a restarted load balancer does. */
void links_reset(struct links *links);
