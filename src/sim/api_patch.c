#include "sim/api_internal.h"

#include "sim/api_body.h"
#include "sim/apply.h"
#include "sim/patch.h"

/* Patches: JSON patch, merge patch, strategic merge patch, and server-side apply. */

static bool refuse_patch(struct api_context *context, const struct error *err) {
    if (err->kind != ERROR_INVALID)
        return api_refuse(context, 400, "BadRequest", "%s", err->text);
    api_refuse(context, 422, "Invalid", "the server rejected our request due to an error in our request");
    api_status_details(context);
    return false;
}

static bool refuse_media_type(struct api_context *context) {
    return api_refuse(
        context, 415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
}

static bool change(struct api_context *context, const struct json *live, struct json **out_object) {
    const struct json *patch = context->call->body;
    struct error err = { 0 };
    struct json *changed = NULL;
    bool done = true;

    switch (context->call->patch) {
    case API_PATCH_JSON:
        done = patch_json(context->arena, live, patch, &changed, &err);
        break;
    case API_PATCH_MERGE:
        changed = patch_merge(context->arena, live, patch);
        break;
    case API_PATCH_STRATEGIC:
        if (api_resource_is_custom(context->resource))
            return refuse_media_type(context);
        done = patch_strategic(context->arena, context->resource->schema, live, patch, &changed, &err);
        break;
    case API_PATCH_APPLY:
        ensure(false);
    }
    if (!done)
        return refuse_patch(context, &err);
    *out_object = json_copy(context->arena, changed);
    return true;
}

/* ---- apply ---- */

static bool refuse_without_manager(struct api_context *context) {
    api_refuse(context, 422, "Invalid",
               "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for "
               "apply patch");
    struct json *details = api_status_details(context);
    json_set_string(context->arena, details, "group", "meta.k8s.io");
    json_set_string(context->arena, details, "kind", "PatchOptions");
    api_status_cause(context, "FieldValueRequired", "fieldManager",
                     "Required value: is required for apply patch");
    return false;
}

/* The applied configuration holds only what this endpoint writes: the other half is not its business. */
static void restrict_to_endpoint(struct api_context *context, struct json *applied) {
    bool is_status = str_equal(context->call->subresource, "status");

    if (!is_status) {
        if (context->resource->has_status)
            json_remove(applied, "status");
        return;
    }
    json_remove(applied, "spec");
    struct json *metadata = json_new_object(context->arena);
    static const char *const kept[] = { "name", "namespace", "uid", "resourceVersion" };
    for (size_t i = 0; i < ARRAY_LENGTH(kept); i++)
        if (json_get(json_get(applied, "metadata"), kept[i]))
            json_set(context->arena, metadata, kept[i], json_get(json_get(applied, "metadata"), kept[i]));
    json_set(context->arena, applied, "metadata", metadata);
}

static bool check_applied(struct api_context *context, struct json *applied) {
    const char *expected = context->resource->api_version;
    struct json *metadata;

    if (!json_is(applied, JSON_OBJECT))
        return api_refuse(context, 400, "BadRequest",
                          "error decoding YAML: the applied configuration is not an object");
    if (!str_equal(json_string_at(applied, "apiVersion", ""), expected) ||
        !str_equal(json_string_at(applied, "kind", ""), context->resource->kind)) {
        const char *version = json_string_at(applied, "apiVersion", "");
        return api_refuse(context, 400, "BadRequest", "invalid object type: %s%s, Kind=%s",
                          strchr(version, '/') ? "" : "/", version, json_string_at(applied, "kind", ""));
    }
    metadata = json_ensure_object(context->arena, applied, "metadata");
    if (context->resource->is_namespaced) {
        const char *namespace = json_string_at(metadata, "namespace", "");
        if (*namespace && !str_equal(namespace, context->namespace))
            return api_refuse(
                context, 400, "BadRequest",
                "the namespace of the provided object does not match the namespace sent on the request");
    }
    if (str_empty(json_string_at(metadata, "name", "")))
        return api_refuse_nameless(context);
    if (!str_equal(json_string_at(metadata, "name", ""), context->name))
        return api_refuse(context, 400, "BadRequest",
                          "the name of the object (%s) does not match the name on the URL (%s)",
                          json_string_at(metadata, "name", ""), context->name);
    json_set_string(context->arena, metadata, "name", context->name);
    return true;
}

static bool refuse_merge(struct api_context *context, const struct apply_conflicts *conflicts,
                         const struct error *err) {
    if (err->kind == ERROR_CONFLICT)
        return api_refuse_object(context, apply_conflicts_status(context->arena, conflicts));
    if (strstr(err->text, "managedFields"))
        return api_refuse(context, 400, "BadRequest", "%s", err->text);
    return api_refuse(context, 500, "", "%s", err->text);
}

static bool apply(struct api_context *context) {
    struct json *live =
        api_load(context->api, context->arena, context->resource, context->namespace, context->name);
    struct apply_request request = {
        .schema = context->resource->schema,
        .api_version = context->resource->api_version,
        .manager = context->call->field_manager,
        .subresource = context->call->subresource,
        .force = context->call->force,
        .now = context->now,
    };
    struct apply_conflicts conflicts = { 0 };
    struct error err = { 0 };
    struct json *applied, *merged;

    if (str_empty(context->call->field_manager))
        return refuse_without_manager(context);
    if (!live && context->call->subresource)
        return api_refuse_not_found(context, context->resource, context->name);
    applied = json_copy(context->arena, context->call->body);
    if (!check_applied(context, applied))
        return false;
    if (!live && context->resource->is_namespaced && !api_check_namespace(context, context->name))
        return false;
    if (!live && !str_empty(json_string_at(applied, "metadata.uid", "")))
        return api_refuse_conflict(
            context, context->name,
            arena_printf(context->arena,
                         "uid mismatch: the provided object specified uid %s, and no existing "
                         "object was found",
                         json_string_at(applied, "metadata.uid", "")));
    restrict_to_endpoint(context, applied);
    if (context->call->duplicate_field && context->call->validation == API_VALIDATION_STRICT)
        return api_refuse(context, 400, "BadRequest", "error decoding YAML: key \"%s\" already set in map",
                          context->call->duplicate_field);
    if (!apply_merge(context->arena, &request, live, applied, &merged, &conflicts, &err))
        return refuse_merge(context, &conflicts, &err);
    merged = json_copy(context->arena, merged);
    if (!api_body_check(context, merged, true))
        return false;
    return live ? api_write_changed(context, merged, live, true) : api_write_new(context, merged, true);
}

bool api_patch(struct api_context *context) {
    struct json *live, *object;

    if (!context->call->body)
        return api_refuse(context, 400, "BadRequest", "the body of the request is empty");
    if (context->call->patch == API_PATCH_APPLY)
        return apply(context);
    live = api_load(context->api, context->arena, context->resource, context->namespace, context->name);
    if (!live)
        return api_refuse_not_found(context, context->resource, context->name);
    if (!change(context, live, &object) || !api_body_check(context, object, true))
        return false;
    return api_write_changed(context, object, live, false);
}
