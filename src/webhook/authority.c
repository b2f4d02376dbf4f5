/* A pass looks at what the watches have shown, and works on it alone: plan, carry out, write, look again,
 * until the plan asks for nothing. What a write answers counts as seen, so that the next pass need not wait
 * for the watch. */
#include "webhook/authority.h"

#include "base/log.h"
#include "webhook/bundle.h"
#include "webhook/certificates.h"
#include "webhook/followed.h"

#include <pthread.h>
#include <time.h>

struct authority {
    struct authority_options options;
    char *namespace;
    char *secret_name;
    struct followed *secret;
    struct followed *configurations[2];

    /* of the stepping thread */
    struct certificate served; /* x509 NULL: none yet */
    bool has_sent;             /* a request, in the present pass */
    unsigned failures;         /* in a row */
    struct error last_failure; /* as logged */

    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;
    bool has_news;
    bool is_stopping;
    struct authority_state state;
};

static bool send(struct authority *authority, const struct kube_call *call, struct arena *arena,
                 struct json **out_object, struct error *err) {
    authority->has_sent = true;
    return authority->options.kube->call(authority->options.kube, call, arena, out_object, err);
}

/* ---- the Secret ---- */

static struct kube_call secret_call(const struct authority *authority, enum kube_verb verb) {
    return (struct kube_call){ .verb = verb,
                               .resource = &KUBE_SECRETS,
                               .namespace = authority->namespace,
                               .name = verb == KUBE_CREATE ? NULL : authority->secret_name,
                               .field_manager = verb == KUBE_GET ? NULL : AUTHORITY_FIELD_MANAGER,
                               .timeout_ms = AUTHORITY_CALL_MS };
}

static struct json *new_secret(const struct authority *authority, struct arena *arena) {
    struct json *secret = json_new_object(arena);
    struct json *metadata, *labels;

    json_set_string(arena, secret, "apiVersion", "v1");
    json_set_string(arena, secret, "kind", "Secret");
    metadata = json_set_object(arena, secret, "metadata");
    json_set_string(arena, metadata, "name", authority->secret_name);
    json_set_string(arena, metadata, "namespace", authority->namespace);
    labels = json_set_object(arena, metadata, "labels");
    json_set_string(arena, labels, "app.kubernetes.io/name", "neo4j-operator");
    json_set_string(arena, labels, "app.kubernetes.io/component", "webhook");
    return secret;
}

/* Another replica was faster, or the watch is behind: what is there now counts. */
static bool read_again(struct authority *authority, struct arena *arena, struct error *err) {
    struct kube_call call = secret_call(authority, KUBE_GET);
    struct json *secret = NULL;
    struct error why = { 0 };

    if (!send(authority, &call, arena, &secret, &why) && why.kind != ERROR_NOT_FOUND) {
        if (err)
            *err = why;
        return false;
    }
    followed_note(authority->secret, secret);
    return true;
}

static bool is_lost_race(const struct error *why) {
    return why->kind == ERROR_CONFLICT || why->kind == ERROR_ALREADY_EXISTS || why->kind == ERROR_NOT_FOUND;
}

/* The resource version that was read makes a write that comes second fail. */
static bool write_secret(struct authority *authority, struct arena *arena, struct json *present,
                         const struct certificate_secret *held, bool *out_is_ours, struct error *err) {
    struct kube_call call = secret_call(authority, present ? KUBE_UPDATE : KUBE_CREATE);
    struct json *secret = present ? present : new_secret(authority, arena);
    struct json *written = NULL;
    struct error why = { 0 };

    certificate_secret_write(arena, held, secret);
    call.body = secret;
    *out_is_ours = send(authority, &call, arena, &written, &why);
    if (*out_is_ours) {
        followed_note(authority->secret, written);
        return true;
    }
    if (is_lost_race(&why))
        return read_again(authority, arena, err);
    if (err)
        *err = why;
    return error_wrap(err, "Secret %s/%s", authority->namespace, authority->secret_name);
}

/* ---- serving ---- */

static void set_state(struct authority *authority, const struct rotation *rotation) {
    pthread_mutex_lock(&authority->lock);
    authority->state.is_usable = rotation->is_usable && authority->served.x509;
    authority->state.ends = authority->served.x509 ? certificate_ends(&authority->served) : 0;
    snprintf(authority->state.reason, sizeof(authority->state.reason), "%.255s", rotation->reason);
    pthread_mutex_unlock(&authority->lock);
}

/* Also one that has expired, when there is no better: a client that cares refuses it, and says so. */
static bool serve(struct authority *authority, const struct certificate_secret *held, struct error *err) {
    if (!held->serving.x509 || !held->serving.key)
        return true;
    if (authority->served.x509 && certificate_equal(&authority->served, &held->serving))
        return true;
    if (!authority->options.serve(authority->options.context, held, err))
        return false;
    certificate_clear(&authority->served);
    authority->served = certificate_share(&held->serving);
    return true;
}

/* ---- the configurations ---- */

static bool all_have(struct authority *authority, struct arena *arena, const char *bundle) {
    for (size_t i = 0; i < ARRAY_LENGTH(authority->configurations); i++) {
        struct error failure;
        if (!followed_is_known(authority->configurations[i], &failure) ||
            !bundle_is_everywhere(followed_object(authority->configurations[i], arena), bundle))
            return false;
    }
    return true;
}

static bool inject_one(struct authority *authority, struct arena *arena, struct followed *followed,
                       const char *bundle, struct error *err) {
    const struct json *configuration = followed_object(followed, arena);
    struct json *written = NULL;
    struct error why = { 0 };

    if (!configuration || bundle_is_injected(configuration) || bundle_is_everywhere(configuration, bundle))
        return true;
    struct kube_call call = { .verb = KUBE_APPLY,
                              .resource = followed_resource(followed),
                              .name = followed_name(followed),
                              .body = bundle_apply(arena, configuration, bundle),
                              .field_manager = AUTHORITY_FIELD_MANAGER,
                              .force = true,
                              .timeout_ms = AUTHORITY_CALL_MS };
    if (!send(authority, &call, arena, &written, &why)) {
        if (is_lost_race(&why)) /* it went, or came anew: the watch tells */
            return true;
        if (err)
            *err = why;
        return error_wrap(err, "%s %s", followed_resource(followed)->kind, followed_name(followed));
    }
    kube_name_kind(arena, written, followed_resource(followed));
    followed_note(followed, written);
    log_info("webhook configuration trusts the serving certificate",
             LOG_TEXT("name", followed_name(followed)));
    pthread_mutex_lock(&authority->lock);
    authority->state.injections++;
    pthread_mutex_unlock(&authority->lock);
    return true;
}

/* One that fails does not keep the others from theirs; the first reason is told. */
static bool inject(struct authority *authority, struct arena *arena, const char *bundle, struct error *err) {
    bool is_done = true;

    for (size_t i = 0; *bundle && i < ARRAY_LENGTH(authority->configurations); i++)
        if (!inject_one(authority, arena, authority->configurations[i], bundle, is_done ? err : NULL))
            is_done = false;
    return is_done;
}

/* ---- a pass ---- */

static int64_t now_seconds(const struct authority *authority) {
    return clock_wall(authority->options.clock) / NANOSECONDS_PER_SECOND;
}

static bool take_step(struct authority *authority, struct arena *arena, struct json *present,
                      struct certificate_secret *held, const struct rotation *rotation, struct error *err) {
    bool is_ours = false;

    if (!certificates_carry_out(held, rotation->act, authority->options.names, now_seconds(authority), err) ||
        !write_secret(authority, arena, present, held, &is_ours, err))
        return false;
    if (!is_ours)
        return true;
    log_info("webhook certificates rotated", LOG_TEXT("step", rotation_act_name(rotation->act)),
             LOG_TEXT("why", rotation->reason));
    pthread_mutex_lock(&authority->lock);
    authority->state.rotations++;
    pthread_mutex_unlock(&authority->lock);
    return true;
}

/* One look at the Secret, what is served from it, and one step. */
static bool look(struct authority *authority, struct rotation *out_rotation, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
    struct json *secret = followed_object(authority->secret, arena);
    struct rotation_question question = { .held = &held,
                                          .now = now_seconds(authority),
                                          .names = authority->options.names,
                                          .mode = authority->options.mode };

    certificate_secret_read(secret, &held);
    const char *bundle = certificate_secret_bundle(arena, &held);
    question.bundle_is_everywhere = all_have(authority, arena, bundle);
    *out_rotation = plan_rotation(&question);
    if (!serve(authority, &held, err))
        return false;
    set_state(authority, out_rotation);
    if (out_rotation->act != ROTATION_NOTHING)
        return take_step(authority, arena, secret, &held, out_rotation, err);
    return inject(authority, arena, bundle, err);
}

static bool pass(struct authority *authority, int64_t *out_wait_ms, struct error *err) {
    struct rotation rotation = { 0 };
    struct error why = { 0 };

    *out_wait_ms = AUTHORITY_LOOK_MS_MAX;
    if (!followed_is_known(authority->secret, &why)) {
        if (why.kind == ERROR_NONE)
            return true;
        if (err)
            *err = why;
        return false;
    }
    for (int steps = 0; steps < AUTHORITY_STEPS_MAX; steps++) {
        if (!look(authority, &rotation, err))
            return false;
        if (rotation.act == ROTATION_NOTHING) {
            if (rotation.look_in_seconds < AUTHORITY_LOOK_MS_MAX / 1000)
                *out_wait_ms = rotation.look_in_seconds * 1000;
            return true;
        }
    }
    return error_set(err, ERROR_CONFLICT, "the webhook's Secret changes under our hands");
}

static int64_t retry_ms(const struct authority *authority) {
    int64_t wait_ms = AUTHORITY_PASS_MS_MIN;

    for (unsigned i = 1; i < authority->failures && wait_ms < AUTHORITY_RETRY_MS_MAX; i++)
        wait_ms *= 2;
    return wait_ms < AUTHORITY_RETRY_MS_MAX ? wait_ms : AUTHORITY_RETRY_MS_MAX;
}

bool authority_step(struct authority *authority, int64_t *out_wait_ms, struct error *err) {
    struct error why = { 0 };

    authority->has_sent = false;
    if (pass(authority, out_wait_ms, &why)) {
        authority->failures = 0;
        if (authority->last_failure.kind != ERROR_NONE)
            log_info("webhook certificates are kept again");
        authority->last_failure = (struct error){ 0 };
        return true;
    }
    authority->failures++;
    *out_wait_ms = retry_ms(authority);
    if (!str_equal(why.text, authority->last_failure.text))
        log_warn("webhook certificates can't be kept", LOG_ERROR_FIELDS(&why));
    authority->last_failure = why;
    if (err)
        *err = why;
    return false;
}

/* ---- the thread ---- */

static void on_change(void *context) {
    struct authority *authority = context;

    pthread_mutex_lock(&authority->lock);
    authority->has_news = true;
    pthread_cond_signal(&authority->wake);
    pthread_mutex_unlock(&authority->lock);
}

static struct timespec deadline(int64_t wait_ms) {
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t nanoseconds = at.tv_nsec + wait_ms * NANOSECONDS_PER_MS;
    at.tv_sec += nanoseconds / NANOSECONDS_PER_SECOND;
    at.tv_nsec = nanoseconds % NANOSECONDS_PER_SECOND;
    return at;
}

/* Sleeps for wait_ms; news ends it early, if they may. False: the authority ends. */
static bool rest(struct authority *authority, int64_t wait_ms, bool for_news) {
    struct timespec until = deadline(wait_ms);
    bool goes_on;

    pthread_mutex_lock(&authority->lock);
    while (!authority->is_stopping && !(for_news && authority->has_news) &&
           pthread_cond_timedwait(&authority->wake, &authority->lock, &until) == 0)
        ;
    if (for_news)
        authority->has_news = false;
    goes_on = !authority->is_stopping;
    pthread_mutex_unlock(&authority->lock);
    return goes_on;
}

static void *keep(void *context) {
    struct authority *authority = context;
    int64_t wait_ms = AUTHORITY_LOOK_MS_MAX;

    while (rest(authority, wait_ms, true)) {
        (void)authority_step(authority, &wait_ms, NULL);
        if (authority->has_sent && !rest(authority, AUTHORITY_PASS_MS_MIN, false))
            break;
    }
    return NULL;
}

/* ---- life ---- */

struct authority *authority_new(const struct authority_options *options) {
    struct authority *authority = XNEW(struct authority);
    pthread_condattr_t attributes;

    authority->options = *options;
    authority->namespace = xstrdup(options->namespace);
    authority->secret_name = xstrdup(options->secret ? options->secret : AUTHORITY_SECRET);
    snprintf(authority->state.reason, sizeof(authority->state.reason), "waiting for the webhook's Secret");
    pthread_mutex_init(&authority->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&authority->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    authority->secret = followed_new(options->kube, &KUBE_SECRETS, authority->namespace,
                                     authority->secret_name, on_change, authority);
    authority->configurations[0] = followed_new(options->kube, &KUBE_VALIDATING_WEBHOOK_CONFIGURATIONS, NULL,
                                                AUTHORITY_VALIDATING, on_change, authority);
    authority->configurations[1] = followed_new(options->kube, &KUBE_MUTATING_WEBHOOK_CONFIGURATIONS, NULL,
                                                AUTHORITY_MUTATING, on_change, authority);
    return authority;
}

void authority_start(struct authority *authority) {
    ensure(!authority->has_thread);
    authority->has_thread = true;
    ensure(pthread_create(&authority->thread, NULL, keep, authority) == 0);
}

void authority_free(struct authority *authority) {
    if (!authority)
        return;
    pthread_mutex_lock(&authority->lock);
    authority->is_stopping = true;
    pthread_cond_signal(&authority->wake);
    pthread_mutex_unlock(&authority->lock);
    if (authority->has_thread)
        pthread_join(authority->thread, NULL);
    followed_free(authority->secret);
    for (size_t i = 0; i < ARRAY_LENGTH(authority->configurations); i++)
        followed_free(authority->configurations[i]);
    certificate_clear(&authority->served);
    pthread_cond_destroy(&authority->wake);
    pthread_mutex_destroy(&authority->lock);
    free(authority->namespace);
    free(authority->secret_name);
    free(authority);
}

struct authority_state authority_state(struct authority *authority) {
    struct authority_state state;

    pthread_mutex_lock(&authority->lock);
    state = authority->state;
    pthread_mutex_unlock(&authority->lock);
    return state;
}
