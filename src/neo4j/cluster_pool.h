/* What a client keeps of one cluster: its connections and its routes. A registry of them by name; who uses
 * one holds it. One that nobody used for a while is closed. Safe for any number of threads.
 */
#pragma once

#include "bolt/pool.h"
#include "neo4j/neo4j.h"
#include "neo4j/routes.h"

/* Longer than idle connections live: so none is lost that would have been used again. */
enum { CLUSTER_POOL_KEPT_SECONDS = BOLT_POOL_IDLE_SECONDS + 60 };

struct cluster_pool {
    struct bolt_pool *connections;
    struct routes *routes;
};

struct cluster_pools;

struct cluster_pools *cluster_pools_new(const struct clock *clock);
/* When none is held. */
void cluster_pools_free(struct cluster_pools *pools);

/* The target's; made when there is none. Give it back with cluster_pools_release(). */
struct cluster_pool *cluster_pools_hold(struct cluster_pools *pools, const struct neo4j_target *target);
void cluster_pools_release(struct cluster_pools *pools, struct cluster_pool *pool);

/* In all of them: see bolt_pool_forget(). */
void cluster_pools_forget(struct cluster_pools *pools, const char *address);
/* The sums; those that only grow include clusters that are closed. */
struct bolt_pool_counts cluster_pools_counts(struct cluster_pools *pools);
