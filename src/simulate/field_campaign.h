/* Field campaign: field walks over kinds, over one, or over what is at or below one field: each with all
 * values. After Acto (SOSP 2023).
 */
#pragma once

#include "simulate/runner.h"

#include <stdio.h>

struct field_campaign {
    const char *target; /* KIND, KIND.PATH or KIND.PATH=JSON; NULL: all kinds */
    uint64_t every;     /* each so many-th change, beginning with one that follows from the seed */
    uint64_t seed;
    bool is_told; /* with the story of each, on standard output */
    FILE *out;
};

/* Prints what was walked, and each failure. Returns how many failed; what can't be walked counts. */
uint64_t field_campaign_run(struct runner *runner, const struct field_campaign *campaign);
