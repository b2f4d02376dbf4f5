/* The text and the parameters of every statement, for each version that writes it in another way. */
#include "test.h"

#include "bolt/value_json.h"
#include "neo4j/aliases.h"
#include "neo4j/allocation.h"
#include "neo4j/database_statements.h"
#include "neo4j/roles.h"
#include "neo4j/server_local.h"
#include "neo4j/servers.h"
#include "neo4j/users.h"

static const char *const names[] = { "5.26.0", "2025.12.0 in Cypher 5", "2026.08.0 in Cypher 25" };
enum { DIALECTS = ARRAY_LENGTH(names) };

static struct dialect dialect_of(size_t index) {
    return (struct dialect){ .version = version_parse(index == 0   ? "5.26.0"
                                                      : index == 1 ? "2025.12.0"
                                                                   : "2026.08.0"),
                             .language = index == 2 ? CYPHER_25 : CYPHER_5 };
}

struct row {
    const struct administration *got;
    enum effect effect;
    const char *text;
    const char *parameters; /* JSON, or NULL for none */
    bool is_here;           /* is never forwarded */
};

static void check(struct arena *arena, const struct row *row) {
    struct json *parameters = bolt_to_json(arena, row->got->statement.parameters);

    assert_string_equal(row->got->statement.text, row->text);
    assert_string_equal(row->got->statement.parameters ? json_print(arena, parameters) : "",
                        row->parameters ? row->parameters : "");
    assert_string_equal(row->got->statement.database, "system");
    assert_int_equal(row->got->effect, row->effect);
    assert_int_equal(row->got->statement.access, row->effect == EFFECT_READS ? NEO4J_READ : NEO4J_WRITE);
    assert_int_equal(row->got->statement.is_routed, !row->is_here);
}

#define CHECK(rows)                                                                                          \
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)                                                          \
        check(arena, &(rows)[i]);

static struct text_list list(const char **items, size_t count) {
    return (struct text_list){ items, count };
}
#define LIST(...)                                                                                            \
    list((const char *[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *))

static struct secret_text secret = { .bytes = (char[]){ "pass" }, .length = 4 };

TEST("writes the statements about servers") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct server_options none = { 0 };
    const struct server_options some = { .mode_constraint = MODE_SECONDARY,
                                         .allowed_databases = LIST("a", "b'c"),
                                         .tags = LIST("eu") };
    struct text_list one = LIST("id-1");
    struct text_list two = LIST("id-1", "id-2");
    const struct row rows[] = {
        { server_enable(arena, "id-1", NULL), EFFECT_CHANGES, "ENABLE SERVER $server",
          "{\"server\":\"id-1\"}" },
        { server_enable(arena, "id-1", &none), EFFECT_CHANGES,
          "ENABLE SERVER $server OPTIONS {modeConstraint: 'NONE'}", "{\"server\":\"id-1\"}" },
        { server_set_options(arena, "id-1", &some), EFFECT_CHANGES,
          "ALTER SERVER $server SET OPTIONS {modeConstraint: 'SECONDARY', allowedDatabases: ['a', 'b\\'c'], "
          "tags: ['eu']}",
          "{\"server\":\"id-1\"}" },
        { server_rename(arena, "id-1", "one"), EFFECT_CHANGES, "RENAME SERVER $server TO $name",
          "{\"server\":\"id-1\",\"name\":\"one\"}" },
        { server_cordon(arena, "id-1"), EFFECT_CHANGES, "CALL dbms.cluster.cordonServer($server)",
          "{\"server\":\"id-1\"}" },
        { server_deallocate(arena, &one, false), EFFECT_CHANGES, "DEALLOCATE DATABASES FROM SERVERS $server",
          "{\"server\":\"id-1\"}" },
        { server_deallocate(arena, &two, true), EFFECT_READS,
          "DRYRUN DEALLOCATE DATABASES FROM SERVERS $server, $server2",
          "{\"server\":\"id-1\",\"server2\":\"id-2\"}" },
        { server_drop(arena, "id-1"), EFFECT_REMOVES, "DROP SERVER $server", "{\"server\":\"id-1\"}" },
    };

    CHECK(rows);
}

TEST("writes the statements about where databases lie") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text_list none = { 0 };
    struct text_list some = LIST("a");
    const struct row rows[] = {
        { allocation_rebalance(arena, false), EFFECT_CHANGES, "REALLOCATE DATABASES" },
        { allocation_rebalance(arena, true), EFFECT_READS, "DRYRUN REALLOCATE DATABASES" },
        { allocation_move_database(arena, "a", true), EFFECT_READS,
          "CALL dbms.cluster.reallocateDatabase($database, true)", "{\"database\":\"a\"}" },
        { allocation_move_some(arena, 2, false), EFFECT_CHANGES,
          "CALL dbms.cluster.reallocateNumberOfDatabases($count, false)", "{\"count\":2}" },
        { allocation_remove_database(arena, "id-1", "a", false), EFFECT_CHANGES,
          "CALL dbms.cluster.deallocateDatabaseFromServer($server, $database, false)",
          "{\"server\":\"id-1\",\"database\":\"a\"}" },
        { allocation_remove_some(arena, "id-1", 3, true), EFFECT_READS,
          "CALL dbms.cluster.deallocateNumberOfDatabases($server, $count, true)",
          "{\"server\":\"id-1\",\"count\":3}" },
        { allocation_set_automatic_enabling(arena, true), EFFECT_CHANGES,
          "CALL dbms.cluster.setAutomaticallyEnableFreeServers(true)" },
        { allocation_set_default_database(arena, "a"), EFFECT_CHANGES,
          "CALL dbms.setDefaultDatabase($database)", "{\"database\":\"a\"}" },
        { allocation_pause_replication(arena, "a", true), EFFECT_CHANGES,
          "CALL dbms.cluster.secondaryReplicationDisable($database, true)", "{\"database\":\"a\"}", true },
        { status_check(arena, &none, 0), EFFECT_READS, "CALL dbms.cluster.statusCheck($databases)",
          "{\"databases\":[]}", true },
        { status_check(arena, &some, 500), EFFECT_READS,
          "CALL dbms.cluster.statusCheck($databases, $timeout)", "{\"databases\":[\"a\"],\"timeout\":500}",
          true },
        { connectivity_check(arena), EFFECT_READS, "CALL dbms.cluster.checkConnectivity()", NULL, true },
    };

    CHECK(rows);
}

TEST("writes the statements about users, with passwords as parameters only") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct user_auth auths[] = { { "oidc-it", "u-1" }, { "ldap", "cn=u" } };
    const struct administration *created[2] = { 0 };
    const struct administration *altered[3] = { 0 };

    assert_true(
        user_create(arena, &(struct user_wish){ .name = "ann", .password = &secret }, &created[0], NULL));
    assert_true(user_create(arena,
                            &(struct user_wish){ .name = "ann",
                                                 .password = &secret,
                                                 .is_password_encrypted = true,
                                                 .must_change_password = USER_NO,
                                                 .is_suspended = USER_YES,
                                                 .home_database = "sales",
                                                 .auths = auths,
                                                 .auth_count = 2 },
                            &created[1], NULL));
    assert_true(user_alter(arena,
                           &(struct user_wish){ .name = "ann",
                                                .must_change_password = USER_YES,
                                                .is_suspended = USER_NO,
                                                .removes_home_database = true,
                                                .removed_auths = LIST("ldap", "o'idc") },
                           &altered[0], NULL));
    assert_true(
        user_alter(arena, &(struct user_wish){ .name = "ann", .password = &secret }, &altered[1], NULL));
    assert_true(user_alter(
        arena,
        &(struct user_wish){ .name = "ann", .removes_all_auths = true, .auths = auths, .auth_count = 1 },
        &altered[2], NULL));
    const struct row rows[] = {
        { created[0], EFFECT_MAKES, "CREATE USER $user IF NOT EXISTS SET PLAINTEXT PASSWORD $password",
          "{\"user\":\"ann\",\"password\":\"pass\"}" },
        { created[1], EFFECT_MAKES,
          "CREATE USER $user IF NOT EXISTS SET ENCRYPTED PASSWORD $password CHANGE NOT REQUIRED SET STATUS "
          "SUSPENDED SET HOME DATABASE $home SET AUTH PROVIDER 'oidc-it' { SET ID $id } SET AUTH PROVIDER "
          "'ldap' { SET ID $id2 }",
          "{\"user\":\"ann\",\"password\":\"pass\",\"home\":\"sales\",\"id\":\"u-1\",\"id2\":\"cn=u\"}" },
        { altered[0], EFFECT_CHANGES,
          "ALTER USER $user REMOVE HOME DATABASE REMOVE AUTH PROVIDERS ['ldap', 'o\\'idc'] SET PASSWORD "
          "CHANGE "
          "REQUIRED SET STATUS ACTIVE",
          "{\"user\":\"ann\"}" },
        { altered[1], EFFECT_CHANGES, "ALTER USER $user SET PLAINTEXT PASSWORD $password",
          "{\"user\":\"ann\",\"password\":\"pass\"}" },
        { altered[2], EFFECT_CHANGES,
          "ALTER USER $user REMOVE ALL AUTH SET AUTH PROVIDER 'oidc-it' { SET ID $id }",
          "{\"user\":\"ann\",\"id\":\"u-1\"}" },
        { user_rename(arena, "ann", "eve"), EFFECT_CHANGES, "RENAME USER $user TO $name",
          "{\"user\":\"ann\",\"name\":\"eve\"}" },
        { user_drop(arena, "ann"), EFFECT_REMOVES, "DROP USER $user IF EXISTS", "{\"user\":\"ann\"}" },
        { user_change_own_password(arena, &secret, &secret), EFFECT_CHANGES,
          "ALTER CURRENT USER SET PASSWORD FROM $old TO $new", "{\"old\":\"pass\",\"new\":\"pass\"}" },
    };

    CHECK(rows);
}

TEST("refuses users that can't be, before anything is sent") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct administration *out = NULL;
    struct error err = { 0 };

    assert_false(user_create(arena, &(struct user_wish){ .name = "ann", .home_database = "a" }, &out, &err));
    assert_string_equal(err.text, "user ann: a new user needs a password or an auth provider");
    assert_false(user_alter(arena, &(struct user_wish){ .name = "ann" }, &out, &err));
    assert_string_equal(err.text, "user ann: there is nothing to change");
    assert_false(user_alter(
        arena, &(struct user_wish){ .name = "ann", .home_database = "a", .removes_home_database = true },
        &out, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_null(out);
}

TEST("writes the statements about roles and what a server does for itself") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text_list roles = LIST("a", "b");
    struct text_list users = LIST("ann");
    struct text_list none = { 0 };
    struct text_list settings = LIST("db.format", "x'y");
    struct text_list ids = LIST("neo4j-transaction-3");
    struct dialect old = dialect_of(0);
    struct dialect new = dialect_of(2);
    const struct row rows[] = {
        { role_create(arena, &(struct role_wish){ .name = "a" }), EFFECT_MAKES,
          "CREATE ROLE $role IF NOT EXISTS", "{\"role\":\"a\"}" },
        { role_create(arena, &(struct role_wish){ .name = "a", .is_immutable = true, .copy_of = "b" }),
          EFFECT_MAKES, "CREATE IMMUTABLE ROLE $role IF NOT EXISTS AS COPY OF $model",
          "{\"role\":\"a\",\"model\":\"b\"}" },
        { role_rename(arena, "a", "b"), EFFECT_CHANGES, "RENAME ROLE $role TO $name",
          "{\"role\":\"a\",\"name\":\"b\"}" },
        { role_drop(arena, "a"), EFFECT_REMOVES, "DROP ROLE $role IF EXISTS", "{\"role\":\"a\"}" },
        { role_grant(arena, &roles, &users), EFFECT_CHANGES, "GRANT ROLES $role, $role2 TO $user",
          "{\"role\":\"a\",\"role2\":\"b\",\"user\":\"ann\"}" },
        { role_revoke(arena, &old, &roles, &users), EFFECT_REMOVES, "REVOKE ROLES $role, $role2 FROM $user",
          "{\"role\":\"a\",\"role2\":\"b\",\"user\":\"ann\"}" },
        { role_revoke(arena, &new, &roles, &users), EFFECT_REMOVES,
          "CYPHER 25 REVOKE ROLES $role, $role2 FROM $user",
          "{\"role\":\"a\",\"role2\":\"b\",\"user\":\"ann\"}" },
        { live_settings_show(arena, &none), EFFECT_READS, "SHOW SETTINGS YIELD *", NULL, true },
        { live_settings_show(arena, &settings), EFFECT_READS, "SHOW SETTINGS 'db.format', 'x\\'y' YIELD *",
          NULL, true },
        { live_setting_set(arena, "db.format", "block"), EFFECT_CHANGES,
          "CALL dbms.setConfigValue($name, $value)", "{\"name\":\"db.format\",\"value\":\"block\"}", true },
        { transactions_terminate(arena, &ids), EFFECT_REMOVES, "TERMINATE TRANSACTIONS 'neo4j-transaction-3'",
          NULL, true },
        { auth_cache_clear(arena), EFFECT_CHANGES, "CALL dbms.security.clearAuthCache()", NULL, true },
    };

    CHECK(rows);
    assert_true(role_is_builtin("PUBLIC"));
    assert_false(role_is_builtin("public"));
}

/* ---- what versions write in different ways, or not at all ---- */

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

static struct neo4j_result with_summary(struct arena *arena, const char *text) {
    struct json *json = NULL;

    assert_true(json_parse(arena, text_from(text), NULL, &json, NULL));
    return (struct neo4j_result){ .summary = *bolt_from_json(arena, json) };
}

TEST("a refusal is fine when what was asked for is so already, and a notification may say the same") {
    static const struct {
        enum effect effect;
        const char *code; /* of a refusal */
        const char *status;
        const char *summary;
        enum outcome outcome;
    } rows[] = {
        { EFFECT_MAKES, NULL, NULL, "{}", OUTCOME_DONE },
        { EFFECT_MAKES, "Neo.ClientError.Database.ExistingDatabaseFound", NULL, "{}", OUTCOME_NOTHING_TO_DO },
        { EFFECT_REMOVES, "Neo.ClientError.Database.ExistingDatabaseFound", NULL, "{}", OUTCOME_FAILED },
        { EFFECT_REMOVES, "Neo.ClientError.Database.DatabaseNotFound", NULL, "{}", OUTCOME_NOTHING_TO_DO },
        { EFFECT_CHANGES, "Neo.ClientError.Database.DatabaseNotFound", NULL, "{}", OUTCOME_FAILED },
        { EFFECT_CHANGES, "Neo.ClientError.Statement.ArgumentError", "22N89", "{}", OUTCOME_NOTHING_TO_DO },
        { EFFECT_READS, "Neo.ClientError.Statement.ArgumentError", "22N89", "{}", OUTCOME_FAILED },
        { EFFECT_CHANGES, NULL, NULL,
          "{\"statuses\":[{\"neo4j_code\":\"Neo.ClientNotification.Cluster.ServerAlreadyEnabled\"}]}",
          OUTCOME_NOTHING_TO_DO },
        { EFFECT_CHANGES, NULL, NULL,
          "{\"notifications\":[{\"code\":\"Neo.ClientNotification.Security.CommandHasNoEffect\"}]}",
          OUTCOME_NOTHING_TO_DO },
        { EFFECT_CHANGES, NULL, NULL,
          "{\"notifications\":[{\"code\":\"Neo.ClientNotification.Statement.Other\"}]}", OUTCOME_DONE },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct neo4j_result result = with_summary(arena, rows[i].summary);
        result.failure = (struct neo4j_failure){ .code = rows[i].code, .gql_status = rows[i].status };
        assert_int_equal(outcome_of(rows[i].effect, !rows[i].code, &result), rows[i].outcome);
    }
}

TEST("reads what a wait has come to, in either language") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *json = NULL;
    static const char table[] =
        "{\"columns\":[\"address\",\"state\",\"message\",\"success\"],\"rows\":[[\"a:7687\",\"CaughtUp\","
        "\"caught up\",false],[\"b:7687\",\"Sleeping\",null,false]]}";

    assert_true(json_parse(arena, text_from(table), NULL, &json, NULL));
    struct neo4j_result in_5 = { .columns = *bolt_from_json(arena, json_get(json, "columns")),
                                 .rows = *bolt_from_json(arena, json_get(json, "rows")),
                                 .summary.type = BOLT_MAP };
    struct wait_rows rows = wait_rows_read(arena, &in_5);
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.items[0].address, "a:7687");
    assert_int_equal(rows.items[0].state, WAIT_CAUGHT_UP);
    assert_int_equal(rows.items[1].state, WAIT_UNKNOWN);
    assert_string_equal(rows.items[1].message, "");
    assert_false(wait_is_done(&rows));

    struct neo4j_result in_25 = with_summary(
        arena, "{\"statuses\":[{\"gql_status\":\"00000\"},{\"neo4j_code\":\"Neo.ClientNotification.Cluster."
               "ServerCaughtUp\",\"status_description\":\"a has caught up\"}]}");
    rows = wait_rows_read(arena, &in_25);
    assert_int_equal(rows.count, 1);
    assert_string_equal(rows.items[0].message, "a has caught up");
    assert_true(wait_is_done(&rows));
    rows = wait_rows_read(arena, &(struct neo4j_result){ .summary.type = BOLT_MAP });
    assert_false(wait_is_done(&rows));
}
