#include "simulate/essence.h"

#include "api/kinds.h"
#include "base/buffer.h"
#include "controllers/sync.h"
#include "resources/labels.h"

static const struct kube_resource *const custom[] = {
    &KUBE_NEO4J_ENTERPRISE_CLUSTERS,
    &KUBE_NEO4J_ENTERPRISE_STANDALONES,
    &KUBE_NEO4J_DATABASES,
    &KUBE_NEO4J_SHARDED_DATABASES,
    &KUBE_NEO4J_PLUGINS,
    &KUBE_NEO4J_BACKUPS,
    &KUBE_NEO4J_RESTORES,
    &KUBE_NEO4J_USERS,
    &KUBE_NEO4J_ROLES,
    &KUBE_NEO4J_GRANTS,
};

static const struct kube_resource *const owned[] = {
    &KUBE_CONFIG_MAPS, &KUBE_SERVICES,      &KUBE_STATEFUL_SETS,          &KUBE_SERVICE_ACCOUNTS,
    &KUBE_ROLES,       &KUBE_ROLE_BINDINGS, &KUBE_POD_DISRUPTION_BUDGETS,
};

static struct json *list(struct universe *universe, struct arena *arena, const struct kube_resource *resource,
                         const char *selector) {
    struct json *items = NULL;

    return kube_list(universe->kube, arena, resource, "default", selector, &items, NULL) ? items : NULL;
}

static void remove_all(struct json *object, const char *const *keys, size_t count) {
    for (size_t i = 0; i < count; i++)
        json_remove(object, keys[i]);
}

static void write_object(struct buffer *out, const struct kube_resource *resource,
                         const struct json *object) {
    buffer_printf(out, "%s ", resource->kind);
    json_write(out, object, NULL);
    buffer_add_char(out, '\n');
}

/* ---- custom resources ---- */

static struct json *condition(const struct json *object, const char *type) {
    JSON_FOR_EACH_ITEM (item, json_at(object, "status.conditions"))
        if (str_equal(json_string_at(item, "type", ""), type))
            return (struct json *)(uintptr_t)item;
    return NULL;
}

static struct json *wanted(struct arena *arena, const struct kube_resource *resource,
                           const struct json *object) {
    struct json *copy = json_new_object(arena);
    struct json *metadata;

    json_set_string(arena, copy, "apiVersion", kube_resource_api_version(arena, resource));
    json_set_string(arena, copy, "kind", resource->kind);
    metadata = json_set_object(arena, copy, "metadata");
    json_set_string(arena, metadata, "name", json_string_at(object, "metadata.name", ""));
    json_set_string(arena, metadata, "namespace", json_string_at(object, "metadata.namespace", ""));
    json_set(arena, copy, "spec", json_get(object, "spec"));
    json_sort(copy);
    return copy;
}

static void write_custom(struct buffer *out, struct arena *arena, const struct kube_resource *resource,
                         const struct json *object) {
    struct json *copy = wanted(arena, resource, object);
    const struct json *ready = condition(object, "Ready");
    struct json *stands = json_set_object(arena, copy, "stands");

    json_set_string(arena, stands, "phase", json_string_at(object, "status.phase", ""));
    json_set_string(arena, stands, "ready", json_string_at(ready, "status", ""));
    json_set_string(arena, stands, "reason", json_string_at(ready, "reason", ""));
    json_set_bool(arena, stands, "isSeen",
                  json_integer_at(object, "status.observedGeneration", -1) ==
                      json_integer_at(object, "metadata.generation", -2));
    write_object(out, resource, copy);
}

/* ---- the operator's objects ---- */

static void strip_metadata(struct json *metadata) {
    static const char *const keys[] = { "uid",        "resourceVersion", "creationTimestamp",
                                        "generation", "managedFields",   "ownerReferences" };

    remove_all(metadata, keys, ARRAY_LENGTH(keys));
    json_remove(json_get(metadata, "annotations"), SYNC_HASH_ANNOTATION);
}

static void strip_service(struct json *spec) {
    static const char *const keys[] = { "clusterIP", "clusterIPs", "healthCheckNodePort" };

    remove_all(spec, keys, ARRAY_LENGTH(keys));
    JSON_FOR_EACH_ITEM (port, json_get(spec, "ports"))
        json_remove(port, "nodePort");
}

static void strip(struct json *object) {
    static const char *const fixed[] = { "volumeClaimTemplates", "podManagementPolicy" };

    strip_metadata(json_get(object, "metadata"));
    json_remove(object, "status");
    if (str_equal(json_string_at(object, "kind", ""), "Service"))
        strip_service(json_get(object, "spec"));
    if (str_equal(json_string_at(object, "kind", ""), "StatefulSet"))
        remove_all(json_get(object, "spec"), fixed, ARRAY_LENGTH(fixed));
    json_sort(object);
}

void essence_write(struct universe *universe, struct buffer *out) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(custom); i++)
        JSON_FOR_EACH_ITEM (item, list(universe, arena, custom[i], NULL))
            write_custom(out, arena, custom[i], item);
    for (size_t i = 0; i < ARRAY_LENGTH(owned); i++)
        JSON_FOR_EACH_ITEM (item, list(universe, arena, owned[i], SELECTOR_MANAGED)) {
            kube_name_kind(arena, item, owned[i]);
            strip(item);
            write_object(out, owned[i], item);
        }
}

/* Those of users: the operator's have its label, and those that it makes for them have none of these. */
static void write_secrets(struct universe *universe, struct arena *arena, struct buffer *out) {
    JSON_FOR_EACH_ITEM (item, list(universe, arena, &KUBE_SECRETS, "example.com/of=user")) {
        struct json *copy = json_new_object(arena), *metadata;
        json_set_string(arena, copy, "apiVersion", "v1");
        json_set_string(arena, copy, "kind", "Secret");
        metadata = json_set_object(arena, copy, "metadata");
        json_set_string(arena, metadata, "name", json_string_at(item, "metadata.name", ""));
        json_set_string(arena, metadata, "namespace", json_string_at(item, "metadata.namespace", ""));
        json_set(arena, metadata, "labels", json_at(item, "metadata.labels"));
        json_set(arena, copy, "data", json_get(item, "data"));
        json_write(out, copy, NULL);
        buffer_add_char(out, '\n');
    }
}

void essence_write_wanted(struct universe *universe, struct buffer *out) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    write_secrets(universe, arena, out);

    for (size_t i = 0; i < ARRAY_LENGTH(custom); i++)
        JSON_FOR_EACH_ITEM (item, list(universe, arena, custom[i], NULL)) {
            json_write(out, wanted(arena, custom[i], item), NULL);
            buffer_add_char(out, '\n');
        }
}
