#include "sim/api_openapi.h"

/* The paths of OpenAPI documents: what can be done with each resource, and by which parameters. */

struct json *openapi_kind(struct arena *arena, const struct api_resource *resource) {
    struct json *kind = json_new_object(arena);
    json_set_string(arena, kind, "group", resource->group);
    json_set_string(arena, kind, "kind", resource->kind);
    json_set_string(arena, kind, "version", resource->version);
    return kind;
}

void openapi_add_info(struct arena *arena, struct json *document) {
    struct json *info = json_set_object(arena, document, "info");
    json_set_string(arena, info, "title", "Kubernetes");
    json_set_string(arena, info, "version", "v1.35.4");
}

void openapi_set_etag(struct http_exchange *exchange) {
    exchange->answer->etag = arena_printf(
        exchange->arena, "\"%s\"",
        sha256_hex(exchange->arena, exchange->answer->body.data, exchange->answer->body.length, 40));
}

struct operation {
    const char *method;
    const char *action;
    const char *parameters; /* of the query, separated by commas */
};

static const struct operation item_operations[] = {
    { "get", "get", "pretty" },
    { "put", "put", "dryRun,fieldManager,fieldValidation,pretty" },
    { "patch", "patch", "dryRun,fieldManager,fieldValidation,force,pretty" },
    { "delete", "delete", "dryRun,gracePeriodSeconds,orphanDependents,propagationPolicy,pretty" },
};
static const struct operation collection_operations[] = {
    { "get", "list",
      "allowWatchBookmarks,continue,fieldSelector,labelSelector,limit,pretty,resourceVersion,"
      "resourceVersionMatch,"
      "sendInitialEvents,timeoutSeconds,watch" },
    { "post", "post", "dryRun,fieldManager,fieldValidation,pretty" },
};

static void add_operation(struct arena *arena, struct json *path, const struct operation *operation,
                          const struct api_resource *resource, enum openapi_version version) {
    struct json *out = json_set_object(arena, path, operation->method);
    struct json *parameters = json_set_array(arena, out, "parameters");
    struct text rest = text_from(operation->parameters);

    while (rest.data) {
        struct text name = text_cut(&rest, ',');
        struct json *parameter = json_append_object(arena, parameters);
        json_set_string(arena, parameter, "name", arena_strndup(arena, name.data, name.length));
        json_set_string(arena, parameter, "in", "query");
        struct json *schema = version == OPENAPI_3 ? json_set_object(arena, parameter, "schema") : parameter;
        json_set_string(arena, schema, "type", "string");
    }
    struct json *ok = json_set_object(arena, json_set_object(arena, out, "responses"), "200");
    json_set_string(arena, ok, "description", "OK");
    json_set_string(arena, out, "x-kubernetes-action", operation->action);
    json_set(arena, out, "x-kubernetes-group-version-kind", openapi_kind(arena, resource));
}

void openapi_add_paths(struct arena *arena, struct json *paths, const struct api_resource *resource,
                       enum openapi_version version) {
    const char *root = *resource->group
                           ? arena_printf(arena, "/apis/%s/%s", resource->group, resource->version)
                           : arena_printf(arena, "/api/%s", resource->version);
    const char *collection = arena_printf(
        arena, "%s%s/%s", root, resource->is_namespaced ? "/namespaces/{namespace}" : "", resource->plural);
    struct json *path = json_set_object(arena, paths, collection);

    for (size_t i = 0; i < ARRAY_LENGTH(collection_operations); i++)
        if (!resource->is_virtual || str_equal(collection_operations[i].method, "post"))
            add_operation(arena, path, &collection_operations[i], resource, version);
    if (resource->is_virtual)
        return;
    path = json_set_object(arena, paths, arena_printf(arena, "%s/{name}", collection));
    for (size_t i = 0; i < ARRAY_LENGTH(item_operations); i++)
        add_operation(arena, path, &item_operations[i], resource, version);
}
