/* Pod status, as a kubelet writes it.
 *
 * After: Kubernetes, pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, getPhase) and
 * pkg/kubelet/status/generate.go.
 */
#include "base/encoding.h"
#include "base/quantity.h"
#include "base/time.h"
#include "sim/node/node_internal.h"

enum { RETRY_MS_MIN = 100, RETRY_DOUBLINGS_MAX = 6 };

/* ---- containers ---- */

static char *runtime_id(struct arena *arena, const char *id) {
    return arena_printf(arena, "simulated://%s", id);
}

static void set_terminated(struct arena *arena, struct json *state, const struct container_run *run) {
    struct json *terminated = json_set_object(arena, state, "terminated");
    json_set_string(arena, terminated, "containerID", runtime_id(arena, run->id));
    json_set_integer(arena, terminated, "exitCode", run->exit_code);
    json_set_string(arena, terminated, "finishedAt", time_format(arena, run->finished_wall_ns));
    json_set_string(arena, terminated, "reason", run->reason);
    json_set_string(arena, terminated, "startedAt", time_format(arena, run->started_wall_ns));
}

static void set_state(struct arena *arena, struct json *state, const struct container *container) {
    if (container->state == CONTAINER_RUNNING) {
        json_set_string(arena, json_set_object(arena, state, "running"), "startedAt",
                        time_format(arena, container->started_wall_ns));
        return;
    }
    if (container->state == CONTAINER_TERMINATED) {
        set_terminated(arena, state, &container->last);
        return;
    }
    struct json *waiting = json_set_object(arena, state, "waiting");
    bool must_wait =
        !container->is_init && container->pod->step < POD_RUNNING && container->pod->containers[0].is_init;
    const char *fallback = must_wait || container->is_init ? "PodInitializing" : "ContainerCreating";
    json_set_string(arena, waiting, "reason",
                    !must_wait && container->waiting_reason ? container->waiting_reason : fallback);
    if (container->waiting_message)
        json_set_string(arena, waiting, "message", container->waiting_message);
}

static struct json *container_status(struct arena *arena, const struct container *container) {
    struct json *status = json_new_object(arena);
    bool has_id = container->id[0] != '\0';
    const char *image = image_full_name(arena, container->image);

    json_set_string(arena, status, "name", container->name);
    set_state(arena, json_set_object(arena, status, "state"), container);
    struct json *last = json_set_object(arena, status, "lastState");
    if (container->has_run && container->state != CONTAINER_TERMINATED)
        set_terminated(arena, last, &container->last);
    json_set_bool(arena, status, "ready",
                  container->is_init && !container->is_sidecar
                      ? container->state == CONTAINER_TERMINATED && container->last.exit_code == 0
                      : container->is_ready);
    json_set_integer(arena, status, "restartCount", container->restarts);
    json_set_string(arena, status, "image", has_id ? image : container->image);
    json_set_string(
        arena, status, "imageID",
        has_id ? arena_printf(arena, "%s@sha256:%s", image, sha256_hex(arena, image, strlen(image), 64))
               : "");
    if (has_id)
        json_set_string(arena, status, "containerID", runtime_id(arena, container->id));
    json_set_bool(arena, status, "started", container->is_started);
    return status;
}

/* ---- phase ---- */

static const char *phase_of(const struct pod *pod) {
    size_t waiting = 0, running = 0, failed = 0;
    if (pod->step < POD_INITIALIZING)
        return "Pending";
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *container = &pod->containers[i];
        if (container->is_init) {
            if (container->state == CONTAINER_TERMINATED && container->last.exit_code)
                return "Failed";
            continue;
        }
        bool is_waiting = container->state == CONTAINER_WAITING || container->state == CONTAINER_PULLING;
        waiting += is_waiting && !container->has_run;
        running += container->state == CONTAINER_RUNNING || (is_waiting && container->has_run);
        failed += container->state == CONTAINER_TERMINATED && container->last.exit_code;
    }
    if (waiting)
        return "Pending";
    if (running)
        return "Running";
    return failed ? "Failed" : "Succeeded";
}

/* ---- conditions ---- */

/* The names of containers that are not ready (or, among init containers, not complete): "a b", or NULL when
 * all are. */
static const char *laggards(struct arena *arena, const struct pod *pod, bool are_init) {
    const char *names = NULL;
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *container = &pod->containers[i];
        bool is_fine = are_init ? (container->is_sidecar
                                       ? container->is_started
                                       : container_is_done(container) && container->last.exit_code == 0)
                                : container->is_ready;
        if (container->is_init == are_init && !is_fine)
            names = names ? arena_printf(arena, "%s %s", names, container->name) : container->name;
    }
    return names;
}

static bool gates_are_open(const struct pod *pod) {
    JSON_FOR_EACH_ITEM (gate, json_at(pod->object, "spec.readinessGates")) {
        if (!object_condition_is_true(pod->object, json_string_at(gate, "conditionType", "")))
            return false;
    }
    return true;
}

static void set_conditions(struct arena *arena, struct json *conditions, const struct pod *pod,
                           const char *phase) {
    int64_t wall_ns = clock_wall(pod->node->options.clock);
    bool is_over = str_equal(phase, "Succeeded");
    const char *unready = laggards(arena, pod, false), *incomplete = laggards(arena, pod, true);
    const char *not_ready =
        unready ? arena_printf(arena, "containers with unready status: [%s]", unready) : NULL;
    const char *why = is_over ? "PodCompleted" : not_ready ? "ContainersNotReady" : NULL;
    bool gates = gates_are_open(pod);

    conditions_set(arena, conditions, "PodReadyToStartContainers", pod->address && pod->step < POD_STOPPED,
                   NULL, NULL, wall_ns);
    conditions_set(
        arena, conditions, "Initialized", !incomplete, incomplete ? "ContainersNotInitialized" : NULL,
        incomplete ? arena_printf(arena, "containers with incomplete status: [%s]", incomplete) : NULL,
        wall_ns);
    if (not_ready || gates)
        conditions_set(arena, conditions, "Ready", !not_ready, why, is_over ? NULL : not_ready, wall_ns);
    else
        conditions_set(arena, conditions, "Ready", false, "ReadinessGatesNotReady",
                       "the status of a pod readiness gate is not \"True\"", wall_ns);
    conditions_set(arena, conditions, "ContainersReady", !not_ready, why, is_over ? NULL : not_ready,
                   wall_ns);
    conditions_set(arena, conditions, "PodScheduled", true, NULL, NULL, wall_ns);
}

/* Conditions of others (readiness gates, disruption) stay as the API has them. */
static struct json *previous_conditions(struct arena *arena, const struct pod *pod) {
    const struct json *have = json_at(pod->object, "status.conditions");
    struct json *conditions = have ? json_copy(arena, have) : json_new_array(arena);
    /* What was written last is newer than what came back. */
    JSON_FOR_EACH_ITEM (written, json_get(pod->status, "conditions")) {
        JSON_FOR_EACH_ITEM (condition, conditions) {
            if (str_equal(json_string_at(condition, "type", NULL), json_string_at(written, "type", "")))
                json_set_string(arena, condition, "status", json_string_at(written, "status", "")),
                    json_set_string(arena, condition, "lastTransitionTime",
                                    json_string_at(written, "lastTransitionTime", ""));
        }
    }
    return conditions;
}

/* ---- quality of service ---- */

static int64_t amount(const struct json *container, const char *list, const char *resource) {
    struct quantity value;
    const struct json *quantity = json_get(json_get(json_get(container, "resources"), list), resource);
    return quantity && quantity_from_json(quantity, &value) ? value.milli : 0;
}

static const char *qos_class(const struct pod *pod) {
    static const char *const lists[] = { "spec.initContainers", "spec.containers" };
    static const char *const resources[] = { "cpu", "memory" };
    bool is_guaranteed = true, is_best_effort = true;

    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
        JSON_FOR_EACH_ITEM (container, json_at(pod->object, lists[i])) {
            for (size_t j = 0; j < ARRAY_LENGTH(resources); j++) {
                int64_t limit = amount(container, "limits", resources[j]);
                int64_t request = amount(container, "requests", resources[j]);
                is_best_effort &= !limit && !request;
                is_guaranteed &= limit && (!request || request == limit);
            }
        }
    }
    return is_best_effort ? "BestEffort" : is_guaranteed ? "Guaranteed" : "Burstable";
}

/* ---- the whole ---- */

static void set_addresses(struct arena *arena, struct json *status, const char *one, const char *all,
                          const char *address) {
    if (!address)
        return;
    json_set_string(arena, status, one, address);
    json_set_string(arena, json_append_object(arena, json_set_array(arena, status, all)), "ip", address);
}

static struct json *build_status(struct arena *arena, const struct pod *pod) {
    struct json *status = json_new_object(arena);
    const char *phase = phase_of(pod);
    struct json *conditions = previous_conditions(arena, pod);

    json_set_string(arena, status, "phase", phase);
    set_conditions(arena, conditions, pod, phase);
    json_set(arena, status, "conditions", conditions);
    set_addresses(arena, status, "hostIP", "hostIPs", pod->member->address);
    set_addresses(arena, status, "podIP", "podIPs", pod->address);
    json_set_string(arena, status, "startTime", time_format(arena, pod->start_wall_ns));
    json_set_string(arena, status, "qosClass",
                    json_string_at(pod->object, "status.qosClass", qos_class(pod)));
    struct json *list = json_new_array(arena), *init_list = json_new_array(arena);
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *container = &pod->containers[i];
        json_append(arena, container->is_init ? init_list : list, container_status(arena, container));
    }
    if (json_length(init_list))
        json_set(arena, status, "initContainerStatuses", init_list);
    json_set(arena, status, "containerStatuses", list);
    return status;
}

/* Of all that the status is made from: most ticks change nothing of it. Never 0. */
static uint64_t status_facts(const struct pod *pod) {
    uint64_t hash = hash64_add(hash64_add(0, pod->step), pod->object_serial);

    hash = hash64_add_string(hash, pod->address);
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *container = &pod->containers[i];
        const struct container_run *last = &container->last;
        hash = hash64_add(hash, container->state);
        hash = hash64_add(hash, (uint64_t)container->is_started << 1 | container->is_ready);
        hash = hash64_add(hash, (uint64_t)container->restarts << 1 | container->has_run);
        hash =
            hash64_add_string(hash64_add_string(hash, container->waiting_reason), container->waiting_message);
        hash = hash64_add_string(hash64_add_string(hash, container->id), last->id);
        hash = hash64_add(hash64_add(hash, (uint64_t)container->started_wall_ns),
                          (uint64_t)last->finished_wall_ns);
        hash = hash64_add(hash, (uint64_t)last->exit_code);
    }
    return hash ? hash : 1;
}

int64_t pod_write_status(struct pod *pod) {
    struct node *node = pod->node;
    if (pod->member->is_cut)
        return INT64_MAX;
    uint64_t facts = status_facts(pod);
    if (facts == pod->status_facts && !pod->is_overruled)
        return INT64_MAX;
    if (node->now_ns < pod->status_retry_ns)
        return pod->status_retry_ns;

    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *status = build_status(arena, pod);
    if (json_equal(status, pod->status) && !pod->is_overruled) {
        pod->status_facts = facts;
        return INT64_MAX;
    }

    struct json *patch = json_new_object(arena);
    struct error err = { 0 };
    json_set_string(arena, json_set_object(arena, patch, "metadata"), "uid", pod->uid);
    json_set(arena, patch, "status", status);
    if (kube_merge_patch(node->kube, arena, &KUBE_PODS, pod->namespace, pod->name, "status", patch, NULL,
                         &err)) {
        struct arena *kept = arena_new();
        pod->status = json_copy(kept, status);
        arena_free(pod->status_arena);
        pod->status_arena = kept;
        pod->status_facts = facts;
        pod->is_overruled = false;
        pod->status_failures = 0;
        pod->status_retry_ns = 0;
        return INT64_MAX;
    }
    /* Gone, or another pod of the same name by now: the watch will say so. */
    unsigned doublings =
        pod->status_failures < RETRY_DOUBLINGS_MAX ? pod->status_failures++ : RETRY_DOUBLINGS_MAX;
    pod->status_retry_ns = node->now_ns + (RETRY_MS_MIN * NANOSECONDS_PER_MS << doublings);
    return pod->status_retry_ns;
}
