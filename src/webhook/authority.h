/* Authority: keeps the webhook's certificates, live.
 *
 * It follows one Secret and the two webhook configurations, carries out what the rotation plans
 * (webhook/rotation.h), hands the serving certificate on, and sets caBundle of every webhook in the
 * configurations where it differs, touching nothing else. It runs on every replica, leader or not: the Secret
 * is written under its resource version, and who loses reads the winner's. At rest it sends nothing; the
 * watches stay open. A pass that failed is repeated, each time later, and at once when something that it
 * looks at has changed, but never sooner after one that sent something than its pace allows (webhook/pace.h).
 *
 * A Secret that somebody else writes is served and never written; if that is not what options say, every pass
 * fails and tells so.
 */
#pragma once

#include "base/clock.h"
#include "kube/kube.h"
#include "webhook/rotation.h"

#define AUTHORITY_SECRET "neo4j-operator-webhook-certificate"

enum {
    AUTHORITY_RETRY_MS_MIN = 1000,
    AUTHORITY_RETRY_MS_MAX = 300000,
    /* Looks of our own at the clock, which can jump; no request. */
    AUTHORITY_LOOK_MS_MAX = 3600000,
    /* Steps of the rotation in one pass; more would mean that they undo each other. */
    AUTHORITY_STEPS_MAX = 8,
};

struct authority_options {
    struct kube *kube;
    const struct clock *clock;
    const char *namespace;
    const char *secret;       /* NULL: AUTHORITY_SECRET */
    const char *const *names; /* of the serving certificate; ends with NULL; must outlive the authority */
    enum certificates_mode mode;
    void *context;
    /* Serves held->serving and its intermediates from now on. Called only when it is another one than before,
     * on the authority's thread. */
    bool (*serve)(void *context, const struct certificate_secret *held, struct error *err);
};

struct authority;

/* Copies options. Starts the watches; kube and clock must outlive it. */
struct authority *authority_new(const struct authority_options *options);
/* Ends the thread and the watches. */
void authority_free(struct authority *authority);
DEFINE_CLEANUP(struct authority, authority_free);

/* One pass, for who steps it from outside, as tests do. *out_wait_ms is when to call again if nothing changes
 * meanwhile. False with the reason when something could not be read or written. */
bool authority_step(struct authority *authority, int64_t *out_wait_ms, struct error *err);
/* Steps on a thread of its own from now on. */
void authority_start(struct authority *authority);

struct authority_state {
    bool is_usable;      /* a sound certificate is served */
    int64_t ends;        /* of the certificate that is served, seconds since 1970-01-01; 0: none is */
    char reason[512];    /* what is waited for, or what is wrong */
    uint64_t rotations;  /* steps carried out */
    uint64_t injections; /* configurations mended */
};
/* Any thread. */
struct authority_state authority_state(struct authority *authority);
