/* Certificate Secret: what the Secret with the webhook's certificates holds, read and written.
 *
 *   tls.crt      the serving certificate; behind it, intermediates of a foreign authority
 *   tls.key      its key
 *   ca.crt       the bundle: every authority that an API server may trust now
 *   ca.key       the key of the authority that signs                     (own certificates only)
 *   next-ca.key  the key of the authority that will sign, while one takes over from another (the same)
 *
 * Which authority of the bundle a key belongs to is told by the keys themselves, so that no part can
 * contradict another. Whether somebody else writes the Secret is told by what it says itself: two who write
 * it would never rest. Anything may stand in a Secret: what can't be read is absent here, and `trouble` says
 * what and why. Pure. Keys live in a struct certificate and never reach a reason.
 */
#pragma once

#include "base/certificate.h"
#include "base/json.h"

/* Two are enough for a take-over; more come only from other hands. */
enum { AUTHORITIES_MAX = 8, SERVING_CHAIN_MAX = 8 };

#define CERTIFICATE_SECRET_TYPE "kubernetes.io/tls"

struct certificate_secret {
    bool is_there;
    struct certificate serving; /* key NULL: tls.key is not its key */
    struct certificate intermediates[SERVING_CHAIN_MAX];
    size_t intermediate_count;
    struct certificate authorities[AUTHORITIES_MAX]; /* of the bundle; key: where the Secret holds it */
    size_t authority_count;
    struct certificate *issuer; /* who has signed the serving certificate; NULL: none of the bundle */
    struct certificate *signer; /* whose key is ca.key; NULL: none's */
    struct certificate *next;   /* whose key is next-ca.key; NULL: none's */
    struct error trouble;       /* why serving or its key are absent; ERROR_NONE: they are there */
    const char *foreign;        /* whose the Secret is, in words; NULL: it may be ours */
};

/* secret is the object from the API server; NULL: there is none. Clear with certificate_secret_clear(). */
void certificate_secret_read(const struct json *secret, struct certificate_secret *out);
void certificate_secret_clear(struct certificate_secret *held);
#define CLEANUP_CERTIFICATE_SECRET CLEANUP(certificate_secret_clear)

/* The bundle as PEM, in arena; "" when it is empty. */
char *certificate_secret_bundle(struct arena *arena, const struct certificate_secret *held);
/* Puts data and type into secret, and leaves what else it says. Keys of data that are not named above stay.
 */
void certificate_secret_write(struct arena *arena, const struct certificate_secret *held,
                              struct json *secret);
