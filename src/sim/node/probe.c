/* Probes.
 *
 * A start-up probe holds the others back until it succeeds; when it does, readiness is looked at at once.
 * tcpSocket and httpGet ask whether something listens on the port; exec as the header of node.h says. After:
 * Kubernetes, pkg/kubelet/prober/worker.go.
 */
#include "sim/node/node_internal.h"

enum { BOLT_PORT = 7687 };

static const struct {
    const char *field;
    const char *name;     /* in events */
    const char *in_words; /* "failed … probe" */
    unsigned failures;    /* failureThreshold by default */
} kinds[PROBE_KINDS] = {
    [PROBE_STARTUP] = { "startupProbe", "Startup", "startup", 3 },
    [PROBE_READINESS] = { "readinessProbe", "Readiness", "readiness", 3 },
    [PROBE_LIVENESS] = { "livenessProbe", "Liveness", "liveness", 3 },
};

static const struct json *probe_spec(const struct container *container, enum probe_kind kind) {
    return json_get(container_spec(container), kinds[kind].field);
}

static int64_t seconds(const struct json *spec, const char *field, int64_t fallback) {
    return json_integer_at(spec, field, fallback) * NANOSECONDS_PER_SECOND;
}

static int64_t period_of(const struct json *spec) {
    int64_t period = seconds(spec, "periodSeconds", 10);
    return period > 0 ? period : 10 * NANOSECONDS_PER_SECOND;
}

void probes_start(struct container *container) {
    bool has_startup = probe_spec(container, PROBE_STARTUP) != NULL;

    container->is_started = !has_startup;
    container->is_ready = !has_startup && !probe_spec(container, PROBE_READINESS);
    for (int kind = 0; kind < PROBE_KINDS; kind++) {
        const struct json *spec = probe_spec(container, (enum probe_kind)kind);
        container->probes[kind] =
            (struct probe){ .due_ns = spec ? container->started_ns + seconds(spec, "initialDelaySeconds", 0)
                                           : INT64_MAX };
    }
}

/* ---- one look ---- */

/* The number behind a port of the probe: a number, or a name of one of the container's ports. */
static uint16_t port_number(const struct container *container, const struct json *port) {
    if (json_is(port, JSON_INTEGER))
        return (uint16_t)json_integer(port, 0);
    JSON_FOR_EACH_ITEM (offered, json_get(container_spec(container), "ports")) {
        if (str_equal(json_string_at(offered, "name", NULL), json_string(port, "")))
            return (uint16_t)json_integer_at(offered, "containerPort", 0);
    }
    return 0;
}

static bool listens(const struct container *container, uint16_t port) {
    return !container->is_neo4j || (container->process && neo4j_process_listens(container->process, port));
}

/* NULL when it succeeds, else what the kubelet would say, in arena. */
static const char *look(const struct container *container, const struct json *spec, struct arena *arena) {
    const struct json *tcp = json_get(spec, "tcpSocket"), *http = json_get(spec, "httpGet");
    const struct json *grpc = json_get(spec, "grpc"), *ask = tcp ? tcp : http ? http : grpc;
    if (!ask)
        return listens(container, BOLT_PORT) ? NULL : "the simulated server does not listen on port 7687";
    uint16_t port = port_number(container, json_get(ask, "port"));
    if (listens(container, port))
        return NULL;
    const char *refused =
        arena_printf(arena, "dial tcp %s:%u: connect: connection refused", container->pod->address, port);
    if (!http)
        return refused;
    bool is_https = str_equal(json_string_at(http, "scheme", "HTTP"), "HTTPS");
    return arena_printf(arena, "Get \"%s://%s:%u%s\": %s", is_https ? "https" : "http",
                        container->pod->address, port, json_string_at(http, "path", "/"), refused);
}

/* True when the probe has just reached a threshold; *out_success says which. */
static bool judge(struct container *container, enum probe_kind kind, const struct json *spec,
                  struct arena *arena, bool *out_success) {
    struct probe *probe = &container->probes[kind];
    const char *failure = look(container, spec, arena);

    if (!failure) {
        probe->failures = 0;
        *out_success = true;
        return ++probe->successes >= json_integer_at(spec, "successThreshold", 1);
    }
    container_event(container, RECORDER_WARNING, "Unhealthy", "%s probe failed: %s", kinds[kind].name,
                    failure);
    probe->successes = 0;
    *out_success = false;
    return ++probe->failures >= json_integer_at(spec, "failureThreshold", kinds[kind].failures);
}

/* Returns the reason to restart the container, or NULL. */
static const char *act(struct container *container, enum probe_kind kind, bool success, struct arena *arena) {
    switch (kind) {
    case PROBE_STARTUP:
        if (!success)
            break;
        container->is_started = true;
        container->probes[PROBE_STARTUP].due_ns = INT64_MAX;
        container->is_ready = !probe_spec(container, PROBE_READINESS);
        if (!container->is_ready)
            container->probes[PROBE_READINESS].due_ns = container->pod->node->now_ns;
        return NULL;
    case PROBE_READINESS:
        container->is_ready = success;
        return NULL;
    case PROBE_LIVENESS:
        break;
    }
    return success ? NULL
                   : arena_printf(arena, "Container %s failed %s probe, will be restarted", container->name,
                                  kinds[kind].in_words);
}

int64_t probes_tick(struct container *container, struct arena *arena, const char **out_kill_reason) {
    int64_t next_ns = INT64_MAX, now_ns = container->pod->node->now_ns;

    for (int i = 0; i < PROBE_KINDS; i++) {
        enum probe_kind kind = (enum probe_kind)i;
        struct probe *probe = &container->probes[kind];
        const struct json *spec = probe_spec(container, kind);
        bool success;
        if (!spec || (kind != PROBE_STARTUP && !container->is_started))
            continue;
        if (now_ns >= probe->due_ns) {
            /* At the same moments as if every tick had been on time. */
            probe->due_ns += ((now_ns - probe->due_ns) / period_of(spec) + 1) * period_of(spec);
            const char *reason =
                judge(container, kind, spec, arena, &success) ? act(container, kind, success, arena) : NULL;
            if (reason)
                *out_kill_reason = reason;
        }
        next_ns = probe->due_ns < next_ns ? probe->due_ns : next_ns;
    }
    return next_ns;
}
