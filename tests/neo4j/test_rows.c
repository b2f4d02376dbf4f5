#include "test.h"

#include "base/json.h"
#include "bolt/value_json.h"
#include "neo4j/allocation.h"
#include "neo4j/databases.h"
#include "neo4j/info.h"
#include "neo4j/roles.h"
#include "neo4j/server_local.h"
#include "neo4j/servers.h"
#include "neo4j/users.h"

/* {"columns": […], "rows": [[…]…]} as a result. */
static struct neo4j_result from_json(struct arena *arena, const char *text) {
    struct json *json;
    struct error err = { 0 };

    if (!json_parse(arena, text_from(text), NULL, &json, &err))
        fail_msg("%s", err.text);
    return (struct neo4j_result){ .columns = *bolt_from_json(arena, json_get(json, "columns")),
                                  .rows = *bolt_from_json(arena, json_get(json, "rows")),
                                  .summary.type = BOLT_MAP };
}

#define SERVER_COLUMNS                                                                                       \
    "\"columns\":[\"serverId\",\"name\",\"address\",\"httpAddress\",\"httpsAddress\",\"state\",\"health\","  \
    "\"hosting\",\"requestedHosting\",\"tags\",\"allowedDatabases\",\"deniedDatabases\",\"modeConstraint\"," \
    "\"version\"]"

TEST("finds values by row and column") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_result result =
        from_json(arena, "{\"columns\":[\"a\",\"b\"],\"rows\":[[1,\"x\"],[2,\"y\"]]}");

    assert_int_equal(neo4j_result_rows(&result), 2);
    assert_string_equal(bolt_string(neo4j_result_get(&result, 1, "b"), ""), "y");
    assert_null(neo4j_result_get(&result, 2, "a"));
    assert_null(neo4j_result_get(&result, 0, "c"));
    struct neo4j_result empty = { 0 };
    assert_int_equal(neo4j_result_rows(&empty), 0);
    assert_null(neo4j_result_get(&empty, 0, "a"));
}

TEST("reads the rows of SHOW SERVERS, sorted by id") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_result result = from_json(
        arena,
        "{" SERVER_COLUMNS ",\"rows\":["
        "[\"id-2\",\"two\",\"graph-1.graph:7687\",\"graph-1.graph:7474\",null,\"Enabled\",\"Available\","
        "[\"system\",\"neo4j\"],[\"system\",\"neo4j\"],[\"eu\"],[],[\"secret\"],\"PRIMARY\",\"5.26.0\"],"
        "[\"id-1\",\"id-1\",null,null,null,\"Deallocating\",\"Unavailable\",[\"system\"],[],[],[],[],"
        "\"NONE\","
        "null],"
        "[\"id-3\",\"three\",\"[fd00::3]:7687\",null,null,\"Melting\",\"Available\",[],[],[],[],[],"
        "\"SECONDARY\","
        "\"5.26.0\"]]}");
    struct server_rows rows;
    struct error err = { 0 };

    assert_true(servers_read(arena, &result, &rows, &err));
    assert_int_equal(rows.count, 3);
    assert_string_equal(rows.items[0].id, "id-1");
    assert_int_equal(rows.items[0].state, SERVER_DEALLOCATING);
    assert_string_equal(rows.items[0].address, "");
    assert_string_equal(rows.items[0].version, "");
    assert_false(rows.items[0].is_available);
    const struct server_row *two = servers_by_id(&rows, "id-2");
    assert_string_equal(two->name, "two");
    assert_int_equal(two->state, SERVER_ENABLED);
    assert_true(two->is_available);
    assert_true(text_list_has(&two->hosting, "neo4j"));
    assert_false(text_list_has(&two->hosting, "other"));
    assert_int_equal(two->mode_constraint, MODE_PRIMARY);
    assert_true(text_list_has(&two->denied_databases, "secret"));
    assert_ptr_equal(servers_by_host(&rows, "graph-1.graph"), two);
    assert_null(servers_by_host(&rows, "graph-2.graph"));
    assert_null(servers_by_host(&rows, ""));
    assert_string_equal(servers_by_host(&rows, "[fd00::3]")->id, "id-3");
    assert_int_equal(servers_by_id(&rows, "id-3")->state, SERVER_STATE_UNKNOWN);
    assert_string_equal(servers_by_id(&rows, "id-3")->state_text, "Melting");
    assert_null(servers_by_id(&rows, "id-4"));
}

TEST("of two servers at one host the one that is available is found, whichever comes first") {
    for (int available = 0; available < 2; available++) {
        struct server_row items[] = { { .id = "id-1", .address = "graph-1.graph:7687" },
                                      { .id = "id-2", .address = "graph-1.graph:7687" } };
        const struct server_rows rows = { items, ARRAY_LENGTH(items) };

        assert_ptr_equal(servers_by_host(&rows, "graph-1.graph"), &items[0]);
        items[available].is_available = true;
        assert_ptr_equal(servers_by_host(&rows, "graph-1.graph"), &items[available]);
    }
}

TEST("knows states and constraints by their words, both ways") {
    static const char *const words[] = { "NONE", "PRIMARY", "SECONDARY" };
    enum mode_constraint constraint;

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        assert_true(mode_constraint_parse(words[i], &constraint));
        assert_string_equal(mode_constraint_text(constraint), words[i]);
    }
    assert_false(mode_constraint_parse("primary", &constraint));
    assert_false(mode_constraint_parse("", &constraint));
    assert_string_equal(server_state_text(SERVER_CORDONED), "Cordoned");
    assert_string_equal(server_state_text(SERVER_STATE_UNKNOWN), "Unknown");
}

TEST("refuses rows without what makes them rows") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct server_rows servers;
    struct database_rows databases;
    struct info_kernel kernel;
    struct info_dbms dbms;
    struct error err = { 0 };
    struct neo4j_result result = from_json(arena, "{\"columns\":[\"name\"],\"rows\":[[\"x\"]]}");

    assert_false(servers_read(arena, &result, &servers, &err));
    assert_int_equal(err.kind, ERROR_PROTOCOL);
    assert_false(databases_read(arena, &result, &databases, &err));
    assert_false(info_read_kernel(arena, &result, &kernel, &err));
    assert_false(info_read_dbms(arena, &result, &dbms, &err));
    result = from_json(arena, "{\"columns\":[],\"rows\":[]}");
    assert_true(servers_read(arena, &result, &servers, &err));
    assert_int_equal(servers.count, 0);
}

TEST("reads the rows of SHOW DATABASES and sums them up") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_result result = from_json(
        arena,
        "{\"columns\":[\"name\",\"type\",\"serverID\",\"address\",\"role\",\"writer\",\"requestedStatus\","
        "\"currentStatus\",\"statusMessage\",\"requestedPrimariesCount\",\"replicationLag\",\"aliases\"],"
        "\"rows\":["
        "[\"system\",\"system\",\"b\",\"b:7687\",\"primary\",false,\"online\",\"online\",\"\",null,0,[]],"
        "[\"system\",\"system\",\"a\",\"a:7687\",\"primary\",true,\"online\",\"online\",\"\",null,0,[]],"
        "[\"neo4j\",\"standard\",\"a\",\"a:7687\",\"primary\",true,\"online\",\"online\",\"\",3,-7,[\"x\"]],"
        "[\"neo4j\",\"standard\",\"b\",null,\"unknown\",false,\"online\",\"unknown\",\"Server is "
        "unavailable\",3,0,"
        "[]],"
        "[\"both\",\"composite\",\"a\",\"a:7687\",null,false,\"online\",\"online\",\"\",null,null,[]]]}");
    struct database_rows rows;
    struct error err = { 0 };

    assert_true(databases_read(arena, &result, &rows, &err));
    assert_int_equal(rows.count, 5);
    assert_string_equal(rows.items[0].name, "both");
    assert_int_equal(rows.items[0].role, DATABASE_ROLE_NONE);
    assert_string_equal(rows.items[1].server_id, "a");
    assert_int_equal(rows.items[1].replication_lag, -7);
    assert_int_equal(rows.items[1].requested_primaries, 3);
    assert_true(text_list_has(&rows.items[1].aliases, "x"));
    assert_int_equal(rows.items[2].role, DATABASE_UNKNOWN);
    assert_string_equal(rows.items[2].address, "");
    assert_int_equal(rows.items[3].requested_primaries, ROW_NO_INTEGER);
    assert_int_equal(rows.items[3].creation_wall_ns, 0);

    struct database_summary system = databases_summary(&rows, "system");
    assert_true(system.is_online);
    assert_true(system.has_writer);
    assert_string_equal(system.writer_server_id, "a");
    assert_string_equal(system.worst_status, "online");
    struct database_summary neo4j = databases_summary(&rows, "neo4j");
    assert_false(neo4j.is_online);
    assert_int_equal(neo4j.hosts, 2);
    assert_int_equal(neo4j.online, 1);
    assert_string_equal(neo4j.worst_status, "unknown");
    assert_string_equal(neo4j.status_message, "Server is unavailable");
    struct database_summary absent = databases_summary(&rows, "nowhere");
    assert_false(absent.is_online);
    assert_string_equal(absent.worst_status, "absent");
}

TEST("finds the kernel among the components, and the id of the DBMS") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct info_kernel kernel;
    struct info_dbms dbms;
    struct neo4j_result result = from_json(
        arena, "{\"columns\":[\"name\",\"versions\",\"edition\"],\"rows\":[[\"Cypher\",[\"5\",\"25\"],"
               "\"\"],[\"Neo4j Kernel\",[\"2025.06.0\"],\"enterprise\"]]}");

    assert_true(info_read_kernel(arena, &result, &kernel, NULL));
    assert_string_equal(kernel.version, "2025.06.0");
    assert_string_equal(kernel.edition, "enterprise");
    result = from_json(arena, "{\"columns\":[\"id\",\"name\",\"creationDate\"],\"rows\":[[\"AB12\",\"neo4j\","
                              "\"2025-01-01\"]]}");
    assert_true(info_read_dbms(arena, &result, &dbms, NULL));
    assert_string_equal(dbms.id, "AB12");
}

/* ---- tables of columns ---- */

struct sample {
    const char *name;
    int64_t count;
    int64_t lag;
    bool is_on;
    int64_t wall_ns;
    int64_t duration_ms;
    struct text_list texts;
    const struct bolt_value *value;
};
static const struct row_column sample_columns[] = {
    ROW_KEY(struct sample, name, TEXT, "name"), ROW(struct sample, count, INTEGER, "count"),
    ROW(struct sample, lag, LAG, "lag"),        ROW(struct sample, is_on, BOOL, "on"),
    ROW(struct sample, wall_ns, WALL, "wall"),  ROW(struct sample, duration_ms, DURATION, "duration"),
    ROW(struct sample, texts, TEXTS, "texts"),  ROW(struct sample, value, VALUE, "value"),
};
static const struct row_kind sample_kind = ROW_KIND("SHOW SAMPLES", struct sample, sample_columns);

static struct bolt_value *row_of(struct arena *arena, const char *name, const struct bolt_value *wall,
                                 const struct bolt_value *duration) {
    struct bolt_value *row = bolt_new_list(arena);
    struct bolt_value *texts = bolt_new_list(arena);

    bolt_append_string(arena, texts, "a");
    bolt_append(arena, texts, bolt_new_integer(arena, 7)); /* a surprise */
    bolt_append_string(arena, texts, "b");
    bolt_append_string(arena, row, name);
    bolt_append(arena, row, bolt_new_integer(arena, 3));
    bolt_append(arena, row, bolt_new_integer(arena, -1));
    bolt_append(arena, row, bolt_new_bool(arena, true));
    bolt_append(arena, row, wall);
    bolt_append(arena, row, duration);
    bolt_append(arena, row, texts);
    bolt_append(arena, row, bolt_new_map(arena));
    return row;
}

static struct bolt_value *names_of(struct arena *arena) {
    struct bolt_value *names = bolt_new_list(arena);

    for (size_t i = 0; i < ARRAY_LENGTH(sample_columns); i++)
        bolt_append_string(arena, names, sample_columns[i].column);
    return names;
}

TEST("a table of columns reads each type, sorts by key, and takes surprises for null") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *rows = bolt_new_list(arena);
    struct bolt_value *strange = bolt_new_list(arena);
    struct error err = { 0 };
    size_t count;

    bolt_append(arena, rows,
                row_of(arena, "b", bolt_new_date_time(arena, 5),
                       bolt_new_duration(arena, 1, 2, 3, 4999999))); /* 30 + 2 days, 3.004 s */
    bolt_append_string(arena, strange, "a");
    for (size_t i = 1; i < ARRAY_LENGTH(sample_columns); i++)
        bolt_append_string(arena, strange, "no such type");
    bolt_append(arena, rows, strange);
    bolt_append(arena, rows,
                row_of(arena, "c", bolt_new_null(arena), bolt_new_duration(arena, INT64_MAX, 1, 1, 1)));
    struct neo4j_result result = { .columns = *names_of(arena), .rows = *rows };
    const struct sample *samples = rows_read(arena, &sample_kind, &result, &count, &err);

    assert_non_null(samples);
    assert_int_equal(count, 3);
    assert_string_equal(samples[0].name, "a");
    assert_int_equal(samples[0].count, ROW_NO_INTEGER);
    assert_int_equal(samples[0].lag, 0);
    assert_false(samples[0].is_on);
    assert_int_equal(samples[0].wall_ns, 0);
    assert_int_equal(samples[0].duration_ms, ROW_NO_INTEGER);
    assert_int_equal(samples[0].texts.count, 0);
    assert_non_null(samples[0].value); /* whatever it is */
    assert_int_equal(samples[1].count, 3);
    assert_int_equal(samples[1].lag, -1);
    assert_true(samples[1].is_on);
    assert_int_equal(samples[1].wall_ns, 5);
    assert_int_equal(samples[1].duration_ms, (INT64_C(32) * 86400 + 3) * 1000 + 4);
    assert_int_equal(samples[1].texts.count, 2);
    assert_string_equal(samples[1].texts.items[1], "b");
    assert_int_equal(samples[2].wall_ns, 0);
    assert_int_equal(samples[2].duration_ms, ROW_NO_INTEGER); /* too long for a number */
}

TEST("a row without its key, or no row where one must be, makes no sense") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct user_rows users;
    struct licence licence;
    struct topology_config config;
    struct error err = { 0 };
    struct neo4j_result result = from_json(arena, "{\"columns\":[\"user\"],\"rows\":[[\"ann\"],[null]]}");

    assert_false(users_read(arena, &result, &users, &err));
    assert_int_equal(err.kind, ERROR_PROTOCOL);
    assert_string_equal(err.text, "SHOW USERS: row 2 has no user");
    result = from_json(arena, "{\"columns\":[\"status\"],\"rows\":[]}");
    assert_false(licence_read(arena, &result, &licence, &err));
    assert_string_equal(err.text, "dbms.licenseAgreementDetails(): there is no row");
    assert_false(topology_config_read(arena, &result, &config, &err));
    result = from_json(arena, "{\"columns\":[\"status\",\"daysLeftOnTrial\"],\"rows\":[[\"eval\",29]]}");
    assert_true(licence_read(arena, &result, &licence, &err));
    assert_string_equal(licence.status, "eval");
    assert_int_equal(licence.days_left, 29);
    assert_int_equal(licence.days_total, ROW_NO_INTEGER);
}

TEST("reads what servers say of users, roles, moves and replication") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct user_rows users;
    struct role_rows roles;
    struct auth_rule_rows rules;
    struct allocation_rows moves;
    struct status_check_rows checks;
    struct connectivity_rows ports;
    struct neo4j_result result = from_json(
        arena,
        "{\"columns\":[\"user\",\"roles\",\"passwordChangeRequired\",\"suspended\",\"home\"],\"rows\":[["
        "\"neo4j\",[\"PUBLIC\",\"admin\"],false,false,null],[\"ann\",null,true,null,\"sales\"]]}");

    assert_true(users_read(arena, &result, &users, NULL));
    assert_string_equal(users.items[0].name, "ann");
    assert_int_equal(users.items[0].roles.count, 0); /* as Community says it */
    assert_true(users.items[0].must_change_password);
    assert_string_equal(users_find(&users, "neo4j")->home_database, "");
    assert_null(users_find(&users, "Neo4j"));

    result = from_json(
        arena, "{\"columns\":[\"role\",\"member\",\"immutable\"],\"rows\":[[\"r\",\"bob\",false],[\"r\","
               "\"ann\",false],[\"empty\",null,true]]}");
    assert_true(roles_read(arena, &result, &roles, NULL));
    assert_true(roles.items[0].is_immutable);
    assert_true(roles_have(&roles, "empty"));
    assert_false(roles_have(&roles, "R"));
    assert_int_equal(roles_members(arena, &roles, "empty").count, 0);
    assert_string_equal(roles_members(arena, &roles, "r").items[0], "ann");

    result = from_json(
        arena, "{\"columns\":[\"name\",\"condition\",\"enabled\",\"roles\"],\"rows\":[[\"x\",\"true\",true,["
               "\"reader\"]]]}");
    assert_true(auth_rules_read(arena, &result, &rules, NULL));
    assert_true(text_list_has(&rules.items[0].roles, "reader"));

    result = from_json(
        arena,
        "{\"columns\":[\"database\",\"fromServerName\",\"fromServerId\",\"toServerName\",\"toServerId\","
        "\"mode\"],\"rows\":[[\"b\",\"one\",\"id-1\",\"two\",\"id-2\",\"primary\"],[\"a\",\"one\",\"id-1\","
        "null,null,\"secondary\"]]}");
    assert_true(allocation_read(arena, &result, &moves, NULL));
    assert_string_equal(moves.items[0].database, "a");
    assert_string_equal(moves.items[0].to_id, "");
    assert_string_equal(moves.items[1].mode, "primary");

    result =
        from_json(arena, "{\"columns\":[\"database\",\"serverId\",\"replicationSuccessful\",\"memberStatus\","
                         "\"recognisedLeader\",\"recognisedLeaderTerm\",\"requester\",\"error\"],\"rows\":[["
                         "\"a\",\"id-1\",true,"
                         "\"APPLYING\",\"id-1\",4,true,null],[\"b\",\"id-1\",false,\"UNAVAILABLE\",null,null,"
                         "true,\"gone\"]]}");
    assert_true(status_check_read(arena, &result, &checks, NULL));
    assert_true(status_check_is_good(&checks, "a"));
    assert_false(status_check_is_good(&checks, "b"));
    assert_int_equal(checks.items[0].leader_term, 4);
    assert_string_equal(checks.items[1].problem, "gone");

    result = from_json(
        arena,
        "{\"columns\":[\"serverId\",\"port-name\",\"port-address\",\"result\"],\"rows\":[[\"id-1\",\"RAFT\","
        "\"a:7000\",\"refused\"],[\"id-1\",\"CLUSTER\",\"a:6000\",\"\"]]}");
    assert_true(connectivity_read(arena, &result, &ports, NULL));
    assert_string_equal(ports.items[0].port_name, "CLUSTER");
}
