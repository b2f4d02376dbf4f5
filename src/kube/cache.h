/* Cache: the objects that the operator watches, at hand without asking the API server.
 *
 * It follows resources through the kube port and keeps each object without metadata.managedFields and without
 * kubectl's last-applied-configuration, packed (see object_set.h), and unpacks it into the caller's arena
 * when asked. What it answers is a moment behind the API server: read through kube_get() what must be fresh.
 *
 * A resource may be followed several times for different namespaces, but an object must come from only one of
 * them. Objects are listed in the order of namespace, then name. Safe for any number of threads: one lock, a
 * leaf; the change function is called without it.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "kube/kube.h"

struct cache;

/* An object came, changed, or went. Called from the watch's thread, one at a time for one resource, after the
 * cache shows the new state. It must not block: it maps the object to keys and adds them to a work queue. */
struct cache_change {
    const struct kube_resource *resource;
    const struct json *before; /* NULL: it is new */
    const struct json *after;  /* NULL: it is gone */
};
typedef void cache_change_fn(void *context, const struct cache_change *change);

/* changed may be NULL. */
struct cache *cache_new(cache_change_fn *changed, void *context);
/* Stops all watches first: the kube ports given to cache_follow() must still live. */
void cache_free(struct cache *cache);
DEFINE_CLEANUP(struct cache, cache_free);

struct cache_follow {
    const struct kube_resource *resource;
    const char *namespace;      /* NULL: all */
    const char *label_selector; /* NULL: all */
    bool metadata_only;         /* for objects whose data must not be kept, such as Secrets */
};
/* Starts to follow a resource until cache_stop(). Copies what it needs. */
void cache_follow(struct cache *cache, struct kube *kube, const struct cache_follow *follow);
/* Stops all watches; the objects stay. */
void cache_stop(struct cache *cache);

/* Whether everything followed for resource has been listed at least once; NULL: for all resources. */
bool cache_has_synced(struct cache *cache, const struct kube_resource *resource);
/* Waits in real time until all is synced. */
CHECKED bool cache_wait_synced(struct cache *cache, int timeout_ms);
/* The failure that keeps a watch of resource from working now; false when there is none. resource NULL: the
 * first of any. */
CHECKED bool cache_failure(struct cache *cache, const struct kube_resource *resource,
                           struct error *out_failure);

/* The object in arena, or NULL. namespace is NULL for cluster-scoped resources. */
struct json *cache_get(struct cache *cache, struct arena *arena, const struct kube_resource *resource,
                       const char *namespace, const char *name);

struct cache_query {
    const struct kube_resource *resource;
    const char *namespace; /* NULL: all */
    /* Only objects whose label has this value; label_key NULL: all. */
    const char *label_key;
    const char *label_value;
    /* Only objects whose controller owner reference has this uid; NULL: all. */
    const char *owner_uid;
};
/* An array of the objects, in arena. */
struct json *cache_list(struct cache *cache, struct arena *arena, const struct cache_query *query);

/* What is known without unpacking. */
struct cache_identity {
    char uid[64];
    char resource_version[32];
};
CHECKED bool cache_identify(struct cache *cache, const struct kube_resource *resource, const char *namespace,
                            const char *name, struct cache_identity *out_identity);

struct cache_counts {
    size_t objects;
    size_t bytes;      /* held for them, with the bookkeeping */
    size_t text_bytes; /* the same objects as plain JSON */
};
/* resource NULL: of all. */
void cache_count(struct cache *cache, const struct kube_resource *resource, struct cache_counts *out_counts);
