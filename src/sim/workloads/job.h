/* What the parts of the Job controller share.
 *
 *     job.c           reconcile: pods are made and taken away, the status is written, finished Jobs are
 * cleaned up job_pods.c      what is seen of a Job's pods; making, deleting, releasing one job_end.c when a
 * Job has succeeded or failed, and when the next try is due
 *
 * Pods carry the finalizer batch.kubernetes.io/job-tracking until they are counted, so that none is counted
 * twice or not at all: their uids are written to status.uncountedTerminatedPods, then the finalizers go, then
 * the uids become part of the counts. Jobs of completionMode Indexed are not simulated; they are left alone
 * with an event. After: Kubernetes 1.35, pkg/controller/job, pkg/controller/ttlafterfinished.
 */
#pragma once

#include "sim/workloads/controller.h"

#define JOB_FINALIZER "batch.kubernetes.io/job-tracking"

/* One look at a Job. */
struct job_view {
    struct control *control;
    const struct json *job;
    struct mirror_list pods;    /* all that it controls */
    const struct json **active; /* neither finished nor being deleted, those first that go first */
    size_t active_count;
    int64_t ready, terminating;
    int64_t succeeded, failed; /* counted, in the status as it is */
    struct json *uncounted;    /* {succeeded, failed}: uids that are to be counted */
    struct json *conditions;   /* of the status to be */
    struct json *released;     /* names of pods that are done with */
};

bool job_is_suspended(const struct json *job);
/* A condition Complete or Failed. */
const struct json *job_finished(const struct json *job);
int64_t job_count(const struct job_view *view, const char *outcome);

/* ---- job_pods.c ---- */

void job_look(struct job_view *view);
/* Notes those that have ended since they were last counted. is_over: the others have failed, too. */
void job_count_ended(struct job_view *view, bool is_over);
CHECKED bool job_create_pod(struct job_view *view, struct error *err);
CHECKED bool job_delete_pod(struct job_view *view, const struct json *pod, struct error *err);
/* Takes the finalizer away; a pod that is gone is fine. */
CHECKED bool job_release_pod(struct control *control, const struct json *pod, struct error *err);
bool job_has_finalizer(const struct json *pod);

/* ---- job_end.c ---- */

struct job_end {
    const char *reason; /* NULL: it goes on */
    const char *message;
};

/* Why the Job has failed; otherwise notes when it will have been active for too long. */
struct job_end job_failure(struct job_view *view);
bool job_has_succeeded(const struct job_view *view);
/* How long until a pod may be made again after those that failed; 0: now. */
int64_t job_delay_ns(const struct job_view *view);
/* Whether the Job's policy for failed pods ignores this one. */
bool job_ignores_failure(const struct json *job, const struct json *pod);
void job_come_back(struct control *control, int64_t after_ns);
