#include "test.h"
#include "world.h"

static struct world *open_world(const char *image, unsigned servers) {
    struct world *world = world_new(11);

    world_prepare(world, image, servers);
    for (unsigned i = 0; i < servers; i++)
        world_start(world, i);
    assert_true(world_run_until_open(world, servers, 5000));
    world_run(world, 2000);
    return world;
}

TEST("queries without a graph answer as Cypher does") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 1);
    static const struct {
        const char *statement;
        const char *parameters;
        const char *rows; /* JSON, or the code of the failure */
    } rows[] = {
        { "RETURN 1", NULL, "[{\"1\":1}]" },
        { "RETURN $x + 1 AS y, [1, 2.5, 'a', null, {k: true}] AS l", "{\"x\":41}",
          "[{\"y\":42,\"l\":[1,2.5,\"a\",null,{\"k\":true}]}]" },
        { "RETURN $x AS x, [$x.k] AS l", "{\"x\":{\"k\":[\"a value of some length\"]}}",
          "[{\"x\":{\"k\":[\"a value of some length\"]},\"l\":[[\"a value of some length\"]]}]" },
        { "return 1 + 2 * 3 - 4 / 2 % 3 AS n", NULL, "[{\"n\":5}]" },
        { "RETURN -(1 + 2) AS n, 7 / 2 AS i, 7.0 / 2 AS f", NULL, "[{\"n\":-3,\"i\":3,\"f\":3.5}]" },
        { "RETURN true AND null AS a, false AND null AS b, true XOR true AS c, NOT false AS d", NULL,
          "[{\"a\":null,\"b\":false,\"c\":false,\"d\":true}]" },
        { "RETURN 'a' IN ['b', 'a'] AS a, 1 IN [null] AS b, null = null AS c, null IS NULL AS d", NULL,
          "[{\"a\":true,\"b\":null,\"c\":null,\"d\":true}]" },
        { "RETURN 'abc' STARTS WITH 'ab' AS a, 'abc' ENDS WITH 'x' AS b, 'abc' CONTAINS 'b' AS c", NULL,
          "[{\"a\":true,\"b\":false,\"c\":true}]" },
        { "RETURN [10, 20, 30][-1] AS a, {x: {y: 2}}.x.y AS b", NULL, "[{\"a\":30,\"b\":2}]" },
        { "RETURN 'a' + 'b' AS a, [1] + 2 + [3] AS b, size([1, 2]) AS c, toUpper('x') AS d", NULL,
          "[{\"a\":\"ab\",\"b\":[1,2,3],\"c\":2,\"d\":\"X\"}]" },
        { "UNWIND range(1, 4) AS x WITH x WHERE x > 1 RETURN x ORDER BY x DESC SKIP 1 LIMIT 1", NULL,
          "[{\"x\":3}]" },
        { "UNWIND [1, 2, 2, null] AS x RETURN count(*) AS n, count(x) AS m, collect(DISTINCT x) AS l", NULL,
          "[{\"n\":4,\"m\":3,\"l\":[1,2]}]" },
        { "UNWIND ['a', 'b', 'a'] AS x RETURN x, count(*) AS n ORDER BY x", NULL,
          "[{\"x\":\"a\",\"n\":2},{\"x\":\"b\",\"n\":1}]" },
        { "UNWIND [3, 1, 3] AS x RETURN DISTINCT x", NULL, "[{\"x\":3},{\"x\":1}]" },
        { "UNWIND [] AS x RETURN count(*) AS n", NULL, "[{\"n\":0}]" },
        { "UNWIND [] AS x RETURN x", NULL, "[]" },
        { "WITH 1 AS a, 2 AS b RETURN *", NULL, "[{\"a\":1,\"b\":2}]" },
        { "RETURN 1 // a comment\n /* another */ AS n;", NULL, "[{\"n\":1}]" },
        { "CALL db.ping()", NULL, "[{\"success\":true}]" },
        { "CALL dbms.components() YIELD name, edition AS e WHERE name = 'Neo4j Kernel' RETURN e", NULL,
          "[{\"e\":\"enterprise\"}]" },
        { "CYPHER 5 RETURN 1 AS n", NULL, "[{\"n\":1}]" },
        { "CYPHER 25 RETURN 1 AS n", NULL, "Neo.ClientError.Statement.ArgumentError" },
        { "RETRUN 1", NULL, "Neo.ClientError.Statement.SyntaxError" },
        { "RETURN", NULL, "Neo.ClientError.Statement.SyntaxError" },
        { "RETURN 1 AS", NULL, "Neo.ClientError.Statement.SyntaxError" },
        { "RETURN 1 2", NULL, "Neo.ClientError.Statement.SyntaxError" },
        { "RETURN 'a", NULL, "Neo.ClientError.Statement.SyntaxError" },
        { "RETURN x", NULL, "Neo.ClientError.Statement.SyntaxError" },
        { "RETURN nothing()", NULL, "Neo.ClientError.Statement.SyntaxError" },
        { "RETURN 9223372036854775808", NULL, "Neo.ClientError.Statement.SyntaxError" },
        { "RETURN $missing", NULL, "Neo.ClientError.Statement.ParameterMissing" },
        { "RETURN 1 / 0", NULL, "Neo.ClientError.Statement.ArithmeticError" },
        { "RETURN 9223372036854775807 + 1", NULL, "Neo.ClientError.Statement.ArithmeticError" },
        { "RETURN 1 + {}", NULL, "Neo.ClientError.Statement.TypeError" },
        { "UNWIND range(1, 100000000) AS x RETURN x", NULL,
          "Neo.TransientError.General.MemoryPoolOutOfMemoryError" },
        { "CALL no.such.procedure()", NULL, "Neo.ClientError.Procedure.ProcedureNotFound" },
        { "CALL db.ping(1)", NULL, "Neo.ClientError.Statement.SyntaxError" },
        { "MATCH (a)--(b) RETURN a", NULL, "Neo.DatabaseError.Statement.ExecutionFailed" },
        { "", NULL, "Neo.ClientError.Statement.SyntaxError" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct answer answer = world_ask(world, 0, false, "neo4j", rows[i].statement, rows[i].parameters);
        const char *got = answer.code ? answer.code : json_print(world->arena, answer.rows);
        if (!str_equal(got, rows[i].rows))
            print_message("%s: %s\n", rows[i].statement, answer.message ? answer.message : "");
        assert_string_equal(got, rows[i].rows);
    }
}

TEST("an expression that is nested too deeply or is too long is refused") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 1);
    static const struct {
        const char *piece;
        size_t times;
        const char *end;
    } rows[] = {
        { "(", 100000, "1" },  { "[", 100000, "1" },   { "{a:", 100000, "1" },  { "-", 100000, "1" },
        { "1+", 100000, "1" }, { "size(", 5000, "1" }, { "NOT ", 100000, "x" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer statement = { 0 };
        buffer_add_string(&statement, "RETURN ");
        for (size_t k = 0; k < rows[i].times; k++)
            buffer_add_string(&statement, rows[i].piece);
        buffer_add_string(&statement, rows[i].end);
        struct answer answer = world_ask(world, 0, false, "neo4j", buffer_string(&statement), NULL);
        assert_string_equal(answer.code, "Neo.ClientError.Statement.SyntaxError");
    }
}

TEST("SHOW commands take YIELD, WHERE and RETURN") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 3);
    static const struct {
        const char *statement;
        const char *rows;
    } rows[] = {
        { "SHOW SERVERS YIELD state, health RETURN DISTINCT state, health",
          "[{\"state\":\"Enabled\",\"health\":\"Available\"}]" },
        { "SHOW SERVERS YIELD * WHERE state = 'Enabled' AND health = 'Available' RETURN count(*) AS n",
          "[{\"n\":3}]" },
        { "SHOW SERVER WHERE state <> 'Enabled'", "[]" },
        { "SHOW DATABASES YIELD name, currentStatus WHERE name = 'system' RETURN DISTINCT name, "
          "currentStatus",
          "[{\"name\":\"system\",\"currentStatus\":\"online\"}]" },
        { "SHOW DATABASES YIELD name, writer WHERE writer RETURN name ORDER BY name",
          "[{\"name\":\"neo4j\"},{\"name\":\"system\"}]" },
        { "SHOW DATABASE neo4j YIELD name, type, access, requestedPrimariesCount AS p, role, writer, home",
          "[{\"name\":\"neo4j\",\"type\":\"standard\",\"access\":\"read-write\",\"p\":1,\"role\":\"primary\","
          "\"writer\":true,\"home\":true}]" },
        { "SHOW DATABASE `no-such`", "[]" },
        { "SHOW DEFAULT DATABASE YIELD name", "[{\"name\":\"neo4j\"}]" },
        { "SHOW SETTINGS 'db.format', 'dbms.routing_ttl' YIELD name, value, isDynamic",
          "[{\"name\":\"db.format\",\"value\":\"block\",\"isDynamic\":true},"
          "{\"name\":\"dbms.routing_ttl\",\"value\":\"5m\",\"isDynamic\":false}]" },
        { "SHOW SETTINGS 'server.cluster.system_database_mode' YIELD validValues, isExplicitlySet",
          "[{\"validValues\":\"One of [PRIMARY, SECONDARY].\",\"isExplicitlySet\":false}]" },
        { "CALL dbms.listConfig('routing_ttl') YIELD name, value",
          "[{\"name\":\"dbms.routing_ttl\",\"value\":\"5m\"}]" },
        { "SHOW USERS", "[{\"user\":\"neo4j\",\"roles\":[\"admin\",\"PUBLIC\"],"
                        "\"passwordChangeRequired\":false,\"suspended\":false,\"home\":null}]" },
        { "SHOW CURRENT USER YIELD user", "[{\"user\":\"neo4j\"}]" },
        { "CALL dbms.showCurrentUser() YIELD username, flags", "[{\"username\":\"neo4j\",\"flags\":[]}]" },
        { "CALL dbms.info() YIELD name", "[{\"name\":\"system\"}]" },
        { "CALL dbms.cluster.showParallelDiscoveryState() YIELD mode, v2ServerCount",
          "[{\"mode\":\"V2_ONLY\",\"v2ServerCount\":3}]" },
        { "SHOW SERVERS YIELD nothing", "Neo.ClientError.Statement.SyntaxError" },
        { "SHOW SERVERS RETURN name", "Neo.ClientError.Statement.SyntaxError" },
        { "SHOW NONSENSE", "Neo.ClientError.Statement.SyntaxError" },
        { "MATCH (n) RETURN n", "Neo.ClientError.Statement.SemanticError" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct answer answer = world_ask(world, (unsigned)i % 3, false, "system", rows[i].statement, NULL);
        const char *got = answer.code ? answer.code : json_print(world->arena, answer.rows);
        if (!str_equal(got, rows[i].rows))
            print_message("%s: %s\n", rows[i].statement, answer.message ? answer.message : "");
        assert_string_equal(got, rows[i].rows);
    }
}

TEST("each version shows the columns that it knows") {
    static const struct {
        const char *image;
        size_t columns;
        bool has_language;
        const char *kernel;
    } rows[] = {
        { "neo4j:5.26.3-enterprise", 26, false, "[{\"v\":[\"5.26.3\"]}]" },
        { "neo4j:2025.01.0-enterprise", 26, false, "[{\"v\":[\"5.27.0\"]}]" },
        { "neo4j:2025.06.2-enterprise", 27, true, "[{\"v\":[\"2025.06.2\"]}]" },
        { "neo4j:2026.08.1-enterprise", 32, true, "[{\"v\":[\"2026.08.1\"]}]" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = open_world(rows[i].image, 1);
        struct answer answer = world_ask(world, 0, false, "system", "SHOW DATABASE neo4j YIELD *", NULL);
        assert_int_equal(answer.row_count, 1);
        assert_int_equal(json_length(json_item(answer.rows, 0)), rows[i].columns);
        assert_int_equal(json_get(json_item(answer.rows, 0), "defaultLanguage") != NULL,
                         rows[i].has_language);
        answer = world_ask(
            world, 0, false, "neo4j",
            "CALL dbms.components() YIELD name, versions AS v WHERE name = 'Neo4j Kernel' RETURN v", NULL);
        assert_string_equal(json_print(world->arena, answer.rows), rows[i].kernel);
        answer = world_ask(world, 0, false, "system", "SHOW DATABASES", NULL);
        assert_int_equal(json_length(json_item(answer.rows, 0)), 13);
    }
}

TEST("administration has the effects and the failures of its rules") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 3);
    char *ids = arena_printf(world->arena, "{\"id\":\"%s\",\"name\":\"kate\",\"password\":\"long-enough\"}",
                             world->servers[0].volume->server_id);
    static const struct {
        const char *statement;
        const char *code; /* NULL: it works */
    } rows[] = {
        { "RENAME SERVER $id TO 'zero'", NULL },
        { "RENAME SERVER 'zero' TO 'one'", NULL },
        { "RENAME SERVER 'nobody' TO 'x'", "Neo.ClientError.Statement.ArgumentError" },
        { "ENABLE SERVER 'one'", NULL }, /* it is already */
        { "ENABLE SERVER 'one' OPTIONS {mode: 'NONE'}", "Neo.ClientError.Statement.ArgumentError" },
        { "ENABLE SERVER 'nobody'", "Neo.ClientError.Statement.ArgumentError" },
        { "ALTER SERVER 'one' SET OPTIONS {modeConstraint: 'SECONDARY'}", NULL },
        { "ALTER SERVER 'one' SET OPTIONS {allowedDatabases: ['a'], deniedDatabases: ['b']}",
          "Neo.ClientError.Statement.ArgumentError" },
        { "CREATE DATABASE wide TOPOLOGY 3 PRIMARIES", "Neo.ClientError.Statement.ArgumentError" },
        { "CREATE DATABASE wide TOPOLOGY 2 PRIMARIES 1 SECONDARY", NULL },
        { "CREATE DATABASE wide", "Neo.ClientError.Database.ExistingDatabaseFound" },
        { "CREATE DATABASE wide IF NOT EXISTS", NULL },
        { "CREATE OR REPLACE DATABASE wide TOPOLOGY 1 PRIMARY", NULL },
        { "CREATE DATABASE twelve TOPOLOGY 12 PRIMARIES", "Neo.ClientError.Statement.ArgumentError" },
        { "CREATE DATABASE $name WAIT 10 SECONDS", NULL },
        { "CREATE DATABASE x", "Neo.ClientError.Statement.ArgumentError" },
        { "CREATE DATABASE `_hidden`", "Neo.ClientError.Statement.ArgumentError" },
        { "CREATE DATABASE `my.data-base`", NULL },
        { "STOP DATABASE wide", NULL },
        { "STOP DATABASE system", "Neo.ClientError.Statement.ArgumentError" },
        { "START DATABASE wide", NULL },
        { "DROP DATABASE wide", NULL },
        { "DROP DATABASE wide", "Neo.ClientError.Database.DatabaseNotFound" },
        { "DROP DATABASE wide IF EXISTS DESTROY DATA", NULL },
        { "CREATE USER $name SET PASSWORD $password CHANGE NOT REQUIRED SET HOME DATABASE neo4j", NULL },
        { "CREATE USER $name SET PASSWORD $password", "Neo.ClientError.Statement.ArgumentError" },
        { "CREATE USER other SET PASSWORD 'short'", "Neo.ClientError.Statement.ArgumentError" },
        { "CREATE USER other", "Neo.ClientError.Statement.SyntaxError" },
        { "ALTER USER $name SET PASSWORD $password", "Neo.ClientError.Statement.ArgumentError" },
        { "ALTER USER $name SET STATUS SUSPENDED", NULL },
        { "ALTER USER nobody SET STATUS ACTIVE", "Neo.ClientError.Statement.ArgumentError" },
        { "ALTER USER nobody IF EXISTS SET STATUS ACTIVE", NULL },
        { "ALTER USER $name", "Neo.ClientError.Statement.SyntaxError" },
        { "DROP USER $name", NULL },
        { "CALL dbms.setDefaultAllocationNumbers(2, 0)", NULL },
        { "CALL dbms.setDefaultAllocationNumbers(0, 0)", "Neo.ClientError.Statement.ArgumentError" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct answer answer = world_ask(world, (unsigned)i % 3, true, "system", rows[i].statement, ids);
        if (!str_equal(answer.code, rows[i].code))
            print_message("%s: %s %s\n", rows[i].statement, answer.code ? answer.code : "works",
                          answer.message ? answer.message : "");
        assert_true(str_equal(answer.code, rows[i].code));
    }
    struct answer answer = world_ask(world, 1, false, "system",
                                     "SHOW DATABASES YIELD name RETURN DISTINCT name ORDER BY name", NULL);
    assert_string_equal(json_print(world->arena, answer.rows),
                        "[{\"name\":\"kate\"},{\"name\":\"my.data-base\"},{\"name\":\"neo4j\"},"
                        "{\"name\":\"system\"}]");
}

TEST("a database is stopped and started, and each server shows where it is") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 3);
    static const char states[] = "SHOW DATABASE three YIELD currentStatus, requestedStatus "
                                 "RETURN DISTINCT currentStatus AS c, requestedStatus AS r";

    assert_null(world_ask(world, 0, true, "system", "CREATE DATABASE three TOPOLOGY 3 PRIMARIES", NULL).code);
    struct answer answer = world_ask(world, 0, false, "system", states, NULL);
    assert_string_equal(json_print(world->arena, answer.rows), "[{\"c\":\"initial\",\"r\":\"online\"}]");
    world_run(world, 2000);
    answer = world_ask(world, 0, false, "system", states, NULL);
    assert_string_equal(json_print(world->arena, answer.rows), "[{\"c\":\"online\",\"r\":\"online\"}]");
    assert_null(world_ask(world, 1, true, "system", "STOP DATABASE three", NULL).code);
    world_run(world, 2000);
    answer = world_ask(world, 2, false, "system", states, NULL);
    assert_string_equal(json_print(world->arena, answer.rows), "[{\"c\":\"offline\",\"r\":\"offline\"}]");
    assert_null(world_ask(world, 1, true, "system", "START DATABASE three", NULL).code);
    world_run(world, 2000);
    answer = world_ask(world, 2, false, "system", states, NULL);
    assert_string_equal(json_print(world->arena, answer.rows), "[{\"c\":\"online\",\"r\":\"online\"}]");
}

TEST("a follower refuses administration over bolt://, and hands it on over neo4j://") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 3);
    unsigned follower = (unsigned)(world_leader(world, 3) + 1) % 3;

    struct answer answer = world_ask(world, follower, false, "system", "CREATE DATABASE one", NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Cluster.NotALeader");
    answer = world_ask(world, follower, true, "system", "CREATE DATABASE one", NULL);
    assert_null(answer.code);
    /* It reads what it wrote. */
    answer = world_ask(world, follower, false, "system", "SHOW DATABASE one", NULL);
    assert_int_equal(answer.row_count, 1);
    /* Administration is for system, whatever database the session is on. */
    answer = world_ask(world, follower, true, "neo4j", "CREATE DATABASE two", NULL);
    assert_null(answer.code);
}

TEST("passwords are checked, changed and locked") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 3);
    struct answer answer;

    for (unsigned i = 0; i < 3; i++) {
        answer = world_ask_as(world, 0, false, "neo4j", "wrong", "system", "SHOW SERVERS", NULL);
        assert_string_equal(answer.code, "Neo.ClientError.Security.Unauthorized");
    }
    answer = world_ask(world, 0, false, "system", "SHOW SERVERS", NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Security.AuthenticationRateLimit");
    world_run(world, 5000);
    assert_null(world_ask(world, 0, false, "system", "SHOW SERVERS", NULL).code);

    answer = world_ask(world, 0, true, "system",
                       "ALTER CURRENT USER SET PASSWORD FROM 'secret-word' TO 'secret-word'", NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Statement.ArgumentError");
    answer = world_ask(world, 0, true, "system",
                       "ALTER CURRENT USER SET PASSWORD FROM 'wrong' TO 'other-word'", NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Statement.ArgumentError");
    answer = world_ask(world, 0, true, "system",
                       "ALTER CURRENT USER SET PASSWORD FROM 'secret-word' TO 'other-word'", NULL);
    assert_null(answer.code);
    world_run(world, 3000);
    for (unsigned i = 0; i < 3; i++) {
        assert_null(
            world_ask_as(world, i, false, "neo4j", "other-word", "system", "SHOW SERVERS", NULL).code);
        assert_string_equal(world_ask(world, i, false, "system", "SHOW SERVERS", NULL).code,
                            "Neo.ClientError.Security.Unauthorized");
    }
}

TEST("a password that must be changed allows nothing else") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(2);

    world_prepare(world, "neo4j:5.26.0-enterprise", 1);
    world_set_env(world, 0, "NEO4J_AUTH", "neo4j/secret-word/true");
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 5000));
    assert_string_equal(world_ask(world, 0, false, "system", "SHOW SERVERS", NULL).code,
                        "Neo.ClientError.Security.CredentialsExpired");
    assert_null(world_ask(world, 0, false, "system",
                          "ALTER CURRENT USER SET PASSWORD FROM 'secret-word' TO 'other-word'", NULL)
                    .code);
    assert_null(world_ask_as(world, 0, false, "neo4j", "other-word", "system", "SHOW SERVERS", NULL).code);
}

TEST("NEO4J_AUTH counts at the first start only") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 1);

    world_kill(world, 0);
    world_set_env(world, 0, "NEO4J_AUTH", "neo4j/another-word");
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 10000));
    assert_null(world_ask(world, 0, false, "system", "SHOW SERVERS", NULL).code);
}

TEST("routing tables name advertised addresses, the writer only while there is a leader") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 3);
    static const char statement[] = "CALL dbms.routing.getRoutingTable({}, 'system')";
    struct answer answer = world_ask(world, 0, false, "system", statement, NULL);
    const struct json *row = json_item(answer.rows, 0);

    assert_int_equal(json_integer_at(row, "ttl", 0), 300);
    assert_int_equal(json_length(json_get(row, "servers")), 3);
    assert_string_equal(json_string_at(row, "servers.0.role", ""), "WRITE");
    assert_string_equal(json_string_at(row, "servers.0.addresses.0", ""),
                        arena_printf(world->arena, "server-%d.graph:7687", world_leader(world, 3)));
    assert_int_equal(json_length(json_at(row, "servers.1.addresses")), 2);
    assert_int_equal(json_length(json_at(row, "servers.2.addresses")), 3);
    world_kill(world, 0);
    world_kill(world, 1);
    world_run(world, 60000);
    answer = world_ask(world, 2, false, "system", statement, NULL);
    row = json_item(answer.rows, 0);
    assert_int_equal(json_length(json_get(row, "servers")), 2);
    assert_string_equal(json_string_at(row, "servers.0.role", ""), "READ");
    answer = world_ask(world, 2, false, "system", "CALL dbms.routing.getRoutingTable({}, 'none')", NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Database.DatabaseNotFound");
}
