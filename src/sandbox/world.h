/* World: a Kubernetes cluster in this process: API, controllers and nodes, driven by one event loop.
 *
 * Nothing here polls: the loop sleeps until the next time that a part has named, or until a request changes
 * something.
 */
#pragma once

#include "sim/api.h"
#include "sim/node/node.h"

#include <event2/event.h>

struct world_options {
    struct event_base *loop; /* must outlive the world */
    const struct clock *clock;
    unsigned nodes;
    const char *pod_range;       /* of the pods' addresses */
    const char *service_network; /* of the Services' addresses */
    const char *authority_pem;
    const char *const *images;
    size_t image_count;
    const char *const *buckets;
    size_t bucket_count;
    unsigned start_delay_ms;
    unsigned pull_ms;
    uint64_t seed;
    struct node_front front;
};

struct world;

CHECKED bool world_new(const struct world_options *options, struct world **out_world, struct error *err);
/* Ends all simulated servers at once. */
void world_free(struct world *world);
DEFINE_CLEANUP(struct world, world_free);

struct api *world_api(struct world *world);
/* A port that may do everything; for what belongs to the cluster itself. Its watches are told from the loop.
 */
struct kube *world_kube(struct world *world);
/* Something has changed by other means than the API: parts are looked at again in the loop's next round. */
void world_wake(struct world *world);
