/* kubeconfig: what is taken names a server that can be dialled, and a copy of it is complete. */
#include "kube/kubeconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text text = { (const char *)data, size };
    struct error err = { 0 };
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = kubeconfig_parse(text, "/d", NULL, &err);

    if (!config) {
        ensure(err.kind == ERROR_INVALID && *err.text);
        return 0;
    }
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *copy = kubeconfig_copy(config);
    ensure(*config->host && config->port > 0 && config->port < 65536 && str_equal(config->host, copy->host));
    ensure(!config->client_certificate_file || *config->client_certificate_file == '/');
    ensure(!config->token_file || *config->token_file == '/');
    ensure(str_equal(config->ca_pem, copy->ca_pem) && config->token.length == copy->token.length);
    ensure(!config->exec.command || *config->exec.command);
    return 0;
}
