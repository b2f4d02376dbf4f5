#include "sim/node/node_internal.h"
#include "sim/workloads/cluster.h"
#include "test.h"

TEST("expands references to earlier variables as the kubelet does") {
    static const struct {
        const char *text, *expanded;
    } rows[] = {
        { "plain", "plain" },
        { "$(A)", "one" },
        { "x$(A)y$(B)z", "xoneytwoz" },
        { "$(MISSING)", "$(MISSING)" },
        { "$$(A)", "$(A)" },
        { "$$$(A)", "$one" },
        { "$(A", "$(A" },
        { "$A $", "$A $" },
        { "$()", "$()" },
        { "", "" },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *environment = json_new_object(arena);
    json_set_string(arena, environment, "A", "one");
    json_set_string(arena, environment, "B", "two");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_string_equal(environment_expand(arena, environment, rows[i].text), rows[i].expanded);
}

/* A node with one pod "p", whose container has this env and envFrom; not started. */
static struct json *build(struct cluster *cluster, const char *container, struct error *err) {
    struct json *environment = NULL;
    cluster_apply(
        cluster,
        arena_printf(cluster->arena,
                     "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: db}, annotations: "
                     "{note: hello}}, spec: {enableServiceLinks: false, containers: [{name: c, image: "
                     "'neo4j:5.26.0-enterprise', %s}]}}",
                     container));
    cluster_run(cluster, 50);
    struct node *node = cluster->node;
    struct pod *pod = RB_MIN(pods, &node->pods);
    assert_non_null(pod);
    if (!environment_build(&pod->containers[0], cluster->arena, &environment, err))
        return NULL;
    return environment;
}

static struct cluster *with_sources(void) {
    struct cluster *cluster = cluster_new(true);
    cluster_run(cluster, 100);
    cluster_apply(cluster,
                  "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {password: aHVudGVyMg==}}");
    cluster_apply(cluster, "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {a: one, b: two}}");
    cluster_run(cluster, 0);
    return cluster;
}

TEST("takes variables from fields, resources, Secrets and ConfigMaps") {
    static const struct {
        const char *entry, *expected;
    } rows[] = {
        { "{name: V, value: x}", "x" },
        { "{name: V, valueFrom: {fieldRef: {fieldPath: metadata.name}}}", "p" },
        { "{name: V, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}", "default" },
        { "{name: V, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}", "db" },
        { "{name: V, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['note']\"}}}", "hello" },
        { "{name: V, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}", "sandbox-0" },
        { "{name: V, valueFrom: {resourceFieldRef: {resource: limits.memory}}}", "2147483648" },
        { "{name: V, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}", "2048" },
        { "{name: V, valueFrom: {resourceFieldRef: {resource: requests.cpu}}}", "2" },
        { "{name: V, valueFrom: {secretKeyRef: {name: s, key: password}}}", "hunter2" },
        { "{name: V, valueFrom: {configMapKeyRef: {name: m, key: a}}}", "one" },
        { "{name: V, valueFrom: {configMapKeyRef: {name: gone, key: a, optional: true}}}", NULL },
        { "{name: A, value: one}, {name: V, value: $(A)-two}", "one-two" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_sources();
        struct error err = { 0 };
        struct json *environment =
            build(cluster,
                  arena_printf(cluster->arena,
                               "resources: {limits: {memory: 2Gi}, requests: {cpu: 1500m}}, env: [%s]",
                               rows[i].entry),
                  &err);
        if (!environment)
            fail_msg("%s: %s", rows[i].entry, err.text);
        const char *value = json_string(json_get(environment, "V"), NULL);
        if (!str_equal(value, rows[i].expected))
            fail_msg("%s: '%s', not '%s'", rows[i].entry, value ? value : "(none)", rows[i].expected);
    }
}

TEST("says in the kubelet's words which source is missing") {
    static const struct {
        const char *container, *why;
    } rows[] = {
        { "env: [{name: V, valueFrom: {secretKeyRef: {name: gone, key: x}}}]", "secret \"gone\" not found" },
        { "env: [{name: V, valueFrom: {configMapKeyRef: {name: gone, key: x}}}]",
          "configmap \"gone\" not found" },
        { "env: [{name: V, valueFrom: {secretKeyRef: {name: s, key: x}}}]",
          "couldn't find key x in Secret default/s" },
        { "envFrom: [{secretRef: {name: gone}}]", "secret \"gone\" not found" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_sources();
        struct error err = { 0 };
        assert_null(build(cluster, rows[i].container, &err));
        assert_string_equal(err.text, rows[i].why);
    }
}

TEST("takes all keys of a source, with a prefix, and lets env override them") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_sources();
    struct error err = { 0 };
    struct json *environment = build(
        cluster, "envFrom: [{configMapRef: {name: m}, prefix: P_}], env: [{name: P_b, value: mine}]", &err);
    assert_string_equal(json_string(json_get(environment, "P_a"), ""), "one");
    assert_string_equal(json_string(json_get(environment, "P_b"), ""), "mine");
}

TEST("tells a container the addresses of Services unless the pod declines") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_sources();
    struct error err = { 0 };
    cluster_apply(
        cluster,
        "{apiVersion: v1, kind: Service, metadata: {name: neo4j-x}, spec: {ports: [{name: bolt, port: "
        "7687}], selector: {a: b}}}");
    cluster_run(cluster, 0);
    struct json *environment = build(cluster, "env: []", &err);
    assert_null(json_get(environment, "NEO4J_X_PORT_7687_TCP"));
    cluster_delete(cluster, &KUBE_PODS, "p");
    cluster_run(cluster, 60000);
    cluster_apply(cluster,
                  "{apiVersion: v1, kind: Pod, metadata: {name: q}, spec: {containers: [{name: c, image: "
                  "'neo4j:5.26.0-enterprise'}]}}");
    cluster_run(cluster, 50);
    struct pod *pod = RB_MIN(pods, &cluster->node->pods);
    assert_true(environment_build(&pod->containers[0], cluster->arena, &environment, &err));
    assert_string_equal(json_string(json_get(environment, "NEO4J_X_SERVICE_PORT_BOLT"), ""), "7687");
    assert_string_equal(json_string(json_get(environment, "NEO4J_X_PORT_7687_TCP_PROTO"), ""), "tcp");
}
