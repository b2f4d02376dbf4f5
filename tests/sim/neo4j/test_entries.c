#include "test.h"
#include "world.h"

#include "base/file.h"

extern const char docs_folder[];

static struct world *open_world(unsigned servers) {
    struct world *world = world_new(7);

    world_prepare(world, "neo4j:2026.08.1-enterprise", servers);
    for (unsigned i = 0; i < servers; i++) {
        world_set_env(world, i, "NEO4J_initial_dbms_default__primaries__count", servers > 1 ? "3" : "1");
        world_start(world, i);
    }
    assert_true(world_run_until_open(world, servers, 60000));
    world_run(world, 10000);
    return world;
}

/* The rows as JSON, or "failed: <code>". */
static const char *ask(struct world *world, unsigned server, const char *statement, const char *parameters) {
    struct answer answer = world_ask(world, server, true, "neo4j", statement, parameters);

    return answer.code ? arena_printf(world->arena, "failed: %s", answer.code)
                       : json_print(world->arena, answer.rows);
}

struct row {
    const char *statement;
    const char *answer;
};

static void expect_all(struct world *world, const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *answer = ask(world, 0, rows[i].statement, NULL);
        if (!str_equal(answer, rows[i].answer))
            print_message("%s\n", rows[i].statement);
        assert_string_equal(answer, rows[i].answer);
    }
}

TEST("entries are made, found, changed and deleted, statement after statement") {
    static const struct row rows[] = {
        { "MATCH (n) RETURN n", "[]" },
        { "CREATE (:Entry {key: 1, text: 'one'}), (:Entry:Big {key: 100})", "[]" },
        { "MATCH (n:Entry) RETURN n.key AS key, labels(n) AS labels ORDER BY key",
          "[{\"key\":1,\"labels\":[\"Entry\"]},{\"key\":100,\"labels\":[\"Entry\",\"Big\"]}]" },
        { "MATCH (n:Entry {key: 1}) RETURN n.text AS text, n.none AS none",
          "[{\"text\":\"one\",\"none\":null}]" },
        { "MATCH (n:Entry&!Big) RETURN count(*) AS c", "[{\"c\":1}]" },
        { "MATCH (n) WHERE n:Big OR n.key < 2 RETURN count(n) AS c", "[{\"c\":2}]" },
        { "MATCH (n:Entry|Other WHERE n.key > 50) RETURN properties(n) AS p", "[{\"p\":{\"key\":100}}]" },
        { "UNWIND range(2, 4) AS k CREATE (n:Entry {key: k}) RETURN sum(n.key) AS s", "[{\"s\":9}]" },
        { "MATCH (n:Entry) WITH n ORDER BY n.key DESC SKIP 1 LIMIT 2 RETURN collect(n.key) AS keys",
          "[{\"keys\":[4,3]}]" },
        { "MATCH (n:Entry {key: 2}) SET n.text = 'two', n:Small, n.key = n.key + 0 RETURN n.text AS t",
          "[{\"t\":\"two\"}]" },
        { "MATCH (n:Small) SET n += {more: [1, 2], text: null} RETURN properties(n) AS p",
          "[{\"p\":{\"key\":2,\"more\":[1,2]}}]" },
        { "MATCH (n:Small) SET n = {key: 2} REMOVE n:Small RETURN labels(n) AS l, keys(n) AS k",
          "[{\"l\":[\"Entry\"],\"k\":[\"key\"]}]" },
        { "MERGE (n:Entry {key: 2}) ON MATCH SET n.seen = true ON CREATE SET n.made = true RETURN n.seen, "
          "n.made",
          "[{\"n.seen\":true,\"n.made\":null}]" },
        { "MERGE (n:Entry {key: 5}) ON MATCH SET n.seen = true ON CREATE SET n.made = true RETURN n.seen, "
          "n.made",
          "[{\"n.seen\":null,\"n.made\":true}]" },
        { "UNWIND [6, 6, 7] AS k MERGE (n:Entry {key: k}) RETURN count(DISTINCT n) AS c", "[{\"c\":2}]" },
        { "OPTIONAL MATCH (n:Nowhere) RETURN n, n.key AS key", "[{\"n\":null,\"key\":null}]" },
        { "UNWIND [1, 999] AS k OPTIONAL MATCH (n:Entry {key: k}) RETURN k, n.text AS t",
          "[{\"k\":1,\"t\":\"one\"},{\"k\":999,\"t\":null}]" },
        { "MATCH (a:Entry {key: 1}), (b:Entry {key: 2}) RETURN a.key + b.key AS s, a = b AS same",
          "[{\"s\":3,\"same\":false}]" },
        { "MATCH (n:Big) DETACH DELETE n", "[]" },
        { "MATCH (n:Entry) WHERE n.key > 2 DELETE n RETURN count(*) AS c", "[{\"c\":5}]" },
        { "MATCH (n) RETURN max(n.key) AS top, min(n.key) AS low, avg(n.key) AS mean",
          "[{\"top\":2,\"low\":1,\"mean\":1.5}]" },
        { "UNWIND [1, 2] AS k CALL (k) { MATCH (n:Entry {key: k}) RETURN n.key * 10 AS ten } RETURN k, ten",
          "[{\"k\":1,\"ten\":10},{\"k\":2,\"ten\":20}]" },
        { "UNWIND [8, 9] AS k CALL { WITH k CREATE (:Entry {key: k}) } IN TRANSACTIONS OF 1 ROWS RETURN "
          "count(*) AS c",
          "[{\"c\":2}]" },
        { "RETURN 1 AS x UNION RETURN 1 AS x UNION ALL RETURN 2 AS x", "[{\"x\":1},{\"x\":2}]" },
        { "EXPLAIN MATCH (n) DETACH DELETE n", "[]" },
        { "MATCH (n) RETURN count(*) AS c", "[{\"c\":4}]" },
        { "MATCH (n) SET n.list = [x IN range(1, 4) WHERE x % 2 = 0 | x * x] RETURN DISTINCT n.list[0..1] AS "
          "l",
          "[{\"l\":[4]}]" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world(1);

    expect_all(world, rows, ARRAY_LENGTH(rows));
}

TEST("what entries are not is refused, and says what they are") {
    static const struct row rows[] = {
        { "CREATE (a)-[:KNOWS]->(b)", "failed: Neo.DatabaseError.Statement.ExecutionFailed" },
        { "MATCH p = (a)--(b) RETURN p", "failed: Neo.DatabaseError.Statement.ExecutionFailed" },
        { "CREATE (n:Entry {bad: {a: 1}})", "failed: Neo.ClientError.Statement.TypeError" },
        { "CREATE (n:Entry {bad: [1, 'a']})", "failed: Neo.ClientError.Statement.TypeError" },
        { "CREATE (n) CREATE (n)", "failed: Neo.ClientError.Statement.SyntaxError" },
        { "MATCH (n:Entry)", "failed: Neo.ClientError.Statement.SyntaxError" },
        { "MATCH (n) RETURN m", "failed: Neo.ClientError.Statement.SyntaxError" },
        { "MERGE (n:Entry {key: null})", "failed: Neo.ClientError.Statement.SemanticError" },
        { "CREATE (n) DELETE n SET n.x = 1", "failed: Neo.ClientError.Statement.EntityNotFound" },
        { "CREATE (n:A|B)", "failed: Neo.ClientError.Statement.SyntaxError" },
        { "LOAD CSV FROM 'x' AS row RETURN row", "failed: Neo.DatabaseError.Statement.ExecutionFailed" },
        { "MATCH (n) RETURN count(*) AS c", "[{\"c\":0}]" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world(1);

    expect_all(world, rows, ARRAY_LENGTH(rows));
    struct answer answer = world_ask(world, 0, true, "neo4j", "MATCH (a)-->(b) RETURN a", NULL);
    assert_non_null(strstr(answer.message, "CREATE (n:Entry {key: 1})"));
    answer = world_ask(world, 0, true, "system", "CREATE (n)", NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Statement.SemanticError");
}

TEST("points in time, durations and points are made, taken apart, and stored") {
    static const struct row rows[] = {
        { "RETURN toString(date('2024-02-29')) AS d", "[{\"d\":\"2024-02-29\"}]" },
        { "RETURN date('2024-02-29').ordinalDay AS o, date('2024-02-29').weekDay AS w",
          "[{\"o\":60,\"w\":4}]" },
        { "RETURN toString(datetime('2024-01-02T03:04:05.5+01:30')) AS d",
          "[{\"d\":\"2024-01-02T03:04:05.5+01:30\"}]" },
        { "RETURN datetime('1970-01-01T01:00+01:00').epochMillis AS m", "[{\"m\":0}]" },
        { "RETURN toString(localdatetime({year: 1984, month: 10, day: 11, hour: 12})) AS d",
          "[{\"d\":\"1984-10-11T12:00:00\"}]" },
        { "RETURN toString(time('12:31:14.5Z')) AS t, toString(localtime('0102')) AS l",
          "[{\"t\":\"12:31:14.5Z\",\"l\":\"01:02:00\"}]" },
        { "RETURN toString(duration('P1Y2M3DT4H5M6.5S')) AS d, duration({days: 1, hours: 2}).hours AS h",
          "[{\"d\":\"P1Y2M3DT4H5M6.5S\",\"h\":2}]" },
        { "RETURN toString(duration({seconds: -0.5})) AS d, toString(duration({})) AS z",
          "[{\"d\":\"PT-0.5S\",\"z\":\"PT0S\"}]" },
        { "RETURN toString(date('2024-01-31') + duration('P1M')) AS d, toString(date('2024-03-01') - "
          "duration('P1D')) AS e",
          "[{\"d\":\"2024-02-29\",\"e\":\"2024-02-29\"}]" },
        { "RETURN date('2024-01-01') < date('2024-01-02') AS l", "[{\"l\":true}]" },
        { "RETURN datetime().year AS y, date() = date(datetime()) AS same", "[{\"y\":2026,\"same\":true}]" },
        { "RETURN point({x: 1, y: 2}).y AS y, point({longitude: 3, latitude: 4}).srid AS s",
          "[{\"y\":2,\"s\":4326}]" },
        { "RETURN point.distance(point({x: 0, y: 0}), point({x: 3, y: 4})) AS d", "[{\"d\":5}]" },
        { "CREATE (n:T {d: date('2024-02-29'), p: point({x: 1, y: 2}), f: 1.0, l: [duration('P1D')]})",
          "[]" },
        { "MATCH (n:T) RETURN n.d.day AS d, n.p.x AS x, n.f / 2 AS f, n.l[0].days AS l",
          "[{\"d\":29,\"x\":1,\"f\":0.5,\"l\":1}]" },
        { "RETURN date('2024-02-30')", "failed: Neo.ClientError.Statement.ArgumentError" },
        { "RETURN date('x')", "failed: Neo.ClientError.Statement.ArgumentError" },
        { "RETURN date().hour", "failed: Neo.ClientError.Statement.TypeError" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world(1);

    expect_all(world, rows, ARRAY_LENGTH(rows));
}

TEST("expressions that queries on entries need") {
    static const struct row rows[] = {
        { "RETURN CASE WHEN false THEN 1 ELSE 2 END AS a, CASE 3 WHEN 3 THEN 'x' END AS b",
          "[{\"a\":2,\"b\":\"x\"}]" },
        { "RETURN any(x IN [1, 2] WHERE x > 1) AS a, all(x IN [] WHERE false) AS b, none(x IN [1] WHERE x = "
          "1) AS c",
          "[{\"a\":true,\"b\":true,\"c\":false}]" },
        { "RETURN reduce(s = 0, x IN [1, 2, 3] | s + x) AS s, [1, 2, 3][1..] AS t, [1, 2, 3][..-1] AS u",
          "[{\"s\":6,\"t\":[2,3],\"u\":[1,2]}]" },
        { "RETURN 2 ^ 3 AS p, abs(-3) AS a, round(2.5) AS r, toInteger('7') AS i, toFloat('x') AS f",
          "[{\"p\":8,\"a\":3,\"r\":3,\"i\":7,\"f\":null}]" },
        { "RETURN split('a,b', ',') AS s, replace('aXbX', 'X', '-') AS r, substring('äbc', 1, 1) AS u, "
          "trim(' x ') AS t",
          "[{\"s\":[\"a\",\"b\"],\"r\":\"a-b-\",\"u\":\"b\",\"t\":\"x\"}]" },
        { "RETURN toString(1.0) AS a, toString(0.1) AS b, reverse('äb') AS c, size(randomUUID()) AS d",
          "[{\"a\":\"1.0\",\"b\":\"0.1\",\"c\":\"bä\",\"d\":36}]" },
        { "UNWIND [1, 2, null] AS x RETURN count(x) AS c, sum(x) AS s, stDev(x) AS d",
          "[{\"c\":2,\"s\":3,\"d\":0.7071067811865476}]" },
        { "RETURN reduce(a = [], x IN range(1, 500) | [a])",
          "failed: Neo.TransientError.General.MemoryPoolOutOfMemoryError" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world(1);

    expect_all(world, rows, ARRAY_LENGTH(rows));
}

TEST("indexes are kept and shown, and a constraint of uniqueness is held") {
    static const struct row rows[] = {
        { "CREATE INDEX by_key IF NOT EXISTS FOR (n:Entry) ON (n.key)", "[]" },
        { "CREATE INDEX by_key IF NOT EXISTS FOR (n:Entry) ON (n.key)", "[]" },
        { "CREATE INDEX by_key FOR (n:Entry) ON (n.key)",
          "failed: Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists" },
        { "CREATE INDEX by_key FOR (n:Other) ON (n.key)",
          "failed: Neo.ClientError.Schema.IndexWithNameAlreadyExists" },
        { "CREATE (:Person {name: 'a'}), (:Person {name: 'b'}), (:Person)", "[]" },
        { "CREATE CONSTRAINT names FOR (p:Person) REQUIRE p.name IS UNIQUE", "[]" },
        { "CREATE (:Person {name: 'a'})", "failed: Neo.ClientError.Schema.ConstraintValidationFailed" },
        { "MATCH (p:Person {name: 'b'}) SET p.name = 'a'",
          "failed: Neo.ClientError.Schema.ConstraintValidationFailed" },
        { "CREATE (:Other {name: 'a'})", "[]" },
        { "MATCH (o:Other) SET o:Person", "failed: Neo.ClientError.Schema.ConstraintValidationFailed" },
        { "MERGE (p:Person {name: 'a'}) RETURN count(*) AS c", "[{\"c\":1}]" },
        { "SHOW INDEXES YIELD name, type, labelsOrTypes, properties, owningConstraint",
          "[{\"name\":\"by_key\",\"type\":\"RANGE\",\"labelsOrTypes\":[\"Entry\"],\"properties\":[\"key\"],"
          "\"owningConstraint\":null},{\"name\":\"names\",\"type\":\"RANGE\",\"labelsOrTypes\":[\"Person\"],"
          "\"properties\":[\"name\"],\"owningConstraint\":\"names\"}]" },
        { "SHOW CONSTRAINTS YIELD name, type", "[{\"name\":\"names\",\"type\":\"UNIQUENESS\"}]" },
        { "DROP CONSTRAINT names", "[]" },
        { "CREATE (:Person {name: 'a'})", "[]" },
        { "CREATE CONSTRAINT names FOR (p:Person) REQUIRE p.name IS UNIQUE",
          "failed: Neo.DatabaseError.Schema.ConstraintCreationFailed" },
        { "DROP INDEX by_key", "[]" },
        { "DROP INDEX by_key", "failed: Neo.ClientError.Schema.IndexNotFound" },
        { "DROP INDEX by_key IF EXISTS", "[]" },
        { "CREATE CONSTRAINT c FOR (p:Person) REQUIRE p.name IS NOT NULL",
          "failed: Neo.DatabaseError.Statement.ExecutionFailed" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world(1);

    expect_all(world, rows, ARRAY_LENGTH(rows));
}

/* ---- a cluster ---- */

static int leader_of(struct world *world, unsigned servers, bool leads) {
    for (unsigned i = 0; i < servers; i++) {
        struct neo4j_process *process = world->servers[i].process;
        const struct state_database *database =
            process ? state_find_database(&process->state, "neo4j") : NULL;
        const struct hosted_database *hosted = database ? hosting_find(process, database->id) : NULL;
        if (hosted && hosting_is_writable(hosted) == leads)
            return (int)i;
    }
    return -1;
}

TEST("what is written on a follower goes to the leader, if the client routes; all copies get it") {
    CLEANUP_POINTER(world_free) struct world *world = open_world(3);
    int follower = leader_of(world, 3, false);

    assert_true(follower >= 0 && leader_of(world, 3, true) >= 0);
    struct answer answer =
        world_ask(world, (unsigned)follower, false, "neo4j", "CREATE (:Entry {key: 1})", NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Cluster.NotALeader");
    answer = world_ask(world, (unsigned)follower, true, "neo4j",
                       "CREATE (n:Entry {key: $key}) RETURN n.key AS key, elementId(n) AS id", "{\"key\":7}");
    assert_null(answer.code);
    assert_int_equal(json_integer_at(answer.rows, "0.key", 0), 7);
    world_run(world, 3000);
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(ask(world, i, "MATCH (n:Entry) RETURN n.key AS key", NULL), "[{\"key\":7}]");
}

TEST("a leader that is killed leaves all that was committed to the next one, and gets it back itself") {
    CLEANUP_POINTER(world_free) struct world *world = open_world(3);
    int leader = leader_of(world, 3, true);
    unsigned other = leader == 0 ? 1 : 0;

    for (unsigned i = 0; i < 20; i++)
        assert_string_equal(ask(world, (unsigned)leader, "CREATE (:Entry)", NULL), "[]");
    world_kill(world, (unsigned)leader);
    world_run(world, 60000);
    assert_string_equal(ask(world, other, "MATCH (n) RETURN count(*) AS c", NULL), "[{\"c\":20}]");
    assert_string_equal(ask(world, other, "CREATE (:Entry)", NULL), "[]");
    world_start(world, (unsigned)leader);
    world_run(world, 30000);
    assert_string_equal(ask(world, (unsigned)leader, "MATCH (n) RETURN count(*) AS c", NULL), "[{\"c\":21}]");
}

TEST("a server that is far behind, or comes late, gets a copy of the store") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(11);
    const struct state_database *database;

    world_prepare(world, "neo4j:2026.08.1-enterprise", 3);
    for (unsigned i = 0; i < 3; i++) {
        world_set_env(world, i, "NEO4J_initial_dbms_default__primaries__count", "3");
        world_set_env(world, i, "NEO4J_db_tx__log_rotation_retention__policy", "3 txs");
        world_set_env(world, i, "NEO4J_db_checkpoint_interval_time", "1m");
        world_start(world, i);
    }
    assert_true(world_run_until_open(world, 3, 60000));
    world_run(world, 10000);
    int late = leader_of(world, 3, false);
    unsigned other = late == 0 ? 1 : 0;
    world_kill(world, (unsigned)late);
    for (unsigned i = 0; i < 20; i++)
        assert_string_equal(ask(world, other, "CREATE (:Entry)", NULL), "[]");
    world_run(world, 180000);
    database = state_find_database(&world->servers[other].process->state, "neo4j");
    const struct volume_database *store = volume_find_database(world->servers[other].volume, database->id);
    assert_true(store->log.cut > 10);
    assert_non_null(store->base);
    world_start(world, (unsigned)late);
    world_run(world, 60000);
    assert_string_equal(ask(world, (unsigned)late, "MATCH (n) RETURN count(*) AS c", NULL), "[{\"c\":20}]");
    assert_non_null(strstr(world_log(world, (unsigned)late), "took a copy of the leader's store"));
    assert_null(volume_transactions(store, world->arena, 5));
    assert_int_equal(json_length(volume_transactions(store, world->arena, 19)), 2);
}

/* ---- the documentation ---- */

/* Cuts the next block of this kind off the text. */
static bool next_example(struct text *rest, const char **out_statement, bool *out_is_refused,
                         struct arena *arena) {
    static const char opening[] = "```cypher", closing[] = "\n```";
    const char *start = memmem(rest->data, rest->length, opening, strlen(opening));

    if (!start)
        return false;
    rest->length -= (size_t)(start - rest->data) + strlen(opening);
    rest->data = start + strlen(opening);
    *out_is_refused = text_starts_with(*rest, "-refused");
    (void)text_cut(rest, '\n');
    const char *end = memmem(rest->data, rest->length, closing, strlen(closing));
    assert_non_null(end);
    *out_statement = arena_strndup(arena, rest->data, (size_t)(end - rest->data));
    rest->length -= (size_t)(end - rest->data);
    rest->data = end;
    return true;
}

TEST("each example of docs/simulated-neo4j.md does what it says") {
    CLEANUP_POINTER(world_free) struct world *world = open_world(1);
    CLEANUP_BUFFER struct buffer content = { 0 };
    CLEANUP_FREE char *path = xprintf("%s/simulated-neo4j.md", docs_folder);
    struct error err = { 0 };
    const char *statement;
    unsigned count = 0;
    bool is_refused;

    assert_true(file_read(path, 1024 * 1024, &content, &err));
    for (struct text rest = buffer_text(&content); next_example(&rest, &statement, &is_refused, world->arena);
         count++) {
        struct answer answer = world_ask(world, 0, true, "neo4j", statement, NULL);
        if (is_refused != (answer.code != NULL))
            fail_msg("%s: %s", statement, answer.code ? answer.message : "it was not refused");
    }
    assert_true(count > 15);
}

TEST("who may not find, read or change entries does not") {
    static const char *const commands[] = {
        "CREATE USER jane SET PASSWORD 'jane-word' CHANGE NOT REQUIRED",
        "CREATE ROLE looker",
        "GRANT ROLE looker TO jane",
        "GRANT ACCESS ON DATABASE neo4j TO looker",
        "GRANT MATCH {key} ON GRAPH neo4j NODES Entry TO looker",
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world(1);
    struct answer answer;

    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        assert_null(world_ask(world, 0, true, "system", commands[i], NULL).code);
    assert_string_equal(ask(world, 0, "CREATE (:Entry {key: 1, secret: 2}), (:Hidden {key: 3})", NULL), "[]");
    answer = world_ask_as(world, 0, true, "jane", "jane-word", "neo4j",
                          "MATCH (n) RETURN n.key AS key, n.secret AS secret, properties(n) AS all", NULL);
    assert_string_equal(json_print(world->arena, answer.rows),
                        "[{\"key\":1,\"secret\":null,\"all\":{\"key\":1}}]");
    static const char *const refused[] = {
        "CREATE (:Entry)",
        "MATCH (n) SET n.key = 2",
        "MATCH (n) SET n:Other",
        "MATCH (n) DELETE n",
        "CREATE INDEX i FOR (n:Entry) ON (n.key)",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        answer = world_ask_as(world, 0, true, "jane", "jane-word", "neo4j", refused[i], NULL);
        assert_string_equal(answer.code ? answer.code : refused[i], "Neo.ClientError.Security.Forbidden");
    }
}
