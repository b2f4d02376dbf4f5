#include "manager/metrics.h"

#include "kube/client.h"

#include <malloc.h>

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

void metrics_write(struct buffer *out, struct engine *engine, struct kube *kube, struct events *events) {
    struct engine_counts passes = engine_counts(engine);
    struct kube_client_counts requests;
    struct events_counts told;

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
}

void metrics_trim_memory(void) {
    malloc_trim(0);
}
