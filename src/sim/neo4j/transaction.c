#include "sim/neo4j/transaction.h"

#include "sim/component/tree.h"

/* ---- locks and own changes ---- */

struct lock {
    RB_ENTRY(lock) node;
    LIST_ENTRY(lock) link; /* of the owner */
    struct transaction *owner;
    char key[];
};

static int lock_compare(const struct lock *a, const struct lock *b) {
    return strcmp(a->key, b->key);
}
RB_HEAD(locks, lock);
TREE_GENERATE(locks, lock, node, lock_compare)

/* An entry as this transaction has left it; all in the transaction's arena. */
struct own_entry {
    RB_ENTRY(own_entry) node;
    int64_t id;
    struct json *json; /* NULL: deleted */
};

static int own_compare(const struct own_entry *a, const struct own_entry *b) {
    return (a->id > b->id) - (a->id < b->id);
}
RB_HEAD(own_entries, own_entry);
TREE_GENERATE(own_entries, own_entry, node, own_compare)

/* How one change is taken back. */
struct undo {
    int64_t id; /* -1: of the schema */
    bool was_own;
    struct json *json;
};

struct transactions {
    TAILQ_HEAD(, transaction) all;
    struct locks locks;
    uint64_t serial;
};

struct transaction {
    TAILQ_ENTRY(transaction) link;
    struct neo4j_process *process; /* NULL: it has exited */
    struct arena *arena;
    uint64_t serial;
    const char *database;
    const char *user;
    const char *connection;
    const char *client_address;
    char *query;
    int64_t started_wall_ns;
    int64_t deadline_ns;
    bool has_own_timeout;
    bool is_read;
    struct failure ended; /* in arena */

    char *database_id; /* NULL: not opened yet */
    uint64_t term;     /* 0: has not written */
    struct own_entries own;
    struct json *schema; /* changes: array, in arena */
    struct undo *undos;
    size_t undo_count, undo_capacity;
    size_t bytes; /* of the changes, about */
    LIST_HEAD(, lock) locks;
    uint64_t waits_for; /* serial; 0: nobody */

    bool is_committing;
    void (*done)(void *context, int64_t now_ns, const struct failure *failure);
    void *context;
};

/* ---- life ---- */

struct transactions *transactions_new(void) {
    struct transactions *transactions = XNEW(struct transactions);

    TAILQ_INIT(&transactions->all);
    RB_INIT(&transactions->locks);
    return transactions;
}

static struct hosted_database *hosted_of(const struct transaction *transaction) {
    return transaction->process && transaction->database_id
               ? hosting_find(transaction->process, transaction->database_id)
               : NULL;
}

static void release_locks(struct transaction *transaction) {
    struct hosted_database *hosted = hosted_of(transaction);
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

static void destroy(struct transaction *transaction) {
    if (transaction->process) {
        release_locks(transaction);
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
        release_locks(transaction);
        TAILQ_REMOVE(&transactions->all, transaction, link);
        transaction->process = NULL;
        if (transaction->is_committing && !transaction->done)
            destroy(transaction);
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
        destroy(transaction);
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

static const struct transaction *find_serial(const struct neo4j_process *process, uint64_t serial) {
    const struct transaction *transaction;

    TAILQ_FOREACH (transaction, &process->transactions->all, link)
        if (transaction->serial == serial)
            return transaction;
    return NULL;
}

static const char *status_of(const struct transaction *transaction, struct arena *arena) {
    const struct transaction *owner =
        transaction->waits_for ? find_serial(transaction->process, transaction->waits_for) : NULL;

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
    struct hosted_database *hosted = hosted_of(transaction);

    if (transaction->ended.kind || transaction->is_committing)
        return;
    transaction->ended = (struct failure){ kind, arena_strdup(transaction->arena, message) };
    release_locks(transaction);
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

/* ---- reading ---- */

static const struct own_entry *find_own(const struct transaction *transaction, int64_t id) {
    struct own_entry like = { .id = id };

    return RB_FIND(own_entries, (struct own_entries *)(uintptr_t)&transaction->own, &like);
}

struct json *transaction_entry(const struct transaction *transaction, struct arena *arena, int64_t id) {
    const struct own_entry *own = find_own(transaction, id);
    const struct hosted_database *hosted = hosted_of(transaction);

    if (own)
        return json_copy(arena, own->json);
    return hosted && hosted->ledger ? ledger_entry(hosted->ledger, arena, id) : NULL;
}

int64_t transaction_entry_from(const struct transaction *transaction, int64_t from) {
    const struct hosted_database *hosted = hosted_of(transaction);

    for (;;) {
        struct own_entry like = { .id = from };
        const struct own_entry *own =
            RB_NFIND(own_entries, (struct own_entries *)(uintptr_t)&transaction->own, &like);
        int64_t id = hosted && hosted->ledger ? ledger_entry_from(hosted->ledger, from) : -1;
        if (!own || (id >= 0 && id < own->id))
            return id;
        if (own->json)
            return own->id;
        from = own->id + 1; /* deleted */
    }
}

/* In the order of the names. */
struct json *transaction_schema(const struct transaction *transaction, struct arena *arena) {
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = ledger_new("");
    const struct hosted_database *hosted = hosted_of(transaction);
    struct json *changes = json_new_array(arena);

    JSON_FOR_EACH_ITEM (rule, hosted && hosted->ledger ? ledger_schema(hosted->ledger) : NULL) {
        struct json *put = json_append(arena, changes, json_copy(arena, rule));
        json_set_string(arena, put, "op", "put-schema");
    }
    JSON_FOR_EACH_ITEM (change, transaction->schema)
        json_append(arena, changes, change);
    (void)ledger_commit(ledger, arena, changes, 0);
    return json_copy(arena, ledger_schema(ledger));
}

/* ---- changing ---- */

/* Whether waiting for owner would wait for itself in the end. */
static bool closes_circle(const struct transaction *transaction, const struct transaction *owner) {
    for (unsigned steps = 0; owner && steps < SERVER_WRITES_MAX; steps++) {
        if (owner == transaction)
            return true;
        owner = owner->waits_for ? find_serial(transaction->process, owner->waits_for) : NULL;
    }
    return false;
}

static bool meet_lock(struct transaction *transaction, const struct lock *lock, struct arena *arena,
                      struct failure *failure) {
    if (closes_circle(transaction, lock->owner))
        return failure_set(
            failure, arena, FAILURE_DEADLOCK,
            "ForsetiClient[transactionId=%lu, clientId=%lu] can't acquire an exclusive lock on "
            "%s, because it would form a deadlock wait cycle.",
            (unsigned long)transaction->serial, (unsigned long)transaction->serial, lock->key);
    transaction->waits_for = lock->owner->serial;
    return failure_set(failure, arena, FAILURE_LOCKED, "Another transaction holds the lock on %s", lock->key);
}

bool transaction_lock(struct transaction *transaction, const char *key, struct arena *arena,
                      struct failure *failure) {
    CLEANUP_FREE char *name = xprintf("%s %s", transaction->database, key);
    size_t size = strlen(name) + 1;
    struct lock *lock = xcalloc(1, sizeof(*lock) + size), *other;

    if (!transaction_is_open(transaction, arena, failure)) {
        free(lock);
        return false;
    }
    memcpy(lock->key, name, size);
    lock->owner = transaction;
    other = RB_INSERT(locks, &transaction->process->transactions->locks, lock);
    if (other) {
        free(lock);
        return other->owner == transaction || meet_lock(transaction, other, arena, failure);
    }
    LIST_INSERT_HEAD(&transaction->locks, lock, link);
    transaction->waits_for = 0;
    return true;
}

static void push_undo(struct transaction *transaction, struct undo undo) {
    if (transaction->undo_count == transaction->undo_capacity) {
        transaction->undo_capacity = transaction->undo_capacity ? transaction->undo_capacity * 2 : 16;
        transaction->undos =
            xrealloc(transaction->undos, transaction->undo_capacity * sizeof(*transaction->undos));
    }
    transaction->undos[transaction->undo_count++] = undo;
}

/* json: in the transaction's arena, or NULL. */
static void set_own(struct transaction *transaction, int64_t id, struct json *json) {
    struct own_entry like = { .id = id };
    struct own_entry *own = RB_FIND(own_entries, &transaction->own, &like);

    push_undo(transaction, (struct undo){ id, own != NULL, own ? own->json : NULL });
    if (!own) {
        own = ARENA_NEW(transaction->arena, struct own_entry);
        own->id = id;
        RB_INSERT(own_entries, &transaction->own, own);
    }
    own->json = json;
}

static bool check_size(const struct transaction *transaction, struct arena *arena, struct failure *failure) {
    const struct hosted_database *hosted = hosted_of(transaction);
    size_t held = hosted && hosted->ledger ? ledger_bytes(hosted->ledger) : 0;

    if (transaction->bytes > TRANSACTION_BYTES_MAX)
        return failure_set(failure, arena, FAILURE_TRANSACTION_TOO_LARGE,
                           "The transaction changes more than %d bytes, which is all that is simulated",
                           TRANSACTION_BYTES_MAX);
    return held + transaction->bytes <= LEDGER_BYTES_MAX ||
           failure_set(failure, arena, FAILURE_TRANSACTION_TOO_LARGE,
                       "The database would hold more than %d bytes, which is all that is simulated",
                       LEDGER_BYTES_MAX);
}

bool transaction_put(struct transaction *transaction, const struct json *entry, struct arena *arena,
                     struct failure *failure) {
    int64_t id = json_integer_at(entry, "id", 0);

    if (!transaction_lock(transaction, arena_printf(arena, "NODE(%ld)", (long)id), arena, failure))
        return false;
    transaction->bytes += strlen(json_print(arena, entry));
    if (!check_size(transaction, arena, failure))
        return false;
    set_own(transaction, id, json_copy(transaction->arena, entry));
    return true;
}

bool transaction_delete(struct transaction *transaction, int64_t id, struct arena *arena,
                        struct failure *failure) {
    if (!transaction_lock(transaction, arena_printf(arena, "NODE(%ld)", (long)id), arena, failure))
        return false;
    set_own(transaction, id, NULL);
    return true;
}

bool transaction_put_schema(struct transaction *transaction, const char *name, const struct json *rule,
                            struct arena *arena, struct failure *failure) {
    struct json *change;

    if (!transaction_lock(transaction, "SCHEMA", arena, failure))
        return false;
    change = rule ? json_copy(transaction->arena, rule) : json_new_object(transaction->arena);
    json_set_string(transaction->arena, change, "op", rule ? "put-schema" : "delete-schema");
    json_set_string(transaction->arena, change, "name", name);
    json_append(transaction->arena, transaction->schema, change);
    push_undo(transaction, (struct undo){ .id = -1 });
    return true;
}

int64_t transaction_new_id(struct transaction *transaction) {
    struct hosted_database *hosted = hosted_of(transaction);

    ensure(hosted && hosted->ledger);
    if (hosted->next_id < ledger_next_id(hosted->ledger))
        hosted->next_id = ledger_next_id(hosted->ledger);
    return hosted->next_id++;
}

size_t transaction_mark(const struct transaction *transaction) {
    return transaction->undo_count;
}

void transaction_undo(struct transaction *transaction, size_t mark) {
    while (transaction->undo_count > mark) {
        const struct undo *undo = &transaction->undos[--transaction->undo_count];
        struct own_entry like = { .id = undo->id };
        struct own_entry *own = RB_FIND(own_entries, &transaction->own, &like);
        if (undo->id < 0)
            json_remove_item(transaction->schema, json_length(transaction->schema) - 1);
        else if (undo->was_own)
            own->json = undo->json;
        else
            RB_REMOVE(own_entries, &transaction->own, own);
    }
}

/* ---- committing ---- */

static struct json *changes_of(struct transaction *transaction, struct arena *arena) {
    struct json *changes = json_new_array(arena);
    const struct hosted_database *hosted = hosted_of(transaction);
    struct own_entry *own;

    RB_FOREACH (own, own_entries, &transaction->own) {
        if (!own->json && ledger_entry_from(hosted->ledger, own->id) != own->id)
            continue; /* made and deleted again */
        struct json *change = json_append_object(arena, changes);
        json_set_string(arena, change, "op", own->json ? "put" : "delete");
        json_set_integer(arena, change, "id", own->id);
        if (!own->json)
            continue;
        json_set(arena, change, "labels", json_get(own->json, "labels"));
        json_set(arena, change, "properties", json_get(own->json, "properties"));
    }
    JSON_FOR_EACH_ITEM (change, transaction->schema)
        json_append(arena, changes, change);
    return changes;
}

static void committed(void *context, int64_t now_ns, const struct failure *failure) {
    struct transaction *transaction = context;

    transaction->is_committing = false;
    release_locks(transaction);
    if (transaction->done)
        transaction->done(transaction->context, now_ns, failure);
    else
        destroy(transaction);
}

void transaction_commit(struct transaction *transaction,
                        void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                        void *context) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct hosted_database *hosted = hosted_of(transaction);
    struct failure failure = { 0 };
    uint64_t serial;

    transaction->done = done;
    transaction->context = context;
    if (!transaction_is_open(transaction, arena, &failure)) {
        committed(transaction, transaction->process->now_ns, &failure);
        return;
    }
    if (!transaction->term) {
        committed(transaction, transaction->process->now_ns, NULL);
        return;
    }
    if (!hosted || !hosted->ledger) {
        failure_set(&failure, arena, FAILURE_DATABASE_UNAVAILABLE, "The database '%s' is not available",
                    transaction->database);
        committed(transaction, transaction->process->now_ns, &failure);
        return;
    }
    const struct json *changes = changes_of(transaction, arena);
    transaction->is_committing = true;
    if (!json_length(changes))
        committed(transaction, transaction->process->now_ns, NULL);
    else if (!hosting_commit(hosted, changes, transaction->term, committed, transaction, &serial, arena,
                             &failure))
        committed(transaction, transaction->process->now_ns, &failure);
}

uint64_t transaction_bookmark(const struct transaction *transaction) {
    const struct hosted_database *hosted = hosted_of(transaction);

    return hosted && hosted->ledger ? ledger_transaction(hosted->ledger) : 0;
}
