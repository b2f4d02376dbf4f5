#include "bolt/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 16384 };

struct bolt_stream {
    int fd;
    struct tls_session *tls; /* NULL: plain */
    struct buffer encrypted; /* to be sent */
};

int64_t bolt_now_ns(void) {
    return clock_monotonic(&clock_system);
}

/* Milliseconds for poll(), rounded up so that it never wakes early; 0 when the deadline has passed. */
static int remaining_ms(int64_t deadline_ns) {
    int64_t remaining = deadline_ns - bolt_now_ns();

    if (remaining <= 0)
        return 0;
    int64_t ms = (remaining + NANOSECONDS_PER_MS - 1) / NANOSECONDS_PER_MS;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

static bool wait_for(int fd, short events, int64_t deadline_ns, struct error *err) {
    for (;;) {
        struct pollfd poll_fd = { .fd = fd, .events = events };
        int ms = remaining_ms(deadline_ns);
        int ready = poll(&poll_fd, 1, ms);
        if (ready > 0)
            return true;
        if (ready == 0 && ms == 0)
            return error_set(err, ERROR_TIMEOUT, "no answer in time");
        if (ready < 0 && errno != EINTR)
            return error_set(err, ERROR_INTERNAL, "poll: %s", strerror(errno));
    }
}

/* ---- the socket ---- */

static bool lost(struct error *err, const char *what, int error_number) {
    return error_set(err, ERROR_UNAVAILABLE, "%s: %s", what, strerror(error_number));
}

static bool socket_write(int fd, struct text data, int64_t deadline_ns, struct error *err) {
    while (data.length > 0) {
        ssize_t sent = send(fd, data.data, data.length, MSG_NOSIGNAL);
        if (sent >= 0) {
            data.data += sent;
            data.length -= (size_t)sent;
        } else if (errno == EAGAIN) {
            if (!wait_for(fd, POLLOUT, deadline_ns, err))
                return false;
        } else if (errno != EINTR) {
            return lost(err, "connection lost while sending", errno);
        }
    }
    return true;
}

static bool socket_read(int fd, char *out, size_t size, size_t *out_length, int64_t deadline_ns,
                        struct error *err) {
    for (;;) {
        ssize_t received = recv(fd, out, size, 0);
        if (received > 0) {
            *out_length = (size_t)received;
            return true;
        }
        if (received == 0)
            return error_set(err, ERROR_UNAVAILABLE, "the server closed the connection");
        if (errno == EAGAIN) {
            if (!wait_for(fd, POLLIN, deadline_ns, err))
                return false;
        } else if (errno != EINTR) {
            return lost(err, "connection lost", errno);
        }
    }
}

union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_address(const struct bolt_endpoint *endpoint, union socket_address *out_address,
                          struct error *err) {
    union socket_address address = { 0 };

    if (inet_pton(AF_INET, endpoint->address, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(endpoint->port);
    } else if (inet_pton(AF_INET6, endpoint->address, &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(endpoint->port);
    } else {
        return error_set(err, ERROR_INVALID, "'%s' is not an IP address", endpoint->address);
    }
    *out_address = address;
    return true;
}

static bool wait_connected(int fd, int64_t deadline_ns, struct error *err) {
    struct error waited = { 0 };
    int error_number = 0;
    socklen_t size = sizeof(error_number);

    if (!wait_for(fd, POLLOUT, deadline_ns, &waited))
        return error_set(err, ERROR_UNAVAILABLE, "no connection in time");
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size) < 0)
        error_number = errno;
    return error_number == 0 || error_set(err, ERROR_UNAVAILABLE, "%s", strerror(error_number));
}

static bool dial(struct bolt_stream *stream, const struct bolt_endpoint *endpoint, int64_t deadline_ns,
                 struct error *err) {
    union socket_address address;
    int yes = 1;

    if (!parse_address(endpoint, &address, err))
        return false;
    stream->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (stream->fd < 0)
        return error_set(err, ERROR_INTERNAL, "socket: %s", strerror(errno));
    setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (connect(stream->fd, &address.any, sizeof(address)) == 0)
        return true;
    if (errno != EINPROGRESS)
        return error_set(err, ERROR_UNAVAILABLE, "%s", strerror(errno));
    return wait_connected(stream->fd, deadline_ns, err);
}

/* ---- TLS over the socket ---- */

static bool send_encrypted(struct bolt_stream *stream, int64_t deadline_ns, struct error *err) {
    tls_session_output(stream->tls, &stream->encrypted);
    bool is_sent = socket_write(stream->fd, buffer_text(&stream->encrypted), deadline_ns, err);
    buffer_clear(&stream->encrypted);
    return is_sent;
}

static bool receive_encrypted(struct bolt_stream *stream, int64_t deadline_ns, struct error *err) {
    char encrypted[READ_BYTES];
    size_t length;

    if (!socket_read(stream->fd, encrypted, sizeof(encrypted), &length, deadline_ns, err))
        return false;
    tls_session_feed(stream->tls, (struct text){ encrypted, length });
    return true;
}

/* What follows from a step of TLS. True: the step is to be tried again. */
static bool go_on(struct bolt_stream *stream, enum tls_result result, int64_t deadline_ns,
                  struct error *err) {
    struct error unsent = { 0 };
    bool is_sent = send_encrypted(stream, deadline_ns, &unsent);

    switch (result) {
    case TLS_FAILED:
        return false; /* the reason is known already; what was sent is an alert */
    case TLS_CLOSED:
        return error_set(err, ERROR_UNAVAILABLE, "the server closed the connection");
    case TLS_DONE:
    case TLS_WANTS_INPUT:
        break;
    }
    if (!is_sent)
        return error_set(err, unsent.kind, "%s", unsent.text);
    return result == TLS_DONE || receive_encrypted(stream, deadline_ns, err);
}

static bool shake_hands(struct bolt_stream *stream, const struct bolt_endpoint *endpoint, int64_t deadline_ns,
                        struct error *err) {
    const char *server_name = endpoint->server_name ? endpoint->server_name : endpoint->address;
    struct error failure = { 0 };
    enum tls_result result;

    stream->tls = tls_session_new(endpoint->tls, server_name);
    do {
        result = tls_session_handshake(stream->tls, &failure);
        if (!go_on(stream, result, deadline_ns, &failure))
            return error_set(err, failure.kind == ERROR_TIMEOUT ? ERROR_UNAVAILABLE : failure.kind,
                             "TLS handshake: %s", failure.text);
    } while (result != TLS_DONE);
    return true;
}

/* ---- the stream ---- */

bool bolt_stream_open(const struct bolt_endpoint *endpoint, int64_t deadline_ns,
                      struct bolt_stream **out_stream, struct error *err) {
    CLEANUP_POINTER(bolt_stream_free) struct bolt_stream *stream = XNEW(struct bolt_stream);

    stream->fd = -1;
    if (!dial(stream, endpoint, deadline_ns, err))
        return false;
    if (endpoint->tls && !shake_hands(stream, endpoint, deadline_ns, err))
        return false;
    *out_stream = TAKE(stream);
    return true;
}

/* Says goodbye if that needs no waiting. */
static void close_tls(struct bolt_stream *stream) {
    struct error ignored = { 0 };

    tls_session_close(stream->tls);
    bool is_sent = send_encrypted(stream, 0, &ignored);
    (void)is_sent;
    tls_session_free(stream->tls);
}

void bolt_stream_free(struct bolt_stream *stream) {
    if (!stream)
        return;
    if (stream->tls)
        close_tls(stream);
    if (stream->fd >= 0)
        close(stream->fd);
    buffer_clear(&stream->encrypted);
    free(stream);
}

bool bolt_stream_write(struct bolt_stream *stream, struct text data, int64_t deadline_ns, struct error *err) {
    enum tls_result result;

    if (!stream->tls)
        return socket_write(stream->fd, data, deadline_ns, err);
    do {
        result = tls_session_write(stream->tls, data, err);
        if (!go_on(stream, result, deadline_ns, err))
            return false;
    } while (result != TLS_DONE);
    return true;
}

bool bolt_stream_read(struct bolt_stream *stream, char *out, size_t size, size_t *out_length,
                      int64_t deadline_ns, struct error *err) {
    enum tls_result result;

    if (!stream->tls)
        return socket_read(stream->fd, out, size, out_length, deadline_ns, err);
    do {
        result = tls_session_read(stream->tls, out, size, out_length, err);
        if (!go_on(stream, result, deadline_ns, err))
            return false;
    } while (result != TLS_DONE);
    return true;
}

bool bolt_stream_is_readable(const struct bolt_stream *stream) {
    struct pollfd poll_fd = { .fd = stream->fd, .events = POLLIN };

    return (stream->tls && tls_session_has_pending(stream->tls)) || poll(&poll_fd, 1, 0) != 0;
}
