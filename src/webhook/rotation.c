#include "webhook/rotation.h"

static bool holds(const struct certificate *certificate, int64_t now) {
    return certificate_begins(certificate) <= now && now < certificate_ends(certificate);
}

/* Two thirds through its life. */
static int64_t due_at(const struct certificate *certificate) {
    int64_t begins = certificate_begins(certificate);

    return begins + (certificate_ends(certificate) - begins) / 3 * 2;
}

static bool has_names(const struct certificate *certificate, const char *const *names) {
    for (; *names; names++)
        if (!certificate_has_name(certificate, *names))
            return false;
    return true;
}

/* Why the serving certificate can't be served, or NULL. */
static const char *trouble_of(const struct rotation_question *question) {
    const struct certificate_secret *held = question->held;
    const struct certificate *serving = &held->serving;

    if (!serving->x509 || !serving->key)
        return held->trouble.text;
    if (question->now < certificate_begins(serving))
        return "the serving certificate is not valid yet: a clock was, or is, wrong";
    if (question->now >= certificate_ends(serving))
        return "the serving certificate has expired";
    if (!has_names(serving, question->names))
        return "the serving certificate is not for the names of the Service";
    if (question->mode == CERTIFICATES_CERT_MANAGER)
        return NULL;
    if (!held->issuer)
        return "no authority in ca.crt has signed the serving certificate";
    if (!holds(held->issuer, question->now))
        return "the authority has expired, or is not valid yet";
    return NULL;
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* When the new authority, or the only one, began to be in the bundle. */
static int64_t introduced_at(const struct certificate *authority) {
    return certificate_begins(authority) + BACKDATED_SECONDS;
}

/* A period after the present signer came, nothing that an older one signed is served any more. */
static int64_t drop_at(const struct certificate_secret *held) {
    return introduced_at(held->signer) + SERVING_SECONDS / 3 * 2;
}

static bool may_drop(const struct certificate_secret *held) {
    return held->authority_count > 1 && !held->next && held->issuer == held->signer;
}

/* The next moment at which one of the rules below can begin to apply. */
static int64_t next_look(const struct rotation_question *question) {
    const struct certificate_secret *held = question->held;
    int64_t at = certificate_ends(&held->serving);

    if (question->mode == CERTIFICATES_OWN) {
        at = earlier(at, due_at(&held->serving));
        at = earlier(at, certificate_ends(held->issuer));
        if (held->signer && !held->next)
            at = earlier(at, due_at(held->signer));
        if (held->next && question->bundle_is_everywhere)
            at = earlier(at, introduced_at(held->next) + ROTATION_SETTLE_SECONDS);
        if (held->signer && may_drop(held))
            at = earlier(at, drop_at(held));
    }
    return at > question->now ? at - question->now : 1;
}

#define ANSWER(act, reason, is_usable) ((struct rotation){ (act), (reason), (is_usable), INT64_MAX })

/* Nothing is wrong with what is served: what is due? */
static struct rotation plan_sound(const struct rotation_question *question) {
    const struct certificate_secret *held = question->held;
    bool signer_holds = held->signer && holds(held->signer, question->now);
    bool next_holds = held->next && holds(held->next, question->now);

    if (next_holds && question->bundle_is_everywhere &&
        question->now >= introduced_at(held->next) + ROTATION_SETTLE_SECONDS)
        return ANSWER(ROTATION_SWITCH, "every webhook configuration trusts the new authority", true);
    if (signer_holds && question->now >= due_at(&held->serving))
        return ANSWER(ROTATION_RENEW, "the serving certificate is two thirds through its life", true);
    if (!next_holds && !signer_holds)
        return ANSWER(ROTATION_BEGIN, "the authority can't sign: its key is missing or not its own", true);
    if (!next_holds && question->now >= due_at(held->signer))
        return ANSWER(ROTATION_BEGIN, "the authority is two thirds through its life", true);
    if (signer_holds && may_drop(held) && question->now >= drop_at(held))
        return ANSWER(ROTATION_DROP, "nothing that the old authority signed is served any more", true);
    return (struct rotation){ ROTATION_NOTHING,
                              held->next
                                  ? "waiting until every webhook configuration trusts the new authority"
                                  : "the certificates are sound",
                              true, next_look(question) };
}

/* A sound authority signs again, so that those who trust it need not learn another. */
static struct rotation plan_mending(const struct rotation_question *question, const char *trouble) {
    const struct certificate_secret *held = question->held;

    if (held->signer && holds(held->signer, question->now))
        return ANSWER(ROTATION_RENEW, trouble, false);
    if (held->next && holds(held->next, question->now))
        return ANSWER(ROTATION_SWITCH, trouble, false);
    return ANSWER(ROTATION_REPAIR, trouble, false);
}

/* Somebody else's Secret is served as it is, whatever we were told, and never written. */
static struct rotation plan_foreign(const struct rotation_question *question) {
    struct rotation_question theirs = *question;

    theirs.mode = CERTIFICATES_CERT_MANAGER;
    const char *trouble = trouble_of(&theirs);
    if (trouble)
        return ANSWER(ROTATION_NOTHING, trouble, false);
    return (struct rotation){ ROTATION_NOTHING,
                              question->mode == CERTIFICATES_OWN ? question->held->foreign
                                                                 : "cert-manager keeps the certificate",
                              true, next_look(&theirs) };
}

struct rotation plan_rotation(const struct rotation_question *question) {
    bool is_own = question->mode == CERTIFICATES_OWN;

    if (!question->held->is_there)
        return is_own ? ANSWER(ROTATION_CREATE, "there is no Secret yet", false)
                      : ANSWER(ROTATION_NOTHING, "cert-manager has not written the Secret yet", false);

    if (!is_own || question->held->foreign)
        return plan_foreign(question);
    const char *trouble = trouble_of(question);
    return trouble ? plan_mending(question, trouble) : plan_sound(question);
}

const char *rotation_act_name(enum rotation_act act) {
    static const char *const names[] = {
        [ROTATION_NOTHING] = "nothing", [ROTATION_CREATE] = "create", [ROTATION_REPAIR] = "repair",
        [ROTATION_RENEW] = "renew",     [ROTATION_BEGIN] = "begin",   [ROTATION_SWITCH] = "switch",
        [ROTATION_DROP] = "drop",
    };
    return names[act];
}
