#include "sim/neo4j/tls_policy.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define HOME "/var/lib/neo4j"

static const struct {
    const char *name;
    enum tls_client_auth client_auth;
} scopes[TLS_SCOPES] = {
    [TLS_BOLT] = { "bolt", TLS_CLIENT_OPTIONAL },
    [TLS_HTTPS] = { "https", TLS_CLIENT_OPTIONAL },
    [TLS_CLUSTER] = { "cluster", TLS_CLIENT_REQUIRE },
    [TLS_BACKUP] = { "backup", TLS_CLIENT_REQUIRE },
};

/* What is needed while a policy is read. */
struct reading {
    struct arena *arena;
    const struct configuration *configuration;
    const struct json *files;
    enum tls_scope scope;
    struct tls_policy *policy;
};

static const char *value_of(const struct reading *reading, const char *suffix) {
    const char *name =
        arena_printf(reading->arena, "dbms.ssl.policy.%s.%s", scopes[reading->scope].name, suffix);

    return configuration_get(reading->configuration, name);
}

static bool flag_of(const struct reading *reading, const char *suffix) {
    const char *value = value_of(reading, suffix);

    return value && !strcasecmp(value, "true");
}

bool tls_policy_is_enabled(const struct configuration *configuration, enum tls_scope scope) {
    CLEANUP_FREE char *name = xprintf("dbms.ssl.policy.%s.enabled", scopes[scope].name);

    return configuration_bool(configuration, name);
}

static void clear_certificates(struct tls_certificates *certificates) {
    for (size_t i = 0; i < certificates->count; i++)
        certificate_clear(&certificates->items[i]);
    certificates->count = 0;
}

void tls_policy_free(struct tls_policy *policy) {
    if (!policy)
        return;
    clear_certificates(&policy->chain);
    clear_certificates(&policy->trusted);
    free(policy->ciphers);
    free(policy);
}

/* ---- files ---- */

static const char *join(const struct reading *reading, const char *folder, const char *path) {
    size_t length = strlen(folder);

    if (path[0] == '/')
        return path;
    while (length && folder[length - 1] == '/')
        length--;
    return arena_printf(reading->arena, "%.*s/%s", (int)length, folder, path);
}

static const char *base_directory(const struct reading *reading) {
    const char *base = value_of(reading, "base_directory");

    if (str_empty(base))
        base = arena_printf(reading->arena, "certificates/%s", scopes[reading->scope].name);
    return join(reading, HOME, base);
}

static const char *path_of(const struct reading *reading, const char *suffix) {
    return join(reading, base_directory(reading), value_of(reading, suffix));
}

/* The image puts /ssl in the place of the home's folder of certificates. */
static const char *content_of(const struct reading *reading, const char *path) {
    const char *content = json_string(json_get(reading->files, path), NULL);

    if (!content && str_starts_with(path, HOME "/certificates/"))
        content = json_string(json_get(reading->files, arena_printf(reading->arena, "/ssl/%s",
                                                                    path + strlen(HOME "/certificates/"))),
                              NULL);
    return content;
}

static bool has_folder(const struct reading *reading, const char *folder) {
    size_t length = strlen(folder);

    JSON_FOR_EACH_MEMBER (file, reading->files)
        if (str_starts_with(file->key, folder) && file->key[length] == '/')
            return true;
    return false;
}

static bool check_base_directory(const struct reading *reading, struct error *err) {
    const char *base = base_directory(reading);

    if (has_folder(reading, base) ||
        (str_starts_with(base, HOME "/certificates/") &&
         has_folder(reading, arena_printf(reading->arena, "/ssl/%s", base + strlen(HOME "/certificates/")))))
        return true;
    return error_set(err, ERROR_INVALID, "Base directory '%s' for SSL policy with name '%s' does not exist.",
                     base, scopes[reading->scope].name);
}

static bool read_chain(const struct reading *reading, struct error *err) {
    struct tls_certificates *chain = &reading->policy->chain;
    const char *path = path_of(reading, "public_certificate");
    const char *content = content_of(reading, path);
    struct error why = { 0 };

    if (!content)
        return error_set(err, ERROR_INVALID, "Failed to load public certificate chain: %s: no such file",
                         path);
    if (!certificate_read(text_from(content), chain->items, TLS_CERTIFICATES_MAX, &chain->count, &why))
        return error_set(err, ERROR_INVALID, "Failed to load public certificate chain: %s: %s", path,
                         why.text);
    return true;
}

/* Whether the key is the certificate's nobody asks at the start: handshakes fail later. */
static bool read_key(const struct reading *reading, struct error *err) {
    struct certificate *own = &reading->policy->chain.items[0];
    const char *path = path_of(reading, "private_key");
    const char *content = content_of(reading, path);
    const char *password = value_of(reading, "private_key_password");
    struct error why = { 0 };

    if (!content)
        return error_set(err, ERROR_INVALID, "Failed to load private key: %s: no such file", path);
    CLEANUP(secret_text_clear) struct secret_text pem = secret_text_new(content, strlen(content));
    CLEANUP(secret_text_clear)
    struct secret_text passphrase =
        secret_text_new(password ? password : "", password ? strlen(password) : 0);
    return certificate_read_any_key(&pem, password ? &passphrase : NULL, &own->key, &why) ||
           error_set(err, ERROR_INVALID, "Failed to load private key: %s: %s", path, why.text);
}

/* Kubernetes links the files of a mounted Secret from a folder whose name begins with a dot. */
static bool is_hidden(const char *name) {
    return name[0] == '.' || strstr(name, "/.");
}

static bool read_trusted_file(const struct reading *reading, const char *folder, const char *path,
                              const char *content, struct error *err) {
    struct tls_certificates *trusted = &reading->policy->trusted;
    size_t count = 0;
    struct error why = { 0 };

    if (!certificate_read(text_from(content), trusted->items + trusted->count,
                          TLS_CERTIFICATES_MAX - trusted->count, &count, &why))
        return error_set(err, ERROR_INVALID, "Failed to create trust manager based on: %s: %s", path,
                         why.text);
    trusted->count += count;
    return true;
}

static bool read_trusted(const struct reading *reading, struct error *err) {
    const char *folder = path_of(reading, "trusted_dir");
    const char *ssl = str_starts_with(folder, HOME "/certificates/")
                          ? arena_printf(reading->arena, "/ssl/%s", folder + strlen(HOME "/certificates/"))
                          : folder;
    bool is_there = false;

    JSON_FOR_EACH_MEMBER (file, reading->files) {
        const char *inside = str_starts_with(file->key, folder) ? folder
                             : str_starts_with(file->key, ssl)  ? ssl
                                                                : NULL;
        if (!inside || file->key[strlen(inside)] != '/')
            continue;
        is_there = true;
        const char *name = file->key + strlen(inside) + 1;
        if (!is_hidden(name) && !strchr(name, '/') &&
            !read_trusted_file(reading, inside, file->key, json_string(&file->value, ""), err))
            return false;
    }
    /* Without the folder nobody is trusted, which stops a server only if it must trust somebody. */
    if (is_there || reading->policy->client_auth != TLS_CLIENT_REQUIRE || reading->policy->trusts_all)
        return true;
    return error_set(err, ERROR_INVALID, "Failed to create trust manager based on: %s: no such folder",
                     folder);
}

/* ---- the rest ---- */

static void read_client_auth(const struct reading *reading) {
    static const char *const words[] = {
        [TLS_CLIENT_NONE] = "NONE", [TLS_CLIENT_OPTIONAL] = "OPTIONAL", [TLS_CLIENT_REQUIRE] = "REQUIRE"
    };
    const char *word = value_of(reading, "client_auth");

    reading->policy->client_auth = scopes[reading->scope].client_auth;
    for (size_t i = 0; word && i < ARRAY_LENGTH(words); i++)
        if (!strcasecmp(word, words[i]))
            reading->policy->client_auth = (enum tls_client_auth)i;
}

static bool read_versions(const struct reading *reading, struct error *err) {
    const char *list = value_of(reading, "tls_versions");
    struct text rest = text_from(list ? list : "");

    while (rest.data) {
        struct text version = text_trim(text_cut(&rest, ','));
        if (text_is(version, "TLSv1.2"))
            reading->policy->has_tls_1_2 = true;
        else if (text_is(version, "TLSv1.3"))
            reading->policy->has_tls_1_3 = true;
        else if (version.length)
            return error_set(err, ERROR_INVALID, "Unsupported protocol: %.*s", TEXT_ARGS(version));
    }
    return true;
}

bool tls_policy_read(const struct configuration *configuration, const struct json *files,
                     enum tls_scope scope, struct tls_policy **out_policy, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(tls_policy_free) struct tls_policy *policy = XNEW(struct tls_policy);
    const struct reading reading = { arena, configuration, files, scope, policy };
    const char *ciphers = value_of(&reading, "ciphers");

    policy->trusts_all = flag_of(&reading, "trust_all");
    policy->verifies_host_names = flag_of(&reading, "verify_hostname");
    policy->ciphers = str_empty(ciphers) ? NULL : xstrdup(ciphers);
    read_client_auth(&reading);
    if (!check_base_directory(&reading, err) || !read_versions(&reading, err) || !read_chain(&reading, err) ||
        !read_key(&reading, err) || !read_trusted(&reading, err))
        return false;
    *out_policy = TAKE(policy);
    return true;
}

/* ---- trust ---- */

static STACK_OF(X509) * stack_of(const struct tls_certificates *certificates, size_t first) {
    STACK_OF(X509) *stack = sk_X509_new_null();

    ensure(stack);
    for (size_t i = first; i < certificates->count; i++)
        ensure(sk_X509_push(stack, certificates->items[i].x509));
    return stack;
}

static bool verify(const struct tls_policy *judge, const struct tls_policy *other, int purpose,
                   int64_t wall_seconds, struct error *err) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *between = stack_of(&other->chain, 1);
    bool is_trusted;

    ensure(store && context);
    for (size_t i = 0; i < judge->trusted.count; i++)
        X509_STORE_add_cert(store, judge->trusted.items[i].x509);
    ensure(X509_STORE_CTX_init(context, store, other->chain.items[0].x509, between));
    X509_STORE_CTX_set_time(context, 0, (time_t)wall_seconds);
    /* A trusted certificate need not have signed itself. */
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_purpose(context, purpose);
    is_trusted = X509_verify_cert(context) == 1;
    if (!is_trusted)
        (void)error_set(err, ERROR_INVALID, "%s",
                        X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    sk_X509_free(between);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    return is_trusted;
}

static bool has_host(const struct certificate *certificate, const char *host) {
    struct in_addr ignored;

    if (inet_pton(AF_INET, host, &ignored) == 1)
        return X509_check_ip_asc(certificate->x509, host, 0) == 1;
    return certificate_has_name(certificate, host);
}

bool tls_policy_trusts_server(const struct tls_policy *client, const struct tls_policy *server,
                              const char *host, int64_t wall_seconds, struct error *err) {
    if (!client->trusts_all && !verify(client, server, X509_PURPOSE_SSL_SERVER, wall_seconds, err))
        return false;
    if (client->verifies_host_names && !has_host(&server->chain.items[0], host))
        return error_set(err, ERROR_INVALID, "No subject alternative DNS name matching %s found", host);
    return true;
}

bool tls_policy_trusts_client(const struct tls_policy *server, const struct tls_policy *client,
                              int64_t wall_seconds, struct error *err) {
    if (server->client_auth == TLS_CLIENT_NONE || server->trusts_all)
        return true;
    return verify(server, client, X509_PURPOSE_SSL_CLIENT, wall_seconds, err);
}
