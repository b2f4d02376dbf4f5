#include "controllers/secret_store.h"

#include "base/encoding.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/queue.h>

struct secret_item {
    char *key;
    struct secret_text value;
    LIST_ENTRY(secret_item) link;
};

struct secret_entry {
    char *namespace;
    char *name;
    struct cache_identity identity;
    LIST_HEAD(, secret_item) items;
    LIST_ENTRY(secret_entry) link;
};

struct secret_store {
    struct cache *cache;
    struct kube *kube;
    pthread_mutex_t lock;
    LIST_HEAD(, secret_entry) entries; /* under lock: as many as there are clusters, read once a pass */
};

struct secret_store *secret_store_new(struct cache *cache, struct kube *kube) {
    struct secret_store *store = XNEW(struct secret_store);

    store->cache = cache;
    store->kube = kube;
    pthread_mutex_init(&store->lock, NULL);
    LIST_INIT(&store->entries);
    return store;
}

static void entry_free(struct secret_entry *entry) {
    struct secret_item *item;

    while ((item = LIST_FIRST(&entry->items))) {
        LIST_REMOVE(item, link);
        secret_text_clear(&item->value);
        free(item->key);
        free(item);
    }
    free(entry->namespace);
    free(entry->name);
    free(entry);
}

void secret_store_free(struct secret_store *store) {
    struct secret_entry *entry;

    if (!store)
        return;
    while ((entry = LIST_FIRST(&store->entries))) {
        LIST_REMOVE(entry, link);
        entry_free(entry);
    }
    pthread_mutex_destroy(&store->lock);
    free(store);
}

static struct secret_entry *find(struct secret_store *store, const char *namespace, const char *name) {
    struct secret_entry *entry;

    LIST_FOREACH (entry, &store->entries, link)
        if (str_equal(entry->name, name) && str_equal(entry->namespace, namespace))
            return entry;
    return NULL;
}

void secret_store_forget(struct secret_store *store, const char *namespace, const char *name) {
    pthread_mutex_lock(&store->lock);
    struct secret_entry *entry = find(store, namespace, name);
    if (entry)
        LIST_REMOVE(entry, link);
    pthread_mutex_unlock(&store->lock);
    if (entry)
        entry_free(entry);
}

void secret_store_forget_namespace(struct secret_store *store, const char *namespace) {
    struct secret_entry *entry;
    struct secret_entry *next;

    pthread_mutex_lock(&store->lock);
    for (entry = LIST_FIRST(&store->entries); entry; entry = next) {
        next = LIST_NEXT(entry, link);
        if (!str_equal(entry->namespace, namespace))
            continue;
        LIST_REMOVE(entry, link);
        entry_free(entry);
    }
    pthread_mutex_unlock(&store->lock);
}

size_t secret_store_count(struct secret_store *store) {
    const struct secret_entry *entry;
    size_t count = 0;

    pthread_mutex_lock(&store->lock);
    LIST_FOREACH (entry, &store->entries, link)
        count++;
    pthread_mutex_unlock(&store->lock);
    return count;
}

/* Copies the value of key out; false when the entry is not there or is of another version. */
static bool look_up(struct secret_store *store, const char *namespace, const char *name,
                    const struct cache_identity *identity, const char *key, enum secret_answer *out_answer,
                    struct secret_text *out_value) {
    bool is_known = false;

    pthread_mutex_lock(&store->lock);
    const struct secret_entry *entry = find(store, namespace, name);
    if (entry && str_equal(entry->identity.uid, identity->uid) &&
        str_equal(entry->identity.resource_version, identity->resource_version)) {
        const struct secret_item *item;
        is_known = true;
        *out_answer = SECRET_NO_SUCH_KEY;
        LIST_FOREACH (item, &entry->items, link)
            if (str_equal(item->key, key)) {
                *out_value = secret_text_new(item->value.bytes, item->value.length);
                *out_answer = SECRET_FOUND;
            }
    }
    pthread_mutex_unlock(&store->lock);
    return is_known;
}

/* Takes the data out of object: nothing of it stays in the arena. */
static struct secret_entry *entry_new(const char *namespace, const char *name, struct json *object) {
    struct secret_entry *entry = XNEW(struct secret_entry);

    entry->namespace = xstrdup(namespace);
    entry->name = xstrdup(name);
    LIST_INIT(&entry->items);
    snprintf(entry->identity.uid, sizeof(entry->identity.uid), "%s",
             json_string_at(object, "metadata.uid", ""));
    snprintf(entry->identity.resource_version, sizeof(entry->identity.resource_version), "%s",
             json_string_at(object, "metadata.resourceVersion", ""));
    JSON_FOR_EACH_MEMBER (member, json_get(object, "data")) {
        CLEANUP_BUFFER struct buffer bytes = { 0 };
        bool is_decoded = base64_decode(&bytes, text_from(json_string(&member->value, "")));
        if (json_is(&member->value, JSON_STRING))
            explicit_bzero(member->value.string, member->value.length);
        if (!is_decoded)
            continue;
        struct secret_item *item = XNEW(struct secret_item);
        item->key = xstrdup(member->key);
        item->value = secret_text_new(bytes.data, bytes.length);
        LIST_INSERT_HEAD(&entry->items, item, link);
        if (bytes.data)
            explicit_bzero(bytes.data, bytes.length);
    }
    return entry;
}

/* Puts entry in the place of what another worker may have read meanwhile. */
static void keep(struct secret_store *store, struct secret_entry *entry) {
    pthread_mutex_lock(&store->lock);
    struct secret_entry *old = find(store, entry->namespace, entry->name);
    if (old)
        LIST_REMOVE(old, link);
    LIST_INSERT_HEAD(&store->entries, entry, link);
    pthread_mutex_unlock(&store->lock);
    if (old)
        entry_free(old);
}

enum secret_answer secret_store_read(struct secret_store *store, const char *namespace, const char *name,
                                     const char *key, struct secret_text *out_value, struct error *err) {
    struct cache_identity identity;
    enum secret_answer answer;

    if (!cache_identify(store->cache, &KUBE_SECRETS, namespace, name, &identity)) {
        secret_store_forget(store, namespace, name);
        return SECRET_NO_SUCH_OBJECT;
    }
    if (look_up(store, namespace, name, &identity, key, &answer, out_value))
        return answer;

    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = NULL;
    if (!kube_get(store->kube, arena, &KUBE_SECRETS, namespace, name, &object, err)) {
        error_wrap(err, "Secret %s/%s", namespace, name);
        return SECRET_UNREADABLE;
    }
    if (!object) {
        secret_store_forget(store, namespace, name);
        return SECRET_NO_SUCH_OBJECT;
    }
    struct secret_entry *entry = entry_new(namespace, name, object);
    /* What was read may be newer than the cache: it is looked up by its own version. */
    identity = entry->identity;
    keep(store, entry);
    if (!look_up(store, namespace, name, &identity, key, &answer, out_value))
        answer = SECRET_NO_SUCH_OBJECT;
    /* It may have been deleted between the read and now, when nobody is told to forget it any more. */
    if (!cache_identify(store->cache, &KUBE_SECRETS, namespace, name, &identity))
        secret_store_forget(store, namespace, name);
    return answer;
}
