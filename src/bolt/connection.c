/* Exchanges (requests, their replies, and what state follows), and from them the calls of the header.
 *
 * A call sends all it has to say at once and then reads the replies in order: RUN and PULL travel together,
 * and where RUN is refused the reply to PULL is IGNORED. So after each call nothing is under way, whatever
 * the outcome, and any call may follow.
 */
#include "bolt/connection.h"

#include "bolt/channel.h"

/* LOGIN_BYTES: keys, markers and chunk lengths of HELLO and LOGON, with room to spare. */
enum { LOGIN_BYTES = 512 };

struct bolt_connection {
    char *address;
    uint16_t port;
    char *server_name; /* the address when the login gave none */
    char *user;
    char *user_agent;
    const struct bolt_tls *tls; /* the caller's, until open() returned */
    bool is_routed;
    char *label; /* "name (address:port)": how errors call the server */
    enum bolt_connection_state state;
    struct bolt_channel *channel; /* NULL until it is open */
    char *server;
    struct arena *refusal_arena; /* NULL: the last call was not refused */
    struct bolt_failure refusal;
};

struct bolt_connection *bolt_connection_new(const struct bolt_login *login) {
    const struct bolt_endpoint *endpoint = &login->endpoint;
    struct bolt_connection *connection = XNEW(struct bolt_connection);

    connection->address = xstrdup(endpoint->address);
    connection->port = endpoint->port;
    connection->server_name = xstrdup(endpoint->server_name ? endpoint->server_name : endpoint->address);
    connection->user = xstrdup(login->user);
    connection->user_agent = xstrdup(login->user_agent);
    connection->tls = endpoint->tls;
    connection->is_routed = login->is_routed;
    connection->label = endpoint->server_name
                            ? xprintf("%s (%s:%u)", endpoint->server_name, endpoint->address, endpoint->port)
                            : xprintf("%s:%u", endpoint->address, endpoint->port);
    return connection;
}

enum bolt_connection_state bolt_connection_state(const struct bolt_connection *connection) {
    return connection->state;
}

struct bolt_version bolt_connection_version(const struct bolt_connection *connection) {
    return connection->channel ? bolt_channel_version(connection->channel) : (struct bolt_version){ 0 };
}

const char *bolt_connection_server(const struct bolt_connection *connection) {
    return connection->server ? connection->server : "";
}

const struct bolt_failure *bolt_connection_failure(const struct bolt_connection *connection) {
    return connection->refusal_arena ? &connection->refusal : NULL;
}

bool bolt_connection_has_news(const struct bolt_connection *connection) {
    return connection->channel && bolt_channel_has_news(connection->channel);
}

void bolt_connection_trim(struct bolt_connection *connection) {
    if (connection->channel)
        bolt_channel_trim(connection->channel);
}

/* ---- exchanges ---- */

/* Every call begins here: what an earlier call was told counts no more. */
static void begin_call(struct bolt_connection *connection) {
    arena_free(TAKE(connection->refusal_arena));
}

/* Names the server in an error that ends a call. */
static bool end_badly(const struct bolt_connection *connection, struct error *err) {
    return error_wrap(err, "%s", connection->label);
}

/* Ends a connection that can't be understood or reached any more. */
static bool defunct(struct bolt_connection *connection) {
    connection->state = BOLT_DEFUNCT;
    return false;
}

static bool send_all(struct bolt_connection *connection, const struct buffer *wire, int64_t deadline_ns,
                     struct error *err) {
    return bolt_channel_send(connection->channel, wire, deadline_ns, err) || defunct(connection);
}

static bool refuse(struct bolt_connection *connection, const struct bolt_value *metadata, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_failure failure = bolt_failure_read(arena, metadata);

    /* A copy, because the reply lies in the arena of a caller that may be gone before the failure is read. */
    connection->refusal_arena = arena_new();
    connection->refusal = bolt_failure_copy(connection->refusal_arena, &failure);
    connection->state = BOLT_FAILED;
    return error_set(err, ERROR_REFUSED, "%s: %s", connection->refusal.code,
                     bolt_failure_sentence(connection->refusal_arena, &connection->refusal));
}

/* One reply that is not a record: *out_metadata is the map of a SUCCESS. */
static bool read_summary(struct bolt_connection *connection, const struct bolt_value *message,
                         const struct bolt_value **out_metadata, struct error *err) {
    const struct bolt_value *metadata = bolt_item(message, 0);

    if (message->tag == BOLT_FAILURE)
        return refuse(connection, metadata, err);
    if (message->tag == BOLT_SUCCESS && bolt_is(metadata, BOLT_MAP)) {
        *out_metadata = metadata;
        return true;
    }
    defunct(connection);
    return error_set(err, ERROR_PROTOCOL, "an unexpected %s", bolt_message_name(message->tag));
}

static bool read_reply(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                       const struct bolt_value **out_metadata, struct error *err) {
    struct bolt_value *message;

    if (!bolt_channel_read(connection->channel, deadline_ns, arena, NULL, &message, err))
        return defunct(connection);
    return read_summary(connection, message, out_metadata, err);
}

/* After a refusal: the reply to what had been sent behind the refused request. */
static void skip_ignored(struct bolt_connection *connection, int64_t deadline_ns) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *message;

    if (!bolt_channel_read(connection->channel, deadline_ns, arena, NULL, &message, NULL) ||
        message->tag != BOLT_IGNORED)
        defunct(connection);
}

/* Sends what is in message alone and reads its reply. */
static bool exchange(struct bolt_connection *connection, struct buffer *message, int64_t deadline_ns,
                     struct arena *arena, const struct bolt_value **out_metadata, struct error *err) {
    CLEANUP_BUFFER struct buffer wire = { 0 };

    bolt_channel_add(&wire, message);
    return send_all(connection, &wire, deadline_ns, err) &&
           read_reply(connection, deadline_ns, arena, out_metadata, err);
}

/* ---- opening ---- */

static void note_server(struct bolt_connection *connection, const struct bolt_value *metadata) {
    const struct bolt_value *silence =
        bolt_get(bolt_get(metadata, "hints"), "connection.recv_timeout_seconds");
    int64_t seconds = bolt_integer(silence, 0);

    free(connection->server);
    connection->server = xstrdup(bolt_string(bolt_get(metadata, "server"), ""));
    if (seconds > 0 && seconds < INT64_MAX / NANOSECONDS_PER_SECOND / 2)
        bolt_channel_set_silence(connection->channel, seconds * NANOSECONDS_PER_SECOND);
}

/* For buffers that hold a password. */
static void wipe(struct buffer *buffer) {
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer_clear(buffer);
}

/* The address that a driver would have been given: how servers see what was asked for. */
static char *routing_address(const struct bolt_connection *connection) {
    return xprintf("%s:%u", connection->server_name, connection->port);
}

/* HELLO, and LOGON where there is one, in one go. */
static void write_login(struct bolt_connection *connection, const struct secret_text *password,
                        struct buffer *wire) {
    CLEANUP(wipe) struct buffer message = { 0 };
    CLEANUP_FREE char *routing = routing_address(connection);
    size_t room = strlen(connection->user) + 2 * strlen(connection->user_agent) + strlen(routing) +
                  password->length + LOGIN_BYTES;

    /* Enough from the start: a buffer that grew would leave the password behind in freed memory. */
    buffer_reserve(&message, room);
    buffer_reserve(wire, 2 * room);
    bolt_message_write_hello(&message, bolt_channel_version(connection->channel),
                             &(struct bolt_hello){ .user_agent = connection->user_agent,
                                                   .routing_address = connection->is_routed ? routing : NULL,
                                                   .user = connection->user,
                                                   .password = password });
    bolt_channel_add(wire, &message);
    if (bolt_version_at_least(bolt_channel_version(connection->channel), 5, 1)) {
        bolt_message_write_logon(&message, connection->user, password);
        bolt_channel_add(wire, &message);
    }
}

static bool log_in(struct bolt_connection *connection, const struct secret_text *password,
                   int64_t deadline_ns, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(wipe) struct buffer wire = { 0 };
    const struct bolt_value *metadata;

    write_login(connection, password, &wire);
    if (!bolt_channel_send(connection->channel, &wire, deadline_ns, err) ||
        !read_reply(connection, deadline_ns, arena, &metadata, err))
        return false;
    note_server(connection, metadata);
    return !bolt_version_at_least(bolt_channel_version(connection->channel), 5, 1) ||
           read_reply(connection, deadline_ns, arena, &metadata, err);
}

bool bolt_connection_open(struct bolt_connection *connection, const struct secret_text *password,
                          int64_t deadline_ns, struct error *err) {
    const struct bolt_endpoint endpoint = {
        .address = connection->address,
        .port = connection->port,
        .server_name = connection->server_name,
        .tls = connection->tls,
    };

    ensure(connection->state == BOLT_NEW);
    begin_call(connection);
    connection->tls = NULL;
    if (!bolt_channel_open(&endpoint, deadline_ns, &connection->channel, err) ||
        !log_in(connection, password, deadline_ns, err)) {
        defunct(connection);
        return end_badly(connection, err);
    }
    connection->state = BOLT_READY;
    return true;
}

/* If that needs no waiting. */
static void say_goodbye(struct bolt_connection *connection) {
    CLEANUP_BUFFER struct buffer message = { 0 };
    CLEANUP_BUFFER struct buffer wire = { 0 };

    bolt_message_write_bare(&message, BOLT_GOODBYE);
    bolt_channel_add(&wire, &message);
    bool is_sent = bolt_channel_send(connection->channel, &wire, 0, NULL);
    (void)is_sent;
}

void bolt_connection_free(struct bolt_connection *connection) {
    if (!connection)
        return;
    if (connection->channel && connection->state != BOLT_DEFUNCT)
        say_goodbye(connection);
    bolt_channel_free(connection->channel);
    arena_free(connection->refusal_arena);
    free(connection->address);
    free(connection->server_name);
    free(connection->user);
    free(connection->user_agent);
    free(connection->label);
    free(connection->server);
    free(connection);
}

/* ---- queries ---- */

static void write_fetch(struct buffer *wire, struct buffer *message, const struct bolt_query *query) {
    if (query->discards_rows)
        bolt_message_write_fetch(message, BOLT_DISCARD, BOLT_FETCH_ALL, BOLT_LAST_QUERY);
    else
        bolt_message_write_fetch(message, BOLT_PULL, BOLT_FETCH_ROWS, BOLT_LAST_QUERY);
    bolt_channel_add(wire, message);
}

/* The records of one fetch, and what ends it. */
static bool read_batch(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                       size_t *bytes, struct bolt_result *result, const struct bolt_value **out_metadata,
                       struct error *err) {
    for (;;) {
        struct bolt_value *message;
        if (!bolt_channel_read(connection->channel, deadline_ns, arena, bytes, &message, err))
            return defunct(connection);
        if (message->tag != BOLT_RECORD)
            return read_summary(connection, message, out_metadata, err);
        const struct bolt_value *row = bolt_item(message, 0);
        if (!bolt_is(row, BOLT_LIST) || row->length != result->columns.length) {
            defunct(connection);
            return error_set(err, ERROR_PROTOCOL, "a row has not one value for each column");
        }
        bolt_append(arena, &result->rows, row);
        if (result->rows.length > BOLT_RESULT_ROWS_MAX || *bytes > BOLT_RESULT_BYTES_MAX) {
            defunct(connection);
            return error_set(err, ERROR_INVALID, "the result has more than %d rows or %d MiB",
                             BOLT_RESULT_ROWS_MAX, BOLT_RESULT_BYTES_MAX / (1024 * 1024));
        }
    }
}

static bool read_rows(struct bolt_connection *connection, const struct bolt_query *query, int64_t deadline_ns,
                      struct arena *arena, struct bolt_result *result, struct error *err) {
    const struct bolt_value *metadata;
    size_t bytes = 0;

    for (;;) {
        CLEANUP_BUFFER struct buffer message = { 0 };
        CLEANUP_BUFFER struct buffer wire = { 0 };
        if (!read_batch(connection, deadline_ns, arena, &bytes, result, &metadata, err))
            return false;
        if (!bolt_bool(bolt_get(metadata, "has_more"), false))
            break;
        write_fetch(&wire, &message, query);
        if (!send_all(connection, &wire, deadline_ns, err))
            return false;
    }
    result->summary = *metadata;
    return true;
}

static bool run(struct bolt_connection *connection, const struct bolt_query *query, int64_t deadline_ns,
                struct arena *arena, struct bolt_result *result, struct error *err) {
    CLEANUP_BUFFER struct buffer message = { 0 };
    CLEANUP_BUFFER struct buffer wire = { 0 };
    const struct bolt_value *metadata;

    bolt_message_write_run(&message, query->text, query->parameters,
                           connection->state == BOLT_IN_TRANSACTION ? NULL : &query->transaction);
    bolt_channel_add(&wire, &message);
    write_fetch(&wire, &message, query);
    if (!send_all(connection, &wire, deadline_ns, err))
        return false;
    if (!read_reply(connection, deadline_ns, arena, &metadata, err)) {
        if (connection->state == BOLT_FAILED)
            skip_ignored(connection, deadline_ns);
        return false;
    }
    const struct bolt_value *columns = bolt_get(metadata, "fields");
    if (!bolt_is(columns, BOLT_LIST)) {
        defunct(connection);
        return error_set(err, ERROR_PROTOCOL, "the answer to a query names no columns");
    }
    result->columns = *columns;
    return read_rows(connection, query, deadline_ns, arena, result, err);
}

bool bolt_connection_run(struct bolt_connection *connection, const struct bolt_query *query,
                         int64_t deadline_ns, struct arena *arena, struct bolt_result *out_result,
                         struct error *err) {
    struct bolt_result result = { .columns.type = BOLT_LIST,
                                  .rows.type = BOLT_LIST,
                                  .summary.type = BOLT_MAP };
    bool is_alone = connection->state == BOLT_READY;

    ensure(is_alone || connection->state == BOLT_IN_TRANSACTION);
    begin_call(connection);
    if (!run(connection, query, deadline_ns, arena, &result, err)) {
        if (err && !connection->refusal_arena)
            err->outcome_unknown = is_alone && !query->transaction.is_read;
        return end_badly(connection, err);
    }
    *out_result = result;
    return true;
}

/* ---- transactions ---- */

/* A request without an interesting answer. */
static bool ask(struct bolt_connection *connection, struct buffer *message, int64_t deadline_ns,
                enum bolt_connection_state next, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct bolt_value *metadata;

    begin_call(connection);
    if (!exchange(connection, message, deadline_ns, arena, &metadata, err))
        return end_badly(connection, err);
    connection->state = next;
    return true;
}

bool bolt_connection_begin(struct bolt_connection *connection, const struct bolt_transaction *transaction,
                           int64_t deadline_ns, struct error *err) {
    CLEANUP_BUFFER struct buffer message = { 0 };

    ensure(connection->state == BOLT_READY);
    bolt_message_write_begin(&message, transaction);
    return ask(connection, &message, deadline_ns, BOLT_IN_TRANSACTION, err);
}

bool bolt_connection_rollback(struct bolt_connection *connection, int64_t deadline_ns, struct error *err) {
    CLEANUP_BUFFER struct buffer message = { 0 };

    ensure(connection->state == BOLT_IN_TRANSACTION);
    bolt_message_write_bare(&message, BOLT_ROLLBACK);
    return ask(connection, &message, deadline_ns, BOLT_READY, err);
}

bool bolt_connection_commit(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                            const char **out_bookmark, struct error *err) {
    CLEANUP_BUFFER struct buffer message = { 0 };
    const struct bolt_value *metadata;

    ensure(connection->state == BOLT_IN_TRANSACTION);
    begin_call(connection);
    bolt_message_write_bare(&message, BOLT_COMMIT);
    if (!exchange(connection, &message, deadline_ns, arena, &metadata, err)) {
        if (err && !connection->refusal_arena)
            err->outcome_unknown = true;
        return end_badly(connection, err);
    }
    connection->state = BOLT_READY;
    if (out_bookmark)
        *out_bookmark = bolt_string(bolt_get(metadata, "bookmark"), NULL);
    return true;
}

bool bolt_connection_reset(struct bolt_connection *connection, int64_t deadline_ns, struct error *err) {
    CLEANUP_BUFFER struct buffer message = { 0 };

    ensure(connection->state != BOLT_NEW);
    if (connection->state == BOLT_DEFUNCT)
        return error_set(err, ERROR_UNAVAILABLE, "%s: the connection is closed", connection->label);
    bolt_message_write_bare(&message, BOLT_RESET);
    return ask(connection, &message, deadline_ns, BOLT_READY, err) || defunct(connection);
}

bool bolt_connection_route(struct bolt_connection *connection, const char *database, int64_t deadline_ns,
                           struct arena *arena, struct bolt_value *out_table, struct error *err) {
    CLEANUP_BUFFER struct buffer message = { 0 };
    CLEANUP_FREE char *routing = routing_address(connection);
    const struct bolt_value *metadata;

    ensure(connection->state == BOLT_READY);
    begin_call(connection);
    bolt_message_write_route(&message, routing, NULL, 0, database);
    if (!exchange(connection, &message, deadline_ns, arena, &metadata, err))
        return end_badly(connection, err);
    const struct bolt_value *table = bolt_get(metadata, "rt");
    if (!bolt_is(table, BOLT_MAP)) {
        defunct(connection);
        return error_set(err, ERROR_PROTOCOL, "%s: the answer to ROUTE has no routing table",
                         connection->label);
    }
    *out_table = *table;
    return true;
}
