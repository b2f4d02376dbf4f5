/* A call waits in the queue until it gets a connection: one that is idle, or a new one while there are fewer
 * than allowed (streams always get one). The connection is then its own until the answer is complete.
 *
 * Callbacks of libevent are deferred (they run from the loop), so a connection may be freed in any of them.
 */
#include "kube/http_pool.h"

#include "base/clock.h"
#include "kube/dialer.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>
#include <sys/queue.h>

struct connection {
    LIST_ENTRY(connection) next;
    struct http_pool *pool;
    struct bufferevent *stream;
    SSL_CTX *tls;           /* it was made with; NULL for plain http */
    struct http_call *call; /* NULL: idle */
    struct http_reader reader;
    bool is_connected;
    bool was_used; /* had an answer before */
    bool is_for_stream;
    size_t received; /* bytes since the request was sent */
    int64_t idle_since_ns;
};

struct http_call {
    TAILQ_ENTRY(http_call) next;
    struct http_pool *pool;
    struct connection *connection; /* NULL: in the queue */
    struct buffer head;            /* request line and header lines */
    struct buffer body;
    struct credential *credential;
    struct http_handler handler;
    struct event *deadline;
    int timeout_ms;
    bool is_repeatable;
    bool is_stream;
    bool is_sent;
    bool is_repeated;
    bool is_opened;  /* the handler was told */
    bool is_in_data; /* handler.data or handler.opened is running */
    struct http_answer answer;
    struct error failure; /* found by the body's receiver */
};

LIST_HEAD(connection_list, connection);
TAILQ_HEAD(call_list, http_call);

struct http_pool {
    struct event_base *base;
    struct dialer *dialer;
    char *user_agent;
    bool is_plain;
    unsigned connections_max;
    struct connection_list connections;
    unsigned connection_count; /* without those of streams */
    struct call_list queue;
    struct event *dispatch;
    uint64_t opened; /* atomic */
};

static void dispatch(evutil_socket_t fd, short what, void *context);

void http_answer_clear(struct http_answer *answer) {
    buffer_clear(&answer->body);
    *answer = (struct http_answer){ 0 };
}

/* ---- life ---- */

struct http_pool *http_pool_new(struct event_base *base, const struct http_options *options) {
    struct http_pool *pool = XNEW(struct http_pool);

    pool->base = base;
    pool->dialer = dialer_new(base, options->host, options->port, options->tls_name);
    pool->user_agent = xstrdup(options->user_agent);
    pool->is_plain = options->is_plain;
    pool->connections_max = options->connections_max;
    LIST_INIT(&pool->connections);
    TAILQ_INIT(&pool->queue);
    pool->dispatch = event_new(base, -1, 0, dispatch, pool);
    ensure(pool->dispatch && pool->connections_max);
    return pool;
}

static void call_free(struct http_call *call) {
    event_free(call->deadline);
    if (call->head.data)
        explicit_bzero(call->head.data, call->head.capacity); /* it holds the token */
    buffer_clear(&call->head);
    if (call->body.data)
        explicit_bzero(call->body.data, call->body.capacity); /* it may be a Secret */
    buffer_clear(&call->body);
    credential_unref(call->credential);
    http_answer_clear(&call->answer);
    free(call);
}

static void connection_close(struct connection *connection) {
    struct http_pool *pool = connection->pool;

    ensure(!connection->call);
    LIST_REMOVE(connection, next);
    if (!connection->is_for_stream)
        pool->connection_count--;
    bufferevent_free(connection->stream);
    SSL_CTX_free(connection->tls);
    http_reader_clear(&connection->reader);
    free(connection);
    event_active(pool->dispatch, 0, 0); /* a call may wait for the place */
}

/* Takes a call off its connection or out of the queue. */
static struct connection *call_detach(struct http_call *call) {
    struct connection *connection = call->connection;

    if (connection)
        connection->call = NULL;
    else
        TAILQ_REMOVE(&call->pool->queue, call, next);
    call->connection = NULL;
    return connection;
}

void http_call_cancel(struct http_call *call) {
    struct connection *connection = call_detach(call);

    ensure(!call->is_in_data);
    if (connection)
        connection_close(connection);
    call_free(call);
}

void http_pool_free(struct http_pool *pool) {
    struct connection *connection;

    if (!pool)
        return;
    while ((connection = LIST_FIRST(&pool->connections))) {
        if (connection->call)
            http_call_cancel(connection->call);
        else
            connection_close(connection);
    }
    while (!TAILQ_EMPTY(&pool->queue))
        http_call_cancel(TAILQ_FIRST(&pool->queue));
    event_free(pool->dispatch);
    dialer_free(pool->dialer);
    free(pool->user_agent);
    free(pool);
}

uint64_t http_pool_opened(const struct http_pool *pool) {
    return __atomic_load_n(&pool->opened, __ATOMIC_RELAXED);
}

/* ---- the end of a call ---- */

static void call_fail(struct http_call *call, const struct error *failure) {
    struct connection *connection = call_detach(call);
    struct http_handler handler = call->handler;
    struct error copy = *failure;

    copy.outcome_unknown = call->is_sent;
    if (connection)
        connection_close(connection);
    call_free(call);
    handler.done(handler.context, NULL, &copy);
}

/* Puts a call whose connection died back into the queue, if that may mend it. */
static bool call_repeat(struct http_call *call) {
    struct connection *connection = call->connection;

    if (!connection->was_used || connection->received || !call->is_repeatable || call->is_repeated)
        return false;
    call_detach(call);
    connection_close(connection);
    call->is_repeated = true;
    call->is_sent = false;
    TAILQ_INSERT_HEAD(&call->pool->queue, call, next);
    return true;
}

static void connection_rest(struct connection *connection) {
    struct http_pool *pool = connection->pool;
    const struct timeval limit = { .tv_sec = HTTP_IDLE_SECONDS_MAX };
    bool is_surplus = connection->is_for_stream && pool->connection_count >= pool->connections_max;

    /* Bytes in either direction that belong to no request mean that the peer is out of step. */
    if (!connection->reader.is_kept_alive || is_surplus ||
        evbuffer_get_length(bufferevent_get_input(connection->stream)) ||
        evbuffer_get_length(bufferevent_get_output(connection->stream))) {
        connection_close(connection);
        return;
    }
    if (connection->is_for_stream)
        pool->connection_count++;
    connection->is_for_stream = false;
    connection->was_used = true;
    connection->idle_since_ns = clock_monotonic(&clock_system);
    http_reader_clear(&connection->reader);
    bufferevent_set_timeouts(connection->stream, &limit, NULL);
    event_active(pool->dispatch, 0, 0);
}

static void call_complete(struct http_call *call) {
    struct connection *connection = call_detach(call);
    struct http_handler handler = call->handler;
    struct http_answer answer = call->answer;

    answer.status = connection->reader.status;
    answer.retry_after_seconds = connection->reader.retry_after_seconds;
    call->answer = (struct http_answer){ 0 };
    connection_rest(connection);
    call_free(call);
    handler.done(handler.context, &answer, NULL);
    http_answer_clear(&answer);
}

static void on_deadline(evutil_socket_t fd, short what, void *context) {
    struct http_call *call = context;
    struct http_pool *pool = call->pool;
    struct error failure = { 0 };

    if (call->is_sent)
        error_set(&failure, ERROR_TIMEOUT, "%s did not answer within %d ms", dialer_authority(pool->dialer),
                  call->timeout_ms);
    else
        error_set(&failure, ERROR_UNAVAILABLE, "no connection to %s within %d ms",
                  dialer_authority(pool->dialer), call->timeout_ms);
    call_fail(call, &failure);
}

/* ---- a connection's events ---- */

static bool is_success(const struct connection *connection) {
    return connection->reader.status / 100 == 2;
}

static void tell_opened(struct connection *connection) {
    struct http_call *call = connection->call;

    if (!call->is_stream || call->is_opened || !connection->reader.has_headers || !is_success(connection))
        return;
    call->is_opened = true;
    call->is_in_data = true;
    if (call->handler.opened)
        call->handler.opened(call->handler.context);
    call->is_in_data = false;
}

static bool on_body(void *context, struct text bytes) {
    struct connection *connection = context;
    struct http_call *call = connection->call;
    size_t limit = call->is_stream ? HTTP_STREAM_REFUSAL_BYTES_MAX : HTTP_BODY_BYTES_MAX;
    bool is_taken;

    tell_opened(connection);
    if (!call->is_stream || !is_success(connection)) {
        if (call->answer.body.length + bytes.length > limit)
            return error_set(&call->failure, ERROR_PROTOCOL, "the answer has more than %zu bytes", limit);
        buffer_add_text(&call->answer.body, bytes);
        return true;
    }
    call->is_in_data = true;
    is_taken = call->handler.data(call->handler.context, bytes);
    call->is_in_data = false;
    return is_taken || error_set(&call->failure, ERROR_PROTOCOL, "the stream makes no sense");
}

static void on_readable(struct bufferevent *stream, void *context) {
    struct evbuffer *input = bufferevent_get_input(stream);
    struct connection *connection = context;
    enum http_read result = HTTP_READ_MORE;
    struct http_call *call = connection->call;
    size_t length;

    if (!call || !call->is_sent) { /* it talks out of turn */
        if (!call)
            connection_close(connection);
        return;
    }
    connection->received += evbuffer_get_length(input);
    while (result == HTTP_READ_MORE && (length = evbuffer_get_contiguous_space(input))) {
        struct text bytes = { (const char *)evbuffer_pullup(input, (ev_ssize_t)length), length };
        result = http_reader_feed(&connection->reader, &bytes, on_body, connection, &call->failure);
        evbuffer_drain(input, length - bytes.length);
    }
    tell_opened(connection);
    if (result == HTTP_READ_DONE)
        call_complete(call);
    else if (result != HTTP_READ_MORE)
        call_fail(call, &call->failure);
}

static void connection_send(struct connection *connection) {
    struct http_call *call = connection->call;

    connection->received = 0;
    call->is_sent = true;
    bufferevent_set_timeouts(connection->stream, NULL, NULL);
    bufferevent_write(connection->stream, call->head.data, call->head.length);
    if (call->body.length)
        bufferevent_write(connection->stream, call->body.data, call->body.length);
}

/* Why a connection could not be made or broke. */
static void explain(const struct connection *connection, short what, int socket_error, struct error *out) {
    const struct dialer *dialer = connection->pool->dialer;
    const char *to = dialer_authority(dialer);

    if (dialer_explain(dialer, connection->stream, what, socket_error, out))
        return;
    if (!connection->is_connected)
        error_set(out, ERROR_UNAVAILABLE, "%s: closed while connecting", to);
    else if (connection->received)
        error_set(out, ERROR_UNAVAILABLE, "%s: closed in the middle of the answer", to);
    else
        error_set(out, ERROR_UNAVAILABLE, "%s: closed without an answer", to);
}

static void on_event(struct bufferevent *stream, short what, void *context) {
    struct connection *connection = context;
    struct http_call *call = connection->call;
    struct error failure = { 0 };
    int socket_error = EVUTIL_SOCKET_ERROR();

    if (what & BEV_EVENT_CONNECTED) {
        connection->is_connected = true;
        dialer_settle(stream);
        connection_send(connection);
        return;
    }
    explain(connection, what, socket_error, &failure);
    if (!call)
        connection_close(connection);
    else if (!call_repeat(call))
        call_fail(call, &failure);
}

/* ---- getting a connection ---- */

/* False when the system refuses a socket. The call is the connection's in any case. */
static bool connection_open(struct http_pool *pool, struct http_call *call) {
    struct connection *connection = XNEW(struct connection);

    connection->pool = pool;
    connection->call = call;
    connection->is_for_stream = call->is_stream;
    connection->tls = call->credential ? call->credential->tls : NULL;
    if (connection->tls)
        SSL_CTX_up_ref(connection->tls);
    connection->stream = dialer_make_stream(pool->dialer, connection->tls);
    LIST_INSERT_HEAD(&pool->connections, connection, next);
    if (!connection->is_for_stream)
        pool->connection_count++;
    call->connection = connection;
    __atomic_add_fetch(&pool->opened, 1, __ATOMIC_RELAXED);
    bufferevent_setcb(connection->stream, on_readable, NULL, on_event, connection);
    bufferevent_enable(connection->stream, EV_READ | EV_WRITE);
    return dialer_connect(pool->dialer, connection->stream);
}

static bool is_fit(const struct connection *connection, const struct http_call *call) {
    int64_t idle_ns = clock_monotonic(&clock_system) - connection->idle_since_ns;

    return !connection->call && connection->tls == (call->credential ? call->credential->tls : NULL) &&
           (call->is_repeatable || idle_ns < HTTP_IDLE_SECONDS_MAX_UNREPEATABLE * NANOSECONDS_PER_SECOND);
}

static struct connection *find_fit(struct http_pool *pool, const struct http_call *call) {
    struct connection *connection;

    if (call->is_repeated)
        return NULL; /* the others may be as dead as the first */
    LIST_FOREACH (connection, &pool->connections, next)
        if (is_fit(connection, call))
            return connection;
    return NULL;
}

static struct connection *find_idle(struct http_pool *pool) {
    struct connection *connection;

    LIST_FOREACH (connection, &pool->connections, next)
        if (!connection->call)
            return connection;
    return NULL;
}

/* Gives the call a connection; false when it must wait for one. */
static bool call_begin(struct http_pool *pool, struct http_call *call) {
    struct connection *connection = find_fit(pool, call);
    struct connection *unfit = connection ? NULL : find_idle(pool);

    if (connection) {
        TAILQ_REMOVE(&pool->queue, call, next);
        call->connection = connection;
        connection->call = call;
        if (call->is_stream)
            pool->connection_count--;
        connection->is_for_stream = call->is_stream;
        connection_send(connection);
        return true;
    }
    if (!call->is_stream && pool->connection_count >= pool->connections_max) {
        if (!unfit)
            return false;
        connection_close(unfit);
    }
    TAILQ_REMOVE(&pool->queue, call, next);
    if (!connection_open(pool, call)) {
        struct error failure = { 0 };
        error_set(&failure, ERROR_UNAVAILABLE, "%s: %s", dialer_authority(pool->dialer), strerror(errno));
        call_fail(call, &failure);
    }
    return true;
}

/* The first call in the queue that can begin does, until none can. Streams pass calls that wait. */
static void dispatch(evutil_socket_t fd, short what, void *context) {
    struct http_pool *pool = context;
    struct http_call *call = TAILQ_FIRST(&pool->queue);
    bool is_full = false;

    while (call) {
        struct http_call *next = TAILQ_NEXT(call, next);
        if (is_full && !call->is_stream) {
            call = next;
        } else if (call_begin(pool, call)) {
            call = TAILQ_FIRST(&pool->queue); /* handlers may have changed the queue */
        } else {
            is_full = true;
            call = next;
        }
    }
}

/* ---- starting ---- */

static void add_header(struct buffer *head, const char *name, const char *value) {
    buffer_add_string(head, name);
    buffer_add_string(head, ": ");
    buffer_add_string(head, value);
    buffer_add_string(head, "\r\n");
}

static void write_head(const struct http_pool *pool, const struct http_request *request,
                       struct buffer *head) {
    buffer_printf(head, "%s %s HTTP/1.1\r\n", request->method, request->target);
    add_header(head, "Host", dialer_authority(pool->dialer));
    add_header(head, "User-Agent", pool->user_agent);
    add_header(head, "Accept", request->accept ? request->accept : "application/json");
    if (request->credential && request->credential->token.bytes) {
        buffer_add_string(head, "Authorization: Bearer ");
        buffer_add(head, request->credential->token.bytes, request->credential->token.length);
        buffer_add_string(head, "\r\n");
    }
    if (request->body.length) {
        add_header(head, "Content-Type", request->content_type);
        buffer_printf(head, "Content-Length: %zu\r\n", request->body.length);
    }
    buffer_add_string(head, "\r\n");
}

struct http_call *http_pool_start(struct http_pool *pool, const struct http_request *request,
                                  const struct http_handler *handler) {
    struct http_call *call = XNEW(struct http_call);
    const struct timeval limit = { .tv_sec = request->timeout_ms / 1000,
                                   .tv_usec = request->timeout_ms % 1000 * 1000 };

    ensure(pool->is_plain || (request->credential && request->credential->tls));
    call->pool = pool;
    call->handler = *handler;
    call->timeout_ms = request->timeout_ms;
    call->is_repeatable = request->is_repeatable;
    call->is_stream = request->is_stream;
    call->credential = request->credential ? credential_ref(request->credential) : NULL;
    write_head(pool, request, &call->head);
    buffer_add_text(&call->body, request->body);
    call->deadline = evtimer_new(pool->base, on_deadline, call);
    ensure(call->deadline);
    evtimer_add(call->deadline, &limit);
    TAILQ_INSERT_TAIL(&pool->queue, call, next);
    event_active(pool->dispatch, 0, 0);
    return call;
}
