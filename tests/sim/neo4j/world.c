#include "world.h"

#include "base/encoding.h"
#include "bolt/message.h"
#include "bolt/value_json.h"
#include "sim/neo4j/session.h"

#include <stdio.h>

static struct json *resolve(void *context, struct arena *arena, const char *name) {
    const struct world *world = context;
    const struct json *addresses = json_get(world->names, name);

    return addresses ? json_copy(arena, addresses) : json_new_array(arena);
}

static struct json *resolve_srv(void *context, struct arena *arena, const char *name) {
    const struct world *world = context;
    const struct json *records = json_get(world->services, name);

    return records ? json_copy(arena, records) : json_new_array(arena);
}

/* Tests change them as they like. */
static uint64_t changes(void *context) {
    struct world *world = context;
    CLEANUP_ARENA struct arena *arena = arena_new();
    if (world->is_restless)
        return ++world->questions;
    const char *names = json_print(arena, world->names), *services = json_print(arena, world->services);

    return hash64_add_string(hash64_add_string(0, names), services);
}

static void wake(void *context, struct neo4j_process *process, int64_t at_ns) {
    struct world *world = context;

    for (size_t i = 0; i < WORLD_SERVERS_MAX; i++)
        if (world->servers[i].process == process && at_ns < world->servers[i].due_ns)
            world->servers[i].due_ns = at_ns;
}

struct world *world_new(uint64_t seed) {
    struct world *world = XNEW(struct world);
    struct neo4j_resolver resolver = { world, resolve, resolve_srv, NULL, changes };

    world->arena = arena_new();
    world->names = json_new_object(world->arena);
    world->services = json_new_object(world->arena);
    world->network = neo4j_network_new(&resolver, seed);
    neo4j_network_set_wall_offset(world->network, INT64_C(1767225600) * SECOND_NS); /* 2026-01-01 */
    neo4j_network_on_wake(world->network, wake, world);
    return world;
}

void world_free(struct world *world) {
    if (!world)
        return;
    for (size_t i = 0; i < WORLD_SERVERS_MAX; i++) {
        neo4j_process_free(world->servers[i].process);
        neo4j_volume_free(world->servers[i].volume);
        buffer_clear(&world->servers[i].log);
    }
    neo4j_network_free(world->network);
    arena_free(world->arena);
    free(world);
}

void world_set_env(struct world *world, unsigned server, const char *name, const char *value) {
    if (value)
        json_set_string(world->arena, world->servers[server].env, name, value);
    else
        json_remove(world->servers[server].env, name);
}

void world_prepare(struct world *world, const char *image, unsigned servers) {
    bool is_calendar = !strstr(image, ":5.");
    CLEANUP_BUFFER struct buffer endpoints = { 0 };

    for (unsigned i = 0; i < servers; i++) {
        CLEANUP_FREE char *name = xprintf("server-%u.graph", i);
        CLEANUP_FREE char *address = xprintf("127.0.1.%u", i);
        json_append_string(world->arena, json_set_array(world->arena, world->names, name), address);
        buffer_printf(&endpoints, "%s%s:6000", i ? "," : "", name);
    }
    for (unsigned i = 0; i < servers; i++) {
        struct world_server *server = &world->servers[i];
        CLEANUP_FREE char *name = xprintf("server-%u.graph", i);
        CLEANUP_FREE char *count = xprintf("%u", servers);
        const struct {
            const char *name;
            const char *value;
        } env[] = {
            { "NEO4J_ACCEPT_LICENSE_AGREEMENT", "yes" },
            { "NEO4J_AUTH", "neo4j/secret-word" },
            { "NEO4J_server_default__advertised__address", name },
            { "NEO4J_server_cluster_advertised__address", NULL },
            { "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", count },
            { is_calendar ? "NEO4J_dbms_cluster_endpoints" : "NEO4J_dbms_cluster_discovery_v2_endpoints",
              buffer_string(&endpoints) },
            { "NEO4J_dbms_cluster_discovery_version", is_calendar ? NULL : "V2_ONLY" },
        };

        server->image = image;
        server->env = json_new_object(world->arena);
        server->files = json_new_object(world->arena);
        server->volume = neo4j_volume_new();
        server->due_ns = INT64_MAX;
        for (size_t k = 0; k < ARRAY_LENGTH(env); k++)
            if (env[k].value)
                json_set_string(world->arena, server->env, env[k].name, env[k].value);
        static const char *const advertised[] = { "cluster", "cluster_raft", "routing" };
        static const int ports[] = { 6000, 7000, 7688 };
        for (size_t k = 0; k < ARRAY_LENGTH(advertised); k++) {
            CLEANUP_FREE char *key = xprintf("NEO4J_server_%s_advertised__address", advertised[k]);
            CLEANUP_FREE char *value = xprintf("%s:%d", name, ports[k]);
            json_set_string(world->arena, server->env, key, value);
        }
    }
}

static void log_line(void *context, const char *line) {
    buffer_printf(context, "%s\n", line);
}

void world_start_with(struct world *world, unsigned i, const struct json *args) {
    struct world_server *server = &world->servers[i];
    CLEANUP_FREE char *address = xprintf("127.0.1.%u", i);
    CLEANUP_FREE char *host_name = xprintf("server-%u", i);
    struct neo4j_container container = { .image = server->image,
                                         .args = args,
                                         .env = server->env,
                                         .files = server->files,
                                         .data = server->volume,
                                         .mounts = server->mounts,
                                         .mount_count = server->mount_count,
                                         .address = address,
                                         .host_name = host_name,
                                         .memory_bytes = server->memory_bytes,
                                         .start_delay_ms = 1000 };

    neo4j_process_free(server->process);
    server->process = NULL;
    server->due_ns = world->now_ns;
    server->process = neo4j_process_start(world->network, &container, world->now_ns, log_line, &server->log);
}

void world_start(struct world *world, unsigned server) {
    world_start_with(world, server, NULL);
}

void world_kill(struct world *world, unsigned i) {
    neo4j_process_terminate(world->servers[i].process, true);
    neo4j_process_free(world->servers[i].process);
    world->servers[i].process = NULL;
}

void world_run(struct world *world, int64_t ms) {
    int64_t until_ns = world->now_ns + ms * MS_NS;

    for (;;) {
        struct world_server *next = NULL;
        for (size_t i = 0; i < WORLD_SERVERS_MAX; i++) {
            struct world_server *server = &world->servers[i];
            if (server->process && server->due_ns != INT64_MAX && (!next || server->due_ns < next->due_ns))
                next = server;
        }
        if (!next || next->due_ns > until_ns)
            break;
        if (next->due_ns > world->now_ns)
            world->now_ns = next->due_ns;
        next->due_ns = INT64_MAX;
        int64_t at_ns = neo4j_process_tick(next->process, world->now_ns);
        next->due_ns = at_ns < next->due_ns ? at_ns : next->due_ns;
    }
    world->now_ns = until_ns;
    neo4j_network_set_now(world->network, until_ns);
}

bool world_run_until_open(struct world *world, unsigned servers, int64_t limit_ms) {
    for (int64_t ms = 0; ms < limit_ms; ms += 50) {
        unsigned open = 0;
        for (unsigned i = 0; i < servers; i++)
            open += world->servers[i].process && neo4j_process_listens(world->servers[i].process, 7687);
        if (open == servers)
            return true;
        world_run(world, 50);
    }
    return false;
}

const char *world_log(const struct world *world, unsigned server) {
    return buffer_string(&world->servers[server].log);
}

int world_leader(const struct world *world, unsigned servers) {
    for (unsigned i = 0; i < servers; i++)
        if (world->servers[i].process && replication_leads_system(world->servers[i].process))
            return (int)i;
    return -1;
}

/* ---- a client ---- */

struct client {
    struct world *world;
    struct json *columns;
    struct answer answer;
    unsigned replies; /* that ended a request */
    bool is_closed;
};

static void take_row(struct client *client, const struct bolt_value *values) {
    struct arena *arena = client->world->arena;
    struct json *row = json_append_object(arena, client->answer.rows);

    for (size_t i = 0; i < json_length(client->columns); i++)
        json_set(arena, row, json_string(json_item(client->columns, i), ""),
                 bolt_to_json(arena, bolt_item(values, i)));
    client->answer.row_count++;
}

static void on_reply(void *context, struct text bytes) {
    struct client *client = context;
    struct arena *arena = client->world->arena;
    struct bolt_value *message;
    struct error err = { 0 };

    if (!bolt_message_parse(arena, bytes, &message, &err)) {
        fprintf(stderr, "a reply is no message: %s\n", err.text);
        abort();
    }
    if (message->tag == BOLT_RECORD) {
        take_row(client, bolt_item(message, 0));
        return;
    }
    client->replies++;
    if (message->tag == BOLT_FAILURE && !client->answer.code) {
        client->answer.code = bolt_string(bolt_get(bolt_item(message, 0), "neo4j_code"), "?");
        client->answer.message = bolt_string(bolt_get(bolt_item(message, 0), "message"), "");
        struct bolt_failure *failure = ARENA_NEW(arena, struct bolt_failure);
        *failure = bolt_failure_read(arena, bolt_item(message, 0));
        client->answer.failure = failure;
    }
    client->answer.summary = bolt_item(message, 0);
    const struct bolt_value *fields = bolt_get(bolt_item(message, 0), "fields");
    if (fields)
        client->answer.columns = client->columns = bolt_to_json(arena, fields);
}

static void on_close(void *context) {
    ((struct client *)context)->is_closed = true;
}

static void request(struct world *world, struct neo4j_session *session, struct buffer *bytes) {
    neo4j_session_receive(session, world->now_ns, buffer_text(bytes));
    buffer_clear(bytes);
}

struct answer world_ask_as(struct world *world, unsigned server, bool is_routing, const char *user,
                           const char *password, const char *database, const char *statement,
                           const char *parameters) {
    struct client client = { .world = world, .answer.rows = json_new_array(world->arena) };
    struct neo4j_session_events events = { &client, on_reply, on_close };
    struct neo4j_session_options options = { .client_address = "127.0.0.1:1" };
    struct bolt_version version = { 5, 8 };
    struct secret_text secret = secret_text_new(password, strlen(password));
    struct buffer bytes = { 0 };
    struct json *json = NULL;

    struct neo4j_session *session =
        neo4j_session_new(world->servers[server].process, version, &options, &events);
    bolt_message_write_hello(
        &bytes, version,
        &(struct bolt_hello){ .user_agent = "test/1.0", .routing_address = is_routing ? "here:7687" : NULL });
    request(world, session, &bytes);
    bolt_message_write_logon(&bytes, user, &secret);
    request(world, session, &bytes);
    if (parameters && !json_parse(world->arena, text_from(parameters), NULL, &json, NULL))
        abort();
    bolt_message_write_run(&bytes, statement, json ? bolt_from_json(world->arena, json) : NULL,
                           &(struct bolt_transaction){ .database = database });
    request(world, session, &bytes);
    bolt_message_write_fetch(&bytes, BOLT_PULL, BOLT_FETCH_ALL, BOLT_LAST_QUERY);
    request(world, session, &bytes);
    for (unsigned i = 0; i < WORLD_ANSWER_MS_MAX / 50 && client.replies < 4 && !client.is_closed; i++)
        world_run(world, 50);
    client.answer.is_complete = client.replies == 4;
    neo4j_session_free(session);
    secret_text_clear(&secret);
    return client.answer;
}

struct answer world_ask(struct world *world, unsigned server, bool is_routing, const char *database,
                        const char *statement, const char *parameters) {
    return world_ask_as(world, server, is_routing, "neo4j", "secret-word", database, statement, parameters);
}
