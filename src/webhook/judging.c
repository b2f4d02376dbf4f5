#include "webhook/judging.h"

#include "api/defaults.h"
#include "api/rules_cluster.h"

/* "Invalid value: 1: must be …": the text without the field. */
static const char *message_of(struct arena *arena, const struct finding *finding) {
    return finding_text(arena, finding) + strlen(finding->field) + strlen(": ");
}

/* Fields that are not known were dropped by the API server before it asked, or it was told not to mind them.
 */
static void add_errors(struct arena *arena, const struct findings *findings,
                       struct admission_verdict *verdict) {
    struct review_cause *causes = ARENA_ARRAY(arena, struct review_cause, findings->count);

    verdict->errors = causes;
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        if (finding->kind != FINDING_UNKNOWN)
            causes[verdict->error_count++] = (struct review_cause){ .reason = finding_cause(finding->kind),
                                                                    .field = finding->field,
                                                                    .message = message_of(arena, finding) };
    }
}

static void add_warnings(struct arena *arena, const struct findings *findings,
                         struct admission_verdict *verdict) {
    const char **texts = ARENA_ARRAY(arena, const char *, findings->count);

    verdict->warnings = texts;
    for (size_t i = 0; i < findings->count; i++)
        texts[verdict->warning_count++] =
            arena_printf(arena, "%s: %s", findings->items[i].field, findings->items[i].detail);
}

static struct cluster_spec *spec_of(struct arena *arena, const struct json *object, struct findings *errors) {
    struct cluster_spec *spec =
        api_decode(arena, &cluster_spec_object, json_get(object, "spec"), "spec", errors);

    cluster_spec_set_defaults(arena, spec);
    return spec;
}

static struct json *with_defaults(struct arena *arena, const struct json *object) {
    struct json *copy = json_copy(arena, object);

    if (json_is(json_get(copy, "spec"), JSON_OBJECT))
        api_set_stored_defaults(arena, &cluster_spec_object, json_get(copy, "spec"));
    return copy;
}

static bool judge(void *context, struct arena *arena, const char *kind, const struct json *object,
                  const struct json *before, struct admission_verdict *out_verdict) {
    struct findings *errors = findings_new(arena), *warnings = findings_new(arena);

    if (!str_equal(kind, "Neo4jEnterpriseCluster"))
        return false;
    struct cluster_spec *spec = spec_of(arena, object, errors);
    if (!errors->count)
        cluster_judge(object, spec, errors, warnings);
    if (!errors->count && before)
        cluster_judge_change(spec_of(arena, before, findings_new(arena)), spec,
                             json_string_at(before, "status.version", NULL), errors);
    *out_verdict = (struct admission_verdict){ .object = with_defaults(arena, object) };
    add_errors(arena, errors, out_verdict);
    add_warnings(arena, warnings, out_verdict);
    return true;
}

struct admission_judge judging_of_api(void) {
    return (struct admission_judge){ .judge = judge };
}
