#include "webhook/certificate_secret.h"

#include "base/encoding.h"

/* ---- reading ---- */

/* The decoded bytes of a key of data; false when it is absent or no base64. */
static bool read_bytes(const struct json *secret, const char *key, struct buffer *out) {
    const char *encoded = json_string(json_get(json_get(secret, "data"), key), NULL);

    return !str_empty(encoded) && base64_decode(out, text_from(encoded));
}

static bool read_secret(const struct json *secret, const char *key, struct secret_text *out) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };

    if (!read_bytes(secret, key, &bytes))
        return false;
    *out = secret_text_new(bytes.data, bytes.length);
    explicit_bzero(bytes.data, bytes.length);
    return true;
}

static void say(struct certificate_secret *held, const char *key, const struct error *err) {
    held->trouble = *err;
    error_wrap(&held->trouble, "%s", key);
}

static void read_serving(const struct json *secret, struct certificate_secret *held) {
    struct certificate chain[SERVING_CHAIN_MAX];
    CLEANUP_BUFFER struct buffer pem = { 0 };
    CLEANUP(secret_text_clear) struct secret_text key = { 0 };
    struct error err = { 0 };
    size_t count = 0;

    (void)!read_bytes(secret, "tls.crt", &pem);
    if (!certificate_read(buffer_text(&pem), chain, SERVING_CHAIN_MAX, &count, &err)) {
        say(held, "tls.crt", &err);
        return;
    }
    held->serving = chain[0];
    for (size_t i = 1; i < count; i++)
        held->intermediates[held->intermediate_count++] = chain[i];
    error_set(&err, ERROR_INVALID, "there is no PEM key");
    if (!read_secret(secret, "tls.key", &key) || !certificate_read_key(&held->serving, &key, &err))
        say(held, "tls.key", &err);
}

/* The authority whose key is at `name`, which then has it. */
static struct certificate *read_authority_key(const struct json *secret, const char *name,
                                              struct certificate_secret *held) {
    CLEANUP(secret_text_clear) struct secret_text key = { 0 };

    if (!read_secret(secret, name, &key))
        return NULL;
    for (size_t i = 0; i < held->authority_count; i++)
        if (certificate_read_key(&held->authorities[i], &key, NULL))
            return &held->authorities[i];
    return NULL;
}

static void read_authorities(const struct json *secret, struct certificate_secret *held) {
    CLEANUP_BUFFER struct buffer pem = { 0 };

    if (!read_bytes(secret, "ca.crt", &pem) ||
        !certificate_read(buffer_text(&pem), held->authorities, AUTHORITIES_MAX, &held->authority_count,
                          NULL))
        return;
    held->signer = read_authority_key(secret, "ca.key", held);
    held->next = read_authority_key(secret, "next-ca.key", held);
    if (held->next == held->signer)
        held->next = NULL;
    for (size_t i = 0; held->serving.x509 && i < held->authority_count && !held->issuer; i++)
        if (certificate_is_signed_by(&held->serving, &held->authorities[i]))
            held->issuer = &held->authorities[i];
}

static bool is_controlled(const struct json *secret) {
    JSON_FOR_EACH_ITEM (owner, json_at(secret, "metadata.ownerReferences"))
        if (json_bool(json_get(owner, "controller"), false))
            return true;
    return false;
}

/* An empty one was made for us to fill; one that lost parts of ours is mended. */
static bool holds_other_things(const struct json *secret) {
    static const char *const ours[] = { "tls.crt", "tls.key", "ca.crt", "ca.key", "next-ca.key" };
    const struct json *data = json_get(secret, "data");

    for (size_t i = 0; i < ARRAY_LENGTH(ours); i++)
        if (json_get(data, ours[i]))
            return false;
    return json_length(data);
}

/* Source: cert-manager, "Annotations", on Secrets; Kubernetes, "Owners and Dependents". */
static const char *foreign_owner(const struct json *secret) {
    if (json_get(json_at(secret, "metadata.annotations"), "cert-manager.io/certificate-name"))
        return "it is cert-manager's: start the operator with --webhook-certificates=cert-manager, or delete "
               "the Certificate and then the Secret";
    if (is_controlled(secret))
        return "another controller owns it, and would write it again";
    if (holds_other_things(secret))
        return "it holds something else: name another by --webhook-secret, or delete it";
    return NULL;
}

void certificate_secret_read(const struct json *secret, struct certificate_secret *out) {
    *out = (struct certificate_secret){ .is_there = secret };
    if (!secret)
        return;
    out->foreign = foreign_owner(secret);
    read_serving(secret, out);
    read_authorities(secret, out);
}

void certificate_secret_clear(struct certificate_secret *held) {
    certificate_clear(&held->serving);
    for (size_t i = 0; i < held->intermediate_count; i++)
        certificate_clear(&held->intermediates[i]);
    for (size_t i = 0; i < held->authority_count; i++)
        certificate_clear(&held->authorities[i]);
    *held = (struct certificate_secret){ 0 };
}

/* ---- writing ---- */

char *certificate_secret_bundle(struct arena *arena, const struct certificate_secret *held) {
    CLEANUP_BUFFER struct buffer pem = { 0 };

    for (size_t i = 0; i < held->authority_count; i++)
        certificate_write(&held->authorities[i], &pem);
    return arena_strdup(arena, buffer_string(&pem));
}

static void set_bytes(struct arena *arena, struct json *data, const char *key, struct text bytes) {
    CLEANUP_BUFFER struct buffer encoded = { 0 };

    base64_encode(&encoded, bytes.data, bytes.length);
    json_set_string(arena, data, key, buffer_string(&encoded));
}

static void set_key(struct arena *arena, struct json *data, const char *name,
                    const struct certificate *certificate) {
    if (!certificate) {
        json_remove(data, name);
        return;
    }
    CLEANUP(secret_text_clear) struct secret_text key = certificate_write_key(certificate);
    set_bytes(arena, data, name, (struct text){ key.bytes, key.length });
}

void certificate_secret_write(struct arena *arena, const struct certificate_secret *held,
                              struct json *secret) {
    CLEANUP_BUFFER struct buffer pem = { 0 };
    struct json *data;

    if (!json_get(secret, "type"))
        json_set_string(arena, secret, "type", CERTIFICATE_SECRET_TYPE);
    data = json_ensure_object(arena, secret, "data");
    certificate_write(&held->serving, &pem);
    set_bytes(arena, data, "tls.crt", buffer_text(&pem));
    set_key(arena, data, "tls.key", &held->serving);
    set_bytes(arena, data, "ca.crt", text_from(certificate_secret_bundle(arena, held)));
    set_key(arena, data, "ca.key", held->signer);
    set_key(arena, data, "next-ca.key", held->next);
}
