#include "sandbox/http_server.h"

#include "base/text.h"
#include "sandbox/tls_front.h"
#include "sim/neo4j/http.h"
#include "sim/neo4j/query_api.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <sys/queue.h>

/* A statement of the Query API that runs, or whose answer was just sent. */
struct pending {
    LIST_ENTRY(pending) entry;
    struct http_server *server;
    struct query_api *query;
    struct evhttp_request *request; /* NULL: answered, or the client has gone */
};

struct http_server {
    struct evhttp *http;
    const struct clock *clock;
    struct neo4j_process *process;
    bool is_secure;
    struct tls_front tls;
    SSL_CTX *no_policy; /* a context without a certificate */
    uint16_t port;
    LIST_HEAD(, pending) pending;
    struct event *reaper; /* frees what is pending no more, for nothing frees itself */
};

static void reply(struct evhttp_request *request, struct neo4j_http_response *answer) {
    struct evkeyvalq *out = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evbuffer_new();

    ensure(body);
    evhttp_add_header(out, "Content-Type", answer->content_type);
    if (answer->location)
        evhttp_add_header(out, "Location", answer->location);
    if (answer->status == 401)
        evhttp_add_header(out, "WWW-Authenticate", "Basic realm=\"Neo4j\"");
    evbuffer_add(body, buffer_string(&answer->body), answer->body.length);
    evhttp_send_reply(request, answer->status, NULL, body);
    evbuffer_free(body);
    buffer_clear(&answer->body);
}

/* ---- the Query API ---- */

static void on_done(void *context, struct neo4j_http_response *response) {
    struct pending *pending = context;
    struct evhttp_request *request = pending->request;

    pending->request = NULL;
    if (request) {
        evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
        reply(request, response);
    } else {
        buffer_clear(&response->body);
    }
    event_active(pending->server->reaper, EV_TIMEOUT, 0);
}

static void on_gone(struct evhttp_connection *connection, void *context) {
    struct pending *pending = context;

    pending->request = NULL;
    event_active(pending->server->reaper, EV_TIMEOUT, 0);
}

static void free_pending(struct pending *pending) {
    LIST_REMOVE(pending, entry);
    query_api_free(pending->query);
    free(pending);
}

static void on_reap(evutil_socket_t socket, short what, void *context) {
    struct http_server *server = context;
    struct pending *next;

    for (struct pending *pending = LIST_FIRST(&server->pending); pending; pending = next) {
        next = LIST_NEXT(pending, entry);
        if (!pending->request)
            free_pending(pending);
    }
}

static void start_query(struct http_server *server, struct evhttp_request *request,
                        const struct neo4j_http_request *asked) {
    struct pending *pending = XNEW(struct pending);
    struct query_api_events events = { pending, on_done };

    pending->server = server;
    pending->request = request;
    LIST_INSERT_HEAD(&server->pending, pending, entry);
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_gone, pending);
    pending->query = query_api_new(server->process, clock_monotonic(server->clock), asked, &events);
}

/* ---- requests ---- */

static const char *method_of(struct evhttp_request *request) {
    enum evhttp_cmd_type command = evhttp_request_get_command(request);

    return command == EVHTTP_REQ_POST ? "POST" : command == EVHTTP_REQ_HEAD ? "HEAD" : "GET";
}

static void on_request(struct evhttp_request *request, void *context) {
    struct http_server *server = context;
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    size_t length = evbuffer_get_length(body);
    struct neo4j_http_request asked = { .port = server->port,
                                        .path = str_empty(path) ? "/" : path,
                                        .accept = evhttp_find_header(headers, "Accept"),
                                        .authorization = evhttp_find_header(headers, "Authorization"),
                                        .host = evhttp_find_header(headers, "Host"),
                                        .is_secure = server->is_secure,
                                        .method = method_of(request),
                                        .content_type = evhttp_find_header(headers, "Content-Type"),
                                        .body = { length ? (const char *)evbuffer_pullup(body, -1) : "",
                                                  length } };
    struct neo4j_http_response answer;

    /* It died, and is not cleared away yet. */
    if (neo4j_process_exited(server->process, NULL)) {
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return;
    }
    if (query_api_is_asked(server->process, &asked)) {
        start_query(server, request, &asked);
        return;
    }
    neo4j_http_answer(server->process, arena, clock_monotonic(server->clock), &asked, &answer);
    reply(request, &answer);
}

/* A client that meets no policy is hung up on at its first byte, by a handshake that no certificate is for.
 */
static struct bufferevent *on_connection(struct event_base *loop, void *context) {
    struct http_server *server = context;
    SSL *ssl = tls_front_accept(&server->tls, server->process, TLS_HTTPS);
    struct bufferevent *stream;

    if (!ssl)
        ssl = SSL_new(server->no_policy);
    stream = bufferevent_openssl_socket_new(loop, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    ensure(stream);
    bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
    return stream;
}

bool http_server_new(struct event_base *loop, const struct clock *clock, struct neo4j_process *process,
                     const char *address, uint16_t port, bool is_secure, struct http_server **out_server,
                     struct error *err) {
    struct http_server *server = XNEW(struct http_server);

    server->clock = clock;
    server->process = process;
    server->port = port;
    server->http = evhttp_new(loop);
    ensure(server->http);
    server->is_secure = is_secure;
    if (is_secure) {
        server->no_policy = SSL_CTX_new(TLS_server_method());
        evhttp_set_bevcb(server->http, on_connection, server);
    }
    LIST_INIT(&server->pending);
    server->reaper = event_new(loop, -1, 0, on_reap, server);
    ensure(server->reaper);
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST);
    evhttp_set_max_headers_size(server->http, HTTP_SERVER_HEADER_BYTES_MAX);
    evhttp_set_max_body_size(server->http, HTTP_SERVER_BODY_BYTES_MAX);
    evhttp_set_timeout(server->http, HTTP_SERVER_TIMEOUT_SECONDS);
    evhttp_set_gencb(server->http, on_request, server);
    if (evhttp_bind_socket(server->http, address, port) != 0) {
        http_server_free(server);
        return error_set(err, ERROR_INTERNAL, "can't listen on %s:%u for HTTP: %s", address, port,
                         strerror(errno));
    }
    *out_server = server;
    return true;
}

void http_server_free(struct http_server *server) {
    if (!server)
        return;
    evhttp_free(server->http);
    while (!LIST_EMPTY(&server->pending))
        free_pending(LIST_FIRST(&server->pending));
    event_free(server->reaper);
    tls_front_clear(&server->tls);
    SSL_CTX_free(server->no_policy);
    free(server);
}
