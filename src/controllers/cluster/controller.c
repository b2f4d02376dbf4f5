#include "controllers/cluster/controller.h"

#include "controllers/cluster/formation.h"
#include "controllers/cluster/observe.h"
#include "resources/labels.h"
#include "resources/names.h"

/* A pod or claim belongs to the cluster that its label names. */
static void map_label(struct cache *cache, const struct json *object, struct key_sink *sink) {
    const char *cluster = json_string(json_get(json_at(object, "metadata.labels"), LABEL_CLUSTER), NULL);

    (void)cache;
    if (cluster)
        key_sink_add(sink, json_string_at(object, "metadata.namespace", ""), cluster);
}

/* The two fields are the same with provider native; with another one a pass too many does no harm. */
static bool names_secret(const struct json *cluster, const char *secret) {
    const struct json *auth = json_at(cluster, "spec.auth");

    return str_equal(secret, json_string_at(auth, "adminSecret", NAME_DEFAULT_ADMIN_SECRET)) ||
           str_equal(secret, json_string_at(auth, "secretRef", ""));
}

static void add_clusters(struct cache *cache, const char *namespace, const char *secret,
                         struct key_sink *sink) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *clusters = cache_list(
        cache, arena,
        &(struct cache_query){ .resource = &KUBE_NEO4J_ENTERPRISE_CLUSTERS, .namespace = namespace });

    JSON_FOR_EACH_ITEM (cluster, clusters)
        if (!secret || names_secret(cluster, secret))
            key_sink_add(sink, json_string_at(cluster, "metadata.namespace", ""),
                         json_string_at(cluster, "metadata.name", ""));
}

static void map_secret(struct cache *cache, const struct json *object, struct key_sink *sink) {
    add_clusters(cache, json_string_at(object, "metadata.namespace", ""),
                 json_string_at(object, "metadata.name", ""), sink);
}

static void map_storage_class(struct cache *cache, const struct json *object, struct key_sink *sink) {
    (void)object;
    add_clusters(cache, NULL, NULL, sink);
}

static const struct controller_watch watches[] = {
    { .resource = &KUBE_STATEFUL_SETS, .label_selector = SELECTOR_MANAGED },
    { .resource = &KUBE_PODS, .label_selector = SELECTOR_MANAGED, .map = map_label },
    { .resource = &KUBE_PERSISTENT_VOLUME_CLAIMS, .label_selector = SELECTOR_MANAGED, .map = map_label },
    { .resource = &KUBE_SERVICES, .label_selector = SELECTOR_MANAGED },
    { .resource = &KUBE_CONFIG_MAPS, .label_selector = SELECTOR_MANAGED },
    { .resource = &KUBE_SERVICE_ACCOUNTS, .label_selector = SELECTOR_MANAGED },
    { .resource = &KUBE_ROLES, .label_selector = SELECTOR_MANAGED },
    { .resource = &KUBE_ROLE_BINDINGS, .label_selector = SELECTOR_MANAGED },
    { .resource = &KUBE_POD_DISRUPTION_BUDGETS, .label_selector = SELECTOR_MANAGED },
    { .resource = &KUBE_STORAGE_CLASSES, .map = map_storage_class },
    { .resource = &KUBE_SECRETS, .metadata_only = true, .map = map_secret },
};

/* Deleting a cluster deletes no data: its objects go with it, its volumes stay, and an event names them. */
static void plan_deletion(const void *context, struct plan *plan) {
    const struct observed_cluster *observed = context;
    CLEANUP_BUFFER struct buffer names = { 0 };

    JSON_FOR_EACH_ITEM (claim, observed->claims)
        buffer_printf(&names, "%s%s", names.length ? ", " : "", json_string_at(claim, "metadata.name", ""));
    if (names.length)
        plan_event(plan, PLAN_EVENT_NORMAL, "VolumesRetained", "Delete", "the claims stay, with all data: %s",
                   buffer_string(&names));
}

const struct controller cluster_controller = {
    .name = "cluster",
    .resource = &KUBE_NEO4J_ENTERPRISE_CLUSTERS,
    .finalizer = "neo4j.neo4j.com/cluster-finalizer",
    .watches = watches,
    .watch_count = ARRAY_LENGTH(watches),
    .observe = cluster_observe,
    .plan = plan_cluster,
    .plan_deletion = plan_deletion,
    .deletes_unseen = true,
};
