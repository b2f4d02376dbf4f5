#include "manager/health.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/thread.h>
#include <pthread.h>

enum { HEALTH_REQUEST_SECONDS_MAX = 10, HEALTH_HEADERS_BYTES_MAX = 8192, HEALTH_BODY_BYTES_MAX = 1024 };

struct health {
    struct health_source source;
    struct event_base *base;
    struct evhttp *server;
    uint16_t port;
    pthread_t thread;
};

static void answer(struct evhttp_request *request, int code, const char *type, const struct buffer *body) {
    struct evbuffer *out = evhttp_request_get_output_buffer(request);

    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
    evbuffer_add(out, buffer_string(body), body->length);
    evhttp_send_reply(request, code, NULL, NULL);
}

static void on_health(struct evhttp_request *request, void *context) {
    CLEANUP_BUFFER struct buffer body = { 0 };

    (void)context;
    buffer_add_string(&body, "ok\n");
    answer(request, HTTP_OK, "text/plain", &body);
}

static void on_ready(struct evhttp_request *request, void *context) {
    CLEANUP_BUFFER struct buffer body = { 0 };
    const struct health *health = context;

    if (health->source.is_ready(health->source.context, &body)) {
        buffer_reset(&body);
        buffer_add_string(&body, "ok\n");
        answer(request, HTTP_OK, "text/plain", &body);
    } else {
        buffer_add_char(&body, '\n');
        answer(request, HTTP_SERVUNAVAIL, "text/plain", &body);
    }
}

static void on_metrics(struct evhttp_request *request, void *context) {
    CLEANUP_BUFFER struct buffer body = { 0 };
    const struct health *health = context;

    health->source.write_metrics(health->source.context, &body);
    answer(request, HTTP_OK, "text/plain; version=0.0.4", &body);
}

static void *serve(void *context) {
    struct health *health = context;

    event_base_loop(health->base, EVLOOP_NO_EXIT_ON_EMPTY);
    return NULL;
}

/* ":8081" → "::", 8081 */
static bool split_address(const char *address, char **out_host, uint16_t *out_port, struct error *err) {
    const char *colon = strrchr(address, ':');
    int64_t port;

    if (!colon || !parse_int64(text_from(colon + 1), &port) || port < 0 || port > UINT16_MAX)
        return error_set(err, ERROR_INVALID, "%s is no address to listen on; write host:port or :port",
                         address);
    *out_port = (uint16_t)port;
    if (colon == address)
        *out_host = xstrdup("::");
    else if (address[0] == '[' && colon[-1] == ']')
        *out_host = xstrndup(address + 1, (size_t)(colon - address) - 2);
    else
        *out_host = xstrndup(address, (size_t)(colon - address));
    return true;
}

/* "::" takes IPv4 too, where the machine has IPv6 at all. */
static bool listen_on(struct health *health, const char *host, uint16_t port) {
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(health->server, host, port);
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);

    if (!bound && str_equal(host, "::"))
        bound = evhttp_bind_socket_with_handle(health->server, "0.0.0.0", port);
    if (!bound || getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) < 0)
        return false;
    health->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                       : ((struct sockaddr_in *)&address)->sin_port);
    return true;
}

uint16_t health_port(const struct health *health) {
    return health->port;
}

struct health *health_start(const char *address, const struct health_source *source, struct error *err) {
    CLEANUP_FREE char *host = NULL;
    uint16_t port = 0;

    if (!split_address(address, &host, &port, err))
        return NULL;
    evthread_use_pthreads();
    struct health *health = XNEW(struct health);
    health->source = *source;
    health->base = event_base_new();
    health->server = evhttp_new(health->base);
    ensure(health->base && health->server);
    evhttp_set_allowed_methods(health->server, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_timeout(health->server, HEALTH_REQUEST_SECONDS_MAX);
    evhttp_set_max_headers_size(health->server, HEALTH_HEADERS_BYTES_MAX);
    evhttp_set_max_body_size(health->server, HEALTH_BODY_BYTES_MAX);
    evhttp_set_cb(health->server, "/healthz", on_health, health);
    evhttp_set_cb(health->server, "/readyz", on_ready, health);
    evhttp_set_cb(health->server, "/metrics", on_metrics, health);
    if (!listen_on(health, host, port)) {
        error_set(err, ERROR_INTERNAL, "can't listen on %s: %s", address, strerror(errno));
        evhttp_free(health->server);
        event_base_free(health->base);
        free(health);
        return NULL;
    }
    ensure(pthread_create(&health->thread, NULL, serve, health) == 0);
    return health;
}

void health_stop(struct health *health) {
    if (!health)
        return;
    /* Unlike loopbreak, this also ends a loop that has not begun yet. */
    event_base_loopexit(health->base, NULL);
    pthread_join(health->thread, NULL);
    evhttp_free(health->server);
    event_base_free(health->base);
    free(health);
}
