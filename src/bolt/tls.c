#include "bolt/tls.h"

#include <arpa/inet.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>

/* Certificates in a bundle of authorities or in our own chain. */
enum { CERTIFICATES_MAX = 1000 };

struct bolt_tls_context {
    atomic_uint references;
    struct text ca_pem; /* own copies, as is the next */
    struct text certificate_pem;
    struct secret_text private_key_pem;
    SSL_CTX *ssl;
};

struct tls_session {
    SSL *ssl;
    char *server_name;
};

/* OpenSSL's newest reason; it never holds the content of a key. */
static const char *reason(void) {
    unsigned long code = ERR_peek_last_error();
    const char *text = code ? ERR_reason_error_string(code) : NULL;

    return text ? text : "unknown reason";
}

static BIO *open_pem(struct text pem) {
    ensure(pem.length <= INT_MAX);
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.length);
    ensure(bio);
    return bio;
}

static X509 *next_certificate(BIO *bio) {
    return PEM_read_bio_X509(bio, NULL, NULL, NULL);
}

static bool trust(SSL_CTX *context, struct text ca_pem, struct error *err) {
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    size_t count = 0;
    X509 *certificate;

    if (!ca_pem.length)
        return SSL_CTX_set_default_verify_paths(context) ||
               error_set(err, ERROR_INTERNAL, "the system's trusted authorities: %s", reason());
    BIO *bio = open_pem(ca_pem);
    while (count < CERTIFICATES_MAX && (certificate = next_certificate(bio))) {
        X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
        count++;
    }
    BIO_free(bio);
    if (!count)
        return error_set(err, ERROR_INVALID, "the trusted authority (ca.crt) holds no PEM certificate");
    return true;
}

static bool use_chain(SSL_CTX *context, struct text certificate_pem, struct error *err) {
    BIO *bio = open_pem(certificate_pem);
    X509 *certificate = next_certificate(bio);
    bool is_used = certificate && SSL_CTX_use_certificate(context, certificate) == 1;

    X509_free(certificate);
    for (size_t i = 0; is_used && i < CERTIFICATES_MAX && (certificate = next_certificate(bio)); i++)
        if (SSL_CTX_add0_chain_cert(context, certificate) != 1)
            X509_free(certificate);
    BIO_free(bio);
    return is_used || error_set(err, ERROR_INVALID, "our certificate (tls.crt): %s", reason());
}

static bool use_key(SSL_CTX *context, const struct secret_text *key_pem, struct error *err) {
    BIO *bio = open_pem((struct text){ key_pem->bytes, key_pem->length });
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    bool is_used =
        key && SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;

    EVP_PKEY_free(key);
    BIO_free(bio);
    return is_used ||
           error_set(err, ERROR_INVALID, "our private key (tls.key) is none, or not that of tls.crt");
}

static bool configure(SSL_CTX *context, const struct bolt_tls *tls, struct error *err) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    if (!trust(context, tls->ca_pem, err))
        return false;
    if (!tls->certificate_pem.length)
        return true;
    return use_chain(context, tls->certificate_pem, err) && use_key(context, tls->private_key_pem, err);
}

/* ---- contexts ---- */

static struct text copy_text(struct text text) {
    return (struct text){ text.length ? xstrndup(text.data, text.length) : NULL, text.length };
}

bool bolt_tls_context_new(const struct bolt_tls *tls, struct bolt_tls_context **out_context,
                          struct error *err) {
    CLEANUP_POINTER(bolt_tls_context_unref) struct bolt_tls_context *context = XNEW(struct bolt_tls_context);

    ERR_clear_error();
    context->references = 1;
    context->ca_pem = copy_text(tls->ca_pem);
    context->certificate_pem = copy_text(tls->certificate_pem);
    if (tls->private_key_pem)
        context->private_key_pem = secret_text_new(tls->private_key_pem->bytes, tls->private_key_pem->length);
    context->ssl = SSL_CTX_new(TLS_client_method());
    ensure(context->ssl);
    if (!configure(context->ssl, tls, err))
        return false;
    *out_context = TAKE(context);
    return true;
}

struct bolt_tls_context *bolt_tls_context_ref(struct bolt_tls_context *context) {
    context->references++;
    return context;
}

void bolt_tls_context_unref(struct bolt_tls_context *context) {
    if (!context || --context->references > 0)
        return;
    SSL_CTX_free(context->ssl);
    free((char *)(uintptr_t)context->ca_pem.data);
    free((char *)(uintptr_t)context->certificate_pem.data);
    secret_text_clear(&context->private_key_pem);
    free(context);
}

bool bolt_tls_context_is_of(const struct bolt_tls_context *context, const struct bolt_tls *tls) {
    static const struct secret_text none = { 0 };

    if (!context || !tls)
        return !context && !tls;
    return text_equal(context->ca_pem, tls->ca_pem) &&
           text_equal(context->certificate_pem, tls->certificate_pem) &&
           secret_text_equal(&context->private_key_pem, tls->private_key_pem ? tls->private_key_pem : &none);
}

/* ---- sessions ---- */

static bool is_ip(const char *name) {
    struct in6_addr address;

    return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
}

/* server_name is only read; OpenSSL's macro asks for one that could be written to. */
static void expect_name(SSL *ssl, char *server_name) {
    int is_set;

    if (is_ip(server_name))
        is_set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server_name);
    else
        is_set = SSL_set1_host(ssl, server_name) && SSL_set_tlsext_host_name(ssl, server_name);
    ensure(is_set == 1);
}

struct tls_session *tls_session_new(struct bolt_tls_context *context, const char *server_name) {
    struct tls_session *session = XNEW(struct tls_session);

    ERR_clear_error();
    session->server_name = xstrdup(server_name);
    session->ssl = SSL_new(context->ssl);
    ensure(session->ssl);
    SSL_set_bio(session->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(session->ssl);
    expect_name(session->ssl, session->server_name);
    return session;
}

void tls_session_free(struct tls_session *session) {
    if (!session)
        return;
    SSL_free(session->ssl);
    free(session->server_name);
    free(session);
}

static enum tls_result failed(struct tls_session *session, struct error *err) {
    long verdict = SSL_get_verify_result(session->ssl);

    if (verdict != X509_V_OK)
        error_set(err, ERROR_UNAVAILABLE, "the server's certificate is not trusted as that of %s: %s",
                  session->server_name, X509_verify_cert_error_string(verdict));
    else
        error_set(err, ERROR_UNAVAILABLE, "TLS: %s", reason());
    return TLS_FAILED;
}

static enum tls_result result_of(struct tls_session *session, int answer, struct error *err) {
    switch (SSL_get_error(session->ssl, answer)) {
    case SSL_ERROR_NONE:
        return TLS_DONE;
    case SSL_ERROR_WANT_READ:
        return TLS_WANTS_INPUT;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        return failed(session, err);
    }
}

enum tls_result tls_session_handshake(struct tls_session *session, struct error *err) {
    ERR_clear_error();
    return result_of(session, SSL_do_handshake(session->ssl), err);
}

enum tls_result tls_session_write(struct tls_session *session, struct text data, struct error *err) {
    size_t written;

    ERR_clear_error();
    return result_of(session, SSL_write_ex(session->ssl, data.data, data.length, &written), err);
}

enum tls_result tls_session_read(struct tls_session *session, char *out, size_t size, size_t *out_length,
                                 struct error *err) {
    ERR_clear_error();
    return result_of(session, SSL_read_ex(session->ssl, out, size, out_length), err);
}

void tls_session_close(struct tls_session *session) {
    ERR_clear_error();
    if (SSL_is_init_finished(session->ssl))
        SSL_shutdown(session->ssl);
}

void tls_session_feed(struct tls_session *session, struct text encrypted) {
    ensure(encrypted.length <= INT_MAX);
    int written = BIO_write(SSL_get_rbio(session->ssl), encrypted.data, (int)encrypted.length);
    ensure(written == (int)encrypted.length);
}

void tls_session_output(struct tls_session *session, struct buffer *out) {
    BIO *bio = SSL_get_wbio(session->ssl);
    char *data;
    long length = BIO_get_mem_data(bio, &data);

    if (length > 0) {
        buffer_add(out, data, (size_t)length);
        (void)BIO_reset(bio);
    }
}

bool tls_session_has_pending(const struct tls_session *session) {
    return SSL_has_pending(session->ssl);
}
