#include "client.h"
#include "test.h"

#include "sim/neo4j/http.h"

static void connect_client(struct client *client, struct world *world, uint8_t major, uint8_t minor) {
    client_connect(client, world, 0, (struct bolt_version){ major, minor }, true);
}

static struct world *open_world(const char *image) {
    struct world *world = world_new(1);

    world_prepare(world, image, 1);
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 5000));
    world_run(world, 1000);
    return world;
}

static const char login[] = "{\"scheme\":\"basic\",\"principal\":\"neo4j\",\"credentials\":\"secret-word\"}";

static void log_in(struct client *client) {
    CLEANUP_FREE char *logon = xprintf("[%s]", login);

    client_send(client, BOLT_HELLO, "[{\"user_agent\":\"test/1\",\"bolt_agent\":{\"product\":\"test/1\"}}]");
    client_expect(client, "SUCCESS {\"server\":\"Neo4j/");
    client_send(client, BOLT_LOGON, logon);
    client_expect(client, "SUCCESS");
}

TEST("a session of each version logs in, runs and says good-bye") {
    static const struct bolt_version versions[] = { { 4, 4 }, { 5, 0 }, { 5, 1 }, { 5, 4 },
                                                    { 5, 6 }, { 5, 8 }, { 6, 0 } };
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:2025.10.1-enterprise");

    for (size_t i = 0; i < ARRAY_LENGTH(versions); i++) {
        struct client client;
        CLEANUP_FREE char *hello = xprintf("[{\"user_agent\":\"test/1\",%s]", login + 1);
        connect_client(&client, world, versions[i].major, versions[i].minor);
        if (bolt_version_at_least(versions[i], 5, 1))
            log_in(&client);
        else
            client_send(&client, BOLT_HELLO, hello);
        client_expect(&client, "SUCCESS");
        client_send(&client, BOLT_RUN, "[\"UNWIND [1, 2, 3] AS x RETURN x\", {}, {}]");
        client_expect(&client, "SUCCESS {\"fields\":[\"x\"]");
        client_send(&client, BOLT_PULL, "[{\"n\":2}]");
        client_expect(&client, "SUCCESS {\"has_more\":true}");
        assert_string_equal(client_reply(&client, 1), "RECORD [2]");
        client_send(&client, BOLT_PULL, "[{\"n\":-1}]");
        assert_string_equal(client_reply(&client, 1), "RECORD [3]");
        client_expect(&client, "SUCCESS {\"type\":\"r\"");
        assert_non_null(strstr(client_reply(&client, 0), "\"bookmark\":"));
        assert_int_equal(strstr(client_reply(&client, 0), "\"statuses\"") != NULL,
                         bolt_version_at_least(versions[i], 5, 6));
        client_send(&client, BOLT_GOODBYE, "[]");
        assert_true(client.is_closed);
        neo4j_session_free(client.session);
    }
}

TEST("a failure has the shape of the version, and everything is ignored until RESET") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");

    for (uint8_t minor = 6; minor <= 7; minor++) {
        struct client client;
        connect_client(&client, world, 5, minor);
        log_in(&client);
        client_send(&client, BOLT_RUN, "[\"RETRUN 1\", {}, {}]");
        client_expect(&client, "FAILURE Neo.ClientError.Statement.SyntaxError");
        client_send(&client, BOLT_PULL, "[{\"n\":-1}]");
        client_expect(&client, "IGNORED");
        client_send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {}]");
        client_expect(&client, "IGNORED");
        client_send(&client, BOLT_RESET, "[]");
        client_expect(&client, "SUCCESS");
        client_send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {}]");
        client_expect(&client, "SUCCESS");
        neo4j_session_free(client.session);
    }
}

TEST("what goes wrong in computing rows is told when they are asked for, and what can't be read at once") {
    static const struct {
        uint8_t major, minor;
        const char *run, *answer, *pulled;
    } rows[] = {
        { 5, 8, "[\"RETURN 1 / 0 AS x\", {}, {}]", "SUCCESS {\"fields\":[\"x\"]",
          "FAILURE Neo.ClientError.Statement.ArithmeticError" },
        { 5, 8, "[\"RETURN 1 AS a, 2 AS a\", {}, {}]", "FAILURE Neo.ClientError.Statement.SyntaxError",
          "IGNORED" },
        { 5, 8, "[\"RETURN 1 AS a\", {}, {\"bookmarks\":[\"nonsense\"]}]",
          "FAILURE Neo.ClientError.Transaction.InvalidBookmark", "IGNORED" },
        { 6, 0, "[\"RETURN 0x1F AS a\", {}, {}]", "SUCCESS {\"fields\":[\"a\"]", "SUCCESS" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:2026.08.0-enterprise");

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct client client;
        connect_client(&client, world, rows[i].major, rows[i].minor);
        log_in(&client);
        client_send(&client, BOLT_RUN, rows[i].run);
        client_expect(&client, rows[i].answer);
        client_send(&client, BOLT_PULL, "[{\"n\":-1}]");
        client_expect(&client, rows[i].pulled);
        neo4j_session_free(client.session);
    }
}

TEST("a transaction keeps several results open, and forgets them all at its end") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;

    connect_client(&client, world, 5, 8);
    log_in(&client);
    client_send(&client, BOLT_BEGIN, "[{}]");
    client_expect(&client, "SUCCESS {\"db\":\"neo4j\"}");
    client_send(&client, BOLT_RUN, "[\"UNWIND [1, 2] AS x RETURN x\", {}, {}]");
    assert_non_null(strstr(client_reply(&client, 0), "\"qid\":0"));
    client_send(&client, BOLT_RUN, "[\"UNWIND [7, 8] AS y RETURN y\", {}, {}]");
    assert_non_null(strstr(client_reply(&client, 0), "\"qid\":1"));
    client_send(&client, BOLT_COMMIT, "[]");
    client_expect(&client, "FAILURE Neo.ClientError.Request.Invalid");
    assert_true(client.is_closed);
    neo4j_session_free(client.session);

    connect_client(&client, world, 5, 8);
    log_in(&client);
    client_send(&client, BOLT_BEGIN, "[{}]");
    client_send(&client, BOLT_RUN, "[\"UNWIND [1, 2] AS x RETURN x\", {}, {}]");
    client_send(&client, BOLT_RUN, "[\"UNWIND [7, 8] AS y RETURN y\", {}, {}]");
    client_send(&client, BOLT_PULL, "[{\"n\":1,\"qid\":0}]");
    assert_string_equal(client_reply(&client, 1), "RECORD [1]");
    client_send(&client, BOLT_PULL, "[{\"n\":-1,\"qid\":-1}]");
    assert_string_equal(client_reply(&client, 2), "RECORD [7]");
    client_send(&client, BOLT_DISCARD, "[{\"n\":-1,\"qid\":0}]");
    client_expect(&client, "SUCCESS");
    client_send(&client, BOLT_COMMIT, "[]");
    client_expect(&client, "SUCCESS {\"bookmark\":\"FB:");
    client_send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {}]");
    client_expect(&client, "SUCCESS");
    neo4j_session_free(client.session);
}

TEST("messages that a state does not take end the connection") {
    static const struct {
        const char *what;
        bool is_logged_in;
        uint8_t tag;
        const char *fields;
    } rows[] = {
        { "RUN before HELLO", false, BOLT_RUN, "[\"RETURN 1\", {}, {}]" },
        { "RESET before HELLO", false, BOLT_RESET, "[]" },
        { "HELLO twice", true, BOLT_HELLO, "[{\"user_agent\":\"x\"}]" },
        { "PULL without RUN", true, BOLT_PULL, "[{\"n\":-1}]" },
        { "COMMIT without BEGIN", true, BOLT_COMMIT, "[]" },
        { "an unknown message", true, 0x42, "[]" },
        { "a message without its fields", true, BOLT_RUN, "[]" },
        { "a message with fields of another type", true, BOLT_RUN, "[1, 2, 3]" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct client client;
        connect_client(&client, world, 5, 8);
        if (rows[i].is_logged_in)
            log_in(&client);
        client_send(&client, rows[i].tag, rows[i].fields);
        if (!client.is_closed)
            print_message("%s: %s\n", rows[i].what, client_reply(&client, 0));
        assert_true(client.is_closed);
        client_expect(&client, "FAILURE Neo.ClientError.Request.Invalid");
        neo4j_session_free(client.session);
    }
}

TEST("RESET overtakes a write that waits for a majority") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(3);
    struct client client;

    world_prepare(world, "neo4j:5.26.0-enterprise", 3);
    for (unsigned i = 0; i < 3; i++)
        world_start(world, i);
    assert_true(world_run_until_open(world, 3, 5000));
    world_run(world, 1000);
    /* The client is on server 0: make it lead. */
    for (unsigned i = 0; i < 20 && world_leader(world, 3) != 0; i++) {
        raft_transfer(world->servers[world_leader(world, 3)].process->system, world->now_ns);
        world_run(world, 5000);
    }
    assert_int_equal(world_leader(world, 3), 0);
    connect_client(&client, world, 5, 8);
    log_in(&client);
    neo4j_network_cut(world->network, "*", "*", true);
    client_send(&client, BOLT_RUN, "[\"CREATE DATABASE slow\", {}, {\"db\":\"system\"}]");
    client_send(&client, BOLT_PULL, "[{\"n\":-1}]");
    client_expect(&client, "SUCCESS"); /* of LOGON: nothing came since */
    size_t before = json_length(client.replies);
    client_send(&client, BOLT_RESET, "[]");
    assert_int_equal(json_length(client.replies), before + 3);
    client_expect(&client, "SUCCESS");
    assert_string_equal(client_reply(&client, 1), "IGNORED ");
    assert_string_equal(client_reply(&client, 2), "IGNORED ");
    client_send(&client, BOLT_RUN, "[\"CREATE DATABASE slow2\", {}, {\"db\":\"system\"}]");
    world_run(world, 20000);
    client_expect(&client, "FAILURE Neo.TransientError.Cluster.ReplicationFailure");
    neo4j_session_free(client.session);
}

TEST("a session waits for the bookmark of a write elsewhere") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;
    CLEANUP_FREE char *early = xprintf("[\"RETURN 1\", {}, {\"bookmarks\":[\"FB:sim:system:1\"]}]");
    CLEANUP_FREE char *late = xprintf("[\"RETURN 1\", {}, {\"bookmarks\":[\"FB:sim:system:%d\"]}]",
                                      (int)raft_applied(world->servers[0].process->system) + 1);

    connect_client(&client, world, 5, 8);
    log_in(&client);
    client_send(&client, BOLT_RUN, early);
    client_expect(&client, "SUCCESS {\"fields\"");
    client_send(&client, BOLT_DISCARD, "[{\"n\":-1}]");
    size_t before = json_length(client.replies);
    client_send(&client, BOLT_RUN, late);
    assert_int_equal(json_length(client.replies), before);
    assert_null(world_ask(world, 0, false, "system", "CREATE DATABASE another", NULL).code);
    world_run(world, 10);
    client_expect(&client, "SUCCESS {\"fields\"");
    client_send(&client, BOLT_DISCARD, "[{\"n\":-1}]");
    client_send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {\"bookmarks\":[\"FB:sim:system:999999\"]}]");
    world_run(world, 31000);
    client_expect(&client, "FAILURE Neo.TransientError.Transaction.BookmarkTimeout");
    neo4j_session_free(client.session);
}

TEST("a process that ends closes its sessions") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;

    connect_client(&client, world, 5, 8);
    log_in(&client);
    neo4j_process_terminate(world->servers[0].process, true);
    assert_true(client.is_closed);
    client_send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {}]");
    client_expect(&client, "SUCCESS");
    neo4j_session_free(client.session);
}

TEST("a paused session sends nothing until it goes on") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;

    connect_client(&client, world, 5, 8);
    log_in(&client);
    neo4j_session_pause(client.session, true);
    size_t before = json_length(client.replies);
    client_send(&client, BOLT_RUN, "[\"UNWIND range(1, 2500) AS x RETURN x\", {}, {}]");
    client_send(&client, BOLT_PULL, "[{\"n\":-1}]");
    assert_int_equal(json_length(client.replies), before);
    neo4j_session_pause(client.session, false);
    assert_int_equal(json_length(client.replies), before + 2502);
    neo4j_session_free(client.session);
}

TEST("more messages than may wait are refused") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;

    connect_client(&client, world, 5, 8);
    log_in(&client);
    neo4j_session_pause(client.session, true);
    for (unsigned i = 0; i < SESSION_QUEUE_MAX; i++)
        client_send(&client, BOLT_ROLLBACK, "[]");
    assert_true(neo4j_session_is_full(client.session));
    assert_false(client.is_closed);
    client_send(&client, BOLT_ROLLBACK, "[]");
    assert_true(client.is_closed);
    neo4j_session_free(client.session);
}

TEST("longer messages than may wait together are refused") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;
    CLEANUP_BUFFER struct buffer bytes = { 0 }, query = { 0 };

    connect_client(&client, world, 5, 8);
    log_in(&client);
    neo4j_session_pause(client.session, true);
    buffer_add_string(&query, "RETURN 1 //");
    while (query.length < SESSION_MESSAGE_BYTES_MAX / 4)
        buffer_add_string(&query, "................................................................");
    bolt_message_write_run(&bytes, buffer_string(&query), NULL, &(struct bolt_transaction){ 0 });
    for (unsigned i = 0; !neo4j_session_is_full(client.session); i++) {
        neo4j_session_receive(client.session, world->now_ns, buffer_text(&bytes));
        assert_true(i <= SESSION_QUEUE_BYTES_MAX / bytes.length);
    }
    assert_false(client.is_closed);
    neo4j_session_receive(client.session, world->now_ns, buffer_text(&bytes));
    assert_true(client.is_closed);
    neo4j_session_free(client.session);
}

TEST("LOGOFF asks for another login, TELEMETRY changes nothing, ROUTE gives addresses") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;
    CLEANUP_FREE char *logon = xprintf("[%s]", login);

    connect_client(&client, world, 5, 8);
    log_in(&client);
    assert_non_null(strstr(client_reply(&client, 0), "\"advertised_address\":\"127.0.1.0:7687\""));
    client_send(&client, BOLT_TELEMETRY, "[1]");
    client_expect(&client, "SUCCESS");
    client_send(&client, BOLT_ROUTE, "[{}, [], {\"db\":\"system\"}]");
    client_expect(&client, "SUCCESS {\"rt\":{\"ttl\":300,\"db\":\"system\",\"servers\":[{\"addresses\":"
                           "[\"127.0.1.0:7687\"],\"role\":\"WRITE\"}");
    client_send(&client, BOLT_LOGOFF, "[]");
    client_expect(&client, "SUCCESS");
    client_send(&client, BOLT_LOGON, logon);
    client_expect(&client, "SUCCESS");
    client_send(&client, BOLT_ROUTE, "[{}, [], {\"db\":\"nowhere\"}]");
    client_expect(&client, "FAILURE Neo.ClientError.Database.DatabaseNotFound");
    neo4j_session_free(client.session);
}

TEST("points in time have the structure that the client understands") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");

    for (int utc = 0; utc < 2; utc++) {
        struct client client;
        CLEANUP_FREE char *hello =
            xprintf("[{\"user_agent\":\"t\",%s%s]", utc ? "\"patch_bolt\":[\"utc\"]," : "", login + 1);
        connect_client(&client, world, 4, 4);
        client_send(&client, BOLT_HELLO, hello);
        assert_int_equal(strstr(client_reply(&client, 0), "patch_bolt") != NULL, utc);
        client_send(&client, BOLT_RUN,
                    "[\"SHOW DATABASE neo4j YIELD creationTime\", {}, {\"db\":\"system\"}]");
        client_send(&client, BOLT_PULL, "[{\"n\":-1}]");
        assert_true(str_starts_with(client_reply(&client, 1), "RECORD [\"2026-01-01T00:00:0"));
        neo4j_session_free(client.session);
    }
}

TEST("HTTP answers the discovery document, and the state of databases to those who log in") {
    static const struct {
        const char *path;
        const char *authorization;
        int status;
        const char *body; /* part of it */
    } rows[] = {
        { "/", NULL, 200, "\"bolt_routing\":\"neo4j://here:7687\"" },
        { "/", NULL, 200, "\"neo4j_edition\":\"enterprise\"" },
        { "/db/neo4j/cluster/available", NULL, 401, "Neo.ClientError.Security.Unauthorized" },
        { "/db/neo4j/cluster/available", "Basic bmVvNGo6d3Jvbmc=", 401, "Unauthorized" },
        { "/db/neo4j/cluster/available", "Basic bmVvNGo6c2VjcmV0LXdvcmQ=", 200, "true" },
        { "/db/neo4j/cluster/writable", "Basic bmVvNGo6c2VjcmV0LXdvcmQ=", 200, "true" },
        { "/db/neo4j/cluster/read-only", "Basic bmVvNGo6c2VjcmV0LXdvcmQ=", 404, "false" },
        { "/db/nowhere/cluster/available", "Basic bmVvNGo6c2VjcmV0LXdvcmQ=", 404, "false" },
        { "/db/neo4j/cluster/status", "Basic bmVvNGo6c2VjcmV0LXdvcmQ=", 200, "\"isHealthy\":true" },
        { "/dbms/cluster/status", "Basic bmVvNGo6c2VjcmV0LXdvcmQ=", 200, "\"databaseName\":\"system\"" },
        { "/db/neo4j/cluster/nothing", "Basic bmVvNGo6c2VjcmV0LXdvcmQ=", 404, "" },
        { "/nothing", NULL, 404, "" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct neo4j_http_request request = { rows[i].path, "application/json", rows[i].authorization,
                                              "here:7474" };
        struct neo4j_http_response response;
        neo4j_http_answer(world->servers[0].process, world->arena, world->now_ns, &request, &response);
        if (response.status != rows[i].status || !strstr(buffer_string(&response.body), rows[i].body))
            print_message("%s: %d %s\n", rows[i].path, response.status, buffer_string(&response.body));
        assert_int_equal(response.status, rows[i].status);
        assert_non_null(strstr(buffer_string(&response.body), rows[i].body));
        buffer_clear(&response.body);
    }
}

/* One statement of the user neo4j, or of the one that imp_user names, on system. */
static void run_as(struct client *client, const char *imp_user, const char *statement) {
    CLEANUP_FREE char *extra = imp_user ? xprintf(",\"imp_user\":\"%s\"", imp_user) : xstrdup("");
    CLEANUP_FREE char *fields = xprintf("[\"%s\", {}, {\"db\":\"system\"%s}]", statement, extra);

    client_send(client, BOLT_RUN, fields);
    world_run(client->world, 1000);
    if (str_starts_with(client_reply(client, 0), "FAILURE"))
        return;
    client_send(client, BOLT_PULL, "[{\"n\":-1}]");
}

TEST("who may impersonate others has their roles, and changes nothing as them") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;

    connect_client(&client, world, 5, 8);
    log_in(&client);
    run_as(&client, NULL, "CREATE USER jane SET PASSWORD 'long-enough' CHANGE NOT REQUIRED");
    client_expect(&client, "SUCCESS");
    run_as(&client, "jane", "SHOW CURRENT USER YIELD user, roles");
    assert_string_equal(client_reply(&client, 1), "RECORD [\"jane\",[\"PUBLIC\"]]");
    run_as(&client, NULL, "SHOW CURRENT USER YIELD user");
    assert_string_equal(client_reply(&client, 1), "RECORD [\"neo4j\"]");
    static const struct {
        const char *imp_user, *statement;
    } refused[] = {
        { "jane", "SHOW USERS" },
        { "jane", "ALTER CURRENT USER SET PASSWORD FROM 'long-enough' TO 'another-one'" },
        { "nobody", "SHOW CURRENT USER" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        run_as(&client, refused[i].imp_user, refused[i].statement);
        client_expect(&client, "FAILURE Neo.ClientError.Security.Forbidden");
        client_send(&client, BOLT_RESET, "[]");
        client_expect(&client, "SUCCESS");
    }
    run_as(&client, NULL, "DENY IMPERSONATE (jane) ON DBMS TO admin");
    run_as(&client, "jane", "SHOW CURRENT USER");
    client_expect(&client, "FAILURE Neo.ClientError.Security.Forbidden");
    neo4j_session_free(client.session);
}

TEST("each version of Bolt carries notifications in its own shape") {
    static const struct {
        struct bolt_version version;
        const char *has, *has_not;
    } rows[] = {
        { { 5, 4 },
          "\"notifications\":[{\"code\":\"Neo.ClientNotification.Security.CommandHasNoEffect\",\"title\":"
          "\"`GRANT ROLE admin TO neo4j` has no effect. The user already has the role.\"",
          "\"statuses\"" },
        { { 5, 8 },
          "\"gql_status\":\"00N70\",\"status_description\":\"note: successful completion - role or "
          "privilege already assigned. The command 'GRANT ROLE admin TO neo4j' has no effect.",
          "\"notifications\"" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct client client;
        connect_client(&client, world, rows[i].version.major, rows[i].version.minor);
        log_in(&client);
        run_as(&client, NULL, "GRANT ROLE admin TO neo4j");
        client_expect(&client, "SUCCESS");
        if (!strstr(client_reply(&client, 0), rows[i].has))
            print_message("%s\n", client_reply(&client, 0));
        assert_non_null(strstr(client_reply(&client, 0), rows[i].has));
        assert_null(strstr(client_reply(&client, 0), rows[i].has_not));
        neo4j_session_free(client.session);
    }
}
