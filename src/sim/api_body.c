#include "sim/api_body.h"

#include "sim/apply.h"

const char *api_body_manager(const struct api_context *context) {
    const char *agent = context->call->user_agent;
    size_t length;

    if (!str_empty(context->call->field_manager))
        return context->call->field_manager;
    length = agent ? strcspn(agent, "/") : 0;
    if (!length)
        return "unknown";
    return arena_strndup(context->arena, agent,
                         length < APPLY_MANAGER_BYTES_MAX ? length : APPLY_MANAGER_BYTES_MAX);
}

/* ---- what it is ---- */

static bool refuse_kind(struct api_context *context, const char *kind) {
    const char *group = context->resource->group, *version = context->resource->version;
    return api_refuse(
        context, 400, "BadRequest",
        "%s in version \"%s\" cannot be handled as a %s: converting (%s.%s) to (%.*s.%s): unknown "
        "conversion",
        kind, version, context->resource->kind, version, kind, *group ? (int)strcspn(group, ".") : 4,
        *group ? group : "core", context->resource->kind);
}

static bool check_kind(struct api_context *context, struct json *object) {
    const char *expected_version = context->resource->api_version;
    const char *version = json_string_at(object, "apiVersion", "");
    const char *kind = json_string_at(object, "kind", "");

    if (!json_is(object, JSON_OBJECT))
        return api_refuse(context, 400, "BadRequest", "the body of the request is not a JSON object");
    if (!*kind && api_resource_is_custom(context->resource))
        return api_refuse(context, 400, "BadRequest", "Object 'Kind' is missing in '%s'",
                          json_print(context->arena, object));
    if (*version && !str_equal(version, expected_version) && api_resource_is_custom(context->resource))
        return api_refuse(context, 400, "BadRequest",
                          "the API version in the data (%s) does not match the expected API version (%s)",
                          version, expected_version);
    if (*version && !str_equal(version, expected_version))
        return api_refuse(
            context, 400, "BadRequest",
            "%s in version \"%s\" cannot be handled as a %s: no kind \"%s\" is registered for version "
            "\"%s\" in scheme \"pkg/runtime/scheme.go:111\"",
            kind, version, context->resource->kind, kind, version);
    if (*kind && !str_equal(kind, context->resource->kind))
        return refuse_kind(context, kind);
    json_set_string(context->arena, object, "apiVersion", expected_version);
    json_set_string(context->arena, object, "kind", context->resource->kind);
    return true;
}

bool api_refuse_nameless(struct api_context *context) {
    return api_refuse(context, 400, "BadRequest",
                      "the name of the object (%s based on URL) was undeterminable: name must be provided",
                      context->name);
}

static bool check_place(struct api_context *context, struct json *object) {
    struct json *metadata = json_ensure_object(context->arena, object, "metadata");
    const char *namespace = json_string_at(metadata, "namespace", "");
    const char *name = json_string_at(metadata, "name", "");

    if (context->resource->is_namespaced) {
        if (*namespace && !str_equal(namespace, context->namespace))
            return api_refuse(
                context, 400, "BadRequest",
                "the namespace of the provided object does not match the namespace sent on the request");
        json_set_string(context->arena, metadata, "namespace", context->namespace);
    } else if (*namespace) {
        json_remove(metadata, "namespace");
    }
    if (!context->name || context->call->verb == API_CREATE)
        return true;
    if (!*name)
        return api_refuse_nameless(context);
    if (!str_equal(name, context->name))
        return api_refuse(context, 400, "BadRequest",
                          "the name of the object (%s) does not match the name on the URL (%s)", name,
                          context->name);
    json_set_string(context->arena, metadata, "name", context->name);
    return true;
}

/* ---- what it holds ---- */

/* The object that a patch has made can't be decoded. */
static bool refuse_patched(struct api_context *context, const struct json *object, const char *why) {
    struct field_errors errors = { .arena = context->arena };
    struct json *status;

    field_errors_add(&errors, FIELD_INVALID, "patch",
                     json_new_string(context->arena, json_print(context->arena, object)), "%s", why);
    status = field_errors_status(context->arena, &errors, "", "", "");
    json_remove(json_get(status, "details"), "kind");
    return api_refuse_object(context, status);
}

static bool refuse_strictly(struct api_context *context, const struct json *object,
                            const struct schema_paths *unknown, bool is_patched) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    buffer_add_string(&out, "strict decoding error: ");
    if (context->call->duplicate_field)
        buffer_printf(&out, "duplicate field \"%s\"%s", context->call->duplicate_field,
                      unknown->count ? ", " : "");
    for (size_t i = 0; i < unknown->count; i++)
        buffer_printf(&out, "%sunknown field \"%s\"", i ? ", " : "", unknown->items[i]);
    if (is_patched)
        return refuse_patched(context, object, buffer_string(&out));
    return api_refuse(context, 400, "BadRequest", "%s in version \"%s\" cannot be handled as a %s: %s",
                      context->resource->kind, context->resource->version, context->resource->kind,
                      buffer_string(&out));
}

static bool check_unknown(struct api_context *context, const struct json *object,
                          const struct schema_paths *unknown, bool is_patched) {
    if (context->call->validation == API_VALIDATION_IGNORE ||
        !(unknown->count || context->call->duplicate_field))
        return true;
    if (context->call->validation == API_VALIDATION_STRICT)
        return refuse_strictly(context, object, unknown, is_patched);
    if (context->call->duplicate_field)
        api_warn(context, "duplicate field \"%s\"", context->call->duplicate_field);
    for (size_t i = 0; i < unknown->count; i++)
        api_warn(context, "unknown field \"%s\"", unknown->items[i]);
    return true;
}

/* A patch is told Go's words alone; a body, what it was to be. */
static bool refuse_type(struct api_context *context, const struct json *object, const struct error *err,
                        bool is_patched) {
    const char *go = strstr(err->text, "json: ");
    if (is_patched)
        return refuse_patched(context, object, go ? go : err->text);
    return api_refuse(context, 400, "BadRequest", "%s", err->text);
}

bool api_body_check(struct api_context *context, struct json *object, bool is_patched) {
    struct schema_paths unknown = { 0 };
    struct error err = { 0 };

    if (!check_kind(context, object))
        return false;
    if (context->resource->schema &&
        !schema_decode(context->arena, context->resource->schema, object, &unknown, &err))
        return refuse_type(context, object, &err, is_patched);
    return check_unknown(context, object, &unknown, is_patched) && check_place(context, object);
}

bool api_body_read(struct api_context *context, struct json **out_object) {
    struct json *object;

    if (!context->call->body)
        return api_refuse(context, 400, "BadRequest", "the body of the request is empty");
    object = json_copy(context->arena, context->call->body);
    if (!api_body_check(context, object, false))
        return false;
    *out_object = object;
    return true;
}
