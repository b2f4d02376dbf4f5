/* Formation: the plan that makes a cluster from its spec, and keeps its objects as the spec says. */
#pragma once

#include "controllers/cluster/observe.h"
#include "controllers/plan.h"

/* controller.plan: observed is a struct observed_cluster. Pure. */
void plan_cluster(const void *observed, struct plan *plan);
