#include "manager/metrics.h"

#include "kube/client.h"

static void counter(struct buffer *out, const char *name, const char *help, uint64_t value) {
    buffer_printf(out,
                  "# HELP neo4j_operator_%s %s\n# TYPE neo4j_operator_%s counter\nneo4j_operator_%s %llu\n",
                  name, help, name, name, (unsigned long long)value);
}

static void write_requests(struct buffer *out, const struct kube_client_counts *counts) {
    static const char *const verbs[] = {
        [KUBE_GET] = "get",       [KUBE_LIST] = "list",   [KUBE_CREATE] = "create",
        [KUBE_UPDATE] = "update", [KUBE_APPLY] = "apply", [KUBE_MERGE_PATCH] = "patch",
        [KUBE_DELETE] = "delete",
    };

    buffer_add_string(out, "# HELP neo4j_operator_api_requests_total Requests sent to the API server.\n"
                           "# TYPE neo4j_operator_api_requests_total counter\n");
    for (size_t i = 0; i < ARRAY_LENGTH(verbs); i++)
        buffer_printf(out, "neo4j_operator_api_requests_total{verb=\"%s\"} %llu\n", verbs[i],
                      (unsigned long long)counts->requests[i]);
    buffer_printf(out, "neo4j_operator_api_requests_total{verb=\"watch\"} %llu\n",
                  (unsigned long long)counts->watches);
}

static void write_connections(struct buffer *out, const struct bolt_pool_counts *counts) {
    buffer_printf(
        out,
        "# HELP neo4j_operator_bolt_connections Connections to Neo4j servers.\n"
        "# TYPE neo4j_operator_bolt_connections gauge\n"
        "neo4j_operator_bolt_connections{state=\"idle\"} %zu\n"
        "neo4j_operator_bolt_connections{state=\"in_use\"} %zu\n"
        "# HELP neo4j_operator_bolt_waiting Calls that wait for a connection.\n"
        "# TYPE neo4j_operator_bolt_waiting gauge\nneo4j_operator_bolt_waiting %zu\n"
        "# HELP neo4j_operator_bolt_breakers_open Servers left alone because they can't be reached.\n"
        "# TYPE neo4j_operator_bolt_breakers_open gauge\nneo4j_operator_bolt_breakers_open %zu\n",
        counts->idle, counts->in_use, counts->waiting, counts->breakers_open);
    counter(out, "bolt_opened_total", "Connections opened to Neo4j servers.", counts->opened);
    counter(out, "bolt_closed_total", "Connections closed.", counts->closed);
    counter(out, "bolt_reused_total", "Calls that used an open connection.", counts->reused);
    counter(out, "bolt_relogged_total", "Of those, with another password.", counts->relogged);
    counter(out, "bolt_failures_total", "Attempts to connect or log in that failed.", counts->failed);
    counter(out, "bolt_refused_total", "Calls turned away because the server can't be reached.",
            counts->refused);
}

void metrics_write(struct buffer *out, struct engine *engine, struct kube *kube, struct events *events,
                   struct neo4j_client *neo4j) {
    struct engine_counts passes = engine_counts(engine);
    struct kube_client_counts requests;
    struct events_counts told;
    struct bolt_pool_counts connections = neo4j_client_counts(neo4j);

    kube_client_count(kube, &requests);
    events_count(events, &told);
    write_requests(out, &requests);
    counter(out, "api_watch_events_total", "Events received on watches.", requests.watch_events);
    counter(out, "api_failures_total", "Requests that the API server did not answer with success.",
            requests.failures);
    counter(out, "reconcile_total", "Reconcile passes.", passes.passes);
    counter(out, "reconcile_failures_total", "Reconcile passes that failed.", passes.failures);
    counter(out, "steps_total", "Steps of plans that sent something.", passes.steps);
    counter(out, "status_writes_total", "Statuses written.", passes.status_writes);
    counter(out, "events_created_total", "Events recorded.", told.created);
    counter(out, "events_dropped_total", "Events dropped by their budget or while the API server was away.",
            told.dropped);
    write_connections(out, &connections);
}
