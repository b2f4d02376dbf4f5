#include "webhook/connections.h"

#include "base/clock.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum { LOOK_MS = 100 };

struct connection {
    TAILQ_ENTRY(connection) next;
    struct connections *connections;
    struct bufferevent *stream;
    int64_t deadline_ns;
    size_t received; /* bytes of the request that comes in */
    bool is_receiving;
    bool is_cut_off; /* it goes as soon as libevent sees that */
};

struct connections {
    struct connections_limits limits;
    struct event_base *loop;
    void (*emptied)(void *context);
    void *context;
    int index;          /* of a connection among what an SSL object holds for others */
    struct event *look; /* at deadlines; pending while there are connections */
    TAILQ_HEAD(connection_list, connection) all; /* who was quiet for longest is first */
    atomic_size_t count;
    size_t received;
    atomic_uint_fast64_t accepted;
    atomic_uint_fast64_t cut_off;
};

static int64_t after_ms(int ms) {
    return clock_monotonic(&clock_system) + ms * NANOSECONDS_PER_MS;
}

static void forget_received(struct connection *connection) {
    connection->connections->received -= connection->received;
    connection->received = 0;
}

/* The other side, and libevent, see the end of the stream; what was received goes with it, and makes room. */
static void cut_off(struct connection *connection) {
    if (connection->is_cut_off)
        return;
    connection->is_cut_off = true;
    forget_received(connection);
    atomic_fetch_add(&connection->connections->cut_off, 1);
    (void)shutdown(bufferevent_getfd(connection->stream), SHUT_RDWR);
}

static void make_newest(struct connection *connection) {
    struct connections *connections = connection->connections;

    TAILQ_REMOVE(&connections->all, connection, next);
    TAILQ_INSERT_TAIL(&connections->all, connection, next);
}

/* ---- limits ---- */

static void cut_off_quietest(struct connections *connections) {
    struct connection *connection;

    TAILQ_FOREACH (connection, &connections->all, next)
        if (!connection->is_cut_off)
            break;
    if (connection)
        cut_off(connection);
}

static void cut_off_largest(struct connections *connections) {
    struct connection *connection, *largest = NULL;

    TAILQ_FOREACH (connection, &connections->all, next)
        if (!connection->is_cut_off && (!largest || connection->received > largest->received))
            largest = connection;
    if (largest)
        cut_off(largest);
}

static void on_look(evutil_socket_t socket, short what, void *context) {
    struct connections *connections = context;
    int64_t now_ns = clock_monotonic(&clock_system);
    struct connection *connection;

    TAILQ_FOREACH (connection, &connections->all, next)
        if (now_ns >= connection->deadline_ns)
            cut_off(connection);
}

/* ---- coming and going ---- */

/* The first byte of a request starts its time. */
static void on_input(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *context) {
    struct connection *connection = context;
    struct connections *connections = connection->connections;

    if (!info->n_added || connection->is_cut_off)
        return;
    if (!connection->is_receiving) {
        connection->is_receiving = true;
        connection->deadline_ns = after_ms(connections->limits.request_ms_max);
        make_newest(connection);
    }
    connection->received += info->n_added;
    connections->received += info->n_added;
    if (connections->received > connections->limits.receiving_bytes_max)
        cut_off_largest(connections);
}

/* The answer has left us: from now on the connection is idle. */
static void on_output(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *context) {
    struct connection *connection = context;

    if (info->n_deleted && info->orig_size + info->n_added == info->n_deleted && !connection->is_receiving)
        connection->deadline_ns = after_ms(connection->connections->limits.idle_ms_max);
}

/* OpenSSL tells that an SSL object ends; there is one for every connection, and it ends with it. */
static void on_end(void *parent, void *held, CRYPTO_EX_DATA *data, int index, long number, void *context) {
    struct connection *connection = held;
    struct connections *connections;

    if (!connection)
        return;
    connections = connection->connections;
    forget_received(connection);
    TAILQ_REMOVE(&connections->all, connection, next);
    free(connection);
    if (atomic_fetch_sub(&connections->count, 1) > 1)
        return;
    event_del(connections->look);
    connections->emptied(connections->context);
}

static void begin_looking(struct connections *connections) {
    const struct timeval interval = { .tv_usec = LOOK_MS * 1000 };

    event_add(connections->look, &interval);
}

struct bufferevent *connections_accept(struct connections *connections, SSL *ssl) {
    struct connection *connection = XNEW(struct connection);

    if (connections->count >= connections->limits.count_max)
        cut_off_quietest(connections);
    connection->connections = connections;
    connection->deadline_ns = after_ms(connections->limits.request_ms_max);
    connection->stream = bufferevent_openssl_socket_new(connections->loop, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                        BEV_OPT_CLOSE_ON_FREE);
    ensure(connection->stream && SSL_set_ex_data(ssl, connections->index, connection));
    bufferevent_openssl_set_allow_dirty_shutdown(connection->stream, 1);
    evbuffer_add_cb(bufferevent_get_input(connection->stream), on_input, connection);
    evbuffer_add_cb(bufferevent_get_output(connection->stream), on_output, connection);
    TAILQ_INSERT_TAIL(&connections->all, connection, next);
    if (!atomic_fetch_add(&connections->count, 1))
        begin_looking(connections);
    atomic_fetch_add(&connections->accepted, 1);
    return connection->stream;
}

/* Its answer has the time of a request to leave. What has come behind it, pipelined, is a request that comes
 * in already. */
void connections_received(struct connections *connections, struct bufferevent *stream) {
    struct connection *connection = SSL_get_ex_data(bufferevent_openssl_get_ssl(stream), connections->index);

    forget_received(connection);
    if (!connection->is_cut_off)
        connection->received = evbuffer_get_length(bufferevent_get_input(stream));
    connections->received += connection->received;
    connection->is_receiving = connection->received;
    connection->deadline_ns = after_ms(connections->limits.request_ms_max);
    make_newest(connection);
}

void connections_drain(struct connections *connections, int idle_ms, int all_ms) {
    struct connection *connection;

    connections->limits.idle_ms_max = idle_ms;
    connections->limits.request_ms_max = all_ms;
    TAILQ_FOREACH (connection, &connections->all, next) {
        int64_t until_ns = after_ms(connection->is_receiving ? all_ms : idle_ms);
        if (connection->deadline_ns > until_ns)
            connection->deadline_ns = until_ns;
    }
}

/* ---- life ---- */

struct connections *connections_new(struct event_base *loop, const struct connections_limits *limits,
                                    void (*emptied)(void *context), void *context) {
    struct connections *connections = XNEW(struct connections);

    *connections =
        (struct connections){ .limits = *limits, .loop = loop, .emptied = emptied, .context = context };
    TAILQ_INIT(&connections->all);
    connections->index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_end);
    connections->look = event_new(loop, -1, EV_PERSIST, on_look, connections);
    ensure(connections->index >= 0 && connections->look);
    return connections;
}

void connections_free(struct connections *connections) {
    ensure(!connections->count);
    event_free(connections->look);
    CRYPTO_free_ex_index(CRYPTO_EX_INDEX_SSL, connections->index);
    free(connections);
}

size_t connections_count(const struct connections *connections) {
    return atomic_load(&connections->count);
}

uint64_t connections_accepted(const struct connections *connections) {
    return atomic_load(&connections->accepted);
}

uint64_t connections_cut_off(const struct connections *connections) {
    return atomic_load(&connections->cut_off);
}
