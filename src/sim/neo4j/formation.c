/* Formation: how servers without a system database come to one.
 *
 * Whoever sees a server that belongs to a cluster asks to join it. Else, once enough servers that may hold a
 * system primary have discovered each other, the one with the lowest id proposes a cluster to all that it
 * sees. It starts only when every one of them has accepted, and each accepts only proposers and members that
 * it sees itself: so one server that the others can't reach under its advertised address, or a minimum that
 * is higher than the number of servers, keeps the cluster from forming, for ever, with a line in the log. A
 * server with a system database never does either: it waits for its own cluster. Source: Operations Manual,
 * deploy a basic cluster; dbms.cluster.minimum_initial_system_primaries_count.
 */
#include "sim/neo4j/credential.h"
#include "sim/neo4j/server.h"

enum {
    STEP_MS = 250,
    PROMISE_MS = 3000,
    LOG_EVERY_MS = 10000,
    /* How long a server waits for endpoints that resolve but do not answer, when it has seen enough others.
     */
    STRAGGLERS_MS = 10000,
};

bool formation_is_member(const struct neo4j_process *process) {
    return process->volume->system.committed > 0;
}

static bool is_primary_capable(const struct json *descriptor) {
    return str_equal(json_string_at(descriptor, "systemMode", "PRIMARY"), "PRIMARY");
}

static const char *cluster_of(const struct server_peer *peer) {
    return json_string_at(peer->announcement, "cluster", NULL);
}

/* ---- joining ---- */

static void ask_to_join(struct neo4j_process *process, const struct server_peer *peer) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);

    state_set_string(&process->tentative_cluster, cluster_of(peer));
    json_set_string(arena, message, "kind", "join");
    json_set(arena, message, "descriptor", process->descriptor);
    discovery_send(process, peer->id, "cluster", message);
}

static void refuse(struct neo4j_process *process, const struct json *descriptor, const char *reason) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);
    struct server_address address =
        server_address_parse(arena, json_string_at(descriptor, "cluster", ""), "", 0);

    json_set_string(arena, message, "kind", "refused");
    json_set_string(arena, message, "refused", reason);
    (void)network_send(&process->endpoint, process->now_ns, address.host, address.port, message);
}

void formation_receive_join(struct neo4j_process *process, const struct network_message *envelope,
                            const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *descriptor = json_get(message, "descriptor");
    struct failure failure = { 0 };
    uint64_t serial;

    if (!process->system || !formation_is_member(process))
        return;
    if (!replication_leads_system(process)) {
        const char *leader = raft_leader(process->system);
        if (leader && !json_bool_at(message, "forwarded", false)) {
            struct json *forwarded = json_copy(arena, message);
            json_set_bool(arena, forwarded, "forwarded", true);
            discovery_send(process, leader, "cluster", forwarded);
        }
        return;
    }
    if (process->registering_index > raft_applied(process->system))
        return;
    struct json *request = json_new_object(arena);
    json_set_string(arena, request, "op", "register-server");
    json_set(arena, request, "descriptor", descriptor);
    if (!replication_write(process, arena, request, false, NULL, NULL, &serial, &failure) &&
        failure.kind == FAILURE_CANNOT_ENABLE)
        refuse(process, descriptor, failure.message);
}

void formation_receive_refusal(struct neo4j_process *process, const struct network_message *envelope,
                               const struct json *message) {
    const char *reason = json_string_at(message, "refused", "");

    if (!process->is_refused && str_equal(reason, "dropped"))
        process_log(process, "ERROR",
                    "Server %s was deallocated or dropped and cannot be enabled. Wipe its data or run "
                    "neo4j-admin server unbind to let it join as a new server.",
                    process_id(process));
    else if (!process->is_refused)
        process_log(process, "ERROR", "The cluster does not take this server: %s", reason);
    process->is_refused = true;
}

/* ---- proposing ---- */

static void drop_proposal(struct neo4j_process *process) {
    arena_free(process->proposal_arena);
    process->proposal_arena = NULL;
    process->proposal = NULL;
}

/* All of them have just said that they are there. */
static bool is_available(void *context, const char *id) {
    return true;
}

static void commit_proposal(struct neo4j_process *process) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *descriptors = json_new_array(arena);
    const char *cluster = json_string_at(process->proposal, "cluster", "");
    struct administration_view view = { .arena = arena,
                                        .state = &process->state,
                                        .configuration = process->configuration,
                                        .version = &process->version,
                                        .random = network_random(process->network),
                                        .wall_ns = process_wall(process),
                                        .is_available = is_available };
    struct text initial = TEXT("neo4j");
    const char *credential = process->volume->credential;
    bool must_change = credential ? process->volume->must_change_password : true;

    /* Members by id, so that who joined first does not depend on who proposed. */
    struct server_peer *peer = TAILQ_FIRST(&process->peers);
    bool self_is_in = false;
    for (; peer || !self_is_in;) {
        if (!self_is_in && (!peer || strcmp(process_id(process), peer->id) < 0)) {
            json_append(arena, descriptors, process->descriptor);
            self_is_in = true;
            continue;
        }
        if (json_get(json_get(process->proposal, "members"), peer->id))
            json_append(arena, descriptors, json_get(peer->announcement, "descriptor"));
        peer = TAILQ_NEXT(peer, link);
    }
    if (!credential) /* without NEO4J_AUTH the password is neo4j, to be changed at the first login */
        credential = credential_new(arena, view.random, initial);
    struct json *command = administration_bootstrap(&view, cluster, descriptors, credential, must_change);
    process_log(process, "INFO", "Bootstrapping cluster %s with %u servers", cluster,
                (unsigned)json_length(descriptors));
    raft_store_bootstrap(&process->volume->system, json_print(arena, command));
    state_set_string(&process->volume->cluster_id, cluster);
    drop_proposal(process);
    replication_start(process);
    raft_tick(process->system, process->now_ns);
    raft_hurry(process->system, process->now_ns);
    process->announces_now = true;
}

static void commit_when_accepted(struct neo4j_process *process) {
    JSON_FOR_EACH_MEMBER (member, json_get(process->proposal, "members"))
        if (!json_bool(&member->value, false))
            return;
    commit_proposal(process);
}

static void propose(struct neo4j_process *process) {
    struct arena *arena = arena_new();
    struct json *proposal = json_new_object(arena);
    struct json *message = json_new_object(arena);
    struct json *members, *ids;
    struct server_peer *peer;

    json_set_string(arena, proposal, "cluster", random_uuid(network_random(process->network), arena));
    json_set_object(arena, proposal, "members");
    json_set_string(arena, message, "kind", "propose");
    json_set_string(arena, message, "from", process_id(process));
    json_set(arena, message, "cluster", json_get(proposal, "cluster"));
    ids = json_set_array(arena, message, "members");
    members = json_get(proposal, "members");
    TAILQ_FOREACH (peer, &process->peers, link) {
        if (!discovery_is_reachable(process, peer) || cluster_of(peer))
            continue;
        json_set_bool(arena, members, peer->id, false);
        json_append_string(arena, ids, peer->id);
    }
    drop_proposal(process);
    process->proposal = proposal;
    process->proposal_arena = arena;
    process->promised_until_ns = process->now_ns + PROMISE_MS * MS_NS;
    state_set_string(&process->promised_to, process_id(process));
    JSON_FOR_EACH_MEMBER (member, members)
        discovery_send(process, member->key, "cluster", message);
    commit_when_accepted(process);
}

static bool sees_all(const struct neo4j_process *process, const struct json *ids) {
    JSON_FOR_EACH_ITEM (id, ids)
        if (!discovery_is_available(process, json_string(id, "")))
            return false;
    return true;
}

void formation_receive_proposal(struct neo4j_process *process, const struct network_message *envelope,
                                const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *from = json_string_at(message, "from", "");
    bool is_promised = process->promised_to && process->now_ns < process->promised_until_ns &&
                       strcmp(process->promised_to, from) < 0;

    if (process->phase != PHASE_FORMING || formation_is_member(process) || is_promised ||
        !discovery_is_available(process, from) || !sees_all(process, json_get(message, "members")))
        return;
    drop_proposal(process);
    state_set_string(&process->promised_to, from);
    process->promised_until_ns = process->now_ns + PROMISE_MS * MS_NS;
    state_set_string(&process->tentative_cluster, json_string_at(message, "cluster", ""));
    struct json *answer = json_new_object(arena);
    json_set_string(arena, answer, "kind", "accept");
    json_set_string(arena, answer, "from", process_id(process));
    json_set(arena, answer, "cluster", json_get(message, "cluster"));
    discovery_send(process, from, "cluster", answer);
}

void formation_receive_acceptance(struct neo4j_process *process, const struct network_message *envelope,
                                  const struct json *message) {
    const char *from = json_string_at(message, "from", "");
    struct json *members = process->proposal ? json_get(process->proposal, "members") : NULL;

    if (!members || !json_get(members, from) || formation_is_member(process) ||
        !str_equal(json_string_at(message, "cluster", ""), json_string_at(process->proposal, "cluster", "")))
        return;
    json_set_bool(process->proposal_arena, members, from, true);
    commit_when_accepted(process);
}

/* ---- deciding ---- */

struct view {
    size_t primaries; /* that may found a cluster, with this server */
    size_t reachable;
    const struct server_peer *in_cluster; /* one that belongs to a cluster already */
    const char *lowest;                   /* id of the primary that is to propose */
};

static struct view look_around(const struct neo4j_process *process) {
    struct view view = { 0 };
    const struct server_peer *peer;

    if (is_primary_capable(process->descriptor)) {
        view.primaries = 1;
        view.lowest = process_id(process);
    }
    TAILQ_FOREACH (peer, &process->peers, link) {
        if (!discovery_is_reachable(process, peer))
            continue;
        view.reachable++;
        if (cluster_of(peer) && !view.in_cluster)
            view.in_cluster = peer;
        if (cluster_of(peer) || !is_primary_capable(json_get(peer->announcement, "descriptor")))
            continue;
        view.primaries++;
        if (!view.lowest || strcmp(peer->id, view.lowest) < 0)
            view.lowest = peer->id;
    }
    return view;
}

/* A server that looks for nobody is a cluster of its own, unless it was told to wait for others. */
static size_t minimum(const struct neo4j_process *process) {
    static const char setting[] = "dbms.cluster.minimum_initial_system_primaries_count";

    if (process->is_alone && !configuration_is_explicit(process->configuration, setting))
        return 1;
    return (size_t)configuration_integer(process->configuration, setting);
}

static void log_waiting(struct neo4j_process *process, const struct view *view) {
    const char *peer_cluster = view->in_cluster ? cluster_of(view->in_cluster) : NULL;

    if (process->now_ns < process->phase_at_ns + LOG_EVERY_MS * MS_NS)
        return;
    process->phase_at_ns = process->now_ns;
    if (process->is_refused)
        process_log(process, "ERROR", "Server %s is refused by its cluster and cannot be enabled",
                    process_id(process));
    else if (formation_is_member(process) && peer_cluster &&
             !str_equal(peer_cluster, process->volume->cluster_id))
        process_log(
            process, "WARN",
            "The system database in this volume belongs to cluster %s, but discovery finds cluster %s: "
            "this server can't join it",
            process->volume->cluster_id, peer_cluster);
    else if (formation_is_member(process) || view->in_cluster)
        process_log(process, "INFO",
                    "Waiting to catch up with the leader of database 'system' (%u other servers discovered)",
                    (unsigned)view->reachable);
    else
        process_log(
            process, "INFO",
            "Waiting for other members to join the cluster before continuing: %u of %u system primaries "
            "discovered",
            (unsigned)view->primaries, (unsigned)minimum(process));
}

/* Read top-down: the first that applies decides. */
static void step(struct neo4j_process *process) {
    struct view view = look_around(process);
    bool waits_for_stragglers = view.reachable + 1 < process->endpoints_resolved &&
                                process->now_ns - process->discovery_since_ns < STRAGGLERS_MS * MS_NS;

    log_waiting(process, &view);
    if (formation_is_member(process) || process->is_refused)
        return;
    if (view.in_cluster) {
        ask_to_join(process, view.in_cluster);
        return;
    }
    if (!process->has_looked_up || view.primaries < minimum(process) || waits_for_stragglers ||
        !str_equal(view.lowest, process_id(process)))
        return;
    if (!process->proposal || process->now_ns >= process->promised_until_ns)
        propose(process);
}

void formation_tick(struct neo4j_process *process) {
    if (process->phase != PHASE_FORMING || process->now_ns < process->formation_next_ns)
        return;
    process->formation_next_ns = process->now_ns + STEP_MS * MS_NS;
    step(process);
}

int64_t formation_next(const struct neo4j_process *process) {
    return process->phase == PHASE_FORMING ? process->formation_next_ns : INT64_MAX;
}
