/* Transactions: BEGIN, COMMIT, ROLLBACK, RUN, ROUTE.
 *
 * Administration takes effect when it is run, also inside a transaction: rolling back does not undo it. */
#include "sim/neo4j/session_state.h"

enum { BOOKMARK_TIMEOUT_MS = 30000 };

/* ---- bookmarks: "FB:<index>" of the system database; others are not waited for, since no other database has
 * transactions ---- */

char *session_bookmark(const struct neo4j_session *session, struct arena *arena, const char *database) {
    uint64_t index = str_equal(database, "system") ? raft_applied(session->process->system) : 0;

    return arena_printf(arena, "FB:sim:%s:%lu", database, (unsigned long)index);
}

static uint64_t awaited_index(const struct bolt_value *bookmarks) {
    uint64_t most = 0;

    BOLT_FOR_EACH_ITEM(item, bookmarks) {
        struct text rest = text_from(bolt_string(item, ""));
        uint64_t index;
        if (!text_starts_with(rest, "FB:sim:system:"))
            continue;
        rest.data += strlen("FB:sim:system:");
        rest.length -= strlen("FB:sim:system:");
        if (parse_uint64(rest, &index) && index > most)
            most = index;
    }
    return most;
}

static void bookmark_reached(void *context, int64_t now_ns, const struct failure *failure) {
    struct neo4j_session *session = context;
    struct bolt_request request = session->request;

    session->wait = WAIT_NOTHING;
    session->arena = TAKE(session->wait_arena);
    if (failure)
        session_fail(session, failure);
    else
        session_handle(session, &request);
    arena_free(TAKE(session->arena));
    session_pump(session);
}

/* True: the request is kept, and handled again when this server's copy has come to its bookmarks. */
static bool session_waits_for(struct neo4j_session *session, const struct bolt_request *request,
                              const struct bolt_value *bookmarks) {
    uint64_t index = awaited_index(bookmarks);

    if (session->process->system && index <= raft_applied(session->process->system))
        return false;
    session->request = *request;
    session->wait = WAIT_BOOKMARK;
    session->wait_serial =
        replication_wait(session->process, index, session->process->now_ns + BOOKMARK_TIMEOUT_MS * MS_NS,
                         bookmark_reached, session);
    return true;
}

/* ---- transactions ---- */

static const char *home_database(const struct neo4j_session *session) {
    const struct state_user *user = state_find_user(&session->process->state, session->user);

    return user && *user->home ? user->home : session->process->state.default_database;
}

static const char *session_wanted_database(const struct neo4j_session *session,
                                           const struct bolt_value *extra) {
    const char *database = bolt_string(bolt_get(extra, "db"), NULL);

    return str_empty(database) ? home_database(session) : database;
}

static bool check_database(struct neo4j_session *session, const char *database) {
    if (!strcasecmp(database, "system") || state_find_database(&session->process->state, database))
        return true;
    session_fail_with(session, FAILURE_DATABASE_NOT_FOUND, "Graph not found: %s", database);
    return false;
}

static bool is_read(const struct bolt_value *extra) {
    return str_equal(bolt_string(bolt_get(extra, "mode"), "w"), "r");
}

void session_begin(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);
    const char *database = session_wanted_database(session, request->extra);

    if (session_waits_for(session, request, bolt_get(request->extra, "bookmarks")) ||
        !check_database(session, database))
        return;
    state_set_string(&session->database, database);
    session->is_read = is_read(request->extra);
    session->next_query_id = 0;
    session->state = STATE_TX_READY;
    if (session_at_least(session, 5, 8))
        bolt_set_string(arena, metadata, "db", database);
    session_succeed(session, metadata);
}

void session_commit(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);

    bolt_set_string(arena, metadata, "bookmark", session_bookmark(session, arena, session->database));
    session_drop_results(session);
    session->state = STATE_READY;
    session_succeed(session, metadata);
}

void session_rollback(struct neo4j_session *session, const struct bolt_request *request) {
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
                                            .user = arena_strdup(arena, session->user),
                                            .must_change_password = session->must_change_password,
                                            .routes_by_address = session->options.routes_by_address };
    TAILQ_INSERT_TAIL(&session->results, result, link);
    session->result_count++;
    (void)statement_run(&result->statement); /* what it failed of is in the statement */
    return result;
}

/* What the statement may be refused for although it ran. */
static bool check_statement(const struct neo4j_session *session, struct session_result *result, bool reads) {
    struct statement *statement = &result->statement;
    const struct state_database *database =
        state_find_database(&session->process->state, statement->database);

    if (statement->failure.kind ||
        (!statement->is_administration &&
         !authorization_access(&session->process->state, statement->arena, statement->user,
                               statement->database, &statement->failure)))
        return false;
    if (statement->write && reads)
        return statement_fail(statement, FAILURE_ACCESS_MODE,
                              "Writing in read access mode not allowed. Attempted write to system");
    if (!statement->is_administration && database &&
        !str_equal(database_status_on(session->process, database, process_id(session->process)), "online") &&
        !session->may_forward)
        return statement_fail(statement, FAILURE_DATABASE_UNAVAILABLE,
                              "The database '%s' is not available on this server", database->name);
    return true;
}

void session_run(struct neo4j_session *session, const struct bolt_request *request) {
    bool in_transaction = session_is_in_transaction(session);
    const char *database =
        in_transaction ? session->database : session_wanted_database(session, request->extra);
    bool reads = in_transaction ? session->is_read : is_read(request->extra);
    struct session_result *result;

    if (!in_transaction && session_waits_for(session, request, bolt_get(request->extra, "bookmarks")))
        return;
    if (!check_database(session, database))
        return;
    if (session->result_count >= SESSION_RESULTS_MAX) {
        session_fail_with(session, FAILURE_RESULT_TOO_LARGE,
                          "More than %d results are open in this transaction", SESSION_RESULTS_MAX);
        return;
    }
    result = add_result(session, database, request);
    if (!check_statement(session, result, reads))
        session_fail(session, &result->statement.failure);
    else if (result->statement.write)
        write_system(session, result);
    else if (result->statement.is_reached)
        wait_for_answer(session, result);
    else
        announce_result(session, result);
}

/* ---- ROUTE ---- */

void session_route(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);
    struct failure failure = { 0 };

    if (session_waits_for(session, request, request->bookmarks))
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
