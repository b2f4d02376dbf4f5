#include "client.h"

#include "bolt/value_json.h"
#include "test.h"

enum { ANSWER_MS = 20 };

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

void client_connect(struct client *client, struct world *world, unsigned server, struct bolt_version version,
                    bool routes_by_address) {
    struct neo4j_session_options options = { .routes_by_address = routes_by_address,
                                             .client_address = "127.0.0.1:1" };
    struct neo4j_session_events events = { client, on_send, on_close };

    *client = (struct client){ .world = world, .version = version, .replies = json_new_array(world->arena) };
    client->session = neo4j_session_new(world->servers[server].process, client->version, &options, &events);
}

void client_send(struct client *client, uint8_t tag, const char *fields) {
    struct arena *arena = client->world->arena;
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    struct json *json;

    assert_true(json_parse(arena, text_from(fields), NULL, &json, NULL));
    packstream_pack_struct_header(&bytes, tag, json_length(json));
    JSON_FOR_EACH_ITEM (field, json)
        packstream_pack(&bytes, bolt_from_json(arena, field));
    neo4j_session_receive(client->session, client->world->now_ns, buffer_text(&bytes));
    world_run(client->world, ANSWER_MS);
}

const char *client_reply(const struct client *client, size_t from_last) {
    size_t count = json_length(client->replies);

    return from_last < count ? json_string(json_item(client->replies, count - 1 - from_last), "") : "none";
}

void client_expect(const struct client *client, const char *prefix) {
    if (!str_starts_with(client_reply(client, 0), prefix))
        print_message("expected %s, got %s\n", prefix, client_reply(client, 0));
    assert_true(str_starts_with(client_reply(client, 0), prefix));
}
