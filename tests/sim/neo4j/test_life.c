#include "test.h"
#include "world.h"

static struct world *formed_world(uint64_t seed, unsigned servers) {
    struct world *world = world_new(seed);

    world_prepare(world, "neo4j:5.26.0-enterprise", servers);
    for (unsigned i = 0; i < servers; i++) {
        world_set_env(world, i, "NEO4J_initial_dbms_default__primaries__count", "3");
        world_start(world, i);
    }
    assert_true(world_run_until_open(world, servers, 5000));
    world_run(world, 2000);
    return world;
}

static const char *column(const struct answer *answer, const char *key, const char *value,
                          const char *wanted) {
    JSON_FOR_EACH_ITEM (row, answer->rows)
        if (str_equal(json_string_at(row, key, ""), value))
            return json_string_at(row, wanted, "");
    return "no such row";
}

static size_t count(const struct answer *answer, const char *key, const char *value) {
    size_t found = 0;

    JSON_FOR_EACH_ITEM (row, answer->rows)
        found += str_equal(json_string_at(row, key, ""), value);
    return found;
}

static size_t writers(const struct answer *answer) {
    size_t found = 0;

    JSON_FOR_EACH_ITEM (row, answer->rows)
        found += json_bool_at(row, "writer", false);
    return found;
}

TEST("a server keeps its identity across restarts, and is Unavailable meanwhile") {
    CLEANUP_POINTER(world_free) struct world *world = formed_world(1, 3);
    int stopped = (world_leader(world, 3) + 1) % 3, other = (stopped + 1) % 3;
    char *id = arena_strdup(world->arena, world->servers[stopped].volume->server_id);

    world_kill(world, (unsigned)stopped);
    world_run(world, 10000);
    struct answer answer = world_ask(world, (unsigned)other, false, "system", "SHOW SERVERS", NULL);
    assert_int_equal(answer.row_count, 3);
    assert_string_equal(column(&answer, "name", id, "health"), "Unavailable");
    assert_string_equal(column(&answer, "name", id, "state"), "Enabled");

    answer =
        world_ask(world, (unsigned)other, false, "system",
                  "SHOW DATABASE neo4j YIELD serverID, address, role, currentStatus, statusMessage", NULL);
    assert_string_equal(column(&answer, "serverID", id, "currentStatus"), "unknown");
    assert_string_equal(column(&answer, "serverID", id, "role"), "unknown");
    assert_string_equal(column(&answer, "serverID", id, "statusMessage"), "Server is unavailable");
    assert_string_equal(column(&answer, "serverID", id, "address"), "");

    world_start(world, (unsigned)stopped);
    assert_true(world_run_until_open(world, 3, 10000));
    world_run(world, 3000);
    assert_string_equal(world->servers[stopped].volume->server_id, id);
    answer = world_ask(world, (unsigned)other, false, "system", "SHOW SERVERS", NULL);
    assert_string_equal(column(&answer, "name", id, "health"), "Available");
    answer = world_ask(world, (unsigned)other, false, "system",
                       "SHOW DATABASE neo4j YIELD serverID, currentStatus", NULL);
    assert_string_equal(column(&answer, "serverID", id, "currentStatus"), "online");
}

TEST("a leader that is killed is followed by another after the detection window; one that stops hands over "
     "at once") {
    for (int graceful = 0; graceful < 2; graceful++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            CLEANUP_POINTER(world_free) struct world *world = formed_world(seed, 3);
            int leader = world_leader(world, 3), exit_code;
            unsigned other = (unsigned)(leader + 1) % 3;

            neo4j_process_terminate(world->servers[leader].process, !graceful);
            world_run(world, graceful ? 700 : 18000);
            assert_true(neo4j_process_exited(world->servers[leader].process, &exit_code));
            assert_int_equal(exit_code, graceful ? 143 : 137);
            neo4j_process_free(TAKE(world->servers[leader].process));
            assert_int_equal(world_leader(world, 3) >= 0, graceful);
            world_run(world, graceful ? 0 : 15000);
            assert_true(world_leader(world, 3) >= 0);
            struct answer answer = world_ask(world, other, true, "system",
                                             "ALTER USER neo4j SET PASSWORD CHANGE REQUIRED", NULL);
            assert_null(answer.code);
        }
}

TEST("every database has exactly one writer again after its leader is gone") {
    CLEANUP_POINTER(world_free) struct world *world = formed_world(5, 3);
    unsigned first = 0;

    for (unsigned i = 0; i < 3; i++)
        if (raft_role(TAILQ_FIRST(&world->servers[i].process->hosted)->raft) == RAFT_LEADER)
            first = i;
    world_kill(world, first);
    world_run(world, 40000);
    struct answer answer = world_ask(world, (first + 1) % 3, false, "system", "SHOW DATABASE neo4j", NULL);
    assert_int_equal(answer.row_count, 3);
    assert_int_equal(writers(&answer), 1);
}

TEST("without a majority nothing is written, but what is known is still shown") {
    CLEANUP_POINTER(world_free) struct world *world = formed_world(2, 3);

    world_kill(world, 0);
    world_kill(world, 1);
    world_run(world, 60000);
    assert_int_equal(world_leader(world, 3), -1);
    struct answer answer = world_ask(world, 2, false, "system", "SHOW SERVERS", NULL);
    assert_int_equal(answer.row_count, 3);
    assert_int_equal(count(&answer, "health", "Available"), 1);
    answer = world_ask(world, 2, false, "system", "SHOW DATABASES", NULL);
    assert_int_equal(writers(&answer), 0);
    answer = world_ask(world, 2, false, "system", "CREATE DATABASE other", NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Cluster.NotALeader");
    answer = world_ask(world, 2, true, "system", "CREATE DATABASE other", NULL);
    assert_string_equal(answer.code, "Neo.TransientError.General.DatabaseUnavailable");

    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 30000));
    answer = world_ask(world, 2, true, "system", "CREATE DATABASE other TOPOLOGY 2 PRIMARIES", NULL);
    assert_null(answer.code);
}

TEST("a cluster whose servers were all stopped comes back with what it knew") {
    CLEANUP_POINTER(world_free) struct world *world = formed_world(3, 3);

    assert_null(world_ask(world, 0, true, "system", "CREATE DATABASE kept TOPOLOGY 3 PRIMARIES", NULL).code);
    for (unsigned i = 0; i < 3; i++)
        world_kill(world, i);
    for (unsigned i = 0; i < 3; i++)
        world_start(world, i);
    assert_true(world_run_until_open(world, 3, 30000));
    world_run(world, 10000);
    for (unsigned i = 0; i < 3; i++) {
        struct answer answer = world_ask(world, i, false, "system", "SHOW DATABASE kept", NULL);
        assert_int_equal(answer.row_count, 3);
        assert_int_equal(count(&answer, "currentStatus", "online"), 3);
        assert_int_equal(writers(&answer), 1);
    }
}

TEST("a restarted server without quorum waits, and opens Bolt once a leader is there") {
    CLEANUP_POINTER(world_free) struct world *world = formed_world(3, 3);

    for (unsigned i = 0; i < 3; i++)
        world_kill(world, i);
    world_start(world, 0);
    world_run(world, 120000);
    assert_false(neo4j_process_listens(world->servers[0].process, 7687));
    assert_non_null(strstr(world_log(world, 0), "Waiting to catch up with the leader of database 'system'"));
    world_start(world, 1);
    assert_true(world_run_until_open(world, 2, 30000));
}

TEST("an empty volume comes back as a new Free server, or Enabled when free servers are enabled by "
     "themselves") {
    for (int enables = 0; enables < 2; enables++) {
        CLEANUP_POINTER(world_free) struct world *world = formed_world(4, 3);
        char *old_id = arena_strdup(world->arena, world->servers[2].volume->server_id);

        if (enables)
            assert_null(world_ask(world, 0, true, "system",
                                  "CALL dbms.cluster.setAutomaticallyEnableFreeServers(true)", NULL)
                            .code);
        world_kill(world, 2);
        neo4j_volume_free(world->servers[2].volume);
        world->servers[2].volume = neo4j_volume_new();
        world_start(world, 2);
        bool open = world_run_until_open(world, 3, 60000);
        if (!open)
            print_message("%s", world_log(world, 2));
        assert_true(open);
        world_run(world, 10000);
        const char *new_id = world->servers[2].volume->server_id;
        struct answer answer = world_ask(world, 0, false, "system", "SHOW SERVERS YIELD *", NULL);
        assert_int_equal(answer.row_count, 4);
        assert_string_equal(column(&answer, "serverId", old_id, "state"), "Enabled");
        assert_string_equal(column(&answer, "serverId", old_id, "health"), "Unavailable");
        assert_string_equal(column(&answer, "serverId", new_id, "state"), enables ? "Enabled" : "Free");
        assert_string_equal(column(&answer, "serverId", new_id, "health"), "Available");
        if (enables)
            continue;
        char *statement = arena_printf(world->arena,
                                       "ENABLE SERVER '%s' OPTIONS {modeConstraint: 'SECONDARY', "
                                       "tags: ['a', 'b']}",
                                       new_id);
        assert_null(world_ask(world, 1, true, "system", statement, NULL).code);
        answer = world_ask(world, 2, false, "system", "SHOW SERVERS YIELD *", NULL);
        assert_string_equal(column(&answer, "serverId", new_id, "state"), "Enabled");
        assert_string_equal(column(&answer, "serverId", new_id, "modeConstraint"), "SECONDARY");
    }
}

TEST("the volume of a server of another cluster never joins") {
    CLEANUP_POINTER(world_free) struct world *world = formed_world(5, 3);

    for (unsigned i = 0; i < 3; i++)
        world_kill(world, i);
    struct neo4j_volume *foreign = world->servers[0].volume;
    world->servers[0].volume = neo4j_volume_new();
    neo4j_volume_free(world->servers[1].volume);
    neo4j_volume_free(world->servers[2].volume);
    world->servers[1].volume = neo4j_volume_new();
    world->servers[2].volume = neo4j_volume_new();
    for (unsigned i = 0; i < 3; i++)
        world_start(world, i);
    assert_true(world_run_until_open(world, 3, 10000));
    world_kill(world, 0);
    neo4j_volume_free(world->servers[0].volume);
    world->servers[0].volume = foreign;
    world_start(world, 0);
    world_run(world, 300000);
    assert_false(neo4j_process_listens(world->servers[0].process, 7687));
    assert_non_null(strstr(world_log(world, 0), "belongs to cluster"));
    struct answer answer = world_ask(world, 1, false, "system", "SHOW SERVERS", NULL);
    assert_int_equal(answer.row_count, 3);
}

TEST("a copy that is cut off lags, and catches up when the link is whole again") {
    CLEANUP_POINTER(world_free) struct world *world = formed_world(6, 3);
    unsigned far = (unsigned)(world_leader(world, 3) + 1) % 3, leader = (unsigned)world_leader(world, 3);
    CLEANUP_FREE char *address = xprintf("127.0.1.%u", far);

    neo4j_network_cut(world->network, "*", address, true);
    assert_null(world_ask(world, leader, false, "system", "CREATE DATABASE ahead", NULL).code);
    assert_int_equal(world_ask(world, leader, false, "system", "SHOW DATABASE ahead", NULL).row_count, 3);
    assert_int_equal(world_ask(world, far, false, "system", "SHOW DATABASE ahead", NULL).row_count, 0);
    neo4j_network_cut(world->network, "*", address, false);
    world_run(world, 10000);
    assert_int_equal(world_ask(world, far, false, "system", "SHOW DATABASE ahead", NULL).row_count, 3);
}

TEST("a version that changes at a restart is shown by all servers") {
    CLEANUP_POINTER(world_free) struct world *world = formed_world(7, 3);
    const char *id = world->servers[0].volume->server_id;

    neo4j_process_terminate(world->servers[0].process, false);
    world_run(world, 1000);
    world->servers[0].image = "neo4j:5.26.9-enterprise";
    world_start(world, 0);
    assert_true(world_run_until_open(world, 3, 30000));
    world_run(world, 5000);
    struct answer answer = world_ask(world, 1, false, "system", "SHOW SERVERS YIELD serverId, version", NULL);
    assert_string_equal(column(&answer, "serverId", id, "version"), "5.26.9");
    assert_int_equal(count(&answer, "version", "5.26.0"), 2);
}

TEST("a server that founded a cluster alone stays the only one that votes on system") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(9);

    world_prepare(world, "neo4j:5.26.0-enterprise", 2);
    for (unsigned i = 0; i < 2; i++)
        world_set_env(world, i, "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", "1");
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 20000));
    world_start(world, 1);
    assert_true(world_run_until_open(world, 2, 20000));
    const char *late = world->servers[1].volume->server_id;
    char *statement = arena_printf(world->arena, "ENABLE SERVER '%s'", late);
    assert_null(world_ask(world, 0, true, "system", statement, NULL).code);
    struct answer answer =
        world_ask(world, 0, false, "system", "SHOW DATABASE system YIELD serverID, role", NULL);
    assert_int_equal(answer.row_count, 2);
    assert_string_equal(column(&answer, "serverID", late, "role"), "secondary");
    world_kill(world, 1);
    world_run(world, 60000);
    assert_int_equal(world_leader(world, 2), 0);
}

TEST("a store is opened by the version that wrote it or a later one, and only by way of 5.26 into calendar "
     "releases") {
    static const struct {
        const char *from;
        const char *to;
        bool starts;
    } rows[] = {
        { "neo4j:5.26.0-enterprise", "neo4j:5.26.9-enterprise", true },
        { "neo4j:5.26.9-enterprise", "neo4j:5.26.9-enterprise", true },
        { "neo4j:5.26.9-enterprise", "neo4j:2025.12.0-enterprise", true },
        { "neo4j:2025.12.0-enterprise", "neo4j:2026.08.0-enterprise", true },
        { "neo4j:5.26.9-enterprise", "neo4j:5.26.0-enterprise", false },
        { "neo4j:2025.12.0-enterprise", "neo4j:5.26.9-enterprise", false },
        { "neo4j:2026.08.0-enterprise", "neo4j:2025.12.0-enterprise", false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(i);
        int exit_code = 0;

        world_prepare(world, rows[i].from, 1);
        world_start(world, 0);
        assert_true(world_run_until_open(world, 1, 20000));
        world_kill(world, 0);
        struct neo4j_volume *volume = TAKE(world->servers[0].volume);
        world_prepare(world, rows[i].to, 1); /* the settings of the other family */
        neo4j_volume_free(world->servers[0].volume);
        world->servers[0].volume = volume;
        world_start(world, 0);
        assert_int_equal(world_run_until_open(world, 1, 20000), rows[i].starts);
        if (rows[i].starts)
            continue;
        assert_true(neo4j_process_exited(world->servers[0].process, &exit_code));
        assert_int_equal(exit_code, 1);
        assert_non_null(strstr(world_log(world, 0), "the stores were last opened by Neo4j"));
    }
}

TEST("a server that is older than all others is not taken by their cluster") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(12);

    world_prepare(world, "neo4j:2026.08.0-enterprise", 4);
    for (unsigned i = 0; i < 4; i++)
        world_set_env(world, i, "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", "3");
    for (unsigned i = 0; i < 3; i++)
        world_start(world, i);
    assert_true(world_run_until_open(world, 3, 20000));
    world->servers[3].image = "neo4j:2025.12.0-enterprise";
    world_start(world, 3);
    world_run(world, 60000);
    assert_false(neo4j_process_listens(world->servers[3].process, 7687));
    assert_non_null(strstr(world_log(world, 3), "all servers of the cluster run newer versions"));
}

TEST("an empty volume behind a cut link founds a second cluster when one server is enough for it, and waits "
     "when "
     "it is not") {
    static const char *const minimums[] = { "1", "3" };

    for (size_t i = 0; i < ARRAY_LENGTH(minimums); i++) {
        CLEANUP_POINTER(world_free) struct world *world = formed_world(13, 3);

        world_kill(world, 2);
        neo4j_volume_free(world->servers[2].volume);
        world->servers[2].volume = neo4j_volume_new();
        world_set_env(world, 2, "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", minimums[i]);
        neo4j_network_cut(world->network, "127.0.1.2", "*", true);
        world_start(world, 2);
        world_run(world, 60000);
        assert_int_equal(neo4j_process_listens(world->servers[2].process, 7687), i == 0);
        if (i > 0)
            continue;
        /* The links are whole again, but two clusters don't become one. */
        neo4j_network_cut(world->network, "127.0.1.2", "*", false);
        world_run(world, 60000);
        struct answer own = world_ask(world, 2, false, "system", "SHOW SERVERS", NULL);
        struct answer others = world_ask(world, 0, false, "system", "SHOW SERVERS", NULL);
        assert_int_equal(own.row_count, 1);
        assert_int_equal(others.row_count, 3);
        assert_string_not_equal(world->servers[2].volume->cluster_id, world->servers[0].volume->cluster_id);
    }
}
