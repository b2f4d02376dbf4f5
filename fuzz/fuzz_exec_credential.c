/* Credential plug-ins: output that is taken holds a token or a certificate with its key, and an error quotes
 * none of it. */
#include "kube/exec_credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char version[] = "client.authentication.k8s.io/v1";
    CLEANUP(exec_credential_clear) struct exec_credential credential = { 0 };
    struct error err = { 0 };

    if (!exec_credential_parse((struct text){ (const char *)data, size }, version, &credential, &err)) {
        ensure(err.kind == ERROR_PROTOCOL && !credential.token.bytes && !credential.client_certificate_pem);
        ensure(strlen(err.text) < 100);
        return 0;
    }
    ensure(credential.token.length || credential.client_certificate_pem);
    ensure(!credential.client_certificate_pem == !credential.client_key_pem.bytes);
    return 0;
}
