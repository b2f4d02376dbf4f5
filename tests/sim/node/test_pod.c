#include "sim/workloads/cluster.h"
#include "test.h"

#define PODS &KUBE_PODS

static struct cluster *with_nodes(void) {
    struct cluster *cluster = cluster_new(true);
    cluster_run(cluster, 100);
    return cluster;
}

static const char server[] =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: db}\nspec:\n  enableServiceLinks: false\n"
    "  containers:\n    - name: neo4j\n      image: neo4j:5.26.0-enterprise\n"
    "      env: [{name: NEO4J_ACCEPT_LICENSE_AGREEMENT, value: 'yes'}, {name: NEO4J_AUTH, value: "
    "neo4j/a-long-password}, "
    "{name: NEO4J_dbms_cluster_discovery_version, value: V2_ONLY}, "
    "{name: NEO4J_dbms_cluster_minimum__initial__system__primaries__count, value: '1'}]\n"
    "      readinessProbe: {tcpSocket: {port: 7687}, periodSeconds: 1}\n";

static const char *text(struct cluster *cluster, const char *path) {
    return cluster_text(cluster, PODS, "db", path);
}

static const char *condition(struct cluster *cluster, const char *type) {
    JSON_FOR_EACH_ITEM (item, json_at(cluster_get(cluster, PODS, "db"), "status.conditions")) {
        if (str_equal(json_string_at(item, "type", NULL), type))
            return json_string_at(item, "status", "");
    }
    return "";
}

TEST("a pod that runs has addresses, times, class and conditions") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    cluster_apply(cluster, server);
    cluster_run(cluster, 5000);
    assert_string_equal(text(cluster, "status.phase"), "Running");
    assert_string_equal(text(cluster, "status.podIP"), "127.64.0.1");
    assert_string_equal(text(cluster, "status.podIPs.0.ip"), "127.64.0.1");
    assert_string_equal(text(cluster, "status.hostIP"), "10.0.0.1");
    assert_string_equal(text(cluster, "status.startTime"), "2026-01-01T00:00:00Z");
    assert_string_equal(text(cluster, "status.qosClass"), "BestEffort");
    assert_non_null(strstr(text(cluster, "status.containerStatuses.0.imageID"), "@sha256:"));
    const char *const conditions[] = { "PodScheduled", "PodReadyToStartContainers", "Initialized",
                                       "ContainersReady", "Ready" };
    for (size_t i = 0; i < ARRAY_LENGTH(conditions); i++)
        assert_string_equal(condition(cluster, conditions[i]), "True");
}

TEST("a readiness gate holds the pod back until somebody opens it") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    cluster_apply(cluster, arena_printf(cluster->arena,
                                        "%s  readinessGates: [{conditionType: example.com/ok}]\n", server));
    cluster_run(cluster, 5000);
    assert_string_equal(condition(cluster, "ContainersReady"), "True");
    assert_string_equal(condition(cluster, "Ready"), "False");
    struct json *object = json_copy(cluster->arena, cluster_get(cluster, PODS, "db"));
    struct json *open = json_append_object(cluster->arena, json_at(object, "status.conditions"));
    json_set_string(cluster->arena, open, "type", "example.com/ok");
    json_set_string(cluster->arena, open, "status", "True");
    cluster_patch(cluster, PODS, "db", "status",
                  arena_printf(cluster->arena, "{\"status\":{\"conditions\":%s}}",
                               json_print(cluster->arena, json_at(object, "status.conditions"))));
    cluster_run(cluster, 10);
    assert_string_equal(condition(cluster, "Ready"), "True");
    assert_string_equal(condition(cluster, "example.com/ok"), "True");
}

TEST("a missing ConfigMap of a volume is told, and mounted when it is there") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    cluster_apply(cluster, arena_printf(cluster->arena,
                                        "%s  volumes: [{name: conf, configMap: {name: late}}]\n", server));
    cluster_run(cluster, 3000);
    assert_string_equal(text(cluster, "status.phase"), "Pending");
    assert_string_equal(text(cluster, "status.containerStatuses.0.state.waiting.reason"),
                        "ContainerCreating");
    assert_non_null(strstr(cluster_events(cluster, "db", "FailedMount"),
                           "MountVolume.SetUp failed for volume \"conf\" : configmap \"late\" not found ×"));
    cluster_apply(cluster, "{apiVersion: v1, kind: ConfigMap, metadata: {name: late}, data: {a: b}}");
    cluster_run(cluster, 5000);
    assert_string_equal(condition(cluster, "Ready"), "True");
}

TEST("a deleted pod stops in order, and goes when its containers have") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    cluster_apply(cluster, server);
    cluster_run(cluster, 5000);
    assert_int_equal(json_length(cluster->opened), 2);
    cluster_delete(cluster, PODS, "db");
    cluster_run(cluster, 0);
    assert_non_null(cluster_get(cluster, PODS, "db"));
    assert_string_equal(cluster_events(cluster, "db", "Killing"), "Stopping container neo4j");
    cluster_run(cluster, 30000);
    assert_null(cluster_get(cluster, PODS, "db"));
    assert_int_equal(json_length(cluster->opened), 0);
}

TEST("a pod that is deleted by force is gone at once, with its sockets") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    cluster_apply(cluster, server);
    cluster_run(cluster, 5000);
    cluster_finish_deletion(cluster, "db");
    assert_null(cluster_get(cluster, PODS, "db"));
    assert_int_equal(json_length(cluster->opened), 0);
}

TEST("an address comes back only after all others were given out") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    for (int i = 1; i <= 3; i++) {
        cluster_apply(cluster, server);
        cluster_run(cluster, 5000);
        assert_string_equal(text(cluster, "status.podIP"), arena_printf(cluster->arena, "127.64.0.%d", i));
        cluster_finish_deletion(cluster, "db");
    }
}

TEST("a pod whose containers end for good is over") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    cluster_apply(
        cluster,
        "{apiVersion: v1, kind: Pod, metadata: {name: db}, spec: {restartPolicy: Never, enableServiceLinks: "
        "false, containers: [{name: neo4j, image: 'neo4j:5.26.0-enterprise'}]}}");
    cluster_run(cluster, 5000);
    assert_string_equal(text(cluster, "status.phase"), "Failed"); /* the licence was not accepted */
    assert_string_equal(text(cluster, "status.containerStatuses.0.state.terminated.exitCode"), "1");
    cluster_delete(cluster, PODS, "db");
    cluster_run(cluster, 100);
    assert_null(cluster_get(cluster, PODS, "db"));
}

TEST("nodes register with zones and capacity, and renew their leases") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    assert_string_equal(cluster_names(cluster, &KUBE_NODES), "sandbox-0 sandbox-1 sandbox-2");
    const struct json *labels = json_at(cluster_get(cluster, &KUBE_NODES, "sandbox-1"), "metadata.labels");
    assert_string_equal(json_string(json_get(labels, "topology.kubernetes.io/zone"), ""), "us-east-1b");
    struct json *lease;
    struct error err = { 0 };
    assert_true(
        kube_get(cluster->kube, cluster->arena, &KUBE_LEASES, "kube-node-lease", "sandbox-1", &lease, &err));
    const char *first = json_string_at(lease, "spec.renewTime", "");
    cluster_run(cluster, 10500);
    assert_true(
        kube_get(cluster->kube, cluster->arena, &KUBE_LEASES, "kube-node-lease", "sandbox-1", &lease, &err));
    assert_string_not_equal(json_string_at(lease, "spec.renewTime", ""), first);
    cluster_delete(cluster, &KUBE_NODES, "sandbox-1");
    cluster_run(cluster, 1000);
    assert_string_equal(cluster_names(cluster, &KUBE_NODES), "sandbox-0 sandbox-1 sandbox-2");
}

TEST("a kubelet that starts anew runs its pods again, and says that their containers restarted") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    cluster_apply(cluster, server);
    cluster_run(cluster, 5000);
    const char *uid = text(cluster, "metadata.uid");
    cluster_restart_nodes(cluster);
    cluster_run(cluster, 5000);
    assert_string_equal(text(cluster, "metadata.uid"), uid);
    assert_string_equal(text(cluster, "status.containerStatuses.0.restartCount"), "1");
    assert_string_equal(condition(cluster, "Ready"), "True");
    assert_int_equal(json_length(cluster->opened), 2);
}

TEST("refuses ranges and counts that can't be") {
    static const struct {
        const char *range;
        unsigned count;
    } rows[] = { { "10.244.0.0", 1 }, { "10.244.0.0/33", 1 }, { "10.244.0.0/29", 1 },
                 { "x/16", 1 },       { "10.244.0.0/16", 0 }, { "10.244.0.0/16", 65 } };
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct error err = { 0 };
        struct node *node;
        assert_false(node_new(cluster->kube,
                              &(struct node_options){ .clock = &cluster_clock,
                                                      .count = rows[i].count,
                                                      .pod_range = rows[i].range },
                              &node, &err));
        assert_int_equal(err.kind, ERROR_INVALID);
    }
}
