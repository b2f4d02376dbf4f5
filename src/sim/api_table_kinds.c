#include "sim/api_table.h"

/* The columns of the built-in kinds, and how each row is filled. */

static const char created[] = "metadata.creationTimestamp";

static void fill_age(struct table_row *row, const struct json *object) {
    table_age(row, object, created);
}

/* ---- core ---- */

static void fill_config_map(struct table_row *row, const struct json *object) {
    table_integer(
        row, (int64_t)(json_length(json_get(object, "data")) + json_length(json_get(object, "binaryData"))));
    fill_age(row, object);
}

static void fill_secret(struct table_row *row, const struct json *object) {
    table_string(row, object, "type", "");
    table_integer(row, (int64_t)json_length(json_get(object, "data")));
    fill_age(row, object);
}

static void fill_namespace(struct table_row *row, const struct json *object) {
    table_string(row, object, "status.phase", "");
    fill_age(row, object);
}

static const char *lower(struct arena *arena, const char *string) {
    char *out = arena_strdup(arena, string);
    for (char *at = out; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return out;
}

/* Works for both versions of events: kept under the names of core/v1 or shown under those of
 * events.k8s.io/v1. */
static const char *event_string(const struct json *event, const char *core, const char *new) {
    return json_string_at(event, core, json_string_at(event, new, ""));
}

static void fill_event(struct table_row *row, const struct json *event) {
    const char *first = event_string(event, "firstTimestamp", "deprecatedFirstTimestamp");
    const char *last = event_string(event, "lastTimestamp", "deprecatedLastTimestamp");
    const char *component = event_string(event, "source.component", "deprecatedSource.component");
    const char *host = event_string(event, "source.host", "deprecatedSource.host");
    const struct json *about =
        json_get(event, "involvedObject") ? json_get(event, "involvedObject") : json_get(event, "regarding");
    int64_t count = json_integer_at(event, "count", json_integer_at(event, "deprecatedCount", 0));

    if (!*first)
        first = json_string_at(event, "eventTime", "");
    if (!*first)
        first = json_string_at(event, created, "");
    if (json_get(event, "series"))
        last = json_string_at(event, "series.lastObservedTime", last);
    if (!*last)
        last = first;
    if (json_get(event, "series"))
        count = json_integer_at(event, "series.count", count);
    if (!*component) {
        component = event_string(event, "reportingComponent", "reportingController");
        host = json_string_at(event, "reportingInstance", "");
    }
    table_text(row, table_since(row, last));
    table_string(row, event, "type", "");
    table_string(row, event, "reason", "");
    table_format(row, "%s/%s", lower(row->arena, json_string_at(about, "kind", "")),
                 json_string_at(about, "name", ""));
    table_string(row, about, "fieldPath", "");
    table_format(row, "%s%s%s", component, *host ? ", " : "", host);
    struct text message = text_trim(text_from(event_string(event, "message", "note")));
    table_format(row, "%.*s", TEXT_ARGS(message));
    table_text(row, table_since(row, first));
    table_integer(row, count ? count : 1);
    table_string(row, event, "metadata.name", "");
}

static const char *node_address(const struct json *node, const char *type) {
    JSON_FOR_EACH_ITEM (address, json_at(node, "status.addresses"))
        if (str_equal(json_string_at(address, "type", ""), type))
            return json_string_at(address, "address", "");
    return "<none>";
}

static void fill_node(struct table_row *row, const struct json *node) {
    static const char role[] = "node-role.kubernetes.io/";
    CLEANUP_BUFFER struct buffer roles = { 0 };
    const char *status = "Unknown";

    JSON_FOR_EACH_ITEM (condition, json_at(node, "status.conditions"))
        if (str_equal(json_string_at(condition, "type", ""), "Ready"))
            status = str_equal(json_string_at(condition, "status", ""), "True") ? "Ready" : "NotReady";
    table_format(row, "%s%s", status,
                 json_bool_at(node, "spec.unschedulable", false) ? ",SchedulingDisabled" : "");
    JSON_FOR_EACH_MEMBER (label, json_at(node, "metadata.labels"))
        if (str_starts_with(label->key, role) && label->key[sizeof(role) - 1])
            buffer_printf(&roles, "%s%s", roles.length ? "," : "", label->key + sizeof(role) - 1);
    table_text(row, roles.length ? buffer_string(&roles) : "<none>");
    fill_age(row, node);
    table_string(row, node, "status.nodeInfo.kubeletVersion", "");
    table_text(row, node_address(node, "InternalIP"));
    table_text(row, node_address(node, "ExternalIP"));
    table_string(row, node, "status.nodeInfo.osImage", "<unknown>");
    table_string(row, node, "status.nodeInfo.kernelVersion", "<unknown>");
    table_string(row, node, "status.nodeInfo.containerRuntimeVersion", "<unknown>");
}

static void fill_service_ports(struct table_row *row, const struct json *service) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    JSON_FOR_EACH_ITEM (port, json_at(service, "spec.ports")) {
        int64_t node_port = json_integer_at(port, "nodePort", 0);
        buffer_printf(&out, "%s%lld", out.length ? "," : "", (long long)json_integer_at(port, "port", 0));
        if (node_port)
            buffer_printf(&out, ":%lld", (long long)node_port);
        buffer_printf(&out, "/%s", json_string_at(port, "protocol", "TCP"));
    }
    table_text(row, out.length ? buffer_string(&out) : "<none>");
}

static const char *external_address(struct arena *arena, const struct json *service) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    const char *type = json_string_at(service, "spec.type", "ClusterIP");

    if (str_equal(type, "ExternalName"))
        return json_string_at(service, "spec.externalName", "<none>");
    JSON_FOR_EACH_ITEM (ingress, json_at(service, "status.loadBalancer.ingress"))
        buffer_printf(&out, "%s%s", out.length ? "," : "",
                      json_string_at(ingress, "ip", json_string_at(ingress, "hostname", "")));
    JSON_FOR_EACH_ITEM (address, json_at(service, "spec.externalIPs"))
        buffer_printf(&out, "%s%s", out.length ? "," : "", json_string(address, ""));
    if (out.length)
        return arena_strdup(arena, buffer_string(&out));
    return str_equal(type, "LoadBalancer") ? "<pending>" : "<none>";
}

static void fill_service(struct table_row *row, const struct json *service) {
    table_string(row, service, "spec.type", "");
    table_string(row, service, "spec.clusterIP", "<none>");
    table_text(row, external_address(row->arena, service));
    fill_service_ports(row, service);
    fill_age(row, service);
    table_selector(row, json_at(service, "spec.selector"));
}

static void fill_endpoints(struct table_row *row, const struct json *endpoints) {
    enum { SHOWN_MAX = 3 };
    CLEANUP_BUFFER struct buffer out = { 0 };
    size_t count = 0;

    JSON_FOR_EACH_ITEM (subset, json_get(endpoints, "subsets"))
        JSON_FOR_EACH_ITEM (port, json_get(subset, "ports"))
            JSON_FOR_EACH_ITEM (address, json_get(subset, "addresses"))
                if (count++ < SHOWN_MAX)
                    buffer_printf(&out, "%s%s:%lld", out.length ? "," : "", json_string_at(address, "ip", ""),
                                  (long long)json_integer_at(port, "port", 0));
    if (count > SHOWN_MAX)
        buffer_printf(&out, " + %zu more...", count - SHOWN_MAX);
    table_text(row, out.length ? buffer_string(&out) : "<none>");
    fill_age(row, endpoints);
}

static const char *access_modes(struct arena *arena, const struct json *modes) {
    static const struct {
        const char *mode;
        const char *brief;
    } names[] = { { "ReadWriteOnce", "RWO" },
                  { "ReadOnlyMany", "ROX" },
                  { "ReadWriteMany", "RWX" },
                  { "ReadWriteOncePod", "RWOP" } };
    CLEANUP_BUFFER struct buffer out = { 0 };
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        JSON_FOR_EACH_ITEM (mode, modes)
            if (str_equal(json_string(mode, ""), names[i].mode))
                buffer_printf(&out, "%s%s", out.length ? "," : "", names[i].brief);
    return arena_strdup(arena, buffer_string(&out));
}

static void fill_claim(struct table_row *row, const struct json *claim) {
    bool is_bound = !str_empty(json_string_at(claim, "spec.volumeName", ""));
    bool is_leaving = json_at(claim, "metadata.deletionTimestamp") != NULL;

    table_text(row, is_leaving ? "Terminating" : json_string_at(claim, "status.phase", ""));
    table_string(row, claim, "spec.volumeName", "");
    table_text(row, is_bound ? json_string_at(claim, "status.capacity.storage", "0") : "");
    table_text(row, is_bound ? access_modes(row->arena, json_at(claim, "status.accessModes")) : "");
    table_string(row, claim, "spec.storageClassName", "");
    table_string(row, claim, "spec.volumeAttributesClassName", "<unset>");
    fill_age(row, claim);
    table_string(row, claim, "spec.volumeMode", "<unset>");
}

static void fill_volume(struct table_row *row, const struct json *volume) {
    bool is_leaving = json_at(volume, "metadata.deletionTimestamp") != NULL;
    const struct json *claim = json_at(volume, "spec.claimRef");

    table_string(row, volume, "spec.capacity.storage", "");
    table_text(row, access_modes(row->arena, json_at(volume, "spec.accessModes")));
    table_string(row, volume, "spec.persistentVolumeReclaimPolicy", "");
    table_text(row, is_leaving ? "Terminating" : json_string_at(volume, "status.phase", ""));
    if (claim)
        table_format(row, "%s/%s", json_string_at(claim, "namespace", ""), json_string_at(claim, "name", ""));
    else
        table_text(row, "");
    table_string(row, volume, "spec.storageClassName", "");
    table_string(row, volume, "spec.volumeAttributesClassName", "<unset>");
    table_string(row, volume, "status.reason", "");
    fill_age(row, volume);
    table_string(row, volume, "spec.volumeMode", "<unset>");
}

/* ---- workloads ---- */

static void fill_template(struct table_row *row, const struct json *object) {
    const struct json *containers = json_at(object, "spec.template.spec.containers");
    table_joined(row, containers, "name");
    table_joined(row, containers, "image");
}

static void fill_stateful_set(struct table_row *row, const struct json *set) {
    table_format(row, "%lld/%lld", (long long)json_integer_at(set, "status.readyReplicas", 0),
                 (long long)json_integer_at(set, "spec.replicas", 0));
    fill_age(row, set);
    fill_template(row, set);
}

static void fill_deployment(struct table_row *row, const struct json *deployment) {
    table_format(row, "%lld/%lld", (long long)json_integer_at(deployment, "status.readyReplicas", 0),
                 (long long)json_integer_at(deployment, "spec.replicas", 0));
    table_format(row, "%lld", (long long)json_integer_at(deployment, "status.updatedReplicas", 0));
    table_format(row, "%lld", (long long)json_integer_at(deployment, "status.availableReplicas", 0));
    fill_age(row, deployment);
    fill_template(row, deployment);
    table_selector(row, json_at(deployment, "spec.selector"));
}

static void fill_replica_set(struct table_row *row, const struct json *set) {
    table_integer(row, json_integer_at(set, "spec.replicas", 0));
    table_integer(row, json_integer_at(set, "status.replicas", 0));
    table_integer(row, json_integer_at(set, "status.readyReplicas", 0));
    fill_age(row, set);
    fill_template(row, set);
    table_selector(row, json_at(set, "spec.selector"));
}

static void fill_revision(struct table_row *row, const struct json *revision) {
    const char *controller = "<none>";
    JSON_FOR_EACH_ITEM (owner, json_at(revision, "metadata.ownerReferences"))
        if (json_bool_at(owner, "controller", false)) {
            const char *version = json_string_at(owner, "apiVersion", "");
            size_t group = strcspn(version, "/");
            controller =
                arena_printf(row->arena, "%s%s%.*s/%s", lower(row->arena, json_string_at(owner, "kind", "")),
                             version[group] ? "." : "", version[group] ? (int)group : 0, version,
                             json_string_at(owner, "name", ""));
        }
    table_text(row, controller);
    table_format(row, "%lld", (long long)json_integer_at(revision, "revision", 0));
    fill_age(row, revision);
}

static const char *job_status(const struct json *job) {
    static const char *const words[][2] = { { "Complete", "Complete" },
                                            { "Failed", "Failed" },
                                            { "Suspended", "Suspended" },
                                            { "FailureTarget", "FailureTarget" },
                                            { "SuccessCriteriaMet", "SuccessCriteriaMet" } };
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        JSON_FOR_EACH_ITEM (condition, json_at(job, "status.conditions"))
            if (str_equal(json_string_at(condition, "type", ""), words[i][0]) &&
                str_equal(json_string_at(condition, "status", ""), "True"))
                return words[i][1];
    return json_at(job, "metadata.deletionTimestamp") ? "Terminating" : "Running";
}

static void fill_job(struct table_row *row, const struct json *job) {
    const char *started = json_string_at(job, "status.startTime", "");
    int64_t begin, end = row->now;

    table_text(row, job_status(job));
    table_format(row, "%lld/%lld", (long long)json_integer_at(job, "status.succeeded", 0),
                 (long long)json_integer_at(job, "spec.completions", 1));
    if (!*started || !time_parse(text_from(started), &begin)) {
        table_text(row, "");
    } else {
        if (!time_parse(text_from(json_string_at(job, "status.completionTime", "")), &end))
            end = row->now;
        table_text(row, duration_human(row->arena, end - begin));
    }
    fill_age(row, job);
    fill_template(row, job);
    table_selector(row, json_at(job, "spec.selector"));
}

static void fill_cron_job(struct table_row *row, const struct json *job) {
    const struct json *containers = json_at(job, "spec.jobTemplate.spec.template.spec.containers");
    const char *last = json_string_at(job, "status.lastScheduleTime", "");
    table_string(row, job, "spec.schedule", "");
    table_string(row, job, "spec.timeZone", "<none>");
    table_bool(row, json_bool_at(job, "spec.suspend", false));
    table_integer(row, (int64_t)json_length(json_at(job, "status.active")));
    table_text(row, *last ? table_since(row, last) : "<none>");
    fill_age(row, job);
    table_joined(row, containers, "name");
    table_joined(row, containers, "image");
    table_selector(row, json_at(job, "spec.jobTemplate.spec.selector"));
}

/* ---- policy, networks, storage, access ---- */

static void int_or_string(struct table_row *row, const struct json *value) {
    if (json_is(value, JSON_INTEGER))
        table_format(row, "%lld", (long long)json_integer(value, 0));
    else
        table_text(row, json_string(value, "N/A"));
}

static void fill_budget(struct table_row *row, const struct json *budget) {
    int_or_string(row, json_at(budget, "spec.minAvailable"));
    int_or_string(row, json_at(budget, "spec.maxUnavailable"));
    table_integer(row, json_integer_at(budget, "status.disruptionsAllowed", 0));
    fill_age(row, budget);
}

static void fill_slice(struct table_row *row, const struct json *slice) {
    enum { SHOWN_MAX = 3 };
    CLEANUP_BUFFER struct buffer ports = { 0 };
    CLEANUP_BUFFER struct buffer addresses = { 0 };
    size_t count = 0;

    JSON_FOR_EACH_ITEM (port, json_get(slice, "ports"))
        buffer_printf(&ports, "%s%lld", ports.length ? "," : "", (long long)json_integer_at(port, "port", 0));
    JSON_FOR_EACH_ITEM (endpoint, json_get(slice, "endpoints"))
        JSON_FOR_EACH_ITEM (address, json_get(endpoint, "addresses"))
            if (count++ < SHOWN_MAX)
                buffer_printf(&addresses, "%s%s", addresses.length ? "," : "", json_string(address, ""));
    if (count > SHOWN_MAX)
        buffer_printf(&addresses, " + %zu more...", count - SHOWN_MAX);
    table_string(row, slice, "addressType", "");
    table_text(row, ports.length ? buffer_string(&ports) : "<unset>");
    table_text(row, addresses.length ? buffer_string(&addresses) : "<unset>");
    fill_age(row, slice);
}

static void fill_ingress(struct table_row *row, const struct json *ingress) {
    CLEANUP_BUFFER struct buffer hosts = { 0 };
    JSON_FOR_EACH_ITEM (rule, json_at(ingress, "spec.rules"))
        buffer_printf(&hosts, "%s%s", hosts.length ? "," : "", json_string_at(rule, "host", "*"));
    table_string(row, ingress, "spec.ingressClassName", "<none>");
    table_text(row, hosts.length ? buffer_string(&hosts) : "*");
    const struct json *first = json_item(json_at(ingress, "status.loadBalancer.ingress"), 0);
    table_text(row, json_string_at(first, "ip", json_string_at(first, "hostname", "")));
    table_text(row, json_length(json_at(ingress, "spec.tls")) ? "80, 443" : "80");
    fill_age(row, ingress);
}

static void fill_network_policy(struct table_row *row, const struct json *policy) {
    table_selector(row, json_at(policy, "spec.podSelector"));
    fill_age(row, policy);
}

static void fill_storage_class(struct table_row *row, const struct json *class) {
    const char *mark = json_string(
        json_get(json_at(class, "metadata.annotations"), "storageclass.kubernetes.io/is-default-class"), "");
    table_format(row, "%s%s", json_string_at(class, "metadata.name", ""),
                 str_equal(mark, "true") ? " (default)" : "");
    table_string(row, class, "provisioner", "");
    table_string(row, class, "reclaimPolicy", "Delete");
    table_string(row, class, "volumeBindingMode", "Immediate");
    table_bool(row, json_bool_at(class, "allowVolumeExpansion", false));
    fill_age(row, class);
}

static void fill_lease(struct table_row *row, const struct json *lease) {
    table_string(row, lease, "spec.holderIdentity", "");
    fill_age(row, lease);
}

static void join_subjects(struct table_row *row, const struct json *binding, const char *kind,
                          bool has_namespace) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    JSON_FOR_EACH_ITEM (subject, json_get(binding, "subjects"))
        if (str_equal(json_string_at(subject, "kind", ""), kind))
            buffer_printf(&out, "%s%s%s%s", out.length ? ", " : "",
                          has_namespace ? json_string_at(subject, "namespace", "") : "",
                          has_namespace ? "/" : "", json_string_at(subject, "name", ""));
    table_text(row, buffer_string(&out));
}

static void fill_binding(struct table_row *row, const struct json *binding) {
    table_format(row, "%s/%s", json_string_at(binding, "roleRef.kind", ""),
                 json_string_at(binding, "roleRef.name", ""));
    fill_age(row, binding);
    join_subjects(row, binding, "User", false);
    join_subjects(row, binding, "Group", false);
    join_subjects(row, binding, "ServiceAccount", true);
}

static void fill_priority_class(struct table_row *row, const struct json *class) {
    table_integer(row, json_integer_at(class, "value", 0));
    table_bool(row, json_bool_at(class, "globalDefault", false));
    fill_age(row, class);
    table_string(row, class, "preemptionPolicy", "PreemptLowerPriority");
}

/* ---- the table ---- */

#define AGE                                                                                                  \
    { "Age" }
#define CONTAINERS                                                                                           \
    { "Containers", NULL, 1 }, {                                                                             \
        "Images", NULL, 1                                                                                    \
    }
#define SELECTOR                                                                                             \
    { "Selector", NULL, 1 }
#define BINDING                                                                                              \
    {                                                                                                        \
        { "Role" }, AGE, { "Users", NULL, 1 }, { "Groups", NULL, 1 }, {                                      \
            "ServiceAccounts", NULL, 1                                                                       \
        }                                                                                                    \
    }
#define EVENT                                                                                                \
    {                                                                                                        \
        { "Last Seen" }, { "Type" }, { "Reason" }, { "Object" }, { "Subobject", NULL, 1 },                   \
            { "Source", NULL, 1 }, { "Message" }, { "First Seen", NULL, 1 }, { "Count", NULL, 1 }, {         \
            "Name", NULL, 1                                                                                  \
        }                                                                                                    \
    }

/* clang-format off */
static const struct table_kind kinds[] = {
    { "", "configmaps", { { "Data" }, AGE }, false, fill_config_map },
    { "", "endpoints", { { "Endpoints" }, AGE }, false, fill_endpoints },
    { "", "events", EVENT, true, fill_event },
    { "", "namespaces", { { "Status" }, AGE }, false, fill_namespace },
    { "", "nodes", { { "Status" }, { "Roles" }, AGE, { "Version" }, { "Internal-IP", NULL, 1 },
                     { "External-IP", NULL, 1 }, { "OS-Image", NULL, 1 }, { "Kernel-Version", NULL, 1 },
                     { "Container-Runtime", NULL, 1 } }, false, fill_node },
    { "", "persistentvolumeclaims", { { "Status" }, { "Volume" }, { "Capacity" }, { "Access Modes" },
                                      { "StorageClass" }, { "VolumeAttributesClass" }, AGE,
                                      { "VolumeMode", NULL, 1 } }, false, fill_claim },
    { "", "persistentvolumes", { { "Capacity" }, { "Access Modes" }, { "Reclaim Policy" }, { "Status" }, { "Claim" },
                                 { "StorageClass" }, { "VolumeAttributesClass" }, { "Reason" }, AGE,
                                 { "VolumeMode", NULL, 1 } }, false, fill_volume },
    { "", "pods", { { "Ready" }, { "Status" }, { "Restarts" }, AGE, { "IP", NULL, 1 }, { "Node", NULL, 1 },
                    { "Nominated Node", NULL, 1 }, { "Readiness Gates", NULL, 1 } }, false, table_fill_pod },
    { "", "secrets", { { "Type" }, { "Data" }, AGE }, false, fill_secret },
    { "", "serviceaccounts", { AGE }, false, fill_age },
    { "", "services", { { "Type" }, { "Cluster-IP" }, { "External-IP" }, { "Port(s)" }, AGE, SELECTOR }, false,
      fill_service },
    { "apps", "controllerrevisions", { { "Controller" }, { "Revision" }, AGE }, false, fill_revision },
    { "apps", "deployments", { { "Ready" }, { "Up-to-date" }, { "Available" }, AGE, CONTAINERS, SELECTOR }, false,
      fill_deployment },
    { "apps", "replicasets", { { "Desired", "integer" }, { "Current", "integer" }, { "Ready", "integer" }, AGE,
                               CONTAINERS, SELECTOR }, false, fill_replica_set },
    { "apps", "statefulsets", { { "Ready" }, AGE, CONTAINERS }, false, fill_stateful_set },
    { "batch", "cronjobs", { { "Schedule" }, { "Timezone" }, { "Suspend", "boolean" }, { "Active", "integer" },
                             { "Last Schedule" }, AGE, CONTAINERS, SELECTOR }, false, fill_cron_job },
    { "batch", "jobs", { { "Status" }, { "Completions" }, { "Duration" }, AGE, CONTAINERS, SELECTOR }, false,
      fill_job },
    { "coordination.k8s.io", "leases", { { "Holder" }, AGE }, false, fill_lease },
    { "discovery.k8s.io", "endpointslices", { { "AddressType" }, { "Ports" }, { "Endpoints" }, AGE }, false,
      fill_slice },
    { "events.k8s.io", "events", EVENT, true, fill_event },
    { "networking.k8s.io", "ingresses", { { "Class" }, { "Hosts" }, { "Address" }, { "Ports" }, AGE }, false,
      fill_ingress },
    { "networking.k8s.io", "networkpolicies", { { "Pod-Selector" }, AGE }, false, fill_network_policy },
    { "policy", "poddisruptionbudgets", { { "Min Available" }, { "Max Unavailable" },
                                          { "Allowed Disruptions", "integer" }, AGE }, false, fill_budget },
    { "rbac.authorization.k8s.io", "clusterrolebindings", BINDING, false, fill_binding },
    { "rbac.authorization.k8s.io", "rolebindings", BINDING, false, fill_binding },
    { "scheduling.k8s.io", "priorityclasses", { { "Value", "integer" }, { "Global-Default", "boolean" }, AGE,
                                                { "PreemptionPolicy" } }, false, fill_priority_class },
    { "storage.k8s.io", "storageclasses", { { "Name" }, { "Provisioner" }, { "ReclaimPolicy" },
                                            { "VolumeBindingMode" }, { "AllowVolumeExpansion" }, AGE }, true,
      fill_storage_class },
};
/* clang-format on */

const struct table_kind *table_kind_of(const struct api_resource *resource) {
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (api_resource_is(resource, kinds[i].group, kinds[i].plural))
            return &kinds[i];
    return NULL;
}
