#include "base/listen.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ":8081" → "::", 8081 */
static bool split_address(const char *address, char **out_host, uint16_t *out_port, struct error *err) {
    const char *colon = strrchr(address, ':');
    int64_t port;

    if (!colon || !parse_int64(text_from(colon + 1), &port) || port < 0 || port > UINT16_MAX)
        return error_set(err, ERROR_INVALID, "%s is no address to listen on; write host:port or :port",
                         address);
    *out_port = (uint16_t)port;
    if (colon == address)
        *out_host = xstrdup("::");
    else if (address[0] == '[' && colon[-1] == ']')
        *out_host = xstrndup(address + 1, (size_t)(colon - address) - 2);
    else
        *out_host = xstrndup(address, (size_t)(colon - address));
    return true;
}

/* -1 with errno. */
static int open_socket(const struct addrinfo *info) {
    int descriptor =
        socket(info->ai_family, info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, info->ai_protocol);

    if (descriptor < 0)
        return -1;
    (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (info->ai_family == AF_INET6)
        (void)setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 0 }, sizeof(int));
    if (bind(descriptor, info->ai_addr, info->ai_addrlen) == 0 && listen(descriptor, LISTEN_BACKLOG) == 0)
        return descriptor;
    int why = errno;
    close(descriptor);
    errno = why;
    return -1;
}

static int open_first(const char *host, uint16_t port) {
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    int descriptor = -1;
    char service[8];

    snprintf(service, sizeof(service), "%u", port);
    errno = EADDRNOTAVAIL;
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *info = found; info && descriptor < 0; info = info->ai_next)
        descriptor = open_socket(info);
    freeaddrinfo(found);
    return descriptor;
}

static uint16_t port_of(int descriptor) {
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);

    ensure(getsockname(descriptor, (struct sockaddr *)&address, &size) == 0);
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

bool listen_on(const char *address, int *out_socket, uint16_t *out_port, struct error *err) {
    CLEANUP_FREE char *host = NULL;
    uint16_t port = 0;

    if (!split_address(address, &host, &port, err))
        return false;
    int descriptor = open_first(host, port);
    /* Where the machine has no IPv6 at all. */
    if (descriptor < 0 && str_equal(host, "::"))
        descriptor = open_first("0.0.0.0", port);
    if (descriptor < 0)
        return error_set(err, ERROR_INTERNAL, "can't listen on %s: %s", address, strerror(errno));
    *out_socket = descriptor;
    *out_port = port_of(descriptor);
    return true;
}
