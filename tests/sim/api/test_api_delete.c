#include "server.h"

#include "test.h"

#define CORE    "/api/v1/namespaces/default/"
#define CONFIG  CORE "configmaps"
#define PODS    CORE "pods"
#define BUDGETS "/apis/policy/v1/namespaces/default/poddisruptionbudgets"

static const char *create_owned(struct server *server, const char *name, const char *owner, bool blocks) {
    const char *owners =
        owner ? arena_printf(server->arena,
                             ", ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: o, uid: %s, "
                             "blockOwnerDeletion: %s}]",
                             owner, blocks ? "true" : "false")
              : "";
    server_expect(server, 201, "POST " CONFIG,
                  arena_printf(server->arena, "{metadata: {name: %s%s}}", name, owners));
    return server_text(server, "metadata.uid");
}

/* All but the one that every namespace has. */
static const char *config_maps(struct server *server) {
    return server_names(server, CONFIG "?fieldSelector=metadata.name!%3Dkube-root-ca.crt");
}

TEST("deletes dependents after their owner in the background, at any depth") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const char *a = create_owned(server, "a", NULL, false), *b = create_owned(server, "b", a, true);
    create_owned(server, "c", b, true);
    create_owned(server, "free", NULL, false);

    server_expect(server, 200, "DELETE " CONFIG "/a", NULL);
    assert_string_equal(config_maps(server), "b c free");
    server_settle(server);
    assert_string_equal(config_maps(server), "free");
}

TEST("keeps an object as long as one of its owners is there") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const char *a = create_owned(server, "a", NULL, false), *b = create_owned(server, "b", NULL, false);
    server_expect(
        server, 201, "POST " CONFIG,
        arena_printf(server->arena,
                     "{metadata: {name: c, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: a, uid: "
                     "%s}, {apiVersion: v1, kind: ConfigMap, name: b, uid: %s}]}}",
                     a, b));
    server_expect(server, 200, "DELETE " CONFIG "/a", NULL);
    server_settle(server);
    server_expect(server, 200, "GET " CONFIG "/c", NULL);
    assert_int_equal(json_length(json_at(server->answer, "metadata.ownerReferences")), 1);
    assert_string_equal(server_text(server, "metadata.ownerReferences.0.uid"), b);
    server_expect(server, 200, "DELETE " CONFIG "/b", NULL);
    server_settle(server);
    assert_string_equal(config_maps(server), "");
}

TEST("deletes an object whose owner never was") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    create_owned(server, "a", "00000000-0000-0000-0000-000000000000", false);
    server_settle(server);
    assert_string_equal(config_maps(server), "");
}

TEST("deletes in the foreground: blocking dependents first") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const char *a = create_owned(server, "a", NULL, false);
    create_owned(server, "b", a, true);
    assert_int_equal(server_patch(server, CONFIG "/b", "{\"metadata\":{\"finalizers\":[\"example.com/x\"]}}"),
                     200);

    server_expect(server, 200, "DELETE " CONFIG "/a", "{propagationPolicy: Foreground}");
    assert_string_equal(server_text(server, "metadata.finalizers.0"), "foregroundDeletion");
    server_settle(server);
    assert_string_equal(config_maps(server), "a b");
    assert_int_equal(server_patch(server, CONFIG "/b", "{\"metadata\":{\"finalizers\":null}}"), 200);
    server_settle(server);
    assert_string_equal(config_maps(server), "");
}

TEST("orphans dependents when asked to") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const char *a = create_owned(server, "a", NULL, false);
    create_owned(server, "b", a, true);

    server_expect(server, 200, "DELETE " CONFIG "/a?propagationPolicy=Orphan", NULL);
    server_settle(server);
    assert_string_equal(config_maps(server), "b");
    server_expect(server, 200, "GET " CONFIG "/b", NULL);
    assert_string_equal(server_text(server, "metadata.ownerReferences"), "");
}

TEST("keeps an object until its last finalizer is gone") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    server_expect(server, 201, "POST " CONFIG, "{metadata: {name: a, finalizers: [example.com/x]}}");
    server_expect(server, 200, "DELETE " CONFIG "/a", NULL);
    assert_string_equal(server_text(server, "metadata.deletionTimestamp"), "2026-01-01T00:00:00Z");
    server_settle(server);
    server_expect(server, 200, "GET " CONFIG "/a", NULL);
    assert_int_equal(server_patch(server, CONFIG "/a", "{\"metadata\":{\"finalizers\":[]}}"), 200);
    server_expect(server, 404, "GET " CONFIG "/a", NULL);
}

TEST("lets a pod that runs end in its own time, and the kubelet finish it") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    server_expect(server, 201, "POST " PODS,
                  "{metadata: {name: p}, spec: {nodeName: node, terminationGracePeriodSeconds: 40, "
                  "containers: [{name: c, "
                  "image: i}]}}");
    server_expect(server, 200, "DELETE " PODS "/p", NULL);
    assert_string_equal(server_text(server, "metadata.deletionTimestamp"), "2026-01-01T00:00:40Z");
    assert_string_equal(server_text(server, "metadata.deletionGracePeriodSeconds"), "40");
    server_expect(server, 200, "DELETE " PODS "/p?gracePeriodSeconds=5", NULL);
    assert_string_equal(server_text(server, "metadata.deletionTimestamp"), "2026-01-01T00:00:05Z");
    server_expect(server, 200, "DELETE " PODS "/p?gracePeriodSeconds=30", NULL);
    assert_string_equal(server_text(server, "metadata.deletionTimestamp"), "2026-01-01T00:00:05Z");
    server_expect(server, 200, "DELETE " PODS "/p", "{gracePeriodSeconds: 0}");
    server_expect(server, 404, "GET " PODS "/p", NULL);
}

TEST("deletes a pod at once that no kubelet has") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    server_expect(server, 201, "POST " PODS,
                  "{metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}");
    server_expect(server, 200, "DELETE " PODS "/p", NULL);
    server_expect(server, 404, "GET " PODS "/p", NULL);
}

TEST("empties a namespace before it goes, and takes nothing new meanwhile") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    server_expect(server, 201, "POST /api/v1/namespaces", "{metadata: {name: team}}");
    server_expect(server, 201, "POST /api/v1/namespaces/team/configmaps",
                  "{metadata: {name: c, finalizers: [example.com/x]}}");
    server_expect(server, 200, "DELETE /api/v1/namespaces/team", NULL);
    assert_string_equal(server_text(server, "status.phase"), "Terminating");
    server_expect(server, 403, "POST /api/v1/namespaces/team/configmaps", "{metadata: {name: d}}");
    server_settle(server);
    assert_string_equal(server_names(server, "/api/v1/namespaces/team/configmaps"), "c");
    assert_int_equal(
        server_patch(server, "/api/v1/namespaces/team/configmaps/c", "{\"metadata\":{\"finalizers\":null}}"),
        200);
    server_settle(server);
    server_expect(server, 404, "GET /api/v1/namespaces/team", NULL);
}

static void create_pod(struct server *server, const char *name) {
    server_expect(
        server, 201, "POST " PODS,
        arena_printf(server->arena,
                     "{metadata: {name: %s, labels: {a: b}}, spec: {nodeName: node, containers: [{name: c, "
                     "image: i}]}}",
                     name));
    assert_int_equal(
        server_patch(
            server, arena_printf(server->arena, PODS "/%s/status", name),
            "{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}"),
        200);
}

TEST("evicts while the budget allows it, and counts each eviction at once") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    create_pod(server, "p");
    create_pod(server, "q");
    server_expect(server, 201, "POST " BUDGETS,
                  "{metadata: {name: b}, spec: {minAvailable: 1, selector: {matchLabels: {a: b}}}}");
    server_expect(server, 429, "POST " PODS "/p/eviction",
                  "{apiVersion: policy/v1, kind: Eviction, metadata: {name: p}}");
    assert_int_equal(
        server_patch(server, BUDGETS "/b/status",
                     "{\"status\":{\"observedGeneration\":1,\"disruptionsAllowed\":1,\"currentHealthy\":2,"
                     "\"desiredHealthy\":1,\"expectedPods\":2}}"),
        200);
    server_expect(server, 201, "POST " PODS "/p/eviction",
                  "{apiVersion: policy/v1, kind: Eviction, metadata: {name: p}}");
    server_expect(server, 429, "POST " PODS "/q/eviction",
                  "{apiVersion: policy/v1, kind: Eviction, metadata: {name: q}}");
    assert_string_equal(server_text(server, "details.causes.0.message"),
                        "The disruption budget b needs 1 healthy pods and has 2 currently");
    server_expect(server, 200, "GET " PODS "/p", NULL);
    assert_string_not_equal(server_text(server, "metadata.deletionTimestamp"), "");
}

TEST("forgets events an hour after they were last seen") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    server_expect(server, 201, "POST " CORE "events",
                  "{metadata: {name: e}, involvedObject: {namespace: default}}");
    server_sleep(3000);
    server_settle(server);
    assert_string_equal(server_names(server, CORE "events"), "e");
    server_sleep(700);
    server_settle(server);
    assert_string_equal(server_names(server, CORE "events"), "");
}
