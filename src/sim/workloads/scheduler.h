/* The scheduler's filters: whether a pod may run on a node, and the words for why not. */
#pragma once

#include "sim/workloads/controller.h"

struct scheduling {
    struct arena *arena;
    const struct json *pod;
    struct mirror_list nodes;
    struct mirror_list pods; /* of all namespaces */
};

/* NULL when the pod may run there, else the reason as kube-scheduler words it, in arena. *out_is_final: no
 * other pod's leaving could change it. */
const char *scheduling_refuse(const struct scheduling *scheduling, const struct json *node,
                              bool *out_is_final);
/* Fewer is better: pods of the same controller in the node's zone, then on the node, then all pods on it. */
int64_t scheduling_crowding(const struct scheduling *scheduling, const struct json *node);
