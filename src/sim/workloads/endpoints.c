/* Endpoints and EndpointSlices of Services with a selector.
 *
 * Both tell the same: which pods stand behind the Service, at which address, and whether they are ready. One
 * slice holds them all (a real control plane starts another after 100). After: Kubernetes,
 * pkg/controller/endpoint and staging/src/k8s.io/endpointslice.
 */
#include "sim/workloads/controller.h"

/* ---- the pods behind a Service ---- */

static bool publishes_not_ready(const struct json *service) {
    return json_bool_at(service, "spec.publishNotReadyAddresses", false);
}

static bool is_headless(const struct json *service) {
    return str_equal(json_string_at(service, "spec.clusterIP", NULL), "None");
}

static struct mirror_list pods_behind(struct control *control, const struct json *service) {
    struct mirror_list pods =
        mirror_list(control->mirror, control->arena, &KUBE_PODS, object_namespace(service));
    size_t count = 0;
    MIRROR_FOR_EACH(pod, pods) {
        if (selector_map_matches(json_at(service, "spec.selector"), json_at(pod, "metadata.labels")) &&
            !pod_is_finished(pod) && !str_empty(json_string_at(pod, "status.podIP", NULL)))
            pods.items[count++] = pod;
    }
    pods.count = count;
    return pods;
}

/* The number behind a Service port for this pod: its targetPort, or the container's port of that name; 0:
 * none. */
static int64_t target_port(const struct json *port, const struct json *pod) {
    const struct json *target = json_get(port, "targetPort");
    if (!target)
        return json_integer_at(port, "port", 0);
    if (json_is(target, JSON_INTEGER))
        return json_integer(target, 0) ? json_integer(target, 0) : json_integer_at(port, "port", 0);
    JSON_FOR_EACH_ITEM (container, json_at(pod, "spec.containers")) {
        JSON_FOR_EACH_ITEM (offered, json_get(container, "ports")) {
            if (str_equal(json_string_at(offered, "name", NULL), json_string(target, NULL)) &&
                str_equal(json_string_at(offered, "protocol", "TCP"),
                          json_string_at(port, "protocol", "TCP")))
                return json_integer_at(offered, "containerPort", 0);
        }
    }
    return 0;
}

/* The ports as the first pod resolves them: all pods of one template resolve alike. */
static struct json *resolve_ports(struct arena *arena, const struct json *service, const struct json *pod) {
    struct json *ports = json_new_array(arena);
    JSON_FOR_EACH_ITEM (port, json_at(service, "spec.ports")) {
        int64_t number = target_port(port, pod);
        if (!number)
            continue;
        struct json *entry = json_append_object(arena, ports);
        json_set_string(arena, entry, "name", json_string_at(port, "name", ""));
        json_set_integer(arena, entry, "port", number);
        json_set_string(arena, entry, "protocol", json_string_at(port, "protocol", "TCP"));
        if (json_string_at(port, "appProtocol", NULL))
            json_set_string(arena, entry, "appProtocol", json_string_at(port, "appProtocol", NULL));
    }
    return ports;
}

static struct json *pod_reference(struct arena *arena, const struct json *pod) {
    struct json *reference = json_new_object(arena);
    json_set_string(arena, reference, "kind", "Pod");
    json_set_string(arena, reference, "name", object_name(pod));
    json_set_string(arena, reference, "namespace", object_namespace(pod));
    json_set_string(arena, reference, "uid", object_uid(pod));
    return reference;
}

/* The pod's DNS name under the Service, when the pod says that it belongs there. */
static const char *host_name(const struct json *service, const struct json *pod) {
    return str_equal(json_string_at(pod, "spec.subdomain", NULL), object_name(service))
               ? json_string_at(pod, "spec.hostname", NULL)
               : NULL;
}

static void set_optional(struct arena *arena, struct json *object, const char *key, const char *value) {
    if (!str_empty(value))
        json_set_string(arena, object, key, value);
}

static void set_metadata(struct arena *arena, struct json *object, const struct json *service,
                         const char *name) {
    struct json *metadata = json_set_object(arena, object, "metadata");
    json_set_string(arena, metadata, "name", name);
    json_set_string(arena, metadata, "namespace", object_namespace(service));
    struct json *labels = json_at(service, "metadata.labels");
    labels = json_set(arena, metadata, "labels", labels ? json_copy(arena, labels) : json_new_object(arena));
    if (is_headless(service))
        json_set_string(arena, labels, "service.kubernetes.io/headless", "");
}

/* ---- the slice ---- */

static void add_endpoint(struct control *control, struct json *endpoints, const struct json *service,
                         const struct json *pod) {
    struct arena *arena = control->arena;
    struct json *endpoint = json_append_object(arena, endpoints);
    bool is_serving = pod_is_ready(pod), is_terminating = object_is_deleting(pod);
    const char *node_name = json_string_at(pod, "spec.nodeName", NULL);
    const struct json *node = node_name ? mirror_get(control->mirror, &KUBE_NODES, NULL, node_name) : NULL;

    json_append_string(arena, json_set_array(arena, endpoint, "addresses"),
                       json_string_at(pod, "status.podIP", ""));
    struct json *conditions = json_set_object(arena, endpoint, "conditions");
    json_set_bool(arena, conditions, "ready",
                  publishes_not_ready(service) || (is_serving && !is_terminating));
    json_set_bool(arena, conditions, "serving", is_serving);
    json_set_bool(arena, conditions, "terminating", is_terminating);
    set_optional(arena, endpoint, "hostname", host_name(service, pod));
    json_set(arena, endpoint, "targetRef", pod_reference(arena, pod));
    set_optional(arena, endpoint, "nodeName", node_name);
    set_optional(arena, endpoint, "zone", object_label(node, "topology.kubernetes.io/zone"));
}

static struct json *build_slice(struct control *control, const struct json *service, struct mirror_list pods,
                                const char *name) {
    struct arena *arena = control->arena;
    struct json *slice = json_new_object(arena);
    json_set_string(arena, slice, "apiVersion", "discovery.k8s.io/v1");
    json_set_string(arena, slice, "kind", "EndpointSlice");
    set_metadata(arena, slice, service, name);
    struct json *metadata = json_get(slice, "metadata");
    struct json *labels = json_get(metadata, "labels");
    json_set_string(arena, labels, "kubernetes.io/service-name", object_name(service));
    json_set_string(arena, labels, "endpointslice.kubernetes.io/managed-by",
                    "endpointslice-controller.k8s.io");
    json_append(arena, json_set_array(arena, metadata, "ownerReferences"),
                object_owner_reference(arena, service));
    json_set_string(arena, slice, "addressType", "IPv4");
    struct json *endpoints = json_set_array(arena, slice, "endpoints");
    MIRROR_FOR_EACH(pod, pods) {
        add_endpoint(control, endpoints, service, pod);
    }
    json_set(arena, slice, "ports", resolve_ports(arena, service, pods.count ? pods.items[0] : NULL));
    return slice;
}

/* ---- the older form ---- */

static struct json *build_endpoints(struct control *control, const struct json *service,
                                    struct mirror_list pods) {
    struct arena *arena = control->arena;
    struct json *object = json_new_object(arena);
    json_set_string(arena, object, "apiVersion", "v1");
    json_set_string(arena, object, "kind", "Endpoints");
    set_metadata(arena, object, service, object_name(service));
    json_set_string(arena, json_at(object, "metadata.labels"), "endpoints.kubernetes.io/managed-by",
                    "endpoint-controller");

    struct json *ready = json_new_array(arena), *not_ready = json_new_array(arena);
    MIRROR_FOR_EACH(pod, pods) {
        if (object_is_deleting(pod) && !publishes_not_ready(service))
            continue;
        bool counts = publishes_not_ready(service) || pod_is_ready(pod);
        struct json *address = json_append_object(arena, counts ? ready : not_ready);
        json_set_string(arena, address, "ip", json_string_at(pod, "status.podIP", ""));
        set_optional(arena, address, "hostname", host_name(service, pod));
        set_optional(arena, address, "nodeName", json_string_at(pod, "spec.nodeName", NULL));
        json_set(arena, address, "targetRef", pod_reference(arena, pod));
    }
    if (!json_length(ready) && !json_length(not_ready))
        return object;
    struct json *subset = json_append_object(arena, json_set_array(arena, object, "subsets"));
    if (json_length(ready))
        json_set(arena, subset, "addresses", ready);
    if (json_length(not_ready))
        json_set(arena, subset, "notReadyAddresses", not_ready);
    json_set(arena, subset, "ports", resolve_ports(arena, service, pods.items[0]));
    return object;
}

/* ---- reconcile ---- */

static bool has_same(const struct json *have, const struct json *wanted) {
    JSON_FOR_EACH_MEMBER (member, wanted) {
        if (!str_equal(member->key, "metadata") && !json_equal(json_get(have, member->key), &member->value))
            return false;
    }
    return json_equal(json_at(have, "metadata.labels"), json_at(wanted, "metadata.labels")) &&
           !json_get(have, "subsets") == !json_get(wanted, "subsets");
}

static bool create_or_update(struct control *control, const struct kube_resource *resource,
                             struct json *wanted, struct error *err) {
    const char *namespace = object_namespace(wanted), *name = object_name(wanted);
    const struct json *have = mirror_get(control->mirror, resource, namespace, name);
    struct json *answer;

    if (have && has_same(have, wanted))
        return true;
    if (!have) {
        if (!kube_create(control->kube, control->arena, wanted, &answer, err))
            return error_wrap(err, "%s %s", resource->kind, name);
    } else {
        json_set_string(control->arena, json_get(wanted, "metadata"), "resourceVersion",
                        json_string_at(have, "metadata.resourceVersion", ""));
        struct kube_call call = {
            .verb = KUBE_UPDATE, .resource = resource, .namespace = namespace, .name = name, .body = wanted
        };
        if (!control->kube->call(control->kube, &call, control->arena, &answer, err))
            return error_wrap(err, "%s %s", resource->kind, name);
    }
    mirror_put(control->mirror, resource, answer);
    return true;
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    const struct json *service = mirror_get(control->mirror, &KUBE_SERVICES, namespace, name);
    if (!service)
        /* The slice goes with its owner; Endpoints have none, as in a real cluster. */
        return !mirror_get(control->mirror, &KUBE_ENDPOINTS, namespace, name) ||
               kube_delete(control->kube, &KUBE_ENDPOINTS, namespace, name, NULL, KUBE_PROPAGATION_DEFAULT,
                           err);
    if (!json_length(json_at(service, "spec.selector")) || object_is_deleting(service) ||
        str_equal(json_string_at(service, "spec.type", ""), "ExternalName"))
        return true;

    struct mirror_list pods = pods_behind(control, service);
    /* Five letters of the uid make the name unlike any that a person chooses. */
    const char *slice = arena_printf(control->arena, "%s-%.5s", name, object_uid(service));
    return create_or_update(control, &KUBE_ENDPOINTS, build_endpoints(control, service, pods), err) &&
           create_or_update(control, &KUBE_ENDPOINT_SLICES, build_slice(control, service, pods, slice), err);
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    const struct json *object = new ? new : old;
    if (resource == &KUBE_SERVICES || resource == &KUBE_ENDPOINTS) {
        control_enqueue(queue, object_namespace(object), object_name(object));
    } else if (resource == &KUBE_ENDPOINT_SLICES) {
        const char *service = object_label(object, "kubernetes.io/service-name");
        if (service)
            control_enqueue(queue, object_namespace(object), service);
    } else if (resource == &KUBE_PODS) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct mirror_list services = mirror_list(mirror, arena, &KUBE_SERVICES, object_namespace(object));
        MIRROR_FOR_EACH(service, services) {
            const struct json *selector = json_at(service, "spec.selector");
            if (selector_map_matches(selector, json_at(old, "metadata.labels")) ||
                selector_map_matches(selector, json_at(new, "metadata.labels")))
                control_enqueue(queue, object_namespace(service), object_name(service));
        }
    }
}

const struct controller controller_endpoints = { .name = "endpoint-controller",
                                                 .changed = changed,
                                                 .reconcile = reconcile };
