#include "kube/status.h"

#include <string.h>

static enum error_kind kind_of_code(int code) {
    switch (code) {
    case 400:
    case 405:
    case 413:
    case 422:
        return ERROR_INVALID;
    case 401:
        return ERROR_UNAUTHORIZED;
    case 403:
        return ERROR_FORBIDDEN;
    case 404:
        return ERROR_NOT_FOUND;
    case 409:
        return ERROR_CONFLICT;
    case 410:
        return ERROR_GONE;
    case 429:
        return ERROR_THROTTLED;
    case 504:
        return ERROR_TIMEOUT;
    case 502:
    case 503:
        return ERROR_UNAVAILABLE;
    default:
        return code >= 500 ? ERROR_REFUSED : ERROR_PROTOCOL;
    }
}

/* Where a reason says more than its code. */
static const struct {
    const char *reason;
    enum error_kind kind;
} kinds_of_reasons[] = {
    { "AlreadyExists", ERROR_ALREADY_EXISTS },
    { "Expired", ERROR_GONE },
    { "Timeout", ERROR_TIMEOUT },
    { "ServerTimeout", ERROR_TIMEOUT },
};

static enum error_kind kind_of(int code, const char *reason) {
    for (size_t i = 0; i < ARRAY_LENGTH(kinds_of_reasons); i++)
        if (str_equal(reason, kinds_of_reasons[i].reason))
            return kinds_of_reasons[i].kind;
    return kind_of_code(code);
}

/* The message, and of the causes those that it does not contain. */
static void add_message(struct buffer *out, const struct json *status) {
    const char *message = json_string(json_get(status, "message"), "");

    buffer_add_string(out, message);
    JSON_FOR_EACH_ITEM (cause, json_at(status, "details.causes")) {
        const char *detail = json_string(json_get(cause, "message"), "");
        const char *field = json_string(json_get(cause, "field"), "");
        if (!*detail || strstr(message, detail))
            continue;
        buffer_printf(out, "%s%s%s%s", out->length ? "; " : "", field, *field ? ": " : "", detail);
    }
}

static bool is_status(const struct json *object) {
    return str_equal(json_string(json_get(object, "kind"), NULL), "Status");
}

bool status_error_of_object(const struct json *status, struct error *err) {
    int code = (int)json_integer(json_get(status, "code"), 0);
    const char *reason = json_string(json_get(status, "reason"), "");
    CLEANUP_BUFFER struct buffer message = { 0 };

    add_message(&message, status);
    if (!message.length)
        buffer_printf(&message, "the API server answered %d %s", code, reason);
    return error_set(err, kind_of(code, reason), "%s", buffer_string(&message));
}

/* A path that no API serves is answered in plain text; an object that is not there by a Status with details
 * about it. Only the latter may count as absent. */
static bool is_unknown_resource(const struct http_answer *answer, const struct json *status) {
    return answer->status == 404 && !json_string_at(status, "details.name", NULL);
}

static bool is_custom(const struct kube_resource *resource) {
    return strchr(resource->group, '.') && !str_ends_with(resource->group, ".k8s.io");
}

/* What a person can do about a refusal that does not pass by itself. */
static const char *remedy_of(enum error_kind kind) {
    if (kind == ERROR_UNAUTHORIZED)
        return "; these credentials are not accepted: renew the token or certificate";
    if (kind == ERROR_FORBIDDEN)
        return "; give the account this permission";
    return "";
}

bool status_error(const struct http_answer *answer, const struct kube_resource *resource, bool is_write,
                  struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *status = NULL;
    struct error why = { 0 };

    if (!json_parse(arena, buffer_text(&answer->body), NULL, &status, NULL) || !is_status(status))
        status = NULL;
    if (is_unknown_resource(answer, status))
        error_set(&why, ERROR_REFUSED, "the API server does not serve %s of %s%s%s%s", resource->plural,
                  resource->group, *resource->group ? "/" : "", resource->version,
                  is_custom(resource) ? "; is its CustomResourceDefinition installed?" : "");
    else if (status)
        status_error_of_object(status, &why);
    else
        error_set(&why, kind_of_code(answer->status), "the API server answered %d", answer->status);
    if (*remedy_of(why.kind))
        error_set(&why, why.kind, "%s%s", arena_strdup(arena, why.text), remedy_of(why.kind));
    why.retry_after_seconds = answer->retry_after_seconds;
    /* A refusal says that nothing was done; 5xx may come from anywhere behind the act. */
    why.outcome_unknown = is_write && answer->status >= 500;
    if (err)
        *err = why;
    return false;
}
