/* Review: AdmissionReview (admission.k8s.io/v1), read from and written as JSON.
 *
 * What comes in may be anybody's bytes: what is no review is ERROR_INVALID with the field that is wrong. What
 * goes out keeps to the limits that an API server has for it. Source: Kubernetes, "Dynamic Admission
 * Control", sections Webhook request and response.
 */
#pragma once

#include "base/json.h"

enum review_operation { REVIEW_CREATE, REVIEW_UPDATE, REVIEW_DELETE, REVIEW_CONNECT, REVIEW_OPERATIONS };

/* "CREATE" … */
const char *review_operation_name(enum review_operation operation);

/* An API server's uid is 36 bytes. */
enum { REVIEW_UID_BYTES_MAX = 253 };

/* All borrowed from the parsed JSON. */
struct review_request {
    const char *uid;
    enum review_operation operation;
    const char *group, *version, *kind; /* of object */
    const char *subresource;            /* "" for the object itself */
    const char *name;                   /* "" when the API server is to make one up */
    const char *namespace;
    const struct json *object;     /* NULL when there is none: DELETE */
    const struct json *old_object; /* NULL when there is none: CREATE */
};

/* In arena. */
CHECKED bool review_parse(struct arena *arena, struct text text, struct review_request *out_request,
                          struct error *err);

/* Limits of an API server on warnings: longer ones are cut by it, and beyond the sum it drops them. */
enum { REVIEW_WARNING_BYTES_MAX = 256, REVIEW_WARNINGS_BYTES_MAX = 4096 };
/* A refusal's text and causes: what nobody reads to its end is cut. */
enum { REVIEW_MESSAGE_BYTES_MAX = 16 * 1024, REVIEW_CAUSES_MAX = 64 };

struct review_cause {
    const char *reason; /* "FieldValueInvalid" */
    const char *field;
    const char *message; /* without the field */
};

struct review_answer {
    bool is_allowed;
    /* A refusal. */
    int code;           /* 422, 403 */
    const char *reason; /* "Invalid", "Forbidden" */
    const char *message;
    const struct review_cause *causes;
    size_t cause_count;
    /* Either. */
    const char *const *warnings;
    size_t warning_count;
    const struct json *patch; /* JSON patch; NULL: none */
};

/* Appends the AdmissionReview that answers request. */
void review_write(struct buffer *out, const struct review_request *request,
                  const struct review_answer *answer);
