#include "sim/api_internal.h"

/* Status: how the API says no. After: k8s.io/apimachinery, api/errors. */

struct json *api_status_new(struct arena *arena, int code, const char *reason, const char *message) {
    struct json *status = json_new_object(arena);
    json_set_string(arena, status, "kind", "Status");
    json_set_string(arena, status, "apiVersion", "v1");
    json_set_object(arena, status, "metadata");
    json_set_string(arena, status, "status", "Failure");
    json_set_string(arena, status, "message", message);
    if (*reason)
        json_set_string(arena, status, "reason", reason);
    json_set_integer(arena, status, "code", code);
    return status;
}

bool api_refuse_object(struct api_context *context, struct json *status) {
    struct json *details = json_get(status, "details");
    if (details && str_empty(json_string_at(details, "name", "")))
        json_remove(details, "name");
    context->answer->code = (int)json_integer_at(status, "code", 500);
    context->answer->object = status;
    return false;
}

bool api_refuse(struct api_context *context, int code, const char *reason, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(context->arena, format, arguments);
    va_end(arguments);
    return api_refuse_object(context, api_status_new(context->arena, code, reason, message));
}

struct json *api_status_details(struct api_context *context) {
    return json_ensure_object(context->arena, context->answer->object, "details");
}

static void describe(struct api_context *context, const char *name, const char *group, const char *kind) {
    struct json *details = api_status_details(context);
    if (!str_empty(name))
        json_set_string(context->arena, details, "name", name);
    if (!str_empty(group))
        json_set_string(context->arena, details, "group", group);
    json_set_string(context->arena, details, "kind", kind);
}

void api_status_cause(struct api_context *context, const char *type, const char *field, const char *message) {
    struct json *details = api_status_details(context);
    struct json *causes = json_get(details, "causes");
    if (!causes)
        causes = json_set_array(context->arena, details, "causes");
    struct json *cause = json_append_object(context->arena, causes);
    json_set_string(context->arena, cause, "reason", type);
    json_set_string(context->arena, cause, "message", message);
    if (field)
        json_set_string(context->arena, cause, "field", field);
}

bool api_refuse_not_found(struct api_context *context, const struct api_resource *resource,
                          const char *name) {
    api_refuse(context, 404, "NotFound", "%s \"%s\" not found",
               api_resource_qualified(context->arena, resource), name);
    describe(context, name, resource->group, resource->plural);
    return false;
}

bool api_refuse_exists(struct api_context *context, const char *name) {
    api_refuse(context, 409, "AlreadyExists", "%s \"%s\" already exists",
               api_resource_qualified(context->arena, context->resource), name);
    describe(context, name, context->resource->group, context->resource->plural);
    return false;
}

bool api_refuse_conflict(struct api_context *context, const char *name, const char *why) {
    api_refuse(context, 409, "Conflict", "Operation cannot be fulfilled on %s \"%s\": %s",
               api_resource_qualified(context->arena, context->resource), name, why);
    describe(context, name, context->resource->group, context->resource->plural);
    return false;
}

bool api_refuse_forbidden(struct api_context *context, const char *name, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *why = arena_vprintf(context->arena, format, arguments);
    va_end(arguments);
    const char *what = api_resource_qualified(context->arena, context->resource);
    if (str_empty(name))
        api_refuse(context, 403, "Forbidden", "%s is forbidden: %s", what, why);
    else
        api_refuse(context, 403, "Forbidden", "%s \"%s\" is forbidden: %s", what, name, why);
    describe(context, name, context->resource->group, context->resource->plural);
    return false;
}

bool api_refuse_invalid(struct api_context *context, const char *name, const struct field_errors *errors) {
    return api_refuse_object(context, field_errors_status(context->arena, errors, context->resource->group,
                                                          context->resource->kind, name ? name : ""));
}

bool api_refuse_method(struct api_context *context) {
    api_refuse(context, 405, "MethodNotAllowed",
               "the server does not allow this method on the requested resource");
    api_status_details(context);
    return false;
}

bool api_refuse_error(struct api_context *context, const struct error *err) {
    return api_refuse(context, 400, "BadRequest", "%s", err->text);
}

struct json *api_status_success(struct api_context *context, const struct json *object) {
    struct arena *arena = context->arena;
    struct json *status = json_new_object(arena);
    json_set_string(arena, status, "kind", "Status");
    json_set_string(arena, status, "apiVersion", "v1");
    json_set_object(arena, status, "metadata");
    json_set_string(arena, status, "status", "Success");
    struct json *details = json_set_object(arena, status, "details");
    json_set_string(arena, details, "name", json_string_at(object, "metadata.name", ""));
    if (*context->resource->group)
        json_set_string(arena, details, "group", context->resource->group);
    json_set_string(arena, details, "kind", context->resource->plural);
    json_set_string(arena, details, "uid", json_string_at(object, "metadata.uid", ""));
    return status;
}

bool api_succeed(struct api_context *context, int code, struct json *object) {
    context->answer->code = code;
    context->answer->object = object;
    return true;
}

void api_warn(struct api_context *context, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(context->arena, format, arguments);
    va_end(arguments);
    if (!context->answer->warnings)
        context->answer->warnings = json_new_array(context->arena);
    json_append_string(context->arena, context->answer->warnings, text);
}
