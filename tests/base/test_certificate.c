#include "test.h"

#include "base/certificate.h"

#define NOON INT64_C(1800000000)

static struct certificate make(const char *usage, const struct certificate *issuer) {
    struct certificate made = { 0 };
    struct error err = { 0 };

    if (!certificate_make(
            &made,
            &(struct certificate_subject){ .common_name = usage ? "server" : "authority",
                                           .usage = usage,
                                           .names = usage ? "DNS:a.example,DNS:*.b.example" : NULL,
                                           .begins = NOON,
                                           .ends = NOON + 60 },
            issuer, &err))
        fail_msg("%s", err.text);
    return made;
}

TEST("a certificate says what was asked, and who has signed it") {
    CLEANUP_CERTIFICATE struct certificate authority = make(NULL, NULL), other = make(NULL, NULL);
    CLEANUP_CERTIFICATE struct certificate server = make("serverAuth", &authority);

    assert_int_equal(certificate_begins(&server), NOON);
    assert_int_equal(certificate_ends(&server), NOON + 60);
    assert_true(certificate_has_name(&server, "a.example"));
    assert_true(certificate_has_name(&server, "x.b.example"));
    assert_false(certificate_has_name(&server, "server"));
    assert_true(certificate_is_signed_by(&server, &authority));
    assert_true(certificate_is_signed_by(&authority, &authority));
    assert_false(certificate_is_signed_by(&server, &other));
    assert_false(certificate_is_signed_by(&server, &server));
}

TEST("certificates and keys are read back from PEM, also with other text around them") {
    CLEANUP_CERTIFICATE struct certificate authority = make(NULL, NULL),
                                           server = make("serverAuth", &authority);
    CLEANUP(secret_text_clear) struct secret_text key = certificate_write_key(&server);
    CLEANUP_BUFFER struct buffer pem = { 0 };
    struct certificate read[2] = { 0 };
    struct error err = { 0 };
    size_t count = 0;

    buffer_add_string(&pem, "the server:\n");
    certificate_write(&server, &pem);
    buffer_add_string(&pem, "\nand who vouches for it:\n");
    certificate_write(&authority, &pem);
    assert_true(certificate_read(buffer_text(&pem), read, 2, &count, &err));
    assert_int_equal(count, 2);
    assert_true(certificate_equal(&read[0], &server));
    assert_true(certificate_equal(&read[1], &authority));
    assert_true(certificate_read_key(&read[0], &key, &err));
    assert_false(certificate_read_key(&read[1], &key, &err));
    assert_string_equal(err.text, "the key is not the certificate's");
    certificate_clear(&read[0]);
    certificate_clear(&read[1]);
}

TEST("bytes that are no certificate, and more than are wanted, are refused") {
    CLEANUP_CERTIFICATE struct certificate authority = make(NULL, NULL);
    CLEANUP_BUFFER struct buffer twice = { 0 }, cut = { 0 }, large = { 0 };
    struct certificate read[1] = { 0 };
    size_t count = 0;

    certificate_write(&authority, &twice);
    buffer_add(&cut, twice.data, twice.length / 2);
    certificate_write(&authority, &twice);
    for (int i = 0; i <= CERTIFICATE_PEM_BYTES_MAX; i++)
        buffer_add_char(&large, '\n');
    const struct {
        struct text text;
        const char *error;
    } rows[] = {
        { TEXT(""), "there is no PEM certificate" },
        { TEXT("hello"), "there is no PEM certificate" },
        { TEXT("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
          "a certificate can't be read" },
        { buffer_text(&cut), "a certificate can't be read" },
        { buffer_text(&twice), "there are more than 1 certificates" },
        { buffer_text(&large), "certificates of more than 131072 bytes" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct error err = { 0 };
        assert_false(certificate_read(rows[i].text, read, 1, &count, &err));
        if (!str_starts_with(err.text, rows[i].error))
            fail_msg("%s", err.text);
        assert_null(read[0].x509);
    }
}

TEST("a key behind a passphrase is refused without asking for it") {
    static const char pem[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                              "MIHjME4GCSqGSIb3DQEFDTBBMCkGCSqGSIb3DQEFDDAcBAg=\n"
                              "-----END ENCRYPTED PRIVATE KEY-----\n";
    CLEANUP_CERTIFICATE struct certificate authority = make(NULL, NULL);
    CLEANUP(secret_text_clear) struct secret_text key = secret_text_new(pem, sizeof(pem) - 1);
    struct error err = { 0 };

    assert_false(certificate_read_key(&authority, &key, &err));
    assert_string_equal(err.text, "there is no PEM key");
    assert_non_null(authority.key);
}
