/* The engine follows every resource that some controller watches once, maps what changes to keys of objects
 * to reconcile ("cluster/namespace/name"), and lets its workers drain the queue. What one pass leaves for the
 * next is in a memo per key (memo.h). */
#include "controllers/engine.h"

#include "base/log.h"
#include "controllers/executor.h"
#include "controllers/memo.h"
#include "controllers/report.h"
#include "controllers/secret_store.h"
#include "kube/work_queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { ENGINE_WORKERS_MAX = 64, KEY_BYTES_MAX = 640 };

/* What failed is looked at again within a minute, also when nothing tells that it was mended (an object of
 * somebody else's that was in the way, a permission). */
static const struct work_queue_options queue_options = {
    .backoff_first_ms = 5, .backoff_max_ms = 60000, .retries_per_second = 10, .retry_burst = 100
};

struct engine {
    struct engine_options options;
    struct cache *cache;
    struct secret_store *secrets;
    struct memos *memos;
    struct work_queue *queue;
    pthread_t workers[ENGINE_WORKERS_MAX];
    unsigned worker_count;
    atomic_bool is_stopping;
    atomic_uint_fast64_t passes;
    atomic_uint_fast64_t failures;
    atomic_uint_fast64_t steps;
    atomic_uint_fast64_t status_writes;
};

struct key_sink {
    struct engine *engine;
    const struct controller *controller;
};

/* What belongs to an object changes in flocks: pods, their claims, the set that counts them. All that changes
 * within this time leads to one pass. What somebody wants of the object itself is looked at at once. */
enum { GATHER_MS = 100 };

static void add_key(struct engine *engine, const struct controller *controller, const char *namespace,
                    const char *name, int64_t delay_ms) {
    char key[KEY_BYTES_MAX];

    int length = snprintf(key, sizeof(key), "%s/%s/%s", controller->name, namespace, name);
    if (length > 0 && (size_t)length < sizeof(key))
        work_queue_add_after(engine->queue, key, delay_ms);
}

void key_sink_add(struct key_sink *sink, const char *namespace, const char *name) {
    add_key(sink->engine, sink->controller, namespace, name, GATHER_MS);
}

const struct controller *key_sink_controller(const struct key_sink *sink) {
    return sink->controller;
}

/* ---- what changed, and whom it concerns ---- */

static void map_owner(const struct json *object, struct key_sink *sink) {
    JSON_FOR_EACH_ITEM (owner, json_at(object, "metadata.ownerReferences"))
        if (json_bool_at(owner, "controller", false) &&
            str_equal(json_string_at(owner, "kind", ""), sink->controller->resource->kind))
            key_sink_add(sink, json_string_at(object, "metadata.namespace", ""),
                         json_string_at(owner, "name", ""));
}

static void map_watched(const struct engine *engine, const struct controller_watch *watch,
                        const struct json *object, struct key_sink *sink) {
    if (!object)
        return;
    if (watch->map)
        watch->map(engine->cache, object, sink);
    else
        map_owner(object, sink);
}

static void on_change(void *context, const struct cache_change *change) {
    struct engine *engine = context;

    if (change->resource == &KUBE_SECRETS && change->before)
        secret_store_forget(engine->secrets, json_string_at(change->before, "metadata.namespace", ""),
                            json_string_at(change->before, "metadata.name", ""));

    for (const struct controller *const *controller = engine->options.controllers; *controller;
         controller++) {
        struct key_sink sink = { engine, *controller };
        const struct json *object = change->after ? change->after : change->before;
        if (change->resource == (*controller)->resource)
            add_key(engine, *controller, json_string_at(object, "metadata.namespace", ""),
                    json_string_at(object, "metadata.name", ""), 0);
        for (size_t i = 0; i < (*controller)->watch_count; i++) {
            const struct controller_watch *watch = &(*controller)->watches[i];
            if (watch->resource != change->resource)
                continue;
            map_watched(engine, watch, change->before, &sink);
            map_watched(engine, watch, change->after, &sink);
        }
    }
}

/* ---- one pass ---- */

static bool has_finalizer(const struct json *object, const char *finalizer) {
    JSON_FOR_EACH_ITEM (item, json_at(object, "metadata.finalizers"))
        if (str_equal(json_string(item, ""), finalizer))
            return true;
    return false;
}

/* Adds or removes our finalizer, leaving others' alone; refused by the API server when the object changed
 * meanwhile. */
static bool set_finalizer(const struct pass *pass, const struct controller *controller, bool is_wanted,
                          struct error *err) {
    struct json *patch = json_new_object(pass->arena);
    struct json *metadata = json_set_object(pass->arena, patch, "metadata");
    struct json *finalizers;

    json_set_string(pass->arena, metadata, "resourceVersion",
                    json_string_at(pass->object, "metadata.resourceVersion", ""));
    finalizers = json_set_array(pass->arena, metadata, "finalizers");
    JSON_FOR_EACH_ITEM (item, json_at(pass->object, "metadata.finalizers"))
        if (!str_equal(json_string(item, ""), controller->finalizer))
            json_append(pass->arena, finalizers, item);
    if (is_wanted)
        json_append_string(pass->arena, finalizers, controller->finalizer);
    return kube_merge_patch(pass->kube, pass->arena, controller->resource, pass->namespace, pass->name, NULL,
                            patch, NULL, err);
}

/* An object that is gone already needs no letting go: the cache is behind. */
static void release(const struct pass *pass, const struct controller *controller, struct error *failure) {
    struct error err = { 0 };

    if (!set_finalizer(pass, controller, false, &err) && err.kind != ERROR_NOT_FOUND)
        *failure = err;
}

struct outcome {
    struct error failure;
    int64_t look_again_ms;
    bool status_is_written;
};

/* 0 is never. */
static int64_t sooner(int64_t a_ms, int64_t b_ms) {
    return !a_ms ? b_ms : !b_ms ? a_ms : a_ms < b_ms ? a_ms : b_ms;
}

static void reconcile_object(struct engine *engine, const struct controller *controller, struct pass *pass,
                             struct memo *memo, struct outcome *outcome) {
    bool forced = memo_is_forced(memo, pass->object);
    bool is_deleting = json_string_at(pass->object, "metadata.deletionTimestamp", NULL);
    bool finalizer_is_set = controller->finalizer && has_finalizer(pass->object, controller->finalizer);
    struct error *failure = &outcome->failure;

    if (is_deleting && !finalizer_is_set)
        return;
    if (controller->finalizer && !is_deleting && !finalizer_is_set &&
        !set_finalizer(pass, controller, true, failure))
        return;

    const void *observed = controller->observe(pass, failure);
    if (!observed)
        return;

    struct plan *plan = ARENA_NEW(pass->arena, struct plan);
    struct execution execution;
    struct report report;
    plan_init(plan, pass->arena);
    (is_deleting ? controller->plan_deletion : controller->plan)(observed, plan);
    if (engine->options.look)
        engine->options.look(engine->options.look_context, controller, plan);
    execute_plan(pass, plan, forced, &execution);
    *failure = execution.error;
    atomic_fetch_add(&engine->steps, execution.steps_done);

    struct error report_failure = { 0 };
    if (!report_status(pass, plan, &execution, &report, &report_failure) && failure->kind == ERROR_NONE)
        *failure = report_failure;
    if (report.written)
        memo_remember_written(memo, pass->object, report.written);
    outcome->status_is_written = report.written != NULL;
    atomic_fetch_add(&engine->status_writes, report.written != NULL);
    report_events(pass, engine->options.events, plan, failure);

    if (is_deleting && !execution.stopped_at)
        release(pass, controller, failure);
    outcome->look_again_ms = plan->look_again_ms;
    if (execution.stopped_at && execution.stopped_at->type == STEP_WAIT)
        outcome->look_again_ms = execution.stopped_at->wait_ms;
    outcome->look_again_ms = sooner(outcome->look_again_ms, report.write_in_ms);
}

/* Says a failure once, not at every try. That the cache was behind once is how optimistic writing works, and
 * no news. */
static void log_failure(const struct pass *pass, const struct controller *controller,
                        const struct error *failure) {
    bool is_routine = failure->kind == ERROR_CONFLICT && pass->last_failure.kind != ERROR_CONFLICT;

    if (is_routine || str_equal(failure->text, pass->last_failure.text))
        log_debug("reconcile failed again", LOG_TEXT("controller", controller->name),
                  LOG_TEXT("namespace", pass->namespace), LOG_TEXT("name", pass->name),
                  LOG_ERROR_FIELDS(failure));
    else
        log_warn("reconcile failed", LOG_TEXT("controller", controller->name),
                 LOG_TEXT("namespace", pass->namespace), LOG_TEXT("name", pass->name),
                 LOG_ERROR_FIELDS(failure));
}

static struct outcome reconcile(struct engine *engine, const struct controller *controller, const char *key,
                                const char *namespace, const char *name) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct memo *memo = memos_of(engine->memos, key);
    struct outcome outcome = { 0 };
    struct pass pass = {
        .arena = arena,
        .cache = engine->cache,
        .kube = engine->options.kube,
        .neo4j = engine->options.neo4j,
        .secrets = engine->secrets,
        .judge = engine->options.judge,
        .controller = controller,
        .memo = memo,
        .object = memo_freshest(memo, arena,
                                cache_get(engine->cache, arena, controller->resource, namespace, name)),
        .namespace = namespace,
        .name = name,
        .now_ns = clock_wall(engine->options.clock),
        .last_failure = memo->last_failure,
        .status_written_ns = memo->status_written_ns,
    };

    atomic_fetch_add(&engine->passes, 1);
    if (!pass.object) {
        /* What others name in this namespace is read again: only where something did go. */
        if (memo_knows_object(memo))
            secret_store_forget_namespace(engine->secrets, namespace);
        memos_drop(engine->memos, memo);
        return outcome;
    }
    reconcile_object(engine, controller, &pass, memo, &outcome);
    memo_remember_force(memo, pass.object, outcome.failure.kind != ERROR_NONE);
    if (outcome.failure.kind != ERROR_NONE) {
        atomic_fetch_add(&engine->failures, 1);
        log_failure(&pass, controller, &outcome.failure);
    } else if (pass.last_failure.kind != ERROR_NONE && pass.last_failure.kind != ERROR_CONFLICT) {
        log_info("reconcile works again", LOG_TEXT("controller", controller->name),
                 LOG_TEXT("namespace", namespace), LOG_TEXT("name", name));
    }
    memo->last_failure = outcome.failure;
    if (outcome.status_is_written)
        memo->status_written_ns = pass.now_ns;
    return outcome;
}

int64_t engine_reconcile(struct engine *engine, const struct controller *controller, const char *namespace,
                         const char *name) {
    CLEANUP_FREE char *key = xprintf("%s/%s/%s", controller->name, namespace, name);
    return reconcile(engine, controller, key, namespace, name).look_again_ms;
}

/* ---- while a watch does not work ---- */

enum { UNSYNCED_LOOK_MS = 10, BLOCKED_LOOK_MS = 5000 };

/* Whether every watch that the controller reads has listed. */
static bool has_synced(const struct engine *engine, const struct controller *controller) {
    bool has = cache_has_synced(engine->cache, controller->resource);

    for (size_t i = 0; i < controller->watch_count && has; i++)
        has = cache_has_synced(engine->cache, controller->watches[i].resource);
    return has;
}

/* What keeps one of them from it. */
CHECKED static bool watch_failure_of(const struct engine *engine, const struct controller *controller,
                                     struct error *out_failure) {
    if (cache_failure(engine->cache, controller->resource, out_failure))
        return true;
    for (size_t i = 0; i < controller->watch_count; i++)
        if (cache_failure(engine->cache, controller->watches[i].resource, out_failure))
            return true;
    return false;
}

/* A pass over an incomplete cache would take what it does not see for gone. So as long as one of a
 * controller's watches has never listed, it plans nothing; when the reason is one that a person must mend,
 * each object says so. */
static struct outcome report_blocked(struct engine *engine, const struct controller *controller,
                                     const char *key, const char *namespace, const char *name) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct outcome outcome = { .look_again_ms = UNSYNCED_LOOK_MS };
    struct execution execution = { 0 };
    struct plan *plan = ARENA_NEW(arena, struct plan);
    struct report report;

    if (!watch_failure_of(engine, controller, &execution.error))
        return outcome;
    outcome.look_again_ms = BLOCKED_LOOK_MS;
    struct memo *memo = memos_of(engine->memos, key);
    struct pass pass = {
        .arena = arena,
        .cache = engine->cache,
        .kube = engine->options.kube,
        .object = memo_freshest(memo, arena,
                                cache_get(engine->cache, arena, controller->resource, namespace, name)),
        .namespace = namespace,
        .name = name,
        .now_ns = clock_wall(engine->options.clock),
        .last_failure = memo->last_failure,
    };
    if (!pass.object) {
        memos_drop(engine->memos, memo);
        return (struct outcome){ 0 };
    }
    plan_init(plan, arena);
    plan->status = json_is(json_get(pass.object, "status"), JSON_OBJECT)
                       ? json_copy(arena, json_get(pass.object, "status"))
                       : json_new_object(arena);
    if (report_is_lasting(&execution.error)) {
        struct error report_failure = { 0 };
        if (!report_status(&pass, plan, &execution, &report, &report_failure))
            log_failure(&pass, controller, &report_failure);
        if (report.written)
            memo_remember_written(memo, pass.object, report.written);
        report_events(&pass, engine->options.events, plan, &execution.error);
    }
    memo->last_failure = execution.error;
    return outcome;
}

/* ---- workers ---- */

static const struct controller *controller_of_key(const struct engine *engine, struct text name) {
    for (const struct controller *const *controller = engine->options.controllers; *controller; controller++)
        if (text_is(name, (*controller)->name))
            return *controller;
    return NULL;
}

/* A watch that cannot list at all must not keep objects from being deleted. One that has only not listed yet
 * is waited for. */
static bool may_go_unseen(struct engine *engine, const struct controller *controller, const char *namespace,
                          const char *name) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct error failure;

    return controller->deletes_unseen && watch_failure_of(engine, controller, &failure) &&
           json_at(cache_get(engine->cache, arena, controller->resource, namespace, name),
                   "metadata.deletionTimestamp");
}

static void work_on(struct engine *engine, const char *key) {
    struct text rest = text_from(key);
    const struct controller *controller = controller_of_key(engine, text_cut(&rest, '/'));
    struct text namespace = text_cut(&rest, '/');
    CLEANUP_FREE char *namespace_string = xstrndup(namespace.data, namespace.length);
    CLEANUP_FREE char *name = xstrndup(rest.data, rest.length);

    ensure(controller);
    bool is_seen =
        has_synced(engine, controller) || may_go_unseen(engine, controller, namespace_string, name);
    struct outcome outcome =
        (is_seen ? reconcile : report_blocked)(engine, controller, key, namespace_string, name);
    if (outcome.failure.kind != ERROR_NONE) {
        int64_t wait_ms = (int64_t)outcome.failure.retry_after_seconds * 1000;
        if (wait_ms)
            work_queue_add_after(engine->queue, key, wait_ms);
        else
            work_queue_retry(engine->queue, key);
        return;
    }
    work_queue_forget(engine->queue, key);
    if (outcome.look_again_ms)
        work_queue_add_after(engine->queue, key, outcome.look_again_ms);
}

static void *worker(void *context) {
    struct engine *engine = context;
    char *key = NULL;

    while (work_queue_take(engine->queue, &key)) {
        /* What is left in the queue at the end is found again by the next process. */
        if (!atomic_load(&engine->is_stopping))
            work_on(engine, key);
        work_queue_done(engine->queue, key);
        free(TAKE(key));
    }
    return NULL;
}

bool engine_step(struct engine *engine) {
    CLEANUP_FREE char *key = NULL;

    if (!work_queue_try_take(engine->queue, &key))
        return false;
    work_on(engine, key);
    work_queue_done(engine->queue, key);
    return true;
}

int64_t engine_next_due(struct engine *engine) {
    int64_t due_ns;

    return work_queue_next_due(engine->queue, &due_ns) ? due_ns : INT64_MAX;
}

/* ---- life ---- */

struct engine *engine_new(const struct engine_options *options) {
    struct engine *engine = XNEW(struct engine);

    ensure(options->workers <= ENGINE_WORKERS_MAX);
    engine->options = *options;
    engine->cache = cache_new(on_change, engine);
    engine->secrets = secret_store_new(engine->cache, options->kube);
    engine->queue = work_queue_new(options->clock, &queue_options);
    engine->memos = memos_new();
    return engine;
}

static void follow(struct engine *engine, const struct kube_resource *resource, const char *label_selector,
                   bool metadata_only) {
    static const char *const everywhere[] = { NULL, NULL };
    const char *const *namespace = engine->options.namespaces;

    if (!namespace || !resource->is_namespaced) {
        namespace = everywhere;
        cache_follow(engine->cache, engine->options.kube,
                     &(struct cache_follow){ resource, NULL, label_selector, metadata_only });
    }
    for (; *namespace; namespace ++)
        cache_follow(engine->cache, engine->options.kube,
                     &(struct cache_follow){ resource, *namespace, label_selector, metadata_only });
}

/* The watch that an earlier controller, or an earlier row, has on the same resource serves this one too. */
static bool is_followed_before(const struct engine *engine, const struct controller *controller, size_t row) {
    const struct kube_resource *resource = controller->watches[row].resource;

    for (const struct controller *const *other = engine->options.controllers; *other; other++) {
        if ((*other)->resource == resource)
            return true;
        for (size_t i = 0; i < (*other)->watch_count; i++) {
            if (*other == controller && i == row)
                return false;
            if ((*other)->watches[i].resource == resource)
                return true;
        }
    }
    return false;
}

void engine_start(struct engine *engine) {
    for (const struct controller *const *controller = engine->options.controllers; *controller;
         controller++) {
        follow(engine, (*controller)->resource, NULL, false);
        for (size_t i = 0; i < (*controller)->watch_count; i++) {
            const struct controller_watch *watch = &(*controller)->watches[i];
            if (!is_followed_before(engine, *controller, i))
                follow(engine, watch->resource, watch->label_selector, watch->metadata_only);
        }
    }
    for (unsigned i = 0; i < engine->options.workers; i++, engine->worker_count++)
        ensure(pthread_create(&engine->workers[i], NULL, worker, engine) == 0);
}

void engine_stop(struct engine *engine) {
    atomic_store(&engine->is_stopping, true);
    cache_stop(engine->cache);
    work_queue_stop(engine->queue);
    for (unsigned i = 0; i < engine->worker_count; i++)
        pthread_join(engine->workers[i], NULL);
    engine->worker_count = 0;
}

void engine_free(struct engine *engine) {
    if (!engine)
        return;
    engine_stop(engine);
    memos_free(engine->memos);
    work_queue_free(engine->queue);
    secret_store_free(engine->secrets);
    cache_free(engine->cache);
    free(engine);
}

/* A kind that the API server does not serve, as its definition is not installed, has no objects to wait for.
 */
static bool is_served(const struct engine *engine, const struct controller *controller) {
    struct error failure;

    return !cache_failure(engine->cache, controller->resource, &failure) || failure.kind != ERROR_NOT_FOUND;
}

bool engine_is_synced(const struct engine *engine) {
    size_t served = 0;

    for (const struct controller *const *controller = engine->options.controllers; *controller;
         controller++) {
        bool is_one = is_served(engine, *controller);
        if (is_one && !has_synced(engine, *controller))
            return false;
        served += is_one;
    }
    return served > 0;
}

bool engine_watch_failure(const struct engine *engine, struct error *out_failure) {
    return cache_failure(engine->cache, NULL, out_failure);
}

struct engine_counts engine_counts(struct engine *engine) {
    return (struct engine_counts){ .objects_remembered = memos_count(engine->memos),
                                   .secrets_remembered = secret_store_count(engine->secrets),
                                   .passes = atomic_load(&engine->passes),
                                   .failures = atomic_load(&engine->failures),
                                   .steps = atomic_load(&engine->steps),
                                   .status_writes = atomic_load(&engine->status_writes) };
}
