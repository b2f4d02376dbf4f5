#include "test.h"
#include "world.h"

#include "sim/neo4j/random.h"

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

static int64_t entries(struct world *world, unsigned server) {
    struct answer answer =
        world_ask(world, server, true, "neo4j", "MATCH (n:Entry) RETURN count(n) AS n", NULL);

    if (answer.code)
        print_message("%s\n", answer.message);
    return json_integer_at(json_item(answer.rows, 0), "n", -1);
}

static void write_entries(struct world *world, int count) {
    for (int i = 0; i < count; i++)
        assert_null(world_ask(world, (unsigned)world_leader(world, SERVERS), true, "neo4j",
                              "CREATE (:Entry {name: 'kept'})", NULL)
                        .code);
}

TEST("a database has its data on whatever servers it was moved to") {
    CLEANUP_POINTER(world_free) struct world *world = grown_world(21, SERVERS);

    enable(world, 3);
    write_entries(world, 5);
    for (unsigned i = 0; i < 3; i++) {
        assert_null(admin(world, "CALL dbms.cluster.deallocateDatabaseFromServer($id, 'neo4j')",
                          world->servers[i].volume->server_id)
                        .code);
        world_run(world, 8000);
        assert_true(is_settled(world, "neo4j"));
        assert_null(state_find_allocation(database_of(world, "neo4j"), world->servers[i].volume->server_id));
        write_entries(world, 1);
    }
    world_run(world, 3000);
    assert_int_equal(entries(world, 3), 8);
}

TEST("a database that has lost its quorum is recreated from the copy that is left") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(22);
    char *statement;

    world_prepare(world, "neo4j:5.26.0-enterprise", 5);
    for (unsigned i = 0; i < 5; i++) {
        world_set_env(world, i, "NEO4J_initial_dbms_default__primaries__count", "3");
        world_start(world, i);
    }
    assert_true(world_run_until_open(world, 5, 20000));
    world_run(world, 3000);
    for (int i = 0; i < 4; i++)
        assert_null(world_ask(world, 0, true, "neo4j", "CREATE (:Entry {name: 'kept'})", NULL).code);
    world_run(world, 2000);
    const struct state_database *database = database_of(world, "neo4j");
    char *id = arena_strdup(world->arena, database->id);
    const char *lost[2];
    for (unsigned k = 0; k < 2; k++) {
        lost[k] = arena_strdup(world->arena, database->allocations[k].server_id);
        for (unsigned i = 0; i < 5; i++)
            if (world->servers[i].process && str_equal(world->servers[i].volume->server_id, lost[k]))
                world_kill(world, i);
        world_run(world, 60000);
        database = database_of(world, "neo4j");
    }
    assert_int_equal(writers(world, "neo4j"), 0);
    for (unsigned k = 0; k < 2; k++)
        assert_null(admin(world, "CALL dbms.cluster.cordonServer($id)", lost[k]).code);
    statement =
        arena_strdup(world->arena, "CALL dbms.cluster.recreateDatabase('neo4j', {seedingServers: []})");
    struct answer answer = admin(world, statement, "");
    if (answer.code)
        print_message("%s\n", answer.message);
    assert_null(answer.code);
    world_run(world, 15000);
    assert_string_not_equal(database_of(world, "neo4j")->id, id);
    assert_int_equal(database_of(world, "neo4j")->allocation_count, 3);
    assert_int_equal(writers(world, "neo4j"), 1);
    assert_int_equal(entries(world, (unsigned)world_leader(world, 5)), 4);
}

/* Kills, starts and cuts at random while databases move; whatever happened, it all ends well. */
TEST("moves that are disturbed come to their end once all servers are back, and lose nothing") {
    for (uint64_t seed = 1; seed <= 5; seed++) {
        CLEANUP_POINTER(world_free) struct world *world = grown_world(seed + 50, SERVERS);
        struct random_source random = { .state = seed * 104729 };

        enable(world, 3);
        write_entries(world, 3);
        assert_null(admin(world, "CALL dbms.cluster.deallocateDatabaseFromServer($id, 'neo4j')",
                          world->servers[seed % 3].volume->server_id)
                        .code);
        for (unsigned step = 0; step < 12; step++) {
            unsigned server = (unsigned)random_between(&random, 0, SERVERS - 1);
            if (world->servers[server].process)
                world_kill(world, server);
            else
                world_start(world, server);
            for (int64_t ms = random_between(&random, 50, 8000); ms > 0; ms -= 50) {
                world_run(world, 50);
                assert_true(writers(world, "neo4j") <= 2); /* one that is cut off may not know yet */
            }
        }
        for (unsigned i = 0; i < SERVERS; i++)
            if (!world->servers[i].process)
                world_start(world, i);
        world_run(world, 90000);
        assert_true(is_settled(world, "neo4j"));
        assert_int_equal(writers(world, "neo4j"), 1);
        assert_int_equal(entries(world, (unsigned)world_leader(world, SERVERS)), 3);
    }
}
