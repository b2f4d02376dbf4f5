#include "simulate/link.h"

#include "base/buffer.h"
#include "bolt/chunking.h"
#include "bolt/handshake.h"
#include "sim/neo4j/session.h"

struct link {
    struct bolt_wire wire; /* first */
    TAILQ_ENTRY(link) entry;
    struct links *links;
    const struct listener *listener; /* NULL: the server is gone */
    struct handshake_server handshake;
    struct neo4j_session *session; /* after the handshake */
    struct chunk_reader reader;
    struct buffer sent;     /* by the client, and not yet understood */
    struct buffer received; /* for the client */
    size_t taken;           /* of received */
    int64_t held_until_ns;  /* nothing of it is seen before */
    bool is_mute;           /* nothing comes any more, and no end either */
    bool is_closed;         /* nothing comes after what was received */
};
TAILQ_HEAD(link_list, link);

struct links {
    struct bolt_network network; /* first */
    struct visitor visitor;
    struct ports *ports;
    struct link_list open;
};

static int64_t now(const struct link *link) {
    return universe_now(link->links->ports->universe);
}

/* ---- the server's side ---- */

static void on_send(void *context, struct text message) {
    struct link *link = context;

    if (!link->is_mute)
        chunking_write(&link->received, message);
}

static void on_close(void *context) {
    ((struct link *)context)->is_closed = true;
}

static void end_session(struct link *link) {
    neo4j_session_free(TAKE(link->session));
    link->listener = NULL;
    link->is_closed = true;
}

static void begin_session(struct link *link, struct bolt_version version) {
    struct neo4j_session_options options = { .client_address = "10.0.0.1:40000" };
    struct neo4j_session_events events = { link, on_send, on_close };

    /* It died, and its socket with it. */
    if (neo4j_process_exited(link->listener->process, NULL)) {
        link->is_closed = true;
        return;
    }
    link->session = neo4j_session_new(link->listener->process, version, &options, &events);
}

/* True: there may be more to read. */
static bool read_handshake(struct link *link, struct text bytes, size_t *out_used) {
    struct bolt_version version;

    switch (handshake_server_read(&link->handshake, bytes, out_used, &link->received, &version)) {
    case HANDSHAKE_AGREED:
        begin_session(link, version);
        return true;
    case HANDSHAKE_CONTINUE:
        return true;
    case HANDSHAKE_NEED_MORE:
        return false;
    case HANDSHAKE_HTTP:
    case HANDSHAKE_NO_MATCH:
    case HANDSHAKE_MALFORMED:
        break;
    }
    link->is_closed = true;
    return false;
}

static bool read_message(struct link *link, struct text bytes, size_t *out_used) {
    struct text rest = bytes;

    link->reader.message_bytes_max = neo4j_session_message_bytes_max(link->session);
    enum chunk_result result = chunk_reader_read(&link->reader, &rest);
    *out_used = bytes.length - rest.length;
    if (result == CHUNK_MESSAGE)
        neo4j_session_receive(link->session, now(link), chunk_reader_message(&link->reader));
    link->is_closed |= result == CHUNK_TOO_LARGE;
    return result == CHUNK_MESSAGE;
}

/* What the client has sent, as far as it makes sense. */
static void serve(struct link *link) {
    size_t at = 0;
    bool again = true;

    while (again && at < link->sent.length && !link->is_closed) {
        struct text bytes = { link->sent.data + at, link->sent.length - at };
        size_t used = 0;
        again = link->session ? read_message(link, bytes, &used) : read_handshake(link, bytes, &used);
        at += used;
    }
    buffer_consume(&link->sent, at);
}

/* ---- the client's side ---- */

static bool lost(struct error *err) {
    return error_set(err, ERROR_UNAVAILABLE, "connection lost");
}

/* What a trouble makes of the answers to what was just served. */
static void spoil(struct link *link, const struct trouble *trouble) {
    size_t waiting = link->received.length - link->taken;

    switch (trouble->kind) {
    case TROUBLE_LOST:
        buffer_truncate(&link->received, link->taken);
        end_session(link);
        break;
    case TROUBLE_SILENT:
        buffer_truncate(&link->received, link->taken);
        link->is_mute = true;
        break;
    case TROUBLE_PARTIAL:
        buffer_truncate(&link->received, link->taken + waiting / 2);
        end_session(link);
        break;
    case TROUBLE_SLOW:
        link->held_until_ns = now(link) + trouble->ms * NANOSECONDS_PER_MS;
        break;
    case TROUBLE_REFUSED:
    case TROUBLE_CONFLICT:
    case TROUBLE_THROTTLED:
    case TROUBLE_BROKEN:
    case TROUBLE_BROKEN_AFTER:
    case TROUBLE_CRASH:
    case TROUBLE_CRASH_AFTER:
    case TROUBLE_PAUSE:
    case TROUBLE_KINDS:
        break;
    }
}

static bool write_bytes(struct bolt_wire *wire, struct text data, int64_t deadline_ns, struct error *err) {
    struct link *link = (struct link *)wire;
    struct ports *ports = link->links->ports;
    struct trouble trouble;

    if (!ports_begin(ports, "write", NULL, &trouble, err)) {
        end_session(link);
        return false;
    }
    if (link->is_closed)
        return lost(err);
    buffer_add(&link->sent, data.data, data.length);
    serve(link);
    spoil(link, &trouble);
    /* Of a trouble that leaves the bytes to the wire only the process' end is left. */
    return ports_pass(ports, &trouble) || lost(err);
}

static bool is_held(const struct link *link) {
    return now(link) < link->held_until_ns;
}

static bool has_news(void *context) {
    const struct link *link = context;
    return link->links->ports->is_dead ||
           (!is_held(link) && (link->taken < link->received.length || link->is_closed));
}

static bool read_bytes(struct bolt_wire *wire, char *out, size_t size, size_t *out_length,
                       int64_t deadline_ns, struct error *err) {
    struct link *link = (struct link *)wire;

    if (is_held(link))
        universe_wait(link->links->ports->universe,
                      link->held_until_ns < deadline_ns ? link->held_until_ns : deadline_ns, NULL, NULL);
    if (!has_news(link))
        universe_wait(link->links->ports->universe, deadline_ns, has_news, link);
    if (link->links->ports->is_dead || (link->is_closed && link->taken == link->received.length))
        return lost(err);
    if (!has_news(link))
        return error_set(err, ERROR_TIMEOUT, "no answer in time");
    size_t length = link->received.length - link->taken;
    *out_length = length < size ? length : size;
    memcpy(out, link->received.data + link->taken, *out_length);
    link->taken += *out_length;
    if (link->taken == link->received.length) {
        buffer_reset(&link->received);
        link->taken = 0;
    }
    return true;
}

static bool is_readable(const struct bolt_wire *wire) {
    struct link *link = (struct link *)(uintptr_t)wire;
    return has_news(link);
}

static void close_link(struct bolt_wire *wire) {
    struct link *link = (struct link *)wire;

    TAILQ_REMOVE(&link->links->open, link, entry);
    end_session(link);
    chunk_reader_clear(&link->reader);
    buffer_clear(&link->sent);
    buffer_clear(&link->received);
    free(link);
}

static const struct bolt_wire_kind link_kind = { write_bytes, read_bytes, is_readable, close_link };

/* ---- the network ---- */

static bool dial(const struct bolt_network *network, const char *address, uint16_t port, int64_t deadline_ns,
                 struct bolt_wire **out_wire, struct error *err) {
    struct links *links = (struct links *)(uintptr_t)network;
    struct trouble trouble;

    if (!ports_begin(links->ports, "dial", NULL, &trouble, err))
        return false;
    struct listener *listener = universe_listener(links->ports->universe, address, port);
    if (!ports_pass(links->ports, &trouble))
        return lost(err);
    if (!listener)
        return error_set(err, ERROR_UNAVAILABLE, "Connection refused");
    struct link *link = XNEW(struct link);
    *link = (struct link){ .wire.kind = &link_kind, .links = links, .listener = listener };
    link->handshake = (struct handshake_server){ .versions = neo4j_session_versions(listener->process),
                                                 .has_manifest = true };
    TAILQ_INSERT_TAIL(&links->open, link, entry);
    *out_wire = &link->wire;
    return true;
}

static void wait_until(const struct bolt_network *network, int64_t until_ns) {
    const struct links *links = (const struct links *)network;

    if (!links->ports->is_dead)
        universe_wait(links->ports->universe, until_ns, NULL, NULL);
}

static void on_gone(struct visitor *visitor, const struct listener *listener) {
    struct links *links = (struct links *)((char *)visitor - offsetof(struct links, visitor));
    struct link *link;

    TAILQ_FOREACH (link, &links->open, entry)
        if (link->listener == listener)
            end_session(link);
}

struct links *links_new(struct ports *ports, const struct clock *clock) {
    struct links *links = XNEW(struct links);

    *links = (struct links){ .network = { clock, dial, wait_until }, .ports = ports };
    TAILQ_INIT(&links->open);
    links->visitor.gone = on_gone;
    TAILQ_INSERT_TAIL(&ports->universe->visitors, &links->visitor, link);
    return links;
}

void links_free(struct links *links) {
    if (!links)
        return;
    ensure(TAILQ_EMPTY(&links->open));
    TAILQ_REMOVE(&links->ports->universe->visitors, &links->visitor, link);
    free(links);
}

const struct bolt_network *links_network(struct links *links) {
    return &links->network;
}

void links_reset(struct links *links) {
    struct link *link;

    TAILQ_FOREACH (link, &links->open, entry)
        end_session(link);
}
