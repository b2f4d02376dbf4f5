/* A real Neo4j server in trouble: stopped, slow and killed; and credentials that change. */
#include "peer_connection.h"

#include "bolt/pool.h"

#include <signal.h>

enum { SOON_MS = 500 };

static int64_t in_ms(int64_t ms) {
    return bolt_now_ns() + ms * NANOSECONDS_PER_MS;
}

/* Skips the test when nobody said which process it is: before anything is allocated, as skip() cleans nothing
 * up.
 */
static pid_t peer_process(void) {
    const char *text = getenv("NEO4J_PEER_PID");
    int64_t pid = 0;

    if (!text) {
        print_message("# NEO4J_PEER_PID is not set: skipped\n");
        skip();
    }
    assert_true(parse_int64(text_from(text), &pid) && pid > 1);
    return (pid_t)pid;
}

static void signal_peer(pid_t pid, int number) {
    assert_int_equal(kill(pid, number), 0);
}

static bool create(struct bolt_connection *connection, int64_t deadline_ns, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_result result;

    return bolt_connection_run(connection, &(struct bolt_query){ .text = "CREATE (:PeerTrouble)" },
                               deadline_ns, arena, &result, err);
}

static void count(struct bolt_connection *connection, int64_t least, int64_t most) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_result result =
        peer_run(connection, arena, "MATCH (n:PeerTrouble) RETURN count(n)", NULL, NULL);
    int64_t found = bolt_integer(bolt_item(bolt_item(&result.rows, 0), 0), -1);

    assert_true(found >= least && found <= most);
    peer_run(connection, arena, "MATCH (n:PeerTrouble) DELETE n", NULL, NULL);
}

TEST("a stopped server: nobody waits past its deadline, a write is left open, and all goes on afterwards") {
    pid_t pid = peer_process();
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *asked = peer_log_in(&peer, false);
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *slow = peer_log_in(&peer, false);
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *late = peer_connection(&peer, false);
    struct error err = { 0 };

    signal_peer(pid, SIGSTOP);
    /* Half open: the kernel takes the connection, and nobody answers. */
    bool is_open = bolt_connection_open(late, &peer.password, in_ms(SOON_MS), &err);
    struct error write_err = { 0 };
    bool is_done = create(asked, in_ms(SOON_MS), &write_err);
    struct error reset_err = { 0 };
    bool is_reset = bolt_connection_reset(slow, in_ms(1), &reset_err);
    signal_peer(pid, SIGCONT);
    assert_false(is_open);
    assert_true(err.kind == ERROR_TIMEOUT || err.kind == ERROR_UNAVAILABLE);
    assert_false(err.outcome_unknown);
    assert_false(is_done);
    assert_int_equal(write_err.kind, ERROR_TIMEOUT);
    assert_true(write_err.outcome_unknown);
    assert_false(is_reset);
    assert_int_equal(reset_err.kind, ERROR_TIMEOUT);

    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *next = peer_log_in(&peer, false);
    count(next, 0, 1);
}

TEST("a stopped server: a pool replaces the connections on which it did not answer") {
    pid_t pid = peer_process();
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_pool_free) struct bolt_pool *pool = bolt_pool_new(&clock_system);
    const struct bolt_pool_request request = {
        .login = { .endpoint = { .address = peer.address, .port = peer.port, .server_name = "localhost" },
                   .user = peer.user,
                   .user_agent = "neo4j-operator-test/1" },
        .password = &peer.password,
        .tls = peer_tls(&peer),
    };
    struct bolt_connection *connection;
    struct error err = { 0 };

    if (!bolt_pool_take(pool, &request, peer_deadline(), arena, &connection, NULL, &err))
        fail_msg("%s", err.text);
    signal_peer(pid, SIGSTOP);
    bool is_done = create(connection, in_ms(SOON_MS), &err);
    bolt_pool_put(pool, connection);
    struct error take_err = { 0 };
    bool is_taken = bolt_pool_take(pool, &request, in_ms(SOON_MS), arena, &connection, NULL, &take_err);
    signal_peer(pid, SIGCONT);
    assert_false(is_done);
    assert_false(is_taken);
    assert_true(take_err.kind == ERROR_TIMEOUT || take_err.kind == ERROR_UNAVAILABLE);
    if (!bolt_pool_take(pool, &request, peer_deadline(), arena, &connection, NULL, &err))
        fail_msg("%s", err.text);
    count(connection, 0, 1);
    bolt_pool_put(pool, connection);
    struct bolt_pool_counts counts = bolt_pool_counts(pool);
    assert_int_equal(counts.opened, 2);
    assert_int_equal(counts.failed, 1);
    assert_int_equal(counts.idle, 1);
}

TEST("a killed server: an open result ends at once, and no new connection opens") {
    pid_t pid = peer_process();
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *reading = peer_log_in(&peer, false);
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *writing = peer_log_in(&peer, false);
    const struct bolt_query query = { .text = "UNWIND range(1, 10000000) AS n RETURN n",
                                      .transaction.is_read = true };
    struct bolt_value columns;
    struct bolt_batch batch = { 0 };
    struct error err = { 0 };

    assert_true(bolt_connection_query(reading, &query, peer_deadline(), arena, &columns, &err));
    assert_true(bolt_connection_fetch(reading, peer_deadline(), arena, &batch, &err));
    signal_peer(pid, SIGKILL);
    while (bolt_connection_fetch(reading, peer_deadline(), arena, &batch, &err))
        arena_reset(arena);
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    assert_false(err.outcome_unknown);
    assert_int_equal(bolt_connection_state(reading), BOLT_DEFUNCT);

    err = (struct error){ 0 };
    assert_false(create(writing, peer_deadline(), &err));
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *next = peer_connection(&peer, false);
    err = (struct error){ 0 };
    assert_false(bolt_connection_open(next, &peer.password, peer_deadline(), &err));
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
}

/* ---- credentials ---- */

TEST("changes user and password on the living connection") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    struct secret_text first = { .bytes = (char[]){ "first-password" }, .length = 14 };
    struct secret_text wrong = { .bytes = (char[]){ "wrong-password" }, .length = 14 };
    const char *user = arena_printf(arena, "relogin%lld", (long long)clock_wall(&clock_system));
    struct error err = { 0 };

    peer_run(connection, arena,
             arena_printf(arena, "CREATE USER %s SET PASSWORD 'first-password' CHANGE NOT REQUIRED", user),
             NULL, "system");
    assert_true(bolt_connection_can_relogin(connection));
    if (!bolt_connection_relogin(connection, user, &first, peer_deadline(), &err))
        fail_msg("%s", err.text);
    struct bolt_result result = peer_run(connection, arena, "SHOW CURRENT USER YIELD user", NULL, "system");
    assert_string_equal(bolt_string(bolt_item(bolt_item(&result.rows, 0), 0), ""), user);
    assert_false(bolt_connection_relogin(connection, user, &wrong, peer_deadline(), &err));
    assert_int_equal(err.kind, ERROR_REFUSED);
    assert_string_equal(bolt_connection_failure(connection)->code, "Neo.ClientError.Security.Unauthorized");
    assert_int_equal(bolt_connection_state(connection), BOLT_DEFUNCT);
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *admin = peer_log_in(&peer, false);
    peer_run(admin, arena, arena_printf(arena, "DROP USER %s", user), NULL, "system");
}

TEST("tells the server whose statement it is, and how long it may take") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    struct bolt_value *metadata = bolt_new_map(arena);
    const struct bolt_query query = {
        .text = "SHOW TRANSACTIONS YIELD metaData, currentQuery WHERE currentQuery STARTS WITH 'SHOW TRANS' "
                "RETURN metaData",
        .transaction.metadata = metadata,
    };
    struct bolt_result result;
    struct error err = { 0 };

    bolt_set_string(arena, metadata, "cluster", "ns/graph");
    if (!bolt_connection_run(connection, &query, peer_deadline(), arena, &result, &err))
        fail_msg("%s", err.text);
    assert_true(bolt_equal(bolt_item(bolt_item(&result.rows, 0), 0), metadata));
}

TEST("a server that wants to see a certificate of ours takes the right one only") {
    if (str_empty(getenv("NEO4J_PEER_CERTIFICATE")) || str_empty(getenv("NEO4J_PEER_KEY"))) {
        print_message("# NEO4J_PEER_CERTIFICATE and NEO4J_PEER_KEY are not set: skipped\n");
        skip();
    }
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    struct error err = { 0 };
    assert_non_null(peer_tls(&peer));
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *with = peer_log_in(&peer, false);
    const struct bolt_tls nothing_to_show = { .ca_pem = buffer_text(&peer.ca) };
    CLEANUP_POINTER(bolt_tls_context_unref) struct bolt_tls_context *context = NULL;
    assert_true(bolt_tls_context_new(&nothing_to_show, &context, &err));
    CLEANUP_POINTER(bolt_connection_free)
    struct bolt_connection *without = bolt_connection_new(&(struct bolt_login){
        .endpoint = { .address = peer.address,
                      .port = peer.port,
                      .server_name = "localhost",
                      .tls = context },
        .user = peer.user,
        .user_agent = "neo4j-operator-test/1",
    });
    assert_false(bolt_connection_open(without, &peer.password, peer_deadline(), &err));
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    if (!strstr(err.text, "certificate"))
        fail_msg("%s", err.text);
}
