#include "cluster.h"
#include "sim/component/object.h"
#include "sim/node/faults.h"
#include "test.h"

#define PODS  &KUBE_PODS
#define NODES &KUBE_NODES

static const char member[] = "sandbox-0";

/* A set of one whose pod runs on the member, behind a Service. */
static struct cluster *with_set(const char *more) {
    struct cluster *cluster = cluster_new(true);

    cluster_run(cluster, 100);
    cluster_patch(cluster, NODES, "sandbox-1", NULL, "{spec: {unschedulable: true}}");
    cluster_patch(cluster, NODES, "sandbox-2", NULL, "{spec: {unschedulable: true}}");
    cluster_run(cluster, 0);
    cluster_apply(cluster,
                  "{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {selector: {app: db}, ports: "
                  "[{name: bolt, port: 7687}]}}");
    cluster_apply(
        cluster,
        arena_printf(cluster->arena,
                     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {replicas: 1, "
                     "serviceName: db, selector: {matchLabels: {app: db}}, template: {metadata: {labels: "
                     "{app: db}}, spec: {%s containers: [{name: c, image: "
                     "'neo4j/neo4j-admin:5.26.0-enterprise'}]}}}}",
                     more));
    cluster_run(cluster, 2000);
    cluster_patch(cluster, NODES, "sandbox-1", NULL, "{spec: {unschedulable: null}}");
    cluster_patch(cluster, NODES, "sandbox-2", NULL, "{spec: {unschedulable: null}}");
    cluster_run(cluster, 0);
    assert_string_equal(cluster_text(cluster, PODS, "db-0", "spec.nodeName"), member);
    return cluster;
}

static const char *condition(struct cluster *cluster, const struct kube_resource *resource, const char *name,
                             const char *type) {
    const struct json *object = cluster_get(cluster, resource, name);
    const struct json *found = object ? object_condition(object, type) : NULL;

    return found ? json_string_at(found, "status", "") : "";
}

/* "key:effect key:effect", without the domain. */
static const char *taints(struct cluster *cluster, const char *name) {
    const char *all = "";

    JSON_FOR_EACH_ITEM (taint, json_at(cluster_get(cluster, NODES, name), "spec.taints")) {
        const char *slash = strchr(json_string_at(taint, "key", "/"), '/');
        all = arena_printf(cluster->arena, "%s%s%s:%s", all, *all ? " " : "", slash + 1,
                           json_string_at(taint, "effect", ""));
    }
    return all;
}

static bool is_terminating(struct cluster *cluster, const char *pod) {
    return object_is_deleting(cluster_get(cluster, PODS, pod));
}

static const char *uid(struct cluster *cluster) {
    return cluster_text(cluster, PODS, "db-0", "metadata.uid");
}

static size_t endpoints(struct cluster *cluster) {
    return json_length(json_at(cluster_get(cluster, &KUBE_ENDPOINTS, "db"), "subsets.0.addresses"));
}

TEST("a node that is silent for 50 s is unknown, its pods are not ready, and no Service leads to them") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set("");

    assert_int_equal(endpoints(cluster), 1);
    node_set_power(cluster->node, member, false);
    cluster_run(cluster, 40000);
    assert_string_equal(condition(cluster, NODES, member, "Ready"), "True");
    assert_string_equal(condition(cluster, PODS, "db-0", "Ready"), "True");
    cluster_run(cluster, 16000);
    static const char *const types[] = { "Ready", "MemoryPressure", "DiskPressure", "PIDPressure" };
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        assert_string_equal(condition(cluster, NODES, member, types[i]), "Unknown");
    assert_string_equal(taints(cluster, member), "unreachable:NoSchedule unreachable:NoExecute");
    assert_string_equal(condition(cluster, PODS, "db-0", "Ready"), "False");
    assert_string_equal(condition(cluster, PODS, "db-0", "ContainersReady"),
                        "True"); /* nobody knows better */
    assert_int_equal(endpoints(cluster), 0);
    assert_string_equal(cluster_events(cluster, "db-0", "NodeNotReady"), "Node is not ready");
    assert_string_equal(cluster_events(cluster, member, "NodeNotReady"),
                        "Node sandbox-0 status is now: NodeNotReady");
    assert_string_equal(taints(cluster, "sandbox-1"), "");

    node_set_power(cluster->node, member, true);
    cluster_run(cluster, 2000);
    assert_string_equal(condition(cluster, NODES, member, "Ready"), "True");
    assert_string_equal(taints(cluster, member), "");
    assert_string_equal(condition(cluster, PODS, "db-0", "Ready"), "True");
    assert_int_equal(endpoints(cluster), 1);
}

TEST("a kubelet that was cut off finds its pod as it was, and says that it is ready") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set("");
    const char *before = uid(cluster);

    node_set_kubelet(cluster->node, member, false);
    cluster_run(cluster, 120000);
    assert_string_equal(condition(cluster, PODS, "db-0", "Ready"), "False");
    node_set_kubelet(cluster->node, member, true);
    cluster_run(cluster, 100);
    assert_string_equal(condition(cluster, PODS, "db-0", "Ready"), "True");
    assert_string_equal(uid(cluster), before);
    assert_string_equal(cluster_text(cluster, PODS, "db-0", "status.containerStatuses.0.restartCount"), "0");
    assert_string_equal(cluster_events(cluster, "db-0", "TaintManagerEviction"),
                        "Cancelling deletion of Pod default/db-0");
}

TEST("a pod of a dead node is deleted after 300 s, and stays Terminating until the node is back") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set("");
    const char *before = uid(cluster);

    node_set_power(cluster->node, member, false);
    cluster_run(cluster, 340000);
    assert_false(is_terminating(cluster, "db-0"));
    cluster_run(cluster, 20000);
    assert_true(is_terminating(cluster, "db-0"));
    assert_string_equal(condition(cluster, PODS, "db-0", "DisruptionTarget"), "True");
    cluster_run(cluster, 3600000);
    assert_string_equal(uid(cluster), before); /* a set never has two of the same name */
    node_set_power(cluster->node, member, true);
    cluster_run(cluster, 5000);
    assert_string_not_equal(uid(cluster), before);
    assert_string_equal(condition(cluster, PODS, "db-0", "Ready"), "True");
}

TEST("tolerationSeconds of the pod decide when it goes, and without end it never does") {
    static const struct {
        const char *tolerations;
        int after_ms; /* 0: never */
    } rows[] = {
        { "tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, "
          "tolerationSeconds: 30}],",
          30000 },
        { "tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute}],", 0 },
        { "tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoSchedule}],",
          300000 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set(rows[i].tolerations);
        node_set_power(cluster->node, member, false);
        for (int ms = 0; ms < 60000 && !*taints(cluster, member); ms += 1000)
            cluster_run(cluster, 1000);
        cluster_run(cluster, rows[i].after_ms ? rows[i].after_ms - 2000 : 3600000);
        assert_false(is_terminating(cluster, "db-0"));
        cluster_run(cluster, 3000);
        assert_int_equal(is_terminating(cluster, "db-0"), rows[i].after_ms != 0);
    }
}

TEST("a pod that is deleted by force is made again on another node while its own is dead") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set("");
    const char *before = uid(cluster);

    node_set_power(cluster->node, member, false);
    cluster_run(cluster, 60000);
    cluster_finish_deletion(cluster, "db-0");
    cluster_run(cluster, 5000);
    assert_string_not_equal(uid(cluster), before);
    assert_string_not_equal(cluster_text(cluster, PODS, "db-0", "spec.nodeName"), member);
    assert_string_equal(condition(cluster, PODS, "db-0", "Ready"), "True");
}

TEST("pods of a node that was deleted go after the quarantine") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set("");
    const char *before = uid(cluster);

    node_set_power(cluster->node, member, false);
    cluster_run(cluster, 60000);
    cluster_delete(cluster, NODES, member);
    cluster_run(cluster, 38000);
    assert_string_equal(uid(cluster), before);
    cluster_run(cluster, 25000);
    assert_string_not_equal(uid(cluster), before);
    assert_string_not_equal(cluster_text(cluster, PODS, "db-0", "spec.nodeName"), member);
    node_set_power(cluster->node, member, true);
    cluster_run(cluster, 1000);
    assert_string_equal(condition(cluster, NODES, member, "Ready"), "True");
    assert_string_equal(cluster_names(cluster, PODS), "db-0");
}

TEST("out-of-service lets go of the pods of a node that is dead, but not of one that lives") {
    static const char taint[] = "{spec: {taints: [{key: node.kubernetes.io/out-of-service, value: "
                                "nodeshutdown, effect: NoExecute}]}}";
    static const bool is_dead[] = { true, false };

    for (size_t i = 0; i < ARRAY_LENGTH(is_dead); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set("");
        const char *before = uid(cluster);
        if (is_dead[i]) {
            node_set_power(cluster->node, member, false);
            cluster_run(cluster, 60000);
        }
        cluster_patch(cluster, NODES, member, NULL, taint);
        cluster_run(cluster, 0);
        if (is_dead[i])
            assert_true(is_terminating(cluster, "db-0"));
        cluster_run(cluster, 32000);
        assert_string_not_equal(uid(cluster), before);
        assert_string_not_equal(cluster_text(cluster, PODS, "db-0", "spec.nodeName"), member);
        assert_non_null(strstr(taints(cluster, member), "out-of-service:NoExecute"));
    }
}

TEST("when no node is heard of, none is emptied") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set("");
    static const char *const all[] = { "sandbox-0", "sandbox-1", "sandbox-2" };

    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        node_set_power(cluster->node, all[i], false);
    cluster_run(cluster, 600000);
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        assert_string_equal(taints(cluster, all[i]), "unreachable:NoSchedule");
    assert_false(is_terminating(cluster, "db-0"));
    node_set_power(cluster->node, "sandbox-1", true);
    cluster_run(cluster, 1000);
    assert_string_equal(taints(cluster, "sandbox-1"), "");
    assert_string_equal(taints(cluster, member), "unreachable:NoSchedule unreachable:NoExecute");
    cluster_run(cluster, 302000);
    assert_true(is_terminating(cluster, "db-0"));
}

TEST("a pod that no node took while all were silent is bound once one is heard of again") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set("");
    static const char *const all[] = { "sandbox-0", "sandbox-1", "sandbox-2" };

    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        node_set_power(cluster->node, all[i], false);
    cluster_run(cluster, 60000);
    cluster_finish_deletion(cluster, "db-0");
    cluster_run(cluster, 60000);
    assert_string_equal(condition(cluster, PODS, "db-0", "PodScheduled"), "False");
    node_set_power(cluster->node, "sandbox-1", true);
    cluster_run(cluster, 5000);
    assert_string_equal(cluster_text(cluster, PODS, "db-0", "spec.nodeName"), "sandbox-1");
    assert_string_equal(condition(cluster, PODS, "db-0", "Ready"), "True");
}

TEST("a user's taint with NoExecute empties a node at once, or when tolerations end") {
    static const struct {
        const char *tolerations;
        int after_ms;
    } rows[] = { { "", 0 },
                 { "tolerations: [{key: gpu, operator: Exists, effect: NoExecute, tolerationSeconds: 20}],",
                   20000 } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set(rows[i].tolerations);
        const char *before = uid(cluster);
        cluster_patch(cluster, NODES, member, NULL, "{spec: {taints: [{key: gpu, effect: NoExecute}]}}");
        if (rows[i].after_ms) {
            cluster_run(cluster, rows[i].after_ms - 1000);
            assert_string_equal(uid(cluster), before);
        }
        cluster_run(cluster, 5000);
        assert_string_not_equal(uid(cluster), before);
        if (!rows[i].after_ms)
            assert_string_not_equal(cluster_text(cluster, PODS, "db-0", "spec.nodeName"), member);
    }
}

TEST("a node that is cordoned has the taint that says so, beside those of others") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_set("");

    cluster_patch(cluster, NODES, member, NULL,
                  "{spec: {unschedulable: true, taints: [{key: example.com/mine, effect: NoSchedule}]}}");
    cluster_run(cluster, 0);
    assert_string_equal(taints(cluster, member), "mine:NoSchedule unschedulable:NoSchedule");
    cluster_patch(cluster, NODES, member, NULL, "{spec: {unschedulable: null}}");
    cluster_run(cluster, 0);
    assert_string_equal(taints(cluster, member), "mine:NoSchedule");
}

TEST("a node that was declared, and never spoke, is unknown after 60 s") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(true);

    cluster_apply(cluster, "{apiVersion: v1, kind: Node, metadata: {name: paper}}");
    cluster_run(cluster, 55000);
    assert_string_equal(condition(cluster, NODES, "paper", "Ready"), "");
    cluster_run(cluster, 11000);
    assert_string_equal(condition(cluster, NODES, "paper", "Ready"), "Unknown");
    assert_string_equal(taints(cluster, "paper"), "unreachable:NoSchedule unreachable:NoExecute");
}
