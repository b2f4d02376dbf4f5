/* Admission: what is answered to an API server that asks whether an object may be stored, and what is filled
 * in.
 *
 * Pure: the bytes of an AdmissionReview and the options decide. The verdict on an object is that of a judge,
 * given as functions. Judged are objects that are made, and those whose spec changes: an update that changes
 * nothing in spec, or comes while the object is being deleted, is allowed whatever stands in it, so that
 * finalizers, labels and status are never locked in. Kinds that the judge does not know, subresources and
 * CONNECT are allowed. Refused is to delete what has the annotation with the value "true", no other, unless
 * it is being deleted already.
 *
 * Filled in when an object is made or its spec changes: defaults, as the judge gives them; the label
 * neo4j.com/cluster, which names the cluster that the object belongs to; at creation the annotation
 * ADMITTED_VERSION_ANNOTATION. What somebody has set is never overwritten, and a second pass fills in
 * nothing.
 */
#pragma once

#include "webhook/review.h"

#define ADMITTED_VERSION_ANNOTATION    "neo4j.neo4j.com/admitted-version"
#define DELETION_PROTECTION_ANNOTATION "neo4j.neo4j.com/deletion-protection"

/* What a judge says of one object. All in arena. */
struct admission_verdict {
    const struct review_cause *errors;
    size_t error_count;
    const char *const *warnings;
    size_t warning_count;
    const struct json *object; /* with its defaults; NULL: as it came */
};

struct admission_judge {
    void *context;
    /* False: the kind is not known. before: the object as it is stored, or NULL. Any thread. */
    bool (*judge)(void *context, struct arena *arena, const char *kind, const struct json *object,
                  const struct json *before, struct admission_verdict *out_verdict);
};

enum admission_task { ADMISSION_VALIDATE, ADMISSION_MUTATE };

struct admission_options {
    struct admission_judge judge;
    bool deletion_protection; /* objects with the annotation "true" are not deleted */
    const char *version;      /* of the operator */
};

struct admission_outcome {
    enum review_operation operation;
    bool is_allowed;
};

/* Appends the answer to out. ERROR_INVALID when body is no AdmissionReview; then out is as before. */
CHECKED bool admission_answer(const struct admission_options *options, enum admission_task task,
                              struct text body, struct buffer *out, struct admission_outcome *out_outcome,
                              struct error *err);
