/* The text and the parameters of the statements that all versions write alike, and what answers mean. */
#include "statements.h"
#include "test.h"

#include "bolt/value_json.h"
#include "neo4j/allocation.h"
#include "neo4j/database_statements.h"
#include "neo4j/roles.h"
#include "neo4j/server_local.h"
#include "neo4j/servers.h"
#include "neo4j/users.h"

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
