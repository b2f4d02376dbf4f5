#include "sim/component/mirror.h"

#include "base/encoding.h"
#include "base/log.h"
#include "sim/component/object.h"
#include "sim/component/tree.h"

#include <pthread.h>
#include <sys/queue.h>

/* ---- what is held ---- */

struct entry {
    RB_ENTRY(entry) node;
    char *key; /* "namespace/name" */
    struct arena *arena;
    const struct json *object;
    bool is_listed; /* in the list that is coming in */
};
RB_HEAD(entries, entry);

static int entry_compare(const struct entry *a, const struct entry *b) {
    return strcmp(a->key, b->key);
}
TREE_GENERATE(entries, entry, node, entry_compare)

/* ---- what has arrived ---- */

struct arrival {
    STAILQ_ENTRY(arrival) next;
    struct watched *watched;
    struct arena *arena; /* of object; NULL marks the end of a list */
    const struct json *object;
    enum kube_event event;
};
STAILQ_HEAD(arrivals, arrival);

struct watched {
    SLIST_ENTRY(watched) next;
    struct mirror *mirror;
    const struct kube_resource *resource;
    int watch;
    bool is_synced;
    uint64_t told; /* hash of the failure that was logged last; the port's thread alone uses it */
    struct entries entries;
};

struct mirror {
    struct kube *kube;
    void (*wake)(void *context);
    void *wake_context;
    SLIST_HEAD(, watched) watched;
    struct retired *retired; /* replaced by puts since the last drain */
    pthread_mutex_t lock;
    struct arrivals arrivals; /* under lock */
};

/* The memory of an object that a put has replaced: decisions in progress may still point to it. */
struct retired {
    struct retired *next;
    struct arena *arena;
};

struct mirror *mirror_new(struct kube *kube) {
    struct mirror *mirror = XNEW(struct mirror);
    mirror->kube = kube;
    pthread_mutex_init(&mirror->lock, NULL);
    STAILQ_INIT(&mirror->arrivals);
    SLIST_INIT(&mirror->watched);
    return mirror;
}

static void entry_free(struct entry *entry) {
    arena_free(entry->arena);
    free(entry->key);
    free(entry);
}

static void arrivals_clear(struct arrivals *arrivals) {
    struct arrival *arrival;
    while ((arrival = STAILQ_FIRST(arrivals))) {
        STAILQ_REMOVE_HEAD(arrivals, next);
        arena_free(arrival->arena);
        free(arrival);
    }
}

static void retire(struct mirror *mirror, struct arena *arena) {
    struct retired *retired = XNEW(struct retired);
    *retired = (struct retired){ .next = mirror->retired, .arena = arena };
    mirror->retired = retired;
}

static void bury_retired(struct mirror *mirror) {
    while (mirror->retired) {
        struct retired *retired = mirror->retired;
        mirror->retired = retired->next;
        arena_free(retired->arena);
        free(retired);
    }
}

void mirror_free(struct mirror *mirror) {
    struct watched *watched;
    if (!mirror)
        return;
    SLIST_FOREACH (watched, &mirror->watched, next)
        mirror->kube->stop_watch(mirror->kube, watched->watch);
    while ((watched = SLIST_FIRST(&mirror->watched))) {
        struct entry *entry;
        SLIST_REMOVE_HEAD(&mirror->watched, next);
        while ((entry = RB_MIN(entries, &watched->entries))) {
            RB_REMOVE(entries, &watched->entries, entry);
            entry_free(entry);
        }
        free(watched);
    }
    arrivals_clear(&mirror->arrivals);
    bury_retired(mirror);
    pthread_mutex_destroy(&mirror->lock);
    free(mirror);
}

void mirror_set_wake(struct mirror *mirror, void (*wake)(void *context), void *context) {
    ensure(SLIST_EMPTY(&mirror->watched));
    mirror->wake = wake;
    mirror->wake_context = context;
}

/* ---- the port's side ---- */

static void arrive(struct watched *watched, enum kube_event event, const struct json *object) {
    struct mirror *mirror = watched->mirror;
    struct arrival *arrival = XNEW(struct arrival);
    arrival->watched = watched;
    arrival->event = event;
    if (object) {
        arrival->arena = arena_new();
        arrival->object = json_copy(arrival->arena, object);
    }
    pthread_mutex_lock(&mirror->lock);
    STAILQ_INSERT_TAIL(&mirror->arrivals, arrival, next);
    pthread_mutex_unlock(&mirror->lock);
    if (mirror->wake)
        mirror->wake(mirror->wake_context);
}

static void on_event(void *context, enum kube_event event, const struct json *object) {
    arrive(context, event, object);
}

static void on_listed(void *context) {
    struct watched *watched = context;
    watched->told = 0;
    arrive(watched, KUBE_EVENT_LISTED, NULL);
}

/* The port tries again by itself. The same failure is told once, until a list has come through. */
static void on_failed(void *context, const struct error *err) {
    struct watched *watched = context;
    uint64_t hash = hash64(err->text, strlen(err->text));
    if (hash != watched->told)
        log_warn("waiting for the API server", LOG_TEXT("resource", watched->resource->plural),
                 LOG_ERROR_FIELDS(err));
    watched->told = hash;
}

void mirror_watch(struct mirror *mirror, const struct kube_resource *resource) {
    struct watched *watched = XNEW(struct watched);
    watched->mirror = mirror;
    watched->resource = resource;
    RB_INIT(&watched->entries);
    SLIST_INSERT_HEAD(&mirror->watched, watched, next);
    watched->watch = mirror->kube->watch(
        mirror->kube, &(struct kube_watch){ .resource = resource,
                                            .watcher = { watched, .event = on_event, .listed = on_listed,
                                                         .failed = on_failed } });
    ensure(watched->watch > 0);
}

/* ---- the component's side ---- */

static struct watched *find_watched(const struct mirror *mirror, const struct kube_resource *resource) {
    struct watched *watched;
    SLIST_FOREACH (watched, &mirror->watched, next)
        if (watched->resource == resource)
            return watched;
    return NULL;
}

static struct entry *find_entry(struct watched *watched, const char *namespace, const char *name) {
    CLEANUP_FREE char *key =
        xprintf("%s/%s", watched->resource->is_namespaced && namespace ? namespace : "", name);
    return RB_FIND(entries, &watched->entries, &(struct entry){ .key = key });
}

/* Resource versions are opaque to clients in general; etcd's, and ours, are numbers that grow. */
static uint64_t resource_version(const struct json *object) {
    uint64_t version = 0;
    if (!parse_uint64(text_from(json_string_at(object, "metadata.resourceVersion", "")), &version))
        return 0;
    return version;
}

/* Takes the arena over. */
static void hold(struct watched *watched, struct arena *arena, const struct json *object, bool is_listed,
                 const struct mirror_observer *observer) {
    struct entry *entry = find_entry(watched, object_namespace(object), object_name(object));
    struct arena *old_arena = NULL;
    const struct json *old = NULL;

    if (entry) {
        entry->is_listed |= is_listed;
        if (resource_version(object) < resource_version(entry->object)) {
            arena_free(arena);
            return;
        }
        old_arena = entry->arena;
        old = entry->object;
    } else {
        entry = XNEW(struct entry);
        entry->key = xprintf("%s/%s", object_namespace(object), object_name(object));
        entry->is_listed = is_listed;
        RB_INSERT(entries, &watched->entries, entry);
    }
    entry->arena = arena;
    entry->object = object;
    if (observer)
        observer->changed(observer->context, watched->resource, old, object);
    if (old_arena)
        retire(watched->mirror, old_arena);
}

static void forget(struct watched *watched, struct entry *entry, const struct mirror_observer *observer) {
    RB_REMOVE(entries, &watched->entries, entry);
    if (observer)
        observer->changed(observer->context, watched->resource, entry->object, NULL);
    retire(watched->mirror, TAKE(entry->arena));
    entry_free(entry);
}

static void finish_list(struct watched *watched, const struct mirror_observer *observer) {
    struct entry *entry, *next;
    RB_FOREACH_SAFE(entry, entries, &watched->entries, next) {
        if (!entry->is_listed)
            forget(watched, entry, observer);
        else
            entry->is_listed = false;
    }
    watched->is_synced = true;
}

static void apply(struct arrival *arrival, const struct mirror_observer *observer) {
    struct watched *watched = arrival->watched;
    if (!arrival->object) {
        finish_list(watched, observer);
        return;
    }
    if (arrival->event == KUBE_EVENT_DELETED) {
        struct entry *entry =
            find_entry(watched, object_namespace(arrival->object), object_name(arrival->object));
        /* A successor of the same name may already be held, from the answer to its creation. */
        if (entry && str_equal(object_uid(entry->object), object_uid(arrival->object)))
            forget(watched, entry, observer);
        arena_free(arrival->arena);
        return;
    }
    hold(watched, arrival->arena, arrival->object, arrival->event == KUBE_EVENT_LISTED, observer);
}

bool mirror_drain(struct mirror *mirror, const struct mirror_observer *observer) {
    struct arrivals arrivals = STAILQ_HEAD_INITIALIZER(arrivals);
    struct arrival *arrival;

    pthread_mutex_lock(&mirror->lock);
    STAILQ_CONCAT(&arrivals, &mirror->arrivals);
    pthread_mutex_unlock(&mirror->lock);

    bool any = !STAILQ_EMPTY(&arrivals);
    while ((arrival = STAILQ_FIRST(&arrivals))) {
        STAILQ_REMOVE_HEAD(&arrivals, next);
        apply(arrival, observer);
        free(arrival);
    }
    bury_retired(mirror);
    return any;
}

void mirror_put(struct mirror *mirror, const struct kube_resource *resource, const struct json *object) {
    struct watched *watched = find_watched(mirror, resource);
    ensure(watched);
    struct arena *arena = arena_new();
    hold(watched, arena, json_copy(arena, object), false, NULL);
}

bool mirror_is_synced(const struct mirror *mirror) {
    struct watched *watched;
    SLIST_FOREACH (watched, &mirror->watched, next)
        if (!watched->is_synced)
            return false;
    return true;
}

const struct json *mirror_get(const struct mirror *mirror, const struct kube_resource *resource,
                              const char *namespace, const char *name) {
    struct watched *watched = find_watched(mirror, resource);
    ensure(watched);
    struct entry *entry = find_entry(watched, namespace, name);
    return entry ? entry->object : NULL;
}

static struct mirror_list list_if(const struct mirror *mirror, struct arena *arena,
                                  const struct kube_resource *resource, const char *namespace,
                                  const char *controller_uid) {
    struct watched *watched = find_watched(mirror, resource);
    struct mirror_list list = { 0 };
    struct entry *entry;
    size_t most = 0;

    ensure(watched);
    RB_FOREACH (entry, entries, &watched->entries)
        most++;
    list.items = ARENA_ARRAY(arena, const struct json *, most);
    RB_FOREACH (entry, entries, &watched->entries) {
        if (namespace && !str_equal(object_namespace(entry->object), namespace))
            continue;
        if (controller_uid && !object_is_controlled_by(entry->object, controller_uid))
            continue;
        list.items[list.count++] = entry->object;
    }
    return list;
}

struct mirror_list mirror_list(const struct mirror *mirror, struct arena *arena,
                               const struct kube_resource *resource, const char *namespace) {
    return list_if(mirror, arena, resource, namespace, NULL);
}

struct mirror_list mirror_list_controlled(const struct mirror *mirror, struct arena *arena,
                                          const struct kube_resource *resource, const char *namespace,
                                          const char *uid) {
    return list_if(mirror, arena, resource, namespace, uid);
}
