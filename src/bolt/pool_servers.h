/* Servers of a pool that could not be reached lately, each with its breaker. One that can be reached is not
 * among them. No lock and no clock: pool.c's part. */
#pragma once

#include "bolt/breaker.h"
#include "bolt/stream.h"

#include <sys/queue.h>

struct pool_server;
TAILQ_HEAD(pool_servers, pool_server);

struct pool_time {
    int64_t monotonic_ns;
    int64_t wall_ns;
};

/* Whether to try to connect; if so, pool_servers_note() must follow. */
CHECKED bool pool_servers_allow(struct pool_servers *servers, const struct bolt_endpoint *endpoint,
                                struct pool_time now, struct error *err);
/* How an attempt ended; why is NULL when it succeeded. Where the breaker is open, *why becomes what those are
 * told who may not try: whoever asks again and again hears one sentence, not two in turns. */
void pool_servers_note(struct pool_servers *servers, const struct bolt_endpoint *endpoint,
                       struct pool_time now, struct error *why);
/* Forgets an address (NULL: all). */
void pool_servers_forget(struct pool_servers *servers, const char *address);
/* Forgets those with which nothing happened for long: the address may be somebody else's by now. */
void pool_servers_tidy(struct pool_servers *servers, struct pool_time now);
size_t pool_servers_open(const struct pool_servers *servers);
