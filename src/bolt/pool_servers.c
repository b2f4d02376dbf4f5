#include "bolt/pool_servers.h"

enum { KEPT_SECONDS = 10 * 60 };

struct pool_server {
    TAILQ_ENTRY(pool_server) link;
    char *address;
    uint16_t port;
    int64_t failed_ns; /* last */
    struct breaker breaker;
};

static struct pool_server *find(struct pool_servers *servers, const struct bolt_endpoint *endpoint) {
    struct pool_server *server;

    TAILQ_FOREACH (server, servers, link)
        if (server->port == endpoint->port && str_equal(server->address, endpoint->address))
            return server;
    return NULL;
}

static void drop(struct pool_servers *servers, struct pool_server *server) {
    TAILQ_REMOVE(servers, server, link);
    free(server->address);
    free(server);
}

static struct pool_server *add(struct pool_servers *servers, const struct bolt_endpoint *endpoint) {
    struct pool_server *server = XNEW(struct pool_server);

    server->address = xstrdup(endpoint->address);
    server->port = endpoint->port;
    TAILQ_INSERT_TAIL(servers, server, link);
    return server;
}

bool pool_servers_allow(struct pool_servers *servers, const struct bolt_endpoint *endpoint,
                        struct pool_time now, struct error *err) {
    struct pool_server *server = find(servers, endpoint);

    return !server || breaker_allows(&server->breaker, now.monotonic_ns) ||
           breaker_explain(&server->breaker, now.monotonic_ns, err);
}

/* What is wrong with the request or with ourselves says nothing of the server. */
static bool is_ours(const struct error *why) {
    return why->kind == ERROR_INVALID || why->kind == ERROR_INTERNAL;
}

void pool_servers_note(struct pool_servers *servers, const struct bolt_endpoint *endpoint,
                       struct pool_time now, struct error *why) {
    struct pool_server *server = find(servers, endpoint);

    if (!why || why->kind == ERROR_REFUSED) { /* a refusal is an answer, too */
        if (server)
            drop(servers, server);
    } else if (is_ours(why)) {
        if (server)
            breaker_abandon(&server->breaker);
    } else {
        server = server ? server : add(servers, endpoint);
        server->failed_ns = now.monotonic_ns;
        breaker_fail(&server->breaker, now.monotonic_ns, now.wall_ns, why->text);
        if (server->breaker.is_open)
            (void)breaker_explain(&server->breaker, now.monotonic_ns, why);
    }
}

static void drop_before(struct pool_servers *servers, const char *address, int64_t failed_ns) {
    struct pool_server *server;
    struct pool_server *next;

    for (server = TAILQ_FIRST(servers); server; server = next) {
        next = TAILQ_NEXT(server, link);
        if (server->failed_ns < failed_ns && (!address || str_equal(server->address, address)))
            drop(servers, server);
    }
}

void pool_servers_forget(struct pool_servers *servers, const char *address) {
    drop_before(servers, address, INT64_MAX);
}

void pool_servers_tidy(struct pool_servers *servers, struct pool_time now) {
    drop_before(servers, NULL, now.monotonic_ns - KEPT_SECONDS * NANOSECONDS_PER_SECOND);
}

size_t pool_servers_open(const struct pool_servers *servers) {
    const struct pool_server *server;
    size_t open = 0;

    TAILQ_FOREACH (server, servers, link)
        open += server->breaker.is_open;
    return open;
}
