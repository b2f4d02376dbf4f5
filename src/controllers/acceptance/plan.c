#include "controllers/acceptance/acceptance.h"

#include "controllers/status.h"

/* What is said of an object, and in which words. */
struct answer {
    const char *phase;
    const char *reason;
    const char *message;
    enum condition_value accepted;
    enum condition_value ready;
    bool is_trouble; /* somebody must act: told by an event */
};

static const char *name_of(const struct json *object) {
    return json_string_at(object, "metadata.name", "");
}

static const char *need_message(const struct acceptance *seen) {
    const struct acceptance_need *need = &seen->need;

    if (!need->is_there)
        return arena_printf(seen->arena, "%s: there is no %s %s in this namespace", need->field,
                            need->resource->kind, need->name);
    return arena_printf(seen->arena, "%s: Secret %s has no entry %s%s%s", need->field, need->name,
                        need->absent->any_of[0], need->absent->any_of[1] ? " or " : "",
                        need->absent->any_of[1] ? need->absent->any_of[1] : "");
}

/* An object is valid in itself; its target is there and suits it; nobody else claims what it claims; what it
 * refers to is there; and then nothing happens, because this version does not act upon its kind. The first
 * that does not hold decides. */
static struct answer answer_for(const struct acceptance *seen) {
    struct arena *arena = seen->arena;
    const struct acceptance_target *target = &seen->target;
    const char *kind = seen->kind->controller.resource->kind;

    if (seen->errors.count > 0)
        return (struct answer){
            seen->kind->invalid_phase, "ValidationFailed", field_errors_message(&seen->errors),
            CONDITION_FALSE,           CONDITION_FALSE,    true
        };
    if (target->field && !target->object)
        return (struct answer){ "Pending",
                                "ClusterNotFound",
                                arena_printf(arena, "%s: there is no %s %s in namespace %s", target->field,
                                             seen->kind->takes_standalones
                                                 ? "Neo4jEnterpriseCluster or Neo4jEnterpriseStandalone"
                                                 : "Neo4jEnterpriseCluster",
                                             target->name, target->namespace),
                                CONDITION_UNKNOWN,
                                CONDITION_FALSE,
                                true };
    if (seen->rival)
        return (struct answer){
            seen->kind->invalid_phase,
            "Duplicate",
            arena_printf(arena, "%s: %s is taken by the older %s %s; change or delete one of them",
                         seen->kind->claim_field, seen->claim, seen->rival_kind, name_of(seen->rival)),
            CONDITION_FALSE,
            CONDITION_FALSE,
            true
        };
    if (seen->need.name && !(seen->need.is_there && !seen->need.absent))
        return (struct answer){ "Pending",         "ReferenceNotFound", need_message(seen),
                                CONDITION_UNKNOWN, CONDITION_FALSE,     true };
    return (
        struct answer){ "Pending",
                        "NotImplemented",
                        arena_printf(arena,
                                     "valid; this version of the operator does not act upon kind %s yet, and "
                                     "nothing is done",
                                     kind),
                        CONDITION_TRUE,
                        CONDITION_UNKNOWN,
                        false };
}

static struct json *status_of(const struct acceptance *seen, const struct answer *answer) {
    struct arena *arena = seen->arena;
    const struct json *before = json_get(seen->object, "status");
    struct json *status = json_is(before, JSON_OBJECT) ? json_copy(arena, before) : json_new_object(arena);
    const struct json *conditions = json_get(before, "conditions");
    int64_t generation = json_integer_at(seen->object, "metadata.generation", 0);

    json_set_string(arena, status, "phase", answer->phase);
    status_set_message(arena, status, answer->message);
    condition_set(arena, status, conditions, "Accepted", answer->accepted,
                  answer->accepted == CONDITION_TRUE ? "Valid" : answer->reason, answer->message, generation,
                  seen->now_ns);
    condition_set(arena, status, conditions, "Ready", answer->ready, answer->reason, answer->message,
                  generation, seen->now_ns);
    return status;
}

static void plan_news(const struct acceptance *seen, const struct answer *answer, struct plan *plan) {
    const struct json *status = json_get(seen->object, "status");
    const struct json *before = condition_find(json_get(status, "conditions"), "Ready");
    const struct json *after = condition_find(json_get(plan->status, "conditions"), "Ready");

    if (answer->is_trouble &&
        !(str_equal(json_string_at(before, "reason", ""), json_string_at(after, "reason", "")) &&
          str_equal(json_string_at(before, "message", ""), json_string_at(after, "message", ""))))
        plan_event(plan, PLAN_EVENT_WARNING, answer->reason, "Validate", "%s", answer->message);
    if (json_integer_at(status, "observedGeneration", 0) ==
        json_integer_at(seen->object, "metadata.generation", 0))
        return;
    for (size_t i = 0; i < seen->warnings.count; i++)
        plan_event(plan, PLAN_EVENT_WARNING, "ValidationWarning", "Validate", "%s",
                   field_error_message(plan->arena, &seen->warnings.items[i]));
}

void acceptance_plan(const void *observed, struct plan *plan) {
    const struct acceptance *seen = observed;
    struct answer answer = answer_for(seen);

    plan->status = status_of(seen, &answer);
    plan_news(seen, &answer, plan);
}

/* ---- for the rules of the kinds ---- */

void acceptance_refuse(struct acceptance *seen, const char *rule, enum field_error_type type,
                       const char *field, const struct json *value, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *detail = arena_vprintf(seen->arena, format, arguments);
    va_end(arguments);
    field_errors_add_rule(&seen->errors, rule, type, field, value, detail);
}

void acceptance_warn(struct acceptance *seen, const char *rule, const char *field, const struct json *value,
                     const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *detail = arena_vprintf(seen->arena, format, arguments);
    va_end(arguments);
    field_errors_add_rule(&seen->warnings, rule, FIELD_INVALID, field, value, detail);
}
