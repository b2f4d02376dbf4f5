#include "cluster.h"
#include "test.h"

/* Nodes sandbox-0, -1, -2 in zones us-east-1a, b, c, with 64 CPUs each. */
static struct cluster *with_nodes(void) {
    struct cluster *cluster = cluster_new(true);
    cluster_run(cluster, 100);
    return cluster;
}

static void apply_pod(struct cluster *cluster, const char *name, const char *spec) {
    cluster_apply(cluster,
                  arena_printf(cluster->arena,
                               "{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: {app: db}}, spec: "
                               "{%s containers: [{name: c, image: x, resources: {requests: {cpu: 1}}}]}}",
                               name, spec));
    cluster_run(cluster, 10);
}

static const char *node_of(struct cluster *cluster, const char *pod) {
    return cluster_text(cluster, &KUBE_PODS, pod, "spec.nodeName");
}

TEST("a pod goes where its rules allow, or says in the scheduler's words why it can't") {
    static const struct {
        const char *when;
        const char *spec;
        const char *node; /* NULL: none */
        const char *why;
    } rows[] = {
        { "free choice", "", "sandbox-0", "" },
        { "a node selector", "nodeSelector: {topology.kubernetes.io/zone: us-east-1b},", "sandbox-1", "" },
        { "a selector that no node has", "nodeSelector: {disk: ssd},", NULL,
          "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. no new claims to "
          "deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling." },
        { "affinity to a node",
          "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
          "[{matchExpressions: [{key: kubernetes.io/hostname, operator: NotIn, values: [sandbox-0, "
          "sandbox-1]}]}]}}},",
          "sandbox-2", "" },
        { "a claim that is not there", "volumes: [{name: d, persistentVolumeClaim: {claimName: gone}}],",
          NULL, "0/3 nodes are available: persistentvolumeclaim \"gone\" not found. not found" },
        { "more than any node has",
          "initContainers: [{name: i, image: x, resources: {requests: {cpu: 65}}}],", NULL,
          "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes "
          "are available: 3 Preemption is not helpful for scheduling." },
        { "another scheduler's", "schedulerName: other,", NULL, "" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
        apply_pod(cluster, "p", rows[i].spec);
        const char *node = node_of(cluster, "p"), *why = cluster_events(cluster, "p", "FailedScheduling");
        if (strcmp(node, rows[i].node ? rows[i].node : "") || strcmp(why, rows[i].why))
            fail_msg("%s: on '%s', because '%s'", rows[i].when, node, why);
    }
}

TEST("pods that must not meet get a node each, and the one too many waits for room") {
    static const char apart[] =
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: "
        "{matchLabels: "
        "{app: db}}, topologyKey: kubernetes.io/hostname}]}},";
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    apply_pod(cluster, "a", apart);
    apply_pod(cluster, "b", apart);
    apply_pod(cluster, "c", apart);
    apply_pod(cluster, "d", apart);
    assert_string_equal(node_of(cluster, "a"), "sandbox-0");
    assert_string_equal(node_of(cluster, "b"), "sandbox-1");
    assert_string_equal(node_of(cluster, "c"), "sandbox-2");
    assert_string_equal(node_of(cluster, "d"), "");
    assert_non_null(strstr(cluster_events(cluster, "d", "FailedScheduling"),
                           "3 node(s) didn't match pod anti-affinity rules"));
    assert_string_equal(cluster_text(cluster, &KUBE_PODS, "d", "status.conditions.0.reason"),
                        "Unschedulable");
    cluster_delete(cluster, &KUBE_PODS, "b");
    cluster_run(cluster, 60000);
    assert_string_equal(node_of(cluster, "d"), "sandbox-1");
}

TEST("pods spread over zones within their skew") {
    static const char spread[] = "topologySpreadConstraints: [{maxSkew: 1, topologyKey: "
                                 "topology.kubernetes.io/zone, whenUnsatisfiable: "
                                 "DoNotSchedule, labelSelector: {matchLabels: {app: db}}}],";
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    cluster_patch(cluster, &KUBE_NODES, "sandbox-2", NULL, "{spec: {unschedulable: true}}");
    cluster_run(cluster, 10);
    apply_pod(cluster, "a", spread);
    apply_pod(cluster, "b", spread);
    apply_pod(cluster, "c", spread);
    assert_string_equal(node_of(cluster, "a"), "sandbox-0");
    assert_string_equal(node_of(cluster, "b"), "sandbox-1");
    assert_string_equal(node_of(cluster, "c"), "");
    assert_non_null(
        strstr(cluster_events(cluster, "c", "FailedScheduling"),
               "1 node(s) were unschedulable, 2 node(s) didn't match pod topology spread constraints"));
    cluster_patch(cluster, &KUBE_NODES, "sandbox-2", NULL, "{spec: {unschedulable: null}}");
    cluster_run(cluster, 10);
    assert_string_equal(node_of(cluster, "c"), "sandbox-2");
}

TEST("a tainted node takes only pods that tolerate it") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    for (int i = 0; i < 3; i++)
        cluster_patch(cluster, &KUBE_NODES, arena_printf(cluster->arena, "sandbox-%d", i), NULL,
                      "{spec: {taints: [{key: dedicated, value: neo4j, effect: NoSchedule}]}}");
    cluster_run(cluster, 10);
    apply_pod(cluster, "a", "");
    apply_pod(cluster, "b",
              "tolerations: [{key: dedicated, operator: Equal, value: neo4j, effect: NoSchedule}],");
    assert_non_null(
        strstr(cluster_events(cluster, "a", "FailedScheduling"), "3 node(s) had untolerated taint(s)"));
    assert_string_equal(node_of(cluster, "b"), "sandbox-0");
}

TEST("without any node a pod waits, and goes as soon as one is there") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    apply_pod(cluster, "a", "");
    assert_string_equal(cluster_events(cluster, "a", "FailedScheduling"),
                        "no nodes available to schedule pods");
    cluster_apply(cluster, "{apiVersion: v1, kind: Node, metadata: {name: late}}");
    cluster_patch(cluster, &KUBE_NODES, "late", "status",
                  "{status: {allocatable: {cpu: 4, memory: 8Gi, pods: 10}}}");
    cluster_run(cluster, 10);
    assert_string_equal(node_of(cluster, "a"), "late");
}
