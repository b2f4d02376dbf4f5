/* Client: the kube port over HTTPS.
 *
 * One network thread (kube/http.h) owns all connections and serves all watches; callers from any number of
 * threads block until their call is answered or its deadline passes. Watcher functions run on the network
 * thread. Answers come without metadata.managedFields.
 *
 * Errors: the API's Status becomes the text, with its causes. A 429 is waited for within the call's deadline,
 * else it is ERROR_THROTTLED with retry_after_seconds. When a write got no answer, outcome_unknown is set.
 */
#pragma once

#include "base/clock.h"
#include "kube/kube.h"
#include "kube/kubeconfig.h"

struct kube_client_options {
    const struct clock *clock; /* NULL: the system's */
    const char *user_agent;    /* NULL: "neo4j-operator/VERSION" */
    unsigned connections_max;  /* for calls, beside one for each watch; 0: KUBE_CLIENT_CONNECTIONS_MAX */
    unsigned watch_seconds;    /* how long one watch request lasts; 0: KUBE_CLIENT_WATCH_SECONDS */
    int watch_retry_ms_max;    /* 0: KUBE_CLIENT_WATCH_RETRY_MS_MAX */
};

enum {
    KUBE_CLIENT_CONNECTIONS_MAX = 8,
    KUBE_CLIENT_WATCH_SECONDS = 290,
    KUBE_CLIENT_WATCH_RETRY_MS_MAX = 30000,
};

/* Copies what it needs from config. No connection is made before the first call. NULL when the configuration
 * can't be used. */
struct kube *kube_client_new(const struct kubeconfig *config, const struct kube_client_options *options,
                             struct error *err);
/* Stops all watches and ends the network thread. No call may be running. */
void kube_client_free(struct kube *kube);
DEFINE_CLEANUP(struct kube, kube_client_free);

/* For metrics. Totals only grow. */
struct kube_client_counts {
    uint64_t
        requests[KUBE_DELETE + 1]; /* by verb, with the lists of watches; what is repeated counts each time */
    uint64_t watches;              /* watch requests sent */
    uint64_t watch_events;
    uint64_t failures; /* requests without a 2xx answer */
    uint64_t throttled;
    uint64_t connections; /* opened */
};
void kube_client_count(struct kube *kube, struct kube_client_counts *out_counts);
