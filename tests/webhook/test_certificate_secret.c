#include "certificate_world.h"
#include "test.h"

#include "base/yaml.h"

#include "base/encoding.h"

TEST("what is written to the Secret is read back") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 }, again = { 0 };

    carry_out_at(&held, ROTATION_CREATE, T0);
    carry_out_at(&held, ROTATION_BEGIN, T0);
    struct json *secret = secret_of(arena, &held);
    assert_string_equal(json_string(json_get(secret, "type"), ""), "kubernetes.io/tls");
    certificate_secret_read(secret, &again);
    assert_true(certificate_equal(&held.serving, &again.serving));
    assert_non_null(again.serving.key);
    assert_int_equal(again.authority_count, 2);
    assert_ptr_equal(again.issuer, &again.authorities[0]);
    assert_ptr_equal(again.signer, &again.authorities[0]);
    assert_ptr_equal(again.next, &again.authorities[1]);
    assert_int_equal(again.trouble.kind, ERROR_NONE);
    assert_string_equal(certificate_secret_bundle(arena, &held), certificate_secret_bundle(arena, &again));
}

TEST("a Secret keeps its type, its other data, and loses the key of a take-over that is done") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };

    carry_out_at(&held, ROTATION_CREATE, T0);
    carry_out_at(&held, ROTATION_BEGIN, T0);
    struct json *secret = secret_of(arena, &held);
    json_set_string(arena, secret, "type", "Opaque");
    json_set_string(arena, json_get(secret, "data"), "note", "bm90ZQ==");
    assert_non_null(json_get(json_get(secret, "data"), "next-ca.key"));
    carry_out_at(&held, ROTATION_SWITCH, T0);
    certificate_secret_write(arena, &held, secret);
    assert_string_equal(json_string(json_get(secret, "type"), ""), "Opaque");
    assert_non_null(json_get(json_get(secret, "data"), "note"));
    assert_null(json_get(json_get(secret, "data"), "next-ca.key"));
}

TEST("trouble names the part of the Secret, and never holds what is in it") {
    static const struct {
        const char *key, *value, *trouble;
    } rows[] = {
        { "tls.crt", "", "tls.crt: there is no PEM certificate" },
        { "tls.crt", "not-base64!", "tls.crt: there is no PEM certificate" },
        { "tls.key", "", "tls.key: there is no PEM key" },
        { "tls.key", "aHVudGVyMg==", "tls.key: there is no PEM key" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 }, read = { 0 };
        carry_out_at(&held, ROTATION_CREATE, T0);
        struct json *secret = secret_of(arena, &held);
        json_set_string(arena, json_get(secret, "data"), rows[i].key, rows[i].value);
        certificate_secret_read(secret, &read);
        assert_string_equal(read.trouble.text, rows[i].trouble);
        assert_null(read.serving.key);
    }
}

TEST("a bundle of more authorities than anybody needs counts as none") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 }, read = { 0 };
    CLEANUP_BUFFER struct buffer bundle = { 0 }, encoded = { 0 };

    carry_out_at(&held, ROTATION_CREATE, T0);
    for (int i = 0; i <= AUTHORITIES_MAX; i++)
        buffer_add_string(&bundle, certificate_secret_bundle(arena, &held));
    base64_encode(&encoded, bundle.data, bundle.length);
    struct json *secret = secret_of(arena, &held);
    json_set_string(arena, json_get(secret, "data"), "ca.crt", buffer_string(&encoded));
    certificate_secret_read(secret, &read);
    assert_int_equal(read.authority_count, 0);
    assert_null(read.issuer);
}

TEST("a Secret that somebody else writes is told by what it says itself") {
    static const struct {
        const char *when, *secret;
        bool is_foreign;
    } rows[] = {
        { "ours", "{metadata: {}, data: {tls.crt: eA==, ca.key: eA==}}", false },
        { "empty", "{metadata: {}}", false },
        { "with nothing in it", "{metadata: {}, data: {}}", false },
        { "damaged", "{metadata: {}, data: {ca.key: eA==, other: eA==}}", false },
        { "cert-manager's",
          "{metadata: {annotations: {cert-manager.io/certificate-name: hook}}, data: {tls.crt: eA==}}",
          true },
        { "a controller's",
          "{metadata: {ownerReferences: [{kind: A}, {kind: B, controller: true}]}, data: {tls.crt: eA==}}",
          true },
        { "with an owner who does not control it",
          "{metadata: {ownerReferences: [{kind: A, controller: false}]}, data: {tls.crt: eA==}}", false },
        { "a password", "{metadata: {}, data: {NEO4J_AUTH: eA==}}", true },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
        struct json *documents = NULL;
        struct error err = { 0 };
        if (!yaml_parse(arena, text_from(rows[i].secret), &documents, &err))
            fail_msg("%s: %s", rows[i].when, err.text);
        certificate_secret_read(json_item(documents, 0), &held);
        if (!str_empty(held.foreign) != rows[i].is_foreign)
            fail_msg("%s: %s", rows[i].when, held.foreign);
    }
}
