/* Store: the objects of the simulated API server, their versions, and what happened to them, in order.
 *
 * One counter numbers all writes; an object's metadata.resourceVersion is the number of its last write. An
 * object is kept as compact JSON with sorted keys, so that equal objects are equal bytes. A history of the
 * last writes, limited in number and bytes, feeds watches and lists of the past; what it no longer holds is
 * gone (410).
 *
 * A collection is one resource, whatever versions it is served in: "pods", "statefulsets.apps". Inside,
 * objects are in the order of their key "namespace/name", or "name" for those without namespace, byte by
 * byte, as etcd keeps them. One thread; no clock. After: etcd v3 and k8s.io/apiserver, storage/cacher.
 */
#pragma once

#include "base/json.h"

struct store;

struct store_limits {
    size_t history_events_max; /* 0: STORE_HISTORY_EVENTS_MAX */
    size_t history_bytes_max;  /* 0: STORE_HISTORY_BYTES_MAX; values that are current do not count */
};
enum { STORE_HISTORY_EVENTS_MAX = 20000, STORE_HISTORY_BYTES_MAX = 64 * 1024 * 1024 };

/* Versions start after `version`, so that no object ever has version 0. Never NULL. */
struct store *store_new(const struct store_limits *limits);
void store_free(struct store *store);
DEFINE_CLEANUP(struct store, store_free);

/* One version of one object: immutable, counted. */
struct store_value {
    unsigned references;
    int64_t version;
    const char *key; /* "namespace/name" or "name" */
    struct text bytes;
};
const struct store_value *store_value_ref(const struct store_value *value);
void store_value_unref(const struct store_value *value);
/* The object, in arena. */
struct json *store_value_parse(struct arena *arena, const struct store_value *value);

/* The object, parsed once for all who ask for it soon: immutable, counted. */
struct store_object {
    unsigned references;
    struct arena *arena;
    const struct json *json;
};
const struct store_object *store_object(struct store *store, const struct store_value *value);
void store_object_unref(const struct store_object *object);
DEFINE_CLEANUP(const struct store_object, store_object_unref);

/* The number of the last write. */
int64_t store_version(const struct store *store);
/* Uses up a number without a write, and returns it. */
int64_t store_advance(struct store *store);

/* In arena: "namespace/name", or "name" when namespace is NULL or "". */
char *store_key(struct arena *arena, const char *namespace, const char *name);

/* NULL when there is none. Borrowed until the next write. */
const struct store_value *store_get(const struct store *store, const char *collection, const char *key);
/* Creates or replaces. Sets object's metadata.resourceVersion and sorts its keys. */
const struct store_value *store_put(struct store *store, const char *collection, const char *key,
                                    struct arena *arena, struct json *object);
/* object: its last state, for those who watch; gets the version of the deletion. The key must exist. */
void store_delete(struct store *store, const char *collection, const char *key, struct arena *arena,
                  struct json *object);

/* The values of a collection in the order of their keys, in arena; they hold until the next write. */
struct store_list {
    const struct store_value **items;
    size_t count;
};
/* prefix: "namespace/", or NULL for all. */
struct store_list store_list(const struct store *store, struct arena *arena, const char *collection,
                             const char *prefix);
/* As it was right after write number version. False when the history does not reach back so far. */
CHECKED bool store_list_at(const struct store *store, struct arena *arena, const char *collection,
                           const char *prefix, int64_t version, struct store_list *out_list);
size_t store_count(const struct store *store, const char *collection);

enum store_event_type { STORE_CREATED, STORE_CHANGED, STORE_DELETED };

struct store_event {
    int64_t version;
    enum store_event_type type;
    const char *collection;
    const struct store_value *value;    /* the new state; the last one when deleted */
    const struct store_value *previous; /* NULL when created */
};

/* The first event after version. False when there is none yet. The history must reach back that far. Borrowed
 * until the next write. */
bool store_event_after(const struct store *store, int64_t version, struct store_event *out_event);
/* Whether every event after version is still there. */
bool store_remembers(const struct store *store, int64_t version);
/* Forgets all events up to version, as etcd's compaction does. */
void store_compact(struct store *store, int64_t version);
