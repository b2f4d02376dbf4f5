/* Controller: one row of the control plane.
 *
 * A controller is told of changes and names the keys that they concern; each key is then reconciled from the
 * mirror, level-triggered. A key whose reconcile failed comes back later, each time later (10 ms doubling to
 * 30 s); after a conflict it comes back at once.
 */
#pragma once

#include "sim/component/mirror.h"
#include "sim/component/object.h"
#include "sim/component/recorder.h"
#include "sim/workloads/workloads.h"

/* What a controller works with. */
struct control {
    struct kube *kube;
    const struct clock *clock;
    struct mirror *mirror;
    struct recorder *recorder; /* speaks with the controller's name */
    struct arena *arena;       /* of this reconcile */
    int64_t now_ns;            /* monotonic */
    int64_t again_ns;          /* set by reconcile: come back at this monotonic time, also without a change */
    int64_t since_ns; /* what reconcile keeps for the next time, as long as it comes back; 0 at first */
};

/* Passes (namespace, name) on to the controller's queue. */
struct control_queue;
void control_enqueue(struct control_queue *queue, const char *namespace, const char *name);

struct controller {
    const char *name;
    /* An object changed (old or new may be NULL). */
    void (*changed)(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new);
    bool (*reconcile)(struct control *control, const char *namespace, const char *name, struct error *err);
};

extern const struct controller controller_stateful_set;
extern const struct controller controller_job;
extern const struct controller controller_cron_job;
extern const struct controller controller_claim;
extern const struct controller controller_scheduler;
extern const struct controller controller_service;
extern const struct controller controller_endpoints;
extern const struct controller controller_disruption;
extern const struct controller controller_node_lifecycle;
extern const struct controller controller_taint_eviction;
extern const struct controller controller_pod_gc;

/* The first moment at or after at_ns at which a loop with this period comes round. */
int64_t control_round_up(int64_t at_ns, int64_t period_ns);
/* Enqueues the pods that are bound to a node. */
void control_enqueue_pods_on(struct control_queue *queue, const struct mirror *mirror, const char *node);
/* Sets a condition of a pod to true, and its phase where one is given; nothing when they are so already. */
CHECKED bool control_mark_pod(struct control *control, const struct json *pod, const char *condition,
                              const char *reason, const char *message, const char *phase, struct error *err);
/* Replaces object's status when it differs from what the object has; skips the call otherwise. */
CHECKED bool control_write_status(struct control *control, const struct kube_resource *resource,
                                  const struct json *object, const struct json *status, struct error *err);
