/* The text of the statements that versions write in different ways, or do not have. */
#include "statements.h"
#include "test.h"

#include "bolt/value_json.h"
#include "neo4j/aliases.h"
#include "neo4j/allocation.h"
#include "neo4j/database_statements.h"
#include "neo4j/roles.h"
#include "neo4j/server_local.h"

static const char *const names[DIALECTS] = { "5.26.0", "2025.12.0 in Cypher 5", "2026.08.0 in Cypher 25" };

/* The text of a statement, or of the refusal. */
#define TEXT_OF(call)                                                                                        \
    ({                                                                                                       \
        const struct administration *out = NULL;                                                             \
        struct error err = { 0 };                                                                            \
        bool is_made = call;                                                                                 \
        assert_int_equal(is_made, out != NULL);                                                              \
        is_made ? out->statement.text : arena_printf(arena, "%s", err.text);                                 \
    })

struct forms {
    const char *got;
    const char *wanted[DIALECTS];
};

static void check_forms(const struct forms *rows, size_t count, size_t dialect) {
    for (size_t i = 0; i < count; i++)
        if (!str_equal(rows[i].got, rows[i].wanted[dialect]))
            fail_msg("%s: got\n%s\nwanted\n%s", names[dialect], rows[i].got, rows[i].wanted[dialect]);
}

#define SAME(text)                                                                                           \
    { text, text, text }
/* Where only the language is named. */
#define PREFIXED(text)                                                                                       \
    { text, "CYPHER 5 " text, "CYPHER 25 " text }
#define SINCE(what, release, text_12, text_08)                                                               \
    { "Neo4j 5.26.0 has no " what "; that exists from " release " on", text_12, text_08 }

TEST("writes the making of databases as each version takes it") {
    const struct database_wish plain = { .name = "a" };
    const struct database_wish full = { .name = "a",
                                        .primaries = 3,
                                        .secondaries = 1,
                                        .transaction_log_enrichment = "FULL",
                                        .store_format = "block",
                                        .wait_seconds = 30 };
    const struct database_wish language = { .name = "a", .language = 25, .primaries = 1 };
    const struct database_wish replacing = { .name = "a", .creation = DATABASE_REPLACE };
    const struct database_wish replaced_seed = { .name = "a",
                                                 .creation = DATABASE_REPLACE,
                                                 .seed.uri = "s3://b" };
    const struct database_wish source = { .name = "a", .seed = { .uri = "s3://b/", .source_database = "b" } };
    const struct database_wish until = { .name = "a", .seed = { .uri = "s3://b", .restore_until = "7" } };
    const struct database_wish both = { .name = "a", .seed = { .uri = "s3://b", .server = "id-1" } };
    const struct database_wish config = { .name = "a", .seed.config = "region=x" };
    const struct database_wish lone = { .name = "a", .secondaries = 1 };
    const struct database_shards shards = { .property_shards = 4, .replicas = 1 };
    const struct database_shards no_shards = { 0 };

    for (size_t d = 0; d < DIALECTS; d++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct dialect dialect = dialect_of(d);
        const struct forms rows[] = {
            { TEXT_OF(database_create(arena, &dialect, &plain, &out, &err)),
              PREFIXED("CREATE DATABASE $database IF NOT EXISTS") },
            { TEXT_OF(database_create(arena, &dialect, &full, &out, &err)),
              PREFIXED("CREATE DATABASE $database IF NOT EXISTS TOPOLOGY 3 PRIMARIES 1 SECONDARY OPTIONS "
                       "$options WAIT 30 SECONDS") },
            { TEXT_OF(database_create(arena, &dialect, &language, &out, &err)),
              SINCE("DEFAULT LANGUAGE of a database", "2025.06",
                    "CYPHER 5 CREATE DATABASE $database IF NOT EXISTS DEFAULT LANGUAGE CYPHER 25 TOPOLOGY 1 "
                    "PRIMARY",
                    "CYPHER 25 CREATE DATABASE $database IF NOT EXISTS DEFAULT LANGUAGE CYPHER 25 TOPOLOGY 1 "
                    "PRIMARY") },
            { TEXT_OF(database_create(arena, &dialect, &replacing, &out, &err)),
              PREFIXED("CREATE OR REPLACE DATABASE $database") },
            { TEXT_OF(database_create(arena, &dialect, &replaced_seed, &out, &err)),
              SINCE("CREATE OR REPLACE DATABASE with a seed", "2025.01",
                    "CYPHER 5 CREATE OR REPLACE DATABASE $database OPTIONS $options",
                    "CYPHER 25 CREATE OR REPLACE DATABASE $database OPTIONS $options") },
            { TEXT_OF(database_create(arena, &dialect, &source, &out, &err)),
              SINCE("option seedSourceDatabase", "2025.06",
                    "CYPHER 25 CREATE DATABASE $database IF NOT EXISTS OPTIONS $options",
                    "CYPHER 25 CREATE DATABASE $database IF NOT EXISTS OPTIONS $options") },
            { TEXT_OF(database_create(arena, &dialect, &until, &out, &err)),
              SINCE("option seedRestoreUntil", "2025.01",
                    "CYPHER 5 CREATE DATABASE $database IF NOT EXISTS OPTIONS $options",
                    "CYPHER 25 CREATE DATABASE $database IF NOT EXISTS OPTIONS $options") },
            { TEXT_OF(database_create(arena, &dialect, &both, &out, &err)),
              SAME("a: a seed comes from a URI or from a server, not from both") },
            { TEXT_OF(database_create(arena, &dialect, &config, &out, &err)),
              SAME("a: options of a seed need a seed") },
            { TEXT_OF(database_create(arena, &dialect, &lone, &out, &err)),
              SAME("a: a topology needs a number of primaries") },
            { TEXT_OF(database_create_composite(arena, &dialect, &plain, &out, &err)),
              PREFIXED("CREATE COMPOSITE DATABASE $database IF NOT EXISTS") },
            { TEXT_OF(database_create_sharded(arena, &dialect, &full, &shards, &out, &err)),
              { "Neo4j 5.26.0 has no sharded database; that exists from 2025.12 on",
                "a: a sharded database can't replace one, nor have a store format or a server as its seed",
                "a: a sharded database can't replace one, nor have a store format or a server as its "
                "seed" } },
            { TEXT_OF(database_create_sharded(arena, &dialect, &language, &shards, &out, &err)),
              SINCE("sharded database", "2025.12",
                    "CYPHER 25 CREATE DATABASE $database IF NOT EXISTS DEFAULT LANGUAGE CYPHER 25 GRAPH "
                    "SHARD { "
                    "TOPOLOGY 1 PRIMARY } PROPERTY SHARDS { COUNT 4 TOPOLOGY 1 REPLICA }",
                    "CYPHER 25 CREATE DATABASE $database IF NOT EXISTS DEFAULT LANGUAGE CYPHER 25 GRAPH "
                    "SHARD { "
                    "TOPOLOGY 1 PRIMARY } PROPERTY SHARDS { COUNT 4 TOPOLOGY 1 REPLICA }") },
            { TEXT_OF(database_create_sharded(arena, &dialect, &plain, &no_shards, &out, &err)),
              SINCE("sharded database", "2025.12", "a: a sharded database needs a number of property shards",
                    "a: a sharded database needs a number of property shards") },
            { TEXT_OF(database_set_graph_shard_topology(arena, &dialect, "a", 3, 2, &out, &err)),
              SINCE("sharded database", "2025.12",
                    "CYPHER 25 ALTER DATABASE $database SET GRAPH SHARD { SET TOPOLOGY 3 PRIMARIES 2 "
                    "SECONDARIES "
                    "}",
                    "CYPHER 25 ALTER DATABASE $database SET GRAPH SHARD { SET TOPOLOGY 3 PRIMARIES 2 "
                    "SECONDARIES "
                    "}") },
            { TEXT_OF(database_set_property_shard_topology(arena, &dialect, "a", 2, &out, &err)),
              SINCE("sharded database", "2025.12",
                    "CYPHER 25 ALTER DATABASE $database SET PROPERTY SHARDS { SET TOPOLOGY 2 REPLICAS }",
                    "CYPHER 25 ALTER DATABASE $database SET PROPERTY SHARDS { SET TOPOLOGY 2 REPLICAS }") },
        };
        check_forms(rows, ARRAY_LENGTH(rows), d);
    }
}

TEST("says existingData only in the language that asks for it") {
    const struct database_wish wish = {
        .name = "a",
        .seed = { .uri = "s3://b", .config = "region=x", .restore_until = "7" },
        .store_format = "block"
    };
    static const char *const wanted[] = {
        "{\"database\":\"a\",\"options\":{\"existingData\":\"use\",\"seedURI\":\"s3://"
        "b\",\"seedConfig\":\"region="
        "x\",\"seedRestoreUntil\":\"7\",\"storeFormat\":\"block\"}}",
        "{\"database\":\"a\",\"options\":{\"seedURI\":\"s3://"
        "b\",\"seedConfig\":\"region=x\",\"seedRestoreUntil\":"
        "\"7\",\"storeFormat\":\"block\"}}",
    };

    for (size_t d = 1; d < DIALECTS; d++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct dialect dialect = dialect_of(d);
        const struct administration *out = NULL;
        assert_true(database_create(arena, &dialect, &wish, &out, NULL));
        assert_string_equal(json_print(arena, bolt_to_json(arena, out->statement.parameters)), wanted[d - 1]);
    }
}

TEST("writes the changing and dropping of databases as each version takes it") {
    for (size_t d = 0; d < DIALECTS; d++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct dialect dialect = dialect_of(d);
        const struct forms rows[] = {
            { database_set_read_only(arena, "a", true)->statement.text,
              SAME("ALTER DATABASE $database SET ACCESS READ ONLY") },
            { database_set_read_only(arena, "a", false)->statement.text,
              SAME("ALTER DATABASE $database SET ACCESS READ WRITE") },
            { database_set_topology(arena, "a", 3, 0)->statement.text,
              SAME("ALTER DATABASE $database SET TOPOLOGY 3 PRIMARIES") },
            { database_set_log_enrichment(arena, "a", "DIFF")->statement.text,
              SAME("ALTER DATABASE $database SET OPTION txLogEnrichment 'DIFF'") },
            { database_set_log_enrichment(arena, "a", NULL)->statement.text,
              SAME("ALTER DATABASE $database REMOVE OPTION txLogEnrichment") },
            { TEXT_OF(database_set_language(arena, &dialect, "a", 5, &out, &err)),
              SINCE("DEFAULT LANGUAGE of a database", "2025.06",
                    "CYPHER 5 ALTER DATABASE $database SET DEFAULT LANGUAGE CYPHER 5",
                    "CYPHER 25 ALTER DATABASE $database SET DEFAULT LANGUAGE CYPHER 5") },
            { database_start(arena, &dialect, "a", 0)->statement.text, SAME("START DATABASE $database") },
            { database_stop(arena, &dialect, "a", 5)->statement.text,
              PREFIXED("STOP DATABASE $database WAIT 5 SECONDS") },
            { database_drop(arena, &dialect, &(struct database_drop){ .name = "a" })->statement.text,
              SAME("DROP DATABASE $database IF EXISTS RESTRICT DESTROY DATA") },
            { database_drop(arena, &dialect,
                            &(struct database_drop){
                                .name = "a", .drops_aliases = true, .dumps_data = true, .wait_seconds = 9 })
                  ->statement.text,
              PREFIXED("DROP DATABASE $database IF EXISTS CASCADE ALIASES DUMP DATA WAIT 9 SECONDS") },
            { database_drop(arena, &dialect, &(struct database_drop){ .name = "a", .is_composite = true })
                  ->statement.text,
              SAME("DROP COMPOSITE DATABASE $database IF EXISTS RESTRICT") },
            { TEXT_OF(database_recreate(
                  arena, &dialect,
                  &(struct database_recreation){ .database = "a", .primaries = 3, .secondaries = 1 }, &out,
                  &err)),
              { "CALL dbms.cluster.recreateDatabase($database, $options)",
                "CALL dbms.recreateDatabase($database, $options)",
                "CALL dbms.recreateDatabase($database, $options)" } },
            { TEXT_OF(database_recreate(arena, &dialect,
                                        &(struct database_recreation){ .database = "a", .clears_data = true },
                                        &out, &err)),
              SINCE("recreation option clearData", "2025.02",
                    "CALL dbms.recreateDatabase($database, $options)",
                    "CALL dbms.recreateDatabase($database, $options)") },
            { TEXT_OF(database_recreate(arena, &dialect,
                                        &(struct database_recreation){ .database = "a",
                                                                       .seed_uri = "s3://b",
                                                                       .seeding_servers = LIST("id-1") },
                                        &out, &err)),
              SAME("a: it is seeded from a URI or from servers, not from both") },
            { database_quarantine(arena, &dialect, "a", "why")->statement.text,
              { "CALL dbms.quarantineDatabase($database, true, $reason)",
                "CYPHER 5 CALL dbms.quarantineDatabase($database, true, $reason)",
                "CYPHER 5 CALL dbms.quarantineDatabase($database, true, $reason)" } },
            { TEXT_OF(database_unquarantine(arena, &dialect, "id-1", "a", UNQUARANTINE_KEEP_ALL, &out, &err)),
              { "CALL dbms.quarantineDatabase($database, false)",
                "CALL dbms.unquarantineDatabase($server, $database, $operation)",
                "CALL dbms.unquarantineDatabase($server, $database, $operation)" } },
            { TEXT_OF(
                  database_unquarantine(arena, &dialect, "id-1", "a", UNQUARANTINE_REPLACE_ALL, &out, &err)),
              SINCE("procedure dbms.unquarantineDatabase", "2025.01",
                    "CALL dbms.unquarantineDatabase($server, $database, $operation)",
                    "CALL dbms.unquarantineDatabase($server, $database, $operation)") },
            { TEXT_OF(allocation_set_defaults(arena, &dialect, 3, 0, 0, &out, &err)),
              SAME("CALL dbms.setDefaultAllocationNumbers($primaries, $secondaries)") },
            { TEXT_OF(allocation_set_defaults(arena, &dialect, 3, 0, 2, &out, &err)),
              SINCE("default number of property shard replicas", "2025.12",
                    "CYPHER 25 CALL dbms.setDefaultAllocationNumbers($primaries, $secondaries, $replicas)",
                    "CYPHER 25 CALL dbms.setDefaultAllocationNumbers($primaries, $secondaries, $replicas)") },
            { TEXT_OF(discovery_state(arena, &dialect, &out, &err)),
              { "CALL dbms.cluster.showParallelDiscoveryState()",
                "Neo4j 2025.12.0 has no procedure dbms.cluster.showParallelDiscoveryState; that ended with "
                "2025.01",
                "Neo4j 2026.08.0 has no procedure dbms.cluster.showParallelDiscoveryState; that ended with "
                "2025.01" } },
            { TEXT_OF(tls_reload(arena, &dialect, &out, &err)),
              SINCE("procedure dbms.security.reloadTLS", "2025.03", "CALL dbms.security.reloadTLS()",
                    "CALL dbms.security.reloadTLS()") },
        };
        check_forms(rows, ARRAY_LENGTH(rows), d);
    }
}

TEST("writes aliases and auth rules as each version takes them") {
    for (size_t d = 0; d < DIALECTS; d++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct dialect dialect = dialect_of(d);
        const struct bolt_value *map = bolt_new_map(arena);
        const struct alias_wish local = { .name = "a", .target = "t", .properties = map };
        const struct alias_wish remote = {
            .name = "c.a", .target = "t", .url = "neo4j://x", .user = "u", .password = &secret, .driver = map
        };
        const struct alias_wish forwarding = {
            .name = "a", .target = "t", .url = "neo4j://x", .forwards_credentials = true
        };
        const struct auth_rule_wish rule = { .name = "r", .condition = "true" };
        struct text_list roles = LIST("reader");
        const struct forms rows[] = {
            { TEXT_OF(alias_create(arena, &dialect, &local, &out, &err)),
              SAME("CREATE ALIAS `a` IF NOT EXISTS FOR DATABASE $target PROPERTIES $properties") },
            { TEXT_OF(alias_create(arena, &dialect, &remote, &out, &err)),
              SAME("CREATE ALIAS `c`.`a` IF NOT EXISTS FOR DATABASE $target AT $url USER $user PASSWORD "
                   "$password DRIVER $driver") },
            { TEXT_OF(alias_create(arena, &dialect, &forwarding, &out, &err)),
              { "Neo4j 5.26.0 has no OIDC CREDENTIAL FORWARDING of an alias; that exists from 2026.01 on",
                "Neo4j 2025.12.0 has no OIDC CREDENTIAL FORWARDING of an alias; that exists from 2026.01 on",
                "CREATE ALIAS `a` IF NOT EXISTS FOR DATABASE $target AT $url OIDC CREDENTIAL FORWARDING" } },
            { TEXT_OF(alias_create(arena, &dialect,
                                   &(struct alias_wish){ .name = "a", .target = "t", .url = "x" }, &out,
                                   &err)),
              SAME("alias a: a remote alias needs user and password") },
            { TEXT_OF(alias_alter(arena, &dialect,
                                  &(struct alias_wish){ .name = "a", .target = "t", .user = "u" }, &out,
                                  &err)),
              SAME("alias a: user, password, driver and language belong to a remote alias, with a url") },
            { TEXT_OF(alias_alter(arena, &dialect, &remote, &out, &err)),
              SAME("ALTER ALIAS `c`.`a` SET DATABASE TARGET $target AT $url USER $user PASSWORD $password "
                   "DRIVER "
                   "$driver") },
            { alias_drop(arena, "a")->statement.text, SAME("DROP ALIAS `a` IF EXISTS FOR DATABASE") },
            { TEXT_OF(auth_rule_create(arena, &dialect, &rule, &out, &err)),
              { "Neo4j 5.26.0 has no auth rule; that exists from 2026.03 on",
                "Neo4j 2025.12.0 has no auth rule; that exists from 2026.03 on",
                "CYPHER 25 CREATE AUTH RULE `r` IF NOT EXISTS SET CONDITION true SET ENABLED false" } },
        };
        check_forms(rows, ARRAY_LENGTH(rows), d);
        if (d != 2)
            continue;
        const struct forms rules[] = {
            { TEXT_OF(auth_rule_alter(
                  arena, &dialect, &(struct auth_rule_wish){ .name = "r", .is_enabled = true }, &out, &err)),
              SAME("CYPHER 25 ALTER AUTH RULE `r` SET ENABLED true") },
            { TEXT_OF(auth_rule_rename(arena, &dialect, "r", "s", &out, &err)),
              SAME("CYPHER 25 RENAME AUTH RULE `r` TO `s`") },
            { TEXT_OF(auth_rule_drop(arena, &dialect, "r", &out, &err)),
              SAME("CYPHER 25 DROP AUTH RULE `r` IF EXISTS") },
            { TEXT_OF(auth_rule_grant(arena, &dialect, &roles, "r", &out, &err)),
              SAME("CYPHER 25 GRANT ROLES $role TO AUTH RULE `r`") },
            { TEXT_OF(auth_rule_revoke(arena, &dialect, &roles, "r", &out, &err)),
              SAME("CYPHER 25 REVOKE ROLES $role FROM AUTH RULE `r`") },
            { TEXT_OF(auth_rules_show(arena, &dialect, &out, &err)),
              SAME("CYPHER 25 SHOW AUTH RULES YIELD *") },
            { TEXT_OF(auth_rule_create(arena, &dialect, &(struct auth_rule_wish){ .name = "r" }, &out, &err)),
              SAME("auth rule r: a new rule needs a condition") },
        };
        check_forms(rules, ARRAY_LENGTH(rules), d);
    }
}

/* ---- what answers mean ---- */
