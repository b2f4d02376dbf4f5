#include "sim/workloads/stateful_set.h"

/* One look at a set: its pods by ordinal, and the two templates that they may have. */
struct view {
    struct control *control;
    const struct json *set;
    struct stateful_set_revisions revisions;
    int64_t start;
    int64_t replicas;            /* wanted */
    const struct json **wanted;  /* the pods of ordinals start … start + replicas - 1; NULL: absent */
    const struct json **surplus; /* highest ordinal first */
    size_t surplus_count;
    bool is_ordered; /* OrderedReady */
};

static bool is_created(const struct json *pod) {
    return pod != NULL;
}

static const char *revision_of(const struct json *pod) {
    const char *revision = object_label(pod, "controller-revision-hash");
    return revision ? revision : "";
}

/* Ready for at least minReadySeconds; otherwise notes when it will be. */
static bool is_available(struct control *control, const struct json *set, const struct json *pod) {
    int64_t wait_ns = json_integer_at(set, "spec.minReadySeconds", 0) * NANOSECONDS_PER_SECOND;
    if (!pod_is_running_and_ready(pod))
        return false;
    int64_t left_ns = pod_ready_since(pod) + wait_ns - clock_wall(control->clock);
    if (wait_ns == 0 || left_ns <= 0)
        return true;
    int64_t due_ns = clock_monotonic(control->clock) + left_ns;
    control->again_ns = due_ns < control->again_ns ? due_ns : control->again_ns;
    return false;
}

static int by_ordinal_descending(const void *a, const void *b, void *set) {
    int64_t left = stateful_set_ordinal(set, object_name(*(const struct json *const *)a));
    int64_t right = stateful_set_ordinal(set, object_name(*(const struct json *const *)b));
    return (left < right) - (left > right);
}

static void look_at_pods(struct view *view) {
    struct arena *arena = view->control->arena;
    struct mirror_list pods = mirror_list_controlled(view->control->mirror, arena, &KUBE_PODS,
                                                     object_namespace(view->set), object_uid(view->set));

    view->wanted = ARENA_ARRAY(arena, const struct json *, (size_t)view->replicas);
    view->surplus = ARENA_ARRAY(arena, const struct json *, pods.count);
    view->surplus_count = 0;
    MIRROR_FOR_EACH(pod, pods) {
        int64_t ordinal = stateful_set_ordinal(view->set, object_name(pod));
        if (ordinal >= view->start && ordinal < view->start + view->replicas)
            view->wanted[ordinal - view->start] = pod;
        else if (ordinal >= 0)
            view->surplus[view->surplus_count++] = pod;
    }
    qsort_r(view->surplus, view->surplus_count, sizeof(*view->surplus), by_ordinal_descending,
            (void *)(uintptr_t)view->set);
}

/* ---- acts ---- */

static bool delete_pod(struct view *view, const struct json *pod, struct error *err) {
    struct control *control = view->control;
    if (!kube_delete(control->kube, &KUBE_PODS, object_namespace(pod), object_name(pod), object_uid(pod),
                     KUBE_PROPAGATION_DEFAULT, err))
        return error_wrap(err, "pod %s", object_name(pod));
    recorder_event(control->recorder, view->set, NULL, RECORDER_NORMAL, "SuccessfulDelete",
                   "delete Pod %s in StatefulSet %s successful", object_name(pod), object_name(view->set));
    return true;
}

/* With a partition, or in the middle of a rolling update, lower ordinals come back as they were. */
static bool keeps_current_revision(const struct view *view, int64_t ordinal) {
    const struct json *strategy = json_at(view->set, "spec.updateStrategy");
    if (!str_equal(json_string_at(strategy, "type", "RollingUpdate"), "RollingUpdate"))
        return false;
    const struct json *rolling = json_get(strategy, "rollingUpdate");
    int64_t kept = json_is(rolling, JSON_OBJECT) ? json_integer_at(rolling, "partition", 0)
                                                 : json_integer_at(view->set, "status.currentReplicas", 0);
    return ordinal < view->start + kept;
}

static bool create_pod(struct view *view, int64_t ordinal, struct error *err) {
    struct control *control = view->control;
    const struct json *revision =
        keeps_current_revision(view, ordinal) ? view->revisions.current : view->revisions.update;
    struct json *template = stateful_set_revision_template(control->arena, revision);
    struct json *pod = stateful_set_pod(control->arena, view->set, template, object_name(revision), ordinal),
                *answer;
    struct error failure = { 0 };

    if (!stateful_set_create_claims(control, view->set, ordinal, err))
        return false;
    if (kube_create(control->kube, control->arena, pod, &answer, &failure)) {
        mirror_put(control->mirror, &KUBE_PODS, answer);
        recorder_event(control->recorder, view->set, NULL, RECORDER_NORMAL, "SuccessfulCreate",
                       "create Pod %s in StatefulSet %s successful", object_name(pod),
                       object_name(view->set));
        return true;
    }
    *err = failure;
    if (failure.kind != ERROR_ALREADY_EXISTS)
        recorder_event(control->recorder, view->set, NULL, RECORDER_WARNING, "FailedCreate",
                       "create Pod %s in StatefulSet %s failed error: %s", object_name(pod),
                       object_name(view->set), failure.text);
    return error_wrap(err, "pod %s", object_name(pod));
}

/* *out_go_on: whether the next ordinal may be looked at. */
static bool tend_wanted(struct view *view, size_t i, bool *out_go_on, struct error *err) {
    const struct json *pod = view->wanted[i];
    int64_t ordinal = view->start + (int64_t)i;

    if (!is_created(pod)) {
        *out_go_on = !view->is_ordered;
        return create_pod(view, ordinal, err);
    }
    if (pod_is_finished(pod) && !object_is_deleting(pod)) {
        bool has_failed = str_equal(json_string_at(pod, "status.phase", ""), "Failed");
        recorder_event(view->control->recorder, view->set, NULL,
                       has_failed ? RECORDER_WARNING : RECORDER_NORMAL,
                       has_failed ? "RecreatingFailedPod" : "RecreatingTerminatedPod",
                       "StatefulSet %s/%s is recreating %s Pod %s", object_namespace(view->set),
                       object_name(view->set), has_failed ? "failed" : "terminated", object_name(pod));
        *out_go_on = !view->is_ordered;
        return delete_pod(view, pod, err);
    }
    *out_go_on =
        !view->is_ordered || (!object_is_deleting(pod) && is_available(view->control, view->set, pod));
    if (object_is_deleting(pod))
        return true;
    return stateful_set_restore_identity(view->control, view->set, pod, err) &&
           stateful_set_create_claims(view->control, view->set, ordinal, err) &&
           stateful_set_retain_claims(view->control, view->set, pod, ordinal, false, err);
}

/* Ordered: from the top, one at a time, and only while those below are healthy; the first unhealthy one may
 * go. */
static bool remove_surplus(struct view *view, struct error *err) {
    for (size_t i = 0; i < view->surplus_count; i++) {
        const struct json *pod = view->surplus[i];
        if (object_is_deleting(pod)) {
            if (view->is_ordered)
                return true;
            continue;
        }
        if (!stateful_set_retain_claims(view->control, view->set, pod,
                                        stateful_set_ordinal(view->set, object_name(pod)), true, err) ||
            !delete_pod(view, pod, err))
            return false;
        if (view->is_ordered)
            return true;
    }
    return true;
}

/* From the highest ordinal down to the partition: one pod of an old revision at a time, and only while those
 * above are healthy. */
static bool roll(struct view *view, struct error *err) {
    const struct json *strategy = json_at(view->set, "spec.updateStrategy");
    if (!str_equal(json_string_at(strategy, "type", "RollingUpdate"), "RollingUpdate"))
        return true;
    int64_t partition = json_integer_at(strategy, "rollingUpdate.partition", 0);

    for (int64_t i = view->replicas - 1; i >= 0 && view->start + i >= partition; i--) {
        const struct json *pod = view->wanted[i];
        if (!is_created(pod) || object_is_deleting(pod))
            return true;
        if (!str_equal(revision_of(pod), object_name(view->revisions.update)))
            return delete_pod(view, pod, err);
        if (!is_available(view->control, view->set, pod))
            return true;
    }
    return true;
}

static bool act(struct view *view, struct error *err) {
    if (object_is_deleting(view->set))
        return true;
    for (size_t i = 0; i < (size_t)view->replicas; i++) {
        bool go_on = false;
        if (!tend_wanted(view, i, &go_on, err))
            return false;
        if (!go_on)
            return true;
    }
    if (view->surplus_count)
        return remove_surplus(view, err);
    return roll(view, err);
}

/* ---- status ---- */

struct counts {
    int64_t replicas, ready, available, current, updated;
};

static void count(struct view *view, const struct json *pod, struct counts *counts) {
    if (!is_created(pod))
        return;
    counts->replicas++;
    counts->ready += pod_is_running_and_ready(pod);
    counts->available += is_available(view->control, view->set, pod);
    if (object_is_deleting(pod))
        return;
    counts->current += str_equal(revision_of(pod), object_name(view->revisions.current));
    counts->updated += str_equal(revision_of(pod), object_name(view->revisions.update));
}

static void set_unless_zero(struct arena *arena, struct json *object, const char *key, int64_t value) {
    if (value)
        json_set_integer(arena, object, key, value);
}

static bool report(struct view *view, struct error *err) {
    struct arena *arena = view->control->arena;
    struct counts counts = { 0 };
    struct json *status = json_new_object(arena);
    const struct json *current = view->revisions.current;

    for (size_t i = 0; i < (size_t)view->replicas; i++)
        count(view, view->wanted[i], &counts);
    for (size_t i = 0; i < view->surplus_count; i++)
        count(view, view->surplus[i], &counts);

    /* A rolling update is complete when every pod has the new revision and is ready. */
    if (str_equal(json_string_at(view->set, "spec.updateStrategy.type", "RollingUpdate"), "RollingUpdate") &&
        counts.updated == counts.replicas && counts.ready == counts.replicas) {
        counts.current = counts.updated;
        current = view->revisions.update;
    }
    json_set_integer(arena, status, "observedGeneration",
                     json_integer_at(view->set, "metadata.generation", 0));
    json_set_integer(arena, status, "replicas", counts.replicas);
    set_unless_zero(arena, status, "readyReplicas", counts.ready);
    set_unless_zero(arena, status, "currentReplicas", counts.current);
    set_unless_zero(arena, status, "updatedReplicas", counts.updated);
    json_set_string(arena, status, "currentRevision", object_name(current));
    json_set_string(arena, status, "updateRevision", object_name(view->revisions.update));
    json_set_integer(arena, status, "collisionCount", 0);
    json_set_integer(arena, status, "availableReplicas", counts.available);
    if (json_at(view->set, "status.conditions"))
        json_set(arena, status, "conditions", json_at(view->set, "status.conditions"));
    return control_write_status(view->control, &KUBE_STATEFUL_SETS, view->set, status, err);
}

/* ---- adoption ---- */

/* Pods and revisions that match but have no controller: left behind by a set deleted without its dependents.
 */
static bool adopt(struct control *control, const struct json *set, const struct kube_resource *resource,
                  struct error *err) {
    struct mirror_list all = mirror_list(control->mirror, control->arena, resource, object_namespace(set));

    MIRROR_FOR_EACH(object, all) {
        if (object_controller(object) || object_is_deleting(object) ||
            !selector_matches(json_at(set, "spec.selector"), json_at(object, "metadata.labels")))
            continue;
        if (resource == &KUBE_PODS && stateful_set_ordinal(set, object_name(object)) < 0)
            continue;
        struct json *patch = json_new_object(control->arena), *answer;
        struct json *metadata = json_set_object(control->arena, patch, "metadata");
        struct json *owners = json_set_array(control->arena, metadata, "ownerReferences");
        JSON_FOR_EACH_ITEM (owner, json_at(object, "metadata.ownerReferences")) {
            json_append(control->arena, owners, owner);
        }
        json_append(control->arena, owners, object_owner_reference(control->arena, set));
        json_set_string(control->arena, metadata, "uid", object_uid(object));
        if (!kube_merge_patch(control->kube, control->arena, resource, object_namespace(object),
                              object_name(object), NULL, patch, &answer, err))
            return error_wrap(err, "adoption of %s", object_name(object));
        mirror_put(control->mirror, resource, answer);
    }
    return true;
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    const struct json *set = mirror_get(control->mirror, &KUBE_STATEFUL_SETS, namespace, name);
    if (!set)
        return true;
    if (!object_is_deleting(set) &&
        (!adopt(control, set, &KUBE_CONTROLLER_REVISIONS, err) || !adopt(control, set, &KUBE_PODS, err)))
        return false;

    struct view view = {
        .control = control,
        .set = set,
        .start = stateful_set_start(set),
        .replicas = json_integer_at(set, "spec.replicas", 1),
        .is_ordered = !str_equal(json_string_at(set, "spec.podManagementPolicy", "OrderedReady"), "Parallel"),
    };
    if (view.replicas < 0)
        return error_set(err, ERROR_INVALID, "StatefulSet %s wants %lld replicas", name,
                         (long long)view.replicas);
    if (!stateful_set_find_revisions(control, set, &view.revisions, err))
        return false;

    look_at_pods(&view);
    struct error failure = { 0 };
    bool has_acted = act(&view, &failure);
    look_at_pods(&view); /* what was created counts at once */
    if (!report(&view, err))
        return false;
    if (!has_acted) {
        *err = failure;
        return false;
    }
    return stateful_set_truncate_history(control, set, &view.revisions, err);
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    const struct json *object = new ? new : old;
    if (resource == &KUBE_STATEFUL_SETS) {
        control_enqueue(queue, object_namespace(object), object_name(object));
        return;
    }
    if (resource != &KUBE_PODS && resource != &KUBE_CONTROLLER_REVISIONS &&
        resource != &KUBE_PERSISTENT_VOLUME_CLAIMS)
        return;
    const struct json *owner = object_controller(object);
    if (str_equal(json_string_at(owner, "kind", NULL), "StatefulSet")) {
        control_enqueue(queue, object_namespace(object), json_string_at(owner, "name", ""));
        return;
    }
    /* A claim that is gone may have to be made again; an orphan may be adopted. */
    if (resource == &KUBE_PERSISTENT_VOLUME_CLAIMS && new)
        return;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct mirror_list sets = mirror_list(mirror, arena, &KUBE_STATEFUL_SETS, object_namespace(object));
    MIRROR_FOR_EACH(set, sets) {
        if (resource == &KUBE_PERSISTENT_VOLUME_CLAIMS
                ? stateful_set_has_claim(set, object_name(object))
                : selector_matches(json_at(set, "spec.selector"), json_at(object, "metadata.labels")))
            control_enqueue(queue, object_namespace(set), object_name(set));
    }
}

const struct controller controller_stateful_set = { .name = "statefulset-controller",
                                                    .changed = changed,
                                                    .reconcile = reconcile };
