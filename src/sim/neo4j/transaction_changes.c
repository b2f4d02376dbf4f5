/* What a transaction reads, locks and changes, and its end. */
#include "sim/neo4j/transaction_state.h"

/* ---- reading ---- */

static const struct own_entry *find_own(const struct transaction *transaction, int64_t id) {
    struct own_entry like = { .id = id };

    return RB_FIND(own_entries, (struct own_entries *)(uintptr_t)&transaction->own, &like);
}

struct json *transaction_entry(const struct transaction *transaction, struct arena *arena, int64_t id) {
    const struct own_entry *own = find_own(transaction, id);
    const struct hosted_database *hosted = transaction_hosted(transaction);

    if (own)
        return json_copy(arena, own->json);
    return hosted && hosted->ledger ? ledger_entry(hosted->ledger, arena, id) : NULL;
}

int64_t transaction_entry_from(const struct transaction *transaction, int64_t from) {
    const struct hosted_database *hosted = transaction_hosted(transaction);

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
    const struct hosted_database *hosted = transaction_hosted(transaction);
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
        owner = owner->waits_for ? transaction_find(transaction->process, owner->waits_for) : NULL;
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
    const struct hosted_database *hosted = transaction_hosted(transaction);
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
    struct hosted_database *hosted = transaction_hosted(transaction);

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
        if (undo->id < 0) {
            json_remove_item(transaction->schema, json_length(transaction->schema) - 1);
            continue;
        }
        ensure(own);
        if (undo->was_own)
            own->json = undo->json;
        else
            RB_REMOVE(own_entries, &transaction->own, own);
    }
}

/* ---- committing ---- */

static struct json *changes_of(struct transaction *transaction, struct arena *arena) {
    struct json *changes = json_new_array(arena);
    const struct hosted_database *hosted = transaction_hosted(transaction);
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
    transaction_release_locks(transaction);
    if (transaction->done)
        transaction->done(transaction->context, now_ns, failure);
    else
        transaction_destroy(transaction);
}

void transaction_commit(struct transaction *transaction,
                        void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                        void *context) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct hosted_database *hosted = transaction_hosted(transaction);
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
    const struct hosted_database *hosted = transaction_hosted(transaction);

    return hosted && hosted->ledger ? ledger_transaction(hosted->ledger) : 0;
}
