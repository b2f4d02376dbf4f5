#include "sim/neo4j/session.h"

#include "bolt/message.h"
#include "sim/neo4j/authentication.h"
#include "sim/neo4j/statement.h"

#include <stdio.h>

enum { BOOKMARK_TIMEOUT_MS = 30000, RECV_TIMEOUT_SECONDS = 120, TICK_RECORDS = 1000 };

enum session_state {
    STATE_NEGOTIATION,
    STATE_AUTHENTICATION,
    STATE_READY,
    STATE_STREAMING,
    STATE_TX_READY,
    STATE_TX_STREAMING,
    STATE_FAILED,
    STATE_DEFUNCT,
};

struct session_message {
    TAILQ_ENTRY(session_message) link;
    struct buffer bytes;
};

/* What a RUN left to be pulled. */
struct session_result {
    TAILQ_ENTRY(session_result) link;
    struct arena *arena;
    int64_t query_id;
    struct statement statement;
    size_t next_row;
    struct text database;
};

/* What a request waits for. */
enum session_wait { WAIT_NOTHING, WAIT_BOOKMARK, WAIT_WRITE };

struct neo4j_session {
    LIST_ENTRY(neo4j_session) link;
    struct neo4j_process *process; /* NULL: it has exited */
    struct bolt_version version;
    struct neo4j_session_options options;
    struct neo4j_session_events events;
    enum session_state state;
    TAILQ_HEAD(, session_message) queue;
    size_t queue_length;
    bool is_paused;
    bool is_pumping;

    uint64_t connection_id;
    char *user;
    bool must_change_password;
    bool may_forward; /* the client sent a routing context */
    bool has_utc;

    TAILQ_HEAD(session_results, session_result) results;
    size_t result_count;
    int64_t next_query_id;
    char *database; /* of the open transaction */
    bool is_read;

    enum session_wait wait;
    uint64_t wait_serial;
    struct arena *arena;            /* of the request that is handled; RUN leaves it to its result */
    struct arena *wait_arena;       /* of the request that waits */
    struct bolt_request request;    /* that waits for its bookmark */
    struct session_result *writing; /* that waits for its write */

    struct session_result *streaming; /* of the PULL under way */
    int64_t rows_left;                /* of that PULL; -1: all */
    bool discards;
};

/* Since 2025.10 Bolt 6.0; 5.5 was never released. */
const struct bolt_version_range *neo4j_session_versions(const struct neo4j_process *process) {
    static const struct bolt_version_range calendar[] = {
        { 6, 0, 0 }, { 5, 8, 2 }, { 5, 4, 4 }, { 4, 4, 0 }, { 0, 0, 0 }
    };

    return neo4j_version_at_least(&process->version, 2025, 10) ? calendar : calendar + 1;
}

static bool at_least(const struct neo4j_session *session, uint8_t major, uint8_t minor) {
    return bolt_version_at_least(session->version, major, minor);
}

/* ---- life ---- */

struct neo4j_session *neo4j_session_new(struct neo4j_process *process, struct bolt_version version,
                                        const struct neo4j_session_options *options,
                                        const struct neo4j_session_events *events) {
    struct neo4j_session *session = XNEW(struct neo4j_session);

    ensure(process->phase != PHASE_EXITED);
    session->process = process;
    session->version = version;
    session->options = *options;
    session->events = *events;
    session->state = STATE_NEGOTIATION;
    session->connection_id = process->connection_serial++;
    TAILQ_INIT(&session->queue);
    TAILQ_INIT(&session->results);
    LIST_INSERT_HEAD(&process->sessions, session, link);
    return session;
}

static void result_free(struct neo4j_session *session, struct session_result *result) {
    TAILQ_REMOVE(&session->results, result, link);
    session->result_count--;
    if (session->streaming == result)
        session->streaming = NULL;
    if (session->writing == result)
        session->writing = NULL;
    arena_free(result->arena);
}

static void drop_results(struct neo4j_session *session) {
    struct session_result *result;

    while ((result = TAILQ_FIRST(&session->results)))
        result_free(session, result);
}

static void stop_waiting(struct neo4j_session *session) {
    if (session->wait != WAIT_NOTHING && session->process)
        replication_forget(session->process, session->wait_serial);
    session->wait = WAIT_NOTHING;
    session->writing = NULL;
    arena_free(session->wait_arena);
    session->wait_arena = NULL;
}

static void drop_queue(struct neo4j_session *session) {
    struct session_message *message;

    while ((message = TAILQ_FIRST(&session->queue))) {
        TAILQ_REMOVE(&session->queue, message, link);
        buffer_clear(&message->bytes);
        free(message);
    }
    session->queue_length = 0;
}

static void end(struct neo4j_session *session) {
    stop_waiting(session);
    drop_results(session);
    drop_queue(session);
    session->state = STATE_DEFUNCT;
    if (session->process)
        LIST_REMOVE(session, link);
    session->process = NULL;
}

void neo4j_session_free(struct neo4j_session *session) {
    if (!session)
        return;
    end(session);
    free(session->user);
    free(session->database);
    free(session);
}

static void close_session(struct neo4j_session *session) {
    if (session->state == STATE_DEFUNCT && !session->process)
        return;
    end(session);
    session->events.close(session->events.context);
}

void sessions_close_all(struct neo4j_process *process) {
    struct neo4j_session *session;

    while ((session = LIST_FIRST(&process->sessions)))
        close_session(session);
}

/* ---- replies ---- */

static void send_buffer(struct neo4j_session *session, const struct buffer *bytes) {
    session->events.send(session->events.context, buffer_text(bytes));
}

static void succeed(struct neo4j_session *session, const struct bolt_value *metadata) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };

    bolt_message_write_success(&bytes, metadata);
    send_buffer(session, &bytes);
}

static void ignore(struct neo4j_session *session) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };

    bolt_message_write_ignored(&bytes);
    send_buffer(session, &bytes);
}

/* Whatever failed, its results are gone; only RESET helps, or nothing before the login. */
static void fail(struct neo4j_session *session, const struct failure *failure) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    struct bolt_failure shape =
        failure_to_bolt(arena, failure, neo4j_version_is_calendar(&session->process->version));
    bool is_final = session->state == STATE_NEGOTIATION || session->state == STATE_AUTHENTICATION ||
                    failure->kind == FAILURE_REQUEST_FORMAT;

    bolt_message_write_failure(&bytes, session->version, &shape);
    send_buffer(session, &bytes);
    session->state = STATE_FAILED;
    stop_waiting(session);
    drop_results(session);
    if (is_final)
        close_session(session);
}

static void fail_with(struct neo4j_session *session, enum failure_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void fail_with(struct neo4j_session *session, enum failure_kind kind, const char *format, ...) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct failure failure = { .kind = kind };
    va_list arguments;

    va_start(arguments, format);
    failure.message = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    fail(session, &failure);
}

/* ---- bookmarks: "FB:<index>" of the system database; others are not waited for, since no other database has
 * transactions ---- */

static char *bookmark(const struct neo4j_session *session, struct arena *arena, const char *database) {
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

static void pump(struct neo4j_session *session);
static void handle(struct neo4j_session *session, const struct bolt_request *request);

static void bookmark_reached(void *context, int64_t now_ns, const struct failure *failure) {
    struct neo4j_session *session = context;
    struct bolt_request request = session->request;

    session->wait = WAIT_NOTHING;
    session->arena = TAKE(session->wait_arena);
    if (failure)
        fail(session, failure);
    else
        handle(session, &request);
    arena_free(TAKE(session->arena));
    pump(session);
}

/* True: the request is kept, and handled again when this server's copy has come to its bookmarks. */
static bool waits_for_bookmarks(struct neo4j_session *session, const struct bolt_request *request,
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

/* ---- HELLO, LOGON, LOGOFF ---- */

static bool log_in(struct neo4j_session *session, const struct bolt_value *token, struct bolt_value *metadata,
                   struct arena *arena) {
    const char *user = bolt_string(bolt_get(token, "principal"), "");
    struct failure failure = { 0 };

    if (!authenticate(session->process, arena, bolt_string(bolt_get(token, "scheme"), "none"), user,
                      bolt_text(bolt_get(token, "credentials")), &session->must_change_password, &failure)) {
        fail(session, &failure);
        return false;
    }
    state_set_string(&session->user, user);
    if (session->must_change_password)
        bolt_set_bool(arena, metadata, "credentials_expired", true);
    session->state = STATE_READY;
    return true;
}

static bool asks_for_utc(const struct bolt_value *extra) {
    BOLT_FOR_EACH_ITEM(patch, bolt_get(extra, "patch_bolt"))
    if (str_equal(bolt_string(patch, ""), "utc"))
        return true;
    return false;
}

static void handle_hello(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena), *hints = bolt_new_map(arena);

    session->may_forward = bolt_is(bolt_get(request->extra, "routing"), BOLT_MAP);
    session->has_utc = at_least(session, 5, 0) || asks_for_utc(request->extra);
    if (!bolt_is(bolt_get(request->extra, "user_agent"), BOLT_STRING)) {
        fail_with(session, FAILURE_REQUEST_INVALID, "HELLO needs a user_agent");
        return;
    }
    bolt_set_string(arena, metadata, "server",
                    arena_printf(arena, "Neo4j/%s", session->process->version.text));
    bolt_set_string(arena, metadata, "connection_id",
                    arena_printf(arena, "bolt-%lu", (unsigned long)session->connection_id));
    bolt_set_integer(arena, hints, "connection.recv_timeout_seconds", RECV_TIMEOUT_SECONDS);
    if (at_least(session, 5, 4))
        bolt_set_bool(arena, hints, "telemetry.enabled", false);
    if (at_least(session, 5, 8))
        bolt_set_bool(arena, hints, "ssr.enabled", true);
    bolt_set(arena, metadata, "hints", hints);
    if (!at_least(session, 5, 0) && session->has_utc)
        bolt_append_string(arena, bolt_set(arena, metadata, "patch_bolt", bolt_new_list(arena)), "utc");
    if (at_least(session, 5, 1))
        session->state = STATE_AUTHENTICATION;
    else if (!log_in(session, request->extra, metadata, arena))
        return;
    succeed(session, metadata);
}

static const char *own_address(const struct neo4j_session *session, struct arena *arena) {
    const struct neo4j_process *process = session->process;

    if (session->options.routes_by_address)
        return arena_printf(arena, "%s:%u", process->container.address, process->listen[PORT_BOLT].port);
    return process_advertised(process, arena, PORT_BOLT);
}

static void handle_logon(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);

    if (!log_in(session, request->extra, metadata, arena))
        return;
    if (at_least(session, 5, 8))
        bolt_set_string(arena, metadata, "advertised_address", own_address(session, arena));
    succeed(session, metadata);
}

static void handle_logoff(struct neo4j_session *session, const struct bolt_request *request) {
    state_set_string(&session->user, "");
    session->state = STATE_AUTHENTICATION;
    succeed(session, NULL);
}

/* ---- transactions ---- */

static const char *home_database(const struct neo4j_session *session) {
    const struct state_user *user = state_find_user(&session->process->state, session->user);

    return user && *user->home ? user->home : session->process->state.default_database;
}

static const char *wanted_database(const struct neo4j_session *session, const struct bolt_value *extra) {
    const char *database = bolt_string(bolt_get(extra, "db"), NULL);

    return str_empty(database) ? home_database(session) : database;
}

static bool check_database(struct neo4j_session *session, const char *database) {
    if (!strcasecmp(database, "system") || state_find_database(&session->process->state, database))
        return true;
    fail_with(session, FAILURE_DATABASE_NOT_FOUND, "Graph not found: %s", database);
    return false;
}

static bool is_read(const struct bolt_value *extra) {
    return str_equal(bolt_string(bolt_get(extra, "mode"), "w"), "r");
}

static void handle_begin(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);
    const char *database = wanted_database(session, request->extra);

    if (waits_for_bookmarks(session, request, bolt_get(request->extra, "bookmarks")) ||
        !check_database(session, database))
        return;
    state_set_string(&session->database, database);
    session->is_read = is_read(request->extra);
    session->next_query_id = 0;
    session->state = STATE_TX_READY;
    if (at_least(session, 5, 8))
        bolt_set_string(arena, metadata, "db", database);
    succeed(session, metadata);
}

static void handle_commit(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);

    bolt_set_string(arena, metadata, "bookmark", bookmark(session, arena, session->database));
    drop_results(session);
    session->state = STATE_READY;
    succeed(session, metadata);
}

static void handle_rollback(struct neo4j_session *session, const struct bolt_request *request) {
    drop_results(session);
    session->state = STATE_READY;
    succeed(session, NULL);
}

/* ---- RUN ---- */

static bool is_in_transaction(const struct neo4j_session *session) {
    return session->state == STATE_TX_READY || session->state == STATE_TX_STREAMING;
}

static void announce_result(struct neo4j_session *session, struct session_result *result) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena), *fields = bolt_new_list(arena);
    bool in_transaction = is_in_transaction(session);

    for (size_t i = 0; i < result->statement.table.column_count; i++)
        bolt_append_string(arena, fields, result->statement.table.columns[i]);
    bolt_set(arena, metadata, "fields", fields);
    bolt_set_integer(arena, metadata, "t_first", 0);
    if (in_transaction)
        bolt_set_integer(arena, metadata, "qid", result->query_id);
    if (at_least(session, 5, 8))
        bolt_set_string(arena, metadata, "db", result->statement.database);
    session->state = in_transaction ? STATE_TX_STREAMING : STATE_STREAMING;
    succeed(session, metadata);
}

static void written(void *context, int64_t now_ns, const struct failure *failure) {
    struct neo4j_session *session = context;
    struct session_result *result = session->writing;

    session->wait = WAIT_NOTHING;
    session->writing = NULL;
    if (failure) {
        fail(session, failure);
    } else {
        if (!is_in_transaction(session))
            session->state = STATE_READY;
        announce_result(session, result);
    }
    pump(session);
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
    fail(session, &failure);
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

    if (statement->failure.kind)
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

static void handle_run(struct neo4j_session *session, const struct bolt_request *request) {
    bool in_transaction = is_in_transaction(session);
    const char *database = in_transaction ? session->database : wanted_database(session, request->extra);
    bool reads = in_transaction ? session->is_read : is_read(request->extra);
    struct session_result *result;

    if (!in_transaction && waits_for_bookmarks(session, request, bolt_get(request->extra, "bookmarks")))
        return;
    if (!check_database(session, database))
        return;
    if (session->result_count >= SESSION_RESULTS_MAX) {
        fail_with(session, FAILURE_RESULT_TOO_LARGE, "More than %d results are open in this transaction",
                  SESSION_RESULTS_MAX);
        return;
    }
    result = add_result(session, database, request);
    if (!check_statement(session, result, reads))
        fail(session, &result->statement.failure);
    else if (result->statement.write)
        write_system(session, result);
    else
        announce_result(session, result);
}

/* ---- PULL, DISCARD ---- */

/* 4.4 without the utc patch has structures of its own for points in time; all of ours have offset 0. */
static const struct bolt_value *legacy_row(struct arena *arena, const struct bolt_value *row) {
    struct bolt_value *copy = bolt_new_list(arena);

    BOLT_FOR_EACH_ITEM(item, row) {
        struct bolt_value value = *item;
        if (bolt_is_struct(item, BOLT_DATE_TIME))
            value.tag = BOLT_LEGACY_DATE_TIME;
        bolt_append(arena, copy, &value);
    }
    return copy;
}

static void send_record(struct neo4j_session *session, struct session_result *result) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    const struct bolt_value *row = result->statement.table.rows[result->next_row++];

    if (session->has_utc) {
        bolt_message_write_record(&bytes, row);
    } else {
        CLEANUP_ARENA struct arena *arena = arena_new();
        bolt_message_write_record(&bytes, legacy_row(arena, row));
    }
    send_buffer(session, &bytes);
}

static void add_status(const struct session_result *result, struct arena *arena,
                       struct bolt_value *metadata) {
    struct bolt_value *statuses = bolt_new_list(arena), *status = bolt_new_map(arena);
    const struct table *table = &result->statement.table;
    const char *code = !table->column_count ? "00001" : table->row_count ? "00000" : "02000";
    const char *description = !table->column_count ? "note: successful completion - omitted result"
                              : table->row_count   ? "note: successful completion"
                                                   : "note: no data";

    bolt_set_string(arena, status, "gql_status", code);
    bolt_set_string(arena, status, "status_description", description);
    bolt_set(arena, status, "diagnostic_record", bolt_new_map(arena));
    bolt_append(arena, statuses, status);
    bolt_set(arena, metadata, "statuses", statuses);
}

static void finish_result(struct neo4j_session *session, struct session_result *result) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);
    const struct statement *statement = &result->statement;
    const char *database = statement->is_administration ? "system" : statement->database;
    bool in_transaction = is_in_transaction(session);

    bolt_set_string(arena, metadata, "type", statement->type);
    bolt_set_integer(arena, metadata, "t_last", 0);
    bolt_set_string(arena, metadata, "db", database);
    if (!in_transaction)
        bolt_set_string(arena, metadata, "bookmark", bookmark(session, arena, database));
    if (statement->write) {
        struct bolt_value *stats = bolt_new_map(arena);
        bolt_set_bool(arena, stats, "contains-system-updates", true);
        bolt_set_integer(arena, stats, "system-updates", 1);
        bolt_set(arena, metadata, "stats", stats);
    }
    if (at_least(session, 5, 6))
        add_status(result, arena, metadata);
    result_free(session, result);
    session->state = !in_transaction                  ? STATE_READY
                     : TAILQ_EMPTY(&session->results) ? STATE_TX_READY
                                                      : STATE_TX_STREAMING;
    succeed(session, metadata);
}

static void has_more(struct neo4j_session *session) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);

    bolt_set_bool(arena, metadata, "has_more", true);
    session->streaming = NULL;
    succeed(session, metadata);
}

/* As many records as may go at once. */
static void stream(struct neo4j_session *session) {
    struct session_result *result = session->streaming;
    const struct table *table = &result->statement.table;

    for (unsigned i = 0; i < TICK_RECORDS && !session->is_paused; i++) {
        if (result->next_row == table->row_count) {
            session->streaming = NULL;
            finish_result(session, result);
            return;
        }
        if (session->rows_left == 0) {
            has_more(session);
            return;
        }
        session->rows_left -= session->rows_left > 0;
        if (session->discards)
            result->next_row++;
        else
            send_record(session, result);
    }
}

static void handle_fetch(struct neo4j_session *session, const struct bolt_request *request) {
    struct session_result *result = TAILQ_LAST(&session->results, session_results);

    if (request->query_id >= 0 && is_in_transaction(session))
        TAILQ_FOREACH (result, &session->results, link)
            if (result->query_id == request->query_id)
                break;
    if (!result) {
        fail_with(session, FAILURE_REQUEST_INVALID, "There is no open result with id %ld",
                  (long)request->query_id);
        return;
    }
    session->streaming = result;
    session->rows_left = request->rows;
    session->discards = request->tag == BOLT_DISCARD;
}

/* ---- the others ---- */

static void handle_route(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);
    struct failure failure = { 0 };

    if (waits_for_bookmarks(session, request, request->bookmarks))
        return;
    session->process->connection_serial++; /* the next table begins with another address */
    struct bolt_value *table =
        routing_table(session->process, arena, wanted_database(session, request->extra),
                      session->options.routes_by_address, &failure);
    if (!table) {
        fail(session, &failure);
        return;
    }
    bolt_set(arena, metadata, "rt", table);
    succeed(session, metadata);
}

static void handle_telemetry(struct neo4j_session *session, const struct bolt_request *request) {
    if (request->telemetry < 0 || request->telemetry > 3)
        fail_with(session, FAILURE_REQUEST_INVALID, "Unknown driver interface type %ld",
                  (long)request->telemetry);
    else
        succeed(session, NULL);
}

static void handle_goodbye(struct neo4j_session *session, const struct bolt_request *request) {
    close_session(session);
}

/* Which messages a state takes. RESET is taken before, see neo4j_session_receive(). */
static const struct {
    enum bolt_message_tag tag;
    unsigned states;
    uint8_t since_minor; /* of Bolt 5 */
    void (*handle)(struct neo4j_session *session, const struct bolt_request *request);
} messages[] = {
#define IN(state) (1U << STATE_##state)
    { BOLT_HELLO, IN(NEGOTIATION), 0, handle_hello },
    { BOLT_LOGON, IN(AUTHENTICATION), 1, handle_logon },
    { BOLT_LOGOFF, IN(READY), 1, handle_logoff },
    { BOLT_GOODBYE, ~0U, 0, handle_goodbye },
    { BOLT_RUN, IN(READY) | IN(TX_READY) | IN(TX_STREAMING), 0, handle_run },
    { BOLT_BEGIN, IN(READY), 0, handle_begin },
    { BOLT_COMMIT, IN(TX_READY), 0, handle_commit },
    { BOLT_ROLLBACK, IN(TX_READY), 0, handle_rollback },
    { BOLT_PULL, IN(STREAMING) | IN(TX_STREAMING), 0, handle_fetch },
    { BOLT_DISCARD, IN(STREAMING) | IN(TX_STREAMING), 0, handle_fetch },
    { BOLT_ROUTE, IN(READY), 0, handle_route },
    { BOLT_TELEMETRY, IN(READY), 4, handle_telemetry },
#undef IN
};

static void handle(struct neo4j_session *session, const struct bolt_request *request) {
    if (session->state == STATE_FAILED && request->tag != BOLT_GOODBYE) {
        ignore(session);
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(messages); i++) {
        bool is_known = messages[i].tag == request->tag &&
                        (!messages[i].since_minor || at_least(session, 5, messages[i].since_minor));
        if (!is_known)
            continue;
        if (messages[i].states & (1U << session->state)) {
            messages[i].handle(session, request);
            return;
        }
    }
    fail_with(session, FAILURE_REQUEST_INVALID,
              "Message of type %s cannot be handled by a session in this state",
              bolt_message_name(request->tag));
    if (session->process) /* a violation of the protocol ends the connection */
        close_session(session);
}

static void take(struct neo4j_session *session, struct text bytes) {
    struct bolt_value *message;
    struct bolt_request request;
    struct error err = { 0 };

    session->arena = arena_new();
    if (!bolt_message_parse(session->arena, bytes, &message, &err) ||
        !bolt_request_read(message, session->version, &request, &err)) {
        fail_with(session, FAILURE_REQUEST_FORMAT, "%s", err.text);
    } else {
        handle(session, &request);
        if (session->wait == WAIT_BOOKMARK)
            session->wait_arena = TAKE(session->arena);
    }
    arena_free(TAKE(session->arena));
}

/* Handles what waits, one after the other, until something has to be waited for. */
static void pump(struct neo4j_session *session) {
    struct session_message *message;

    if (session->is_pumping)
        return;
    session->is_pumping = true;
    while (session->process && session->wait == WAIT_NOTHING && !session->is_paused) {
        if (session->streaming) {
            stream(session);
            continue;
        }
        message = TAILQ_FIRST(&session->queue);
        if (!message)
            break;
        TAILQ_REMOVE(&session->queue, message, link);
        session->queue_length--;
        take(session, buffer_text(&message->bytes));
        buffer_clear(&message->bytes);
        free(message);
    }
    session->is_pumping = false;
}

/* RESET overtakes what waits: all of that is ignored, an open transaction is rolled back. */
static void reset(struct neo4j_session *session) {
    bool was_busy = session->wait != WAIT_NOTHING || session->streaming;
    size_t waiting = session->queue_length;

    stop_waiting(session);
    session->streaming = NULL;
    drop_results(session);
    drop_queue(session);
    for (size_t i = 0; i < waiting + was_busy; i++)
        ignore(session);
    session->state = STATE_READY;
    succeed(session, NULL);
}

void neo4j_session_receive(struct neo4j_session *session, int64_t now_ns, struct text bytes) {
    bool is_reset = bytes.length >= 2 && (uint8_t)bytes.data[1] == BOLT_RESET;
    bool is_logged_in = session->state > STATE_AUTHENTICATION;

    if (!session->process || session->state == STATE_DEFUNCT)
        return;
    if (now_ns > session->process->now_ns)
        session->process->now_ns = now_ns;
    if (is_reset && is_logged_in) {
        reset(session);
        return;
    }
    if (session->queue_length >= SESSION_QUEUE_MAX) {
        fail_with(session, FAILURE_REQUEST_INVALID, "More than %d messages wait", SESSION_QUEUE_MAX);
        close_session(session);
        return;
    }
    struct session_message *message = XNEW(struct session_message);
    buffer_add(&message->bytes, bytes.data, bytes.length);
    TAILQ_INSERT_TAIL(&session->queue, message, link);
    session->queue_length++;
    pump(session);
}

void neo4j_session_pause(struct neo4j_session *session, bool is_paused) {
    session->is_paused = is_paused;
    if (!is_paused)
        pump(session);
}

size_t neo4j_session_message_bytes_max(const struct neo4j_session *session) {
    return session->state > STATE_AUTHENTICATION ? SESSION_MESSAGE_BYTES_MAX
                                                 : SESSION_MESSAGE_BYTES_MAX_UNAUTHENTICATED;
}

bool neo4j_session_is_full(const struct neo4j_session *session) {
    return session->queue_length >= SESSION_QUEUE_MAX;
}
