/* The node lifecycle controller: which nodes are heard of, and the taints that say so.
 *
 * A node that has renewed neither its lease nor its status for 50 s (node-monitor-grace-period; 40 s before
 * v1.32) gets its conditions Unknown; its pods are told to be not ready, so that no Service leads to them any
 * more. Taints follow conditions: those with NoSchedule always, unreachable and not-ready also with
 * NoExecute, upon which pods are evicted (taint_eviction.c). As long as no node at all is ready, no node gets
 * one with NoExecute: then the fault is rather the control plane's.
 * The watch for silence looks at whole multiples of 5 s (node-monitor-period). That nodes of one zone are
 * tainted one in ten seconds (node-eviction-rate), and more slowly where most of a zone fails, is not
 * simulated.
 * After: Kubernetes, pkg/controller/nodelifecycle; documentation, "Nodes" (node controller), "Taints and
 * Tolerations" (taint nodes by condition).
 */
#include "base/time.h"
#include "sim/workloads/controller.h"

static const int64_t monitor_period_ns = 5 * NANOSECONDS_PER_SECOND;
static const int64_t grace_ns = 50 * NANOSECONDS_PER_SECOND;
static const int64_t startup_grace_ns = 60 * NANOSECONDS_PER_SECOND;

static const char lease_namespace[] = "kube-node-lease";

/* ---- taints ---- */

static const struct {
    const char *condition;
    const char *status;
    const char *taint;
    bool evicts; /* also with NoExecute */
} taints[] = {
    { "Ready", "False", "node.kubernetes.io/not-ready", true },
    { "Ready", "Unknown", "node.kubernetes.io/unreachable", true },
    { "MemoryPressure", "True", "node.kubernetes.io/memory-pressure", false },
    { "DiskPressure", "True", "node.kubernetes.io/disk-pressure", false },
    { "PIDPressure", "True", "node.kubernetes.io/pid-pressure", false },
    { "NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable", false },
};
static const char unschedulable_taint[] = "node.kubernetes.io/unschedulable";

/* Of this controller: the others are left as they are. */
static bool is_ours(const struct json *taint) {
    const char *key = json_string_at(taint, "key", ""), *effect = json_string_at(taint, "effect", "");

    if (str_equal(key, unschedulable_taint))
        return str_equal(effect, "NoSchedule");
    for (size_t i = 0; i < ARRAY_LENGTH(taints); i++)
        if (str_equal(key, taints[i].taint))
            return str_equal(effect, "NoSchedule") || (taints[i].evicts && str_equal(effect, "NoExecute"));
    return false;
}

static const struct json *find_taint(const struct json *list, const char *key, const char *effect) {
    JSON_FOR_EACH_ITEM (taint, list) {
        if (str_equal(json_string_at(taint, "key", ""), key) &&
            str_equal(json_string_at(taint, "effect", ""), effect))
            return taint;
    }
    return NULL;
}

/* One that is there already keeps the time since which it is. */
static void add_taint(struct control *control, struct json *list, const struct json *have, const char *key,
                      const char *effect) {
    const struct json *old = find_taint(have, key, effect);

    if (old) {
        json_append(control->arena, list, json_copy(control->arena, old));
        return;
    }
    struct json *taint = json_append_object(control->arena, list);
    json_set_string(control->arena, taint, "effect", effect);
    json_set_string(control->arena, taint, "key", key);
    json_set_string(control->arena, taint, "timeAdded",
                    time_format(control->arena, clock_wall(control->clock)));
}

static bool any_is_ready(struct control *control) {
    struct mirror_list nodes = mirror_list(control->mirror, control->arena, &KUBE_NODES, NULL);

    MIRROR_FOR_EACH(node, nodes) {
        if (object_condition_is_true(node, "Ready"))
            return true;
    }
    return false;
}

static struct json *wanted_taints(struct control *control, const struct json *node) {
    const struct json *have = json_at(node, "spec.taints");
    struct json *wanted = json_new_array(control->arena);

    JSON_FOR_EACH_ITEM (taint, have) {
        if (!is_ours(taint))
            json_append(control->arena, wanted, json_copy(control->arena, taint));
    }
    if (json_bool_at(node, "spec.unschedulable", false))
        add_taint(control, wanted, have, unschedulable_taint, "NoSchedule");
    for (size_t i = 0; i < ARRAY_LENGTH(taints); i++) {
        const struct json *condition = object_condition(node, taints[i].condition);
        if (!str_equal(json_string_at(condition, "status", NULL), taints[i].status))
            continue;
        add_taint(control, wanted, have, taints[i].taint, "NoSchedule");
        if (taints[i].evicts && any_is_ready(control))
            add_taint(control, wanted, have, taints[i].taint, "NoExecute");
    }
    return wanted;
}

static bool are_same_taints(const struct json *have, const struct json *wanted) {
    if (json_length(have) != json_length(wanted))
        return false;
    JSON_FOR_EACH_ITEM (taint, wanted) {
        if (!find_taint(have, json_string_at(taint, "key", ""), json_string_at(taint, "effect", "")))
            return false;
    }
    return true;
}

static bool follow_conditions(struct control *control, const struct json *node, struct error *err) {
    struct json *wanted = wanted_taints(control, node), *patch = json_new_object(control->arena);
    struct json *spec = json_set_object(control->arena, patch, "spec");

    if (are_same_taints(json_at(node, "spec.taints"), wanted))
        return true;
    json_set(control->arena, spec, "taints", json_length(wanted) ? wanted : json_new_null(control->arena));
    /* Not put into the mirror: the scheduler is to see that the node has changed. */
    return kube_merge_patch(control->kube, control->arena, &KUBE_NODES, NULL, object_name(node), NULL, patch,
                            NULL, err);
}

/* ---- silence ---- */

static int64_t time_at(const struct json *object, const char *path) {
    int64_t wall_ns;

    return time_parse(text_from(json_string_at(object, path, "")), &wall_ns) ? wall_ns : INT64_MIN;
}

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The lease is read when the node may have been silent for too long, not watched: most renewals change
 * nothing. */
static bool last_heard(struct control *control, const struct json *node, int64_t *out_wall_ns,
                       struct error *err) {
    int64_t status_ns = time_at(object_condition(node, "Ready"), "lastHeartbeatTime");
    struct json *lease;

    *out_wall_ns = later(status_ns, time_at(node, "metadata.creationTimestamp"));
    if (clock_wall(control->clock) - *out_wall_ns < grace_ns)
        return true;
    if (!kube_get(control->kube, control->arena, &KUBE_LEASES, lease_namespace, object_name(node), &lease,
                  err))
        return error_wrap(err, "lease of node %s", object_name(node));
    *out_wall_ns = later(*out_wall_ns, time_at(lease, "spec.renewTime"));
    return true;
}

/* The kubelet will say otherwise when it is heard of again. */
static bool mark_pods_not_ready(struct control *control, const struct json *node, struct error *err) {
    struct mirror_list pods = mirror_list(control->mirror, control->arena, &KUBE_PODS, NULL);

    MIRROR_FOR_EACH(pod, pods) {
        if (!str_equal(json_string_at(pod, "spec.nodeName", NULL), object_name(node)) || !pod_is_ready(pod))
            continue;
        struct json *status = json_copy(control->arena, json_get(pod, "status"));
        const struct json *ready = object_condition(pod, "Ready");
        conditions_set(control->arena, json_get(status, "conditions"), "Ready", false,
                       json_string_at(ready, "reason", NULL), json_string_at(ready, "message", NULL),
                       clock_wall(control->clock));
        if (!control_write_status(control, &KUBE_PODS, pod, status, err))
            return false;
        recorder_event(control->recorder, pod, NULL, RECORDER_WARNING, "NodeNotReady", "Node is not ready");
    }
    return true;
}

static struct json *unknown_status(struct control *control, const struct json *node) {
    static const char *const types[] = { "Ready", "MemoryPressure", "DiskPressure", "PIDPressure" };
    struct arena *arena = control->arena;
    struct json *status = json_copy(arena, json_get(node, "status"));
    struct json *conditions = json_get(status, "conditions");

    conditions = conditions ? conditions : json_set_array(arena, status, "conditions");
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        const struct json *old = object_condition(node, types[i]);
        if (str_equal(json_string_at(old, "status", NULL), "Unknown"))
            continue;
        conditions_set(arena, conditions, types[i], false,
                       old ? "NodeStatusUnknown" : "NodeStatusNeverUpdated",
                       old ? "Kubelet stopped posting node status." : "Kubelet never posted node status.",
                       clock_wall(control->clock));
        JSON_FOR_EACH_ITEM (condition, conditions) {
            if (!str_equal(json_string_at(condition, "type", NULL), types[i]))
                continue;
            json_set_string(arena, condition, "status", "Unknown");
            json_set_string(arena, condition, "lastTransitionTime",
                            time_format(arena, clock_wall(control->clock)));
        }
    }
    return status;
}

static bool mark_unknown(struct control *control, const struct json *node, struct error *err) {
    if (object_condition_is_true(node, "Ready")) {
        if (!mark_pods_not_ready(control, node, err))
            return false;
        recorder_event(control->recorder, node, NULL, RECORDER_NORMAL, "NodeNotReady",
                       "Node %s status is now: NodeNotReady", object_name(node));
    }
    return control_write_status(control, &KUBE_NODES, node, unknown_status(control, node), err);
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    const struct json *node = mirror_get(control->mirror, &KUBE_NODES, NULL, name);
    int64_t heard_ns, silence_ns;

    if (!node)
        return true;
    if (!last_heard(control, node, &heard_ns, err))
        return false;
    int64_t patience_ns = object_condition(node, "Ready") ? grace_ns : startup_grace_ns;
    /* What was before the controller itself began to look does not count. */
    control->since_ns = control->since_ns ? control->since_ns : control->now_ns;
    silence_ns = earlier(clock_wall(control->clock) - heard_ns, control->now_ns - control->since_ns);
    int64_t due_ns = control_round_up(control->now_ns + patience_ns - silence_ns + 1, monitor_period_ns);
    /* The first look is at a moment at which kubelets renew leases: of a node that lives, it is the only one.
     */
    if (control->now_ns < due_ns)
        control->again_ns = silence_ns < patience_ns ? control->now_ns + patience_ns - silence_ns : due_ns;
    else if (!mark_unknown(control, node, err))
        return false;
    node = mirror_get(control->mirror, &KUBE_NODES, NULL, name);
    return !node || follow_conditions(control, node, err);
}

/* Whether one is ready matters to the others, too. */
static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    if (resource != &KUBE_NODES)
        return;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct mirror_list nodes = mirror_list(mirror, arena, &KUBE_NODES, NULL);
    MIRROR_FOR_EACH(node, nodes) {
        control_enqueue(queue, "", object_name(node));
    }
}

const struct controller controller_node_lifecycle = { .name = "node-controller",
                                                      .changed = changed,
                                                      .reconcile = reconcile };
