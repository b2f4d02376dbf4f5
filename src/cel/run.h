/* One evaluation: what the evaluator and the functions share.
 *
 * A failure of the expression is not an error yet: && and || may take no notice of it. So it is kept as a
 * text, and becomes an error only when it is the outcome. Being out of steps is never overlooked.
 */
#pragma once

#include "cel/cel.h"
#include "cel/value.h"

/* Slots for the variables of macros: two a macro, and macros nest no deeper than anything else. */
enum { CEL_SLOTS_MAX = 2 * CEL_NESTING_MAX };
/* So many bytes made, copied or compared are a step. */
enum { CEL_BYTES_PER_STEP = 10 };

struct cel_pattern;

struct cel_run {
    struct arena *arena;
    const struct cel_variable *variables;
    size_t variable_count;
    struct cel_value slots[CEL_SLOTS_MAX];
    uint64_t steps_left;
    bool is_spent; /* out of steps: nothing goes on */
    const char *failure;
    /* The regular expression of the call that is being made, when it was compiled with the program. */
    const struct cel_pattern *pattern;
};

/* Both return false, so that a caller can write: return cel_fail(…). */
bool cel_fail(struct cel_run *run, const char *format, ...) PRINTF_LIKE(2, 3);
bool cel_fail_overload(struct cel_run *run, const char *name, const struct cel_value *arguments,
                       size_t count);

/* Takes steps from the budget; false when it is spent. */
CHECKED bool cel_spend(struct cel_run *run, uint64_t steps);
CHECKED bool cel_spend_bytes(struct cel_run *run, uint64_t bytes);

/* The value as JSON, in arena: see cel_value() in cel/cel.h. NULL when the budget is spent. */
struct json *cel_to_json(struct cel_run *run, struct cel_value value);
