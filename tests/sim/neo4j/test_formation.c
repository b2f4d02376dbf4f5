#include "test.h"
#include "world.h"

TEST("three servers that find each other form one cluster, and serve clients") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(1);

    world_prepare(world, "neo4j:5.26.0-enterprise", 3);
    for (unsigned i = 0; i < 3; i++)
        world_start(world, i);
    bool open = world_run_until_open(world, 3, 5000);
    if (!open)
        print_message("%s\n%s\n%s\n", world_log(world, 0), world_log(world, 1), world_log(world, 2));
    assert_true(open);
    world_run(world, 1000);
    for (unsigned i = 0; i < 3; i++) {
        const struct neo4j_process *process = world->servers[i].process;
        assert_int_equal(process->state.server_count, 3);
        assert_string_equal(process->volume->cluster_id, world->servers[0].volume->cluster_id);
        assert_int_equal(process->state.database_count, 1);
        assert_string_equal(process->state.databases[0].name, "neo4j");
        assert_non_null(strstr(world_log(world, i), "Bolt enabled on 0.0.0.0:7687."));
        assert_non_null(strstr(world_log(world, i), "Started."));
    }
}
