#include "webhook/judging.h"

static void add_errors(struct arena *arena, const struct field_errors *found,
                       struct admission_verdict *verdict) {
    struct review_cause *causes = ARENA_ARRAY(arena, struct review_cause, found->count);

    verdict->errors = causes;
    for (size_t i = 0; i < found->count; i++) {
        const struct field_error *error = &found->items[i];
        if (error->type != FIELD_UNKNOWN)
            causes[verdict->error_count++] = (struct review_cause){ .reason = field_error_reason(error->type),
                                                                    .field = error->field,
                                                                    .message = error->text };
    }
}

/* A warning is about what is allowed: without the words of an error. */
static void add_warnings(struct arena *arena, const struct field_errors *found,
                         struct admission_verdict *verdict) {
    const char **texts = ARENA_ARRAY(arena, const char *, found->count);

    verdict->warnings = texts;
    for (size_t i = 0; i < found->count; i++) {
        const struct field_error *warning = &found->items[i];
        texts[verdict->warning_count++] = arena_printf(
            arena, "%s: %s", warning->field, str_empty(warning->detail) ? warning->text : warning->detail);
    }
}

static bool judge_by(void *context, struct arena *arena, const char *kind, const struct json *object,
                     const struct json *before, struct admission_verdict *out_verdict) {
    const struct api_kind *known = api_kind_find(kind);

    if (!known)
        return false;
    struct verdict verdict = judge_object(context, arena, known, object, before);
    *out_verdict = (struct admission_verdict){ .object = verdict.object };
    add_errors(arena, &verdict.errors, out_verdict);
    add_warnings(arena, &verdict.warnings, out_verdict);
    return true;
}

struct admission_judge judging_by(struct judge *judge) {
    return (struct admission_judge){ .context = judge, .judge = judge_by };
}
