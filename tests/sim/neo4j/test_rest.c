/* Servers that rest (discovery_rest.c) are seen by others, and see others, as if they did not. */
#include "test.h"
#include "world.h"

enum { SERVERS = 3, STEP_MS = 50 };

static struct world *formed(unsigned servers, bool is_restless) {
    struct world *world = world_new(7);

    world->is_restless = is_restless;
    world_prepare(world, "neo4j:5.26.0-enterprise", servers);
    for (unsigned i = 0; i < servers; i++) {
        world_set_env(world, i, "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", "3");
        world_start(world, i);
    }
    assert_true(world_run_until_open(world, servers, 60000));
    return world;
}

static unsigned resting(const struct world *world) {
    unsigned count = 0;

    for (unsigned i = 0; i < WORLD_SERVERS_MAX; i++)
        count += world->servers[i].process && world->servers[i].process->rest.is_resting;
    return count;
}

/* Who has whom in reach at this time: a bit for each pair. */
static unsigned sights(struct world *world) {
    unsigned bits = 0;

    for (unsigned i = 0; i < SERVERS; i++)
        for (unsigned j = 0; j < SERVERS; j++) {
            struct neo4j_process *self = world->servers[i].process, *other = world->servers[j].process;
            if (i == j || !self || !other)
                continue;
            bits |= (unsigned)discovery_is_available(self, process_id(other)) << (i * SERVERS + j);
        }
    return bits;
}

static void expect_done(struct answer answer) {
    assert_string_equal(answer.code ? answer.message : "", "");
}

struct changes {
    int64_t at_ns[64];
    unsigned sights[64];
    size_t count;
};

/* Runs, and notes each change of what is in reach. */
static void follow(struct world *world, struct changes *changes, int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += STEP_MS) {
        unsigned now = sights(world);
        if (!changes->count || now != changes->sights[changes->count - 1]) {
            assert_true(changes->count < ARRAY_LENGTH(changes->sights));
            changes->at_ns[changes->count] = world->now_ns;
            changes->sights[changes->count++] = now;
        }
        world_run(world, STEP_MS);
    }
}

static void live(struct world *world, struct changes *changes) {
    follow(world, changes, 41300);
    neo4j_network_cut(world->network, "127.0.1.1", "127.0.1.2", true);
    follow(world, changes, 60700);
    neo4j_network_cut(world->network, "127.0.1.1", "127.0.1.2", false);
    follow(world, changes, 33100);
    world_kill(world, 2);
    follow(world, changes, 25450);
    world_start(world, 2);
    follow(world, changes, 60000);
}

/* Rounds may be shifted against one another: chance is drawn in another order. */
TEST("what is in reach changes when it would if servers never rested") {
    CLEANUP_POINTER(world_free) struct world *world = formed(SERVERS, false), *other = formed(SERVERS, true);
    struct changes changes = { 0 }, expected = { 0 };

    live(world, &changes);
    live(other, &expected);
    assert_true(expected.count > 4);
    assert_int_equal(changes.count, expected.count);
    for (size_t i = 0; i < expected.count; i++) {
        assert_int_equal(changes.sights[i], expected.sights[i]);
        assert_in_range(changes.at_ns[i] - expected.at_ns[i] + PROBE_MS * MS_NS, 0, 2 * PROBE_MS * MS_NS);
    }
    assert_int_equal(resting(world), SERVERS);
    assert_int_equal(resting(other), 0);
}

TEST("servers rest once all is known, and again after each change; not over links that lose or delay") {
    CLEANUP_POINTER(world_free) struct world *world = formed(SERVERS, false);

    assert_int_equal(resting(world), 0);
    world_run(world, 30000);
    assert_int_equal(resting(world), SERVERS);
    expect_done(world_ask(world, 0, true, "system", "CREATE DATABASE more WAIT", NULL));
    assert_int_equal(resting(world), 0);
    world_run(world, 30000);
    assert_int_equal(resting(world), SERVERS);
    neo4j_network_lose(world->network, "*", "*", 1000);
    world_run(world, 30000);
    assert_int_equal(resting(world), 0);
    neo4j_network_lose(world->network, "*", "*", 0);
    world_run(world, 30000);
    assert_int_equal(resting(world), SERVERS);
}

TEST("a server that was dropped while all rested hears that it is refused") {
    CLEANUP_POINTER(world_free) struct world *world = formed(SERVERS + 1, false);
    unsigned spare = 0;

    world_run(world, 30000);
    assert_int_equal(resting(world), SERVERS + 1);
    while (!TAILQ_EMPTY(&world->servers[spare].process->hosted)) /* the one that has neo4j stays */
        spare++;
    const char *id = process_id(world->servers[spare].process);
    const char *drop = arena_printf(world->arena, "DEALLOCATE DATABASES FROM SERVER '%s'", id);
    expect_done(world_ask(world, (spare + 1) % SERVERS, true, "system", drop, NULL));
    world_run(world, 60000);
    drop = arena_printf(world->arena, "DROP SERVER '%s'", id);
    expect_done(world_ask(world, (spare + 1) % SERVERS, true, "system", drop, NULL));
    world_run(world, 10000);
    assert_true(world->servers[spare].process->is_refused);
}
