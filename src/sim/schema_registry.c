#include "sim/schema_registry.h"

#include "schema/node.h"

LIST_HEAD(schema_bundles, schema_bundle);

struct schema_registry {
    struct arena *arena;
    const struct json *components;
    struct schema_bundle *builtin;
    const struct schema *object_meta;
    struct schema_bundles custom; /* one for each CRD */
};

struct schema_registry *schema_registry_new(void) {
    struct schema_registry *registry = XNEW(struct schema_registry);
    struct text text = { schema_embedded, schema_embedded_length };
    struct json *document = NULL;

    registry->arena = arena_new();
    LIST_INIT(&registry->custom);
    bool is_sound = json_parse(registry->arena, text, NULL, &document, NULL);
    ensure(is_sound);
    registry->components = json_get(document, "schemas");
    registry->builtin = schema_bundle_new();
    struct schema_components *components = schema_compile_builtin(registry->builtin, document);
    registry->object_meta = schema_component(components, "meta.v1.ObjectMeta");
    ensure(registry->object_meta);
    return registry;
}

void schema_registry_free(struct schema_registry *registry) {
    if (!registry)
        return;
    while (!LIST_EMPTY(&registry->custom)) {
        struct schema_bundle *bundle = LIST_FIRST(&registry->custom);
        LIST_REMOVE(bundle, link);
        schema_bundle_free(bundle);
    }
    schema_bundle_free(registry->builtin);
    arena_free(registry->arena);
    free(registry);
}

const struct schema *schema_registry_find(const struct schema_registry *registry, const char *group,
                                          const char *version, const char *kind) {
    const struct schema_bundle *bundle = NULL;
    const struct schema *found = schema_bundle_find(registry->builtin, group, version, kind);

    if (found)
        return found;
    LIST_FOREACH (bundle, &registry->custom, link) {
        found = schema_bundle_find(bundle, group, version, kind);
        if (found)
            return found;
    }
    return NULL;
}

bool schema_registry_set_crd(struct schema_registry *registry, const struct json *crd, struct error *err) {
    CLEANUP_POINTER(schema_bundle_free) struct schema_bundle *bundle = schema_bundle_new();

    if (!schema_compile_crd(bundle, crd, registry->object_meta, err))
        return false;
    schema_registry_remove_crd(registry, json_string_at(crd, "spec.group", ""),
                               json_string_at(crd, "spec.names.kind", ""));
    struct schema_bundle *compiled = TAKE(bundle);
    LIST_INSERT_HEAD(&registry->custom, compiled, link);
    return true;
}

void schema_registry_remove_crd(struct schema_registry *registry, const char *group, const char *kind) {
    struct schema_bundle *bundle = NULL;

    LIST_FOREACH (bundle, &registry->custom, link) {
        const struct schema_kind *root = bundle->root_count > 0 ? bundle->roots[0]->kind : NULL;
        if (!root || !str_equal(root->group, group) || !str_equal(root->kind, kind))
            continue;
        LIST_REMOVE(bundle, link);
        schema_bundle_free(bundle);
        return;
    }
}

const struct json *schema_registry_components(const struct schema_registry *registry) {
    return registry->components;
}
