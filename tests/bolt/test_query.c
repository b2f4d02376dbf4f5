/* Queries whose rows are read batch by batch, and credentials that change under a connection. */
#include "connect.h"
#include "fake_server.h"
#include "test.h"

#include "bolt/structure.h"

static struct secret_text other_password = { .bytes = (char[]){ "close sesame" }, .length = 12 };

struct talk {
    struct fake_server *server;
    const struct fake_step *script;
    struct bolt_connection *connection;
    struct arena *arena;
    struct bolt_value columns;
    struct bolt_batch batch;
    struct bolt_value summary;
    struct error err;
};

static void talk_init(struct talk *talk, const struct fake_step *script) {
    *talk = (struct talk){ .script = script, .arena = arena_new() };
    talk->server = fake_server_start(&talk->script, 1, NULL);
    talk->connection = new_connection(fake_server_port(talk->server), NULL, NULL);
    if (!bolt_connection_open(talk->connection, &password, in_ms(PATIENCE_MS), &talk->err))
        fail_msg("%s", talk->err.text);
}

static void talk_clear(struct talk *talk) {
    bolt_connection_free(talk->connection);
    arena_free(talk->arena);
    fake_server_stop(talk->server);
}

static bool query(struct talk *talk, bool is_read) {
    return bolt_connection_query(talk->connection,
                                 &(struct bolt_query){ .text = "RETURN n", .transaction.is_read = is_read },
                                 in_ms(PATIENCE_MS), talk->arena, &talk->columns, &talk->err);
}

static bool fetch_within(struct talk *talk, int64_t ms) {
    return bolt_connection_fetch(talk->connection, in_ms(ms), talk->arena, &talk->batch, &talk->err);
}

static bool fetch(struct talk *talk) {
    return fetch_within(talk, PATIENCE_MS);
}

static bool discard(struct talk *talk) {
    return bolt_connection_discard(talk->connection, in_ms(PATIENCE_MS), talk->arena, &talk->summary,
                                   &talk->err);
}

static void assert_state(const struct talk *talk, enum bolt_connection_state state) {
    assert_int_equal(bolt_connection_state(talk->connection), state);
}

#define FAKE_QUERY                                                                                           \
    { FAKE_EXPECT, BOLT_RUN }, { FAKE_EXPECT, BOLT_PULL }, {                                                 \
        FAKE_SUCCESS, .text = "{\"fields\":[\"n\"]}"                                                         \
    }

TEST("hands rows over as they come, and asks for the next while these are worked on") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        FAKE_QUERY,
        { FAKE_BATCH, .length = 1000 },
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" },
        { FAKE_EXPECT, BOLT_PULL }, /* before the client fetches again: the test would hang */
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_BATCH, .length = 7 },
        { FAKE_SUCCESS, .text = "{\"type\":\"r\"}" },
        { FAKE_SERVE },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(query(&talk, true));
    assert_string_equal(bolt_string(bolt_item(&talk.columns, 0), ""), "n");
    assert_state(&talk, BOLT_STREAMING);
    assert_true(fetch(&talk));
    assert_int_equal(talk.batch.rows.length, 1000);
    assert_false(talk.batch.is_last);
    assert_state(&talk, BOLT_STREAMING);
    assert_true(fetch(&talk));
    assert_int_equal(talk.batch.rows.length, 7);
    assert_true(talk.batch.is_last);
    assert_string_equal(bolt_string(bolt_get(&talk.batch.summary, "type"), ""), "r");
    assert_state(&talk, BOLT_READY);
    talk_clear(&talk);
}

TEST("a million rows need no more memory than a batch") {
    enum { PULLS = 1000 };
    static struct fake_step script[4 + 3 * PULLS + 4] = { FAKE_5_8, FAKE_QUERY };
    size_t at = 5;
    struct talk talk;
    size_t rows = 0;
    size_t most = 0;

    for (int i = 0; i < PULLS; i++) {
        script[at++] = (struct fake_step){ FAKE_BATCH, .length = BOLT_FETCH_ROWS };
        script[at++] = (struct fake_step){ FAKE_SUCCESS, .text = i + 1 < PULLS ? "{\"has_more\":true}" : "" };
        if (i + 1 < PULLS)
            script[at++] = (struct fake_step){ FAKE_EXPECT, BOLT_PULL };
    }
    script[at++] = (struct fake_step){ FAKE_SERVE };
    ensure(at < ARRAY_LENGTH(script));
    talk_init(&talk, script);
    assert_true(query(&talk, true));
    do {
        arena_reset(talk.arena);
        if (!fetch(&talk))
            fail_msg("%s", talk.err.text);
        rows += talk.batch.rows.length;
        most = arena_size(talk.arena) > most ? arena_size(talk.arena) : most;
    } while (!talk.batch.is_last);
    assert_int_equal(rows, PULLS * BOLT_FETCH_ROWS);
    assert_true(most < 512 * 1024);
    talk_clear(&talk);
}

TEST("a batch ends before it is large, however large the rows are") {
    enum { LENGTH = 100000 };
    CLEANUP_FREE char *row = xprintf("[\"%0*d\"]", LENGTH, 0);
    const struct fake_step script[] = {
        FAKE_5_8,
        FAKE_QUERY,
        { FAKE_RECORD, .text = row },
        { FAKE_RECORD, .text = row },
        { FAKE_RECORD, .text = row },
        { FAKE_RECORD, .text = row },
        { FAKE_SUCCESS },
        { FAKE_SERVE },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(query(&talk, true));
    assert_true(fetch(&talk));
    assert_int_equal(talk.batch.rows.length, 3);
    assert_true(talk.batch.bytes >= BOLT_BATCH_BYTES && talk.batch.bytes < BOLT_BATCH_BYTES + LENGTH);
    assert_true(fetch(&talk));
    assert_int_equal(talk.batch.rows.length, 1);
    assert_true(talk.batch.is_last);
    talk_clear(&talk);
}

TEST("gives up the rows that are left, at each point of a result") {
    static const struct fake_step at_once[] = {
        FAKE_5_8,
        FAKE_QUERY,
        { FAKE_BATCH, .length = 3 },
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" },
        { FAKE_EXPECT, BOLT_DISCARD },
        { FAKE_SUCCESS, .text = "{\"type\":\"rw\"}" },
        { FAKE_SERVE },
        { FAKE_END },
    };
    static const struct fake_step later[] = {
        FAKE_5_8,
        FAKE_QUERY,
        { FAKE_BATCH, .length = 3 },
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_BATCH, .length = 3 },
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" },
        { FAKE_EXPECT, BOLT_DISCARD },
        { FAKE_SUCCESS, .text = "{\"type\":\"rw\"}" },
        { FAKE_SERVE },
        { FAKE_END },
    };
    static const struct fake_step at_the_end[] = {
        FAKE_5_8, FAKE_QUERY, { FAKE_SUCCESS, .text = "{\"type\":\"rw\"}" }, { FAKE_SERVE }, { FAKE_END },
    };
    static const struct {
        const struct fake_step *script;
        bool fetches;
    } rows[] = { { at_once, false }, { later, true }, { at_the_end, false } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct talk talk;
        talk_init(&talk, rows[i].script);
        assert_true(query(&talk, false));
        if (rows[i].fetches)
            assert_true(fetch(&talk));
        if (!discard(&talk))
            fail_msg("%zu: %s", i, talk.err.text);
        assert_string_equal(bolt_string(bolt_get(&talk.summary, "type"), ""), "rw");
        assert_state(&talk, BOLT_READY);
        assert_true(query(&talk, true));
        talk_clear(&talk);
    }
}

TEST("a RESET ends a result that nobody wants to read on, with rows under way and without") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        FAKE_QUERY,
        { FAKE_BATCH, .length = 5000 },
        { FAKE_EXPECT, BOLT_RESET },
        { FAKE_IGNORED },
        { FAKE_SUCCESS },
        FAKE_QUERY,
        { FAKE_FAILURE, .text = "Neo.TransientError.General.OutOfMemoryError" },
        { FAKE_EXPECT, BOLT_RESET },
        { FAKE_SUCCESS },
        { FAKE_SERVE },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(query(&talk, true));
    if (!bolt_connection_reset(talk.connection, in_ms(PATIENCE_MS), &talk.err))
        fail_msg("%s", talk.err.text);
    assert_state(&talk, BOLT_READY);
    assert_true(query(&talk, true));
    assert_false(fetch(&talk));
    assert_string_equal(bolt_connection_failure(talk.connection)->code,
                        "Neo.TransientError.General.OutOfMemoryError");
    assert_state(&talk, BOLT_FAILED);
    assert_true(bolt_connection_reset(talk.connection, in_ms(PATIENCE_MS), &talk.err));
    talk_clear(&talk);
}

TEST("a server that stalls, is killed or talks nonsense between rows ends the result, and says what is "
     "known") {
    static const struct fake_step stalls[] = {
        FAKE_5_8, FAKE_QUERY, { FAKE_BATCH, .length = 2 }, { FAKE_HANG }, { FAKE_END }
    };
    static const struct fake_step killed[] = {
        FAKE_5_8, FAKE_QUERY, { FAKE_BATCH, .length = 2 }, { FAKE_RESET }, { FAKE_END }
    };
    static const struct fake_step closed[] = {
        FAKE_5_8, FAKE_QUERY, { FAKE_BATCH, .length = 2 }, { FAKE_END }
    };
    static const struct fake_step garbage[] = { FAKE_5_8,
                                                FAKE_QUERY,
                                                { FAKE_RAW, .text = "\0\2\xB1\x71\0\0", .length = 6 },
                                                { FAKE_HANG },
                                                { FAKE_END } };
    static const struct fake_step half[] = {
        FAKE_5_8, FAKE_QUERY, { FAKE_RAW, .text = "\0\4\xB1\x71", .length = 4 }, { FAKE_END }
    };
    static const struct fake_step no_list[] = { FAKE_5_8,
                                                FAKE_QUERY,
                                                { FAKE_RAW, .text = "\0\3\xB1\x71\xA0\0\0", .length = 7 },
                                                { FAKE_HANG },
                                                { FAKE_END } };
    static const struct fake_step too_long[] = { FAKE_5_8, FAKE_QUERY, { FAKE_FLOOD }, { FAKE_END } };
    static const struct fake_step ignored[] = {
        FAKE_5_8, FAKE_QUERY, { FAKE_IGNORED }, { FAKE_HANG }, { FAKE_END }
    };
    static const struct {
        const struct fake_step *script;
        enum error_kind kind;
        const char *says;
    } rows[] = {
        { stalls, ERROR_TIMEOUT, "no answer in time" },
        { killed, ERROR_UNAVAILABLE, "connection" },
        { closed, ERROR_UNAVAILABLE, "closed the connection" },
        { garbage, ERROR_PROTOCOL, "the message ends inside a value" },
        { half, ERROR_UNAVAILABLE, "closed the connection" },
        { no_list, ERROR_PROTOCOL, "one value for each column" },
        { too_long, ERROR_PROTOCOL, "larger than 16 MiB" },
        { ignored, ERROR_PROTOCOL, "an unexpected IGNORED" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        for (int writes = 0; writes < 2; writes++) {
            struct talk talk;
            talk_init(&talk, rows[i].script);
            /* A reset may be seen already by the query. */
            if (query(&talk, !writes))
                assert_false(fetch_within(&talk, rows[i].kind == ERROR_TIMEOUT ? SOON_MS : PATIENCE_MS));
            if (talk.err.kind != rows[i].kind || !strstr(talk.err.text, rows[i].says) ||
                talk.err.outcome_unknown != writes)
                fail_msg("%zu: kind %d, unknown %d: %s", i, talk.err.kind, talk.err.outcome_unknown,
                         talk.err.text);
            assert_state(&talk, BOLT_DEFUNCT);
            talk_clear(&talk);
        }
}

TEST("goes back into its transaction after the rows") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_BEGIN },
        { FAKE_SUCCESS },
        FAKE_QUERY,
        { FAKE_BATCH, .length = 1 },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_ROLLBACK },
        { FAKE_SUCCESS },
        { FAKE_SERVE },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(bolt_connection_begin(talk.connection, &(struct bolt_transaction){ 0 }, in_ms(PATIENCE_MS),
                                      &talk.err));
    assert_true(query(&talk, false));
    assert_true(fetch(&talk));
    assert_state(&talk, BOLT_IN_TRANSACTION);
    assert_true(bolt_connection_rollback(talk.connection, in_ms(PATIENCE_MS), &talk.err));
    talk_clear(&talk);
}

TEST("does not send a parameter that the server's version does not know") {
    static const struct fake_step script[] = { FAKE_5_8,
                                               { FAKE_EXPECT, BOLT_RUN },
                                               { FAKE_SUCCESS, .text = "{\"fields\":[]}" },
                                               { FAKE_SERVE },
                                               { FAKE_END } };
    struct talk talk;

    talk_init(&talk, script);
    struct bolt_value *parameters = bolt_new_map(talk.arena);
    bolt_set(talk.arena, parameters, "id", bolt_new_uuid(talk.arena, "0123456789abcdef"));
    assert_false(bolt_connection_query(talk.connection,
                                       &(struct bolt_query){ .text = "RETURN $id", .parameters = parameters },
                                       in_ms(PATIENCE_MS), talk.arena, &talk.columns, &talk.err));
    assert_int_equal(talk.err.kind, ERROR_INVALID);
    assert_non_null(strstr(talk.err.text, "a parameter: a UUID needs Bolt 6.1, and the server speaks 5.8"));
    assert_false(talk.err.outcome_unknown);
    assert_state(&talk, BOLT_READY);
    assert_true(query(&talk, true));
    talk_clear(&talk);
}

/* ---- what the server is told about the deadline ---- */

TEST("tells the server to end a statement no later than we give it up") {
    static const struct fake_step script[] = { FAKE_5_8, { FAKE_SERVE }, { FAKE_END } };
    static const struct {
        int64_t asked_ms;
        int64_t deadline_ms;
        int64_t least_ms;
        int64_t most_ms;
    } rows[] = {
        { 0, 15000, 1, 15000 },     /* not asked for: what is left */
        { 60000, 15000, 1, 15000 }, /* never above it */
        { 200, 15000, 200, 200 },
    };
    struct talk talk;

    talk_init(&talk, script);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        for (int begins = 0; begins < 2; begins++) {
            const struct bolt_transaction transaction = { .timeout_ms = rows[i].asked_ms };
            if (begins) {
                assert_true(bolt_connection_begin(talk.connection, &transaction, in_ms(rows[i].deadline_ms),
                                                  &talk.err));
                assert_true(bolt_connection_rollback(talk.connection, in_ms(PATIENCE_MS), &talk.err));
            } else {
                struct bolt_result result;
                assert_true(bolt_connection_run(
                    talk.connection, &(struct bolt_query){ .text = "RETURN 1", .transaction = transaction },
                    in_ms(rows[i].deadline_ms), talk.arena, &result, &talk.err));
            }
            int64_t told_ms = fake_server_tx_timeout(talk.server);
            if (told_ms < rows[i].least_ms || told_ms > rows[i].most_ms)
                fail_msg("row %zu, begins %d: %lld ms", i, begins, (long long)told_ms);
        }
    talk_clear(&talk);
}

/* ---- other credentials ---- */

TEST("logs in with another password over the living connection") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_LOGOFF },
        { FAKE_EXPECT, BOLT_LOGON },
        { FAKE_SUCCESS },
        { FAKE_SUCCESS },
        { FAKE_SERVE },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_true(bolt_connection_can_relogin(talk.connection));
    if (!bolt_connection_relogin(talk.connection, "bob", &other_password, in_ms(PATIENCE_MS), &talk.err))
        fail_msg("%s", talk.err.text);
    assert_state(&talk, BOLT_READY);
    assert_true(query(&talk, true));
    talk_clear(&talk);
}

TEST("a login that is refused on a living connection ends it, and the password stays out of the error") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_LOGOFF },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_LOGON },
        { FAKE_FAILURE, .text = "Neo.ClientError.Security.Unauthorized" },
        { FAKE_END },
    };
    struct talk talk;

    talk_init(&talk, script);
    assert_false(
        bolt_connection_relogin(talk.connection, "ann", &other_password, in_ms(PATIENCE_MS), &talk.err));
    assert_int_equal(talk.err.kind, ERROR_REFUSED);
    assert_string_equal(bolt_connection_failure(talk.connection)->code,
                        "Neo.ClientError.Security.Unauthorized");
    assert_null(strstr(talk.err.text, other_password.bytes));
    assert_state(&talk, BOLT_DEFUNCT);
    assert_false(bolt_connection_can_relogin(talk.connection));
    talk_clear(&talk);
}

TEST("a connection of Bolt 5.0 can't change its user") {
    static const struct fake_step script[] = { { FAKE_HANDSHAKE, .text = "\0\0\0\x05" },
                                               { FAKE_EXPECT, BOLT_HELLO },
                                               { FAKE_SUCCESS },
                                               { FAKE_SERVE },
                                               { FAKE_END } };
    struct talk talk;

    talk_init(&talk, script);
    assert_state(&talk, BOLT_READY);
    assert_false(bolt_connection_can_relogin(talk.connection));
    talk_clear(&talk);
}
