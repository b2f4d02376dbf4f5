/* Findings: what is wrong with, or to be said about, fields of an object, in the words of Kubernetes' field
 * errors: spec.topology.servers: Invalid value: 1: must be 2 to 20; …
 *
 * A list of findings lives in an arena. A finding's detail says what is allowed and what to do. Values of
 * fields that could be secret are not put in.
 * After: k8s.io/apimachinery, util/validation/field.
 */
#pragma once

#include "base/json.h"

/* kind, words in the text, cause reason of the API server's Status, whether the value is printed */
#define FINDING_KINDS(X)                                                                                     \
    X(REQUIRED, "Required value", "FieldValueRequired", false)                                               \
    X(INVALID, "Invalid value", "FieldValueInvalid", true)                                                   \
    X(TYPE_INVALID, "Invalid value", "FieldValueTypeInvalid", true)                                          \
    X(NOT_SUPPORTED, "Unsupported value", "FieldValueNotSupported", true)                                    \
    X(FORBIDDEN, "Forbidden", "FieldValueForbidden", false)                                                  \
    X(DUPLICATE, "Duplicate value", "FieldValueDuplicate", true)                                             \
    X(UNKNOWN, "Unknown field", "FieldValueInvalid", false)

enum finding_kind {
#define X(kind, words, cause, prints_value) FINDING_##kind,
    FINDING_KINDS(X)
#undef X
};

struct finding {
    enum finding_kind kind;
    const char *rule;         /* "R2", "W1": the number in the reference of rules; NULL: the schema's */
    const char *field;        /* "spec.topology.servers" */
    const struct json *value; /* NULL: none to show */
    const char *detail;
};

/* More than these say nothing new to a person: later ones are counted, not kept. */
enum { FINDINGS_MAX = 64, FINDING_VALUE_BYTES_MAX = 256 };

struct findings {
    struct arena *arena;
    size_t count;
    size_t dropped;
    struct finding items[FINDINGS_MAX];
};

/* An empty list in arena. */
struct findings *findings_new(struct arena *arena);
/* field is copied. value is borrowed: it must live as long as the arena. */
void findings_add(struct findings *findings, enum finding_kind kind, const char *rule, const char *field,
                  const struct json *value, const char *format, ...) PRINTF_LIKE(6, 7);
/* "spec.topology.servers: Invalid value: 1: …", in arena. */
char *finding_text(struct arena *arena, const struct finding *finding);
/* All of them in one line, [a, b] when there are several; "" when there are none. In arena. */
char *findings_text(struct arena *arena, const struct findings *findings);
/* True when there are none; otherwise ERROR_INVALID with findings_text(). */
CHECKED bool findings_none(const struct findings *findings, struct error *err);
/* The cause reason that an API server gives: "FieldValueInvalid". */
const char *finding_cause(enum finding_kind kind);
