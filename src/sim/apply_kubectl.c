#include "sim/apply_kubectl.h"

#include "sim/apply_typed.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

static const char *last_applied_of(const struct apply_request *request, const struct json *object) {
    return str_equal(request->manager, "kubectl")
               ? json_string(json_get(json_at(object, "metadata.annotations"), LAST_APPLIED), "")
               : "";
}

struct field_set apply_kubectl_fields(struct arena *arena, const struct apply_request *request,
                                      const struct json *live) {
    const char *text = last_applied_of(request, live);
    struct json *last = NULL;

    if (str_empty(text) || !json_parse(arena, text_from(text), NULL, &last, NULL) ||
        !str_equal(json_string(json_get(last, "apiVersion"), ""), request->api_version) ||
        !typed_check(arena, request->schema, last, false, NULL))
        return (struct field_set){ 0 };
    struct field_set fields = typed_fields(arena, request->schema, last);
    struct comparison comparison = typed_compare(arena, request->schema, last, live);
    fields = field_set_difference(arena, &fields, &comparison.modified);
    fields = field_set_difference(arena, &fields, &comparison.added);
    return field_set_difference(arena, &fields, &comparison.removed);
}

void apply_kubectl_annotate(struct arena *arena, const struct apply_request *request,
                            const struct json *applied, struct json *merged) {
    struct json *configuration = json_copy(arena, applied);
    struct json *annotations = json_at(configuration, "metadata.annotations");
    struct buffer text = { 0 };

    if (str_empty(last_applied_of(request, merged)))
        return;
    if (json_is(annotations, JSON_OBJECT)) {
        json_remove(annotations, LAST_APPLIED);
        if (annotations->length == 0)
            json_remove(json_get(configuration, "metadata"), "annotations");
    }
    json_sort(configuration);
    json_write(&text, configuration, &(struct json_write_options){ .html_safe = true });
    buffer_add_char(&text, '\n');
    json_set_string(arena, json_at(merged, "metadata.annotations"), LAST_APPLIED, buffer_string(&text));
    buffer_clear(&text);
}
