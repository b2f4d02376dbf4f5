/* Replication: the system database's raft group on this server, and what is written to it.
 *
 * Applied commands become the cluster state. A write is judged and proposed by the leader; another server
 * hands it on over the intra-cluster Bolt port when the client allows routing, and then waits until its own
 * copy has the change, so that a client reads what it wrote. */
#include "sim/neo4j/server.h"

enum { HEARTBEAT_MS = 2000, WRITE_TIMEOUT_MS = 30000, COMMIT_TIMEOUT_MS = 15000 };

struct raft_timing replication_timing(const struct neo4j_process *process) {
    struct raft_timing timing = { .heartbeat_ns = HEARTBEAT_MS * MS_NS };
    const char *leader =
        configuration_get(process->configuration, "dbms.cluster.raft.leader_failure_detection_window");
    const char *election =
        configuration_get(process->configuration, "dbms.cluster.raft.election_failure_detection_window");

    /* Both were checked when the configuration was read. */
    if (!setting_parse_duration_range(text_from(leader), &timing.leader_window_low_ns,
                                      &timing.leader_window_high_ns) ||
        !setting_parse_duration_range(text_from(election), &timing.election_window_low_ns,
                                      &timing.election_window_high_ns))
        ensure(false && "windows are ranges");
    if (timing.heartbeat_ns > timing.leader_window_low_ns / 3)
        timing.heartbeat_ns = timing.leader_window_low_ns / 3;
    return timing;
}

/* ---- the group ---- */

static void send_raft(void *context, const char *to, struct json *body) {
    struct neo4j_process *process = context;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);
    const char *cluster =
        process->volume->cluster_id ? process->volume->cluster_id : process->tentative_cluster;

    json_set_string(arena, message, "kind", "raft");
    json_set_string(arena, message, "group", "system");
    json_set_string(arena, message, "cluster", cluster ? cluster : "");
    json_set_string(arena, message, "from", process_id(process));
    json_set(arena, message, "body", body);
    process_send_written(process, to, "raft", message);
}

/* Who votes: enabled servers whose system database is a primary. The others get the log too. */
static void update_members(struct neo4j_process *process) {
    const char *voters[STATE_SERVERS_MAX], *learners[STATE_SERVERS_MAX];
    size_t voter_count = 0, learner_count = 0;

    for (size_t i = 0; i < process->state.server_count; i++) {
        const struct state_server *server = &process->state.servers[i];
        if (server->state == SERVER_DROPPED)
            continue;
        if (state_votes_on_system(&process->state, server))
            voters[voter_count++] = server->id;
        else
            learners[learner_count++] = server->id;
        if (!str_equal(server->id, process_id(process)))
            (void)discovery_peer(process, server->id);
    }
    raft_set_members(process->system, voters, voter_count, learners, learner_count);
}

static size_t count_dropped(const struct cluster_state *state) {
    size_t count = 0;

    for (size_t i = 0; i < state->server_count; i++)
        count += state->servers[i].state == SERVER_DROPPED;
    return count;
}

static void apply(void *context, uint64_t index, const char *command) {
    struct neo4j_process *process = context;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *json;
    struct error err = { 0 };

    if (!json_parse(arena, text_from(command), NULL, &json, &err))
        ensure(false && "a command was written by ourselves");
    size_t dropped = count_dropped(&process->state);
    administration_apply(&process->state, json);
    if (count_dropped(&process->state) != dropped) /* they are to hear that they are refused */
        network_note_change(process->network);
    if (!process->volume->cluster_id)
        state_set_string(&process->volume->cluster_id, process->state.cluster_id);
    update_members(process);
    process->announces_now = true;
}

void replication_start(struct neo4j_process *process) {
    static const struct raft_callbacks callbacks = { .send = send_raft, .apply = apply };
    struct raft_timing timing = replication_timing(process);

    ensure(!process->system);
    process->system = raft_new(process_id(process), &process->volume->system, &timing, &callbacks, process,
                               network_random(process->network), process->now_ns);
}

/* A message of the own cluster, or of the one that this server has asked or promised to join. */
static bool is_of_cluster(struct neo4j_process *process, const struct json *message) {
    const char *cluster = json_string_at(message, "cluster", "");

    if (process->volume->cluster_id)
        return str_equal(cluster, process->volume->cluster_id);
    return process->tentative_cluster && str_equal(cluster, process->tentative_cluster);
}

void replication_receive(struct neo4j_process *process, const struct network_message *envelope,
                         const struct json *message) {
    const char *group = json_string_at(message, "group", "");
    const char *from = json_string_at(message, "from", "");
    struct hosted_database *hosted;

    if (!is_of_cluster(process, message) || process->is_refused)
        return;
    if (!str_equal(group, "system")) {
        hosted = hosting_find(process, group);
        /* Who counts on members of long ago gets no vote. */
        if (hosted && hosted->raft &&
            !(str_equal(json_string_at(message, "body.type", ""), "vote") &&
              (uint64_t)json_integer_at(message, "epoch", 0) < hosted->epoch))
            raft_receive(hosted->raft, process->now_ns, from, json_get(message, "body"));
        return;
    }
    if (!process->system)
        replication_start(process);
    raft_receive(process->system, process->now_ns, from, json_get(message, "body"));
}

bool replication_leads_system(const struct neo4j_process *process) {
    return process->system && raft_role(process->system) == RAFT_LEADER;
}

/* ---- writes ---- */

static struct server_write *
add_write(struct neo4j_process *process, uint64_t index, uint64_t term, int64_t deadline_ns,
          void (*done)(void *context, int64_t now_ns, const struct failure *failure), void *context) {
    struct server_write *write = XNEW(struct server_write);

    write->serial = ++process->write_serial;
    write->index = index;
    write->term = term;
    write->deadline_ns = deadline_ns;
    write->done = done;
    write->context = context;
    TAILQ_INSERT_TAIL(&process->writes, write, link);
    process->write_count++;
    process_wake(process);
    return write;
}

static void finish_write(struct neo4j_process *process, struct server_write *write,
                         const struct failure *failure) {
    TAILQ_REMOVE(&process->writes, write, link);
    process->write_count--;
    if (write->done)
        write->done(write->context, process->now_ns, failure);
    free(write);
}

void replication_forget(struct neo4j_process *process, uint64_t serial) {
    struct server_write *write;

    TAILQ_FOREACH (write, &process->writes, link)
        if (write->serial == serial)
            write->done = NULL;
}

uint64_t replication_wait(struct neo4j_process *process, uint64_t index, int64_t deadline_ns,
                          void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                          void *context) {
    return add_write(process, index, 0, deadline_ns, done, context)->serial;
}

uint64_t replication_wait_until(struct neo4j_process *process, bool (*is_reached)(void *context),
                                int64_t deadline_ns,
                                void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                                void *context) {
    struct server_write *write = add_write(process, 0, 0, deadline_ns, done, context);

    write->is_reached = is_reached;
    return write->serial;
}

uint64_t replication_applied_on(const struct neo4j_process *process, const char *id) {
    const struct server_peer *peer = discovery_find(process, id);

    if (str_equal(id, process_id(process)))
        return process->system ? raft_applied(process->system) : 0;
    return peer ? (uint64_t)json_integer_at(peer->announcement, "system.applied", 0) : 0;
}

static bool is_available(void *context, const char *id) {
    return discovery_is_available(context, id);
}

static int64_t transaction_on(void *context, const char *server_id, const char *database_id) {
    return (int64_t)hosting_transaction_on(context, database_id, server_id);
}

struct administration_view replication_view(struct neo4j_process *process, struct arena *arena) {
    return (struct administration_view){ .arena = arena,
                                         .state = &process->state,
                                         .configuration = process->configuration,
                                         .version = &process->version,
                                         .random = network_random(process->network),
                                         .wall_ns = process_wall(process),
                                         .is_available = is_available,
                                         .transaction = transaction_on,
                                         .context = process };
}

/* On the leader. *out_index 0: nothing had to be changed. */
static bool plan_and_propose(struct neo4j_process *process, struct arena *arena, const struct json *request,
                             uint64_t *out_index, uint64_t *out_term, struct failure *failure) {
    struct administration_view view = replication_view(process, arena);
    struct json *command;

    *out_index = 0;
    *out_term = 0;
    if (!administration_plan(&view, request, &command, failure))
        return false;
    if (!command)
        return true;
    *out_index = raft_propose(process->system, process->now_ns, json_print(arena, command), out_term);
    if (!*out_index)
        return failure_set(failure, arena, FAILURE_LEADER_SWITCH,
                           "The leader of database 'system' is handing its place over");
    if (str_equal(json_string_at(request, "op", ""), "register-server"))
        process->registering_index = *out_index;
    process_wake(process);
    return true;
}

static bool forward(struct neo4j_process *process, struct arena *arena, const struct json *request,
                    uint64_t serial, struct failure *failure) {
    const char *leader = process->system ? raft_leader(process->system) : NULL;
    struct json *message = json_new_object(arena);

    if (!leader)
        return failure_set(failure, arena, FAILURE_NO_LEADER,
                           "Unable to connect to database `system`: no leader is known");
    json_set_string(arena, message, "kind", "request");
    json_set_string(arena, message, "from", process_id(process));
    json_set_integer(arena, message, "serial", (int64_t)serial);
    json_set(arena, message, "request", request);
    discovery_send(process, leader, "routing", message);
    return true;
}

bool replication_write(struct neo4j_process *process, struct arena *arena, const struct json *request,
                       bool may_forward,
                       void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                       void *context, uint64_t *out_serial, struct failure *failure) {
    uint64_t index = 0, term = 0;
    int64_t deadline_ns = process->now_ns + (may_forward ? WRITE_TIMEOUT_MS : COMMIT_TIMEOUT_MS) * MS_NS;

    *out_serial = 0;
    if (process->write_count >= SERVER_WRITES_MAX)
        return failure_set(failure, arena, FAILURE_REPLICATION, "Too many writes wait for replication");
    if (!replication_leads_system(process)) {
        if (!may_forward)
            return failure_set(failure, arena, FAILURE_NOT_A_LEADER,
                               "No write operations are allowed directly on this database. Writes must pass "
                               "through the leader. The role of this server is: FOLLOWER");
        if (!forward(process, arena, request, process->write_serial + 1, failure))
            return false;
        *out_serial = add_write(process, 0, 0, deadline_ns, done, context)->serial;
        return true;
    }
    if (!plan_and_propose(process, arena, request, &index, &term, failure))
        return false;
    if (index && index > raft_applied(process->system))
        *out_serial = add_write(process, index, term, deadline_ns, done, context)->serial;
    else if (done)
        done(context, process->now_ns, NULL);
    return true;
}

/* ---- requests of other servers ---- */

void replication_receive_request(struct neo4j_process *process, const struct network_message *envelope,
                                 const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *answer = json_new_object(arena);
    struct failure failure = { 0 };
    uint64_t index = 0, term = 0;

    if (!replication_leads_system(process))
        failure_set(&failure, arena, FAILURE_NOT_A_LEADER,
                    "This server is not the leader of database 'system'");
    else if (plan_and_propose(process, arena, json_get(message, "request"), &index, &term, &failure) &&
             !index)
        index = raft_applied(process->system);
    json_set_string(arena, answer, "kind", "answer");
    json_set(arena, answer, "serial", json_get(message, "serial"));
    json_set_integer(arena, answer, "index", (int64_t)index);
    json_set_integer(arena, answer, "term", (int64_t)term);
    json_set(arena, answer, "failure", failure_to_json(arena, &failure));
    network_send_address(&process->endpoint, process->now_ns, envelope->from_address, 0, answer);
}

void replication_receive_answer(struct neo4j_process *process, const struct network_message *envelope,
                                const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct failure failure = failure_from_json(arena, json_get(message, "failure"));
    struct server_write *write;

    TAILQ_FOREACH (write, &process->writes, link)
        if (!write->index && !write->is_reached &&
            (int64_t)write->serial == json_integer_at(message, "serial", 0))
            break;
    if (!write)
        return;
    if (failure.kind != FAILURE_NONE) {
        finish_write(process, write, &failure);
        return;
    }
    write->index = (uint64_t)json_integer_at(message, "index", 0);
    write->term = (uint64_t)json_integer_at(message, "term", 0);
}

/* ---- time ---- */

bool replication_is_everywhere(const struct neo4j_process *process, uint64_t index) {
    for (size_t i = 0; i < process->state.server_count; i++) {
        const struct state_server *server = &process->state.servers[i];
        if (server->state != SERVER_DROPPED && discovery_is_available(process, server->id) &&
            replication_applied_on(process, server->id) < index)
            return false;
    }
    return true;
}

/* *out_failure.kind NONE and true: it has taken effect. */
static bool is_finished(const struct neo4j_process *process, const struct server_write *write,
                        struct failure *out_failure) {
    static char switched[] =
        "The leader changed before the write was replicated; it may not have taken effect";
    static char late[] = "The write was not replicated in time; it may take effect later";

    if (write->is_reached)
        return !write->done || write->is_reached(write->context) || process->now_ns >= write->deadline_ns;
    if (write->index && process->system && raft_applied(process->system) >= write->index) {
        if (write->term && raft_term_at(process->system, write->index) != write->term)
            *out_failure = (struct failure){ FAILURE_LEADER_SWITCH, switched };
        return true;
    }
    if (process->now_ns < write->deadline_ns)
        return false;
    *out_failure =
        (struct failure){ write->term || !write->index ? FAILURE_REPLICATION : FAILURE_BOOKMARK, late };
    return true;
}

static void finish_writes(struct neo4j_process *process) {
    struct server_write *write = TAILQ_FIRST(&process->writes);

    while (write) {
        struct server_write *next = TAILQ_NEXT(write, link);
        struct failure failure = { 0 };
        if (is_finished(process, write, &failure)) {
            finish_write(process, write, failure.kind ? &failure : NULL);
            /* What was waited for may have added or removed others. */
            next = TAILQ_FIRST(&process->writes);
        }
        write = next;
    }
}

/* What can't be written must not be said. Source: Operations Manual, server.panic.shutdown_on_panic. */
static void panic(struct neo4j_process *process) {
    const char *exits = configuration_get(process->configuration, "server.panic.shutdown_on_panic");

    process->has_panicked = true;
    process->announces_now = true;
    process_log(process, "ERROR",
                "DBMS panic: database system has encountered a critical error, and needs to be restarted. "
                "java.io.IOException: No space left on device");
    if (!strcasecmp(exits, "true"))
        process_exit(process, 1);
}

void replication_tick(struct neo4j_process *process) {
    if (!process->system)
        return;
    raft_tick(process->system, process->now_ns);
    if (raft_has_failed(process->system) && !process->has_panicked)
        panic(process);
    if (!process->system)
        return;
    bool leads = replication_leads_system(process);
    process->announces_now = process->announces_now || leads != process->leads_system;
    process->leads_system = leads;
    process->announces_now =
        process->announces_now || process->announced_system != raft_applied(process->system);
    process->announced_system = raft_applied(process->system);
    finish_writes(process);
}

int64_t replication_next(const struct neo4j_process *process) {
    int64_t next = process->system ? raft_next(process->system) : INT64_MAX;
    const struct server_write *write;

    TAILQ_FOREACH (write, &process->writes, link)
        if (write->deadline_ns < next)
            next = write->deadline_ns;
    return next;
}

void replication_stop(struct neo4j_process *process) {
    struct server_write *write;

    while ((write = TAILQ_FIRST(&process->writes))) {
        TAILQ_REMOVE(&process->writes, write, link);
        process->write_count--;
        free(write);
    }
    raft_free(process->system);
    process->system = NULL;
    cluster_state_clear(&process->state);
}
