/* Stream: a connection through a network, with TLS or without, on which every call has a deadline:
 * nanoseconds of the network's clock. A stream belongs to one thread at a time.
 */
#pragma once

#include "bolt/network.h"
#include "bolt/tls.h"

struct bolt_stream;

struct bolt_endpoint {
    const char *address; /* IPv4 or IPv6 literal */
    uint16_t port;
    const char *server_name;            /* whom the certificate must name; NULL: the address */
    struct bolt_tls_context *tls;       /* NULL: no TLS. Needed until the stream is open */
    const struct bolt_network *network; /* NULL: bolt_network_system */
};

static inline const struct bolt_network *bolt_endpoint_network(const struct bolt_endpoint *endpoint) {
    return endpoint->network ? endpoint->network : &bolt_network_system;
}

/* Connects, and shakes hands for TLS. ERROR_UNAVAILABLE when there is no connection in time; ERROR_INVALID
 * when the address is none. */
CHECKED bool bolt_stream_open(const struct bolt_endpoint *endpoint, int64_t deadline_ns,
                              struct bolt_stream **out_stream, struct error *err);
/* Closes at once. */
void bolt_stream_free(struct bolt_stream *stream);
DEFINE_CLEANUP(struct bolt_stream, bolt_stream_free);

/* Writes all, or fails: ERROR_TIMEOUT, ERROR_UNAVAILABLE. */
CHECKED bool bolt_stream_write(struct bolt_stream *stream, struct text data, int64_t deadline_ns,
                               struct error *err);
/* Reads at least one byte, or fails: ERROR_TIMEOUT; ERROR_UNAVAILABLE, also at the end of the stream. */
CHECKED bool bolt_stream_read(struct bolt_stream *stream, char *out, size_t size, size_t *out_length,
                              int64_t deadline_ns, struct error *err);
/* Whether bytes, or the end of the stream, wait to be read. */
bool bolt_stream_is_readable(const struct bolt_stream *stream);
