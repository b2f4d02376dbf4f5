/* Report: the status of an object and its events, written only when they changed. */
#pragma once

#include "controllers/executor.h"

/* What became of a status. */
struct report {
    struct json *written; /* the object as it is then, in the pass' arena; NULL: nothing was written */
    int64_t
        write_in_ms; /* it differs, but not in what can't wait: to be reported again then; 0: all is said */
};

/* Completes plan->status with what the execution came to (a step that failed for good becomes a Ready
 * condition with its reason, one that fails again and again the message of one that is not True) and writes
 * it if it differs from the live one: at once what programs act upon (phase, conditions, generation), words
 * and numbers of progress at most once a second. What the Ready condition says goes into the log when it is
 * new. */
CHECKED bool report_status(const struct pass *pass, const struct plan *plan,
                           const struct execution *execution, struct report *out_report, struct error *err);

/* Tells the plan's events, and the failure of the execution when it is news. */
void report_events(const struct pass *pass, struct events *events, const struct plan *plan,
                   const struct error *failure);

/* Whether a person must act before it can go on (a missing permission, an invalid object), rather than that
 * the next try may do. */
bool report_is_lasting(const struct error *failure);
