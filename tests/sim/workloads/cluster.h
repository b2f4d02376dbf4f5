/* A simulated cluster in virtual time, for tests: API, controllers and, when asked for, nodes. */
#pragma once

#include "sim/kube.h"
#include "sim/node/node.h"
#include "sim/workloads/workloads.h"

struct cluster {
    struct arena *arena;
    struct api *api;
    struct kube *kube;
    struct workloads *workloads;
    struct node *node;   /* NULL: pods stay where the scheduler put them */
    struct json *opened; /* "address:port" of fronts that are open, in the order in which they opened */
    struct neo4j_process *process; /* whose front opened last; NULL: it has closed since */
};

/* Starts at a fixed time. with_nodes: three of them. */
struct cluster *cluster_new(bool with_nodes);
void cluster_free(struct cluster *cluster);
DEFINE_CLEANUP(struct cluster, cluster_free);

/* Cuts the power of all nodes and starts them again. */
void cluster_restart_nodes(struct cluster *cluster);

extern const struct clock cluster_clock;
/* Runs everything that is due within the next milliseconds of virtual time. */
void cluster_run(struct cluster *cluster, int64_t ms);

/* Fail the test on an error. Objects in the cluster's arena; manifests in YAML (flow style allowed). */
struct json *cluster_parse(struct cluster *cluster, const char *yaml);
struct json *cluster_apply(struct cluster *cluster, const char *yaml);
struct json *cluster_get(struct cluster *cluster, const struct kube_resource *resource, const char *name);
/* The names of all objects of the resource in namespace "default", in their order: "a b c". */
const char *cluster_names(struct cluster *cluster, const struct kube_resource *resource);
void cluster_patch(struct cluster *cluster, const struct kube_resource *resource, const char *name,
                   const char *subresource, const char *yaml);
void cluster_delete(struct cluster *cluster, const struct kube_resource *resource, const char *name);
/* The string, number or bool at a path of an object, as text; "" when absent. */
const char *cluster_text(struct cluster *cluster, const struct kube_resource *resource, const char *name,
                         const char *path);
/* The notes of the object's events that have this reason, separated by "; ", "×N" after those of a series. */
const char *cluster_events(struct cluster *cluster, const char *object, const char *reason);
/* Plays the kubelet: the pod runs and is (or is not) ready. */
void cluster_set_ready(struct cluster *cluster, const char *pod, bool is_ready);
/* Plays the kubelet: a pod that is being deleted has stopped. */
void cluster_finish_deletion(struct cluster *cluster, const char *pod);
