#include "cluster.h"
#include "test.h"

#include <stdio.h>

#define SETS &KUBE_STATEFUL_SETS
#define PODS &KUBE_PODS

/* A set "db" with one claim template; policy, replicas and image as given. */
static struct json *apply_set(struct cluster *cluster, const char *policy, int replicas, const char *image,
                              const char *more) {
    const char *yaml = arena_printf(
        cluster->arena,
        "apiVersion: apps/v1\n"
        "kind: StatefulSet\n"
        "metadata: {name: db}\n"
        "spec:\n"
        "  replicas: %d\n"
        "  serviceName: db-headless\n"
        "  podManagementPolicy: %s\n"
        "  selector: {matchLabels: {app: db}}\n"
        "  template:\n"
        "    metadata: {labels: {app: db, tier: data}, annotations: {note: kept}}\n"
        "    spec: {containers: [{name: main, image: '%s'}], volumes: [{name: data, emptyDir: {}}]}\n"
        "  volumeClaimTemplates:\n"
        "    - metadata: {name: data}\n"
        "      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
        "%s",
        replicas, policy, image, more);
    struct json *set = cluster_apply(cluster, yaml);
    cluster_run(cluster, 0);
    return set;
}

static void assert_text(struct cluster *cluster, const struct kube_resource *resource, const char *name,
                        const char *path, const char *expected) {
    const char *text = cluster_text(cluster, resource, name, path);
    if (strcmp(text, expected))
        fail_msg("%s %s: %s is '%s', not '%s'", resource->kind, name, path, text, expected);
}

static const char *revision_of(struct cluster *cluster, const char *pod) {
    const struct json *labels = json_at(cluster_get(cluster, PODS, pod), "metadata.labels");
    return json_string(json_get(labels, "controller-revision-hash"), "");
}

TEST("a parallel set makes all its pods at once, with their names, labels and claims") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 3, "neo4j:5.26.0-enterprise", "");

    assert_string_equal(cluster_names(cluster, PODS), "db-0 db-1 db-2");
    assert_string_equal(cluster_names(cluster, &KUBE_PERSISTENT_VOLUME_CLAIMS),
                        "data-db-0 data-db-1 data-db-2");
    const struct json *pod = cluster_get(cluster, PODS, "db-1");
    const struct json *labels = json_at(pod, "metadata.labels");
    assert_string_equal(json_string(json_get(labels, "statefulset.kubernetes.io/pod-name"), ""), "db-1");
    assert_string_equal(json_string(json_get(labels, "apps.kubernetes.io/pod-index"), ""), "1");
    assert_string_equal(json_string(json_get(labels, "tier"), ""), "data");
    assert_text(cluster, PODS, "db-1", "metadata.annotations.note", "kept");
    assert_text(cluster, PODS, "db-1", "metadata.generateName", "db-");
    assert_text(cluster, PODS, "db-1", "metadata.ownerReferences.0.kind", "StatefulSet");
    assert_text(cluster, PODS, "db-1", "metadata.ownerReferences.0.controller", "true");
    assert_text(cluster, PODS, "db-1", "spec.hostname", "db-1");
    assert_text(cluster, PODS, "db-1", "spec.subdomain", "db-headless");
    assert_text(cluster, PODS, "db-1", "spec.volumes.0.persistentVolumeClaim.claimName", "data-db-1");
    assert_int_equal(json_length(json_at(pod, "spec.volumes")), 1);
    assert_text(cluster, &KUBE_PERSISTENT_VOLUME_CLAIMS, "data-db-1", "metadata.labels.app", "db");
    assert_string_equal(cluster_names(cluster, &KUBE_CONTROLLER_REVISIONS), revision_of(cluster, "db-1"));
    assert_text(cluster, SETS, "db", "status.replicas", "3");
    assert_text(cluster, SETS, "db", "status.readyReplicas", "");
    assert_text(cluster, SETS, "db", "status.observedGeneration", "1");
}

TEST("an ordered set makes the next pod only when those before it are ready") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "OrderedReady", 3, "neo4j:5.26.0-enterprise", "");

    assert_string_equal(cluster_names(cluster, PODS), "db-0");
    cluster_set_ready(cluster, "db-0", true);
    assert_string_equal(cluster_names(cluster, PODS), "db-0 db-1");
    cluster_set_ready(cluster, "db-1", false);
    assert_string_equal(cluster_names(cluster, PODS), "db-0 db-1");
    cluster_set_ready(cluster, "db-1", true);
    assert_string_equal(cluster_names(cluster, PODS), "db-0 db-1 db-2");
    assert_text(cluster, SETS, "db", "status.readyReplicas", "2");
}

TEST("scaling down removes the highest pods and keeps their claims") {
    static const struct {
        const char *policy;
        const char *after_first_look;
    } rows[] = {
        { "Parallel", "db-0" },
        { "OrderedReady", "db-0 db-1" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
        apply_set(cluster, rows[i].policy, 3, "neo4j:5.26.0-enterprise", "");
        for (int pod = 0; pod < 3; pod++)
            cluster_set_ready(cluster, arena_printf(cluster->arena, "db-%d", pod), true);
        /* Not scheduled, so the API server lets them go at once. */
        cluster_patch(cluster, SETS, "db", NULL, "{spec: {replicas: 1}}");
        cluster_run(cluster, 0);
        assert_string_equal(cluster_names(cluster, PODS), "db-0");
        assert_string_equal(cluster_names(cluster, &KUBE_PERSISTENT_VOLUME_CLAIMS),
                            "data-db-0 data-db-1 data-db-2");
        assert_text(cluster, SETS, "db", "status.replicas", "1");
    }
}

TEST("claims go with the pods that are scaled away when the retention policy says so") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 3, "neo4j:5.26.0-enterprise",
              "  persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Retain}\n");
    cluster_patch(cluster, SETS, "db", NULL, "{spec: {replicas: 1}}");
    cluster_run(cluster, 1000);
    assert_string_equal(cluster_names(cluster, &KUBE_PERSISTENT_VOLUME_CLAIMS), "data-db-0");
}

TEST("claims belong to the set when the retention policy deletes them with it") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 2, "neo4j:5.26.0-enterprise",
              "  persistentVolumeClaimRetentionPolicy: {whenScaled: Retain, whenDeleted: Delete}\n");
    assert_text(cluster, &KUBE_PERSISTENT_VOLUME_CLAIMS, "data-db-1", "metadata.ownerReferences.0.name",
                "db");
    cluster_patch(cluster, SETS, "db", NULL,
                  "{spec: {persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain}}}");
    cluster_run(cluster, 0);
    assert_text(cluster, &KUBE_PERSISTENT_VOLUME_CLAIMS, "data-db-1", "metadata.ownerReferences.0.name", "");
}

TEST("with OnDelete a new template reaches a pod only when somebody deletes it") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 2, "neo4j:5.26.0-enterprise", "  updateStrategy: {type: OnDelete}\n");
    cluster_set_ready(cluster, "db-0", true);
    cluster_set_ready(cluster, "db-1", true);
    const char *old = revision_of(cluster, "db-0");

    apply_set(cluster, "Parallel", 2, "neo4j:5.26.1-enterprise", "  updateStrategy: {type: OnDelete}\n");
    cluster_run(cluster, 60000);
    assert_text(cluster, PODS, "db-0", "spec.containers.0.image", "neo4j:5.26.0-enterprise");
    assert_text(cluster, SETS, "db", "status.currentRevision", old);
    assert_string_not_equal(cluster_text(cluster, SETS, "db", "status.updateRevision"), old);
    assert_text(cluster, SETS, "db", "status.updatedReplicas", "");

    cluster_delete(cluster, PODS, "db-1");
    cluster_run(cluster, 0);
    assert_text(cluster, PODS, "db-1", "spec.containers.0.image", "neo4j:5.26.1-enterprise");
    assert_text(cluster, PODS, "db-0", "spec.containers.0.image", "neo4j:5.26.0-enterprise");
    assert_text(cluster, SETS, "db", "status.updatedReplicas", "1");
    assert_string_equal(revision_of(cluster, "db-1"),
                        cluster_text(cluster, SETS, "db", "status.updateRevision"));
}

TEST("a rolling update goes from the highest pod down, one at a time, each ready before the next") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 3, "neo4j:5.26.0-enterprise", "");
    for (int pod = 0; pod < 3; pod++)
        cluster_set_ready(cluster, arena_printf(cluster->arena, "db-%d", pod), true);
    const char *old = revision_of(cluster, "db-0");

    apply_set(cluster, "Parallel", 3, "neo4j:5.26.1-enterprise", "");
    for (int pod = 2; pod >= 0; pod--) {
        const char *name = arena_printf(cluster->arena, "db-%d", pod);
        cluster_run(cluster, 1000);
        assert_text(cluster, PODS, name, "spec.containers.0.image", "neo4j:5.26.1-enterprise");
        for (int lower = 0; lower < pod; lower++)
            assert_text(cluster, PODS, arena_printf(cluster->arena, "db-%d", lower),
                        "spec.containers.0.image", "neo4j:5.26.0-enterprise");
        assert_text(cluster, SETS, "db", "status.currentRevision", old);
        cluster_set_ready(cluster, name, true);
    }
    assert_string_not_equal(cluster_text(cluster, SETS, "db", "status.currentRevision"), old);
    assert_text(cluster, SETS, "db", "status.currentReplicas", "3");
    assert_text(cluster, SETS, "db", "status.updatedReplicas", "3");
}

TEST("a partition keeps the pods below it as they are, also when they come back") {
    static const char partition[] =
        "  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}\n";
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 2, "neo4j:5.26.0-enterprise", partition);
    cluster_set_ready(cluster, "db-0", true);
    cluster_set_ready(cluster, "db-1", true);

    apply_set(cluster, "Parallel", 2, "neo4j:5.26.1-enterprise", partition);
    cluster_set_ready(cluster, "db-1", true);
    assert_text(cluster, PODS, "db-1", "spec.containers.0.image", "neo4j:5.26.1-enterprise");
    cluster_delete(cluster, PODS, "db-0");
    cluster_run(cluster, 0);
    assert_text(cluster, PODS, "db-0", "spec.containers.0.image", "neo4j:5.26.0-enterprise");
}

TEST("a template that comes back is the old revision with a new number") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 1, "neo4j:5.26.0-enterprise", "  updateStrategy: {type: OnDelete}\n");
    const char *first = cluster_text(cluster, SETS, "db", "status.updateRevision");
    apply_set(cluster, "Parallel", 1, "neo4j:5.26.1-enterprise", "  updateStrategy: {type: OnDelete}\n");
    apply_set(cluster, "Parallel", 1, "neo4j:5.26.0-enterprise", "  updateStrategy: {type: OnDelete}\n");
    assert_text(cluster, SETS, "db", "status.updateRevision", first);
    assert_text(cluster, &KUBE_CONTROLLER_REVISIONS, first, "revision", "3");
}

TEST("history beyond the limit is forgotten, but never a revision that a pod has") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    static const char limit[] = "  updateStrategy: {type: OnDelete}\n  revisionHistoryLimit: 1\n";
    apply_set(cluster, "Parallel", 1, "neo4j:5.26.0-enterprise", limit);
    const char *first = revision_of(cluster, "db-0");
    for (int i = 1; i <= 4; i++)
        apply_set(cluster, "Parallel", 1, arena_printf(cluster->arena, "neo4j:5.26.%d-enterprise", i), limit);
    cluster_run(cluster, 1000);
    assert_non_null(cluster_get(cluster, &KUBE_CONTROLLER_REVISIONS, first));
    struct json *names = json_new_array(cluster->arena);
    struct text rest = text_from(cluster_names(cluster, &KUBE_CONTROLLER_REVISIONS));
    while (rest.data)
        json_append_string(cluster->arena, names,
                           arena_strndup(cluster->arena, text_cut(&rest, ' ').data, 1));
    assert_int_equal(json_length(names), 3); /* the pod's, the newest, and one that nobody has */
}

TEST("pods that were left behind are adopted by a set whose selector matches") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    struct json *set = apply_set(cluster, "Parallel", 2, "neo4j:5.26.0-enterprise", "");
    const char *uid = cluster_text(cluster, PODS, "db-0", "metadata.uid");
    struct error err = { 0 };
    assert_non_null(set);
    assert_true(kube_delete(cluster->kube, SETS, "default", "db", NULL, KUBE_ORPHAN, &err));
    cluster_run(cluster, 1000);
    assert_string_equal(cluster_names(cluster, PODS), "db-0 db-1");
    assert_text(cluster, PODS, "db-0", "metadata.ownerReferences.0.uid", "");

    apply_set(cluster, "Parallel", 2, "neo4j:5.26.0-enterprise", "");
    cluster_run(cluster, 1000);
    assert_text(cluster, PODS, "db-0", "metadata.uid", uid);
    assert_text(cluster, PODS, "db-0", "metadata.ownerReferences.0.uid",
                cluster_text(cluster, SETS, "db", "metadata.uid"));
}

TEST("a pod that has failed is made anew, and labels that identify it come back") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 1, "neo4j:5.26.0-enterprise", "");
    const char *uid = cluster_text(cluster, PODS, "db-0", "metadata.uid");
    cluster_patch(cluster, PODS, "db-0", NULL,
                  "{metadata: {labels: {'statefulset.kubernetes.io/pod-name': null}}}");
    cluster_run(cluster, 0);
    const struct json *labels = json_at(cluster_get(cluster, PODS, "db-0"), "metadata.labels");
    assert_string_equal(json_string(json_get(labels, "statefulset.kubernetes.io/pod-name"), ""), "db-0");

    cluster_patch(cluster, PODS, "db-0", "status", "{status: {phase: Failed}}");
    cluster_run(cluster, 0);
    assert_string_not_equal(cluster_text(cluster, PODS, "db-0", "metadata.uid"), uid);
    assert_non_null(strstr(cluster_events(cluster, "db", "RecreatingFailedPod"), "failed Pod db-0"));
}

TEST("a pod counts as available only after minReadySeconds") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 1, "neo4j:5.26.0-enterprise", "  minReadySeconds: 30\n");
    cluster_set_ready(cluster, "db-0", true);
    assert_text(cluster, SETS, "db", "status.readyReplicas", "1");
    assert_text(cluster, SETS, "db", "status.availableReplicas", "0");
    cluster_run(cluster, 29000);
    assert_text(cluster, SETS, "db", "status.availableReplicas", "0");
    cluster_run(cluster, 2000);
    assert_text(cluster, SETS, "db", "status.availableReplicas", "1");
}

TEST("ordinals start where the set says") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 2, "neo4j:5.26.0-enterprise", "  ordinals: {start: 5}\n");
    assert_string_equal(cluster_names(cluster, PODS), "db-5 db-6");
}

TEST("a set at rest writes nothing") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_set(cluster, "Parallel", 3, "neo4j:5.26.0-enterprise", "");
    for (int pod = 0; pod < 3; pod++)
        cluster_set_ready(cluster, arena_printf(cluster->arena, "db-%d", pod), true);
    cluster_run(cluster, 1000);
    int64_t version = store_version(api_store(cluster->api));
    cluster_run(cluster, 600000);
    assert_int_equal(store_version(api_store(cluster->api)), version);
}
