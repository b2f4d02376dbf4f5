#include "test.h"

#include "cli/location.h"

static const char manifest[] = "kind: K\n"                        /* 1 */
                               "metadata:\n"                      /* 2 */
                               "  name: graph\n"                  /* 3 */
                               "  labels: {a/b: c, 'd.e': f}\n"   /* 4 */
                               "spec:\n"                          /* 5 */
                               "  topology:\n"                    /* 6 */
                               "    servers: 3\n"                 /* 7 */
                               "    roles:\n"                     /* 8 */
                               "    - index: 0\n"                 /* 9 */
                               "    - {index: 1, mode: NONE}\n"   /* 10 */
                               "  config:\n"                      /* 11 */
                               "    db.memory.heap: 1g\n"         /* 12 */
                               "    db: x\n"                      /* 13 */
                               "    a[0]: y\n"                    /* 14 */
                               "  base: &base {x: 1}\n"           /* 15 */
                               "  more: *base\n"                  /* 16 */
                               "  text: |\n"                      /* 17 */
                               "    z\n"                          /* 18 */
                               "  oidc: {okta: {audience: [p]}}"; /* 19 */

static struct yaml_mark find(const char *field, bool key) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct yaml_places places;
    struct json *documents;

    assert_true(yaml_parse_with_places(arena, text_from(manifest), &documents, &places, NULL));
    return (key ? location_of_key : location_of_value)(json_item(documents, 0), &places.documents[0], field);
}

TEST("a field stands where its value is, or what there is of it") {
    static const struct {
        const char *field;
        uint32_t line, column;
    } rows[] = {
        { "<nil>", 1, 1 },
        { "kind", 1, 7 },
        { "metadata.name", 3, 9 },
        { "metadata.labels", 4, 11 },
        { "metadata.labels[a/b]", 4, 17 },
        { "metadata.labels.d.e", 4, 27 },
        { "spec.topology.servers", 7, 14 },
        { "spec.topology.roles[0].index", 9, 14 },
        { "spec.topology.roles[1].mode", 10, 24 },
        { "spec.topology.roles[1]", 10, 7 },
        { "spec.config[db.memory.heap]", 12, 21 },
        { "spec.config.db.memory.heap", 12, 21 },
        { "spec.config[db]", 13, 9 },
        { "spec.config[a[0]]", 14, 11 },
        { "spec.oidc[okta].audience[0]", 19, 28 },
        { "spec.more", 16, 9 },
        { "spec.more.x", 15, 19 },
        { "spec.text", 17, 9 },
        /* what goes over lines is named by its key */
        { "metadata", 2, 1 },
        { "spec.topology", 6, 3 },
        { "spec.topology.roles", 8, 5 },
        /* what is absent: the nearest that is there */
        { "spec.storage", 5, 1 },
        { "spec.storage.size", 5, 1 },
        { "spec.topology.roles[0].mode", 9, 7 },
        { "spec.topology.roles[7].mode", 8, 5 },
        { "spec.topology.roles[x]", 8, 5 },
        { "spec.topology.servers.x", 7, 5 },
        { "spec.oidc[okta].issuer", 19, 10 },
        { "status.phase", 1, 1 },
        { "", 1, 1 },
        { "[", 1, 1 },
        { ".", 1, 1 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct yaml_mark found = find(rows[i].field, false);
        if (found.line != rows[i].line || found.column != rows[i].column)
            fail_msg("%s: %u:%u", rows[i].field, found.line, found.column);
    }
}

TEST("a field that should not be there stands where its key is") {
    assert_int_equal(find("spec.topology.servers", true).column, 5);
    assert_int_equal(find("metadata.labels.d.e", true).column, 20);
    assert_int_equal(find("spec.topology.roles[1].mode", true).column, 18);
}
