#include "test.h"
#include "world.h"

#include "bolt/message.h"
#include "bolt/value_json.h"
#include "sim/neo4j/http.h"
#include "sim/neo4j/session.h"

/* A client that keeps the replies as text: "SUCCESS {…}", "RECORD […]", "FAILURE code". */
struct client {
    struct world *world;
    struct neo4j_session *session;
    struct bolt_version version;
    struct json *replies;
    bool is_closed;
};

static void on_send(void *context, struct text bytes) {
    struct client *client = context;
    struct arena *arena = client->world->arena;
    struct bolt_value *message;

    assert_true(bolt_message_parse(arena, bytes, &message, NULL));
    const struct bolt_value *field = bolt_item(message, 0);
    const char *text = field ? json_print(arena, bolt_to_json(arena, field)) : "";
    if (message->tag == BOLT_FAILURE) {
        const char *key = bolt_version_at_least(client->version, 5, 7) ? "neo4j_code" : "code";
        text = bolt_string(bolt_get(field, key), "?");
    }
    json_append_string(arena, client->replies,
                       arena_printf(arena, "%s %s", bolt_message_name(message->tag), text));
}

static void on_close(void *context) {
    ((struct client *)context)->is_closed = true;
}

static void connect_client(struct client *client, struct world *world, uint8_t major, uint8_t minor) {
    struct neo4j_session_options options = { .routes_by_address = true, .client_address = "127.0.0.1:1" };
    struct neo4j_session_events events = { client, on_send, on_close };

    *client = (struct client){ .world = world,
                               .version = { major, minor },
                               .replies = json_new_array(world->arena) };
    client->session = neo4j_session_new(world->servers[0].process, client->version, &options, &events);
}

/* A message as JSON: [tag, field …]. */
static void send(struct client *client, uint8_t tag, const char *fields) {
    struct arena *arena = client->world->arena;
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    struct json *json;

    assert_true(json_parse(arena, text_from(fields), NULL, &json, NULL));
    packstream_pack_struct_header(&bytes, tag, json_length(json));
    JSON_FOR_EACH_ITEM (field, json)
        packstream_pack(&bytes, bolt_from_json(arena, field));
    neo4j_session_receive(client->session, client->world->now_ns, buffer_text(&bytes));
    world_run(client->world, 10);
}

static const char *reply(const struct client *client, size_t from_last) {
    size_t count = json_length(client->replies);

    return from_last < count ? json_string(json_item(client->replies, count - 1 - from_last), "") : "none";
}

static void expect(const struct client *client, const char *prefix) {
    if (!str_starts_with(reply(client, 0), prefix))
        print_message("expected %s, got %s\n", prefix, reply(client, 0));
    assert_true(str_starts_with(reply(client, 0), prefix));
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

    send(client, BOLT_HELLO, "[{\"user_agent\":\"test/1\",\"bolt_agent\":{\"product\":\"test/1\"}}]");
    expect(client, "SUCCESS {\"server\":\"Neo4j/");
    send(client, BOLT_LOGON, logon);
    expect(client, "SUCCESS");
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
            send(&client, BOLT_HELLO, hello);
        expect(&client, "SUCCESS");
        send(&client, BOLT_RUN, "[\"UNWIND [1, 2, 3] AS x RETURN x\", {}, {}]");
        expect(&client, "SUCCESS {\"fields\":[\"x\"]");
        send(&client, BOLT_PULL, "[{\"n\":2}]");
        expect(&client, "SUCCESS {\"has_more\":true}");
        assert_string_equal(reply(&client, 1), "RECORD [2]");
        send(&client, BOLT_PULL, "[{\"n\":-1}]");
        assert_string_equal(reply(&client, 1), "RECORD [3]");
        expect(&client, "SUCCESS {\"type\":\"r\"");
        assert_non_null(strstr(reply(&client, 0), "\"bookmark\":"));
        assert_int_equal(strstr(reply(&client, 0), "\"statuses\"") != NULL,
                         bolt_version_at_least(versions[i], 5, 6));
        send(&client, BOLT_GOODBYE, "[]");
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
        send(&client, BOLT_RUN, "[\"RETRUN 1\", {}, {}]");
        expect(&client, "FAILURE Neo.ClientError.Statement.SyntaxError");
        send(&client, BOLT_PULL, "[{\"n\":-1}]");
        expect(&client, "IGNORED");
        send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {}]");
        expect(&client, "IGNORED");
        send(&client, BOLT_RESET, "[]");
        expect(&client, "SUCCESS");
        send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {}]");
        expect(&client, "SUCCESS");
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
        send(&client, BOLT_RUN, rows[i].run);
        expect(&client, rows[i].answer);
        send(&client, BOLT_PULL, "[{\"n\":-1}]");
        expect(&client, rows[i].pulled);
        neo4j_session_free(client.session);
    }
}

TEST("a transaction keeps several results open, and forgets them all at its end") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;

    connect_client(&client, world, 5, 8);
    log_in(&client);
    send(&client, BOLT_BEGIN, "[{}]");
    expect(&client, "SUCCESS {\"db\":\"neo4j\"}");
    send(&client, BOLT_RUN, "[\"UNWIND [1, 2] AS x RETURN x\", {}, {}]");
    assert_non_null(strstr(reply(&client, 0), "\"qid\":0"));
    send(&client, BOLT_RUN, "[\"UNWIND [7, 8] AS y RETURN y\", {}, {}]");
    assert_non_null(strstr(reply(&client, 0), "\"qid\":1"));
    send(&client, BOLT_COMMIT, "[]");
    expect(&client, "FAILURE Neo.ClientError.Request.Invalid");
    assert_true(client.is_closed);
    neo4j_session_free(client.session);

    connect_client(&client, world, 5, 8);
    log_in(&client);
    send(&client, BOLT_BEGIN, "[{}]");
    send(&client, BOLT_RUN, "[\"UNWIND [1, 2] AS x RETURN x\", {}, {}]");
    send(&client, BOLT_RUN, "[\"UNWIND [7, 8] AS y RETURN y\", {}, {}]");
    send(&client, BOLT_PULL, "[{\"n\":1,\"qid\":0}]");
    assert_string_equal(reply(&client, 1), "RECORD [1]");
    send(&client, BOLT_PULL, "[{\"n\":-1,\"qid\":-1}]");
    assert_string_equal(reply(&client, 2), "RECORD [7]");
    send(&client, BOLT_DISCARD, "[{\"n\":-1,\"qid\":0}]");
    expect(&client, "SUCCESS");
    send(&client, BOLT_COMMIT, "[]");
    expect(&client, "SUCCESS {\"bookmark\":\"FB:");
    send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {}]");
    expect(&client, "SUCCESS");
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
        send(&client, rows[i].tag, rows[i].fields);
        if (!client.is_closed)
            print_message("%s: %s\n", rows[i].what, reply(&client, 0));
        assert_true(client.is_closed);
        expect(&client, "FAILURE Neo.ClientError.Request.Invalid");
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
    send(&client, BOLT_RUN, "[\"CREATE DATABASE slow\", {}, {\"db\":\"system\"}]");
    send(&client, BOLT_PULL, "[{\"n\":-1}]");
    expect(&client, "SUCCESS"); /* of LOGON: nothing came since */
    size_t before = json_length(client.replies);
    send(&client, BOLT_RESET, "[]");
    assert_int_equal(json_length(client.replies), before + 3);
    expect(&client, "SUCCESS");
    assert_string_equal(reply(&client, 1), "IGNORED ");
    assert_string_equal(reply(&client, 2), "IGNORED ");
    send(&client, BOLT_RUN, "[\"CREATE DATABASE slow2\", {}, {\"db\":\"system\"}]");
    world_run(world, 20000);
    expect(&client, "FAILURE Neo.TransientError.Cluster.ReplicationFailure");
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
    send(&client, BOLT_RUN, early);
    expect(&client, "SUCCESS {\"fields\"");
    send(&client, BOLT_DISCARD, "[{\"n\":-1}]");
    size_t before = json_length(client.replies);
    send(&client, BOLT_RUN, late);
    assert_int_equal(json_length(client.replies), before);
    assert_null(world_ask(world, 0, false, "system", "CREATE DATABASE another", NULL).code);
    world_run(world, 10);
    expect(&client, "SUCCESS {\"fields\"");
    send(&client, BOLT_DISCARD, "[{\"n\":-1}]");
    send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {\"bookmarks\":[\"FB:sim:system:999999\"]}]");
    world_run(world, 31000);
    expect(&client, "FAILURE Neo.TransientError.Transaction.BookmarkTimeout");
    neo4j_session_free(client.session);
}

TEST("a process that ends closes its sessions") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;

    connect_client(&client, world, 5, 8);
    log_in(&client);
    neo4j_process_terminate(world->servers[0].process, true);
    assert_true(client.is_closed);
    send(&client, BOLT_RUN, "[\"RETURN 1\", {}, {}]");
    expect(&client, "SUCCESS");
    neo4j_session_free(client.session);
}

TEST("a paused session sends nothing until it goes on") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;

    connect_client(&client, world, 5, 8);
    log_in(&client);
    neo4j_session_pause(client.session, true);
    size_t before = json_length(client.replies);
    send(&client, BOLT_RUN, "[\"UNWIND range(1, 2500) AS x RETURN x\", {}, {}]");
    send(&client, BOLT_PULL, "[{\"n\":-1}]");
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
        send(&client, BOLT_ROLLBACK, "[]");
    assert_true(neo4j_session_is_full(client.session));
    assert_false(client.is_closed);
    send(&client, BOLT_ROLLBACK, "[]");
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
    assert_non_null(strstr(reply(&client, 0), "\"advertised_address\":\"127.0.1.0:7687\""));
    send(&client, BOLT_TELEMETRY, "[1]");
    expect(&client, "SUCCESS");
    send(&client, BOLT_ROUTE, "[{}, [], {\"db\":\"system\"}]");
    expect(&client, "SUCCESS {\"rt\":{\"ttl\":300,\"db\":\"system\",\"servers\":[{\"addresses\":"
                    "[\"127.0.1.0:7687\"],\"role\":\"WRITE\"}");
    send(&client, BOLT_LOGOFF, "[]");
    expect(&client, "SUCCESS");
    send(&client, BOLT_LOGON, logon);
    expect(&client, "SUCCESS");
    send(&client, BOLT_ROUTE, "[{}, [], {\"db\":\"nowhere\"}]");
    expect(&client, "FAILURE Neo.ClientError.Database.DatabaseNotFound");
    neo4j_session_free(client.session);
}

TEST("points in time have the structure that the client understands") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");

    for (int utc = 0; utc < 2; utc++) {
        struct client client;
        CLEANUP_FREE char *hello =
            xprintf("[{\"user_agent\":\"t\",%s%s]", utc ? "\"patch_bolt\":[\"utc\"]," : "", login + 1);
        connect_client(&client, world, 4, 4);
        send(&client, BOLT_HELLO, hello);
        assert_int_equal(strstr(reply(&client, 0), "patch_bolt") != NULL, utc);
        send(&client, BOLT_RUN, "[\"SHOW DATABASE neo4j YIELD creationTime\", {}, {\"db\":\"system\"}]");
        send(&client, BOLT_PULL, "[{\"n\":-1}]");
        assert_true(str_starts_with(reply(&client, 1), "RECORD [\"2026-01-01T00:00:0"));
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

    send(client, BOLT_RUN, fields);
    world_run(client->world, 1000);
    if (str_starts_with(reply(client, 0), "FAILURE"))
        return;
    send(client, BOLT_PULL, "[{\"n\":-1}]");
}

TEST("who may impersonate others has their roles, and changes nothing as them") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");
    struct client client;

    connect_client(&client, world, 5, 8);
    log_in(&client);
    run_as(&client, NULL, "CREATE USER jane SET PASSWORD 'long-enough' CHANGE NOT REQUIRED");
    expect(&client, "SUCCESS");
    run_as(&client, "jane", "SHOW CURRENT USER YIELD user, roles");
    assert_string_equal(reply(&client, 1), "RECORD [\"jane\",[\"PUBLIC\"]]");
    run_as(&client, NULL, "SHOW CURRENT USER YIELD user");
    assert_string_equal(reply(&client, 1), "RECORD [\"neo4j\"]");
    static const struct {
        const char *imp_user, *statement;
    } refused[] = {
        { "jane", "SHOW USERS" },
        { "jane", "ALTER CURRENT USER SET PASSWORD FROM 'long-enough' TO 'another-one'" },
        { "nobody", "SHOW CURRENT USER" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        run_as(&client, refused[i].imp_user, refused[i].statement);
        expect(&client, "FAILURE Neo.ClientError.Security.Forbidden");
        send(&client, BOLT_RESET, "[]");
        expect(&client, "SUCCESS");
    }
    run_as(&client, NULL, "DENY IMPERSONATE (jane) ON DBMS TO admin");
    run_as(&client, "jane", "SHOW CURRENT USER");
    expect(&client, "FAILURE Neo.ClientError.Security.Forbidden");
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
        expect(&client, "SUCCESS");
        if (!strstr(reply(&client, 0), rows[i].has))
            print_message("%s\n", reply(&client, 0));
        assert_non_null(strstr(reply(&client, 0), rows[i].has));
        assert_null(strstr(reply(&client, 0), rows[i].has_not));
        neo4j_session_free(client.session);
    }
}
