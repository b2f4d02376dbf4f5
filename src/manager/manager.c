#include "manager/manager.h"

#include "base/encoding.h"
#include "base/log.h"
#include "controllers/controllers.h"
#include "controllers/engine.h"
#include "kube/client.h"
#include "kube/lease.h"
#include "manager/health.h"
#include "manager/metrics.h"
#include "neo4j/client.h"
#include "webhook/webhook.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_UNUSABLE = 1, EXIT_LOST_LEAD = 3 };
enum { LOOK_MS = 1000 };

/* What the signal thread watches over. */
struct manager {
    const struct manager_options *options;
    struct kube *kube;
    struct neo4j_client *neo4j;
    struct events *events;
    struct engine *engine;
    struct lease *lease;
    struct webhook *webhook;         /* NULL: none is served */
    struct error last_failure;       /* of a watch, as logged */
    struct error last_lease_failure; /* the same */
    int64_t lease_due_ns;            /* when to renew or to try for it next: monotonic */
    atomic_bool is_leading;          /* read by the health server's thread */
    bool is_synced;
    int64_t tidied_ns;    /* when memory was last given back, or the first lists were there: monotonic */
    uint64_t tidied_work; /* what had been done until memory was last given back */
};

static bool is_ready(void *context, struct buffer *why_not) {
    const struct manager *manager = context;
    struct error failure;

    /* An API server asks every replica that is ready. */
    if (manager->webhook && !webhook_is_ready(manager->webhook, why_not))
        return false;
    /* Standing by is what a second replica is for: a Deployment that waits for it would never roll. */
    if (engine_is_synced(manager->engine) || (manager->lease && !atomic_load(&manager->is_leading)))
        return true;
    if (engine_watch_failure(manager->engine, &failure))
        buffer_add_string(why_not, failure.text);
    else
        buffer_add_string(why_not, "waiting for the first lists");
    return false;
}

static void write_metrics(void *context, struct buffer *out) {
    const struct manager *manager = context;

    metrics_write(out, manager->engine, manager->kube, manager->events, manager->neo4j);
    if (manager->webhook)
        webhook_write_metrics(manager->webhook, out);
}

const char *const *manager_namespaces(struct arena *arena, const char *list) {
    struct text rest = text_from(str_empty(list) ? "" : list);
    size_t count = 0;
    const char **names = ARENA_ARRAY(arena, const char *, rest.length + 2);

    while (rest.data) {
        struct text name = text_trim(text_cut(&rest, ','));
        bool is_known = !name.length;
        for (size_t i = 0; i < count; i++)
            is_known |= text_is(name, names[i]);
        if (!is_known)
            names[count++] = arena_strndup(arena, name.data, name.length);
    }
    return count ? names : NULL;
}

/* Says once what keeps the watches from working, and once that they do again. */
static void log_watch_state(struct manager *manager) {
    struct error failure = { 0 };
    bool has_failed = engine_watch_failure(manager->engine, &failure);

    if (has_failed && !str_equal(failure.text, manager->last_failure.text))
        log_warn("waiting for the API server", LOG_ERROR_FIELDS(&failure));
    if (!has_failed && manager->last_failure.kind != ERROR_NONE)
        log_info("the API server answers again");
    manager->last_failure = has_failed ? failure : (struct error){ 0 };
    if (!manager->is_synced && engine_is_synced(manager->engine)) {
        manager->is_synced = true;
        manager->tidied_ns = clock_monotonic(&clock_system);
        log_info("watching", LOG_INTEGER("workers", manager->options->workers));
    }
}

enum { TIDY_SECONDS = 5 };

/* Passes, and changes that led to none: those of objects that concern no cluster. */
static uint64_t work_done(const struct manager *manager) {
    struct kube_client_counts counts = { 0 };

    kube_client_count(manager->kube, &counts);
    return engine_counts(manager->engine).passes + counts.watch_events;
}

/* What starting, each pass and each change need for a moment is most of what the process would otherwise
 * keep. At rest there is nothing to give back, and nothing is done. */
static void tidy_memory(struct manager *manager) {
    int64_t now_ns = clock_monotonic(&clock_system);
    uint64_t work = work_done(manager);

    if (!manager->is_synced || now_ns - manager->tidied_ns < TIDY_SECONDS * NANOSECONDS_PER_SECOND ||
        work == manager->tidied_work)
        return;
    memory_give_back();
    manager->tidied_ns = now_ns;
    manager->tidied_work = work;
}

/* At its times only, whatever else the process wakes up for: each renewal is a write. */
static void step_lease(struct manager *manager) {
    struct error err = { 0 };
    int64_t wait_ms;

    if (clock_monotonic(&clock_system) < manager->lease_due_ns)
        return;
    if (!lease_step(manager->lease, &wait_ms, &err) && !str_equal(err.text, manager->last_lease_failure.text))
        log_warn("the lease can't be renewed", LOG_ERROR_FIELDS(&err));
    manager->last_lease_failure = err;
    manager->lease_due_ns = clock_monotonic(&clock_system) + wait_ms * NANOSECONDS_PER_MS;
}

/* Takes or keeps the lead. False when it was lost, and the process must end: another may be at work already.
 */
static bool keep_lead(struct manager *manager) {
    if (!manager->lease) {
        if (!manager->is_leading)
            engine_start(manager->engine);
        manager->is_leading = true;
        return true;
    }
    step_lease(manager);
    bool leads = lease_is_leader(manager->lease);
    if (leads && !manager->is_leading) {
        log_info("leading");
        engine_start(manager->engine);
        manager->is_leading = true;
    }
    return leads || !manager->is_leading;
}

static int64_t until_next_look_ns(const struct manager *manager) {
    int64_t look_ns = LOOK_MS * NANOSECONDS_PER_MS;
    int64_t lease_ns = manager->lease_due_ns - clock_monotonic(&clock_system);

    return !manager->lease || lease_ns > look_ns ? look_ns : lease_ns > 0 ? lease_ns : 0;
}

static int watch_over(struct manager *manager, const sigset_t *signals) {
    for (;;) {
        if (!keep_lead(manager)) {
            log_error("the lead was lost; ending, so that nothing is done twice");
            return EXIT_LOST_LEAD;
        }
        if (manager->is_leading)
            log_watch_state(manager);
        tidy_memory(manager);
        int64_t wait_ns = until_next_look_ns(manager);
        struct timespec timeout = { .tv_sec = wait_ns / NANOSECONDS_PER_SECOND,
                                    .tv_nsec = wait_ns % NANOSECONDS_PER_SECOND };
        int signal_number = sigtimedwait(signals, NULL, &timeout);
        if (signal_number > 0) {
            log_info("ending", LOG_TEXT("signal", strsignal(signal_number)));
            return EXIT_SUCCESS;
        }
    }
}

static char *instance_name(struct arena *arena) {
    char host[256] = "";

    if (gethostname(host, sizeof(host) - 1) < 0 || !*host)
        return arena_strdup(arena, "neo4j-operator");
    return arena_strdup(arena, host);
}

/* Before the first thread: all others inherit it, so that signals come to this one. A peer that hangs up is
 * an error of that connection. */
static void take_signals(sigset_t *out_signals) {
    sigemptyset(out_signals);
    sigaddset(out_signals, SIGTERM);
    sigaddset(out_signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, out_signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* NULL with nothing said when none is wanted. */
static bool open_webhook(struct manager *manager, struct judge *judge, const char *namespace,
                         struct webhook **out_webhook) {
    const struct manager_options *options = manager->options;
    struct error err = { 0 };

    if (!options->webhook_address)
        return true;
    *out_webhook =
        webhook_start(&(struct webhook_options){ .kube = manager->kube,
                                                 .judge = judge,
                                                 .address = options->webhook_address,
                                                 .namespace = namespace,
                                                 .service = options->webhook_service,
                                                 .secret = options->webhook_secret,
                                                 .certificates = options->webhook_certificates,
                                                 .deletion_protection = options->deletion_protection },
                      &err);
    manager->webhook = *out_webhook;
    if (!*out_webhook)
        log_error("the webhooks can't be served", LOG_ERROR_FIELDS(&err));
    return *out_webhook;
}

/* As open_webhook(). */
static bool open_health(struct manager *manager, struct health **out_health) {
    struct error err = { 0 };

    if (!manager->options->health_address)
        return true;
    *out_health = health_start(manager->options->health_address,
                               &(struct health_source){ manager, is_ready, write_metrics }, &err);
    if (!*out_health)
        log_error("health can't be served", LOG_ERROR_FIELDS(&err));
    return *out_health;
}

static struct lease *new_lease(struct arena *arena, struct kube *kube, const char *namespace,
                               const char *instance) {
    return lease_new(
        kube, &clock_system,
        &(struct lease_options){ .namespace = namespace,
                                 .identity = arena_printf(arena, "%s_%s", instance, uuid_new(arena)) });
}

/* Serves, and works, until a signal comes. */
static int serve(struct manager *manager, struct judge *judge, const char *namespace,
                 const sigset_t *signals) {
    CLEANUP_POINTER(webhook_free) struct webhook *webhook = NULL;
    CLEANUP_POINTER(health_stop) struct health *health = NULL;
    struct error err = { 0 };

    if (!open_webhook(manager, judge, namespace, &webhook) || !open_health(manager, &health))
        return EXIT_UNUSABLE;
    int status = watch_over(manager, signals);
    engine_stop(manager->engine);
    if (manager->lease)
        (void)lease_release(manager->lease, &err);
    return status;
}

/* Runs the controllers against an API server until a signal comes. */
static int work(const struct manager_options *options, const struct kubeconfig *config, struct kube *kube,
                const sigset_t *signals) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *instance = instance_name(arena);
    const char *namespace = config->namespace ? config->namespace : "default";
    CLEANUP_POINTER(neo4j_client_free)
    struct neo4j_client *neo4j_client =
        neo4j_client_new(&(struct neo4j_client_options){ .user_agent = "neo4j-operator/" PROJECT_VERSION });
    CLEANUP_POINTER(events_free) struct events *events = events_new(kube, &clock_system, instance);
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    CLEANUP_POINTER(engine_free)
    struct engine *engine =
        engine_new(&(struct engine_options){ .kube = kube,
                                             .neo4j = neo4j_client_port(neo4j_client),
                                             .clock = &clock_system,
                                             .controllers = controllers_all,
                                             .namespaces = manager_namespaces(arena, options->namespaces),
                                             .workers = options->workers,
                                             .events = events,
                                             .judge = judge });
    CLEANUP_POINTER(lease_free)
    struct lease *lease = options->leader_elect ? new_lease(arena, kube, namespace, instance) : NULL;
    struct manager manager = { .options = options,
                               .kube = kube,
                               .neo4j = neo4j_client,
                               .events = events,
                               .engine = engine,
                               .lease = lease,
                               .tidied_work = UINT64_MAX };

    return serve(&manager, judge, namespace, signals);
}

int manager_run(const struct manager_options *options) {
    struct error err = { 0 };
    sigset_t signals;

    memory_share_heap();
    take_signals(&signals);
    CLEANUP_POINTER(kubeconfig_free)
    struct kubeconfig *config = kubeconfig_find(
        &(struct kubeconfig_options){ .paths = options->kubeconfig, .context = options->context }, &err);
    if (!config) {
        log_error("no usable configuration for the API server", LOG_ERROR_FIELDS(&err));
        return EXIT_UNUSABLE;
    }
    if (config->insecure_skip_tls_verify)
        log_warn("the API server's certificate is not verified: insecure-skip-tls-verify is set");
    CLEANUP_POINTER(kube_client_free) struct kube *kube = kube_client_new(config, NULL, &err);
    if (!kube) {
        log_error("no usable configuration for the API server", LOG_ERROR_FIELDS(&err));
        return EXIT_UNUSABLE;
    }
    log_info("starting", LOG_TEXT("version", PROJECT_VERSION), LOG_TEXT("server", config->server),
             LOG_TEXT("namespaces", str_empty(options->namespaces) ? NULL : options->namespaces));
    return work(options, config, kube, &signals);
}
