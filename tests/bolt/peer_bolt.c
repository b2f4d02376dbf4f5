/* The connection against a real Neo4j server. */
#include "peer_connection.h"

#include "bolt/value_json.h"

TEST("logs in, with and without a routing context") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();

    for (int is_routed = 0; is_routed < 2; is_routed++) {
        CLEANUP_POINTER(bolt_connection_free)
        struct bolt_connection *connection = peer_log_in(&peer, is_routed);
        struct bolt_version version = bolt_connection_version(connection);
        print_message("# %s speaks Bolt %u.%u\n", bolt_connection_server(connection), version.major,
                      version.minor);
        assert_true(bolt_version_at_least(version, 5, 8));
        assert_true(str_starts_with(bolt_connection_server(connection), "Neo4j/"));
        assert_int_equal(bolt_connection_state(connection), BOLT_READY);
    }
}

TEST("is told by code that a password is wrong, and keeps it to itself") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_connection(&peer, false);
    struct secret_text wrong = { .bytes = (char[]){ "not-the-password" }, .length = 16 };
    struct error err = { 0 };

    assert_false(bolt_connection_open(connection, &wrong, peer_deadline(), &err));
    assert_int_equal(err.kind, ERROR_REFUSED);
    assert_non_null(bolt_connection_failure(connection));
    assert_string_equal(bolt_connection_failure(connection)->code, "Neo.ClientError.Security.Unauthorized");
    assert_null(strstr(err.text, "not-the-password"));
    assert_int_equal(bolt_connection_state(connection), BOLT_DEFUNCT);
    /* Three wrong passwords lock the user: what follows must be right again. */
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *right = peer_log_in(&peer, false);
    assert_int_equal(bolt_connection_state(right), BOLT_READY);
}

TEST("gets back every value that it sends") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    static const int64_t integers[] = { 0,    1,     -1,    -16,        -17,        127,       128,      -128,
                                        -129, 32767, 32768, 2147483647, 2147483648, INT64_MAX, INT64_MIN };
    struct bolt_value *parameters = bolt_new_map(arena);
    struct bolt_value *sent = bolt_new_list(arena);
    struct bolt_value *map = bolt_new_map(arena);
    char *long_text = arena_alloc(arena, 200001);

    memset(long_text, 'x', 200000);
    for (size_t i = 0; i < ARRAY_LENGTH(integers); i++)
        bolt_append(arena, sent, bolt_new_integer(arena, integers[i]));
    bolt_append(arena, sent, bolt_new_float(arena, 1.5));
    bolt_append(arena, sent, bolt_new_null(arena));
    bolt_append(arena, sent, bolt_new_bool(arena, true));
    bolt_append_string(arena, sent, "Größe \xF0\x9F\x98\x80");
    bolt_append_string(arena, sent, long_text);
    bolt_append(arena, sent, bolt_new_bytes(arena, "\x00\xFF\x80", 3));
    bolt_append(arena, sent, bolt_new_date_time(arena, INT64_C(1700000000123456789)));
    bolt_append(arena, sent, bolt_new_duration(arena, 1, 2, 3, 4));
    bolt_set_string(arena, map, "key", "value");
    bolt_set(arena, map, "empty", bolt_new_list(arena));
    bolt_append(arena, sent, map);
    bolt_set(arena, parameters, "sent", sent);
    struct bolt_result result = peer_run(connection, arena, "RETURN $sent AS back", parameters, NULL);
    assert_string_equal(bolt_string(bolt_item(&result.columns, 0), ""), "back");
    assert_int_equal(result.rows.length, 1);
    assert_true(bolt_equal(bolt_item(bolt_item(&result.rows, 0), 0), sent));
}

TEST("reads nodes, relationships, paths and points") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    struct error err = { 0 };

    assert_true(bolt_connection_begin(connection, &(struct bolt_transaction){ 0 }, peer_deadline(), &err));
    struct bolt_result result = peer_run(
        connection, arena,
        "CREATE p = (a:PeerTest {n: 1})-[r:KNOWS {m: 2}]->(b) RETURN a, r, p, point({x: 1, y: 2}) AS point",
        NULL, NULL);
    const struct bolt_value *row = bolt_item(&result.rows, 0);
    assert_true(bolt_is_struct(bolt_item(row, 0), BOLT_NODE));
    assert_int_equal(bolt_length(bolt_item(row, 0)), 4);
    assert_string_equal(bolt_string(bolt_item(bolt_item(bolt_item(row, 0), 1), 0), ""), "PeerTest");
    assert_true(bolt_is_struct(bolt_item(row, 1), BOLT_RELATIONSHIP));
    assert_int_equal(bolt_length(bolt_item(row, 1)), 8);
    assert_true(bolt_is_struct(bolt_item(row, 2), BOLT_PATH));
    assert_true(bolt_is_struct(bolt_item(row, 3), BOLT_POINT_2D));
    assert_true(bolt_connection_rollback(connection, peer_deadline(), &err));
    result = peer_run(connection, arena, "MATCH (a:PeerTest) RETURN count(a)", NULL, NULL);
    assert_int_equal(bolt_integer(bolt_item(bolt_item(&result.rows, 0), 0), -1), 0);
}

TEST("reads 5000 rows in batches, in their order") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    struct bolt_result result =
        peer_run(connection, arena, "UNWIND range(1, 5000) AS n RETURN n, toString(n) AS text", NULL, NULL);

    assert_int_equal(result.rows.length, 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(bolt_integer(bolt_item(bolt_item(&result.rows, i), 0), -1), i + 1);
    assert_string_equal(bolt_string(bolt_get(&result.summary, "type"), ""), "r");
}

TEST("forgets the rows that nobody wants") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    const struct bolt_query query = { .text = "UNWIND range(1, 5000) AS n RETURN n", .discards_rows = true };
    struct bolt_result result;
    struct error err = { 0 };

    assert_true(bolt_connection_run(connection, &query, peer_deadline(), arena, &result, &err));
    assert_int_equal(result.rows.length, 0);
    peer_run(connection, arena, "RETURN 1", NULL, NULL);
}

TEST("commits what a transaction wrote, and another connection sees it by bookmark") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *writer = peer_log_in(&peer, false);
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *reader = peer_log_in(&peer, false);
    const char *bookmark = NULL;
    struct bolt_result result;
    struct error err = { 0 };

    assert_true(bolt_connection_begin(writer, &(struct bolt_transaction){ .timeout_ms = 10000 },
                                      peer_deadline(), &err));
    peer_run(writer, arena, "CREATE (:PeerCommit)", NULL, NULL);
    peer_run(writer, arena, "CREATE (:PeerCommit)", NULL, NULL);
    assert_true(bolt_connection_commit(writer, peer_deadline(), arena, &bookmark, &err));
    assert_non_null(bookmark);
    const struct bolt_query query = { .text = "MATCH (n:PeerCommit) RETURN count(n)",
                                      .transaction = {
                                          .is_read = true, .bookmarks = &bookmark, .bookmark_count = 1 } };
    assert_true(bolt_connection_run(reader, &query, peer_deadline(), arena, &result, &err));
    assert_int_equal(bolt_integer(bolt_item(bolt_item(&result.rows, 0), 0), -1), 2);
    peer_run(writer, arena, "MATCH (n:PeerCommit) DELETE n", NULL, NULL);
}

TEST("is usable again after a failure and RESET, inside a transaction and outside") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    const struct bolt_query wrong = { .text = "RETRUN 1" };

    for (int in_transaction = 0; in_transaction < 2; in_transaction++) {
        struct bolt_result result;
        struct error err = { 0 };
        if (in_transaction)
            assert_true(
                bolt_connection_begin(connection, &(struct bolt_transaction){ 0 }, peer_deadline(), &err));
        assert_false(bolt_connection_run(connection, &wrong, peer_deadline(), arena, &result, &err));
        const struct bolt_failure *failure = bolt_connection_failure(connection);
        assert_non_null(failure);
        assert_string_equal(failure->code, "Neo.ClientError.Statement.SyntaxError");
        /* 5.26 has general statuses only, behind Bolt 5.8. */
        assert_true(str_equal(failure->gql_status, "42001") || str_equal(failure->gql_status, "50N42"));
        assert_false(err.outcome_unknown);
        assert_int_equal(bolt_connection_state(connection), BOLT_FAILED);
        assert_true(bolt_connection_reset(connection, peer_deadline(), &err));
        assert_null(bolt_connection_failure(connection));
        peer_run(connection, arena, "RETURN 1", NULL, NULL);
    }
}

TEST("a read that writes is refused") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    const struct bolt_query query = { .text = "CREATE (:PeerRead)", .transaction.is_read = true };
    struct bolt_result result;
    struct error err = { 0 };

    assert_false(bolt_connection_run(connection, &query, peer_deadline(), arena, &result, &err));
    assert_string_equal(bolt_connection_failure(connection)->code, "Neo.ClientError.Statement.AccessMode");
}

TEST("the server ends a transaction at its time-out, and we ours at the deadline") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    const char *endless = "UNWIND range(1, 1000000000) AS a WITH a WHERE a % 7 = 8 RETURN count(a)";
    struct bolt_query query = { .text = endless, .transaction.timeout_ms = 200 };
    struct bolt_result result;
    struct error err = { 0 };

    assert_false(bolt_connection_run(connection, &query, peer_deadline(), arena, &result, &err));
    assert_non_null(bolt_connection_failure(connection));
    assert_non_null(strstr(bolt_connection_failure(connection)->code, "TransactionTimedOut"));
    assert_true(bolt_connection_reset(connection, peer_deadline(), &err));
    query.transaction.timeout_ms = 2000;
    assert_false(bolt_connection_run(connection, &query, bolt_now_ns() + 100 * NANOSECONDS_PER_MS, arena,
                                     &result, &err));
    assert_int_equal(err.kind, ERROR_TIMEOUT);
    assert_true(err.outcome_unknown);
    assert_int_equal(bolt_connection_state(connection), BOLT_DEFUNCT);
}

TEST("reads the routing table, and is told of a database that is not there") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, true);
    struct bolt_value table;
    struct error err = { 0 };

    if (!bolt_connection_route(connection, &(struct bolt_transaction){ .database = "neo4j" }, peer_deadline(),
                               arena, &table, &err))
        fail_msg("%s", err.text);
    assert_int_equal(bolt_integer(bolt_get(&table, "ttl"), 0), 300);
    assert_string_equal(bolt_string(bolt_get(&table, "db"), ""), "neo4j");
    assert_int_equal(bolt_length(bolt_get(&table, "servers")), 3);
    assert_false(bolt_connection_route(connection, &(struct bolt_transaction){ .database = "nowhere" },
                                       peer_deadline(), arena, &table, &err));
    assert_string_equal(bolt_connection_failure(connection)->code,
                        "Neo.ClientError.Database.DatabaseNotFound");
}

TEST("an HTTP port is called one") {
    const char *http = getenv("NEO4J_PEER_HTTP_PORT");
    int64_t port;

    if (!http) {
        print_message("# NEO4J_PEER_HTTP_PORT is not set: skipped\n");
        skip();
    }
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    assert_true(parse_int64(text_from(http), &port));
    peer.port = (uint16_t)port;
    buffer_clear(&peer.ca);
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_connection(&peer, false);
    struct error err = { 0 };
    assert_false(bolt_connection_open(connection, &peer.password, peer_deadline(), &err));
    assert_int_equal(err.kind, ERROR_PROTOCOL);
    assert_non_null(strstr(err.text, "looks like HTTP"));
}

TEST("over TLS: a certificate that names another host is refused") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    struct error err = { 0 };

    if (!peer_tls(&peer)) {
        print_message("# NEO4J_PEER_CA is not set: skipped\n");
        skip();
    }
    CLEANUP_POINTER(bolt_connection_free)
    struct bolt_connection *connection = bolt_connection_new(&(struct bolt_login){
        .endpoint = { .address = peer.address,
                      .port = peer.port,
                      .server_name = "other",
                      .tls = peer_context(&peer) },
        .user = peer.user,
        .user_agent = "neo4j-operator-test/1",
    });
    assert_false(bolt_connection_open(connection, &peer.password, peer_deadline(), &err));
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "not trusted as that of other: hostname mismatch"));
}
