/* Status and conditions, as Kubernetes' conventions want them. */
#pragma once

#include "base/json.h"

/* Sets status.message, cut where the API server would refuse it. Source: LIMITS of tools/generate_crd.py. */
void status_set_message(struct arena *arena, struct json *status, const char *message);

enum condition_value { CONDITION_FALSE, CONDITION_TRUE, CONDITION_UNKNOWN };

/* Sets conditions[type] of a status. The time of the last transition is kept from `before` (the conditions of
 * the live object, may be NULL) unless the condition's status changes. message may be long: it is cut at 32
 * KiB as the API server would refuse it. Source: metav1.Condition. */
void condition_set(struct arena *arena, struct json *status, const struct json *before, const char *type,
                   enum condition_value value, const char *reason, const char *message, int64_t generation,
                   int64_t now_ns);

/* The condition of this type, or NULL. */
const struct json *condition_find(const struct json *conditions, const char *type);
/* Whether the condition is there with this status ("True") and, if reason is not NULL, this reason. */
bool condition_is(const struct json *conditions, const char *type, const char *status, const char *reason);
