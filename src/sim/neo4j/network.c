#include "sim/neo4j/network.h"

#include "sim/neo4j/file_tree.h"
#include "sim/neo4j/server.h"

#include <arpa/inet.h>

/* What is wrong with the way from one address to another; "*" for any. */
struct network_fault {
    SLIST_ENTRY(network_fault) link;
    char *from;
    char *to;
    bool is_cut;
    int64_t delay_ns;
    unsigned lose_every; /* 0: none */
    unsigned sent;       /* since the last that was lost */
};

struct network_bucket {
    SLIST_ENTRY(network_bucket) link;
    char *uri;
    struct file_tree *files;
};

struct neo4j_network {
    struct neo4j_resolver resolver;
    struct random_source random;
    uint64_t changes;
    uint64_t changes_seen; /* of all, at the last tick */
    int64_t wall_offset_ns;
    void (*wake)(void *context, struct neo4j_process *process, int64_t at_ns);
    void *wake_context;
    TAILQ_HEAD(, network_endpoint) endpoints; /* in the order of starting */
    SLIST_HEAD(, network_fault) faults;
    SLIST_HEAD(, network_bucket) buckets;
};

struct neo4j_network *neo4j_network_new(const struct neo4j_resolver *resolver, uint64_t seed) {
    struct neo4j_network *network = XNEW(struct neo4j_network);

    network->resolver = *resolver;
    network->random.state = seed;
    TAILQ_INIT(&network->endpoints);
    SLIST_INIT(&network->faults);
    SLIST_INIT(&network->buckets);
    return network;
}

struct file_tree *neo4j_network_bucket(struct neo4j_network *network, const char *uri) {
    struct network_bucket *bucket;

    SLIST_FOREACH (bucket, &network->buckets, link)
        if (str_equal(bucket->uri, uri))
            return bucket->files;
    return NULL;
}

void neo4j_network_make_bucket(struct neo4j_network *network, const char *uri) {
    struct network_bucket *bucket;

    if (neo4j_network_bucket(network, uri))
        return;
    bucket = XNEW(struct network_bucket);
    bucket->uri = xstrdup(uri);
    bucket->files = file_tree_new();
    SLIST_INSERT_HEAD(&network->buckets, bucket, link);
}

static void buckets_free(struct neo4j_network *network) {
    struct network_bucket *bucket;

    while ((bucket = SLIST_FIRST(&network->buckets))) {
        SLIST_REMOVE_HEAD(&network->buckets, link);
        file_tree_free(bucket->files);
        free(bucket->uri);
        free(bucket);
    }
}

/* ---- changes ---- */

void network_note_change(struct neo4j_network *network) {
    struct network_endpoint *endpoint;

    network->changes++;
    TAILQ_FOREACH (endpoint, &network->endpoints, link)
        if (endpoint->process->rest.is_resting)
            process_wake(endpoint->process);
}

bool network_repeats(const struct neo4j_network *network) {
    const struct network_fault *fault;

    SLIST_FOREACH (fault, &network->faults, link)
        if (fault->delay_ns || fault->lose_every)
            return false;
    return network->resolver.changes;
}

uint64_t network_changes(const struct neo4j_network *network) {
    return network->changes +
           (network->resolver.changes ? network->resolver.changes(network->resolver.context) : 0);
}

static void remove_fault(struct neo4j_network *network, struct network_fault *fault) {
    SLIST_REMOVE(&network->faults, fault, network_fault, link);
    free(fault->from);
    free(fault->to);
    free(fault);
}

void neo4j_network_free(struct neo4j_network *network) {
    if (!network)
        return;
    ensure(TAILQ_EMPTY(&network->endpoints));
    while (!SLIST_EMPTY(&network->faults))
        remove_fault(network, SLIST_FIRST(&network->faults));
    buckets_free(network);
    free(network);
}

void neo4j_network_reseed(struct neo4j_network *network, uint64_t seed) {
    network->random.state = seed;
}

void neo4j_network_set_wall_offset(struct neo4j_network *network, int64_t offset_ns) {
    network->wall_offset_ns = offset_ns;
}

/* ---- faults ---- */

/* For a change of it. */
static struct network_fault *ensure_fault(struct neo4j_network *network, const char *from, const char *to) {
    struct network_fault *fault;

    network_note_change(network);
    SLIST_FOREACH (fault, &network->faults, link)
        if (str_equal(fault->from, from) && str_equal(fault->to, to))
            return fault;
    fault = XNEW(struct network_fault);
    fault->from = xstrdup(from);
    fault->to = xstrdup(to);
    SLIST_INSERT_HEAD(&network->faults, fault, link);
    return fault;
}

/* What does nothing any more costs nothing any more. */
static void forget_if_mended(struct neo4j_network *network, struct network_fault *fault) {
    if (!fault->is_cut && !fault->delay_ns && !fault->lose_every)
        remove_fault(network, fault);
}

void neo4j_network_cut(struct neo4j_network *network, const char *from, const char *to, bool is_cut) {
    struct network_fault *fault = ensure_fault(network, from, to);

    fault->is_cut = is_cut;
    forget_if_mended(network, fault);
}

void neo4j_network_delay(struct neo4j_network *network, const char *from, const char *to, int64_t delay_ns) {
    struct network_fault *fault = ensure_fault(network, from, to);

    ensure(delay_ns >= 0);
    fault->delay_ns = delay_ns;
    forget_if_mended(network, fault);
}

void neo4j_network_lose(struct neo4j_network *network, const char *from, const char *to, unsigned every) {
    struct network_fault *fault = ensure_fault(network, from, to);

    fault->lose_every = every;
    fault->sent = 0;
    forget_if_mended(network, fault);
}

static bool concerns(const struct network_fault *fault, const char *from, const char *to) {
    return (str_equal(fault->from, "*") || str_equal(fault->from, from)) &&
           (str_equal(fault->to, "*") || str_equal(fault->to, to));
}

static bool is_cut(const struct neo4j_network *network, const char *from, const char *to) {
    const struct network_fault *fault;

    SLIST_FOREACH (fault, &network->faults, link)
        if (fault->is_cut && concerns(fault, from, to))
            return true;
    return false;
}

/* Counts a message that is sent; false: it is lost. *out_delay_ns: the longest of those that concern it. */
static bool passes(struct neo4j_network *network, const char *from, const char *to, int64_t *out_delay_ns) {
    struct network_fault *fault;
    bool is_lost = false;

    *out_delay_ns = 0;
    SLIST_FOREACH (fault, &network->faults, link) {
        if (!concerns(fault, from, to))
            continue;
        *out_delay_ns = fault->delay_ns > *out_delay_ns ? fault->delay_ns : *out_delay_ns;
        if (fault->lose_every && ++fault->sent >= fault->lose_every) {
            fault->sent = 0;
            is_lost = true;
        }
    }
    return !is_lost;
}

/* ---- endpoints ---- */

void neo4j_network_on_wake(struct neo4j_network *network,
                           void (*wake)(void *context, struct neo4j_process *process, int64_t at_ns),
                           void *context) {
    network->wake = wake;
    network->wake_context = context;
}

void neo4j_network_set_now(struct neo4j_network *network, int64_t now_ns) {
    struct network_endpoint *endpoint;

    TAILQ_FOREACH (endpoint, &network->endpoints, link)
        if (endpoint->process->now_ns < now_ns)
            endpoint->process->now_ns = now_ns;
}

int64_t neo4j_network_tick(struct neo4j_network *network, int64_t now_ns) {
    int64_t next_ns = INT64_MAX;
    struct network_endpoint *endpoint;

    if (network_changes(network) != network->changes_seen)
        network_note_change(network);
    network->changes_seen = network_changes(network);
    /* What one sends to another arrives later than now, so one round is enough. */
    TAILQ_FOREACH (endpoint, &network->endpoints, link)
        if (endpoint->due_ns <= now_ns)
            (void)neo4j_process_tick(endpoint->process, now_ns);
    TAILQ_FOREACH (endpoint, &network->endpoints, link)
        next_ns = endpoint->due_ns < next_ns ? endpoint->due_ns : next_ns;
    return next_ns;
}

void network_attach(struct neo4j_network *network, struct network_endpoint *endpoint,
                    struct neo4j_process *process, const char *address) {
    endpoint->network = network;
    endpoint->process = process;
    endpoint->address = xstrdup(address);
    endpoint->due_ns = INT64_MAX;
    TAILQ_INIT(&endpoint->inbox);
    TAILQ_INSERT_TAIL(&network->endpoints, endpoint, link);
    network_note_change(network);
}

void network_detach(struct network_endpoint *endpoint) {
    struct network_message *message;

    while ((message = TAILQ_FIRST(&endpoint->inbox))) {
        TAILQ_REMOVE(&endpoint->inbox, message, link);
        network_message_free(message);
    }
    TAILQ_REMOVE(&endpoint->network->endpoints, endpoint, link);
    network_note_change(endpoint->network);
    free(endpoint->address);
}

struct random_source *network_random(struct neo4j_network *network) {
    return &network->random;
}

int64_t network_wall(const struct neo4j_network *network, int64_t now_ns) {
    return now_ns + network->wall_offset_ns;
}

void network_wake(struct network_endpoint *endpoint, int64_t at_ns) {
    struct neo4j_network *network = endpoint->network;

    if (at_ns < endpoint->due_ns)
        endpoint->due_ns = at_ns;
    if (network->wake)
        network->wake(network->wake_context, endpoint->process, at_ns);
}

const struct neo4j_resolver *network_resolver(const struct neo4j_network *network) {
    return &network->resolver;
}

struct json *network_resolve(struct neo4j_network *network, struct arena *arena, const char *host) {
    struct in_addr address;

    if (inet_pton(AF_INET, host, &address) == 1) {
        struct json *only = json_new_array(arena);
        json_append_string(arena, only, host);
        return only;
    }
    return network->resolver.resolve(network->resolver.context, arena, host);
}

/* Who runs at an address now. */
static struct network_endpoint *find_endpoint(const struct neo4j_network *network, const char *address) {
    struct network_endpoint *endpoint;

    TAILQ_FOREACH (endpoint, &network->endpoints, link)
        if (str_equal(endpoint->address, address) && !neo4j_process_exited(endpoint->process, NULL))
            return endpoint;
    return NULL;
}

enum network_reach network_connect(struct network_endpoint *from, struct arena *arena, const char *host,
                                   uint16_t port, const char **out_address) {
    const struct json *addresses = network_resolve(from->network, arena, host);
    const struct network_endpoint *to;

    *out_address = json_string(json_item(addresses, 0), NULL);
    if (!*out_address)
        return NETWORK_UNKNOWN_HOST;
    if (is_cut(from->network, from->address, *out_address) ||
        is_cut(from->network, *out_address, from->address))
        return NETWORK_TIMED_OUT;
    to = find_endpoint(from->network, *out_address);
    if (!to)
        return NETWORK_TIMED_OUT;
    return neo4j_process_listens(to->process, port) ? NETWORK_REACHED : NETWORK_REFUSED;
}

/* Behind what arrives earlier or was sent earlier by the same sender: a connection keeps the order. Without
 * faults that is the end. */
static void enqueue(struct network_endpoint *to, struct network_message *message) {
    struct network_message *before = TAILQ_LAST(&to->inbox, network_messages);

    if (before && before->at_ns > message->at_ns) {
        while (before && !str_equal(before->from_address, message->from_address))
            before = TAILQ_PREV(before, network_messages, link);
        if (before && before->at_ns > message->at_ns)
            message->at_ns = before->at_ns;
        before = TAILQ_LAST(&to->inbox, network_messages);
        while (before && before->at_ns > message->at_ns)
            before = TAILQ_PREV(before, network_messages, link);
    }
    if (before)
        TAILQ_INSERT_AFTER(&to->inbox, before, message, link);
    else
        TAILQ_INSERT_HEAD(&to->inbox, message, link);
}

void network_send_address(struct network_endpoint *from, int64_t now_ns, const char *address, uint16_t port,
                          const struct json *body) {
    struct network_endpoint *to = find_endpoint(from->network, address);
    int64_t delay_ns;

    if (!to || is_cut(from->network, from->address, address) ||
        (port && !network_is_connected(from->process, to->process, port)) ||
        !passes(from->network, from->address, address, &delay_ns))
        return;

    struct arena *arena = arena_new();
    struct network_message *message = ARENA_NEW(arena, struct network_message);
    message->at_ns = now_ns + from->hold_ns + NETWORK_DELAY_NS + delay_ns;
    message->arena = arena;
    message->from_address = arena_strdup(arena, from->address);
    message->port = port;
    message->body = json_copy(arena, body);
    enqueue(to, message);
    network_wake(to, message->at_ns);
}

bool network_send(struct network_endpoint *from, int64_t now_ns, const char *host, uint16_t port,
                  const struct json *body) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *addresses = network_resolve(from->network, arena, host);

    if (!json_length(addresses))
        return false;
    network_send_address(from, now_ns, json_string(json_item(addresses, 0), ""), port, body);
    return true;
}

struct network_message *network_take(struct network_endpoint *endpoint, int64_t now_ns) {
    struct network_message *message = TAILQ_FIRST(&endpoint->inbox);

    if (!message || message->at_ns > now_ns)
        return NULL;
    TAILQ_REMOVE(&endpoint->inbox, message, link);
    return message;
}

void network_message_free(struct network_message *message) {
    if (message)
        arena_free(message->arena);
}

int64_t network_next(const struct network_endpoint *endpoint) {
    const struct network_message *first = TAILQ_FIRST(&endpoint->inbox);

    return first ? first->at_ns : INT64_MAX;
}
