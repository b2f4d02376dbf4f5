/* TLS as a client: whom we trust, who we are, and why a handshake failed. */
#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <openssl/ssl.h>

struct tls_identity {
    const char *ca_pem; /* NULL: the system's authorities */
    bool insecure_skip_verify;
    const char *certificate_pem; /* with its chain; NULL: none */
    const struct secret_text *key_pem;
};

/* TLS 1.2 or newer; the peer is verified. NULL with an error; errors never quote a key. */
SSL_CTX *tls_context_new(const struct tls_identity *identity, struct error *err);
/* A connection that demands that the peer is name: a DNS name of at most 253 characters or an IP address. The
 * caller owns it. All connections of a context are made and used by one thread and go to one name: each goes
 * on with the session of an earlier one if the server likes, which spares both sides the signatures. */
SSL *tls_connection_new(SSL_CTX *context, const char *name);
/* What verification said, or what OpenSSL's error code says; false when neither knows anything. */
bool tls_explain(const SSL *connection, unsigned long openssl_error, const char *name, struct error *out);
