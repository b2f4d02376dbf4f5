#include "controllers/report.h"

#include "base/clock.h"
#include "base/log.h"
#include "controllers/status.h"
#include "resources/labels.h"

bool report_is_lasting(const struct error *failure) {
    switch (failure->kind) {
    case ERROR_INVALID:
    case ERROR_NOT_FOUND:
    case ERROR_FORBIDDEN:
    case ERROR_UNAUTHORIZED:
    case ERROR_REFUSED:
        return true;
    case ERROR_NONE:
    case ERROR_ALREADY_EXISTS:
    case ERROR_CONFLICT:
    case ERROR_GONE:
    case ERROR_THROTTLED:
    case ERROR_TIMEOUT:
    case ERROR_UNAVAILABLE:
    case ERROR_PROTOCOL:
    case ERROR_INTERNAL:
        return false;
    }
    return false;
}

/* A failure that the next try may mend is no news. One that the try before ended in too is what is waited
 * for. */
static bool is_repeated(const struct pass *pass, const struct error *failure) {
    return failure->kind != ERROR_NONE && str_equal(failure->text, pass->last_failure.text);
}

/* Neo4j also refuses what would be fine in a moment or on another server: only a refusal that comes again is
 * for a person. */
static bool is_for_a_person(const struct pass *pass, const struct error *failure) {
    return report_is_lasting(failure) && (failure->kind != ERROR_REFUSED || is_repeated(pass, failure));
}

/* Whether status said it before this pass. */
static bool is_told(const struct pass *pass, const struct error *failure) {
    const struct json *ready = condition_find(json_at(pass->object, "status.conditions"), "Ready");

    return str_equal(json_string_at(ready, "message", ""), failure->text);
}

/* Unless the object is ready: then what it says stays true. */
static void set_ready_message(const struct pass *pass, struct json *status, const char *message) {
    JSON_FOR_EACH_ITEM (condition, json_get(status, "conditions")) {
        if (!str_equal(json_string_at(condition, "type", ""), "Ready") ||
            str_equal(json_string_at(condition, "status", ""), "True"))
            continue;
        json_set_string(pass->arena, condition, "message", message);
        json_set_string(pass->arena, status, "message", message);
        return;
    }
}

/* The status that the object shall have: the plan's, or when a step failed for good or again, the same with
 * that said. */
static struct json *final_status(const struct pass *pass, const struct plan *plan,
                                 const struct execution *execution) {
    struct json *status = json_copy(pass->arena, plan->status);
    int64_t generation = json_integer_at(pass->object, "metadata.generation", 0);

    json_set_integer(pass->arena, status, "observedGeneration", generation);
    if (!is_for_a_person(pass, &execution->error)) {
        if (is_repeated(pass, &execution->error))
            set_ready_message(pass, status, execution->error.text);
        return status;
    }
    json_set_string(pass->arena, status, "message", execution->error.text);
    if (json_get(status, "ready"))
        json_set_bool(pass->arena, status, "ready", false);
    json_set_string(pass->arena, status, "phase", "Failed");
    condition_set(pass->arena, status, json_at(pass->object, "status.conditions"), "Ready", CONDITION_FALSE,
                  execution->error.kind == ERROR_INVALID ? "ReconciliationFailed"
                                                         : error_reason(execution->error.kind),
                  execution->error.text, generation, pass->now_ns);
    return status;
}

/* The log says once what the status says, in the same words. */
static void log_news(const struct pass *pass, const struct json *status) {
    const struct json *before = condition_find(json_at(pass->object, "status.conditions"), "Ready");
    const struct json *after = condition_find(json_get(status, "conditions"), "Ready");
    const char *reason = json_string_at(after, "reason", "");
    const char *message = json_string_at(after, "message", "");

    if (!after || (str_equal(reason, json_string_at(before, "reason", "")) &&
                   str_equal(message, json_string_at(before, "message", ""))))
        return;
    if (str_equal(json_string_at(after, "status", ""), "False"))
        log_warn("not ready", LOG_TEXT("namespace", pass->namespace), LOG_TEXT("name", pass->name),
                 LOG_TEXT("phase", json_string_at(status, "phase", NULL)), LOG_TEXT("reason", reason),
                 LOG_TEXT("text", message));
    else
        log_info("status", LOG_TEXT("namespace", pass->namespace), LOG_TEXT("name", pass->name),
                 LOG_TEXT("phase", json_string_at(status, "phase", NULL)), LOG_TEXT("reason", reason),
                 LOG_TEXT("text", message));
}

static bool is_same(const struct json *a, const struct json *b, const char *member) {
    return str_equal(json_string_at(a, member, ""), json_string_at(b, member, ""));
}

/* Whether what differs is only how far something has come: words, and what is told of single servers. */
static bool is_progress(const struct json *before, const struct json *after) {
    const struct json *conditions = json_get(before, "conditions");

    if (!is_same(before, after, "phase") ||
        json_integer_at(before, "observedGeneration", 0) != json_integer_at(after, "observedGeneration", 0))
        return false;
    JSON_FOR_EACH_ITEM (condition, json_get(after, "conditions")) {
        const struct json *old = condition_find(conditions, json_string_at(condition, "type", ""));
        if (!old || !is_same(old, condition, "status") || !is_same(old, condition, "reason"))
            return false;
    }
    return json_length(conditions) == json_length(json_get(after, "conditions"));
}

enum { PROGRESS_MS = 1000 };

/* How long until progress may be told; 0: now. While pods come one after the other, each second says all that
 * each pod would have said. What has an event is told with it. */
static int64_t wait_with_progress(const struct pass *pass, const struct plan *plan,
                                  const struct json *status) {
    int64_t since_ms = (pass->now_ns - pass->status_written_ns) / NANOSECONDS_PER_MS;
    bool is_recent = pass->status_written_ns && since_ms >= 0 && since_ms < PROGRESS_MS;

    return is_recent && !plan->event_count && is_progress(json_get(pass->object, "status"), status)
               ? PROGRESS_MS - since_ms
               : 0;
}

bool report_status(const struct pass *pass, const struct plan *plan, const struct execution *execution,
                   struct report *out_report, struct error *err) {
    *out_report = (struct report){ 0 };
    if (!plan->status)
        return true;

    const struct json *status = final_status(pass, plan, execution);
    if (json_equal(status, json_get(pass->object, "status")))
        return true;
    out_report->write_in_ms = wait_with_progress(pass, plan, status);
    if (out_report->write_in_ms)
        return true;

    struct json *object = json_new_object(pass->arena);
    json_set_string(pass->arena, object, "apiVersion", json_string_at(pass->object, "apiVersion", ""));
    json_set_string(pass->arena, object, "kind", json_string_at(pass->object, "kind", ""));
    struct json *metadata = json_set_object(pass->arena, object, "metadata");
    json_set_string(pass->arena, metadata, "name", pass->name);
    json_set_string(pass->arena, metadata, "namespace", pass->namespace);
    /* Without the uid an object made anew under the same name would inherit this status. */
    json_set_string(pass->arena, metadata, "uid", json_string_at(pass->object, "metadata.uid", ""));
    json_set(pass->arena, object, "status", status);
    if (!kube_apply_status(pass->kube, pass->arena, MANAGED_BY, object, &out_report->written, err))
        return error_wrap(err, "status of %s/%s", pass->namespace, pass->name);
    log_news(pass, status);
    return true;
}

static void tell(const struct pass *pass, struct events *events, const struct event *event) {
    struct error err = { 0 };

    if (!events_tell(events, event, &err))
        log_warn("event not recorded", LOG_TEXT("namespace", pass->namespace), LOG_TEXT("name", pass->name),
                 LOG_TEXT("event", event->reason), LOG_ERROR_FIELDS(&err));
}

void report_events(const struct pass *pass, struct events *events, const struct plan *plan,
                   const struct error *failure) {
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct plan_event *event = &plan->events[i];
        tell(pass, events,
             &(struct event){ .regarding = pass->object,
                              .type = event->type == PLAN_EVENT_WARNING ? EVENT_WARNING : EVENT_NORMAL,
                              .reason = event->reason,
                              .action = event->action,
                              .note = event->note });
    }
    if (failure && is_for_a_person(pass, failure) && !is_told(pass, failure) &&
        (failure->kind == ERROR_REFUSED || !is_repeated(pass, failure)))
        tell(pass, events,
             &(struct event){ .regarding = pass->object,
                              .type = EVENT_WARNING,
                              .reason = "ReconciliationFailed",
                              .note = failure->text });
}
