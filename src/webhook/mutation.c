#include "webhook/mutation.h"

#include "resources/labels.h"
#include "webhook/admission.h"
#include "webhook/json_patch.h"

enum { LABEL_VALUE_LENGTH_MAX = 63 };

/* Where a kind says which cluster it belongs to; an alias behind the field that it is another name of.
 * Clusters and standalones have their own name. */
static const struct {
    const char *kind;
    const char *paths[2];
} references[] = {
    { "Neo4jBackup", { "spec.target.clusterRef" } },
    { "Neo4jRestore", { "spec.targetCluster", "spec.clusterRef" } },
    { "Neo4jDatabase", { "spec.clusterRef", "spec.clusterName" } },
    { "Neo4jShardedDatabase", { "spec.clusterRef" } },
    { "Neo4jPlugin", { "spec.clusterRef" } },
    { "Neo4jUser", { "spec.clusterRef", "spec.clusterName" } },
    { "Neo4jRole", { "spec.clusterRef", "spec.clusterName" } },
    { "Neo4jGrant", { "spec.clusterRef", "spec.clusterName" } },
};

/* A backup of a whole cluster names it as its target. */
static const char *whole_target(const char *kind, const struct json *object) {
    if (!str_equal(kind, "Neo4jBackup") ||
        !str_equal(json_string_at(object, "spec.target.kind", ""), "Cluster"))
        return NULL;
    return json_string_at(object, "spec.target.name", NULL);
}

const char *mutation_cluster(const char *kind, const char *name, const struct json *object) {
    if (str_equal(kind, "Neo4jEnterpriseCluster") || str_equal(kind, "Neo4jEnterpriseStandalone"))
        return str_empty(name) ? NULL : name;
    const char *target = whole_target(kind, object);
    if (target)
        return target;
    for (size_t i = 0; i < ARRAY_LENGTH(references); i++) {
        if (!str_equal(references[i].kind, kind))
            continue;
        for (size_t j = 0; j < ARRAY_LENGTH(references[i].paths) && references[i].paths[j]; j++) {
            const char *cluster = json_string_at(object, references[i].paths[j], NULL);
            if (!str_empty(cluster))
                return cluster;
        }
    }
    return NULL;
}

static bool is_alphanumeric(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9');
}

static bool is_label_value(const char *value) {
    size_t length = strlen(value);

    if (!length || length > LABEL_VALUE_LENGTH_MAX || !is_alphanumeric(value[0]) ||
        !is_alphanumeric(value[length - 1]))
        return false;
    for (; *value; value++)
        if (!is_alphanumeric(*value) && !strchr("-_.", *value))
            return false;
    return true;
}

/* Sets metadata.MAP.KEY unless it is there. What is no map is left to the API server to refuse. */
static void fill_in(struct arena *arena, struct json *object, const char *map, const char *key,
                    const char *value) {
    struct json *metadata = json_get(object, "metadata");
    const struct json *present = json_get(metadata, map);

    if (!json_is(metadata, JSON_OBJECT) || json_get(present, key) ||
        (present && !json_is(present, JSON_OBJECT) && !json_is(present, JSON_NULL)))
        return;
    json_set_string(arena, json_ensure_object(arena, metadata, map), key, value);
}

/* Adds what is absent, at any depth; what is there stays, also what the defaults know nothing of: it may be a
 * newer definition's. */
static void fill_in_defaults(struct arena *arena, struct json *value, const struct json *defaults) {
    if (json_is(value, JSON_ARRAY) && json_length(value) == json_length(defaults))
        for (size_t i = 0; i < json_length(value); i++)
            fill_in_defaults(arena, json_item(value, i), json_item(defaults, i));
    if (!json_is(value, JSON_OBJECT))
        return;
    JSON_FOR_EACH_MEMBER (member, defaults) {
        struct json *present = json_get(value, member->key);
        if (present)
            fill_in_defaults(arena, present, &member->value);
        else
            json_set(arena, value, member->key, &member->value);
    }
}

struct json *mutation_patch(struct arena *arena, const struct mutation *mutation) {
    struct json *wanted = json_copy(arena, mutation->object);
    const struct json *spec = json_get(mutation->with_defaults, "spec");
    const char *cluster;

    if (spec && !json_get(wanted, "spec"))
        json_set(arena, wanted, "spec", spec);
    fill_in_defaults(arena, json_get(wanted, "spec"), spec);
    cluster = mutation_cluster(mutation->kind, mutation->name, wanted);
    if (cluster && is_label_value(cluster))
        fill_in(arena, wanted, "labels", LABEL_CLUSTER, cluster);
    if (mutation->version)
        fill_in(arena, wanted, "annotations", ADMITTED_VERSION_ANNOTATION, mutation->version);
    return json_patch_between(arena, mutation->object, wanted);
}
