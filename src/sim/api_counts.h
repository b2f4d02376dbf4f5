/* Counts: how many requests of each kind each client has made. */
#pragma once

#include "sim/api.h"

enum { API_COUNTS_MAX = 4096 }; /* what comes after is counted together, as user agent "(others)" */

struct api_counts;
struct api_counts *api_counts_new(void);
void api_counts_free(struct api_counts *counts);
void api_counts_add(struct api_counts *counts, const struct api_call *call);
/* [{userAgent, verb, resource, count}], ordered by these; in arena. */
struct json *api_counts_list(const struct api_counts *counts, struct arena *arena);
/* "get", "list" … as RBAC and audit name them. */
const char *api_verb_name(enum api_verb verb);
