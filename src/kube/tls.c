#include "kube/tls.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <string.h>

#define DEFINE_TLS_CLEANUP(type, free_function)                                                              \
    static void clear_##type(type **pointer) {                                                               \
        free_function(*pointer);                                                                             \
    }
DEFINE_TLS_CLEANUP(BIO, BIO_free_all)
DEFINE_TLS_CLEANUP(X509, X509_free)
DEFINE_TLS_CLEANUP(EVP_PKEY, EVP_PKEY_free)
DEFINE_TLS_CLEANUP(SSL_CTX, SSL_CTX_free)

/* OpenSSL's own words for the last thing that went wrong, and an empty queue. */
static const char *last_reason(void) {
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    ERR_clear_error();
    return reason ? reason : "unknown reason";
}

static BIO *memory_bio(const void *data, size_t length) {
    BIO *bio = BIO_new_mem_buf(data, (int)length);

    ensure(bio);
    return bio;
}

static bool trust(SSL_CTX *context, const char *ca_pem, struct error *err) {
    CLEANUP(clear_BIO) BIO *bio = memory_bio(ca_pem, strlen(ca_pem));
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    size_t count = 0;

    for (;; count++) {
        CLEANUP(clear_X509) X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (!certificate)
            break;
        if (X509_STORE_add_cert(store, certificate) != 1)
            return error_set(err, ERROR_INVALID, "certificate authority: %s", last_reason());
    }
    if (!count)
        return error_set(err, ERROR_INVALID, "certificate authority: %s", last_reason());
    ERR_clear_error(); /* the end of the input counts as an error */
    return true;
}

/* An encrypted key must not make OpenSSL ask on the terminal. */
static int refuse_password(char *buffer, int size, int is_writing, void *context) {
    return 0;
}

static bool use_certificate(SSL_CTX *context, const char *pem, struct error *err) {
    CLEANUP(clear_BIO) BIO *bio = memory_bio(pem, strlen(pem));
    CLEANUP(clear_X509) X509 *leaf = PEM_read_bio_X509(bio, NULL, refuse_password, NULL);
    X509 *issuer;

    if (!leaf || SSL_CTX_use_certificate(context, leaf) != 1)
        return error_set(err, ERROR_INVALID, "client certificate: %s", last_reason());
    while ((issuer = PEM_read_bio_X509(bio, NULL, refuse_password, NULL)))
        ensure(SSL_CTX_add0_chain_cert(context, issuer) == 1);
    ERR_clear_error();
    return true;
}

static bool use_key(SSL_CTX *context, const struct secret_text *pem, struct error *err) {
    CLEANUP(clear_BIO) BIO *bio = memory_bio(pem->bytes, pem->length);
    CLEANUP(clear_EVP_PKEY) EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, refuse_password, NULL);

    if (!key)
        return error_set(err, ERROR_INVALID, "client key: %s", last_reason());
    if (SSL_CTX_use_PrivateKey(context, key) != 1 || SSL_CTX_check_private_key(context) != 1)
        return error_set(err, ERROR_INVALID, "client key: it does not fit the client certificate");
    return true;
}

/* ---- sessions ---- */

/* Where a context keeps the session that its next connection goes on with. */
static int session_place;
static pthread_once_t session_place_once = PTHREAD_ONCE_INIT;

static void forget_session(void *context, void *session, CRYPTO_EX_DATA *data, int place, long argument,
                           void *pointer) {
    SSL_SESSION_free(session);
}

static void make_session_place(void) {
    session_place = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, forget_session);
    ensure(session_place >= 0);
}

/* The newest takes the place of the one before: a copy, as OpenSSL gives a session up whose connection ends
 * without a goodbye, which is how ours end. 0: session itself stays the connection's. */
static int keep_session(SSL *connection, SSL_SESSION *session) {
    SSL_CTX *context = SSL_get_SSL_CTX(connection);
    SSL_SESSION *copy = SSL_SESSION_dup(session);

    ensure(copy);
    SSL_SESSION_free(SSL_CTX_get_ex_data(context, session_place));
    ensure(SSL_CTX_set_ex_data(context, session_place, copy) == 1);
    return 0;
}

static void keep_sessions(SSL_CTX *context) {
    pthread_once(&session_place_once, make_session_place);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
}

/* A session that the server no longer knows leads to a whole handshake, by itself. */
static void resume_session(SSL_CTX *context, SSL *connection) {
    SSL_SESSION *session = SSL_CTX_get_ex_data(context, session_place);

    if (session && SSL_SESSION_is_resumable(session))
        ensure(SSL_set_session(connection, session) == 1);
}

/* ---- contexts and connections ---- */

SSL_CTX *tls_context_new(const struct tls_identity *identity, struct error *err) {
    static const unsigned char protocols[] = "\x08http/1.1";
    CLEANUP(clear_SSL_CTX) SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    ensure(context);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    keep_sessions(context);
    /* An idle watch gives its buffers back: 32 KiB each. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_protos(context, protocols, sizeof(protocols) - 1);
    SSL_CTX_set_verify(context, identity->insecure_skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (identity->insecure_skip_verify)
        ;
    else if (identity->ca_pem) {
        if (!trust(context, identity->ca_pem, err))
            return NULL;
    } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
        error_set(err, ERROR_INTERNAL, "the system's certificate authorities: %s", last_reason());
        return NULL;
    }
    if (identity->certificate_pem && (!use_certificate(context, identity->certificate_pem, err) ||
                                      !use_key(context, identity->key_pem, err)))
        return NULL;
    return TAKE(context);
}

static bool is_address(const char *name) {
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

SSL *tls_connection_new(SSL_CTX *context, const char *name) {
    SSL *connection = SSL_new(context);

    ensure(connection);
    if (is_address(name)) {
        ensure(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), name) == 1);
    } else {
        SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ensure(SSL_set1_host(connection, name) == 1);
        ensure(SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                        (void *)(uintptr_t)name) == 1); /* the macro casts const away */
    }
    resume_session(context, connection);
    return connection;
}

bool tls_explain(const SSL *connection, unsigned long openssl_error, const char *name, struct error *out) {
    long verdict = SSL_get_verify_result(connection);
    const char *reason = openssl_error ? ERR_reason_error_string(openssl_error) : NULL;

    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        error_set(out, ERROR_UNAVAILABLE, "the server's certificate is not for %s", name);
        return true;
    }
    if (verdict != X509_V_OK && SSL_get_verify_mode(connection) != SSL_VERIFY_NONE) {
        error_set(out, ERROR_UNAVAILABLE, "the server's certificate is refused: %s",
                  X509_verify_cert_error_string(verdict));
        return true;
    }
    if (reason)
        error_set(out, ERROR_UNAVAILABLE, "TLS: %s", reason);
    return reason;
}
