/* A pod's life on its node.
 *
 * The steps follow one another as in enum pod_step; each is a function that says whether the pod may go on to
 * the next one now. Deletion cuts in at any step before POD_TERMINATING. After: Kubernetes,
 * pkg/kubelet/pod_workers.go.
 */
#include "sim/node/node_internal.h"

static const int64_t sandbox_ns = 100 * NANOSECONDS_PER_MS;
static const int64_t address_retry_ns = 10 * NANOSECONDS_PER_SECOND;
static const int64_t mount_retry_min_ns = 500 * NANOSECONDS_PER_MS;
static const int64_t mount_retry_max_ns = 122 * NANOSECONDS_PER_SECOND;
static const int64_t delete_retry_ns = NANOSECONDS_PER_SECOND;

/* ---- life cycle of the record ---- */

static size_t add_containers(struct pod *pod, size_t from, const char *list, bool is_init) {
    JSON_FOR_EACH_ITEM (spec, json_at(pod->object, list)) {
        container_init(&pod->containers[from++], pod, spec, is_init);
    }
    return from;
}

struct pod *pod_new(struct node *node, struct member *member, const struct json *object) {
    struct pod *pod = XNEW(struct pod);
    *pod = (struct pod){ .node = node,
                         .member = member,
                         .uid = xstrdup(object_uid(object)),
                         .namespace = xstrdup(object_namespace(object)),
                         .name = xstrdup(object_name(object)),
                         .refresh_ns = INT64_MAX,
                         .start_wall_ns = clock_wall(node->options.clock) };
    pod_update(pod, object);
    pod->container_count =
        json_length(json_at(object, "spec.initContainers")) + json_length(json_at(object, "spec.containers"));
    pod->containers = xcalloc(pod->container_count, sizeof(*pod->containers));
    add_containers(pod, add_containers(pod, 0, "spec.initContainers", true), "spec.containers", false);
    return pod;
}

void pod_free(struct pod *pod) {
    if (!pod)
        return;
    for (size_t i = 0; i < pod->container_count; i++)
        container_clear(&pod->containers[i]);
    free(pod->containers);
    volumes_forget_scratches(pod);
    arena_free(pod->arena);
    arena_free(pod->status_arena);
    free(pod->address);
    free(pod->uid);
    free(pod->namespace);
    free(pod->name);
    free(pod);
}

void pod_lose(struct pod *pod) {
    pod->is_lost = true;
    for (size_t i = 0; i < pod->container_count; i++)
        container_lose(&pod->containers[i]);
}

bool pod_is_asleep(const struct pod *pod) {
    bool needs_api = pod->step < POD_INITIALIZING || pod->step == POD_STOPPED;

    return pod->member->is_off || (pod->member->is_cut && needs_api);
}

/* The node lifecycle controller tells that pods are not ready while their kubelet is not heard. */
static bool overrules(const struct pod *pod, const struct json *object) {
    bool is_ready = object_condition_is_true(object, "Ready");

    if (!pod->status || pod_is_ready(pod->object) == is_ready)
        return false;
    JSON_FOR_EACH_ITEM (condition, json_get(pod->status, "conditions")) {
        if (str_equal(json_string_at(condition, "type", NULL), "Ready"))
            return str_equal(json_string_at(condition, "status", NULL), "True") != is_ready;
    }
    return false;
}

void pod_update(struct pod *pod, const struct json *object) {
    struct arena *arena = arena_new();
    pod->is_overruled |= overrules(pod, object);
    pod->object = json_copy(arena, object);
    arena_free(pod->arena);
    pod->arena = arena;
    pod->object_serial++;
    pod->is_stirred = true;
}

/* ---- steps: true when the next one may begin ---- */

static bool tell_acceptance(struct pod *pod) {
    pod->due_ns = pod->node->now_ns;
    return pod->status != NULL;
}

static bool mount_volumes(struct pod *pod) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct node *node = pod->node;
    const char *volume = "";
    struct error err = { 0 };

    pod->is_watching = true;
    if (node->now_ns < pod->due_ns && !node->has_changed)
        return false;
    if (volumes_check(pod, arena, &volume, &err)) {
        pod->is_watching = false;
        pod->due_ns = node->now_ns + sandbox_ns;
        return true;
    }
    if (node->now_ns < pod->due_ns)
        return false;
    if (err.kind == ERROR_CONFLICT)
        recorder_event(node_recorder(node, pod->member), pod->object, NULL, RECORDER_WARNING,
                       "FailedAttachVolume", "%s", err.text);
    else
        recorder_event(node_recorder(node, pod->member), pod->object, NULL, RECORDER_WARNING, "FailedMount",
                       "MountVolume.SetUp failed for volume \"%s\" : %s", volume, err.text);
    int64_t wait_ns = mount_retry_min_ns << (pod->mount_failures < 8 ? pod->mount_failures++ : 8);
    pod->due_ns = node->now_ns + (wait_ns < mount_retry_max_ns ? wait_ns : mount_retry_max_ns);
    return false;
}

static bool make_sandbox(struct pod *pod) {
    struct node *node = pod->node;
    if (node->now_ns < pod->due_ns)
        return false;
    pod->address = node_allocate_address(node);
    if (pod->address)
        return true;
    recorder_event(
        node_recorder(node, pod->member), pod->object, NULL, RECORDER_WARNING, "FailedCreatePodSandBox",
        "Failed to create pod sandbox: no address is free in %s; start the node with a larger range",
        node->options.pod_range);
    pod->due_ns = node->now_ns + address_retry_ns;
    return false;
}

static bool run_init_containers(struct pod *pod) {
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < pod->container_count; i++) {
        struct container *container = &pod->containers[i];
        if (!container->is_init || container_is_done(container))
            continue;
        int64_t due_ns = container_tick(container);
        next_ns = due_ns < next_ns ? due_ns : next_ns;
        bool is_up = container->is_sidecar && container->is_started;
        if (!is_up && !container_is_done(container)) {
            pod->due_ns = next_ns;
            return false;
        }
    }
    return true;
}

static bool run_containers(struct pod *pod) {
    bool are_done = true;
    pod->due_ns = INT64_MAX;
    for (size_t i = 0; i < pod->container_count; i++) {
        struct container *container = &pod->containers[i];
        if (container->is_init && !container->is_sidecar)
            continue;
        int64_t due_ns = container_tick(container);
        pod->due_ns = due_ns < pod->due_ns ? due_ns : pod->due_ns;
        are_done &= container_is_done(container) || container->is_sidecar;
    }
    return are_done;
}

static bool finish_termination(struct pod *pod) {
    bool are_stopped = true;
    pod->due_ns = pod->deadline_ns;
    if (pod->node->now_ns >= pod->deadline_ns && !pod->is_killed) {
        pod->is_killed = true;
        for (size_t i = 0; i < pod->container_count; i++)
            container_stop(&pod->containers[i], true);
    }
    if (pod->is_killed)
        pod->due_ns = INT64_MAX;
    for (size_t i = 0; i < pod->container_count; i++)
        are_stopped &= pod->containers[i].state != CONTAINER_RUNNING;
    if (are_stopped)
        pod->due_ns = pod->node->now_ns;
    return are_stopped;
}

/* The last word about a pod that has stopped: its object may go. */
static bool tell_deletion(struct pod *pod) {
    struct kube *kube = pod->node->kube;
    struct kube_call call = { .verb = KUBE_DELETE,
                              .resource = &KUBE_PODS,
                              .namespace = pod->namespace,
                              .name = pod->name,
                              .precondition_uid = pod->uid,
                              .immediately = true };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct error err = { 0 };

    if (pod->node->now_ns < pod->due_ns || pod->member->is_cut)
        return false;
    /* The containers' end is told first: who waits for exit codes finds them in the last state of the object.
     */
    if (pod_write_status(pod) != INT64_MAX && !pod->is_gone) {
        pod->due_ns = pod->node->now_ns + delete_retry_ns;
        return false;
    }
    if (kube->call(kube, &call, arena, NULL, &err) || err.kind == ERROR_NOT_FOUND ||
        err.kind == ERROR_CONFLICT)
        return true;
    pod->due_ns = pod->node->now_ns + delete_retry_ns;
    return false;
}

/* ---- deletion ---- */

static void begin_termination(struct pod *pod) {
    int64_t grace = json_integer_at(pod->object, "metadata.deletionGracePeriodSeconds", 30);
    pod->step = POD_TERMINATING;
    pod->deadline_ns = pod->node->now_ns + grace * NANOSECONDS_PER_SECOND;
    for (size_t i = 0; i < pod->container_count; i++) {
        struct container *container = &pod->containers[i];
        if (container->state == CONTAINER_RUNNING) {
            container_event(container, RECORDER_NORMAL, "Killing", "Stopping container %s", container->name);
            container_stop(container, grace == 0);
        }
    }
}

/* A second deletion may shorten the grace period. */
static void shorten_deadline(struct pod *pod) {
    int64_t grace = json_integer_at(pod->object, "metadata.deletionGracePeriodSeconds", 30);
    int64_t deadline_ns = pod->node->now_ns + grace * NANOSECONDS_PER_SECOND;
    if (grace == 0 && deadline_ns < pod->deadline_ns)
        pod->deadline_ns = deadline_ns;
}

/* ---- the tick ---- */

static bool rest(struct pod *pod) {
    pod->due_ns = INT64_MAX;
    return false;
}

static bool (*const steps[])(struct pod *pod) = {
    [POD_ACCEPTED] = tell_acceptance,         [POD_MOUNTING] = mount_volumes, [POD_SANDBOX] = make_sandbox,
    [POD_INITIALIZING] = run_init_containers, [POD_RUNNING] = run_containers, [POD_FINISHED] = rest,
    [POD_TERMINATING] = finish_termination,   [POD_STOPPED] = tell_deletion,  [POD_FORGOTTEN] = rest,
};

int64_t pod_tick(struct pod *pod) {
    for (size_t i = 0; i < pod->container_count; i++)
        container_reap(&pod->containers[i]);
    pod->is_watching = false;
    if (pod->is_gone)
        return INT64_MAX;
    if (object_is_deleting(pod->object)) {
        if (pod->step < POD_TERMINATING)
            begin_termination(pod);
        else
            shorten_deadline(pod);
    }
    while (steps[pod->step](pod))
        pod->step++;
    for (size_t i = 0; i < pod->container_count; i++)
        container_tend_fronts(&pod->containers[i]);
    if (pod->step == POD_FORGOTTEN)
        return INT64_MAX;
    int64_t refresh_ns = pod_refresh(pod), status_ns = pod_write_status(pod);
    int64_t next_ns = status_ns < refresh_ns ? status_ns : refresh_ns;
    return next_ns < pod->due_ns ? next_ns : pod->due_ns;
}
