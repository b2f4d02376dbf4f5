/* Objects are kept by resource in object sets. Unpacking happens under the lock (below 1 µs an object),
 * parsing, which takes ten times as long, outside.
 */
#include "kube/cache.h"

#include "base/clock.h"
#include "kube/object_set.h"

#include <pthread.h>
#include <sys/queue.h>
#include <time.h>

struct collection {
    SLIST_ENTRY(collection) next;
    const struct kube_resource *resource;
    struct object_set *objects;
};

/* One watch. */
struct source {
    SLIST_ENTRY(source) next;
    struct cache *cache;
    struct collection *collection;
    struct kube *kube;
    int watch_id;
    uint32_t round; /* the list that comes next */
    bool has_synced;
    struct error *failure; /* NULL: it works */
};

struct cache {
    cache_change_fn *changed;
    void *context;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t synced;
    SLIST_HEAD(, collection) collections;
    SLIST_HEAD(, source) sources;
};

/* ---- life ---- */

struct cache *cache_new(cache_change_fn *changed, void *context) {
    struct cache *cache = XNEW(struct cache);
    pthread_condattr_t attributes;

    cache->changed = changed;
    cache->context = context;
    SLIST_INIT(&cache->collections);
    SLIST_INIT(&cache->sources);
    pthread_mutex_init(&cache->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&cache->synced, &attributes);
    pthread_condattr_destroy(&attributes);
    return cache;
}

void cache_stop(struct cache *cache) {
    struct source *source;

    SLIST_FOREACH (source, &cache->sources, next) {
        if (source->watch_id)
            source->kube->stop_watch(source->kube, source->watch_id);
        source->watch_id = 0;
    }
}

static void drop_failure(struct source *source) {
    free(source->failure);
    source->failure = NULL;
}

void cache_free(struct cache *cache) {
    struct collection *collection;
    struct source *source;

    if (!cache)
        return;
    cache_stop(cache);
    while ((collection = SLIST_FIRST(&cache->collections))) {
        SLIST_REMOVE_HEAD(&cache->collections, next);
        object_set_free(collection->objects);
        free(collection);
    }
    while ((source = SLIST_FIRST(&cache->sources))) {
        SLIST_REMOVE_HEAD(&cache->sources, next);
        drop_failure(source);
        free(source);
    }
    pthread_cond_destroy(&cache->synced);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* ---- the watch's side ---- */

static void tell(struct cache *cache, const struct kube_resource *resource, const struct json *before,
                 const struct json *after) {
    if (cache->changed)
        cache->changed(cache->context,
                       &(struct cache_change){ .resource = resource, .before = before, .after = after });
}

/* NULL for no text. */
static struct json *parse(struct arena *arena, struct text text) {
    struct json *object = NULL;

    if (!text.data)
        return NULL;
    bool parsed = json_parse(arena, text, NULL, &object, NULL);
    ensure(parsed); /* we printed it */
    return object;
}

/* Puts object in, under the lock. False when a list shows what is there already. */
static bool put(struct source *source, enum kube_event event, const struct json *object, struct text text,
                struct arena *arena, struct text *out_before) {
    struct object_set *objects = source->collection->objects;
    struct object_entry *entry = object_set_find(objects, json_string_at(object, "metadata.namespace", NULL),
                                                 json_string_at(object, "metadata.name", ""));
    bool is_news =
        !entry || event != KUBE_EVENT_LISTED ||
        !str_equal(entry->uid, json_string_at(object, "metadata.uid", "")) ||
        !str_equal(entry->resource_version, json_string_at(object, "metadata.resourceVersion", ""));

    if (is_news) {
        if (entry) {
            *out_before = object_entry_text(entry, arena);
            object_set_remove(objects, entry);
        }
        entry = object_set_add(objects, object, text);
    }
    entry->source = source;
    /* What comes by the watch counts as seen by the list before it, not by the next. */
    entry->round = event == KUBE_EVENT_LISTED ? source->round : source->round - 1;
    return is_news;
}

static void on_present(struct source *source, enum kube_event event, const struct json *object) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct cache *cache = source->cache;
    struct text text = object_kept_text(arena, object);
    struct text before = { NULL, 0 };
    bool is_news;

    pthread_mutex_lock(&cache->lock);
    is_news = put(source, event, object, text, arena, &before);
    pthread_mutex_unlock(&cache->lock);

    if (is_news)
        tell(cache, source->collection->resource, parse(arena, before), object);
}

static void on_deleted(struct source *source, const struct json *object) {
    struct object_set *objects = source->collection->objects;
    struct cache *cache = source->cache;
    struct object_entry *entry;

    pthread_mutex_lock(&cache->lock);
    entry = object_set_find(objects, json_string_at(object, "metadata.namespace", NULL),
                            json_string_at(object, "metadata.name", ""));
    if (entry)
        object_set_remove(objects, entry);
    pthread_mutex_unlock(&cache->lock);

    if (entry)
        tell(cache, source->collection->resource, object, NULL);
}

static void on_event(void *context, enum kube_event event, const struct json *object) {
    struct source *source = context;

    if (event == KUBE_EVENT_DELETED)
        on_deleted(source, object);
    else
        on_present(source, event, object);
}

/* Takes out what the list did not show: an array of texts, in arena. */
static struct json *take_gone(struct source *source, struct arena *arena) {
    struct object_set *objects = source->collection->objects;
    struct json *gone = json_new_array(arena);
    struct object_entry *next;

    for (struct object_entry *entry = object_set_first(objects, NULL); entry; entry = next) {
        next = object_set_next(objects, entry);
        if (entry->source != source || entry->round == source->round)
            continue;
        (void)json_append_string(arena, gone, object_entry_text(entry, arena).data);
        object_set_remove(objects, entry);
    }
    return gone;
}

static void on_listed(void *context) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct source *source = context;
    struct cache *cache = source->cache;
    struct json *gone;

    pthread_mutex_lock(&cache->lock);
    gone = take_gone(source, arena);
    pthread_mutex_unlock(&cache->lock);

    JSON_FOR_EACH_ITEM (text, gone)
        tell(cache, source->collection->resource, parse(arena, (struct text){ text->string, text->length }),
             NULL);

    pthread_mutex_lock(&cache->lock);
    source->round++;
    source->has_synced = true;
    drop_failure(source);
    pthread_cond_broadcast(&cache->synced);
    pthread_mutex_unlock(&cache->lock);
}

static void on_failed(void *context, const struct error *err) {
    struct source *source = context;

    pthread_mutex_lock(&source->cache->lock);
    if (!source->failure)
        source->failure = XNEW(struct error);
    *source->failure = *err;
    source->round++; /* a list that broke off shows nothing */
    pthread_mutex_unlock(&source->cache->lock);
}

static void on_recovered(void *context) {
    struct source *source = context;

    pthread_mutex_lock(&source->cache->lock);
    drop_failure(source);
    pthread_mutex_unlock(&source->cache->lock);
}

static struct collection *find_collection(struct cache *cache, const struct kube_resource *resource) {
    struct collection *collection;

    SLIST_FOREACH (collection, &cache->collections, next)
        if (collection->resource == resource)
            return collection;
    return NULL;
}

static struct collection *find_or_make_collection(struct cache *cache, const struct kube_resource *resource) {
    struct collection *collection = find_collection(cache, resource);

    if (collection)
        return collection;
    collection = XNEW(struct collection);
    collection->resource = resource;
    collection->objects = object_set_new();
    SLIST_INSERT_HEAD(&cache->collections, collection, next);
    return collection;
}

void cache_follow(struct cache *cache, struct kube *kube, const struct cache_follow *follow) {
    struct source *source = XNEW(struct source);
    struct kube_watch watch = { .resource = follow->resource,
                                .namespace = follow->namespace,
                                .label_selector = follow->label_selector,
                                .metadata_only = follow->metadata_only,
                                .watcher = { .context = source,
                                             .event = on_event,
                                             .listed = on_listed,
                                             .failed = on_failed,
                                             .recovered = on_recovered } };

    source->cache = cache;
    source->kube = kube;
    source->round = 1;
    pthread_mutex_lock(&cache->lock);
    source->collection = find_or_make_collection(cache, follow->resource);
    SLIST_INSERT_HEAD(&cache->sources, source, next);
    pthread_mutex_unlock(&cache->lock);
    source->watch_id = kube->watch(kube, &watch);
}

/* ---- the readers' side ---- */

static bool has_synced(const struct cache *cache, const struct kube_resource *resource) {
    const struct source *source;
    bool is_followed = false;

    SLIST_FOREACH (source, &cache->sources, next) {
        if (resource && source->collection->resource != resource)
            continue;
        if (!source->has_synced)
            return false;
        is_followed = true;
    }
    return is_followed;
}

bool cache_has_synced(struct cache *cache, const struct kube_resource *resource) {
    bool result;

    pthread_mutex_lock(&cache->lock);
    result = has_synced(cache, resource);
    pthread_mutex_unlock(&cache->lock);
    return result;
}

bool cache_wait_synced(struct cache *cache, int timeout_ms) {
    struct timespec until;
    int64_t nanoseconds;
    bool result;
    int waited = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    nanoseconds = until.tv_nsec + timeout_ms * NANOSECONDS_PER_MS;
    until.tv_sec += nanoseconds / NANOSECONDS_PER_SECOND;
    until.tv_nsec = nanoseconds % NANOSECONDS_PER_SECOND;
    pthread_mutex_lock(&cache->lock);
    while (!(result = has_synced(cache, NULL)) && !waited)
        waited = pthread_cond_timedwait(&cache->synced, &cache->lock, &until);
    pthread_mutex_unlock(&cache->lock);
    return result;
}

bool cache_failure(struct cache *cache, const struct kube_resource *resource, struct error *out_failure) {
    const struct source *source;

    pthread_mutex_lock(&cache->lock);
    SLIST_FOREACH (source, &cache->sources, next)
        if (source->failure && (!resource || source->collection->resource == resource))
            break;
    if (source)
        *out_failure = *source->failure;
    pthread_mutex_unlock(&cache->lock);
    return source;
}

static struct object_entry *find_entry(struct cache *cache, const struct kube_resource *resource,
                                       const char *namespace, const char *name) {
    struct collection *collection = find_collection(cache, resource);

    return collection ? object_set_find(collection->objects, namespace, name) : NULL;
}

struct json *cache_get(struct cache *cache, struct arena *arena, const struct kube_resource *resource,
                       const char *namespace, const char *name) {
    struct text text = { NULL, 0 };
    const struct object_entry *entry;

    pthread_mutex_lock(&cache->lock);
    entry = find_entry(cache, resource, namespace, name);
    if (entry)
        text = object_entry_text(entry, arena);
    pthread_mutex_unlock(&cache->lock);
    return parse(arena, text);
}

struct json *cache_list(struct cache *cache, struct arena *arena, const struct cache_query *query) {
    const struct object_filter filter = { .namespace = query->namespace,
                                          .label_key = query->label_key,
                                          .label_value = query->label_value,
                                          .owner_uid = query->owner_uid };
    struct json *items = json_new_array(arena);
    const struct collection *collection;
    struct text *texts = NULL;
    size_t count = 0;

    ensure(!query->label_key || query->label_value);
    pthread_mutex_lock(&cache->lock);
    collection = find_collection(cache, query->resource);
    if (collection)
        texts = object_set_select(collection->objects, arena, &filter, &count);
    pthread_mutex_unlock(&cache->lock);

    for (size_t i = 0; i < count; i++) {
        const struct json *object = parse(arena, texts[i]);
        if (object_matches(object, &filter))
            (void)json_append(arena, items, object);
    }
    return items;
}

static void copy_string(char *to, size_t size, const char *from) {
    size_t length = strnlen(from, size - 1);

    memcpy(to, from, length);
    to[length] = '\0';
}

bool cache_identify(struct cache *cache, const struct kube_resource *resource, const char *namespace,
                    const char *name, struct cache_identity *out_identity) {
    const struct object_entry *entry;

    pthread_mutex_lock(&cache->lock);
    entry = find_entry(cache, resource, namespace, name);
    if (entry) {
        copy_string(out_identity->uid, sizeof(out_identity->uid), entry->uid);
        copy_string(out_identity->resource_version, sizeof(out_identity->resource_version),
                    entry->resource_version);
    }
    pthread_mutex_unlock(&cache->lock);
    return entry;
}

void cache_count(struct cache *cache, const struct kube_resource *resource, struct cache_counts *out_counts) {
    const struct collection *collection;

    *out_counts = (struct cache_counts){ 0 };
    pthread_mutex_lock(&cache->lock);
    SLIST_FOREACH (collection, &cache->collections, next) {
        if (resource && collection->resource != resource)
            continue;
        out_counts->objects += object_set_count(collection->objects);
        out_counts->bytes += object_set_bytes(collection->objects);
        out_counts->text_bytes += object_set_text_bytes(collection->objects);
    }
    pthread_mutex_unlock(&cache->lock);
}
