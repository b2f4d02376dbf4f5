/* The taint eviction controller: pods leave nodes that have taints with NoExecute.
 *
 * At once where a taint is not tolerated; after the shortest tolerationSeconds of the tolerations that are
 * used where there is one; never where all tolerate for ever. A taint that goes in time takes the eviction
 * back. Pods are deleted, not evicted: disruption budgets don't count, and on a node that is gone they stay
 * Terminating until somebody says that they have stopped.
 * After: Kubernetes, pkg/controller/tainteviction; documentation, "Taints and Tolerations" (taint based
 * evictions). Pods get tolerations of 300 s for not-ready and unreachable at admission
 * (plugin/pkg/admission/defaulttolerationseconds).
 */
#include "sim/workloads/scheduler.h"

/* What a pod's tolerations make of the taints of its node. */
enum patience { PATIENCE_NONE, PATIENCE_LIMITED, PATIENCE_ENDLESS };

static enum patience patience_with(const struct json *pod, const struct json *node, int64_t *out_ns) {
    int64_t seconds = INT64_MAX;

    JSON_FOR_EACH_ITEM (taint, json_at(node, "spec.taints")) {
        if (!str_equal(json_string_at(taint, "effect", NULL), "NoExecute"))
            continue;
        const struct json *toleration = pod_toleration(pod, taint);
        if (!toleration)
            return PATIENCE_NONE;
        int64_t limit = json_integer_at(toleration, "tolerationSeconds", INT64_MAX);
        seconds = limit < seconds ? limit : seconds;
    }
    if (seconds == INT64_MAX)
        return PATIENCE_ENDLESS;
    *out_ns = (seconds > 0 ? seconds : 0) * NANOSECONDS_PER_SECOND;
    return PATIENCE_LIMITED;
}

static bool evict(struct control *control, const struct json *pod, struct error *err) {
    recorder_event(control->recorder, pod, NULL, RECORDER_NORMAL, "TaintManagerEviction",
                   "Marking for deletion Pod %s/%s", object_namespace(pod), object_name(pod));
    return control_mark_pod(control, pod, "DisruptionTarget", "DeletionByTaintManager",
                            "Taint manager: deleting due to NoExecute taint", NULL, err) &&
           kube_delete(control->kube, &KUBE_PODS, object_namespace(pod), object_name(pod), object_uid(pod),
                       KUBE_PROPAGATION_DEFAULT, err);
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    const struct json *pod = mirror_get(control->mirror, &KUBE_PODS, namespace, name);
    const char *node_name = json_string_at(pod, "spec.nodeName", NULL);
    const struct json *node = node_name ? mirror_get(control->mirror, &KUBE_NODES, NULL, node_name) : NULL;
    int64_t patience_ns = 0;

    if (!node || object_is_deleting(pod))
        return true;
    enum patience patience = patience_with(pod, node, &patience_ns);
    if (patience == PATIENCE_ENDLESS) {
        if (control->since_ns)
            recorder_event(control->recorder, pod, NULL, RECORDER_NORMAL, "TaintManagerEviction",
                           "Cancelling deletion of Pod %s/%s", namespace, name);
        control->since_ns = 0;
        return true;
    }
    control->since_ns = control->since_ns ? control->since_ns : control->now_ns;
    if (control->now_ns >= control->since_ns + patience_ns)
        return evict(control, pod, err);
    control->again_ns = control->since_ns + patience_ns;
    return true;
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    if (resource == &KUBE_NODES && new)
        control_enqueue_pods_on(queue, mirror, object_name(new));
    if (resource != &KUBE_PODS || !new)
        return;
    const char *node = json_string_at(new, "spec.nodeName", NULL);
    if (node && json_at(mirror_get(mirror, &KUBE_NODES, NULL, node), "spec.taints"))
        control_enqueue(queue, object_namespace(new), object_name(new));
}

const struct controller controller_taint_eviction = { .name = "taint-eviction-controller",
                                                      .changed = changed,
                                                      .reconcile = reconcile };
