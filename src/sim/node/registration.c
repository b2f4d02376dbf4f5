/* Node objects and their leases: that the node is there, and that it is alive.
 *
 * After: Kubernetes, pkg/kubelet/kubelet_node_status.go and pkg/kubelet/nodelease.
 */
#include "base/log.h"
#include "base/time.h"
#include "sim/node/node_internal.h"

enum { LEASE_SECONDS = 40, RENEW_SECONDS = 10, RETRY_MS_MIN = 200, RETRY_MS_MAX = 7000 };
static const char lease_namespace[] = "kube-node-lease";

static const struct {
    const char *type;
    bool status;
    const char *reason;
    const char *message;
} conditions[] = {
    { "MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available" },
    { "DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure" },
    { "PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available" },
    { "Ready", true, "KubeletReady", "kubelet is posting ready status" },
};

/* A simulated machine: room enough for many servers with production-like requests. */
static const struct {
    const char *resource;
    const char *capacity;
} capacities[] = {
    { "cpu", "64" },
    { "ephemeral-storage", "1Ti" },
    { "memory", "512Gi" },
    { "pods", "250" },
};

static void set_labels(struct arena *arena, struct json *metadata, const struct member *member) {
    struct json *labels = json_set_object(arena, metadata, "labels");
    json_set_string(arena, labels, "kubernetes.io/hostname", member->name);
    json_set_string(arena, labels, "kubernetes.io/os", "linux");
    json_set_string(arena, labels, "kubernetes.io/arch", "amd64");
    json_set_string(arena, labels, "node.kubernetes.io/instance-type", "simulated");
    json_set_string(arena, labels, "topology.kubernetes.io/region", "us-east-1");
    json_set_string(arena, labels, "topology.kubernetes.io/zone", member->zone);
}

static struct json *build_status(struct node *node, struct arena *arena, const struct member *member,
                                 const struct json *have) {
    struct json *status = json_new_object(arena);
    struct json *capacity = json_set_object(arena, status, "capacity");
    for (size_t i = 0; i < ARRAY_LENGTH(capacities); i++)
        json_set_string(arena, capacity, capacities[i].resource, capacities[i].capacity);
    json_set(arena, status, "allocatable", json_copy(arena, capacity));

    struct json *list = json_at(have, "status.conditions");
    list = list ? json_copy(arena, list) : json_new_array(arena);
    int64_t wall_ns = clock_wall(node->options.clock);
    for (size_t i = 0; i < ARRAY_LENGTH(conditions); i++)
        conditions_set(arena, list, conditions[i].type, conditions[i].status, conditions[i].reason,
                       conditions[i].message, wall_ns);
    JSON_FOR_EACH_ITEM (condition, list) {
        json_set_string(arena, condition, "lastHeartbeatTime", time_format(arena, wall_ns));
    }
    json_set(arena, status, "conditions", list);

    struct json *addresses = json_set_array(arena, status, "addresses");
    struct json *address = json_append_object(arena, addresses);
    json_set_string(arena, address, "type", "InternalIP");
    json_set_string(arena, address, "address", member->address);
    address = json_append_object(arena, addresses);
    json_set_string(arena, address, "type", "Hostname");
    json_set_string(arena, address, "address", member->name);

    struct json *info = json_set_object(arena, status, "nodeInfo");
    json_set_string(arena, info, "architecture", "amd64");
    json_set_string(arena, info, "bootID", "");
    json_set_string(arena, info, "containerRuntimeVersion", "simulated://" PROJECT_VERSION);
    json_set_string(arena, info, "kernelVersion", "simulated");
    json_set_string(arena, info, "kubeProxyVersion", "");
    json_set_string(arena, info, "kubeletVersion", "v1.35.4-neo4j-sandbox");
    json_set_string(arena, info, "machineID", "");
    json_set_string(arena, info, "operatingSystem", "linux");
    json_set_string(arena, info, "osImage", "neo4j-sandbox " PROJECT_VERSION);
    json_set_string(arena, info, "systemUUID", "");
    return status;
}

static bool register_member(struct node *node, struct arena *arena, const struct member *member,
                            struct error *err) {
    struct json *object = json_new_object(arena), *have, *patch = json_new_object(arena);
    if (!kube_get(node->kube, arena, &KUBE_NODES, NULL, member->name, &have, err))
        return error_wrap(err, "node %s", member->name);
    if (!have) {
        json_set_string(arena, object, "apiVersion", "v1");
        json_set_string(arena, object, "kind", "Node");
        struct json *metadata = json_set_object(arena, object, "metadata");
        json_set_string(arena, metadata, "name", member->name);
        set_labels(arena, metadata, member);
        json_set_object(arena, object, "spec");
        if (!kube_create(node->kube, arena, object, &have, err))
            return error_wrap(err, "registering node %s", member->name);
    } else {
        set_labels(arena, json_set_object(arena, object, "metadata"), member);
        if (!kube_merge_patch(node->kube, arena, &KUBE_NODES, NULL, member->name, NULL, object, &have, err))
            return error_wrap(err, "labels of node %s", member->name);
    }
    json_set(arena, patch, "status", build_status(node, arena, member, have));
    if (!kube_merge_patch(node->kube, arena, &KUBE_NODES, NULL, member->name, "status", patch, NULL, err))
        return error_wrap(err, "status of node %s", member->name);
    return true;
}

static bool renew_lease(struct node *node, struct arena *arena, const struct member *member,
                        struct error *err) {
    struct json *lease = json_new_object(arena);
    struct json *spec = json_set_object(arena, lease, "spec");
    json_set_string(arena, spec, "holderIdentity", member->name);
    json_set_integer(arena, spec, "leaseDurationSeconds", LEASE_SECONDS);
    json_set_string(arena, spec, "renewTime", time_format_micro(arena, clock_wall(node->options.clock)));

    struct error failure = { 0 };
    if (kube_merge_patch(node->kube, arena, &KUBE_LEASES, lease_namespace, member->name, NULL, lease, NULL,
                         &failure))
        return true;
    if (failure.kind != ERROR_NOT_FOUND) {
        *err = failure;
        return error_wrap(err, "lease of node %s", member->name);
    }
    json_set_string(arena, lease, "apiVersion", "coordination.k8s.io/v1");
    json_set_string(arena, lease, "kind", "Lease");
    struct json *metadata = json_set_object(arena, lease, "metadata");
    json_set_string(arena, metadata, "name", member->name);
    json_set_string(arena, metadata, "namespace", lease_namespace);
    return kube_create(node->kube, arena, lease, NULL, err) ||
           error_wrap(err, "lease of node %s", member->name);
}

int64_t member_tick(struct node *node, struct member *member) {
    struct error err = { 0 };

    if (member->is_off || member->is_cut)
        return INT64_MAX;
    /* A Node that was deleted comes back, as with a kubelet that restarts. */
    if (node->has_changed && member->is_registered &&
        !mirror_get(node->mirror, &KUBE_NODES, NULL, member->name))
        member->is_registered = false, member->due_ns = node->now_ns;
    if (node->now_ns < member->due_ns)
        return member->due_ns;

    CLEANUP_ARENA struct arena *arena = arena_new();
    bool is_done = member->is_registered || register_member(node, arena, member, &err);
    member->is_registered = is_done;
    if (is_done && renew_lease(node, arena, member, &err)) {
        member->failures = 0;
        member->due_ns = node->now_ns + RENEW_SECONDS * NANOSECONDS_PER_SECOND;
    } else {
        if (!member->failures)
            log_warn("node can't be registered or renewed", LOG_TEXT("node", member->name),
                     LOG_ERROR_FIELDS(&err));
        int64_t wait_ms = (int64_t)RETRY_MS_MIN << (member->failures < 6 ? member->failures++ : 6);
        member->due_ns =
            node->now_ns + (wait_ms < RETRY_MS_MAX ? wait_ms : RETRY_MS_MAX) * NANOSECONDS_PER_MS;
    }
    return member->due_ns;
}
