/* A judge for tests: spec.bad makes an error of each of its words, spec.odd a warning; spec.size is 3 by
 * default; only Neo4jThing and the clusters are known. */
#pragma once

#include "webhook/admission.h"

static bool fake_judge(void *context, struct arena *arena, const char *kind, const struct json *object,
                       const struct json *before, struct admission_verdict *out_verdict) {
    struct review_cause *errors = ARENA_ARRAY(arena, struct review_cause, 200);
    const char **warnings = ARENA_ARRAY(arena, const char *, 200);
    struct json *with_defaults = json_copy(arena, object);

    (void)context;
    (void)before;
    if (!str_starts_with(kind, "Neo4j") || str_equal(kind, "Neo4jUnknown"))
        return false;
    *out_verdict =
        (struct admission_verdict){ .errors = errors, .warnings = warnings, .object = with_defaults };
    JSON_FOR_EACH_ITEM (bad, json_at(object, "spec.bad"))
        if (out_verdict->error_count < 200)
            errors[out_verdict->error_count++] =
                (struct review_cause){ "FieldValueInvalid", "spec.bad", json_string(bad, "Invalid value") };
    JSON_FOR_EACH_ITEM (odd, json_at(object, "spec.odd"))
        if (out_verdict->warning_count < 200)
            warnings[out_verdict->warning_count++] = json_string(odd, "odd");
    struct json *spec = json_get(with_defaults, "spec");
    if (json_is(spec, JSON_OBJECT) && !json_get(spec, "size"))
        json_set_integer(arena, spec, "size", 3);
    return true;
}

static inline struct admission_options fake_options(void) {
    return (struct admission_options){ .judge = { NULL, fake_judge },
                                       .deletion_protection = true,
                                       .version = "9.9.9" };
}
