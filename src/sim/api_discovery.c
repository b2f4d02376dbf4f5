#include "sim/api_http_internal.h"

/* Discovery: which groups, versions and resources there are, as single documents and aggregated.
 * After: k8s.io/apiserver, endpoints/discovery and endpoints/discovery/aggregated. */

static const char aggregated_type[] = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/* A subresource of one resource. */
struct part {
    const char *name;
    const char *group; /* of what it takes; NULL: the resource's own kind */
    const char *version;
    const char *kind;
    const char *verbs;
};

static const struct {
    const char *group;
    const char *plural;
    struct part part;
} actions[] = {
    { "", "namespaces", { "finalize", NULL, NULL, "Namespace", "update" } },
    { "", "pods", { "binding", NULL, NULL, "Binding", "create" } },
    { "", "pods", { "eviction", "policy", "v1", "Eviction", "create" } },
    { "", "pods", { "log", NULL, NULL, "Pod", "get" } },
    { "", "serviceaccounts", { "token", "authentication.k8s.io", "v1", "TokenRequest", "create" } },
};
enum { PARTS_MAX = ARRAY_LENGTH(actions) + 2 };

static size_t parts_of(const struct api_resource *resource, struct part *parts) {
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(actions); i++)
        if (api_resource_is(resource, actions[i].group, actions[i].plural))
            parts[count++] = actions[i].part;
    if (resource->has_status && api_resource_is_custom(resource))
        parts[count++] = (struct part){ "status", NULL, NULL, resource->kind, "get,patch,update" };
    if (resource->has_scale)
        parts[count++] = (struct part){ "scale", "autoscaling", "v1", "Scale", "get,patch,update" };
    if (resource->has_status && !api_resource_is_custom(resource))
        parts[count++] = (struct part){ "status", NULL, NULL, resource->kind, "get,patch,update" };
    return count;
}

static const char *verbs_of(const struct api_resource *resource) {
    if (resource->is_virtual)
        return "create";
    if (api_resource_is_custom(resource))
        return "delete,deletecollection,get,list,patch,create,update,watch";
    if (api_resource_is(resource, "", "namespaces"))
        return "create,delete,get,list,patch,update,watch";
    return "create,delete,deletecollection,get,list,patch,update,watch";
}

static void set_words(struct arena *arena, struct json *object, const char *key, const char *words) {
    struct text rest = text_from(words ? words : "");
    struct json *array;
    if (!words)
        return;
    array = json_set_array(arena, object, key);
    while (rest.data) {
        struct text word = text_cut(&rest, ',');
        json_append_string(arena, array, arena_strndup(arena, word.data, word.length));
    }
}

/* ---- one document per group and version ---- */

static void add_resource(struct arena *arena, struct json *list, const struct api_resource *resource) {
    struct part parts[PARTS_MAX];
    struct json *row = json_append_object(arena, list);

    json_set_string(arena, row, "name", resource->plural);
    json_set_string(arena, row, "singularName", resource->singular);
    json_set_bool(arena, row, "namespaced", resource->is_namespaced);
    json_set_string(arena, row, "kind", resource->kind);
    set_words(arena, row, "verbs", verbs_of(resource));
    set_words(arena, row, "shortNames", resource->short_names);
    set_words(arena, row, "categories", resource->categories);
    if (!resource->is_virtual)
        json_set_string(arena, row, "storageVersionHash",
                        sha256_hex(arena, resource->collection, strlen(resource->collection), 12));
    size_t count = parts_of(resource, parts);
    for (size_t i = 0; i < count; i++) {
        row = json_append_object(arena, list);
        json_set_string(arena, row, "name", arena_printf(arena, "%s/%s", resource->plural, parts[i].name));
        json_set_string(arena, row, "singularName", "");
        json_set_bool(arena, row, "namespaced", resource->is_namespaced);
        if (parts[i].group) {
            json_set_string(arena, row, "group", parts[i].group);
            json_set_string(arena, row, "version", parts[i].version);
        }
        json_set_string(arena, row, "kind", parts[i].kind);
        set_words(arena, row, "verbs", parts[i].verbs);
    }
}

static bool answer_resources(struct http_exchange *exchange, const char *group, const char *version) {
    struct json *list = json_new_object(exchange->arena), *rows;
    size_t count;
    const struct api_resource **resources = api_list_resources(exchange->api, exchange->arena, &count);

    json_set_string(exchange->arena, list, "kind", "APIResourceList");
    json_set_string(exchange->arena, list, "apiVersion", "v1");
    json_set_string(exchange->arena, list, "groupVersion",
                    *group ? arena_printf(exchange->arena, "%s/%s", group, version) : version);
    rows = json_set_array(exchange->arena, list, "resources");
    for (size_t i = 0; i < count; i++)
        if (str_equal(resources[i]->group, group) && str_equal(resources[i]->version, version))
            add_resource(exchange->arena, rows, resources[i]);
    if (!json_length(rows))
        return false;
    if (http_negotiate(exchange, false))
        http_answer_json(exchange, 200, list);
    return true;
}

/* ---- groups ---- */

static struct json *group_version(struct arena *arena, const char *group, const char *version) {
    struct json *value = json_new_object(arena);
    json_set_string(arena, value, "groupVersion", arena_printf(arena, "%s/%s", group, version));
    json_set_string(arena, value, "version", version);
    return value;
}

static struct json *find_group(const struct json *groups, const char *name) {
    JSON_FOR_EACH_ITEM (group, groups)
        if (str_equal(json_string_at(group, "name", ""), name))
            return group;
    return NULL;
}

/* All groups but core; the preferred version of each is its first. */
static struct json *list_groups(struct http_exchange *exchange) {
    struct arena *arena = exchange->arena;
    struct json *groups = json_new_array(arena);
    size_t count;
    const struct api_resource **resources = api_list_resources(exchange->api, arena, &count);

    for (size_t i = 0; i < count; i++) {
        const char *name = resources[i]->group, *version = resources[i]->version;
        struct json *group = find_group(groups, name);
        bool is_known = false;
        if (!*name)
            continue;
        if (!group) {
            group = json_append_object(arena, groups);
            json_set_string(arena, group, "name", name);
            json_set_array(arena, group, "versions");
            json_set(arena, group, "preferredVersion", group_version(arena, name, version));
        }
        JSON_FOR_EACH_ITEM (known, json_get(group, "versions"))
            is_known = is_known || str_equal(json_string_at(known, "version", ""), version);
        if (!is_known)
            json_append(arena, json_get(group, "versions"), group_version(arena, name, version));
    }
    return groups;
}

static void answer_groups(struct http_exchange *exchange) {
    struct json *list = json_new_object(exchange->arena);
    json_set_string(exchange->arena, list, "kind", "APIGroupList");
    json_set_string(exchange->arena, list, "apiVersion", "v1");
    json_set(exchange->arena, list, "groups", list_groups(exchange));
    if (http_negotiate(exchange, false))
        http_answer_json(exchange, 200, list);
}

static bool answer_group(struct http_exchange *exchange, const char *name) {
    struct json *group = find_group(list_groups(exchange), name);
    if (!group)
        return false;
    json_set_string(exchange->arena, group, "kind", "APIGroup");
    json_set_string(exchange->arena, group, "apiVersion", "v1");
    if (http_negotiate(exchange, false))
        http_answer_json(exchange, 200, group);
    return true;
}

static void answer_core_versions(struct http_exchange *exchange) {
    struct json *versions = json_new_object(exchange->arena);
    json_set_string(exchange->arena, versions, "kind", "APIVersions");
    json_append_string(exchange->arena, json_set_array(exchange->arena, versions, "versions"), "v1");
    json_set_array(exchange->arena, versions, "serverAddressByClientCIDRs");
    if (http_negotiate(exchange, false))
        http_answer_json(exchange, 200, versions);
}

/* ---- aggregated ---- */

static void set_kind(struct arena *arena, struct json *object, const char *group, const char *version,
                     const char *kind) {
    struct json *response = json_set_object(arena, object, "responseKind");
    json_set_string(arena, response, "group", group);
    json_set_string(arena, response, "version", version);
    json_set_string(arena, response, "kind", kind);
}

static void add_aggregated(struct arena *arena, struct json *list, const struct api_resource *resource) {
    struct part parts[PARTS_MAX];
    struct json *row = json_append_object(arena, list), *subresources;

    json_set_string(arena, row, "resource", resource->plural);
    set_kind(arena, row, resource->group, resource->version, resource->kind);
    json_set_string(arena, row, "scope", resource->is_namespaced ? "Namespaced" : "Cluster");
    json_set_string(arena, row, "singularResource", resource->singular);
    set_words(arena, row, "verbs", verbs_of(resource));
    set_words(arena, row, "shortNames", resource->short_names);
    set_words(arena, row, "categories", resource->categories);
    size_t count = parts_of(resource, parts);
    if (!count)
        return;
    subresources = json_set_array(arena, row, "subresources");
    for (size_t i = 0; i < count; i++) {
        struct json *part = json_append_object(arena, subresources);
        json_set_string(arena, part, "subresource", parts[i].name);
        set_kind(arena, part, parts[i].group ? parts[i].group : resource->group,
                 parts[i].group ? parts[i].version : resource->version, parts[i].kind);
        set_words(arena, part, "verbs", parts[i].verbs);
    }
}

static struct json *find_version(struct arena *arena, struct json *group, const char *version) {
    struct json *versions = json_get(group, "versions");
    JSON_FOR_EACH_ITEM (known, versions)
        if (str_equal(json_string_at(known, "version", ""), version))
            return known;
    struct json *added = json_append_object(arena, versions);
    json_set_string(arena, added, "version", version);
    json_set_array(arena, added, "resources");
    json_set_string(arena, added, "freshness", "Current");
    return added;
}

static void answer_aggregated(struct http_exchange *exchange, bool is_core) {
    struct arena *arena = exchange->arena;
    struct json *list = json_new_object(arena), *items, *group = NULL;
    size_t count;
    const struct api_resource **resources = api_list_resources(exchange->api, arena, &count);
    const char *last = NULL;

    json_set_string(arena, list, "kind", "APIGroupDiscoveryList");
    json_set_string(arena, list, "apiVersion", "apidiscovery.k8s.io/v2");
    json_set_object(arena, list, "metadata");
    items = json_set_array(arena, list, "items");
    for (size_t i = 0; i < count; i++) {
        if (!*resources[i]->group != is_core)
            continue;
        if (!last || !str_equal(last, resources[i]->group)) {
            group = json_append_object(arena, items);
            struct json *metadata = json_set_object(arena, group, "metadata");
            if (!is_core)
                json_set_string(arena, metadata, "name", resources[i]->group);
            json_set_array(arena, group, "versions");
            last = resources[i]->group;
        }
        add_aggregated(arena, json_get(find_version(arena, group, resources[i]->version), "resources"),
                       resources[i]);
    }
    http_answer_json(exchange, 200, list);
    exchange->answer->content_type = aggregated_type;
    exchange->answer->etag = arena_printf(
        arena, "\"%s\"", sha256_hex(arena, exchange->answer->body.data, exchange->answer->body.length, 64));
}

static bool wants_aggregated(const struct http_exchange *exchange) {
    const char *accept = exchange->request->accept;
    const char *at = accept ? strstr(accept, "as=APIGroupDiscoveryList") : NULL;
    return at && strstr(accept, "g=apidiscovery.k8s.io") && strstr(accept, "v=v2;");
}

bool http_do_discovery(struct http_exchange *exchange) {
    const char *const *segments = exchange->url.segments;
    size_t count = exchange->url.segment_count;
    bool is_core = count && str_equal(segments[0], "api");

    if (!count || (!is_core && !str_equal(segments[0], "apis")) || count > 3 || (is_core && count > 2) ||
        !str_equal(exchange->request->method, "GET"))
        return false;
    if (count == 1 && wants_aggregated(exchange))
        answer_aggregated(exchange, is_core);
    else if (count == 1 && is_core)
        answer_core_versions(exchange);
    else if (count == 1)
        answer_groups(exchange);
    else if (is_core)
        return answer_resources(exchange, "", segments[1]);
    else if (count == 2)
        return answer_group(exchange, segments[1]);
    else
        return answer_resources(exchange, segments[1], segments[2]);
    return true;
}
