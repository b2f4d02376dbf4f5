/* Meant kind: which of our kinds an object is of, or was meant to be of. */
#pragma once

#include "api/kinds.h"
#include "schema/field_error.h"

struct meant_kind {
    bool is_ours;                /* false: of a kind that is none of ours, and does not look like one */
    const struct api_kind *kind; /* what to judge it by; NULL: nothing that would make sense */
};

/* What is wrong with apiVersion and kind goes to errors: another group or version, a misspelt kind. */
struct meant_kind meant_kind_of(const struct json *object, struct field_errors *errors);
