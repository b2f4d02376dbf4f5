#include "controllers/plan.h"

void plan_init(struct plan *plan, struct arena *arena) {
    *plan = (struct plan){ .arena = arena };
}

static PRINTF_LIKE(3, 0) struct step *add_step(struct plan *plan, enum step_type type, const char *format,
                                               va_list arguments) {
    ensure(plan->step_count < PLAN_STEPS_MAX);
    struct step *step = &plan->steps[plan->step_count++];
    *step = (struct step){ .type = type, .sentence = arena_vprintf(plan->arena, format, arguments) };
    return step;
}

#define WITH_ARGUMENTS(statement)                                                                            \
    va_list arguments;                                                                                       \
    va_start(arguments, format);                                                                             \
    statement;                                                                                               \
    va_end(arguments)

void plan_apply(struct plan *plan, const struct json *object, const char *format, ...) {
    ensure(object);
    WITH_ARGUMENTS(add_step(plan, STEP_APPLY, format, arguments)->object = object);
}

void plan_apply_over(struct plan *plan, const struct json *object, const struct json *live,
                     const char *format, ...) {
    ensure(object);
    WITH_ARGUMENTS(struct step *step = add_step(plan, STEP_APPLY, format, arguments));
    step->object = object;
    step->resource_version = json_string_at(live, "metadata.resourceVersion", "");
}

void plan_create(struct plan *plan, const struct json *object, const char *format, ...) {
    ensure(object);
    WITH_ARGUMENTS(add_step(plan, STEP_CREATE, format, arguments)->object = object);
}

void plan_delete(struct plan *plan, const struct kube_resource *resource, const struct json *live,
                 const char *format, ...) {
    WITH_ARGUMENTS(struct step *step = add_step(plan, STEP_DELETE, format, arguments));
    step->resource = resource;
    step->namespace = json_string_at(live, "metadata.namespace", NULL);
    step->name = json_string_at(live, "metadata.name", NULL);
    step->uid = json_string_at(live, "metadata.uid", NULL);
    step->resource_version = json_string_at(live, "metadata.resourceVersion", NULL);
    ensure(step->name && step->uid);
}

void plan_statement(struct plan *plan, const struct neo4j_target *target,
                    const struct neo4j_statement *statement, const char *format, ...) {
    WITH_ARGUMENTS(struct step *step = add_step(plan, STEP_STATEMENT, format, arguments));
    step->target = target;
    step->statement = statement;
}

void plan_wait(struct plan *plan, int64_t wait_ms, const char *format, ...) {
    ensure(wait_ms > 0);
    WITH_ARGUMENTS(add_step(plan, STEP_WAIT, format, arguments)->wait_ms = wait_ms);
}

void plan_event(struct plan *plan, enum plan_event_type type, const char *reason, const char *action,
                const char *format, ...) {
    /* Events are news, not state: what a condition says anyway may be dropped when there are too many. */
    if (plan->event_count == PLAN_EVENTS_MAX)
        return;
    struct plan_event *event = &plan->events[plan->event_count++];
    *event = (struct plan_event){ .type = type, .reason = reason, .action = action };
    WITH_ARGUMENTS(event->note = arena_vprintf(plan->arena, format, arguments));
}
