#include "admin_runs.h"
#include "test.h"

#include "sim/neo4j/file_tree.h"

#define FROM "--from=server-0.graph:6362"

/* A standalone server with some data, and containers that have its volume at /data and another at /backup. */
static struct world *with_data(const char *image) {
    struct world *world = world_new(5);
    struct neo4j_mount *mounts = ARENA_ARRAY(world->arena, struct neo4j_mount, 2);

    world_prepare(world, image, 1);
    world_set_env(world, 0, "NEO4J_server_backup_listen__address", "0.0.0.0:6362");
    admin_prepare(world, image);
    mounts[0] = (struct neo4j_mount){ .path = "/backup/", .volume = world->servers[ADMIN_SLOT].volume };
    mounts[1] = (struct neo4j_mount){ .path = "/data", .volume = world->servers[0].volume };
    for (size_t i = 0; i < 2; i++) {
        struct world_server *server = &world->servers[i ? ADMIN_SLOT : 0];
        server->mounts = mounts;
        server->mount_count = 2;
    }
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 60000));
    world_run(world, 10000);
    for (int i = 0; i < 3; i++)
        admin_write(world, 1, "neo4j", i);
    return world;
}

static void expect(struct admin_run run, int exit_code, const char *log) {
    if (run.exit_code != exit_code || !strstr(run.log, log))
        fail_msg("exit code %d instead of %d, '%s' in:\n%s", run.exit_code, exit_code, log, run.log);
}

/* Runs with the server's data. */
static struct admin_run run_on_data(struct world *world, const char *words) {
    struct world_server *admin = &world->servers[ADMIN_SLOT];
    struct neo4j_volume *own = admin->volume;

    admin->volume = world->servers[0].volume;
    struct admin_run run = admin_run(world, words);
    admin->volume = own;
    return run;
}

static void restart(struct world *world) {
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 60000));
    world_run(world, 20000);
}

TEST("a database that is open can't be dumped, loaded, checked or restored") {
    CLEANUP_POINTER(world_free) struct world *world = with_data("neo4j:2026.08.0-enterprise");
    static const char *const commands[] = {
        "database dump neo4j --to-path=/backup",
        "database load neo4j --from-path=/backup --overwrite-destination",
        "database check neo4j",
        "database restore --from-path=/backup --overwrite-destination=true neo4j",
        "database info neo4j",
    };

    expect(admin_run(world, "database backup " FROM " --to-path=/backup neo4j"), 0, "Finished artifact");
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        expect(run_on_data(world, commands[i]), 1, "in use");
    expect(run_on_data(world, "server unbind"), 1, "Database is currently locked. Please shutdown database.");
    assert_null(world_ask(world, 0, false, "system", "STOP DATABASE neo4j", NULL).code);
    world_run(world, 5000);
    expect(run_on_data(world, "database dump neo4j --to-path=/backup"), 0, "Dump completed successfully");
}

TEST("a dump of a stopped server is loaded elsewhere, once") {
    CLEANUP_POINTER(world_free) struct world *world = with_data("neo4j:5.26.0-enterprise");

    world_kill(world, 0);
    expect(run_on_data(world, "database dump neo4j --to-path=/backup"), 0, "Dump completed successfully");
    expect(run_on_data(world, "database dump neo4j --to-path=/backup"), 1,
           "Archive already exists: /backup/neo4j.dump");
    expect(run_on_data(world, "database dump * --to-path=/backup --overwrite-destination=true"), 0,
           "Starting dump of database 'system'");
    expect(run_on_data(world, "database dump nosuch --to-path=/backup"), 1,
           "Database does not exist: nosuch");
    expect(run_on_data(world, "database load --info neo4j --from-path=/backup"), 0,
           "Format: Neo4j ZSTD Dump.");
    expect(run_on_data(world, "database load neo4j --from-path=/backup"), 1,
           "Database already exists: neo4j");
    expect(run_on_data(world, "database load other --from-path=/backup"), 1, "No matching archives found");
    expect(run_on_data(world, "database info"), 0, "Last committed transaction id:4");
    expect(run_on_data(world, "database info neo4j --format=json"), 0, "\"lastCommittedTransaction\":\"4\"");
    expect(run_on_data(world, "database check neo4j"), 0, "Consistency check");
    expect(run_on_data(world, "database check neo4j --from-path=/backup"), 0, "Consistency check");
    expect(run_on_data(world, "database check nosuch"), 70, "Failed to prepare for consistency check");
}

TEST("a restored database comes up with its data, to the end of the chain or to a point before") {
    static const struct {
        const char *options;
        size_t entries;
    } rows[] = { { "", 5 }, { " --restore-until=5", 3 }, { " --restore-until=6", 4 } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = with_data("neo4j:5.26.0-enterprise");
        expect(admin_run(world, "database backup " FROM " --to-path=/backup neo4j"), 0, "Finished full");
        admin_write(world, 1, "neo4j", 7);
        admin_write(world, 1, "neo4j", 8);
        expect(admin_run(world, "database backup " FROM " --to-path=/backup neo4j"), 0,
               "Finished differential");
        admin_write(world, 1, "neo4j", 9);
        const char *last = admin_last_file(world, world->servers[ADMIN_SLOT].volume, "", "neo4j");
        assert_int_equal(admin_entries(world, 0, "neo4j"), 6);
        world_kill(world, 0);
        expect(run_on_data(world,
                           arena_printf(world->arena, "database restore --from-path=/backup/%s neo4j", last)),
               1, "already exists");
        expect(
            run_on_data(world,
                        arena_printf(world->arena,
                                     "database restore --overwrite-destination=true --from-path=/backup/%s%s",
                                     last, rows[i].options)),
            0, "completed successfully");
        restart(world);
        assert_int_equal(admin_entries(world, 0, "neo4j"), rows[i].entries);
    }
}

TEST("a database restored under a new name waits for its creation") {
    CLEANUP_POINTER(world_free) struct world *world = with_data("neo4j:2025.10.1-enterprise");

    expect(admin_run(world, "database backup " FROM " --to-path=/backup neo4j"), 0, "Finished full");
    expect(run_on_data(world, "database restore --from-path=/backup fresh"), 0, "completed successfully");
    const char *script =
        file_tree_read(neo4j_volume_files(world->servers[0].volume), "scripts/fresh/restore_metadata.cypher");
    assert_non_null(script);
    assert_non_null(strstr(script, "CREATE USER `neo4j` IF NOT EXISTS SET ENCRYPTED PASSWORD '"));
    assert_null(world_ask(world, 0, false, "system", "CREATE DATABASE fresh", NULL).code);
    world_run(world, 10000);
    assert_int_equal(admin_entries(world, 0, "fresh"), 3);
    admin_write(world, 1, "fresh", 4);
    assert_int_equal(admin_entries(world, 0, "fresh"), 4);
    world_kill(world, 0);
    restart(world);
    assert_int_equal(admin_entries(world, 0, "fresh"), 4);
}

TEST("the script of a restore makes roles anew, with what they may on the database under its new name") {
    static const char *const before[] = { "CREATE ROLE guide", "GRANT TRAVERSE ON GRAPH neo4j TO guide",
                                          "GRANT ACCESS ON DATABASE system TO guide" };
    CLEANUP_POINTER(world_free) struct world *world = with_data("neo4j:2025.10.1-enterprise");
    const char *parameters = "{\"database\": \"fresh\"}", *script;

    for (size_t i = 0; i < ARRAY_LENGTH(before); i++) {
        struct answer answer = world_ask(world, 0, false, "system", before[i], NULL);
        if (answer.code)
            fail_msg("%s: %s", before[i], answer.message);
    }
    expect(admin_run(world, "database backup " FROM " --to-path=/backup neo4j"), 0, "Finished full");
    expect(run_on_data(world, "database restore --from-path=/backup fresh"), 0, "completed successfully");
    script =
        file_tree_read(neo4j_volume_files(world->servers[0].volume), "scripts/fresh/restore_metadata.cypher");
    assert_non_null(strstr(script, "CREATE ROLE `guide` IF NOT EXISTS;\n"
                                   "GRANT TRAVERSE ON GRAPH $database NODE * TO `guide`;\n"
                                   "GRANT TRAVERSE ON GRAPH $database RELATIONSHIP * TO `guide`;\n"));
    assert_null(strstr(script, "system"));
    assert_null(world_ask(world, 0, false, "system", "DROP ROLE guide", NULL).code);
    assert_null(world_ask(world, 0, false, "system", "CREATE DATABASE fresh", NULL).code);
    struct text rest = text_from(script);
    while (rest.length) {
        struct text line = text_cut(&rest, '\n');
        char *statement = arena_strndup(world->arena, line.data, line.length - 1);
        struct answer answer = world_ask(world, 0, false, "system", statement, parameters);
        if (answer.code)
            fail_msg("%s: %s", statement, answer.message);
    }
    struct answer shown =
        world_ask(world, 0, false, "system", "SHOW ROLE guide PRIVILEGES AS COMMANDS", NULL);
    assert_int_equal(shown.row_count, 2);
    assert_non_null(strstr(json_print(world->arena, shown.rows), "ON GRAPH `fresh` NODE *"));
}

TEST("what can't be restored says why") {
    CLEANUP_POINTER(world_free) struct world *world = with_data("neo4j:2025.10.1-enterprise");

    expect(admin_run(world, "database backup " FROM " --to-path=/backup neo4j system"), 0, "Finished full");
    expect(run_on_data(world, "database restore --from-path=/backup x"), 1, "backups of several databases");
    expect(run_on_data(world, "database restore --from-path=/backup --source-database=neo4j x"), 0,
           "completed");
    expect(run_on_data(world, "database restore --from-path=/backup,/backup x"), 1, "single artifact");
    expect(run_on_data(world, "database restore --from-path=/none x"), 1, "/none does not exist");
    expect(run_on_data(world,
                       "database restore --from-path=/backup --source-database=neo4j --restore-until=soon y"),
           1, "--restore-until");
    expect(run_on_data(world, "database restore --from-path=/backup --source-database=system z"), 1,
           "system database");
    world->servers[ADMIN_SLOT].image = "neo4j:5.26.0-enterprise";
    const char *file = admin_last_file(world, world->servers[ADMIN_SLOT].volume, "", "neo4j");
    expect(run_on_data(world, arena_printf(world->arena, "database restore --from-path=/backup/%s w", file)),
           1, "to a previous Neo4j version");
    struct file_tree *files = neo4j_volume_files(world->servers[ADMIN_SLOT].volume);
    assert_true(file_tree_write(files, "bad.backup", "{\"artifact\": \"backup\"}", NULL));
    expect(run_on_data(world, "database restore --from-path=/backup/bad.backup w"), 1, "corrupt");
}

TEST("restoring from a volume to read only needs a temporary folder elsewhere") {
    CLEANUP_POINTER(world_free) struct world *world = with_data("neo4j:5.26.0-enterprise");
    struct neo4j_mount mounts[2];

    expect(admin_run(world, "database backup " FROM " --to-path=/backup neo4j"), 0, "Finished full");
    memcpy(mounts, world->servers[0].mounts, sizeof(mounts));
    mounts[0].is_read_only = true;
    world->servers[ADMIN_SLOT].mounts = mounts;
    expect(run_on_data(world, "database restore --from-path=/backup x"), 1, "Read-only file system");
    expect(run_on_data(world, "database restore --from-path=/backup --temp-path=/data x"), 0, "completed");
}

TEST("a copy leaves out what it is told to") {
    CLEANUP_POINTER(world_free) struct world *world = with_data("neo4j:5.26.0-enterprise");

    assert_null(world_ask(world, 0, false, "system", "STOP DATABASE neo4j", NULL).code);
    world_run(world, 5000);
    expect(run_on_data(world, "database copy neo4j all"), 0, "Copied 3 of 3 nodes");
    expect(run_on_data(world, "database copy neo4j none --ignore-nodes-with-labels=Entry"), 0,
           "Copied 0 of 3 nodes");
    expect(run_on_data(world, "database copy neo4j all"), 1, "already exists");
    expect(run_on_data(world, "database copy system s"), 1, "not supported for use on the system database");
    expect(run_on_data(world, "database migrate neo4j"), 0, "there is nothing to do");
}

TEST("an unbound server comes back with another identity, an unbound system database with its own data") {
    CLEANUP_POINTER(world_free) struct world *world = with_data("neo4j:5.26.0-enterprise");
    const char *before = arena_strdup(world->arena, world->servers[0].volume->server_id);

    world_kill(world, 0);
    expect(run_on_data(world, "database dump system --to-path=/backup"), 0, "Dump completed");
    expect(run_on_data(world, "server unbind"), 0, "");
    restart(world);
    assert_string_not_equal(world->servers[0].volume->server_id, before);
}
