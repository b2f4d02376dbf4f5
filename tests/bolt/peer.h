/* The real Neo4j server of the peer tests: where it is comes from NEO4J_PEER_URI (host:port, the host an IP
 * address or localhost), NEO4J_PEER_USER and NEO4J_PEER_PASSWORD. Without them the tests are skipped. With
 * NEO4J_PEER_CA, a file of PEM, everything goes over TLS, and the server's certificate must name localhost;
 * with NEO4J_PEER_CERTIFICATE and NEO4J_PEER_KEY we show a certificate of our own. NEO4J_PEER_PID is the
 * server's process, for tests that stop and kill it.
 */
#pragma once

#include "test.h"

#include "base/file.h"
#include "bolt/tls.h"

#include <stdio.h>

enum { PEER_PEM_BYTES_MAX = 1024 * 1024 };

struct peer {
    char address[64];
    uint16_t port;
    const char *user;
    struct secret_text password;
    struct buffer ca;
    struct buffer certificate;
    struct buffer key;
    struct secret_text private_key; /* borrows key */
    struct bolt_tls tls;
    struct bolt_tls_context *context; /* of tls; NULL until it is asked for */
};

static inline void peer_clear(struct peer *peer) {
    bolt_tls_context_unref(peer->context);
    buffer_clear(&peer->ca);
    buffer_clear(&peer->certificate);
    buffer_clear(&peer->key);
}

/* NULL: no TLS. */
static inline const struct bolt_tls *peer_tls(struct peer *peer) {
    peer->tls.ca_pem = buffer_text(&peer->ca);
    if (peer->key.length) {
        peer->private_key = (struct secret_text){ peer->key.data, peer->key.length };
        peer->tls.certificate_pem = buffer_text(&peer->certificate);
        peer->tls.private_key_pem = &peer->private_key;
    }
    return peer->ca.length ? &peer->tls : NULL;
}

static inline struct bolt_tls_context *peer_context(struct peer *peer) {
    struct error err = { 0 };

    if (!peer->context && peer_tls(peer) && !bolt_tls_context_new(&peer->tls, &peer->context, &err))
        fail_msg("%s", err.text);
    return peer->context;
}

static inline void peer_read(const char *variable, struct buffer *out) {
    const char *path = getenv(variable);

    if (!str_empty(path))
        assert_true(file_read(path, PEER_PEM_BYTES_MAX, out, NULL));
}

/* Skips the test when no server is named. */
static inline struct peer peer_of_environment(void) {
    const char *uri = getenv("NEO4J_PEER_URI");
    const char *user = getenv("NEO4J_PEER_USER");
    char *password = getenv("NEO4J_PEER_PASSWORD");
    const char *colon = uri ? strrchr(uri, ':') : NULL;
    struct peer peer = { 0 };
    int64_t port = 0;

    if (!uri || !user || !password) {
        print_message("# NEO4J_PEER_URI, NEO4J_PEER_USER and NEO4J_PEER_PASSWORD name no server: skipped\n");
        skip();
    }
    assert_non_null(colon);
    assert_true(parse_int64(text_from(colon + 1), &port));
    snprintf(peer.address, sizeof(peer.address), "%.*s", (int)(colon - uri), uri);
    if (str_equal(peer.address, "localhost"))
        snprintf(peer.address, sizeof(peer.address), "127.0.0.1");
    peer.port = (uint16_t)port;
    peer.user = user;
    peer.password = (struct secret_text){ .bytes = password, .length = strlen(password) };
    peer_read("NEO4J_PEER_CA", &peer.ca);
    peer_read("NEO4J_PEER_CERTIFICATE", &peer.certificate);
    peer_read("NEO4J_PEER_KEY", &peer.key);
    return peer;
}
