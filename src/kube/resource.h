/* Resources: the kinds of objects that the Kubernetes API serves, by their place in its paths.
 *
 * The table holds what the operator and the sandbox's controllers use. Rows are compared by pointer.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"

struct kube_resource {
    const char *group; /* "" for core */
    const char *version;
    const char *plural;
    const char *kind;
    bool is_namespaced;
};

/* name of the constant, group, version, plural, kind, namespaced */
#define KUBE_RESOURCES(X)                                                                                    \
    X(PODS, "", "v1", "pods", "Pod", true)                                                                   \
    X(SERVICES, "", "v1", "services", "Service", true)                                                       \
    X(ENDPOINTS, "", "v1", "endpoints", "Endpoints", true)                                                   \
    X(CONFIG_MAPS, "", "v1", "configmaps", "ConfigMap", true)                                                \
    X(SECRETS, "", "v1", "secrets", "Secret", true)                                                          \
    X(SERVICE_ACCOUNTS, "", "v1", "serviceaccounts", "ServiceAccount", true)                                 \
    X(PERSISTENT_VOLUME_CLAIMS, "", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true)           \
    X(PERSISTENT_VOLUMES, "", "v1", "persistentvolumes", "PersistentVolume", false)                          \
    X(NODES, "", "v1", "nodes", "Node", false)                                                               \
    X(NAMESPACES, "", "v1", "namespaces", "Namespace", false)                                                \
    X(STATEFUL_SETS, "apps", "v1", "statefulsets", "StatefulSet", true)                                      \
    X(CONTROLLER_REVISIONS, "apps", "v1", "controllerrevisions", "ControllerRevision", true)                 \
    X(POD_DISRUPTION_BUDGETS, "policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true)           \
    X(JOBS, "batch", "v1", "jobs", "Job", true)                                                              \
    X(CRON_JOBS, "batch", "v1", "cronjobs", "CronJob", true)                                                 \
    X(ROLES, "rbac.authorization.k8s.io", "v1", "roles", "Role", true)                                       \
    X(ROLE_BINDINGS, "rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true)                 \
    X(STORAGE_CLASSES, "storage.k8s.io", "v1", "storageclasses", "StorageClass", false)                      \
    X(ENDPOINT_SLICES, "discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true)                    \
    X(EVENTS, "events.k8s.io", "v1", "events", "Event", true)                                                \
    X(LEASES, "coordination.k8s.io", "v1", "leases", "Lease", true)                                          \
    X(CUSTOM_RESOURCE_DEFINITIONS, "apiextensions.k8s.io", "v1", "customresourcedefinitions",                \
      "CustomResourceDefinition", false)                                                                     \
    X(VALIDATING_WEBHOOK_CONFIGURATIONS, "admissionregistration.k8s.io", "v1",                               \
      "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false)                            \
    X(MUTATING_WEBHOOK_CONFIGURATIONS, "admissionregistration.k8s.io", "v1",                                 \
      "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", false)                                \
    X(NEO4J_ENTERPRISE_CLUSTERS, "neo4j.neo4j.com", "v1alpha1", "neo4jenterpriseclusters",                   \
      "Neo4jEnterpriseCluster", true)                                                                        \
    X(NEO4J_ENTERPRISE_STANDALONES, "neo4j.neo4j.com", "v1alpha1", "neo4jenterprisestandalones",             \
      "Neo4jEnterpriseStandalone", true)                                                                     \
    X(NEO4J_DATABASES, "neo4j.neo4j.com", "v1alpha1", "neo4jdatabases", "Neo4jDatabase", true)               \
    X(NEO4J_SHARDED_DATABASES, "neo4j.neo4j.com", "v1alpha1", "neo4jshardeddatabases",                       \
      "Neo4jShardedDatabase", true)                                                                          \
    X(NEO4J_PLUGINS, "neo4j.neo4j.com", "v1alpha1", "neo4jplugins", "Neo4jPlugin", true)                     \
    X(NEO4J_BACKUPS, "neo4j.neo4j.com", "v1alpha1", "neo4jbackups", "Neo4jBackup", true)                     \
    X(NEO4J_RESTORES, "neo4j.neo4j.com", "v1alpha1", "neo4jrestores", "Neo4jRestore", true)                  \
    X(NEO4J_USERS, "neo4j.neo4j.com", "v1alpha1", "neo4jusers", "Neo4jUser", true)                           \
    X(NEO4J_ROLES, "neo4j.neo4j.com", "v1alpha1", "neo4jroles", "Neo4jRole", true)                           \
    X(NEO4J_GRANTS, "neo4j.neo4j.com", "v1alpha1", "neo4jgrants", "Neo4jGrant", true)

#define X(name, ...) extern const struct kube_resource KUBE_##name;
KUBE_RESOURCES(X)
#undef X

/* The row for "apps/v1" and "StatefulSet", or NULL. */
const struct kube_resource *kube_resource_of_kind(const char *api_version, const char *kind);
/* "v1" or "apps/v1", in arena. */
char *kube_resource_api_version(struct arena *arena, const struct kube_resource *resource);
/* Appends "/apis/apps/v1/namespaces/NS/statefulsets/NAME/SUBRESOURCE"; namespace, name and subresource may be
 * NULL. Names are percent-encoded. */
void kube_resource_path(struct buffer *out, const struct kube_resource *resource, const char *namespace,
                        const char *name, const char *subresource);
/* Appends string with all but unreserved characters percent-encoded: for a path segment or a query value. */
void kube_percent_encode(struct buffer *out, const char *string);
