/* Connections of the admission server: who is there, since when they are quiet, and who must go.
 *
 * A connection is known by its SSL object, from before the handshake until libevent frees it, so that also
 * those are counted that never send a request. On one thread, that of the event loop.
 */
#pragma once

#include "base/memory.h"

#include <event2/bufferevent.h>
#include <openssl/ssl.h>

struct connections_limits {
    size_t count_max;
    size_t receiving_bytes_max;
    int request_ms_max;
    int idle_ms_max;
};

struct connections;

/* emptied is called each time the last connection went. loop must outlive it. */
struct connections *connections_new(struct event_base *loop, const struct connections_limits *limits,
                                    void (*emptied)(void *context), void *context);
/* All connections must be gone. */
void connections_free(struct connections *connections);

/* A connection that begins: a stream for it, with ssl, which it takes. If there are too many now, another is
 * cut off. */
struct bufferevent *connections_accept(struct connections *connections, SSL *ssl);
/* Its request was received whole. It is idle once the answer has been sent, which may take as long as a
 * request; who reads none of it is cut off. */
void connections_received(struct connections *connections, struct bufferevent *stream);
/* From now on, an idle connection is cut off after idle_ms, any after all_ms. */
void connections_drain(struct connections *connections, int idle_ms, int all_ms);

size_t connections_count(const struct connections *connections);
/* Those that were accepted, and those that were cut off; any thread. */
uint64_t connections_accepted(const struct connections *connections);
uint64_t connections_cut_off(const struct connections *connections);
