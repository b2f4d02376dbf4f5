#include "engine_world.h"
#include "test.h"

static const char *ready(struct engine_world *world, const struct kube_resource *resource, const char *name,
                         const char *field) {
    const struct json *object = cluster_get(world->cluster, resource, name);

    JSON_FOR_EACH_ITEM (condition, json_at(object, "status.conditions"))
        if (str_equal(json_string_at(condition, "type", ""), "Ready"))
            return json_string_at(condition, field, "");
    return "";
}

#define assert_ready(world, resource, name, reason)                                                          \
    assert_string_equal(ready((world), (resource), (name), "reason"), (reason))

/* A world that knows databases and standalones, too. What the tables of manifests hold (test_verdicts.c) is
 * not tried again here. */
static struct engine_world *database_world(void) {
    struct engine_world *world = engine_world_new();

    engine_world_define(world, "Neo4jDatabase");
    engine_world_define(world, "Neo4jShardedDatabase");
    engine_world_define(world, "Neo4jEnterpriseStandalone");
    engine_world_restart(world);
    return world;
}

static void apply_database(struct engine_world *world, const char *object, const char *name,
                           const char *more) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    cluster_apply(
        world->cluster,
        arena_printf(
            arena,
            "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jDatabase, metadata: {name: %s}, spec: "
            "{clusterRef: graph, name: %s%s}}",
            object, name, more));
}

TEST("says of a valid object that this version does nothing about it, and does nothing") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = database_world();

    cluster_apply(world->cluster, engine_world_manifest);
    apply_database(world, "sales", "sales", "");
    engine_world_run(world, 3000);
    assert_ready(world, &KUBE_NEO4J_DATABASES, "sales", "NotImplemented");
    assert_string_equal(cluster_text(world->cluster, &KUBE_NEO4J_DATABASES, "sales", "status.phase"),
                        "Pending");
    assert_null(json_at(cluster_get(world->cluster, &KUBE_NEO4J_DATABASES, "sales"), "metadata.finalizers"));
    size_t writes = world->kube.writes;
    engine_world_run(world, 60000);
    engine_world_restart(world);
    engine_world_run(world, 3000);
    assert_int_equal(world->kube.writes, writes);
}

TEST("waits for the cluster that an object names, and sees it come and go") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = database_world();

    apply_database(world, "sales", "sales", "");
    engine_world_run(world, 1000);
    assert_ready(world, &KUBE_NEO4J_DATABASES, "sales", "ClusterNotFound");
    assert_string_equal(
        ready(world, &KUBE_NEO4J_DATABASES, "sales", "message"),
        "spec.clusterRef: there is no Neo4jEnterpriseCluster or Neo4jEnterpriseStandalone graph in "
        "namespace default");
    cluster_apply(world->cluster, engine_world_manifest);
    engine_world_run(world, 3000);
    assert_ready(world, &KUBE_NEO4J_DATABASES, "sales", "NotImplemented");
    cluster_delete(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph");
    engine_world_run(world, 3000);
    assert_ready(world, &KUBE_NEO4J_DATABASES, "sales", "ClusterNotFound");
    cluster_apply(world->cluster,
                  "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseStandalone, metadata: "
                  "{name: graph}, spec: {storage: {size: 1Gi}}}");
    engine_world_run(world, 3000);
    assert_ready(world, &KUBE_NEO4J_DATABASES, "sales", "NotImplemented");
}

TEST("of two objects that claim one database, the older has it until it goes") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = database_world();

    cluster_apply(world->cluster, engine_world_manifest);
    apply_database(world, "sales", "sales", "");
    engine_world_run(world, 2000);
    apply_database(world, "also-sales", "Sales", "");
    engine_world_run(world, 2000);
    assert_ready(world, &KUBE_NEO4J_DATABASES, "sales", "NotImplemented");
    assert_ready(world, &KUBE_NEO4J_DATABASES, "also-sales", "Duplicate");
    assert_string_equal(
        ready(world, &KUBE_NEO4J_DATABASES, "also-sales", "message"),
        "spec.name: database sales of graph is taken by the older Neo4jDatabase sales; change or "
        "delete one of them");
    assert_non_null(strstr(cluster_events(world->cluster, "also-sales", "Duplicate"), "is taken by"));
    cluster_delete(world->cluster, &KUBE_NEO4J_DATABASES, "sales");
    engine_world_run(world, 2000);
    assert_ready(world, &KUBE_NEO4J_DATABASES, "also-sales", "NotImplemented");
}

TEST("says of an object with very many errors as much as a status can hold") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = database_world();
    CLEANUP_BUFFER struct buffer role = { 0 };

    engine_world_define(world, "Neo4jRole");
    engine_world_restart(world);
    buffer_add_string(&role,
                      "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jRole, metadata: {name: many}, "
                      "spec: {clusterRef: graph, privileges: [");
    for (int i = 0; i < 250; i++)
        buffer_printf(&role, "GRANT é%d, ", i);
    buffer_add_string(&role, "]}}");
    cluster_apply(world->cluster, buffer_string(&role));
    engine_world_run(world, 3000);
    assert_ready(world, &KUBE_NEO4J_ROLES, "many", "ValidationFailed");
    assert_string_equal(cluster_text(world->cluster, &KUBE_NEO4J_ROLES, "many", "status.phase"), "Failed");
}

TEST("kinds whose definitions are not installed keep no other from its work") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    cluster_apply(world->cluster, engine_world_manifest);
    engine_world_run(world, 5000);
    assert_string_equal(engine_world_phase(world), "Ready");
    assert_true(engine_is_synced(world->engine));
}

static void put_secret(struct engine_world *world, const char *name, const char *entries) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    cluster_apply(world->cluster,
                  arena_printf(arena,
                               "{apiVersion: v1, kind: Secret, metadata: {name: %s}, stringData: {%s}}", name,
                               entries));
}

TEST("sees the Secret of a user come, change and go") {
    static const char *const secrets[] = { "passwordSecret: entry", "passwordSecret: {name: entry}",
                                           "passwordSecretRef: {name: entry}" };

    for (size_t i = 0; i < ARRAY_LENGTH(secrets); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_POINTER(engine_world_free) struct engine_world *world = database_world();
        engine_world_define(world, "Neo4jUser");
        engine_world_restart(world);
        cluster_apply(world->cluster, engine_world_manifest);
        cluster_apply(world->cluster,
                      arena_printf(arena,
                                   "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jUser, metadata: {name: "
                                   "ann}, spec: {clusterRef: graph, %s}}",
                                   secrets[i]));
        engine_world_run(world, 2000);
        assert_ready(world, &KUBE_NEO4J_USERS, "ann", "ReferenceNotFound");
        put_secret(world, "entry", "word: abcdefgh");
        engine_world_run(world, 2000);
        assert_non_null(strstr(ready(world, &KUBE_NEO4J_USERS, "ann", "message"), "has no entry password"));
        put_secret(world, "entry", "password: abcdefgh");
        engine_world_run(world, 2000);
        assert_ready(world, &KUBE_NEO4J_USERS, "ann", "NotImplemented");
        cluster_delete(world->cluster, &KUBE_SECRETS, "entry");
        engine_world_run(world, 2000);
        assert_non_null(strstr(ready(world, &KUBE_NEO4J_USERS, "ann", "message"), "there is no Secret"));
    }
}

TEST("sees a circle of roles close and open") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = database_world();
    static const char *const names[] = { "a", "b", "c" };
    static const char *const parents[] = { "b", "c", "a" };

    engine_world_define(world, "Neo4jRole");
    engine_world_restart(world);
    cluster_apply(world->cluster, engine_world_manifest);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        cluster_apply(world->cluster,
                      arena_printf(arena,
                                   "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jRole, metadata: {name: "
                                   "%s}, spec: {clusterRef: graph, inheritsFrom: [%s]}}",
                                   names[i], parents[i]));
        engine_world_run(world, 2000);
        for (size_t j = 0; j <= i; j++)
            assert_ready(world, &KUBE_NEO4J_ROLES, names[j],
                         i == ARRAY_LENGTH(names) - 1 ? "ValidationFailed" : "NotImplemented");
    }
    cluster_delete(world->cluster, &KUBE_NEO4J_ROLES, "c");
    engine_world_run(world, 2000);
    assert_ready(world, &KUBE_NEO4J_ROLES, "a", "NotImplemented");
    assert_ready(world, &KUBE_NEO4J_ROLES, "b", "NotImplemented");
}

TEST("a database and a sharded one that claim the same know of each other") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = database_world();

    cluster_apply(world->cluster,
                  "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: "
                  "graph}, spec: {topology: {servers: 5}, image: {tag: 2025.12.0}, propertySharding: "
                  "{enabled: true}, resources: {requests: {cpu: 2, memory: 12Gi}, limits: {memory: 12Gi}}}}");
    apply_database(world, "sales", "sales", "");
    engine_world_run(world, 2000);
    cluster_apply(world->cluster,
                  "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jShardedDatabase, metadata: {name: "
                  "sales}, spec: {clusterRef: graph, name: sales, propertySharding: {propertyShards: 1, "
                  "graphShard: {primaries: 1}}}}");
    engine_world_run(world, 2000);
    assert_ready(world, &KUBE_NEO4J_DATABASES, "sales", "NotImplemented");
    assert_ready(world, &KUBE_NEO4J_SHARDED_DATABASES, "sales", "Duplicate");
    cluster_delete(world->cluster, &KUBE_NEO4J_DATABASES, "sales");
    engine_world_run(world, 2000);
    assert_ready(world, &KUBE_NEO4J_SHARDED_DATABASES, "sales", "NotImplemented");
}
