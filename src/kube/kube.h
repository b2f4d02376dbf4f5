/* kube: the port through which everything reaches a Kubernetes API server.
 *
 * Two implementations: HTTPS to an API server (kube/client.h), and direct calls into the simulated one
 * (sim/). Callers never see which. A call blocks until it is answered or its deadline passes; implementations
 * say what threads may use them (the HTTPS client: any number).
 *
 * Objects go in and come out as JSON values in the caller's arena. An object that is absent is no error for
 * kube_get(): it answers NULL.
 */
#pragma once

#include "base/json.h"
#include "kube/resource.h"

enum kube_verb {
    KUBE_GET,
    KUBE_LIST,
    KUBE_CREATE,      /* POST; with a subresource: eviction, token */
    KUBE_UPDATE,      /* PUT: body carries the resource version */
    KUBE_APPLY,       /* server-side apply */
    KUBE_MERGE_PATCH, /* RFC 7386 */
    KUBE_DELETE,
};

enum kube_propagation { KUBE_PROPAGATION_DEFAULT, KUBE_BACKGROUND, KUBE_FOREGROUND, KUBE_ORPHAN };

enum { KUBE_TIMEOUT_MS = 15000, KUBE_LIST_PAGE = 250 };

/* One call. What does not concern the verb stays zero. */
struct kube_call {
    enum kube_verb verb;
    const struct kube_resource *resource;
    const char *namespace; /* NULL: cluster-scoped, or a list over all namespaces */
    const char *name;
    const char *subresource; /* "status", "eviction", "scale" … or NULL */
    const struct json *body;

    /* GET, LIST: only metadata (PartialObjectMetadata), for objects whose data must not be seen. */
    bool metadata_only;
    /* LIST */
    const char *label_selector;
    const char *field_selector;
    const char *resource_version; /* NULL: the newest; "0": any the server has at hand */
    const char *continue_token;
    unsigned limit; /* 0: no pages */

    /* CREATE, UPDATE, APPLY, MERGE_PATCH */
    const char *field_manager; /* required for APPLY */
    bool force;                /* APPLY: take fields over from other managers */
    bool dry_run;

    /* DELETE */
    enum kube_propagation propagation;
    const char *precondition_uid;
    const char *precondition_resource_version;
    bool immediately; /* grace period 0: a kubelet's word that the pod has stopped */

    int timeout_ms; /* 0: KUBE_TIMEOUT_MS */
};

enum kube_event { KUBE_EVENT_LISTED, KUBE_EVENT_ADDED, KUBE_EVENT_MODIFIED, KUBE_EVENT_DELETED };

/* Who is told about the objects of one resource. The functions are called one at a time for one watch, from
 * the implementation's thread; object is without managedFields and lives only during the call. They must not
 * block and must not call the port. */
struct kube_watcher {
    void *context;
    void (*event)(void *context, enum kube_event event, const struct json *object);
    /* A list is complete: what was not LISTED since the one before is gone. The first one means: in sync. */
    void (*listed)(void *context);
    /* Listing or watching failed; it is tried again, each time later. A list that broke off begins anew: what
     * was LISTED before does not count. may be NULL. */
    void (*failed)(void *context, const struct error *err);
    /* After failed(): it works again. may be NULL. */
    void (*recovered)(void *context);
};

struct kube_watch {
    const struct kube_resource *resource;
    const char *namespace;      /* NULL: all */
    const char *label_selector; /* NULL: all */
    const char *field_selector; /* NULL: all; "metadata.name=x" for one object */
    bool metadata_only;
    struct kube_watcher watcher;
};

/* What became of one of several calls. */
struct kube_outcome {
    bool is_done;
    struct error error; /* when it is not */
};

struct kube {
    /* *out_object is the answer's object (list object for LIST), in arena. out_object may be NULL. */
    bool (*call)(struct kube *kube, const struct kube_call *call, struct arena *arena,
                 struct json **out_object, struct error *err);
    /* Several calls side by side; their answers are not looked at. NULL: they are made one after the other.
     */
    void (*call_all)(struct kube *kube, const struct kube_call *calls, size_t count,
                     struct kube_outcome *out_outcomes);
    /* Lists, then watches, and goes on doing so until stopped. Copies what it needs from watch. Returns an id
     * > 0. */
    int (*watch)(struct kube *kube, const struct kube_watch *watch);
    void (*stop_watch)(struct kube *kube, int id);
};

/* ---- shorthands over call, the same for all implementations (kube/kube.c) ---- */

/* *out_object is NULL when there is none. */
CHECKED bool kube_get(struct kube *kube, struct arena *arena, const struct kube_resource *resource,
                      const char *namespace, const char *name, struct json **out_object, struct error *err);
/* All pages, as one array of items. */
CHECKED bool kube_list(struct kube *kube, struct arena *arena, const struct kube_resource *resource,
                       const char *namespace, const char *label_selector, struct json **out_items,
                       struct error *err);
CHECKED bool kube_create(struct kube *kube, struct arena *arena, const struct json *object,
                         struct json **out_object, struct error *err);
/* Server-side apply with force of object (apiVersion, kind, metadata.name, metadata.namespace in it). */
CHECKED bool kube_apply(struct kube *kube, struct arena *arena, const char *field_manager,
                        const struct json *object, struct json **out_object, struct error *err);
/* The same for several objects that don't need each other: all are applied, also when one is refused. */
void kube_apply_all(struct kube *kube, struct arena *arena, const char *field_manager,
                    const struct json *const *objects, size_t count, struct kube_outcome *out_outcomes);
/* The same on the status subresource. */
CHECKED bool kube_apply_status(struct kube *kube, struct arena *arena, const char *field_manager,
                               const struct json *object, struct json **out_object, struct error *err);
CHECKED bool kube_merge_patch(struct kube *kube, struct arena *arena, const struct kube_resource *resource,
                              const char *namespace, const char *name, const char *subresource,
                              const struct json *patch, struct json **out_object, struct error *err);
/* Deletes this very object as it was seen: ERROR_CONFLICT when it has changed since. Gone already is success.
 */
CHECKED bool kube_delete_unchanged(struct kube *kube, const struct kube_resource *resource,
                                   const char *namespace, const char *name, const char *uid,
                                   const char *resource_version, enum kube_propagation propagation,
                                   struct error *err);
/* Gone already is success. precondition_uid may be NULL. */
CHECKED bool kube_delete(struct kube *kube, const struct kube_resource *resource, const char *namespace,
                         const char *name, const char *precondition_uid, enum kube_propagation propagation,
                         struct error *err);
/* Through the Eviction API; a budget that forbids it is ERROR_THROTTLED. */
CHECKED bool kube_evict(struct kube *kube, const char *namespace, const char *pod,
                        const char *precondition_uid, struct error *err);
/* Says in object what it is: items of the API's lists, and metadata alone, come without or with another kind.
 */
void kube_name_kind(struct arena *arena, struct json *object, const struct kube_resource *resource);
