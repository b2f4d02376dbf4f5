/* Health: /healthz, /readyz and /metrics over plain HTTP, served by a thread of its own.
 *
 *   /healthz  200 while the process can answer
 *   /readyz   200 while the source says that it is; else 503 with what is waited for
 *   /metrics  Prometheus text
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

struct health;

struct health_source {
    void *context;
    /* Whether the operator does its work; if not, adds the reason in words. */
    bool (*is_ready)(void *context, struct buffer *why_not);
    /* Adds the metrics in Prometheus' text format. */
    void (*write_metrics)(void *context, struct buffer *out);
};

/* address: "host:port", ":port" (all addresses) or "[::1]:port". source's functions are called on the
 * server's thread. NULL with an error when it can't listen. */
struct health *health_start(const char *address, const struct health_source *source, struct error *err);
/* The port it listens on: the one of address, or what the system chose for 0. */
uint16_t health_port(const struct health *health);
void health_stop(struct health *health);
DEFINE_CLEANUP(struct health, health_stop);
