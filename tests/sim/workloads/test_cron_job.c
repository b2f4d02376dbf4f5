#include "cluster.h"
#include "test.h"

#define CRON_JOBS &KUBE_CRON_JOBS
#define JOBS      &KUBE_JOBS
#define SECONDS   *1000
#define MINUTES   *60 SECONDS
#define HOURS     *60 MINUTES

static void apply(struct cluster *cluster, const char *spec) {
    cluster_apply(
        cluster,
        arena_printf(cluster->arena,
                     "{apiVersion: batch/v1, kind: CronJob, metadata: {name: daily}, spec: {%s, jobTemplate: "
                     "{metadata: {labels: {app: backup}}, spec: {backoffLimit: 0, template: {spec: "
                     "{restartPolicy: Never, containers: [{name: c, image: x}]}}}}}}",
                     spec));
    cluster_run(cluster, 0);
}

static const char *status(struct cluster *cluster, const char *path) {
    return cluster_text(cluster, CRON_JOBS, "daily", arena_printf(cluster->arena, "status.%s", path));
}

/* Ends all pods that are active. */
static void end_pods(struct cluster *cluster, const char *phase) {
    struct text names = text_from(cluster_names(cluster, &KUBE_PODS));

    while (names.length) {
        struct text name = text_cut(&names, ' ');
        const char *pod = arena_strndup(cluster->arena, name.data, name.length);
        if (str_equal(cluster_text(cluster, &KUBE_PODS, pod, "status.phase"), "Pending"))
            cluster_patch(cluster, &KUBE_PODS, pod, "status",
                          arena_printf(cluster->arena, "{status: {phase: %s}}", phase));
    }
    cluster_run(cluster, 0);
}

TEST("a Job is made at each time of the schedule, named by it, and followed to its end") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply(cluster, "schedule: '30 2 * * *', timeZone: Europe/Stockholm");
    cluster_run(cluster, 1 HOURS + 29 MINUTES);
    assert_string_equal(cluster_names(cluster, JOBS), "");
    cluster_run(cluster, 1 MINUTES + 1 SECONDS);
    assert_string_equal(cluster_names(cluster, JOBS), "daily-29453850");
    assert_string_equal(
        cluster_text(cluster, JOBS, "daily-29453850", "metadata.annotations"),
        "{\"batch.kubernetes.io/cronjob-scheduled-timestamp\":\"2026-01-01T02:30:00+01:00\"}");
    assert_string_equal(cluster_text(cluster, JOBS, "daily-29453850", "metadata.labels.app"), "backup");
    assert_string_equal(status(cluster, "lastScheduleTime"), "2026-01-01T01:30:00Z");
    assert_string_equal(status(cluster, "active.0.name"), "daily-29453850");
    end_pods(cluster, "Succeeded");
    assert_string_equal(status(cluster, "active"), "");
    assert_string_equal(status(cluster, "lastSuccessfulTime"), "2026-01-01T01:30:01Z");
    assert_string_equal(cluster_events(cluster, "daily", "SawCompletedJob"),
                        "Saw completed job: daily-29453850, condition: Complete");
    cluster_run(cluster, 24 HOURS);
    assert_string_equal(cluster_names(cluster, JOBS), "daily-29453850 daily-29455290");
}

TEST("runs overlap, wait for each other, or take each other's place, by the policy") {
    static const struct {
        const char *policy, *jobs, *event, *note;
    } rows[] = {
        { "Allow", "daily-29453761 daily-29453762", "SuccessfulCreate",
          "Created job daily-29453761; Created job daily-29453762" },
        { "Forbid", "daily-29453761", "JobAlreadyActive",
          "Not starting job because prior execution is running and concurrency policy is Forbid" },
        { "Replace", "daily-29453762", "SuccessfulDelete", "Deleted job daily-29453761" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
        apply(cluster,
              arena_printf(cluster->arena, "schedule: '* * * * *', concurrencyPolicy: %s", rows[i].policy));
        cluster_run(cluster, 2 MINUTES + 1 SECONDS);
        assert_string_equal(cluster_names(cluster, JOBS), rows[i].jobs);
        assert_string_equal(cluster_events(cluster, "daily", rows[i].event), rows[i].note);
    }
}

TEST("a run that was forbidden is made up for when the one before has ended, in time") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply(cluster, "schedule: '0 * * * *', concurrencyPolicy: Forbid, startingDeadlineSeconds: 120");
    cluster_run(cluster, 2 HOURS + 1 MINUTES);
    assert_string_equal(cluster_names(cluster, JOBS), "daily-29453820");
    end_pods(cluster, "Succeeded");
    assert_string_equal(cluster_names(cluster, JOBS), "daily-29453820 daily-29453880");
    cluster_run(cluster, 2 HOURS); /* 03:00 is forbidden, 04:00 too */
    cluster_run(cluster, 5 MINUTES);
    end_pods(cluster, "Succeeded"); /* too late for 04:00 */
    assert_string_equal(cluster_names(cluster, JOBS), "daily-29453820 daily-29453880");
}

TEST("a suspended one starts nothing; what was missed last is made up for, once") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply(cluster, "schedule: '0 * * * *', suspend: true");
    cluster_run(cluster, 5 HOURS + 1 MINUTES);
    assert_string_equal(cluster_names(cluster, JOBS), "");
    cluster_patch(cluster, CRON_JOBS, "daily", NULL, "{spec: {suspend: false}}");
    cluster_run(cluster, 0);
    assert_string_equal(cluster_names(cluster, JOBS), "daily-29454060");
    assert_string_equal(status(cluster, "lastScheduleTime"), "2026-01-01T05:00:00Z");
}

TEST("of ever so many missed times the last one is made up for") {
    static const struct {
        const char *schedule, *last;
    } rows[] = { { "* * * * *", "2026-01-01T00:30:00Z" },
                 { "7 * * * *", "2026-01-01T00:07:00Z" },
                 { "0 5 * * *", "2025-12-31T05:00:00Z" },
                 { "0 0 2 * *", "2025-12-02T00:00:00Z" },
                 { "@every 45m", "2026-01-01T00:00:00Z" } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
        cluster_run(cluster, 30 MINUTES + 30 SECONDS);
        apply(cluster, arena_printf(cluster->arena, "schedule: '%s', suspend: true", rows[i].schedule));
        cluster_patch(cluster, CRON_JOBS, "daily", "status",
                      "{status: {lastScheduleTime: '1999-01-01T00:00:00Z'}}");
        cluster_patch(cluster, CRON_JOBS, "daily", NULL, "{spec: {suspend: false}}");
        cluster_run(cluster, 0);
        if (strcmp(status(cluster, "lastScheduleTime"), rows[i].last))
            fail_msg("%s: %s", rows[i].schedule, status(cluster, "lastScheduleTime"));
        assert_string_not_equal(cluster_events(cluster, "daily", "TooManyMissedTimes"), "");
    }
}

TEST("of finished Jobs the last ones are kept, as many as the limits say") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    apply(cluster, "schedule: '* * * * *', successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 1");
    for (int i = 0; i < 6; i++) {
        cluster_run(cluster, 1 MINUTES + (i ? 0 : 1 SECONDS));
        end_pods(cluster, i % 2 ? "Failed" : "Succeeded");
    }
    assert_string_equal(cluster_names(cluster, JOBS), "daily-29453763 daily-29453765 daily-29453766");
    cluster_delete(cluster, CRON_JOBS, "daily");
    cluster_run(cluster, 1 SECONDS);
    assert_string_equal(cluster_names(cluster, JOBS), "");
}

TEST("the API server refuses what a CronJob can't be") {
    static const struct {
        const char *spec, *message;
    } rows[] = {
        { "schedule: '61 * * * *'",
          "spec.schedule: Invalid value: \"61 * * * *\": end of range (61) above maximum (59): 61" },
        { "schedule: 'TZ=UTC * * * * *'",
          "cannot use TZ or CRON_TZ in schedule, use timeZone field instead" },
        { "schedule: '@daily', timeZone: Nowhere/City",
          "spec.timeZone: Invalid value: \"Nowhere/City\": unknown time zone Nowhere/City" },
        { "schedule: '@daily', timeZone: Local", "timeZone must be an explicit time zone" },
        { "schedule: '@daily', startingDeadlineSeconds: -1", "must be greater than or equal to 0" },
        { "schedule: '@daily', concurrencyPolicy: Sometimes",
          "spec.concurrencyPolicy: Unsupported value: \"Sometimes\"" },
        { "schedule: ''", "spec.schedule: Required value" },
    };
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *answer,
            *object = cluster_parse(
                cluster,
                arena_printf(cluster->arena,
                             "{apiVersion: batch/v1, kind: CronJob, metadata: {name: bad, namespace: "
                             "default}, spec: {%s, jobTemplate: {spec: {template: {spec: "
                             "{restartPolicy: Never, containers: [{name: c, image: x}]}}}}}}",
                             rows[i].spec));
        struct error err = { 0 };
        assert_false(kube_create(cluster->kube, cluster->arena, object, &answer, &err));
        if (!strstr(err.text, rows[i].message))
            fail_msg("'%s' is not in: %s", rows[i].message, err.text);
    }
}
