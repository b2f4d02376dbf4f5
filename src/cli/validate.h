/* Validate: judges manifests as an API server with the shipped definitions and this operator would, and what
 * an API server is never asked: apiVersion and kind that are nearly ours, an object that is given twice.
 *
 * Unknown fields are errors, as kubectl apply has it. Objects of kinds that are not ours are counted, not
 * judged.
 */
#pragma once

#include "cli/report.h"

/* More arguments of one option than anybody types. */
enum { VALIDATE_ARGUMENTS_MAX = 4096 };

struct validate_arguments {
    const char *items[VALIDATE_ARGUMENTS_MAX];
    size_t count;
};

struct validate_options {
    struct validate_arguments files; /* files, folders, "-" */
    struct validate_arguments old;   /* the objects as they are now: rules of changes are judged, too */
    bool is_recursive;
    bool has_warnings; /* whether warnings are told */
    bool warnings_are_errors;
};

/* Fills the report, which was initialised. */
void validate(const struct validate_options *options, struct report *report);
