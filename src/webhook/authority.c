/* A pass looks at what the watches have shown, and works on it alone: plan, carry out, write, look again,
 * until the plan asks for nothing. */
#include "webhook/authority.h"

#include "base/log.h"
#include "webhook/certificates.h"
#include "webhook/injector.h"
#include "webhook/kept_secret.h"
#include "webhook/pace.h"

#include <pthread.h>
#include <time.h>

struct authority {
    struct authority_options options;
    char *namespace;
    char *secret_name;
    struct kept_secret *secret;
    struct injector *injector;

    /* of the stepping thread */
    struct certificate served; /* x509 NULL: none yet */
    bool has_sent;             /* a request, in the present pass */
    struct pace pace;
    bool is_slowed;
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

/* ---- serving ---- */

static void set_state(struct authority *authority, const struct rotation *rotation) {
    pthread_mutex_lock(&authority->lock);
    authority->state.is_usable = rotation->is_usable && authority->served.x509;
    authority->state.ends = authority->served.x509 ? certificate_ends(&authority->served) : 0;
    snprintf(authority->state.reason, sizeof(authority->state.reason), "%.*s",
             (int)sizeof(authority->state.reason) - 1, rotation->reason);
    pthread_mutex_unlock(&authority->lock);
}

/* While nothing usable is served, readiness tells what is in the way. */
static void set_failure(struct authority *authority, const struct error *why) {
    pthread_mutex_lock(&authority->lock);
    if (!authority->state.is_usable)
        snprintf(authority->state.reason, sizeof(authority->state.reason), "%.*s",
                 (int)sizeof(authority->state.reason) - 1, why->text);
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

/* ---- a pass ---- */

static int64_t now_seconds(const struct authority *authority) {
    return clock_wall(authority->options.clock) / NANOSECONDS_PER_SECOND;
}

static bool take_step(struct authority *authority, struct arena *arena, struct json *present,
                      struct certificate_secret *held, const struct rotation *rotation, struct error *err) {
    bool is_ours = false;

    if (!certificates_carry_out(held, rotation->act, authority->options.names, now_seconds(authority), err))
        return false;
    authority->has_sent = true;
    if (!kept_secret_write(authority->secret, arena, present, held, &is_ours, err))
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

static bool inject(struct authority *authority, const char *bundle, struct error *err) {
    struct injector_outcome outcome;
    bool is_done = injector_inject(authority->injector, bundle, &outcome, err);

    authority->has_sent |= outcome.has_sent;
    pthread_mutex_lock(&authority->lock);
    authority->state.injections += outcome.mended;
    pthread_mutex_unlock(&authority->lock);
    return is_done;
}

/* Whose Secret is not the one that we were told it is, has to be told: nobody renews it for us. */
static bool check_owner(const struct authority *authority, const struct certificate_secret *held,
                        struct error *err) {
    if (authority->options.mode != CERTIFICATES_OWN || !held->foreign)
        return true;
    return error_set(err, ERROR_INVALID, "Secret %s/%s is left as it is: %s", authority->namespace,
                     authority->secret_name, held->foreign);
}

/* One look at the Secret, what is served from it, and one step. */
static bool look(struct authority *authority, struct rotation *out_rotation, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
    struct json *secret = kept_secret_object(authority->secret, arena);
    struct rotation_question question = { .held = &held,
                                          .now = now_seconds(authority),
                                          .names = authority->options.names,
                                          .mode = authority->options.mode };

    certificate_secret_read(secret, &held);
    const char *bundle = certificate_secret_bundle(arena, &held);
    question.bundle_is_everywhere = injector_is_done(authority->injector, bundle);
    *out_rotation = plan_rotation(&question);
    if (!serve(authority, &held, err))
        return false;
    set_state(authority, out_rotation);
    if (out_rotation->act != ROTATION_NOTHING)
        return take_step(authority, arena, secret, &held, out_rotation, err);
    return inject(authority, bundle, err) && check_owner(authority, &held, err);
}

static bool pass(struct authority *authority, int64_t *out_wait_ms, struct error *err) {
    struct rotation rotation = { 0 };
    struct error why = { 0 };

    *out_wait_ms = AUTHORITY_LOOK_MS_MAX;
    if (!kept_secret_is_known(authority->secret, &why)) {
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
    int64_t wait_ms = AUTHORITY_RETRY_MS_MIN;

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
    set_failure(authority, &why);
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

/* After a pass that sent something. */
static int64_t pause_ms(struct authority *authority) {
    int64_t now_ms = clock_monotonic(authority->options.clock) / NANOSECONDS_PER_MS;
    int64_t rest_ms = pace_rest_ms(&authority->pace, now_ms);
    bool is_slowed = rest_ms > PACE_REST_MS_MIN;

    if (is_slowed && !authority->is_slowed)
        log_warn(
            "what is written for the webhooks is undone again and again: is there another operator, with "
            "another Service or clock, or a tool that puts caBundle back?",
            LOG_TEXT("secret", authority->secret_name));
    authority->is_slowed = is_slowed;
    return rest_ms;
}

static void *keep(void *context) {
    struct authority *authority = context;
    int64_t wait_ms = AUTHORITY_LOOK_MS_MAX;

    while (rest(authority, wait_ms, true)) {
        (void)authority_step(authority, &wait_ms, NULL);
        if (authority->has_sent && !rest(authority, pause_ms(authority), false))
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
    authority->secret =
        kept_secret_new(options->kube, authority->namespace, authority->secret_name, on_change, authority);
    authority->injector = injector_new(options->kube, on_change, authority);
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
    kept_secret_free(authority->secret);
    injector_free(authority->injector);
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
