#include "webhook/injector.h"

#include "base/log.h"
#include "webhook/bundle.h"
#include "webhook/followed.h"

struct injector {
    struct kube *kube;
    struct followed *configurations[2];
};

struct injector *injector_new(struct kube *kube, void (*changed)(void *context), void *context) {
    struct injector *injector = XNEW(struct injector);

    injector->kube = kube;
    injector->configurations[0] = followed_new(kube, &KUBE_VALIDATING_WEBHOOK_CONFIGURATIONS, NULL,
                                               INJECTOR_VALIDATING, changed, context);
    injector->configurations[1] =
        followed_new(kube, &KUBE_MUTATING_WEBHOOK_CONFIGURATIONS, NULL, INJECTOR_MUTATING, changed, context);
    return injector;
}

void injector_free(struct injector *injector) {
    if (!injector)
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(injector->configurations); i++)
        followed_free(injector->configurations[i]);
    free(injector);
}

bool injector_is_done(struct injector *injector, const char *bundle) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(injector->configurations); i++) {
        struct error failure;
        if (!followed_is_known(injector->configurations[i], &failure) ||
            !bundle_is_everywhere(followed_object(injector->configurations[i], arena), bundle))
            return false;
    }
    return true;
}

/* It went, or came anew, while we wrote: the watch tells. */
static bool is_lost_race(const struct error *why) {
    return why->kind == ERROR_CONFLICT || why->kind == ERROR_ALREADY_EXISTS || why->kind == ERROR_NOT_FOUND;
}

static bool apply(struct injector *injector, struct arena *arena, struct followed *followed,
                  struct json *body, struct injector_outcome *outcome, struct error *err) {
    struct kube_call call = { .verb = KUBE_APPLY,
                              .resource = followed_resource(followed),
                              .name = followed_name(followed),
                              .body = body,
                              .field_manager = INJECTOR_FIELD_MANAGER,
                              .force = true,
                              .timeout_ms = INJECTOR_CALL_MS };
    struct json *written = NULL;
    struct error why = { 0 };

    outcome->has_sent = true;
    if (!injector->kube->call(injector->kube, &call, arena, &written, &why)) {
        if (is_lost_race(&why))
            return true;
        *err = why;
        return false;
    }
    kube_name_kind(arena, written, followed_resource(followed));
    followed_note(followed, written);
    outcome->mended++;
    log_info("webhook configuration trusts the serving certificate",
             LOG_TEXT("name", followed_name(followed)));
    return true;
}

static bool inject_one(struct injector *injector, struct followed *followed, const char *bundle,
                       struct injector_outcome *outcome, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *configuration;

    if (!followed_is_known(followed, err))
        return err->kind == ERROR_NONE; /* the first list is under way */
    configuration = followed_object(followed, arena);
    if (!configuration || bundle_is_injected(configuration) || bundle_is_everywhere(configuration, bundle))
        return true;
    return apply(injector, arena, followed, bundle_apply(arena, configuration, bundle), outcome, err);
}

bool injector_inject(struct injector *injector, const char *bundle, struct injector_outcome *out_outcome,
                     struct error *err) {
    bool is_done = true;

    *out_outcome = (struct injector_outcome){ 0 };
    for (size_t i = 0; *bundle && i < ARRAY_LENGTH(injector->configurations); i++) {
        struct followed *followed = injector->configurations[i];
        struct error why = { 0 };
        if (inject_one(injector, followed, bundle, out_outcome, &why) || !is_done)
            continue;
        is_done = false;
        if (err)
            *err = why;
        error_wrap(err, "%s %s", followed_resource(followed)->kind, followed_name(followed));
    }
    return is_done;
}
