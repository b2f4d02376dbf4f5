/* Events: what the operator tells people about an object, as events.k8s.io/v1 Events.
 *
 * The same event again (same object, type, reason, action and note) does not make a new object: it becomes a
 * series, whose count and last time are patched. Names are made from the content, so this holds across
 * restarts of the operator too. Each object has a budget of events (a burst of 25, then one in 5 min), as in
 * client-go. After a write that failed for want of an API server, events are dropped for a while, so that
 * telling never delays the work. Each call makes at most two short API calls (EVENTS_TIMEOUT_MS each).
 * Safe for any number of threads.
 */
#pragma once

#include "base/clock.h"
#include "kube/kube.h"

enum {
    EVENTS_TIMEOUT_MS = 2000,
    EVENTS_NOTE_BYTES_MAX = 1024, /* the API's own limit */
    EVENTS_REMEMBERED_MAX =
        1024, /* series that are counted at a time; the one used longest ago is forgotten */
};

#define EVENTS_CONTROLLER "neo4j.neo4j.com/operator"

struct events;

/* instance: the pod's name, copied. kube and clock must outlive it. */
struct events *events_new(struct kube *kube, const struct clock *clock, const char *instance);
void events_free(struct events *events);
DEFINE_CLEANUP(struct events, events_free);

enum event_type { EVENT_NORMAL, EVENT_WARNING };

struct event {
    /* What it is about: an object with apiVersion, kind, metadata.name, namespace and uid. */
    const struct json *regarding;
    enum event_type type;
    const char *reason; /* one word in CamelCase: why, for machines */
    const char *action; /* one word: what was done or tried; NULL: "Reconcile" */
    const char *note;   /* for people; cut at EVENTS_NOTE_BYTES_MAX */
};

/* False with the reason when the event could not be told; true also when the budget or a pause dropped it.
 * Nothing needs doing but a log line. */
bool events_tell(struct events *events, const struct event *event, struct error *err);

struct events_counts {
    uint64_t created;
    uint64_t patched;
    uint64_t dropped; /* by the budget or during a pause */
    uint64_t failed;
};
void events_count(struct events *events, struct events_counts *out_counts);
