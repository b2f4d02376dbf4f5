#include "cluster_world.h"
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

static const struct json *variable(const struct json *set, const char *name) {
    const struct json *container = json_item(json_at(set, "spec.template.spec.containers"), 0);

    JSON_FOR_EACH_ITEM (item, json_get(container, "env"))
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

TEST("only a pod that can't start and is outdated is replaced") {
    static const struct {
        const char *when;
        bool is_outdated;
        bool can_start;
        bool is_ready;
        bool is_deleting;
        bool is_replaced;
    } rows[] = {
        { "it serves, outdated", true, true, true, false, false },
        { "it can't start, but is up to date", false, false, false, false, false },
        { "it can't start and is outdated", true, false, false, false, true },
        { "it is going already", true, false, false, true, false },
        { "another container of it is in trouble, but it is ready", true, false, true, false, false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct observed_cluster *observed = cluster_world(arena, SPEC);
        cluster_world_pods(observed, 3, 3);
        observed->pods[1].is_outdated = rows[i].is_outdated;
        observed->pods[1].can_start = rows[i].can_start;
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
            assert_non_null(strstr(plan->steps[i].statement->text, "id-1"));
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
