/* Rotation: what to do next about the webhook's certificates. Pure: the Secret, the clock and the webhook
 * configurations alone decide, so any replica may carry a step out, and a crash between two steps is
 * harmless.
 *
 * A serving certificate is renewed after two thirds of its life. Its authority, which lives ten years, is
 * replaced in three steps, so that an API server trusts the server at every moment, whatever it has read
 * already:
 *
 *   begin   the bundle holds both authorities; the old one still signs
 *   switch  once every webhook configuration has carried both for ROTATION_SETTLE_SECONDS: the new one signs
 *   drop    a whole period of a serving certificate later: the bundle holds the new one alone
 *
 * What can't be used (unreadable, expired, not yet valid because a clock was wrong, for other names, with
 * another key) is made anew: by the authority if that one is sound, else with it. A Secret that somebody else
 * writes (certificate_secret.h, foreign) is left alone.
 */
#pragma once

#include "webhook/certificate_secret.h"

enum rotation_act {
    ROTATION_NOTHING,
    ROTATION_CREATE, /* the Secret, with everything in it */
    ROTATION_REPAIR, /* everything in the Secret */
    ROTATION_RENEW,  /* the serving certificate */
    ROTATION_BEGIN,
    ROTATION_SWITCH,
    ROTATION_DROP,
};

enum certificates_mode {
    CERTIFICATES_OWN,
    CERTIFICATES_CERT_MANAGER, /* the Secret is cert-manager's and never written */
};

#define SECONDS_PER_DAY   INT64_C(86400)
#define SERVING_SECONDS   (365 * SECONDS_PER_DAY)
#define AUTHORITY_SECONDS (3650 * SECONDS_PER_DAY)
/* Certificates begin this long ago, so that a clock that is a little behind does no harm. */
#define BACKDATED_SECONDS INT64_C(3600)
/* How long an API server may take to use a configuration that it shows already. */
#define ROTATION_SETTLE_SECONDS INT64_C(60)

struct rotation_question {
    const struct certificate_secret *held;
    int64_t now;              /* seconds since 1970-01-01 */
    const char *const *names; /* that the serving certificate must have; ends with NULL */
    enum certificates_mode mode;
    bool bundle_is_everywhere; /* every webhook of the configurations carries the bundle */
};

struct rotation {
    enum rotation_act act;
    const char *reason;      /* in the user's words */
    bool is_usable;          /* the serving certificate that is there can be served now */
    int64_t look_in_seconds; /* when the answer can change without a change of the Secret; INT64_MAX: never */
};

struct rotation plan_rotation(const struct rotation_question *question);
/* "create", "renew" … for the log. */
const char *rotation_act_name(enum rotation_act act);
