#include "sim/neo4j/transaction_state.h"

/* ---- life ---- */

struct transactions *transactions_new(void) {
    struct transactions *transactions = XNEW(struct transactions);

    TAILQ_INIT(&transactions->all);
    RB_INIT(&transactions->locks);
    return transactions;
}

struct hosted_database *transaction_hosted(const struct transaction *transaction) {
    return transaction->process && transaction->database_id
               ? hosting_find(transaction->process, transaction->database_id)
               : NULL;
}

void transaction_release_locks(struct transaction *transaction) {
    struct hosted_database *hosted = transaction_hosted(transaction);
    bool had_any = !LIST_EMPTY(&transaction->locks);
    struct lock *lock;

    while ((lock = LIST_FIRST(&transaction->locks))) {
        LIST_REMOVE(lock, link);
        RB_REMOVE(locks, &transaction->process->transactions->locks, lock);
        free(lock);
    }
    if (had_any && hosted)
        hosting_release(hosted);
}

void transaction_destroy(struct transaction *transaction) {
    if (transaction->process) {
        transaction_release_locks(transaction);
        TAILQ_REMOVE(&transaction->process->transactions->all, transaction, link);
    }
    free(transaction->undos);
    free(transaction->database_id);
    free(transaction->query);
    arena_free(transaction->arena);
    free(transaction);
}

/* Those that are still in somebody's hands live on, without a process. */
void transactions_free(struct transactions *transactions) {
    struct transaction *transaction;

    if (!transactions)
        return;
    while ((transaction = TAILQ_FIRST(&transactions->all))) {
        transaction_release_locks(transaction);
        TAILQ_REMOVE(&transactions->all, transaction, link);
        transaction->process = NULL;
        if (transaction->is_committing && !transaction->done)
            transaction_destroy(transaction);
    }
    free(transactions);
}

/* Own timeouts count; without one the server's does. */
static int64_t deadline_of(const struct neo4j_process *process, int64_t timeout_ms) {
    int64_t timeout_ns = timeout_ms * MS_NS;

    if (timeout_ms < 0)
        timeout_ns = configuration_duration_ns(process->configuration, "db.transaction.timeout");
    if (timeout_ns <= 0 || timeout_ms > INT64_MAX / MS_NS / 2)
        return INT64_MAX;
    return process->now_ns + timeout_ns;
}

struct transaction *transaction_new(struct neo4j_process *process,
                                    const struct transaction_options *options) {
    struct transaction *transaction = XNEW(struct transaction);
    struct arena *arena = arena_new();

    transaction->process = process;
    transaction->arena = arena;
    transaction->serial = ++process->transactions->serial;
    transaction->database = arena_strdup(arena, options->database);
    transaction->user = arena_strdup(arena, options->user ? options->user : "");
    transaction->connection = arena_strdup(arena, options->connection);
    transaction->client_address = arena_strdup(arena, options->client_address ? options->client_address : "");
    transaction->started_wall_ns = process_wall(process);
    transaction->deadline_ns = deadline_of(process, options->timeout_ms);
    transaction->has_own_timeout = options->timeout_ms >= 0;
    transaction->is_read = options->is_read;
    transaction->schema = json_new_array(arena);
    RB_INIT(&transaction->own);
    LIST_INIT(&transaction->locks);
    TAILQ_INSERT_TAIL(&process->transactions->all, transaction, link);
    if (transaction->deadline_ns != INT64_MAX)
        process_wake(process);
    return transaction;
}

void transaction_free(struct transaction *transaction) {
    if (!transaction)
        return;
    if (transaction->is_committing && transaction->process)
        transaction->done = NULL;
    else
        transaction_destroy(transaction);
}

/* ---- looking at them ---- */

struct transaction *transaction_after(const struct neo4j_process *process,
                                      const struct transaction *previous) {
    return previous ? TAILQ_NEXT(previous, link) : TAILQ_FIRST(&process->transactions->all);
}

static char *name_of(const struct transaction *transaction, struct arena *arena) {
    return arena_printf(arena, "%s-transaction-%lu", transaction->database,
                        (unsigned long)transaction->serial);
}

const struct transaction *transaction_find(const struct neo4j_process *process, uint64_t serial) {
    const struct transaction *transaction;

    TAILQ_FOREACH (transaction, &process->transactions->all, link)
        if (transaction->serial == serial)
            return transaction;
    return NULL;
}

static const char *status_of(const struct transaction *transaction, struct arena *arena) {
    const struct transaction *owner =
        transaction->waits_for ? transaction_find(transaction->process, transaction->waits_for) : NULL;

    if (transaction->ended.kind)
        return arena_printf(arena, "Terminated with reason: %s", failure_code(transaction->ended.kind));
    if (owner)
        return arena_printf(arena, "Blocked by: [%s]", name_of(owner, arena));
    return transaction->is_committing ? "Closing" : "Running";
}

struct transaction_view transaction_look(const struct transaction *transaction, struct arena *arena) {
    return (struct transaction_view){ .id = name_of(transaction, arena),
                                      .database = transaction->database,
                                      .user = transaction->user,
                                      .connection = transaction->connection,
                                      .client_address = transaction->client_address,
                                      .query = transaction->query ? transaction->query : "",
                                      .status = status_of(transaction, arena),
                                      .started_wall_ns = transaction->started_wall_ns };
}

void transaction_set_query(struct transaction *transaction, const char *query) {
    state_set_string(&transaction->query, query);
}

/* What it holds is given back at once; one that waits for a lock looks again, and fails. */
void transaction_terminate(struct transaction *transaction, enum failure_kind kind, const char *message) {
    struct hosted_database *hosted = transaction_hosted(transaction);

    if (transaction->ended.kind || transaction->is_committing)
        return;
    transaction->ended = (struct failure){ kind, arena_strdup(transaction->arena, message) };
    transaction_release_locks(transaction);
    if (transaction->waits_for && hosted)
        hosting_release(hosted);
}

#define TERMINATED                                                                                           \
    "The transaction has been terminated. Retry your operation in a new transaction, and you should see a "  \
    "successful result. "

void transactions_tick(struct neo4j_process *process) {
    struct transaction *transaction;

    TAILQ_FOREACH (transaction, &process->transactions->all, link) {
        if (process->now_ns < transaction->deadline_ns)
            continue;
        transaction->deadline_ns = INT64_MAX;
        if (transaction->has_own_timeout)
            transaction_terminate(
                transaction, FAILURE_TIMED_OUT_BY_CLIENT,
                TERMINATED "The transaction has not completed within the timeout specified at its start "
                           "by the client. You may want to retry with a longer timeout. ");
        else
            transaction_terminate(transaction, FAILURE_TIMED_OUT,
                                  TERMINATED "The transaction has not completed within the specified timeout "
                                             "(db.transaction.timeout). You may want to retry with a longer "
                                             "timeout. ");
    }
}

int64_t transactions_next(const struct neo4j_process *process) {
    const struct transaction *transaction;
    int64_t next = INT64_MAX;

    TAILQ_FOREACH (transaction, &process->transactions->all, link)
        if (transaction->deadline_ns < next)
            next = transaction->deadline_ns;
    return next;
}

/* ---- opening ---- */

bool transaction_is_open(const struct transaction *transaction, struct arena *arena,
                         struct failure *failure) {
    return !transaction->ended.kind ||
           failure_set(failure, arena, transaction->ended.kind, "%s", transaction->ended.message);
}

static bool open_for_writing(struct transaction *transaction, const struct state_database *database,
                             const struct hosted_database *hosted, struct arena *arena,
                             enum transaction_place *out_place, struct failure *failure) {
    uint64_t term = raft_term(hosted->raft);

    if (transaction->is_read)
        return failure_set(failure, arena, FAILURE_ACCESS_MODE,
                           "Writing in read access mode not allowed. Attempted write to %s", database->name);
    if (database->is_read_only)
        return failure_set(failure, arena, FAILURE_READ_ONLY,
                           "No write operations are allowed on this database. The database is in read-only "
                           "mode on this Neo4j instance.");
    if (transaction->term && (transaction->term != term || !hosting_is_writable(hosted)))
        return failure_set(failure, arena, FAILURE_LEASE_EXPIRED,
                           "The lease used by this transaction has expired: [current lease id: %lu, "
                           "transaction lease id: %lu]",
                           (unsigned long)term, (unsigned long)transaction->term);
    if (!hosting_is_writable(hosted)) {
        *out_place = PLACE_LEADER;
        return failure_set(failure, arena, FAILURE_NOT_A_LEADER,
                           "No write operations are allowed directly on this database. Writes must pass "
                           "through the leader. The role of this server is: FOLLOWER");
    }
    transaction->term = term;
    return true;
}

bool transaction_open(struct transaction *transaction, bool writes, struct arena *arena,
                      enum transaction_place *out_place, struct failure *failure) {
    const struct state_database *database =
        state_resolve_database(&transaction->process->state, transaction->database);
    const struct hosted_database *hosted;

    *out_place = PLACE_HERE;
    if (!transaction_is_open(transaction, arena, failure))
        return false;
    if (!database)
        return failure_set(failure, arena, FAILURE_DATABASE_NOT_FOUND, "Graph not found: %s",
                           transaction->database);
    hosted = hosting_find(transaction->process, database->id);
    if (!hosted || hosted->status != HOSTED_ONLINE || !hosted->ledger) {
        *out_place = writes ? PLACE_LEADER : PLACE_ANYWHERE_ELSE;
        return failure_set(failure, arena, FAILURE_DATABASE_UNAVAILABLE,
                           "The database '%s' is not available on this server", database->name);
    }
    if (transaction->database_id && !str_equal(transaction->database_id, database->id))
        return failure_set(failure, arena, FAILURE_DATABASE_UNAVAILABLE,
                           "The database '%s' was replaced by another one in this transaction",
                           database->name);
    if (!transaction->database_id)
        transaction->database_id = xstrdup(database->id);
    return !writes || open_for_writing(transaction, database, hosted, arena, out_place, failure);
}

bool transaction_is_writable(const struct transaction *transaction) {
    const struct state_database *database =
        state_resolve_database(&transaction->process->state, transaction->database);
    const struct hosted_database *hosted = database ? hosting_find(transaction->process, database->id) : NULL;

    return hosted && hosting_is_writable(hosted);
}

const char *transaction_database_id(const struct transaction *transaction) {
    return transaction->database_id ? transaction->database_id : "";
}

struct neo4j_process *transaction_process(const struct transaction *transaction) {
    return transaction->process;
}
