/* TLS policy: what dbms.ssl.policy.SCOPE.* says, with the certificates and the key read from the container's
 * files.
 *
 * Trust is judged here, by libcrypto alone; sockets are sandbox/'s. Texts of errors are the server's where it
 * is known how it says them, and name files but never their content. Source: Operations Manual, "SSL
 * framework"; what a real Community server says of files that it can't use.
 */
#pragma once

#include "base/certificate.h"
#include "base/json.h"
#include "sim/neo4j/configuration.h"

enum tls_scope { TLS_BOLT, TLS_HTTPS, TLS_CLUSTER, TLS_BACKUP };
enum { TLS_SCOPES = 4, TLS_CERTIFICATES_MAX = 64 };

enum tls_client_auth { TLS_CLIENT_NONE, TLS_CLIENT_OPTIONAL, TLS_CLIENT_REQUIRE };

struct tls_certificates {
    struct certificate items[TLS_CERTIFICATES_MAX];
    size_t count;
};

struct tls_policy {
    struct tls_certificates chain;   /* the server's own first, with its key */
    struct tls_certificates trusted; /* of others */
    enum tls_client_auth client_auth;
    bool verifies_host_names;
    bool trusts_all;
    bool has_tls_1_2, has_tls_1_3;
    char *ciphers; /* NULL: the usual ones */
};

/* Whether the configuration switches the policy on. */
bool tls_policy_is_enabled(const struct configuration *configuration, enum tls_scope scope);
/* files: absolute path → content. */
CHECKED bool tls_policy_read(const struct configuration *configuration, const struct json *files,
                             enum tls_scope scope, struct tls_policy **out_policy, struct error *err);
void tls_policy_free(struct tls_policy *policy);
DEFINE_CLEANUP(struct tls_policy, tls_policy_free);

/* Whether one side takes the other's certificates, as the server of a connection or as its client; host: the
 * name that the client has dialled. The reason why not is a sentence. */
CHECKED bool tls_policy_trusts_server(const struct tls_policy *client, const struct tls_policy *server,
                                      const char *host, int64_t wall_seconds, struct error *err);
CHECKED bool tls_policy_trusts_client(const struct tls_policy *server, const struct tls_policy *client,
                                      int64_t wall_seconds, struct error *err);
