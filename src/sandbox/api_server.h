/* API server: the simulated API (sim/api_http.h) over HTTPS, on a libevent loop.
 *
 * Everything happens on the loop's thread, which is also the thread that ticks the simulation. Who calls is
 * told by a client certificate (common name, organizations as groups) or by a service account's bearer token;
 * others get 401. A watcher that does not read is cut off once API_SERVER_QUEUE_BYTES_MAX wait for it.
 */
#pragma once

#include "base/error.h"
#include "sandbox/certificates.h"
#include "sim/api.h"

#include <event2/event.h>

struct api_server;

enum {
    API_SERVER_QUEUE_BYTES_MAX = 1024 * 1024,
    API_SERVER_HEADER_BYTES_MAX = 64 * 1024,
    API_SERVER_IDLE_SECONDS = 300, /* a connection without a request */
};

struct api_server_options {
    struct event_base *loop; /* must outlive the server */
    struct api *api;         /* must outlive the server */
    const struct certificates *certificates;
    const char *address; /* "127.0.0.1" */
    uint16_t port;       /* 0: any free one */
};

/* Listens. */
CHECKED bool api_server_new(const struct api_server_options *options, struct api_server **out_server,
                            struct error *err);
uint16_t api_server_port(const struct api_server *server);
/* Takes no more connections, and ends all watches in order, so that clients see a complete answer. What is
 * still queued is sent while the loop goes on running. */
void api_server_stop(struct api_server *server);
/* Closes everything. libevent frees the connections in the next turn of the loop. */
void api_server_free(struct api_server *server);
DEFINE_CLEANUP(struct api_server, api_server_free);
