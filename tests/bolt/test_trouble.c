/* A server that goes wrong at each point of a conversation, in each way: nothing hangs, nothing leaks, and
 * what is said afterwards is right. */
#include "fake_server.h"
#include "test.h"

#include "bolt/connection.h"

enum { PATIENCE_MS = 60000, SOON_MS = 50, STEPS_MAX = 24 };

static struct secret_text password = { .bytes = (char[]){ "open sesame" }, .length = 11 };

static int64_t in_ms(int64_t ms) {
    return bolt_now_ns() + ms * NANOSECONDS_PER_MS;
}

/* All of a conversation: login, a query of two batches, COMMIT of a transaction. */
static const struct fake_step conversation[] = {
    { FAKE_HANDSHAKE, .text = "\0\0\x08\x05" },
    { FAKE_EXPECT, 0x01 /* HELLO */ },
    { FAKE_SUCCESS, .text = "{\"server\":\"Neo4j/5.26.0\"}" },
    { FAKE_EXPECT, 0x6A /* LOGON */ },
    { FAKE_SUCCESS },
    { FAKE_EXPECT, 0x10 /* RUN */ },
    { FAKE_SUCCESS, .text = "{\"fields\":[\"n\"]}" },
    { FAKE_EXPECT, 0x3F /* PULL */ },
    { FAKE_RECORD, .text = "[1]" },
    { FAKE_SUCCESS, .text = "{\"has_more\":true}" },
    { FAKE_EXPECT, 0x3F },
    { FAKE_RECORD, .text = "[2]" },
    { FAKE_SUCCESS },
    { FAKE_EXPECT, 0x11 /* BEGIN */ },
    { FAKE_SUCCESS },
    { FAKE_EXPECT, 0x12 /* COMMIT */ },
    { FAKE_SUCCESS, .text = "{\"bookmark\":\"FB:1\"}" },
};
/* In conversation: the first step after the login, after the query, after BEGIN, and the answer to COMMIT. */
enum { LOGGED_IN = 5, QUERIED = 13, BEGUN = 15, COMMITTED = 16 };

struct ending {
    const char *what;
    struct fake_step step;
    bool is_silent; /* only the deadline ends it */
    enum error_kind kind;
};

static const struct ending endings[] = {
    { "closes", { FAKE_END }, false, ERROR_UNAVAILABLE },
    { "resets", { FAKE_RESET }, false, ERROR_UNAVAILABLE },
    { "says nothing more", { FAKE_HANG }, true, ERROR_TIMEOUT },
    { "says NOOP without end", { FAKE_NOOPS }, true, ERROR_TIMEOUT },
    { "begins a message", { FAKE_RAW, .text = "\0\x20\xB1", .length = 3 }, true, ERROR_TIMEOUT },
    { "sends a message without end", { FAKE_FLOOD }, false, ERROR_PROTOCOL },
    { "sends no structure", { FAKE_RAW, .text = "\0\1\xC0\0\0", .length = 5 }, false, ERROR_PROTOCOL },
    { "sends half a value",
      { FAKE_RAW, .text = "\0\3\xB1\x70\xA1\0\0", .length = 7 },
      false,
      ERROR_PROTOCOL },
    { "sends two messages in one",
      { FAKE_RAW, .text = "\0\6\xB1\x70\xA0\xB1\x70\xA0\0\0", .length = 10 },
      false,
      ERROR_PROTOCOL },
    { "answers what nobody asked",
      { FAKE_RAW, .text = "\0\3\xB1\x01\xA0\0\0", .length = 7 },
      false,
      ERROR_PROTOCOL },
    { "ignores without a reason",
      { FAKE_RAW, .text = "\0\2\xB0\x7E\0\0", .length = 6 },
      false,
      ERROR_PROTOCOL },
};

enum call { OPENS, RUNS, BEGINS, COMMITS, DONE };

/* The call in which a step of the conversation is read. */
static enum call call_at(size_t at) {
    return at < LOGGED_IN    ? OPENS
           : at < QUERIED    ? RUNS
           : at < BEGUN      ? BEGINS
           : at <= COMMITTED ? COMMITS
                             : DONE;
}

/* Which call fails. A server that is silent in one of them is waited for a moment only. */
static enum call converse(struct bolt_connection *connection, enum call silent, struct arena *arena,
                          struct error *err) {
    struct bolt_result result;
#define UNTIL(call) in_ms((call) == silent ? SOON_MS : PATIENCE_MS)

    if (!bolt_connection_open(connection, &password, UNTIL(OPENS), err))
        return OPENS;
    if (!bolt_connection_run(connection, &(struct bolt_query){ .text = "CREATE" }, UNTIL(RUNS), arena,
                             &result, err))
        return RUNS;
    if (!bolt_connection_begin(connection, &(struct bolt_transaction){ 0 }, UNTIL(BEGINS), err))
        return BEGINS;
    if (!bolt_connection_commit(connection, UNTIL(COMMITS), arena, NULL, err))
        return COMMITS;
    return DONE;
}

/* The handshake is no message: what is nonsense there is told in one way. */
static bool is_as_expected(const struct ending *ending, size_t at, const struct error *err) {
    if (at == 0 && ending->kind == ERROR_PROTOCOL)
        return err->kind == ERROR_PROTOCOL || err->kind == ERROR_UNAVAILABLE;
    if (at == 0 && ending->step.act == FAKE_NOOPS)
        return err->kind == ERROR_PROTOCOL; /* four zeros: no version fits */
    if (at == 0 && ending->is_silent)
        return err->kind == ERROR_TIMEOUT || err->kind == ERROR_UNAVAILABLE;
    return err->kind == ending->kind;
}

static void go_wrong(const struct ending *ending, size_t at) {
    struct fake_step script[STEPS_MAX];
    const struct fake_step *scripts[] = { script };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct error err = { 0 };

    memcpy(script, conversation, at * sizeof(*conversation));
    script[at] = ending->step;
    script[at + 1] = (struct fake_step){ ending->is_silent ? FAKE_HANG : FAKE_END };
    script[at + 2] = (struct fake_step){ FAKE_END };
    struct fake_server *server = fake_server_start(scripts, 1, NULL);
    struct bolt_connection *connection = bolt_connection_new(&(struct bolt_login){
        .endpoint = { .address = "127.0.0.1", .port = fake_server_port(server) },
        .user = "ann",
        .user_agent = "test/1",
    });
    enum call expected = call_at(at);
    enum call failed = converse(connection, ending->is_silent ? expected : DONE, arena, &err);
    if (failed != expected || !is_as_expected(ending, at, &err))
        fail_msg("a server that %s at step %zu: call %d, kind %d: %s", ending->what, at, failed, err.kind,
                 err.text);
    /* Only the write and the COMMIT leave something open; and not if the end was seen while they were sent.
     */
    bool may_be_open = failed == RUNS || failed == COMMITS;
    if (err.outcome_unknown != may_be_open && (err.outcome_unknown || ending->is_silent))
        fail_msg("a server that %s at step %zu: unknown %d: %s", ending->what, at, err.outcome_unknown,
                 err.text);
    assert_int_equal(bolt_connection_state(connection), BOLT_DEFUNCT);
    assert_null(strstr(err.text, password.bytes));
    bolt_connection_free(connection);
    fake_server_stop(server);
}

TEST("a server that goes wrong at any point, in any way, is given up with the right word") {
    for (size_t i = 0; i < ARRAY_LENGTH(endings); i++)
        for (size_t at = 0; at < ARRAY_LENGTH(conversation); at++)
            /* Where the client is to speak, what comes instead of waiting for it is the same as after it. */
            if (at == 0 || conversation[at].act != FAKE_EXPECT)
                go_wrong(&endings[i], at);
}

TEST("the conversation that goes wrong above goes right when nobody disturbs it") {
    struct fake_step script[STEPS_MAX];
    const struct fake_step *scripts[] = { script };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct error err = { 0 };

    memcpy(script, conversation, sizeof(conversation));
    script[ARRAY_LENGTH(conversation)] = (struct fake_step){ FAKE_SERVE };
    script[ARRAY_LENGTH(conversation) + 1] = (struct fake_step){ FAKE_END };
    struct fake_server *server = fake_server_start(scripts, 1, NULL);
    struct bolt_connection *connection = bolt_connection_new(&(struct bolt_login){
        .endpoint = { .address = "127.0.0.1", .port = fake_server_port(server) },
        .user = "ann",
        .user_agent = "test/1",
    });
    if (converse(connection, DONE, arena, &err) != DONE)
        fail_msg("%s", err.text);
    bolt_connection_free(connection);
    fake_server_stop(server);
}
