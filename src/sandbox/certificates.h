/* Certificates: an authority of the sandbox's own, and what it signs: the server's certificate and an
 * administrator's.
 *
 * Keys are made anew at each start (P-256) and live in memory; only the administrator's key is written, into
 * the kubeconfig.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <openssl/ssl.h>

struct certificates;

/* For 127.0.0.1, localhost, kubernetes, kubernetes.default, kubernetes.default.svc and, when not NULL, one
 * more name or address of the server. */
CHECKED bool certificates_new(const char *server_name, struct certificates **out_certificates,
                              struct error *err);
void certificates_free(struct certificates *certificates);
DEFINE_CLEANUP(struct certificates, certificates_free);

/* The authority's certificate, PEM. Lives as long as the certificates. */
const char *certificates_authority_pem(const struct certificates *certificates);

/* A TLS context of the server: shows its certificate, and asks for one of a client that the authority has
 * signed, without insisting. The caller frees it (SSL_CTX_free). */
CHECKED bool certificates_server_context(const struct certificates *certificates, SSL_CTX **out_context,
                                         struct error *err);

/* Writes a kubeconfig, mode 0600, whose current context is the administrator ("kubernetes-admin", group
 * "system:masters") on server ("https://127.0.0.1:6443"). */
CHECKED bool certificates_write_kubeconfig(const struct certificates *certificates, const char *server,
                                           const char *path, struct error *err);
