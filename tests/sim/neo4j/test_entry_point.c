#include "test.h"
#include "world.h"

#include "sim/neo4j/entry_point.h"

TEST("environment variables become settings as the image's script makes them") {
    static const struct {
        const char *variable;
        const char *setting; /* NULL: none */
    } rows[] = {
        { "NEO4J_server_memory_heap_max__size", "server.memory.heap.max_size" },
        { "NEO4J_db_format", "db.format" },
        { "NEO4J_dbms_cluster_minimum__initial__system__primaries__count",
          "dbms.cluster.minimum_initial_system_primaries_count" },
        { "NEO4J_a____b", "a__b" },
        { "NEO4J_CONF", "CONF" }, /* a trap of the real image */
        { "NEO4J_PORT_7687_TCP", "PORT.7687.TCP" },
        { "NEO4J_AUTH", NULL },
        { "NEO4J_AUTH_PATH", NULL },
        { "NEO4J_ACCEPT_LICENSE_AGREEMENT", NULL },
        { "NEO4J_PLUGINS", NULL },
        { "NEO4J_db_format_FILE", NULL },
        { "PATH", NULL },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *setting = entry_point_setting_of_variable(arena, rows[i].variable);
        if (rows[i].setting)
            assert_string_equal(setting, rows[i].setting);
        else
            assert_null(setting);
    }
}

enum { RUNS = -1 };

TEST("a container that is given something wrong exits as the real one does, and says why") {
    static const struct {
        const char *what;
        const char *image; /* NULL: 5.26 */
        const char *name;  /* of the variable; or a path of a file */
        const char *value; /* NULL: removed */
        const char *memory;
        int exit_code;
        const char *log;
    } rows[] = {
        { "all is well", NULL, "NEO4J_db_format", "aligned", NULL, RUNS, "Started." },
        { "no licence", NULL, "NEO4J_ACCEPT_LICENSE_AGREEMENT", NULL, NULL, 1,
          "NEO4J_ACCEPT_LICENSE_AGREEMENT" },
        { "licence not accepted", NULL, "NEO4J_ACCEPT_LICENSE_AGREEMENT", "no", NULL, 1,
          "NEO4J_ACCEPT_LICENSE_AGREEMENT" },
        { "evaluation", NULL, "NEO4J_ACCEPT_LICENSE_AGREEMENT", "eval", NULL, RUNS, "Started." },
        { "Community image", "neo4j:5.26.0", "NEO4J_db_format", "block", NULL, 1, "Community" },
        { "no version in the tag", "neo4j:enterprise", "NEO4J_db_format", "block", NULL, 1, "no version" },
        { "mirror without an edition in the tag", "mirror.example/graph:5.26.0", "NEO4J_EDITION",
          "enterprise", NULL, RUNS, "Started." },
        { "no password form", NULL, "NEO4J_AUTH", "secret", NULL, 1, "NEO4J_AUTH" },
        { "another user", NULL, "NEO4J_AUTH", "admin/secret-word", NULL, 1, "neo4j" },
        { "the default password", NULL, "NEO4J_AUTH", "neo4j/neo4j", NULL, 1, "neo4j" },
        { "a password with a slash", NULL, "NEO4J_AUTH", "neo4j/secret/word", NULL, 1, "NEO4J_AUTH" },
        { "a short password", NULL, "NEO4J_AUTH", "neo4j/short", NULL, 70,
          "InvalidPasswordException: A password must be at least 8 characters." },
        { "a short password, calendar", "neo4j:2026.08.0-enterprise", "NEO4J_AUTH", "neo4j/short", NULL, 1,
          "\nA password must be at least 8 characters." },
        { "a password that begins with a dash", NULL, "NEO4J_AUTH", "neo4j/-secret-word", NULL, 64,
          "Missing required parameter: '<password>'" },
        { "no password at all", NULL, "NEO4J_AUTH", NULL, NULL, RUNS, "Started." },
        { "authentication off", NULL, "NEO4J_AUTH", "none", NULL, RUNS, "Started." },
        { "secret file that is not there", NULL, "NEO4J_AUTH_FILE", "/run/no", NULL, 1, "/run/no" },
        { "unknown setting", NULL, "NEO4J_db_formt", "block", NULL, 1,
          "Unrecognized setting. No declared setting with name: db.formt." },
        { "unknown setting, not strict", NULL, "/conf/neo4j.conf",
          "server.config.strict_validation.enabled=false\nno.such=1\n", NULL, RUNS,
          "No declared setting with name: no.such." },
        { "setting twice", NULL, "/conf/neo4j.conf", "db.format=block\ndb.format=aligned\n", NULL, 1,
          "db.format declared multiple times." },
        { "bad value, not strict", NULL, "/conf/neo4j.conf",
          "server.config.strict_validation.enabled=false\ndb.checkpoint=SOMETIMES\n", NULL, 1,
          "'SOMETIMES' not one of [PERIODIC, CONTINUOUS, VOLUME, VOLUMETRIC]" },
        { "setting twice, not strict", NULL, "/conf/neo4j.conf",
          "server.config.strict_validation.enabled=false\ndb.format=block\ndb.format=aligned\n", NULL, RUNS,
          "declared multiple times" },
        { "JVM options may repeat", NULL, "/conf/neo4j.conf",
          "server.jvm.additional=-XX:+UseG1GC\nserver.jvm.additional=-Xss1m\n", NULL, RUNS, "Started." },
        { "a comment after a value is part of it", NULL, "/conf/neo4j.conf",
          "server.http.enabled=true # yes\n", NULL, 1, "not a valid boolean value" },
        { "bad number", NULL, "NEO4J_server_bolt_thread__pool__max__size", "many", NULL, 1,
          "not a valid integer" },
        { "number out of range", NULL, "NEO4J_initial_dbms_default__primaries__count", "12", NULL, 1,
          "maximum allowed value is 11" },
        { "bad duration", NULL, "NEO4J_dbms_routing__ttl", "5 minutes", NULL, 1,
          "Unrecognized unit ` minutes`. Valid units are" },
        { "bad size", NULL, "NEO4J_server_memory_pagecache_size", "lots", NULL, 1, "not a valid size" },
        { "bad word", NULL, "NEO4J_db_logs_query_enabled", "true", NULL, 1,
          "not one of [OFF, INFO, VERBOSE]" },
        { "seed provider of another version", NULL, "NEO4J_dbms_databases_seed__from__uri__providers",
          "CloudSeedProvider,ServerSeedProvider", NULL, 1, "ServerSeedProvider" },
        { "a TLS policy is not checked", NULL, "NEO4J_dbms_ssl_policy_bolt_enbled", "true", NULL, RUNS,
          "Started." },
        { "V1 setting on a calendar version", "neo4j:2025.10.1-enterprise",
          "NEO4J_server_discovery_advertised__address", "a:5000", NULL, 1,
          "No declared setting with name: server.discovery.advertised_address" },
        { "setting of a later release", "neo4j:2025.01.0-enterprise", "NEO4J_db_query_default__language",
          "CYPHER_25", NULL, 1, "db.query.default_language" },
        { "unknown plug-in", NULL, "NEO4J_PLUGINS", "[\"gds\"]", NULL, 1,
          "'gds' is not a known Neo4j plugin" },
        { "plug-ins that are no list", NULL, "NEO4J_PLUGINS", "apoc", NULL, 1, "JSON array" },
        { "plug-ins", NULL, "NEO4J_PLUGINS", "[\"apoc\", \"graph-data-science\"]", NULL, RUNS,
          "Installing Plugin 'apoc'" },
        { "initial heap above the maximum", NULL, "/conf/neo4j.conf",
          "server.memory.heap.initial_size=2g\nserver.memory.heap.max_size=1g\n", NULL, 1,
          "Initial heap size set to a larger value than the maximum heap size" },
        { "more memory than the container has", NULL, "/conf/neo4j.conf",
          "server.memory.heap.max_size=1g\nserver.memory.pagecache.size=1g\n", "1610612736", 137, "" },
        { "as much as it has", NULL, "/conf/neo4j.conf",
          "server.memory.heap.max_size=1g\nserver.memory.pagecache.size=512m\n", "1610612736", RUNS,
          "Started." },
        { "NEO4J_CONF becomes a setting in the file that is not read", NULL, "NEO4J_CONF", "/other", NULL,
          RUNS, "Starting..." },
        { "NEO4J_CONF that points to the usual folder", NULL, "NEO4J_CONF", "/var/lib/neo4j/conf", NULL, 1,
          "No declared setting with name: CONF" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(i);
        int exit_code = RUNS;
        int64_t memory = 0;

        world_prepare(world, rows[i].image ? rows[i].image : "neo4j:5.26.0-enterprise", 1);
        if (*rows[i].name == '/')
            json_set_string(world->arena, world->servers[0].files, rows[i].name, rows[i].value);
        else
            world_set_env(world, 0, rows[i].name, rows[i].value);
        if (rows[i].memory && parse_int64(text_from(rows[i].memory), &memory))
            world->servers[0].memory_bytes = memory;
        world_start(world, 0);
        world_run(world, 20000);
        if (!neo4j_process_exited(world->servers[0].process, &exit_code))
            exit_code = RUNS;
        if (exit_code != rows[i].exit_code || !strstr(world_log(world, 0), rows[i].log))
            print_message("%s: exit code %d\n%s\n", rows[i].what, exit_code, world_log(world, 0));
        assert_int_equal(exit_code, rows[i].exit_code);
        assert_non_null(strstr(world_log(world, 0), rows[i].log));
        assert_null(strstr(world_log(world, 0), "secret"));
    }
}

TEST("settings come from the environment before the file, and from the file before the image") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(1);

    world_prepare(world, "neo4j:5.26.0-enterprise", 1);
    json_set_string(world->arena, world->servers[0].files, "/conf/neo4j.conf",
                    "db.format=aligned\nserver.memory.pagecache.size=100m\ndbms.routing_ttl=1m\n");
    world_set_env(world, 0, "NEO4J_db_format", "standard");
    json_set_string(world->arena, world->servers[0].files, "/run/ttl", "2m\n");
    world_set_env(world, 0, "NEO4J_dbms_routing__ttl_FILE", "/run/ttl");
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 5000));
    const struct configuration *configuration = world->servers[0].process->configuration;
    assert_string_equal(configuration_get(configuration, "db.format"), "standard");
    assert_string_equal(configuration_get(configuration, "server.memory.pagecache.size"), "100m");
    assert_string_equal(configuration_get(configuration, "dbms.routing_ttl"), "2m");
    assert_string_equal(configuration_get(configuration, "server.default_listen_address"), "0.0.0.0");
    assert_false(neo4j_process_listens(world->servers[0].process, 6362)); /* 127.0.0.1 unless it is set */
}

TEST("a server that listens on loopback only can't be reached from the pod network") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(1);

    world_prepare(world, "neo4j:5.26.0-enterprise", 1);
    world_set_env(world, 0, "NEO4J_server_bolt_listen__address", "localhost:7687");
    world_set_env(world, 0, "NEO4J_server_backup_listen__address", "0.0.0.0:6362");
    world_start(world, 0);
    world_run(world, 5000);
    assert_non_null(strstr(world_log(world, 0), "Started."));
    assert_false(neo4j_process_listens(world->servers[0].process, 7687));
    assert_true(neo4j_process_listens(world->servers[0].process, 7474));
    assert_true(neo4j_process_listens(world->servers[0].process, 6362));
}

TEST("commands that lead to the image's entry point run the server, others are not there") {
    static const struct {
        const char *args;
        int exit_code;
    } rows[] = {
        { "[]", RUNS },
        { "[\"neo4j\"]", RUNS },
        { "[\"tini\",\"-g\",\"--\",\"/startup/docker-entrypoint.sh\",\"neo4j\"]", RUNS },
        { "[\"dump-config\"]", 0 },
        { "[\"sleep\",\"infinity\"]", 127 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(1);
        struct json *args;
        int exit_code = RUNS;

        world_prepare(world, "neo4j:5.26.0-enterprise", 1);
        assert_true(json_parse(world->arena, text_from(rows[i].args), NULL, &args, NULL));
        world_start_with(world, 0, args);
        world_run(world, 5000);
        if (!neo4j_process_exited(world->servers[0].process, &exit_code))
            exit_code = RUNS;
        assert_int_equal(exit_code, rows[i].exit_code);
    }
}
