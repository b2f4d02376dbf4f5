/* Source: client-go, tools/leaderelection: a record is judged by when we saw it change, not by its times,
 * because clocks differ between nodes.
 */
#include "kube/lease.h"

#include "base/time.h"

#include <pthread.h>

enum { DURATION_MS = 15000, RENEW_DEADLINE_MS = 10000, RETRY_MS = 2000 };

struct lease {
    struct kube *kube;
    const struct clock *clock;
    char *namespace;
    char *name;
    char *identity;
    int duration_ms;
    int renew_deadline_ms;
    int retry_ms;

    /* what was seen last; the stepping thread's */
    char *seen_version; /* resource version */
    int64_t seen_at_ns; /* when it changed, monotonic */
    int64_t seen_duration_ms;
    char *own_record; /* as we wrote it last, JSON; NULL: not ours, or changed since */

    pthread_mutex_t lock; /* guards all below */
    char *holder;         /* NULL: nobody */
    bool is_leader;
    int64_t renewed_at_ns;
};

struct lease *lease_new(struct kube *kube, const struct clock *clock, const struct lease_options *options) {
    struct lease *lease = XNEW(struct lease);

    ensure(options->namespace && options->identity);
    lease->kube = kube;
    lease->clock = clock;
    lease->namespace = xstrdup(options->namespace);
    lease->name = xstrdup(options->name ? options->name : LEASE_NAME);
    lease->identity = xstrdup(options->identity);
    lease->duration_ms = options->duration_ms ? options->duration_ms : DURATION_MS;
    lease->renew_deadline_ms = options->renew_deadline_ms ? options->renew_deadline_ms : RENEW_DEADLINE_MS;
    lease->retry_ms = options->retry_ms ? options->retry_ms : RETRY_MS;
    ensure(lease->retry_ms < lease->renew_deadline_ms && lease->renew_deadline_ms < lease->duration_ms);
    pthread_mutex_init(&lease->lock, NULL);
    return lease;
}

void lease_free(struct lease *lease) {
    if (!lease)
        return;
    pthread_mutex_destroy(&lease->lock);
    free(lease->namespace);
    free(lease->name);
    free(lease->identity);
    free(lease->seen_version);
    free(lease->own_record);
    free(lease->holder);
    free(lease);
}

static int64_t now_ns(const struct lease *lease) {
    return clock_monotonic(lease->clock);
}

/* ---- what is known ---- */

static bool is_leader_locked(const struct lease *lease) {
    return lease->is_leader &&
           now_ns(lease) - lease->renewed_at_ns < lease->renew_deadline_ms * NANOSECONDS_PER_MS;
}

bool lease_is_leader(struct lease *lease) {
    bool is_leader;

    pthread_mutex_lock(&lease->lock);
    is_leader = is_leader_locked(lease);
    pthread_mutex_unlock(&lease->lock);
    return is_leader;
}

char *lease_holder(struct lease *lease, struct arena *arena) {
    char *holder;

    pthread_mutex_lock(&lease->lock);
    holder = lease->holder ? arena_strdup(arena, lease->holder) : NULL;
    pthread_mutex_unlock(&lease->lock);
    return holder;
}

/* began_ns: when the request that made us leader was sent. The lease may be counted from then at the server.
 */
static void note_holder(struct lease *lease, const char *holder, int64_t began_ns) {
    bool is_us = str_equal(holder, lease->identity);

    pthread_mutex_lock(&lease->lock);
    free(lease->holder);
    lease->holder = str_empty(holder) ? NULL : xstrdup(holder);
    lease->is_leader = is_us;
    if (is_us)
        lease->renewed_at_ns = began_ns;
    pthread_mutex_unlock(&lease->lock);
}

/* Takes the record's change for a sign of life of its holder. */
static void note_record(struct lease *lease, const struct json *record) {
    const char *version = json_string_at(record, "metadata.resourceVersion", "");

    lease->seen_duration_ms = json_integer_at(record, "spec.leaseDurationSeconds", 0) * 1000;
    if (str_equal(version, lease->seen_version))
        return;
    free(lease->seen_version);
    lease->seen_version = xstrdup(version);
    lease->seen_at_ns = now_ns(lease);
}

static bool is_free(const struct lease *lease, const struct json *record) {
    return str_empty(json_string_at(record, "spec.holderIdentity", NULL)) ||
           now_ns(lease) - lease->seen_at_ns >= lease->seen_duration_ms * NANOSECONDS_PER_MS;
}

/* ---- writing ---- */

static struct json *make_record(const struct lease *lease, struct arena *arena) {
    struct json *record = json_new_object(arena);
    struct json *metadata;

    json_set_string(arena, record, "apiVersion", "coordination.k8s.io/v1");
    json_set_string(arena, record, "kind", "Lease");
    metadata = json_set_object(arena, record, "metadata");
    json_set_string(arena, metadata, "name", lease->name);
    json_set_string(arena, metadata, "namespace", lease->namespace);
    return record;
}

/* Fills in that we hold it from now on. */
static void claim(const struct lease *lease, struct arena *arena, struct json *record) {
    struct json *spec = json_ensure_object(arena, record, "spec");
    bool is_ours = str_equal(json_string(json_get(spec, "holderIdentity"), NULL), lease->identity);
    const char *now = time_format_micro(arena, clock_wall(lease->clock));

    if (!is_ours) {
        int64_t transitions = json_integer(json_get(spec, "leaseTransitions"), -1);
        json_set_integer(arena, spec, "leaseTransitions", transitions + 1);
        json_set_string(arena, spec, "acquireTime", now);
        json_set_string(arena, spec, "holderIdentity", lease->identity);
    }
    json_set_integer(arena, spec, "leaseDurationSeconds", (lease->duration_ms + 999) / 1000);
    json_set_string(arena, spec, "renewTime", now);
}

/* The resource version in record makes a write that comes second fail. */
static bool write_record(struct lease *lease, struct arena *arena, enum kube_verb verb, struct json *record,
                         struct error *err) {
    struct json *written = NULL;
    struct kube_call call = { .verb = verb,
                              .resource = &KUBE_LEASES,
                              .namespace = lease->namespace,
                              .name = verb == KUBE_CREATE ? NULL : lease->name,
                              .body = record,
                              .timeout_ms = lease->renew_deadline_ms / 2 };

    free(TAKE(lease->own_record));
    if (!lease->kube->call(lease->kube, &call, arena, &written, err))
        return false;
    note_record(lease, written);
    if (str_equal(json_string_at(written, "spec.holderIdentity", NULL), lease->identity))
        lease->own_record = xstrdup(json_print(arena, written));
    return true;
}

static bool take(struct lease *lease, struct arena *arena, struct json *present, struct error *err) {
    enum kube_verb verb = present ? KUBE_UPDATE : KUBE_CREATE;
    struct json *record = present ? present : make_record(lease, arena);
    int64_t began_ns = now_ns(lease);

    claim(lease, arena, record);
    if (!write_record(lease, arena, verb, record, err))
        return false;
    note_holder(lease, lease->identity, began_ns);
    return true;
}

static bool read_record(struct lease *lease, struct arena *arena, struct json **out_record,
                        struct error *err) {
    struct kube_call call = { .verb = KUBE_GET,
                              .resource = &KUBE_LEASES,
                              .namespace = lease->namespace,
                              .name = lease->name,
                              .timeout_ms = lease->renew_deadline_ms / 2 };
    struct error why = { 0 };

    if (lease->kube->call(lease->kube, &call, arena, out_record, &why) || why.kind == ERROR_NOT_FOUND)
        return true;
    if (err)
        *err = why;
    return false;
}

/* Another one was faster: that is how an election ends, not a failure. */
static bool is_lost_race(const struct error *why) {
    return why->kind == ERROR_CONFLICT || why->kind == ERROR_ALREADY_EXISTS || why->kind == ERROR_NOT_FOUND;
}

/* Reads who leads, and takes the lease if it is free or ours. */
static bool contend(struct lease *lease, struct arena *arena, struct error *err) {
    struct json *record = NULL;
    struct error why = { 0 };
    const char *holder;

    if (!read_record(lease, arena, &record, err))
        return false;
    if (record)
        note_record(lease, record);
    holder = json_string_at(record, "spec.holderIdentity", NULL);
    if (record && !is_free(lease, record) && !str_equal(holder, lease->identity)) {
        note_holder(lease, holder, 0);
        return true;
    }
    if (take(lease, arena, record, &why) || is_lost_race(&why))
        return true;
    if (err)
        *err = why;
    return false;
}

bool lease_step(struct lease *lease, int64_t *out_wait_ms, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *record = NULL;
    struct error why = { 0 };

    *out_wait_ms = lease->retry_ms;
    /* The leader knows the record, and needs one request only: the resource version in it tells if another
     * one wrote meanwhile. */
    if (!lease->own_record || !json_parse(arena, text_from(lease->own_record), NULL, &record, NULL))
        return contend(lease, arena, err);
    if (take(lease, arena, record, &why))
        return true;
    if (is_lost_race(&why))
        return contend(lease, arena, err);
    if (err)
        *err = why;
    return false;
}

bool lease_release(struct lease *lease, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *record = NULL;
    struct json *spec;

    if (!lease_is_leader(lease))
        return true;
    note_holder(lease, NULL, 0); /* whatever becomes of the request, the work has stopped */
    if (!read_record(lease, arena, &record, err))
        return false;
    if (!str_equal(json_string_at(record, "spec.holderIdentity", NULL), lease->identity))
        return true;
    spec = json_get(record, "spec");
    json_set_string(arena, spec, "holderIdentity", "");
    json_set_integer(arena, spec, "leaseDurationSeconds", 1);
    json_set_string(arena, spec, "renewTime", time_format_micro(arena, clock_wall(lease->clock)));
    return write_record(lease, arena, KUBE_UPDATE, record, err);
}
