#include "sim/api_collector.h"

/* Namespaces are emptied before they go, and so are custom resources before their definition does. After:
 * k8s.io/kubernetes, pkg/controller/namespace; k8s.io/apiextensions-apiserver, pkg/controller/finalizer. */

static const char *const crd_finalizer = "customresourcecleanup.apiextensions.k8s.io";
static const char *const slow_collections[] = { "namespaces",
                                                "customresourcedefinitions.apiextensions.k8s.io" };

bool collector_ends_slowly(const char *collection) {
    for (size_t i = 0; i < ARRAY_LENGTH(slow_collections); i++)
        if (str_equal(collection, slow_collections[i]))
            return true;
    return false;
}

/* Deletes what is still there. True when nothing is left. */
static bool empty_collection(struct api *api, struct arena *arena, const char *collection,
                             const char *prefix) {
    struct store_list list = store_list(api->store, arena, collection, prefix);
    const char **keys = ARENA_ARRAY(arena, const char *, list.count);

    for (size_t i = 0; i < list.count; i++) {
        bool is_deleting =
            json_at(store_value_parse(arena, list.items[i]), "metadata.deletionTimestamp") != NULL;
        keys[i] = is_deleting ? NULL : arena_strdup(arena, list.items[i]->key);
    }
    for (size_t i = 0; i < list.count; i++)
        if (keys[i])
            collector_delete(api, arena, collection, keys[i], "Background", NULL);
    return store_list(api->store, arena, collection, prefix).count == 0;
}

static bool empty_namespace(struct api *api, struct arena *arena, const char *name) {
    const char *prefix = arena_printf(arena, "%s/", name);
    size_t count;
    const struct api_resource **rows = api_list_resources(api, arena, &count);
    const char **collections = ARENA_ARRAY(arena, const char *, count);
    bool is_empty = true;

    for (size_t i = 0; i < count; i++)
        collections[i] =
            rows[i]->is_namespaced && !rows[i]->is_virtual ? arena_strdup(arena, rows[i]->collection) : NULL;
    for (size_t i = 0; i < count; i++)
        if (collections[i] && !empty_collection(api, arena, collections[i], prefix))
            is_empty = false;
    return is_empty;
}

static void finalize_namespace(struct api *api, struct arena *arena, struct json *namespace) {
    json_set_array(arena, json_ensure_object(arena, namespace, "spec"), "finalizers");
    collector_act(api, arena, api_resources_find(api->resources, "", "v1", "namespaces"),
                  json_string_at(namespace, "metadata.name", ""),
                  &(struct api_call){ .verb = API_UPDATE, .subresource = "finalize", .body = namespace });
}

static bool end_one(struct api *api, const char *collection, const struct store_value *value) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = store_value_parse(arena, value);
    const char *name = json_string_at(object, "metadata.name", "");

    if (!json_at(object, "metadata.deletionTimestamp"))
        return true;
    if (str_equal(collection, "namespaces")) {
        if (!json_length(json_at(object, "spec.finalizers")))
            return true;
        if (!empty_namespace(api, arena, name))
            return false;
        finalize_namespace(api, arena, object);
        return true;
    }
    if (!collector_has_finalizer(object, crd_finalizer))
        return true;
    if (!empty_collection(api, arena, name, NULL))
        return false;
    collector_remove_finalizer(api, arena, collection, name, object, crd_finalizer);
    return true;
}

bool collector_end_slow_ones(struct api *api) {
    bool are_done = true;

    for (size_t i = 0; i < ARRAY_LENGTH(slow_collections); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct store_list list = store_list(api->store, arena, slow_collections[i], NULL);
        for (size_t j = 0; j < list.count; j++)
            store_value_ref(list.items[j]);
        for (size_t j = 0; j < list.count; j++) {
            are_done = end_one(api, slow_collections[i], list.items[j]) && are_done;
            store_value_unref(list.items[j]);
        }
    }
    return are_done;
}
