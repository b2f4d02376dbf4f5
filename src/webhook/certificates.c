#include "webhook/certificates.h"

enum { NAME_COUNT = 3, LABEL_LENGTH_MAX = 63 };

static bool make_authority(struct certificate *out, int64_t now, struct error *err) {
    const struct certificate_subject subject = { .common_name = "neo4j-operator-webhook-ca",
                                                 .begins = now - BACKDATED_SECONDS,
                                                 .ends = now + AUTHORITY_SECONDS };

    return certificate_make(out, &subject, NULL, err);
}

/* A serving certificate by the signer instead of the present one. */
static bool renew(struct certificate_secret *held, const char *const *names, int64_t now, struct error *err) {
    CLEANUP_BUFFER struct buffer alternatives = { 0 };
    struct certificate_subject subject = { .common_name = "neo4j-operator-webhook",
                                           .usage = "serverAuth",
                                           .begins = now - BACKDATED_SECONDS,
                                           .ends = now + SERVING_SECONDS };
    struct certificate made = { 0 };

    for (size_t i = 0; names[i]; i++)
        buffer_printf(&alternatives, "%sDNS:%s", i ? "," : "", names[i]);
    subject.names = buffer_string(&alternatives);
    if (!certificate_make(&made, &subject, held->signer, err))
        return false;
    certificate_clear(&held->serving);
    while (held->intermediate_count)
        certificate_clear(&held->intermediates[--held->intermediate_count]);
    held->serving = made;
    held->issuer = held->signer;
    return true;
}

/* Makes these the authorities of the bundle. Takes them over; what was there is forgotten. */
static void set_authorities(struct certificate_secret *held, struct certificate first,
                            struct certificate second) {
    while (held->authority_count)
        certificate_clear(&held->authorities[--held->authority_count]);
    held->authorities[held->authority_count++] = first;
    if (second.x509)
        held->authorities[held->authority_count++] = second;
    held->issuer = held->signer = held->next = NULL;
}

static bool make_all(struct certificate_secret *held, const char *const *names, int64_t now,
                     struct error *err) {
    struct certificate authority = { 0 };

    if (!make_authority(&authority, now, err))
        return false;
    set_authorities(held, authority, (struct certificate){ 0 });
    held->signer = &held->authorities[0];
    held->is_there = true;
    return renew(held, names, now, err);
}

static bool begin(struct certificate_secret *held, int64_t now, struct error *err) {
    struct certificate authority = { 0 };
    bool can_sign = held->signer == held->issuer;

    if (!make_authority(&authority, now, err))
        return false;
    set_authorities(held, certificate_share(held->issuer), authority);
    held->issuer = &held->authorities[0];
    held->signer = can_sign ? held->issuer : NULL;
    held->next = &held->authorities[1];
    return true;
}

static bool switch_over(struct certificate_secret *held, const char *const *names, int64_t now,
                        struct error *err) {
    struct certificate old = { 0 };

    if (held->issuer && held->issuer != held->next)
        old = certificate_share(held->issuer);
    set_authorities(held, certificate_share(held->next), old);
    held->signer = &held->authorities[0];
    return renew(held, names, now, err);
}

static bool drop(struct certificate_secret *held) {
    set_authorities(held, certificate_share(held->signer), (struct certificate){ 0 });
    held->issuer = held->signer = &held->authorities[0];
    return true;
}

bool certificates_carry_out(struct certificate_secret *held, enum rotation_act act, const char *const *names,
                            int64_t now, struct error *err) {
    switch (act) {
    case ROTATION_CREATE:
    case ROTATION_REPAIR:
        return make_all(held, names, now, err);
    case ROTATION_RENEW:
        return renew(held, names, now, err);
    case ROTATION_BEGIN:
        return begin(held, now, err);
    case ROTATION_SWITCH:
        return switch_over(held, names, now, err);
    case ROTATION_DROP:
        return drop(held);
    case ROTATION_NOTHING:
        break;
    }
    ensure(act != ROTATION_NOTHING);
    return false;
}

const char *const *certificates_names(struct arena *arena, const char *service, const char *namespace) {
    const char **names = ARENA_ARRAY(arena, const char *, NAME_COUNT + 1);

    names[0] = arena_printf(arena, "%s.%s.svc", service, namespace);
    names[1] = arena_printf(arena, "%s.%s.svc.cluster.local", service, namespace);
    names[2] = arena_printf(arena, "%s.%s", service, namespace);
    return names;
}

bool certificates_is_label(const char *name) {
    size_t length = strlen(name);

    return length && length <= LABEL_LENGTH_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length && name[0] != '-' &&
           name[length - 1] != '-';
}
