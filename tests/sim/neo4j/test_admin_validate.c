#include "admin_runs.h"
#include "test.h"

#include "sim/neo4j/artifact.h"
#include "sim/neo4j/file_tree.h"

/* An artifact of a shard on the volume; after: 0 for a full one. */
static void put(struct world *world, const char *database, int second, uint64_t after, uint64_t highest) {
    int64_t wall_ns = INT64_C(1767225600000000000) + second * INT64_C(1000000000);
    struct artifact artifact = { .is_full = !after,
                                 .version = "2025.12.0",
                                 .database = database,
                                 .database_id = database,
                                 .store = "1234",
                                 .metadata = "",
                                 .wall_ns = wall_ns,
                                 .lowest = after + 1,
                                 .highest = highest,
                                 .after = after,
                                 .before = after ? arena_printf(world->arena, "at %d", (int)after) : "",
                                 .checksum = arena_printf(world->arena, "at %d", (int)highest),
                                 .content = json_new_array(world->arena) };
    const char *path =
        arena_printf(world->arena, "b/%s", artifact_file_name(world->arena, database, wall_ns));

    assert_true(file_tree_write(neo4j_volume_files(world->servers[ADMIN_SLOT].volume), path,
                                artifact_print(world->arena, &artifact), NULL));
}

static void expect(struct admin_run run, int exit_code, const char *log) {
    if (run.exit_code != exit_code || !strstr(run.log, log))
        fail_msg("exit code %d instead of %d, '%s' in:\n%s", run.exit_code, exit_code, log, run.log);
}

TEST("property shards are valid while they end within the graph shard's chain") {
    static const char command[] = "backup validate --from-path=/data/b --database=foo";
    CLEANUP_POINTER(world_free) struct world *world = world_new(1);

    admin_prepare(world, "neo4j:2025.12.0-enterprise");
    struct neo4j_mount mount = { .path = "/data", .volume = world->servers[ADMIN_SLOT].volume };
    world->servers[ADMIN_SLOT].mounts = &mount;
    world->servers[ADMIN_SLOT].mount_count = 1;
    file_tree_make_folder(neo4j_volume_files(world->servers[ADMIN_SLOT].volume), "b");
    put(world, "foo-p000", 3, 0, 15);
    put(world, "foobar", 3, 0, 99); /* no shard of it */
    expect(admin_run(world, command), 1, "No backup of the graph shard of database 'foo' found");
    put(world, "foo-g000", 2, 10, 20);
    expect(admin_run(world, command), 1, "foo-g000");
    put(world, "foo-g000", 1, 0, 10);
    struct admin_run run = admin_run(world, command);
    expect(run, 0, "| DATABASE |");
    expect(run, 0, "| foo-p000 | /data/b/foo-p000-2026-01-01T00-00-03.backup |     OK |");
    assert_null(strstr(run.log, "foobar"));
    put(world, "foo-p001", 3, 0, 5);
    put(world, "foo-p002", 3, 0, 25);
    expect(admin_run(world, command), 1, "Backup is behind the graph shard chain (5 < 10)");
    expect(admin_run(world, command), 1, "Backup is ahead of the graph shard chain (25 > 20)");
    expect(admin_run(world, "backup validate --from-path=/data/b --database=foo --format=json"), 1,
           "{\"DATABASE\":\"foo-p000\",\"PATH\":\"/data/b/"
           "foo-p000-2026-01-01T00-00-03.backup\",\"STATUS\":\"OK\"}");
}
