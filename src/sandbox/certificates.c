#include "sandbox/certificates.h"

#include "base/certificate.h"
#include "base/encoding.h"
#include "base/file.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <time.h>

/* How long they hold: longer than any sandbox runs. */
enum { DAYS_VALID = 365, BACKDATED_SECONDS = 3600 };

struct certificates {
    struct certificate authority;
    struct certificate server;
    struct certificate admin;
    char *authority_pem;
};

static bool fail(struct error *err, const char *what) {
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
    return error_set(err, ERROR_INTERNAL, "%s: %s", what, reason);
}

void certificates_free(struct certificates *certificates) {
    if (!certificates)
        return;
    certificate_clear(&certificates->admin);
    certificate_clear(&certificates->server);
    certificate_clear(&certificates->authority);
    free(certificates->authority_pem);
    free(certificates);
}

/* Makes one certificate that holds from now on. issuer NULL: an authority. */
static bool make(struct certificate *out, struct certificate_subject subject,
                 const struct certificate *issuer, struct error *err) {
    subject.begins = time(NULL) - BACKDATED_SECONDS;
    subject.ends = time(NULL) + DAYS_VALID * 24 * 3600L;
    return certificate_make(out, &subject, issuer, err);
}

bool certificates_new(const char *server_name, struct certificates **out_certificates, struct error *err) {
    CLEANUP_POINTER(certificates_free) struct certificates *certificates = XNEW(struct certificates);
    CLEANUP_BUFFER struct buffer names = { 0 };
    CLEANUP_BUFFER struct buffer pem = { 0 };
    struct in_addr address;

    buffer_add_string(&names, "IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,"
                              "DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local");
    if (server_name)
        buffer_printf(&names, ",%s:%s", inet_pton(AF_INET, server_name, &address) == 1 ? "IP" : "DNS",
                      server_name);
    if (!make(&certificates->authority, (struct certificate_subject){ .common_name = "neo4j-sandbox" }, NULL,
              err) ||
        !make(&certificates->server,
              (struct certificate_subject){
                  .common_name = "kube-apiserver", .usage = "serverAuth", .names = buffer_string(&names) },
              &certificates->authority, err) ||
        !make(&certificates->admin,
              (struct certificate_subject){ .common_name = "kubernetes-admin",
                                            .organization = "system:masters",
                                            .usage = "clientAuth" },
              &certificates->authority, err))
        return false;
    certificate_write(&certificates->authority, &pem);
    certificates->authority_pem = buffer_take(&pem);
    *out_certificates = TAKE(certificates);
    return true;
}

const char *certificates_authority_pem(const struct certificates *certificates) {
    return certificates->authority_pem;
}

/* ---- use ---- */

/* A certificate that does not verify is refused; none at all is let in, to be asked for a token. */
bool certificates_server_context(const struct certificates *certificates, SSL_CTX **out_context,
                                 struct error *err) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    X509_STORE *trusted;

    if (!context)
        return fail(err, "making a TLS context");
    trusted = SSL_CTX_get_cert_store(context);
    if (!SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) ||
        !SSL_CTX_use_certificate(context, certificates->server.x509) ||
        !SSL_CTX_use_PrivateKey(context, certificates->server.key) ||
        !X509_STORE_add_cert(trusted, certificates->authority.x509) ||
        !SSL_CTX_add_client_CA(context, certificates->authority.x509)) {
        SSL_CTX_free(context);
        return fail(err, "setting a TLS context up");
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"neo4j-sandbox",
                                   sizeof("neo4j-sandbox") - 1);
    *out_context = context;
    return true;
}

static void add_encoded(struct buffer *out, const char *key, struct text text) {
    buffer_printf(out, "    %s: ", key);
    base64_encode(out, text.data, text.length);
    buffer_add_char(out, '\n');
}

bool certificates_write_kubeconfig(const struct certificates *certificates, const char *server,
                                   const char *path, struct error *err) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    CLEANUP_BUFFER struct buffer authority = { 0 };
    CLEANUP_BUFFER struct buffer certificate = { 0 };
    CLEANUP(secret_text_clear) struct secret_text key = certificate_write_key(&certificates->admin);

    certificate_write(&certificates->authority, &authority);
    certificate_write(&certificates->admin, &certificate);
    buffer_add_string(&out, "apiVersion: v1\nkind: Config\n");
    buffer_printf(&out, "clusters:\n- name: neo4j-sandbox\n  cluster:\n    server: %s\n", server);
    add_encoded(&out, "certificate-authority-data", buffer_text(&authority));
    buffer_add_string(&out, "users:\n- name: kubernetes-admin\n  user:\n");
    add_encoded(&out, "client-certificate-data", buffer_text(&certificate));
    add_encoded(&out, "client-key-data", (struct text){ key.bytes, key.length });
    buffer_add_string(&out, "contexts:\n- name: neo4j-sandbox\n  context:\n    cluster: neo4j-sandbox\n"
                            "    user: kubernetes-admin\ncurrent-context: neo4j-sandbox\n");
    bool written = file_write(path, buffer_text(&out), 0600, err);
    OPENSSL_cleanse(out.data, out.length);
    return written;
}
