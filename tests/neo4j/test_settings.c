#include "test.h"

#include "neo4j/settings.h"

static const char *written(struct arena *arena, const struct settings *settings) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    settings_write(settings, &out);
    return arena_strdup(arena, buffer_string(&out));
}

TEST("writes each key once, sorted, the later value in place of the earlier") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct settings settings;

    settings_init(&settings, arena);
    settings_set(&settings, SETTING_DEFAULT, "server.b", "1");
    settings_set(&settings, SETTING_DEFAULT, "db.a", "1");
    settings_set(&settings, SETTING_USER, "server.b", "2");
    settings_set(&settings, SETTING_USER, "server.b", "3=three # no comment");
    settings_set(&settings, SETTING_DEFAULT, "server.b", "4");
    settings_printf(&settings, SETTING_MANAGED, "server.c", "%s:%d", "host", 6000);
    assert_string_equal(written(arena, &settings),
                        "db.a=1\nserver.b=3=three # no comment\nserver.c=host:6000\n");
    assert_int_equal(settings.loss_count, 0);
    assert_string_equal(settings_get(&settings, "server.b"), "3=three # no comment");
    assert_null(settings_get(&settings, "server.d"));
}

TEST("what the operator manages stands against the user, whoever came first, and the user is told") {
    for (int user_first = 0; user_first < 2; user_first++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct settings settings;
        settings_init(&settings, arena);
        if (user_first)
            settings_set(&settings, SETTING_USER, "server.x", "mine");
        settings_set(&settings, SETTING_MANAGED, "server.x", "ours");
        if (!user_first)
            settings_set(&settings, SETTING_USER, "server.x", "mine");
        assert_string_equal(written(arena, &settings), "server.x=ours\n");
        assert_int_equal(settings.loss_count, 1);
        assert_string_equal(settings.losses[0].key, "server.x");
        assert_string_equal(settings.losses[0].value, "mine");
        assert_string_equal(settings.losses[0].kept_value, "ours");
        assert_non_null(strstr(settings.losses[0].reason, "manages"));
    }
}

TEST("a user who says what the operator says loses nothing") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct settings settings;

    settings_init(&settings, arena);
    settings_set(&settings, SETTING_MANAGED, "server.x", "same");
    settings_set(&settings, SETTING_USER, "server.x", "same");
    settings_set(&settings, SETTING_USER, "server.y", "same");
    settings_set(&settings, SETTING_MANAGED, "server.y", "same");
    assert_int_equal(settings.loss_count, 0);
}

TEST("JVM flags come one a line, in their order, each once") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct settings settings;

    settings_init(&settings, arena);
    settings_set(&settings, SETTING_DEFAULT, SETTING_JVM_ADDITIONAL, "-XX:+UseG1GC");
    settings_set(&settings, SETTING_USER, SETTING_JVM_ADDITIONAL, "-Xss2m\n  -Da=b\n\n");
    settings_set(&settings, SETTING_USER, SETTING_JVM_ADDITIONAL, "-XX:+UseG1GC");
    assert_string_equal(written(arena, &settings), "server.jvm.additional=-XX:+UseG1GC\n"
                                                   "server.jvm.additional=-Xss2m\n"
                                                   "server.jvm.additional=-Da=b\n");
}

TEST("refuses what can't stand in a line, and says so") {
    static const struct {
        const char *key;
        const char *value;
    } rows[] = {
        { "", "x" },
        { "a b", "x" },
        { "a=b", "x" },
        { "#a", "x" },
        { "a\nb", "x" },
        { "a", "x\ny=z" },
        { "a", "x\r" },
        { "a:b", "x" },
        { "a", "x\\" },
        { "a", "\\\\\\" },
        { SETTING_JVM_ADDITIONAL, "-Da=b\\" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct settings settings;
        settings_init(&settings, arena);
        settings_set(&settings, SETTING_USER, rows[i].key, rows[i].value);
        assert_string_equal(written(arena, &settings), "");
        assert_int_equal(settings.loss_count, 1);
        assert_string_equal(settings.losses[0].kept_value, "");
    }
}

TEST("a value may end with backslashes that stand for themselves") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct settings settings;

    settings_init(&settings, arena);
    settings_set(&settings, SETTING_USER, "server.x", "a\\b\\\\");
    assert_string_equal(written(arena, &settings), "server.x=a\\b\\\\\n");
}

TEST("keeps a thousand settings, and no more than its limit") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct settings settings;

    settings_init(&settings, arena);
    for (int i = 0; i < SETTINGS_MAX + 1; i++)
        settings_set(&settings, SETTING_USER, arena_printf(arena, "key.%04d", i), "x");
    assert_int_equal(settings.count, SETTINGS_MAX);
    assert_int_equal(settings.loss_count, 1);
    assert_string_equal(settings_get(&settings, "key.1000"), "x");
}

TEST("writes discovery with the keys that each family knows") {
    static const char *const endpoints[] = { "a:6000", "b:6000", "c:6000" };
    static const struct {
        const char *tag;
        unsigned minimum;
        const char *text;
    } rows[] = {
        { "5.26.0", 3,
          "dbms.cluster.discovery.resolver_type=LIST\n"
          "dbms.cluster.discovery.v2.endpoints=a:6000,b:6000,c:6000\n"
          "dbms.cluster.discovery.version=V2_ONLY\n"
          "dbms.cluster.minimum_initial_system_primaries_count=3\n" },
        { "2025.01.0", 3,
          "dbms.cluster.discovery.resolver_type=LIST\n"
          "dbms.cluster.endpoints=a:6000,b:6000,c:6000\n"
          "dbms.cluster.minimum_initial_system_primaries_count=3\n" },
        { "2026.08.0", 0,
          "dbms.cluster.discovery.resolver_type=LIST\n"
          "dbms.cluster.endpoints=a:6000,b:6000,c:6000\n" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct settings settings;
        settings_init(&settings, arena);
        settings_set_discovery(&settings,
                               &(struct settings_discovery){ .version = version_parse(rows[i].tag),
                                                             .endpoints = endpoints,
                                                             .endpoint_count = 3,
                                                             .minimum_primaries = rows[i].minimum });
        assert_string_equal(written(arena, &settings), rows[i].text);
    }
}

TEST("says which settings a user can't have, in which version") {
    static const struct {
        const char *key;
        const char *value;
        const char *on_5; /* part of the reason; NULL: allowed */
        const char *on_calendar;
    } rows[] = {
        { "server.memory.heap.max_size", "2g", NULL, NULL },
        { "db.logs.query.enabled", "INFO", NULL, NULL },
        { "initial.dbms.default_database", "graph", NULL, NULL },
        { "dbms.cluster.endpoints", "a:6000", "from 2025.01", "operator manages" },
        { "dbms.cluster.discovery.v2.endpoints", "a:6000", "operator manages", "operator manages" },
        { "dbms.cluster.discovery.resolver_type", "K8S", "operator manages", "operator manages" },
        { "dbms.cluster.discovery.version", "V2_ONLY", NULL, "removed in 2025.01" },
        { "server.discovery.advertised_address", ":5000", NULL, "removed in 2025.01" },
        { "server.groups", "a", NULL, "initial.server.tags" },
        { "causal_clustering.initial_discovery_members", "a", "Neo4j 4", "Neo4j 4" },
        { "dbms.memory.heap.max_size", "2g", "server.memory.heap", "server.memory.heap" },
        { "dbms.connector.bolt.enabled", "true", "Neo4j 4", "Neo4j 4" },
        { "dbms.logs.query.enabled", "true", "db.logs.query.", "db.logs.query." },
        { "metrics.enabled", "true", "server.metrics.", "server.metrics." },
        { "server.memory.heap.max_size", "2Gi", "a byte size", "a byte size" },
        { "db.logs.query.enabled", "info", NULL, NULL },
        { "db.logs.query.enabled", "SOME", "[OFF, INFO, VERBOSE]", "[OFF, INFO, VERBOSE]" },
        { "db.transaction.timeout", "$(cat /run/timeout)", NULL, NULL },
        { "db.query.default_language", "CYPHER_25", "from 2025.06", NULL },
        { "gds.enterprise.license_file", "/licenses/gds", NULL, NULL },
        { "dbms.modest", "x", NULL, NULL },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct version five = version_parse("5.26.0");
    struct version calendar = version_parse("2025.06.0");

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *reasons[] = { settings_refusal(arena, &five, rows[i].key, rows[i].value),
                                  settings_refusal(arena, &calendar, rows[i].key, rows[i].value) };
        const char *expected[] = { rows[i].on_5, rows[i].on_calendar };
        for (size_t j = 0; j < 2; j++)
            if ((reasons[j] != NULL) != (expected[j] != NULL) ||
                (reasons[j] && !strcasestr(reasons[j], expected[j])))
                fail_msg("%s on %s: %s", rows[i].key, j ? "2025.06" : "5.26",
                         reasons[j] ? reasons[j] : "allowed");
    }
}

TEST("says of an unknown setting what may be meant, and takes it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct version version = version_parse("5.26.0");

    assert_string_equal(settings_doubt(arena, &version, "db.log.query.enabled"),
                        "there is no such setting; db.logs.query.enabled is meant?");
    assert_null(settings_refusal(arena, &version, "db.log.query.enabled", "INFO"));
    assert_null(settings_doubt(arena, &version, "db.logs.query.enabled"));
    assert_null(settings_doubt(arena, &version, "metrics.enabled"));
    assert_null(settings_doubt(arena, &version, "gds.enterprise.license_file"));
}
