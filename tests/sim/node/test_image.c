#include "sim/node/node_internal.h"
#include "test.h"

TEST("knows which images are Neo4j Enterprise, which exist, and their full names") {
    static const struct {
        const char *image;
        bool is_neo4j, is_known, is_latest;
        const char *full_name;
    } rows[] = {
        { "neo4j:5.26.0-enterprise", true, true, false, "docker.io/library/neo4j:5.26.0-enterprise" },
        { "neo4j:2025.01.0-enterprise-ubi9", true, true, false,
          "docker.io/library/neo4j:2025.01.0-enterprise-ubi9" },
        { "neo4j:enterprise", true, true, false, "docker.io/library/neo4j:enterprise" },
        { "registry.example.com:5000/team/neo4j:5.26.0-enterprise", true, true, false,
          "registry.example.com:5000/team/neo4j:5.26.0-enterprise" },
        { "team/neo4j:5.26.0-enterprise", true, true, false, "docker.io/team/neo4j:5.26.0-enterprise" },
        { "localhost/neo4j:5.26.0-enterprise", true, true, false, "localhost/neo4j:5.26.0-enterprise" },
        { "neo4j/neo4j-admin:5.26.0-enterprise", false, true, false,
          "docker.io/neo4j/neo4j-admin:5.26.0-enterprise" },
        { "neo4j:5.26.0", false, false, false, "docker.io/library/neo4j:5.26.0" },
        { "neo4j", false, false, true, "docker.io/library/neo4j" },
        { "neo4j:latest", false, false, true, "docker.io/library/neo4j:latest" },
        { "neo4j-mistyped:5.26.0-enterprise", false, false, false,
          "docker.io/library/neo4j-mistyped:5.26.0-enterprise" },
        { "busybox:1.36", false, true, false, "docker.io/library/busybox:1.36" },
        { "busybox@sha256:abc", false, true, false, "docker.io/library/busybox@sha256:abc" },
    };
    static const char *const allowed[] = { "busybox*" };
    struct node_options options = { .images = allowed, .image_count = ARRAY_LENGTH(allowed) };
    CLEANUP_ARENA struct arena *arena = arena_new();
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *image = rows[i].image;
        if (image_is_neo4j(image) != rows[i].is_neo4j)
            fail_msg("%s: Neo4j Enterprise", image);
        if (image_can_be_pulled(&options, image) != rows[i].is_known)
            fail_msg("%s: can be pulled", image);
        if (image_is_latest(image) != rows[i].is_latest)
            fail_msg("%s: is the latest", image);
        assert_string_equal(image_full_name(arena, image), rows[i].full_name);
    }
}
