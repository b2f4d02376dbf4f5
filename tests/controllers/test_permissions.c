#include "engine_world.h"
#include "test.h"

#include "base/file.h"
#include "base/yaml.h"
#include "controllers/cluster/controller.h"

extern const char root_folder[];

/* What no call of the controllers shows. */
static const char *const elsewhere[] = {
    "get coordination.k8s.io/leases",
    "create coordination.k8s.io/leases",
    "update coordination.k8s.io/leases", /* the manager's */
    "get /endpoints",
    "list /endpoints",
    "watch /endpoints", /* handed on to the servers */
    "update neo4j.neo4j.com/neo4jenterpriseclusters/finalizers",
};

static bool is_elsewhere(const char *permission) {
    for (size_t i = 0; i < ARRAY_LENGTH(elsewhere); i++)
        if (str_equal(elsewhere[i], permission))
            return true;
    return false;
}

/* {"patch /services": true …} */
static struct json *granted(struct arena *arena) {
    struct json *permissions = json_new_object(arena);
    struct json *documents = NULL;
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct error err = { 0 };

    if (!file_read(arena_printf(arena, "%s/deploy/rbac.yaml", root_folder), 1 << 20, &text, &err) ||
        !yaml_parse(arena, (struct text){ text.data, text.length }, &documents, &err))
        fail_msg("%s", err.text);
    JSON_FOR_EACH_ITEM (rule, json_get(json_item(documents, 0), "rules"))
        JSON_FOR_EACH_ITEM (resource, json_get(rule, "resources"))
            JSON_FOR_EACH_ITEM (verb, json_get(rule, "verbs"))
                json_set_bool(arena, permissions,
                              arena_printf(arena, "%s %s/%s", json_string(verb, ""),
                                           json_string_at(rule, "apiGroups.0", ""),
                                           json_string(resource, "")),
                              true);
    return permissions;
}

/* A life with everything in it: forming, a pod that is made anew, events that repeat, going. */
static void live(struct engine_world *world) {
    static const char *const others[] = {
        "{kind: Neo4jEnterpriseStandalone, metadata: {name: solo}, spec: {storage: {size: 1Gi}}}",
        "{kind: Neo4jDatabase, metadata: {name: a}, spec: {clusterRef: graph, name: sales}}",
        "{kind: Neo4jShardedDatabase, metadata: {name: a}, spec: {clusterRef: graph, name: events, "
        "defaultCypherLanguage: '25', propertySharding: {propertyShards: 1, graphShard: {primaries: 1}}}}",
        "{kind: Neo4jPlugin, metadata: {name: a}, spec: {clusterRef: graph, name: apoc, version: 5.26.0}}",
        "{kind: Neo4jBackup, metadata: {name: a}, spec: {target: {kind: Cluster, name: graph}, storage: "
        "{type: pvc, pvc: "
        "{name: b}}}}",
        "{kind: Neo4jRestore, metadata: {name: a}, spec: {targetCluster: graph, databaseName: sales, source: "
        "{type: "
        "backup, backupRef: a}, options: {replaceExisting: true}, stopCluster: true}}",
        "{kind: Neo4jUser, metadata: {name: a}, spec: {clusterRef: graph, username: ann, passwordSecret: "
        "{name: b}}}",
        "{kind: Neo4jRole, metadata: {name: a}, spec: {clusterRef: graph, privileges: [{action: GRANT, "
        "privilege: ACCESS, "
        "resource: DATABASE, graph: sales}]}}",
        "{kind: Neo4jGrant, metadata: {name: a}, spec: {clusterRef: graph, target: {kind: Role, name: a}, "
        "statements: "
        "[GRANT ACCESS ON DATABASE sales TO a]}}",
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        cluster_apply(world->cluster,
                      arena_printf(arena, "{apiVersion: neo4j.neo4j.com/v1alpha1, %s", others[i] + 1));
    cluster_apply(world->cluster, engine_world_manifest);
    cluster_patch(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", NULL,
                  "{metadata: {finalizers: [neo4j.neo4j.com/cluster-finalizer]}}");
    /* Over a cache that is behind, what is there already is looked at: first all but the servers, which wait
     * for the admin Secret, then those. */
    for (int i = 0; i < 4; i++) {
        world->watches_are_held = i % 2;
        cluster_run(world->cluster, 0);
        if (!world->watches_are_held)
            sim_kube_deliver(world->kube.real);
        (void)engine_reconcile(world->engine, &cluster_controller, "default", "graph");
    }
    world->watches_are_held = false;
    engine_world_run(world, 3000);
    world->kubelet_works = false;
    cluster_patch(
        world->cluster, &KUBE_PODS, "graph-server-1", "status",
        "{status: {conditions: [], containerStatuses: [{name: neo4j, image: x, imageID: '', ready: false, "
        "restartCount: 0, state: {waiting: {reason: ErrImagePull}}}]}}");
    cluster_patch(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", NULL,
                  "{spec: {image: {tag: 5.26.1-enterprise}}}");
    engine_world_run(world, 3000);
    world->kubelet_works = true;
    engine_world_run(world, 20000);
    for (int i = 0; i < 3; i++) {
        cluster_delete(world->cluster, &KUBE_SECRETS, "neo4j-admin-secret");
        engine_world_run(world, 1000);
        engine_world_restart(world);
        cluster_apply(world->cluster, "{apiVersion: v1, kind: Secret, metadata: {name: neo4j-admin-secret}, "
                                      "stringData: {username: neo4j, password: long-enough}}");
        engine_world_run(world, 1000);
    }
    cluster_delete(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph");
    engine_world_run(world, 3000);
    assert_string_equal(engine_world_phase(world), "");
}

TEST("the shipped role grants what the controllers call, and nothing else") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
    struct json *permissions = granted(arena);

    for (size_t i = 0; i < api_kind_count; i++)
        if (!str_equal(api_kinds[i].name, "Neo4jEnterpriseCluster"))
            engine_world_define(world, api_kinds[i].name);
    engine_world_restart(world); /* the first watches too */
    live(world);
    JSON_FOR_EACH_MEMBER (used, world->kube.used)
        if (!json_get(permissions, used->key))
            fail_msg("used, but not granted: %s", used->key);
    JSON_FOR_EACH_MEMBER (permission, permissions)
        if (!json_get(world->kube.used, permission->key) && !is_elsewhere(permission->key))
            fail_msg("granted, but never used: %s", permission->key);
}
