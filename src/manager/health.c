#include "manager/health.h"

#include "base/listen.h"

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

uint16_t health_port(const struct health *health) {
    return health->port;
}

struct health *health_start(const char *address, const struct health_source *source, struct error *err) {
    uint16_t port = 0;
    int listening;

    if (!listen_on(address, &listening, &port, err))
        return NULL;
    evthread_use_pthreads();
    struct health *health = XNEW(struct health);
    health->source = *source;
    health->port = port;
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
    ensure(evhttp_accept_socket(health->server, listening) == 0);
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
