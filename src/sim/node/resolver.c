/* The cluster's DNS, as CoreDNS answers it from Services and EndpointSlices.
 *
 * The network between the simulated servers has no kube-proxy: the name of a Service with a cluster address
 * is answered by the addresses of its ready endpoints, where a connection to the cluster address would end.
 * After: Kubernetes DNS-based service discovery, specification 1.1.0.
 */
#include "sim/node/node_internal.h"

/* ---- names ---- */

struct dns_name {
    const char *host; /* of one endpoint, or NULL */
    const char *service;
    const char *namespace;
};

enum { LABELS_MAX = 8 };

static void cut_suffix(char *name, const char *suffix) {
    size_t length = strlen(name), suffix_length = strlen(suffix);
    if (length > suffix_length && str_equal(name + length - suffix_length, suffix))
        name[length - suffix_length] = '\0';
}

/* "a.svc.ns.svc.cluster.local." and its shorter forms, which the search path of a pod would complete. */
static bool parse_name(struct arena *arena, const char *text, struct dns_name *out_name) {
    char *name = arena_strdup(arena, text);
    const char *labels[LABELS_MAX];
    size_t count = 0;

    cut_suffix(name, ".");
    cut_suffix(name, ".cluster.local");
    cut_suffix(name, ".svc");
    for (struct text rest = text_from(name); rest.data && count < LABELS_MAX;) {
        struct text label = text_cut(&rest, '.');
        labels[count++] = arena_strndup(arena, label.data, label.length);
    }
    if (count == 2)
        *out_name = (struct dns_name){ .service = labels[0], .namespace = labels[1] };
    else if (count == 3)
        *out_name = (struct dns_name){ .host = labels[0], .service = labels[1], .namespace = labels[2] };
    else
        return false;
    return true;
}

/* ---- endpoints ---- */

/* 10.244.0.7 → 10-244-0-7: the name of an endpoint that has none. */
static char *dashed(struct arena *arena, const char *address) {
    char *name = arena_strdup(arena, address);
    for (char *dot = name; (dot = strchr(dot, '.'));)
        *dot = '-';
    return name;
}

static const char *endpoint_host(struct arena *arena, const struct json *endpoint) {
    const char *host = json_string_at(endpoint, "hostname", NULL);
    return host ? host : dashed(arena, json_string_at(endpoint, "addresses.0", ""));
}

/* Calls visit for each ready endpoint of the Service; those that are published before they are ready say that
 * they are ready. */
struct visit {
    struct arena *arena;
    const char *host;      /* only this one; NULL: all */
    const char *port_name; /* for SRV */
    const char *domain;    /* "svc.ns.svc.cluster.local" */
    struct json *found;
};

static bool has_string(const struct json *array, const char *string) {
    JSON_FOR_EACH_ITEM (item, array) {
        if (str_equal(json_string(item, NULL), string))
            return true;
    }
    return false;
}

static void add_address(const struct visit *visit, const struct json *slice, const struct json *endpoint) {
    JSON_FOR_EACH_ITEM (address, json_get(endpoint, "addresses")) {
        if (!has_string(visit->found, json_string(address, NULL)))
            json_append_string(visit->arena, visit->found, json_string(address, ""));
    }
}

static void add_target(const struct visit *visit, const struct json *slice, const struct json *endpoint) {
    JSON_FOR_EACH_ITEM (port, json_get(slice, "ports")) {
        if (!str_equal(json_string_at(port, "name", NULL), visit->port_name))
            continue;
        struct json *target = json_append_object(visit->arena, visit->found);
        json_set_string(
            visit->arena, target, "target",
            arena_printf(visit->arena, "%s.%s", endpoint_host(visit->arena, endpoint), visit->domain));
        json_set_integer(visit->arena, target, "port", json_integer_at(port, "port", 0));
    }
}

static void visit_endpoints(struct node *node, const struct dns_name *name, const struct visit *visit,
                            void (*add)(const struct visit *, const struct json *, const struct json *)) {
    struct mirror_list slices =
        mirror_list(node->mirror, visit->arena, &KUBE_ENDPOINT_SLICES, name->namespace);
    MIRROR_FOR_EACH(slice, slices) {
        if (!str_equal(object_label(slice, "kubernetes.io/service-name"), name->service))
            continue;
        JSON_FOR_EACH_ITEM (endpoint, json_get(slice, "endpoints")) {
            if (json_bool_at(endpoint, "conditions.ready", true) &&
                (!visit->host || str_equal(endpoint_host(visit->arena, endpoint), visit->host)))
                add(visit, slice, endpoint);
        }
    }
}

static const struct json *find_service(struct node *node, const struct dns_name *name) {
    return mirror_get(node->mirror, &KUBE_SERVICES, name->namespace, name->service);
}

static bool is_headless(const struct json *service) {
    return str_equal(json_string_at(service, "spec.clusterIP", NULL), "None");
}

static char *domain_of(struct arena *arena, const struct dns_name *name) {
    return arena_printf(arena, "%s.%s.svc.cluster.local", name->service, name->namespace);
}

/* ---- questions ---- */

static int answer_compare(const struct answer *a, const struct answer *b) {
    return strcmp(a->name, b->name);
}
TREE_GENERATE(answers, answer, entry, answer_compare)

void node_forget_answers(struct node *node) {
    RB_INIT(&node->answers);
    node->answer_count = 0;
    node->answers_forgotten++;
    arena_reset(node->answers_arena);
}

static uint64_t changes(void *context) {
    const struct node *node = context;
    return node->answers_forgotten;
}

static struct json *look_up(struct node *node, struct arena *arena, const char *text) {
    struct json *found = json_new_array(arena);
    struct dns_name name;

    if (!parse_name(arena, text, &name))
        return found;
    const struct json *service = find_service(node, &name);
    /* Only the endpoints of a headless Service have names. */
    if (!service || (name.host && !is_headless(service)))
        return found;
    struct visit visit = { .arena = arena, .host = name.host, .found = found };
    visit_endpoints(node, &name, &visit, add_address);
    return found;
}

/* Servers ask for one another's names with every message: an answer is kept while it holds. */
static struct json *resolve(void *context, struct arena *arena, const char *text) {
    struct node *node = context;
    struct answer like = { .name = text };
    struct answer *answer = RB_FIND(answers, &node->answers, &like);
    if (!answer) {
        if (++node->answer_count > ANSWERS_MAX)
            node_forget_answers(node);
        answer = ARENA_NEW(node->answers_arena, struct answer);
        answer->name = arena_strdup(node->answers_arena, text);
        answer->addresses = look_up(node, node->answers_arena, text);
        RB_INSERT(answers, &node->answers, answer);
    }
    return json_copy(arena, answer->addresses);
}

/* _port._tcp.service.namespace… */
static struct json *resolve_srv(void *context, struct arena *arena, const char *text) {
    struct node *node = context;
    struct json *found = json_new_array(arena);
    struct text rest = text_from(text), port = text_cut(&rest, '.'), protocol = text_cut(&rest, '.');
    struct dns_name name;

    if (!text_starts_with(port, "_") || !text_is(protocol, "_tcp") || !rest.data ||
        !parse_name(arena, arena_strndup(arena, rest.data, rest.length), &name) || name.host)
        return found;
    const struct json *service = find_service(node, &name);
    const char *port_name = arena_strndup(arena, port.data + 1, port.length - 1);
    if (!service)
        return found;
    if (is_headless(service)) {
        struct visit visit = {
            .arena = arena, .port_name = port_name, .domain = domain_of(arena, &name), .found = found
        };
        visit_endpoints(node, &name, &visit, add_target);
        return found;
    }
    JSON_FOR_EACH_ITEM (offered, json_at(service, "spec.ports")) {
        if (!str_equal(json_string_at(offered, "name", NULL), port_name))
            continue;
        struct json *target = json_append_object(arena, found);
        json_set_string(arena, target, "target", domain_of(arena, &name));
        json_set_integer(arena, target, "port", json_integer_at(offered, "port", 0));
    }
    return found;
}

static struct json *list_services(void *context, struct arena *arena, const char *namespace,
                                  const char *selector, const char *port_name) {
    struct node *node = context;
    struct json *services, *found = json_new_array(arena);

    if (!kube_list(node->kube, arena, &KUBE_SERVICES, namespace, selector, &services, NULL))
        return NULL;
    JSON_FOR_EACH_ITEM (service, services) {
        struct dns_name name = { .service = object_name(service), .namespace = object_namespace(service) };
        JSON_FOR_EACH_ITEM (port, json_at(service, "spec.ports")) {
            if (!str_equal(json_string_at(port, "name", NULL), port_name))
                continue;
            struct json *target = json_append_object(arena, found);
            json_set_string(arena, target, "target", domain_of(arena, &name));
            json_set_integer(arena, target, "port", json_integer_at(port, "port", 0));
        }
    }
    return found;
}

struct neo4j_resolver node_resolver(struct node *node) {
    return (struct neo4j_resolver){
        .context = node,
        .resolve = resolve,
        .resolve_srv = resolve_srv,
        .list_services = list_services,
        .changes = changes,
    };
}
