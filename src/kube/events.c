/* A told event is remembered as a series: its name, how often, since when. The name is made from what was
 * told, so that an operator that starts again finds the Event it told before as "already exists" and counts
 * it on. After: client-go, tools/events (series) and tools/record (budget per object).
 *
 * The lock guards the memory only; API calls are made without it. Two threads that tell the same event at the
 * same moment at worst count it once.
 */
#include "kube/events.h"

#include "base/encoding.h"
#include "base/time.h"

#include <pthread.h>
#include <string.h>
#include <sys/queue.h>

#include <bsd/sys/tree.h>

enum {
    /* A series is patched at most this often; what happens between is counted and told with the next patch.
     */
    SERIES_PATCH_SECONDS = 30,
    BUDGET_BURST = 25,
    BUDGET_REFILL_SECONDS = 300,
    PAUSE_SECONDS = 30,
    NAME_HASH_DIGITS = 16,
    OBJECT_NAME_BYTES_MAX = 253 - 1 - NAME_HASH_DIGITS,
};

struct series {
    RB_ENTRY(series) in_tree;
    TAILQ_ENTRY(series) by_use;
    char *name; /* of the Event object: unique over all objects, as their uids are in its hash */
    bool is_created;
    int count;
    int64_t written_at_ns; /* monotonic */
};

/* What an object may still tell. */
struct budget {
    RB_ENTRY(budget) in_tree;
    TAILQ_ENTRY(budget) by_use;
    char *uid;
    double tokens;
    int64_t tokens_at_ns;
};

RB_HEAD(series_tree, series);
RB_HEAD(budget_tree, budget);

struct events {
    struct kube *kube;
    const struct clock *clock;
    char *instance;

    pthread_mutex_t lock; /* guards all below */
    struct series_tree series;
    TAILQ_HEAD(series_list, series) series_by_use;
    struct budget_tree budgets;
    TAILQ_HEAD(budget_list, budget) budgets_by_use;
    size_t series_count;
    size_t budget_count;
    int64_t paused_until_ns;
    struct events_counts counts;
};

static int compare_series(const struct series *a, const struct series *b) {
    return strcmp(a->name, b->name);
}

static int compare_budgets(const struct budget *a, const struct budget *b) {
    return strcmp(a->uid, b->uid);
}

/* libbsd can't generate static ones. */
RB_PROTOTYPE(series_tree, series, in_tree, compare_series)
RB_GENERATE(series_tree, series, in_tree, compare_series)
RB_PROTOTYPE(budget_tree, budget, in_tree, compare_budgets)
RB_GENERATE(budget_tree, budget, in_tree, compare_budgets)

/* ---- memory; all under the lock ---- */

static void series_drop(struct events *events, struct series *series) {
    RB_REMOVE(series_tree, &events->series, series);
    TAILQ_REMOVE(&events->series_by_use, series, by_use);
    events->series_count--;
    free(series->name);
    free(series);
}

static void budget_drop(struct events *events, struct budget *budget) {
    RB_REMOVE(budget_tree, &events->budgets, budget);
    TAILQ_REMOVE(&events->budgets_by_use, budget, by_use);
    events->budget_count--;
    free(budget->uid);
    free(budget);
}

static struct series *series_use(struct events *events, const char *name) {
    struct series wanted = { .name = (char *)(uintptr_t)name };
    struct series *series = RB_FIND(series_tree, &events->series, &wanted);

    if (series) {
        TAILQ_REMOVE(&events->series_by_use, series, by_use);
    } else {
        if (events->series_count == EVENTS_REMEMBERED_MAX)
            series_drop(events, TAILQ_FIRST(&events->series_by_use));
        series = XNEW(struct series);
        series->name = xstrdup(name);
        RB_INSERT(series_tree, &events->series, series);
        events->series_count++;
    }
    TAILQ_INSERT_TAIL(&events->series_by_use, series, by_use);
    return series;
}

static struct budget *budget_use(struct events *events, const char *uid) {
    struct budget wanted = { .uid = (char *)(uintptr_t)uid };
    struct budget *budget = RB_FIND(budget_tree, &events->budgets, &wanted);

    if (budget) {
        TAILQ_REMOVE(&events->budgets_by_use, budget, by_use);
    } else {
        if (events->budget_count == EVENTS_REMEMBERED_MAX)
            budget_drop(events, TAILQ_FIRST(&events->budgets_by_use));
        budget = XNEW(struct budget);
        budget->uid = xstrdup(uid);
        budget->tokens = BUDGET_BURST;
        budget->tokens_at_ns = clock_monotonic(events->clock);
        RB_INSERT(budget_tree, &events->budgets, budget);
        events->budget_count++;
    }
    TAILQ_INSERT_TAIL(&events->budgets_by_use, budget, by_use);
    return budget;
}

static bool budget_spend(struct events *events, const char *uid) {
    struct budget *budget = budget_use(events, uid);
    int64_t now = clock_monotonic(events->clock);
    double refilled = (double)(now - budget->tokens_at_ns) / 1e9 / BUDGET_REFILL_SECONDS;

    budget->tokens_at_ns = now;
    budget->tokens += refilled;
    if (budget->tokens > BUDGET_BURST)
        budget->tokens = BUDGET_BURST;
    if (budget->tokens < 1)
        return false;
    budget->tokens -= 1;
    return true;
}

/* ---- life ---- */

struct events *events_new(struct kube *kube, const struct clock *clock, const char *instance) {
    struct events *events = XNEW(struct events);

    events->kube = kube;
    events->clock = clock;
    events->instance = xstrdup(instance);
    pthread_mutex_init(&events->lock, NULL);
    RB_INIT(&events->series);
    RB_INIT(&events->budgets);
    TAILQ_INIT(&events->series_by_use);
    TAILQ_INIT(&events->budgets_by_use);
    return events;
}

void events_free(struct events *events) {
    if (!events)
        return;
    while (!TAILQ_EMPTY(&events->series_by_use))
        series_drop(events, TAILQ_FIRST(&events->series_by_use));
    while (!TAILQ_EMPTY(&events->budgets_by_use))
        budget_drop(events, TAILQ_FIRST(&events->budgets_by_use));
    pthread_mutex_destroy(&events->lock);
    free(events->instance);
    free(events);
}

/* ---- what is written ---- */

struct telling {
    struct events *events;
    struct arena *arena;
    const struct event *event;
    const char *namespace;
    const char *name;
    const char *note;
    int64_t now_wall_ns;
};

static const char *type_word(enum event_type type) {
    return type == EVENT_WARNING ? "Warning" : "Normal";
}

static const char *action_word(const struct event *event) {
    return event->action ? event->action : "Reconcile";
}

/* The note, cut at the limit, not inside a character; in arena. */
static const char *cut_note(struct arena *arena, const char *note) {
    size_t length = strnlen(note, EVENTS_NOTE_BYTES_MAX + 1);

    if (length > EVENTS_NOTE_BYTES_MAX)
        for (length = EVENTS_NOTE_BYTES_MAX; length && ((unsigned char)note[length] & 0xc0) == 0x80;)
            length--;
    return arena_strndup(arena, note, length);
}

/* OBJECT.HASH; in arena. */
static const char *event_name(const struct telling *telling) {
    const struct event *event = telling->event;
    const char *object = json_string_at(event->regarding, "metadata.name", "");
    const char *content = arena_printf(
        telling->arena, "%s\n%s\n%s\n%s\n%s", json_string_at(event->regarding, "metadata.uid", ""),
        type_word(event->type), event->reason, action_word(event), telling->note);

    return arena_printf(telling->arena, "%.*s.%s", (int)OBJECT_NAME_BYTES_MAX, object,
                        sha256_hex(telling->arena, content, strlen(content), NAME_HASH_DIGITS));
}

static void set_reference(struct arena *arena, struct json *body, const struct json *object) {
    static const char *const fields[] = { "name", "namespace", "uid", "resourceVersion" };
    struct json *reference = json_set_object(arena, body, "regarding");

    json_set_string(arena, reference, "apiVersion", json_string(json_get(object, "apiVersion"), ""));
    json_set_string(arena, reference, "kind", json_string(json_get(object, "kind"), ""));
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        const char *value = json_string(json_get(json_get(object, "metadata"), fields[i]), NULL);
        if (value)
            json_set_string(arena, reference, fields[i], value);
    }
}

static struct json *event_body(const struct telling *telling) {
    const struct event *event = telling->event;
    struct arena *arena = telling->arena;
    struct json *body = json_new_object(arena);
    struct json *metadata;

    json_set_string(arena, body, "apiVersion", "events.k8s.io/v1");
    json_set_string(arena, body, "kind", "Event");
    metadata = json_set_object(arena, body, "metadata");
    json_set_string(arena, metadata, "name", telling->name);
    json_set_string(arena, metadata, "namespace", telling->namespace);
    json_set_string(arena, body, "eventTime", time_format_micro(arena, telling->now_wall_ns));
    json_set_string(arena, body, "reportingController", EVENTS_CONTROLLER);
    json_set_string(arena, body, "reportingInstance", telling->events->instance);
    json_set_string(arena, body, "action", action_word(event));
    json_set_string(arena, body, "reason", event->reason);
    json_set_string(arena, body, "type", type_word(event->type));
    json_set_string(arena, body, "note", telling->note);
    set_reference(arena, body, event->regarding);
    return body;
}

static bool create(const struct telling *telling, struct error *err) {
    struct kube *kube = telling->events->kube;
    struct kube_call call = { .verb = KUBE_CREATE,
                              .resource = &KUBE_EVENTS,
                              .namespace = telling->namespace,
                              .body = event_body(telling),
                              .timeout_ms = EVENTS_TIMEOUT_MS };

    return kube->call(kube, &call, telling->arena, NULL, err);
}

static bool patch(const struct telling *telling, int count, struct error *err) {
    struct json *body = json_new_object(telling->arena);
    struct json *series = json_set_object(telling->arena, body, "series");
    struct kube *kube = telling->events->kube;

    json_set_integer(telling->arena, series, "count", count);
    json_set_string(telling->arena, series, "lastObservedTime",
                    time_format_micro(telling->arena, telling->now_wall_ns));
    struct kube_call call = { .verb = KUBE_MERGE_PATCH,
                              .resource = &KUBE_EVENTS,
                              .namespace = telling->namespace,
                              .name = telling->name,
                              .body = body,
                              .timeout_ms = EVENTS_TIMEOUT_MS };
    return kube->call(kube, &call, telling->arena, NULL, err);
}

/* How often an Event that was there already has been told; 0 when it can't be read. */
static int read_count(const struct telling *telling) {
    struct kube *kube = telling->events->kube;
    struct kube_call call = { .verb = KUBE_GET,
                              .resource = &KUBE_EVENTS,
                              .namespace = telling->namespace,
                              .name = telling->name,
                              .timeout_ms = EVENTS_TIMEOUT_MS };
    struct json *present = NULL;
    int64_t count;

    if (!kube->call(kube, &call, telling->arena, &present, NULL))
        return 0;
    count = json_integer_at(present, "series.count", 1);
    return count > 0 && count < INT32_MAX ? (int)count : 1;
}

/* ---- telling ---- */

enum decision { DROP, CREATE, PATCH, COUNT_ONLY };

/* Counts the event, and says what to write. */
static enum decision decide(const struct telling *telling, int *out_count) {
    const char *uid = json_string_at(telling->event->regarding, "metadata.uid", "");
    struct events *events = telling->events;
    int64_t now = clock_monotonic(events->clock);
    enum decision decision;
    struct series *series;

    pthread_mutex_lock(&events->lock);
    series = series_use(events, telling->name);
    series->count++;
    if (now < events->paused_until_ns)
        decision = DROP;
    else if (series->is_created &&
             now - series->written_at_ns < SERIES_PATCH_SECONDS * NANOSECONDS_PER_SECOND && series->count > 2)
        decision = COUNT_ONLY;
    else if (!budget_spend(events, uid))
        decision = DROP;
    else
        decision = series->is_created ? PATCH : CREATE;
    if (decision == DROP)
        events->counts.dropped++;
    *out_count = series->count;
    pthread_mutex_unlock(&events->lock);
    return decision;
}

/* Remembers what was written. */
static void note_written(const struct telling *telling, int count, bool was_created) {
    struct events *events = telling->events;
    struct series *series;

    pthread_mutex_lock(&events->lock);
    series = series_use(events, telling->name);
    series->is_created = true;
    series->written_at_ns = clock_monotonic(events->clock);
    if (series->count < count)
        series->count = count;
    if (was_created)
        events->counts.created++;
    else
        events->counts.patched++;
    pthread_mutex_unlock(&events->lock);
}

static void note_failure(struct events *events, const struct error *err) {
    pthread_mutex_lock(&events->lock);
    events->counts.failed++;
    if (err->kind == ERROR_TIMEOUT || err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_THROTTLED)
        events->paused_until_ns = clock_monotonic(events->clock) + PAUSE_SECONDS * NANOSECONDS_PER_SECOND;
    pthread_mutex_unlock(&events->lock);
}

/* A new Event, or one more of what an operator before us told. */
static bool write_new(const struct telling *telling, int count, struct error *err) {
    struct error why = { 0 };

    if (create(telling, &why)) {
        note_written(telling, count, true);
        return true;
    }
    if (why.kind == ERROR_ALREADY_EXISTS) {
        count += read_count(telling);
        if (patch(telling, count > 1 ? count : 2, &why)) {
            note_written(telling, count, false);
            return true;
        }
    }
    *err = why;
    return false;
}

static bool write_again(const struct telling *telling, int count, struct error *err) {
    struct error why = { 0 };

    if (patch(telling, count, &why)) {
        note_written(telling, count, false);
        return true;
    }
    /* Events live for an hour: this one is gone meanwhile. */
    if (why.kind == ERROR_NOT_FOUND)
        return write_new(telling, count, err);
    *err = why;
    return false;
}

bool events_tell(struct events *events, const struct event *event, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *namespace = json_string_at(event->regarding, "metadata.namespace", NULL);
    struct telling telling = { .events = events,
                               .arena = arena,
                               .event = event,
                               .namespace = namespace ? namespace : "default",
                               .note = cut_note(arena, event->note),
                               .now_wall_ns = clock_wall(events->clock) };
    struct error why = { 0 };
    bool is_told = true;
    int count = 0;

    ensure(event->reason && event->note);
    telling.name = event_name(&telling);
    switch (decide(&telling, &count)) {
    case DROP:
    case COUNT_ONLY:
        return true;
    case CREATE:
        is_told = write_new(&telling, count, &why);
        break;
    case PATCH:
        is_told = write_again(&telling, count, &why);
        break;
    }
    if (is_told)
        return true;
    note_failure(events, &why);
    if (err)
        *err = why;
    return false;
}

void events_count(struct events *events, struct events_counts *out_counts) {
    pthread_mutex_lock(&events->lock);
    *out_counts = events->counts;
    pthread_mutex_unlock(&events->lock);
}
