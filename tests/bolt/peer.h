/* The real Neo4j server of the peer tests: where it is comes from NEO4J_PEER_URI (host:port, the host an IP
 * address or localhost), NEO4J_PEER_USER and NEO4J_PEER_PASSWORD. Without them the tests are skipped.
 */
#pragma once

#include "test.h"

#include "base/secret.h"
#include "base/text.h"

#include <stdio.h>

struct peer {
    char address[64];
    uint16_t port;
    const char *user;
    struct secret_text password;
};

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
    return peer;
}
