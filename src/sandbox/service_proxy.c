#include "sandbox/service_proxy.h"

#include "base/log.h"
#include "sim/component/mirror.h"
#include "sim/component/object.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <sys/queue.h>

enum { BACKLOG = 64, BUFFERED_BYTES_MAX = 256 * 1024 };

struct connection;

/* One port of one Service. */
struct door {
    SLIST_ENTRY(door) next;
    struct service_proxy *proxy;
    char *namespace, *service, *port_name, *address;
    uint16_t port;
    struct evconnlistener *listener; /* NULL: the address was taken by somebody else */
    size_t turn;
};

/* Two sockets whose bytes go to each other. */
struct connection {
    LIST_ENTRY(connection) next;
    struct service_proxy *proxy;
    struct bufferevent *client, *server;
};

struct service_proxy {
    struct event_base *loop;
    struct mirror *mirror;
    struct event *refresh;
    SLIST_HEAD(, door) doors;
    LIST_HEAD(, connection) connections;
    size_t connection_count;
};

/* ---- connections ---- */

static void close_connection(struct connection *connection) {
    LIST_REMOVE(connection, next);
    connection->proxy->connection_count--;
    if (connection->client)
        bufferevent_free(connection->client);
    if (connection->server)
        bufferevent_free(connection->server);
    free(connection);
}

static struct bufferevent *other_end(struct connection *connection, struct bufferevent *end) {
    return end == connection->client ? connection->server : connection->client;
}

/* What arrives at one end leaves at the other; while that is slow, nothing more is read here. */
static void on_read(struct bufferevent *from, void *context) {
    struct bufferevent *to = other_end(context, from);
    bufferevent_write_buffer(to, bufferevent_get_input(from));
    if (evbuffer_get_length(bufferevent_get_output(to)) > BUFFERED_BYTES_MAX)
        bufferevent_disable(from, EV_READ);
}

static void on_written(struct bufferevent *to, void *context) {
    bufferevent_enable(other_end(context, to), EV_READ);
}

/* One end is gone: what is still on its way to the other is delivered first. */
static void on_flushed(struct bufferevent *end, void *context) {
    close_connection(context);
}

static void on_event(struct bufferevent *end, short what, void *context) {
    struct connection *connection = context;
    if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
        return;
    struct bufferevent *other = other_end(connection, end);
    if (!other || !evbuffer_get_length(bufferevent_get_output(other))) {
        close_connection(connection);
        return;
    }
    bufferevent_disable(end, EV_READ | EV_WRITE);
    bufferevent_setcb(other, NULL, on_flushed, on_event, connection);
    if (end == connection->client)
        connection->client = NULL;
    else
        connection->server = NULL;
    bufferevent_free(end);
}

/* ---- endpoints ---- */

struct target {
    const char *address;
    uint16_t port;
};

static size_t ready_targets(struct door *door, struct arena *arena, struct target **out_targets) {
    struct mirror_list slices =
        mirror_list(door->proxy->mirror, arena, &KUBE_ENDPOINT_SLICES, door->namespace);
    struct target *targets = NULL;
    size_t count = 0;
    MIRROR_FOR_EACH(slice, slices) {
        uint16_t port = 0;
        if (!str_equal(object_label(slice, "kubernetes.io/service-name"), door->service))
            continue;
        JSON_FOR_EACH_ITEM (offered, json_get(slice, "ports")) {
            if (str_equal(json_string_at(offered, "name", ""), door->port_name))
                port = (uint16_t)json_integer_at(offered, "port", 0);
        }
        if (!port || targets)
            continue;
        targets = ARENA_ARRAY(arena, struct target, json_length(json_get(slice, "endpoints")));
        JSON_FOR_EACH_ITEM (endpoint, json_get(slice, "endpoints")) {
            if (json_bool_at(endpoint, "conditions.ready", false))
                targets[count++] =
                    (struct target){ .address = json_string_at(endpoint, "addresses.0", ""), .port = port };
        }
    }
    *out_targets = targets;
    return count;
}

static struct bufferevent *connect_to(struct service_proxy *proxy, const struct target *target) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(target->port) };
    if (inet_pton(AF_INET, target->address, &address.sin_addr) != 1)
        return NULL;
    struct bufferevent *end = bufferevent_socket_new(proxy->loop, -1, BEV_OPT_CLOSE_ON_FREE);
    if (end && bufferevent_socket_connect(end, (struct sockaddr *)&address, sizeof(address))) {
        bufferevent_free(end);
        return NULL;
    }
    return end;
}

/* What is passed on are whole messages: none must wait for the acknowledgement of the one before. */
static void send_at_once(struct bufferevent *end) {
    (void)setsockopt(bufferevent_getfd(end), IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t socket, struct sockaddr *from,
                      int length, void *context) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct door *door = context;
    struct service_proxy *proxy = door->proxy;
    struct target *targets;
    size_t count = ready_targets(door, arena, &targets);
    struct bufferevent *server = NULL;

    if (count && proxy->connection_count < SERVICE_PROXY_CONNECTIONS_MAX)
        server = connect_to(proxy, &targets[door->turn++ % count]);
    if (!server) {
        evutil_closesocket(socket);
        return;
    }
    struct connection *connection = XNEW(struct connection);
    *connection =
        (struct connection){ .proxy = proxy,
                             .client = bufferevent_socket_new(proxy->loop, socket, BEV_OPT_CLOSE_ON_FREE),
                             .server = server };
    LIST_INSERT_HEAD(&proxy->connections, connection, next);
    proxy->connection_count++;
    send_at_once(connection->client);
    send_at_once(connection->server);
    bufferevent_setcb(connection->client, on_read, on_written, on_event, connection);
    bufferevent_setcb(connection->server, on_read, on_written, on_event, connection);
    bufferevent_enable(connection->client, EV_READ | EV_WRITE);
    bufferevent_enable(connection->server, EV_READ | EV_WRITE);
}

/* ---- doors ---- */

static void open_door(struct door *door) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(door->port) };
    if (inet_pton(AF_INET, door->address, &address.sin_addr) == 1)
        door->listener =
            evconnlistener_new_bind(door->proxy->loop, on_accept, door,
                                    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
                                    BACKLOG, (struct sockaddr *)&address, sizeof(address));
    if (!door->listener)
        log_warn("service address can't be opened", LOG_TEXT("service", door->service),
                 LOG_TEXT("address", door->address), LOG_INTEGER("port", door->port));
}

static void close_door(struct door *door) {
    if (door->listener)
        evconnlistener_free(door->listener);
    free(door->namespace);
    free(door->service);
    free(door->port_name);
    free(door->address);
    free(door);
}

static bool is_loopback(const char *address) {
    return str_starts_with(address, "127.");
}

static void close_doors(struct service_proxy *proxy, const struct json *service) {
    struct door *door = SLIST_FIRST(&proxy->doors), *next;
    for (; door; door = next) {
        next = SLIST_NEXT(door, next);
        if (str_equal(door->service, object_name(service)) &&
            str_equal(door->namespace, object_namespace(service))) {
            SLIST_REMOVE(&proxy->doors, door, door, next);
            close_door(door);
        }
    }
}

static void open_doors(struct service_proxy *proxy, const struct json *service) {
    const char *address = json_string_at(service, "spec.clusterIP", "");
    if (!is_loopback(address) || !json_length(json_at(service, "spec.selector")))
        return;
    JSON_FOR_EACH_ITEM (port, json_at(service, "spec.ports")) {
        if (!str_equal(json_string_at(port, "protocol", "TCP"), "TCP"))
            continue;
        struct door *door = XNEW(struct door);
        *door = (struct door){ .proxy = proxy,
                               .namespace = xstrdup(object_namespace(service)),
                               .service = xstrdup(object_name(service)),
                               .port_name = xstrdup(json_string_at(port, "name", "")),
                               .address = xstrdup(address),
                               .port = (uint16_t)json_integer_at(port, "port", 0) };
        open_door(door);
        SLIST_INSERT_HEAD(&proxy->doors, door, next);
    }
}

/* Connections that are open go on: they know nothing of the door they came through. */
static void on_changed(void *context, const struct kube_resource *resource, const struct json *old,
                       const struct json *new) {
    if (resource != &KUBE_SERVICES || json_equal(json_get(old, "spec"), json_get(new, "spec")))
        return;
    if (old)
        close_doors(context, old);
    if (new)
        open_doors(context, new);
}

static void refresh(evutil_socket_t socket, short what, void *context) {
    struct service_proxy *proxy = context;
    struct mirror_observer observer = { proxy, on_changed };
    mirror_drain(proxy->mirror, &observer);
}

static void on_wake(void *context) {
    struct service_proxy *proxy = context;
    event_active(proxy->refresh, EV_TIMEOUT, 0);
}

struct service_proxy *service_proxy_new(struct event_base *loop, struct kube *kube) {
    struct service_proxy *proxy = XNEW(struct service_proxy);
    proxy->loop = loop;
    proxy->mirror = mirror_new(kube);
    proxy->refresh = event_new(loop, -1, 0, refresh, proxy);
    mirror_set_wake(proxy->mirror, on_wake, proxy);
    mirror_watch(proxy->mirror, &KUBE_SERVICES);
    mirror_watch(proxy->mirror, &KUBE_ENDPOINT_SLICES);
    return proxy;
}

void service_proxy_free(struct service_proxy *proxy) {
    struct connection *connection;
    struct door *door;
    if (!proxy)
        return;
    mirror_free(proxy->mirror);
    while ((connection = LIST_FIRST(&proxy->connections)))
        close_connection(connection);
    while ((door = SLIST_FIRST(&proxy->doors))) {
        SLIST_REMOVE_HEAD(&proxy->doors, next);
        close_door(door);
    }
    event_free(proxy->refresh);
    free(proxy);
}
