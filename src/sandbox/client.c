#include "sandbox/client.h"

struct kube *client_connect(const char *kubeconfig, struct error *err) {
    CLEANUP_POINTER(kubeconfig_free)
    struct kubeconfig *config = kubeconfig_load(&(struct kubeconfig_options){ .paths = kubeconfig }, err);
    return config ? kube_client_new(
                        config,
                        &(struct kube_client_options){ .user_agent = "neo4j-sandbox/" PROJECT_VERSION }, err)
                  : NULL;
}
