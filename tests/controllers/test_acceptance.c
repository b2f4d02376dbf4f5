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

/* A world that knows databases and standalones, too. */
static struct engine_world *database_world(void) {
    struct engine_world *world = engine_world_new();

    engine_world_define(world, "Neo4jDatabase");
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

TEST("holds an object against the size, the modes and the version of its cluster") {
    static const struct {
        const char *when, *cluster, *topology, *reason, *message;
    } rows[] = {
        { "it fits", "servers: 3", "primaries: 3", "NotImplemented", "valid" },
        { "too many copies", "servers: 3", "primaries: 3, secondaries: 1", "ValidationFailed",
          "asks for 4 servers" },
        { "size by the old fields", "primaries: 3, secondaries: 1", "primaries: 3, secondaries: 1",
          "NotImplemented", "valid" },
        { "modes leave too few", "servers: 3, serverModeConstraint: PRIMARY", "primaries: 1, secondaries: 1",
          "ValidationFailed", "leave 3 servers for primaries and 0 for secondaries" },
        { "single servers count", "servers: 3, serverRoles: [{serverIndex: 0, modeConstraint: SECONDARY}]",
          "primaries: 3", "ValidationFailed", "leave 2 servers for primaries" },
        { "the old field makes the last ones secondaries", "primaries: 3, secondaries: 2",
          "primaries: 4, secondaries: 1", "ValidationFailed", "leave 3 servers for primaries" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_POINTER(engine_world_free) struct engine_world *world = database_world();
        cluster_apply(
            world->cluster,
            arena_printf(arena,
                         "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: "
                         "{name: graph}, spec: {topology: {%s}}}",
                         rows[i].cluster));
        apply_database(world, "sales", "sales", arena_printf(arena, ", topology: {%s}", rows[i].topology));
        engine_world_run(world, 2000);
        const char *reason = ready(world, &KUBE_NEO4J_DATABASES, "sales", "reason");
        const char *message = ready(world, &KUBE_NEO4J_DATABASES, "sales", "message");
        if (!str_equal(reason, rows[i].reason) || !strstr(message, rows[i].message))
            fail_msg("%s: %s: %s", rows[i].when, reason, message);
    }
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

TEST("holds a backup against the storage and the version of its cluster") {
    static const struct {
        const char *when, *cluster, *backup, *reason, *message;
    } rows[] = {
        { "it says where", "", "storage: {type: pvc, pvc: {name: a}}", "NotImplemented", "valid" },
        { "nobody says where", "", "suspend: false", "ValidationFailed",
          "spec.storage: Required value: must be set, as graph has no spec.backups.defaultStorage" },
        { "the cluster says where", "backups: {defaultStorage: {type: pvc, pvc: {name: a}}}",
          "suspend: false", "NotImplemented", "valid" },
        { "an option of later versions", "",
          "storage: {type: pvc, pvc: {name: a}}, options: {skipRecovery: true}", "ValidationFailed",
          "spec.options.skipRecovery: Forbidden: needs Neo4j 2025.11 or later" },
        { "the same on a later version", "image: {tag: 2025.11.0}",
          "storage: {type: pvc, pvc: {name: a}}, options: {skipRecovery: true}", "NotImplemented", "valid" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
        engine_world_define(world, "Neo4jBackup");
        engine_world_define(world, "Neo4jEnterpriseStandalone");
        engine_world_restart(world);
        cluster_apply(
            world->cluster,
            arena_printf(arena,
                         "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: "
                         "{name: graph}, spec: {topology: {servers: 3}%s%s}}",
                         *rows[i].cluster ? ", " : "", rows[i].cluster));
        cluster_apply(
            world->cluster,
            arena_printf(arena,
                         "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jBackup, metadata: {name: once}, "
                         "spec: {target: {kind: Cluster, name: graph}, %s}}",
                         rows[i].backup));
        engine_world_run(world, 2000);
        const char *reason = ready(world, &KUBE_NEO4J_BACKUPS, "once", "reason");
        const char *message = ready(world, &KUBE_NEO4J_BACKUPS, "once", "message");
        if (!str_equal(reason, rows[i].reason) || !strstr(message, rows[i].message))
            fail_msg("%s: %s: %s", rows[i].when, reason, message);
    }
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

TEST("waits for the Secret that an object names, and for the entries in it") {
    static const struct {
        const char *when, *seed, *entries, *reason, *message;
    } rows[] = {
        { "it is not there", "s3://a/b", NULL, "ReferenceNotFound",
          "spec.seedCredentials.secretRef: there is no Secret keys in this namespace" },
        { "an entry is missing", "s3://a/b", "AWS_ACCESS_KEY_ID: a", "ReferenceNotFound",
          "spec.seedCredentials.secretRef: Secret keys has no entry AWS_SECRET_ACCESS_KEY" },
        { "all are there", "s3://a/b", "AWS_ACCESS_KEY_ID: a, AWS_SECRET_ACCESS_KEY: b", "NotImplemented",
          "valid" },
        { "one of two is missing", "azb://a/b", "AZURE_STORAGE_ACCOUNT: a", "ReferenceNotFound",
          "has no entry AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN" },
        { "the other of the two is there", "azb://a/b",
          "AZURE_STORAGE_ACCOUNT: a, AZURE_STORAGE_SAS_TOKEN: b", "NotImplemented", "valid" },
        { "the other spelling is there", "gs://a/b", "GOOGLE_APPLICATION_CREDENTIALS_JSON: a",
          "NotImplemented", "valid" },
        { "an entry that may be missing", "https://a/b", "OTHER: a", "NotImplemented", "valid" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_POINTER(engine_world_free) struct engine_world *world = database_world();
        cluster_apply(world->cluster, engine_world_manifest);
        if (rows[i].entries)
            put_secret(world, "keys", rows[i].entries);
        apply_database(
            world, "sales", "sales",
            arena_printf(arena, ", seedURI: '%s', seedCredentials: {secretRef: keys}", rows[i].seed));
        engine_world_run(world, 2000);
        const char *reason = ready(world, &KUBE_NEO4J_DATABASES, "sales", "reason");
        const char *message = ready(world, &KUBE_NEO4J_DATABASES, "sales", "message");
        if (!str_equal(reason, rows[i].reason) || !strstr(message, rows[i].message))
            fail_msg("%s: %s: %s", rows[i].when, reason, message);
        const char *warnings = cluster_events(world->cluster, "sales", "ValidationWarning");
        assert_int_equal(strstr(warnings, "has no entry AUTH_HEADER") != NULL, i == ARRAY_LENGTH(rows) - 1);
    }
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
