/* kubeconfig: where the API server is and how to prove who we are.
 *
 * Read from kubeconfig files (one context of them) or from the service account of the pod we run in. Files
 * and plug-ins that hold credentials are named here and read by kube/credentials.h, each time they are
 * needed, because they rotate.
 *
 * Refused with an error that says so: basic authentication, auth-provider, impersonation, proxy-url, plug-ins
 * that need a terminal, http:// addresses other than loopback.
 */
#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

enum {
    KUBECONFIG_BYTES_MAX = 4 * 1024 * 1024,
    KUBECONFIG_FILES_MAX = 64,
};

struct kubeconfig_variable {
    char *name;
    char *value;
};

/* A credential plug-in (client.authentication.k8s.io). */
struct kubeconfig_exec {
    char *api_version; /* NULL: no plug-in */
    char *command;     /* a path when it has a slash, else looked up in PATH */
    char **arguments;
    size_t argument_count;
    struct kubeconfig_variable *variables;
    size_t variable_count;
    char *install_hint; /* or NULL */
    bool provide_cluster_info;
    char *cluster_config; /* JSON that the cluster entry holds for plug-ins, or NULL */
};

struct kubeconfig {
    /* server, in parts */
    char *server; /* as written, for messages */
    bool is_plain_http;
    char *host; /* without brackets */
    int port;
    char *path_prefix; /* "" or "/k8s/clusters/c1", without a slash at its end */

    /* trust; both NULL: the system's authorities */
    char *ca_pem; /* has precedence over the file */
    char *ca_file;
    char *tls_server_name;         /* the name that the server's certificate must have; NULL: host */
    bool insecure_skip_tls_verify; /* the caller should warn */

    /* identity */
    struct secret_text token;     /* bytes NULL: none */
    char *token_file;             /* has precedence over token */
    char *client_certificate_pem; /* public, unlike the key */
    struct secret_text client_key_pem;
    char *client_certificate_file;
    char *client_key_file;
    struct kubeconfig_exec exec;

    char *namespace; /* the context's, or the pod's, or NULL */
    char *context;   /* its name, or NULL in a cluster */
};

struct kubeconfig_options {
    const char *paths;           /* separated by ':'; NULL: $KUBECONFIG, else ~/.kube/config */
    const char *context;         /* NULL: current-context */
    const char *service_account; /* directory; NULL: /var/run/secrets/kubernetes.io/serviceaccount */
};

/* From paths when given; else from the pod's service account when KUBERNETES_SERVICE_HOST is set and
 * $KUBECONFIG is not; else as kubectl does. NULL with an error. options may be NULL. */
struct kubeconfig *kubeconfig_find(const struct kubeconfig_options *options, struct error *err);
/* From files. Several are merged as kubectl does: the first that has an entry or a value wins; paths inside
 * are relative to the file. Those that do not exist are passed over, unless none exists. */
struct kubeconfig *kubeconfig_load(const struct kubeconfig_options *options, struct error *err);
/* From KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the service account's directory. */
struct kubeconfig *kubeconfig_in_cluster(const struct kubeconfig_options *options, struct error *err);
/* From one file's text, without reading any other; relative paths in it are relative to directory. */
struct kubeconfig *kubeconfig_parse(struct text text, const char *directory, const char *context,
                                    struct error *err);
struct kubeconfig *kubeconfig_copy(const struct kubeconfig *config);
void kubeconfig_free(struct kubeconfig *config);
DEFINE_CLEANUP(struct kubeconfig, kubeconfig_free);
