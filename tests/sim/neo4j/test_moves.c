#include "test.h"
#include "world.h"

enum { SERVERS = 4 };

/* Three servers form the cluster; the others join later. */
static struct world *grown_world(uint64_t seed, unsigned servers) {
    struct world *world = world_new(seed);

    world_prepare(world, "neo4j:5.26.0-enterprise", servers);
    for (unsigned i = 0; i < servers; i++) {
        world_set_env(world, i, "NEO4J_initial_dbms_default__primaries__count", "3");
        world_set_env(world, i, "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", "3");
    }
    for (unsigned i = 0; i < 3; i++)
        world_start(world, i);
    assert_true(world_run_until_open(world, 3, 20000));
    for (unsigned i = 3; i < servers; i++)
        world_start(world, i);
    assert_true(world_run_until_open(world, servers, 20000));
    world_run(world, 2000);
    return world;
}

static struct answer admin(struct world *world, const char *statement, const char *id) {
    int leader = world_leader(world, WORLD_SERVERS_MAX);
    char *parameters = arena_printf(world->arena, "{\"id\":\"%s\"}", id);

    assert_true(leader >= 0);
    return world_ask(world, (unsigned)leader, true, "system", statement, parameters);
}

static void enable(struct world *world, unsigned server) {
    assert_null(admin(world, "ENABLE SERVER $id", world->servers[server].volume->server_id).code);
}

static unsigned writers(const struct world *world, const char *name) {
    unsigned count = 0;

    for (unsigned i = 0; i < WORLD_SERVERS_MAX; i++) {
        const struct neo4j_process *process = world->servers[i].process;
        const struct state_database *database = process ? state_find_database(&process->state, name) : NULL;
        const struct hosted_database *hosted = database ? hosting_find(process, database->id) : NULL;
        count +=
            hosted && hosted->raft && raft_role(hosted->raft) == RAFT_LEADER && raft_is_voter(hosted->raft);
    }
    return count;
}

static const struct state_database *database_of(const struct world *world, const char *name) {
    return state_find_database(&world->servers[world_leader(world, WORLD_SERVERS_MAX)].process->state, name);
}

static bool is_settled(const struct world *world, const char *name) {
    const struct state_database *database = database_of(world, name);

    for (size_t i = 0; i < database->allocation_count; i++)
        if (database->allocations[i].is_leaving ||
            database->allocations[i].is_voter == database->allocations[i].is_secondary)
            return false;
    return true;
}

/* What is done to the default database, which has three primaries on servers 0, 1 and 2. */
static const char *const changes[] = {
    "CALL dbms.cluster.deallocateDatabaseFromServer($id, 'neo4j')",
    "ALTER DATABASE neo4j SET TOPOLOGY 2 PRIMARIES 2 SECONDARIES",
    "ALTER DATABASE neo4j SET TOPOLOGY 4 PRIMARIES",
    "ALTER DATABASE neo4j SET TOPOLOGY 2 PRIMARIES 1 SECONDARY",
};

TEST("a database that moves has a writer again within seconds, and never two") {
    for (uint64_t seed = 1; seed <= 10; seed++) {
        CLEANUP_POINTER(world_free) struct world *world = grown_world(seed, SERVERS);
        int64_t without_ms = 0;

        enable(world, 3);
        for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
            struct answer answer = admin(world, changes[i], world->servers[seed % 3].volume->server_id);
            if (answer.code)
                print_message("%s: %s\n", changes[i], answer.message);
            assert_null(answer.code);
            for (int ms = 0; ms < 15000; ms += 50) {
                world_run(world, 50);
                assert_true(writers(world, "neo4j") <= 1);
                without_ms = writers(world, "neo4j") ? 0 : without_ms + 50;
                if (without_ms > 5000)
                    print_message("seed %u: no writer for %ld ms\n", (unsigned)seed, (long)without_ms);
                assert_true(without_ms <= 5000);
            }
            assert_true(is_settled(world, "neo4j"));
        }
    }
}
