#include "sandbox/bolt_server.h"

#include "base/text.h"
#include "bolt/chunking.h"
#include "bolt/handshake.h"
#include "sandbox/bolt_http.h"
#include "sandbox/tls_front.h"
#include "sim/neo4j/session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum { INPUT_BYTES_MAX = CHUNK_BYTES_MAX * 2, TLS_HANDSHAKE_BYTE = 0x16 };

/* A client. It is freed from the loop only, never from within a call of its session. */
struct connection {
    LIST_ENTRY(connection) link;
    struct bolt_server *server;
    struct bufferevent *stream;
    struct event *first_byte; /* which tells TLS; then there is no stream yet */
    char client_address[64];
    struct handshake_server handshake;
    struct neo4j_session *session; /* after the handshake */
    bool speaks_http;
    struct chunk_reader reader;
    bool is_trusted; /* it has logged in: it may be silent as long as it likes */
    bool is_paused;  /* it reads too slowly */
    bool is_held;    /* TLS: too much has come that its session can't take yet */
    bool is_closing; /* what is left is sent, then it ends */
};

struct bolt_server {
    struct event_base *loop;
    const struct clock *clock;
    struct neo4j_process *process;
    struct bolt_server_options options;
    struct evconnlistener *listener;
    LIST_HEAD(, connection) connections;
    unsigned connection_count;
    struct tls_front tls;
};

static void connection_free(struct connection *connection) {
    LIST_REMOVE(connection, link);
    connection->server->connection_count--;
    neo4j_session_free(connection->session);
    chunk_reader_clear(&connection->reader);
    if (connection->first_byte) {
        evutil_closesocket(event_get_fd(connection->first_byte));
        event_free(connection->first_byte);
    }
    if (connection->stream)
        bufferevent_free(connection->stream);
    free(connection);
}

/* Ends once all is sent. */
static void finish(struct connection *connection) {
    connection->is_closing = true;
    bufferevent_disable(connection->stream, EV_READ);
    bufferevent_setwatermark(connection->stream, EV_WRITE, 0, 0);
    bufferevent_trigger(connection->stream, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

static size_t output_length(const struct connection *connection) {
    return evbuffer_get_length(bufferevent_get_output(connection->stream));
}

/* ---- what the session says ---- */

static void on_send(void *context, struct text message) {
    struct connection *connection = context;
    CLEANUP_BUFFER struct buffer chunks = { 0 };

    chunking_write(&chunks, message);
    bufferevent_write(connection->stream, chunks.data, chunks.length);
    if (output_length(connection) > BOLT_SERVER_OUTPUT_BYTES_MAX && !connection->is_paused) {
        connection->is_paused = true;
        neo4j_session_pause(connection->session, true);
    }
}

static void on_session_close(void *context) {
    finish(context);
}

/* ---- what the client says ---- */

static void begin_session(struct connection *connection, struct bolt_version version) {
    struct neo4j_session_options options = { .routes_by_address = !connection->server->options.routes_by_name,
                                             .client_address = connection->client_address };
    struct neo4j_session_events events = { connection, on_send, on_session_close };

    connection->session = neo4j_session_new(connection->server->process, version, &options, &events);
}

static bool read_handshake(struct connection *connection, struct evbuffer *input) {
    size_t length = evbuffer_get_length(input);
    struct text received = { (const char *)evbuffer_pullup(input, -1), length };
    CLEANUP_BUFFER struct buffer reply = { 0 };
    struct bolt_version version;
    size_t consumed = 0;
    enum handshake_result result =
        handshake_server_read(&connection->handshake, received, &consumed, &reply, &version);

    if (reply.length)
        bufferevent_write(connection->stream, reply.data, reply.length);
    evbuffer_drain(input, consumed);
    switch (result) {
    case HANDSHAKE_AGREED:
        /* It died, and is not cleared away yet. */
        if (neo4j_process_exited(connection->server->process, NULL))
            break;
        begin_session(connection, version);
        return true;
    case HANDSHAKE_CONTINUE:
        return evbuffer_get_length(input) > 0;
    case HANDSHAKE_NEED_MORE:
        return false;
    case HANDSHAKE_HTTP:
        connection->speaks_http = true;
        return true;
    case HANDSHAKE_NO_MATCH:
    case HANDSHAKE_MALFORMED:
        break;
    }
    finish(connection);
    return false;
}

static bool read_http(struct connection *connection, struct evbuffer *input) {
    struct text received = { (const char *)evbuffer_pullup(input, -1), evbuffer_get_length(input) };
    CLEANUP_BUFFER struct buffer reply = { 0 };
    size_t consumed;
    enum bolt_http_result result =
        bolt_http_answer(received, clock_wall(connection->server->clock), &consumed, &reply);

    if (reply.length)
        bufferevent_write(connection->stream, reply.data, reply.length);
    evbuffer_drain(input, consumed);
    if (result == BOLT_HTTP_REFUSED)
        finish(connection);
    return result == BOLT_HTTP_ANSWERED && evbuffer_get_length(input) > 0;
}

/* One message at a time; true: there may be more. */
static bool read_message(struct connection *connection, struct evbuffer *input) {
    size_t length = evbuffer_get_length(input);
    struct text bytes = { (const char *)evbuffer_pullup(input, -1), length };
    struct text rest = bytes;

    if (!length || neo4j_session_is_full(connection->session))
        return false;
    connection->reader.message_bytes_max = neo4j_session_message_bytes_max(connection->session);
    enum chunk_result result = chunk_reader_read(&connection->reader, &rest);
    size_t used = length - rest.length;
    if (result == CHUNK_MESSAGE)
        neo4j_session_receive(connection->session, clock_monotonic(connection->server->clock),
                              chunk_reader_message(&connection->reader));
    evbuffer_drain(input, used);
    if (!connection->is_trusted && neo4j_session_is_logged_in(connection->session)) {
        connection->is_trusted = true;
        bufferevent_set_timeouts(connection->stream, NULL, NULL);
    }
    if (result == CHUNK_TOO_LARGE)
        finish(connection);
    return result == CHUNK_MESSAGE;
}

/* With TLS, libevent's own limit could leave a part of a record unread that nothing would wake it for. */
static void hold_input(struct connection *connection, struct evbuffer *input) {
    bool is_too_much = evbuffer_get_length(input) > INPUT_BYTES_MAX;

    if (is_too_much == connection->is_held || connection->is_closing)
        return;
    connection->is_held = is_too_much;
    if (is_too_much)
        bufferevent_disable(connection->stream, EV_READ);
    else
        bufferevent_enable(connection->stream, EV_READ);
}

static void on_read(struct bufferevent *stream, void *context) {
    struct connection *connection = context;
    struct evbuffer *input = bufferevent_get_input(stream);
    bool again = true;

    while (again && !connection->is_closing)
        again = connection->session       ? read_message(connection, input)
                : connection->speaks_http ? read_http(connection, input)
                                          : read_handshake(connection, input);
    if (bufferevent_openssl_get_ssl(stream))
        hold_input(connection, input);
}

/* Everything is written: go on with what was held back. */
static void on_write(struct bufferevent *stream, void *context) {
    struct connection *connection = context;

    if (connection->is_closing) {
        if (!output_length(connection))
            connection_free(connection);
        return;
    }
    if (connection->is_paused) {
        connection->is_paused = false;
        neo4j_session_pause(connection->session, false);
    }
    if (!connection->is_closing)
        on_read(stream, connection);
}

static void on_event(struct bufferevent *stream, short events, void *context) {
    if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
        connection_free(context);
}

/* ---- the listener ---- */

static const struct timeval patience = { .tv_sec = BOLT_SERVER_LOGIN_SECONDS_MAX };

static void begin(struct connection *connection, struct bufferevent *stream) {
    ensure(stream);
    connection->stream = stream;
    bufferevent_setcb(stream, on_read, on_write, on_event, connection);
    bufferevent_set_timeouts(stream, &patience, NULL);
    bufferevent_enable(stream, EV_READ | EV_WRITE);
}

static void begin_plain(struct connection *connection, evutil_socket_t socket) {
    begin(connection, bufferevent_socket_new(connection->server->loop, socket,
                                             BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS));
    bufferevent_setwatermark(connection->stream, EV_READ, 0, INPUT_BYTES_MAX);
}

/* False: there is no policy that a handshake could succeed with. */
static bool begin_tls(struct connection *connection, evutil_socket_t socket) {
    struct bolt_server *server = connection->server;
    SSL *ssl = tls_front_accept(&server->tls, server->process, TLS_BOLT);

    if (!ssl)
        return false;
    begin(connection, bufferevent_openssl_socket_new(server->loop, socket, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                     BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS));
    bufferevent_openssl_set_allow_dirty_shutdown(connection->stream, 1);
    return true;
}

/* A client that begins with a handshake of TLS gets one, whether TLS is optional or required; one that does
 * not is hung up on when it is required. */
static void on_first_byte(evutil_socket_t socket, short events, void *context) {
    struct connection *connection = context;
    bool is_required = neo4j_process_bolt_tls_level(connection->server->process) == TLS_LEVEL_REQUIRED;
    uint8_t byte;

    if (!(events & EV_READ) || recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1 ||
        (byte != TLS_HANDSHAKE_BYTE && is_required)) {
        connection_free(connection);
        return;
    }
    event_free(TAKE(connection->first_byte));
    if (byte != TLS_HANDSHAKE_BYTE) {
        begin_plain(connection, socket);
    } else if (!begin_tls(connection, socket)) {
        evutil_closesocket(socket);
        connection_free(connection);
    }
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t socket, struct sockaddr *address,
                      int address_length, void *context) {
    struct bolt_server *server = context;
    struct connection *connection;
    struct sockaddr_in client;
    char text[INET_ADDRSTRLEN];

    if (server->connection_count >= BOLT_SERVER_CONNECTIONS_MAX || address_length < (int)sizeof(client)) {
        evutil_closesocket(socket);
        return;
    }
    memcpy(&client, address, sizeof(client));
    connection = XNEW(struct connection);
    connection->server = server;
    connection->handshake = (struct handshake_server){ .versions = neo4j_session_versions(server->process),
                                                       .has_manifest = true };
    snprintf(connection->client_address, sizeof(connection->client_address), "%s:%u",
             inet_ntop(AF_INET, &client.sin_addr, text, sizeof(text)), ntohs(client.sin_port));
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    LIST_INSERT_HEAD(&server->connections, connection, link);
    server->connection_count++;
    if (neo4j_process_bolt_tls_level(server->process) == TLS_LEVEL_DISABLED) {
        begin_plain(connection, socket);
        return;
    }
    connection->first_byte = event_new(server->loop, socket, EV_READ, on_first_byte, connection);
    ensure(connection->first_byte);
    event_add(connection->first_byte, &patience);
}

bool bolt_server_new(struct event_base *loop, const struct clock *clock, struct neo4j_process *process,
                     const char *address, uint16_t port, const struct bolt_server_options *options,
                     struct bolt_server **out_server, struct error *err) {
    struct sockaddr_in listen = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct bolt_server *server = XNEW(struct bolt_server);

    server->loop = loop;
    server->clock = clock;
    server->process = process;
    server->options = *options;
    LIST_INIT(&server->connections);
    if (inet_pton(AF_INET, address, &listen.sin_addr) == 1)
        server->listener = evconnlistener_new_bind(
            loop, on_accept, server, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC, -1,
            (const struct sockaddr *)&listen, sizeof(listen));
    if (!server->listener) {
        free(server);
        return error_set(err, ERROR_INTERNAL, "can't listen on %s:%u for Bolt: %s", address, port,
                         strerror(errno));
    }
    *out_server = server;
    return true;
}

void bolt_server_free(struct bolt_server *server) {
    struct connection *connection;

    if (!server)
        return;
    evconnlistener_free(server->listener);
    while ((connection = LIST_FIRST(&server->connections)))
        connection_free(connection);
    tls_front_clear(&server->tls);
    free(server);
}
