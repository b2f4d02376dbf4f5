/* Credentials: who we are to the API server right now.
 *
 * Service-account tokens, certificates and what plug-ins give rotate. So a request takes the credential of
 * the moment: an immutable snapshot, counted, which holds the bearer token and the TLS context with the
 * client certificate. Files are read again when CREDENTIALS_FILE_SECONDS have passed, plug-ins are run again
 * half a minute before what they gave expires; both at once after the API server has refused a credential.
 *
 * A plug-in runs on a thread of its own, started when it is first needed, because it may take seconds and the
 * network thread must not wait. Safe for any number of threads.
 */
#pragma once

#include "base/clock.h"
#include "kube/kubeconfig.h"

#include <openssl/ssl.h>

enum { CREDENTIALS_FILE_SECONDS = 60, CREDENTIALS_FILE_BYTES_MAX = 1024 * 1024 };

struct credential {
    unsigned references;      /* atomic */
    SSL_CTX *tls;             /* NULL for plain http */
    struct secret_text token; /* bytes NULL: none */
};
struct credential *credential_ref(struct credential *credential);
/* Accepts NULL. */
void credential_unref(struct credential *credential);
DEFINE_CLEANUP(struct credential, credential_unref);

struct credentials;

/* config and clock must outlive it. Fails when what is there from the start can't be used. */
struct credentials *credentials_new(const struct kubeconfig *config, const struct clock *clock,
                                    struct error *err);
/* Kills a plug-in that runs. No take may be waiting. */
void credentials_free(struct credentials *credentials);
DEFINE_CLEANUP(struct credentials, credentials_free);

/* The present credential; the caller must unref it. Where a plug-in has to be awaited, waits at most
 * timeout_ms. With 0 never: NULL, with *err untouched, then means that the plug-in is running; come back. */
struct credential *credentials_take(struct credentials *credentials, int timeout_ms, struct error *err);
/* The API server refused this one (401): the next take looks for a newer one. */
void credentials_refused(struct credentials *credentials, const struct credential *refused);
