#include "neo4j_server.h"

#include "sim/neo4j/server.h"

static struct neo4j_process *process;
static int64_t now_ns;

static struct json *resolve_nothing(void *context, struct arena *arena, const char *name) {
    return json_new_array(arena);
}

static void log_nothing(void *context, const char *line) {
}

/* Statements are to find entries that they can read and change. */
static bool has_database(void) {
    const struct state_database *database = state_find_database(&process->state, "neo4j");
    const struct hosted_database *hosted = database ? hosting_find(process, database->id) : NULL;

    return hosted && hosted->status == HOSTED_ONLINE && hosting_is_writable(hosted);
}

struct neo4j_process *neo4j_server(void) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_resolver resolver = { NULL, resolve_nothing, resolve_nothing, NULL, NULL };
    struct json *env = json_new_object(arena);

    if (process)
        return process;
    json_set_string(arena, env, "NEO4J_ACCEPT_LICENSE_AGREEMENT", "yes");
    json_set_string(arena, env, "NEO4J_AUTH", "none");
    process = neo4j_process_start(neo4j_network_new(&resolver, 1),
                                  &(struct neo4j_container){ .image = "neo4j:2026.08.1-enterprise",
                                                             .env = env,
                                                             .address = "127.0.0.1",
                                                             .host_name = "server" },
                                  0, log_nothing, NULL);
    while (!neo4j_process_listens(process, 7474) || !has_database())
        now_ns = neo4j_process_tick(process, now_ns);
    return process;
}

int64_t neo4j_server_now(void) {
    return now_ns;
}
