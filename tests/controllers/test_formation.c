#include "cluster_world.h"
#include "controllers/cluster/change.h"
#include "controllers/cluster/formation.h"
#include "controllers/status.h"
#include "controllers/sync.h"
#include "test.h"

#define SPEC "{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3}, storage: {size: 1Gi}}"

static struct plan *plan_of(struct arena *arena, const struct observed_cluster *observed) {
    struct plan *plan = ARENA_NEW(arena, struct plan);

    plan_init(plan, arena);
    plan_cluster(observed, plan);
    return plan;
}

/* The object of this kind and name in the plan, or NULL. */
static const struct json *applied(const struct plan *plan, const char *kind, const char *name) {
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct json *object = plan->steps[i].object;
        if (str_equal(json_string_at(object, "kind", ""), kind) &&
            str_equal(json_string_at(object, "metadata.name", ""), name))
            return object;
    }
    return NULL;
}

static size_t count_steps(const struct plan *plan, enum step_type type) {
    size_t count = 0;

    for (size_t i = 0; i < plan->step_count; i++)
        count += plan->steps[i].type == type;
    return count;
}

static const struct json *server_container(const struct json *set) {
    return json_item(json_at(set, "spec.template.spec.containers"), 0);
}

static const struct json *variable(const struct json *set, const char *name) {
    JSON_FOR_EACH_ITEM (item, json_get(server_container(set), "env"))
        if (str_equal(json_string_at(item, "name", ""), name))
            return item;
    return NULL;
}

TEST("a new cluster gets its objects, the servers last") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct plan *plan = plan_of(arena, cluster_world(arena, SPEC));
    const struct json *set = applied(plan, "StatefulSet", "graph-server");

    assert_int_equal(count_steps(plan, STEP_APPLY), 12);
    assert_non_null(set);
    assert_ptr_equal(plan->steps[plan->step_count - 2].object, set);
    assert_int_equal(plan->steps[plan->step_count - 1].type, STEP_WAIT);
    assert_int_equal(json_integer_at(set, "spec.replicas", 0), 3);
    assert_string_equal(json_string_at(set, "spec.podManagementPolicy", ""), "Parallel");
    assert_string_equal(json_string_at(set, "spec.updateStrategy.type", ""), "OnDelete");
    assert_true(
        json_bool_at(applied(plan, "Service", "graph-headless"), "spec.publishNotReadyAddresses", false));
    assert_string_equal(json_string_at(applied(plan, "Service", "graph-headless"), "spec.clusterIP", ""),
                        "None");
    assert_int_equal(
        json_integer_at(applied(plan, "PodDisruptionBudget", "graph-server"), "spec.maxUnavailable", 0), 1);
}

TEST("servers get their names and password from the pod and the Secret, never as text") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *set =
        applied(plan_of(arena, cluster_world(arena, SPEC)), "StatefulSet", "graph-server");

    assert_string_equal(json_string_at(variable(set, "DB_PASSWORD"), "valueFrom.secretKeyRef.name", ""),
                        "neo4j-admin-secret");
    assert_null(json_get(variable(set, "DB_PASSWORD"), "value"));
    assert_string_equal(json_string_at(variable(set, "NEO4J_AUTH"), "value", ""),
                        "$(DB_USERNAME)/$(DB_PASSWORD)");
    assert_string_equal(
        json_string_at(variable(set, "NEO4J_server_cluster_advertised__address"), "value", ""),
        "$(POD_NAME).graph-headless.default.svc.cluster.local:6000");
}

TEST("the configuration says how servers find each other, in the words of their version") {
    static const struct {
        const char *tag;
        const char *has;
        const char *has_not;
    } rows[] = {
        { "5.26.0-enterprise", "dbms.cluster.discovery.version=V2_ONLY\n", "dbms.cluster.endpoints=" },
        { "5.26.0-enterprise",
          "dbms.cluster.discovery.v2.endpoints=graph-server-0.graph-headless.default.svc.cluster.local:6000,",
          "none" },
        { "2025.10.1-enterprise",
          "dbms.cluster.endpoints=graph-server-0.graph-headless.default.svc.cluster.local:6000,",
          "dbms.cluster.discovery.version" },
        { "5.26.0-enterprise", "dbms.cluster.minimum_initial_system_primaries_count=3\n", "none" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const char *spec =
            arena_printf(arena, "{image: {repo: neo4j, tag: %s}, topology: {servers: 3}}", rows[i].tag);
        const struct json *map =
            applied(plan_of(arena, cluster_world(arena, spec)), "ConfigMap", "graph-config");
        const char *conf = json_string(json_get(json_get(map, "data"), "neo4j.conf"), "");
        if (!strstr(conf, rows[i].has) || strstr(conf, rows[i].has_not))
            fail_msg("%s: %s", rows[i].has, conf);
    }
}

/* What the server's file says of its mode constraint, and whether the pods read it. */
static const char *mode_in(struct plan *plan, const char *file) {
    const struct json *map = applied(plan, "ConfigMap", "graph-config");
    const char *conf = json_string(json_get(json_get(map, "data"), file), NULL);
    const char *line = conf ? strstr(conf, "initial.server.mode_constraint=") : NULL;

    if (!line)
        return conf ? "no line" : "no file";
    line = strchr(line, '=') + 1;
    return arena_strndup(plan->arena, line, strcspn(line, "\n"));
}

static const struct json *configuration_mount(struct plan *plan) {
    const struct json *set = applied(plan, "StatefulSet", "graph-server");

    JSON_FOR_EACH_ITEM (mount, json_get(server_container(set), "volumeMounts"))
        if (str_equal(json_string_at(mount, "name", ""), "config"))
            return mount;
    return NULL;
}

TEST("servers with roles of their own know them before the first database is placed") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct plan *plan = plan_of(
        arena, cluster_world(arena, "{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3, "
                                    "serverModeConstraint: PRIMARY, serverRoles: [{serverIndex: 1, "
                                    "modeConstraint: SECONDARY}]}}"));

    assert_string_equal(mode_in(plan, "graph-server-0.conf"), "PRIMARY");
    assert_string_equal(mode_in(plan, "graph-server-1.conf"), "SECONDARY");
    assert_string_equal(mode_in(plan, "graph-server-19.conf"), "PRIMARY");
    assert_string_equal(mode_in(plan, "graph-server-20.conf"), "no file");
    assert_string_equal(json_string_at(configuration_mount(plan), "mountPath", ""), "/conf/neo4j.conf");
    assert_string_equal(json_string_at(configuration_mount(plan), "subPathExpr", ""), "$(POD_NAME).conf");
}

TEST("servers that are alike share one file") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct plan *plan = plan_of(
        arena, cluster_world(arena, "{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3, "
                                    "serverModeConstraint: PRIMARY}}"));

    assert_string_equal(mode_in(plan, "neo4j.conf"), "PRIMARY");
    assert_string_equal(mode_in(plan, "graph-server-0.conf"), "no file");
    assert_string_equal(json_string_at(configuration_mount(plan), "mountPath", ""), "/conf");
    assert_null(json_get(configuration_mount(plan), "subPathExpr"));
}

TEST("a setting that the version refuses is left out, and named with its reason but without its value") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct plan *plan = plan_of(
        arena,
        cluster_world(arena, "{image: {repo: neo4j, tag: 2025.10.1-enterprise}, topology: {servers: 3}, "
                             "config: {server.groups: hush, db.logs.query.threshold: 5s}, "
                             "additionalConfig: [dbms.memory.heap.max_size=hush]}"));
    const struct json *map = applied(plan, "ConfigMap", "graph-config");
    const char *conf = json_string(json_get(json_get(map, "data"), "neo4j.conf"), "");
    const char *named = json_string(
        json_get(condition_find(json_get(plan->status, "conditions"), "FieldsWithoutEffect"), "message"), "");

    assert_null(strstr(conf, "hush"));
    assert_non_null(strstr(conf, "db.logs.query.threshold=5s\n"));
    assert_non_null(strstr(named, "server.groups (removed in 2025.01"));
    assert_non_null(strstr(named, "dbms.memory.heap.max_size (use server.memory.heap"));
    assert_int_equal(plan->event_count > 2, true);
    for (size_t i = 0; i < plan->event_count; i++)
        assert_null(strstr(plan->events[i].note, "hush"));
}

/* The live objects of a cluster that formed with 5.26.3, volumes of 1Gi and no class. */
static void let_it_live(struct observed_cluster *observed, const char *status) {
    cluster_world_pods(observed, 3, 3);
    observed->server_set = cluster_world_parse(
        observed->arena,
        "{spec: {replicas: 3, podManagementPolicy: Parallel, volumeClaimTemplates: [{apiVersion: v1, kind: "
        "PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], volumeMode: "
        "Filesystem, resources: {requests: {storage: 1Gi}}}, status: {phase: Pending}}]}}");
    observed->status = cluster_world_parse(observed->arena, status);
    cluster_observe_change(observed);
}

TEST("a spec that the cluster can't become is refused when it would do harm, and named when it would not") {
    static const struct {
        const char *when;
        const char *spec;
        const char *status;
        const char *error; /* NULL: none */
        const char *named; /* NULL: nothing */
    } rows[] = {
        { "nothing changed", "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 1024Mi}}",
          "{version: 5.26.3}", NULL, NULL },
        { "an empty selector, which is stored as none",
          "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 1Gi, selector: {matchLabels: {}}}}",
          "{version: 5.26.3}", NULL, NULL },
        { "another selector",
          "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 1Gi, selector: {matchLabels: {a: "
          "b}}}}",
          "{version: 5.26.3}", NULL, "spec.storage.selector" },
        { "an older version", "{image: {tag: 5.26.1}, topology: {servers: 3}, storage: {size: 1Gi}}",
          "{version: 5.26.3}", "from 5.26.3 to 5.26.1", NULL },
        { "older than what one server runs already",
          "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 1Gi}}",
          "{version: 5.26.3, replicas: {graph-server-0: {version: 5.26.4}}}", "from 5.26.4 to 5.26.3", NULL },
        { "a newer version", "{image: {tag: 2025.01.0}, topology: {servers: 3}, storage: {size: 1Gi}}",
          "{version: 5.26.3}", NULL, NULL },
        { "a tag that moves", "{image: {tag: 5.26-enterprise}, topology: {servers: 3}, storage: {size: 1Gi}}",
          "{version: 5.26.3}", NULL, NULL },
        { "nothing ran yet", "{image: {tag: 5.26.1}, topology: {servers: 3}, storage: {size: 1Gi}}", "{}",
          NULL, NULL },
        { "another class",
          "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 1Gi, className: fast}}",
          "{version: 5.26.3}", NULL, "spec.storage.className (cannot be changed" },
        { "smaller volumes", "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 512Mi}}",
          "{version: 5.26.3}", NULL, "volumes cannot shrink" },
        { "larger volumes", "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 2Gi}}",
          "{version: 5.26.3}", NULL, "spec.storage.size (volumes stay at 1Gi)" },
        { "volumes larger than can be counted",
          "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 9000Pi}}", "{version: 5.26.3}",
          NULL, "spec.storage.size (volumes stay at 1Gi)" },
        { "primaries beside servers",
          "{image: {tag: 5.26.3}, topology: {servers: 3, primaries: 1}, storage: {size: 1Gi}}",
          "{version: 5.26.3}", NULL, "spec.topology.primaries (spec.topology.servers" },
        { "primaries and secondaries that are servers",
          "{image: {tag: 5.26.3}, topology: {servers: 3, primaries: 2, secondaries: 1}, storage: {size: "
          "1Gi}}",
          "{version: 5.26.3}", NULL, NULL },
        { "other access",
          "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 1Gi, accessModes: "
          "[ReadWriteMany]}}",
          "{version: 5.26.3}", NULL, "spec.storage.accessModes" },
        { "pods in order",
          "{image: {tag: 5.26.3}, topology: {servers: 3}, storage: {size: 1Gi}, podManagementPolicy: "
          "OrderedReady}",
          "{version: 5.26.3}", NULL, "spec.podManagementPolicy" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct observed_cluster *observed = cluster_world(arena, rows[i].spec);
        let_it_live(observed, rows[i].status);
        struct plan *plan = plan_of(arena, observed);
        const struct json *conditions = json_get(plan->status, "conditions");
        const char *named =
            json_string(json_get(condition_find(conditions, "FieldsWithoutEffect"), "message"), "");
        const char *ready = json_string(json_get(condition_find(conditions, "Ready"), "message"), "");
        const struct json *set = applied(plan, "StatefulSet", "graph-server");
        if (rows[i].error ? !strstr(ready, rows[i].error) || set : !set)
            fail_msg("%s: %s", rows[i].when, ready);
        if (rows[i].named ? !strstr(named, rows[i].named)
                          : condition_is(conditions, "FieldsWithoutEffect", "True", NULL))
            fail_msg("%s: %s", rows[i].when, named);
        if (set)
            assert_true(sync_covers(json_at(observed->server_set, "spec.volumeClaimTemplates"),
                                    json_at(set, "spec.volumeClaimTemplates")));
    }
}

TEST("scaling changes no pod, so it restarts none") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct observed_cluster *three = cluster_world(arena, SPEC);
    struct observed_cluster *five = cluster_world(
        arena,
        "{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 5}, storage: {size: 1Gi}}");
    const struct json *small = applied(plan_of(arena, three), "StatefulSet", "graph-server");
    five->is_formed = true;
    const struct json *large = applied(plan_of(arena, five), "StatefulSet", "graph-server");

    assert_true(json_equal(json_at(small, "spec.template"), json_at(large, "spec.template")));
    assert_int_equal(json_integer_at(large, "spec.replicas", 0), 5);
}

TEST("no server starts before its password is known to work") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct observed_cluster *observed = cluster_world(arena, SPEC);

    observed->admin_secret = ADMIN_SECRET_UNUSABLE;
    observed->admin_secret_trouble = (struct trouble){ "AdminSecretMissing", "missing" };
    assert_null(applied(plan_of(arena, observed), "StatefulSet", "graph-server"));
    observed->admin_secret = ADMIN_SECRET_TO_MAKE;
    struct plan *plan = plan_of(arena, observed);
    assert_null(applied(plan, "StatefulSet", "graph-server"));
    assert_int_equal(count_steps(plan, STEP_CREATE), 1);
}

TEST("a spec that is wrong changes nothing") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct plan *plan =
        plan_of(arena, cluster_world(arena, "{image: {tag: nonsense}, topology: {servers: 3}}"));

    assert_int_equal(plan->step_count, 0);
    assert_true(condition_is(json_get(plan->status, "conditions"), "Ready", "False", "ValidationFailed"));
}

TEST("only a pod that can't start, or has not, and is outdated is replaced") {
    static const struct {
        const char *when;
        bool is_outdated;
        bool can_start;
        bool is_ready;
        bool is_deleting;
        bool has_begun;
        bool is_replaced;
    } rows[] = {
        { "it serves, outdated", true, true, true, false, true, false },
        { "it can't start, but is up to date", false, false, false, false, true, false },
        { "it can't start and is outdated", true, false, false, false, true, true },
        { "it is going already", true, false, false, true, true, false },
        { "another container of it is in trouble, but it is ready", true, false, true, false, true, false },
        { "it starts, outdated", true, true, false, false, true, false },
        { "it waits for what it is to mount, outdated", true, true, false, false, false, true },
        { "it waits for what it is to mount, up to date", false, true, false, false, false, false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct observed_cluster *observed = cluster_world(arena, SPEC);
        cluster_world_pods(observed, 3, 3);
        observed->pods[1].is_outdated = rows[i].is_outdated;
        observed->pods[1].can_start = rows[i].can_start;
        observed->pods[1].has_begun = rows[i].has_begun;
        observed->pods[1].trouble = (struct trouble){ "PodCrashLooping", "it crashes" };
        observed->pods[1].is_ready = rows[i].is_ready;
        observed->pods[1].is_deleting = rows[i].is_deleting;
        if (count_steps(plan_of(arena, observed), STEP_DELETE) != rows[i].is_replaced)
            fail_msg("%s", rows[i].when);
    }
}

TEST("a mode constraint that differs is set by a statement that keeps the other options") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct observed_cluster *observed = cluster_world(
        arena, "{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3, serverRoles: "
               "[{serverIndex: 1, modeConstraint: PRIMARY}]}, storage: {size: 1Gi}}");
    cluster_world_pods(observed, 3, 3);
    cluster_world_databases(observed, "online");
    struct plan *plan = plan_of(arena, observed);

    assert_int_equal(count_steps(plan, STEP_STATEMENT), 1);
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].type == STEP_STATEMENT) {
            assert_non_null(strstr(plan->steps[i].statement->text, "PRIMARY"));
            assert_string_equal(bolt_string(bolt_get(plan->steps[i].statement->parameters, "server"), ""),
                                "id-1");
            assert_true(plan->steps[i].statement->is_routed);
        }
}

TEST("a ready cluster waits for nothing, and a second plan is the same") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct observed_cluster *observed = cluster_world(arena, SPEC);
    cluster_world_pods(observed, 3, 3);
    cluster_world_databases(observed, "online");
    struct plan *first = plan_of(arena, observed);

    assert_int_equal(count_steps(first, STEP_WAIT), 0);
    assert_true(condition_is(json_get(first->status, "conditions"), "Ready", "True", "ClusterReady"));
    observed->status = first->status;
    observed->is_formed = true;
    observed->now_ns = 1;
    struct plan *second = plan_of(arena, observed);
    assert_true(json_equal(first->status, second->status));
}
