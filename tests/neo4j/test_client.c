#include "../bolt/fake_server.h"
#include "test.h"

#include "base/clock.h"
#include "bolt/message.h"
#include "neo4j/client.h"
#include "neo4j/failures.h"

static char password[] = "open sesame";
static const struct secret_text secret = { .bytes = password, .length = sizeof(password) - 1 };

struct bench {
    struct fake_server *server;
    struct neo4j_client *client;
    struct arena *arena;
    struct neo4j_result result;
    struct error err;
};

static void bench_init(struct bench *bench, const struct fake_step *const *script) {
    *bench = (struct bench){
        .server = fake_server_start(script, 1, NULL),
        .client = neo4j_client_new(&(struct neo4j_client_options){ .user_agent = "test/1" }),
        .arena = arena_new(),
    };
}

static void bench_clear(struct bench *bench) {
    neo4j_client_free(bench->client);
    fake_server_stop(bench->server);
    arena_free(bench->arena);
}

static bool run(struct bench *bench, enum neo4j_access access, int timeout_ms) {
    const struct neo4j_target target = { .address = "127.0.0.1",
                                         .port = fake_server_port(bench->server),
                                         .server_name = "graph-0.graph",
                                         .user = "neo4j",
                                         .password = &secret };
    const struct neo4j_statement statement = {
        .text = "SHOW SERVERS", .database = "system", .access = access, .timeout_ms = timeout_ms
    };

    return neo4j_run(neo4j_client_port(bench->client), &target, &statement, bench->arena, &bench->result,
                     &bench->err);
}

TEST("runs statements over one connection and gives rows") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_RUN },
        { FAKE_SUCCESS, .text = "{\"fields\":[\"name\"]}" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_RECORD, .text = "[\"one\"]" },
        { FAKE_SUCCESS, .text = "{\"type\":\"r\"}" },
        { FAKE_SERVE },
        { FAKE_END },
    };
    const struct fake_step *const scripts[] = { script };
    struct bench bench;

    bench_init(&bench, scripts);
    assert_true(run(&bench, NEO4J_READ, 0));
    assert_string_equal(bolt_string(neo4j_result_get(&bench.result, 0, "name"), ""), "one");
    assert_null(bench.result.failure.code);
    assert_true(run(&bench, NEO4J_READ, 0));
    assert_int_equal(neo4j_result_rows(&bench.result), 0);
    bench_clear(&bench);
}

TEST("a refused statement has its code in the result, and its meaning in the error") {
    static const struct fake_step script[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_RUN },
        { FAKE_FAILURE, .text = "Neo.ClientError.Cluster.NotALeader" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_IGNORED },
        { FAKE_SERVE },
        { FAKE_END },
    };
    const struct fake_step *const scripts[] = { script };
    struct bench bench;

    bench_init(&bench, scripts);
    assert_false(run(&bench, NEO4J_WRITE, 0));
    assert_int_equal(bench.err.kind, ERROR_REFUSED);
    assert_false(bench.err.outcome_unknown);
    assert_int_equal(failure_class_of(&bench.result.failure), FAILURE_LEADER);
    assert_true(run(&bench, NEO4J_WRITE, 0));
    assert_null(bench.result.failure.code);
    bench_clear(&bench);
}

TEST("a wrong password is unauthorized, too many are throttled") {
    static const struct {
        const char *code;
        enum error_kind kind;
    } rows[] = {
        { "Neo.ClientError.Security.Unauthorized", ERROR_UNAUTHORIZED },
        { "Neo.ClientError.Security.AuthenticationRateLimit", ERROR_THROTTLED },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct fake_step script[] = {
            { FAKE_HANDSHAKE, .text = "\0\0\x08\x05" },
            { FAKE_EXPECT, BOLT_HELLO },
            { FAKE_SUCCESS },
            { FAKE_EXPECT, BOLT_LOGON },
            { FAKE_FAILURE, .text = rows[i].code },
            { FAKE_END },
        };
        const struct fake_step *const scripts[] = { script };
        struct bench bench;
        bench_init(&bench, scripts);
        assert_false(run(&bench, NEO4J_READ, 0));
        assert_int_equal(bench.err.kind, rows[i].kind);
        assert_string_equal(bench.result.failure.code, rows[i].code);
        assert_null(strstr(bench.err.text, password));
        bench_clear(&bench);
    }
}

TEST("a statement without an answer in time has an unknown outcome, if it writes") {
    static const struct fake_step script[] = {
        FAKE_5_8, { FAKE_EXPECT, BOLT_RUN }, { FAKE_HANG }, { FAKE_END }
    };
    const struct fake_step *const scripts[] = { script };

    for (int writes = 0; writes < 2; writes++) {
        struct bench bench;
        bench_init(&bench, scripts);
        assert_false(run(&bench, writes ? NEO4J_WRITE : NEO4J_READ, 200));
        assert_int_equal(bench.err.kind, ERROR_TIMEOUT);
        assert_int_equal(bench.err.outcome_unknown, writes);
        assert_null(bench.result.failure.code);
        bench_clear(&bench);
    }
}

TEST("a failure of an earlier call does not stay in the result") {
    static const struct fake_step script[] = { { FAKE_END } };
    const struct fake_step *const scripts[] = { script };
    struct bench bench;

    bench_init(&bench, scripts);
    bench.result.failure.code = "Neo.ClientError.Old";
    assert_false(run(&bench, NEO4J_READ, 0));
    assert_int_equal(bench.err.kind, ERROR_UNAVAILABLE);
    assert_null(bench.result.failure.code);
    bench_clear(&bench);
}
