#include "sandbox/progress.h"

#include <poll.h>
#include <stdio.h>

enum { LOOK_EVERY_MS = 100, LINES_MAX = 64 };
static const char our_group[] = "neo4j.neo4j.com/";

struct line {
    const struct json *object; /* as applied */
    char *told;                /* phase and message that were printed last */
    bool is_ready;
};

/* ---- one look ---- */

static const struct json *ready_condition(const struct json *object) {
    JSON_FOR_EACH_ITEM (condition, json_at(object, "status.conditions")) {
        if (str_equal(json_string_at(condition, "type", NULL), "Ready"))
            return condition;
    }
    return NULL;
}

/* Ready for what was applied, not for what was there before. */
static bool is_ready(const struct json *object) {
    return str_equal(json_string_at(ready_condition(object), "status", NULL), "True") &&
           json_integer_at(object, "status.observedGeneration", 0) >=
               json_integer_at(object, "metadata.generation", 0);
}

static void tell(struct line *line, const struct json *object, const struct progress_options *options) {
    const char *phase = json_string_at(object, "status.phase", "");
    const char *message = json_string_at(object, "status.message", NULL);
    message = message ? message : json_string_at(ready_condition(object), "message", "");
    if (!*phase && !*message)
        return;
    CLEANUP_FREE char *text = xprintf("%-12s %s", phase, message);
    if (str_equal(line->told, text))
        return;
    double seconds = (double)(clock_monotonic(options->clock) - options->since_ns) / 1e9;
    printf("%6.1f s  %s: %s\n", seconds, json_string_at(object, "metadata.name", ""), text);
    fflush(stdout);
    free(line->told);
    line->told = TAKE(text);
}

static bool look(struct kube *kube, struct line *line, const struct progress_options *options,
                 struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct kube_resource *resource = kube_resource_of_kind(
        json_string_at(line->object, "apiVersion", ""), json_string_at(line->object, "kind", ""));
    const char *name = json_string_at(line->object, "metadata.name", "");
    struct json *object;

    if (!kube_get(kube, arena, resource, json_string_at(line->object, "metadata.namespace", NULL), name,
                  &object, err))
        return false;
    if (!object)
        return error_set(err, ERROR_NOT_FOUND, "%s %s was deleted meanwhile", resource->kind, name);
    tell(line, object, options);
    line->is_ready = is_ready(object);
    return true;
}

/* ---- until all are ready ---- */

static bool look_at_all(struct kube *kube, struct line *lines, size_t count, bool *out_ready,
                        const struct progress_options *options, struct error *err) {
    *out_ready = true;
    for (size_t i = 0; i < count; i++) {
        if (!lines[i].is_ready && !look(kube, &lines[i], options, err))
            return false;
        *out_ready &= lines[i].is_ready;
    }
    return true;
}

static bool follow(struct kube *kube, struct line *lines, size_t count,
                   const struct progress_options *options, struct error *err) {
    int64_t end_ns = clock_monotonic(options->clock) + options->timeout_ms * NANOSECONDS_PER_MS;
    bool are_ready = false;

    while (look_at_all(kube, lines, count, &are_ready, options, err)) {
        if (are_ready)
            return true;
        if (options->is_alive && !options->is_alive(options->context, err))
            return false;
        if (clock_monotonic(options->clock) >= end_ns)
            return error_set(err, ERROR_TIMEOUT, "not ready within %d s", options->timeout_ms / 1000);
        (void)poll(NULL, 0, LOOK_EVERY_MS);
    }
    return false;
}

bool progress_follow(struct kube *kube, const struct json *objects, const struct progress_options *options,
                     struct error *err) {
    struct line lines[LINES_MAX] = { 0 };
    size_t count = 0;

    JSON_FOR_EACH_ITEM (object, objects) {
        if (str_starts_with(json_string_at(object, "apiVersion", ""), our_group) && count < LINES_MAX)
            lines[count++].object = object;
    }
    bool is_done = follow(kube, lines, count, options, err);
    for (size_t i = 0; i < count; i++)
        free(lines[i].told);
    return is_done;
}
