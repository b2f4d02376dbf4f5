/* Operator: one process of the shipped operator in the universe: its engine, cache, queue, controllers, Bolt
 * client and events, over ports that can fail. One worker.
 */
#pragma once

#include "controllers/engine.h"
#include "simulate/link.h"

struct operator_process {
    struct actor actor; /* first */
    struct universe *universe;
    struct operator_clock {
        struct clock clock; /* first */
        struct universe *universe;
        int64_t jump_ns; /* how far the wall clock is off */
    } clock;
    struct ports ports;
    int64_t until_ns; /* it does not live longer; 0: no end */
    struct kube *real;
    struct kube *kube;
    struct links *links;
    struct neo4j_client *neo4j;
    struct judge *judge; /* borrowed */
    struct events *events;
    struct engine *engine;
};

struct operator_options {
    const char *name;              /* of its pod */
    struct judge *judge;           /* must outlive it: reading the rules costs more than many runs */
    const char *const *namespaces; /* NULL-terminated; NULL: all */
    /* Told of each plan; may be NULL. */
    void (*look)(void *context, const struct controller *controller, const struct plan *plan);
    void *look_context;
};

struct operator_process *operator_new(struct universe *universe, const struct operator_options *options);
/* Whatever it was about to do is not done. Not from within one of its calls: ports_kill() it first. */
void operator_free(struct operator_process *process);
DEFINE_CLEANUP(struct operator_process, operator_free);
