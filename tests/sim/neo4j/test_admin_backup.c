#include "admin_runs.h"
#include "test.h"

#include "sim/neo4j/file_tree.h"
#include "sim/neo4j/seed.h"

#define FROM "--from=server-0.graph:6362"

/* A cluster that can be backed up from elsewhere, and a container with a volume at /backup. */
static struct world *with_servers(const char *image, unsigned servers) {
    struct world *world = world_new(11);
    struct neo4j_mount *mount = ARENA_NEW(world->arena, struct neo4j_mount);

    world_prepare(world, image, servers);
    for (unsigned i = 0; i < servers; i++) {
        world_set_env(world, i, "NEO4J_server_backup_listen__address", "0.0.0.0:6362");
        world_start(world, i);
    }
    assert_true(world_run_until_open(world, servers, 60000));
    world_run(world, 60000);
    admin_prepare(world, image);
    *mount = (struct neo4j_mount){ .path = "/backup", .volume = world->servers[ADMIN_SLOT].volume };
    world->servers[ADMIN_SLOT].mounts = mount;
    world->servers[ADMIN_SLOT].mount_count = 1;
    return world;
}

static void expect(struct admin_run run, int exit_code, const char *log) {
    if (run.exit_code != exit_code || !strstr(run.log, log))
        fail_msg("exit code %d instead of %d, '%s' in:\n%s", run.exit_code, exit_code, log, run.log);
}

static struct neo4j_volume *backup_volume(struct world *world) {
    return world->servers[ADMIN_SLOT].volume;
}

TEST("backups grow into a chain: full, differential, nothing new") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:5.26.0-enterprise", 1);

    admin_write(world, 1, "neo4j", 1);
    struct admin_run run = admin_run(world, "database backup " FROM " --to-path=/backup neo4j");
    expect(run, 0, "Start differential backup of database 'neo4j'.");
    expect(run, 0, "Falling back to full backup of database 'neo4j'.");
    expect(run, 0, "Finished full backup of database 'neo4j'. Downloaded from tx -1 to tx 2.");
    expect(run, 0, "Finished artifact creation 'neo4j-2026-01-01T00-01-0");
    admin_write(world, 1, "neo4j", 2);
    expect(admin_run(world, "database backup " FROM " --to-path=/backup"), 0,
           "Finished differential backup of database 'neo4j'.");
    run = admin_run(world, "database backup " FROM " --to-path=/backup");
    expect(run, 0,
           "The remote server (server-0.graph:6362) has not any recent data for database 'DatabaseId{");
    expect(run, 0, "Finished artifact creation");
    admin_write(world, 1, "neo4j", 3);
    expect(admin_run(world, "database backup " FROM " --to-path=/backup --type=DIFF"), 0,
           "Finished differential");
    expect(admin_run(world, "database backup " FROM " --to-path=/backup --type=FULL"), 0,
           "Downloaded from tx -1 to tx 4.");

    run = admin_run(world, "backup inspect /backup --show-metadata");
    expect(run, 0, "|                                            FILE | DATABASE |");
    expect(run, 0, "| HIGHEST TX |    STORE ID HASH |");
    assert_null(strstr(run.log, "|         0 |          0 |"));
    expect(admin_run(world, "backup inspect /backup --show-metadata --empty"), 0,
           "|         0 |          0 |");
    run = admin_run(world,
                    "backup inspect /backup --show-metadata --latest-chain --database=neo4j --format=json");
    expect(run, 0, "\"HIGHEST TX\":\"4\"");
}

TEST("a differential backup without its full one fails, and a lost parent makes a new chain") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:5.26.0-enterprise", 1);
    struct admin_run run = admin_run(world, "database backup " FROM " --to-path=/backup --type=DIFF neo4j");

    expect(run, 1,
           "Differential backup of database 'neo4j' failed. Reason: Differential backups require that a full "
           "backup of "
           "the same database exists in the folder defined in --to-path.");
    assert_null(strstr(run.log, "Falling back"));
    assert_string_equal(admin_last_file(world, backup_volume(world), "", "neo4j"), "");
    expect(admin_run(world, "database backup " FROM " --to-path=/backup"), 0, "Finished full backup");
    admin_write(world, 1, "neo4j", 1);
    run = admin_run(world, "database backup " FROM " --to-path=/backup --type=DIFF *");
    expect(run, 1, "Differential backup of database 'system' failed."); /* in part is failed, too */
    expect(run, 1, "Finished differential backup of database 'neo4j'.");
    file_tree_remove(neo4j_volume_files(backup_volume(world)),
                     admin_last_file(world, backup_volume(world), "", "neo4j"));
    file_tree_remove(neo4j_volume_files(backup_volume(world)),
                     admin_last_file(world, backup_volume(world), "", "neo4j"));
    expect(admin_run(world, "database backup " FROM " --to-path=/backup"), 0, "Falling back to full backup");
}

TEST("servers are tried in order, and one that can't be reached shows in the exit code") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:2025.10.1-enterprise", 3);

    expect(admin_run(world, "database backup --from=nowhere.graph:6362 --to-path=/backup neo4j"), 1,
           "java.net.UnknownHostException: nowhere.graph");
    expect(admin_run(world, "database backup --from=server-0.graph:7999 --to-path=/backup neo4j"), 1,
           "Connection refused: server-0.graph/127.0.1.0:7999");
    expect(admin_run(world,
                     "database backup --from=nowhere.graph:1,server-1.graph:6362 --to-path=/backup system"),
           1, "Finished artifact creation 'system-");
    expect(admin_run(world,
                     "database backup --from=server-1.graph:6000,nowhere.graph:1 --to-path=/backup system"),
           0, "Finished artifact creation 'system-"); /* the others are not needed */
    expect(admin_run(world, "database backup --from=server-1.graph:6362 --to-path=/backup nosuch"), 1,
           "Database 'nosuch' is not hosted");
    struct admin_run run =
        admin_run(world, "database backup --from=server-0.graph,server-1.graph,server-2.graph "
                         "--to-path=/backup --type=full *");
    expect(run, 0, "for database 'neo4j'");
    expect(run, 0, "for database 'system'");
    neo4j_network_cut(world->network, "127.0.1.2", "*", true);
    expect(admin_run(world, "database backup --from=server-2.graph,server-1.graph --to-path=/backup *"), 1,
           "connection timed out: server-2.graph/127.0.1.2:6362");
}

TEST("a backup service that is off, or listens on loopback only, refuses") {
    static const struct {
        const char *name, *value;
    } rows[] = { { "NEO4J_server_backup_enabled", "false" },
                 { "NEO4J_server_backup_listen__address", "127.0.0.1:6362" } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:5.26.0-enterprise", 1);
        world_kill(world, 0);
        world_set_env(world, 0, rows[i].name, rows[i].value);
        world_start(world, 0);
        assert_true(world_run_until_open(world, 1, 60000));
        world_run(world, 5000);
        expect(admin_run(world, "database backup " FROM " --to-path=/backup neo4j"), 1, "Connection refused");
    }
}

TEST("buckets want credentials and must be there") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:2026.08.0-enterprise", 1);
    static const char to_bucket[] = "database backup " FROM " --to-path=s3://backups/daily/ neo4j";

    expect(admin_run(world, to_bucket), 1, "Unable to load credentials");
    world_set_env(world, ADMIN_SLOT, "AWS_ACCESS_KEY_ID", "id");
    world_set_env(world, ADMIN_SLOT, "AWS_SECRET_ACCESS_KEY", "hidden");
    expect(admin_run(world, to_bucket), 1, "Unable to load region");
    world_set_env(world, ADMIN_SLOT, "AWS_REGION", "eu-north-1");
    expect(admin_run(world, to_bucket), 1, "The specified bucket does not exist");
    neo4j_network_make_bucket(world->network, "s3://backups");
    struct admin_run run = admin_run(world, to_bucket);
    expect(run, 0, "Finished artifact creation");
    assert_null(strstr(run.log, "hidden"));
    expect(admin_run(world, "backup inspect s3://backups/daily"), 0, "s3://backups/daily/neo4j-2026-01-01T");
    expect(admin_run(world, "database backup " FROM " --to-path=gs://b neo4j"), 1,
           "default credentials were not found");
    expect(admin_run(world, "database backup " FROM " --to-path=azb://a/c neo4j"), 1,
           "EnvironmentCredential");
    world_set_env(world, ADMIN_SLOT, "GOOGLE_APPLICATION_CREDENTIALS", "/secret/key.json");
    expect(admin_run(world, "database backup " FROM " --to-path=gs://b neo4j"), 1,
           "'/secret/key.json': File does not exist");
    expect(admin_run(world, "database backup " FROM " --to-path=ftp://b neo4j"), 1,
           "No storage system found");
}

TEST("a volume that is mounted to read only takes no backup") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:5.26.0-enterprise", 1);
    struct neo4j_mount mount = { .path = "/backup", .volume = backup_volume(world), .is_read_only = true };

    world->servers[ADMIN_SLOT].mounts = &mount;
    expect(admin_run(world, "database backup " FROM " --to-path=/backup neo4j"), 1, "Read-only file system");
}

TEST("a chain is aggregated into one full backup") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:2025.10.1-enterprise", 1);
    static const char backup[] = "database backup " FROM " --to-path=/backup neo4j";

    for (int i = 0; i < 3; i++) {
        expect(admin_run(world, backup), 0, "Finished artifact creation");
        admin_write(world, 1, "neo4j", i);
    }
    expect(admin_run(world, backup), 0, "Finished differential");
    expect(
        admin_run(world, "backup aggregate --from-path=/backup neo4j"), 0,
        "Successfully aggregated backup chain of database 'neo4j', new artifact: '/backup/neo4j-2026-01-01T");
    struct admin_run run = admin_run(world, "backup inspect /backup --show-metadata --format=JSON");
    expect(run, 0, "\"FULL\":\"true\"");
    expect(run, 0, "\"HIGHEST TX\":\"4\"");
    assert_null(strstr(run.log, "\"FULL\":\"false\""));
    expect(admin_run(world, "backup aggregate --from-path=/backup neo4j"), 0, "nothing to aggregate");
    expect(admin_run(world, "backup aggregate --from-path=/backup other"), 1,
           "No backup of database 'other'");
}

static bool read_seed(struct world *world, const struct seed *seed, uint64_t transaction, const char *says) {
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    struct error err = { 0 };
    bool ok = seed_read(world->servers[0].process, seed, &ledger, &err);

    return ok ? ledger_transaction(ledger) == transaction : !transaction && strstr(err.text, says);
}

TEST("a server reads a seed by its URI: one artifact, its chain, or a folder") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:2025.10.1-enterprise", 1);
    static const char *const variables[][2] = { { "AWS_ACCESS_KEY_ID", "id" },
                                                { "AWS_SECRET_ACCESS_KEY", "hidden" },
                                                { "AWS_REGION", "eu-north-1" } };
    const char *uris[3];

    neo4j_network_make_bucket(world->network, "s3://seeds");
    for (size_t i = 0; i < ARRAY_LENGTH(variables); i++)
        world_set_env(world, ADMIN_SLOT, variables[i][0], variables[i][1]);
    for (int i = 0; i < 3; i++) {
        admin_write(world, 1, "neo4j", i);
        struct admin_run run = admin_run(world, "database backup " FROM " --to-path=s3://seeds/a neo4j");
        const char *file = strstr(run.log, "creation '");
        assert_non_null(file);
        uris[i] = arena_printf(world->arena, "s3://seeds/a/%.32s", file + strlen("creation '"));
    }
    assert_true(read_seed(world, &(struct seed){ .uri = uris[2] }, 0, "Unable to load credentials"));
    world_kill(world, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(variables); i++)
        world_set_env(world, 0, variables[i][0], variables[i][1]);
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 60000));
    const struct {
        const char *what;
        struct seed seed;
        uint64_t transaction;
        const char *says;
    } rows[] = {
        { "full", { .uri = uris[0] }, 2, "" },
        { "differential", { .uri = uris[2] }, 4, "" },
        { "folder", { .uri = "s3://seeds/a" }, 4, "" },
        { "folder and database", { .uri = "s3://seeds/a/", .source_database = "neo4j" }, 4, "" },
        { "until", { .uri = uris[2], .restore_until = "4" }, 3, "" },
        { "until before all", { .uri = uris[2], .restore_until = "1" }, 0, "not before" },
        { "until nonsense", { .uri = uris[2], .restore_until = "soon" }, 0, "seedRestoreUntil" },
        { "another database", { .uri = "s3://seeds/a", .source_database = "x" }, 0, "of database 'x'" },
        { "empty folder", { .uri = "s3://seeds/b" }, 0, "No backup artifact found" },
        { "no provider", { .uri = "file:///backup/x.backup" }, 0, "No registered seed provider" },
        { "no bucket", { .uri = "s3://none/x.backup" }, 0, "does not exist" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (!read_seed(world, &rows[i].seed, rows[i].transaction, rows[i].says))
            fail_msg("seed: %s", rows[i].what);
}

TEST("a database is created from a seed on every server, or stays offline where it can't be read") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:2025.10.1-enterprise", 3);
    static const char *const variables[][2] = { { "AWS_ACCESS_KEY_ID", "id" },
                                                { "AWS_SECRET_ACCESS_KEY", "hidden" },
                                                { "AWS_REGION", "eu-north-1" } };
    static const char create[] = "CREATE DATABASE seeded TOPOLOGY 3 PRIMARIES OPTIONS {existingData: 'use', "
                                 "seedURI: 's3://seeds/a'} NOWAIT";

    neo4j_network_make_bucket(world->network, "s3://seeds");
    for (size_t i = 0; i < ARRAY_LENGTH(variables); i++)
        world_set_env(world, ADMIN_SLOT, variables[i][0], variables[i][1]);
    admin_write(world, 3, "neo4j", 1);
    admin_write(world, 3, "neo4j", 2);
    expect(admin_run(world, "database backup --from=server-0.graph,server-1.graph,server-2.graph "
                            "--to-path=s3://seeds/a neo4j"),
           0, "Finished full");
    /* Two of three servers have the credentials: they are enough for a leader. */
    for (unsigned server = 0; server < 2; server++) {
        world_kill(world, server);
        for (size_t i = 0; i < ARRAY_LENGTH(variables); i++)
            world_set_env(world, server, variables[i][0], variables[i][1]);
        world_start(world, server);
        assert_true(world_run_until_open(world, 3, 60000));
        world_run(world, 60000);
    }
    int leader = world_leader(world, 3);
    assert_true(leader >= 0);
    struct answer answer = world_ask(world, (unsigned)leader, true, "system", create, NULL);
    if (answer.code)
        fail_msg("%s: %s", answer.code, answer.message);
    world_run(world, 60000);
    assert_int_equal(admin_entries(world, 0, "seeded"), 2);
    assert_int_equal(admin_entries(world, 1, "seeded"), 2);
    answer = world_ask(
        world, 0, true, "system",
        "SHOW DATABASE seeded YIELD currentStatus, statusMessage WHERE currentStatus = 'offline'", NULL);
    assert_int_equal(answer.row_count, 1);
    const char *message = json_string_at(json_item(answer.rows, 0), "statusMessage", "");
    assert_non_null(strstr(message, "Unable to start database `DatabaseId{"));
    assert_non_null(strstr(message, "Unable to load credentials"));
    admin_write(world, 3, "seeded", 3);
    assert_int_equal(admin_entries(world, 1, "seeded"), 3);
}
