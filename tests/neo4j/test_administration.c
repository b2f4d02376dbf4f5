/* Typed administration against simulated servers: what the operator writes is taken, what is shown is read,
 * and what was wanted is there afterwards; in each version, in its language. */
#include "bench.h"

#include "neo4j/aliases.h"
#include "neo4j/allocation.h"
#include "neo4j/database_statements.h"
#include "neo4j/databases.h"
#include "neo4j/privileges.h"
#include "neo4j/roles.h"
#include "neo4j/server_local.h"
#include "neo4j/servers.h"
#include "neo4j/users.h"

TEST("a server comes and goes by typed statements") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, true);
        struct arena *arena = bench.arena;
        struct server_rows rows = bench_show_servers(&bench);
        const char *id = servers_by_host(&rows, "server-3.graph")->id;
        const struct server_options options = { .mode_constraint = MODE_PRIMARY,
                                                .denied_databases = { (const char *[]){ "secret" }, 1 },
                                                .tags = { (const char *[]){ "eu" }, 1 } };
        struct allocation_rows moves;

        assert_int_equal(servers_by_id(&rows, id)->state, SERVER_FREE);
        bench_run(&bench, server_enable(arena, id, &options), OUTCOME_DONE);
        bench_run(&bench, server_enable(arena, id, NULL), OUTCOME_NOTHING_TO_DO);
        bench_run(&bench, server_rename(arena, id, "four"), OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        rows = bench_show_servers(&bench);
        const struct server_row *server = servers_by_id(&rows, id);
        assert_int_equal(server->state, SERVER_ENABLED);
        assert_int_equal(server->mode_constraint, MODE_PRIMARY);
        assert_string_equal(server->name, "four");
        assert_true(text_list_has(&server->denied_databases, "secret"));
        assert_true(text_list_has(&server->tags, "eu"));
        bench_run(&bench, server_set_options(arena, id, &(struct server_options){ 0 }), OUTCOME_DONE);
        bench_run(&bench, server_cordon(arena, id), OUTCOME_DONE);
        bench_run(&bench, server_cordon(arena, id), OUTCOME_NOTHING_TO_DO);
        rows = bench_show_servers(&bench);
        assert_int_equal(servers_by_id(&rows, id)->state, SERVER_CORDONED);
        assert_int_equal(servers_by_id(&rows, id)->tags.count, 0);
        struct text_list leaving = { &id, 1 };
        bench_run(&bench, server_deallocate(arena, &leaving, true), OUTCOME_DONE);
        assert_true(allocation_read(arena, &bench.result, &moves, &bench.err));
        assert_int_equal(moves.count, 0); /* it hosts only system */
        bench_run(&bench, server_deallocate(arena, &leaving, false), OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        bench_run(&bench, server_drop(arena, id), OUTCOME_DONE);
    }
}

TEST("a database is made, changed, stopped, started and dropped by typed statements") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        const struct database_wish wish = {
            .name = "Sales-1", .primaries = 3, .transaction_log_enrichment = "DIFF", .wait_seconds = 60
        };

        RUN_MADE(&bench, database_create(arena, &bench.dialect, &wish, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        struct wait_rows wait = wait_rows_read(arena, &bench.result);
        assert_int_equal(wait.count, 3);
        assert_true(wait_is_done(&wait));
        simulated_pass(bench.cluster, SETTLE_MS);
        struct database_rows rows = bench_show_databases(&bench);
        struct database_summary summary = databases_summary(&rows, "sales-1");
        assert_true(summary.is_online && summary.has_writer);
        assert_int_equal(summary.hosts, 3);
        bench_run(&bench, bench.statement, OUTCOME_DONE); /* IF NOT EXISTS */
        bench_run(&bench, database_set_topology(arena, "sales-1", 3, 0), OUTCOME_NOTHING_TO_DO);
        bench_run(&bench, database_set_read_only(arena, "sales-1", true), OUTCOME_DONE);
        bench_run(&bench, database_set_log_enrichment(arena, "sales-1", "FULL"), OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        rows = bench_show_databases(&bench);
        for (size_t i = 0; i < rows.count; i++)
            if (str_equal(rows.items[i].name, "sales-1")) {
                assert_string_equal(rows.items[i].access, "read-only");
                assert_string_equal(bolt_string(bolt_get(rows.items[i].options, "txLogEnrichment"), ""),
                                    "FULL");
                assert_int_equal(rows.items[i].requested_primaries, 3);
                assert_string_equal(rows.items[i].type, "standard");
            }
        bench_run(&bench, database_stop(arena, &bench.dialect, "sales-1", 60), OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        rows = bench_show_databases(&bench);
        assert_string_equal(databases_summary(&rows, "sales-1").worst_status, "offline");
        bench_run(&bench, database_start(arena, &bench.dialect, "sales-1", 60), OUTCOME_DONE);
        const struct database_drop drop = { .name = "sales-1", .wait_seconds = 60 };
        bench_run(&bench, database_drop(arena, &bench.dialect, &drop), OUTCOME_DONE);
        bench_run(&bench, database_drop(arena, &bench.dialect, &drop), OUTCOME_DONE); /* IF EXISTS */
        rows = bench_show_databases(&bench);
        assert_string_equal(databases_summary(&rows, "sales-1").worst_status, "absent");
        bench_run(&bench, database_set_topology(arena, "sales-1", 1, 0), OUTCOME_FAILED);
        assert_int_equal(failure_class_of(&bench.result.failure), FAILURE_NOT_THERE);
    }
}

TEST("the defaults of the DBMS, and what servers say of replication") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        struct topology_config config;
        struct status_check_rows checks;
        struct text_list all = { 0 };

        RUN_MADE(&bench,
                 allocation_set_defaults(arena, &bench.dialect, 3, 0, 0, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        bench_run(&bench, allocation_set_automatic_enabling(arena, true), OUTCOME_DONE);
        assert_true(
            topology_config_read(arena, bench_ask(&bench, topology_config_query), &config, &bench.err));
        assert_int_equal(config.default_primaries, 3);
        assert_true(config.enables_free_servers);
        assert_string_equal(config.default_database, "neo4j");
        bench_run(&bench, status_check(arena, &all, 0), OUTCOME_DONE);
        assert_true(status_check_read(arena, &bench.result, &checks, &bench.err));
        assert_true(status_check_is_good(&checks, "system"));
        assert_false(status_check_is_good(&checks, "nowhere"));
    }
}

TEST("users and roles by typed statements") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        struct secret_text password = { .bytes = (char[]){ "long-enough" }, .length = 11 };
        struct text_list ann = { (const char *[]){ "ann" }, 1 };
        struct text_list roles = { (const char *[]){ "analyst", "reader" }, 2 };
        struct user_rows users;
        struct role_rows members;

        RUN_MADE(&bench,
                 user_create(arena,
                             &(struct user_wish){ .name = "ann",
                                                  .password = &password,
                                                  .must_change_password = USER_NO,
                                                  .is_suspended = USER_YES,
                                                  .home_database = "neo4j",
                                                  .auths = &(struct user_auth){ "ldap", "cn=ann" },
                                                  .auth_count = 1 },
                             &bench.statement, &bench.err),
                 OUTCOME_DONE);
        bench_run(&bench, role_create(arena, &(struct role_wish){ .name = "analyst", .copy_of = "reader" }),
                  OUTCOME_DONE);
        bench_run(&bench, role_grant(arena, &roles, &ann), OUTCOME_DONE);
        bench_run(&bench, role_grant(arena, &roles, &ann), OUTCOME_NOTHING_TO_DO);
        assert_true(users_read(arena, bench_ask(&bench, users_with_auth_query), &users, &bench.err));
        assert_int_equal(users.count, 3); /* a row for each provider */
        const struct user_row *row = users_find(&users, "ann");
        assert_string_equal(row->provider, "ldap");
        assert_string_equal(bolt_string(bolt_get(row->auth, "id"), ""), "cn=ann");
        assert_true(row->is_suspended);
        assert_string_equal(row->home_database, "neo4j");
        assert_true(text_list_has(&row->roles, "analyst") && text_list_has(&row->roles, "PUBLIC"));
        assert_true(roles_read(arena, bench_ask(&bench, roles_with_users_query), &members, &bench.err));
        assert_true(roles_have(&members, "architect"));
        struct text_list names = roles_members(arena, &members, "analyst");
        assert_int_equal(names.count, 1);
        assert_string_equal(names.items[0], "ann");

        RUN_MADE(&bench,
                 user_alter(arena,
                            &(struct user_wish){ .name = "ann",
                                                 .is_suspended = USER_NO,
                                                 .removes_home_database = true,
                                                 .removed_auths = { (const char *[]){ "ldap" }, 1 } },
                            &bench.statement, &bench.err),
                 OUTCOME_DONE);
        assert_true(users_read(arena, bench_ask(&bench, users_with_auth_query), &users, &bench.err));
        row = users_find(&users, "ann");
        assert_string_equal(row->provider, "native");
        assert_false(row->is_suspended);
        assert_string_equal(row->home_database, "");
        bench_run(&bench, role_revoke(arena, &bench.dialect, &roles, &ann), OUTCOME_DONE);
        bench_run(&bench, role_rename(arena, "analyst", "viewer"), OUTCOME_DONE);
        bench_run(&bench, role_drop(arena, "viewer"), OUTCOME_DONE);
        bench_run(&bench, role_drop(arena, "viewer"), OUTCOME_DONE);
        bench_run(&bench, user_rename(arena, "ann", "eve"), OUTCOME_DONE);
        bench_run(&bench, user_drop(arena, "eve"), OUTCOME_DONE);
    }
}

static struct privilege_set shown(struct bench *bench, const char *role) {
    struct privileges_shown shown = { 0 };
    struct text_list roles = { &role, 1 };

    bench_run(bench, privileges_show(bench->arena, &roles), OUTCOME_DONE);
    assert_true(privileges_read(bench->arena, &bench->result, &shown, &bench->err));
    for (size_t i = 0; i < shown.unknown.count; i++)
        fail_msg("a server's command is not known: %s", shown.unknown.items[i]);
    return shown.set;
}

/* What is wanted and not there, a line each: for messages. */
static const char *listed(struct arena *arena, const struct privilege_set *set) {
    const char *all = "";

    for (size_t i = 0; i < set->count; i++)
        all = arena_printf(arena, "%s\n%s", all, privilege_text(arena, &set->items[i]));
    return all;
}

TEST("privileges are granted until those that are shown are those that are wanted, and revoked to none") {
    static const char *const wishes[] = {
        "GRANT ACCESS ON DATABASES neo4j, system TO analyst",
        "GRANT MATCH {name, `full name`} ON GRAPH neo4j NODES Person, `Big City` TO analyst",
        "GRANT TRAVERSE ON GRAPH * TO analyst",
        "DENY READ {secret} ON HOME GRAPH ELEMENTS * TO analyst",
        "GRANT SET LABEL Checked ON GRAPH neo4j TO analyst",
        "GRANT WRITE ON GRAPH neo4j TO analyst",
        "GRANT SHOW TRANSACTIONS (ann, bob) ON DATABASE * TO analyst",
        "GRANT EXECUTE PROCEDURES apoc.load.*, db.labels ON DBMS TO analyst",
        "GRANT IMPERSONATE (ann) ON DBMS TO analyst",
        "GRANT SHOW SETTINGS dbms.* ON DBMS TO analyst",
        "GRANT CREATE NEW LABELS ON HOME DATABASE TO analyst",
        "GRANT LOAD ON CIDR '10.0.0.0/8' TO analyst",
        "DENY ALL DBMS PRIVILEGES ON DBMS TO analyst",
    };

    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        struct privilege_set wanted = { 0 };

        for (size_t i = 0; i < ARRAY_LENGTH(wishes); i++) {
            struct privilege_statement statement;
            assert_true(privilege_read(arena, wishes[i], NULL, &statement, &bench.err));
            wanted = privilege_union(arena, &wanted, &statement.set);
        }
        bench_run(&bench, role_create(arena, &(struct role_wish){ .name = "analyst" }), OUTCOME_DONE);
        for (size_t i = 0; i < wanted.count; i++)
            RUN_MADE(&bench,
                     privilege_grant(arena, &bench.dialect, &wanted.items[i], &bench.statement, &bench.err),
                     OUTCOME_DONE);
        bench_run(&bench, bench.statement, OUTCOME_NOTHING_TO_DO);
        struct privilege_set found = shown(&bench, "analyst");
        struct privilege_set missing = privilege_difference(arena, &wanted, &found);
        struct privilege_set excess = privilege_difference(arena, &found, &wanted);
        if (missing.count || excess.count)
            fail_msg("missing:%s\nin excess:%s", listed(arena, &missing), listed(arena, &excess));
        for (size_t i = 0; i < found.count; i++)
            bench_run(&bench, privilege_revoke(arena, &bench.dialect, &found.items[i]), OUTCOME_DONE);
        assert_int_equal(shown(&bench, "analyst").count, 0);
    }
}

TEST("a server's own roles are read without a doubt") {
    CLEANUP(bench_clear) struct bench bench = bench_of(0, false);
    static const struct {
        const char *role;
        size_t count;
    } rows[] = { { "PUBLIC", 4 },    { "reader", 5 },    { "editor", 6 },
                 { "publisher", 7 }, { "architect", 9 }, { "admin", 14 } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_int_equal(shown(&bench, rows[i].role).count, rows[i].count);
    struct privilege_rows table;
    assert_true(
        privilege_rows_read(bench.arena, bench_ask(&bench, privilege_rows_query), &table, &bench.err));
    assert_int_equal(table.count, 4 + 5 + 6 + 7 + 9 + 14 + 4); /* WRITE, of four roles, is two rows */
    assert_string_equal(table.items[0].role, "PUBLIC");
    assert_string_equal(table.items[0].access, "GRANTED");
}

TEST("what a server says of a setting") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        struct live_setting_rows settings;
        struct text_list names = { (const char *[]){ "db.logs.query.enabled" }, 1 };

        bench_run(&bench, live_settings_show(arena, &names), OUTCOME_DONE);
        assert_true(live_settings_read(arena, &bench.result, &settings, &bench.err));
        assert_true(live_settings_find(&settings, "db.logs.query.enabled")->is_dynamic);
        bench_run(&bench, live_setting_set(arena, "db.logs.query.enabled", "OFF"), OUTCOME_DONE);
        bench_run(&bench, live_setting_set(arena, "server.bolt.listen_address", ":1"),
                  OUTCOME_FAILED); /* is not dynamic */
    }
}

TEST("an alias is made and dropped by typed statements") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        struct alias_rows aliases;

        RUN_MADE(&bench,
                 alias_create(arena, &bench.dialect,
                              &(struct alias_wish){ .name = "other", .target = "neo4j" }, &bench.statement,
                              &bench.err),
                 OUTCOME_DONE);
        bench_run(&bench, bench.statement, OUTCOME_DONE);
        assert_true(aliases_read(arena, bench_ask(&bench, aliases_query), &aliases, &bench.err));
        assert_int_equal(aliases.count, 1);
        assert_string_equal(aliases.items[0].database, "neo4j");
        assert_false(aliases.items[0].is_remote);
        bench_run(&bench, alias_drop(arena, "other"), OUTCOME_DONE);
        bench_run(&bench, alias_drop(arena, "other"), OUTCOME_DONE);
    }
}
