/* What the API server's Go code fills into built-in objects, by the type of the object.
 *
 * Most is one value for one field that is not set: a row. What depends on a neighbour is a function.
 * After: k8s.io/kubernetes 1.35, pkg/apis/.../v1/defaults.go and zz_generated.defaults.go.
 */
#include "base/encoding.h"
#include "schema/node.h"

#include <ctype.h>

static const struct schema_default_row rows[] = {
    { "apiextensions.v1.CustomResourceDefinitionSpec", "conversion", "{\"strategy\":\"None\"}", false },
    { "apiextensions.v1.ServiceReference", "port", "443", true },
    { "apps.v1.DeploymentSpec", "progressDeadlineSeconds", "600", true },
    { "apps.v1.DeploymentSpec", "replicas", "1", true },
    { "apps.v1.DeploymentSpec", "revisionHistoryLimit", "10", true },
    { "apps.v1.DeploymentStrategy", "type", "\"RollingUpdate\"", false },
    { "apps.v1.ReplicaSetSpec", "replicas", "1", true },
    { "apps.v1.RollingUpdateDeployment", "maxSurge", "\"25%\"", true },
    { "apps.v1.RollingUpdateDeployment", "maxUnavailable", "\"25%\"", true },
    { "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted", "\"Retain\"", false },
    { "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled", "\"Retain\"", false },
    { "apps.v1.StatefulSetSpec", "persistentVolumeClaimRetentionPolicy", "{}", true },
    { "apps.v1.StatefulSetSpec", "podManagementPolicy", "\"OrderedReady\"", false },
    { "apps.v1.StatefulSetSpec", "replicas", "1", true },
    { "apps.v1.StatefulSetSpec", "revisionHistoryLimit", "10", true },
    { "batch.v1.CronJobSpec", "concurrencyPolicy", "\"Allow\"", false },
    { "batch.v1.CronJobSpec", "failedJobsHistoryLimit", "1", true },
    { "batch.v1.CronJobSpec", "successfulJobsHistoryLimit", "3", true },
    { "batch.v1.CronJobSpec", "suspend", "false", true },
    { "batch.v1.PodFailurePolicyOnPodConditionsPattern", "status", "\"True\"", false },
    { "core.v1.ConfigMapVolumeSource", "defaultMode", "420", true },
    { "core.v1.Container", "terminationMessagePath", "\"/dev/termination-log\"", false },
    { "core.v1.Container", "terminationMessagePolicy", "\"File\"", false },
    { "core.v1.DownwardAPIVolumeSource", "defaultMode", "420", true },
    { "core.v1.EndpointPort", "protocol", "\"TCP\"", false },
    { "core.v1.EphemeralContainer", "terminationMessagePath", "\"/dev/termination-log\"", false },
    { "core.v1.EphemeralContainer", "terminationMessagePolicy", "\"File\"", false },
    { "core.v1.HTTPGetAction", "path", "\"/\"", false },
    { "core.v1.HTTPGetAction", "scheme", "\"HTTP\"", false },
    { "core.v1.HostPathVolumeSource", "type", "\"\"", true },
    { "core.v1.NamespaceStatus", "phase", "\"Active\"", false },
    { "core.v1.ObjectFieldSelector", "apiVersion", "\"v1\"", false },
    { "core.v1.PersistentVolumeClaimSpec", "volumeMode", "\"Filesystem\"", true },
    { "core.v1.PersistentVolumeClaimStatus", "phase", "\"Pending\"", false },
    { "core.v1.PersistentVolumeSpec", "persistentVolumeReclaimPolicy", "\"Retain\"", false },
    { "core.v1.PersistentVolumeSpec", "volumeMode", "\"Filesystem\"", true },
    { "core.v1.PersistentVolumeStatus", "phase", "\"Pending\"", false },
    { "core.v1.PodSpec", "dnsPolicy", "\"ClusterFirst\"", false },
    { "core.v1.PodSpec", "restartPolicy", "\"Always\"", false },
    { "core.v1.PodSpec", "schedulerName", "\"default-scheduler\"", false },
    { "core.v1.PodSpec", "securityContext", "{}", true },
    { "core.v1.PodSpec", "terminationGracePeriodSeconds", "30", true },
    { "core.v1.PodStatus", "phase", "\"Pending\"", false },
    { "core.v1.Probe", "failureThreshold", "3", false },
    { "core.v1.Probe", "periodSeconds", "10", false },
    { "core.v1.Probe", "successThreshold", "1", false },
    { "core.v1.Probe", "timeoutSeconds", "1", false },
    { "core.v1.ProjectedVolumeSource", "defaultMode", "420", true },
    { "core.v1.Secret", "type", "\"Opaque\"", false },
    { "core.v1.SecretVolumeSource", "defaultMode", "420", true },
    { "core.v1.ServiceAccountTokenProjection", "expirationSeconds", "3600", true },
    { "core.v1.ServicePort", "protocol", "\"TCP\"", false },
    { "core.v1.ServiceSpec", "sessionAffinity", "\"None\"", false },
    { "core.v1.ServiceSpec", "type", "\"ClusterIP\"", false },
    { "discovery.v1.EndpointPort", "name", "\"\"", true },
    { "discovery.v1.EndpointPort", "protocol", "\"TCP\"", true },
    { "networking.v1.NetworkPolicyPort", "protocol", "\"TCP\"", true },
    { "rbac.v1.RoleRef", "apiGroup", "\"rbac.authorization.k8s.io\"", false },
    { "scheduling.v1.PriorityClass", "preemptionPolicy", "\"PreemptLowerPriority\"", true },
    { "storage.v1.StorageClass", "reclaimPolicy", "\"Delete\"", true },
    { "storage.v1.StorageClass", "volumeBindingMode", "\"Immediate\"", true },
};

static bool is_set(const struct json *object, const char *field, bool keeps_zero) {
    const struct json *value = json_get(object, field);

    if (!value || json_is(value, JSON_NULL))
        return false;
    if (keeps_zero)
        return true;
    if (json_is(value, JSON_INTEGER))
        return value->integer != 0;
    return !json_is(value, JSON_STRING) || value->length > 0;
}

static void set_json(struct arena *arena, struct json *object, const char *field, const char *text) {
    struct json *value = NULL;

    bool is_sound = json_parse(arena, text_from(text), NULL, &value, NULL);
    ensure(is_sound);
    json_set(arena, object, field, value);
}

static void set_text_when_absent(struct arena *arena, struct json *object, const char *field,
                                 const char *text) {
    if (!is_set(object, field, false))
        json_set_string(arena, object, field, text);
}

/* ---- what depends on neighbours ---- */

/* The tag of an image reference: "latest" when there is neither a tag nor a digest. */
static bool is_latest(const char *image) {
    const char *name = strrchr(image, '/');
    const char *tag = NULL;

    if (strchr(image, '@'))
        return false;
    tag = strchr(name ? name : image, ':');
    return !tag || str_equal(tag, ":latest");
}

static void default_pull_policy(struct arena *arena, struct json *container) {
    const char *image = json_string(json_get(container, "image"), "");

    set_text_when_absent(arena, container, "imagePullPolicy", is_latest(image) ? "Always" : "IfNotPresent");
}

static void default_service_port(struct arena *arena, struct json *port) {
    if (!is_set(port, "targetPort", false))
        json_set_integer(arena, port, "targetPort", json_integer(json_get(port, "port"), 0));
}

static void default_service_spec(struct arena *arena, struct json *spec) {
    const char *type = json_string(json_get(spec, "type"), "");
    bool is_reachable_from_outside =
        str_equal(type, "LoadBalancer") || str_equal(type, "NodePort") ||
        (str_equal(type, "ClusterIP") && json_length(json_get(spec, "externalIPs")));

    if (str_equal(json_string(json_get(spec, "sessionAffinity"), ""), "None"))
        json_remove(spec, "sessionAffinityConfig");
    else if (!json_at(spec, "sessionAffinityConfig.clientIP.timeoutSeconds"))
        set_json(arena, spec, "sessionAffinityConfig", "{\"clientIP\":{\"timeoutSeconds\":10800}}");
    if (is_reachable_from_outside)
        set_text_when_absent(arena, spec, "externalTrafficPolicy", "Cluster");
    if (!str_equal(type, "ExternalName"))
        set_text_when_absent(arena, spec, "internalTrafficPolicy", "Cluster");
    if (str_equal(type, "LoadBalancer") && !is_set(spec, "allocateLoadBalancerNodePorts", true))
        json_set_bool(arena, spec, "allocateLoadBalancerNodePorts", true);
}

/* Rolling updates when nothing was said; a partition of 0 when they roll. */
static void default_update_strategy(struct arena *arena, struct json *spec) {
    struct json *strategy = json_ensure_object(arena, spec, "updateStrategy");

    if (!is_set(strategy, "type", false)) {
        json_set_string(arena, strategy, "type", "RollingUpdate");
        if (!is_set(strategy, "rollingUpdate", true))
            (void)json_set_object(arena, strategy, "rollingUpdate");
    }
    struct json *rolling = json_get(strategy, "rollingUpdate");
    if (str_equal(json_string(json_get(strategy, "type"), ""), "RollingUpdate") &&
        json_is(rolling, JSON_OBJECT) && !is_set(rolling, "partition", true))
        json_set_integer(arena, rolling, "partition", 0);
}

static void default_stateful_set_spec(struct arena *arena, struct json *spec) {
    default_update_strategy(arena, spec);
    JSON_FOR_EACH_ITEM (claim, json_get(spec, "volumeClaimTemplates")) {
        set_text_when_absent(arena, claim, "apiVersion", "v1");
        set_text_when_absent(arena, claim, "kind", "PersistentVolumeClaim");
    }
}

static void default_deployment_strategy(struct arena *arena, struct json *strategy) {
    if (str_equal(json_string(json_get(strategy, "type"), ""), "RollingUpdate"))
        (void)json_ensure_object(arena, strategy, "rollingUpdate");
}

/* A volume that names no source is an emptyDir. */
static void default_volume(struct arena *arena, struct json *volume) {
    JSON_FOR_EACH_MEMBER (member, volume)
        if (!str_equal(member->key, "name") && !json_is(&member->value, JSON_NULL))
            return;
    (void)json_set_object(arena, volume, "emptyDir");
}

static void default_image_volume(struct arena *arena, struct json *source) {
    const char *reference = json_string(json_get(source, "reference"), "");

    set_text_when_absent(arena, source, "pullPolicy", is_latest(reference) ? "Always" : "IfNotPresent");
}

static void default_node_status(struct arena *arena, struct json *status) {
    const struct json *capacity = json_get(status, "capacity");

    if (capacity && !json_get(status, "allocatable"))
        json_set(arena, status, "allocatable", json_copy(arena, capacity));
}

static void default_subject(struct arena *arena, struct json *subject) {
    const char *kind = json_string(json_get(subject, "kind"), "");

    if (str_equal(kind, "User") || str_equal(kind, "Group"))
        set_text_when_absent(arena, subject, "apiGroup", "rbac.authorization.k8s.io");
}

static void default_network_policy_spec(struct arena *arena, struct json *spec) {
    if (json_length(json_get(spec, "policyTypes")) > 0)
        return;
    set_json(arena, spec, "policyTypes",
             json_length(json_get(spec, "egress")) > 0 ? "[\"Ingress\",\"Egress\"]" : "[\"Ingress\"]");
}

static void default_pod_spec(struct arena *arena, struct json *spec) {
    const char *name = json_string(json_get(spec, "serviceAccountName"), "");
    const char *old_name = json_string(json_get(spec, "serviceAccount"), "");

    if (str_empty(name) && str_empty(old_name))
        return;
    name = str_empty(name) ? old_name : name;
    json_set_string(arena, spec, "serviceAccount", name);
    json_set_string(arena, spec, "serviceAccountName", name);
}

static void default_job_spec(struct arena *arena, struct json *spec) {
    if (!is_set(spec, "completions", true) && !is_set(spec, "parallelism", true))
        json_set_integer(arena, spec, "completions", 1);
    if (!is_set(spec, "parallelism", true))
        json_set_integer(arena, spec, "parallelism", 1);
    if (!is_set(spec, "backoffLimit", true))
        json_set_integer(arena, spec, "backoffLimit",
                         is_set(spec, "backoffLimitPerIndex", true) ? INT32_MAX : 6);
    set_text_when_absent(arena, spec, "completionMode", "NonIndexed");
    set_text_when_absent(arena, spec, "podReplacementPolicy",
                         json_get(spec, "podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
    if (!is_set(spec, "suspend", true))
        json_set_bool(arena, spec, "suspend", false);
    if (!is_set(spec, "manualSelector", true))
        json_set_bool(arena, spec, "manualSelector", false);
}

static void default_crd_names(struct arena *arena, struct json *names) {
    const char *kind = json_string(json_get(names, "kind"), "");
    char *lower = arena_strdup(arena, kind);

    if (str_empty(kind))
        return;
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    set_text_when_absent(arena, names, "singular", lower);
    set_text_when_absent(arena, names, "listKind", arena_printf(arena, "%sList", kind));
}

/* The list of addresses and its first one say the same; where they differ, the single one is right. */
static void default_pod_status(struct arena *arena, struct json *status) {
    const char *address = json_string(json_get(status, "podIP"), "");
    const char *first = json_string_at(status, "podIPs.0.ip", "");

    if (!str_empty(address) && !str_equal(address, first)) {
        struct json *addresses = json_set_array(arena, status, "podIPs");
        json_set_string(arena, json_append_object(arena, addresses), "ip", address);
    } else if (!str_empty(first)) {
        json_set_string(arena, status, "podIP", first);
    }
}

/* Sorted by component. */
static const struct function {
    const char *component;
    void (*fill)(struct arena *arena, struct json *object);
} functions[] = {
    { "apps.v1.DeploymentStrategy", default_deployment_strategy },
    { "apps.v1.StatefulSetSpec", default_stateful_set_spec },
    { "core.v1.Container", default_pull_policy },
    { "core.v1.EphemeralContainer", default_pull_policy },
    { "core.v1.ImageVolumeSource", default_image_volume },
    { "core.v1.NodeStatus", default_node_status },
    { "core.v1.PodSpec", default_pod_spec },
    { "core.v1.PodStatus", default_pod_status },
    { "core.v1.ServicePort", default_service_port },
    { "core.v1.ServiceSpec", default_service_spec },
    { "core.v1.Volume", default_volume },
    { "networking.v1.NetworkPolicySpec", default_network_policy_spec },
    { "rbac.v1.Subject", default_subject },
};

const struct schema_default_row *schema_default_row(size_t index) {
    return index < ARRAY_LENGTH(rows) ? &rows[index] : NULL;
}

/* The index of the first row of a component, or where it would be. */
static size_t first_row(const char *component) {
    size_t low = 0, high = ARRAY_LENGTH(rows);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(rows[middle].component, component) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int compare_component(const void *component, const void *function) {
    return strcmp(component, ((const struct function *)function)->component);
}

void schema_default_struct(struct arena *arena, const char *component, struct json *object) {
    for (size_t i = first_row(component); i < ARRAY_LENGTH(rows) && str_equal(rows[i].component, component);
         i++)
        if (!is_set(object, rows[i].field, rows[i].keeps_zero))
            set_json(arena, object, rows[i].field, rows[i].value);
    const struct function *function =
        bsearch(component, functions, ARRAY_LENGTH(functions), sizeof(functions[0]), compare_component);
    if (function)
        function->fill(arena, object);
}

/* ---- what only whole objects get ---- */

/* Requests that were not given are the limits. */
static void default_requests(struct arena *arena, struct json *containers) {
    JSON_FOR_EACH_ITEM (container, containers) {
        struct json *resources = json_get(container, "resources");
        const struct json *limits = json_get(resources, "limits");
        if (json_length(limits) == 0)
            continue;
        struct json *requests = json_ensure_object(arena, resources, "requests");
        limits = json_get(resources, "limits"); /* adding a member may have moved it */
        JSON_FOR_EACH_MEMBER (limit, limits)
            if (!json_get(requests, limit->key))
                json_set(arena, requests, limit->key, json_copy(arena, &limit->value));
    }
}

static void default_host_ports(struct arena *arena, struct json *containers) {
    JSON_FOR_EACH_ITEM (container, containers)
        JSON_FOR_EACH_ITEM (port, json_get(container, "ports"))
            if (!is_set(port, "hostPort", false))
                json_set_integer(arena, port, "hostPort", json_integer(json_get(port, "containerPort"), 0));
}

static void default_pod(struct arena *arena, struct json *pod) {
    struct json *spec = json_get(pod, "spec");

    if (!json_is(spec, JSON_OBJECT))
        return;
    default_requests(arena, json_get(spec, "containers"));
    default_requests(arena, json_get(spec, "initContainers"));
    if (!is_set(spec, "enableServiceLinks", true))
        json_set_bool(arena, spec, "enableServiceLinks", true);
    if (json_bool(json_get(spec, "hostNetwork"), false)) {
        default_host_ports(arena, json_get(spec, "containers"));
        default_host_ports(arena, json_get(spec, "initContainers"));
    }
}

static void default_namespace(struct arena *arena, struct json *object) {
    const char *name = json_string_at(object, "metadata.name", "");
    struct json *metadata = json_get(object, "metadata");

    if (!str_empty(name))
        json_set_string(arena, json_ensure_object(arena, metadata, "labels"), "kubernetes.io/metadata.name",
                        name);
}

/* Text that is to be stored encoded, and is written only. */
static void default_secret(struct arena *arena, struct json *secret) {
    const struct json *texts = json_get(secret, "stringData");
    struct json *data = json_length(texts) > 0 ? json_ensure_object(arena, secret, "data") : NULL;

    texts = json_get(secret, "stringData"); /* adding a member may have moved it */
    JSON_FOR_EACH_MEMBER (member, texts) {
        struct buffer encoded = { 0 };
        base64_encode(&encoded, member->value.string, member->value.length);
        if (data)
            json_set_string(arena, data, member->key, buffer_string(&encoded));
        buffer_clear(&encoded);
    }
    json_remove(secret, "stringData");
}

static void default_job(struct arena *arena, struct json *job) {
    const struct json *labels = json_at(job, "spec.template.metadata.labels");

    if (json_length(labels) > 0 && json_length(json_at(job, "metadata.labels")) == 0)
        json_set(arena, json_ensure_object(arena, job, "metadata"), "labels", json_copy(arena, labels));
    if (json_is(json_get(job, "spec"), JSON_OBJECT))
        default_job_spec(arena, json_get(job, "spec"));
}

static void default_crd(struct arena *arena, struct json *crd) {
    struct json *names = json_at(crd, "spec.names");

    if (names)
        default_crd_names(arena, names);
    if (json_length(json_at(crd, "status.storedVersions")) > 0)
        return;
    JSON_FOR_EACH_ITEM (version, json_at(crd, "spec.versions")) {
        if (!json_bool(json_get(version, "storage"), false))
            continue;
        struct json *stored =
            json_set_array(arena, json_ensure_object(arena, crd, "status"), "storedVersions");
        json_append_string(arena, stored, json_string(json_get(version, "name"), ""));
        return;
    }
}

static const struct {
    const char *group;
    const char *kind;
    void (*fill)(struct arena *arena, struct json *object);
} kinds[] = {
    { "", "Namespace", default_namespace },
    { "", "Pod", default_pod },
    { "", "Secret", default_secret },
    { "apiextensions.k8s.io", "CustomResourceDefinition", default_crd },
    { "batch", "Job", default_job },
};

void schema_default_kind(struct arena *arena, const struct schema_kind *kind, struct json *object) {
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (str_equal(kinds[i].group, kind->group) && str_equal(kinds[i].kind, kind->kind))
            kinds[i].fill(arena, object);
}
