/* Dialer: opens connections to one server, plain or with TLS, on an event base, and says why they fail.
 *
 * Names are resolved on the event base's thread too, without blocking it.
 */
#pragma once

#include "base/error.h"

#include <event2/bufferevent.h>
#include <openssl/ssl.h>

struct dialer;

/* Copies the strings. tls_name: whom the certificate must name; NULL: host. */
struct dialer *dialer_new(struct event_base *base, const char *host, int port, const char *tls_name);
/* All streams must have been freed. */
void dialer_free(struct dialer *dialer);
/* "host:port", as in a Host header. */
const char *dialer_authority(const struct dialer *dialer);

/* A stream that is not connected yet, whose callbacks are deferred, and which closes its socket when it is
 * freed. tls NULL: plain. */
struct bufferevent *dialer_make_stream(struct dialer *dialer, SSL_CTX *tls);
/* Begins to connect it: BEV_EVENT_CONNECTED comes after the handshake. False when that is not possible. */
bool dialer_connect(struct dialer *dialer, struct bufferevent *stream);
/* To be called at BEV_EVENT_CONNECTED. */
void dialer_settle(struct bufferevent *stream);
/* Why a stream failed: what and socket_error (errno at that moment) are of its last event. False when nothing
 * but the end of the connection is known. */
bool dialer_explain(const struct dialer *dialer, struct bufferevent *stream, short what, int socket_error,
                    struct error *out);
