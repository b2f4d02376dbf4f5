#include "certificate_world.h"
#include "test.h"

#include "base/encoding.h"

/* What became of a Secret that was made at T0. */
enum fate {
    MADE,
    NO_SECRET,
    EMPTY_SECRET,
    GARBAGE_CERTIFICATE,
    GARBAGE_KEY,
    OTHER_KEY,
    GARBAGE_BUNDLE,
    OTHER_AUTHORITY,
    NO_AUTHORITY_KEY,
    OTHER_NAMES,
    BEGUN,           /* and a take-over begun on day 2500 */
    BEGUN_NO_KEY,    /* the same, and the new authority's key lost */
    SWITCHED,        /* and done, a day later */
    BEGUN_BUT_WRONG, /* begun, and the serving certificate damaged since */
    BEGUN_ALONE,     /* the same, and the old authority's key lost too */
};

enum { BEGIN_DAY = 2500 };

static void set_data(struct arena *arena, struct json *secret, const char *key, const char *value) {
    CLEANUP_BUFFER struct buffer encoded = { 0 };

    base64_encode(&encoded, value, strlen(value));
    json_set_string(arena, json_get(secret, "data"), key, buffer_string(&encoded));
}

static void copy_data(struct arena *arena, struct json *to, const struct json *from, const char *key) {
    json_set_string(arena, json_get(to, "data"), key, json_string(json_get(json_get(from, "data"), key), ""));
}

static void damage(struct arena *arena, struct json *secret, enum fate fate) {
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret other = { 0 };

    carry_out_at(&other, ROTATION_CREATE, T0);
    const struct json *another = secret_of(arena, &other);
    if (fate == EMPTY_SECRET)
        json_remove(secret, "data");
    if (fate == GARBAGE_CERTIFICATE || fate == BEGUN_BUT_WRONG || fate == BEGUN_ALONE)
        set_data(arena, secret, "tls.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    if (fate == GARBAGE_KEY)
        set_data(arena, secret, "tls.key", "none");
    if (fate == OTHER_KEY)
        copy_data(arena, secret, another, "tls.key");
    if (fate == GARBAGE_BUNDLE)
        set_data(arena, secret, "ca.crt", "none");
    if (fate == OTHER_AUTHORITY)
        copy_data(arena, secret, another, "ca.crt");
    if (fate == NO_AUTHORITY_KEY || fate == BEGUN_ALONE)
        json_remove(json_get(secret, "data"), "ca.key");
    if (fate == BEGUN_NO_KEY)
        json_remove(json_get(secret, "data"), "next-ca.key");
}

/* The Secret as it is read on a day on which its serving certificate is fresh. */
static void suffer(struct arena *arena, enum fate fate, int64_t fresh_at, struct certificate_secret *out) {
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
    struct error err = { 0 };

    carry_out_at(&held, ROTATION_CREATE, T0);
    if (fate == BEGUN || fate == SWITCHED || fate == BEGUN_NO_KEY || fate == BEGUN_BUT_WRONG ||
        fate == BEGUN_ALONE)
        carry_out_at(&held, ROTATION_BEGIN, T0 + BEGIN_DAY * DAY);
    if (fate == SWITCHED)
        carry_out_at(&held, ROTATION_SWITCH, T0 + (BEGIN_DAY + 1) * DAY);
    if (fate == OTHER_NAMES)
        assert_true(certificates_carry_out(&held, ROTATION_RENEW,
                                           (const char *const[]){ "other.ns.svc", NULL }, T0, &err));
    if (fresh_at != T0)
        carry_out_at(&held, ROTATION_RENEW, fresh_at);
    struct json *secret = secret_of(arena, &held);
    damage(arena, secret, fate);
    certificate_secret_read(fate == NO_SECRET ? NULL : secret, out);
}

TEST("the rotation finds what is due, and mends what can't be used") {
    static const struct {
        const char *when;
        enum fate fate;
        int64_t fresh; /* the day on which the serving certificate was made */
        int64_t at;    /* seconds after T0 */
        bool is_everywhere;
        enum rotation_act act;
        bool is_usable;
    } rows[] = {
        { "there is no Secret", NO_SECRET, 0, 0, true, ROTATION_CREATE, false },
        { "the Secret is empty", EMPTY_SECRET, 0, 0, true, ROTATION_REPAIR, false },
        { "it was just made", MADE, 0, 0, false, ROTATION_NOTHING, true },
        { "our clock is half an hour behind", MADE, 0, -1800, true, ROTATION_NOTHING, true },
        { "it is not valid yet", MADE, 0, -7200, true, ROTATION_REPAIR, false },
        { "it is valid from a far future", MADE, 0, -5000 * DAY, true, ROTATION_REPAIR, false },
        { "the serving certificate alone is not valid yet", MADE, 9, 8 * DAY, true, ROTATION_RENEW, false },
        { "it is before two thirds of its life", MADE, 0, 242 * DAY, true, ROTATION_NOTHING, true },
        { "it is past two thirds of its life", MADE, 0, 244 * DAY, true, ROTATION_RENEW, true },
        { "the serving certificate expired", MADE, 0, 366 * DAY, true, ROTATION_RENEW, false },
        { "both expired", MADE, 0, 3651 * DAY, true, ROTATION_REPAIR, false },
        { "the certificate is garbage", GARBAGE_CERTIFICATE, 0, 0, true, ROTATION_RENEW, false },
        { "the key is garbage", GARBAGE_KEY, 0, 0, true, ROTATION_RENEW, false },
        { "the key is another's", OTHER_KEY, 0, 0, true, ROTATION_RENEW, false },
        { "the bundle is garbage", GARBAGE_BUNDLE, 0, 0, true, ROTATION_REPAIR, false },
        { "the bundle is another's", OTHER_AUTHORITY, 0, 0, true, ROTATION_REPAIR, false },
        { "the names are others", OTHER_NAMES, 0, 0, true, ROTATION_RENEW, false },
        { "the authority's key is lost", NO_AUTHORITY_KEY, 0, 0, true, ROTATION_BEGIN, true },
        { "the authority is before two thirds of its life", MADE, 2400, 2432 * DAY, true, ROTATION_NOTHING,
          true },
        { "the authority is past two thirds of its life", MADE, 2400, 2434 * DAY, true, ROTATION_BEGIN,
          true },
        { "not everybody trusts the new authority", BEGUN, 2500, 2502 * DAY, false, ROTATION_NOTHING, true },
        { "everybody does, but only since now", BEGUN, 2500, 2500 * DAY + 30, true, ROTATION_NOTHING, true },
        { "everybody does", BEGUN, 2500, 2500 * DAY + 61, true, ROTATION_SWITCH, true },
        { "not everybody does, and the old one must sign again", BEGUN, 2500, 2744 * DAY, false,
          ROTATION_RENEW, true },
        { "the new authority's key is lost", BEGUN_NO_KEY, 2500, 2502 * DAY, true, ROTATION_BEGIN, true },
        { "the certificate is garbage in a take-over", BEGUN_BUT_WRONG, 2500, 2501 * DAY, false,
          ROTATION_RENEW, false },
        { "and the old authority can't sign", BEGUN_ALONE, 2500, 2501 * DAY, false, ROTATION_SWITCH, false },
        { "the new authority took over", SWITCHED, 2501, 2502 * DAY, true, ROTATION_NOTHING, true },
        { "and signs again", SWITCHED, 2501, 2744 * DAY + DAY, true, ROTATION_RENEW, true },
        { "and a whole period has passed", SWITCHED, 2742, 2744 * DAY, true, ROTATION_DROP, true },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
        suffer(arena, rows[i].fate, T0 + rows[i].fresh * DAY, &held);
        struct rotation rotation = plan_at(&held, T0 + rows[i].at, rows[i].is_everywhere);
        if (rotation.act != rows[i].act || rotation.is_usable != rows[i].is_usable ||
            str_empty(rotation.reason))
            fail_msg("%s: %s, usable %d: %s", rows[i].when, rotation_act_name(rotation.act),
                     rotation.is_usable, rotation.reason);
        if (rotation.act == ROTATION_NOTHING &&
            (rotation.look_in_seconds < 1 || rotation.look_in_seconds == INT64_MAX))
            fail_msg("%s: looks again in %lld s", rows[i].when, (long long)rotation.look_in_seconds);
    }
}

TEST("after every step the certificate is sound, and each fate ends in one that needs nothing") {
    static const enum fate fates[] = { NO_SECRET,   EMPTY_SECRET,   GARBAGE_CERTIFICATE, GARBAGE_KEY,
                                       OTHER_KEY,   GARBAGE_BUNDLE, OTHER_AUTHORITY,     NO_AUTHORITY_KEY,
                                       OTHER_NAMES, BEGUN,          BEGUN_BUT_WRONG,     BEGUN_ALONE };

    for (size_t i = 0; i < ARRAY_LENGTH(fates); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
        int64_t now = T0 + BEGIN_DAY * DAY;
        suffer(arena, fates[i], now - DAY, &held);
        for (int step = 0;; step++) {
            struct rotation rotation = plan_at(&held, now, true);
            if (rotation.act == ROTATION_NOTHING && held.authority_count == 1)
                break;
            assert_true(step < 12);
            if (rotation.act == ROTATION_NOTHING) {
                now += rotation.look_in_seconds;
                continue;
            }
            carry_out_at(&held, rotation.act, now);
            assert_true(plan_at(&held, now, true).is_usable);
            struct json *secret = secret_of(arena, &held);
            certificate_secret_clear(&held);
            certificate_secret_read(secret, &held);
            assert_true(plan_at(&held, now, true).is_usable);
        }
    }
}

TEST("whoever trusts a bundle trusts what is served one step later") {
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
    int64_t now = T0;

    carry_out_at(&held, ROTATION_CREATE, now);
    for (int switches = 0; switches < 3;) {
        struct rotation rotation = plan_at(&held, now, true);
        if (rotation.act == ROTATION_NOTHING) {
            now += rotation.look_in_seconds;
            continue;
        }
        struct certificate before[AUTHORITIES_MAX];
        size_t count = held.authority_count;
        for (size_t i = 0; i < count; i++)
            before[i] = certificate_share(&held.authorities[i]);
        carry_out_at(&held, rotation.act, now);
        bool is_trusted = false;
        for (size_t i = 0; i < count; i++) {
            is_trusted |= certificate_is_signed_by(&held.serving, &before[i]);
            certificate_clear(&before[i]);
        }
        assert_true(is_trusted);
        switches += rotation.act == ROTATION_SWITCH;
    }
}

TEST("cert-manager's Secret is never written, and told why when it can't be used") {
    static const struct {
        const char *when;
        enum fate fate;
        int64_t at;
        bool is_usable;
    } rows[] = {
        { "there is none yet", NO_SECRET, 0, false },
        { "it is sound", MADE, 0, true },
        { "it has no authority", GARBAGE_BUNDLE, 0, true },
        { "its certificate is garbage", GARBAGE_CERTIFICATE, 0, false },
        { "its key is another's", OTHER_KEY, 0, false },
        { "it expired", MADE, 366 * DAY, false },
        { "it is for other names", OTHER_NAMES, 0, false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
        suffer(arena, rows[i].fate, T0, &held);
        struct rotation rotation =
            plan_rotation(&(struct rotation_question){ .held = &held,
                                                       .now = T0 + rows[i].at,
                                                       .names = service_names,
                                                       .mode = CERTIFICATES_CERT_MANAGER });
        if (rotation.act != ROTATION_NOTHING || rotation.is_usable != rows[i].is_usable ||
            str_empty(rotation.reason))
            fail_msg("%s: %s", rows[i].when, rotation.reason);
    }
}

TEST("a Service's names are those that an API server may dial") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *const *names = certificates_names(arena, "hook", "ns");

    for (size_t i = 0; service_names[i]; i++)
        assert_string_equal(names[i], service_names[i]);
    assert_null(names[3]);
    assert_true(certificates_is_label("neo4j-operator-webhook"));
    assert_false(certificates_is_label(""));
    assert_false(certificates_is_label("a,DNS:b"));
    assert_false(certificates_is_label("-a"));
    assert_false(certificates_is_label("a.b"));
}
