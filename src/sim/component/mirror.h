/* Mirror: what a component of the simulated cluster sees of the API, through its watches.
 *
 * A component (a workload controller, the scheduler, a kubelet) asks the API server for nothing twice: it
 * watches the resources it needs, and decides from this copy. Events come in on whatever thread the port
 * calls its watchers from and wait in a queue, the only datum here behind a lock; mirror_drain() applies them
 * on the component's own thread. So a component never sees the world change in the middle of a decision.
 * Objects are listed in the order of namespace and name: decisions replay.
 * After: Kubernetes client-go, tools/cache (reflector, shared informer).
 */
#pragma once

#include "kube/kube.h"

struct mirror;

/* kube must outlive it. */
struct mirror *mirror_new(struct kube *kube);
/* Stops the watches. */
void mirror_free(struct mirror *mirror);
DEFINE_CLEANUP(struct mirror, mirror_free);

/* Called, from the port's thread and without a lock held, after events were queued. Set before the first
 * watch.
 */
void mirror_set_wake(struct mirror *mirror, void (*wake)(void *context), void *context);

/* Starts to watch, in all namespaces. */
void mirror_watch(struct mirror *mirror, const struct kube_resource *resource);

/* Told of each change: old is NULL for a new object, new is NULL for one that is gone. Both live during the
 * call. What the component itself has put in may be old already, so that both are the same. */
struct mirror_observer {
    void *context;
    void (*changed)(void *context, const struct kube_resource *resource, const struct json *old,
                    const struct json *new);
};

/* Applies what has arrived. True when anything has. observer may be NULL. */
bool mirror_drain(struct mirror *mirror, const struct mirror_observer *observer);

/* Puts the answer of the component's own write in, so that its next decision already knows it. Older than
 * what is held: no effect. The observer is not told: the watch will. */
void mirror_put(struct mirror *mirror, const struct kube_resource *resource, const struct json *object);

/* Whether every watch has seen a whole list. */
bool mirror_is_synced(const struct mirror *mirror);

/* ---- looking; what is returned lives until the next drain ---- */

/* NULL when there is none. namespace is ignored for resources without. */
const struct json *mirror_get(const struct mirror *mirror, const struct kube_resource *resource,
                              const char *namespace, const char *name);

struct mirror_list {
    const struct json **items;
    size_t count;
};
/* In arena. namespace NULL: all. */
struct mirror_list mirror_list(const struct mirror *mirror, struct arena *arena,
                               const struct kube_resource *resource, const char *namespace);
/* Those that name uid as their controller. */
struct mirror_list mirror_list_controlled(const struct mirror *mirror, struct arena *arena,
                                          const struct kube_resource *resource, const char *namespace,
                                          const char *uid);

/* Declares object: MIRROR_FOR_EACH(pod, pods) { … } */
#define MIRROR_FOR_EACH(object, list)                                                                        \
    for (const struct json **object##_at = (list).items, *object;                                            \
         object##_at < (list).items + (list).count && ((object) = *object##_at, true); object##_at++)
