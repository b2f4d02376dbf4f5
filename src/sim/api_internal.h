/* What the files of the API share; nobody else includes it. */
#pragma once

#include "base/encoding.h"
#include "base/time.h"
#include "schema/object_meta.h"
#include "sim/api.h"
#include "sim/schema_registry.h"

struct api_collector;

struct api {
    const struct clock *clock;
    struct store *store;
    struct schema_registry *schemas;
    struct api_resources *resources;
    struct api_collector *collector;
    struct api_counts *counts;
    struct api_logs logs;
    uint64_t random;
    char *authority_pem;
    char *service_network;
    char *signing_key; /* of service account tokens; random, 32 bytes in hexadecimal */
    struct api_observer *observers;
};

struct api_observer {
    struct api_observer *next;
    void (*changed)(void *context);
    void *context;
};

/* One call on its way. */
struct api_context {
    struct api *api;
    const struct api_call *call;
    const struct api_resource *resource;
    struct arena *arena;
    struct api_answer *answer;
    int64_t now;           /* wall ns */
    const char *namespace; /* "" for none */
    const char *name;      /* of the object; NULL before it is known */
};

/* ---- answers (api_status.c): all return false ---- */

bool api_refuse(struct api_context *context, int code, const char *reason, const char *format, ...)
    PRINTF_LIKE(4, 5);
bool api_refuse_not_found(struct api_context *context, const struct api_resource *resource, const char *name);
bool api_refuse_exists(struct api_context *context, const char *name);
bool api_refuse_conflict(struct api_context *context, const char *name, const char *why);
bool api_refuse_forbidden(struct api_context *context, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool api_refuse_invalid(struct api_context *context, const char *name, const struct field_errors *errors);
bool api_refuse_method(struct api_context *context);
/* err's kind decides: ERROR_INVALID is a 400 here. */
bool api_refuse_error(struct api_context *context, const struct error *err);
bool api_refuse_object(struct api_context *context, struct json *status);
/* {group, kind: the plural, name} of the Status that was set last; for causes. */
struct json *api_status_details(struct api_context *context);
void api_status_cause(struct api_context *context, const char *type, const char *field, const char *message);
struct json *api_status_new(struct arena *arena, int code, const char *reason, const char *message);
/* Of a deletion: kind Status, status Success. */
struct json *api_status_success(struct api_context *context, const struct json *object);
bool api_succeed(struct api_context *context, int code, struct json *object);
void api_warn(struct api_context *context, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- resources (api_resources.c) ---- */

struct api_resources *api_resources_new(struct schema_registry *schemas);
void api_resources_free(struct api_resources *resources);
const struct api_resource *api_resources_find(const struct api_resources *resources, const char *group,
                                              const char *version, const char *plural);
/* Replaces what is served for the CRD; the schemas must know it already. */
void api_resources_set_crd(struct api_resources *resources, struct schema_registry *schemas,
                           const struct json *crd);
void api_resources_remove_crd(struct api_resources *resources, const char *name);
/* "statefulsets.apps" */
const char *api_resource_qualified(struct arena *arena, const struct api_resource *resource);
bool api_resource_is(const struct api_resource *resource, const char *group, const char *plural);
bool api_resource_is_custom(const struct api_resource *resource);
/* The resource's row in another group or kind, however it is versioned: NULL when not served. */
const struct api_resource *api_resources_of_group_kind(const struct api_resources *resources,
                                                       const char *group, const char *kind);

/* ---- objects ---- */

/* The object as the resource's version shows it, from the version in which it is kept; and back. In place. */
void api_convert_out(struct arena *arena, const struct api_resource *resource, struct json *object);
/* The same, of an object of which the answer may share what is below its members. */
struct json *api_convert_shared(struct arena *arena, const struct api_resource *resource,
                                const struct json *object);
/* An object that was just read from the store, likewise. One of a custom kind loses the fields that its
 * definition does not know any more, and has the defaults of today, as in the real server. Watches don't see
 * this: they may outlive the definition. */
void api_convert_stored(struct arena *arena, const struct api_resource *resource, struct json *object);
void api_convert_in(struct arena *arena, const struct api_resource *resource, struct json *object);

/* The object in the resource's version, or NULL. */
struct json *api_load(struct api *api, struct arena *arena, const struct api_resource *resource,
                      const char *namespace, const char *name);
/* Puts it into the store and fills in its new version; dry runs don't write. */
void api_store_object(struct api_context *context, struct json *object);
/* Removes it for good. */
void api_remove_object(struct api_context *context, struct json *object);
bool api_call_is_dry(const struct api_call *call);

uint64_t api_random(struct api *api);
const char *api_new_uid(struct api *api, struct arena *arena);
/* Five random characters, as generateName appends them. */
const char *api_random_suffix(struct api *api, struct arena *arena);
int64_t api_now(const struct api *api);
void api_did_change(struct api *api);

/* ---- selectors (api_selector.c) ---- */

struct api_selector;
/* NULL or "" selects everything. On failure err tells what is wrong (ERROR_INVALID). */
CHECKED bool api_label_selector_parse(struct arena *arena, const char *text,
                                      struct api_selector **out_selector, struct error *err);
CHECKED bool api_field_selector_parse(struct arena *arena, const struct api_resource *resource,
                                      const char *text, struct api_selector **out_selector,
                                      struct error *err);
bool api_label_selector_matches(const struct api_selector *selector, const struct json *object);
/* object as the resource's version shows it. */
bool api_field_selector_matches(const struct api_selector *selector, const struct json *object);
/* A selector that selects everything is NULL or has no requirements. */
bool api_selector_is_empty(const struct api_selector *selector);

/* ---- what is particular to a kind (api_strategy.c, api_kind_*.c) ---- */

struct api_strategy {
    const char *group;
    const char *plural;
    enum object_name_rule name_rule;
    bool has_generation;
    /* Makes of what was sent what is meant, before the fields' managers are noted; live is NULL on create. */
    void (*read)(struct api_context *context, struct json *object, const struct json *live);
    /* Sets what the server owns, before the object is admitted and judged. */
    void (*prepare)(struct api_context *context, struct json *object, const struct json *live);
    /* Admission: fills in or refuses, after defaults. */
    bool (*admit)(struct api_context *context, struct json *object, const struct json *live);
    void (*validate)(struct api_context *context, const struct json *object, const struct json *live,
                     struct field_errors *errors);
    /* The write has happened; live is NULL on create, object is NULL on deletion. */
    void (*written)(struct api_context *context, const struct json *object, const struct json *live);
};

/* For a row of the table of resources, which keeps it. Never NULL. */
const struct api_strategy *api_strategy_find(const struct api_resource *resource);

/* ---- verbs ---- */

bool api_get(struct api_context *context);
bool api_list(struct api_context *context);
bool api_create(struct api_context *context);
bool api_update(struct api_context *context);
bool api_patch(struct api_context *context);
bool api_delete(struct api_context *context);
bool api_delete_collection(struct api_context *context);
bool api_scale(struct api_context *context);
bool api_evict(struct api_context *context);
bool api_create_token(struct api_context *context);
bool api_review(struct api_context *context);
bool api_bind(struct api_context *context);

/* The write of a whole object that came from a body, a patch or an apply (api_write.c). tracked: its
 * managedFields are settled already (apply). */
bool api_write_new(struct api_context *context, struct json *object, bool is_applied);
/* live: the object as it is, from api_load() by the same context; NULL: it is not loaded yet. */
bool api_write_changed(struct api_context *context, struct json *object, struct json *live, bool is_applied);
/* Whether nothing keeps the object, which is being deleted, any more. */
bool api_is_finished(const struct json *object);

/* Whether the namespace takes new objects; refuses otherwise. */
bool api_check_namespace(struct api_context *context, const char *name);

/* ---- the server's own controllers ---- */

struct api_collector *api_collector_new(struct api *api);
void api_collector_free(struct api_collector *collector);
/* True when more is due at once. */
bool api_collector_tick(struct api_collector *collector);
void api_install(struct api *api);
/* What a namespace gets by itself: service account, root certificates. */
void api_furnish_namespace(struct api *api, const char *namespace);
/* A call of the server itself. object may be NULL; *out_object may be NULL. */
bool api_do_own(struct api *api, struct arena *arena, enum api_verb verb, const char *group,
                const char *plural, const char *namespace, const char *name, const struct json *object,
                struct json **out_object);
