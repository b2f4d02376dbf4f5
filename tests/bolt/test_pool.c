#include "fake_server.h"
#include "test.h"

#include "bolt/breaker.h"
#include "bolt/pool.h"

#include <pthread.h>
#include <sched.h>

enum { PATIENCE_MS = 20000, SOON_MS = 50 };

static char first_password[] = "first";
static char other_password[] = "other";

struct manual_clock {
    struct clock clock;
    int64_t now_ns;
};

static int64_t manual_now(const struct clock *clock) {
    return ((const struct manual_clock *)clock)->now_ns;
}

/* Grants the login and everything after it. */
static const struct fake_step serves[] = { FAKE_5_8, { FAKE_SERVE }, { FAKE_END } };

struct bench {
    struct manual_clock clock;
    struct bolt_pool *pool;
    struct fake_server *server;
    struct arena *arena;
    struct bolt_pool_request request;
    struct secret_text password;
    struct error err;
};

static void bench_init_tls(struct bench *bench, const struct fake_step *const *scripts, size_t count,
                           const struct fake_tls *tls) {
    *bench = (struct bench){
        .clock = { .clock = { .wall = manual_now, .monotonic = manual_now }, .now_ns = 1 },
        .arena = arena_new(),
        .server = fake_server_start(scripts, count, tls),
        .password = { .bytes = first_password, .length = 5 },
    };
    bench->pool = bolt_pool_new(&bench->clock.clock);
    bench->request = (struct bolt_pool_request){
        .login = { .endpoint = { .address = "127.0.0.1", .port = fake_server_port(bench->server) },
                   .user = "ann",
                   .user_agent = "test/1" },
        .password = &bench->password,
    };
}

static void bench_init(struct bench *bench, const struct fake_step *const *scripts, size_t count) {
    bench_init_tls(bench, scripts, count, NULL);
}

static void bench_clear(struct bench *bench) {
    bolt_pool_free(bench->pool);
    fake_server_stop(bench->server);
    arena_free(bench->arena);
}

static void pass_seconds(struct bench *bench, int64_t seconds) {
    bench->clock.now_ns += seconds * NANOSECONDS_PER_SECOND;
}

static int64_t in_ms(int64_t ms) {
    return bolt_now_ns() + ms * NANOSECONDS_PER_MS;
}

static struct bolt_connection *take(struct bench *bench) {
    struct bolt_connection *connection = NULL;

    if (!bolt_pool_take(bench->pool, &bench->request, in_ms(PATIENCE_MS), bench->arena, &connection, NULL,
                        &bench->err))
        fail_msg("%s", bench->err.text);
    assert_int_equal(bolt_connection_state(connection), BOLT_READY);
    return connection;
}

static void use_once(struct bench *bench) {
    bolt_pool_put(bench->pool, take(bench));
}

static void assert_counts(struct bench *bench, size_t idle, uint64_t opened, uint64_t reused) {
    struct bolt_pool_counts counts = bolt_pool_counts(bench->pool);

    assert_int_equal(counts.in_use, 0);
    assert_int_equal(counts.idle, idle);
    assert_int_equal(counts.opened, opened);
    assert_int_equal(counts.reused, reused);
}

TEST("uses a connection again, without a word to the server while it is fresh") {
    static const struct fake_step silent[] = { FAKE_5_8, { FAKE_EXPECT, BOLT_GOODBYE }, { FAKE_END } };
    const struct fake_step *const scripts[] = { silent };
    struct bench bench;

    bench_init(&bench, scripts, 1);
    use_once(&bench);
    pass_seconds(&bench, BOLT_POOL_REST_SECONDS - 1);
    use_once(&bench);
    assert_counts(&bench, 1, 1, 1);
    bench_clear(&bench);
}

TEST("asks a connection that rested for 10 s whether it is still there") {
    static const struct fake_step asked[] = {
        FAKE_5_8, { FAKE_EXPECT, BOLT_RESET }, { FAKE_SUCCESS }, { FAKE_EXPECT, BOLT_GOODBYE }, { FAKE_END },
    };
    const struct fake_step *const scripts[] = { asked };
    struct bench bench;

    bench_init(&bench, scripts, 1);
    use_once(&bench);
    pass_seconds(&bench, BOLT_POOL_REST_SECONDS);
    use_once(&bench);
    assert_counts(&bench, 1, 1, 1);
    bench_clear(&bench);
}

TEST("replaces a connection that the server closed, fresh or not") {
    static const struct fake_step closes[] = { FAKE_5_8, { FAKE_END } };
    const struct fake_step *const scripts[] = { closes, closes, serves };
    struct bench bench;

    bench_init(&bench, scripts, 3);
    for (int i = 0; i < 2; i++) {
        struct bolt_connection *connection = take(&bench);
        /* The end of the stream is under way: it has come once there is something to read. */
        while (!bolt_connection_has_news(connection))
            sched_yield();
        bolt_pool_put(bench.pool, connection);
        pass_seconds(&bench, i * BOLT_POOL_REST_SECONDS);
    }
    use_once(&bench);
    assert_counts(&bench, 1, 3, 0);
    bench_clear(&bench);
}

TEST("resets a connection on which something was refused before it is used again") {
    static const struct fake_step refuses[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_RUN },
        { FAKE_FAILURE, .text = "Neo.ClientError.Statement.SyntaxError" },
        { FAKE_EXPECT, BOLT_PULL },
        { FAKE_IGNORED },
        { FAKE_EXPECT, BOLT_RESET },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_GOODBYE },
        { FAKE_END },
    };
    const struct fake_step *const scripts[] = { refuses };
    struct bolt_result result;
    struct bench bench;

    bench_init(&bench, scripts, 1);
    struct bolt_connection *connection = take(&bench);
    assert_false(bolt_connection_run(connection, &(struct bolt_query){ .text = "RETRUN 1" },
                                     in_ms(PATIENCE_MS), bench.arena, &result, NULL));
    bolt_pool_put(bench.pool, connection);
    use_once(&bench);
    assert_counts(&bench, 1, 1, 1);
    bench_clear(&bench);
}

TEST("closes what cannot be used any more, when it is put back") {
    static const struct fake_step breaks[] = { FAKE_5_8, { FAKE_EXPECT, BOLT_RUN }, { FAKE_END } };
    static const struct fake_step begins[] = {
        FAKE_5_8, { FAKE_EXPECT, BOLT_BEGIN }, { FAKE_SUCCESS }, { FAKE_EXPECT, BOLT_GOODBYE }, { FAKE_END },
    };
    const struct fake_step *const scripts[] = { breaks, begins };
    struct bolt_result result;
    struct bench bench;

    bench_init(&bench, scripts, 2);
    struct bolt_connection *connection = take(&bench);
    assert_false(bolt_connection_run(connection, &(struct bolt_query){ .text = "RETURN 1" },
                                     in_ms(PATIENCE_MS), bench.arena, &result, NULL));
    bolt_pool_put(bench.pool, connection);
    assert_counts(&bench, 0, 1, 0);
    connection = take(&bench);
    assert_true(bolt_connection_begin(connection, &(struct bolt_transaction){ 0 }, in_ms(PATIENCE_MS), NULL));
    bolt_pool_put(bench.pool, connection);
    assert_counts(&bench, 0, 2, 0);
    bench_clear(&bench);
}

TEST("closes connections after 30 minutes, however much they are used") {
    const struct fake_step *const scripts[] = { serves, serves, serves };
    struct bench bench;
    uint64_t uses = 0;

    bench_init(&bench, scripts, 3);
    for (int64_t age = 0; age < BOLT_POOL_LIFETIME_SECONDS; age += BOLT_POOL_IDLE_SECONDS - 1) {
        use_once(&bench);
        pass_seconds(&bench, BOLT_POOL_IDLE_SECONDS - 1);
        uses++;
    }
    assert_counts(&bench, 1, 1, uses - 1);
    struct bolt_connection *connection = take(&bench);
    assert_int_equal(bolt_pool_counts(bench.pool).opened, 2);
    pass_seconds(&bench, BOLT_POOL_LIFETIME_SECONDS);
    bolt_pool_put(bench.pool, connection);
    assert_counts(&bench, 0, 2, uses - 1);
    assert_int_equal(bolt_pool_counts(bench.pool).closed, 2);
    bench_clear(&bench);
}

TEST("closes connections that rested for five minutes, also those of servers that nobody asks any more") {
    const struct fake_step *const scripts[] = { serves, serves };
    struct bench bench;

    bench_init(&bench, scripts, 2);
    use_once(&bench);
    pass_seconds(&bench, BOLT_POOL_IDLE_SECONDS);
    bench.request.login.user = "bob";
    use_once(&bench);
    assert_counts(&bench, 1, 2, 0);
    bench_clear(&bench);
}

/* ---- what changes under a pool ---- */

TEST("logs in anew over the same connection when the password has changed") {
    static const struct fake_step relogs[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_LOGOFF },
        { FAKE_EXPECT, BOLT_LOGON },
        { FAKE_SUCCESS },
        { FAKE_SUCCESS },
        { FAKE_SERVE },
        { FAKE_END },
    };
    const struct fake_step *const scripts[] = { relogs };
    struct bench bench;

    bench_init(&bench, scripts, 1);
    use_once(&bench);
    bench.password = (struct secret_text){ .bytes = other_password, .length = 5 };
    use_once(&bench);
    use_once(&bench);
    assert_counts(&bench, 1, 1, 2);
    assert_int_equal(bolt_pool_counts(bench.pool).relogged, 1);
    bench_clear(&bench);
}

TEST("opens another connection for a new password where Bolt has no LOGON") {
    static const struct fake_step old[] = { { FAKE_HANDSHAKE, .text = "\0\0\x04\x04" },
                                            { FAKE_SERVE },
                                            { FAKE_END } };
    const struct fake_step *const scripts[] = { old, old };
    struct bench bench;

    bench_init(&bench, scripts, 2);
    use_once(&bench);
    bench.password = (struct secret_text){ .bytes = other_password, .length = 5 };
    use_once(&bench);
    assert_counts(&bench, 1, 2, 0);
    bench_clear(&bench);
}

TEST("a new password that is refused is not tried on another connection") {
    static const struct fake_step refuses[] = {
        FAKE_5_8,
        { FAKE_EXPECT, BOLT_LOGOFF },
        { FAKE_SUCCESS },
        { FAKE_EXPECT, BOLT_LOGON },
        { FAKE_FAILURE, .text = "Neo.ClientError.Security.Unauthorized" },
        { FAKE_END },
    };
    const struct fake_step *const scripts[] = { refuses, serves };
    struct bolt_connection *connection = NULL;
    struct bolt_failure failure = { 0 };
    struct bench bench;

    bench_init(&bench, scripts, 2);
    use_once(&bench);
    bench.password = (struct secret_text){ .bytes = other_password, .length = 5 };
    assert_false(bolt_pool_take(bench.pool, &bench.request, in_ms(PATIENCE_MS), bench.arena, &connection,
                                &failure, &bench.err));
    assert_int_equal(bench.err.kind, ERROR_REFUSED);
    assert_string_equal(failure.code, "Neo.ClientError.Security.Unauthorized");
    assert_counts(&bench, 0, 1, 0);
    assert_int_equal(bolt_pool_counts(bench.pool).failed, 1);
    bench_clear(&bench);
}

TEST("uses new TLS settings from then on, and closes what was opened with the old ones") {
    struct fake_tls served = fake_tls_new("graph-0.graph");
    struct fake_tls other = fake_tls_new("graph-0.graph");
    CLEANUP_FREE char *both = xprintf("%s%s", served.ca_pem, other.ca_pem);
    const struct fake_step *const scripts[] = { serves, serves, serves };
    const struct bolt_tls first = { .ca_pem = text_from(served.ca_pem) };
    const struct bolt_tls second = { .ca_pem = text_from(both) };
    const struct bolt_tls wrong = { .ca_pem = text_from(other.ca_pem) };
    const struct bolt_tls nonsense = { .ca_pem = TEXT("no PEM") };
    struct bolt_connection *connection = NULL;
    struct bench bench;

    bench_init_tls(&bench, scripts, 3, &served);
    bench.request.login.endpoint.server_name = "graph-0.graph";
    bench.request.tls = &first;
    use_once(&bench);
    use_once(&bench);
    assert_counts(&bench, 1, 1, 1);
    bench.request.tls = &second;
    use_once(&bench);
    assert_counts(&bench, 1, 2, 1);
    bench.request.tls = &nonsense;
    assert_false(bolt_pool_take(bench.pool, &bench.request, in_ms(PATIENCE_MS), bench.arena, &connection,
                                NULL, &bench.err));
    assert_int_equal(bench.err.kind, ERROR_INVALID);
    assert_counts(&bench, 1, 2, 1);
    bench.request.tls = &wrong;
    assert_false(bolt_pool_take(bench.pool, &bench.request, in_ms(PATIENCE_MS), bench.arena, &connection,
                                NULL, &bench.err));
    assert_non_null(strstr(bench.err.text, "not trusted"));
    assert_counts(&bench, 0, 2, 1);
    bench_clear(&bench);
    fake_tls_clear(&served);
    fake_tls_clear(&other);
}

TEST("keeps users, names and routing apart") {
    const struct fake_step *const scripts[] = { serves, serves, serves, serves };
    struct bench bench;

    bench_init(&bench, scripts, 4);
    use_once(&bench);
    bench.request.login.user = "bob";
    use_once(&bench);
    bench.request.login.is_routed = true;
    use_once(&bench);
    bench.request.login.endpoint.server_name = "graph-0.graph";
    use_once(&bench);
    assert_counts(&bench, 4, 4, 0);
    use_once(&bench);
    assert_counts(&bench, 4, 4, 1);
    bench_clear(&bench);
}

static const struct fake_step *const *serving(const struct fake_step **scripts) {
    for (size_t i = 0; i < BOLT_POOL_CONNECTIONS_MAX; i++)
        scripts[i] = serves;
    return scripts;
}

struct putter {
    struct bolt_pool *pool;
    struct bolt_connection *connection;
};

/* The taker may wait already or not yet: both must work. */
static void *put(void *argument) {
    struct putter *putter = argument;

    bolt_pool_put(putter->pool, putter->connection);
    return NULL;
}

TEST("opens at most 20 connections; who wants another waits for one, up to the deadline") {
    const struct fake_step *scripts[BOLT_POOL_CONNECTIONS_MAX];
    struct bolt_connection *connections[BOLT_POOL_CONNECTIONS_MAX];
    struct bolt_connection *another = NULL;
    struct bench bench;
    pthread_t thread;

    bench_init(&bench, serving(scripts), ARRAY_LENGTH(scripts));
    for (size_t i = 0; i < ARRAY_LENGTH(connections); i++)
        connections[i] = take(&bench);
    assert_false(
        bolt_pool_take(bench.pool, &bench.request, in_ms(SOON_MS), bench.arena, &another, NULL, &bench.err));
    assert_int_equal(bench.err.kind, ERROR_UNAVAILABLE);
    assert_non_null(strstr(bench.err.text, "all 20 connections of the cluster are in use"));
    struct putter putter = { bench.pool, connections[0] };
    pthread_create(&thread, NULL, put, &putter);
    another = take(&bench);
    pthread_join(thread, NULL);
    assert_ptr_equal(another, connections[0]);
    for (size_t i = 0; i < ARRAY_LENGTH(connections); i++)
        bolt_pool_put(bench.pool, connections[i]);
    assert_counts(&bench, BOLT_POOL_CONNECTIONS_MAX, BOLT_POOL_CONNECTIONS_MAX, 1);
    bench_clear(&bench);
}

TEST("an idle connection of somebody else makes room when all 20 are open") {
    enum { USERS = BOLT_POOL_CONNECTIONS_MAX + 1 };
    const struct fake_step *scripts[USERS];
    struct bench bench;

    for (size_t i = 0; i < USERS; i++)
        scripts[i] = serves;
    bench_init(&bench, scripts, USERS);
    for (size_t i = 0; i < USERS; i++) {
        bench.request.login.user = arena_printf(bench.arena, "user%zu", i);
        use_once(&bench);
    }
    assert_counts(&bench, BOLT_POOL_CONNECTIONS_MAX, USERS, 0);
    assert_int_equal(bolt_pool_counts(bench.pool).closed, 1);
    bench_clear(&bench);
}

TEST("forgets the idle connections of an address") {
    const struct fake_step *const scripts[] = { serves, serves };
    struct bench bench;

    bench_init(&bench, scripts, 2);
    use_once(&bench);
    bolt_pool_forget(bench.pool, "127.0.0.2");
    assert_counts(&bench, 1, 1, 0);
    bolt_pool_forget(bench.pool, "127.0.0.1");
    assert_counts(&bench, 0, 1, 0);
    use_once(&bench);
    bolt_pool_forget(bench.pool, NULL);
    assert_counts(&bench, 0, 2, 0);
    bench_clear(&bench);
}

TEST("closes a connection in use to a forgotten address when it is put back") {
    const struct fake_step *const scripts[] = { serves };
    struct bench bench;

    bench_init(&bench, scripts, 1);
    struct bolt_connection *connection = take(&bench);
    bolt_pool_forget(bench.pool, "127.0.0.1");
    assert_int_equal(bolt_pool_counts(bench.pool).in_use, 1);
    bolt_pool_put(bench.pool, connection);
    assert_counts(&bench, 0, 1, 0);
    bench_clear(&bench);
}

/* ---- servers that can't be reached ---- */

static void assert_unavailable(struct bench *bench, const char *says) {
    struct bolt_connection *connection;

    bench->err = (struct error){ 0 };
    assert_false(bolt_pool_take(bench->pool, &bench->request, in_ms(PATIENCE_MS), bench->arena, &connection,
                                NULL, &bench->err));
    if (bench->err.kind != ERROR_UNAVAILABLE || !strstr(bench->err.text, says))
        fail_msg("kind %d: %s", bench->err.kind, bench->err.text);
}

TEST(
    "leaves a server alone that failed five times, tries it once after a pause, and forgets that when told") {
    enum { CLOSES = BREAKER_FAILURES };
    static const struct fake_step closes[] = { { FAKE_END } };
    const struct fake_step *scripts[CLOSES + 2];
    struct bench bench;

    for (size_t i = 0; i < CLOSES + 2; i++)
        scripts[i] = i <= CLOSES ? closes : serves;
    bench_init(&bench, scripts, CLOSES + 2);
    for (int i = 0; i < CLOSES; i++)
        assert_unavailable(&bench, "closed the connection");
    assert_unavailable(&bench, "5 attempts failed in a row: since 1970-01-01T00:00:00Z");
    assert_int_equal(bolt_pool_counts(bench.pool).breakers_open, 1);
    assert_int_equal(bolt_pool_counts(bench.pool).refused, 1);
    assert_int_equal(bolt_pool_counts(bench.pool).failed, CLOSES);
    pass_seconds(&bench, BREAKER_PAUSE_SECONDS);
    /* The one attempt, and who is turned away after it, end in the same words. */
    assert_unavailable(&bench, "closed the connection (5 attempts failed in a row");
    assert_unavailable(&bench, "closed the connection (5 attempts failed in a row");
    bolt_pool_forget(bench.pool, "127.0.0.1");
    use_once(&bench);
    assert_int_equal(bolt_pool_counts(bench.pool).breakers_open, 0);
    bench_clear(&bench);
}

TEST("a server that refuses a login can be reached") {
    static const struct fake_step refuses[] = {
        { FAKE_HANDSHAKE, .text = "\0\0\x08\x05" },
        { FAKE_EXPECT, BOLT_HELLO },
        { FAKE_FAILURE, .text = "Neo.ClientError.Security.Unauthorized" },
        { FAKE_END },
    };
    const struct fake_step *scripts[2 * BREAKER_FAILURES];
    struct bench bench;

    for (size_t i = 0; i < ARRAY_LENGTH(scripts); i++)
        scripts[i] = refuses;
    bench_init(&bench, scripts, ARRAY_LENGTH(scripts));
    for (size_t i = 0; i < ARRAY_LENGTH(scripts); i++) {
        struct bolt_connection *connection;
        assert_false(bolt_pool_take(bench.pool, &bench.request, in_ms(PATIENCE_MS), bench.arena, &connection,
                                    NULL, &bench.err));
        assert_int_equal(bench.err.kind, ERROR_REFUSED);
    }
    assert_int_equal(bolt_pool_counts(bench.pool).breakers_open, 0);
    bench_clear(&bench);
}

TEST("still uses connections that are open to a server that takes no new ones") {
    static const struct fake_step closes[] = { { FAKE_END } };
    const struct fake_step *scripts[1 + BREAKER_FAILURES];
    struct bench bench;

    for (size_t i = 0; i < ARRAY_LENGTH(scripts); i++)
        scripts[i] = i ? closes : serves;
    bench_init(&bench, scripts, ARRAY_LENGTH(scripts));
    struct bolt_connection *connection = take(&bench);
    for (int i = 0; i < BREAKER_FAILURES; i++)
        assert_unavailable(&bench, "closed the connection");
    assert_unavailable(&bench, "failed in a row");
    bolt_pool_put(bench.pool, connection);
    use_once(&bench);
    assert_counts(&bench, 1, 1, 1);
    bench_clear(&bench);
}

TEST("tells what a server said to a refused login, in the caller's arena") {
    static const struct fake_step refuses[] = {
        { FAKE_HANDSHAKE, .text = "\0\0\x08\x05" },
        { FAKE_EXPECT, BOLT_HELLO },
        { FAKE_FAILURE, .text = "Neo.ClientError.Security.AuthenticationRateLimit" },
        { FAKE_END },
    };
    const struct fake_step *const scripts[] = { refuses };
    struct bolt_connection *connection = NULL;
    struct bolt_failure failure = { 0 };
    struct bench bench;

    bench_init(&bench, scripts, 1);
    assert_false(bolt_pool_take(bench.pool, &bench.request, in_ms(PATIENCE_MS), bench.arena, &connection,
                                &failure, &bench.err));
    assert_null(connection);
    assert_string_equal(failure.code, "Neo.ClientError.Security.AuthenticationRateLimit");
    assert_counts(&bench, 0, 0, 0);
    bench_clear(&bench);
}

enum { WORKERS = 8, ROUNDS = 40 };

static void *work(void *argument) {
    struct bench *bench = argument;
    CLEANUP_ARENA struct arena *arena = arena_new();
    intptr_t done = 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct bolt_connection *connection;
        struct bolt_result result;
        if (!bolt_pool_take(bench->pool, &bench->request, in_ms(PATIENCE_MS), arena, &connection, NULL, NULL))
            continue;
        done += bolt_connection_run(connection, &(struct bolt_query){ .text = "RETURN 1" },
                                    in_ms(PATIENCE_MS), arena, &result, NULL);
        bolt_pool_put(bench->pool, connection);
    }
    return (void *)done;
}

TEST("serves many threads, each connection to one at a time") {
    const struct fake_step *scripts[BOLT_POOL_CONNECTIONS_MAX];
    struct bench bench;
    pthread_t threads[WORKERS];
    intptr_t total = 0;

    bench_init(&bench, serving(scripts), ARRAY_LENGTH(scripts));
    for (size_t i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, work, &bench);
    for (size_t i = 0; i < WORKERS; i++) {
        void *done;
        pthread_join(threads[i], &done);
        total += (intptr_t)done;
    }
    assert_int_equal(total, WORKERS * ROUNDS);
    struct bolt_pool_counts counts = bolt_pool_counts(bench.pool);
    assert_true(counts.opened <= WORKERS);
    assert_int_equal(counts.opened + counts.reused, WORKERS * ROUNDS);
    bench_clear(&bench);
}
