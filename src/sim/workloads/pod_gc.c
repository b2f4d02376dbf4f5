/* Pod garbage collection: pods that no kubelet will ever end.
 *
 * Those of nodes that no longer exist, once that has been so for 40 s; those that are being deleted on a node
 * that is not ready and that somebody has declared out of service (taint
 * node.kubernetes.io/out-of-service); those that are being deleted and were never bound. They get phase
 * Failed and are removed without grace. The collector looks every 20 s. That the oldest of more than 12,500
 * finished pods go is not simulated. After: Kubernetes, pkg/controller/podgc; documentation, "Pod Lifecycle"
 * (garbage collection of Pods), "Node Shutdowns" (non-graceful node shutdown).
 */
#include "sim/workloads/controller.h"

static const int64_t period_ns = 20 * NANOSECONDS_PER_SECOND;
static const int64_t quarantine_ns = 40 * NANOSECONDS_PER_SECOND;

enum fate { FATE_NONE, FATE_ORPHANED, FATE_OUT_OF_SERVICE, FATE_NEVER_BOUND };

static bool is_out_of_service(const struct json *node) {
    if (object_condition_is_true(node, "Ready"))
        return false;
    JSON_FOR_EACH_ITEM (taint, json_at(node, "spec.taints")) {
        if (str_equal(json_string_at(taint, "key", NULL), "node.kubernetes.io/out-of-service"))
            return true;
    }
    return false;
}

static enum fate fate_of(const struct mirror *mirror, const struct json *pod) {
    const char *name = json_string_at(pod, "spec.nodeName", NULL);
    const struct json *node = name ? mirror_get(mirror, &KUBE_NODES, NULL, name) : NULL;

    if (name && !node)
        return FATE_ORPHANED;
    if (!object_is_deleting(pod))
        return FATE_NONE;
    if (!name)
        return FATE_NEVER_BOUND;
    return is_out_of_service(node) ? FATE_OUT_OF_SERVICE : FATE_NONE;
}

static bool remove_pod(struct control *control, const struct json *pod, enum fate fate, struct error *err) {
    struct kube_call call = { .verb = KUBE_DELETE,
                              .resource = &KUBE_PODS,
                              .namespace = object_namespace(pod),
                              .name = object_name(pod),
                              .precondition_uid = object_uid(pod),
                              .immediately = true };
    struct error failure = { 0 };

    if (!pod_is_finished(pod) &&
        !control_mark_pod(control, pod, fate == FATE_ORPHANED ? "DisruptionTarget" : NULL, "DeletionByPodGC",
                          "PodGC: node no longer exists", "Failed", err))
        return false;
    if (control->kube->call(control->kube, &call, control->arena, NULL, &failure) ||
        failure.kind == ERROR_NOT_FOUND)
        return true;
    *err = failure;
    return false;
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    const struct json *pod = mirror_get(control->mirror, &KUBE_PODS, namespace, name);
    enum fate fate = pod ? fate_of(control->mirror, pod) : FATE_NONE;

    if (fate == FATE_NONE) {
        control->since_ns = 0;
        return true;
    }
    control->since_ns = control->since_ns ? control->since_ns : control->now_ns;
    int64_t due_ns =
        control_round_up(control->since_ns + (fate == FATE_ORPHANED ? quarantine_ns : 0), period_ns);
    if (control->now_ns >= due_ns)
        return remove_pod(control, pod, fate, err);
    control->again_ns = due_ns;
    return true;
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    if (resource == &KUBE_NODES)
        control_enqueue_pods_on(queue, mirror, object_name(new ? new : old));
    if (resource == &KUBE_PODS && new &&fate_of(mirror, new) != FATE_NONE)
        control_enqueue(queue, object_namespace(new), object_name(new));
}

const struct controller controller_pod_gc = { .name = "pod-garbage-collector-controller",
                                              .changed = changed,
                                              .reconcile = reconcile };
