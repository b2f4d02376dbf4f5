#include "sandbox/fronts.h"

#include "base/clock.h"
#include "base/log.h"
#include "sandbox/bolt_server.h"
#include "sandbox/http_server.h"

#include <sys/queue.h>

enum { METRICS_PORT = 2004, HTTPS_PORT = 7473, HTTP_PORT = 7474 };

struct front {
    LIST_ENTRY(front) next;
    const struct neo4j_process *process;
    uint16_t port;
    struct bolt_server *bolt;
    struct http_server *http;
};

struct fronts {
    struct event_base *loop;
    bool routes_by_name;
    LIST_HEAD(, front) open;
};

static void on_open(void *context, struct neo4j_process *process, const char *address, uint16_t port) {
    struct fronts *fronts = context;
    struct front *front = XNEW(struct front);
    struct error err = { 0 };

    front->process = process;
    front->port = port;
    bool is_open =
        port == HTTP_PORT || port == HTTPS_PORT || port == METRICS_PORT
            ? http_server_new(fronts->loop, &clock_system, process, address, port, port == HTTPS_PORT,
                              &front->http, &err)
            : bolt_server_new(fronts->loop, &clock_system, process, address, port,
                              &(struct bolt_server_options){ .routes_by_name = fronts->routes_by_name },
                              &front->bolt, &err);
    if (!is_open)
        log_error("server can't be reached", LOG_TEXT("address", address), LOG_INTEGER("port", port),
                  LOG_ERROR_FIELDS(&err));
    LIST_INSERT_HEAD(&fronts->open, front, next);
}

static void close_front(struct front *front) {
    LIST_REMOVE(front, next);
    if (front->bolt)
        bolt_server_free(front->bolt);
    if (front->http)
        http_server_free(front->http);
    free(front);
}

static void on_close(void *context, struct neo4j_process *process, const char *address, uint16_t port) {
    struct fronts *fronts = context;
    struct front *front;
    LIST_FOREACH (front, &fronts->open, next)
        if (front->process == process && front->port == port) {
            close_front(front);
            return;
        }
}

struct fronts *fronts_new(struct event_base *loop, bool routes_by_name) {
    struct fronts *fronts = XNEW(struct fronts);
    fronts->loop = loop;
    fronts->routes_by_name = routes_by_name;
    return fronts;
}

void fronts_free(struct fronts *fronts) {
    if (!fronts)
        return;
    ensure(LIST_EMPTY(&fronts->open));
    free(fronts);
}

struct node_front fronts_callbacks(struct fronts *fronts) {
    return (struct node_front){ .context = fronts, .open = on_open, .close = on_close };
}
