#include "base/cron.h"
#include "base/time_zone.h"
#include "sim/api_kinds.h"

/* A Job's name is that of its CronJob, a dash and the minute. */
enum { CRON_JOB_NAME_MAX = 52 };

/* Jobs and CronJobs: the selector that the server makes, and what a Job never changes. */

/* The Job's pods are told by its uid, unless the user says how. */
void api_job_prepare(struct api_context *context, struct json *object, const struct json *live) {
    static const char *const prefixes[] = { "batch.kubernetes.io/", "" };
    struct arena *arena = context->arena;
    const char *uid = json_string_at(object, "metadata.uid", ""),
               *name = json_string_at(object, "metadata.name", "");
    struct json *spec = json_get(object, "spec"), *template = json_get(spec, "template");

    if (live || !json_is(template, JSON_OBJECT) || json_bool_at(spec, "manualSelector", false))
        return;
    struct json *labels =
        json_ensure_object(arena, json_ensure_object(arena, template, "metadata"), "labels");
    for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++) {
        json_set_string(arena, labels, arena_printf(arena, "%scontroller-uid", prefixes[i]), uid);
        json_set_string(arena, labels, arena_printf(arena, "%sjob-name", prefixes[i]), name);
    }
    struct json *selector =
        json_ensure_object(arena, json_ensure_object(arena, spec, "selector"), "matchLabels");
    json_set_string(arena, selector, "batch.kubernetes.io/controller-uid", uid);
}

static void validate_counts(const struct json *spec, const char *path, struct field_errors *errors) {
    static const char *const counts[] = { "parallelism", "completions", "activeDeadlineSeconds",
                                          "backoffLimit", "ttlSecondsAfterFinished" };

    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++)
        if (json_integer_at(spec, counts[i], 0) < 0)
            field_errors_add(errors, FIELD_INVALID, arena_printf(errors->arena, "%s.%s", path, counts[i]),
                             json_get(spec, counts[i]), "must be greater than or equal to 0");
}

static void validate_spec(const struct json *spec, const char *path, struct field_errors *errors) {
    const char *policy = json_string_at(spec, "template.spec.restartPolicy", "Always");

    validate_counts(spec, path, errors);
    if (str_equal(policy, "Always"))
        field_errors_add(errors, FIELD_REQUIRED,
                         arena_printf(errors->arena, "%s.template.spec.restartPolicy", path), NULL,
                         "valid values: \"OnFailure\", \"Never\"");
}

void api_job_validate(struct api_context *context, const struct json *object, const struct json *live,
                      struct field_errors *errors) {
    static const char *const fixed[] = { "spec.completions", "spec.selector", "spec.completionMode",
                                         "spec.podFailurePolicy", "spec.managedBy" };

    validate_spec(json_get(object, "spec"), "spec", errors);
    if (!live || context->call->subresource)
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(fixed); i++)
        api_validate_immutable(object, live, fixed[i], errors);
    /* Before it has started, a suspended Job's template may be changed in where and with what its pods run.
     */
    if (!json_bool_at(live, "spec.suspend", false) || json_at(live, "status.startTime"))
        api_validate_immutable(object, live, "spec.template", errors);
}

/* ---- CronJobs ---- */

static void validate_schedule(const struct json *object, struct field_errors *errors) {
    const struct json *schedule = json_at(object, "spec.schedule"), *zone = json_at(object, "spec.timeZone");
    const char *text = json_string(schedule, "");
    struct cron_schedule parsed;
    struct error err = { 0 };

    if (str_empty(text)) /* which the schema refuses */
        return;
    if (strstr(text, "TZ"))
        field_errors_add(errors, FIELD_INVALID, "spec.schedule", schedule, "%s",
                         zone ? "cannot use both timeZone field and TZ or CRON_TZ in schedule"
                              : "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    else if (!cron_parse(text_from(text), &parsed, &err))
        field_errors_add(errors, FIELD_INVALID, "spec.schedule", schedule, "%s", err.text);
}

static void validate_zone(struct api_context *context, const struct json *object,
                          struct field_errors *errors) {
    const struct json *zone = json_at(object, "spec.timeZone");
    const struct time_zone *loaded;
    struct error err = { 0 };

    if (!json_is(zone, JSON_STRING))
        return;
    if (str_empty(zone->string))
        field_errors_add(errors, FIELD_INVALID, "spec.timeZone", zone,
                         "timeZone must be nil or non-empty string");
    else if (!strcasecmp(zone->string, "local"))
        field_errors_add(
            errors, FIELD_INVALID, "spec.timeZone", zone,
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
    else if (!time_zone_load(context->arena, zone->string, &loaded, &err))
        field_errors_add(errors, FIELD_INVALID, "spec.timeZone", zone, "%s", err.text);
}

void api_cron_job_validate(struct api_context *context, const struct json *object, const struct json *live,
                           struct field_errors *errors) {
    static const char *const counts[] = { "spec.startingDeadlineSeconds", "spec.successfulJobsHistoryLimit",
                                          "spec.failedJobsHistoryLimit" };

    if (!live && strlen(json_string_at(object, "metadata.name", "")) > CRON_JOB_NAME_MAX)
        field_errors_add(errors, FIELD_INVALID, "metadata.name", json_at(object, "metadata.name"),
                         "must be no more than %d characters", CRON_JOB_NAME_MAX);
    validate_schedule(object, errors);
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++)
        if (json_integer_at(object, counts[i], 0) < 0)
            field_errors_add(errors, FIELD_INVALID, counts[i], json_at(object, counts[i]),
                             "must be greater than or equal to 0");
    validate_zone(context, object, errors);
    validate_spec(json_at(object, "spec.jobTemplate.spec"), "spec.jobTemplate.spec", errors);
}
