#include "kube/kube.h"

/* A list whose continue token expired is begun again; more often than this means that the server forgets
 * tokens faster than we read. */
enum { LIST_RESTARTS_MAX = 3 };

bool kube_get(struct kube *kube, struct arena *arena, const struct kube_resource *resource,
              const char *namespace, const char *name, struct json **out_object, struct error *err) {
    struct kube_call call = { .verb = KUBE_GET, .resource = resource, .namespace = namespace, .name = name };
    struct error why = { 0 };

    if (kube->call(kube, &call, arena, out_object, &why))
        return true;
    if (why.kind == ERROR_NOT_FOUND) {
        *out_object = NULL;
        return true;
    }
    if (err)
        *err = why;
    return false;
}

void kube_name_kind(struct arena *arena, struct json *object, const struct kube_resource *resource) {
    if (!json_is(object, JSON_OBJECT))
        return;
    json_set_string(arena, object, "apiVersion", kube_resource_api_version(arena, resource));
    json_set_string(arena, object, "kind", resource->kind);
}

/* One pass over all pages. ERROR_GONE: the continue token expired. */
static bool list_pages(struct kube *kube, struct arena *arena, struct kube_call call, struct json *items,
                       struct error *err) {
    do {
        struct json *list = NULL;
        if (!kube->call(kube, &call, arena, &list, err))
            return false;
        JSON_FOR_EACH_ITEM (item, json_get(list, "items")) {
            kube_name_kind(arena, item, call.resource);
            (void)json_append(arena, items, item);
        }
        call.continue_token = json_string_at(list, "metadata.continue", NULL);
    } while (!str_empty(call.continue_token));
    return true;
}

bool kube_list(struct kube *kube, struct arena *arena, const struct kube_resource *resource,
               const char *namespace, const char *label_selector, struct json **out_items,
               struct error *err) {
    const struct kube_call call = { .verb = KUBE_LIST,
                                    .resource = resource,
                                    .namespace = namespace,
                                    .label_selector = label_selector,
                                    .limit = KUBE_LIST_PAGE };

    for (int restarts = 0;; restarts++) {
        struct error why = { 0 };
        struct json *items = json_new_array(arena);
        if (list_pages(kube, arena, call, items, &why)) {
            *out_items = items;
            return true;
        }
        if (why.kind != ERROR_GONE || restarts == LIST_RESTARTS_MAX) {
            if (err)
                *err = why;
            return false;
        }
    }
}

/* The address of object, from what it says about itself. */
static bool address(const struct json *object, struct kube_call *call, struct error *err) {
    const char *api_version = json_string(json_get(object, "apiVersion"), "");
    const char *kind = json_string(json_get(object, "kind"), "");

    call->resource = kube_resource_of_kind(api_version, kind);
    if (!call->resource)
        return error_set(err, ERROR_INVALID, "the kind %s of %s is not known to this program", kind,
                         api_version);
    call->name = json_string_at(object, "metadata.name", NULL);
    call->namespace = json_string_at(object, "metadata.namespace", NULL);
    call->body = object;
    if (call->resource->is_namespaced && str_empty(call->namespace))
        return error_set(err, ERROR_INVALID, "%s %s has no namespace", kind, call->name ? call->name : "");
    return true;
}

bool kube_create(struct kube *kube, struct arena *arena, const struct json *object, struct json **out_object,
                 struct error *err) {
    struct kube_call call = { .verb = KUBE_CREATE };

    if (!address(object, &call, err))
        return false;
    call.name = NULL;
    return kube->call(kube, &call, arena, out_object, err);
}

static bool apply_call(const char *field_manager, const struct json *object, const char *subresource,
                       struct kube_call *out_call, struct error *err) {
    *out_call = (struct kube_call){
        .verb = KUBE_APPLY, .subresource = subresource, .field_manager = field_manager, .force = true
    };
    if (!address(object, out_call, err))
        return false;
    return !str_empty(out_call->name) ||
           error_set(err, ERROR_INVALID, "a %s without a name can't be applied", out_call->resource->kind);
}

static bool apply(struct kube *kube, struct arena *arena, const char *field_manager,
                  const struct json *object, const char *subresource, struct json **out_object,
                  struct error *err) {
    struct kube_call call;

    return apply_call(field_manager, object, subresource, &call, err) &&
           kube->call(kube, &call, arena, out_object, err);
}

void kube_apply_all(struct kube *kube, struct arena *arena, const char *field_manager,
                    const struct json *const *objects, size_t count, struct kube_outcome *out_outcomes) {
    struct kube_call *calls = ARENA_ARRAY(arena, struct kube_call, count);

    for (size_t i = 0; i < count; i++) {
        bool is_sound = apply_call(field_manager, objects[i], NULL, &calls[i], NULL);
        ensure(is_sound); /* we made it */
        out_outcomes[i] = (struct kube_outcome){ 0 };
    }
    if (kube->call_all) {
        kube->call_all(kube, calls, count, out_outcomes);
        return;
    }
    for (size_t i = 0; i < count; i++)
        out_outcomes[i].is_done = kube->call(kube, &calls[i], arena, NULL, &out_outcomes[i].error);
}

bool kube_apply(struct kube *kube, struct arena *arena, const char *field_manager, const struct json *object,
                struct json **out_object, struct error *err) {
    return apply(kube, arena, field_manager, object, NULL, out_object, err);
}

bool kube_apply_status(struct kube *kube, struct arena *arena, const char *field_manager,
                       const struct json *object, struct json **out_object, struct error *err) {
    return apply(kube, arena, field_manager, object, "status", out_object, err);
}

bool kube_merge_patch(struct kube *kube, struct arena *arena, const struct kube_resource *resource,
                      const char *namespace, const char *name, const char *subresource,
                      const struct json *patch, struct json **out_object, struct error *err) {
    struct kube_call call = { .verb = KUBE_MERGE_PATCH,
                              .resource = resource,
                              .namespace = namespace,
                              .name = name,
                              .subresource = subresource,
                              .body = patch };

    return kube->call(kube, &call, arena, out_object, err);
}

bool kube_delete(struct kube *kube, const struct kube_resource *resource, const char *namespace,
                 const char *name, const char *precondition_uid, enum kube_propagation propagation,
                 struct error *err) {
    return kube_delete_unchanged(kube, resource, namespace, name, precondition_uid, NULL, propagation, err);
}

bool kube_delete_unchanged(struct kube *kube, const struct kube_resource *resource, const char *namespace,
                           const char *name, const char *uid, const char *resource_version,
                           enum kube_propagation propagation, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct error why = { 0 };
    struct kube_call call = { .verb = KUBE_DELETE,
                              .resource = resource,
                              .namespace = namespace,
                              .name = name,
                              .precondition_uid = uid,
                              .precondition_resource_version = resource_version,
                              .propagation = propagation };

    if (kube->call(kube, &call, arena, NULL, &why) || why.kind == ERROR_NOT_FOUND)
        return true;
    if (err)
        *err = why;
    return false;
}

bool kube_evict(struct kube *kube, const char *namespace, const char *pod, const char *precondition_uid,
                struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *eviction = json_new_object(arena);
    struct json *metadata;

    json_set_string(arena, eviction, "apiVersion", "policy/v1");
    json_set_string(arena, eviction, "kind", "Eviction");
    metadata = json_set_object(arena, eviction, "metadata");
    json_set_string(arena, metadata, "name", pod);
    json_set_string(arena, metadata, "namespace", namespace);
    if (precondition_uid) {
        struct json *options = json_set_object(arena, eviction, "deleteOptions");
        json_set_string(arena, json_set_object(arena, options, "preconditions"), "uid", precondition_uid);
    }
    struct kube_call call = { .verb = KUBE_CREATE,
                              .resource = &KUBE_PODS,
                              .namespace = namespace,
                              .name = pod,
                              .subresource = "eviction",
                              .body = eviction };
    return kube->call(kube, &call, arena, NULL, err);
}
