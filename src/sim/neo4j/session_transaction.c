/* Transactions: BEGIN, COMMIT, ROLLBACK, RUN, ROUTE.
 *
 * A statement of its own is a transaction, too: it is committed when its result has been taken to the end, as
 * the real server does. Administration takes effect when it is run, also inside a transaction: rolling back
 * does not undo it. */
#include "sim/neo4j/metrics.h"
#include "sim/neo4j/session_state.h"

enum { BOOKMARK_TIMEOUT_MS = 30000 };

/* ---- bookmarks: "FB:sim:system:<index>", and "FB:sim:<id of the database>:<transaction>" ---- */

static const struct state_database *find_database(const struct neo4j_session *session, const char *name) {
    return state_resolve_database(&session->process->state, name);
}

char *session_bookmark(const struct neo4j_session *session, struct arena *arena, const char *database) {
    const struct state_database *found = find_database(session, database);
    const struct hosted_database *hosted = found ? hosting_find(session->process, found->id) : NULL;
    uint64_t number = 0;

    if (!strcasecmp(database, "system"))
        return arena_printf(arena, "FB:sim:system:%lu",
                            (unsigned long)raft_applied(session->process->system));
    if (session->remote)
        number = remote_bookmark(session->remote);
    else if (hosted && hosted->ledger)
        number = ledger_transaction(hosted->ledger);
    return arena_printf(arena, "FB:sim:%s:%lu", found ? found->id : database, (unsigned long)number);
}

/* The highest number that the bookmarks have for a database; 0: none. */
static uint64_t awaited(struct arena *arena, const struct bolt_value *bookmarks, const char *id) {
    struct text prefix = text_from(arena_printf(arena, "FB:sim:%s:", id));
    uint64_t most = 0, number;

    BOLT_FOR_EACH_ITEM(item, bookmarks) {
        struct text rest = text_from(bolt_string(item, ""));
        if (rest.length <= prefix.length || memcmp(rest.data, prefix.data, prefix.length))
            continue;
        rest.data += prefix.length;
        rest.length -= prefix.length;
        if (parse_uint64(rest, &number) && number > most)
            most = number;
    }
    return most;
}

static void handle_again(void *context, int64_t now_ns, const struct failure *failure) {
    struct neo4j_session *session = context;
    struct bolt_request request = session->request;

    session->wait = WAIT_NOTHING;
    session->arena = TAKE(session->wait_arena);
    if (failure)
        session_fail(session, failure);
    else
        session_handle(session, &request);
    if (session->wait == WAIT_AGAIN && session->arena)
        session->wait_arena = TAKE(session->arena);
    arena_free(TAKE(session->arena));
    session_pump(session);
}

/* Those of other servers are not told apart from ours. */
static bool check_bookmarks(struct neo4j_session *session, const struct bolt_value *bookmarks) {
    BOLT_FOR_EACH_ITEM(item, bookmarks) {
        if (str_starts_with(bolt_string(item, ""), "FB:"))
            continue;
        session_fail_with(session, FAILURE_INVALID_BOOKMARK,
                          "Parsing of supplied bookmarks failed with message: '%.100s' is no bookmark",
                          bolt_string(item, ""));
        return false;
    }
    return true;
}

/* True: the request is kept, and handled again when this server's copies have come to its bookmarks: that of
 * the system database, and that of the database if it is here. */
static bool session_waits_for(struct neo4j_session *session, const struct bolt_request *request,
                              const struct bolt_value *bookmarks, const char *database) {
    struct neo4j_process *process = session->process;
    int64_t deadline_ns = process->now_ns + BOOKMARK_TIMEOUT_MS * MS_NS;
    uint64_t index = awaited(session->arena, bookmarks, "system");
    const struct state_database *found = find_database(session, database);
    struct hosted_database *hosted = found ? hosting_find(process, found->id) : NULL;

    session->bookmark = found ? awaited(session->arena, bookmarks, found->id) : 0;
    if (!process->system || index > raft_applied(process->system))
        session->wait_serial = replication_wait(process, index, deadline_ns, handle_again, session);
    else if (hosted && hosted->ledger && session->bookmark > ledger_transaction(hosted->ledger))
        session->wait_serial = hosting_wait(hosted, session->bookmark, deadline_ns, handle_again, session);
    else
        return false;
    session->request = *request;
    session->wait = WAIT_AGAIN;
    return true;
}

/* ---- transactions ---- */

static const char *home_database(const struct neo4j_session *session) {
    const struct state_user *user = state_find_user(&session->process->state, session_user(session));

    return user && *user->home ? user->home : session->process->state.default_database;
}

static const char *session_wanted_database(const struct neo4j_session *session,
                                           const struct bolt_value *extra) {
    const char *name = bolt_string(bolt_get(extra, "db"), NULL);
    const struct state_database *meant = name ? state_resolve_database(&session->process->state, name) : NULL;
    const char *database = meant ? meant->name : name; /* it may be an alias */

    return str_empty(database) ? home_database(session) : database;
}

static bool check_database(struct neo4j_session *session, const char *database) {
    if (!strcasecmp(database, "system") || find_database(session, database))
        return true;
    session_fail_with(session, FAILURE_DATABASE_NOT_FOUND, "Graph not found: %s", database);
    return false;
}

static bool is_read(const struct bolt_value *extra) {
    return str_equal(bolt_string(bolt_get(extra, "mode"), "w"), "r");
}

static struct transaction_options options_of(const struct neo4j_session *session, struct arena *arena,
                                             const char *database, const struct bolt_value *extra,
                                             bool reads) {
    return (struct transaction_options){
        .database = database,
        .user = session_user(session),
        .connection = arena_printf(arena, "bolt-%lu", (unsigned long)session->connection_id),
        .client_address = session->options.client_address,
        .timeout_ms = bolt_integer(bolt_get(extra, "tx_timeout"), -1),
        .is_read = reads,
    };
}

static void open_transaction(struct neo4j_session *session, const char *database,
                             const struct bolt_value *extra, bool reads) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct transaction_options options = options_of(session, arena, database, extra, reads);

    session->timeout_ms = options.timeout_ms;
    session->transaction = transaction_new(session->process, &options);
}

void session_end_transaction(struct neo4j_session *session) {
    transaction_free(TAKE(session->transaction));
    remote_free(TAKE(session->remote));
}

void session_begin(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);

    if (!session_impersonate(session, request->extra))
        return;
    const char *database = session_wanted_database(session, request->extra);
    if (!check_bookmarks(session, bolt_get(request->extra, "bookmarks")) ||
        session_waits_for(session, request, bolt_get(request->extra, "bookmarks"), database) ||
        !check_database(session, database))
        return;
    state_set_string(&session->database, database);
    session->is_read = is_read(request->extra);
    open_transaction(session, database, request->extra, session->is_read);
    session->next_query_id = 0;
    session->state = STATE_TX_READY;
    if (session_at_least(session, 5, 8))
        bolt_set_string(arena, metadata, "db", database);
    session_succeed(session, metadata);
}

void session_commit_open(struct neo4j_session *session,
                         void (*done)(void *context, int64_t now_ns, const struct failure *failure)) {
    session->wait = WAIT_COMMIT;
    if (session->remote)
        remote_commit(session->remote, done, session);
    else if (session->transaction)
        transaction_commit(session->transaction, done, session);
    else
        done(session, session->process->now_ns, NULL);
}

static void committed(void *context, int64_t now_ns, const struct failure *failure) {
    struct neo4j_session *session = context;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);

    session->wait = WAIT_NOTHING;
    if (failure) {
        session_fail(session, failure);
    } else {
        bolt_set_string(arena, metadata, "bookmark", session_bookmark(session, arena, session->database));
        session_end_transaction(session);
        session_drop_results(session);
        session->state = STATE_READY;
        session_succeed(session, metadata);
    }
    session_pump(session);
}

void session_commit(struct neo4j_session *session, const struct bolt_request *request) {
    session_commit_open(session, committed);
}

void session_rollback(struct neo4j_session *session, const struct bolt_request *request) {
    session_end_transaction(session);
    session_drop_results(session);
    session->state = STATE_READY;
    session_succeed(session, NULL);
}

/* ---- RUN ---- */

bool session_is_in_transaction(const struct neo4j_session *session) {
    return session->state == STATE_TX_READY || session->state == STATE_TX_STREAMING;
}

static void announce_result(struct neo4j_session *session, struct session_result *result) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena), *fields = bolt_new_list(arena);
    bool in_transaction = session_is_in_transaction(session);

    for (size_t i = 0; i < result->statement.table.column_count; i++)
        bolt_append_string(arena, fields, result->statement.table.columns[i]);
    bolt_set(arena, metadata, "fields", fields);
    bolt_set_integer(arena, metadata, "t_first", 0);
    if (in_transaction)
        bolt_set_integer(arena, metadata, "qid", result->query_id);
    if (session_at_least(session, 5, 8))
        bolt_set_string(arena, metadata, "db", result->statement.database);
    session->state = in_transaction ? STATE_TX_STREAMING : STATE_STREAMING;
    session_succeed(session, metadata);
}

static void written(void *context, int64_t now_ns, const struct failure *failure);

static bool is_reached(void *context) {
    const struct neo4j_session *session = context;

    return session->writing->statement.is_reached(&session->writing->statement);
}

static void begin_waiting(struct neo4j_session *session, struct statement *statement) {
    struct neo4j_process *process = session->process;

    session->wait = WAIT_WRITE;
    statement->is_waiting = true;
    statement->waited_index = raft_applied(process->system);
    session->wait_serial = replication_wait_until(
        process, is_reached, process->now_ns + statement->wait_ms * MS_NS, written, session);
}

static void written(void *context, int64_t now_ns, const struct failure *failure) {
    struct neo4j_session *session = context;
    struct session_result *result = session->writing;
    struct statement *statement = &result->statement;

    if (!failure && statement->is_reached && !statement->is_waiting) {
        begin_waiting(session, statement);
        return;
    }
    session->wait = WAIT_NOTHING;
    session->writing = NULL;
    if (failure) {
        session_fail(session, failure);
    } else if (statement->finish && !statement->finish(statement)) {
        session_fail(session, &statement->failure);
    } else {
        if (!session_is_in_transaction(session))
            session->state = STATE_READY;
        announce_result(session, result);
    }
    session_pump(session);
}

static void write_system(struct neo4j_session *session, struct session_result *result) {
    struct statement *statement = &result->statement;
    struct failure failure = { 0 };

    session->wait = WAIT_WRITE;
    session->writing = result;
    if (replication_write(session->process, result->arena, statement->write, session->may_forward, written,
                          session, &session->wait_serial, &failure))
        return;
    session->wait = WAIT_NOTHING;
    session->writing = NULL;
    session_fail(session, &failure);
}

static void wait_for_answer(struct neo4j_session *session, struct session_result *result) {
    session->writing = result;
    begin_waiting(session, &result->statement);
}

static struct session_result *add_result(struct neo4j_session *session, const char *database,
                                         const struct bolt_request *request) {
    /* Rows may hold parameters, so the request lives as long as its result. */
    struct arena *arena = TAKE(session->arena);
    struct session_result *result = ARENA_NEW(arena, struct session_result);

    result->arena = arena;
    result->query_id = session->next_query_id++;
    result->statement = (struct statement){ .arena = arena,
                                            .process = session->process,
                                            .text = request->query,
                                            .parameters = request->parameters,
                                            .database = arena_strdup(arena, database),
                                            .user = arena_strdup(arena, session_user(session)),
                                            .is_impersonated = session->impersonated != NULL,
                                            .must_change_password = session->must_change_password,
                                            .routes_by_address = session->options.routes_by_address,
                                            .transaction = session->transaction,
                                            .is_explicit = session_is_in_transaction(session) };
    result->statement.prefers_leader =
        session->may_forward && session_is_in_transaction(session) && !session->is_read;
    TAILQ_INSERT_TAIL(&session->results, result, link);
    session->result_count++;
    return result;
}

/* Somebody else holds a lock that the statement needs: nothing of it is kept, and it is run again when locks
 * have been released. */
static void wait_for_lock(struct neo4j_session *session, struct session_result *result, size_t mark,
                          const struct bolt_request *request) {
    const struct state_database *database = find_database(session, result->statement.database);
    struct hosted_database *hosted = database ? hosting_find(session->process, database->id) : NULL;

    transaction_undo(session->transaction, mark);
    session->next_query_id = result->query_id;
    TAILQ_REMOVE(&session->results, result, link);
    session->result_count--;
    session->request = *request;
    session->wait_arena = result->arena; /* the request is in it */
    session->wait = WAIT_AGAIN;
    session->wait_serial = hosting_wait(hosted, 0, INT64_MAX, handle_again, session);
}

static void run_elsewhere(void *context, int64_t now_ns, const struct failure *failure) {
    struct neo4j_session *session = context;
    struct session_result *result = session->writing;

    session->wait = WAIT_NOTHING;
    session->writing = NULL;
    if (failure)
        session_fail(session, failure);
    else
        announce_result(session, result);
    session_pump(session);
}

/* The statement failed here only for being here: from now on the transaction is another server's. */
static bool forward(struct neo4j_session *session, struct session_result *result, bool reads) {
    struct statement *statement = &result->statement;
    enum transaction_place place = statement->place;
    struct failure failure = { 0 };

    if (!session->remote) {
        struct transaction_options options =
            options_of(session, result->arena, statement->database, NULL, reads);
        options.timeout_ms = session->timeout_ms;
        session->remote = remote_begin(session->process, place, &options, result->arena, &failure);
        if (!session->remote) {
            statement->failure = failure;
            return false;
        }
        transaction_free(TAKE(session->transaction));
    }
    session->wait = WAIT_REMOTE;
    session->writing = result;
    statement->failure = (struct failure){ 0 };
    statement->transaction = NULL;
    remote_run(session->remote, statement, session->bookmark, run_elsewhere, session);
    return true;
}

/* What the statement may be refused for although it ran. */
static bool check_statement(struct session_result *result, bool reads) {
    struct statement *statement = &result->statement;

    if (statement->failure.kind ||
        (!statement->is_administration &&
         !authorization_access(&statement->process->state, statement->arena, statement->user,
                               statement->database, &statement->failure)))
        return false;
    if (statement->write && statement->is_impersonated)
        return statement_fail(statement, FAILURE_FORBIDDEN,
                              "Not allowed to run updating system commands when impersonating a user.");
    return !(statement->write && reads) ||
           statement_fail(statement, FAILURE_ACCESS_MODE,
                          "Writing in read access mode not allowed. Attempted write to system");
}

/* What goes wrong in computing rows comes after the names of their columns. These are found by running the
 * statement once more, as EXPLAIN does. */
static bool fails_late(struct neo4j_session *session, struct session_result *result, size_t mark) {
    struct statement *statement = &result->statement, again = *statement;

    if (statement->failure.kind != FAILURE_DIVISION_BY_ZERO && statement->failure.kind != FAILURE_OVERFLOW &&
        statement->failure.kind != FAILURE_PROCEDURE_OF_SYSTEM)
        return false;
    if (session->transaction)
        transaction_undo(session->transaction, mark);
    again.failure = (struct failure){ 0 };
    again.table = (struct table){ 0 };
    again.counters = (struct statement_counters){ 0 };
    again.has_result = false;
    again.explains = true;
    if (!statement_run(&again) || !again.has_result)
        return false;
    result->late = statement->failure;
    *statement = again;
    return true;
}

static void run_statement(struct neo4j_session *session, struct session_result *result,
                          const struct bolt_request *request, bool reads) {
    struct statement *statement = &result->statement;
    size_t mark = 0;

    if (session->remote) {
        (void)forward(session, result, reads);
        return;
    }
    if (session->transaction &&
        !transaction_is_open(session->transaction, statement->arena, &statement->failure)) {
        session_fail(session, &statement->failure);
        return;
    }
    if (session->transaction) {
        transaction_set_query(session->transaction, statement->text);
        mark = transaction_mark(session->transaction);
    }
    bool is_good = statement_run(statement); /* what it failed of is in the statement */
    metrics_count_query(session->process, statement->database, is_good);
    if (statement->failure.kind == FAILURE_LOCKED)
        wait_for_lock(session, result, mark, request);
    else if (statement->failure.kind && statement->place != PLACE_HERE && session->may_forward &&
             forward(session, result, reads))
        return;
    else if (fails_late(session, result, mark))
        announce_result(session, result);
    else if (!check_statement(result, reads))
        session_fail(session, &statement->failure);
    else if (statement->write)
        write_system(session, result);
    else if (statement->is_reached)
        wait_for_answer(session, result);
    else
        announce_result(session, result);
}

void session_run(struct neo4j_session *session, const struct bolt_request *request) {
    bool in_transaction = session_is_in_transaction(session);

    if (!in_transaction && !session_impersonate(session, request->extra))
        return;
    const char *database =
        in_transaction ? session->database : session_wanted_database(session, request->extra);
    bool reads = in_transaction ? session->is_read : is_read(request->extra);

    if (!in_transaction && !check_bookmarks(session, bolt_get(request->extra, "bookmarks")))
        return;
    if (!in_transaction &&
        session_waits_for(session, request, bolt_get(request->extra, "bookmarks"), database))
        return;
    if (!check_database(session, database))
        return;
    if (session->result_count >= SESSION_RESULTS_MAX) {
        session_fail_with(session, FAILURE_RESULT_TOO_LARGE,
                          "More than %d results are open in this transaction", SESSION_RESULTS_MAX);
        return;
    }
    if (!in_transaction && !session->transaction && strcasecmp(database, "system") != 0)
        open_transaction(session, database, request->extra, reads);
    run_statement(session, add_result(session, database, request), request, reads);
}

/* ---- ROUTE ---- */

void session_route(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);
    struct failure failure = { 0 };

    if (!check_bookmarks(session, request->bookmarks) ||
        session_waits_for(session, request, request->bookmarks,
                          session_wanted_database(session, request->extra)))
        return;
    session->process->connection_serial++; /* the next table begins with another address */
    struct bolt_value *table =
        routing_table(session->process, arena, session_wanted_database(session, request->extra),
                      session->options.routes_by_address, &failure);
    if (!table) {
        session_fail(session, &failure);
        return;
    }
    bolt_set(arena, metadata, "rt", table);
    session_succeed(session, metadata);
}
