/* The raft group of a hosted database: what is committed becomes the ledger.
 *
 * A command of the log is a transaction as ledger.h writes it down, made by the leader: it knows the number
 * and checksum of the last one that it proposed, so that several can be under way. A leader proposes nothing
 * before it has applied all that was committed before its term, and a transaction belongs to the term in
 * which it began to write: what it read is then what the new one follows. Secondaries apply what they have
 * got when they next would pull (db.cluster.catchup.pull_interval), and so lag.
 */
#include "sim/neo4j/server.h"

enum { COMMIT_TIMEOUT_MS = 30000, ANNOUNCE_MS = 500 };

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
    json_set_integer(arena, message, "epoch", (int64_t)hosted->epoch);
    json_set(arena, message, "body", body);
    process_send_written(process, to, "raft", message);
}

static void damage(struct hosted_database *hosted, const struct error *err) {
    if (!hosted->damage)
        hosted->damage = xstrdup(err->text);
    process_wake(hosted->process);
}

static void damage_by_panic(struct hosted_database *hosted) {
    struct error err = { 0 };

    (void)error_set(&err, ERROR_UNAVAILABLE, "%s",
                    "The database has encountered a critical error, and needs to be restarted. Please see "
                    "database logs for more details. java.io.IOException: No space left on device");
    damage(hosted, &err);
}

static void apply(void *context, uint64_t index, const char *command) {
    struct hosted_database *hosted = context;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *transaction;
    struct error err = { 0 };

    if (!hosted->damage && (!json_parse(arena, text_from(command), NULL, &transaction, &err) ||
                            !ledger_apply(hosted->ledger, transaction, &err)))
        damage(hosted, &err); /* somebody has changed the store while the server was stopped */
}

static struct json *copy(void *context, struct arena *arena) {
    const struct hosted_database *hosted = context;

    return ledger_write(hosted->ledger, arena);
}

static bool install(void *context, uint64_t index, const struct json *state) {
    struct hosted_database *hosted = context;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct ledger *ledger;

    if (!ledger_read(state, &ledger, NULL))
        return false;
    process_log(hosted->process, "INFO", "[%s] is too far behind: took a copy of the leader's store",
                hosted->id);
    ledger_free(hosted->ledger);
    hosted->ledger = ledger;
    free(hosted->store->base);
    hosted->store->base = xstrdup(json_print(arena, state));
    hosted->store->base_index = index;
    return true;
}

static void update_members(struct hosted_database *hosted, const struct state_database *database) {
    const char *voters[RAFT_MEMBERS_MAX], *learners[RAFT_MEMBERS_MAX];
    size_t voter_count = 0, learner_count = 0;

    for (size_t i = 0; i < database->allocation_count && i < RAFT_MEMBERS_MAX; i++) {
        const struct state_allocation *allocation = &database->allocations[i];
        if (allocation->is_voter)
            voters[voter_count++] = allocation->server_id;
        else
            learners[learner_count++] = allocation->server_id;
        if (str_equal(allocation->server_id, process_id(hosted->process)))
            hosted->is_secondary = allocation->is_secondary;
    }
    raft_set_members(hosted->raft, voters, voter_count, learners, learner_count);
    hosted->epoch = database->epoch;
    hosted->process->announces_now = true;
}

static int64_t setting_ns(const struct hosted_database *hosted, const char *name) {
    return configuration_duration_ns(hosted->process->configuration, name);
}

bool hosting_join_group(struct hosted_database *hosted, const struct state_database *database) {
    static const struct raft_callbacks callbacks = {
        .send = send_raft, .apply = apply, .copy = copy, .install = install
    };
    struct neo4j_process *process = hosted->process;
    struct raft_timing timing = replication_timing(process);
    struct error err = { 0 };

    if (!volume_open_base(hosted->store, &hosted->ledger, &err)) {
        damage(hosted, &err);
        return false;
    }
    hosted->raft = raft_new(process_id(process), &hosted->store->log, &timing, &callbacks, hosted,
                            network_random(process->network), process->now_ns);
    raft_start_after(hosted->raft, hosted->store->base_index);
    update_members(hosted, database);
    hosted->pull_next_ns = process->now_ns;
    hosted->checkpoint_next_ns = process->now_ns + setting_ns(hosted, "db.checkpoint.interval.time");
    /* The first allocation bootstraps the group; leaders of different databases end up on different servers
     * because allocations begin on different ones. */
    if (str_equal(database->allocations[0].server_id, process_id(process)))
        raft_hurry(hosted->raft, process->now_ns);
    return true;
}

static void finish_commit(struct hosted_database *hosted, struct hosted_commit *commit,
                          const struct failure *failure) {
    TAILQ_REMOVE(&hosted->commits, commit, link);
    if (commit->done)
        commit->done(commit->context, hosted->process->now_ns, failure);
    free(commit);
}

static void finish_waiter(struct hosted_database *hosted, struct hosted_waiter *waiter,
                          const struct failure *failure) {
    TAILQ_REMOVE(&hosted->waiters, waiter, link);
    if (waiter->done)
        waiter->done(waiter->context, hosted->process->now_ns, failure);
    free(waiter);
}

void hosting_leave_group(struct hosted_database *hosted) {
    static char gone[] = "The database was stopped before the transaction was replicated; it may take effect";
    static char stopped[] = "The database is not available on this server";
    struct failure unknown = { FAILURE_REPLICATION, gone };
    struct failure unavailable = { FAILURE_DATABASE_UNAVAILABLE, stopped };
    struct hosted_commit *commit;
    struct hosted_waiter *waiter;

    raft_free(hosted->raft);
    hosted->raft = NULL;
    hosted->leads = false;
    ledger_free(TAKE(hosted->ledger));
    while ((commit = TAILQ_FIRST(&hosted->commits)))
        finish_commit(hosted, commit, &unknown);
    while ((waiter = TAILQ_FIRST(&hosted->waiters)))
        finish_waiter(hosted, waiter, &unavailable);
}

void hosting_checkpoint(struct hosted_database *hosted) {
    if (!hosted->ledger || hosted->damage)
        return;
    if (!volume_has_room(hosted->process->volume, NULL)) {
        if (raft_applied(hosted->raft) > hosted->store->base_index)
            damage_by_panic(hosted);
        return;
    }
    if (raft_applied(hosted->raft) > hosted->store->base_index)
        volume_checkpoint(hosted->store, hosted->ledger, raft_applied(hosted->raft));
    volume_prune(hosted->store,
                 configuration_get(hosted->process->configuration, "db.tx_log.rotation.retention_policy"),
                 process_wall(hosted->process));
    hosted->checkpoint_next_ns = hosted->process->now_ns + setting_ns(hosted, "db.checkpoint.interval.time");
}

/* ---- writing ---- */

bool hosting_is_writable(const struct hosted_database *hosted) {
    return hosted->raft && hosted->ledger && !hosted->damage && raft_is_ready(hosted->raft);
}

/* What the next transaction follows: what was proposed last in this term, or else what was applied. */
static void find_head(struct hosted_database *hosted) {
    if (hosted->head_term == raft_term(hosted->raft) && hosted->head >= ledger_transaction(hosted->ledger))
        return;
    hosted->head_term = raft_term(hosted->raft);
    hosted->head = ledger_transaction(hosted->ledger);
    memcpy(hosted->head_checksum, ledger_checksum(hosted->ledger), LEDGER_CHECKSUM_BYTES);
}

bool hosting_commit(struct hosted_database *hosted, const struct json *changes, uint64_t term,
                    void (*done)(void *context, int64_t now_ns, const struct failure *failure), void *context,
                    uint64_t *out_serial, struct arena *arena, struct failure *failure) {
    struct neo4j_process *process = hosted->process;
    struct hosted_commit *commit;
    uint64_t index;

    *out_serial = 0;
    if (!hosting_is_writable(hosted) || raft_term(hosted->raft) != term)
        return failure_set(failure, arena, FAILURE_LEASE_EXPIRED,
                           "The lease used by this transaction has expired: [current lease id: %lu, "
                           "transaction lease id: %lu]",
                           (unsigned long)raft_term(hosted->raft), (unsigned long)term);
    find_head(hosted);
    const struct json *transaction =
        ledger_make(arena, hosted->head + 1, hosted->head_checksum, changes, process_wall(process));
    index = raft_propose(hosted->raft, process->now_ns, json_print(arena, transaction), &term);
    if (!index && raft_has_failed(hosted->raft)) {
        damage_by_panic(hosted);
        return failure_set(failure, arena, FAILURE_TRANSACTION_LOG,
                           "Could not append transaction to log: No space left on device");
    }
    if (!index)
        return failure_set(failure, arena, FAILURE_LEADER_SWITCH,
                           "The leader of the database is handing its place over");
    hosted->head++;
    (void)stpncpy(hosted->head_checksum, json_string_at(transaction, "checksum", ""),
                  LEDGER_CHECKSUM_BYTES - 1);
    process_wake(process);
    if (raft_applied(hosted->raft) >= index && !process_write_ns(process)) { /* a group of one */
        done(context, process->now_ns, NULL);
        return true;
    }
    commit = XNEW(struct hosted_commit);
    *commit = (struct hosted_commit){ .serial = ++process->write_serial,
                                      .index = index,
                                      .term = term,
                                      .written_ns = process->now_ns + process_write_ns(process),
                                      .deadline_ns = process->now_ns + COMMIT_TIMEOUT_MS * MS_NS,
                                      .done = done,
                                      .context = context };
    *out_serial = commit->serial;
    TAILQ_INSERT_TAIL(&hosted->commits, commit, link);
    return true;
}

/* ---- waiting ---- */

uint64_t hosting_wait(struct hosted_database *hosted, uint64_t transaction, int64_t deadline_ns,
                      void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                      void *context) {
    struct hosted_waiter *waiter = XNEW(struct hosted_waiter);

    *waiter = (struct hosted_waiter){ .serial = ++hosted->process->write_serial,
                                      .transaction = transaction,
                                      .deadline_ns = deadline_ns,
                                      .done = done,
                                      .context = context };
    TAILQ_INSERT_TAIL(&hosted->waiters, waiter, link);
    process_wake(hosted->process);
    return waiter->serial;
}

void hosting_release(struct hosted_database *hosted) {
    hosted->has_released = true;
    process_wake(hosted->process);
}

void hosting_forget(struct neo4j_process *process, uint64_t serial) {
    struct hosted_database *hosted;
    struct hosted_commit *commit;
    struct hosted_waiter *waiter;

    TAILQ_FOREACH (hosted, &process->hosted, link) {
        TAILQ_FOREACH (commit, &hosted->commits, link)
            if (commit->serial == serial)
                commit->done = NULL;
        TAILQ_FOREACH (waiter, &hosted->waiters, link)
            if (waiter->serial == serial)
                waiter->done = NULL;
    }
}

/* *out_failure.kind NONE and true: it is committed. */
static bool is_settled(const struct hosted_database *hosted, const struct hosted_commit *commit,
                       struct failure *out_failure) {
    static char switched[] = "The leader changed before the transaction was replicated; it has no effect";
    static char late[] = "The transaction was not replicated in time; it may take effect later";

    if (raft_applied(hosted->raft) >= commit->index) {
        if (hosted->process->now_ns < commit->written_ns)
            return false;
        if (raft_term_at(hosted->raft, commit->index) != commit->term)
            *out_failure = (struct failure){ FAILURE_LEADER_SWITCH, switched };
        return true;
    }
    if (hosted->process->now_ns < commit->deadline_ns)
        return false;
    *out_failure = (struct failure){ FAILURE_REPLICATION, late };
    return true;
}

/* Whoever is told may begin something new, so the list is read again from its start. */
static void settle_commits(struct hosted_database *hosted) {
    struct hosted_commit *commit = TAILQ_FIRST(&hosted->commits);

    while (commit) {
        struct failure failure = { 0 };
        if (is_settled(hosted, commit, &failure)) {
            finish_commit(hosted, commit, failure.kind ? &failure : NULL);
            commit = TAILQ_FIRST(&hosted->commits);
        } else {
            commit = TAILQ_NEXT(commit, link);
        }
    }
}

/* Those who came while others were told are not looked at before the next tick. */
static void settle_waiters(struct hosted_database *hosted) {
    static char late[] = "The database is not up to the requested bookmark";
    struct failure failure = { FAILURE_BOOKMARK, late };
    uint64_t last = hosted->process->write_serial;
    bool has_released = hosted->has_released;
    struct hosted_waiter *waiter = TAILQ_FIRST(&hosted->waiters);

    hosted->has_released = false;
    while (waiter && waiter->serial <= last) {
        bool is_reached =
            waiter->transaction ? ledger_transaction(hosted->ledger) >= waiter->transaction : has_released;
        if (is_reached || !waiter->done || hosted->process->now_ns >= waiter->deadline_ns) {
            finish_waiter(hosted, waiter, is_reached || !waiter->transaction ? NULL : &failure);
            waiter = TAILQ_FIRST(&hosted->waiters);
            has_released = false; /* one at a time: the first takes the lock */
            if (is_reached && hosted->waiters.tqh_first && !hosted->waiters.tqh_first->transaction)
                hosted->has_released = true;
        } else {
            waiter = TAILQ_NEXT(waiter, link);
        }
    }
}

/* ---- time ---- */

/* A secondary applies what has come when it would have pulled it. */
static void pull(struct hosted_database *hosted) {
    int64_t now_ns = hosted->process->now_ns, interval_ns;

    if (!hosted->is_secondary) {
        raft_hold(hosted->raft, false);
        return;
    }
    if (now_ns >= hosted->pull_next_ns && !hosted->is_paused) {
        interval_ns = setting_ns(hosted, "db.cluster.catchup.pull_interval");
        raft_hold(hosted->raft, false);
        hosted->pull_next_ns = now_ns + (interval_ns > 0 ? interval_ns : MS_NS);
    }
    raft_hold(hosted->raft, true);
}

void hosting_group_tick(struct hosted_database *hosted, const struct state_database *database) {
    struct neo4j_process *process = hosted->process;
    bool leads;

    if (database && hosted->epoch != database->epoch)
        update_members(hosted, database);
    pull(hosted);
    raft_tick(hosted->raft, process->now_ns);
    if (raft_has_failed(hosted->raft))
        damage_by_panic(hosted);
    leads = raft_role(hosted->raft) == RAFT_LEADER;
    process->announces_now = process->announces_now || leads != hosted->leads;
    hosted->leads = leads;
    if (raft_applied(hosted->raft) != hosted->announced && process->now_ns >= hosted->announce_next_ns) {
        hosted->announced = raft_applied(hosted->raft);
        hosted->announce_next_ns = process->now_ns + ANNOUNCE_MS * MS_NS;
        process->announces_now = true;
    }
    settle_commits(hosted);
    settle_waiters(hosted);
    if (process->now_ns >= hosted->checkpoint_next_ns)
        hosting_checkpoint(hosted);
}

static int64_t sooner(int64_t a, int64_t b) {
    return a < b ? a : b;
}

int64_t hosting_group_next(const struct hosted_database *hosted) {
    int64_t next = sooner(raft_next(hosted->raft), hosted->checkpoint_next_ns);
    const struct hosted_commit *commit;
    const struct hosted_waiter *waiter;

    if (hosted->is_secondary && !hosted->is_paused &&
        raft_applied(hosted->raft) < raft_committed(hosted->raft))
        next = sooner(next, hosted->pull_next_ns);
    if (raft_applied(hosted->raft) != hosted->announced)
        next = sooner(next, hosted->announce_next_ns);
    if (hosted->has_released)
        next = hosted->process->now_ns;
    TAILQ_FOREACH (commit, &hosted->commits, link)
        next = sooner(next, commit->written_ns > hosted->process->now_ns ? commit->written_ns
                                                                         : commit->deadline_ns);
    TAILQ_FOREACH (waiter, &hosted->waiters, link)
        next = sooner(next, waiter->deadline_ns);
    return next;
}
