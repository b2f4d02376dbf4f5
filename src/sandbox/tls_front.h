/* TLS front: OpenSSL's view of a policy that a simulated process has loaded, for the sockets in front of it.
 */
#pragma once

#include "sim/neo4j/process_tls.h"

#include <openssl/ssl.h>

struct tls_front {
    SSL_CTX *context; /* NULL: there is no policy, or no handshake can succeed with it */
    unsigned generation;
    bool is_read;
};

void tls_front_clear(struct tls_front *front);
/* A new connection's side of the handshake, by the policy that is loaded now; NULL: there is none. The caller
 * frees it (SSL_free). */
SSL *tls_front_accept(struct tls_front *front, const struct neo4j_process *process, enum tls_scope scope);
