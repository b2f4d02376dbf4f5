#include "controllers/cluster/controller.h"
#include "engine_world.h"
#include "test.h"

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
