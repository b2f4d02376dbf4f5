/* Field errors: what is wrong with an object, field by field, in the words of the API server.
 *
 *     spec.replicas: Invalid value: -1: must be greater than or equal to 0
 *
 * A list of them becomes the Status that refuses the object: 422, reason Invalid, one cause per error.
 * After: k8s.io/apimachinery, util/validation/field and api/errors.
 */
#pragma once

#include "base/json.h"

enum field_error_type {
    FIELD_REQUIRED,
    FIELD_INVALID,
    FIELD_NOT_SUPPORTED,
    FIELD_DUPLICATE,
    FIELD_NOT_FOUND,
    FIELD_FORBIDDEN,
    FIELD_TOO_LONG,
    FIELD_TOO_MANY,
    FIELD_TYPE_INVALID,
    FIELD_UNKNOWN, /* not known to the schema: strict validation refuses it */
};

struct field_error {
    enum field_error_type type;
    const char *field;   /* "spec.ports[0].port"; "<nil>" for the object itself */
    const char *text;    /* "Invalid value: -1: must be …": without the field */
    const char *detail;  /* the end of the text, what is allowed and what to do; "" when nothing is said */
    const char *rule;    /* "R2": the number of the rule in CEL that found it, when it has one; else NULL */
    const char *allowed; /* what is allowed, for people, where text has only a pattern; else NULL */
};

/* At most this many are kept, and none more once they hold so many bytes: a name may be long, and stand in
 * many errors. More are counted only. */
enum { FIELD_ERRORS_MAX = 1000, FIELD_ERRORS_BYTES_MAX = 8 * 1024 * 1024 };

/* struct field_errors errors = { .arena = arena }; is an empty list. Items in arena. */
struct field_errors {
    struct arena *arena;
    struct field_error *items;
    size_t count;
    size_t capacity;
    size_t bytes; /* of fields, texts and details */
    size_t dropped;
};

/* value is what was found (printed as Go prints it: strings quoted, objects as JSON); NULL for the types that
 * show none (REQUIRED, FORBIDDEN). The detail may be "". */
void field_errors_add(struct field_errors *errors, enum field_error_type type, const char *field,
                      const struct json *value, const char *detail_format, ...) PRINTF_LIKE(5, 6);
/* The same for a breach of a rule that has a number ("R2"; NULL: none), which is borrowed. */
void field_errors_add_rule(struct field_errors *errors, const char *rule, enum field_error_type type,
                           const char *field, const struct json *value, const char *detail);
/* True when the list is full: one more error is counted then, and what it would say need not be made. */
bool field_errors_skip(struct field_errors *errors);
/* The last one that was added, to say more of it. NULL when it was dropped. */
struct field_error *field_errors_last(struct field_errors *errors);
/* A copy of what another list in the same arena holds. */
void field_errors_add_error(struct field_errors *errors, const struct field_error *error);
/* Unsupported value: "x": supported values: "a", "b". */
void field_errors_add_unsupported(struct field_errors *errors, const char *field, const struct json *value,
                                  const char *const *supported, size_t supported_count);

/* True when there are none; otherwise ERROR_INVALID with field_errors_message(). */
CHECKED bool field_errors_none(const struct field_errors *errors, struct error *err);

/* "field: text" of one; of all: "a", or "[a, b]". In the errors' arena. */
char *field_error_message(struct arena *arena, const struct field_error *error);
char *field_errors_message(const struct field_errors *errors);
/* "FieldValueRequired", "FieldValueInvalid" …: a cause's reason. */
const char *field_error_reason(enum field_error_type type);

/* The whole Status object, code 422: `StatefulSet.apps "x" is invalid: …`. group is "" for core. */
struct json *field_errors_status(struct arena *arena, const struct field_errors *errors, const char *group,
                                 const char *kind, const char *name);
