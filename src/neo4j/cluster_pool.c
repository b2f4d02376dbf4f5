#include "neo4j/cluster_pool.h"

#include <pthread.h>
#include <sys/queue.h>

struct registered {
    struct cluster_pool pool; /* first: callers hold a pointer to it */
    TAILQ_ENTRY(registered) link;
    char *name;
    unsigned users;
    int64_t used_ns; /* last */
};
TAILQ_HEAD(registered_pools, registered);

struct cluster_pools {
    const struct clock *clock;
    pthread_mutex_t lock;
    struct registered_pools pools; /* guarded by lock, as is the next */
    struct bolt_pool_counts past;  /* of those that are closed */
};

struct cluster_pools *cluster_pools_new(const struct clock *clock) {
    struct cluster_pools *pools = XNEW(struct cluster_pools);

    pools->clock = clock;
    pthread_mutex_init(&pools->lock, NULL);
    TAILQ_INIT(&pools->pools);
    return pools;
}

static void registered_free(struct registered *registered) {
    bolt_pool_free(registered->pool.connections);
    routes_free(registered->pool.routes);
    free(registered->name);
    free(registered);
}

static void free_all(struct registered_pools *pools) {
    struct registered *registered;

    while ((registered = TAILQ_FIRST(pools))) {
        ensure(registered->users == 0);
        TAILQ_REMOVE(pools, registered, link);
        registered_free(registered);
    }
}

void cluster_pools_free(struct cluster_pools *pools) {
    if (!pools)
        return;
    free_all(&pools->pools);
    pthread_mutex_destroy(&pools->lock);
    free(pools);
}

/* ---- holding ---- */

static void add_counts(struct bolt_pool_counts *sum, const struct bolt_pool_counts *counts) {
    sum->idle += counts->idle;
    sum->in_use += counts->in_use;
    sum->waiting += counts->waiting;
    sum->breakers_open += counts->breakers_open;
    sum->opened += counts->opened;
    sum->closed += counts->closed;
    sum->reused += counts->reused;
    sum->relogged += counts->relogged;
    sum->failed += counts->failed;
    sum->refused += counts->refused;
}

/* Unlinks what was not used for long; its idle connections count as closed. */
static void sort_out(struct cluster_pools *pools, int64_t now_ns, struct registered_pools *closing) {
    struct registered *registered;
    struct registered *next;

    for (registered = TAILQ_FIRST(&pools->pools); registered; registered = next) {
        next = TAILQ_NEXT(registered, link);
        if (registered->users ||
            now_ns - registered->used_ns < CLUSTER_POOL_KEPT_SECONDS * NANOSECONDS_PER_SECOND)
            continue;
        struct bolt_pool_counts counts = bolt_pool_counts(registered->pool.connections);
        counts.closed += counts.idle;
        counts.idle = counts.breakers_open = 0;
        add_counts(&pools->past, &counts);
        TAILQ_REMOVE(&pools->pools, registered, link);
        TAILQ_INSERT_TAIL(closing, registered, link);
    }
}

static struct registered *find(struct cluster_pools *pools, const char *name) {
    struct registered *registered;

    TAILQ_FOREACH (registered, &pools->pools, link)
        if (str_equal(registered->name, name))
            return registered;
    return NULL;
}

static struct registered *add(struct cluster_pools *pools, const char *name) {
    struct registered *registered = XNEW(struct registered);

    registered->pool.connections = bolt_pool_new(pools->clock);
    registered->pool.routes = routes_new(pools->clock);
    registered->name = xstrdup(name);
    TAILQ_INSERT_TAIL(&pools->pools, registered, link);
    return registered;
}

/* No cluster is called like an address: their names have a slash. */
static char *name_of(const struct neo4j_target *target) {
    if (target->cluster)
        return xstrdup(target->cluster);
    return xprintf("%s:%u", target->address, target->port ? target->port : NEO4J_PORT);
}

struct cluster_pool *cluster_pools_hold(struct cluster_pools *pools, const struct neo4j_target *target) {
    CLEANUP_FREE char *name = name_of(target);
    struct registered_pools closing = TAILQ_HEAD_INITIALIZER(closing);
    int64_t now_ns = clock_monotonic(pools->clock);

    pthread_mutex_lock(&pools->lock);
    struct registered *registered = find(pools, name);
    if (!registered)
        registered = add(pools, name);
    registered->users++;
    sort_out(pools, now_ns, &closing);
    pthread_mutex_unlock(&pools->lock);
    free_all(&closing);
    return &registered->pool;
}

void cluster_pools_release(struct cluster_pools *pools, struct cluster_pool *pool) {
    struct registered *registered = (struct registered *)pool;
    int64_t now_ns = clock_monotonic(pools->clock);

    pthread_mutex_lock(&pools->lock);
    ensure(registered->users > 0);
    registered->users--;
    registered->used_ns = now_ns;
    pthread_mutex_unlock(&pools->lock);
}

/* ---- all of them ---- */

/* Copies of the pointers, all held, so that no lock is taken under ours. The caller frees them. */
static struct registered **hold_all(struct cluster_pools *pools, size_t *out_count) {
    struct registered *registered;
    size_t count = 0;

    pthread_mutex_lock(&pools->lock);
    TAILQ_FOREACH (registered, &pools->pools, link)
        count++;
    struct registered **all = xcalloc(count + 1, sizeof(struct registered *));
    count = 0;
    TAILQ_FOREACH (registered, &pools->pools, link) {
        registered->users++;
        all[count++] = registered;
    }
    pthread_mutex_unlock(&pools->lock);
    *out_count = count;
    return all;
}

static void release_all(struct cluster_pools *pools, struct registered **all, size_t count) {
    pthread_mutex_lock(&pools->lock);
    for (size_t i = 0; i < count; i++)
        all[i]->users--;
    pthread_mutex_unlock(&pools->lock);
}

void cluster_pools_forget(struct cluster_pools *pools, const char *address) {
    size_t count;
    CLEANUP_FREE struct registered **all = hold_all(pools, &count);

    for (size_t i = 0; i < count; i++)
        bolt_pool_forget(all[i]->pool.connections, address);
    release_all(pools, all, count);
}

struct bolt_pool_counts cluster_pools_counts(struct cluster_pools *pools) {
    size_t count;
    CLEANUP_FREE struct registered **all = hold_all(pools, &count);

    pthread_mutex_lock(&pools->lock);
    struct bolt_pool_counts sum = pools->past;
    pthread_mutex_unlock(&pools->lock);
    for (size_t i = 0; i < count; i++) {
        struct bolt_pool_counts counts = bolt_pool_counts(all[i]->pool.connections);
        add_counts(&sum, &counts);
    }
    release_all(pools, all, count);
    return sum;
}
