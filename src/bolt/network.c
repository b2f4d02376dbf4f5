#include "bolt/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A TCP connection of the system. */
struct socket_wire {
    struct bolt_wire wire; /* first */
    int fd;
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

static bool lost(struct error *err, const char *what, int error_number) {
    return error_set(err, ERROR_UNAVAILABLE, "%s: %s", what, strerror(error_number));
}

static bool socket_write(struct bolt_wire *wire, struct text data, int64_t deadline_ns, struct error *err) {
    int fd = ((struct socket_wire *)wire)->fd;

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

static bool socket_read(struct bolt_wire *wire, char *out, size_t size, size_t *out_length,
                        int64_t deadline_ns, struct error *err) {
    int fd = ((struct socket_wire *)wire)->fd;

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

static bool socket_is_readable(const struct bolt_wire *wire) {
    struct pollfd poll_fd = { .fd = ((const struct socket_wire *)wire)->fd, .events = POLLIN };

    return poll(&poll_fd, 1, 0) != 0;
}

static void socket_close(struct bolt_wire *wire) {
    struct socket_wire *socket = (struct socket_wire *)wire;

    if (socket->fd >= 0)
        close(socket->fd);
    free(socket);
}

static const struct bolt_wire_kind socket_kind = { socket_write, socket_read, socket_is_readable,
                                                   socket_close };

/* ---- dialling ---- */

union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_address(const char *text, uint16_t port, union socket_address *out_address,
                          struct error *err) {
    union socket_address address = { 0 };

    if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(port);
    } else if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(port);
    } else {
        return error_set(err, ERROR_INVALID, "'%s' is not an IP address", text);
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

static bool connect_to(int fd, const union socket_address *address, int64_t deadline_ns, struct error *err) {
    int yes = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (connect(fd, &address->any, sizeof(*address)) == 0)
        return true;
    if (errno != EINPROGRESS)
        return error_set(err, ERROR_UNAVAILABLE, "%s", strerror(errno));
    return wait_connected(fd, deadline_ns, err);
}

static bool dial(const struct bolt_network *network, const char *text, uint16_t port, int64_t deadline_ns,
                 struct bolt_wire **out_wire, struct error *err) {
    union socket_address address;

    if (!parse_address(text, port, &address, err))
        return false;
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(err, ERROR_INTERNAL, "socket: %s", strerror(errno));
    if (!connect_to(fd, &address, deadline_ns, err)) {
        close(fd);
        return false;
    }
    struct socket_wire *socket = XNEW(struct socket_wire);
    *socket = (struct socket_wire){ .wire.kind = &socket_kind, .fd = fd };
    *out_wire = &socket->wire;
    return true;
}

static void wait_until(const struct bolt_network *network, int64_t until_ns) {
    const struct timespec until = { .tv_sec = until_ns / NANOSECONDS_PER_SECOND,
                                    .tv_nsec = until_ns % NANOSECONDS_PER_SECOND };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        continue;
}

const struct bolt_network bolt_network_system = { .clock = &clock_system,
                                                  .dial = dial,
                                                  .wait_until = wait_until };
