#include "sim/api_internal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum {
    TOKEN_LIFE_SECONDS = 3600,
    TOKEN_LIFE_SECONDS_MIN = 600,
    TOKEN_BYTES_MAX = 8192,
};

/* base64url without padding, RFC 7515. */
static void encode(struct buffer *out, const void *data, size_t length) {
    size_t start = out->length, end;
    base64_encode(out, data, length);
    end = out->length;
    while (end > start && out->data[end - 1] == '=')
        end--;
    for (size_t i = start; i < end; i++)
        out->data[i] = out->data[i] == '+' ? '-' : out->data[i] == '/' ? '_' : out->data[i];
    out->length = end;
    out->data[end] = '\0';
}

static bool decode(struct buffer *out, struct text text) {
    CLEANUP_BUFFER struct buffer plain = { 0 };
    for (size_t i = 0; i < text.length; i++)
        buffer_add_char(&plain, text.data[i] == '-' ? '+' : text.data[i] == '_' ? '/' : text.data[i]);
    while (plain.length % 4)
        buffer_add_char(&plain, '=');
    return base64_decode(out, buffer_text(&plain));
}

static void sign(const struct api *api, struct text signed_part, struct buffer *out) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const unsigned char *made =
        HMAC(EVP_sha256(), api->signing_key, (int)strlen(api->signing_key),
             (const unsigned char *)signed_part.data, signed_part.length, digest, &length);
    ensure(made);
    encode(out, digest, length);
}

static const char *token_new(struct api_context *context, const struct json *claims) {
    static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    CLEANUP_BUFFER struct buffer token = { 0 };
    CLEANUP_BUFFER struct buffer signature = { 0 };
    const char *body = json_print(context->arena, claims);

    encode(&token, header, sizeof(header) - 1);
    buffer_add_char(&token, '.');
    encode(&token, body, strlen(body));
    sign(context->api, buffer_text(&token), &signature);
    buffer_add_char(&token, '.');
    buffer_add_text(&token, buffer_text(&signature));
    return arena_strdup(context->arena, buffer_string(&token));
}

/* ---- making ---- */

static bool bind_to(struct api_context *context, const struct json *reference, struct json *about) {
    const char *kind = json_string_at(reference, "kind", ""), *name = json_string_at(reference, "name", "");
    const struct api_resource *row =
        api_resources_find(context->api->resources, "", "v1", str_equal(kind, "Pod") ? "pods" : "secrets");
    struct json *object;

    if (!reference)
        return true;
    object = api_load(context->api, context->arena, row, context->namespace, name);
    if (!object)
        return api_refuse_not_found(context, row, name);
    struct json *bound = json_set_object(context->arena, about, str_equal(kind, "Pod") ? "pod" : "secret");
    json_set_string(context->arena, bound, "name", name);
    json_set_string(context->arena, bound, "uid", json_string_at(object, "metadata.uid", ""));
    return true;
}

bool api_create_token(struct api_context *context) {
    struct json *account =
        api_load(context->api, context->arena, context->resource, context->namespace, context->name);
    int64_t seconds = context->now / NANOSECONDS_PER_SECOND;
    int64_t life = json_integer_at(context->call->body, "spec.expirationSeconds", TOKEN_LIFE_SECONDS);

    if (!account)
        return api_refuse_not_found(context, context->resource, context->name);
    if (life < TOKEN_LIFE_SECONDS_MIN) {
        struct field_errors errors = { .arena = context->arena };
        field_errors_add(&errors, FIELD_INVALID, "spec.expirationSeconds",
                         json_new_integer(context->arena, life),
                         "may not specify a duration less than 10 minutes");
        return api_refuse_object(context, field_errors_status(context->arena, &errors,
                                                              "authentication.k8s.io", "TokenRequest", ""));
    }
    struct json *claims = json_new_object(context->arena);
    struct json *about = json_set_object(context->arena, claims, "kubernetes.io");
    json_set_string(context->arena, about, "namespace", context->namespace);
    struct json *who = json_set_object(context->arena, about, "serviceaccount");
    json_set_string(context->arena, who, "name", context->name);
    json_set_string(context->arena, who, "uid", json_string_at(account, "metadata.uid", ""));
    if (!bind_to(context, json_at(context->call->body, "spec.boundObjectRef"), about))
        return false;
    json_set_string(context->arena, claims, "iss", "https://kubernetes.default.svc.cluster.local");
    json_set_string(
        context->arena, claims, "sub",
        arena_printf(context->arena, "system:serviceaccount:%s:%s", context->namespace, context->name));
    json_set_integer(context->arena, claims, "iat", seconds);
    json_set_integer(context->arena, claims, "nbf", seconds);
    json_set_integer(context->arena, claims, "exp", seconds + life);
    json_set_string(context->arena, claims, "jti", api_new_uid(context->api, context->arena));
    const struct json *audiences = json_at(context->call->body, "spec.audiences");
    if (!json_length(audiences)) {
        struct json *own = json_new_array(context->arena);
        json_append_string(context->arena, own, "https://kubernetes.default.svc.cluster.local");
        audiences = own;
    }
    json_set(context->arena, claims, "aud", audiences);

    struct json *request = json_copy(context->arena, context->call->body);
    json_set_string(context->arena, request, "apiVersion", "authentication.k8s.io/v1");
    json_set_string(context->arena, request, "kind", "TokenRequest");
    struct json *metadata = json_ensure_object(context->arena, request, "metadata");
    json_set_string(context->arena, metadata, "name", context->name);
    json_set_string(context->arena, metadata, "namespace", context->namespace);
    json_set_string(context->arena, metadata, "uid", json_string_at(account, "metadata.uid", ""));
    json_set_string(context->arena, metadata, "creationTimestamp", time_format(context->arena, context->now));
    struct json *spec = json_ensure_object(context->arena, request, "spec");
    json_set(context->arena, spec, "audiences", audiences);
    json_set_integer(context->arena, spec, "expirationSeconds", life);
    if (!json_get(spec, "boundObjectRef"))
        json_set(context->arena, spec, "boundObjectRef", json_new_null(context->arena));
    struct json *status = json_set_object(context->arena, request, "status");
    json_set_string(context->arena, status, "token", token_new(context, claims));
    json_set_string(context->arena, status, "expirationTimestamp",
                    time_format(context->arena, (seconds + life) * NANOSECONDS_PER_SECOND));
    return api_succeed(context, 201, request);
}

/* ---- checking ---- */

static bool is_there(struct api *api, struct arena *arena, const char *plural, const char *namespace,
                     const struct json *reference) {
    struct json *object = api_load(api, arena, api_resources_find(api->resources, "", "v1", plural),
                                   namespace, json_string_at(reference, "name", ""));
    return object &&
           str_equal(json_string_at(object, "metadata.uid", ""), json_string_at(reference, "uid", "-"));
}

static const struct json *verified_claims(struct api *api, struct arena *arena, struct text token) {
    CLEANUP_BUFFER struct buffer expected = { 0 };
    CLEANUP_BUFFER struct buffer payload = { 0 };
    struct text rest = token, header = text_cut(&rest, '.'), body = text_cut(&rest, '.');
    struct json *claims = NULL;

    if (!rest.data || token.length > TOKEN_BYTES_MAX)
        return NULL;
    sign(api, (struct text){ token.data, header.length + 1 + body.length }, &expected);
    if (expected.length != rest.length || CRYPTO_memcmp(expected.data, rest.data, rest.length) != 0)
        return NULL;
    if (!decode(&payload, body) || !json_parse(arena, buffer_text(&payload), NULL, &claims, NULL))
        return NULL;
    return claims;
}

static const char *token_check(struct api *api, struct arena *arena, struct text token,
                               const char **out_uid) {
    const struct json *claims = verified_claims(api, arena, token);
    const struct json *about = json_get(claims, "kubernetes.io");
    const char *namespace = json_string_at(about, "namespace", "");

    if (!claims || json_integer_at(claims, "exp", 0) <= api_now(api) / NANOSECONDS_PER_SECOND)
        return NULL;
    if (!is_there(api, arena, "serviceaccounts", namespace, json_get(about, "serviceaccount")))
        return NULL;
    if (json_get(about, "pod") && !is_there(api, arena, "pods", namespace, json_get(about, "pod")))
        return NULL;
    *out_uid = json_string_at(about, "serviceaccount.uid", "");
    return json_string_at(claims, "sub", NULL);
}

const struct api_user *api_user_of_token(struct api *api, struct arena *arena, struct text token) {
    struct api_user *user = ARENA_NEW(arena, struct api_user);
    const char **groups = ARENA_ARRAY(arena, const char *, 3);
    struct text rest;

    user->name = token_check(api, arena, token, &user->uid);
    if (!user->name)
        return NULL;
    rest = text_from(user->name + strlen("system:serviceaccount:"));
    struct text namespace = text_cut(&rest, ':');
    groups[user->group_count++] = "system:serviceaccounts";
    groups[user->group_count++] = arena_printf(arena, "system:serviceaccounts:%.*s", TEXT_ARGS(namespace));
    groups[user->group_count++] = "system:authenticated";
    user->groups = groups;
    return user;
}
