#include "test.h"

#include "base/json.h"
#include "bolt/value_json.h"
#include "neo4j/databases.h"
#include "neo4j/info.h"
#include "neo4j/servers.h"

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
