/* A client for tests: blocking, over TLS, on loopback. It checks that the server's certificate is by the
 * authority given and for hook.ns.svc. */
#pragma once

#include "base/certificate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CLIENT_SECONDS_MAX = 20 };

struct tls_client {
    int socket; /* -1: none */
    SSL_CTX *context;
    SSL *ssl;
};

static inline int connect_plainly(uint16_t port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ .tv_sec = CLIENT_SECONDS_MAX },
                     sizeof(struct timeval));
    (void)setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ .tv_sec = CLIENT_SECONDS_MAX },
                     sizeof(struct timeval));
    if (connect(client, (struct sockaddr *)&address, sizeof(address)) == 0)
        return client;
    close(client);
    return -1;
}

static inline void tls_client_close(struct tls_client *client) {
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    if (client->socket >= 0)
        close(client->socket);
    *client = (struct tls_client){ .socket = -1 };
    ERR_clear_error();
}

/* authority NULL: anybody is trusted. False: no connection, or no handshake. */
static inline bool tls_client_connect(struct tls_client *client, uint16_t port,
                                      const struct certificate *authority) {
    *client =
        (struct tls_client){ .socket = connect_plainly(port), .context = SSL_CTX_new(TLS_client_method()) };
    client->ssl = SSL_new(client->context);
    SSL_set_fd(client->ssl, client->socket);
    if (authority) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(client->context), authority->x509);
        SSL_set_verify(client->ssl, SSL_VERIFY_PEER, NULL);
        X509_VERIFY_PARAM_set1_host(SSL_get0_param(client->ssl), "hook.ns.svc", 0);
    }
    if (client->socket >= 0 && SSL_connect(client->ssl) == 1)
        return true;
    tls_client_close(client);
    return false;
}

static inline bool tls_client_send(struct tls_client *client, const char *bytes, size_t length) {
    return SSL_write(client->ssl, bytes, (int)length) == (int)length;
}

/* The status of the answer and its bytes, head and body; 0: the connection ended before there was one. */
static inline int tls_client_receive(struct tls_client *client, struct buffer *out) {
    buffer_reset(out);
    for (;;) {
        char bytes[4096];
        int length = SSL_read(client->ssl, bytes, sizeof(bytes));
        if (length > 0)
            buffer_add(out, bytes, (size_t)length);
        const char *body = strstr(buffer_string(out), "\r\n\r\n");
        const char *stated = strcasestr(buffer_string(out), "\r\nContent-Length: ");
        if (body && stated && stated < body &&
            strlen(body + 4) >= (size_t)strtoul(stated + strlen("\r\nContent-Length: "), NULL, 10))
            break;
        if (length <= 0) {
            ERR_clear_error();
            if (!body)
                return 0;
            break;
        }
    }
    return str_starts_with(buffer_string(out), "HTTP/1.1 ") ? atoi(out->data + 9) : -1;
}

/* True when the other side has closed. */
static inline bool tls_client_is_closed(struct tls_client *client) {
    char byte;
    int length = SSL_read(client->ssl, &byte, 1);

    ERR_clear_error();
    return length <= 0;
}
