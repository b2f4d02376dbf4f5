#include "kube/dialer.h"

#include "base/text.h"
#include "kube/tls.h"

#include <arpa/inet.h>
#include <event2/bufferevent_ssl.h>
#include <event2/dns.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

enum {
    /* A peer that vanished without a word is noticed after about 30 + 3 * 10 s, also in a silent watch. */
    KEEPALIVE_IDLE_SECONDS = 30,
    KEEPALIVE_INTERVAL_SECONDS = 10,
    KEEPALIVE_PROBES = 3,
};

struct dialer {
    struct event_base *base;
    struct evdns_base *dns; /* NULL until a name has to be resolved */
    char *host;
    int port;
    char *tls_name;
    char *authority;
};

struct dialer *dialer_new(struct event_base *base, const char *host, int port, const char *tls_name) {
    struct dialer *dialer = XNEW(struct dialer);

    dialer->base = base;
    dialer->host = xstrdup(host);
    dialer->port = port;
    dialer->tls_name = xstrdup(tls_name ? tls_name : host);
    dialer->authority = strchr(host, ':') ? xprintf("[%s]:%d", host, port) : xprintf("%s:%d", host, port);
    return dialer;
}

void dialer_free(struct dialer *dialer) {
    if (!dialer)
        return;
    if (dialer->dns)
        evdns_base_free(dialer->dns, 0);
    free(dialer->host);
    free(dialer->tls_name);
    free(dialer->authority);
    free(dialer);
}

const char *dialer_authority(const struct dialer *dialer) {
    return dialer->authority;
}

struct bufferevent *dialer_make_stream(struct dialer *dialer, SSL_CTX *tls) {
    const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
    struct bufferevent *stream;
    SSL *ssl;

    if (tls) {
        ssl = tls_connection_new(tls, dialer->tls_name);
        /* Many servers end a connection without a close_notify. Whether an answer was cut, its framing tells.
         */
        SSL_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
        stream = bufferevent_openssl_socket_new(dialer->base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, options);
    } else {
        stream = bufferevent_socket_new(dialer->base, -1, options);
    }
    ensure(stream);
    return stream;
}

static bool is_address(const char *host, int port, struct sockaddr_storage *out_address, int *out_length) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)out_address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out_address;

    memset(out_address, 0, sizeof(*out_address));
    if (inet_pton(AF_INET, str_equal(host, "localhost") ? "127.0.0.1" : host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *out_length = sizeof(*v4);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *out_length = sizeof(*v6);
        return true;
    }
    return false;
}

bool dialer_connect(struct dialer *dialer, struct bufferevent *stream) {
    struct sockaddr_storage address;
    int length;

    if (is_address(dialer->host, dialer->port, &address, &length))
        return bufferevent_socket_connect(stream, (struct sockaddr *)&address, length) == 0;
    if (!dialer->dns)
        dialer->dns = evdns_base_new(dialer->base,
                                     EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    return bufferevent_socket_connect_hostname(stream, dialer->dns, AF_UNSPEC, dialer->host, dialer->port) ==
           0;
}

void dialer_settle(struct bufferevent *stream) {
    const int on = 1, idle = KEEPALIVE_IDLE_SECONDS, interval = KEEPALIVE_INTERVAL_SECONDS,
              probes = KEEPALIVE_PROBES;
    int fd = bufferevent_getfd(stream);

    /* Not before: a refused connection would count as an orderly end, and its reason be lost. */
    if (bufferevent_openssl_get_ssl(stream))
        bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

bool dialer_explain(const struct dialer *dialer, struct bufferevent *stream, short what, int socket_error,
                    struct error *out) {
    int dns_error = bufferevent_socket_get_dns_error(stream);
    SSL *ssl = bufferevent_openssl_get_ssl(stream);
    struct error tls = { 0 };
    const char *reason = NULL;

    if (ssl && tls_explain(ssl, bufferevent_get_openssl_error(stream), dialer->tls_name, &tls))
        reason = tls.text;
    else if (dns_error)
        reason = evutil_gai_strerror(dns_error);
    else if (what & BEV_EVENT_ERROR && socket_error)
        reason = strerror(socket_error);
    if (reason)
        error_set(out, ERROR_UNAVAILABLE, "%s: %s", dialer->authority, reason);
    return reason;
}
