#include "sandbox/api_server.h"

#include "sandbox/api_server_client.h"
#include "sim/api_http.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <netinet/tcp.h>
#include <sys/queue.h>

/* What is read from a stream at a time: so much that a long list does not starve the others. */
enum { STREAM_CHUNK_BYTES = 64 * 1024, STREAM_TICK_SECONDS = 1 };

/* A watch, or a log that is followed. */
struct follower {
    TAILQ_ENTRY(follower) in_server;
    struct api_server *server;
    struct evhttp_request *request;
    struct evhttp_connection *connection;
    struct api_http_stream *stream; /* NULL: all was told, the answer is about to end */
    unsigned quiet_turns;           /* of the loop, with nothing left to send, since then */
};

struct api_server {
    struct event_base *loop;
    struct api *api;
    SSL_CTX *tls;
    struct evhttp *http;
    struct evhttp_bound_socket *socket;
    struct event *flush; /* streams have something to tell */
    struct event *end;   /* answers are about to end */
    struct event *tick;  /* time-outs and bookmarks of streams */
    uint16_t port;
    TAILQ_HEAD(, follower) followers;
};

/* ---- followers ---- */

static void follower_free(struct follower *follower) {
    TAILQ_REMOVE(&follower->server->followers, follower, in_server);
    api_http_stream_free(follower->stream);
    free(follower);
}

/* The connection has gone. When the client has hung up, evhttp has let go of the request, which an answer in
 * progress then has to free: evhttp_send_reply_end() does just that. When we closed it, evhttp frees the
 * request itself. */
static void on_closed(struct evhttp_connection *connection, void *context) {
    struct follower *follower = context;
    struct evhttp_request *request = follower->request;
    follower_free(follower);
    if (!evhttp_request_get_connection(request))
        evhttp_send_reply_end(request);
}

static size_t waiting_bytes(const struct follower *follower) {
    struct bufferevent *stream = evhttp_connection_get_bufferevent(follower->connection);
    return evbuffer_get_length(bufferevent_get_output(stream));
}

/* Ends the answer, once everything before has been written and libevent has noticed.
 *
 * libevent tells of a write one turn later, and takes whatever it is told of for the end of the answer when
 * that was asked for meanwhile: then it stops writing, and the last chunk stays behind. So the end waits
 * until nothing is left to tell of. */
static void follower_end(struct follower *follower) {
    struct timeval now = { 0 };
    api_http_stream_free(TAKE(follower->stream));
    event_add(follower->server->end, &now);
}

/* False when the answer must wait longer for its end. */
static bool follower_try_to_end(struct follower *follower) {
    enum { QUIET_TURNS = 3 };
    struct evhttp_request *request = follower->request;

    follower->quiet_turns = waiting_bytes(follower) ? 0 : follower->quiet_turns + 1;
    if (follower->quiet_turns < QUIET_TURNS)
        return false;
    evhttp_connection_set_closecb(follower->connection, NULL, NULL);
    follower_free(follower);
    evhttp_send_reply_end(request);
    return true;
}

static void on_end(evutil_socket_t socket, short what, void *context) {
    enum { WAIT_US = 1000 };
    struct api_server *server = context;
    struct timeval again = { .tv_usec = WAIT_US };
    struct follower *next;
    bool is_done = true;

    for (struct follower *follower = TAILQ_FIRST(&server->followers); follower; follower = next) {
        next = TAILQ_NEXT(follower, in_server);
        if (!follower->stream && !follower_try_to_end(follower))
            is_done = false;
    }
    if (!is_done)
        event_add(server->end, &again);
}

/* Sends what is ready. */
static void follower_flush(struct follower *follower) {
    int64_t now = clock_monotonic(api_clock(follower->server->api));

    while (follower->stream) {
        CLEANUP_BUFFER struct buffer ready = { 0 };
        bool goes_on = api_http_stream_read(follower->stream, now, STREAM_CHUNK_BYTES, &ready);
        if (ready.length) {
            struct evbuffer *chunk = evbuffer_new();
            evbuffer_add(chunk, ready.data, ready.length);
            evhttp_send_reply_chunk(follower->request, chunk);
            evbuffer_free(chunk);
        }
        if (waiting_bytes(follower) > API_SERVER_QUEUE_BYTES_MAX) {
            /* Frees the request, and calls on_closed(). */
            evhttp_connection_free(follower->connection);
            return;
        }
        if (!goes_on)
            follower_end(follower);
        else if (ready.length < STREAM_CHUNK_BYTES)
            return;
    }
}

static void flush_all(struct api_server *server) {
    struct follower *next;
    for (struct follower *follower = TAILQ_FIRST(&server->followers); follower; follower = next) {
        next = TAILQ_NEXT(follower, in_server);
        follower_flush(follower);
    }
}

static void on_flush(evutil_socket_t socket, short what, void *context) {
    flush_all(context);
}

static void on_tick(evutil_socket_t socket, short what, void *context) {
    flush_all(context);
}

/* The world has changed. Streams are written once the loop is through with what it does now. */
static void on_change(void *context) {
    struct api_server *server = context;
    struct timeval now = { 0 };
    if (!TAILQ_EMPTY(&server->followers))
        event_add(server->flush, &now);
}

/* ---- answers ---- */

static void add_headers(struct evhttp_request *request, const struct api_http_answer *answer) {
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

    evhttp_add_header(headers, "Content-Type", answer->content_type);
    evhttp_add_header(headers, "Cache-Control", "no-cache, private");
    if (answer->etag)
        evhttp_add_header(headers, "Etag", answer->etag);
    if (answer->retry_after_seconds) {
        char seconds[16];
        snprintf(seconds, sizeof(seconds), "%d", answer->retry_after_seconds);
        evhttp_add_header(headers, "Retry-After", seconds);
    }
    JSON_FOR_EACH_ITEM (warning, answer->warnings) {
        CLEANUP_BUFFER struct buffer text = { 0 };
        buffer_add_string(&text, "299 - ");
        json_write_string(&text, text_from(json_string(warning, "")));
        evhttp_add_header(headers, "Warning", buffer_string(&text));
    }
}

static void send_stream(struct api_server *server, struct evhttp_request *request,
                        struct api_http_answer *answer) {
    struct follower *follower = XNEW(struct follower);

    *follower = (struct follower){ .server = server,
                                   .request = request,
                                   .connection = evhttp_request_get_connection(request),
                                   .stream = TAKE(answer->stream) };
    TAILQ_INSERT_TAIL(&server->followers, follower, in_server);
    evhttp_connection_set_closecb(follower->connection, on_closed, follower);
    evhttp_send_reply_start(request, answer->code, NULL);
    if (answer->body.length) {
        struct evbuffer *chunk = evbuffer_new();
        evbuffer_add(chunk, answer->body.data, answer->body.length);
        evhttp_send_reply_chunk(request, chunk);
        evbuffer_free(chunk);
    }
    follower_flush(follower);
}

static void send_answer(struct api_server *server, struct evhttp_request *request,
                        struct api_http_answer *answer) {
    add_headers(request, answer);
    if (answer->stream) {
        send_stream(server, request, answer);
        return;
    }
    struct evbuffer *body = evbuffer_new();
    evbuffer_add(body, buffer_string(&answer->body), answer->body.length);
    evhttp_send_reply(request, answer->code, NULL, body);
    evbuffer_free(body);
}

/* ---- requests ---- */

static const char *method_name(enum evhttp_cmd_type type) {
    static const struct {
        enum evhttp_cmd_type type;
        const char *name;
    } methods[] = {
        { EVHTTP_REQ_GET, "GET" },         { EVHTTP_REQ_POST, "POST" }, { EVHTTP_REQ_PUT, "PUT" },
        { EVHTTP_REQ_PATCH, "PATCH" },     { EVHTTP_REQ_HEAD, "HEAD" }, { EVHTTP_REQ_DELETE, "DELETE" },
        { EVHTTP_REQ_OPTIONS, "OPTIONS" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(methods); i++)
        if (methods[i].type == type)
            return methods[i].name;
    return "";
}

static void carry_out(struct api_server *server, struct evhttp_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(api_http_answer_clear) struct api_http_answer answer = { 0 };
    struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    struct api_http_request call = {
        .method = method_name(evhttp_request_get_command(request)),
        .target = evhttp_request_get_uri(request),
        .content_type = evhttp_find_header(headers, "Content-Type"),
        .accept = evhttp_find_header(headers, "Accept"),
        .user_agent = evhttp_find_header(headers, "User-Agent"),
        .body = { (const char *)evbuffer_pullup(body, -1), evbuffer_get_length(body) },
    };
    struct bufferevent *stream = evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));

    call.user = api_server_client(server->api, arena, bufferevent_openssl_get_ssl(stream),
                                  evhttp_find_header(headers, "Authorization"));
    if (!call.user)
        api_http_refuse_unauthorized(arena, &answer);
    else if ((call.user = api_server_impersonate(arena, call.user, headers, &answer)))
        api_http_do(server->api, &call, arena, &answer);
    send_answer(server, request, &answer);
}

static void on_request(struct evhttp_request *request, void *context) {
    carry_out(context, request);
}

/* ---- life cycle ---- */

static struct bufferevent *on_connection(struct event_base *loop, void *context) {
    struct api_server *server = context;
    struct bufferevent *stream = bufferevent_openssl_socket_new(
        loop, -1, SSL_new(server->tls), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
    return stream;
}

static bool listen_on(struct api_server *server, const struct api_server_options *options,
                      struct error *err) {
    struct sockaddr_in address;
    socklen_t length = sizeof(address);

    server->socket = evhttp_bind_socket_with_handle(server->http, options->address, options->port);
    if (!server->socket)
        return error_set(err, ERROR_INTERNAL, "the API server can't listen on %s:%u: %s", options->address,
                         options->port, evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
    evutil_socket_t listening = evhttp_bound_socket_get_fd(server->socket);
    /* Connections inherit it. Head and body of an answer leave as two TLS records: the second must not wait
     * for the client's acknowledgement of the first, which takes 40 ms. */
    (void)setsockopt(listening, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    if (getsockname(listening, (struct sockaddr *)&address, &length) != 0)
        return error_set(err, ERROR_INTERNAL, "the API server's port is not known");
    server->port = ntohs(address.sin_port);
    return true;
}

bool api_server_new(const struct api_server_options *options, struct api_server **out_server,
                    struct error *err) {
    CLEANUP_POINTER(api_server_free) struct api_server *server = XNEW(struct api_server);
    struct timeval tick = { .tv_sec = STREAM_TICK_SECONDS };

    TAILQ_INIT(&server->followers);
    server->loop = options->loop;
    server->api = options->api;
    if (!certificates_server_context(options->certificates, &server->tls, err))
        return false;
    server->http = evhttp_new(options->loop);
    server->flush = event_new(options->loop, -1, 0, on_flush, server);
    server->end = event_new(options->loop, -1, 0, on_end, server);
    server->tick = event_new(options->loop, -1, EV_PERSIST, on_tick, server);
    event_add(server->tick, &tick);
    evhttp_set_bevcb(server->http, on_connection, server);
    evhttp_set_gencb(server->http, on_request, server);
    evhttp_set_max_body_size(server->http, API_HTTP_BODY_BYTES_MAX);
    evhttp_set_max_headers_size(server->http, API_SERVER_HEADER_BYTES_MAX);
    evhttp_set_timeout(server->http, API_SERVER_IDLE_SECONDS);
    evhttp_set_default_content_type(server->http, NULL);
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                                 EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_HEAD |
                                                 EVHTTP_REQ_OPTIONS);
    if (!listen_on(server, options, err))
        return false;
    api_observe(server->api, on_change, server);
    *out_server = TAKE(server);
    return true;
}

uint16_t api_server_port(const struct api_server *server) {
    return server->port;
}

void api_server_stop(struct api_server *server) {
    struct follower *follower;

    if (server->socket)
        evhttp_del_accept_socket(server->http, TAKE(server->socket));
    TAILQ_FOREACH (follower, &server->followers, in_server)
        if (follower->stream)
            follower_end(follower);
}

void api_server_free(struct api_server *server) {
    if (!server)
        return;
    api_unobserve(server->api, on_change, server);
    while (!TAILQ_EMPTY(&server->followers))
        evhttp_connection_free(TAILQ_FIRST(&server->followers)->connection);
    if (server->http)
        evhttp_free(server->http);
    if (server->flush)
        event_free(server->flush);
    if (server->end)
        event_free(server->end);
    if (server->tick)
        event_free(server->tick);
    SSL_CTX_free(server->tls);
    free(server);
}
