#include "sim/api_internal.h"

/* Which resources are served: the built-in table, and what CustomResourceDefinitions add. */

enum {
    SCOPED = 1, /* in a namespace */
    STATUS = 2, /* has the subresource */
    SCALE = 4,
    VIRTUAL = 8,
};

#define CORE(plural_, singular_, kind_, traits, short_names_, categories_)                                   \
    ROW("", "v1", plural_, singular_, kind_, traits, short_names_, categories_, plural_)
#define GROUP(group_, plural_, singular_, kind_, traits, short_names_, categories_)                          \
    ROW(group_, "v1", plural_, singular_, kind_, traits, short_names_, categories_, plural_ "." group_)
#define ROW(group_, version_, plural_, singular_, kind_, traits, short_names_, categories_, collection_)     \
    {                                                                                                        \
        .group = group_, .version = version_,                                                                \
        .api_version = sizeof(group_) > 1 ? group_ "/" version_ : version_, .plural = plural_,               \
        .singular = singular_, .kind = kind_, .list_kind = kind_ "List",                                     \
        .is_namespaced = ((traits)&SCOPED) != 0, .has_status = ((traits)&STATUS) != 0,                       \
        .has_scale = ((traits)&SCALE) != 0, .is_virtual = ((traits)&VIRTUAL) != 0,                           \
        .short_names = short_names_, .categories = categories_, .collection = collection_                    \
    }

/* Ordered by group, version, plural. */
static const struct api_resource built_in[] = {
    CORE("configmaps", "configmap", "ConfigMap", SCOPED, "cm", NULL),
    CORE("endpoints", "endpoints", "Endpoints", SCOPED, "ep", NULL),
    CORE("events", "event", "Event", SCOPED, "ev", NULL),
    CORE("namespaces", "namespace", "Namespace", STATUS, "ns", NULL),
    CORE("nodes", "node", "Node", STATUS, "no", NULL),
    CORE("persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim", SCOPED | STATUS, "pvc",
         NULL),
    CORE("persistentvolumes", "persistentvolume", "PersistentVolume", STATUS, "pv", NULL),
    CORE("pods", "pod", "Pod", SCOPED | STATUS, "po", "all"),
    CORE("secrets", "secret", "Secret", SCOPED, NULL, NULL),
    CORE("serviceaccounts", "serviceaccount", "ServiceAccount", SCOPED, "sa", NULL),
    CORE("services", "service", "Service", SCOPED | STATUS, "svc", "all"),
    GROUP("apiextensions.k8s.io", "customresourcedefinitions", "customresourcedefinition",
          "CustomResourceDefinition", STATUS, "crd,crds", "api-extensions"),
    GROUP("apps", "controllerrevisions", "controllerrevision", "ControllerRevision", SCOPED, NULL, NULL),
    GROUP("apps", "deployments", "deployment", "Deployment", SCOPED | STATUS | SCALE, "deploy", "all"),
    GROUP("apps", "replicasets", "replicaset", "ReplicaSet", SCOPED | STATUS | SCALE, "rs", "all"),
    GROUP("apps", "statefulsets", "statefulset", "StatefulSet", SCOPED | STATUS | SCALE, "sts", "all"),
    GROUP("authentication.k8s.io", "selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview", VIRTUAL,
          NULL, NULL),
    GROUP("authentication.k8s.io", "tokenreviews", "tokenreview", "TokenReview", VIRTUAL, NULL, NULL),
    GROUP("authorization.k8s.io", "localsubjectaccessreviews", "localsubjectaccessreview",
          "LocalSubjectAccessReview", VIRTUAL | SCOPED, NULL, NULL),
    GROUP("authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectaccessreview",
          "SelfSubjectAccessReview", VIRTUAL, NULL, NULL),
    GROUP("authorization.k8s.io", "selfsubjectrulesreviews", "selfsubjectrulesreview",
          "SelfSubjectRulesReview", VIRTUAL, NULL, NULL),
    GROUP("authorization.k8s.io", "subjectaccessreviews", "subjectaccessreview", "SubjectAccessReview",
          VIRTUAL, NULL, NULL),
    GROUP("batch", "cronjobs", "cronjob", "CronJob", SCOPED | STATUS, "cj", "all"),
    GROUP("batch", "jobs", "job", "Job", SCOPED | STATUS, NULL, "all"),
    GROUP("coordination.k8s.io", "leases", "lease", "Lease", SCOPED, NULL, NULL),
    GROUP("discovery.k8s.io", "endpointslices", "endpointslice", "EndpointSlice", SCOPED, NULL, NULL),
    ROW("events.k8s.io", "v1", "events", "event", "Event", SCOPED, "ev", NULL, "events"),
    GROUP("networking.k8s.io", "ingresses", "ingress", "Ingress", SCOPED | STATUS, "ing", NULL),
    GROUP("networking.k8s.io", "networkpolicies", "networkpolicy", "NetworkPolicy", SCOPED, "netpol", NULL),
    GROUP("policy", "poddisruptionbudgets", "poddisruptionbudget", "PodDisruptionBudget", SCOPED | STATUS,
          "pdb", NULL),
    GROUP("rbac.authorization.k8s.io", "clusterrolebindings", "clusterrolebinding", "ClusterRoleBinding", 0,
          NULL, NULL),
    GROUP("rbac.authorization.k8s.io", "clusterroles", "clusterrole", "ClusterRole", 0, NULL, NULL),
    GROUP("rbac.authorization.k8s.io", "rolebindings", "rolebinding", "RoleBinding", SCOPED, NULL, NULL),
    GROUP("rbac.authorization.k8s.io", "roles", "role", "Role", SCOPED, NULL, NULL),
    GROUP("scheduling.k8s.io", "priorityclasses", "priorityclass", "PriorityClass", 0, "pc", NULL),
    GROUP("storage.k8s.io", "storageclasses", "storageclass", "StorageClass", 0, "sc", NULL),
};

/* What one CRD adds; its rows live in its arena. */
struct custom {
    struct custom *next;
    struct arena *arena;
    const char *name;
    struct api_resource *rows;
    size_t count;
};

struct api_resources {
    struct api_resource built_in[ARRAY_LENGTH(built_in)]; /* the table, with schemas */
    struct custom *custom;
};

struct api_resources *api_resources_new(struct schema_registry *schemas) {
    struct api_resources *resources = XNEW(struct api_resources);
    for (size_t i = 0; i < ARRAY_LENGTH(built_in); i++) {
        struct api_resource *row = &resources->built_in[i];
        *row = built_in[i];
        row->schema = schema_registry_find(schemas, row->group, row->version, row->kind);
        ensure(row->schema || row->is_virtual);
        row->strategy = api_strategy_find(row);
    }
    return resources;
}

static void custom_free(struct custom *custom) {
    arena_free(custom->arena);
    free(custom);
}

void api_resources_free(struct api_resources *resources) {
    if (!resources)
        return;
    while (resources->custom) {
        struct custom *custom = resources->custom;
        resources->custom = custom->next;
        custom_free(custom);
    }
    free(resources);
}

/* ---- custom resources ---- */

static const char *join(struct arena *arena, const struct json *names) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    JSON_FOR_EACH_ITEM (name, names) {
        if (out.length)
            buffer_add_char(&out, ',');
        buffer_add_string(&out, json_string(name, ""));
    }
    return out.length ? arena_strdup(arena, buffer_string(&out)) : NULL;
}

static void fill_row(struct arena *arena, struct api_resource *row, const struct json *crd,
                     const struct json *version, struct schema_registry *schemas) {
    const struct json *names = json_at(crd, "spec.names");
    const char *kind = json_string_at(names, "kind", "");
    const char *group = json_string_at(crd, "spec.group", "");
    *row = (struct api_resource){
        .group = group,
        .version = json_string_at(version, "name", ""),
        .api_version = arena_printf(arena, "%s/%s", group, json_string_at(version, "name", "")),
        .plural = json_string_at(names, "plural", ""),
        .singular = json_string_at(names, "singular", ""),
        .kind = kind,
        .list_kind = json_string_at(names, "listKind", arena_printf(arena, "%sList", kind)),
        .is_namespaced = str_equal(json_string_at(crd, "spec.scope", ""), "Namespaced"),
        .has_status = json_at(version, "subresources.status") != NULL,
        .has_scale = json_at(version, "subresources.scale") != NULL,
        .short_names = join(arena, json_get(names, "shortNames")),
        .categories = join(arena, json_get(names, "categories")),
        .collection = json_string_at(crd, "metadata.name", ""),
        .schema = schema_registry_find(schemas, group, json_string_at(version, "name", ""), kind),
        .crd = version,
    };
    row->strategy = api_strategy_find(row);
}

void api_resources_set_crd(struct api_resources *resources, struct schema_registry *schemas,
                           const struct json *crd) {
    struct custom *custom = XNEW(struct custom);
    struct json *copy;

    api_resources_remove_crd(resources, json_string_at(crd, "metadata.name", ""));
    custom->arena = arena_new();
    copy = json_copy(custom->arena, crd);
    custom->name = json_string_at(copy, "metadata.name", "");
    custom->rows =
        ARENA_ARRAY(custom->arena, struct api_resource, json_length(json_at(copy, "spec.versions")));
    JSON_FOR_EACH_ITEM (version, json_at(copy, "spec.versions"))
        if (json_bool_at(version, "served", false))
            fill_row(custom->arena, &custom->rows[custom->count++], copy, version, schemas);
    custom->next = resources->custom;
    resources->custom = custom;
}

void api_resources_remove_crd(struct api_resources *resources, const char *name) {
    for (struct custom **at = &resources->custom; *at; at = &(*at)->next)
        if (str_equal((*at)->name, name)) {
            struct custom *custom = *at;
            *at = custom->next;
            custom_free(custom);
            return;
        }
}

/* ---- looking ---- */

/* Calls for every row until one is accepted. */
static const struct api_resource *
search(const struct api_resources *resources,
       bool (*accepts)(const struct api_resource *row, const char *const *words), const char *const *words) {
    for (size_t i = 0; i < ARRAY_LENGTH(built_in); i++)
        if (accepts(&resources->built_in[i], words))
            return &resources->built_in[i];
    for (const struct custom *custom = resources->custom; custom; custom = custom->next)
        for (size_t i = 0; i < custom->count; i++)
            if (accepts(&custom->rows[i], words))
                return &custom->rows[i];
    return NULL;
}

static bool has_plural(const struct api_resource *row, const char *const *words) {
    return str_equal(row->group, words[0]) && str_equal(row->version, words[1]) &&
           str_equal(row->plural, words[2]);
}

const struct api_resource *api_resources_find(const struct api_resources *resources, const char *group,
                                              const char *version, const char *plural) {
    return search(resources, has_plural, (const char *const[]){ group, version, plural });
}

static bool has_group_kind(const struct api_resource *row, const char *const *words) {
    return str_equal(row->group, words[0]) && str_equal(row->kind, words[1]);
}

const struct api_resource *api_resources_of_group_kind(const struct api_resources *resources,
                                                       const char *group, const char *kind) {
    return search(resources, has_group_kind, (const char *const[]){ group, kind });
}

static bool has_kind(const struct api_resource *row, const char *const *words) {
    size_t length = strlen(row->group);
    if (!str_equal(row->kind, words[1]))
        return false;
    if (!length)
        return str_equal(row->version, words[0]);
    return str_starts_with(words[0], row->group) && words[0][length] == '/' &&
           str_equal(words[0] + length + 1, row->version);
}

const struct api_resource *api_find_kind(const struct api *api, const char *api_version, const char *kind) {
    return search(api->resources, has_kind, (const char *const[]){ api_version, kind });
}

const struct api_resource *api_find_resource(const struct api *api, const char *group, const char *version,
                                             const char *plural) {
    return api_resources_find(api->resources, group, version, plural);
}

static int compare_rows(const void *a, const void *b) {
    const struct api_resource *left = *(const struct api_resource *const *)a;
    const struct api_resource *right = *(const struct api_resource *const *)b;
    int order = strcmp(left->group, right->group);
    if (!order)
        order = strcmp(left->version, right->version);
    return order ? order : strcmp(left->plural, right->plural);
}

const struct api_resource **api_list_resources(const struct api *api, struct arena *arena,
                                               size_t *out_count) {
    const struct api_resources *resources = api->resources;
    size_t count = ARRAY_LENGTH(built_in), next = 0;
    const struct api_resource **rows;

    for (const struct custom *custom = resources->custom; custom; custom = custom->next)
        count += custom->count;
    rows = ARENA_ARRAY(arena, const struct api_resource *, count);
    for (size_t i = 0; i < ARRAY_LENGTH(built_in); i++)
        rows[next++] = &resources->built_in[i];
    for (const struct custom *custom = resources->custom; custom; custom = custom->next)
        for (size_t i = 0; i < custom->count; i++)
            rows[next++] = &custom->rows[i];
    qsort(rows, count, sizeof(const struct api_resource *), compare_rows);
    *out_count = count;
    return rows;
}

const char *api_resource_qualified(struct arena *arena, const struct api_resource *resource) {
    return *resource->group ? arena_printf(arena, "%s.%s", resource->plural, resource->group)
                            : resource->plural;
}

bool api_resource_is(const struct api_resource *resource, const char *group, const char *plural) {
    return str_equal(resource->group, group) && str_equal(resource->plural, plural);
}

bool api_resource_is_custom(const struct api_resource *resource) {
    return resource->crd != NULL;
}
