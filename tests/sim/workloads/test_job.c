#include "cluster.h"
#include "test.h"

#include "base/time.h"
#include "sim/component/object.h"

#define JOBS    &KUBE_JOBS
#define PODS    &KUBE_PODS
#define SECONDS *1000

static void apply_job(struct cluster *cluster, const char *spec) {
    cluster_apply(
        cluster,
        arena_printf(cluster->arena,
                     "{apiVersion: batch/v1, kind: Job, metadata: {name: backup}, spec: {%s template: {spec: "
                     "{restartPolicy: Never, containers: [{name: c, image: x}]}}}}",
                     spec));
    cluster_run(cluster, 0);
}

static const char *status(struct cluster *cluster, const char *path) {
    return cluster_text(cluster, JOBS, "backup", arena_printf(cluster->arena, "status.%s", path));
}

static const char *condition(struct cluster *cluster, const char *type) {
    const struct json *one = object_condition(cluster_get(cluster, JOBS, "backup"), type);

    return one ? arena_printf(cluster->arena, "%s %s: %s", json_string_at(one, "status", ""),
                              json_string_at(one, "reason", ""), json_string_at(one, "message", ""))
               : "";
}

/* The first pod that has not ended; NULL: none. */
static const char *active_pod(struct cluster *cluster) {
    struct text names = text_from(cluster_names(cluster, PODS));

    while (names.length) {
        struct text name = text_cut(&names, ' ');
        const char *pod = arena_strndup(cluster->arena, name.data, name.length);
        if (!pod_is_finished(cluster_get(cluster, PODS, pod)))
            return pod;
    }
    return NULL;
}

/* Plays the kubelet. */
static void end_pod(struct cluster *cluster, const char *phase, int exit_code, const char *conditions) {
    const char *pod = active_pod(cluster);

    assert_non_null(pod);
    cluster_patch(
        cluster, PODS, pod, "status",
        arena_printf(
            cluster->arena,
            "{status: {phase: %s, conditions: [%s], containerStatuses: [{name: c, image: i, imageID: '', "
            "ready: false, restartCount: 0, state: {terminated: {exitCode: %d, finishedAt: '%s'}}}]}}",
            phase, conditions, exit_code, time_format(cluster->arena, clock_wall(&cluster_clock))));
    cluster_run(cluster, 0);
}

TEST("a Job's pod runs to completion, is counted and let go") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply_job(cluster, "");
    const char *pod = active_pod(cluster);
    assert_string_equal(status(cluster, "active"), "1");
    assert_string_equal(status(cluster, "startTime"), "2026-01-01T00:00:00Z");
    assert_string_equal(cluster_text(cluster, PODS, pod, "metadata.finalizers.0"),
                        "batch.kubernetes.io/job-tracking");
    cluster_run(cluster, 30 SECONDS);
    end_pod(cluster, "Succeeded", 0, "");
    assert_string_equal(condition(cluster, "SuccessCriteriaMet"),
                        "True CompletionsReached: Reached expected number of succeeded pods");
    assert_string_equal(condition(cluster, "Complete"),
                        "True CompletionsReached: Reached expected number of succeeded pods");
    assert_string_equal(status(cluster, "completionTime"), "2026-01-01T00:00:30Z");
    assert_string_equal(status(cluster, "succeeded"), "1");
    assert_string_equal(status(cluster, "active"), "");
    assert_string_equal(status(cluster, "uncountedTerminatedPods"), "{}");
    assert_string_equal(cluster_text(cluster, PODS, pod, "metadata.finalizers"), "");
    assert_string_equal(cluster_events(cluster, "backup", "Completed"), "Job completed");
}

TEST("a failed pod is followed by another, each time later, until there were too many") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply_job(cluster, "backoffLimit: 2,");
    end_pod(cluster, "Failed", 1, "");
    cluster_run(cluster, 9 SECONDS);
    assert_null(active_pod(cluster));
    cluster_run(cluster, 2 SECONDS);
    end_pod(cluster, "Failed", 1, "");
    cluster_run(cluster, 19 SECONDS);
    assert_null(active_pod(cluster));
    cluster_run(cluster, 2 SECONDS);
    assert_string_equal(condition(cluster, "Failed"), "");
    end_pod(cluster, "Failed", 1, "");
    assert_string_equal(condition(cluster, "FailureTarget"),
                        "True BackoffLimitExceeded: Job has reached the specified backoff limit");
    assert_string_equal(condition(cluster, "Failed"),
                        "True BackoffLimitExceeded: Job has reached the specified backoff limit");
    assert_string_equal(status(cluster, "failed"), "3");
    assert_string_equal(status(cluster, "completionTime"), "");
    cluster_run(cluster, 600 SECONDS);
    assert_null(active_pod(cluster));
}

TEST("a Job that is active for too long fails, and its pod goes") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply_job(cluster, "activeDeadlineSeconds: 60,");
    cluster_run(cluster, 59 SECONDS);
    assert_string_equal(status(cluster, "active"), "1");
    cluster_run(cluster, 2 SECONDS);
    assert_string_equal(condition(cluster, "Failed"),
                        "True DeadlineExceeded: Job was active longer than specified deadline");
    assert_string_equal(status(cluster, "failed"), "1");
    assert_string_equal(cluster_names(cluster, PODS), "");
}

TEST("a suspended Job has no pods and no clock") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply_job(cluster, "suspend: true, activeDeadlineSeconds: 10,");
    assert_string_equal(condition(cluster, "Suspended"), "True JobSuspended: Job suspended");
    assert_string_equal(status(cluster, "startTime"), "");
    cluster_run(cluster, 60 SECONDS);
    cluster_patch(cluster, JOBS, "backup", NULL, "{spec: {suspend: false}}");
    cluster_run(cluster, 0);
    assert_string_equal(condition(cluster, "Suspended"), "False JobResumed: Job resumed");
    assert_string_equal(status(cluster, "startTime"), "2026-01-01T00:01:00Z");
    assert_non_null(active_pod(cluster));
    cluster_patch(cluster, JOBS, "backup", NULL, "{spec: {suspend: true}}");
    cluster_run(cluster, 60 SECONDS);
    assert_string_equal(cluster_names(cluster, PODS), "");
    assert_string_equal(status(cluster, "failed"), "");
    assert_string_equal(condition(cluster, "Failed"), "");
}

TEST("a policy tells failures that don't count from those that end the Job") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply_job(cluster,
              "backoffLimit: 0, podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: "
              "DisruptionTarget, status: 'True'}]}, {action: FailJob, onExitCodes: {operator: NotIn, values: "
              "[1, 2]}}]},");
    end_pod(cluster, "Failed", 137, "{type: DisruptionTarget, status: 'True'}");
    assert_string_equal(status(cluster, "failed"), "");
    cluster_run(cluster, 11 SECONDS);
    const char *pod = active_pod(cluster);
    end_pod(cluster, "Failed", 64, "");
    assert_string_equal(
        condition(cluster, "Failed"),
        arena_printf(cluster->arena,
                     "True PodFailurePolicy: Container c for pod default/%s failed with exit code 64 "
                     "matching FailJob rule at index 1",
                     pod));
    assert_string_equal(status(cluster, "failed"), "1");
}

TEST("several pods share the work, up to the number of completions") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply_job(cluster, "parallelism: 2, completions: 3,");
    assert_string_equal(status(cluster, "active"), "2");
    end_pod(cluster, "Succeeded", 0, "");
    assert_string_equal(status(cluster, "active"), "2");
    end_pod(cluster, "Succeeded", 0, "");
    assert_string_equal(status(cluster, "active"), "1");
    end_pod(cluster, "Succeeded", 0, "");
    assert_string_equal(status(cluster, "succeeded"), "3");
    assert_non_null(strstr(condition(cluster, "Complete"), "True"));
}

TEST("a finished Job is cleaned up in time, with its pods") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply_job(cluster, "ttlSecondsAfterFinished: 60,");
    end_pod(cluster, "Succeeded", 0, "");
    cluster_run(cluster, 59 SECONDS);
    assert_string_equal(cluster_names(cluster, JOBS), "backup");
    cluster_run(cluster, 2 SECONDS);
    assert_string_equal(cluster_names(cluster, JOBS), "");
    assert_string_equal(cluster_names(cluster, PODS), "");
}

TEST("pods of a Job that is gone are let go, also those that stay") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    struct error err = { 0 };

    apply_job(cluster, "");
    const char *pod = active_pod(cluster);
    assert_true(kube_delete(cluster->kube, JOBS, "default", "backup", NULL, KUBE_ORPHAN, &err));
    cluster_run(cluster, 1 SECONDS);
    assert_string_equal(cluster_names(cluster, PODS), pod);
    assert_string_equal(cluster_text(cluster, PODS, pod, "metadata.finalizers"), "");
    apply_job(cluster, ""); /* another of the same name does not take it */
    cluster_delete(cluster, JOBS, "backup");
    cluster_run(cluster, 1 SECONDS);
    assert_string_equal(cluster_names(cluster, PODS), pod);
}

TEST("a pod that is deleted on its node has failed, and holds the Job back until it is gone") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(true);

    cluster_run(cluster, 100);
    apply_job(cluster, "backoffLimit: 0,");
    cluster_run(cluster, 1 SECONDS);
    cluster_delete(cluster, PODS, active_pod(cluster));
    cluster_run(cluster, 60 SECONDS);
    assert_string_equal(status(cluster, "failed"), "1");
    assert_string_equal(status(cluster, "terminating"), "0");
    assert_non_null(strstr(condition(cluster, "Failed"), "BackoffLimitExceeded"));
    assert_string_equal(cluster_names(cluster, PODS), "");
}

TEST("a Job whose command fails on a node tells it, one that succeeds completes") {
    static const struct {
        const char *words, *end;
    } rows[] = { { "neo4j-admin, server, validate-config", "Complete" },
                 { "neo4j-admin, database, dump, nobody", "Failed" } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(true);
        cluster_run(cluster, 100);
        cluster_apply(
            cluster,
            arena_printf(
                cluster->arena,
                "{apiVersion: batch/v1, kind: Job, metadata: {name: backup}, spec: {backoffLimit: 0, "
                "template: {spec: {restartPolicy: Never, containers: [{name: c, image: "
                "'neo4j/neo4j-admin:5.26.0-enterprise', env: [{name: NEO4J_ACCEPT_LICENSE_AGREEMENT, "
                "value: 'yes'}], command: [%s]}]}}}}",
                rows[i].words));
        cluster_run(cluster, 60 SECONDS);
        if (!str_starts_with(condition(cluster, rows[i].end), "True"))
            fail_msg("%s: %s", rows[i].words, status(cluster, "conditions"));
    }
}

TEST("a Job of another controller, or of a kind that is not simulated, is left alone") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply_job(cluster, "managedBy: example.com/another,");
    assert_string_equal(cluster_names(cluster, PODS), "");
    cluster_delete(cluster, JOBS, "backup");
    cluster_run(cluster, 0);
    apply_job(cluster, "completions: 1, completionMode: Indexed,");
    assert_string_equal(cluster_names(cluster, PODS), "");
    assert_string_equal(cluster_events(cluster, "backup", "NotSimulated"),
                        "Jobs with spec.completionMode Indexed are not simulated");
}

TEST("the API server refuses what a Job can't be, and can't become") {
    static const struct {
        const char *spec, *message;
    } rows[] = {
        { "template: {spec: {containers: [{name: c, image: x}]}}",
          "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"" },
        { "backoffLimit: -1, template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}",
          "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0" },
    };
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    struct json *job, *answer;
    struct error err = { 0 };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *text = arena_printf(
            cluster->arena,
            "{apiVersion: batch/v1, kind: Job, metadata: {name: bad, namespace: default}, spec: {%s}}",
            rows[i].spec);
        job = cluster_parse(cluster, text);
        assert_false(kube_create(cluster->kube, cluster->arena, job, &answer, &err));
        if (!strstr(err.text, rows[i].message))
            fail_msg("'%s' is not in: %s", rows[i].message, err.text);
        err = (struct error){ 0 };
    }
    apply_job(cluster, "");
    job = cluster_parse(cluster, "{spec: {template: {spec: {terminationGracePeriodSeconds: 1}}}}");
    assert_false(
        kube_merge_patch(cluster->kube, cluster->arena, JOBS, "default", "backup", NULL, job, &answer, &err));
    assert_non_null(strstr(err.text, "field is immutable"));
}
