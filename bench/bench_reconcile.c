/* What the reconcile passes of a cluster cost in instructions: the real engine, cache and controller, on one
 * thread and in virtual time, over the simulated API server, whose own work is not counted.
 *
 * Run under callgrind (bench/profile/instructions), which counts between the marks: the same program does the
 * same, so counts repeat but for a few in a thousand, whatever else the machine does.
 */
#include "../tests/controllers/engine_world.h"
#include "../tests/test.h"

#include "base/encoding.h"
#include "base/log.h"
#include "controllers/cluster/controller.h"

#include <valgrind/callgrind.h>

enum { STEADY_PASSES = 20, POD_CHANGES = 20 };

static bool is_counting;

/* What others do is left out: whoever calls it says so around it. */
static void pause_counting(void) {
    if (is_counting)
        CALLGRIND_TOGGLE_COLLECT;
}

static void start_counting(void) {
    is_counting = true;
    CALLGRIND_TOGGLE_COLLECT;
}

static void stop_counting(void) {
    CALLGRIND_TOGGLE_COLLECT;
    is_counting = false;
}

/* ---- the simulated API server's part ---- */

static bool (*real_call)(struct kube *kube, const struct kube_call *call, struct arena *arena,
                         struct json **out_object, struct error *err);
static int (*real_watch)(struct kube *kube, const struct kube_watch *watch);

static bool call(struct kube *kube, const struct kube_call *what, struct arena *arena,
                 struct json **out_object, struct error *err) {
    pause_counting();
    bool done = real_call(kube, what, arena, out_object, err);
    pause_counting();
    return done;
}

static bool (*real_run)(struct neo4j *neo4j, const struct neo4j_target *target,
                        const struct neo4j_statement *statement, struct arena *arena,
                        struct neo4j_result *out_result, struct error *err);

static bool run(struct neo4j *neo4j, const struct neo4j_target *target,
                const struct neo4j_statement *statement, struct arena *arena, struct neo4j_result *out_result,
                struct error *err) {
    pause_counting();
    bool done = real_run(neo4j, target, statement, arena, out_result, err);
    pause_counting();
    return done;
}

/* Of the delivery of watch events only what the operator does with them counts. */
static void on_event(void *context, enum kube_event event, const struct json *object) {
    const struct kube_watcher *watcher = context;

    start_counting();
    watcher->event(watcher->context, event, object);
    stop_counting();
}

static void on_listed(void *context) {
    const struct kube_watcher *watcher = context;
    watcher->listed(watcher->context);
}

static struct arena *watchers;

static int watch(struct kube *kube, const struct kube_watch *what) {
    struct kube_watch ours = *what;
    struct kube_watcher *watcher = ARENA_NEW(watchers, struct kube_watcher);

    *watcher = what->watcher;
    ours.watcher = (struct kube_watcher){ .context = watcher, .event = on_event, .listed = on_listed };
    return real_watch(kube, &ours);
}

/* ---- the passes ---- */

static void pass(struct engine_world *world) {
    start_counting();
    (void)engine_reconcile(world->engine, &cluster_controller, "default", "graph");
    stop_counting();
}

static void deliver(struct engine_world *world) {
    cluster_run(world->cluster, 0);
    sim_kube_deliver(world->kube.real);
}

static void change_pod(struct engine_world *world, int number) {
    cluster_patch(world->cluster, &KUBE_PODS, "graph-server-1", NULL,
                  arena_printf(world->cluster->arena, "{metadata: {annotations: {bench: '%d'}}}", number));
}

/* One pass that reads the definitions of the kind, which are kept for all that follow. */
static void read_definitions(struct engine_world *world) {
    cluster_apply(world->cluster, engine_world_manifest);
    deliver(world);
    CALLGRIND_ZERO_STATS;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = engine_world_cluster(world);
    start_counting();
    (void)judge_stored(world->judge, arena, api_kind_find("Neo4jEnterpriseCluster"), object);
    stop_counting();
    CALLGRIND_DUMP_STATS_AT("definitions 1");
}

static void first_pass(struct engine_world *world) {
    CALLGRIND_ZERO_STATS;
    pass(world);
    CALLGRIND_DUMP_STATS_AT("first 1");
}

/* Until nothing more is to do. */
static void form(struct engine_world *world) {
    engine_world_run(world, 5000);
    if (!str_equal(engine_world_phase(world), "Ready"))
        fail_msg("the cluster did not form: %s", engine_world_ready(world, "message"));
}

static void steady_passes(struct engine_world *world) {
    CALLGRIND_ZERO_STATS;
    for (int i = 0; i < STEADY_PASSES; i++)
        pass(world);
    CALLGRIND_DUMP_STATS_AT(arena_printf(world->cluster->arena, "steady %d", STEADY_PASSES));
}

static void pod_events(struct engine_world *world) {
    CALLGRIND_ZERO_STATS;
    for (int i = 0; i < POD_CHANGES; i++) {
        change_pod(world, i);
        deliver(world);
    }
    CALLGRIND_DUMP_STATS_AT(arena_printf(world->cluster->arena, "event %d", POD_CHANGES));
    CALLGRIND_ZERO_STATS;
    for (int i = 0; i < POD_CHANGES; i++) {
        change_pod(world, POD_CHANGES + i);
        deliver(world);
        pass(world);
    }
    CALLGRIND_DUMP_STATS_AT(arena_printf(world->cluster->arena, "changed %d", POD_CHANGES));
}

int main(void) {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = engine_world_new();

    log_set_level(LOG_LEVEL_ERROR);
    watchers = arena_new();
    real_call = world->kube.kube.call;
    real_watch = world->kube.kube.watch;
    world->kube.kube.call = call;
    world->kube.kube.watch = watch;
    real_run = world->neo4j.neo4j.run;
    world->neo4j.neo4j.run = run;
    engine_world_restart(world);          /* its watches are ours */
    (void)sha256_hex(watchers, "", 0, 8); /* OpenSSL makes itself ready once */
    read_definitions(world);
    first_pass(world);
    form(world);
    steady_passes(world);
    pod_events(world);
    arena_free(watchers);
    return 0;
}
