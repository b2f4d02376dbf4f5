/* Hosting: the databases of this server, brought to what the system database wants.
 *
 * Each server looks at its own copy of the cluster state and converges by itself: a database that is
 * allocated to it goes initial → starting → online (by way of store copying when others have it already); one
 * that is stopped goes stopping → offline; one that is gone is removed with its store. A database's primaries
 * form a raft group of their own, whose leader is the writer. Source: Operations Manual, managing databases;
 * database states.
 */
#include "base/encoding.h"
#include "sim/neo4j/seed.h"
#include "sim/neo4j/server.h"
#include "sim/neo4j/statement.h"

enum {
    INITIAL_MS = 50,
    COPY_ANSWER_MS = 5000,
    STARTING_MS = 150,
    STOPPING_MS = 100,
    TRANSFER_EVERY_MS = 4000
};

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
                                             [HOSTED_STORE_COPYING] = 0, /* until the copy has come */
                                             [HOSTED_STARTING] = STARTING_MS,
                                             [HOSTED_STOPPING] = STOPPING_MS,
                                             [HOSTED_ONLINE] = 0,
                                             [HOSTED_OFFLINE] = 0 };
    hosted->status = status;
    hosted->deadline_ns = milliseconds[status]
                              ? process->now_ns + process_disk_ns(process, milliseconds[status] * MS_NS)
                              : INT64_MAX;
    process->announces_now = true;
}

static void hosted_free(struct hosted_database *hosted) {
    hosting_leave_group(hosted);
    free(hosted->damage);
    free(hosted->copy_source);
    free(hosted->id);
    free(hosted);
}

/* ---- recreated databases ---- */

/* {server, database}: the store that a database begins with, or NULL; in arena. */
static const struct json *seed_server(struct arena *arena, const struct state_database *database) {
    struct json *seed;

    if (!*database->seed || !json_parse(arena, text_from(database->seed), NULL, &seed, NULL))
        return NULL;
    return json_get(seed, "server") ? seed : NULL;
}

static bool is_online_elsewhere(const struct neo4j_process *process, const char *id) {
    const struct server_peer *peer;

    TAILQ_FOREACH (peer, &process->peers, link) {
        const struct json *said = json_get(json_get(peer->announcement, "databases"), id);
        if (discovery_is_reachable(process, peer) && str_equal(json_string_at(said, "status", ""), "online"))
            return true;
    }
    return false;
}

/* Whether the first store is another server's, which has to begin. */
static bool awaits_seeder(const struct neo4j_process *process, const struct state_database *database) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *seed = seed_server(arena, database);

    return seed && !str_equal(json_string_at(seed, "server", ""), process_id(process)) &&
           !is_online_elsewhere(process, database->id);
}

/* Databases that were recreated from this server's store get it under their new id, before it goes as that of
 * a database that is no more. */
static void adopt_stores(struct neo4j_process *process) {
    for (size_t i = 0; i < process->state.database_count; i++) {
        const struct state_database *database = &process->state.databases[i];
        if (!*database->seed)
            continue;
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct json *seed = seed_server(arena, database);
        const char *old = json_string_at(seed, "database", "");
        if (!seed || !str_equal(json_string_at(seed, "server", ""), process_id(process)) ||
            volume_find_database(process->volume, database->id))
            continue;
        struct hosted_database *hosted = hosting_find(process, old);
        if (hosted) {
            hosting_checkpoint(hosted);
            TAILQ_REMOVE(&process->hosted, hosted, link);
            hosted_free(hosted);
        }
        volume_rename_database(process->volume, old, database->id);
    }
}

/* ---- converging ---- */

static void begin(struct neo4j_process *process, const struct state_database *database,
                  enum hosted_status status) {
    struct hosted_database *hosted = XNEW(struct hosted_database);

    hosted->id = xstrdup(database->id);
    hosted->process = process;
    if (database->allocation_count == 1) /* others would begin with another store */
        volume_adopt(process->volume, database->name, database->id);
    hosted->store = volume_database(process->volume, database->id);
    TAILQ_INIT(&hosted->commits);
    TAILQ_INIT(&hosted->waiters);
    TAILQ_INSERT_TAIL(&process->hosted, hosted, link);
    set_status(process, hosted, status);
}

/* The first store may come from a URI, which every server reads that begins with the database; one that comes
 * later copies it from the others. False: it can't be read, and the database stays offline here. */
static bool take_seed(struct neo4j_process *process, struct hosted_database *hosted,
                      const struct state_database *database) {
    struct error err = { 0 };

    if (hosted->store->log.count || hosted->store->base || is_online_elsewhere(process, database->id) ||
        seed_fill(process, hosted->store, database->name, database->seed, &err))
        return true;
    hosted->damage = xstrdup(err.text);
    process_log(process, "ERROR", "Unable to start database `DatabaseId{%.8s[%s]}`: %s", database->id,
                database->name, hosted->damage);
    set_status(process, hosted, HOSTED_OFFLINE);
    return false;
}

static void begin_start(struct neo4j_process *process, struct hosted_database *hosted, bool is_new) {
    set_status(process, hosted, HOSTED_STARTING);
    if (!is_new || !hosting_request_copy(hosted))
        return;
    set_status(process, hosted, HOSTED_STORE_COPYING);
    hosted->deadline_ns = process->now_ns + COPY_ANSWER_MS * MS_NS;
}

/* Whatever brings a database up writes. False: it stays offline. */
static bool has_room(struct neo4j_process *process, struct hosted_database *hosted) {
    struct error err = { 0 };

    if (volume_has_room(process->volume, &err))
        return true;
    hosted->damage =
        xprintf("An error occurred! Unable to start `DatabaseId{%.8s}`: %s", hosted->id, err.text);
    process_log(process, "ERROR", "%s", hosted->damage);
    set_status(process, hosted, HOSTED_OFFLINE);
    return false;
}

/* One step of a database that is wanted online. */
static void advance(struct neo4j_process *process, struct hosted_database *hosted,
                    const struct state_database *database) {
    bool is_due = process->now_ns >= hosted->deadline_ns;
    bool is_new = hosted->store->log.count == 0 && !hosted->store->base;

    switch (hosted->status) {
    case HOSTED_INITIAL:
        if (is_due && is_new && awaits_seeder(process, database))
            set_status(process, hosted, HOSTED_INITIAL);
        else if (is_due && has_room(process, hosted) && take_seed(process, hosted, database))
            begin_start(process, hosted, is_new && !hosted->store->base);
        break;
    case HOSTED_STORE_COPYING: /* no answer yet: another server may have it, too */
        if (is_due)
            begin_start(process, hosted, is_new);
        break;
    case HOSTED_STARTING:
        if (!hosted->raft && !has_room(process, hosted))
            break;
        if (!hosted->raft && !hosting_join_group(hosted, database))
            set_status(process, hosted, HOSTED_OFFLINE);
        else if (is_due)
            set_status(process, hosted, HOSTED_ONLINE);
        break;
    case HOSTED_STOPPING:
        if (is_due)
            set_status(process, hosted, HOSTED_OFFLINE);
        break;
    case HOSTED_OFFLINE: /* what can't be read is not tried again before the next start of the server */
        if (!hosted->damage)
            set_status(process, hosted, HOSTED_STARTING);
        break;
    case HOSTED_ONLINE:
        break;
    }
}

static void retreat(struct neo4j_process *process, struct hosted_database *hosted) {
    free(TAKE(hosted->damage)); /* a start of the database tries again */
    if (hosted->status == HOSTED_OFFLINE)
        return;
    if (hosted->status != HOSTED_STOPPING) {
        hosting_checkpoint(hosted);
        hosting_leave_group(hosted);
        set_status(process, hosted, HOSTED_STOPPING);
    } else if (process->now_ns >= hosted->deadline_ns) {
        set_status(process, hosted, HOSTED_OFFLINE);
    }
}

/* Who is not to vote any more, and leads, hands over once the others are complete. */
static void hand_over(struct neo4j_process *process, struct hosted_database *hosted,
                      const struct state_database *database) {
    const struct state_allocation *own = state_find_allocation(database, process_id(process));

    if (!hosted->leads || !own->is_voter || !(own->is_leaving || own->is_secondary) ||
        process->now_ns < hosted->transfer_ns)
        return;
    for (size_t i = 0; i < database->allocation_count; i++) {
        const struct state_allocation *other = &database->allocations[i];
        if (!other->is_secondary && !other->is_leaving && !other->is_voter)
            return;
        if (discovery_is_available(process, other->server_id) &&
            database_epoch_on(process, database, other->server_id) != database->epoch)
            return;
    }
    hosted->transfer_ns = process->now_ns + TRANSFER_EVERY_MS * MS_NS;
    raft_transfer(hosted->raft, process->now_ns);
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
    adopt_stores(process);
    remove_unwanted(process);
    for (size_t i = 0; i < process->state.database_count; i++) {
        const struct state_database *database = &process->state.databases[i];
        if (!state_find_allocation(database, process_id(process)))
            continue;
        hosted = hosting_find(process, database->id);
        if (!hosted)
            begin(process, database, database->is_online ? HOSTED_INITIAL : HOSTED_OFFLINE);
        else if (database->is_online && !state_find_quarantine(database, process_id(process)))
            advance(process, hosted, database);
        else
            retreat(process, hosted);
        if (hosted && hosted->raft) {
            hand_over(process, hosted, database);
        } else if (hosted && hosted->epoch != database->epoch) { /* it will join with the members of then */
            hosted->epoch = database->epoch;
            process->announces_now = true;
        }
    }
    TAILQ_FOREACH (hosted, &process->hosted, link) {
        if (hosted->raft)
            hosting_group_tick(hosted, state_find_database_id(&process->state, hosted->id));
        if (hosted->raft && hosted->damage) {
            process_log(process, "ERROR", "[%.8s] %s: %s", hosted->id,
                        raft_has_failed(hosted->raft) ? "Database panic" : "Unable to start database",
                        hosted->damage);
            hosting_leave_group(hosted);
            set_status(process, hosted, HOSTED_OFFLINE);
        }
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
        if (hosted->transfer_ns > process->now_ns && hosted->transfer_ns < next)
            next = hosted->transfer_ns;
        if (hosted->raft && hosting_group_next(hosted) < next)
            next = hosting_group_next(hosted);
    }
    return next;
}

void hosting_transfer(struct neo4j_process *process) {
    struct hosted_database *hosted;

    TAILQ_FOREACH (hosted, &process->hosted, link)
        if (hosted->raft)
            raft_transfer(hosted->raft, process->now_ns);
}

void hosting_checkpoint_all(struct neo4j_process *process) {
    struct hosted_database *hosted;

    TAILQ_FOREACH (hosted, &process->hosted, link)
        hosting_checkpoint(hosted);
}

uint64_t hosting_transaction_on(const struct neo4j_process *process, const char *database_id,
                                const char *server_id) {
    const struct hosted_database *hosted = hosting_find(process, database_id);
    const struct server_peer *peer = discovery_find(process, server_id);

    if (str_equal(server_id, process_id(process)))
        return hosted && hosted->ledger ? ledger_transaction(hosted->ledger) : 0;
    if (!discovery_is_reachable(process, peer))
        return 0;
    return (uint64_t)json_integer_at(json_get(json_get(peer->announcement, "databases"), database_id),
                                     "transaction", 0);
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
        if (hosted->raft && raft_leader(hosted->raft))
            json_set_string(arena, one, "leader", raft_leader(hosted->raft));
        json_set_integer(arena, one, "applied", hosted->raft ? (int64_t)raft_applied(hosted->raft) : 0);
        json_set_integer(arena, one, "epoch", (int64_t)hosted->epoch);
        json_set_integer(arena, one, "transaction",
                         hosted->ledger ? (int64_t)ledger_transaction(hosted->ledger) : 0);
        if (hosted->damage)
            json_set_string(arena, one, "message", hosted->damage);
    }
    return all;
}

uint64_t hosting_facts(const struct neo4j_process *process) {
    const struct hosted_database *hosted;
    uint64_t facts = 0;

    TAILQ_FOREACH (hosted, &process->hosted, link) {
        const struct raft *raft = hosted->raft;
        facts = hash64_add_string(facts, hosted->id);
        facts = hash64_add(facts, hosted->status);
        facts = hash64_add(facts, raft ? (uint64_t)raft_role(raft) : UINT64_MAX);
        facts = hash64_add(facts, raft ? raft_term(raft) : 0);
        facts = hash64_add(facts, raft ? raft_applied(raft) : 0);
        facts = hash64_add_string(facts, raft ? raft_leader(raft) : NULL);
        facts = hash64_add(facts, hosted->epoch);
        facts = hash64_add(facts, hosted->ledger ? ledger_transaction(hosted->ledger) : 0);
        facts = hash64_add_string(facts, hosted->damage);
    }
    return facts;
}
