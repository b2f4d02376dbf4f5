#include "test.h"
#include "world.h"

#include "sim/neo4j/random.h"

enum { SERVERS = 3, STEPS = 60, SEEDS = 20 };

static char *address_of(struct world *world, int64_t server) {
    return arena_printf(world->arena, "127.0.1.%d", (int)server);
}

/* Kills, stops, starts, cuts and heals at random, and writes to whoever serves. Which databases were
 * acknowledged is kept. */
static void disturb(struct world *world, struct random_source *random, struct json *acknowledged) {
    unsigned server = (unsigned)random_between(random, 0, SERVERS - 1);
    struct neo4j_process *process = world->servers[server].process;
    char *name;

    switch (random_between(random, 0, 5)) {
    case 0:
        if (process)
            world_kill(world, server);
        break;
    case 1:
        if (process)
            neo4j_process_terminate(process, false);
        break;
    case 2:
    case 3:
        if (!process || neo4j_process_exited(process, NULL))
            world_start(world, server);
        break;
    case 4:
        neo4j_network_cut(world->network, address_of(world, server),
                          address_of(world, random_between(random, 0, SERVERS - 1)),
                          random_between(random, 0, 1));
        break;
    default:
        if (!process || !neo4j_process_listens(process, 7687))
            break;
        name = arena_printf(world->arena, "database%u", (unsigned)json_length(acknowledged));
        if (!world_ask(world, server, true, "system",
                       arena_printf(world->arena, "CREATE DATABASE %s IF NOT EXISTS", name), NULL)
                 .code)
            json_append_string(world->arena, acknowledged, name);
    }
    world_run(world, random_between(random, 10, 15000));
}

static void heal(struct world *world) {
    for (int from = 0; from < SERVERS; from++)
        for (int to = 0; to < SERVERS; to++)
            neo4j_network_cut(world->network, address_of(world, from), address_of(world, to), false);
    world_run(world, 1000); /* those that are stopping end */
    for (unsigned i = 0; i < SERVERS; i++)
        if (!world->servers[i].process || neo4j_process_exited(world->servers[i].process, NULL))
            world_start(world, i);
    world_run(world, 120000);
}

TEST("whatever fails, a cluster comes back whole, agrees on its state, and has kept what it acknowledged") {
    size_t writes = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(seed);
        struct random_source random = { .state = seed * 7919 };
        struct json *acknowledged = json_new_array(world->arena);
        unsigned leaders = 0;

        world_prepare(world, "neo4j:5.26.0-enterprise", SERVERS);
        for (unsigned i = 0; i < SERVERS; i++)
            world_start(world, i);
        assert_true(world_run_until_open(world, SERVERS, 5000));
        for (unsigned step = 0; step < STEPS; step++)
            disturb(world, &random, acknowledged);
        heal(world);
        const struct neo4j_process *first = world->servers[0].process;
        for (unsigned i = 0; i < SERVERS; i++) {
            const struct neo4j_process *process = world->servers[i].process;
            if (!neo4j_process_listens(process, 7687))
                print_message("seed %u, server %u:\n%s\n", (unsigned)seed, i, world_log(world, i));
            assert_true(neo4j_process_listens(process, 7687));
            assert_int_equal(process->state.server_count, SERVERS);
            assert_int_equal(raft_applied(process->system), raft_applied(first->system));
            assert_int_equal(process->state.database_count, first->state.database_count);
            leaders += replication_leads_system(process);
            JSON_FOR_EACH_ITEM (name, acknowledged)
                assert_non_null(state_find_database(&process->state, json_string(name, "")));
            struct answer answer = world_ask(world, i, false, "system",
                                             "SHOW DATABASES YIELD name, currentStatus, writer", NULL);
            size_t writers = 0;
            JSON_FOR_EACH_ITEM (row, answer.rows) {
                assert_string_equal(json_string_at(row, "currentStatus", ""), "online");
                writers += json_bool_at(row, "writer", false);
            }
            assert_int_equal(writers, process->state.database_count + 1);
        }
        assert_int_equal(leaders, 1);
        writes += json_length(acknowledged);
    }
    assert_true(writes > SEEDS); /* the faults leave room for work */
}
