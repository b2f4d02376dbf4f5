#include "cluster.h"
#include "test.h"

#define CLAIMS  &KUBE_PERSISTENT_VOLUME_CLAIMS
#define VOLUMES &KUBE_PERSISTENT_VOLUMES

static void apply_claim(struct cluster *cluster, const char *name, const char *class) {
    const char *yaml =
        arena_printf(cluster->arena,
                     "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: %s}, spec: "
                     "{accessModes: [ReadWriteOnce], %s resources: {requests: {storage: 1Gi}}}}",
                     name, class);
    cluster_apply(cluster, yaml);
    cluster_run(cluster, 0);
}

static void assert_text(struct cluster *cluster, const struct kube_resource *resource, const char *name,
                        const char *path, const char *expected) {
    assert_string_equal(cluster_text(cluster, resource, name, path), expected);
}

TEST("a claim without a class gets the default one and a volume of its size") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_claim(cluster, "data", "");
    assert_text(cluster, CLAIMS, "data", "status.phase", "Bound");
    assert_text(cluster, CLAIMS, "data", "spec.storageClassName", "standard");
    assert_text(cluster, CLAIMS, "data", "status.capacity.storage", "1Gi");
    const char *volume = cluster_text(cluster, CLAIMS, "data", "spec.volumeName");
    assert_string_equal(cluster_names(cluster, VOLUMES), volume);
    assert_text(cluster, VOLUMES, volume, "status.phase", "Bound");
    assert_text(cluster, VOLUMES, volume, "spec.claimRef.name", "data");
    assert_text(cluster, VOLUMES, volume, "spec.persistentVolumeReclaimPolicy", "Delete");
}

TEST("a claim of a class that does not exist stays pending, says so, and binds when the class comes") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_claim(cluster, "data", "storageClassName: golden,");
    cluster_run(cluster, 60000);
    assert_text(cluster, CLAIMS, "data", "status.phase", "Pending");
    assert_string_equal(cluster_events(cluster, "data", "ProvisioningFailed"),
                        "storageclass.storage.k8s.io \"golden\" not found");
    cluster_apply(cluster, "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: golden}, "
                           "provisioner: sandbox.neo4j.com/memory}");
    cluster_run(cluster, 0);
    assert_text(cluster, CLAIMS, "data", "status.phase", "Bound");
}

TEST("a claim of the empty class waits for a volume that somebody makes, and takes the smallest that fits") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    static const char volume[] =
        "{apiVersion: v1, kind: PersistentVolume, metadata: {name: %s}, spec: {capacity: {storage: %s}, "
        "accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Retain, hostPath: {path: /x}}}";
    static const struct {
        const char *name, *size;
    } volumes[] = { { "a-large", "9Gi" }, { "b-small", "512Mi" }, { "c-right", "1Gi" } };
    apply_claim(cluster, "data", "storageClassName: '',");
    assert_text(cluster, CLAIMS, "data", "status.phase", "Pending");
    assert_non_null(strstr(cluster_events(cluster, "data", "FailedBinding"), "no storage class is set"));
    for (size_t i = 0; i < ARRAY_LENGTH(volumes); i++) {
        CLEANUP_BUFFER struct buffer yaml = { 0 };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        buffer_printf(&yaml, volume, volumes[i].name, volumes[i].size);
#pragma GCC diagnostic pop
        cluster_apply(cluster, buffer_string(&yaml));
    }
    cluster_run(cluster, 0);
    assert_text(cluster, CLAIMS, "data", "spec.volumeName", "c-right");
    assert_text(cluster, VOLUMES, "a-large", "status.phase", "Available");

    cluster_delete(cluster, CLAIMS, "data");
    cluster_run(cluster, 0);
    assert_text(cluster, VOLUMES, "c-right", "status.phase", "Released");
}

TEST("a late class binds only once a pod has a node for the claim") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(true);
    cluster_run(cluster, 100);
    apply_claim(cluster, "data", "storageClassName: standard-late,");
    cluster_run(cluster, 60000);
    assert_text(cluster, CLAIMS, "data", "status.phase", "Pending");
    assert_non_null(strstr(cluster_events(cluster, "data", "WaitForFirstConsumer"), "first consumer"));
    cluster_apply(
        cluster,
        "{apiVersion: v1, kind: Pod, metadata: {name: user}, spec: {containers: [{name: c, image: x}], "
        "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]}}");
    cluster_run(cluster, 100);
    assert_text(cluster, CLAIMS, "data", "status.phase", "Bound");
    assert_string_not_equal(cluster_text(cluster, &KUBE_PODS, "user", "spec.nodeName"), "");
}

TEST("a bound claim grows with its request") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_claim(cluster, "data", "");
    cluster_patch(cluster, CLAIMS, "data", NULL, "{spec: {resources: {requests: {storage: 5Gi}}}}");
    cluster_run(cluster, 0);
    assert_text(cluster, CLAIMS, "data", "status.capacity.storage", "5Gi");
    assert_text(cluster, VOLUMES, cluster_text(cluster, CLAIMS, "data", "spec.volumeName"),
                "spec.capacity.storage", "5Gi");
}

TEST("a claim that a pod uses goes only after the pod, and its volume with it") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_claim(cluster, "data", "");
    cluster_apply(
        cluster,
        "{apiVersion: v1, kind: Pod, metadata: {name: user}, spec: {containers: [{name: c, image: x}], "
        "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]}}");
    cluster_run(cluster, 0);
    cluster_delete(cluster, CLAIMS, "data");
    cluster_run(cluster, 60000);
    assert_string_equal(cluster_names(cluster, CLAIMS), "data");
    cluster_delete(cluster, &KUBE_PODS, "user");
    cluster_run(cluster, 1000);
    assert_string_equal(cluster_names(cluster, CLAIMS), "");
    assert_string_equal(cluster_names(cluster, VOLUMES), "");
}

TEST("a bound claim whose volume was taken away is lost") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_claim(cluster, "data", "");
    const char *volume = cluster_text(cluster, CLAIMS, "data", "spec.volumeName");
    cluster_delete(cluster, VOLUMES, volume);
    cluster_run(cluster, 1000);
    assert_text(cluster, CLAIMS, "data", "status.phase", "Bound"); /* protected while the claim is there */
    cluster_patch(cluster, VOLUMES, volume, NULL, "{metadata: {finalizers: null}}");
    cluster_run(cluster, 0);
    assert_text(cluster, CLAIMS, "data", "status.phase", "Lost");
}
