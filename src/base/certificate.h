/* Certificate: an X.509 certificate and, where it is at hand, the private key that goes with it.
 *
 * Made here with keys of their own (EC P-256) and signatures by SHA-256, or read from PEM. Times are seconds
 * since 1970-01-01 UTC. Keys never reach an error's text; their PEM is a struct secret_text. What is read may
 * come from anybody: bad bytes are an ERROR_INVALID that says in whose words which part is none. Source: RFC
 * 5280; names of subjectAltName as RFC 6125 compares them (OpenSSL's X509_check_host).
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"

#include <openssl/x509.h>

/* The largest text that is read as PEM: a chain of dozens of certificates stays far below. */
enum { CERTIFICATE_PEM_BYTES_MAX = 128 * 1024 };

/* struct certificate c = { 0 }; is none. Clear it with certificate_clear(). */
struct certificate {
    X509 *x509;
    EVP_PKEY *key; /* NULL: not at hand */
};

void certificate_clear(struct certificate *certificate);
#define CLEANUP_CERTIFICATE CLEANUP(certificate_clear)
/* Another reference to the same certificate and key. */
struct certificate certificate_share(const struct certificate *certificate);

/* What a new certificate says. */
struct certificate_subject {
    const char *common_name;
    const char *organization; /* NULL: none */
    const char *usage;        /* extendedKeyUsage, "serverAuth"; NULL: an authority */
    const char *names;        /* subjectAltName, "DNS:a,IP:127.0.0.1"; NULL: none */
    int64_t begins, ends;
};
/* Makes a key and a certificate for it, signed by issuer (with its key); issuer NULL: signs itself. */
CHECKED bool certificate_make(struct certificate *out, const struct certificate_subject *subject,
                              const struct certificate *issuer, struct error *err);

/* Reads up to count_max certificates, in order, into items, without keys. An error when there is none, one
 * can't be read, or there are more; then items holds nothing. Text between certificates is left out. */
CHECKED bool certificate_read(struct text pem, struct certificate *items, size_t count_max, size_t *out_count,
                              struct error *err);
/* Takes the private key of PEM to certificate if it is that of the certificate. A key behind a passphrase
 * can't be read. */
CHECKED bool certificate_read_key(struct certificate *certificate, const struct secret_text *pem,
                                  struct error *err);
/* A private key of PEM, whosever it is; passphrase NULL: it is behind none. The caller frees it. */
CHECKED bool certificate_read_any_key(const struct secret_text *pem, const struct secret_text *passphrase,
                                      EVP_PKEY **out_key, struct error *err);
/* Appends the certificate as PEM. */
void certificate_write(const struct certificate *certificate, struct buffer *out);
/* The key as PEM (PKCS #8); the caller clears it. */
struct secret_text certificate_write_key(const struct certificate *certificate);

/* The times between which it holds. INT64_MAX for times that can't be read: such a certificate never holds.
 */
int64_t certificate_begins(const struct certificate *certificate);
int64_t certificate_ends(const struct certificate *certificate);
/* Whether it is for the DNS name: as the whole of a subjectAltName, or by a wildcard. */
bool certificate_has_name(const struct certificate *certificate, const char *name);
/* Whether issuer has signed it, and may sign. */
bool certificate_is_signed_by(const struct certificate *certificate, const struct certificate *issuer);
/* Whether both are the same certificate. */
bool certificate_equal(const struct certificate *a, const struct certificate *b);
