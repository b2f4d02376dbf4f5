/* The life of a connection, and its transactions.
 *
 * A call sends all it has to say at once and then reads the replies in order. So after each call, but while
 * rows are being read, nothing is under way, whatever the outcome, and any call may follow.
 */
#include "bolt/connection_state.h"

/* LOGIN_BYTES: keys, markers and chunk lengths of HELLO, LOGOFF and LOGON, with room to spare. */
enum { LOGIN_BYTES = 512 };

struct bolt_connection *bolt_connection_new(const struct bolt_login *login) {
    const struct bolt_endpoint *endpoint = &login->endpoint;
    struct bolt_connection *connection = XNEW(struct bolt_connection);

    connection->address = xstrdup(endpoint->address);
    connection->port = endpoint->port;
    connection->server_name = xstrdup(endpoint->server_name ? endpoint->server_name : endpoint->address);
    connection->user = xstrdup(login->user);
    connection->user_agent = xstrdup(login->user_agent);
    connection->tls = endpoint->tls;
    connection->network = bolt_endpoint_network(endpoint);
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

static bool has_logon(const struct bolt_connection *connection) {
    return bolt_version_at_least(bolt_channel_version(connection->channel), 5, 1);
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
    if (has_logon(connection)) {
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
        !exchange_reply(connection, deadline_ns, arena, &metadata, err))
        return false;
    note_server(connection, metadata);
    return !has_logon(connection) || exchange_reply(connection, deadline_ns, arena, &metadata, err);
}

bool bolt_connection_open(struct bolt_connection *connection, const struct secret_text *password,
                          int64_t deadline_ns, struct error *err) {
    const struct bolt_endpoint endpoint = {
        .address = connection->address,
        .port = connection->port,
        .server_name = connection->server_name,
        .tls = connection->tls,
        .network = connection->network,
    };

    ensure(connection->state == BOLT_NEW);
    exchange_begin(connection);
    connection->tls = NULL;
    if (!bolt_channel_open(&endpoint, deadline_ns, &connection->channel, err) ||
        !log_in(connection, password, deadline_ns, err)) {
        exchange_defunct(connection);
        return exchange_fail(connection, err);
    }
    connection->state = BOLT_READY;
    return true;
}

bool bolt_connection_can_relogin(const struct bolt_connection *connection) {
    return connection->state == BOLT_READY && has_logon(connection);
}

/* LOGOFF and LOGON, in one go. */
static void write_relogin(struct bolt_connection *connection, const struct secret_text *password,
                          struct buffer *wire) {
    CLEANUP(wipe) struct buffer message = { 0 };
    size_t room = strlen(connection->user) + password->length + LOGIN_BYTES;

    buffer_reserve(&message, room);
    buffer_reserve(wire, 2 * room);
    bolt_message_write_bare(&message, BOLT_LOGOFF);
    bolt_channel_add(wire, &message);
    bolt_message_write_logon(&message, connection->user, password);
    bolt_channel_add(wire, &message);
}

bool bolt_connection_relogin(struct bolt_connection *connection, const char *user,
                             const struct secret_text *password, int64_t deadline_ns, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(wipe) struct buffer wire = { 0 };
    const struct bolt_value *metadata;

    ensure(bolt_connection_can_relogin(connection));
    exchange_begin(connection);
    free(connection->user);
    connection->user = xstrdup(user);
    write_relogin(connection, password, &wire);
    if (!exchange_send(connection, &wire, deadline_ns, err) ||
        !exchange_reply(connection, deadline_ns, arena, &metadata, err) ||
        !exchange_reply(connection, deadline_ns, arena, &metadata, err)) {
        exchange_defunct(connection);
        return exchange_fail(connection, err);
    }
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

/* ---- transactions ---- */

/* A request without an interesting answer. */
static bool ask(struct bolt_connection *connection, struct buffer *message, int64_t deadline_ns,
                enum bolt_connection_state next, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct bolt_value *metadata;

    exchange_begin(connection);
    if (!exchange_one(connection, message, deadline_ns, arena, &metadata, err))
        return exchange_fail(connection, err);
    connection->state = next;
    return true;
}

bool bolt_connection_begin(struct bolt_connection *connection, const struct bolt_transaction *transaction,
                           int64_t deadline_ns, struct error *err) {
    CLEANUP_BUFFER struct buffer message = { 0 };
    struct bolt_transaction bounded = exchange_bounded(connection, transaction, deadline_ns);

    ensure(connection->state == BOLT_READY);
    bolt_message_write_begin(&message, &bounded);
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
    exchange_begin(connection);
    bolt_message_write_bare(&message, BOLT_COMMIT);
    if (!exchange_one(connection, &message, deadline_ns, arena, &metadata, err)) {
        if (err && !connection->refusal_arena)
            err->outcome_unknown = true;
        return exchange_fail(connection, err);
    }
    connection->state = BOLT_READY;
    if (out_bookmark)
        *out_bookmark = bolt_string(bolt_get(metadata, "bookmark"), NULL);
    return true;
}

bool bolt_connection_reset(struct bolt_connection *connection, int64_t deadline_ns, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer message = { 0 };
    CLEANUP_BUFFER struct buffer wire = { 0 };
    const struct bolt_value *metadata;

    ensure(connection->state != BOLT_NEW);
    if (connection->state == BOLT_DEFUNCT)
        return error_set(err, ERROR_UNAVAILABLE, "%s: the connection is closed", connection->label);
    bool has_rows_coming = connection->state == BOLT_STREAMING && connection->is_fetching;
    exchange_begin(connection);
    bolt_message_write_bare(&message, BOLT_RESET);
    bolt_channel_add(&wire, &message);
    if (!exchange_send(connection, &wire, deadline_ns, err) ||
        (has_rows_coming && !exchange_skip(connection, deadline_ns, err)) ||
        !exchange_reply(connection, deadline_ns, arena, &metadata, err)) {
        exchange_defunct(connection);
        return exchange_fail(connection, err);
    }
    connection->state = BOLT_READY;
    return true;
}

bool bolt_connection_route(struct bolt_connection *connection, const struct bolt_transaction *transaction,
                           int64_t deadline_ns, struct arena *arena, struct bolt_value *out_table,
                           struct error *err) {
    CLEANUP_BUFFER struct buffer message = { 0 };
    CLEANUP_FREE char *routing = routing_address(connection);
    const struct bolt_value *metadata;

    ensure(connection->state == BOLT_READY);
    exchange_begin(connection);
    bolt_message_write_route(&message, routing, transaction->bookmarks, transaction->bookmark_count,
                             transaction->database);
    if (!exchange_one(connection, &message, deadline_ns, arena, &metadata, err))
        return exchange_fail(connection, err);
    const struct bolt_value *table = bolt_get(metadata, "rt");
    if (!bolt_is(table, BOLT_MAP)) {
        exchange_defunct(connection);
        return error_set(err, ERROR_PROTOCOL, "%s: the answer to ROUTE has no routing table",
                         connection->label);
    }
    *out_table = *table;
    return true;
}
