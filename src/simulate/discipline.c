#include "simulate/discipline.h"

#include "kube/events.h"
#include "simulate/strangers.h"

enum { TALLIES_MAX = 128 };

/* What has been counted of late, in the state of an invariant. The one that began first makes room. */
struct tally {
    char *what;
    int64_t since_ns;
    size_t count;
};

struct tallies {
    struct tally items[TALLIES_MAX];
    size_t next;
};

static struct tally *find(struct tallies *tallies, const char *what) {
    for (size_t i = 0; i < TALLIES_MAX; i++)
        if (tallies->items[i].what && str_equal(tallies->items[i].what, what))
            return &tallies->items[i];
    struct tally *tally = &tallies->items[tallies->next++ % TALLIES_MAX];
    free(tally->what);
    *tally = (struct tally){ .what = xstrdup(what), .since_ns = INT64_MIN / 2 };
    return tally;
}

static void free_tallies(void *state) {
    struct tallies *tallies = state;

    for (size_t i = 0; i < TALLIES_MAX; i++)
        free(tallies->items[i].what);
    free(tallies);
}

/* How often it has been counted within the time, this once included. */
static size_t count(struct run *run, const struct invariant *self, const char *what, int64_t within_ns) {
    struct run_state *state = invariant_state(run, self);

    if (!state->data)
        *state = (struct run_state){ XNEW(struct tallies), free_tallies };
    struct tally *tally = find(state->data, what);
    if (universe_now(run->universe) - tally->since_ns > within_ns) {
        tally->since_ns = universe_now(run->universe);
        tally->count = 0;
    }
    return ++tally->count;
}

/* Calls are of operators that come and go: each begins with short delays. */
void discipline_wait_to_retry(struct run *run, const struct invariant *self, const char *call) {
    CLEANUP_FREE char *what = xprintf("%zu %s", run->operator_serial, call);

    if (count(run, self, what, NANOSECONDS_PER_SECOND) > DISCIPLINE_FAILURES_A_SECOND)
        run_break(run, self, "%s failed more than %d times within a second", call,
                  DISCIPLINE_FAILURES_A_SECOND);
}

void discipline_keep_calm(struct run *run, const struct invariant *self, const struct kube_call *call) {
    CLEANUP_FREE char *what =
        xprintf("%zu %d %s/%s %s", run->operator_serial, (int)call->verb, call->resource->plural,
                call->subresource ? call->subresource : "", call->name ? call->name : "");

    if (count(run, self, what, NANOSECONDS_PER_SECOND) > DISCIPLINE_CALLS_A_SECOND)
        run_break(run, self, "%s %s was called for more than %d times within a second",
                  call->resource->plural, call->name ? call->name : "", DISCIPLINE_CALLS_A_SECOND);
}

void discipline_tell_once(struct run *run, const struct invariant *self, const struct store_event *event) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (!str_equal(event->collection, "events") || event->type == STORE_DELETED)
        return;
    const struct json *told = store_value_parse(arena, event->value);
    if (str_equal(json_string_at(told, "reportingController", ""), EVENTS_CONTROLLER) &&
        count(run, self, event->value->key, 10 * 60 * NANOSECONDS_PER_SECOND) > DISCIPLINE_SAME_EVENTS)
        run_break(run, self, "the event %s was told more than %d times within ten minutes: %s",
                  json_string_at(told, "reason", ""), DISCIPLINE_SAME_EVENTS,
                  json_string_at(told, "note", ""));
}

static bool is_foreign(const struct json *object) {
    return str_equal(json_string(json_get(json_at(object, "metadata.labels"), STRANGER_LABEL), ""),
                     STRANGER_VALUE);
}

void discipline_leave_others(struct run *run, const struct invariant *self, const struct kube_call *call) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct kube_resource *resource = call->resource;
    CLEANUP_FREE char *collection =
        xprintf("%s%s%s", resource->plural, *resource->group ? "." : "", resource->group);
    const char *uid = call->body ? json_string_at(call->body, "metadata.uid", NULL) : call->precondition_uid;
    const char *version = call->body ? json_string_at(call->body, "metadata.resourceVersion", NULL)
                                     : call->precondition_resource_version;

    if (!invariant_is_change(call->verb) || !call->name)
        return;
    const struct json *live = invariant_object(run, arena, collection, call->namespace, call->name);
    if (is_foreign(live) && !invariant_is_refused(live, uid, version))
        run_break(run, self, "the operator changes %s %s, which somebody else made", resource->plural,
                  call->name);
}
