/* The network of the simulated world, as its processes see it.
 *
 * A message is a JSON value to a port of an address. It arrives NETWORK_DELAY_NS later, or as much later as a
 * fault says, and never before what the same sender has sent to the same address earlier; if the link is not
 * cut and the receiver then listens on the port. Otherwise it is lost. A reply goes back to the address that
 * a message came from, as on an open connection: no port and no name is needed.
 */
#pragma once

#include "sim/neo4j/process.h"
#include "sim/neo4j/random.h"

#include <sys/queue.h>

struct file_tree;

enum { NETWORK_DELAY_NS = 1000000 };

struct network_message {
    TAILQ_ENTRY(network_message) link;
    int64_t at_ns;
    struct arena *arena; /* of the message itself */
    const char *from_address;
    uint16_t port; /* 0: a reply */
    const struct json *body;
};
TAILQ_HEAD(network_messages, network_message);

/* A process' place in the network: embedded in struct neo4j_process. */
struct network_endpoint {
    TAILQ_ENTRY(network_endpoint) link;
    struct neo4j_network *network;
    struct neo4j_process *process;
    char *address;
    struct network_messages inbox;
    int64_t due_ns;  /* when the process next wants a tick */
    int64_t hold_ns; /* how much later it sends what it sends now: it waits for its disk */
};

void network_attach(struct neo4j_network *network, struct network_endpoint *endpoint,
                    struct neo4j_process *process, const char *address);
/* Messages under way to it are lost. */
void network_detach(struct network_endpoint *endpoint);

struct random_source *network_random(struct neo4j_network *network);
int64_t network_wall(const struct neo4j_network *network, int64_t now_ns);
/* The process wants a tick at at_ns at the latest; tells the owner of timers. */
void network_wake(struct network_endpoint *endpoint, int64_t at_ns);

/* Something has changed on which it depends who reaches whom: links, who listens where, who is who. Those who
 * rest (discovery_rest.c) look again. */
void network_note_change(struct neo4j_network *network);
/* A number that is another one after each change, of what names stand for, too. */
uint64_t network_changes(const struct neo4j_network *network);
/* Whether a message that is sent again would fare as the one before it, as long as there is no change. */
bool network_repeats(const struct neo4j_network *network);

/* The files of a bucket; NULL: it was not made. */
struct file_tree *neo4j_network_bucket(struct neo4j_network *network, const char *uri);

/* The addresses of a host name or of an IPv4 literal, in arena; empty: unknown. */
struct json *network_resolve(struct neo4j_network *network, struct arena *arena, const char *host);
const struct neo4j_resolver *network_resolver(const struct neo4j_network *network);

/* Whether a connection to that port of another server comes about: with a policy of TLS, each must trust the
 * other. */
bool network_is_connected(struct neo4j_process *from, struct neo4j_process *to, uint16_t port);
/* To the first address of the host. False when the name can't be resolved; true says nothing about arrival.
 */
bool network_send(struct network_endpoint *from, int64_t now_ns, const char *host, uint16_t port,
                  const struct json *body);
/* What a client that opens a connection sees. */
enum network_reach {
    NETWORK_REACHED,
    NETWORK_UNKNOWN_HOST,
    NETWORK_REFUSED,  /* nothing listens there */
    NETWORK_TIMED_OUT /* the link is cut, or nobody has the address */
};
/* *out_address: the host's first address, in arena; NULL for an unknown host. */
enum network_reach network_connect(struct network_endpoint *from, struct arena *arena, const char *host,
                                   uint16_t port, const char **out_address);
/* To an address: on port, or with port 0 as a reply. */
void network_send_address(struct network_endpoint *from, int64_t now_ns, const char *address, uint16_t port,
                          const struct json *body);
/* The next message that has arrived by now_ns, removed from the inbox, or NULL. */
struct network_message *network_take(struct network_endpoint *endpoint, int64_t now_ns);
void network_message_free(struct network_message *message);
DEFINE_CLEANUP(struct network_message, network_message_free);
/* When the next message arrives; INT64_MAX: none is under way. */
int64_t network_next(const struct network_endpoint *endpoint);
