/* Files of running containers follow their Secrets and ConfigMaps.
 *
 * The kubelet hears of a change at once, and brings it to the files when it next synchronises the pod: once a
 * minute, each pod at its own second. An object that has gone leaves the files as they are, and is told.
 * Source: Kubernetes documentation, "Mounted ConfigMaps are updated automatically"; subPath mounts are not.
 */
#include "sim/node/node_internal.h"

static const int64_t sync_ns = 60 * NANOSECONDS_PER_SECOND;

/* ---- which pods ---- */

static bool source_names(const struct json *source, bool is_secret, const char *name) {
    const struct json *config_map = json_get(source, "configMap"), *secret = json_get(source, "secret");

    if (!is_secret)
        return str_equal(json_string_at(config_map, "name", NULL), name);
    return str_equal(json_string_at(secret, "secretName", json_string_at(secret, "name", NULL)), name);
}

static bool pod_mounts(const struct pod *pod, bool is_secret, const char *name) {
    JSON_FOR_EACH_ITEM (volume, json_at(pod->object, "spec.volumes")) {
        if (source_names(volume, is_secret, name))
            return true;
        JSON_FOR_EACH_ITEM (source, json_at(volume, "projected.sources")) {
            if (source_names(source, is_secret, name))
                return true;
        }
    }
    return false;
}

static int64_t next_sync(const struct pod *pod) {
    int64_t age_ns = clock_wall(pod->node->options.clock) - pod->start_wall_ns;

    return pod->node->now_ns + sync_ns - age_ns % sync_ns;
}

static bool is_same_data(const struct json *old, const struct json *new) {
    static const char *const members[] = { "data", "binaryData" };

    for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
        const struct json *before = json_get(old, members[i]), *after = json_get(new, members[i]);
        if (!before != !after || (before && !json_equal(before, after)))
            return false;
    }
    return true;
}

void pods_note_change(struct node *node, const struct kube_resource *resource, const struct json *old,
                      const struct json *new) {
    const struct json *object = new ? new : old;
    struct pod *pod;

    if (old && new &&is_same_data(old, new))
        return;
    RB_FOREACH (pod, pods, &node->pods) {
        bool is_up = pod->step == POD_INITIALIZING || pod->step == POD_RUNNING;
        if (!is_up || pod->refresh_ns != INT64_MAX || pod->member->is_cut ||
            !str_equal(pod->namespace, object_namespace(object)) ||
            !pod_mounts(pod, resource == &KUBE_SECRETS, object_name(object)))
            continue;
        pod->refresh_ns = next_sync(pod);
        pod->is_stirred = true;
    }
}

void pods_refresh_soon(struct node *node, const struct member *member) {
    struct pod *pod;

    RB_FOREACH (pod, pods, &node->pods) {
        bool is_up = pod->step == POD_INITIALIZING || pod->step == POD_RUNNING;
        if (pod->member != member || !is_up)
            continue;
        pod->refresh_ns = next_sync(pod);
        pod->is_stirred = true;
    }
}

/* ---- bringing them ---- */

static bool refresh_container(struct container *container, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *files;

    if (!container->process)
        return true;
    if (!volumes_rebuild(container, arena, &files, err))
        return false;
    neo4j_process_set_files(container->process, files);
    return true;
}

static bool refresh_all(struct pod *pod, struct arena *arena, const char **out_volume, struct error *err) {
    if (!volumes_check(pod, arena, out_volume, err))
        return false;
    for (size_t i = 0; i < pod->container_count; i++)
        if (!refresh_container(&pod->containers[i], err))
            return false;
    return true;
}

int64_t pod_refresh(struct pod *pod) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct node *node = pod->node;
    const char *volume = "";
    struct error err = { 0 };

    if (pod->step > POD_RUNNING)
        return pod->refresh_ns = INT64_MAX;
    if (node->now_ns < pod->refresh_ns)
        return pod->refresh_ns;
    if (refresh_all(pod, arena, &volume, &err))
        return pod->refresh_ns = INT64_MAX;
    recorder_event(node_recorder(node, pod->member), pod->object, NULL, RECORDER_WARNING, "FailedMount",
                   "MountVolume.SetUp failed for volume \"%s\" : %s", volume, err.text);
    return pod->refresh_ns = node->now_ns + sync_ns;
}
