#include "base/certificate.h"

#include "base/encoding.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

/* OpenSSL's oldest reason; it never holds the content of a key. */
static bool fail(struct error *err, enum error_kind kind, const char *what) {
    unsigned long code = ERR_peek_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    ERR_clear_error();
    return error_set(err, kind, "%s: %s", what, reason ? reason : "unknown reason");
}

void certificate_clear(struct certificate *certificate) {
    X509_free(certificate->x509);
    EVP_PKEY_free(certificate->key);
    *certificate = (struct certificate){ 0 };
}

struct certificate certificate_share(const struct certificate *certificate) {
    if (certificate->x509)
        X509_up_ref(certificate->x509);
    if (certificate->key)
        EVP_PKEY_up_ref(certificate->key);
    return *certificate;
}

/* ---- making ---- */

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

static bool add_name_entry(X509_NAME *name, const char *field, const char *value) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0);
}

static bool set_subject(X509 *certificate, const struct certificate_subject *subject) {
    X509_NAME *name = X509_get_subject_name(certificate);

    return (!subject->organization || add_name_entry(name, "O", subject->organization)) &&
           add_name_entry(name, "CN", subject->common_name);
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

static bool set_times(X509 *certificate, const struct certificate_subject *subject) {
    return ASN1_TIME_set(X509_getm_notBefore(certificate), subject->begins) &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), subject->ends);
}

/* The identifiers tell two authorities of one name apart, as there are while one takes over from the other.
 */
static bool set_extensions(X509 *certificate, X509 *issuer, const struct certificate_subject *subject) {
    if (!subject->usage)
        return add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
               add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
               add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    return add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, issuer, NID_ext_key_usage, subject->usage) &&
           add_extension(certificate, issuer, NID_authority_key_identifier, "keyid") &&
           (!subject->names || add_extension(certificate, issuer, NID_subject_alt_name, subject->names));
}

bool certificate_make(struct certificate *out, const struct certificate_subject *subject,
                      const struct certificate *issuer, struct error *err) {
    CLEANUP_CERTIFICATE struct certificate made = { X509_new(),
                                                    EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256") };
    X509 *by = issuer ? issuer->x509 : made.x509;

    ensure(!issuer || issuer->key);
    if (!made.key || !made.x509 || !X509_set_version(made.x509, X509_VERSION_3) || !set_serial(made.x509) ||
        !set_times(made.x509, subject) || !X509_set_pubkey(made.x509, made.key) ||
        !set_subject(made.x509, subject))
        return fail(err, ERROR_INTERNAL, "making a certificate");
    if (!X509_set_issuer_name(made.x509, X509_get_subject_name(by)) ||
        !set_extensions(made.x509, by, subject) ||
        !X509_sign(made.x509, issuer ? issuer->key : made.key, EVP_sha256()))
        return fail(err, ERROR_INTERNAL, "signing a certificate");
    *out = made;
    made = (struct certificate){ 0 };
    return true;
}

/* ---- PEM ---- */

/* Without it OpenSSL would ask for the passphrase on the terminal. */
static int no_passphrase(char *out, int size, int is_for_writing, void *context) {
    return -1;
}

static int give_passphrase(char *out, int size, int is_for_writing, void *context) {
    const struct secret_text *passphrase = context;

    if (size < 0 || passphrase->length > (size_t)size)
        return -1;
    memcpy(out, passphrase->bytes, passphrase->length);
    return (int)passphrase->length;
}

static BIO *open_pem(struct text pem) {
    ensure(pem.length <= CERTIFICATE_PEM_BYTES_MAX);
    BIO *bio = BIO_new_mem_buf(pem.data ? pem.data : "", (int)pem.length);
    ensure(bio);
    return bio;
}

/* The end of the text, rather than something in it that is none. */
static bool is_at_end(void) {
    unsigned long code = ERR_peek_last_error();

    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

static bool read_certificates(BIO *bio, struct certificate *items, size_t count_max, size_t *out_count,
                              struct error *err) {
    X509 *x509;

    while ((x509 = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL))) {
        if (*out_count == count_max) {
            X509_free(x509);
            return error_set(err, ERROR_INVALID, "there are more than %zu certificates", count_max);
        }
        items[(*out_count)++] = (struct certificate){ .x509 = x509 };
    }
    if (!is_at_end())
        return fail(err, ERROR_INVALID, "a certificate can't be read");
    ERR_clear_error();
    return *out_count || error_set(err, ERROR_INVALID, "there is no PEM certificate");
}

bool certificate_read(struct text pem, struct certificate *items, size_t count_max, size_t *out_count,
                      struct error *err) {
    size_t count = 0;
    BIO *bio;
    bool is_read;

    if (pem.length > CERTIFICATE_PEM_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "certificates of more than %d bytes", CERTIFICATE_PEM_BYTES_MAX);
    ERR_clear_error();
    bio = open_pem(pem);
    is_read = read_certificates(bio, items, count_max, &count, err);
    BIO_free(bio);
    if (is_read)
        *out_count = count;
    else
        while (count)
            certificate_clear(&items[--count]);
    return is_read;
}

bool certificate_read_any_key(const struct secret_text *pem, const struct secret_text *passphrase,
                              EVP_PKEY **out_key, struct error *err) {
    struct secret_text borrowed = passphrase ? *passphrase : (struct secret_text){ NULL, 0 };
    EVP_PKEY *key;
    BIO *bio;

    if (pem->length > CERTIFICATE_PEM_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "a key of more than %d bytes", CERTIFICATE_PEM_BYTES_MAX);
    bio = open_pem((struct text){ pem->bytes, pem->length });
    key = PEM_read_bio_PrivateKey(bio, NULL, passphrase ? give_passphrase : no_passphrase, &borrowed);
    BIO_free(bio);
    ERR_clear_error();
    if (!key)
        return error_set(err, ERROR_INVALID, "there is no PEM key");
    *out_key = key;
    return true;
}

bool certificate_read_key(struct certificate *certificate, const struct secret_text *pem, struct error *err) {
    EVP_PKEY *key;
    bool fits;

    if (!certificate_read_any_key(pem, NULL, &key, err))
        return false;
    fits = X509_check_private_key(certificate->x509, key) == 1;
    ERR_clear_error();
    if (!fits) {
        EVP_PKEY_free(key);
        return error_set(err, ERROR_INVALID, "the key is not the certificate's");
    }
    EVP_PKEY_free(certificate->key);
    certificate->key = key;
    return true;
}

static struct text memory_text(BIO *memory) {
    char *data;
    long length = BIO_get_mem_data(memory, &data);

    ensure(length >= 0);
    return (struct text){ data, (size_t)length };
}

void certificate_write(const struct certificate *certificate, struct buffer *out) {
    BIO *memory = BIO_new(BIO_s_mem());
    int written = PEM_write_bio_X509(memory, certificate->x509);

    ensure(written);
    buffer_add_text(out, memory_text(memory));
    BIO_free(memory);
}

struct secret_text certificate_write_key(const struct certificate *certificate) {
    BIO *memory = BIO_new(BIO_s_secmem());
    int written = PEM_write_bio_PKCS8PrivateKey(memory, certificate->key, NULL, NULL, 0, NULL, NULL);

    ensure(written);
    struct text text = memory_text(memory);
    struct secret_text secret = secret_text_new(text.data, text.length);
    BIO_free(memory);
    return secret;
}

/* ---- looking ---- */

static int64_t seconds_of(const ASN1_TIME *time) {
    struct tm parts;

    return ASN1_TIME_to_tm(time, &parts) ? timegm(&parts) : INT64_MAX;
}

int64_t certificate_begins(const struct certificate *certificate) {
    return seconds_of(X509_get0_notBefore(certificate->x509));
}

int64_t certificate_ends(const struct certificate *certificate) {
    return seconds_of(X509_get0_notAfter(certificate->x509));
}

bool certificate_has_name(const struct certificate *certificate, const char *name) {
    return X509_check_host(certificate->x509, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

bool certificate_is_signed_by(const struct certificate *certificate, const struct certificate *issuer) {
    bool is_signed = X509_check_ca(issuer->x509) &&
                     X509_check_issued(issuer->x509, certificate->x509) == X509_V_OK &&
                     X509_verify(certificate->x509, X509_get0_pubkey(issuer->x509)) == 1;

    ERR_clear_error();
    return is_signed;
}

bool certificate_equal(const struct certificate *a, const struct certificate *b) {
    return X509_cmp(a->x509, b->x509) == 0;
}
