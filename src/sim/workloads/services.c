/* Load balancers: a Service of type LoadBalancer gets the address that the sandbox answers at.
 *
 * Cluster addresses and node ports are given by the API server when a Service is created.
 * After: Kubernetes, cloud-provider, controllers/service.
 */
#include "sim/workloads/controller.h"

static const char class_of_ours[] = "";

static bool is_load_balancer(const struct json *service) {
    return str_equal(json_string_at(service, "spec.type", ""), "LoadBalancer") &&
           /* Another class is another controller's, which is not here. */
           str_equal(json_string_at(service, "spec.loadBalancerClass", ""), class_of_ours);
}

/* What people see behind the address: the cluster address, which the sandbox makes reachable on this machine.
 */
static const char *load_balancer_address(const struct json *service) {
    const char *wanted = json_string_at(service, "spec.loadBalancerIP", "");
    return *wanted ? wanted : json_string_at(service, "spec.clusterIP", "");
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    struct arena *arena = control->arena;
    const struct json *service = mirror_get(control->mirror, &KUBE_SERVICES, namespace, name);
    struct json *status = json_new_object(arena);
    if (!service || object_is_deleting(service))
        return true;
    if (!is_load_balancer(service) && !json_length(json_at(service, "status.loadBalancer")))
        return true;

    struct json *balancer = json_set_object(arena, status, "loadBalancer");
    if (is_load_balancer(service) && !str_empty(load_balancer_address(service))) {
        struct json *ingress = json_append_object(arena, json_set_array(arena, balancer, "ingress"));
        json_set_string(arena, ingress, "ip", load_balancer_address(service));
        json_set_string(arena, ingress, "ipMode", "VIP");
    }
    if (!json_equal(json_at(service, "status.loadBalancer"), balancer) && is_load_balancer(service))
        recorder_event(control->recorder, service, NULL, RECORDER_NORMAL, "EnsuredLoadBalancer",
                       "Ensured load balancer");
    return control_write_status(control, &KUBE_SERVICES, service, status, err);
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    if (resource == &KUBE_SERVICES && new)
        control_enqueue(queue, object_namespace(new), object_name(new));
}

const struct controller controller_service = { .name = "service-controller",
                                               .changed = changed,
                                               .reconcile = reconcile };
