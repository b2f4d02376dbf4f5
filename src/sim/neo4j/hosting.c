/* Hosting: the databases of this server, brought to what the system database wants.
 *
 * Each server looks at its own copy of the cluster state and converges by itself: a database that is
 * allocated to it goes initial → starting → online (by way of store copying when others have it already); one
 * that is stopped goes stopping → offline; one that is gone is removed with its store. A database's primaries
 * form a raft group of their own, whose leader is the writer. Source: Operations Manual, managing databases;
 * database states.
 */
#include "sim/neo4j/server.h"

enum { INITIAL_MS = 50, STORE_COPYING_MS = 400, STARTING_MS = 150, STOPPING_MS = 100 };

const char *hosted_status_name(enum hosted_status status) {
    static const char *const names[] = {
        [HOSTED_INITIAL] = "initial",   [HOSTED_STORE_COPYING] = "store copying",
        [HOSTED_STARTING] = "starting", [HOSTED_ONLINE] = "online",
        [HOSTED_STOPPING] = "stopping", [HOSTED_OFFLINE] = "offline",
    };
    return names[status];
}

struct hosted_database *hosting_find(const struct neo4j_process *process, const char *id) {
    struct hosted_database *hosted;

    TAILQ_FOREACH (hosted, &process->hosted, link)
        if (str_equal(hosted->id, id))
            return hosted;
    return NULL;
}

static void set_status(struct neo4j_process *process, struct hosted_database *hosted,
                       enum hosted_status status) {
    static const unsigned milliseconds[] = { [HOSTED_INITIAL] = INITIAL_MS,
                                             [HOSTED_STORE_COPYING] = STORE_COPYING_MS,
                                             [HOSTED_STARTING] = STARTING_MS,
                                             [HOSTED_STOPPING] = STOPPING_MS,
                                             [HOSTED_ONLINE] = 0,
                                             [HOSTED_OFFLINE] = 0 };
    hosted->status = status;
    hosted->deadline_ns = milliseconds[status] ? process->now_ns + milliseconds[status] * MS_NS : INT64_MAX;
    process->announces_now = true;
}

static void hosted_free(struct hosted_database *hosted) {
    raft_free(hosted->raft);
    free(hosted->id);
    free(hosted);
}

/* ---- the group ---- */

static void send_raft(void *context, const char *to, struct json *body) {
    const struct hosted_database *hosted = context;
    struct neo4j_process *process = hosted->process;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);

    json_set_string(arena, message, "kind", "raft");
    json_set_string(arena, message, "group", hosted->id);
    json_set_string(arena, message, "cluster", process->volume->cluster_id);
    json_set_string(arena, message, "from", process_id(process));
    json_set(arena, message, "body", body);
    discovery_send(process, to, "raft", message);
}

static void apply(void *context, uint64_t index, const char *command) {
}

static void update_members(struct hosted_database *hosted, const struct state_database *database) {
    const char *voters[RAFT_MEMBERS_MAX], *learners[RAFT_MEMBERS_MAX];
    size_t voter_count = 0, learner_count = 0;

    for (size_t i = 0; i < database->allocation_count && i < RAFT_MEMBERS_MAX; i++)
        if (database->allocations[i].is_secondary)
            learners[learner_count++] = database->allocations[i].server_id;
        else
            voters[voter_count++] = database->allocations[i].server_id;
    raft_set_members(hosted->raft, voters, voter_count, learners, learner_count);
}

static void join_group(struct neo4j_process *process, struct hosted_database *hosted,
                       const struct state_database *database) {
    static const struct raft_callbacks callbacks = { .send = send_raft, .apply = apply };
    struct raft_timing timing = replication_timing(process);

    if (hosted->raft)
        return;
    hosted->raft = raft_new(process_id(process), &volume_database(process->volume, hosted->id)->log, &timing,
                            &callbacks, hosted, network_random(process->network), process->now_ns);
    update_members(hosted, database);
    /* The first allocation bootstraps the group; leaders of different databases end up on different servers
     * because allocations begin on different ones. */
    if (str_equal(database->allocations[0].server_id, process_id(process)))
        raft_hurry(hosted->raft, process->now_ns);
}

static void leave_group(struct hosted_database *hosted) {
    raft_free(hosted->raft);
    hosted->raft = NULL;
    hosted->leads = false;
}

static bool others_have_it(const struct neo4j_process *process, const char *id) {
    const struct server_peer *peer;

    TAILQ_FOREACH (peer, &process->peers, link) {
        const struct json *said = json_get(json_get(peer->announcement, "databases"), id);
        if (discovery_is_reachable(process, peer) && str_equal(json_string_at(said, "status", ""), "online"))
            return true;
    }
    return false;
}

/* ---- converging ---- */

static void begin(struct neo4j_process *process, const struct state_database *database,
                  enum hosted_status status) {
    struct hosted_database *hosted = XNEW(struct hosted_database);

    hosted->id = xstrdup(database->id);
    hosted->process = process;
    TAILQ_INSERT_TAIL(&process->hosted, hosted, link);
    set_status(process, hosted, status);
}

/* One step of a database that is wanted online. */
static void advance(struct neo4j_process *process, struct hosted_database *hosted,
                    const struct state_database *database) {
    bool is_due = process->now_ns >= hosted->deadline_ns;
    bool is_new = volume_database(process->volume, hosted->id)->log.count == 0;

    switch (hosted->status) {
    case HOSTED_INITIAL:
        if (is_due && is_new && others_have_it(process, hosted->id))
            set_status(process, hosted, HOSTED_STORE_COPYING);
        else if (is_due)
            set_status(process, hosted, HOSTED_STARTING);
        break;
    case HOSTED_STORE_COPYING:
        if (is_due)
            set_status(process, hosted, HOSTED_STARTING);
        break;
    case HOSTED_STARTING:
        join_group(process, hosted, database);
        if (is_due)
            set_status(process, hosted, HOSTED_ONLINE);
        break;
    case HOSTED_STOPPING:
        if (is_due)
            set_status(process, hosted, HOSTED_OFFLINE);
        break;
    case HOSTED_OFFLINE:
        set_status(process, hosted, HOSTED_STARTING);
        break;
    case HOSTED_ONLINE:
        break;
    }
}

static void retreat(struct neo4j_process *process, struct hosted_database *hosted) {
    if (hosted->status == HOSTED_OFFLINE)
        return;
    if (hosted->status != HOSTED_STOPPING) {
        leave_group(hosted);
        set_status(process, hosted, HOSTED_STOPPING);
    } else if (process->now_ns >= hosted->deadline_ns) {
        set_status(process, hosted, HOSTED_OFFLINE);
    }
}

static void remove_unwanted(struct neo4j_process *process) {
    struct hosted_database *hosted = TAILQ_FIRST(&process->hosted);

    while (hosted) {
        struct hosted_database *next = TAILQ_NEXT(hosted, link);
        const struct state_database *database = state_find_database_id(&process->state, hosted->id);
        if (!database || !state_find_allocation(database, process_id(process))) {
            TAILQ_REMOVE(&process->hosted, hosted, link);
            volume_remove_database(process->volume, hosted->id);
            hosted_free(hosted);
            process->announces_now = true;
        }
        hosted = next;
    }
}

void hosting_tick(struct neo4j_process *process) {
    struct hosted_database *hosted;

    if (process->phase < PHASE_OPENING || process->phase > PHASE_STARTED)
        return;
    remove_unwanted(process);
    for (size_t i = 0; i < process->state.database_count; i++) {
        const struct state_database *database = &process->state.databases[i];
        if (!state_find_allocation(database, process_id(process)))
            continue;
        hosted = hosting_find(process, database->id);
        if (!hosted)
            begin(process, database, database->is_online ? HOSTED_INITIAL : HOSTED_OFFLINE);
        else if (hosted && database->is_online)
            advance(process, hosted, database);
        else if (hosted)
            retreat(process, hosted);
    }
    TAILQ_FOREACH (hosted, &process->hosted, link) {
        if (!hosted->raft)
            continue;
        raft_tick(hosted->raft, process->now_ns);
        bool leads = raft_role(hosted->raft) == RAFT_LEADER;
        process->announces_now = process->announces_now || leads != hosted->leads;
        hosted->leads = leads;
    }
}

int64_t hosting_next(const struct neo4j_process *process) {
    const struct hosted_database *hosted;
    int64_t next = INT64_MAX;

    if (process->phase < PHASE_OPENING || process->phase > PHASE_STARTED)
        return next;
    TAILQ_FOREACH (hosted, &process->hosted, link) {
        if (hosted->deadline_ns < next)
            next = hosted->deadline_ns;
        if (hosted->raft && raft_next(hosted->raft) < next)
            next = raft_next(hosted->raft);
    }
    return next;
}

void hosting_transfer(struct neo4j_process *process) {
    struct hosted_database *hosted;

    TAILQ_FOREACH (hosted, &process->hosted, link)
        if (hosted->raft)
            raft_transfer(hosted->raft, process->now_ns);
}

void hosting_stop(struct neo4j_process *process) {
    struct hosted_database *hosted;

    while ((hosted = TAILQ_FIRST(&process->hosted))) {
        TAILQ_REMOVE(&process->hosted, hosted, link);
        hosted_free(hosted);
    }
}

struct json *hosting_announcement(const struct neo4j_process *process, struct arena *arena) {
    struct json *all = json_new_object(arena);
    const struct hosted_database *hosted;

    TAILQ_FOREACH (hosted, &process->hosted, link) {
        struct json *one = json_set_object(arena, all, hosted->id);
        json_set_string(arena, one, "status", hosted_status_name(hosted->status));
        json_set_bool(arena, one, "leads", hosted->raft && raft_role(hosted->raft) == RAFT_LEADER);
        json_set_integer(arena, one, "term", hosted->raft ? (int64_t)raft_term(hosted->raft) : 0);
        json_set_integer(arena, one, "transaction", hosted->raft ? (int64_t)raft_committed(hosted->raft) : 0);
    }
    return all;
}
