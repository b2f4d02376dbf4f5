#include "sim/node/node_internal.h"
#include "sim/workloads/cluster.h"
#include "test.h"

/* Pods db-0 (ready) and db-1 (not) behind headless "db", headless "all" that publishes both, and "front". */
static struct cluster *with_services(void) {
    struct cluster *cluster = cluster_new(true);
    cluster_run(cluster, 100);
    cluster_apply(
        cluster,
        "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {clusterIP: None, selector: {app: db}, "
        "ports: [{name: bolt, port: 7687}]}\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata: {name: all, labels: {kind: member}}\nspec: {clusterIP: "
        "None, publishNotReadyAddresses: true, selector: {app: db}, ports: [{name: cluster, port: "
        "6000}]}\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata: {name: front}\nspec: {selector: {app: db}, ports: "
        "[{name: bolt, port: 17687, targetPort: 7687}]}\n");
    for (int i = 0; i < 2; i++)
        cluster_apply(
            cluster,
            arena_printf(
                cluster->arena,
                "{apiVersion: v1, kind: Pod, metadata: {name: db-%d, labels: {app: db}}, spec: {hostname: "
                "db-%d, subdomain: all, containers: [{name: c, image: busybox, readinessProbe: "
                "{tcpSocket: {port: 7687}}}]}}",
                i, i));
    cluster_run(cluster, 10);
    return cluster;
}

/* The kubelet can't pull busybox here, so readiness is what the test writes. */
static void set_slices(struct cluster *cluster) {
    cluster_run(cluster, 200);
}

static const char *ask(struct cluster *cluster, const char *name, bool is_srv) {
    struct neo4j_resolver resolver = node_resolver(cluster->node);
    struct json *answer =
        (is_srv ? resolver.resolve_srv : resolver.resolve)(resolver.context, cluster->arena, name);
    return json_print(cluster->arena, answer);
}

TEST("answers names of Services and of pods behind headless ones") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_services();
    set_slices(cluster);
    static const struct {
        const char *name, *answer;
    } rows[] = {
        { "all.default.svc.cluster.local", "[\"127.64.0.1\",\"127.64.0.2\"]" },
        { "all.default.svc.cluster.local.", "[\"127.64.0.1\",\"127.64.0.2\"]" },
        { "all.default.svc", "[\"127.64.0.1\",\"127.64.0.2\"]" },
        { "all.default", "[\"127.64.0.1\",\"127.64.0.2\"]" },
        { "db-1.all.default.svc.cluster.local", "[\"127.64.0.2\"]" },
        { "127-64-0-1.all.default.svc.cluster.local", "[]" }, /* it has a better name */
        { "db-7.all.default.svc.cluster.local", "[]" },
        { "all.other.svc.cluster.local", "[]" },
        { "db.default.svc.cluster.local", "[]" },         /* none is ready */
        { "db-0.front.default.svc.cluster.local", "[]" }, /* not headless */
        { "neo4j.com", "[]" },
        { "", "[]" },
        { "a.b.c.d.e.f.g.h.i.j", "[]" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *answer = ask(cluster, rows[i].name, false);
        if (strcmp(answer, rows[i].answer))
            fail_msg("%s: %s, not %s", rows[i].name, answer, rows[i].answer);
    }
}

TEST("answers SRV questions for named ports, and lists Services by label") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_services();
    set_slices(cluster);
    assert_string_equal(ask(cluster, "_cluster._tcp.all.default.svc.cluster.local", true),
                        "[{\"target\":\"db-0.all.default.svc.cluster.local\",\"port\":6000},"
                        "{\"target\":\"db-1.all.default.svc.cluster.local\",\"port\":6000}]");
    assert_string_equal(ask(cluster, "_bolt._tcp.front.default.svc.cluster.local", true),
                        "[{\"target\":\"front.default.svc.cluster.local\",\"port\":17687}]");
    assert_string_equal(ask(cluster, "_bolt._tcp.all.default.svc.cluster.local", true), "[]");
    assert_string_equal(ask(cluster, "_bolt._udp.front.default.svc.cluster.local", true), "[]");

    struct neo4j_resolver resolver = node_resolver(cluster->node);
    struct json *found =
        resolver.list_services(resolver.context, cluster->arena, "default", "kind=member", "cluster");
    assert_string_equal(json_print(cluster->arena, found),
                        "[{\"target\":\"all.default.svc.cluster.local\",\"port\":6000}]");
}
