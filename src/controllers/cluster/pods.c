#include "controllers/cluster/pods.h"

#include "resources/names.h"

/* Why a container waits, and what a person can do. */
static const struct {
    const char *waiting; /* the kubelet's reason */
    const char *reason;
    const char *remedy;
} waits[] = {
    { "ErrImagePull", "ImagePullFailed", "check spec.image.repo, spec.image.tag and the pull secrets" },
    { "ImagePullBackOff", "ImagePullFailed", "check spec.image.repo, spec.image.tag and the pull secrets" },
    { "InvalidImageName", "ImagePullFailed",
      "spec.image.repo and spec.image.tag do not make a valid image name" },
    { "ErrImageNeverPull", "ImagePullFailed",
      "the image is not on the node, and spec.image.pullPolicy is Never" },
    { "CreateContainerConfigError", "PodConfigInvalid", "make the Secret or ConfigMap that it names" },
    { "CreateContainerError", "PodConfigInvalid", "mend what the message names" },
    { "RunContainerError", "PodConfigInvalid", "mend what the message names" },
};

/* A container that ended this often is not just starting. */
enum { RESTARTS_OF_A_LOOP = 3 };

static const char crash_remedy[] =
    "read its log (kubectl logs POD -p) and mend spec.config or spec.resources";

static const struct json *condition_of(const struct json *pod, const char *type) {
    JSON_FOR_EACH_ITEM (condition, json_at(pod, "status.conditions"))
        if (str_equal(json_string_at(condition, "type", ""), type))
            return condition;
    return NULL;
}

static const char *last_end(struct arena *arena, const struct json *container) {
    const struct json *ended = json_at(container, "lastState.terminated");

    if (!ended)
        return "";
    if (str_equal(json_string_at(ended, "reason", ""), "OOMKilled"))
        return "; it was killed for want of memory (OOMKilled): raise spec.resources.limits.memory";
    return arena_printf(arena, "; it ended last with exit code %lld",
                        (long long)json_integer_at(ended, "exitCode", -1));
}

/* Between two waits of a crash loop the container runs for a moment: it is the same trouble, in the same
 * words, or status would turn back and forth with every round. The kubelet's own message counts the seconds.
 */
static bool is_crash_looping(const struct json *container, const char *waiting) {
    return str_equal(waiting, "CrashLoopBackOff") ||
           (json_at(container, "lastState.terminated") && !json_bool_at(container, "ready", false) &&
            json_integer_at(container, "restartCount", 0) >= RESTARTS_OF_A_LOOP);
}

/* "Back-off pulling image X: ErrImagePull: WHY" and "WHY" take turns; older kubelets leave the end out. */
static const char *pull_message(const char *message) {
    const char *why = strstr(message, "ErrImagePull: ");

    return why ? why + strlen("ErrImagePull: ") : message;
}

static struct trouble container_trouble(struct arena *arena, const struct json *pod,
                                        const struct json *container) {
    const char *waiting = json_string_at(container, "state.waiting.reason", "");

    if (is_crash_looping(container, waiting))
        return (struct trouble){
            "PodCrashLooping",
            arena_printf(arena, "pod %s: container %s ends again and again%s; %s",
                         json_string_at(pod, "metadata.name", ""), json_string_at(container, "name", ""),
                         last_end(arena, container), crash_remedy),
        };
    for (size_t i = 0; i < ARRAY_LENGTH(waits); i++) {
        if (!str_equal(waits[i].waiting, waiting))
            continue;
        return (struct trouble){
            waits[i].reason,
            arena_printf(arena, "pod %s: container %s: %s%s; %s", json_string_at(pod, "metadata.name", ""),
                         json_string_at(container, "name", ""),
                         pull_message(json_string_at(container, "state.waiting.message", waiting)),
                         last_end(arena, container), waits[i].remedy),
        };
    }
    return (struct trouble){ 0 };
}

/* While claims wait for their volumes the scheduler refuses too; the claims tell why (claims.h). */
#define WAITS_FOR_VOLUMES "unbound immediate PersistentVolumeClaims"

static struct trouble scheduling_trouble(struct arena *arena, const struct json *pod) {
    const struct json *scheduled = condition_of(pod, "PodScheduled");

    if (!scheduled || !str_equal(json_string_at(scheduled, "status", ""), "False") ||
        strstr(json_string_at(scheduled, "message", ""), WAITS_FOR_VOLUMES))
        return (struct trouble){ 0 };
    return (struct trouble){
        "PodUnschedulable",
        arena_printf(
            arena, "pod %s: no node takes it: %s; make room, or change spec.resources or the placement",
            json_string_at(pod, "metadata.name", ""), json_string_at(scheduled, "message", "no message")),
    };
}

static struct trouble pod_trouble(struct arena *arena, const struct json *pod) {
    static const char *const lists[] = { "status.initContainerStatuses", "status.containerStatuses" };

    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
        JSON_FOR_EACH_ITEM (container, json_at(pod, lists[i])) {
            struct trouble trouble = container_trouble(arena, pod, container);
            if (trouble.reason)
                return trouble;
        }
    }
    return scheduling_trouble(arena, pod);
}

/* It may come up this time: only what waits can be replaced without taking anything away. */
static bool runs_between_crashes(const struct json *pod) {
    JSON_FOR_EACH_ITEM (container, json_at(pod, "status.containerStatuses"))
        if (json_at(container, "state.running") && is_crash_looping(container, ""))
            return true;
    return false;
}

/* Not while it waits for a node, an image, or a Secret to mount, of which only events tell. */
static bool has_begun(const struct json *pod) {
    static const char *const lists[] = { "status.initContainerStatuses", "status.containerStatuses" };

    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
        JSON_FOR_EACH_ITEM (container, json_at(pod, lists[i]))
            if (json_at(container, "state.running") || json_at(container, "state.terminated") ||
                json_at(container, "lastState.terminated"))
                return true;
    return false;
}

struct observed_pod pod_observe(struct arena *arena, const struct json *pod, const char *update_revision) {
    const struct json *ready = condition_of(pod, "Ready");
    const char *revision =
        json_string(json_get(json_at(pod, "metadata.labels"), "controller-revision-hash"), "");
    struct observed_pod observed = {
        .name = json_string_at(pod, "metadata.name", ""),
        .uid = json_string_at(pod, "metadata.uid", ""),
        .address = json_string_at(pod, "status.podIP", NULL),
        .node = json_string_at(pod, "spec.nodeName", NULL),
        .ordinal = name_ordinal(json_string_at(pod, "metadata.name", NULL)),
        .is_ready = ready && str_equal(json_string_at(ready, "status", ""), "True"),
        .is_deleting = json_string_at(pod, "metadata.deletionTimestamp", NULL),
        .is_outdated = *update_revision && !str_equal(revision, update_revision),
        .has_begun = has_begun(pod),
        .trouble = pod_trouble(arena, pod),
        .object = pod,
    };
    observed.can_start = !observed.trouble.reason || runs_between_crashes(pod);
    return observed;
}
