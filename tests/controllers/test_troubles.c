#include "controllers/cluster/admin_secret.h"
#include "controllers/cluster/claims.h"
#include "controllers/cluster/pods.h"
#include "test.h"
#include "yaml.h"

#define WAITING(reason_)                                                                                     \
    "{metadata: {name: p-0}, status: {containerStatuses: [{name: neo4j, state: {waiting: {reason: " reason_  \
    ", message: m}}, lastState: {terminated: {reason: Error, exitCode: 3}}}]}}"

TEST("a pod that can't start says why and what to do") {
    static const struct {
        const char *when;
        const char *pod;
        const char *reason; /* NULL: no trouble */
        const char *words;
    } rows[] = {
        { "it runs",
          "{metadata: {name: p-0}, status: {containerStatuses: [{name: neo4j, state: {running: {}}}]}}", NULL,
          "" },
        { "it is being made", WAITING("ContainerCreating"), NULL, "" },
        { "no such image", WAITING("ErrImagePull"), "ImagePullFailed", "spec.image" },
        { "still no such image", WAITING("ImagePullBackOff"), "ImagePullFailed", "spec.image" },
        { "it crashes", WAITING("CrashLoopBackOff"), "PodCrashLooping", "exit code 3" },
        { "a Secret is missing", WAITING("CreateContainerConfigError"), "PodConfigInvalid", "Secret" },
        { "it was killed for want of memory",
          "{metadata: {name: p-0}, status: {containerStatuses: [{name: neo4j, state: {waiting: {reason: "
          "CrashLoopBackOff}}, "
          "lastState: {terminated: {reason: OOMKilled, exitCode: 137}}}]}}",
          "PodCrashLooping", "limits.memory" },
        { "an init container fails",
          "{metadata: {name: p-0}, status: {initContainerStatuses: [{name: i, state: {waiting: {reason: "
          "ErrImagePull}}}]}}",
          "ImagePullFailed", "container i" },
        { "it runs for a moment between two crashes",
          "{metadata: {name: p-0}, status: {containerStatuses: [{name: neo4j, ready: false, restartCount: 3, "
          "state: "
          "{running: {}}, lastState: {terminated: {reason: Error, exitCode: 3}}}]}}",
          "PodCrashLooping", "exit code 3" },
        { "it crashed once and starts again",
          "{metadata: {name: p-0}, status: {containerStatuses: [{name: neo4j, ready: false, restartCount: 1, "
          "state: "
          "{running: {}}, lastState: {terminated: {reason: Error, exitCode: 3}}}]}}",
          NULL, "" },
        { "it crashed often, and is ready now",
          "{metadata: {name: p-0}, status: {containerStatuses: [{name: neo4j, ready: true, restartCount: 9, "
          "state: "
          "{running: {}}, lastState: {terminated: {reason: Error, exitCode: 3}}}]}}",
          NULL, "" },
        { "no node takes it",
          "{metadata: {name: p-0}, status: {conditions: [{type: PodScheduled, status: 'False', message: "
          "Insufficient cpu}]}}",
          "PodUnschedulable", "Insufficient cpu" },
        { "the scheduler waits for its volume",
          "{metadata: {name: p-0}, status: {conditions: [{type: PodScheduled, status: 'False', "
          "message: pod has unbound immediate PersistentVolumeClaims}]}}",
          NULL, "" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct observed_pod pod = pod_observe(arena, yaml_value(arena, rows[i].pod), "");
        if (!str_equal(pod.trouble.reason, rows[i].reason) ||
            (rows[i].reason && !strstr(pod.trouble.message, rows[i].words)))
            fail_msg("%s: %s: %s", rows[i].when, pod.trouble.reason, pod.trouble.message);
        assert_int_equal(pod.can_start, !rows[i].reason || strstr(rows[i].pod, "running"));
        assert_int_equal(pod.has_begun, strstr(rows[i].pod, "running") || strstr(rows[i].pod, "lastState"));
    }
}

static const char *with_state(struct arena *arena, const char *waiting) {
    return arena_printf(
        arena, "{metadata: {name: p-0}, status: {containerStatuses: [{name: neo4j, state: {waiting: %s}}]}}",
        waiting);
}

TEST("the rounds of one trouble are told in the same words") {
    static const struct {
        const char *one;
        const char *other;
    } rows[] = {
        { "{reason: ErrImagePull, message: 'no such tag'}",
          "{reason: ImagePullBackOff, message: 'Back-off pulling image \"x\": ErrImagePull: no such tag'}" },
        { "{reason: CrashLoopBackOff, message: back-off 10s}",
          "{reason: CrashLoopBackOff, message: back-off 20s}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const char *one =
            pod_observe(arena, yaml_value(arena, with_state(arena, rows[i].one)), "").trouble.message;
        const char *other =
            pod_observe(arena, yaml_value(arena, with_state(arena, rows[i].other)), "").trouble.message;
        assert_string_equal(one, other);
    }
}

TEST("a pod is outdated when its revision is not the set's newest") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *pod =
        yaml_value(arena, "{metadata: {name: graph-server-1, labels: {controller-revision-hash: a}}}");

    assert_false(pod_observe(arena, pod, "a").is_outdated);
    assert_true(pod_observe(arena, pod, "b").is_outdated);
    assert_false(pod_observe(arena, pod, "").is_outdated);
    assert_int_equal(pod_observe(arena, pod, "a").ordinal, 1);
}

TEST("a claim without a volume says whether a class is missing") {
    static const struct {
        const char *when;
        const char *claims;
        const char *classes;
        const char *reason;
    } rows[] = {
        { "bound", "[{metadata: {name: c}, spec: {storageClassName: x}, status: {phase: Bound}}]", "[]",
          NULL },
        { "its class is not there",
          "[{metadata: {name: c}, spec: {storageClassName: x}, status: {phase: Pending}}]", "[]",
          "StorageClassMissing" },
        { "its class is there",
          "[{metadata: {name: c}, spec: {storageClassName: x}, status: {phase: Pending}}]",
          "[{metadata: {name: x}}]", NULL },
        { "no default class", "[{metadata: {name: c}, spec: {}, status: {phase: Pending}}]",
          "[{metadata: {name: x}}]", "StorageClassMissing" },
        { "a default class", "[{metadata: {name: c}, spec: {}, status: {phase: Pending}}]",
          "[{metadata: {name: x, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}}]",
          NULL },
        { "its volume is lost", "[{metadata: {name: c}, spec: {storageClassName: x}, status: {phase: Lost}}]",
          "[]", "VolumeLost" },
        { "no claim yet", "[]", "[]", NULL },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct trouble trouble =
            claims_trouble(arena, yaml_value(arena, rows[i].claims), yaml_value(arena, rows[i].classes));
        if (!str_equal(trouble.reason, rows[i].reason))
            fail_msg("%s: %s", rows[i].when, trouble.message);
        /* Without a claim that waits, classes are not even read. */
        if (!claims_wait(yaml_value(arena, rows[i].claims)))
            assert_string_equal(
                str_empty(claims_trouble(arena, yaml_value(arena, rows[i].claims), NULL).reason)
                    ? ""
                    : "VolumeLost",
                rows[i].reason ? rows[i].reason : "");
    }
}

TEST("a password that could not work is refused without repeating it") {
    static const struct {
        const char *user;
        const char *password;
        const char *words; /* NULL: it is taken */
    } rows[] = {
        { "neo4j", "a-Password-1", NULL },
        { "admin", "a-Password-1", "username must be neo4j" },
        { "neo4j", "", "empty" },
        { "neo4j", "neo4j", "must not be neo4j" },
        { "neo4j", "abc/defghi", "contain /" },
        { "neo4j", "-abcdefghi", "start with -" },
        { "neo4j", "short", "at least 8" },
        { "neo4j", "a-Password-1\n", "newline" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP(secret_text_clear)
        struct secret_text user = secret_text_new(rows[i].user, strlen(rows[i].user));
        CLEANUP(secret_text_clear)
        struct secret_text password = secret_text_new(rows[i].password, strlen(rows[i].password));
        const char *refusal = admin_secret_refusal(arena, &user, &password, 8);
        if (!rows[i].words ? refusal != NULL : !refusal || !strstr(refusal, rows[i].words))
            fail_msg("row %zu: %s", i, refusal);
        if (refusal && strlen(rows[i].password) > 6)
            assert_null(strstr(refusal, rows[i].password));
    }
}
