/* Universe: the simulated world of one run: an API server, the controllers behind it, nodes and the Neo4j
 * servers on them, on virtual time. The operator is not part of it: it is one of its actors.
 *
 * Everything happens in one thread. Time stands still while something happens, and then jumps to the next
 * moment at which something is due. Who has to wait, as the operator does for an answer, lets the others'
 * time pass from within (universe_wait): they go on, he does not.
 */
#pragma once

#include "sim/kube.h"
#include "sim/node/node.h"
#include "simulate/chance.h"

#include <sys/queue.h>

#define UNIVERSE_NEVER INT64_MAX

/* Somebody who does something at certain times. */
struct actor {
    TAILQ_ENTRY(actor) link;
    /* Does what is due now. Returns when the next thing is: now again when more is due already,
     * UNIVERSE_NEVER for only after something else has happened. */
    int64_t (*act)(struct actor *actor);
    /* What goes on without him while he waits within act(); may be NULL. */
    void (*meanwhile)(struct actor *actor);
    bool is_waiting; /* within act(): time passes without him */
};
TAILQ_HEAD(actors, actor);

/* A port on which a server listens. */
struct listener {
    TAILQ_ENTRY(listener) link;
    struct neo4j_process *process;
    char *address;
    uint16_t port;
    uint64_t serial; /* of the process' start: tells it from a later one at the same address */
};
TAILQ_HEAD(listeners, listener);

/* Somebody with connections to listeners. */
struct visitor {
    TAILQ_ENTRY(visitor) link;
    /* The listener is about to go: connections to it break. */
    void (*gone)(struct visitor *visitor, const struct listener *listener);
};
TAILQ_HEAD(visitors, visitor);

struct universe {
    struct clock clock; /* first: virtual; starts at 2026-01-01 */
    int64_t now_ns;     /* monotonic */
    struct chance chance;
    struct arena *arena; /* until the end */
    struct api *api;
    struct kube *kube; /* of controllers and kubelets: calls do not fail */
    struct workloads *workloads;
    struct node *node;
    struct listeners listeners;
    uint64_t listener_serial;
    struct visitors visitors;
    struct actors actors;
    uint64_t moments; /* that have passed */
    /* Called after every moment; may be NULL. */
    void (*look)(void *context);
    void *look_context;
};

struct universe *universe_new(uint64_t seed, unsigned nodes);
void universe_free(struct universe *universe);
DEFINE_CLEANUP(struct universe, universe_free);

void universe_add(struct universe *universe, struct actor *actor);
void universe_remove(struct universe *universe, struct actor *actor);

/* Lets time pass until that moment, or until is_over (may be NULL) answers true. */
void universe_wait(struct universe *universe, int64_t until_ns, bool (*is_over)(void *context),
                   void *context);
int64_t universe_now(const struct universe *universe);

/* Who listens on the port of an address; NULL: nobody. */
struct listener *universe_listener(struct universe *universe, const char *address, uint16_t port);
