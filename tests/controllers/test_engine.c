#include "base/file.h"
#include "controllers/cluster/controller.h"
#include "engine_world.h"
#include "test.h"

extern const char root_folder[];

TEST("a cluster forms, from its manifest to Ready, and then nothing is written any more") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    cluster_apply(world->cluster, engine_world_manifest);
    engine_world_run(world, 3000);
    assert_string_equal(engine_world_phase(world), "Ready");
    assert_string_equal(cluster_names(world->cluster, &KUBE_PODS),
                        "graph-server-0 graph-server-1 graph-server-2");
    assert_string_equal(
        cluster_text(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", "status.clusterID"),
        "cluster-1");

    size_t calls = world->kube.calls;
    engine_world_run(world, 120000);
    assert_int_equal(world->kube.calls, calls);
    engine_world_restart(world);
    engine_world_run(world, 1000);
    /* A new process reads the admin Secret, once. */
    assert_int_equal(world->kube.calls, calls + 1);
}

TEST("a cluster forms with one request for each object, and progress is told once a second") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    cluster_apply(world->cluster, engine_world_manifest);
    engine_world_run(world, 3000);
    assert_string_equal(engine_world_phase(world), "Ready");
    /* 12 objects and their change once the cluster has formed, the admin Secret made and read, the finalizer,
     * two events, and the status: that it begins, how far it is, that it is ready. */
    assert_in_range(world->kube.calls, 16, 24);
    assert_in_range(engine_counts(world->engine).status_writes, 2, 4);
}

/* Everything that was made, with what matters of it: "services/graph-client …". */
static const char *end_state(struct engine_world *world) {
    static const struct kube_resource *const resources[] = {
        &KUBE_SERVICES, &KUBE_CONFIG_MAPS,   &KUBE_SERVICE_ACCOUNTS,
        &KUBE_ROLES,    &KUBE_ROLE_BINDINGS, &KUBE_SECRETS,
        &KUBE_PODS,     &KUBE_STATEFUL_SETS, &KUBE_POD_DISRUPTION_BUDGETS,
    };
    const char *state = engine_world_phase(world);

    for (size_t i = 0; i < ARRAY_LENGTH(resources); i++)
        state =
            arena_printf(world->cluster->arena, "%s; %s", state, cluster_names(world->cluster, resources[i]));
    return state;
}

TEST("each call of a formation may fail once, before or after its effect: the end is the same") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *wanted;
    size_t calls;
    {
        CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
        cluster_apply(world->cluster, engine_world_manifest);
        engine_world_run(world, 3000);
        wanted = arena_strdup(arena, end_state(world));
        calls = world->kube.calls;
        assert_true(str_starts_with(wanted, "Ready"));
    }
    for (size_t i = 0; i < 2 * calls; i++) {
        CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
        world->kube.fail_at = i / 2 + 1;
        world->kube.is_after = i % 2;
        cluster_apply(world->cluster, engine_world_manifest);
        engine_world_run(world, 3000);
        const char *state = end_state(world);
        if (!str_equal(state, wanted))
            fail_msg("call %zu failed %s its effect: %s, not %s", world->kube.fail_at,
                     world->kube.is_after ? "after" : "before", state, wanted);
        static const char *const collections[] = { "secrets", "pods", "statefulsets.apps", "services" };
        for (size_t j = 0; j < ARRAY_LENGTH(collections); j++)
            assert_true(engine_world_created(world, collections[j], NULL) <= 1);
    }
}

TEST("an operator that is ended at any call of a formation goes on where it was") {
    size_t calls = 30;

    for (size_t i = 1; i < calls; i += 3) {
        CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
        cluster_apply(world->cluster, engine_world_manifest);
        for (size_t j = 0; j < i; j++) {
            /* The pass stops at its next call, and the process is no more. */
            world->kube.fail_at = world->kube.calls + i;
            cluster_run(world->cluster, 0);
            sim_kube_deliver(world->kube.real);
            (void)engine_step(world->engine);
        }
        engine_world_restart(world);
        engine_world_run(world, 3000);
        assert_string_equal(engine_world_phase(world), "Ready");
        assert_int_equal(engine_world_created(world, "pods", NULL), 1);
        assert_int_equal(engine_world_created(world, "secrets", "neo4j-admin-secret"), 1);
    }
}

TEST("passes over a cache that is behind make nothing twice") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    cluster_apply(world->cluster, engine_world_manifest);
    cluster_run(world->cluster, 0);
    sim_kube_deliver(world->kube.real);
    world->watches_are_held = true;
    for (int i = 0; i < 5; i++) {
        (void)engine_reconcile(world->engine, &cluster_controller, "default", "graph");
        cluster_run(world->cluster, 100);
    }
    world->watches_are_held = false;
    engine_world_run(world, 3000);
    assert_string_equal(engine_world_phase(world), "Ready");
    assert_int_equal(engine_world_created(world, "secrets", "neo4j-admin-secret"), 1);
    assert_int_equal(engine_world_created(world, "services", NULL), 1);
    assert_int_equal(engine_world_created(world, "pods", NULL), 1);
}

static void form(struct engine_world *world) {
    cluster_apply(world->cluster, engine_world_manifest);
    engine_world_run(world, 2000);
    assert_string_equal(engine_world_phase(world), "Ready");
}

TEST("a pass that does not see yet what was written tells and writes nothing again") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    world->watches_are_held = true;
    world->neo4j.failure = ERROR_UNAVAILABLE;
    cluster_run(world->cluster, 60000);
    (void)engine_reconcile(world->engine, &cluster_controller, "default", "graph");
    assert_string_not_equal(engine_world_phase(world), "Ready");
    size_t writes = world->kube.writes;
    for (int i = 0; i < 3; i++)
        (void)engine_reconcile(world->engine, &cluster_controller, "default", "graph");
    assert_int_equal(world->kube.writes, writes);
    world->watches_are_held = false;
    world->neo4j.failure = ERROR_NONE;
    engine_world_run(world, 60000);
    assert_string_equal(engine_world_phase(world), "Ready");
}

static void force(struct engine_world *world, const char *value) {
    cluster_patch(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", NULL,
                  arena_printf(world->cluster->arena,
                               "{metadata: {annotations: {operator.neo4j.com/force-reconcile: %s}}}", value));
}

TEST("a new value of the force annotation applies everything once, also when the first try fails") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    size_t before = world->kube.writes;
    force(world, "a");
    engine_world_run(world, 1000);
    size_t forced = world->kube.writes - before;
    assert_true(forced >= 12);
    engine_world_run(world, 1000);
    assert_int_equal(world->kube.writes, before + forced);

    before = world->kube.writes;
    world->kube.fail_at = world->kube.calls + 2;
    force(world, "b");
    engine_world_run(world, 2000);
    assert_true(world->kube.writes - before >= forced);
}

TEST("an object of somebody else is not touched, and the cluster forms when it is out of the way") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    cluster_apply(world->cluster,
                  "{apiVersion: v1, kind: ConfigMap, metadata: {name: graph-config}, data: {a: b}}");
    cluster_apply(world->cluster, engine_world_manifest);
    engine_world_run(world, 5000);
    assert_string_equal(engine_world_phase(world), "Failed");
    assert_non_null(strstr(engine_world_ready(world, "message"), "was not made by the operator"));
    assert_string_equal(cluster_text(world->cluster, &KUBE_CONFIG_MAPS, "graph-config", "data.a"), "b");
    assert_non_null(strstr(cluster_events(world->cluster, "graph", "ReconciliationFailed"),
                           "was not made by the operator"));
    size_t writes = world->kube.writes;
    engine_world_run(world, 60000);
    assert_int_equal(world->kube.writes, writes);

    cluster_delete(world->cluster, &KUBE_CONFIG_MAPS, "graph-config");
    engine_world_run(world, 61000);
    assert_string_equal(engine_world_phase(world), "Ready");
}

static void wait_for_secret(const char *field) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    cluster_apply(
        world->cluster,
        arena_printf(arena,
                     "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: "
                     "graph}, spec: {image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3}, "
                     "storage: {className: standard, size: 1Gi}, auth: {%s: mine}}}",
                     field));
    engine_world_run(world, 2000);
    assert_string_equal(engine_world_ready(world, "reason"), "AdminSecretMissing");
    size_t calls = world->kube.calls;
    engine_world_run(world, 60000);
    assert_int_equal(world->kube.calls, calls);
    cluster_apply(world->cluster,
                  "{apiVersion: v1, kind: Secret, metadata: {name: mine}, stringData: {username: "
                  "neo4j, password: 'long-enough'}}");
    engine_world_run(world, 2000);
    assert_string_equal(engine_world_phase(world), "Ready");
}

TEST("a missing admin Secret is named, and waited for without a call") {
    wait_for_secret("adminSecret");
    wait_for_secret("secretRef"); /* the same with provider native */
}

TEST("a cluster that is deleted goes, whatever its spec says and whatever the operator may see") {
    static const struct {
        const char *when;
        const char *servers;
        const char *refuse;
    } rows[] = {
        { "it formed", "3", NULL },
        { "its Secrets can't be listed", "3", "secrets" },
        { "its claims can't be listed", "3", "persistentvolumeclaims" },
        { "its name is too long for pods", "0", NULL },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
        const char *name =
            *rows[i].servers == '0' ? "g23456789-123456789-123456789-123456789-123456" : "graph";
        const char *manifest = arena_printf(world->cluster->arena,
                                            "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: "
                                            "Neo4jEnterpriseCluster, metadata: {name: %s}, spec: "
                                            "{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: "
                                            "{servers: 3}, storage: {className: standard, "
                                            "size: 1Gi}}}",
                                            name);
        if (*rows[i].servers == '0')
            engine_world_open(world, "Neo4jEnterpriseCluster");
        cluster_apply(world->cluster, manifest);
        engine_world_run(world, 2000);
        const char *phase =
            cluster_text(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, name, "status.phase");
        assert_string_equal(phase, *rows[i].servers == '0' ? "Failed" : "Ready");
        if (rows[i].refuse) {
            world->kube.refuse = rows[i].refuse;
            engine_world_restart(world);
            engine_world_run(world, 1000);
        }
        cluster_delete(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, name);
        engine_world_run(world, 6000);
        if (cluster_get(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, name))
            fail_msg("%s: it is still there", rows[i].when);
        assert_string_equal(cluster_names(world->cluster, &KUBE_STATEFUL_SETS), "");
        if (*rows[i].servers != '0')
            assert_string_equal(cluster_names(world->cluster, &KUBE_PERSISTENT_VOLUME_CLAIMS),
                                "data-graph-server-0 data-graph-server-1 data-graph-server-2");
        struct engine_counts counts = engine_counts(world->engine);
        assert_int_equal(counts.objects_remembered, 0);
        assert_int_equal(counts.secrets_remembered, 0);
    }
}

TEST("a cluster that changed meanwhile keeps its other finalizers, and still goes") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    cluster_patch(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", NULL,
                  "{metadata: {finalizers: [neo4j.neo4j.com/cluster-finalizer, others/one]}}");
    cluster_delete(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph");
    engine_world_run(world, 0);
    assert_string_equal(
        json_print(world->cluster->arena, json_at(engine_world_cluster(world), "metadata.finalizers")),
        "[\"others/one\"]");

    /* The operator's cache still has the finalizer: it is refused, or the object is gone; both are fine. */
    world->watches_are_held = true;
    cluster_patch(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", NULL,
                  "{metadata: {finalizers: null}}");
    (void)engine_reconcile(world->engine, &cluster_controller, "default", "graph");
    world->watches_are_held = false;
    engine_world_run(world, 1000);
    assert_null(engine_world_cluster(world));
    assert_int_equal(engine_counts(world->engine).failures, 0);
}

TEST("what changes at a time of all that belongs to a cluster leads to one pass") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
    static const struct {
        const struct kube_resource *resource;
        const char *name;
    } parts[] = { { &KUBE_PODS, "graph-server-0" },
                  { &KUBE_STATEFUL_SETS, "graph-server" },
                  { &KUBE_SERVICES, "graph-client" } };

    form(world);
    uint64_t passes = engine_counts(world->engine).passes;
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        cluster_patch(world->cluster, parts[i].resource, parts[i].name, NULL,
                      "{metadata: {annotations: {others: 'yes'}}}");
        engine_world_run(world, 0);
    }
    assert_int_equal(engine_counts(world->engine).passes, passes);
    engine_world_run(world, 1000);
    assert_int_equal(engine_counts(world->engine).passes, passes + 1);
}

TEST("what somebody wants of a cluster is looked at at once") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    uint64_t passes = engine_counts(world->engine).passes;
    cluster_patch(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", NULL,
                  "{spec: {labels: {team: a}}}");
    engine_world_run(world, 0);
    assert_true(engine_counts(world->engine).passes > passes);
}

TEST("a Secret that was deleted is kept in nobody's memory") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    assert_int_equal(engine_counts(world->engine).secrets_remembered, 1);
    cluster_delete(world->cluster, &KUBE_SECRETS, "neo4j-admin-secret");
    engine_world_run(world, 1000);
    assert_int_equal(engine_counts(world->engine).secrets_remembered, 0);
    assert_string_equal(engine_world_ready(world, "reason"), "AdminSecretMissing");
}

TEST("a password that is refused is tried on one server, seldom, and said once") {
    static const enum error_kind kinds[] = { ERROR_UNAUTHORIZED, ERROR_THROTTLED };

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
        form(world);
        world->neo4j.failure = kinds[i];
        engine_world_run(world, 31000);
        assert_string_equal(engine_world_ready(world, "reason"), "AdminPasswordRefused");
        size_t logins = world->neo4j.logins;
        size_t writes = world->kube.writes;
        engine_world_run(world, 300000);
        assert_in_range(world->neo4j.logins - logins, 1, 5);
        assert_int_equal(world->kube.writes, writes);
        world->neo4j.failure = ERROR_NONE;
        engine_world_run(world, 61000);
        assert_string_equal(engine_world_phase(world), "Ready");
    }
}

TEST("servers that do not answer are asked less and less often, and the status stays as it is") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    world->neo4j.failure = ERROR_UNAVAILABLE;
    engine_world_run(world, 31000);
    assert_string_equal(engine_world_phase(world), "Degraded");
    engine_world_run(world, 240000);
    size_t logins = world->neo4j.logins;
    size_t writes = world->kube.writes;
    engine_world_run(world, 60000);
    assert_in_range(world->neo4j.logins - logins, 3, 3 * 8);
    assert_int_equal(world->kube.writes, writes);
}

TEST("what others add to an object is left alone, and is no reason to write") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    struct json *service = cluster_get(world->cluster, &KUBE_SERVICES, "graph-client");
    struct json *ports = json_copy(world->cluster->arena, json_at(service, "spec.ports"));
    json_append(
        world->cluster->arena, ports,
        cluster_apply(world->cluster, "{apiVersion: v1, kind: Service, metadata: {name: other}, spec: "
                                      "{ports: [{name: x, port: 99}]}}")
            ? json_item(json_at(cluster_get(world->cluster, &KUBE_SERVICES, "other"), "spec.ports"), 0)
            : NULL);
    cluster_patch(
        world->cluster, &KUBE_SERVICES, "graph-client", NULL,
        arena_printf(world->cluster->arena, "{spec: {ports: %s}}", json_print(world->cluster->arena, ports)));
    size_t writes = world->kube.writes;
    engine_world_run(world, 60000);
    assert_int_equal(world->kube.writes, writes);
    assert_string_equal(cluster_text(world->cluster, &KUBE_SERVICES, "graph-client", "spec.ports.2.port"),
                        "99");

    cluster_patch(world->cluster, &KUBE_SERVICES, "graph-client", NULL, "{spec: {selector: {a: b}}}");
    engine_world_run(world, 1000);
    assert_true(world->kube.writes > writes);
}

TEST("an object that somebody put in the place of ours is not written over, however old the cache") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    cluster_patch(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", NULL,
                  "{spec: {labels: {team: a}}}");
    sim_kube_deliver(world->kube.real);
    cluster_delete(world->cluster, &KUBE_CONFIG_MAPS, "graph-config");
    cluster_apply(world->cluster,
                  "{apiVersion: v1, kind: ConfigMap, metadata: {name: graph-config}, data: {a: b}}");
    world->watches_are_held = true;
    while (engine_step(world->engine))
        continue;
    world->watches_are_held = false;
    engine_world_run(world, 2000);
    assert_string_equal(cluster_text(world->cluster, &KUBE_CONFIG_MAPS, "graph-config", "data"),
                        "{\"a\":\"b\"}");
    assert_non_null(strstr(engine_world_ready(world, "message"), "was not made by the operator"));
}

TEST("a name that is too long for the pods is refused before anything is made") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
    const char *longest = "g123456789-123456789-123456789-123456789-1234";
    const char *const names[] = { longest, arena_printf(world->cluster->arena, "%s5", longest) };

    engine_world_open(world, "Neo4jEnterpriseCluster"); /* which would refuse the second itself */
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        cluster_apply(
            world->cluster,
            arena_printf(world->cluster->arena,
                         "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: "
                         "{name: %s}, spec: {image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: "
                         "{servers: 2}, storage: {className: standard, size: 1Gi}}}",
                         names[i]));
        engine_world_run(world, 1000);
        const struct json *set = cluster_get(world->cluster, &KUBE_STATEFUL_SETS,
                                             arena_printf(world->cluster->arena, "%s-server", names[i]));
        assert_int_equal(set != NULL, i == 0);
        assert_int_equal(
            str_equal(cluster_text(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, names[i], "status.phase"),
                      "Failed"),
            i == 1);
    }
}

TEST("a second pass over a cluster that uses every field sends nothing") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();
    CLEANUP_BUFFER struct buffer manifest = { 0 };
    struct error err = { 0 };

    if (!file_read(arena_printf(world->cluster->arena, "%s/tests/controllers/manifests/every_field.yaml",
                                root_folder),
                   1 << 20, &manifest, &err))
        fail_msg("%s", err.text);
    cluster_apply(world->cluster, buffer_string(&manifest));
    engine_world_run(world, 3000);
    const struct json *set = cluster_get(world->cluster, &KUBE_STATEFUL_SETS, "graph-server");
    assert_int_equal(json_integer_at(set, "metadata.generation", 0), 1);
    assert_int_equal(json_length(json_at(set, "spec.template.spec.containers")), 2);
    /* The API server has spelt them its own way. */
    assert_string_equal(json_string_at(set, "spec.template.spec.containers.0.resources.limits.memory", ""),
                        "3Gi");
    size_t writes = world->kube.writes;
    engine_world_run(world, 60000);
    assert_int_equal(world->kube.writes, writes);
    cluster_patch(world->cluster, &KUBE_STATEFUL_SETS, "graph-server", NULL,
                  "{metadata: {annotations: {touched: by-another}}}");
    engine_world_run(world, 1000);
    assert_int_equal(world->kube.writes, writes);
}

TEST("a failure that goes on is what status waits for, written once") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    cluster_patch(world->cluster, &KUBE_CONFIG_MAPS, "graph-config", NULL,
                  "{metadata: {finalizers: [others/one]}}");
    cluster_delete(world->cluster, &KUBE_CONFIG_MAPS, "graph-config");
    world->neo4j.failure = ERROR_UNAVAILABLE;
    cluster_patch(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", NULL,
                  "{spec: {labels: {team: a}}}");
    engine_world_run(world, 10000);
    assert_non_null(strstr(engine_world_ready(world, "message"), "ConfigMap graph-config is being deleted"));
    size_t writes = world->kube.writes;
    engine_world_run(world, 60000);
    assert_int_equal(world->kube.writes, writes);

    cluster_patch(world->cluster, &KUBE_CONFIG_MAPS, "graph-config", NULL, "{metadata: {finalizers: null}}");
    world->neo4j.failure = ERROR_NONE;
    engine_world_run(world, 61000);
    assert_string_equal(engine_world_phase(world), "Ready");
}

TEST("two clusters of one namespace share nothing but the Secret that neither named") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    cluster_apply(
        world->cluster,
        "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: "
        "graph-server}, spec: {image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 2}, "
        "storage: {className: standard, size: 1Gi}}}");
    engine_world_run(world, 3000);
    assert_string_equal(cluster_names(world->cluster, &KUBE_STATEFUL_SETS),
                        "graph-server graph-server-server");
    assert_int_equal(engine_world_created(world, "secrets", NULL), 1);
    cluster_delete(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph-server");
    engine_world_run(world, 5000);
    assert_string_equal(cluster_names(world->cluster, &KUBE_STATEFUL_SETS), "graph-server");
    assert_string_equal(engine_world_phase(world), "Ready");

    cluster_delete(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph");
    cluster_apply(world->cluster, engine_world_manifest);
    engine_world_run(world, 5000);
    assert_string_equal(engine_world_phase(world), "");
    cluster_apply(world->cluster, engine_world_manifest);
    engine_world_run(world, 5000);
    assert_string_equal(engine_world_phase(world), "Ready");
}

TEST("a refusal that passes is no failure of the cluster, and one that stays is told once") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    form(world);
    world->neo4j.statement_failure = ERROR_REFUSED;
    cluster_patch(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", NULL,
                  "{spec: {topology: {serverRoles: [{serverIndex: 0, modeConstraint: PRIMARY}]}}}");
    cluster_run(world->cluster, 0);
    sim_kube_deliver(world->kube.real);
    assert_true(engine_step(world->engine));
    assert_int_equal(world->neo4j.statements, 1);
    assert_string_not_equal(engine_world_phase(world), "Failed");

    engine_world_run(world, 120000);
    assert_string_equal(engine_world_phase(world), "Failed");
    assert_non_null(strstr(engine_world_ready(world, "message"), "the statement is refused"));
    const char *told = cluster_events(world->cluster, "graph", "ReconciliationFailed");
    assert_non_null(strstr(told, "the statement is refused"));
    assert_null(strstr(told, "×"));
}
