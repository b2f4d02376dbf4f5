#include "sim/workloads/job.h"

bool job_has_finalizer(const struct json *pod) {
    return object_has_finalizer(pod, JOB_FINALIZER);
}

/* ---- looking ---- */

/* Those that wait go before those that run, those that are not ready before those that are. */
static int rank_of(const struct json *pod) {
    return str_equal(json_string_at(pod, "status.phase", "Pending"), "Running") ? 1 + pod_is_ready(pod) : 0;
}

static int by_rank(const void *a, const void *b) {
    const struct json *left = *(const struct json *const *)a, *right = *(const struct json *const *)b;
    int order = rank_of(left) - rank_of(right);

    return order ? order : strcmp(object_name(left), object_name(right));
}

void job_look(struct job_view *view) {
    struct arena *arena = view->control->arena;

    view->pods = mirror_list_controlled(view->control->mirror, arena, &KUBE_PODS, object_namespace(view->job),
                                        object_uid(view->job));
    view->active = ARENA_ARRAY(arena, const struct json *, view->pods.count);
    view->active_count = 0;
    view->ready = view->terminating = 0;
    MIRROR_FOR_EACH(pod, view->pods) {
        if (pod_is_finished(pod))
            continue;
        view->terminating += object_is_deleting(pod);
        if (object_is_deleting(pod))
            continue;
        view->active[view->active_count++] = pod;
        view->ready += pod_is_ready(pod);
    }
    if (view->active_count)
        qsort(view->active, view->active_count, sizeof(view->active[0]), by_rank);
}

/* ---- counting ---- */

static bool has_uid(const struct json *uids, const char *uid) {
    JSON_FOR_EACH_ITEM (one, uids)
        if (str_equal(one->string, uid))
            return true;
    return false;
}

static void note(struct job_view *view, const char *outcome, const struct json *pod) {
    struct json *uids = json_get(view->uncounted, outcome);

    if (!uids)
        uids = json_set_array(view->control->arena, view->uncounted, outcome);
    json_append_string(view->control->arena, uids, object_uid(pod));
}

/* A pod that is being deleted has failed, unless only those that have failed are replaced. */
static bool has_failed(const struct job_view *view, const struct json *pod) {
    if (str_equal(json_string_at(pod, "status.phase", ""), "Failed"))
        return true;
    return object_is_deleting(pod) &&
           !str_equal(json_string_at(view->job, "spec.podReplacementPolicy", ""), "Failed");
}

void job_count_ended(struct job_view *view, bool is_over) {
    MIRROR_FOR_EACH(pod, view->pods) {
        bool has_succeeded = str_equal(json_string_at(pod, "status.phase", ""), "Succeeded");
        if (!job_has_finalizer(pod) || (!has_succeeded && !has_failed(view, pod) && !is_over))
            continue;
        json_append_string(view->control->arena, view->released, object_name(pod));
        if (has_uid(json_get(view->uncounted, "succeeded"), object_uid(pod)) ||
            has_uid(json_get(view->uncounted, "failed"), object_uid(pod)))
            continue;
        if (has_succeeded)
            note(view, "succeeded", pod);
        else if (!job_ignores_failure(view->job, pod))
            note(view, "failed", pod);
    }
}

/* ---- acts ---- */

static struct json *pod_of(struct arena *arena, const struct json *job) {
    const struct json *template = json_at(job, "spec.template");
    const struct json *meta = json_get(template, "metadata");
    struct json *pod = json_new_object(arena), *metadata;

    json_set_string(arena, pod, "apiVersion", "v1");
    json_set_string(arena, pod, "kind", "Pod");
    metadata = json_set_object(arena, pod, "metadata");
    json_set_string(arena, metadata, "generateName", arena_printf(arena, "%s-", object_name(job)));
    json_set_string(arena, metadata, "namespace", object_namespace(job));
    if (json_get(meta, "labels"))
        json_set(arena, metadata, "labels", json_copy(arena, json_get(meta, "labels")));
    if (json_get(meta, "annotations"))
        json_set(arena, metadata, "annotations", json_copy(arena, json_get(meta, "annotations")));
    struct json *finalizers = json_set_array(arena, metadata, "finalizers");
    JSON_FOR_EACH_ITEM (finalizer, json_get(meta, "finalizers"))
        json_append_string(arena, finalizers, finalizer->string);
    json_append_string(arena, finalizers, JOB_FINALIZER);
    json_append(arena, json_set_array(arena, metadata, "ownerReferences"),
                object_owner_reference(arena, job));
    json_set(arena, pod, "spec", json_copy(arena, json_get(template, "spec")));
    return pod;
}

bool job_create_pod(struct job_view *view, struct error *err) {
    struct control *control = view->control;
    struct json *answer;

    if (!kube_create(control->kube, control->arena, pod_of(control->arena, view->job), &answer, err)) {
        recorder_event(control->recorder, view->job, NULL, RECORDER_WARNING, "FailedCreate",
                       "Error creating: %s", err->text);
        return error_wrap(err, "pod of Job %s", object_name(view->job));
    }
    mirror_put(control->mirror, &KUBE_PODS, answer);
    recorder_event(control->recorder, view->job, NULL, RECORDER_NORMAL, "SuccessfulCreate", "Created pod: %s",
                   object_name(answer));
    return true;
}

bool job_delete_pod(struct job_view *view, const struct json *pod, struct error *err) {
    struct control *control = view->control;

    if (!kube_delete(control->kube, &KUBE_PODS, object_namespace(pod), object_name(pod), object_uid(pod),
                     KUBE_PROPAGATION_DEFAULT, err))
        return error_wrap(err, "pod %s", object_name(pod));
    recorder_event(control->recorder, view->job, NULL, RECORDER_NORMAL, "SuccessfulDelete", "Deleted pod: %s",
                   object_name(pod));
    return true;
}

bool job_release_pod(struct control *control, const struct json *pod, struct error *err) {
    struct json *patch = json_new_object(control->arena), *answer;
    struct json *metadata = json_set_object(control->arena, patch, "metadata");
    struct json *finalizers = json_set_array(control->arena, metadata, "finalizers");
    struct error failure = { 0 };

    JSON_FOR_EACH_ITEM (finalizer, json_at(pod, "metadata.finalizers"))
        if (!str_equal(finalizer->string, JOB_FINALIZER))
            json_append_string(control->arena, finalizers, finalizer->string);
    json_set_string(control->arena, metadata, "uid", object_uid(pod));
    if (kube_merge_patch(control->kube, control->arena, &KUBE_PODS, object_namespace(pod), object_name(pod),
                         NULL, patch, &answer, &failure)) {
        mirror_put(control->mirror, &KUBE_PODS, answer);
        return true;
    }
    if (failure.kind == ERROR_NOT_FOUND)
        return true;
    *err = failure;
    return error_wrap(err, "finalizer of pod %s", object_name(pod));
}
