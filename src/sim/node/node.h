/* Node: the kubelet of one or more simulated nodes.
 *
 * It registers its nodes, renews their leases, and runs the pods that the scheduler gives them: mounts
 * volumes, pulls images, starts containers, probes, restarts and stops them, and tells the truth about it in
 * pod status and events. A container of a Neo4j image runs as a simulated Neo4j process
 * (sim/neo4j/process.h), which gets its files, volumes, environment, address and names as a container would;
 * so does one that runs neo4j-admin, also as an init container. Other images are not run: their init
 * containers succeed and their other containers stay up, and the container's log says so.
 *
 * Files of mounted Secrets and ConfigMaps follow their objects while a container runs, within the kubelet's
 * sync period, but not those of subPath mounts.
 *
 * A claim's volume is on one node at a time, see attachments.c. What goes wrong on demand is in faults.h.
 *
 * What is not simulated: exec and preStop hooks, service-account tokens, container resource use. An exec
 * probe of a Neo4j container succeeds exactly while the process listens on Bolt (7687); that of any other
 * container always.
 *
 * It reaches the API only through the port, so it runs as well behind a real API server. Its watches may call
 * from another thread; everything else happens in node_tick(). After: Kubernetes, pkg/kubelet.
 */
#pragma once

#include "base/clock.h"
#include "kube/kube.h"
#include "sim/api.h"
#include "sim/neo4j/process.h"

enum { NODE_COUNT_MAX = 64, NODE_LOG_BYTES_MAX = 256 * 1024 };

/* Told when a Neo4j process begins or ends to listen; so that a real socket can stand there. */
struct node_front {
    void *context;
    void (*open)(void *context, struct neo4j_process *process, const char *address, uint16_t port);
    /* Before the process is freed. */
    void (*close)(void *context, struct neo4j_process *process, const char *address, uint16_t port);
};

struct node_options {
    const struct clock *clock;
    unsigned count;            /* nodes, 1 to NODE_COUNT_MAX */
    const char *name;          /* of the only node; several are NAME-0, NAME-1 …; NULL: "sandbox" */
    const char *pod_range;     /* "10.244.0.0/16": pods get addresses from it, in turn */
    const char *const *images; /* patterns (fnmatch) of images that can be pulled besides Neo4j Enterprise */
    size_t image_count;
    const char *const *buckets; /* of object stores that there are: "s3://backups" */
    size_t bucket_count;
    unsigned start_delay_ms; /* of a Neo4j process, to "Bolt enabled" */
    unsigned pull_ms;        /* to pull an image that the node does not have */
    uint64_t seed;
    struct node_front front; /* functions may be NULL */
    /* Something is due now that was not when node_tick() returned. From any thread. May be NULL. */
    void (*wake)(void *context);
    void *wake_context;
};

struct node;

/* False when pod_range is not an IPv4 range of at least 16 addresses, or count is out of bounds. kube and
 * options->clock must outlive it; the rest is copied, but for the strings in images. */
CHECKED bool node_new(struct kube *kube, const struct node_options *options, struct node **out_node,
                      struct error *err);
/* Kills its containers without telling the API, as a power cut does. */
void node_free(struct node *node);
DEFINE_CLEANUP(struct node, node_free);

/* Does what is due; returns the monotonic time of the next tick (INT64_MAX: after a wake). */
int64_t node_tick(struct node *node);

/* The network between the simulated servers, for faults and fronts. */
struct neo4j_network *node_network(struct node *node);
/* Container logs, for the API server. context of the answer is the node. */
struct api_logs node_logs(struct node *node);
