#include "sandbox/certificates.h"

#include "base/encoding.h"
#include "base/file.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* How long they hold: longer than any sandbox runs. */
enum { DAYS_VALID = 365, BACKDATED_SECONDS = 3600 };

struct pair {
    EVP_PKEY *key;
    X509 *certificate;
};

struct certificates {
    struct pair authority;
    struct pair server;
    struct pair admin;
    char *authority_pem;
};

static bool fail(struct error *err, const char *what) {
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
    return error_set(err, ERROR_INTERNAL, "%s: %s", what, reason);
}

static void pair_clear(struct pair *pair) {
    X509_free(pair->certificate);
    EVP_PKEY_free(pair->key);
}

void certificates_free(struct certificates *certificates) {
    if (!certificates)
        return;
    pair_clear(&certificates->admin);
    pair_clear(&certificates->server);
    pair_clear(&certificates->authority);
    free(certificates->authority_pem);
    free(certificates);
}

/* ---- making ---- */

/* What one certificate says. */
struct subject {
    const char *common_name;
    const char *organization; /* NULL: none */
    const char *usage;        /* extendedKeyUsage; NULL: an authority */
    const char *names;        /* subjectAltName; NULL: none */
};

static bool add_extension(X509 *certificate, X509 *issuer, int id, const char *value) {
    X509V3_CTX context;
    X509_EXTENSION *extension;
    bool added;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, id, value);
    added = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static bool set_subject(X509 *certificate, const struct subject *subject) {
    X509_NAME *name = X509_get_subject_name(certificate);
    if (subject->organization &&
        !X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)subject->organization,
                                    -1, -1, 0))
        return false;
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)subject->common_name,
                                      -1, -1, 0);
}

static bool set_serial(X509 *certificate) {
    uint8_t bytes[15];
    BIGNUM *number;
    bool is_set;

    random_bytes(bytes, sizeof(bytes));
    number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    is_set = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return is_set;
}

static bool set_extensions(X509 *certificate, X509 *issuer, const struct subject *subject) {
    if (!subject->usage)
        return add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
               add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
               add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    return add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, issuer, NID_ext_key_usage, subject->usage) &&
           (!subject->names || add_extension(certificate, issuer, NID_subject_alt_name, subject->names));
}

/* issuer NULL: signs itself. */
static bool pair_make(struct pair *pair, const struct subject *subject, const struct pair *issuer,
                      struct error *err) {
    X509 *certificate = pair->certificate = X509_new();
    pair->key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

    if (!pair->key || !certificate || !X509_set_version(certificate, X509_VERSION_3) ||
        !set_serial(certificate) || !X509_gmtime_adj(X509_getm_notBefore(certificate), -BACKDATED_SECONDS) ||
        !X509_gmtime_adj(X509_getm_notAfter(certificate), DAYS_VALID * 24 * 3600L) ||
        !X509_set_pubkey(certificate, pair->key) || !set_subject(certificate, subject))
        return fail(err, "making a certificate");
    X509 *by = issuer ? issuer->certificate : certificate;
    if (!X509_set_issuer_name(certificate, X509_get_subject_name(by)) ||
        !set_extensions(certificate, by, subject) ||
        !X509_sign(certificate, issuer ? issuer->key : pair->key, EVP_sha256()))
        return fail(err, "signing a certificate");
    return true;
}

/* ---- PEM ---- */

static void take_text(BIO *memory, struct buffer *out) {
    char *data;
    long length = BIO_get_mem_data(memory, &data);
    ensure(length >= 0);
    buffer_add(out, data, (size_t)length);
    BIO_free(memory);
}

static void certificate_text(X509 *certificate, struct buffer *out) {
    BIO *memory = BIO_new(BIO_s_mem());
    int written = PEM_write_bio_X509(memory, certificate);
    ensure(written);
    take_text(memory, out);
}

static void key_text(EVP_PKEY *key, struct buffer *out) {
    BIO *memory = BIO_new(BIO_s_mem());
    int written = PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL);
    ensure(written);
    take_text(memory, out);
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
    if (!pair_make(&certificates->authority, &(struct subject){ .common_name = "neo4j-sandbox" }, NULL,
                   err) ||
        !pair_make(&certificates->server,
                   &(struct subject){ .common_name = "kube-apiserver",
                                      .usage = "serverAuth",
                                      .names = buffer_string(&names) },
                   &certificates->authority, err) ||
        !pair_make(&certificates->admin,
                   &(struct subject){ .common_name = "kubernetes-admin",
                                      .organization = "system:masters",
                                      .usage = "clientAuth" },
                   &certificates->authority, err))
        return false;
    certificate_text(certificates->authority.certificate, &pem);
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
        !SSL_CTX_use_certificate(context, certificates->server.certificate) ||
        !SSL_CTX_use_PrivateKey(context, certificates->server.key) ||
        !X509_STORE_add_cert(trusted, certificates->authority.certificate) ||
        !SSL_CTX_add_client_CA(context, certificates->authority.certificate)) {
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

static void add_encoded(struct buffer *out, const char *key, struct buffer *text) {
    buffer_printf(out, "    %s: ", key);
    base64_encode(out, text->data, text->length);
    buffer_add_char(out, '\n');
}

bool certificates_write_kubeconfig(const struct certificates *certificates, const char *server,
                                   const char *path, struct error *err) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    CLEANUP_BUFFER struct buffer authority = { 0 };
    CLEANUP_BUFFER struct buffer certificate = { 0 };
    CLEANUP_BUFFER struct buffer key = { 0 };

    certificate_text(certificates->authority.certificate, &authority);
    certificate_text(certificates->admin.certificate, &certificate);
    key_text(certificates->admin.key, &key);
    buffer_add_string(&out, "apiVersion: v1\nkind: Config\n");
    buffer_printf(&out, "clusters:\n- name: neo4j-sandbox\n  cluster:\n    server: %s\n", server);
    add_encoded(&out, "certificate-authority-data", &authority);
    buffer_add_string(&out, "users:\n- name: kubernetes-admin\n  user:\n");
    add_encoded(&out, "client-certificate-data", &certificate);
    add_encoded(&out, "client-key-data", &key);
    buffer_add_string(&out, "contexts:\n- name: neo4j-sandbox\n  context:\n    cluster: neo4j-sandbox\n"
                            "    user: kubernetes-admin\ncurrent-context: neo4j-sandbox\n");
    bool written = file_write(path, buffer_text(&out), 0600, err);
    OPENSSL_cleanse(key.data, key.length);
    OPENSSL_cleanse(out.data, out.length);
    return written;
}
