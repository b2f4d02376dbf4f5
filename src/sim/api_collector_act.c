#include "sim/api_collector.h"

/* What the collector does to objects, through the API as a controller would. */

bool collector_has_finalizer(const struct json *object, const char *name) {
    JSON_FOR_EACH_ITEM (finalizer, json_at(object, "metadata.finalizers"))
        if (str_equal(json_string(finalizer, ""), name))
            return true;
    return false;
}

static const struct api_resource *resource_of(struct api *api, struct arena *arena, const char *collection) {
    size_t count;
    const struct api_resource **rows = api_list_resources(api, arena, &count);
    for (size_t i = 0; i < count; i++)
        if (str_equal(rows[i]->collection, collection))
            return rows[i];
    return NULL;
}

void collector_act(struct api *api, struct arena *arena, const struct api_resource *resource, const char *key,
                   struct api_call *call) {
    const char *slash = resource->is_namespaced ? strchr(key, '/') : NULL;
    struct api_answer answer;

    call->resource = resource;
    call->namespace = slash ? arena_strndup(arena, key, (size_t)(slash - key)) : NULL;
    call->name = slash ? slash + 1 : key;
    call->user_agent = "kube-controller-manager";
    /* What is refused is tried again after the next change of the object. */
    (void)api_do(api, call, arena, &answer);
}

void collector_delete(struct api *api, struct arena *arena, const char *collection, const char *key,
                      const char *propagation, const char *uid) {
    const struct api_resource *resource = resource_of(api, arena, collection);
    if (resource)
        collector_act(
            api, arena, resource, key,
            &(struct api_call){ .verb = API_DELETE, .propagation = propagation, .precondition_uid = uid });
}

void collector_update_metadata(struct api *api, struct arena *arena, const char *collection, const char *key,
                               const struct json *object, const char *member, struct json *value) {
    const struct api_resource *resource = resource_of(api, arena, collection);
    struct json *patch = json_new_object(arena);
    struct json *metadata = json_set_object(arena, patch, "metadata");

    json_set_string(arena, metadata, "uid", json_string_at(object, "metadata.uid", ""));
    json_set(arena, metadata, member, value);
    if (resource)
        collector_act(api, arena, resource, key,
                      &(struct api_call){ .verb = API_PATCH, .patch = API_PATCH_MERGE, .body = patch });
}

void collector_remove_finalizer(struct api *api, struct arena *arena, const char *collection, const char *key,
                                const struct json *object, const char *name) {
    struct json *rest = json_new_array(arena);
    JSON_FOR_EACH_ITEM (finalizer, json_at(object, "metadata.finalizers"))
        if (!str_equal(json_string(finalizer, ""), name))
            json_append(arena, rest, finalizer);
    collector_update_metadata(api, arena, collection, key, object, "finalizers", rest);
}
