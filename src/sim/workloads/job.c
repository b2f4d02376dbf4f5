#include "sim/workloads/job.h"

#include "base/time.h"

bool job_is_suspended(const struct json *job) {
    return json_bool_at(job, "spec.suspend", false);
}

const struct json *job_finished(const struct json *job) {
    static const char *const ends[] = { "Complete", "Failed" };

    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++)
        if (object_condition_is_true(job, ends[i]))
            return object_condition(job, ends[i]);
    return NULL;
}

int64_t job_count(const struct job_view *view, const char *outcome) {
    int64_t counted = str_equal(outcome, "failed") ? view->failed : view->succeeded;

    return counted + (int64_t)json_length(json_get(view->uncounted, outcome));
}

/* ---- conditions ---- */

/* True when it was not so before. */
static bool set_condition(struct job_view *view, const char *type, bool status, const char *reason,
                          const char *message) {
    struct arena *arena = view->control->arena;
    int64_t now_ns = clock_wall(view->control->clock);
    struct json *like = json_new_object(arena);

    json_set(arena, json_set_object(arena, like, "status"), "conditions", view->conditions);
    const struct json *before = object_condition(like, type);
    if (before && str_equal(json_string_at(before, "status", ""), status ? "True" : "False"))
        return false;
    conditions_set(arena, view->conditions, type, status, reason, message, now_ns);
    JSON_FOR_EACH_ITEM (condition, view->conditions)
        if (str_equal(json_string_at(condition, "type", ""), type))
            json_set_string(arena, condition, "lastProbeTime", time_format(arena, now_ns));
    return true;
}

/* ---- status ---- */

static void set_unless_zero(struct arena *arena, struct json *object, const char *key, int64_t value) {
    if (value)
        json_set_integer(arena, object, key, value);
}

static const char *start_time(const struct job_view *view) {
    const char *before = json_string_at(view->job, "status.startTime", NULL);
    bool is_resumed = !job_is_suspended(view->job) && object_condition_is_true(view->job, "Suspended");

    if (job_is_suspended(view->job) || (before && !is_resumed))
        return before;
    return time_format(view->control->arena, clock_wall(view->control->clock));
}

/* is_settled: what was uncounted counts now. */
static bool report(struct job_view *view, bool is_settled, bool is_complete, struct error *err) {
    struct arena *arena = view->control->arena;
    struct json *status = json_new_object(arena);
    const char *start = start_time(view);

    if (json_length(view->conditions))
        json_set(arena, status, "conditions", json_copy(arena, view->conditions));
    if (start)
        json_set_string(arena, status, "startTime", start);
    if (is_complete)
        json_set_string(arena, status, "completionTime",
                        time_format(arena, clock_wall(view->control->clock)));
    set_unless_zero(arena, status, "active", (int64_t)view->active_count);
    set_unless_zero(arena, status, "succeeded", is_settled ? job_count(view, "succeeded") : view->succeeded);
    set_unless_zero(arena, status, "failed", is_settled ? job_count(view, "failed") : view->failed);
    json_set_integer(arena, status, "terminating", view->terminating);
    json_set(arena, status, "uncountedTerminatedPods",
             is_settled ? json_new_object(arena) : json_copy(arena, view->uncounted));
    json_set_integer(arena, status, "ready", view->ready);
    const struct json *job =
        mirror_get(view->control->mirror, &KUBE_JOBS, object_namespace(view->job), object_name(view->job));
    return !job || control_write_status(view->control, &KUBE_JOBS, job, status, err);
}

/* The uids are written before the finalizers go; report() makes counts of them after. */
static bool release_counted(struct job_view *view, struct error *err) {
    if (json_length(view->released) && !report(view, false, false, err))
        return false;
    MIRROR_FOR_EACH(pod, view->pods)
    JSON_FOR_EACH_ITEM (name, view->released)
        if (str_equal(name->string, object_name(pod)) && !job_release_pod(view->control, pod, err))
            return false;
    return true;
}

/* ---- acts ---- */

static bool delete_first(struct job_view *view, size_t count, bool is_released, struct error *err) {
    for (size_t i = 0; i < count; i++)
        if ((is_released && !job_release_pod(view->control, view->active[i], err)) ||
            !job_delete_pod(view, view->active[i], err))
            return false;
    view->active += count;
    view->active_count -= count;
    return true;
}

static int64_t wanted_pods(const struct job_view *view) {
    const struct json *completions = json_at(view->job, "spec.completions");
    int64_t parallelism = json_integer_at(view->job, "spec.parallelism", 1);

    if (job_is_suspended(view->job))
        return 0;
    if (!completions)
        return job_count(view, "succeeded") ? (int64_t)view->active_count : parallelism;
    int64_t left = json_integer(completions, 1) - job_count(view, "succeeded");
    return left < 0 ? 0 : left < parallelism ? left : parallelism;
}

/* As many active pods as are wanted. Those that are taken away are not counted. */
static bool manage(struct job_view *view, struct error *err) {
    int64_t wanted = wanted_pods(view), active = (int64_t)view->active_count;
    bool waits = str_equal(json_string_at(view->job, "spec.podReplacementPolicy", ""), "Failed");

    if (active > wanted)
        return delete_first(view, (size_t)(active - wanted), true, err);
    int64_t missing = wanted - active - (waits ? view->terminating : 0);
    int64_t delay_ns = missing > 0 ? job_delay_ns(view) : 0;
    if (delay_ns > 0) {
        job_come_back(view->control, delay_ns);
        return true;
    }
    for (; missing > 0; missing--) {
        if (!job_create_pod(view, err))
            return false;
        view->active_count++;
    }
    return true;
}

static void tell_suspension(struct job_view *view) {
    bool is_suspended = job_is_suspended(view->job);
    const char *message = is_suspended ? "Job suspended" : "Job resumed";

    if (!is_suspended && !object_condition(view->job, "Suspended"))
        return;
    if (set_condition(view, "Suspended", is_suspended, is_suspended ? "JobSuspended" : "JobResumed", message))
        recorder_event(view->control->recorder, view->job, NULL, RECORDER_NORMAL,
                       is_suspended ? "Suspended" : "Resumed", "%s", message);
}

/* Its pods go first; the Job has failed once none is left. */
static bool fail_job(struct job_view *view, struct job_end end, struct error *err) {
    bool was_waiting = view->active_count || view->terminating;

    (void)set_condition(view, "FailureTarget", true, end.reason, end.message);
    job_count_ended(view, true);
    if (!delete_first(view, view->active_count, false, err))
        return false;
    view->ready = 0;
    if (!release_counted(view, err))
        return false;
    if (!was_waiting && set_condition(view, "Failed", true, end.reason, end.message))
        recorder_event(view->control->recorder, view->job, NULL, RECORDER_WARNING, end.reason, "%s",
                       end.message);
    return report(view, true, false, err);
}

static bool go_on(struct job_view *view, struct error *err) {
    static const char reason[] = "CompletionsReached",
                      message[] = "Reached expected number of succeeded pods";
    struct error failure = { 0 };
    bool is_managed = manage(view, &failure), is_complete = false;

    tell_suspension(view);
    bool has_succeeded = job_has_succeeded(view);
    if (has_succeeded)
        (void)set_condition(view, "SuccessCriteriaMet", true, reason, message);
    if (!release_counted(view, err))
        return false;
    if (has_succeeded && !view->active_count && !view->terminating)
        is_complete = set_condition(view, "Complete", true, reason, message);
    if (is_complete)
        recorder_event(view->control->recorder, view->job, NULL, RECORDER_NORMAL, "Completed",
                       "Job completed");
    if (!report(view, true, is_complete, err))
        return false;
    if (!is_managed)
        *err = failure;
    return is_managed;
}

/* ---- afterwards ---- */

/* Pods whose Job is gone, or that it no longer has, are let go. */
static bool release_orphans(struct control *control, const char *namespace, const char *name, const char *uid,
                            struct error *err) {
    struct mirror_list pods = mirror_list(control->mirror, control->arena, &KUBE_PODS, namespace);

    MIRROR_FOR_EACH(pod, pods) {
        if (job_has_finalizer(pod) && str_equal(object_label(pod, "batch.kubernetes.io/job-name"), name) &&
            !(uid && object_is_controlled_by(pod, uid)) && !job_release_pod(control, pod, err))
            return false;
    }
    return true;
}

static bool clean_up(struct control *control, const struct json *job, struct error *err) {
    const struct json *seconds = json_at(job, "spec.ttlSecondsAfterFinished");
    int64_t end_ns;

    if (!seconds ||
        !time_parse(text_from(json_string_at(job_finished(job), "lastTransitionTime", "")), &end_ns))
        return true;
    int64_t left_ns = end_ns + json_integer(seconds, 0) * NANOSECONDS_PER_SECOND - clock_wall(control->clock);
    if (left_ns > 0) {
        job_come_back(control, left_ns);
        return true;
    }
    return kube_delete(control->kube, &KUBE_JOBS, object_namespace(job), object_name(job), object_uid(job),
                       KUBE_FOREGROUND, err);
}

/* Of a Job that is finished or goes. */
static bool release_all(struct job_view *view, struct error *err) {
    MIRROR_FOR_EACH(pod, view->pods)
    if (job_has_finalizer(pod) && !job_release_pod(view->control, pod, err))
        return false;
    return true;
}

static bool is_ours(struct control *control, const struct json *job) {
    const char *manager = json_string_at(job, "spec.managedBy", NULL);

    if (manager && !str_equal(manager, "kubernetes.io/job-controller"))
        return false;
    if (!str_equal(json_string_at(job, "spec.completionMode", "NonIndexed"), "Indexed"))
        return true;
    recorder_event(control->recorder, job, NULL, RECORDER_WARNING, "NotSimulated",
                   "Jobs with spec.completionMode Indexed are not simulated");
    return false;
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    const struct json *job = mirror_get(control->mirror, &KUBE_JOBS, namespace, name);
    struct json *conditions = json_at(job, "status.conditions"),
                *uncounted = json_at(job, "status.uncountedTerminatedPods");

    if (!release_orphans(control, namespace, name, job ? object_uid(job) : NULL, err))
        return false;
    if (!job || !is_ours(control, job))
        return true;
    struct job_view view = {
        .control = control,
        .job = job,
        .succeeded = json_integer_at(job, "status.succeeded", 0),
        .failed = json_integer_at(job, "status.failed", 0),
        .uncounted = uncounted ? json_copy(control->arena, uncounted) : json_new_object(control->arena),
        .conditions = conditions ? json_copy(control->arena, conditions) : json_new_array(control->arena),
        .released = json_new_array(control->arena)
    };
    job_look(&view);
    if (job_finished(job) || object_is_deleting(job))
        return release_all(&view, err) && (object_is_deleting(job) || clean_up(control, job, err));
    job_count_ended(&view, false);
    struct job_end end = job_failure(&view);
    return end.reason ? fail_job(&view, end, err) : go_on(&view, err);
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    const struct json *object = new ? new : old;

    if (resource == &KUBE_JOBS) {
        control_enqueue(queue, object_namespace(object), object_name(object));
        return;
    }
    if (resource != &KUBE_PODS)
        return;
    const struct json *owner = object_controller(object);
    const char *label = object_label(object, "batch.kubernetes.io/job-name");
    if (str_equal(json_string_at(owner, "kind", NULL), "Job"))
        control_enqueue(queue, object_namespace(object), json_string_at(owner, "name", ""));
    else if (label && job_has_finalizer(object))
        control_enqueue(queue, object_namespace(object), label);
}

const struct controller controller_job = { .name = "job-controller",
                                           .changed = changed,
                                           .reconcile = reconcile };
