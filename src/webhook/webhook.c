#include "webhook/webhook.h"

#include "webhook/certificates.h"
#include "webhook/judging.h"

struct webhook {
    struct arena *arena; /* the names */
    struct admission_server *server;
    struct authority *authority;
};

/* On the authority's thread. */
static bool serve(void *context, const struct certificate_secret *held, struct error *err) {
    struct webhook *webhook = context;
    struct certificate chain[1 + SERVING_CHAIN_MAX] = { held->serving };

    memcpy(chain + 1, held->intermediates, held->intermediate_count * sizeof(chain[0]));
    return admission_server_serve(webhook->server, chain, 1 + held->intermediate_count, err);
}

/* The names go into a certificate: they must be what a Service's and a namespace's are. */
static bool check_names(const char *service, const char *namespace, struct error *err) {
    if (!certificates_is_label(service))
        return error_set(err, ERROR_INVALID, "%s is no name of a Service", service);
    if (!certificates_is_label(namespace))
        return error_set(err, ERROR_INVALID, "%s is no name of a namespace", namespace);
    return true;
}

struct webhook *webhook_start(const struct webhook_options *options, struct error *err) {
    const char *service = options->service ? options->service : WEBHOOK_SERVICE;
    CLEANUP_POINTER(webhook_free) struct webhook *webhook = NULL;

    if (!check_names(service, options->namespace, err))
        return NULL;
    webhook = XNEW(struct webhook);
    webhook->arena = arena_new();
    webhook->server = admission_server_start(
        &(struct admission_server_options){
            .address = options->address,
            .admission = { .judge = judging_by(options->judge),
                           .deletion_protection = options->deletion_protection,
                           .version = PROJECT_VERSION } },
        err);
    if (!webhook->server)
        return NULL;
    webhook->authority = authority_new(&(struct authority_options){
        .kube = options->kube,
        .clock = &clock_system,
        .namespace = options->namespace,
        .secret = options->secret,
        .names = certificates_names(webhook->arena, service, options->namespace),
        .mode = options->certificates,
        .context = webhook,
        .serve = serve,
    });
    authority_start(webhook->authority);
    return TAKE(webhook);
}

void webhook_free(struct webhook *webhook) {
    if (!webhook)
        return;
    authority_free(webhook->authority);
    admission_server_free(webhook->server);
    arena_free(webhook->arena);
    free(webhook);
}

uint16_t webhook_port(const struct webhook *webhook) {
    return admission_server_port(webhook->server);
}

bool webhook_is_ready(struct webhook *webhook, struct buffer *why_not) {
    struct authority_state state = authority_state(webhook->authority);

    if (!state.is_usable)
        buffer_printf(why_not, "the webhook has no usable certificate: %s", state.reason);
    return state.is_usable;
}

/* ---- metrics ---- */

static void head(struct buffer *out, const char *name, const char *type, const char *help) {
    buffer_printf(out, "# HELP neo4j_operator_%s %s\n# TYPE neo4j_operator_%s %s\n", name, help, name, type);
}

static void single(struct buffer *out, const char *name, const char *type, const char *help, uint64_t value) {
    head(out, name, type, help);
    buffer_printf(out, "neo4j_operator_%s %llu\n", name, (unsigned long long)value);
}

static void write_reviews(struct buffer *out, const struct admission_server_counts *counts) {
    head(out, "admission_total", "counter", "Admission reviews answered.");
    for (size_t i = 0; i < REVIEW_OPERATIONS; i++)
        for (size_t allowed = 0; allowed < 2; allowed++)
            buffer_printf(out, "neo4j_operator_admission_total{operation=\"%s\",allowed=\"%s\"} %llu\n",
                          review_operation_name((enum review_operation)i), allowed ? "true" : "false",
                          (unsigned long long)counts->reviews[i][allowed]);
}

static void write_durations(struct buffer *out, const struct admission_server_counts *counts) {
    uint64_t sum = 0;

    head(out, "admission_duration_seconds", "histogram", "Time from a whole review to its answer.");
    for (size_t i = 0; i < ADMISSION_BUCKETS; i++) {
        sum += counts->durations[i];
        buffer_printf(out, "neo4j_operator_admission_duration_seconds_bucket{le=\"%g\"} %llu\n",
                      admission_bucket_ms[i] / 1000, (unsigned long long)sum);
    }
    sum += counts->durations[ADMISSION_BUCKETS];
    buffer_printf(out,
                  "neo4j_operator_admission_duration_seconds_bucket{le=\"+Inf\"} %llu\n"
                  "neo4j_operator_admission_duration_seconds_sum %.9f\n"
                  "neo4j_operator_admission_duration_seconds_count %llu\n",
                  (unsigned long long)sum, (double)counts->duration_ns / (double)NANOSECONDS_PER_SECOND,
                  (unsigned long long)sum);
}

void webhook_write_metrics(struct webhook *webhook, struct buffer *out) {
    struct authority_state state = authority_state(webhook->authority);
    struct admission_server_counts counts;

    admission_server_count(webhook->server, &counts);
    write_reviews(out, &counts);
    write_durations(out, &counts);
    single(out, "admission_requests_refused_total", "counter",
           "Requests to the webhook that were no reviews.", counts.refused_requests);
    single(out, "webhook_connections_total", "counter", "Connections to the webhook.", counts.connections);
    single(out, "webhook_connections_cut_off_total", "counter",
           "Connections that were too slow, too many, or sent too much.", counts.cut_off);
    single(out, "webhook_connections", "gauge", "Connections to the webhook that are open.",
           counts.connections_now);
    single(out, "webhook_certificate_expiry_timestamp_seconds", "gauge",
           "When the serving certificate ends; 0: there is none.", (uint64_t)state.ends);
    single(out, "webhook_certificate_rotations_total", "counter",
           "Steps of the webhook's certificates carried out.", state.rotations);
    single(out, "webhook_bundle_writes_total", "counter", "Webhook configurations given the right caBundle.",
           state.injections);
}
