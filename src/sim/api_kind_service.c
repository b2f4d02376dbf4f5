#include "sim/api_kinds.h"

#include <stdio.h>

/* Services: addresses inside the cluster, ports of the nodes, and what never changes.
 * After: k8s.io/kubernetes, pkg/registry/core/service/storage. */

enum { NODE_PORT_FIRST = 30000, NODE_PORT_COUNT = 2768 };

static bool is_headless(const struct json *spec) {
    return str_equal(json_string_at(spec, "clusterIP", ""), "None");
}

static bool has_address(const struct json *spec) {
    return !str_equal(json_string_at(spec, "type", "ClusterIP"), "ExternalName");
}

static bool needs_node_ports(const struct json *spec) {
    const char *type = json_string_at(spec, "type", "ClusterIP");
    return str_equal(type, "NodePort") ||
           (str_equal(type, "LoadBalancer") && json_bool_at(spec, "allocateLoadBalancerNodePorts", true));
}

static bool is_for_outside(const struct json *spec) {
    const char *type = json_string_at(spec, "type", "ClusterIP");
    return str_equal(type, "LoadBalancer") || str_equal(type, "NodePort") ||
           json_length(json_get(spec, "externalIPs"));
}

static bool is_load_balancer(const struct json *spec) {
    return str_equal(json_string_at(spec, "type", ""), "LoadBalancer");
}

/* What only the type before needed goes with it, where the update did not set it to something else. After:
 * dropTypeDependentFields. */
static void drop_of_type(struct json *spec, const struct json *before) {
    static const struct {
        const char *field;
        bool (*needs)(const struct json *spec);
    } fields[] = {
        { "externalTrafficPolicy", is_for_outside },
        { "healthCheckNodePort", is_load_balancer },
        { "allocateLoadBalancerNodePorts", is_load_balancer },
        { "loadBalancerClass", is_load_balancer },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        const struct json *value = json_get(spec, fields[i].field);
        if (value && fields[i].needs(before) && !fields[i].needs(spec) &&
            json_equal(value, json_get(before, fields[i].field)))
            json_remove(spec, fields[i].field);
    }
}

/* An update that does not mention them keeps the addresses and ports that were given. */
void api_service_prepare(struct api_context *context, struct json *object, const struct json *live) {
    struct json *spec = json_ensure_object(context->arena, object, "spec");
    const struct json *before = json_get(live, "spec");

    if (live)
        drop_of_type(spec, before);
    if (!live || !has_address(spec) || !has_address(before))
        return;
    if (str_empty(json_string_at(spec, "clusterIP", "")) && json_get(before, "clusterIP"))
        json_set(context->arena, spec, "clusterIP", json_get(before, "clusterIP"));
    /* Who changes the first form means the second, too. */
    if (!json_equal(json_get(spec, "clusterIP"), json_get(before, "clusterIP")) &&
        json_equal(json_get(spec, "clusterIPs"), json_get(before, "clusterIPs")) &&
        json_get(spec, "clusterIP"))
        json_append(context->arena, json_set_array(context->arena, spec, "clusterIPs"),
                    json_get(spec, "clusterIP"));
    if (!json_length(json_get(spec, "clusterIPs")) && json_get(before, "clusterIPs") &&
        json_equal(json_get(spec, "clusterIP"), json_get(before, "clusterIP")))
        json_set(context->arena, spec, "clusterIPs",
                 json_copy(context->arena, json_get(before, "clusterIPs")));
    if (!needs_node_ports(spec) || !needs_node_ports(before))
        return;
    JSON_FOR_EACH_ITEM (port, json_get(spec, "ports"))
        JSON_FOR_EACH_ITEM (old, json_get(before, "ports"))
            if (!json_integer_at(port, "nodePort", 0) && json_integer_at(old, "nodePort", 0) &&
                json_integer_at(port, "port", 0) == json_integer_at(old, "port", -1) &&
                str_equal(json_string_at(port, "protocol", "TCP"), json_string_at(old, "protocol", "TCP")))
                json_set_integer(context->arena, port, "nodePort", json_integer_at(old, "nodePort", 0));
}

/* ---- allocation ---- */

static bool is_used(struct api_context *context, const char *path, const struct json *value,
                    const char *uid) {
    struct store_list services = store_list(context->api->store, context->arena, "services", NULL);
    for (size_t i = 0; i < services.count; i++) {
        struct json *service = store_value_parse(context->arena, services.items[i]);
        if (str_equal(json_string_at(service, "metadata.uid", ""), uid))
            continue;
        if (json_equal(json_at(service, path), value))
            return true;
        if (str_equal(path, "nodePort"))
            JSON_FOR_EACH_ITEM (port, json_at(service, "spec.ports"))
                if (json_equal(json_get(port, "nodePort"), value))
                    return true;
    }
    return false;
}

/* Addresses of the network from .0.10 on, at random. */
static const struct json *new_address(struct api_context *context, const char *uid) {
    unsigned a = 10, b = 96;
    int fields = sscanf(context->api->service_network, "%3u.%3u.", &a, &b);
    ensure(fields == 2);
    for (;;) {
        uint64_t host = 10 + api_random(context->api) % (65535 - 20);
        struct json *address =
            json_new_string(context->arena, arena_printf(context->arena, "%u.%u.%u.%u", a, b,
                                                         (unsigned)(host >> 8) & 255, (unsigned)host & 255));
        if (!is_used(context, "spec.clusterIP", address, uid))
            return address;
    }
}

static void give_node_ports(struct api_context *context, struct json *spec, const char *uid) {
    JSON_FOR_EACH_ITEM (port, json_get(spec, "ports")) {
        struct json *number = json_get(port, "nodePort");
        while (!number || !json_integer(number, 0)) {
            int64_t candidate = NODE_PORT_FIRST + (int64_t)(api_random(context->api) % NODE_PORT_COUNT);
            if (!is_used(context, "nodePort", json_new_integer(context->arena, candidate), uid))
                number = json_set_integer(context->arena, port, "nodePort", candidate);
        }
    }
}

static void take_node_ports(struct json *spec) {
    JSON_FOR_EACH_ITEM (port, json_get(spec, "ports"))
        json_remove(port, "nodePort");
}

static bool refuse_taken(struct api_context *context, const struct json *object, const struct json *address) {
    struct field_errors errors = { .arena = context->arena };
    field_errors_add(&errors, FIELD_INVALID, "spec.clusterIPs", json_at(object, "spec.clusterIPs"),
                     "failed to allocate IP %s: provided IP is already allocated", json_string(address, ""));
    return api_refuse_invalid(context, json_string_at(object, "metadata.name", ""), &errors);
}

bool api_service_admit(struct api_context *context, struct json *object, const struct json *live) {
    struct json *spec = json_get(object, "spec");
    const char *uid = json_string_at(object, "metadata.uid", "");

    if (!spec || context->call->subresource)
        return true;
    if (!has_address(spec)) {
        json_remove(spec, "clusterIP");
        json_remove(spec, "clusterIPs");
        return true;
    }
    const struct json *address = json_get(spec, "clusterIP");
    if (str_empty(json_string(address, "")))
        json_set(context->arena, spec, "clusterIP", new_address(context, uid));
    else if (!is_headless(spec) && is_used(context, "spec.clusterIP", address, uid))
        return refuse_taken(context, object, address);
    if (!json_length(json_get(spec, "clusterIPs")))
        json_append(context->arena, json_set_array(context->arena, spec, "clusterIPs"),
                    json_get(spec, "clusterIP"));
    if (!json_get(spec, "ipFamilies"))
        json_append_string(context->arena, json_set_array(context->arena, spec, "ipFamilies"), "IPv4");
    if (!json_get(spec, "ipFamilyPolicy"))
        json_set_string(context->arena, spec, "ipFamilyPolicy", "SingleStack");
    if (needs_node_ports(spec))
        give_node_ports(context, spec, uid);
    else if (live && needs_node_ports(json_get(live, "spec")))
        take_node_ports(spec);
    return true;
}

/* ---- judgement ---- */

static void validate_ports(const struct json *spec, struct field_errors *errors) {
    const struct json *ports = json_get(spec, "ports");
    size_t index = 0;

    if (!json_length(ports) && !is_headless(spec) && has_address(spec))
        field_errors_add(errors, FIELD_REQUIRED, "spec.ports", NULL, "%s", "");
    JSON_FOR_EACH_ITEM (port, ports) {
        int64_t number = json_integer_at(port, "port", 0);
        if (number < 1 || number > 65535)
            field_errors_add(
                errors, FIELD_INVALID, arena_printf(errors->arena, "spec.ports[%zu].port", index),
                json_new_integer(errors->arena, number), "must be between 1 and 65535, inclusive");
        const struct json *target = json_get(port, "targetPort");
        if (json_is(target, JSON_INTEGER) && (json_integer(target, 0) < 1 || json_integer(target, 0) > 65535))
            field_errors_add(errors, FIELD_INVALID,
                             arena_printf(errors->arena, "spec.ports[%zu].targetPort", index), target,
                             "must be between 1 and 65535, inclusive");
        if (json_length(ports) > 1 && str_empty(json_string_at(port, "name", "")))
            field_errors_add(errors, FIELD_REQUIRED,
                             arena_printf(errors->arena, "spec.ports[%zu].name", index), NULL, "%s", "");
        for (size_t i = 0; i < index; i++) {
            const struct json *other = json_item(ports, i);
            if (!str_empty(json_string_at(port, "name", "")) &&
                json_equal(json_get(port, "name"), json_get(other, "name")))
                field_errors_add(errors, FIELD_DUPLICATE,
                                 arena_printf(errors->arena, "spec.ports[%zu].name", index),
                                 json_get(port, "name"), "%s", "");
        }
        index++;
    }
}

void api_service_validate(struct api_context *context, const struct json *object, const struct json *live,
                          struct field_errors *errors) {
    const struct json *spec = json_get(object, "spec"), *before = json_get(live, "spec");

    if (context->call->subresource)
        return;
    validate_ports(spec, errors);
    if (!live || !has_address(spec) || !has_address(before))
        return;
    if (!json_equal(json_get(spec, "clusterIPs"), json_get(before, "clusterIPs")) ||
        !json_equal(json_get(spec, "clusterIP"), json_get(before, "clusterIP")))
        field_errors_add(errors, FIELD_INVALID, "spec.clusterIPs[0]",
                         json_get(spec, "clusterIPs") ? json_get(spec, "clusterIPs")
                                                      : json_new_array(errors->arena),
                         "may not change once set");
}
