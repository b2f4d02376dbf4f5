#include "webhook/review.h"

#include "base/encoding.h"

static const char *const operations[REVIEW_OPERATIONS] = { [REVIEW_CREATE] = "CREATE",
                                                           [REVIEW_UPDATE] = "UPDATE",
                                                           [REVIEW_DELETE] = "DELETE",
                                                           [REVIEW_CONNECT] = "CONNECT" };

const char *review_operation_name(enum review_operation operation) {
    return operations[operation];
}

/* ---- reading ---- */

static bool read_operation(const struct json *request, struct review_request *out, struct error *err) {
    const char *name = json_string(json_get(request, "operation"), "");

    for (size_t i = 0; i < REVIEW_OPERATIONS; i++)
        if (str_equal(name, operations[i])) {
            out->operation = (enum review_operation)i;
            return true;
        }
    return error_set(err, ERROR_INVALID, "request.operation is none of CREATE, UPDATE, DELETE, CONNECT");
}

/* null, or left out, is none. */
static bool read_object(const struct json *request, const char *key, const struct json **out,
                        struct error *err) {
    const struct json *object = json_get(request, key);

    if (object && !json_is(object, JSON_OBJECT) && !json_is(object, JSON_NULL))
        return error_set(err, ERROR_INVALID, "request.%s is no object", key);
    *out = json_is(object, JSON_OBJECT) ? object : NULL;
    return true;
}

static bool require_objects(const struct review_request *request, struct error *err) {
    bool needs_object = request->operation == REVIEW_CREATE || request->operation == REVIEW_UPDATE;
    bool needs_old = request->operation == REVIEW_UPDATE || request->operation == REVIEW_DELETE;

    if (needs_object && !request->object)
        return error_set(err, ERROR_INVALID, "request.object is missing");
    if (needs_old && !request->old_object)
        return error_set(err, ERROR_INVALID, "request.oldObject is missing");
    return true;
}

static bool read_request(const struct json *request, struct review_request *out, struct error *err) {
    const struct json *uid = json_get(request, "uid");
    const struct json *kind = json_get(request, "kind");

    if (!json_is(uid, JSON_STRING) || !uid->length || uid->length > REVIEW_UID_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "request.uid is no text of 1 to %d bytes", REVIEW_UID_BYTES_MAX);
    *out = (struct review_request){ .uid = json_string(uid, ""),
                                    .group = json_string(json_get(kind, "group"), ""),
                                    .version = json_string(json_get(kind, "version"), ""),
                                    .kind = json_string(json_get(kind, "kind"), ""),
                                    .subresource = json_string(json_get(request, "subResource"), ""),
                                    .name = json_string(json_get(request, "name"), ""),
                                    .namespace = json_string(json_get(request, "namespace"), "") };
    if (str_empty(out->kind))
        return error_set(err, ERROR_INVALID, "request.kind is missing");
    return read_operation(request, out, err) && read_object(request, "object", &out->object, err) &&
           read_object(request, "oldObject", &out->old_object, err) && require_objects(out, err);
}

bool review_parse(struct arena *arena, struct text text, struct review_request *out_request,
                  struct error *err) {
    const struct json_parse_options options = { .skip_managed_fields = true };
    struct json *review = NULL;

    if (!json_parse(arena, text, &options, &review, err))
        return error_wrap(err, "the body is no JSON");
    if (!str_equal(json_string(json_get(review, "kind"), ""), "AdmissionReview"))
        return error_set(err, ERROR_INVALID, "the body is no AdmissionReview");
    if (!str_equal(json_string(json_get(review, "apiVersion"), ""), "admission.k8s.io/v1"))
        return error_set(err, ERROR_INVALID,
                         "apiVersion is not admission.k8s.io/v1, the one that is known here");
    if (!json_is(json_get(review, "request"), JSON_OBJECT))
        return error_set(err, ERROR_INVALID, "request is missing");
    return read_request(json_get(review, "request"), out_request, err);
}

/* ---- writing ---- */

static char *cut(struct arena *arena, const char *string, size_t bytes_max) {
    struct text text = text_from(string);

    return arena_strndup(arena, string, text.length > bytes_max ? utf8_cut(text, bytes_max) : text.length);
}

/* A warning becomes a header's value: one line. */
static char *warning_text(struct arena *arena, const char *warning) {
    char *text = cut(arena, warning, REVIEW_WARNING_BYTES_MAX);

    for (char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    return text;
}

static void add_warnings(struct arena *arena, struct json *response, const struct review_answer *answer) {
    struct json *warnings = NULL;
    size_t left = REVIEW_WARNINGS_BYTES_MAX;

    for (size_t i = 0; i < answer->warning_count; i++) {
        const char *text = warning_text(arena, answer->warnings[i]);
        if (strlen(text) > left)
            return;
        left -= strlen(text);
        if (!warnings)
            warnings = json_set_array(arena, response, "warnings");
        json_append_string(arena, warnings, text);
    }
}

static void add_causes(struct arena *arena, struct json *details, const struct review_answer *answer) {
    struct json *causes = json_set_array(arena, details, "causes");

    for (size_t i = 0; i < answer->cause_count && i < REVIEW_CAUSES_MAX; i++) {
        struct json *cause = json_append_object(arena, causes);
        json_set_string(arena, cause, "reason", answer->causes[i].reason);
        json_set_string(arena, cause, "message",
                        cut(arena, answer->causes[i].message, REVIEW_MESSAGE_BYTES_MAX));
        json_set_string(arena, cause, "field", answer->causes[i].field);
    }
}

static void add_status(struct arena *arena, struct json *response, const struct review_request *request,
                       const struct review_answer *answer) {
    struct json *status = json_set_object(arena, response, "status");
    struct json *details;

    json_set_string(arena, status, "status", "Failure");
    json_set_string(arena, status, "message", cut(arena, answer->message, REVIEW_MESSAGE_BYTES_MAX));
    json_set_string(arena, status, "reason", answer->reason);
    json_set_integer(arena, status, "code", answer->code);
    details = json_set_object(arena, status, "details");
    json_set_string(arena, details, "name", request->name);
    json_set_string(arena, details, "group", request->group);
    json_set_string(arena, details, "kind", request->kind);
    if (answer->cause_count)
        add_causes(arena, details, answer);
}

static void add_patch(struct arena *arena, struct json *response, const struct json *patch) {
    CLEANUP_BUFFER struct buffer encoded = { 0 };
    const char *text = json_print(arena, patch);

    base64_encode(&encoded, text, strlen(text));
    json_set_string(arena, response, "patchType", "JSONPatch");
    json_set_string(arena, response, "patch", buffer_string(&encoded));
}

void review_write(struct buffer *out, const struct review_request *request,
                  const struct review_answer *answer) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *review = json_new_object(arena);
    struct json *response;

    json_set_string(arena, review, "apiVersion", "admission.k8s.io/v1");
    json_set_string(arena, review, "kind", "AdmissionReview");
    response = json_set_object(arena, review, "response");
    json_set_string(arena, response, "uid", request->uid);
    json_set_bool(arena, response, "allowed", answer->is_allowed);
    if (!answer->is_allowed)
        add_status(arena, response, request, answer);
    if (answer->is_allowed && answer->patch)
        add_patch(arena, response, answer->patch);
    add_warnings(arena, response, answer);
    json_write(out, review, NULL);
}
