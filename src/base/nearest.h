/* The name that somebody who mistyped one may have meant: the nearest by Levenshtein's distance, if it is
 * near.
 */
#pragma once

#include "base/memory.h"

/* struct nearest_search s = { .name = "naem" }; nearest is the best so far, or NULL. */
struct nearest_search {
    const char *name;
    const char *nearest;
    size_t distance;
};

void nearest_consider(struct nearest_search *search, const char *candidate);
/* The nearest of count names, or NULL when none is near. */
const char *nearest_name(const char *name, const char *const *names, size_t count);
