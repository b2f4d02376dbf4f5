#include "sim/api_internal.h"

/* Objects between the store and a call: in which version they are kept, and in which they are seen. */

/* The two names of what an event says. Kept as core/v1, which kubectl describe asks for. */
static const char *const event_members[][2] = {
    { "involvedObject", "regarding" },
    { "message", "note" },
    { "source", "deprecatedSource" },
    { "firstTimestamp", "deprecatedFirstTimestamp" },
    { "lastTimestamp", "deprecatedLastTimestamp" },
    { "count", "deprecatedCount" },
    { "reportingComponent", "reportingController" },
};

static void rename_members(struct json *object, size_t from, size_t to) {
    JSON_FOR_EACH_MEMBER (member, object)
        for (size_t i = 0; i < ARRAY_LENGTH(event_members); i++)
            if (str_equal(member->key, event_members[i][from])) {
                member->key = event_members[i][to];
                member->key_length = (uint32_t)strlen(member->key);
                break;
            }
}

static bool is_new_event(const struct api_resource *resource) {
    return str_equal(resource->group, "events.k8s.io");
}

void api_convert_out(struct arena *arena, const struct api_resource *resource, struct json *object) {
    if (is_new_event(resource)) {
        rename_members(object, 0, 1);
        schema_normalize(arena, resource->schema, object);
    }
    json_set_string(arena, object, "apiVersion", resource->api_version);
}

struct json *api_convert_shared(struct arena *arena, const struct api_resource *resource,
                                const struct json *object) {
    /* Renaming goes deep. */
    struct json *shown = is_new_event(resource) ? json_copy(arena, object) : json_share(arena, object);

    api_convert_out(arena, resource, shown);
    return shown;
}

void api_convert_stored(struct arena *arena, const struct api_resource *resource, struct json *object) {
    struct error err = { 0 };

    api_convert_out(arena, resource, object);
    if (api_resource_is_custom(resource) && schema_decode(arena, resource->schema, object, NULL, &err))
        schema_default(arena, resource->schema, object);
}

void api_convert_in(struct arena *arena, const struct api_resource *resource, struct json *object) {
    if (is_new_event(resource)) {
        rename_members(object, 1, 0);
        json_set_string(arena, object, "apiVersion", "v1");
    }
}

struct json *api_load(struct api *api, struct arena *arena, const struct api_resource *resource,
                      const char *namespace, const char *name) {
    const struct store_value *value =
        store_get(api->store, resource->collection, store_key(arena, namespace, name));
    struct json *object;
    if (!value)
        return NULL;
    CLEANUP_POINTER(store_object_unref) const struct store_object *stored = store_object(api->store, value);
    object = json_copy(arena, stored->json);
    api_convert_stored(arena, resource, object);
    return object;
}

static const char *key_of(struct api_context *context, const struct json *object) {
    return store_key(context->arena, json_string_at(object, "metadata.namespace", ""),
                     json_string_at(object, "metadata.name", ""));
}

bool api_call_is_dry(const struct api_call *call) {
    return call->dry_run;
}

void api_store_object(struct api_context *context, struct json *object) {
    if (api_call_is_dry(context->call))
        return;
    api_convert_in(context->arena, context->resource, object);
    store_put(context->api->store, context->resource->collection, key_of(context, object), context->arena,
              object);
    api_convert_out(context->arena, context->resource, object);
}

void api_remove_object(struct api_context *context, struct json *object) {
    if (api_call_is_dry(context->call))
        return;
    api_convert_in(context->arena, context->resource, object);
    store_delete(context->api->store, context->resource->collection, key_of(context, object), context->arena,
                 object);
    api_convert_out(context->arena, context->resource, object);
}
