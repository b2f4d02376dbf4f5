#include "sim/neo4j/forwarding.h"

#include "base/encoding.h"
#include "bolt/packstream.h"

enum { ANSWER_TIMEOUT_MS = 30000, IDLE_TIMEOUT_MS = 120000 };

/* On the server of the client. */
struct remote_transaction {
    LIST_ENTRY(remote_transaction) link;
    struct neo4j_process *process;
    char *key;
    char *server_id;
    struct arena *arena;
    struct json *options; /* in arena: what each message says of the transaction */
    uint64_t bookmark;
    bool is_begun;

    uint64_t serial; /* of the answer that is awaited; 0: none */
    int64_t deadline_ns;
    struct statement *statement; /* to be filled; NULL: a commit */
    void (*done)(void *context, int64_t now_ns, const struct failure *failure);
    void *context;
};

/* On the server that carries it out. */
struct guest_transaction {
    LIST_ENTRY(guest_transaction) link;
    struct neo4j_process *process;
    char *key;
    struct transaction *transaction;
    int64_t deadline_ns;
    bool has_ended;

    /* The request that waits, or is committed. */
    struct arena *arena;
    const struct json *message; /* in arena */
    char *from_address;
    uint64_t wait_serial;
};

/* ---- values between servers ---- */

static struct json *pack(struct arena *arena, const struct bolt_value *value) {
    CLEANUP_BUFFER struct buffer bytes = { 0 }, text = { 0 };

    packstream_pack(&bytes, value);
    base64_encode(&text, bytes.data, bytes.length);
    return json_new_string(arena, buffer_string(&text));
}

static struct bolt_value *unpack(struct arena *arena, const struct json *packed) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    struct bolt_value *value;

    if (!base64_decode(&bytes, text_from(json_string(packed, ""))))
        return NULL;
    struct text rest = buffer_text(&bytes);
    return packstream_unpack(arena, &rest, &value, NULL) ? value : NULL;
}

static const struct counter_row {
    const char *name;
    size_t offset;
} counter_rows[] = {
#define ROW(name)                                                                                            \
    { #name, offsetof(struct statement_counters, name) }
    ROW(nodes_created),   ROW(nodes_deleted),     ROW(properties_set),
    ROW(labels_added),    ROW(labels_removed),    ROW(indexes_added),
    ROW(indexes_removed), ROW(constraints_added), ROW(constraints_removed),
#undef ROW
};

static int64_t *counter(struct statement_counters *counters, size_t row) {
    return (int64_t *)(void *)((char *)counters + counter_rows[row].offset);
}

static struct json *result_to_json(struct arena *arena, struct statement *statement) {
    struct json *result = json_new_object(arena), *columns = json_set_array(arena, result, "columns");
    struct json *counters = json_set_object(arena, result, "counters");
    struct bolt_value *rows = bolt_new_list(arena);

    for (size_t i = 0; i < statement->table.column_count; i++)
        json_append_string(arena, columns, statement->table.columns[i]);
    for (size_t i = 0; i < statement->table.row_count; i++)
        bolt_append(arena, rows, statement->table.rows[i]);
    json_set(arena, result, "rows", pack(arena, rows));
    json_set_string(arena, result, "type", statement->type);
    json_set_bool(arena, result, "explains", statement->explains);
    json_set_bool(arena, result, "profiles", statement->profiles);
    for (size_t i = 0; i < ARRAY_LENGTH(counter_rows); i++)
        json_set_integer(arena, json_get(result, "counters"), counter_rows[i].name,
                         *counter(&statement->counters, i));
    (void)counters;
    return result;
}

static bool result_from_json(struct statement *statement, const struct json *result) {
    struct arena *arena = statement->arena;
    const struct bolt_value *rows = unpack(arena, json_get(result, "rows"));

    statement->table = (struct table){ 0 };
    statement->cursor.arena = arena; /* of a statement that was not read here */
    statement->cursor.failure = &statement->failure;
    JSON_FOR_EACH_ITEM (column, json_get(result, "columns"))
        table_add_column(arena, &statement->table, arena_strdup(arena, json_string(column, "")));
    BOLT_FOR_EACH_ITEM(row, rows)
    if (bolt_length(row) != statement->table.column_count ||
        !table_add_row(&statement->cursor, &statement->table, row))
        return false;
    statement->type = arena_strdup(arena, json_string_at(result, "type", "r"));
    statement->explains = json_bool_at(result, "explains", false);
    statement->profiles = json_bool_at(result, "profiles", false);
    for (size_t i = 0; i < ARRAY_LENGTH(counter_rows); i++)
        *counter(&statement->counters, i) =
            json_integer_at(json_get(result, "counters"), counter_rows[i].name, 0);
    return rows != NULL;
}

/* ---- the client's server ---- */

/* The leader, or for reading any server that has the database online. */
static const char *find_server(const struct neo4j_process *process, const struct state_database *database,
                               bool needs_leader) {
    for (size_t i = 0; database && i < database->allocation_count; i++) {
        const char *id = database->allocations[i].server_id;
        bool is_online = str_equal(database_status_on(process, database, id), "online");
        if (!str_equal(id, process_id(process)) && is_online && discovery_is_available(process, id) &&
            (!needs_leader || database_is_led_by(process, database, id)))
            return id;
    }
    return NULL;
}

struct remote_transaction *remote_begin(struct neo4j_process *process, enum transaction_place place,
                                        const struct transaction_options *options, struct arena *arena,
                                        struct failure *failure) {
    const char *server = find_server(process, state_resolve_database(&process->state, options->database),
                                     place == PLACE_LEADER);
    struct remote_transaction *remote;

    if (!server) {
        failure_set(failure, arena, FAILURE_NO_LEADER,
                    "Unable to connect to database `%s`: no server that could carry it out is known",
                    options->database);
        return NULL;
    }
    remote = XNEW(struct remote_transaction);
    remote->process = process;
    remote->server_id = xstrdup(server);
    remote->key = xprintf("%s/%lu", process_id(process), (unsigned long)++process->write_serial);
    remote->arena = arena_new();
    remote->options = json_new_object(remote->arena);
    json_set_string(remote->arena, remote->options, "kind", "transaction");
    json_set_string(remote->arena, remote->options, "key", remote->key);
    json_set_string(remote->arena, remote->options, "database", options->database);
    json_set_string(remote->arena, remote->options, "user", options->user ? options->user : "");
    json_set_string(remote->arena, remote->options, "connection", options->connection);
    json_set_string(remote->arena, remote->options, "client",
                    options->client_address ? options->client_address : "");
    json_set_integer(remote->arena, remote->options, "timeout", options->timeout_ms);
    json_set_bool(remote->arena, remote->options, "read", options->is_read);
    LIST_INSERT_HEAD(&process->remotes, remote, link);
    return remote;
}

static void tell(struct remote_transaction *remote, struct arena *arena, const char *action,
                 struct json *message) {
    JSON_FOR_EACH_MEMBER (member, remote->options)
        json_set(arena, message, member->key, &member->value);
    json_set_string(arena, message, "action", action);
    json_set_integer(arena, message, "serial", (int64_t)remote->serial);
    discovery_send(remote->process, remote->server_id, "routing", message);
    remote->is_begun = true;
}

void remote_free(struct remote_transaction *remote) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (!remote)
        return;
    if (remote->is_begun && remote->process)
        tell(remote, arena, "rollback", json_new_object(arena));
    LIST_REMOVE(remote, link);
    arena_free(remote->arena);
    free(remote->key);
    free(remote->server_id);
    free(remote);
}

static void await(struct remote_transaction *remote, struct statement *statement,
                  void (*done)(void *context, int64_t now_ns, const struct failure *failure), void *context) {
    remote->serial = ++remote->process->write_serial;
    remote->deadline_ns = remote->process->now_ns + ANSWER_TIMEOUT_MS * MS_NS;
    remote->statement = statement;
    remote->done = done;
    remote->context = context;
    process_wake(remote->process);
}

void remote_run(struct remote_transaction *remote, struct statement *statement, uint64_t after,
                void (*done)(void *context, int64_t now_ns, const struct failure *failure), void *context) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);

    await(remote, statement, done, context);
    json_set_string(arena, message, "statement", statement->text);
    if (statement->parameters)
        json_set(arena, message, "parameters", pack(arena, statement->parameters));
    json_set_integer(arena, message, "after", (int64_t)after);
    json_set_bool(arena, message, "explicit", statement->is_explicit);
    tell(remote, arena, "run", message);
}

void remote_commit(struct remote_transaction *remote,
                   void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                   void *context) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    await(remote, NULL, done, context);
    tell(remote, arena, "commit", json_new_object(arena));
}

uint64_t remote_bookmark(const struct remote_transaction *remote) {
    return remote->bookmark;
}

/* The one who is told may free it. */
static void finish(struct remote_transaction *remote, const struct failure *failure) {
    remote->serial = 0;
    remote->done(remote->context, remote->process->now_ns, failure);
}

void forwarding_receive_answer(struct neo4j_process *process, const struct network_message *envelope,
                               const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    uint64_t serial = (uint64_t)json_integer_at(message, "serial", 0);
    struct failure failure = failure_from_json(arena, json_get(message, "failure"));
    struct remote_transaction *remote;

    LIST_FOREACH (remote, &process->remotes, link)
        if (serial && remote->serial == serial)
            break;
    if (!remote)
        return;
    remote->bookmark = (uint64_t)json_integer_at(message, "bookmark", 0);
    if (!failure.kind && remote->statement &&
        !result_from_json(remote->statement, json_get(message, "result")))
        failure_set(&failure, arena, FAILURE_REPLICATION, "The other server's answer was not understood");
    finish(remote, failure.kind ? &failure : NULL);
}

/* ---- the server that carries it out ---- */

static void forget_request(struct guest_transaction *guest) {
    arena_free(TAKE(guest->arena));
    free(TAKE(guest->from_address));
    guest->message = NULL;
}

static void guest_free(struct guest_transaction *guest) {
    if (guest->wait_serial)
        hosting_forget(guest->process, guest->wait_serial);
    transaction_free(guest->transaction);
    LIST_REMOVE(guest, link);
    forget_request(guest);
    free(guest->key);
    free(guest);
}

static struct guest_transaction *find_guest(struct neo4j_process *process, const char *key) {
    struct guest_transaction *guest;

    LIST_FOREACH (guest, &process->guests, link)
        if (str_equal(guest->key, key))
            return guest;
    return NULL;
}

static struct guest_transaction *begin_guest(struct neo4j_process *process, const struct json *message) {
    struct guest_transaction *guest = XNEW(struct guest_transaction);
    struct transaction_options options = { .database = json_string_at(message, "database", ""),
                                           .user = json_string_at(message, "user", ""),
                                           .connection = json_string_at(message, "connection", ""),
                                           .client_address = json_string_at(message, "client", ""),
                                           .timeout_ms = json_integer_at(message, "timeout", -1),
                                           .is_read = json_bool_at(message, "read", false) };

    guest->process = process;
    guest->key = xstrdup(json_string_at(message, "key", ""));
    guest->transaction = transaction_new(process, &options);
    LIST_INSERT_HEAD(&process->guests, guest, link);
    return guest;
}

static void answer(struct guest_transaction *guest, struct arena *arena, const struct failure *failure,
                   const struct json *result) {
    struct json *message = json_new_object(arena);
    struct failure none = { 0 };

    json_set_string(arena, message, "kind", "transaction-answer");
    json_set(arena, message, "serial", json_get(guest->message, "serial"));
    json_set(arena, message, "failure", failure_to_json(arena, failure ? failure : &none));
    json_set_integer(arena, message, "bookmark", (int64_t)transaction_bookmark(guest->transaction));
    if (result)
        json_set(arena, message, "result", result);
    network_send_address(&guest->process->endpoint, guest->process->now_ns, guest->from_address, 0, message);
}

static void run_guest(struct guest_transaction *guest);

static void run_again(void *context, int64_t now_ns, const struct failure *failure) {
    struct guest_transaction *guest = context;

    guest->wait_serial = 0;
    if (!failure) {
        run_guest(guest);
        return;
    }
    CLEANUP_ARENA struct arena *arena = arena_new();
    answer(guest, arena, failure, NULL);
    guest_free(guest);
}

/* Waits for the client's bookmark; false: there is nothing to wait for. */
static bool waits_for_bookmark(struct guest_transaction *guest, struct hosted_database *hosted) {
    uint64_t after = (uint64_t)json_integer_at(guest->message, "after", 0);

    if (!hosted || !hosted->ledger || ledger_transaction(hosted->ledger) >= after)
        return false;
    guest->wait_serial =
        hosting_wait(hosted, after, guest->process->now_ns + ANSWER_TIMEOUT_MS * MS_NS, run_again, guest);
    return true;
}

static void run_guest(struct guest_transaction *guest) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_process *process = guest->process;
    const struct state_database *database =
        state_resolve_database(&process->state, json_string_at(guest->message, "database", ""));
    struct hosted_database *hosted = database ? hosting_find(process, database->id) : NULL;
    const struct json *parameters = json_get(guest->message, "parameters");
    struct statement statement = { .arena = arena,
                                   .process = process,
                                   .text = json_string_at(guest->message, "statement", ""),
                                   .parameters = parameters ? unpack(arena, parameters) : NULL,
                                   .database = json_string_at(guest->message, "database", ""),
                                   .user = json_string_at(guest->message, "user", ""),
                                   .transaction = guest->transaction,
                                   .is_explicit = json_bool_at(guest->message, "explicit", false) };
    size_t mark = transaction_mark(guest->transaction);

    if (waits_for_bookmark(guest, hosted))
        return;
    transaction_set_query(guest->transaction, statement.text);
    (void)statement_run(&statement);
    if (statement.failure.kind == FAILURE_LOCKED && hosted) {
        transaction_undo(guest->transaction, mark);
        guest->wait_serial = hosting_wait(hosted, 0, INT64_MAX, run_again, guest);
        return;
    }
    if (!statement.failure.kind && statement.write) /* administration is never sent on this way */
        (void)statement_fail(&statement, FAILURE_UNSUPPORTED_ADMINISTRATION,
                             "Administration belongs to the system database");
    answer(guest, arena, statement.failure.kind ? &statement.failure : NULL,
           statement.failure.kind ? NULL : result_to_json(arena, &statement));
    forget_request(guest);
    if (statement.failure.kind)
        guest_free(guest);
}

static void committed(void *context, int64_t now_ns, const struct failure *failure) {
    struct guest_transaction *guest = context;
    CLEANUP_ARENA struct arena *arena = arena_new();

    answer(guest, arena, failure, NULL);
    guest_free(guest);
}

void forwarding_receive(struct neo4j_process *process, const struct network_message *envelope,
                        const struct json *message) {
    struct guest_transaction *guest = find_guest(process, json_string_at(message, "key", ""));
    const char *action = json_string_at(message, "action", "");

    if (str_equal(action, "rollback")) {
        if (guest)
            guest_free(guest);
        return;
    }
    if (!guest)
        guest = begin_guest(process, message);
    if (guest->message) /* one at a time: a client's session waits for the answer */
        return;
    guest->deadline_ns = process->now_ns + IDLE_TIMEOUT_MS * MS_NS;
    guest->arena = arena_new();
    guest->message = json_copy(guest->arena, message);
    guest->from_address = xstrdup(envelope->from_address);
    if (str_equal(action, "commit"))
        transaction_commit(guest->transaction, committed, guest);
    else
        run_guest(guest);
}

/* ---- time ---- */

static bool is_lost(const struct remote_transaction *remote) {
    return remote->serial && (remote->process->now_ns >= remote->deadline_ns ||
                              !discovery_is_available(remote->process, remote->server_id));
}

void forwarding_tick(struct neo4j_process *process) {
    static char unknown[] = "The server that commits the transaction does not answer; it may take effect";
    static char gone[] = "The server that carries out the transaction does not answer";
    struct failure failures[] = { { FAILURE_REPLICATION, unknown }, { FAILURE_NO_LEADER, gone } };
    struct remote_transaction *remote = LIST_FIRST(&process->remotes);
    struct guest_transaction *guest = LIST_FIRST(&process->guests), *next;

    while (remote) {
        bool lost = is_lost(remote);
        if (lost)
            finish(remote, &failures[remote->statement != NULL]);
        remote = lost ? LIST_FIRST(&process->remotes) : LIST_NEXT(remote, link);
    }
    for (; guest; guest = next) {
        next = LIST_NEXT(guest, link);
        if (process->now_ns >= guest->deadline_ns)
            guest_free(guest);
    }
}

int64_t forwarding_next(const struct neo4j_process *process) {
    const struct remote_transaction *remote;
    const struct guest_transaction *guest;
    int64_t next = INT64_MAX;

    LIST_FOREACH (remote, &process->remotes, link)
        if (remote->serial && remote->deadline_ns < next)
            next = remote->deadline_ns;
    LIST_FOREACH (guest, &process->guests, link)
        if (guest->deadline_ns < next)
            next = guest->deadline_ns;
    return next;
}

void forwarding_stop(struct neo4j_process *process) {
    struct guest_transaction *guest;

    while ((guest = LIST_FIRST(&process->guests)))
        guest_free(guest);
}
