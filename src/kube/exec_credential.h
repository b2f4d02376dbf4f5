/* Exec credential: runs a credential plug-in (kubelogin, aws, gke-gcloud-auth-plugin) and reads what it says.
 *
 * The plug-in is run without a shell, in its own process group, with our environment, the variables of the
 * kubeconfig and KUBERNETES_EXEC_INFO, without input, its errors on our standard error; it is killed when it
 * takes too long. Source: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
#pragma once

#include "base/json.h"
#include "kube/kubeconfig.h"

enum { EXEC_CREDENTIAL_BYTES_MAX = 1024 * 1024, EXEC_CREDENTIAL_TIMEOUT_MS = 60000 };

struct exec_credential {
    struct secret_text token;     /* bytes NULL: none */
    char *client_certificate_pem; /* NULL: none */
    struct secret_text client_key_pem;
    int64_t expires_wall_ns; /* 0: when the server refuses it */
};
void exec_credential_clear(struct exec_credential *credential);

/* Ends early, with ERROR_UNAVAILABLE, when stop_fd becomes readable; -1: never. */
CHECKED bool exec_credential_run(const struct kubeconfig *config, int timeout_ms, int stop_fd,
                                 struct exec_credential *out_credential, struct error *err);
/* The plug-in's output, which must be of api_version. */
CHECKED bool exec_credential_parse(struct text text, const char *api_version,
                                   struct exec_credential *out_credential, struct error *err);
