#include "sandbox/tls_front.h"

#include <openssl/err.h>

void tls_front_clear(struct tls_front *front) {
    SSL_CTX_free(front->context);
    *front = (struct tls_front){ 0 };
}

/* Neo4j's names are those of the standard, OpenSSL's its own. */
static bool set_ciphers(SSL_CTX *context, const char *list) {
    CLEANUP_BUFFER struct buffer old = { 0 }, suites = { 0 };
    struct text rest = text_from(list);

    while (rest.data) {
        struct text item = text_trim(text_cut(&rest, ','));
        CLEANUP_FREE char *name = xstrndup(item.data, item.length);
        bool is_suite = str_starts_with(name, "TLS_") && !strstr(name, "_WITH_");
        const char *openssl = is_suite ? name : OPENSSL_cipher_name(name);
        struct buffer *out = is_suite ? &suites : &old;
        if (!item.length || str_equal(openssl, "(NONE)"))
            continue;
        buffer_printf(out, "%s%s", out->length ? ":" : "", openssl);
    }
    return (!old.length || SSL_CTX_set_cipher_list(context, buffer_string(&old))) &&
           (!suites.length || SSL_CTX_set_ciphersuites(context, buffer_string(&suites)));
}

static bool set_chain(SSL_CTX *context, const struct tls_certificates *chain) {
    if (!SSL_CTX_use_certificate(context, chain->items[0].x509) ||
        !SSL_CTX_use_PrivateKey(context, chain->items[0].key))
        return false;
    for (size_t i = 1; i < chain->count; i++)
        if (!SSL_CTX_add1_chain_cert(context, chain->items[i].x509))
            return false;
    return true;
}

static int trust_anybody(int is_trusted, X509_STORE_CTX *context) {
    return 1;
}

static bool set_trust(SSL_CTX *context, const struct tls_policy *policy) {
    static const int modes[] = { [TLS_CLIENT_NONE] = SSL_VERIFY_NONE,
                                 [TLS_CLIENT_OPTIONAL] = SSL_VERIFY_PEER,
                                 [TLS_CLIENT_REQUIRE] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT };
    X509_STORE *store = SSL_CTX_get_cert_store(context);

    for (size_t i = 0; i < policy->trusted.count; i++)
        if (!X509_STORE_add_cert(store, policy->trusted.items[i].x509) ||
            !SSL_CTX_add_client_CA(context, policy->trusted.items[i].x509))
            return false;
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify(context, modes[policy->client_auth], policy->trusts_all ? trust_anybody : NULL);
    return true;
}

static bool set_versions(SSL_CTX *context, const struct tls_policy *policy) {
    return SSL_CTX_set_min_proto_version(context, policy->has_tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION) &&
           SSL_CTX_set_max_proto_version(context, policy->has_tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
}

static SSL_CTX *make_context(const struct tls_policy *policy) {
    static const unsigned char id[] = "neo4j";
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    ensure(context);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_id_context(context, id, sizeof(id) - 1);
    if (set_versions(context, policy) && set_chain(context, &policy->chain) && set_trust(context, policy) &&
        (!policy->ciphers || set_ciphers(context, policy->ciphers)))
        return context;
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}

SSL *tls_front_accept(struct tls_front *front, const struct neo4j_process *process, enum tls_scope scope) {
    unsigned generation;
    const struct tls_policy *policy = neo4j_process_tls(process, scope, &generation);
    SSL *ssl;

    if (!front->is_read || front->generation != generation) {
        SSL_CTX_free(front->context);
        front->context = policy ? make_context(policy) : NULL;
        front->generation = generation;
        front->is_read = true;
    }
    if (!front->context)
        return NULL;
    ssl = SSL_new(front->context);
    ensure(ssl);
    return ssl;
}
