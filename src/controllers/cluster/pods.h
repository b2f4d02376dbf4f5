/* Pods: what a pod's status says about whether it runs, and if not, why and what to do. Pure. */
#pragma once

#include "controllers/cluster/observe.h"

/* Reads one pod. update_revision is the StatefulSet's, "" when not known. */
struct observed_pod pod_observe(struct arena *arena, const struct json *pod, const char *update_revision);
