/* TLS for a byte stream that somebody else moves: OpenSSL between plain text on one side and two queues of
 * encrypted bytes on the other. It never touches a socket, so that deadlines and signals stay in one place
 * (stream.c).
 *
 * The peer must show a certificate that is signed by one of the trusted authorities and covers the server's
 * name, though it was dialled by address. TLS 1.2 or newer.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"

struct bolt_tls {
    struct text ca_pem; /* the only authorities that are trusted; empty: the system's */
    /* What we show to servers that ask for it, PEM: both or none. */
    struct text certificate_pem;
    const struct secret_text *private_key_pem;
};

/* What sessions with the same authorities, certificate and key share: the texts, parsed once. It does not
 * change, is counted, and any number of threads may use it. */
struct bolt_tls_context;

/* ERROR_INVALID when the PEM texts make no sense. The texts are copied. */
CHECKED bool bolt_tls_context_new(const struct bolt_tls *tls, struct bolt_tls_context **out_context,
                                  struct error *err);
struct bolt_tls_context *bolt_tls_context_ref(struct bolt_tls_context *context);
/* Accepts NULL. */
void bolt_tls_context_unref(struct bolt_tls_context *context);
DEFINE_CLEANUP(struct bolt_tls_context, bolt_tls_context_unref);
/* Whether it was made of these texts. Both may be NULL: no TLS. */
bool bolt_tls_context_is_of(const struct bolt_tls_context *context, const struct bolt_tls *tls);

struct tls_session;

/* server_name: a DNS name or an IP literal. Needs the context only during the call. */
struct tls_session *tls_session_new(struct bolt_tls_context *context, const char *server_name);
void tls_session_free(struct tls_session *session);
DEFINE_CLEANUP(struct tls_session, tls_session_free);

enum tls_result {
    TLS_DONE,
    TLS_WANTS_INPUT, /* go on after tls_session_feed() */
    TLS_CLOSED,      /* the peer said goodbye */
    TLS_FAILED,      /* err is set */
};

/* After every call: what tls_session_output() holds is to be sent first. */
enum tls_result tls_session_handshake(struct tls_session *session, struct error *err);
enum tls_result tls_session_write(struct tls_session *session, struct text data, struct error *err);
/* At least one byte on TLS_DONE. */
enum tls_result tls_session_read(struct tls_session *session, char *out, size_t size, size_t *out_length,
                                 struct error *err);
/* Says goodbye. */
void tls_session_close(struct tls_session *session);

/* Encrypted bytes that came from the peer. */
void tls_session_feed(struct tls_session *session, struct text encrypted);
/* Appends encrypted bytes for the peer to out. */
void tls_session_output(struct tls_session *session, struct buffer *out);
/* Whether decrypted bytes wait that need no input. */
bool tls_session_has_pending(const struct tls_session *session);
