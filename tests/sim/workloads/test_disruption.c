#include "cluster.h"
#include "test.h"

#define BUDGETS &KUBE_POD_DISRUPTION_BUDGETS

static void make_pods(struct cluster *cluster, int replicas, int ready) {
    cluster_apply(
        cluster,
        arena_printf(cluster->arena,
                     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {replicas: %d, "
                     "serviceName: db, podManagementPolicy: Parallel, selector: {matchLabels: {app: db}}, "
                     "template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: x}]}}}}",
                     replicas));
    cluster_run(cluster, 0);
    for (int i = 0; i < ready; i++)
        cluster_set_ready(cluster, arena_printf(cluster->arena, "db-%d", i), true);
}

TEST("a budget allows what its bound leaves over") {
    static const struct {
        const char *when;
        const char *bound;
        int replicas, ready;
        const char *allowed, *desired, *expected;
    } rows[] = {
        { "all ready, one may go", "maxUnavailable: 1", 3, 3, "1", "2", "3" },
        { "one down already", "maxUnavailable: 1", 3, 2, "0", "2", "3" },
        { "two down", "maxUnavailable: 1", 3, 1, "0", "2", "3" },
        { "percent, rounded up", "maxUnavailable: 50%", 3, 3, "2", "1", "3" },
        { "a minimum", "minAvailable: 2", 3, 3, "1", "2", "3" },
        { "a minimum in percent", "minAvailable: 50%", 3, 3, "1", "2", "3" },
        { "a minimum above all", "minAvailable: 9", 3, 3, "0", "9", "3" },
        { "more may be missing than there are", "maxUnavailable: 9", 3, 1, "1", "0", "3" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
        make_pods(cluster, rows[i].replicas, rows[i].ready);
        cluster_apply(
            cluster,
            arena_printf(cluster->arena,
                         "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: db}, spec: "
                         "{%s, selector: {matchLabels: {app: db}}}}",
                         rows[i].bound));
        cluster_run(cluster, 0);
        const char *allowed = cluster_text(cluster, BUDGETS, "db", "status.disruptionsAllowed");
        if (strcmp(allowed, rows[i].allowed))
            fail_msg("%s: %s disruptions allowed, not %s", rows[i].when, allowed, rows[i].allowed);
        assert_string_equal(cluster_text(cluster, BUDGETS, "db", "status.desiredHealthy"), rows[i].desired);
        assert_string_equal(cluster_text(cluster, BUDGETS, "db", "status.expectedPods"), rows[i].expected);
        assert_string_equal(cluster_text(cluster, BUDGETS, "db", "status.observedGeneration"), "1");
    }
}

TEST("an eviction is granted once, and again only when the pods are back") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(false);
    struct error err = { 0 };
    make_pods(cluster, 3, 3);
    cluster_apply(cluster, "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: db}, spec: "
                           "{maxUnavailable: 1, selector: {matchLabels: {app: db}}}}");
    cluster_run(cluster, 0);
    assert_true(kube_evict(cluster->kube, "default", "db-0", NULL, &err));
    assert_false(
        kube_evict(cluster->kube, "default", "db-1", NULL, &err)); /* before any controller has looked */
    cluster_run(cluster, 0);
    assert_false(kube_evict(cluster->kube, "default", "db-1", NULL, &err));
    assert_int_equal(err.kind, ERROR_THROTTLED);
    cluster_set_ready(cluster, "db-0", true);
    assert_true(kube_evict(cluster->kube, "default", "db-1", NULL, &err));
}
