#include "sim/api_kinds.h"

/* Workloads of the apps group: selectors and what a StatefulSet never changes. */

static void validate_counts(const struct json *object, struct field_errors *errors) {
    static const char *const counts[] = { "spec.minReadySeconds", "spec.replicas",
                                          "spec.revisionHistoryLimit" };
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++)
        if (json_integer_at(object, counts[i], 0) < 0)
            field_errors_add(errors, FIELD_INVALID, counts[i], json_at(object, counts[i]),
                             "must be greater than or equal to 0");
}

static void validate_selector(const struct json *object, struct field_errors *errors) {
    const struct json *selector = json_at(object, "spec.selector");
    const struct json *labels = json_at(object, "spec.template.metadata.labels");

    if (!json_is(selector, JSON_OBJECT)) {
        field_errors_add(errors, FIELD_INVALID, "spec.template.metadata.labels",
                         labels ? labels : json_new_null(errors->arena),
                         "`selector` does not match template `labels`");
        return;
    }
    if (!json_length(json_get(selector, "matchLabels")) &&
        !json_length(json_get(selector, "matchExpressions")))
        field_errors_add(errors, FIELD_INVALID, "spec.selector", selector, "empty selector is invalid for %s",
                         str_equal(json_string_at(object, "kind", ""), "StatefulSet") ? "statefulset"
                                                                                      : "deployment");
    JSON_FOR_EACH_MEMBER (label, json_get(selector, "matchLabels"))
        if (!json_equal(&label->value, json_get(labels, label->key))) {
            field_errors_add(errors, FIELD_INVALID, "spec.template.metadata.labels",
                             labels ? labels : json_new_null(errors->arena),
                             "`selector` does not match template `labels`");
            return;
        }
}

void api_selector_validate(struct api_context *context, const struct json *object, const struct json *live,
                           struct field_errors *errors) {
    validate_counts(object, errors);
    if (!live)
        validate_selector(object, errors);
    else if (!context->call->subresource)
        api_validate_immutable(object, live, "spec.selector", errors);
}

static bool is_one_of(const char *const *words, const char *word) {
    for (; *words; words++)
        if (str_equal(*words, word))
            return true;
    return false;
}

static bool differs_in_fixed(const struct json *a, const struct json *b) {
    static const char *const may_change[] = { "replicas",
                                              "ordinals",
                                              "template",
                                              "updateStrategy",
                                              "revisionHistoryLimit",
                                              "persistentVolumeClaimRetentionPolicy",
                                              "minReadySeconds",
                                              NULL };
    JSON_FOR_EACH_MEMBER (member, a)
        if (!is_one_of(may_change, member->key) && !json_equal(&member->value, json_get(b, member->key)))
            return true;
    return false;
}

void api_stateful_set_validate(struct api_context *context, const struct json *object,
                               const struct json *live, struct field_errors *errors) {
    validate_counts(object, errors);
    if (!live) {
        validate_selector(object, errors);
        return;
    }
    if (context->call->subresource)
        return;
    const struct json *before = json_get(live, "spec"), *after = json_get(object, "spec");
    if (differs_in_fixed(before, after) || differs_in_fixed(after, before))
        field_errors_add(
            errors, FIELD_FORBIDDEN, "spec", NULL,
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
            "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
            "'minReadySeconds' are forbidden");
}
