/* The scheduler's filters: whether a pod may run on a node, and the words for why not. */
#pragma once

#include "sim/workloads/controller.h"

/* A node and the pods that run on it. */
struct candidate {
    const struct json *node;
    struct mirror_list pods;
};

struct scheduling {
    struct arena *arena;
    const struct json *pod;
    struct candidate *candidates;
    size_t count;
};

/* Sorts the pods of all namespaces to the nodes. */
struct scheduling scheduling_begin(const struct mirror *mirror, struct arena *arena, const struct json *pod);

/* The first of the pod's tolerations that tolerates the taint, or NULL. */
const struct json *pod_toleration(const struct json *pod, const struct json *taint);

/* NULL when the pod may run there, else the reason as kube-scheduler words it, in arena. *out_is_final: no
 * other pod's leaving could change it. */
const char *scheduling_refuse(const struct scheduling *scheduling, const struct candidate *candidate,
                              bool *out_is_final);
/* Fewer is better: pods of the same controller in the node's zone, then on the node, then all pods on it. */
int64_t scheduling_crowding(const struct scheduling *scheduling, const struct candidate *candidate);
