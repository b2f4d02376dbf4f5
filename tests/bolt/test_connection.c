#include "connect.h"
#include "fake_server.h"
#include "test.h"

#include <sched.h>

struct talk {
    struct fake_server *server;
    const struct fake_step *script;
    struct bolt_connection *connection;
    struct arena *arena;
    struct bolt_result result;
    struct error err;
};

/* A server with this script, and a connection to it that is not open yet. */
static void talk_init(struct talk *talk, const struct fake_step *script) {
    *talk = (struct talk){ .script = script, .arena = arena_new() };
    talk->server = fake_server_start(&talk->script, 1, NULL);
    talk->connection = new_connection(fake_server_port(talk->server), "graph-0.graph", NULL);
}

static void talk_clear(struct talk *talk) {
    bolt_connection_free(talk->connection);
    arena_free(talk->arena);
    fake_server_stop(talk->server);
}

static bool open_talk(struct talk *talk) {
    return bolt_connection_open(talk->connection, &password, in_ms(PATIENCE_MS), &talk->err);
}

static bool run(struct talk *talk, bool is_read, int64_t deadline_ns) {
    const struct bolt_query query = { .text = "RETURN n", .transaction.is_read = is_read };

    return bolt_connection_run(talk->connection, &query, deadline_ns, talk->arena, &talk->result, &talk->err);
}

static void assert_says(const struct talk *talk, enum error_kind kind, const char *part) {
    if (talk->err.kind != kind || !strstr(talk->err.text, part))
        fail_msg("kind %d: %s", talk->err.kind, talk->err.text);
    assert_true(str_starts_with(talk->err.text, "graph-0.graph (127.0.0.1:"));
}

TEST("reads answers that come byte by byte, with NOOPs between and inside of what is asked") {
    static const struct fake_step script[] = {
        { FAKE_DRIBBLE },
        { FAKE_MANIFEST },
        { FAKE_LOGIN },
        { FAKE_NOOP },
        { FAKE_EXPECT, BOLT_RUN },
        { FAKE_NOOP },
        { FAKE_SUCCESS, .text = "{\"fields\":[\"n\"]}" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_RECORD, .text = "[1]" },
        { FAKE_NOOP },
        { FAKE_RECORD, .text = "[2]" },
        { FAKE_SUCCESS, .text = "{\"type\":\"r\"}" },
        { FAKE_EXPECT, BOLT_GOODBYE },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(open_talk(&talk));
    assert_int_equal(bolt_connection_version(talk.connection).major, 6);
    assert_string_equal(bolt_connection_server(talk.connection), "Neo4j/5.26.0");
    assert_true(run(&talk, true, in_ms(PATIENCE_MS)));
    assert_int_equal(talk.result.rows.length, 2);
    assert_int_equal(bolt_integer(bolt_item(bolt_item(&talk.result.rows, 1), 0), 0), 2);
    assert_string_equal(bolt_string(bolt_get(&talk.result.summary, "type"), ""), "r");
    talk_clear(&talk);
}

TEST("asks for more rows while there are more") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_RUN },
        { FAKE_SUCCESS, .text = "{\"fields\":[\"n\"]}" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_RECORD, .text = "[1]" },
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_RECORD, .text = "[2]" },
        { FAKE_SUCCESS, .text = "{\"bookmark\":\"FB:1\"}" },
        { FAKE_SERVE },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(open_talk(&talk));
    assert_true(run(&talk, true, in_ms(PATIENCE_MS)));
    assert_int_equal(talk.result.rows.length, 2);
    assert_string_equal(bolt_string(bolt_get(&talk.result.summary, "bookmark"), ""), "FB:1");
    talk_clear(&talk);
}

TEST("a refused query is told by code, what was sent behind it is ignored, and RESET mends it") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_RUN },
        { FAKE_FAILURE, .text = "Neo.ClientError.Cluster.NotALeader" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_IGNORED },
        { FAKE_EXPECT, BOLT_RESET },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_RUN },
        { FAKE_SUCCESS, .text = "{\"fields\":[\"n\"]}" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_RECORD, .text = "[1]" },
        { FAKE_FAILURE, .text = "Neo.ClientError.Statement.ArithmeticError" },
        { FAKE_EXPECT, BOLT_RESET },
        { FAKE_SUCCESS },
        { FAKE_SERVE },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(open_talk(&talk));
    assert_false(run(&talk, false, in_ms(PATIENCE_MS)));
    assert_says(&talk, ERROR_REFUSED, "Neo.ClientError.Cluster.NotALeader: the script says no");
    assert_false(talk.err.outcome_unknown);
    assert_int_equal(bolt_connection_state(talk.connection), BOLT_FAILED);
    assert_string_equal(bolt_connection_failure(talk.connection)->code, "Neo.ClientError.Cluster.NotALeader");
    assert_true(bolt_connection_reset(talk.connection, in_ms(PATIENCE_MS), &talk.err));
    assert_null(bolt_connection_failure(talk.connection));
    assert_false(run(&talk, false, in_ms(PATIENCE_MS)));
    assert_string_equal(bolt_connection_failure(talk.connection)->code,
                        "Neo.ClientError.Statement.ArithmeticError");
    assert_true(bolt_connection_reset(talk.connection, in_ms(PATIENCE_MS), &talk.err));
    assert_int_equal(bolt_connection_state(talk.connection), BOLT_READY);
    talk_clear(&talk);
}

TEST("says whether a query without an answer may have had an effect") {
    static const struct fake_step hangs[] = {
        FAKE_5_8, { FAKE_EXPECT, BOLT_RUN }, { FAKE_EXPECT, BOLT_PULL }, { FAKE_HANG }, { FAKE_END },
    };
    static const struct fake_step closes[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_RUN },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_END },
    };
    static const struct {
        const char *when;
        const struct fake_step *script;
        bool is_read;
        enum error_kind kind;
        bool outcome_unknown;
    } rows[] = {
        { "no answer to a write", hangs, false, ERROR_TIMEOUT, true },
        { "no answer to a read", hangs, true, ERROR_TIMEOUT, false },
        { "connection closed during a write", closes, false, ERROR_UNAVAILABLE, true },
        { "connection closed during a read", closes, true, ERROR_UNAVAILABLE, false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct talk talk;
        talk_init(&talk, rows[i].script);
        assert_true(open_talk(&talk));
        int64_t begin = bolt_now_ns();
        assert_false(
            run(&talk, rows[i].is_read, in_ms(rows[i].kind == ERROR_TIMEOUT ? SOON_MS : PATIENCE_MS)));
        if (talk.err.kind != rows[i].kind || talk.err.outcome_unknown != rows[i].outcome_unknown)
            fail_msg("%s: kind %d, unknown %d: %s", rows[i].when, talk.err.kind, talk.err.outcome_unknown,
                     talk.err.text);
        if (rows[i].kind == ERROR_TIMEOUT)
            assert_true(bolt_now_ns() - begin >= SOON_MS * NANOSECONDS_PER_MS);
        assert_int_equal(bolt_connection_state(talk.connection), BOLT_DEFUNCT);
        assert_false(bolt_connection_reset(talk.connection, in_ms(PATIENCE_MS), NULL));
        talk_clear(&talk);
    }
}

TEST("in a transaction only a lost COMMIT has an unknown outcome") {
    static const struct fake_step lost_run[] = {
        FAKE_5_8, { FAKE_EXPECT, BOLT_BEGIN }, { FAKE_SUCCESS }, { FAKE_EXPECT, BOLT_RUN }, { FAKE_END },
    };
    static const struct fake_step lost_commit[] = {
        FAKE_5_8, { FAKE_EXPECT, BOLT_BEGIN }, { FAKE_SUCCESS }, { FAKE_EXPECT, BOLT_COMMIT }, { FAKE_END },
    };

    for (int commits = 0; commits < 2; commits++) {
        struct talk talk;
        talk_init(&talk, commits ? lost_commit : lost_run);
        assert_true(open_talk(&talk));
        assert_true(bolt_connection_begin(talk.connection, &(struct bolt_transaction){ 0 },
                                          in_ms(PATIENCE_MS), &talk.err));
        if (commits)
            assert_false(
                bolt_connection_commit(talk.connection, in_ms(PATIENCE_MS), talk.arena, NULL, &talk.err));
        else
            assert_false(run(&talk, false, in_ms(PATIENCE_MS)));
        assert_int_equal(talk.err.outcome_unknown, commits);
        talk_clear(&talk);
    }
}

TEST("begins, discards, commits with a bookmark, and rolls back") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_BEGIN },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_RUN },
        { FAKE_SUCCESS, .text = "{\"fields\":[\"n\"],\"qid\":0}" },
        { FAKE_EXPECT, BOLT_DISCARD },
        { FAKE_SUCCESS, .text = "{\"stats\":{\"nodes-created\":1}}" },
        { FAKE_EXPECT, BOLT_COMMIT },
        { FAKE_SUCCESS, .text = "{\"bookmark\":\"FB:7\"}" },
        { FAKE_EXPECT, BOLT_BEGIN },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_ROLLBACK },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_GOODBYE },
        { FAKE_END },
    };
    const struct bolt_transaction transaction = { .database = "neo4j" };
    const struct bolt_query query = { .text = "CREATE ()", .discards_rows = true };
    const char *bookmark = NULL;
    struct talk talk;

    talk_init(&talk, script);
    assert_true(open_talk(&talk));
    assert_true(bolt_connection_begin(talk.connection, &transaction, in_ms(PATIENCE_MS), &talk.err));
    assert_int_equal(bolt_connection_state(talk.connection), BOLT_IN_TRANSACTION);
    assert_true(bolt_connection_run(talk.connection, &query, in_ms(PATIENCE_MS), talk.arena, &talk.result,
                                    &talk.err));
    assert_int_equal(bolt_integer(bolt_get(bolt_get(&talk.result.summary, "stats"), "nodes-created"), 0), 1);
    assert_true(
        bolt_connection_commit(talk.connection, in_ms(PATIENCE_MS), talk.arena, &bookmark, &talk.err));
    assert_string_equal(bookmark, "FB:7");
    assert_true(bolt_connection_begin(talk.connection, &transaction, in_ms(PATIENCE_MS), &talk.err));
    assert_true(bolt_connection_rollback(talk.connection, in_ms(PATIENCE_MS), &talk.err));
    assert_int_equal(bolt_connection_state(talk.connection), BOLT_READY);
    talk_clear(&talk);
}

TEST("reads a routing table, is refused one, and gives up on an answer without one") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_ROUTE },
        { FAKE_SUCCESS, .text = "{\"rt\":{\"ttl\":300,\"db\":\"neo4j\",\"servers\":[]}}" },
        { FAKE_EXPECT, BOLT_ROUTE },
        { FAKE_FAILURE, .text = "Neo.ClientError.Database.DatabaseNotFound" },
        { FAKE_EXPECT, BOLT_RESET },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_ROUTE },
        { FAKE_SUCCESS },
        { FAKE_HANG },
        { FAKE_END },
    };
    struct bolt_value table;
    struct talk talk;

    talk_init(&talk, script);
    assert_true(open_talk(&talk));
    assert_true(bolt_connection_route(talk.connection, &(struct bolt_transaction){ .database = "neo4j" },
                                      in_ms(PATIENCE_MS), talk.arena, &table, &talk.err));
    assert_int_equal(bolt_integer(bolt_get(&table, "ttl"), 0), 300);
    assert_false(bolt_connection_route(talk.connection, &(struct bolt_transaction){ .database = "x" },
                                       in_ms(PATIENCE_MS), talk.arena, &table, &talk.err));
    assert_says(&talk, ERROR_REFUSED, "DatabaseNotFound");
    assert_true(bolt_connection_reset(talk.connection, in_ms(PATIENCE_MS), &talk.err));
    assert_false(bolt_connection_route(talk.connection, &(struct bolt_transaction){ .database = "x" },
                                       in_ms(PATIENCE_MS), talk.arena, &table, &talk.err));
    assert_says(&talk, ERROR_PROTOCOL, "no routing table");
    assert_int_equal(bolt_connection_state(talk.connection), BOLT_DEFUNCT);
    talk_clear(&talk);
}

TEST("a RESET that fails ends the connection") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_RESET },
        { FAKE_FAILURE, .text = "Neo.DatabaseError.General.UnknownError" },
        { FAKE_HANG },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(open_talk(&talk));
    assert_false(bolt_connection_reset(talk.connection, in_ms(PATIENCE_MS), &talk.err));
    assert_int_equal(bolt_connection_state(talk.connection), BOLT_DEFUNCT);
    talk_clear(&talk);
}

TEST("a server that refuses the login says why, and the password stays out of it") {
    static const struct fake_step script[] = {
        { FAKE_HANDSHAKE, .text = "\0\0\x08\x05" },
        { FAKE_EXPECT, BOLT_HELLO },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_LOGON },
        { FAKE_FAILURE, .text = "Neo.ClientError.Security.Unauthorized" },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_false(open_talk(&talk));
    assert_says(&talk, ERROR_REFUSED, "Neo.ClientError.Security.Unauthorized");
    assert_null(strstr(talk.err.text, password.bytes));
    assert_non_null(bolt_connection_failure(talk.connection));
    assert_int_equal(bolt_connection_state(talk.connection), BOLT_DEFUNCT);
    talk_clear(&talk);
}

TEST("logs in to 4.4 with HELLO alone") {
    static const struct fake_step script[] = {
        { FAKE_HANDSHAKE, .text = "\0\0\x04\x04" },
        { FAKE_EXPECT, BOLT_HELLO },
        { FAKE_SUCCESS, .text = "{\"server\":\"Neo4j/4.4.0\"}" },
        { FAKE_EXPECT, BOLT_GOODBYE },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(open_talk(&talk));
    assert_int_equal(bolt_connection_state(talk.connection), BOLT_READY);
    talk_clear(&talk);
}

TEST("says what is at the other end when it is not Bolt") {
    static const struct fake_step none[] = { { FAKE_HANDSHAKE, .text = "\0\0\0\0" }, { FAKE_END } };
    static const struct fake_step http[] = {
        { FAKE_RAW, .text = "HTTP/1.1 400 Bad Request\r\n", .length = 26 }, { FAKE_END }
    };
    static const struct fake_step tls[] = { { FAKE_RAW, .text = "\x15\x03\x03\x00\x02\x02\x46", .length = 7 },
                                            { FAKE_END } };
    static const struct fake_step closes[] = { { FAKE_END } };
    static const struct {
        const struct fake_step *script;
        enum error_kind kind;
        const char *says;
    } rows[] = {
        { none, ERROR_PROTOCOL, "speaks no version of Bolt" },
        { http, ERROR_PROTOCOL, "looks like HTTP" },
        { tls, ERROR_PROTOCOL, "does the server want TLS" },
        { closes, ERROR_UNAVAILABLE, "closed the connection" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct talk talk;
        talk_init(&talk, rows[i].script);
        assert_false(open_talk(&talk));
        assert_says(&talk, rows[i].kind, rows[i].says);
        assert_null(bolt_connection_failure(talk.connection));
        talk_clear(&talk);
    }
}

TEST("a login without an answer ends at the deadline, with nothing done") {
    static const struct fake_step script[] = { { FAKE_HANG }, { FAKE_END } };
    struct talk talk;

    talk_init(&talk, script);
    assert_false(bolt_connection_open(talk.connection, &password, in_ms(SOON_MS), &talk.err));
    assert_says(&talk, ERROR_TIMEOUT, "no answer in time");
    assert_false(talk.err.outcome_unknown);
    talk_clear(&talk);
}

TEST("is told at once that nothing listens, and that a name is no address") {
    static const struct fake_step script[] = { { FAKE_END } };
    const struct fake_step *scripts[] = { script };
    struct fake_server *server = fake_server_start(scripts, 1, NULL);
    uint16_t port = fake_server_port(server);
    struct error err = { 0 };

    fake_server_stop(server);
    struct bolt_connection *connection = new_connection(port, NULL, NULL);
    assert_false(bolt_connection_open(connection, &password, in_ms(PATIENCE_MS), &err));
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "Connection refused"));
    bolt_connection_free(connection);

    connection = bolt_connection_new(&(struct bolt_login){
        .endpoint = { .address = "localhost", .port = 7687 }, .user = "ann", .user_agent = "test/1" });
    assert_false(bolt_connection_open(connection, &password, in_ms(PATIENCE_MS), &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    bolt_connection_free(connection);
}

TEST("a server that is silent for longer than it promised is given up before the deadline") {
    static const struct fake_step script[] = {
        { FAKE_HANDSHAKE, .text = "\0\0\x08\x05" },
        { FAKE_EXPECT, BOLT_HELLO },
        { FAKE_SUCCESS, .text = "{\"hints\":{\"connection.recv_timeout_seconds\":1}}" },
        { FAKE_EXPECT, BOLT_LOGON },
        { FAKE_SUCCESS },
        { FAKE_HANG },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(open_talk(&talk));
    int64_t begin = bolt_now_ns();
    assert_false(run(&talk, true, in_ms(PATIENCE_MS)));
    assert_int_equal(talk.err.kind, ERROR_TIMEOUT);
    assert_true(bolt_now_ns() - begin < PATIENCE_MS / 2 * NANOSECONDS_PER_MS);
    talk_clear(&talk);
}

TEST("gives up on answers that make no sense or never end") {
    static const struct fake_step short_row[] = {
        FAKE_5_8,
        { FAKE_SUCCESS, .text = "{\"fields\":[\"a\",\"b\"]}" },
        { FAKE_RECORD, .text = "[1]" },
        { FAKE_HANG },
        { FAKE_END },
    };
    static const struct fake_step no_columns[] = { FAKE_5_8, { FAKE_SUCCESS }, { FAKE_HANG }, { FAKE_END } };
    static const struct fake_step record_first[] = {
        FAKE_5_8, { FAKE_RECORD, .text = "[1]" }, { FAKE_HANG }, { FAKE_END }
    };
    static const struct fake_step garbage[] = {
        FAKE_5_8, { FAKE_RAW, .text = "\x00\x01\xEF\x00\x00", .length = 5 }, { FAKE_HANG }, { FAKE_END }
    };
    static const struct fake_step endless_message[] = { FAKE_5_8, { FAKE_FLOOD }, { FAKE_END } };
    static const struct fake_step endless_rows[] = {
        FAKE_5_8, { FAKE_SUCCESS, .text = "{\"fields\":[\"n\"]}" }, { FAKE_ROWS }, { FAKE_END }
    };
    static const struct {
        const struct fake_step *script;
        enum error_kind kind;
        const char *says;
    } rows[] = {
        { short_row, ERROR_PROTOCOL, "one value for each column" },
        { no_columns, ERROR_PROTOCOL, "names no columns" },
        { record_first, ERROR_PROTOCOL, "an unexpected RECORD" },
        { garbage, ERROR_PROTOCOL, "byte EF" },
        { endless_message, ERROR_PROTOCOL, "larger than 16 MiB" },
        { endless_rows, ERROR_INVALID, "more than 100000 rows" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct talk talk;
        talk_init(&talk, rows[i].script);
        assert_true(open_talk(&talk));
        assert_false(run(&talk, true, in_ms(PATIENCE_MS)));
        assert_says(&talk, rows[i].kind, rows[i].says);
        assert_int_equal(bolt_connection_state(talk.connection), BOLT_DEFUNCT);
        talk_clear(&talk);
    }
}

TEST("an answer that comes after the deadline is none, so that a server that never stops talking ends, too") {
    /* Longer than what is read at once: some of it is always still to be read. */
    enum { LENGTH = 100000 };
    CLEANUP_FREE char *metadata = xprintf("{\"fields\":[],\"long\":\"%0*d\"}", LENGTH, 0);
    const struct fake_step script[] = {
        FAKE_5_8, { FAKE_SUCCESS, .text = metadata }, { FAKE_SUCCESS }, { FAKE_HANG }, { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(open_talk(&talk));
    while (!bolt_connection_has_news(talk.connection))
        sched_yield();
    assert_false(run(&talk, true, in_ms(-1)));
    assert_says(&talk, ERROR_TIMEOUT, "no complete answer in time");
    talk_clear(&talk);
}
