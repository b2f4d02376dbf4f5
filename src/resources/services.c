#include "resources/cluster_objects.h"
#include "resources/labels.h"
#include "resources/names.h"
#include "resources/templates.h"

struct port {
    const char *name;
    int number;
};

static const struct port client_ports[] = { { "http", PORT_HTTP }, { "bolt", PORT_BOLT }, { NULL, 0 } };
static const struct port internal_ports[] = {
    { "bolt", PORT_BOLT }, { "http", PORT_HTTP },       { "cluster", PORT_CLUSTER },
    { "raft", PORT_RAFT }, { "routing", PORT_ROUTING }, { "backup", PORT_BACKUP },
    { NULL, 0 },
};

static struct json *ports(struct arena *arena, const struct port *port) {
    struct json *list = json_new_array(arena);

    for (; port->name; port++)
        json_append(arena, list,
                    template_service_port(arena, &(struct template_service_port_args){
                                                     .name = port->name, .port = port->number }));
    return list;
}

/* What the four Services share; each fills in what makes it itself. */
static struct template_service_args service(struct arena *arena, const struct cluster_identity *cluster,
                                            const struct cluster_spec *spec, const char *name,
                                            const struct port *service_ports) {
    return (struct template_service_args){
        .name = name,
        .namespace = cluster->namespace,
        .labels = labels_owned(arena, cluster->name, spec->image->tag, spec->labels),
        .annotations = spec->annotations,
        .owners = cluster_owners(arena, cluster),
        .type = "ClusterIP",
        .selector = labels_selector(arena, cluster->name),
        .ports = ports(arena, service_ports),
    };
}

struct json *build_headless_service(struct arena *arena, const struct cluster_identity *cluster,
                                    const struct cluster_spec *spec) {
    struct template_service_args args =
        service(arena, cluster, spec, name_headless(arena, cluster->name), internal_ports);

    args.cluster_ip = "None";
    args.publish_not_ready = true;
    return template_service(arena, &args);
}

struct json *build_internals_service(struct arena *arena, const struct cluster_identity *cluster,
                                     const struct cluster_spec *spec) {
    struct json *label = json_new_object(arena);
    struct template_service_args args =
        service(arena, cluster, spec, name_internals(arena, cluster->name), internal_ports);

    json_set_string(arena, label, "neo4j.com/service-type", "internals");
    args.labels = labels_merge(arena, args.labels, label);
    return template_service(arena, &args);
}

struct json *build_client_service(struct arena *arena, const struct cluster_identity *cluster,
                                  const struct cluster_spec *spec) {
    const struct service_settings *wanted = spec->service;
    struct template_service_args args =
        service(arena, cluster, spec, name_client(arena, cluster->name), client_ports);

    args.type = wanted->type;
    args.annotations = labels_merge(arena, spec->annotations, wanted->annotations);
    args.load_balancer_ip = wanted->load_balancer_ip;
    args.traffic_policy = wanted->external_traffic_policy;
    args.source_ranges = wanted->load_balancer_source_ranges;
    return template_service(arena, &args);
}

struct json *build_server_service(struct arena *arena, const struct cluster_identity *cluster,
                                  const struct cluster_spec *spec, int ordinal) {
    const char *pod = name_pod(arena, cluster->name, ordinal);
    struct json *selector = labels_selector(arena, cluster->name);
    struct template_service_args args = service(arena, cluster, spec, pod, internal_ports);

    json_set_string(arena, selector, "statefulset.kubernetes.io/pod-name", pod);
    args.selector = selector;
    args.publish_not_ready = true;
    return template_service(arena, &args);
}
