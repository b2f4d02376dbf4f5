/* CronJobs: makes a Job at each time that the schedule names. A changed schedule is looked at at once, not
 * only at its next time.
 *
 * After: Kubernetes 1.35, pkg/controller/cronjob. */
#include "base/cron.h"
#include "base/time.h"
#include "base/time_zone.h"
#include "sim/workloads/job.h"

#include <time.h>

/* More missed times than these are not looked at one by one, and told. */
enum { MISSED_MAX = 100 };
static const int64_t delay_ns = 100 * NANOSECONDS_PER_MS;
#define MINUTE_NS (60 * NANOSECONDS_PER_SECOND)

struct cron_view {
    struct control *control;
    const struct json *cron_job;
    struct mirror_list jobs; /* all that it controls */
    struct cron_schedule schedule;
    const struct time_zone *zone;
    struct json *active;             /* references, of the status to be */
    const char *last, *last_success; /* of the status to be; NULL: never */
};

static void tell(struct cron_view *view, enum recorder_type type, const char *reason, const char *format, ...)
    PRINTF_LIKE(4, 5);
static void tell(struct cron_view *view, enum recorder_type type, const char *reason, const char *format,
                 ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *text = arena_vprintf(view->control->arena, format, arguments);
    va_end(arguments);
    recorder_event(view->control->recorder, view->cron_job, NULL, type, reason, "%s", text);
}

static bool is_active(const struct cron_view *view, const char *uid) {
    JSON_FOR_EACH_ITEM (reference, view->active)
        if (str_equal(json_string_at(reference, "uid", ""), uid))
            return true;
    return false;
}

static void remove_active(struct cron_view *view, const char *uid) {
    for (size_t i = json_length(view->active); i-- > 0;)
        if (str_equal(json_string_at(json_item(view->active, i), "uid", ""), uid))
            json_remove_item(view->active, i);
}

/* ---- what became of its Jobs ---- */

static void note_success(struct cron_view *view, const struct json *job) {
    const char *done = json_string_at(job, "status.completionTime", NULL);

    if (done && object_condition_is_true(job, "Complete") &&
        (!view->last_success || strcmp(done, view->last_success) > 0))
        view->last_success = done;
}

static bool has_job(const struct cron_view *view, const char *uid) {
    MIRROR_FOR_EACH(job, view->jobs)
    if (str_equal(object_uid(job), uid))
        return true;
    return false;
}

static void look_at_jobs(struct cron_view *view) {
    MIRROR_FOR_EACH(job, view->jobs) {
        const struct json *end = job_finished(job);
        if (!end && !is_active(view, object_uid(job)))
            tell(view, RECORDER_WARNING, "UnexpectedJob",
                 "Saw a job that the controller did not create or forgot: %s", object_name(job));
        note_success(view, job);
        if (!end || !is_active(view, object_uid(job)))
            continue;
        remove_active(view, object_uid(job));
        tell(view, RECORDER_NORMAL, "SawCompletedJob", "Saw completed job: %s, condition: %s",
             object_name(job), json_string_at(end, "type", ""));
    }
    for (size_t i = json_length(view->active); i-- > 0;) {
        const struct json *reference = json_item(view->active, i);
        if (has_job(view, json_string_at(reference, "uid", "")))
            continue;
        tell(view, RECORDER_NORMAL, "MissingJob", "Active job went missing: %s",
             json_string_at(reference, "name", ""));
        json_remove_item(view->active, i);
    }
}

/* ---- when ---- */

/* The last time after from_ns that has come; INT64_MAX: none. *out_count: how many there are, at most
 * MISSED_MAX + 1. */
static int64_t last_time(const struct cron_view *view, int64_t from_ns, int64_t now_ns, size_t *out_count) {
    int64_t last_ns = INT64_MAX, next_ns;

    for (*out_count = 0; *out_count <= MISSED_MAX; (*out_count)++) {
        next_ns = cron_next(&view->schedule, view->zone, from_ns);
        if (next_ns > now_ns)
            break;
        last_ns = from_ns = next_ns;
    }
    return last_ns;
}

/* When there were too many to go through them: the last one is looked for from the end. */
static int64_t last_of_many(const struct cron_view *view, int64_t from_ns, int64_t now_ns) {
    static const int64_t spans_ns[] = { 60 * MINUTE_NS, 24 * 60 * MINUTE_NS, 32 * 24 * 60 * MINUTE_NS };
    int64_t every_ns = view->schedule.every_ns, last_ns = INT64_MAX;
    size_t count;

    if (every_ns)
        return now_ns - (now_ns - from_ns) % every_ns;
    for (size_t i = 0; i < ARRAY_LENGTH(spans_ns) && last_ns == INT64_MAX; i++)
        last_ns = last_time(view, now_ns - spans_ns[i], now_ns, &count);
    return last_ns;
}

/* The last time that is due, later than the one that was served last; INT64_MAX: none. Says so when many were
 * missed. */
static int64_t due_at(struct cron_view *view) {
    int64_t deadline = json_integer_at(view->cron_job, "spec.startingDeadlineSeconds", -1);
    int64_t now_ns = clock_wall(view->control->clock), from_ns = 0;
    const char *from =
        view->last ? view->last : json_string_at(view->cron_job, "metadata.creationTimestamp", "");
    size_t missed;

    if (!time_parse(text_from(from), &from_ns))
        return INT64_MAX;
    if (deadline >= 0 && now_ns - deadline * NANOSECONDS_PER_SECOND > from_ns)
        from_ns = now_ns - deadline * NANOSECONDS_PER_SECOND;
    int64_t due_ns = last_time(view, from_ns, now_ns, &missed);
    if (missed <= MISSED_MAX)
        return due_ns;
    tell(view, RECORDER_WARNING, "TooManyMissedTimes",
         "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew");
    return last_of_many(view, from_ns, now_ns);
}

static void come_back_at_next(struct cron_view *view) {
    int64_t now_ns = clock_wall(view->control->clock);
    int64_t next_ns = cron_next(&view->schedule, view->zone, now_ns);

    if (next_ns != INT64_MAX)
        job_come_back(view->control, next_ns - now_ns + delay_ns);
}

static bool is_late(const struct cron_view *view, int64_t due_ns) {
    const struct json *deadline = json_at(view->cron_job, "spec.startingDeadlineSeconds");

    return deadline &&
           due_ns + json_integer(deadline, 0) * NANOSECONDS_PER_SECOND < clock_wall(view->control->clock);
}

/* ---- acts ---- */

static bool delete_job(struct cron_view *view, const char *name, const char *uid, struct error *err) {
    struct control *control = view->control;

    if (!kube_delete(control->kube, &KUBE_JOBS, object_namespace(view->cron_job), name, uid, KUBE_BACKGROUND,
                     err))
        return error_wrap(err, "Job %s", name);
    remove_active(view, uid);
    tell(view, RECORDER_NORMAL, "SuccessfulDelete", "Deleted job %s", name);
    return true;
}

static struct json *job_of(struct cron_view *view, const char *name, int64_t due_ns) {
    struct arena *arena = view->control->arena;
    const struct json *template = json_at(view->cron_job, "spec.jobTemplate");
    const struct json *labels = json_at(template, "metadata.labels"),
                      *annotations = json_at(template, "metadata.annotations");
    struct json *job = json_new_object(arena);

    json_set_string(arena, job, "apiVersion", "batch/v1");
    json_set_string(arena, job, "kind", "Job");
    struct json *metadata = json_set_object(arena, job, "metadata");
    json_set_string(arena, metadata, "name", name);
    json_set_string(arena, metadata, "namespace", object_namespace(view->cron_job));
    if (labels)
        json_set(arena, metadata, "labels", json_copy(arena, labels));
    struct json *notes = json_set(arena, metadata, "annotations",
                                  annotations ? json_copy(arena, annotations) : json_new_object(arena));
    json_set_string(arena, notes, "batch.kubernetes.io/cronjob-scheduled-timestamp",
                    time_zone_format(arena, view->zone, due_ns));
    json_append(arena, json_set_array(arena, metadata, "ownerReferences"),
                object_owner_reference(arena, view->cron_job));
    json_set(arena, job, "spec", json_copy(arena, json_get(template, "spec")));
    return job;
}

static void add_active(struct cron_view *view, const struct json *job) {
    static const char *const fields[] = { "namespace", "name", "uid", "resourceVersion" };
    struct arena *arena = view->control->arena;
    struct json *reference = json_append_object(arena, view->active);

    json_set_string(arena, reference, "kind", "Job");
    json_set_string(arena, reference, "apiVersion", "batch/v1");
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
        json_set_string(arena, reference, fields[i],
                        json_string_at(json_get(job, "metadata"), fields[i], ""));
}

static const char *job_name(const struct cron_view *view, int64_t due_ns) {
    return arena_printf(view->control->arena, "%s-%lld", object_name(view->cron_job),
                        (long long)(due_ns / MINUTE_NS));
}

static bool start(struct cron_view *view, int64_t due_ns, struct error *err) {
    struct control *control = view->control;
    const char *name = job_name(view, due_ns);
    struct json *job = job_of(view, name, due_ns), *answer;
    struct error failure = { 0 };

    if (kube_create(control->kube, control->arena, job, &answer, &failure)) {
        mirror_put(control->mirror, &KUBE_JOBS, answer);
        add_active(view, answer);
        tell(view, RECORDER_NORMAL, "SuccessfulCreate", "Created job %s", name);
    } else if (failure.kind != ERROR_ALREADY_EXISTS) {
        tell(view, RECORDER_WARNING, "FailedCreate", "Error creating job: %s", failure.text);
        *err = failure;
        return error_wrap(err, "Job %s", name);
    }
    view->last = time_format(control->arena, due_ns);
    return true;
}

static bool has_started(const struct cron_view *view, int64_t due_ns) {
    JSON_FOR_EACH_ITEM (reference, view->active)
        if (str_equal(json_string_at(reference, "name", ""), job_name(view, due_ns)))
            return true;
    return false;
}

/* Whether the time is still to be served, as the policies have it. */
static bool may_start(struct cron_view *view, int64_t due_ns) {
    if (is_late(view, due_ns)) {
        char text[64];
        time_t seconds = due_ns / NANOSECONDS_PER_SECOND;
        struct tm utc;
        (void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&seconds, &utc));
        tell(view, RECORDER_WARNING, "MissSchedule", "Missed scheduled time to start a job: %s", text);
        return false;
    }
    if (has_started(view, due_ns))
        return false;
    if (str_equal(json_string_at(view->cron_job, "spec.concurrencyPolicy", "Allow"), "Forbid") &&
        json_length(view->active)) {
        tell(view, RECORDER_NORMAL, "JobAlreadyActive",
             "Not starting job because prior execution is running and concurrency policy is Forbid");
        return false;
    }
    return true;
}

static bool serve(struct cron_view *view, struct error *err) {
    int64_t due_ns = due_at(view);
    bool replaces = str_equal(json_string_at(view->cron_job, "spec.concurrencyPolicy", "Allow"), "Replace");

    come_back_at_next(view);
    if (due_ns == INT64_MAX || !may_start(view, due_ns))
        return true;
    while (replaces && json_length(view->active)) {
        const struct json *reference = json_item(view->active, 0);
        if (!delete_job(view, json_string_at(reference, "name", ""), json_string_at(reference, "uid", ""),
                        err))
            return false;
    }
    return start(view, due_ns, err);
}

/* ---- history ---- */

static bool trim_history(struct cron_view *view, const char *end, int64_t limit, struct error *err) {
    int64_t count = 0;

    MIRROR_FOR_EACH(job, view->jobs)
    count += object_condition_is_true(job, end);
    for (; limit >= 0 && count > limit; count--) {
        const struct json *oldest = NULL;
        MIRROR_FOR_EACH(job, view->jobs)
        if (object_condition_is_true(job, end) && !object_is_deleting(job) &&
            (!oldest || strcmp(json_string_at(job, "status.startTime", ""),
                               json_string_at(oldest, "status.startTime", "")) < 0))
            oldest = job;
        if (!oldest)
            return true;
        if (!delete_job(view, object_name(oldest), object_uid(oldest), err))
            return false;
        view->jobs = mirror_list_controlled(view->control->mirror, view->control->arena, &KUBE_JOBS,
                                            object_namespace(view->cron_job), object_uid(view->cron_job));
    }
    return true;
}

/* ---- reconcile ---- */

static bool report(struct cron_view *view, struct error *err) {
    struct arena *arena = view->control->arena;
    struct json *status = json_new_object(arena);

    if (json_length(view->active))
        json_set(arena, status, "active", view->active);
    if (view->last)
        json_set_string(arena, status, "lastScheduleTime", view->last);
    if (view->last_success)
        json_set_string(arena, status, "lastSuccessfulTime", view->last_success);
    return control_write_status(view->control, &KUBE_CRON_JOBS, view->cron_job, status, err);
}

/* False: it starts nothing, which is told. */
static bool read_schedule(struct cron_view *view) {
    const char *zone = json_string_at(view->cron_job, "spec.timeZone", NULL);
    const char *schedule = json_string_at(view->cron_job, "spec.schedule", "");
    struct error err = { 0 };

    if (json_bool_at(view->cron_job, "spec.suspend", false) || object_is_deleting(view->cron_job))
        return false;
    if (zone && !time_zone_load(view->control->arena, zone, &view->zone, &err)) {
        tell(view, RECORDER_WARNING, "UnknownTimeZone", "invalid timeZone: \"%s\": %s", zone, err.text);
        return false;
    }
    if (cron_parse(text_from(schedule), &view->schedule, &err))
        return true;
    tell(view, RECORDER_WARNING, "UnparseableSchedule", "unparseable schedule: \"%s\" : %s", schedule,
         err.text);
    return false;
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    const struct json *cron_job = mirror_get(control->mirror, &KUBE_CRON_JOBS, namespace, name);
    const struct json *active = json_at(cron_job, "status.active");
    struct error failure = { 0 };

    if (!cron_job)
        return true;
    struct cron_view view = { .control = control,
                              .cron_job = cron_job,
                              .active =
                                  active ? json_copy(control->arena, active) : json_new_array(control->arena),
                              .last = json_string_at(cron_job, "status.lastScheduleTime", NULL),
                              .last_success = json_string_at(cron_job, "status.lastSuccessfulTime", NULL) };
    view.jobs =
        mirror_list_controlled(control->mirror, control->arena, &KUBE_JOBS, namespace, object_uid(cron_job));
    look_at_jobs(&view);
    bool is_served = !read_schedule(&view) || serve(&view, &failure);
    bool is_trimmed =
        trim_history(&view, "Failed", json_integer_at(cron_job, "spec.failedJobsHistoryLimit", -1),
                     &failure) &&
        trim_history(&view, "Complete", json_integer_at(cron_job, "spec.successfulJobsHistoryLimit", -1),
                     &failure);
    if (!report(&view, err))
        return false;
    if (!is_served || !is_trimmed)
        *err = failure;
    return is_served && is_trimmed;
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    const struct json *object = new ? new : old, *owner;

    if (resource == &KUBE_CRON_JOBS)
        control_enqueue(queue, object_namespace(object), object_name(object));
    else if (resource == &KUBE_JOBS && (owner = object_controller(object)) &&
             str_equal(json_string_at(owner, "kind", NULL), "CronJob"))
        control_enqueue(queue, object_namespace(object), json_string_at(owner, "name", ""));
}

const struct controller controller_cron_job = { .name = "cronjob-controller",
                                                .changed = changed,
                                                .reconcile = reconcile };
