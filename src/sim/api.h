/* API: what a Kubernetes API server does, without the network.
 *
 * One call comes in as data and is answered at once, in memory: verbs, subresources, discovery of what is
 * served, names and fields judged, versions compared, owners and finalizers honoured. The answers, also
 * refusals, are the real server's: the same objects, the same Status bodies. Two fronts stand on it: the port
 * of src/kube/kube.h as direct calls (sim/kube.h), and HTTP requests (sim/api_http.h), which the sandbox
 * serves over TLS.
 *
 * One thread, no sockets, no clock but the one given, random ids from a seed: the same calls give the same
 * bytes. After: k8s.io/apiserver, endpoints/handlers and registry/generic; held against kube-apiserver 1.35
 * by tests/peers/compare_api.py.
 */
#pragma once

#include "base/clock.h"
#include "base/json.h"
#include "sim/schema_registry.h"
#include "sim/store.h"

struct api;
struct api_watch;

/* ---- life cycle ---- */

struct api_log_call {
    const char *namespace;
    const char *pod;
    const char *container;
    bool previous; /* of the container's last run */
};

/* Who knows what containers print: the kubelet. */
struct api_logs {
    void *context;
    /* Appends what was printed from *offset (bytes) on, whole lines, each "2026-01-31T12:00:00.000000000Z
     * text\n", and moves *offset. *out_ended: nothing more will come. ERROR_NOT_FOUND, ERROR_INVALID (answer
     * 400: the container has not started …). */
    bool (*read)(void *context, const struct api_log_call *call, uint64_t *offset, struct buffer *out,
                 bool *out_ended, struct error *err);
};

struct api_options {
    const struct clock *clock; /* must outlive the api */
    uint64_t seed;             /* of uids and generated names; 0: from the system */
    struct store_limits limits;
    struct api_logs logs; /* read may be NULL: no logs */
    /* Where Services get their cluster addresses: "A.B.0.0/16"; NULL: 10.96.0.0/16. Copied. */
    const char *service_network;
    /* PEM, for ConfigMap kube-root-ca.crt in every namespace; NULL: none is made. Copied. */
    const char *authority_pem;
    /* Called after writes, once per call: watchers have something to read, api_tick() something to do. May be
     * NULL. Must not call the api. */
    void (*changed)(void *context);
    void *changed_context;
};

/* With the namespaces, service accounts and roles that every cluster has. Never NULL. */
struct api *api_new(const struct api_options *options);
void api_free(struct api *api);
DEFINE_CLEANUP(struct api, api_free);

void api_set_logs(struct api *api, const struct api_logs *logs);

/* Calls changed after writes, like api_options.changed, until api_unobserve() with the same arguments. */
void api_observe(struct api *api, void (*changed)(void *context), void *context);
void api_unobserve(struct api *api, void (*changed)(void *context), void *context);

/* Does what the server and the controllers that belong to it do by themselves: collects garbage (owners),
 * ends namespaces, gives new namespaces their service account, forgets old events and expired tokens. Returns
 * the monotonic time at which it wants to be called again; not later than now: more is due at once;
 * INT64_MAX: after a write. */
int64_t api_tick(struct api *api);

struct store *api_store(struct api *api);
const struct schema_registry *api_schemas(const struct api *api);
const struct clock *api_clock(const struct api *api);

/* ---- resources ---- */

/* One served resource in one version: a row of the built-in table or from a CRD. */
struct api_resource {
    const char *group; /* "" for core */
    const char *version;
    const char *api_version; /* "apps/v1", "v1" */
    const char *plural;
    const char *singular;
    const char *kind;
    const char *list_kind;
    bool is_namespaced;
    bool has_status; /* subresource */
    bool has_scale;
    bool is_virtual;                     /* can only be created, and is not kept: reviews */
    const char *short_names;             /* "po,pod" or NULL */
    const char *categories;              /* "all" or NULL */
    const char *collection;              /* in the store */
    const struct schema *schema;         /* NULL for none */
    const struct api_strategy *strategy; /* what is particular to the kind */
    const struct json *crd;              /* the version's entry in spec.versions, for custom resources */
};

/* NULL when it is not served. Holds until a CustomResourceDefinition changes. */
const struct api_resource *api_find_resource(const struct api *api, const char *group, const char *version,
                                             const char *plural);
const struct api_resource *api_find_kind(const struct api *api, const char *api_version, const char *kind);
/* All, ordered by group, version, plural; *out_count of them; in arena. */
const struct api_resource **api_list_resources(const struct api *api, struct arena *arena, size_t *out_count);

/* ---- calls ---- */

enum api_verb {
    API_GET,
    API_LIST,
    API_WATCH,
    API_CREATE,
    API_UPDATE,
    API_PATCH,
    API_DELETE,
    API_DELETE_COLLECTION,
};

enum api_patch { API_PATCH_JSON, API_PATCH_MERGE, API_PATCH_STRATEGIC, API_PATCH_APPLY };
enum api_validation { API_VALIDATION_WARN, API_VALIDATION_STRICT, API_VALIDATION_IGNORE };

struct api_user {
    const char *name; /* "kubernetes-admin", "system:serviceaccount:ns:name" */
    const char *uid;  /* may be NULL */
    const char *const *groups;
    size_t group_count;
};

/* The service account that a bearer token speaks for, in arena; NULL when the token is not ours, has expired,
 * or its account is gone. */
const struct api_user *api_user_of_token(struct api *api, struct arena *arena, struct text token);

/* What does not concern the verb stays zero. Strings are borrowed for the call. */
struct api_call {
    enum api_verb verb;
    const struct api_resource *resource;
    const char *namespace; /* NULL: none, or all for LIST and WATCH */
    const char *name;
    const char *subresource;     /* NULL: the object itself */
    const struct api_user *user; /* NULL: the server itself, which may do everything */
    const char *user_agent;      /* up to the first '/' it is the field manager by default */

    const struct json *body;     /* not changed */
    const char *duplicate_field; /* path of a key that came twice in the body, or NULL */
    enum api_patch patch;
    const char *field_manager;
    bool force; /* apply: take fields over */
    bool dry_run;
    enum api_validation validation;

    const char *label_selector;
    const char *field_selector;
    const char *resource_version;
    const char *resource_version_match;
    const char *continue_token;
    int64_t limit;
    bool allow_bookmarks;
    bool send_initial_events;

    /* DELETE, DELETE_COLLECTION: from DeleteOptions in the body when there is one, else from these. */
    const char *propagation; /* "Background", "Foreground", "Orphan" or NULL */
    bool has_grace_period;
    int64_t grace_period_seconds;
    const char *precondition_uid;
    const char *precondition_resource_version;
};

struct api_answer {
    int code;                /* of HTTP */
    struct json *object;     /* the object, list or Status; in the call's arena */
    struct json *warnings;   /* array of strings, or NULL */
    int retry_after_seconds; /* 0: not said */
};

/* Carries the call out; not API_WATCH. False when it was refused: answer.object is a Status then. */
bool api_do(struct api *api, const struct api_call *call, struct arena *arena, struct api_answer *answer);

/* ---- watches ---- */

/* NULL when it was refused: *answer says why. The caller frees it, before the api. */
struct api_watch *api_watch_new(struct api *api, const struct api_call *call, struct arena *arena,
                                struct api_answer *answer);
void api_watch_free(struct api_watch *watch);
DEFINE_CLEANUP(struct api_watch, api_watch_free);

enum api_event_type { API_ADDED, API_MODIFIED, API_DELETED, API_BOOKMARK, API_ERROR };
const char *api_event_name(enum api_event_type type);

struct api_event {
    enum api_event_type type;
    struct json
        *object; /* in the arena of api_watch_next(); a Status for API_ERROR, which is the last event. Holds
                    until the next event; what is below its members may be shared, and must not change */
};

/* The next event, or false when nothing has happened yet (or the watch has ended with API_ERROR). */
bool api_watch_next(struct api_watch *watch, struct arena *arena, struct api_event *out_event);
/* A bookmark at the newest version, for a watch that asked for them; call it about once a minute. */
bool api_watch_bookmark(struct api_watch *watch, struct arena *arena, struct api_event *out_event);
