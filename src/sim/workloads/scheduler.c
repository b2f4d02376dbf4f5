/* Gives each pod a node.
 *
 * After: Kubernetes, pkg/scheduler; the words of its events are what people search for, so they are the same.
 */
#include "sim/workloads/scheduler.h"

static const char selected_node_annotation[] = "volume.kubernetes.io/selected-node";

static bool is_unscheduled(const struct json *pod) {
    return pod && str_empty(json_string_at(pod, "spec.nodeName", NULL)) && !object_is_deleting(pod) &&
           !pod_is_finished(pod) &&
           str_equal(json_string_at(pod, "spec.schedulerName", "default-scheduler"), "default-scheduler");
}

/* ---- not now ---- */

static bool report_unschedulable(struct control *control, const struct json *pod, const char *message,
                                 struct error *err) {
    struct arena *arena = control->arena;
    const struct json *condition = object_condition(pod, "PodScheduled");
    if (str_equal(json_string_at(condition, "message", NULL), message))
        return true;
    recorder_event(control->recorder, pod, NULL, RECORDER_WARNING, "FailedScheduling", "%s", message);

    struct json *conditions = json_at(pod, "status.conditions");
    conditions = conditions ? json_copy(arena, conditions) : json_new_array(arena);
    conditions_set(arena, conditions, "PodScheduled", false, "Unschedulable", message,
                   clock_wall(control->clock));
    struct json *patch = json_new_object(arena), *answer;
    json_set(arena, json_set_object(arena, patch, "status"), "conditions", conditions);
    if (!kube_merge_patch(control->kube, arena, &KUBE_PODS, object_namespace(pod), object_name(pod), "status",
                          patch, &answer, err))
        return error_wrap(err, "pod %s", object_name(pod));
    mirror_put(control->mirror, &KUBE_PODS, answer);
    return true;
}

struct reasons {
    const char **items; /* one a node */
    size_t count;
};

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "1 Insufficient cpu, 2 node(s) didn't match …" */
static const char *summarize(struct arena *arena, struct reasons *reasons) {
    const char **lines = ARENA_ARRAY(arena, const char *, reasons->count + 1), *text = "";
    size_t line_count = 0;

    qsort(reasons->items, reasons->count, sizeof(*reasons->items), by_text);
    for (size_t i = 0, next; i < reasons->count; i = next) {
        for (next = i; next < reasons->count && str_equal(reasons->items[i], reasons->items[next]); next++)
            ;
        lines[line_count++] = arena_printf(arena, "%zu %s", next - i, reasons->items[i]);
    }
    qsort(lines, line_count, sizeof(*lines), by_text);
    for (size_t i = 0; i < line_count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", lines[i]);
    return text;
}

/* What stands in the way on each node, and whether evicting others there would help. */
static const char *no_node_message(struct arena *arena, struct reasons *refusals,
                                   struct reasons *preemptions) {
    return arena_printf(
        arena,
        "0/%zu nodes are available: %s. no new claims to deallocate, preemption: 0/%zu nodes are "
        "available: %s.",
        refusals->count, summarize(arena, refusals), preemptions->count, summarize(arena, preemptions));
}

/* ---- claims ---- */

static bool waits_for_consumer(struct control *control, const struct json *claim) {
    const struct json *class = mirror_get(control->mirror, &KUBE_STORAGE_CLASSES, NULL,
                                          json_string_at(claim, "spec.storageClassName", ""));
    return str_equal(json_string_at(class, "volumeBindingMode", ""), "WaitForFirstConsumer");
}

static bool is_bound(const struct json *claim) {
    return str_equal(json_string_at(claim, "status.phase", ""), "Bound");
}

/* NULL when the pod's claims don't stand in the way. */
static const char *refuse_claims(struct control *control, const struct json *pod) {
    JSON_FOR_EACH_ITEM (volume, json_at(pod, "spec.volumes")) {
        const char *name = json_string_at(volume, "persistentVolumeClaim.claimName", NULL);
        if (!name)
            continue;
        const struct json *claim =
            mirror_get(control->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, object_namespace(pod), name);
        if (!claim)
            return arena_printf(control->arena, "persistentvolumeclaim \"%s\" not found", name);
        if (object_is_deleting(claim))
            return arena_printf(control->arena, "persistentvolumeclaim \"%s\" is being deleted", name);
        if (!is_bound(claim) && !waits_for_consumer(control, claim))
            return "pod has unbound immediate PersistentVolumeClaims";
    }
    return NULL;
}

/* Tells the provisioner where late claims are needed. *out_bound: all are there already. */
static bool select_node(struct control *control, const struct json *pod, const char *node, bool *out_bound,
                        struct error *err) {
    *out_bound = true;
    JSON_FOR_EACH_ITEM (volume, json_at(pod, "spec.volumes")) {
        const char *name = json_string_at(volume, "persistentVolumeClaim.claimName", NULL);
        const struct json *claim =
            name ? mirror_get(control->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, object_namespace(pod), name)
                 : NULL;
        if (!claim || is_bound(claim))
            continue;
        *out_bound = false;
        if (object_annotation(claim, selected_node_annotation))
            continue;
        struct json *patch = json_new_object(control->arena), *answer;
        json_set_string(control->arena,
                        json_set_object(control->arena, json_set_object(control->arena, patch, "metadata"),
                                        "annotations"),
                        selected_node_annotation, node);
        if (!kube_merge_patch(control->kube, control->arena, &KUBE_PERSISTENT_VOLUME_CLAIMS,
                              object_namespace(pod), name, NULL, patch, &answer, err))
            return error_wrap(err, "claim %s", name);
        mirror_put(control->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, answer);
    }
    return true;
}

/* ---- here ---- */

static bool bind_pod(struct control *control, const struct json *pod, const char *node, struct error *err) {
    struct arena *arena = control->arena;
    struct json *binding = json_new_object(arena);
    json_set_string(arena, binding, "apiVersion", "v1");
    json_set_string(arena, binding, "kind", "Binding");
    struct json *metadata = json_set_object(arena, binding, "metadata");
    json_set_string(arena, metadata, "name", object_name(pod));
    json_set_string(arena, metadata, "namespace", object_namespace(pod));
    json_set_string(arena, metadata, "uid", object_uid(pod));
    struct json *target = json_set_object(arena, binding, "target");
    json_set_string(arena, target, "apiVersion", "v1");
    json_set_string(arena, target, "kind", "Node");
    json_set_string(arena, target, "name", node);
    struct kube_call call = { .verb = KUBE_CREATE,
                              .resource = &KUBE_PODS,
                              .namespace = object_namespace(pod),
                              .name = object_name(pod),
                              .subresource = "binding",
                              .body = binding };
    if (!control->kube->call(control->kube, &call, arena, NULL, err))
        return error_wrap(err, "binding of pod %s", object_name(pod));

    /* The next pod of this tick must see this one in its place. */
    struct json *assumed = json_copy(arena, pod);
    json_set_string(arena, json_get(assumed, "spec"), "nodeName", node);
    mirror_put(control->mirror, &KUBE_PODS, assumed);
    recorder_event(control->recorder, pod, NULL, RECORDER_NORMAL, "Scheduled",
                   "Successfully assigned %s/%s to %s", object_namespace(pod), object_name(pod), node);
    return true;
}

/* The least crowded node that takes the pod; NULL when none does, and *out_message says why. */
static const struct json *choose_node(const struct scheduling *scheduling, const char **out_message) {
    struct arena *arena = scheduling->arena;
    struct reasons refusals = { .items = ARENA_ARRAY(arena, const char *, scheduling->count) };
    struct reasons preemptions = { .items = ARENA_ARRAY(arena, const char *, scheduling->count) };
    const struct json *best = NULL;
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < scheduling->count; i++) {
        const struct candidate *candidate = &scheduling->candidates[i];
        bool is_final = false;
        const char *refusal = scheduling_refuse(scheduling, candidate, &is_final);
        if (refusal) {
            refusals.items[refusals.count++] = refusal;
            preemptions.items[preemptions.count++] = is_final
                                                         ? "Preemption is not helpful for scheduling"
                                                         : "No preemption victims found for incoming pod";
            continue;
        }
        int64_t crowding = scheduling_crowding(scheduling, candidate);
        if (crowding < least) {
            best = candidate->node;
            least = crowding;
        }
    }
    if (!best)
        *out_message = no_node_message(arena, &refusals, &preemptions);
    return best;
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    const struct json *pod = mirror_get(control->mirror, &KUBE_PODS, namespace, name);
    if (!is_unscheduled(pod) || json_length(json_at(pod, "spec.schedulingGates")))
        return true;

    struct scheduling scheduling = scheduling_begin(control->mirror, control->arena, pod);
    if (!scheduling.count)
        return report_unschedulable(control, pod, "no nodes available to schedule pods", err);
    const char *refusal = refuse_claims(control, pod);
    if (refusal)
        return report_unschedulable(control, pod,
                                    arena_printf(control->arena, "0/%zu nodes are available: %s. not found",
                                                 scheduling.count, refusal),
                                    err);

    const char *message;
    const struct json *best = choose_node(&scheduling, &message);
    if (!best)
        return report_unschedulable(control, pod, message, err);
    bool is_bound_already;
    if (!select_node(control, pod, object_name(best), &is_bound_already, err))
        return false;
    return !is_bound_already || bind_pod(control, pod, object_name(best), err);
}

/* Whatever frees room or brings a node or claim may let any waiting pod go. */
static bool may_help(const struct kube_resource *resource, const struct json *old, const struct json *new) {
    if (resource == &KUBE_NODES)
        return !old || !json_equal(json_get(old, "spec"), json_get(new, "spec")) ||
               !json_equal(json_at(old, "metadata.labels"), json_at(new, "metadata.labels")) ||
               !json_equal(json_at(old, "status.allocatable"), json_at(new, "status.allocatable"));
    if (resource == &KUBE_PODS)
        return !new || pod_is_finished(new);
    if (resource == &KUBE_PERSISTENT_VOLUME_CLAIMS)
        return is_bound(new);
    return resource == &KUBE_STORAGE_CLASSES;
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    if (resource == &KUBE_PODS && is_unscheduled(new))
        control_enqueue(queue, object_namespace(new), object_name(new));
    if (!may_help(resource, old, new))
        return;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct mirror_list pods = mirror_list(mirror, arena, &KUBE_PODS, NULL);
    MIRROR_FOR_EACH(pod, pods) {
        if (is_unscheduled(pod))
            control_enqueue(queue, object_namespace(pod), object_name(pod));
    }
}

const struct controller controller_scheduler = { .name = "default-scheduler",
                                                 .changed = changed,
                                                 .reconcile = reconcile };
