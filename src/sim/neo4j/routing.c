/* Routing: which server leads a database, what each says of it, and the routing table made of both.
 * Source: Bolt documentation, ROUTE; Operations Manual, routing. */
#include "sim/neo4j/statement.h"

static const struct json *said_of(const struct neo4j_process *process, const struct state_database *database,
                                  const char *id) {
    const struct server_peer *peer = discovery_find(process, id);

    if (!discovery_is_reachable(process, peer))
        return NULL;
    return database ? json_get(json_get(peer->announcement, "databases"), database->id)
                    : json_get(peer->announcement, "system");
}

const char *database_status_on(const struct neo4j_process *process, const struct state_database *database,
                               const char *id) {
    const struct hosted_database *hosted;

    if (!str_equal(id, process_id(process))) {
        const struct json *said = said_of(process, database, id);
        return !said ? NULL : database ? json_string_at(said, "status", NULL) : "online";
    }
    if (!database)
        return "online";
    hosted = hosting_find(process, database->id);
    return hosted ? hosted_status_name(hosted->status) : NULL;
}

const char *database_message_on(const struct neo4j_process *process, const struct state_database *database,
                                const char *id) {
    const struct hosted_database *hosted = hosting_find(process, database->id);

    if (!str_equal(id, process_id(process)))
        return json_string_at(said_of(process, database, id), "message", "");
    return hosted && hosted->damage ? hosted->damage : "";
}

uint64_t database_epoch_on(const struct neo4j_process *process, const struct state_database *database,
                           const char *id) {
    const struct hosted_database *hosted = hosting_find(process, database->id);

    if (!str_equal(id, process_id(process)))
        return (uint64_t)json_integer_at(said_of(process, database, id), "epoch", 0);
    return hosted ? hosted->epoch : 0;
}

/* The term in which a server says that it leads; 0: it does not. */
static uint64_t leading_term(const struct neo4j_process *process, const struct state_database *database,
                             const char *id) {
    if (str_equal(id, process_id(process))) {
        const struct hosted_database *hosted = hosting_find(process, database->id);
        bool leads = hosted && hosted->raft && raft_role(hosted->raft) == RAFT_LEADER;
        return leads ? raft_term(hosted->raft) : 0;
    }
    const struct json *said = said_of(process, database, id);
    return json_bool_at(said, "leads", false) ? (uint64_t)json_integer_at(said, "term", 0) : 0;
}

/* Two may claim it for a while: the later term counts. */
bool database_is_led_by(const struct neo4j_process *process, const struct state_database *database,
                        const char *id) {
    uint64_t term;

    if (!database)
        return process->system && str_equal(raft_leader(process->system), id) &&
               discovery_is_available(process, id);
    term = leading_term(process, database, id);
    for (size_t i = 0; term && i < database->allocation_count; i++)
        if (leading_term(process, database, database->allocations[i].server_id) > term)
            return false;
    return term > 0;
}

/* ---- the table ---- */

struct router {
    struct neo4j_process *process;
    struct arena *arena;
    const struct state_database *database; /* NULL: system */
    bool by_address;
    struct bolt_value *routers, *readers, *writers;
};

static const char *address_of(const struct router *router, const char *id) {
    const char *advertised =
        json_string_at(discovery_descriptor(router->process, router->arena, id), "bolt", NULL);

    if (!advertised || !router->by_address)
        return advertised;
    struct server_address address = server_address_parse(router->arena, advertised, "", 7687);
    const struct json *addresses = network_resolve(router->process->network, router->arena, address.host);
    const char *ip = json_string(json_item(addresses, 0), NULL);
    return ip ? arena_printf(router->arena, "%s:%u", ip, address.port) : advertised;
}

static void add_server(struct router *router, const struct state_server *server, bool reads_on_writers,
                       bool *out_has_reader) {
    const struct state_allocation *allocation =
        router->database ? state_find_allocation(router->database, server->id) : NULL;
    const char *address = address_of(router, server->id);
    bool hosts = router->database ? allocation != NULL : server->state != SERVER_DROPPED;
    bool is_online = str_equal(database_status_on(router->process, router->database, server->id), "online");
    bool leads = hosts && is_online && database_is_led_by(router->process, router->database, server->id);

    if (!address || !discovery_is_available(router->process, server->id))
        return;
    bolt_append_string(router->arena, router->routers, address);
    if (leads)
        bolt_append_string(router->arena, router->writers, address);
    if (hosts && is_online && (!leads || reads_on_writers)) {
        bolt_append_string(router->arena, router->readers, address);
        *out_has_reader = true;
    }
}

/* Clients try addresses in order: each table begins with another one. */
static void rotate(struct router *router, struct bolt_value *addresses) {
    struct bolt_value *items = addresses->items;
    uint32_t count = addresses->length;

    if (count < 2)
        return;
    uint32_t by = (uint32_t)(router->process->connection_serial % count);
    struct bolt_value *turned = ARENA_ARRAY(router->arena, struct bolt_value, count);
    for (uint32_t i = 0; i < count; i++)
        turned[i] = items[(i + by) % count];
    memcpy(items, turned, count * sizeof(*turned));
}

static void add_role(const struct router *router, struct bolt_value *servers, const char *role,
                     struct bolt_value *addresses) {
    struct bolt_value *entry = bolt_new_map(router->arena);

    if (!addresses->length)
        return;
    bolt_set(router->arena, entry, "addresses", addresses);
    bolt_set_string(router->arena, entry, "role", role);
    bolt_append(router->arena, servers, entry);
}

static void fill(struct router *router) {
    const struct cluster_state *state = &router->process->state;
    const struct configuration *configuration = router->process->configuration;
    bool is_server_side =
        str_equal(configuration_get(configuration, "dbms.routing.default_router"), "SERVER");
    bool reads_on_writers = configuration_bool(configuration, "dbms.routing.reads_on_writers_enabled");
    bool has_reader = false;

    if (is_server_side) { /* this server takes everything and hands it on */
        const char *self = address_of(router, process_id(router->process));
        struct bolt_value *const lists[] = { router->routers, router->readers, router->writers };
        for (size_t i = 0; self && i < ARRAY_LENGTH(lists); i++)
            bolt_append_string(router->arena, lists[i], self);
        return;
    }
    for (size_t i = 0; i < state->server_count; i++)
        add_server(router, &state->servers[i], reads_on_writers, &has_reader);
    for (uint32_t i = 0; !has_reader && i < router->writers->length; i++)
        bolt_append(router->arena, router->readers, &router->writers->items[i]);
    rotate(router, router->routers);
    rotate(router, router->readers);
}

struct bolt_value *routing_table(struct neo4j_process *process, struct arena *arena, const char *database,
                                 bool by_address, struct failure *failure) {
    struct router router = { .process = process,
                             .arena = arena,
                             .by_address = by_address,
                             .database = state_resolve_database(&process->state, database),
                             .routers = bolt_new_list(arena),
                             .readers = bolt_new_list(arena),
                             .writers = bolt_new_list(arena) };
    struct bolt_value *table = bolt_new_map(arena), *servers = bolt_new_list(arena);
    bool is_system = !strcasecmp(database, "system");

    if (!is_system && !router.database) {
        failure_set(failure, arena, FAILURE_NO_ROUTING_TABLE,
                    "Unable to get a routing table for database '%s' because this database does not exist",
                    database);
        return NULL;
    }
    if (router.database && !router.database->is_online) {
        failure_set(failure, arena, FAILURE_DATABASE_UNAVAILABLE,
                    "Unable to get a routing table for database '%s' because this database is unavailable",
                    database);
        return NULL;
    }
    fill(&router);
    add_role(&router, servers, "WRITE", router.writers);
    add_role(&router, servers, "READ", router.readers);
    add_role(&router, servers, "ROUTE", router.routers);
    bolt_set_integer(arena, table, "ttl",
                     configuration_duration_ns(process->configuration, "dbms.routing_ttl") / SECOND_NS);
    bolt_set_string(arena, table, "db", is_system ? "system" : router.database->name);
    bolt_set(arena, table, "servers", servers);
    return table;
}
