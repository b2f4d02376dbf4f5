#include "sim/api_table.h"

/* The row of a pod: its status is a story of its own. After: pkg/printers/internalversion/printers.go,
 * printPod(). */

struct pod_summary {
    const char *reason;
    size_t containers;
    size_t ready;
    int64_t restarts;
    const char *last_restart; /* time, or "" */
    bool is_initializing;
};

static void note_restart(struct pod_summary *summary, const struct json *status) {
    const char *finished = json_string_at(status, "lastState.terminated.finishedAt", "");
    summary->restarts += json_integer_at(status, "restartCount", 0);
    if (strcmp(finished, summary->last_restart) > 0)
        summary->last_restart = finished;
}

static const char *termination(struct arena *arena, const struct json *terminated, const char *prefix) {
    const char *reason = json_string_at(terminated, "reason", "");
    if (*reason)
        return arena_printf(arena, "%s%s", prefix, reason);
    if (json_integer_at(terminated, "signal", 0))
        return arena_printf(arena, "%sSignal:%lld", prefix,
                            (long long)json_integer_at(terminated, "signal", 0));
    return arena_printf(arena, "%sExitCode:%lld", prefix,
                        (long long)json_integer_at(terminated, "exitCode", 0));
}

/* The first init container that has not succeeded tells what the pod waits for. */
static void summarize_init(struct arena *arena, const struct json *pod, struct pod_summary *summary) {
    const struct json *containers = json_at(pod, "spec.initContainers");
    const struct json *statuses = json_at(pod, "status.initContainerStatuses");

    for (size_t i = 0; i < json_length(statuses); i++) {
        const struct json *status = json_item(statuses, i);
        const struct json *terminated = json_at(status, "state.terminated");
        const char *waiting = json_string_at(status, "state.waiting.reason", "");
        bool is_sidecar = str_equal(json_string_at(json_item(containers, i), "restartPolicy", ""), "Always");
        if (!is_sidecar)
            summary->restarts += json_integer_at(status, "restartCount", 0);
        if (terminated && json_integer_at(terminated, "exitCode", 0) == 0)
            continue;
        if (is_sidecar && json_bool_at(status, "started", false)) {
            summary->ready += json_bool_at(status, "ready", false) ? 1 : 0;
            continue;
        }
        if (terminated)
            summary->reason = termination(arena, terminated, "Init:");
        else if (*waiting && !str_equal(waiting, "PodInitializing"))
            summary->reason = arena_printf(arena, "Init:%s", waiting);
        else
            summary->reason = arena_printf(arena, "Init:%zu/%zu", i, json_length(containers));
        summary->is_initializing = true;
        return;
    }
}

static bool has_true_condition(const struct json *pod, const char *type) {
    JSON_FOR_EACH_ITEM (condition, json_at(pod, "status.conditions"))
        if (str_equal(json_string_at(condition, "type", ""), type) &&
            str_equal(json_string_at(condition, "status", ""), "True"))
            return true;
    return false;
}

static void summarize_containers(struct arena *arena, const struct json *pod, struct pod_summary *summary) {
    const struct json *statuses = json_at(pod, "status.containerStatuses");
    bool is_running = false;

    summary->restarts = 0;
    for (size_t i = json_length(statuses); i > 0; i--) {
        const struct json *status = json_item(statuses, i - 1);
        const struct json *terminated = json_at(status, "state.terminated");
        const char *waiting = json_string_at(status, "state.waiting.reason", "");
        note_restart(summary, status);
        if (*waiting) {
            summary->reason = waiting;
        } else if (terminated) {
            summary->reason = termination(arena, terminated, "");
        } else if (json_bool_at(status, "ready", false) && json_at(status, "state.running")) {
            is_running = true;
            summary->ready++;
        }
    }
    if (str_equal(summary->reason, "Completed") && is_running)
        summary->reason = has_true_condition(pod, "Ready") ? "Running" : "NotReady";
}

static struct pod_summary summarize(struct arena *arena, const struct json *pod) {
    struct pod_summary summary = { .reason = json_string_at(pod, "status.reason",
                                                            json_string_at(pod, "status.phase", "Unknown")),
                                   .containers = json_length(json_at(pod, "spec.containers")),
                                   .last_restart = "" };
    JSON_FOR_EACH_ITEM (condition, json_at(pod, "status.conditions"))
        if (str_equal(json_string_at(condition, "type", ""), "PodScheduled") &&
            str_equal(json_string_at(condition, "reason", ""), "SchedulingGated"))
            summary.reason = "SchedulingGated";
    summarize_init(arena, pod, &summary);
    if (!summary.is_initializing || has_true_condition(pod, "Initialized"))
        summarize_containers(arena, pod, &summary);
    if (json_at(pod, "metadata.deletionTimestamp"))
        summary.reason =
            str_equal(json_string_at(pod, "status.reason", ""), "NodeLost") ? "Unknown" : "Terminating";
    return summary;
}

static void fill_gates(struct table_row *row, const struct json *pod) {
    const struct json *gates = json_at(pod, "spec.readinessGates");
    size_t passed = 0;
    JSON_FOR_EACH_ITEM (gate, gates)
        passed += has_true_condition(pod, json_string_at(gate, "conditionType", "")) ? 1 : 0;
    if (json_length(gates))
        table_format(row, "%zu/%zu", passed, json_length(gates));
    else
        table_text(row, "<none>");
}

void table_fill_pod(struct table_row *row, const struct json *pod) {
    struct pod_summary summary = summarize(row->arena, pod);

    table_format(row, "%zu/%zu", summary.ready, summary.containers);
    table_text(row, summary.reason);
    if (summary.restarts && *summary.last_restart)
        table_format(row, "%lld (%s ago)", (long long)summary.restarts,
                     table_since(row, summary.last_restart));
    else
        table_format(row, "%lld", (long long)summary.restarts);
    table_age(row, pod, "metadata.creationTimestamp");
    table_string(row, pod, "status.podIP", "<none>");
    table_string(row, pod, "spec.nodeName", "<none>");
    table_string(row, pod, "status.nominatedNodeName", "<none>");
    fill_gates(row, pod);
}
