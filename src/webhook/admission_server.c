#include "webhook/admission_server.h"

#include "base/clock.h"
#include "base/listen.h"
#include "webhook/admission_request.h"
#include "webhook/connections.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/thread.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdatomic.h>

const double admission_bucket_ms[ADMISSION_BUCKETS] = { 0.25, 0.5, 1, 2.5, 5, 10, 50, 250 };

struct counters {
    atomic_uint_fast64_t reviews[REVIEW_OPERATIONS][2];
    atomic_uint_fast64_t refused_requests;
    atomic_uint_fast64_t durations[ADMISSION_BUCKETS + 1];
    atomic_uint_fast64_t duration_ns;
};

struct admission_server {
    struct admission_server_options options;
    struct event_base *loop;
    struct evhttp *http;
    struct evhttp_bound_socket *listening; /* NULL: it takes no more */
    struct connections *connections;
    struct event *stop;  /* activated by who frees the server */
    struct event *close; /* one turn of the loop later */
    struct event *give_up;
    bool is_stopping;
    uint16_t port;
    pthread_t thread;
    struct counters counters;

    pthread_mutex_t lock; /* guards tls */
    SSL_CTX *tls;         /* for the next handshakes; connections hold their own */
};

/* ---- TLS ---- */

/* Sessions are not resumed: an API server keeps its connections, and a ticket would outlive a certificate. */
static SSL_CTX *new_context(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    ensure(context && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION));
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return context;
}

static bool use_chain(SSL_CTX *context, const struct certificate *chain, size_t count) {
    if (SSL_CTX_use_certificate(context, chain[0].x509) != 1 ||
        SSL_CTX_use_PrivateKey(context, chain[0].key) != 1 || SSL_CTX_check_private_key(context) != 1)
        return false;
    for (size_t i = 1; i < count; i++)
        if (SSL_CTX_add1_chain_cert(context, chain[i].x509) != 1)
            return false;
    return true;
}

bool admission_server_serve(struct admission_server *server, const struct certificate *chain, size_t count,
                            struct error *err) {
    SSL_CTX *context = new_context(), *before;

    if (!use_chain(context, chain, count)) {
        const char *reason = ERR_reason_error_string(ERR_peek_error());
        SSL_CTX_free(context);
        ERR_clear_error();
        return error_set(err, ERROR_INVALID, "the serving certificate: %s",
                         reason ? reason : "unknown reason");
    }
    pthread_mutex_lock(&server->lock);
    before = server->tls;
    server->tls = context;
    pthread_mutex_unlock(&server->lock);
    SSL_CTX_free(before);
    return true;
}

static struct bufferevent *on_connection(struct event_base *loop, void *context) {
    struct admission_server *server = context;
    SSL *ssl;

    pthread_mutex_lock(&server->lock);
    ssl = SSL_new(server->tls);
    pthread_mutex_unlock(&server->lock);
    ensure(ssl);
    return connections_accept(server->connections, ssl);
}

/* ---- requests ---- */

static void reply(struct admission_server *server, struct evhttp_request *request, int code, const char *type,
                  const struct buffer *body) {
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evbuffer *out = evhttp_request_get_output_buffer(request);

    evhttp_add_header(headers, "Content-Type", type);
    if (code != HTTP_OK || server->is_stopping)
        evhttp_add_header(headers, "Connection", "close");
    if (code == 405)
        evhttp_add_header(headers, "Allow", "POST");
    evbuffer_add(out, buffer_string(body), body->length);
    evhttp_send_reply(request, code, NULL, NULL);
}

static void refuse(struct admission_server *server, struct evhttp_request *request, int code,
                   const struct error *why) {
    CLEANUP_BUFFER struct buffer body = { 0 };

    atomic_fetch_add(&server->counters.refused_requests, 1);
    buffer_printf(&body, "%s\n", why->text);
    reply(server, request, code, "text/plain; charset=utf-8", &body);
}

static void count_review(struct admission_server *server, const struct admission_outcome *outcome,
                         int64_t took_ns) {
    struct counters *counters = &server->counters;
    size_t bucket = 0;

    while (bucket < ADMISSION_BUCKETS &&
           (double)took_ns > admission_bucket_ms[bucket] * (double)NANOSECONDS_PER_MS)
        bucket++;
    atomic_fetch_add(&counters->durations[bucket], 1);
    atomic_fetch_add(&counters->duration_ns, (uint64_t)took_ns);
    atomic_fetch_add(&counters->reviews[outcome->operation][outcome->is_allowed], 1);
}

static void on_request(struct evhttp_request *request, void *context) {
    struct admission_server *server = context;
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    CLEANUP_BUFFER struct buffer body = { 0 };
    struct admission_outcome outcome;
    enum admission_task task;
    struct error err = { 0 };
    int code;

    connections_received(server->connections,
                         evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)));
    if (!admission_request_check(request, &task, &code, &err)) {
        refuse(server, request, code, &err);
        return;
    }
    struct text review = { (const char *)evbuffer_pullup(input, -1), evbuffer_get_length(input) };
    int64_t began_ns = clock_monotonic(&clock_system);
    if (!admission_answer(&server->options.admission, task, review, &body, &outcome, &err)) {
        refuse(server, request, 400, &err);
        return;
    }
    count_review(server, &outcome, clock_monotonic(&clock_system) - began_ns);
    reply(server, request, HTTP_OK, "application/json", &body);
}

/* ---- the end ---- */

static void on_emptied(void *context) {
    struct admission_server *server = context;

    if (server->is_stopping && !server->listening)
        event_base_loopexit(server->loop, NULL);
}

static void on_give_up(evutil_socket_t socket, short what, void *context) {
    event_base_loopexit(((struct admission_server *)context)->loop, NULL);
}

static void on_close(evutil_socket_t socket, short what, void *context) {
    struct admission_server *server = context;

    evhttp_del_accept_socket(server->http, TAKE(server->listening));
    connections_drain(server->connections, ADMISSION_STOP_IDLE_MS, server->options.stop_ms_max);
    if (!connections_count(server->connections))
        event_base_loopexit(server->loop, NULL);
}

/* Who has connected already is let in first: that takes one more turn of the loop. */
static void on_stop(evutil_socket_t socket, short what, void *context) {
    const struct timeval at_once = { 0 };
    struct admission_server *server = context;
    const struct timeval limit = { .tv_sec = server->options.stop_ms_max / 1000,
                                   .tv_usec = server->options.stop_ms_max % 1000 * 1000 };

    server->is_stopping = true;
    event_add(server->close, &at_once);
    event_add(server->give_up, &limit);
}

static void *run(void *context) {
    struct admission_server *server = context;

    event_base_loop(server->loop, EVLOOP_NO_EXIT_ON_EMPTY);
    return NULL;
}

/* ---- life ---- */

static struct admission_server_options with_limits(const struct admission_server_options *options) {
    struct admission_server_options chosen = *options;

    if (!chosen.request_ms_max)
        chosen.request_ms_max = ADMISSION_REQUEST_MS_MAX;
    if (!chosen.idle_ms_max)
        chosen.idle_ms_max = ADMISSION_IDLE_MS_MAX;
    if (!chosen.stop_ms_max)
        chosen.stop_ms_max = ADMISSION_STOP_MS_MAX;
    return chosen;
}

/* All methods are let through to us: evhttp would answer 501 to what is a 405. */
static void set_up_http(struct admission_server *server, int listening) {
    server->http = evhttp_new(server->loop);
    ensure(server->http);
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                                 EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS |
                                                 EVHTTP_REQ_PATCH);
    evhttp_set_max_headers_size(server->http, ADMISSION_HEADER_BYTES_MAX);
    evhttp_set_max_body_size(server->http, ADMISSION_BODY_BYTES_MAX);
    evhttp_set_timeout(server->http,
                       (server->options.idle_ms_max + server->options.request_ms_max) / 1000 + 1);
    evhttp_set_bevcb(server->http, on_connection, server);
    evhttp_set_gencb(server->http, on_request, server);
    /* Connections inherit it. Head and body of an answer leave as two TLS records: the second must not wait
     * for the other side's acknowledgement of the first, which takes 40 ms. */
    (void)setsockopt(listening, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    server->listening = evhttp_accept_socket_with_handle(server->http, listening);
    ensure(server->listening);
}

struct admission_server *admission_server_start(const struct admission_server_options *options,
                                                struct error *err) {
    uint16_t port;
    int listening;

    if (!listen_on(options->address, &listening, &port, err))
        return NULL;
    evthread_use_pthreads();
    struct admission_server *server = XNEW(struct admission_server);
    server->options = with_limits(options);
    server->options.address = NULL; /* borrowed only for the moment */
    server->port = port;
    server->tls = new_context();
    pthread_mutex_init(&server->lock, NULL);
    server->loop = event_base_new();
    ensure(server->loop);
    server->connections = connections_new(server->loop,
                                          &(struct connections_limits){
                                              .count_max = ADMISSION_CONNECTIONS_MAX,
                                              .receiving_bytes_max = ADMISSION_RECEIVING_BYTES_MAX,
                                              .request_ms_max = server->options.request_ms_max,
                                              .idle_ms_max = server->options.idle_ms_max,
                                          },
                                          on_emptied, server);
    server->stop = event_new(server->loop, -1, 0, on_stop, server);
    server->close = event_new(server->loop, -1, 0, on_close, server);
    server->give_up = event_new(server->loop, -1, 0, on_give_up, server);
    ensure(server->stop && server->close && server->give_up);
    set_up_http(server, listening);
    ensure(pthread_create(&server->thread, NULL, run, server) == 0);
    return server;
}

uint16_t admission_server_port(const struct admission_server *server) {
    return server->port;
}

void admission_server_free(struct admission_server *server) {
    if (!server)
        return;
    event_active(server->stop, 0, 0);
    pthread_join(server->thread, NULL);
    evhttp_free(server->http);
    event_free(server->stop);
    event_free(server->close);
    event_free(server->give_up);
    /* What was freed of connections is freed for good in a turn of the loop. */
    event_base_loop(server->loop, EVLOOP_NONBLOCK);
    connections_free(server->connections);
    event_base_free(server->loop);
    SSL_CTX_free(server->tls);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

void admission_server_count(struct admission_server *server, struct admission_server_counts *out_counts) {
    struct counters *counters = &server->counters;

    *out_counts = (struct admission_server_counts){
        .refused_requests = atomic_load(&counters->refused_requests),
        .duration_ns = atomic_load(&counters->duration_ns),
        .connections = connections_accepted(server->connections),
        .connections_now = connections_count(server->connections),
        .cut_off = connections_cut_off(server->connections),
    };
    for (size_t i = 0; i < REVIEW_OPERATIONS; i++)
        for (size_t allowed = 0; allowed < 2; allowed++)
            out_counts->reviews[i][allowed] = atomic_load(&counters->reviews[i][allowed]);
    for (size_t i = 0; i <= ADMISSION_BUCKETS; i++)
        out_counts->durations[i] = atomic_load(&counters->durations[i]);
}
