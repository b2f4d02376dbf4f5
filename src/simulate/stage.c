#include "simulate/stage.h"

#include "api/kind_tables.h"
#include "api/kinds.h"
#include "base/text.h"
#include "base/yaml.h"

const char stage_manifest[] =
    "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: graph, namespace: "
    "default}, spec: {image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3}, storage: "
    "{className: standard, size: 1Gi}}}";

void stage_install(struct universe *universe) {
    for (size_t i = 0; i < api_kind_count; i++) {
        const struct crd *shipped = api_kind_tables[i].shipped;
        struct json *definition = NULL;
        ensure(json_parse(universe->arena, (struct text){ shipped->json, shipped->length }, NULL, &definition,
                          NULL));
        ensure(kube_create(universe->kube, universe->arena, definition, NULL, NULL));
    }
}

bool stage_apply(struct universe *universe, const char *yaml, struct error *err) {
    struct json *documents = NULL;

    if (!yaml_parse(universe->arena, text_from(yaml), &documents, err))
        return false;
    JSON_FOR_EACH_ITEM (document, documents)
        if (!kube_apply(universe->kube, universe->arena, "user", document, NULL, err))
            return false;
    return true;
}

struct json *stage_get(struct universe *universe, const struct kube_resource *resource, const char *namespace,
                       const char *name) {
    struct json *object = NULL;

    ensure(kube_get(universe->kube, universe->arena, resource, namespace, name, &object, NULL));
    return object;
}

bool stage_matters(const char *collection) {
    return !str_starts_with(collection, "leases") && !str_starts_with(collection, "events") &&
           !str_equal(collection, "nodes");
}

bool stage_is_ready(struct universe *universe) {
    for (size_t i = 0; i < api_kind_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct kube_resource *resource =
            kube_resource_of_kind("neo4j.neo4j.com/v1alpha1", api_kinds[i].name);
        struct json *items = NULL;
        if (!kube_list(universe->kube, arena, resource, NULL, NULL, &items, NULL))
            continue;
        JSON_FOR_EACH_ITEM (item, items)
            if (!str_equal(json_string_at(item, "status.phase", ""), "Ready"))
                return false;
    }
    return true;
}
