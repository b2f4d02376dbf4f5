#include "client.h"
#include "test.h"

/* The id that the server gave to the connection of a user. */
static const char *connection_of(struct world *world, const char *user) {
    struct answer answer =
        world_ask(world, 0, false, "system",
                  arena_printf(world->arena,
                               "CALL dbms.listConnections() YIELD connectionId, username WHERE username = "
                               "'%s' RETURN connectionId",
                               user),
                  NULL);

    return json_string_at(json_item(answer.rows, 0), "connectionId", "none");
}

static void connect_jane(struct client *client, struct world *world) {
    client_connect(client, world, 0, (struct bolt_version){ 5, 4 }, true);
    client_send(client, BOLT_HELLO, "[{\"user_agent\":\"test/1\",\"bolt_agent\":{\"product\":\"test/1\"}}]");
    client_send(client, BOLT_LOGON,
                "[{\"scheme\":\"basic\",\"principal\":\"jane\",\"credentials\":\"her-password\"}]");
    client_expect(client, "SUCCESS");
}

TEST("connections end by their ids: one's own always, those of others by whom admin procedures are allowed") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(1);
    struct answer answer;
    struct client client;

    world_prepare(world, "neo4j:5.26.0-enterprise", 1);
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 5000));
    world_run(world, 1000);
    for (size_t i = 0; i < 2; i++)
        assert_null(world_ask(world, 0, false, "system",
                              arena_printf(world->arena,
                                           "CREATE USER %s SET PASSWORD 'her-password' CHANGE NOT REQUIRED",
                                           i ? "jane" : "john"),
                              NULL)
                        .code);
    connect_jane(&client, world);
    const char *id = connection_of(world, "jane");
    const char *kill = arena_printf(world->arena, "CALL dbms.killConnections(['%s', 'bolt-999'])", id);

    answer = world_ask_as(world, 0, false, "john", "her-password", "system", kill, NULL);
    assert_non_null(answer.code);
    assert_string_equal(answer.code, "Neo.ClientError.Security.Forbidden");
    assert_non_null(strstr(answer.message, "Not allowed to terminate connection for user jane."));
    assert_false(client.is_closed);
    answer = world_ask(world, 0, false, "system", kill, NULL);
    assert_string_equal(json_string_at(json_item(answer.rows, 0), "username", ""), "jane");
    assert_string_equal(json_string_at(json_item(answer.rows, 0), "message", ""), "Connection found");
    assert_string_equal(json_string_at(json_item(answer.rows, 1), "message", ""),
                        "No connection found with this id");
    assert_true(client.is_closed);
    neo4j_session_free(client.session);

    connect_jane(&client, world);
    client_send(&client, BOLT_RUN,
                arena_printf(world->arena, "[\"CALL dbms.killConnection('%s')\",{},{\"db\":\"system\"}]",
                             connection_of(world, "jane")));
    assert_true(client.is_closed);
    neo4j_session_free(client.session);
}
