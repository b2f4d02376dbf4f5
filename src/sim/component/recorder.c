#include "sim/component/recorder.h"

#include "base/encoding.h"
#include "base/time.h"
#include "sim/component/object.h"
#include "sim/component/tree.h"

enum { SERIES_SECONDS = 600, NOTE_BYTES_MAX = 1024, SERIES_MAX = 4096 };

struct series {
    RB_ENTRY(series) node;
    char *key; /* what makes two events the same */
    char *namespace;
    char *name;
    int64_t last_ns;
    int64_t count;
};
RB_HEAD(all_series, series);

static int series_compare(const struct series *a, const struct series *b) {
    return strcmp(a->key, b->key);
}
TREE_GENERATE(all_series, series, node, series_compare)

struct recorder {
    struct kube *kube;
    const struct clock *clock;
    const char *component;
    const char *host;
    struct all_series series;
    size_t count;
    uint64_t sequence;
    bool is_silent;
};

struct recorder *recorder_new(struct kube *kube, const struct clock *clock, const char *component,
                              const char *host) {
    struct recorder *recorder = XNEW(struct recorder);
    *recorder = (struct recorder){ .kube = kube, .clock = clock, .component = component, .host = host };
    RB_INIT(&recorder->series);
    return recorder;
}

void recorder_set_silent(struct recorder *recorder, bool is_silent) {
    recorder->is_silent = is_silent;
}

static void series_free(struct recorder *recorder, struct series *series) {
    RB_REMOVE(all_series, &recorder->series, series);
    recorder->count--;
    free(series->key);
    free(series->namespace);
    free(series->name);
    free(series);
}

void recorder_free(struct recorder *recorder) {
    struct series *series;
    if (!recorder)
        return;
    while ((series = RB_MIN(all_series, &recorder->series)))
        series_free(recorder, series);
    free(recorder);
}

static void forget_old(struct recorder *recorder, int64_t now_ns) {
    struct series *series, *next;
    RB_FOREACH_SAFE(series, all_series, &recorder->series, next)
    if (now_ns - series->last_ns > SERIES_SECONDS * NANOSECONDS_PER_SECOND || recorder->count > SERIES_MAX)
        series_free(recorder, series);
}

static void set_regarding(struct arena *arena, struct json *event, const struct json *object,
                          const char *field_path) {
    struct json *regarding = json_set_object(arena, event, "regarding");
    json_set_string(arena, regarding, "apiVersion", json_string_at(object, "apiVersion", ""));
    json_set_string(arena, regarding, "kind", json_string_at(object, "kind", ""));
    json_set_string(arena, regarding, "name", object_name(object));
    if (*object_namespace(object))
        json_set_string(arena, regarding, "namespace", object_namespace(object));
    json_set_string(arena, regarding, "uid", object_uid(object));
    json_set_string(arena, regarding, "resourceVersion",
                    json_string_at(object, "metadata.resourceVersion", ""));
    if (field_path)
        json_set_string(arena, regarding, "fieldPath", field_path);
}

static struct json *build(struct recorder *recorder, struct arena *arena, const struct json *object,
                          const char *field_path, enum recorder_type type, const char *reason,
                          const char *note) {
    struct json *event = json_new_object(arena);
    int64_t wall_ns = clock_wall(recorder->clock);
    /* Events about cluster-scoped objects live in "default". */
    const char *namespace = *object_namespace(object) ? object_namespace(object) : "default";

    json_set_string(arena, event, "apiVersion", "events.k8s.io/v1");
    json_set_string(arena, event, "kind", "Event");
    struct json *metadata = json_set_object(arena, event, "metadata");
    json_set_string(arena, metadata, "name",
                    arena_printf(arena, "%s.%llx", object_name(object),
                                 (unsigned long long)wall_ns + recorder->sequence++));
    json_set_string(arena, metadata, "namespace", namespace);
    json_set_string(arena, event, "eventTime", time_format_micro(arena, wall_ns));
    json_set_string(arena, event, "type", type == RECORDER_WARNING ? "Warning" : "Normal");
    json_set_string(arena, event, "reason", reason);
    json_set_string(arena, event, "action", reason);
    json_set_string(arena, event, "note", note);
    json_set_string(arena, event, "reportingController", recorder->component);
    json_set_string(arena, event, "reportingInstance", recorder->host);
    set_regarding(arena, event, object, field_path);
    return event;
}

static struct series *find_series(struct recorder *recorder, const char *key) {
    return RB_FIND(all_series, &recorder->series, &(struct series){ .key = (char *)(uintptr_t)key });
}

/* True when the event is now counted in the series. */
static bool count_again(struct recorder *recorder, struct arena *arena, struct series *series,
                        int64_t now_ns) {
    struct json *patch = json_new_object(arena);
    struct json *body = json_set_object(arena, patch, "series");
    json_set_integer(arena, body, "count", series->count + 1);
    json_set_string(arena, body, "lastObservedTime", time_format_micro(arena, clock_wall(recorder->clock)));
    if (!kube_merge_patch(recorder->kube, arena, &KUBE_EVENTS, series->namespace, series->name, NULL, patch,
                          NULL, NULL))
        return false;
    series->count++;
    series->last_ns = now_ns;
    return true;
}

void recorder_event(struct recorder *recorder, const struct json *object, const char *field_path,
                    enum recorder_type type, const char *reason, const char *format, ...) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    int64_t now_ns = clock_monotonic(recorder->clock);
    va_list arguments;

    if (recorder->is_silent)
        return;
    va_start(arguments, format);
    char *note = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    if (strlen(note) > NOTE_BYTES_MAX)
        note[NOTE_BYTES_MAX] = '\0';

    forget_old(recorder, now_ns);
    const char *key =
        arena_printf(arena, "%s/%s/%s/%s", object_uid(object), field_path ? field_path : "", reason, note);
    struct series *series = find_series(recorder, key);
    if (series && count_again(recorder, arena, series, now_ns))
        return;
    if (series)
        series_free(recorder, series);

    struct json *event = build(recorder, arena, object, field_path, type, reason, note);
    if (!kube_create(recorder->kube, arena, event, NULL, NULL))
        return;
    series = XNEW(struct series);
    *series = (struct series){ .key = xstrdup(key),
                               .namespace = xstrdup(object_namespace(event)),
                               .name = xstrdup(object_name(event)),
                               .last_ns = now_ns,
                               .count = 1 };
    RB_INSERT(all_series, &recorder->series, series);
    recorder->count++;
}
