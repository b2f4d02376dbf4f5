/* Fronts: the real sockets at the addresses of simulated servers, Bolt on 7687, HTTP on 7474 and
 * metrics on 2004. */
#pragma once

#include "sim/node/node.h"

#include <event2/event.h>

struct fronts;

/* routes_by_name: routing tables keep the host names that servers advertise, for clients that can resolve
 * them (with cluster DNS); otherwise they name pod addresses. loop must outlive it. */
struct fronts *fronts_new(struct event_base *loop, bool routes_by_name);
/* All processes must have ended. */
void fronts_free(struct fronts *fronts);
DEFINE_CLEANUP(struct fronts, fronts_free);

struct node_front fronts_callbacks(struct fronts *fronts);
