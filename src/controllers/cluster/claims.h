/* Claims: why a server has no volume yet. */
#pragma once

#include "controllers/cluster/observe.h"

/* Whether a claim has no volume yet: only then are StorageClasses looked at. */
bool claims_wait(const struct json *claims);
/* claims: array of PersistentVolumeClaims; classes: array of all StorageClasses. The first trouble found, in
 * the order of claims. Waiting for a pod (WaitForFirstConsumer) is none. Pure. */
struct trouble claims_trouble(struct arena *arena, const struct json *claims, const struct json *classes);
