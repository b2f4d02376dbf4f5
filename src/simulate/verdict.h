/* Verdict: what came of one run, as the process that made it tells the one that asked.
 */
#pragma once

#include "base/json.h"
#include "simulate/run.h"

/* In arena. {"invariant": …, "complaint": …, "brokenMs": …} when one is broken; "moments", "ms", "deeds",
 * "acknowledged"; "essence" and "wanted" (essence.h) when none is; "coverage". */
struct json *verdict_of(struct arena *arena, struct run *run, bool is_kept, const struct coverage *coverage);
static inline const char *verdict_invariant(const struct json *verdict) {
    return json_string_at(verdict, "invariant", NULL);
}
