/* Discovery: how servers find one another, and who can be reached.
 *
 * Each server looks up its endpoints again and again and says hello to them; a hello carries the server's
 * announcement, and is acknowledged on the same connection. A server counts as discovered only once it
 * answered a hello that went to the address it advertises itself: so an advertised address that does not lead
 * back keeps a server out, as in the field. Announcements carry what others show in SHOW SERVERS and SHOW
 * DATABASES.
 *
 *     announcement: {descriptor, cluster, databases: {id: {…}}, system: {leads, applied}, leaving}
 *     descriptor:   {id, version, bolt, http, https, cluster, raft, routing, discovery, systemMode, initial}
 *
 * V1 (5.26's default) uses its own port and endpoints; V2 uses the cluster port. Sources: Operations Manual,
 * cluster server discovery; facts on resolvers beside the rows below.
 */
#include "sim/neo4j/server.h"

#include <stdio.h>

enum {
    LOOK_UP_FORMING_MS = 500,
    UNREACHABLE_AFTER_MS = 7000,
    FORGOTTEN_AFTER_MS = 600000,
    LOG_MS = 10000,
};

enum discovery_protocol { DISCOVERY_V1, DISCOVERY_V2 };

/* Where the protocols differ. Names of settings: the first that is set counts. */
static const struct {
    enum server_port port;
    const char *descriptor_address;
    const char *endpoints[2];
    const char *service_port_names[2];
} protocols[] = {
    [DISCOVERY_V1] = { PORT_DISCOVERY,
                       "discovery",
                       { "dbms.cluster.discovery.endpoints", NULL },
                       { "dbms.kubernetes.service_port_name", NULL } },
    [DISCOVERY_V2] = { PORT_CLUSTER,
                       "cluster",
                       { "dbms.cluster.endpoints", "dbms.cluster.discovery.v2.endpoints" },
                       { "dbms.kubernetes.discovery.service_port_name",
                         "dbms.kubernetes.discovery.v2.service_port_name" } },
};

static const char *const modes[] = { "V1_ONLY", "V1_OVER_V2", "V2_OVER_V1", "V2_ONLY" };

const char *discovery_mode(const struct neo4j_process *process) {
    if (process->discovery_mode)
        return process->discovery_mode;
    return configuration_get(process->configuration, "dbms.cluster.discovery.version");
}

bool discovery_move_on(struct neo4j_process *process) {
    const char *mode = discovery_mode(process);

    for (size_t i = 0; mode && i + 1 < ARRAY_LENGTH(modes); i++)
        if (str_equal(modes[i], mode)) {
            process->discovery_mode = modes[i + 1];
            process->announces_now = true;
            network_note_change(process->network);
            return true;
        }
    return false;
}

static bool speaks(const struct neo4j_process *process, enum discovery_protocol protocol) {
    const char *mode = discovery_mode(process);

    if (!mode) /* calendar versions know V2 only */
        return protocol == DISCOVERY_V2;
    return str_equal(mode, "V1_OVER_V2") || str_equal(mode, "V2_OVER_V1") ||
           str_equal(mode, protocol == DISCOVERY_V1 ? "V1_ONLY" : "V2_ONLY");
}

static const char *first_set(const struct neo4j_process *process, const char *const names[2]) {
    for (size_t i = 0; i < 2; i++) {
        const char *value = names[i] ? configuration_get(process->configuration, names[i]) : NULL;
        if (!str_empty(value))
            return value;
    }
    return NULL;
}

static const char *resolver_type(const struct neo4j_process *process) {
    const char *old = configuration_get(process->configuration, "dbms.cluster.discovery.type");

    if (old && !configuration_is_explicit(process->configuration, "dbms.cluster.discovery.resolver_type"))
        return old;
    return configuration_get(process->configuration, "dbms.cluster.discovery.resolver_type");
}

/* ---- peers ---- */

struct server_peer *discovery_find(const struct neo4j_process *process, const char *id) {
    struct server_peer *peer;

    TAILQ_FOREACH (peer, &process->peers, link)
        if (str_equal(peer->id, id))
            return peer;
    return NULL;
}

struct server_peer *discovery_peer(struct neo4j_process *process, const char *id) {
    struct server_peer *peer = discovery_find(process, id);
    struct server_peer *after;

    if (peer || process->peer_count >= SERVER_PEERS_MAX)
        return peer;
    peer = XNEW(struct server_peer);
    peer->id = xstrdup(id);
    peer->arena = arena_new();
    peer->announcement = json_new_object(peer->arena);
    TAILQ_FOREACH (after, &process->peers, link)
        if (strcmp(after->id, id) > 0)
            break;
    if (after)
        TAILQ_INSERT_BEFORE(after, peer, link);
    else
        TAILQ_INSERT_TAIL(&process->peers, peer, link);
    process->peer_count++;
    return peer;
}

static void remove_peer(struct neo4j_process *process, struct server_peer *peer) {
    TAILQ_REMOVE(&process->peers, peer, link);
    process->peer_count--;
    arena_free(peer->arena);
    free(peer->id);
    free(peer);
}

void discovery_stop(struct neo4j_process *process) {
    struct server_peer *peer;

    while ((peer = TAILQ_FIRST(&process->peers)))
        remove_peer(process, peer);
}

bool discovery_is_reachable(const struct neo4j_process *process, const struct server_peer *peer) {
    return peer && peer->heard_ns && !peer->has_left &&
           process->now_ns - discovery_heard_ns(process, peer) < UNREACHABLE_AFTER_MS * MS_NS;
}

bool discovery_is_available(const struct neo4j_process *process, const char *id) {
    return str_equal(id, process_id(process)) || discovery_is_reachable(process, discovery_find(process, id));
}

const struct json *discovery_descriptor(const struct neo4j_process *process, struct arena *arena,
                                        const char *id) {
    const struct server_peer *peer = discovery_find(process, id);
    const struct state_server *server = state_find_server(&process->state, id);
    struct json *descriptor;

    if (str_equal(id, process_id(process)))
        return process->descriptor;
    if (peer && json_get(peer->announcement, "descriptor"))
        return json_get(peer->announcement, "descriptor");
    if (server && json_parse(arena, text_from(server->descriptor), NULL, &descriptor, NULL))
        return descriptor;
    return NULL;
}

/* ---- sending ---- */

void discovery_send(struct neo4j_process *process, const char *id, const char *address,
                    const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *place = json_string_at(discovery_descriptor(process, arena, id), address, "");
    struct server_address to = server_address_parse(arena, place, "", 0);

    if (to.port && !str_empty(to.host))
        (void)network_send(&process->endpoint, process->now_ns, to.host, to.port, message);
}

static struct json *announcement(struct neo4j_process *process, struct arena *arena) {
    struct json *json = json_new_object(arena);
    struct json *system = json_set_object(arena, json, "system");

    json_set(arena, json, "descriptor", process->descriptor);
    if (process->volume->cluster_id)
        json_set_string(arena, json, "cluster", process->volume->cluster_id);
    json_set_bool(arena, json, "leaving", process->phase >= PHASE_STOPPING);
    system = json_get(json, "system");
    json_set_bool(arena, system, "leads", replication_leads_system(process));
    if (process->system && raft_leader(process->system)) {
        json_set_string(arena, system, "leader", raft_leader(process->system));
        json_set_integer(arena, system, "term", (int64_t)raft_term(process->system));
    }
    json_set_integer(arena, system, "applied", process->system ? (int64_t)raft_applied(process->system) : 0);
    json_set(arena, json, "databases", hosting_announcement(process, arena));
    return json;
}

/* to: the id that is expected to answer, NULL when anybody may. */
static struct json *hello(struct neo4j_process *process, struct arena *arena, const char *kind,
                          enum discovery_protocol protocol, const char *to) {
    struct json *message = json_new_object(arena);

    json_set_string(arena, message, "kind", kind);
    json_set_integer(arena, message, "protocol", protocol);
    if (to)
        json_set_string(arena, message, "to", to);
    json_set(arena, message, "announcement", announcement(process, arena));
    return message;
}

static void probe(struct neo4j_process *process, const char *id) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (enum discovery_protocol p = DISCOVERY_V1; p <= DISCOVERY_V2; p++)
        if (speaks(process, p))
            discovery_send(process, id, protocols[p].descriptor_address,
                           hello(process, arena, "hello", p, id));
}

static void probe_all(struct neo4j_process *process) {
    struct server_peer *peer;

    discovery_note_round(process);
    TAILQ_FOREACH (peer, &process->peers, link)
        probe(process, peer->id);
    process->announces_now = false;
    process->probe_next_ns = process->now_ns + PROBE_MS * MS_NS;
}

/* ---- resolvers: {host, port} of endpoints, in arena ---- */

static void add_endpoint(struct arena *arena, struct json *endpoints, const char *host, int64_t port) {
    struct json *endpoint = json_append_object(arena, endpoints);

    json_set_string(arena, endpoint, "host", host);
    json_set_integer(arena, endpoint, "port", port);
}

/* Each name stands for itself; DNS: one name stands for all of its addresses. */
static void resolve_names(struct neo4j_process *process, struct arena *arena, const char *list,
                          struct json *endpoints) {
    struct text rest = text_from(list);

    while (rest.data) {
        struct text item = text_trim(text_cut(&rest, ','));
        if (!item.length)
            continue;
        struct server_address address =
            server_address_parse(arena, arena_strndup(arena, item.data, item.length), "", 0);
        JSON_FOR_EACH_ITEM (ip, network_resolve(process->network, arena, address.host))
            add_endpoint(arena, endpoints, json_string(ip, ""), address.port);
    }
}

/* The port that is written counts for nothing: the record has it. */
static void resolve_services(struct neo4j_process *process, struct arena *arena, const char *list,
                             struct json *endpoints) {
    const struct neo4j_resolver *resolver = network_resolver(process->network);
    struct server_address address = server_address_parse(arena, list, "", 0);

    JSON_FOR_EACH_ITEM (record, resolver->resolve_srv(resolver->context, arena, address.host))
        JSON_FOR_EACH_ITEM (ip,
                            network_resolve(process->network, arena, json_string_at(record, "target", "")))
            add_endpoint(arena, endpoints, json_string(ip, ""), json_integer_at(record, "port", 0));
}

static void list_services(struct neo4j_process *process, struct arena *arena,
                          enum discovery_protocol protocol, struct json *endpoints) {
    const struct neo4j_resolver *resolver = network_resolver(process->network);
    const char *selector = configuration_get(process->configuration, "dbms.kubernetes.label_selector");
    const char *port_name = first_set(process, protocols[protocol].service_port_names);

    if (!resolver->list_services) {
        if (process->now_ns >= process->discovery_log_ns)
            process_log(process, "ERROR",
                        "Discovery by K8S needs an API server that this world does not let servers ask; use "
                        "LIST, DNS or SRV");
        return;
    }
    JSON_FOR_EACH_ITEM (service,
                        resolver->list_services(resolver->context, arena, process->container.namespace,
                                                selector ? selector : "", port_name ? port_name : ""))
        JSON_FOR_EACH_ITEM (ip,
                            network_resolve(process->network, arena, json_string_at(service, "target", "")))
            add_endpoint(arena, endpoints, json_string(ip, ""), json_integer_at(service, "port", 0));
}

static struct json *resolve(struct neo4j_process *process, struct arena *arena,
                            enum discovery_protocol protocol) {
    const char *type = resolver_type(process);
    const char *list = first_set(process, protocols[protocol].endpoints);
    struct json *endpoints = json_new_array(arena);

    if (str_equal(type, "K8S"))
        list_services(process, arena, protocol, endpoints);
    else if (list && str_equal(type, "SRV"))
        resolve_services(process, arena, list, endpoints);
    else if (list)
        resolve_names(process, arena, list, endpoints);
    return endpoints;
}

/* LIST without endpoints: nobody is looked for, the server is a cluster of its own. */
static bool looks_for_nobody(const struct neo4j_process *process) {
    if (!str_equal(resolver_type(process), "LIST"))
        return false;
    for (enum discovery_protocol p = DISCOVERY_V1; p <= DISCOVERY_V2; p++)
        if (speaks(process, p) && first_set(process, protocols[p].endpoints))
            return false;
    return true;
}

static void look_up(struct neo4j_process *process) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    size_t most = 0;

    discovery_note_look_up(process);
    for (enum discovery_protocol p = DISCOVERY_V1; p <= DISCOVERY_V2; p++) {
        if (!speaks(process, p))
            continue;
        struct json *endpoints = resolve(process, arena, p);
        struct json *message = hello(process, arena, "hello", p, NULL);
        JSON_FOR_EACH_ITEM (endpoint, endpoints)
            network_send_address(&process->endpoint, process->now_ns, json_string_at(endpoint, "host", ""),
                                 (uint16_t)json_integer_at(endpoint, "port", 0), message);
        most = json_length(endpoints) > most ? json_length(endpoints) : most;
    }
    process->has_looked_up = true;
    process->endpoints_resolved = most;
    process->discovery_next_ns =
        process->now_ns + (process->phase < PHASE_STARTED ? LOOK_UP_FORMING_MS : LOOK_UP_STARTED_MS) * MS_NS;
    if (process->now_ns >= process->discovery_log_ns)
        process->discovery_log_ns = process->now_ns + LOG_MS * MS_NS;
}

void discovery_start(struct neo4j_process *process) {
    process->is_alone = looks_for_nobody(process);
    process->discovery_since_ns = process->now_ns;
    process->discovery_next_ns = process->now_ns;
    process->probe_next_ns = process->now_ns;
    for (size_t i = 0; i < process->state.server_count; i++)
        if (!str_equal(process->state.servers[i].id, process_id(process)))
            (void)discovery_peer(process, process->state.servers[i].id);
}

/* ---- receiving ---- */

static bool learn(struct neo4j_process *process, const struct json *message, struct server_peer **out_peer) {
    const struct json *said = json_get(message, "announcement");
    const char *id = json_string_at(said, "descriptor.id", "");
    struct server_peer *peer;

    if (str_empty(id) || str_equal(id, process_id(process)))
        return false;
    peer = discovery_peer(process, id);
    if (!peer)
        return false;
    arena_reset(peer->arena);
    peer->announcement = json_copy(peer->arena, said);
    peer->has_left = json_bool_at(said, "leaving", false);
    *out_peer = peer;
    return true;
}

/* The leader of the cluster keeps what servers say about themselves in the system database. */
static void refresh_member(struct neo4j_process *process, const struct server_peer *peer) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct state_server *known = state_find_server(&process->state, peer->id);
    const struct json *descriptor = json_get(peer->announcement, "descriptor");
    struct failure ignored = { 0 };
    uint64_t serial;

    if (!known || known->state == SERVER_DROPPED || !replication_leads_system(process) ||
        process->registering_index > raft_applied(process->system) ||
        !str_equal(json_string_at(peer->announcement, "cluster", ""), process->volume->cluster_id) ||
        str_equal(known->descriptor, json_print(arena, descriptor)))
        return;
    struct json *request = json_new_object(arena);
    json_set_string(arena, request, "op", "register-server");
    json_set(arena, request, "descriptor", descriptor);
    (void)replication_write(process, arena, request, false, NULL, NULL, &serial, &ignored);
}

static const char *refusal(const struct neo4j_process *process, const char *id) {
    const struct state_server *known = state_find_server(&process->state, id);

    return known && known->state == SERVER_DROPPED ? "dropped" : NULL;
}

void discovery_receive_hello(struct neo4j_process *process, const struct network_message *envelope,
                             const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *to = json_string_at(message, "to", NULL);
    enum discovery_protocol protocol =
        json_integer_at(message, "protocol", 0) == DISCOVERY_V1 ? DISCOVERY_V1 : DISCOVERY_V2;
    struct server_peer *peer;

    if (!speaks(process, protocol) || envelope->port != process->listen[protocols[protocol].port].port)
        return;
    if ((to && !str_equal(to, process_id(process))) || !learn(process, message, &peer))
        return;
    struct json *answer = hello(process, arena, "hello-ack", protocol, to);
    if (refusal(process, peer->id))
        json_set_string(arena, answer, "refused", refusal(process, peer->id));
    network_send_address(&process->endpoint, process->now_ns, envelope->from_address, 0, answer);
    if (!discovery_is_reachable(process, peer))
        probe(process, peer->id);
    refresh_member(process, peer);
}

void discovery_receive_acknowledgement(struct neo4j_process *process, const struct network_message *envelope,
                                       const struct json *message) {
    const char *to = json_string_at(message, "to", NULL);
    struct server_peer *peer;

    if (!learn(process, message, &peer))
        return;
    if (json_get(message, "refused"))
        formation_receive_refusal(process, envelope, message);
    if (!to) { /* an endpoint: what counts is the way to the address that it advertises */
        if (!discovery_is_reachable(process, peer))
            probe(process, peer->id);
        return;
    }
    if (str_equal(to, peer->id))
        peer->heard_ns = process->now_ns;
    refresh_member(process, peer);
}

/* ---- time ---- */

static void forget_strangers(struct neo4j_process *process) {
    struct server_peer *peer = TAILQ_FIRST(&process->peers);

    while (peer) {
        struct server_peer *next = TAILQ_NEXT(peer, link);
        int64_t since_ns = peer->heard_ns ? peer->heard_ns : process->discovery_since_ns;
        if (process->now_ns - since_ns > FORGOTTEN_AFTER_MS * MS_NS &&
            !state_find_server(&process->state, peer->id))
            remove_peer(process, peer);
        peer = next;
    }
}

void discovery_tick(struct neo4j_process *process) {
    if (process->rest.is_resting
            ? discovery_goes_on_resting(process)
            : process->now_ns >= discovery_next(process) && discovery_begin_rest(process))
        return;
    if (process->now_ns >= process->discovery_next_ns)
        look_up(process);
    if (process->announces_now || process->now_ns >= process->probe_next_ns) {
        probe_all(process);
        forget_strangers(process);
    }
}

int64_t discovery_next(const struct neo4j_process *process) {
    if (process->rest.is_resting)
        return INT64_MAX;
    return process->discovery_next_ns < process->probe_next_ns ? process->discovery_next_ns
                                                               : process->probe_next_ns;
}
