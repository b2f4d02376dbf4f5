/* Secrets with certificates for tests, made at a moment of the test's choice. */
#pragma once

#include "webhook/certificates.h"

#define T0  INT64_C(1800000000)
#define DAY SECONDS_PER_DAY

static const char *const service_names[] = { "hook.ns.svc", "hook.ns.svc.cluster.local", "hook.ns", NULL };

static inline void carry_out_at(struct certificate_secret *held, enum rotation_act act, int64_t now) {
    struct error err = { 0 };
    bool is_done = certificates_carry_out(held, act, service_names, now, &err);

    ensure(is_done);
}

/* The object that an API server would hold. */
static inline struct json *secret_of(struct arena *arena, const struct certificate_secret *held) {
    struct json *secret = json_new_object(arena);

    json_set_string(arena, secret, "apiVersion", "v1");
    json_set_string(arena, secret, "kind", "Secret");
    certificate_secret_write(arena, held, secret);
    return secret;
}

static inline struct rotation plan_at(const struct certificate_secret *held, int64_t now,
                                      bool is_everywhere) {
    return plan_rotation(&(struct rotation_question){
        .held = held, .now = now, .names = service_names, .bundle_is_everywhere = is_everywhere });
}
