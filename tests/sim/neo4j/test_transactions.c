#include "client.h"
#include "test.h"

#include "sim/neo4j/transaction.h"

static void connect_client(struct client *client, struct world *world, unsigned server, bool is_routing) {
    client_connect(client, world, server, (struct bolt_version){ 5, 8 }, false);
    client_send(client, BOLT_HELLO,
                is_routing ? "[{\"user_agent\":\"t/1\",\"bolt_agent\":{\"product\":\"t\"},\"routing\":{}}]"
                           : "[{\"user_agent\":\"t/1\",\"bolt_agent\":{\"product\":\"t\"}}]");
    client_send(client, BOLT_LOGON,
                "[{\"scheme\":\"basic\",\"principal\":\"neo4j\",\"credentials\":\"secret-word\"}]");
    client_expect(client, "SUCCESS");
}

static void run(struct client *client, const char *statement, const char *extra) {
    client_send(client, BOLT_RUN, arena_printf(client->world->arena, "[\"%s\", {}, %s]", statement, extra));
}

/* Runs, and takes all of the result: the last reply is its summary. */
static void take(struct client *client, const char *statement) {
    run(client, statement, "{}");
    client_send(client, BOLT_PULL, "[{\"n\":-1}]");
}

static void expect_count(struct client *client, const char *count) {
    take(client, "MATCH (n) RETURN count(*)");
    assert_string_equal(client_reply(client, 1), arena_printf(client->world->arena, "RECORD [%s]", count));
}

static struct world *open_world(unsigned servers, const char *primaries, const char *secondaries) {
    struct world *world = world_new(5);

    world_prepare(world, "neo4j:2026.08.1-enterprise", servers);
    for (unsigned i = 0; i < servers; i++) {
        world_set_env(world, i, "NEO4J_initial_dbms_default__primaries__count", primaries);
        world_set_env(world, i, "NEO4J_initial_dbms_default__secondaries__count", secondaries);
        world_set_env(world, i, "NEO4J_db_cluster_catchup_pull__interval", "5s");
        world_start(world, i);
    }
    assert_true(world_run_until_open(world, servers, 60000));
    world_run(world, 10000);
    return world;
}

static struct hosted_database *hosted_on(struct world *world, unsigned server) {
    struct neo4j_process *process = world->servers[server].process;

    return hosting_find(process, state_find_database(&process->state, "neo4j")->id);
}

static unsigned find_server(struct world *world, unsigned servers, bool leads) {
    for (unsigned i = 0; i < servers; i++)
        if (hosting_is_writable(hosted_on(world, i)) == leads)
            return i;
    fail_msg("no such server");
    return 0;
}

TEST("a transaction sees its own changes, others see them when it is committed, nobody when it is not") {
    static const struct {
        const char *what;
        uint8_t tag;
        const char *count;
    } ends[] = { { "rollback", BOLT_ROLLBACK, "0" },
                 { "reset", BOLT_RESET, "0" },
                 { "commit", BOLT_COMMIT, "1" } };
    CLEANUP_POINTER(world_free) struct world *world = open_world(1, "1", "0");
    struct client one, other;

    connect_client(&one, world, 0, false);
    connect_client(&other, world, 0, false);
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
        client_send(&one, BOLT_BEGIN, "[{}]");
        take(&one, "CREATE (n:Entry {key: 1})");
        expect_count(&one, "1");
        expect_count(&other, "0");
        client_send(&one, ends[i].tag, "[]");
        client_expect(&one, "SUCCESS");
        expect_count(&other, ends[i].count);
    }
    client_send(&one, BOLT_BEGIN, "[{}]");
    take(&one, "CREATE (n:Entry {key: 2})");
    neo4j_session_free(one.session); /* the connection is gone */
    world_run(world, 10);
    expect_count(&other, "1");
    neo4j_session_free(other.session);
}

TEST("a statement of its own is committed when its result has been taken, and not before") {
    CLEANUP_POINTER(world_free) struct world *world = open_world(1, "1", "0");
    struct client client;

    connect_client(&client, world, 0, false);
    run(&client, "UNWIND [1, 2] AS k CREATE (n:Entry {key: k}) RETURN k", "{}");
    client_send(&client, BOLT_PULL, "[{\"n\":1}]");
    client_expect(&client, "SUCCESS {\"has_more\":true}");
    client_send(&client, BOLT_RESET, "[]");
    expect_count(&client, "0");
    run(&client, "CREATE (n:Entry)", "{}");
    client_send(&client, BOLT_DISCARD, "[{\"n\":-1}]");
    expect_count(&client, "1");
    run(&client, "CREATE (n:Entry)", "{\"mode\":\"r\"}");
    client_expect(&client, "FAILURE Neo.ClientError.Statement.AccessMode");
    neo4j_session_free(client.session);
}

TEST("summaries count what was changed, and say of what kind the statement was") {
    static const struct {
        const char *statement;
        const char *type;
        const char *stats; /* NULL: none */
    } rows[] = {
        { "CREATE (n:A:B {x: 1, y: null}), (:A)", "w",
          "{\"nodes-created\":2,\"properties-set\":1,\"labels-added\":3,\"contains-updates\":true}" },
        { "MATCH (n:B) SET n.x = 2, n.z = 3, n:A:C RETURN n", "rw",
          "{\"properties-set\":2,\"labels-added\":1,\"contains-updates\":true}" },
        { "MATCH (n:B) SET n.x = null, n.none = null", "w",
          "{\"properties-set\":1,\"contains-updates\":true}" },
        { "MATCH (n:C) REMOVE n:C, n.z", "w",
          "{\"properties-set\":1,\"labels-removed\":1,\"contains-updates\":true}" },
        { "MERGE (n:A:B) RETURN n", "rw", NULL },
        { "MATCH (n) RETURN n", "r", NULL },
        { "MATCH (n) DELETE n", "w", "{\"nodes-deleted\":2,\"contains-updates\":true}" },
        { "CREATE INDEX i FOR (n:A) ON (n.x)", "s", "{\"indexes-added\":1,\"contains-updates\":true}" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world(1, "1", "0");
    struct client client;

    connect_client(&client, world, 0, false);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *summary;
        take(&client, rows[i].statement);
        client_expect(&client, "SUCCESS {");
        assert_true(json_parse(world->arena, text_from(client_reply(&client, 0) + strlen("SUCCESS ")), NULL,
                               &summary, NULL));
        assert_string_equal(json_string_at(summary, "type", ""), rows[i].type);
        const struct json *stats = json_get(summary, "stats");
        assert_string_equal(stats ? json_print(world->arena, stats) : "none",
                            rows[i].stats ? rows[i].stats : "none");
    }
    take(&client, "EXPLAIN MATCH (n) RETURN n");
    assert_non_null(strstr(client_reply(&client, 0), "\"plan\":{\"operatorType\":\"ProduceResults@neo4j\""));
    take(&client, "CREATE (n:Entry {key: 1}) RETURN n");
    assert_non_null(strstr(client_reply(&client, 1), "\"fields\":["));
    assert_non_null(strstr(client_reply(&client, 1), "[\"Entry\"],{\"key\":1},\"4:"));
    neo4j_session_free(client.session);
}

TEST("who meets a lock waits for its end; who would wait for himself is a deadlock") {
    CLEANUP_POINTER(world_free) struct world *world = open_world(1, "1", "0");
    struct client one, other;

    connect_client(&one, world, 0, false);
    connect_client(&other, world, 0, false);
    take(&one, "CREATE (:A {n: 1}), (:B {n: 1})");
    client_send(&one, BOLT_BEGIN, "[{}]");
    client_send(&other, BOLT_BEGIN, "[{}]");
    take(&one, "MATCH (a:A) SET a.n = a.n + 1");
    size_t before = json_length(other.replies);
    take(&other, "MATCH (a:A) SET a.n = a.n * 10");
    world_run(world, 5000);
    assert_int_equal(json_length(other.replies), before);
    client_send(&one, BOLT_COMMIT, "[]");
    client_expect(&one, "SUCCESS");
    client_expect(&other, "SUCCESS {\"type\":\"w\"");
    client_send(&other, BOLT_COMMIT, "[]");
    take(&one, "MATCH (a:A) RETURN a.n");
    assert_string_equal(client_reply(&one, 1), "RECORD [20]");

    client_send(&one, BOLT_BEGIN, "[{}]");
    client_send(&other, BOLT_BEGIN, "[{}]");
    take(&one, "MATCH (a:A) SET a.n = 1");
    take(&other, "MATCH (b:B) SET b.n = 1");
    run(&one, "MATCH (b:B) SET b.n = 2", "{}");
    run(&other, "MATCH (a:A) SET a.n = 2", "{}");
    client_expect(&other, "FAILURE Neo.TransientError.Transaction.DeadlockDetected");
    client_expect(&one, "SUCCESS");
    client_send(&one, BOLT_PULL, "[{\"n\":-1}]");
    client_send(&one, BOLT_COMMIT, "[]");
    client_expect(&one, "SUCCESS");
    neo4j_session_free(one.session);
    neo4j_session_free(other.session);
}

TEST("a transaction whose time is over, or that was terminated, fails at what it does next") {
    CLEANUP_POINTER(world_free) struct world *world = open_world(1, "1", "0");
    struct client client;

    connect_client(&client, world, 0, false);
    client_send(&client, BOLT_BEGIN, "[{\"tx_timeout\": 1000}]");
    take(&client, "CREATE (n:Entry)");
    world_run(world, 2000);
    run(&client, "MATCH (n) RETURN n", "{}");
    client_expect(&client, "FAILURE Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration");
    client_send(&client, BOLT_RESET, "[]");
    client_send(&client, BOLT_BEGIN, "[{}]");
    take(&client, "CREATE (n:Entry)");
    struct transaction *transaction = transaction_after(world->servers[0].process, NULL);
    struct transaction_view view = transaction_look(transaction, world->arena);
    assert_string_equal(view.status, "Running");
    assert_string_equal(view.query, "CREATE (n:Entry)");
    assert_true(str_starts_with(view.id, "neo4j-transaction-"));
    assert_null(transaction_after(world->servers[0].process, transaction));
    transaction_terminate(transaction, FAILURE_TERMINATED, "The transaction has been terminated.");
    client_send(&client, BOLT_COMMIT, "[]");
    client_expect(&client, "FAILURE Neo.TransientError.Transaction.Terminated");
    client_send(&client, BOLT_RESET, "[]");
    expect_count(&client, "0");
    neo4j_session_free(client.session);
}

/* The bookmark of the last reply. */
static const char *bookmark_of(struct client *client) {
    struct json *summary;

    client_expect(client, "SUCCESS {");
    assert_true(json_parse(client->world->arena, text_from(client_reply(client, 0) + strlen("SUCCESS ")),
                           NULL, &summary, NULL));
    return json_string_at(summary, "bookmark", "");
}

TEST("a secondary lags until it pulls; who gives a bookmark waits for it") {
    CLEANUP_POINTER(world_free) struct world *world = open_world(2, "1", "1");
    unsigned leader = find_server(world, 2, true), secondary = 1 - leader;
    struct client one, other;

    connect_client(&one, world, leader, false);
    connect_client(&other, world, secondary, false);
    world_run(world, 6000);
    take(&one, "CREATE (n:Entry)");
    take(&one, "CREATE (n:Entry)");
    const char *bookmark = bookmark_of(&one);
    expect_count(&other, "0");
    size_t before = json_length(other.replies);
    run(&other, "MATCH (n) RETURN count(*)",
        arena_printf(world->arena, "{\"bookmarks\":[\"%s\"]}", bookmark));
    assert_int_equal(json_length(other.replies), before);
    world_run(world, 6000);
    client_send(&other, BOLT_PULL, "[{\"n\":-1}]");
    assert_string_equal(client_reply(&other, 1), "RECORD [2]");
    run(&other, "CREATE (n:Entry)", "{}");
    client_expect(&other, "FAILURE Neo.ClientError.Cluster.NotALeader");
    neo4j_session_free(one.session);
    neo4j_session_free(other.session);
}

TEST("an explicit transaction on a follower is the leader's, from beginning to end, if the client routes") {
    CLEANUP_POINTER(world_free) struct world *world = open_world(3, "3", "0");
    unsigned follower = find_server(world, 3, false);
    struct client one, other;

    connect_client(&one, world, follower, true);
    connect_client(&other, world, find_server(world, 3, true), false);
    client_send(&one, BOLT_BEGIN, "[{}]");
    take(&one, "CREATE (n:Entry {key: 1}) RETURN n.key");
    assert_string_equal(client_reply(&one, 1), "RECORD [1]");
    expect_count(&one, "1");
    expect_count(&other, "0");
    client_send(&one, BOLT_ROLLBACK, "[]");
    client_expect(&one, "SUCCESS");
    client_send(&one, BOLT_BEGIN, "[{}]");
    take(&one, "CREATE (n:Entry {key: 2})");
    client_send(&one, BOLT_COMMIT, "[]");
    const char *bookmark = bookmark_of(&one);
    expect_count(&other, "1");
    run(&one, "MATCH (n) RETURN n.key",
        arena_printf(world->arena, "{\"bookmarks\":[\"%s\"],\"mode\":\"r\"}", bookmark));
    client_send(&one, BOLT_PULL, "[{\"n\":-1}]");
    assert_string_equal(client_reply(&one, 1), "RECORD [2]");
    neo4j_session_free(one.session);
    neo4j_session_free(other.session);
}

TEST("a commit without a majority is not answered until its time is over; a new leader ends open "
     "transactions") {
    CLEANUP_POINTER(world_free) struct world *world = open_world(3, "3", "0");
    unsigned leader = find_server(world, 3, true);
    struct client client;
    CLEANUP_FREE char *address = xprintf("127.0.1.%u", leader);

    connect_client(&client, world, leader, false);
    client_send(&client, BOLT_BEGIN, "[{}]");
    take(&client, "CREATE (n:Entry)");
    for (unsigned i = 0; i < 3; i++) {
        CLEANUP_FREE char *other = xprintf("127.0.1.%u", i);
        if (i == leader)
            continue;
        neo4j_network_cut(world->network, address, other, true);
        neo4j_network_cut(world->network, other, address, true);
    }
    size_t before = json_length(client.replies);
    client_send(&client, BOLT_COMMIT, "[]");
    world_run(world, 20000);
    assert_int_equal(json_length(client.replies), before);
    world_run(world, 15000);
    client_expect(&client, "FAILURE Neo.TransientError.Cluster.ReplicationFailure");
    neo4j_session_free(client.session);

    for (unsigned i = 0; i < 3; i++) {
        CLEANUP_FREE char *other = xprintf("127.0.1.%u", i);
        neo4j_network_cut(world->network, address, other, false);
        neo4j_network_cut(world->network, other, address, false);
    }
    world_run(world, 60000);
    leader = find_server(world, 3, true);
    connect_client(&client, world, leader, false);
    client_send(&client, BOLT_BEGIN, "[{}]");
    take(&client, "CREATE (n:Entry)");
    raft_transfer(hosted_on(world, leader)->raft, world->now_ns);
    world_run(world, 5000);
    assert_int_not_equal(find_server(world, 3, true), leader);
    client_send(&client, BOLT_COMMIT, "[]");
    client_expect(&client, "FAILURE Neo.TransientError.Transaction.LeaseExpired");
    neo4j_session_free(client.session);
}
