#include "sim/api_kinds.h"

/* CustomResourceDefinitions: served as soon as they are stored.
 * After: k8s.io/apiextensions-apiserver, pkg/registry/customresourcedefinition and pkg/controller. */

static const char cleanup_finalizer[] = "customresourcecleanup.apiextensions.k8s.io";

static const char *lower(struct arena *arena, const char *string) {
    char *out = arena_strdup(arena, string);
    for (char *at = out; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return out;
}

static void default_names(struct api_context *context, struct json *spec) {
    struct json *names = json_ensure_object(context->arena, spec, "names");
    const char *kind = json_string_at(names, "kind", "");
    if (str_empty(json_string_at(names, "singular", "")))
        json_set_string(context->arena, names, "singular", lower(context->arena, kind));
    if (str_empty(json_string_at(names, "listKind", "")))
        json_set_string(context->arena, names, "listKind", arena_printf(context->arena, "%sList", kind));
    if (!json_length(json_at(spec, "conversion.strategy")))
        json_set_string(context->arena, json_ensure_object(context->arena, spec, "conversion"), "strategy",
                        "None");
}

static void add_condition(struct api_context *context, struct json *conditions, const char *type,
                          const char *reason, const char *message) {
    struct json *condition = json_append_object(context->arena, conditions);
    json_set_string(context->arena, condition, "type", type);
    json_set_string(context->arena, condition, "status", "True");
    json_set_string(context->arena, condition, "reason", reason);
    json_set_string(context->arena, condition, "message", message);
    json_set_string(context->arena, condition, "lastTransitionTime",
                    time_format(context->arena, context->now));
}

static void store_version_name(struct api_context *context, struct json *status, const char *name) {
    struct json *stored = json_get(status, "storedVersions");
    if (!stored)
        stored = json_set_array(context->arena, status, "storedVersions");
    JSON_FOR_EACH_ITEM (item, stored)
        if (str_equal(json_string(item, ""), name))
            return;
    json_append_string(context->arena, stored, name);
}

void api_crd_read(struct api_context *context, struct json *object, const struct json *live) {
    if (!context->call->subresource)
        default_names(context, json_ensure_object(context->arena, object, "spec"));
}

void api_crd_prepare(struct api_context *context, struct json *object, const struct json *live) {
    if (context->call->subresource)
        return;
    struct json *status = json_ensure_object(context->arena, object, "status");
    const struct json *spec = json_get(object, "spec");
    json_set(context->arena, status, "acceptedNames", json_copy(context->arena, json_get(spec, "names")));
    JSON_FOR_EACH_ITEM (version, json_get(spec, "versions"))
        if (json_bool_at(version, "storage", false))
            store_version_name(context, status, json_string_at(version, "name", ""));
    if (live)
        return;
    struct json *conditions = json_set_array(context->arena, status, "conditions");
    add_condition(context, conditions, "NamesAccepted", "NoConflicts", "no conflicts found");
    add_condition(context, conditions, "Established", "InitialNamesAccepted",
                  "the initial names have been accepted");
    struct json *metadata = json_ensure_object(context->arena, object, "metadata");
    struct json *finalizers = json_get(metadata, "finalizers");
    if (!finalizers)
        finalizers = json_set_array(context->arena, metadata, "finalizers");
    json_append_string(context->arena, finalizers, cleanup_finalizer);
}

static void validate_versions(const struct json *spec, struct field_errors *errors) {
    size_t stored = 0, index = 0;
    JSON_FOR_EACH_ITEM (version, json_get(spec, "versions")) {
        if (json_bool_at(version, "storage", false))
            stored++;
        if (!json_at(version, "schema.openAPIV3Schema"))
            field_errors_add(errors, FIELD_REQUIRED,
                             arena_printf(errors->arena, "spec.versions[%zu].schema.openAPIV3Schema", index),
                             NULL, "%s", "");
        index++;
    }
    if (stored != 1)
        field_errors_add(errors, FIELD_INVALID, "spec.versions", json_get(spec, "versions"),
                         "must have exactly one version marked as storage version");
}

static void validate_identity(const struct json *object, const struct json *live,
                              struct field_errors *errors) {
    const struct json *name = json_at(object, "metadata.name");
    const char *expected =
        arena_printf(errors->arena, "%s.%s", json_string_at(object, "spec.names.plural", ""),
                     json_string_at(object, "spec.group", ""));
    if (!str_equal(json_string(name, ""), expected))
        field_errors_add(errors, FIELD_INVALID, "metadata.name", name,
                         "must be spec.names.plural+\".\"+spec.group");
    api_validate_immutable(object, live, "spec.group", errors);
    api_validate_immutable(object, live, "spec.scope", errors);
    api_validate_immutable(object, live, "spec.names.kind", errors);
    api_validate_immutable(object, live, "spec.names.plural", errors);
}

/* Compiles the schemas, as the last judge: what is stored can be served. */
static void compile(struct api_context *context, const struct json *object, const struct json *live,
                    struct field_errors *errors) {
    struct error err = { 0 };
    bool is_sound = schema_registry_set_crd(context->api->schemas, object, &err);

    if (!is_sound)
        field_errors_add(errors, FIELD_INVALID, "spec.versions", json_new_string(errors->arena, ""), "%s",
                         err.text);
    if (is_sound && !api_call_is_dry(context->call))
        return;
    if (live) {
        bool is_restored = schema_registry_set_crd(context->api->schemas, live, NULL);
        ensure(is_restored);
        api_resources_set_crd(context->api->resources, context->api->schemas, live);
    } else {
        schema_registry_remove_crd(context->api->schemas, json_string_at(object, "spec.group", ""),
                                   json_string_at(object, "spec.names.kind", ""));
    }
}

void api_crd_validate(struct api_context *context, const struct json *object, const struct json *live,
                      struct field_errors *errors) {
    if (context->call->subresource)
        return;
    validate_versions(json_get(object, "spec"), errors);
    validate_identity(object, live, errors);
    if (errors->count)
        return;
    if (!live) {
        const char *name = json_string_at(object, "metadata.name", "");
        if (store_get(context->api->store, context->resource->collection, name))
            return; /* refused next, because it exists: its schemas stay */
    }
    compile(context, object, live, errors);
}

void api_crd_written(struct api_context *context, const struct json *object, const struct json *live) {
    if (object) {
        if (!context->call->subresource)
            api_resources_set_crd(context->api->resources, context->api->schemas, object);
        return;
    }
    api_resources_remove_crd(context->api->resources, json_string_at(live, "metadata.name", ""));
    schema_registry_remove_crd(context->api->schemas, json_string_at(live, "spec.group", ""),
                               json_string_at(live, "spec.names.kind", ""));
}
