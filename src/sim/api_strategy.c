#include "sim/api_kinds.h"

/* What is particular to each kind, as a table; the functions are in api_kind_*.c. */

#define APPS "apps"
#define RBAC "rbac.authorization.k8s.io"

static const struct api_strategy strategies[] = {
    { .group = "", .plural = "configmaps", .validate = api_config_map_validate },
    { .group = "", .plural = "endpoints" },
    { .group = "", .plural = "events", .read = api_event_read, .validate = api_event_validate },
    { .group = "",
      .plural = "namespaces",
      .name_rule = OBJECT_NAME_LABEL,
      .read = api_namespace_read,
      .prepare = api_namespace_prepare,
      .written = api_namespace_written },
    { .group = "",
      .plural = "persistentvolumeclaims",
      .prepare = api_claim_prepare,
      .validate = api_claim_validate },
    { .group = "", .plural = "persistentvolumes", .prepare = api_volume_prepare },
    { .group = "",
      .plural = "pods",
      .has_generation = true,
      .prepare = api_pod_prepare,
      .admit = api_pod_admit,
      .validate = api_pod_validate },
    { .group = "",
      .plural = "secrets",
      .read = api_secret_read,
      .admit = api_secret_admit,
      .validate = api_secret_validate },
    { .group = "", .plural = "serviceaccounts" },
    { .group = "",
      .plural = "services",
      .name_rule = OBJECT_NAME_LABEL_1035,
      .prepare = api_service_prepare,
      .admit = api_service_admit,
      .validate = api_service_validate },
    { .group = "apiextensions.k8s.io",
      .plural = "customresourcedefinitions",
      .has_generation = true,
      .read = api_crd_read,
      .prepare = api_crd_prepare,
      .validate = api_crd_validate,
      .written = api_crd_written },
    { .group = APPS, .plural = "deployments", .has_generation = true, .validate = api_selector_validate },
    { .group = APPS, .plural = "replicasets", .has_generation = true, .validate = api_selector_validate },
    { .group = APPS,
      .plural = "statefulsets",
      .has_generation = true,
      .validate = api_stateful_set_validate },
    { .group = "batch", .plural = "cronjobs", .has_generation = true, .validate = api_cron_job_validate },
    { .group = "batch",
      .plural = "jobs",
      .has_generation = true,
      .prepare = api_job_prepare,
      .validate = api_job_validate },
    { .group = "events.k8s.io", .plural = "events", .read = api_event_read, .validate = api_event_validate },
    { .group = "networking.k8s.io", .plural = "ingresses", .has_generation = true },
    { .group = "networking.k8s.io", .plural = "networkpolicies", .has_generation = true },
    { .group = "policy", .plural = "poddisruptionbudgets", .has_generation = true },
    { .group = RBAC,
      .plural = "clusterrolebindings",
      .name_rule = OBJECT_NAME_PATH_SEGMENT,
      .validate = api_binding_validate },
    { .group = RBAC, .plural = "clusterroles", .name_rule = OBJECT_NAME_PATH_SEGMENT },
    { .group = RBAC,
      .plural = "rolebindings",
      .name_rule = OBJECT_NAME_PATH_SEGMENT,
      .validate = api_binding_validate },
    { .group = RBAC, .plural = "roles", .name_rule = OBJECT_NAME_PATH_SEGMENT },
};

static const struct api_strategy plain = { 0 };
static const struct api_strategy custom = { .has_generation = true };

const struct api_strategy *api_strategy_find(const struct api_resource *resource) {
    if (api_resource_is_custom(resource))
        return &custom;
    for (size_t i = 0; i < ARRAY_LENGTH(strategies); i++)
        if (api_resource_is(resource, strategies[i].group, strategies[i].plural))
            return &strategies[i];
    return &plain;
}
