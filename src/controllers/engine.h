/* The reconcile engine: what all controllers share.
 *
 * A controller is one table entry: which kind, what it watches and how a changed object leads to the objects
 * to reconcile, and three functions: observe, plan, plan_deletion. The engine does the rest, once: watches,
 * cache, queue, retries, finalizers, carrying plans out, status, events and the log line of each outcome.
 *
 *     observe   reads what is there, through the cache and the ports; may fail: the pass is repeated later
 *     plan      pure: (observed, now) → plan
 *     execute   the engine's: the steps in their order, up to one that fails or waits
 *     report    the engine's: status and events, written only when they changed
 *
 * Threads: engine_start() starts `workers` threads that drain one queue. One key is never with two workers.
 * Watch callbacks come from the kube port's thread: they only update the cache and add keys to the queue.
 */
#pragma once

#include "api/judge.h"
#include "base/clock.h"
#include "controllers/plan.h"
#include "kube/cache.h"
#include "kube/events.h"
#include "kube/kube.h"
#include "neo4j/neo4j.h"

struct engine;
struct controller;

/* One pass over one object. What it points to lives until the pass ends. */
struct pass {
    struct arena *arena;
    struct cache *cache;
    struct kube *kube;
    struct neo4j *neo4j;
    struct secret_store *secrets;
    struct judge *judge;
    const struct controller *controller; /* whose pass it is */
    struct memo *memo;                   /* what earlier passes left; NULL: nothing is remembered */
    const struct json *object;           /* the custom resource, as fresh as the cache or our last write */
    const char *namespace;
    const char *name;
    int64_t now_ns; /* wall clock at the start of the pass */
    /* The outcome of the last pass over this object if it failed, else ERROR_NONE. */
    struct error last_failure;
    int64_t status_written_ns; /* by an earlier pass of this process; 0: by none */
};

/* Adds the keys of objects of the controller's kind that a change of `object` concerns. */
struct key_sink;
void key_sink_add(struct key_sink *sink, const char *namespace, const char *name);
/* The controller whose objects it takes. */
const struct controller *key_sink_controller(const struct key_sink *sink);

struct controller_watch {
    const struct kube_resource *resource;
    /* NULL: everything. */
    const char *label_selector;
    bool metadata_only;
    /* Which objects to reconcile when this one changed. NULL: the controller owner, if it is of the
     * controller's kind. */
    void (*map)(struct cache *cache, const struct json *object, struct key_sink *sink);
};

struct controller {
    const char *name; /* for logs and metrics: "cluster" */
    const struct kube_resource *resource;
    const char *finalizer; /* NULL: nothing has to be done before an object may go */
    const struct controller_watch *watches;
    size_t watch_count;

    /* Returns the observation in pass->arena, or NULL and err. */
    const void *(*observe)(struct pass *pass, struct error *err);
    void (*plan)(const void *observed, struct plan *plan);
    /* While metadata.deletionTimestamp is set; NULL without a finalizer. The finalizer is removed once a plan
     * has no step that waits or fails. */
    void (*plan_deletion)(const void *observed, struct plan *plan);
    /* plan_deletion is right whatever the cache does not show: it is carried out also while some watch cannot
     * list, so that a missing permission keeps nobody from deleting. */
    bool deletes_unseen;
};

struct engine_options {
    struct kube *kube;
    struct neo4j *neo4j;
    const struct clock *clock;
    const struct controller *const *controllers; /* NULL-terminated */
    const char *const *namespaces;               /* NULL-terminated; NULL: all */
    unsigned workers;
    struct events *events;
    struct judge *judge;
    /* For the simulator: told of each plan before it is carried out. NULL: nobody is. */
    void (*look)(void *context, const struct controller *controller, const struct plan *plan);
    void *look_context;
};

/* Copies options; what they point to must outlive the engine. */
struct engine *engine_new(const struct engine_options *options);
/* Starts the watches and the workers. */
void engine_start(struct engine *engine);
/* Lets passes that run end, then joins the workers. */
void engine_stop(struct engine *engine);
void engine_free(struct engine *engine);
DEFINE_CLEANUP(struct engine, engine_free);

/* True once every watch has seen a complete list, but for those of kinds that the API server does not serve.
 */
bool engine_is_synced(const struct engine *engine);

/* What keeps a watch from working now; false when nothing does. */
CHECKED bool engine_watch_failure(const struct engine *engine, struct error *out_failure);

struct engine_counts {
    size_t objects_remembered;
    size_t secrets_remembered;
    uint64_t passes;
    uint64_t failures;
    uint64_t steps;
    uint64_t status_writes;
};
struct engine_counts engine_counts(struct engine *engine);

/* For tests and the simulator, which start no workers: takes a key that is ready and works on it, in this
 * thread. False when none is. */
bool engine_step(struct engine *engine);
/* The monotonic time at which engine_step() has something to do; INT64_MAX: after a change. */
int64_t engine_next_due(struct engine *engine);

/* For tests and the simulator: one pass over an object, in this thread. Returns after how long to look again
 * in ms (0: only on change). */
int64_t engine_reconcile(struct engine *engine, const struct controller *controller, const char *namespace,
                         const char *name);
