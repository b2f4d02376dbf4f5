/* Network: the port through which Bolt reaches servers and waits for them.
 *
 * Two implementations: sockets and the system's clock, here; and streams into simulated servers in virtual
 * time (simulate/). Deadlines are nanoseconds of the network's monotonic clock, everywhere in bolt/ and
 * neo4j/.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

struct bolt_wire;

/* One connection, as bytes. Errors: ERROR_TIMEOUT when the deadline passed, ERROR_UNAVAILABLE when the
 * connection is lost, or the peer closed it. No signal is raised when the peer has gone. */
struct bolt_wire_kind {
    /* Writes all, or fails. */
    bool (*write)(struct bolt_wire *wire, struct text data, int64_t deadline_ns, struct error *err);
    /* Reads at least one byte, or fails. */
    bool (*read)(struct bolt_wire *wire, char *out, size_t size, size_t *out_length, int64_t deadline_ns,
                 struct error *err);
    /* Whether bytes, or the end of the connection, wait to be read. */
    bool (*is_readable)(const struct bolt_wire *wire);
    /* Closes at once, and frees. */
    void (*close)(struct bolt_wire *wire);
};

struct bolt_wire {
    const struct bolt_wire_kind *kind; /* what follows is the implementation's */
};

struct bolt_network {
    const struct clock *clock;
    /* address: IPv4 or IPv6 literal, never a name to resolve. ERROR_UNAVAILABLE when there is no connection
     * in time; ERROR_INVALID when the address is none. */
    bool (*dial)(const struct bolt_network *network, const char *address, uint16_t port, int64_t deadline_ns,
                 struct bolt_wire **out_wire, struct error *err);
    /* Returns when it is that time. */
    void (*wait_until)(const struct bolt_network *network, int64_t until_ns);
};

/* Sockets. */
extern const struct bolt_network bolt_network_system;
/* The time of bolt_network_system. */
int64_t bolt_now_ns(void);
