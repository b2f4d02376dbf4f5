#include "test.h"
#include "world.h"

static struct world *with_cluster(const char *image, unsigned servers) {
    struct world *world = world_new(7);

    world_prepare(world, image, servers);
    for (unsigned i = 0; i < servers; i++)
        world_start(world, i);
    assert_true(world_run_until_open(world, servers, 60000));
    world_run(world, 10000);
    return world;
}

static void set_disk(struct world *world, unsigned server, enum neo4j_disk disk) {
    neo4j_volume_set_disk(world->servers[server].volume, disk);
}

static struct answer ask(struct world *world, unsigned server, const char *database, const char *statement) {
    return world_ask(world, server, false, database, statement, NULL);
}

/* A column of the row of database neo4j at a server's own address. */
static const char *shown(struct world *world, unsigned server, unsigned of, const char *column) {
    struct answer answer =
        ask(world, server, "system",
            arena_printf(world->arena,
                         "SHOW DATABASE neo4j YIELD currentStatus, statusMessage, writer, address "
                         "WHERE address STARTS WITH 'server-%u'",
                         of));

    assert_null(answer.code);
    return json_string_at(json_item(answer.rows, 0), column, "");
}

static int writer(struct world *world, unsigned servers) {
    for (unsigned i = 0; i < servers; i++) {
        const struct neo4j_process *process = world->servers[i].process;
        const struct state_database *database = state_find_database(&process->state, "neo4j");
        const struct hosted_database *hosted = hosting_find(process, database->id);
        if (hosted && hosting_is_writable(hosted))
            return (int)i;
    }
    return -1;
}

static void create_database_everywhere(struct world *world) {
    struct answer answer = world_ask(
        world, 0, true, "system", "ALTER DATABASE neo4j SET TOPOLOGY 3 PRIMARIES 0 SECONDARIES WAIT", NULL);

    assert_null(answer.code);
    world_run(world, 60000);
}

TEST("a single server on a full disk reads on, fails the write, and needs room and a restart") {
    CLEANUP_POINTER(world_free) struct world *world = with_cluster("neo4j:5.26.0-enterprise", 1);

    assert_null(ask(world, 0, "neo4j", "CREATE (:Before)").code);
    set_disk(world, 0, NEO4J_DISK_FULL);
    assert_int_equal(ask(world, 0, "neo4j", "MATCH (n:Before) RETURN n").row_count, 1);
    struct answer failed = ask(world, 0, "neo4j", "CREATE (:Lost)");
    assert_string_equal(failed.code, "Neo.DatabaseError.Transaction.TransactionLogError");
    assert_non_null(strstr(failed.message, "No space left on device"));
    world_run(world, 1000);
    assert_string_equal(shown(world, 0, 0, "currentStatus"), "offline");
    assert_non_null(strstr(shown(world, 0, 0, "statusMessage"), "needs to be restarted"));
    assert_non_null(strstr(world_log(world, 0), "Database panic"));

    set_disk(world, 0, NEO4J_DISK_FINE);
    world_run(world, 60000);
    assert_non_null(ask(world, 0, "neo4j", "MATCH (n) RETURN n").code); /* room alone is not enough */
    world_kill(world, 0);
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 60000));
    world_run(world, 5000);
    assert_null(ask(world, 0, "neo4j", "CREATE (:After)").code);
    assert_int_equal(ask(world, 0, "neo4j", "MATCH (n:Before) RETURN n").row_count, 1);
    assert_int_equal(ask(world, 0, "neo4j", "MATCH (n:Lost) RETURN n").row_count, 0);
}

TEST("with room again, a stop and a start of the database do as well as a restart of the server") {
    CLEANUP_POINTER(world_free) struct world *world = with_cluster("neo4j:5.26.0-enterprise", 1);

    set_disk(world, 0, NEO4J_DISK_FULL);
    assert_non_null(ask(world, 0, "neo4j", "CREATE (:Lost)").code);
    set_disk(world, 0, NEO4J_DISK_FINE);
    assert_null(ask(world, 0, "system", "STOP DATABASE neo4j WAIT").code);
    assert_null(ask(world, 0, "system", "START DATABASE neo4j WAIT").code);
    world_run(world, 5000);
    assert_null(ask(world, 0, "neo4j", "CREATE (:After)").code);
}

TEST("a server does not start on a full disk") {
    CLEANUP_POINTER(world_free) struct world *world = with_cluster("neo4j:5.26.0-enterprise", 1);
    int exit_code = 0;

    world_kill(world, 0);
    set_disk(world, 0, NEO4J_DISK_FULL);
    world_start(world, 0);
    world_run(world, 10000);
    assert_true(neo4j_process_exited(world->servers[0].process, &exit_code));
    assert_int_equal(exit_code, 1);
    assert_non_null(strstr(world_log(world, 0), "No space left on device"));
}

TEST("a leader on a full disk is replaced by another, and what was acknowledged stays") {
    CLEANUP_POINTER(world_free) struct world *world = with_cluster("neo4j:5.26.0-enterprise", 3);

    create_database_everywhere(world);
    int old = writer(world, 3);
    assert_true(old >= 0);
    assert_null(world_ask(world, (unsigned)old, true, "neo4j", "CREATE (:Before)", NULL).code);
    set_disk(world, (unsigned)old, NEO4J_DISK_FULL);
    assert_non_null(world_ask(world, (unsigned)old, false, "neo4j", "CREATE (:Lost)", NULL).code);
    world_run(world, 60000);
    int new = writer(world, 3);
    assert_true(new >= 0 && new != old);
    unsigned asked = (unsigned)new;
    assert_string_equal(shown(world, asked, (unsigned)old, "currentStatus"), "offline");
    assert_null(world_ask(world, asked, true, "neo4j", "CREATE (:After)", NULL).code);
    assert_int_equal(ask(world, asked, "neo4j", "MATCH (n:Before) RETURN n").row_count, 1);
    assert_int_equal(ask(world, asked, "neo4j", "MATCH (n:Lost) RETURN n").row_count, 0);
}

TEST("a follower on a full disk does not stop the others") {
    CLEANUP_POINTER(world_free) struct world *world = with_cluster("neo4j:5.26.0-enterprise", 3);

    create_database_everywhere(world);
    int leader = writer(world, 3);
    unsigned follower = (unsigned)(leader + 1) % 3;
    set_disk(world, follower, NEO4J_DISK_FULL);
    assert_null(world_ask(world, (unsigned)leader, true, "neo4j", "CREATE (:After)", NULL).code);
    world_run(world, 5000);
    assert_string_equal(shown(world, (unsigned)leader, follower, "currentStatus"), "offline");
    assert_int_equal(writer(world, 3), leader);
}

TEST("a panic of system ends the server where the setting says so") {
    static const struct {
        const char *image;
        bool exits;
    } rows[] = { { "neo4j:5.26.0-enterprise", false }, { "neo4j:2025.06.0-enterprise", true } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = with_cluster(rows[i].image, 3);
        unsigned follower = (unsigned)(world_leader(world, 3) + 1) % 3;
        unsigned leader = (unsigned)world_leader(world, 3);
        int exit_code = 0;

        set_disk(world, follower, NEO4J_DISK_FULL);
        assert_null(world_ask(world, leader, true, "system", "CREATE DATABASE extra", NULL).code);
        world_run(world, 10000);
        assert_non_null(strstr(world_log(world, follower), "DBMS panic"));
        assert_int_equal(neo4j_process_exited(world->servers[follower].process, &exit_code), rows[i].exits);
        if (rows[i].exits)
            assert_int_equal(exit_code, 1);
        assert_null(world_ask(world, leader, true, "system", "DROP DATABASE extra", NULL).code);
    }
}

static int64_t time_of(struct world *world, unsigned server, const char *statement) {
    int64_t began_ns = world->now_ns;

    assert_null(world_ask(world, server, true, "neo4j", statement, NULL).code);
    return world->now_ns - began_ns;
}

TEST("on a slow disk commits, stops and starts take long, and come to their end") {
    CLEANUP_POINTER(world_free) struct world *world = with_cluster("neo4j:5.26.0-enterprise", 1);
    int exit_code = 0;

    int64_t fine_ns = time_of(world, 0, "CREATE (:A)");
    set_disk(world, 0, NEO4J_DISK_SLOW);
    assert_true(time_of(world, 0, "CREATE (:B)") >= fine_ns + DISK_WRITE_MS * MS_NS);
    neo4j_process_terminate(world->servers[0].process, false);
    world_run(world, 5000);
    assert_false(neo4j_process_exited(world->servers[0].process, NULL));
    world_run(world, 10000);
    assert_true(neo4j_process_exited(world->servers[0].process, &exit_code));
    assert_int_equal(exit_code, 143);
    world_start(world, 0);
    assert_false(world_run_until_open(world, 1, 15000));
    assert_true(world_run_until_open(world, 1, 60000));
    world_run(world, 10000);
    assert_int_equal(ask(world, 0, "neo4j", "MATCH (n:B) RETURN n").row_count, 1);
}

TEST("two slow disks of three slow a cluster down, one does not") {
    CLEANUP_POINTER(world_free) struct world *world = with_cluster("neo4j:5.26.0-enterprise", 3);

    create_database_everywhere(world);
    unsigned leader = (unsigned)writer(world, 3);
    set_disk(world, (leader + 1) % 3, NEO4J_DISK_SLOW);
    assert_true(time_of(world, leader, "CREATE (:A)") < DISK_WRITE_MS * MS_NS);
    set_disk(world, (leader + 2) % 3, NEO4J_DISK_SLOW);
    assert_true(time_of(world, leader, "CREATE (:B)") >= DISK_WRITE_MS * MS_NS);
    world_run(world, 120000);
    assert_int_equal(writer(world, 3), leader);
}
