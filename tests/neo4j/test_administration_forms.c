/* Forms that only some versions have, and databases in trouble, by typed statements against simulated
 * servers. */
#include "bench.h"

#include "bolt/value_json.h"
#include "neo4j/aliases.h"
#include "neo4j/allocation.h"
#include "neo4j/database_statements.h"
#include "neo4j/roles.h"
#include "neo4j/server_local.h"

static const char *const keystore[] = { "NEO4J_dbms_security_keystore_path", "/keys/store",
                                        "NEO4J_dbms_security_key_name", "key", NULL };
static const char *const native_rules[] = { "NEO4J_dbms_security_abac_authorization__providers", "native",
                                            NULL };

static const char *const plugins[] = { "NEO4J_PLUGINS", "[\"apoc\", \"bloom\"]", NULL };

static struct database_summary summary_of(struct bench *bench, const char *database) {
    struct database_rows rows = bench_show_databases(bench);

    return databases_summary(&rows, database);
}

static const struct database_row *row_of(struct bench *bench, const char *database) {
    struct database_rows rows = bench_show_databases(bench);

    for (size_t i = 0; i < rows.count; i++)
        if (str_equal(rows.items[i].name, database))
            return &rows.items[i];
    fail_msg("no row of %s", database);
    return NULL;
}

TEST("a sharded database is made and changed where there are any, and refused by name elsewhere") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        const struct database_wish wish = { .name = "big", .primaries = 3, .wait_seconds = 60 };
        const struct database_shards shards = { .property_shards = 2, .replicas = 2 };

        if (!dialect_has(&bench.dialect, FORM_SHARDED)) {
            assert_false(
                database_create_sharded(arena, &bench.dialect, &wish, &shards, &bench.statement, &bench.err));
            assert_non_null(strstr(bench.err.text, "sharded database"));
            continue;
        }
        RUN_MADE(&bench,
                 database_create_sharded(arena, &bench.dialect, &wish, &shards, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        assert_int_equal(row_of(&bench, "big")->graph_shards.count, 1);
        assert_int_equal(row_of(&bench, "big")->property_shards.count, 2);
        assert_int_equal(summary_of(&bench, "big-g000").hosts, 3);
        assert_int_equal(row_of(&bench, "big-p000")->role, DATABASE_PROPERTY_SHARD_REPLICA);
        RUN_MADE(&bench,
                 database_set_property_shard_topology(arena, &bench.dialect, "big", 3, &bench.statement,
                                                      &bench.err),
                 OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        assert_int_equal(row_of(&bench, "big-p001")->requested_shard_replicas, 3);
        assert_int_equal(summary_of(&bench, "big-p001").hosts, 3);
        RUN_MADE(&bench,
                 database_set_graph_shard_topology(arena, &bench.dialect, "big", 2, 1, &bench.statement,
                                                   &bench.err),
                 OUTCOME_DONE);
        assert_int_equal(row_of(&bench, "big-g000")->requested_secondaries, 1);
        bench_run(&bench, database_drop(arena, &bench.dialect, &(struct database_drop){ .name = "big" }),
                  OUTCOME_DONE);
        assert_string_equal(summary_of(&bench, "big-p000").worst_status, "absent");
    }
}

TEST("a remote alias is made, changed and dropped, and its password is never shown") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_with(v, false, keystore);
        struct arena *arena = bench.arena;
        struct secret_text password = { .bytes = (char[]){ "long-enough" }, .length = 11 };
        struct bolt_value *driver = bolt_new_map(arena);
        struct alias_wish wish = { .name = "far",
                                   .target = "there",
                                   .url = "neo4j+s://elsewhere:7687",
                                   .user = "jane",
                                   .password = &password,
                                   .driver = driver };
        struct alias_rows rows;

        bolt_set_bool(arena, driver, "ssl_enforced", true);
        RUN_MADE(&bench, alias_create(arena, &bench.dialect, &wish, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        bench_run(&bench, bench.statement, OUTCOME_DONE); /* IF NOT EXISTS */
        wish.user = "joe";
        RUN_MADE(&bench, alias_alter(arena, &bench.dialect, &wish, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        assert_true(aliases_read(arena, bench_ask(&bench, aliases_query), &rows, &bench.err));
        assert_int_equal(rows.count, 1);
        assert_true(rows.items[0].is_remote);
        assert_string_equal(rows.items[0].url, wish.url);
        assert_string_equal(rows.items[0].user, "joe");
        assert_true(bolt_bool(bolt_get(rows.items[0].driver, "ssl_enforced"), false));
        assert_null(strstr(json_print(arena, bolt_to_json(arena, &bench.result.rows)), "long-enough"));
        bench_run(&bench, alias_drop(arena, "far"), OUTCOME_DONE);
        const struct alias_wish forwarding = {
            .name = "near", .target = "there", .url = wish.url, .forwards_credentials = true
        };
        if (!dialect_has(&bench.dialect, FORM_ALIAS_FORWARDING)) {
            assert_false(alias_create(arena, &bench.dialect, &forwarding, &bench.statement, &bench.err));
            continue;
        }
        RUN_MADE(&bench, alias_create(arena, &bench.dialect, &forwarding, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        assert_true(aliases_read(arena, bench_ask(&bench, aliases_query), &rows, &bench.err));
        assert_string_equal(rows.items[0].user, "");
    }
}

TEST("a composite database has its aliases for constituents, and goes with them") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        const struct database_wish wish = { .name = "all" };
        const struct alias_wish part = { .name = "all.part", .target = "neo4j" };
        struct alias_rows rows;

        RUN_MADE(&bench,
                 database_create_composite(arena, &bench.dialect, &wish, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        RUN_MADE(&bench, alias_create(arena, &bench.dialect, &part, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        assert_true(aliases_read(arena, bench_ask(&bench, aliases_query), &rows, &bench.err));
        assert_string_equal(rows.items[0].composite, "all");
        assert_string_equal(row_of(&bench, "all")->type, "composite");
        assert_true(text_list_has(&row_of(&bench, "all")->constituents, "all.part"));
        struct database_drop drop = { .name = "all", .is_composite = true };
        bench_run(&bench, database_drop(arena, &bench.dialect, &drop), OUTCOME_FAILED); /* 42N82 */
        drop.drops_aliases = true;
        bench_run(&bench, database_drop(arena, &bench.dialect, &drop), OUTCOME_DONE);
        assert_true(aliases_read(arena, bench_ask(&bench, aliases_query), &rows, &bench.err));
        assert_int_equal(rows.count, 0);
    }
}

TEST("an auth rule gives and takes roles, where there are rules") {
    CLEANUP(bench_clear) struct bench bench = bench_with(VERSIONS - 1, false, native_rules);
    struct arena *arena = bench.arena;
    const struct dialect *dialect = &bench.dialect;
    const struct auth_rule_wish wish = { .name = "ops",
                                         .condition = "'ops' IN abac.native.user_tags()",
                                         .is_enabled = true };
    struct text_list roles = { (const char *[]){ "editor", "reader" }, 2 };
    struct auth_rule_rows rows;

    RUN_MADE(&bench, auth_rule_create(arena, dialect, &wish, &bench.statement, &bench.err), OUTCOME_DONE);
    bench_run(&bench, bench.statement, OUTCOME_DONE); /* IF NOT EXISTS */
    RUN_MADE(&bench, auth_rule_grant(arena, dialect, &roles, "ops", &bench.statement, &bench.err),
             OUTCOME_DONE);
    RUN_MADE(&bench,
             auth_rule_alter(arena, dialect, &(struct auth_rule_wish){ .name = "ops" }, &bench.statement,
                             &bench.err),
             OUTCOME_DONE);
    RUN_MADE(&bench, auth_rule_rename(arena, dialect, "ops", "crew", &bench.statement, &bench.err),
             OUTCOME_DONE);
    RUN_MADE(&bench, auth_rules_show(arena, dialect, &bench.statement, &bench.err), OUTCOME_DONE);
    assert_true(auth_rules_read(arena, &bench.result, &rows, &bench.err));
    assert_int_equal(rows.count, 1);
    assert_string_equal(rows.items[0].name, "crew");
    assert_string_equal(rows.items[0].condition, wish.condition);
    assert_false(rows.items[0].is_enabled);
    assert_true(text_list_has(&rows.items[0].roles, "editor"));
    RUN_MADE(&bench, auth_rule_revoke(arena, dialect, &roles, "crew", &bench.statement, &bench.err),
             OUTCOME_DONE);
    RUN_MADE(&bench, auth_rule_drop(arena, dialect, "crew", &bench.statement, &bench.err), OUTCOME_DONE);
    bench_run(&bench, bench.statement, OUTCOME_DONE); /* IF EXISTS */
    RUN_MADE(&bench, auth_rules_show(arena, dialect, &bench.statement, &bench.err), OUTCOME_DONE);
    assert_true(auth_rules_read(arena, &bench.result, &rows, &bench.err));
    assert_int_equal(rows.count, 0);
}

TEST("a database is made anew with another topology, and is another one afterwards") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        const struct database_wish wish = { .name = "again", .primaries = 2 };
        const struct database_recreation recreation = { .database = "again", .primaries = 3 };
        const struct database_recreation cleared = { .database = "again", .clears_data = true };

        RUN_MADE(&bench, database_create(arena, &bench.dialect, &wish, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        const char *id = row_of(&bench, "again")->database_id;
        RUN_MADE(&bench, database_recreate(arena, &bench.dialect, &recreation, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        assert_int_equal(summary_of(&bench, "again").online, 3);
        assert_string_not_equal(row_of(&bench, "again")->database_id, id);
        bool is_known = dialect_has(&bench.dialect, FORM_RECREATE_CLEARED);
        assert_int_equal(database_recreate(arena, &bench.dialect, &cleared, &bench.statement, &bench.err),
                         is_known);
        if (!is_known)
            continue;
        bench_run(&bench, bench.statement, OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        assert_true(summary_of(&bench, "again").is_online);
    }
}

TEST("a database goes into quarantine on the asked server, and comes out of it") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        const struct database_wish wish = { .name = "ill", .primaries = 3 };
        struct quarantine_row quarantine;
        struct database_rows rows;
        const char *server = NULL;

        RUN_MADE(&bench, database_create(arena, &bench.dialect, &wish, &bench.statement, &bench.err),
                 OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        bench_run(&bench, database_quarantine(arena, &bench.dialect, "ill", "it coughs"), OUTCOME_DONE);
        assert_true(quarantine_read(arena, &bench.result, &quarantine, &bench.err));
        assert_true(quarantine.is_quarantined);
        assert_non_null(strstr(quarantine.result, "it coughs"));
        simulated_pass(bench.cluster, SETTLE_MS);
        rows = bench_show_databases(&bench);
        for (size_t i = 0; i < rows.count; i++)
            if (str_equal(rows.items[i].current_status, "quarantined"))
                server = rows.items[i].server_id;
        assert_non_null(server);
        assert_string_equal(summary_of(&bench, "ill").worst_status, "quarantined");
        RUN_MADE(&bench,
                 database_unquarantine(arena, &bench.dialect, server, "ill", UNQUARANTINE_KEEP_ALL,
                                       &bench.statement, &bench.err),
                 OUTCOME_DONE);
        simulated_pass(bench.cluster, SETTLE_MS);
        assert_true(summary_of(&bench, "ill").is_online);
    }
}

TEST("a status check names the members of each database, and the leader they follow") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_of(v, false);
        struct arena *arena = bench.arena;
        struct text_list names = { (const char *[]){ "system", "nowhere" }, 2 };
        struct status_check_rows rows;
        size_t members = 0;

        bench_run(&bench, status_check(arena, &names, 5000), OUTCOME_DONE);
        assert_true(status_check_read(arena, &bench.result, &rows, &bench.err));
        assert_true(status_check_is_good(&rows, "system"));
        assert_false(status_check_is_good(&rows, "nowhere"));
        for (size_t i = 0; i < rows.count; i++) {
            bool is_system = str_equal(rows.items[i].database, "system");
            members += is_system;
            assert_string_equal(rows.items[i].member_status, is_system ? "APPLYING" : "");
            assert_int_equal(*rows.items[i].leader_id != 0, is_system);
            assert_int_equal(*rows.items[i].problem != 0, !is_system);
        }
        assert_int_equal(members, SERVERS);
    }
}

TEST("whether a plug-in works is told by what a server lists, built in or not") {
    for (size_t v = 0; v < VERSIONS; v++) {
        CLEANUP(bench_clear) struct bench bench = bench_with(v, false, plugins);
        struct routine_rows rows;

        assert_true(routines_read(bench.arena, bench_ask(&bench, functions_query), &rows, &bench.err));
        assert_true(routines_have(&rows, "apoc.version"));
        assert_false(routines_have(&rows, "gds.version"));
        assert_true(rows.count > 140);
        for (size_t i = 0; i < rows.count; i++)
            assert_int_equal(rows.items[i].is_builtin, !str_equal(rows.items[i].name, "apoc.version"));
        assert_true(routines_read(bench.arena, bench_ask(&bench, procedures_query), &rows, &bench.err));
        assert_true(routines_have(&rows, "bloom.checkLicenseCompliance"));
        assert_true(routines_have(&rows, "dbms.components"));
    }
}
