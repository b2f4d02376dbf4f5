#include "sim/neo4j/session_state.h"

/* Since 2025.10 Bolt 6.0, since 2026.06 6.1; 5.5 was never released. */
const struct bolt_version_range *neo4j_session_versions(const struct neo4j_process *process) {
#define BOLT_5_AND_4                                                                                         \
    { 5, 8, 2 }, { 5, 4, 4 }, { 4, 4, 0 }, {                                                                 \
        0, 0, 0                                                                                              \
    }
    static const struct bolt_version_range newest[] = { { 6, 1, 1 }, BOLT_5_AND_4 };
    static const struct bolt_version_range calendar[] = { { 6, 0, 0 }, BOLT_5_AND_4 };
#undef BOLT_5_AND_4

    if (neo4j_version_at_least(&process->version, 2026, 6))
        return newest;
    return neo4j_version_at_least(&process->version, 2025, 10) ? calendar : calendar + 1;
}

bool session_at_least(const struct neo4j_session *session, uint8_t major, uint8_t minor) {
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
    session->connected_wall_ns = process_wall(process);
    TAILQ_INIT(&session->queue);
    TAILQ_INIT(&session->results);
    LIST_INSERT_HEAD(&process->sessions, session, link);
    return session;
}

void session_free_result(struct neo4j_session *session, struct session_result *result) {
    TAILQ_REMOVE(&session->results, result, link);
    session->result_count--;
    if (session->streaming == result)
        session->streaming = NULL;
    if (session->writing == result)
        session->writing = NULL;
    arena_free(result->arena);
}

void session_drop_results(struct neo4j_session *session) {
    struct session_result *result;

    while ((result = TAILQ_FIRST(&session->results)))
        session_free_result(session, result);
}

void session_stop_waiting(struct neo4j_session *session) {
    if (session->wait != WAIT_NOTHING && session->process) {
        replication_forget(session->process, session->wait_serial);
        hosting_forget(session->process, session->wait_serial);
    }
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
    session->queue_bytes = 0;
}

static void end(struct neo4j_session *session) {
    session_stop_waiting(session);
    session_end_transaction(session);
    session_drop_results(session);
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
    free(session->impersonated);
    free(session->user_agent);
    free(session->database);
    free(session);
}

void session_close(struct neo4j_session *session) {
    if (session->state == STATE_DEFUNCT && !session->process)
        return;
    end(session);
    session->events.close(session->events.context);
}

void session_kill(struct neo4j_session *session) {
    if (session->is_pumping)
        session->is_killed = true;
    else
        session_close(session);
}

void sessions_close_all(struct neo4j_process *process) {
    struct neo4j_session *session;

    while ((session = LIST_FIRST(&process->sessions)))
        session_close(session);
}

/* ---- replies ---- */

void session_send(struct neo4j_session *session, const struct buffer *bytes) {
    session->events.send(session->events.context, buffer_text(bytes));
}

void session_succeed(struct neo4j_session *session, const struct bolt_value *metadata) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };

    bolt_message_write_success(&bytes, metadata);
    session_send(session, &bytes);
}

void session_ignore(struct neo4j_session *session) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };

    bolt_message_write_ignored(&bytes);
    session_send(session, &bytes);
}

void session_fail(struct neo4j_session *session, const struct failure *failure) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    struct bolt_failure shape =
        failure_to_bolt(arena, failure, neo4j_version_is_calendar(&session->process->version));
    bool is_final = session->state == STATE_NEGOTIATION || session->state == STATE_AUTHENTICATION ||
                    failure->kind == FAILURE_REQUEST_FORMAT;

    session->process->counts.messages_failed++;
    bolt_message_write_failure(&bytes, session->version, &shape);
    session_send(session, &bytes);
    session->state = STATE_FAILED;
    session_stop_waiting(session);
    session_end_transaction(session);
    session_drop_results(session);
    if (is_final)
        session_close(session);
}

void session_fail_with(struct neo4j_session *session, enum failure_kind kind, const char *format, ...) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct failure failure = { .kind = kind };
    va_list arguments;

    va_start(arguments, format);
    failure.message = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    session_fail(session, &failure);
}

static void handle_telemetry(struct neo4j_session *session, const struct bolt_request *request) {
    if (request->telemetry < 0 || request->telemetry > 3)
        session_fail_with(session, FAILURE_REQUEST_INVALID, "Unknown driver interface type %ld",
                          (long)request->telemetry);
    else
        session_succeed(session, NULL);
}

static void handle_goodbye(struct neo4j_session *session, const struct bolt_request *request) {
    session_close(session);
}

/* Which messages a state takes. RESET is taken before, see neo4j_session_receive(). */
static const struct {
    enum bolt_message_tag tag;
    unsigned states;
    uint8_t since_minor; /* of Bolt 5 */
    void (*handle)(struct neo4j_session *session, const struct bolt_request *request);
} messages[] = {
#define IN(state) (1U << STATE_##state)
    { BOLT_HELLO, IN(NEGOTIATION), 0, session_hello },
    { BOLT_LOGON, IN(AUTHENTICATION), 1, session_logon },
    { BOLT_LOGOFF, IN(READY), 1, session_logoff },
    { BOLT_GOODBYE, ~0U, 0, handle_goodbye },
    { BOLT_RUN, IN(READY) | IN(TX_READY) | IN(TX_STREAMING), 0, session_run },
    { BOLT_BEGIN, IN(READY), 0, session_begin },
    { BOLT_COMMIT, IN(TX_READY), 0, session_commit },
    { BOLT_ROLLBACK, IN(TX_READY), 0, session_rollback },
    { BOLT_PULL, IN(STREAMING) | IN(TX_STREAMING), 0, session_fetch },
    { BOLT_DISCARD, IN(STREAMING) | IN(TX_STREAMING), 0, session_fetch },
    { BOLT_ROUTE, IN(READY), 0, session_route },
    { BOLT_TELEMETRY, IN(READY), 4, handle_telemetry },
#undef IN
};

void session_handle(struct neo4j_session *session, const struct bolt_request *request) {
    session->process->counts.messages_received++;
    if (session->state == STATE_FAILED && request->tag != BOLT_GOODBYE) {
        session_ignore(session);
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(messages); i++) {
        bool is_known = messages[i].tag == request->tag &&
                        (!messages[i].since_minor || session_at_least(session, 5, messages[i].since_minor));
        if (!is_known)
            continue;
        if (messages[i].states & (1U << session->state)) {
            messages[i].handle(session, request);
            return;
        }
    }
    session_fail_with(session, FAILURE_REQUEST_INVALID,
                      "Message of type %s cannot be handled by a session in this state",
                      bolt_message_name((uint8_t)request->tag));
    if (session->process) /* a violation of the protocol ends the connection */
        session_close(session);
}

/* Vectors came with 6.0. */
static bool holds_vector(const struct bolt_value *value) {
    bool holds = bolt_is_struct(value, BOLT_VECTOR);

    BOLT_FOR_EACH_ITEM(item, value)
    holds = holds || holds_vector(item);
    BOLT_FOR_EACH_MEMBER(member, value)
    holds = holds || holds_vector(&member->value);
    return holds;
}

static void take(struct neo4j_session *session, struct text bytes) {
    struct bolt_value *message;
    struct bolt_request request;
    struct error err = { 0 };

    session->arena = arena_new();
    if (!bolt_message_parse(session->arena, bytes, &message, &err) ||
        !bolt_request_read(message, session->version, &request, &err)) {
        session_fail_with(session, FAILURE_REQUEST_FORMAT, "%s", err.text);
    } else if (!session_at_least(session, 6, 0) && holds_vector(request.parameters)) {
        session_fail_with(session, FAILURE_REQUEST_INVALID,
                          "Illegal value for field \"params\": Unexpected struct tag: 0x%X", BOLT_VECTOR);
    } else {
        session_handle(session, &request);
        if (session->wait == WAIT_AGAIN && session->arena)
            session->wait_arena = TAKE(session->arena);
    }
    arena_free(TAKE(session->arena));
}

/* Handles what waits, one after the other, until something has to be waited for. */
void session_pump(struct neo4j_session *session) {
    struct session_message *message;

    if (session->is_pumping)
        return;
    session->is_pumping = true;
    while (session->process && session->wait == WAIT_NOTHING && !session->is_paused) {
        if (session->streaming) {
            session_stream(session);
            continue;
        }
        message = TAILQ_FIRST(&session->queue);
        if (!message)
            break;
        TAILQ_REMOVE(&session->queue, message, link);
        session->queue_length--;
        session->queue_bytes -= message->bytes.length;
        take(session, buffer_text(&message->bytes));
        buffer_clear(&message->bytes);
        free(message);
        if (session->is_killed)
            session_close(session);
    }
    session->is_pumping = false;
}

/* RESET overtakes what waits: all of that is ignored, an open transaction is rolled back. */
static void reset(struct neo4j_session *session) {
    bool was_busy = session->wait != WAIT_NOTHING || session->streaming;
    size_t waiting = session->queue_length;

    session_stop_waiting(session);
    session->streaming = NULL;
    session_end_transaction(session);
    session_drop_results(session);
    drop_queue(session);
    for (size_t i = 0; i < waiting + was_busy; i++)
        session_ignore(session);
    session->state = STATE_READY;
    session_succeed(session, NULL);
}

void neo4j_session_receive(struct neo4j_session *session, int64_t now_ns, struct text bytes) {
    bool is_reset = bytes.length >= 2 && (uint8_t)bytes.data[1] == BOLT_RESET;

    if (!session->process || session->state == STATE_DEFUNCT)
        return;
    if (now_ns > session->process->now_ns)
        session->process->now_ns = now_ns;
    if (is_reset && neo4j_session_is_logged_in(session)) {
        reset(session);
        return;
    }
    if (neo4j_session_is_full(session)) {
        session_fail_with(session, FAILURE_REQUEST_INVALID, "More than %d messages or %d bytes wait",
                          SESSION_QUEUE_MAX, SESSION_QUEUE_BYTES_MAX);
        session_close(session);
        return;
    }
    struct session_message *message = XNEW(struct session_message);
    buffer_add(&message->bytes, bytes.data, bytes.length);
    TAILQ_INSERT_TAIL(&session->queue, message, link);
    session->queue_length++;
    session->queue_bytes += bytes.length;
    session_pump(session);
}

void neo4j_session_pause(struct neo4j_session *session, bool is_paused) {
    session->is_paused = is_paused;
    if (!is_paused)
        session_pump(session);
}

size_t neo4j_session_message_bytes_max(const struct neo4j_session *session) {
    return neo4j_session_is_logged_in(session) ? SESSION_MESSAGE_BYTES_MAX
                                               : SESSION_MESSAGE_BYTES_MAX_UNAUTHENTICATED;
}

bool neo4j_session_is_logged_in(const struct neo4j_session *session) {
    return session->state > STATE_AUTHENTICATION;
}

bool neo4j_session_is_full(const struct neo4j_session *session) {
    return session->queue_length >= SESSION_QUEUE_MAX || session->queue_bytes >= SESSION_QUEUE_BYTES_MAX;
}
