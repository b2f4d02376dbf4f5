#include "test.h"
#include "world.h"

TEST("licensed plug-ins find their licences where the settings say") {
    static const struct {
        const char *what;
        const char *bloom, *gds; /* files that are mounted; NULL: none */
        const char *answer;
    } rows[] = {
        { "both", "/licenses/bloom.license", "/licenses/gds.license", "true valid true" },
        { "none", NULL, NULL, "false missing false" },
        { "another file", "/licenses/other", "/licenses/gds.license", "false missing true" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(i);
        world_prepare(world, "neo4j:5.26.0-enterprise", 1);
        world_set_env(world, 0, "NEO4J_PLUGINS", "[\"bloom\", \"graph-data-science\"]");
        world_set_env(world, 0, "NEO4J_gds_enterprise_license__file", "/licenses/gds.license");
        if (rows[i].bloom)
            json_set_string(world->arena, world->servers[0].files, rows[i].bloom, "licence");
        if (rows[i].gds)
            json_set_string(world->arena, world->servers[0].files, rows[i].gds, "licence");
        world_start(world, 0);
        assert_true(world_run_until_open(world, 1, 20000));
        struct answer answer = world_ask(
            world, 0, false, "neo4j",
            "CALL bloom.checkLicenseCompliance() YIELD success, status RETURN toString(success) + ' ' "
            "+ status + ' ' + toString(gds.isLicensed()) AS answer",
            NULL);
        if (!str_equal(json_string_at(json_item(answer.rows, 0), "answer", NULL), rows[i].answer))
            fail_msg("%s: %s %s", rows[i].what, json_print(world->arena, answer.rows),
                     answer.message ? answer.message : "");
    }
}
