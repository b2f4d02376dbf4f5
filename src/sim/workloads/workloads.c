#include "sim/workloads/workloads.h"

#include "base/log.h"
#include "sim/component/tree.h"
#include "sim/workloads/controller.h"

static const struct kube_resource *const watched[] = {
    &KUBE_STATEFUL_SETS,
    &KUBE_CONTROLLER_REVISIONS,
    &KUBE_CRON_JOBS,
    &KUBE_JOBS,
    &KUBE_PODS,
    &KUBE_STORAGE_CLASSES,
    &KUBE_PERSISTENT_VOLUME_CLAIMS,
    &KUBE_PERSISTENT_VOLUMES,
    &KUBE_NODES,
    &KUBE_SERVICES,
    &KUBE_ENDPOINTS,
    &KUBE_ENDPOINT_SLICES,
    &KUBE_POD_DISRUPTION_BUDGETS,
};

static const struct controller *const controllers[] = {
    &controller_stateful_set,   &controller_job,        &controller_cron_job,
    &controller_claim,          &controller_scheduler,  &controller_service,
    &controller_endpoints,      &controller_disruption, &controller_node_lifecycle,
    &controller_taint_eviction, &controller_pod_gc,
};

enum { CONTROLLERS = ARRAY_LENGTH(controllers) };
static const int64_t retry_min_ns = 10 * NANOSECONDS_PER_MS;
static const int64_t retry_max_ns = 30 * NANOSECONDS_PER_SECOND;

/* ---- keys that wait ---- */

struct key {
    RB_ENTRY(key) node;
    char *namespace;
    char *name;
    int64_t due_ns;
    unsigned failures;
    int64_t since_ns; /* the controller's */
    bool is_waiting;  /* false: kept only to remember its failures */
};
RB_HEAD(keys, key);

static int key_compare(const struct key *a, const struct key *b) {
    int order = strcmp(a->namespace, b->namespace);
    return order ? order : strcmp(a->name, b->name);
}
TREE_GENERATE(keys, key, node, key_compare)

struct control_queue {
    struct keys keys;
    int64_t now_ns;
};

struct workloads {
    struct kube *kube;
    const struct clock *clock;
    struct mirror *mirror;
    struct control_queue queues[CONTROLLERS];
    struct recorder *recorders[CONTROLLERS];
};

static struct key *ensure_key(struct control_queue *queue, const char *namespace, const char *name) {
    struct key like = { .namespace = (char *)(uintptr_t) namespace, .name = (char *)(uintptr_t)name };
    struct key *key = RB_FIND(keys, &queue->keys, &like);
    if (!key) {
        key = XNEW(struct key);
        key->namespace = xstrdup(namespace);
        key->name = xstrdup(name);
        RB_INSERT(keys, &queue->keys, key);
    }
    return key;
}

static void remove_key(struct control_queue *queue, struct key *key) {
    RB_REMOVE(keys, &queue->keys, key);
    free(key->namespace);
    free(key->name);
    free(key);
}

static void enqueue_at(struct control_queue *queue, const char *namespace, const char *name, int64_t due_ns) {
    struct key *key = ensure_key(queue, namespace, name);
    if (!key->is_waiting || due_ns < key->due_ns)
        key->due_ns = due_ns;
    key->is_waiting = true;
}

void control_enqueue(struct control_queue *queue, const char *namespace, const char *name) {
    enqueue_at(queue, namespace, name, queue->now_ns);
}

/* ---- life cycle ---- */

struct workloads *workloads_new(struct kube *kube, const struct clock *clock) {
    struct workloads *workloads = XNEW(struct workloads);
    *workloads = (struct workloads){ .kube = kube, .clock = clock, .mirror = mirror_new(kube) };
    for (size_t i = 0; i < CONTROLLERS; i++) {
        RB_INIT(&workloads->queues[i].keys);
        workloads->recorders[i] = recorder_new(kube, clock, controllers[i]->name, controllers[i]->name);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(watched); i++)
        mirror_watch(workloads->mirror, watched[i]);
    return workloads;
}

void workloads_free(struct workloads *workloads) {
    if (!workloads)
        return;
    mirror_free(workloads->mirror);
    for (size_t i = 0; i < CONTROLLERS; i++) {
        struct key *key;
        while ((key = RB_MIN(keys, &workloads->queues[i].keys)))
            remove_key(&workloads->queues[i], key);
        recorder_free(workloads->recorders[i]);
    }
    free(workloads);
}

/* ---- work ---- */

static void on_changed(void *context, const struct kube_resource *resource, const struct json *old,
                       const struct json *new) {
    struct workloads *workloads = context;
    for (size_t i = 0; i < CONTROLLERS; i++)
        controllers[i]->changed(&workloads->queues[i], workloads->mirror, resource, old, new);
}

static int64_t retry_delay(unsigned failures) {
    int64_t delay = retry_min_ns;
    for (unsigned i = 1; i < failures && delay < retry_max_ns; i++)
        delay *= 2;
    return delay < retry_max_ns ? delay : retry_max_ns;
}

static void reconcile(struct workloads *workloads, size_t which, struct key *key) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct control_queue *queue = &workloads->queues[which];
    struct control control = { .kube = workloads->kube,
                               .clock = workloads->clock,
                               .mirror = workloads->mirror,
                               .recorder = workloads->recorders[which],
                               .arena = arena,
                               .now_ns = queue->now_ns,
                               .again_ns = INT64_MAX,
                               .since_ns = key->since_ns };
    struct error err = { 0 };

    key->is_waiting = false;
    if (controllers[which]->reconcile(&control, key->namespace, key->name, &err)) {
        key->failures = 0;
    } else {
        log_debug("controller tries again", LOG_TEXT("controller", controllers[which]->name),
                  LOG_TEXT("namespace", key->namespace), LOG_TEXT("name", key->name), LOG_ERROR_FIELDS(&err));
        enqueue_at(queue, key->namespace, key->name,
                   queue->now_ns + retry_delay(error_retry(err.kind) == RETRY_AT_ONCE ? 0 : ++key->failures));
    }
    if (control.again_ns != INT64_MAX)
        enqueue_at(queue, key->namespace, key->name, control.again_ns);
    key->since_ns = control.since_ns;
    if (!key->is_waiting && !key->failures)
        remove_key(queue, key);
}

int64_t workloads_tick(struct workloads *workloads) {
    int64_t now_ns = clock_monotonic(workloads->clock), next_ns = INT64_MAX;
    struct mirror_observer observer = { workloads, on_changed };

    for (size_t i = 0; i < CONTROLLERS; i++)
        workloads->queues[i].now_ns = now_ns;
    mirror_drain(workloads->mirror, &observer);
    if (!mirror_is_synced(workloads->mirror))
        return INT64_MAX;

    for (size_t i = 0; i < CONTROLLERS; i++) {
        struct key *key, *next;
        RB_FOREACH_SAFE(key, keys, &workloads->queues[i].keys, next)
        if (key->is_waiting && key->due_ns <= now_ns)
            reconcile(workloads, i, key);
        RB_FOREACH (key, keys, &workloads->queues[i].keys)
            if (key->is_waiting && key->due_ns < next_ns)
                next_ns = key->due_ns;
    }
    return next_ns;
}

/* ---- what controllers share ---- */

int64_t control_round_up(int64_t at_ns, int64_t period_ns) {
    return (at_ns + period_ns - 1) / period_ns * period_ns;
}

void control_enqueue_pods_on(struct control_queue *queue, const struct mirror *mirror, const char *node) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct mirror_list pods = mirror_list(mirror, arena, &KUBE_PODS, NULL);

    MIRROR_FOR_EACH(pod, pods) {
        if (str_equal(json_string_at(pod, "spec.nodeName", NULL), node))
            control_enqueue(queue, object_namespace(pod), object_name(pod));
    }
}

bool control_mark_pod(struct control *control, const struct json *pod, const char *condition,
                      const char *reason, const char *message, const char *phase, struct error *err) {
    struct json *status = json_copy(control->arena, json_get(pod, "status"));
    struct json *conditions = json_get(status, "conditions");

    if (!conditions)
        conditions = json_set_array(control->arena, status, "conditions");
    if (condition && !object_condition_is_true(pod, condition))
        conditions_set(control->arena, conditions, condition, true, reason, message,
                       clock_wall(control->clock));
    if (phase)
        json_set_string(control->arena, status, "phase", phase);
    return control_write_status(control, &KUBE_PODS, pod, status, err);
}

bool control_write_status(struct control *control, const struct kube_resource *resource,
                          const struct json *object, const struct json *status, struct error *err) {
    if (json_equal(json_get(object, "status"), status))
        return true;
    struct json *update = json_copy(control->arena, object), *answer = NULL;
    json_set(control->arena, update, "status", status);
    struct kube_call call = { .verb = KUBE_UPDATE,
                              .resource = resource,
                              .namespace = resource->is_namespaced ? object_namespace(object) : NULL,
                              .name = object_name(object),
                              .subresource = "status",
                              .body = update };
    if (!control->kube->call(control->kube, &call, control->arena, &answer, err))
        return false;
    mirror_put(control->mirror, resource, answer);
    return true;
}
