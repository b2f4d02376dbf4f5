#include "cluster.h"
#include "test.h"

/* Pods db-0 (ready) and db-1 (not) behind Service db. */
static void make(struct cluster *cluster, const char *service) {
    cluster_apply(
        cluster,
        arena_printf(cluster->arena,
                     "{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {%s selector: {app: "
                     "db}, ports: [{name: bolt, port: 7687, targetPort: driver}]}}",
                     service));
    cluster_apply(cluster,
                  "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {replicas: 2, "
                  "serviceName: db, podManagementPolicy: Parallel, selector: {matchLabels: {app: db}}, "
                  "template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: x, ports: "
                  "[{name: driver, containerPort: 17687}]}]}}}}");
    cluster_run(cluster, 0);
    cluster_set_ready(cluster, "db-0", true);
    cluster_set_ready(cluster, "db-1", false);
}

static const struct json *slice_of(struct cluster *cluster) {
    const char *name = cluster_names(cluster, &KUBE_ENDPOINT_SLICES);
    return cluster_get(cluster, &KUBE_ENDPOINT_SLICES, name);
}

TEST("a Service has its ready pods as addresses, the others as not ready") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    make(cluster, "");
    const struct json *endpoints = cluster_get(cluster, &KUBE_ENDPOINTS, "db");
    assert_string_equal(json_string_at(endpoints, "subsets.0.addresses.0.ip", ""), "127.64.9.1");
    assert_int_equal(json_length(json_at(endpoints, "subsets.0.addresses")), 1);
    assert_string_equal(json_string_at(endpoints, "subsets.0.notReadyAddresses.0.ip", ""), "127.64.9.2");
    assert_int_equal(json_integer_at(endpoints, "subsets.0.ports.0.port", 0), 17687);
    assert_string_equal(json_string_at(endpoints, "subsets.0.addresses.0.targetRef.name", ""), "db-0");

    const struct json *slice = slice_of(cluster);
    assert_string_equal(json_string_at(slice, "addressType", ""), "IPv4");
    assert_string_equal(json_string_at(slice, "metadata.ownerReferences.0.kind", ""), "Service");
    assert_string_equal(
        json_string(json_get(json_at(slice, "metadata.labels"), "kubernetes.io/service-name"), ""), "db");
    assert_true(json_bool_at(slice, "endpoints.0.conditions.ready", false));
    assert_false(json_bool_at(slice, "endpoints.1.conditions.ready", true));
    assert_false(json_bool_at(slice, "endpoints.1.conditions.terminating", true));
    assert_string_equal(json_string_at(slice, "endpoints.0.hostname", ""), "db-0");
}

TEST("a headless Service that publishes all has pods that are not ready as ready") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    make(cluster, "clusterIP: None, publishNotReadyAddresses: true,");
    const struct json *endpoints = cluster_get(cluster, &KUBE_ENDPOINTS, "db");
    assert_int_equal(json_length(json_at(endpoints, "subsets.0.addresses")), 2);
    assert_true(json_bool_at(slice_of(cluster), "endpoints.1.conditions.ready", false));
    assert_false(json_bool_at(slice_of(cluster), "endpoints.1.conditions.serving", true));
}

TEST("endpoints follow pods that come, get ready and go") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    make(cluster, "");
    cluster_set_ready(cluster, "db-1", true);
    assert_int_equal(json_length(json_at(cluster_get(cluster, &KUBE_ENDPOINTS, "db"), "subsets.0.addresses")),
                     2);
    cluster_patch(cluster, &KUBE_STATEFUL_SETS, "db", NULL, "{spec: {replicas: 0}}");
    cluster_run(cluster, 0);
    assert_null(json_at(cluster_get(cluster, &KUBE_ENDPOINTS, "db"), "subsets"));
    assert_int_equal(json_length(json_get(slice_of(cluster), "endpoints")), 0);
}

TEST("endpoints go with their Service") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    make(cluster, "");
    cluster_delete(cluster, &KUBE_SERVICES, "db");
    cluster_run(cluster, 1000);
    assert_null(cluster_get(cluster, &KUBE_ENDPOINTS, "db"));
    assert_string_equal(cluster_names(cluster, &KUBE_ENDPOINT_SLICES), "");
}

TEST("a load balancer answers at the address of its Service") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    make(cluster, "type: LoadBalancer,");
    assert_string_equal(cluster_text(cluster, &KUBE_SERVICES, "db", "status.loadBalancer.ingress.0.ip"),
                        cluster_text(cluster, &KUBE_SERVICES, "db", "spec.clusterIP"));
}
