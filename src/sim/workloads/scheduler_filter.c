/* After: Kubernetes, pkg/scheduler/framework/plugins, a function each; the first filter that refuses gives
 * the reason. */
#include "base/quantity.h"
#include "sim/workloads/scheduler.h"

static struct candidate *find_candidate(struct candidate *candidates, size_t count, const char *node) {
    for (size_t i = 0; i < count; i++)
        if (str_equal(object_name(candidates[i].node), node))
            return &candidates[i];
    return NULL;
}

struct scheduling scheduling_begin(const struct mirror *mirror, struct arena *arena, const struct json *pod) {
    struct mirror_list nodes = mirror_list(mirror, arena, &KUBE_NODES, NULL);
    struct mirror_list pods = mirror_list(mirror, arena, &KUBE_PODS, NULL);
    struct candidate *candidates = ARENA_ARRAY(arena, struct candidate, nodes.count);

    for (size_t i = 0; i < nodes.count; i++)
        candidates[i] =
            (struct candidate){ .node = nodes.items[i],
                                .pods.items = ARENA_ARRAY(arena, const struct json *, pods.count) };
    MIRROR_FOR_EACH(other, pods) {
        const char *node = json_string_at(other, "spec.nodeName", NULL);
        struct candidate *candidate = node ? find_candidate(candidates, nodes.count, node) : NULL;
        if (candidate && !pod_is_finished(other))
            candidate->pods.items[candidate->pods.count++] = other;
    }
    return (struct scheduling){ .arena = arena, .pod = pod, .candidates = candidates, .count = nodes.count };
}

/* ---- taints ---- */

const struct json *pod_toleration(const struct json *pod, const struct json *taint) {
    const char *effect = json_string_at(taint, "effect", "");
    JSON_FOR_EACH_ITEM (toleration, json_at(pod, "spec.tolerations")) {
        const char *wanted_effect = json_string_at(toleration, "effect", "");
        const char *key = json_string_at(toleration, "key", "");
        bool exists = str_equal(json_string_at(toleration, "operator", "Equal"), "Exists");
        if (*wanted_effect && !str_equal(wanted_effect, effect))
            continue;
        if ((!*key && exists) || (str_equal(key, json_string_at(taint, "key", "")) &&
                                  (exists || str_equal(json_string_at(toleration, "value", ""),
                                                       json_string_at(taint, "value", "")))))
            return toleration;
    }
    return NULL;
}

static const char *refuse_unschedulable(const struct scheduling *scheduling,
                                        const struct candidate *candidate) {
    return json_bool_at(candidate->node, "spec.unschedulable", false) ? "node(s) were unschedulable" : NULL;
}

static const char *refuse_taints(const struct scheduling *scheduling, const struct candidate *candidate) {
    JSON_FOR_EACH_ITEM (taint, json_at(candidate->node, "spec.taints")) {
        const char *effect = json_string_at(taint, "effect", "");
        if ((str_equal(effect, "NoSchedule") || str_equal(effect, "NoExecute")) &&
            !pod_toleration(scheduling->pod, taint))
            return "node(s) had untolerated taint(s)";
    }
    return NULL;
}

/* ---- node affinity ---- */

static bool term_matches(const struct json *term, const struct json *node) {
    const struct json *labels = json_at(node, "metadata.labels");
    if (!json_length(json_get(term, "matchExpressions")) && !json_length(json_get(term, "matchFields")))
        return false;
    JSON_FOR_EACH_ITEM (requirement, json_get(term, "matchExpressions")) {
        if (!selector_requirement_matches(requirement, labels))
            return false;
    }
    /* The only field is metadata.name. */
    JSON_FOR_EACH_ITEM (requirement, json_get(term, "matchFields")) {
        bool is_named = str_equal(json_string_at(requirement, "values.0", NULL), object_name(node));
        if (is_named == str_equal(json_string_at(requirement, "operator", ""), "NotIn"))
            return false;
    }
    return true;
}

static bool matches_node(const struct json *pod, const struct json *node) {
    JSON_FOR_EACH_MEMBER (wanted, json_at(pod, "spec.nodeSelector")) {
        if (!str_equal(object_label(node, wanted->key), json_string(&wanted->value, "")))
            return false;
    }
    const struct json *terms = json_at(
        pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
    if (!json_is(terms, JSON_ARRAY))
        return true;
    JSON_FOR_EACH_ITEM (term, terms) {
        if (term_matches(term, node))
            return true;
    }
    return false;
}

static const char *refuse_node_affinity(const struct scheduling *scheduling,
                                        const struct candidate *candidate) {
    return matches_node(scheduling->pod, candidate->node)
               ? NULL
               : "node(s) didn't match Pod's node affinity/selector";
}

/* ---- resources ---- */

static int64_t milli(const struct json *quantity) {
    struct quantity value;
    return quantity_from_json(quantity, &value) ? value.milli : 0;
}

/* What the pod asks for: all containers together, or the largest init container. */
static int64_t pod_request(const struct json *pod, const char *resource) {
    int64_t sum = 0, most = 0;
    JSON_FOR_EACH_ITEM (container, json_at(pod, "spec.containers")) {
        sum += milli(json_get(json_at(container, "resources.requests"), resource));
    }
    JSON_FOR_EACH_ITEM (container, json_at(pod, "spec.initContainers")) {
        int64_t request = milli(json_get(json_at(container, "resources.requests"), resource));
        most = request > most ? request : most;
    }
    return sum > most ? sum : most;
}

static const char *refuse_resources(const struct scheduling *scheduling, const struct candidate *candidate) {
    static const char *const resources[] = { "cpu", "memory", "ephemeral-storage" };
    const struct json *allocatable = json_at(candidate->node, "status.allocatable");

    if (((int64_t)candidate->pods.count + 1) * 1000 > milli(json_get(allocatable, "pods")))
        return "Too many pods";
    for (size_t i = 0; i < ARRAY_LENGTH(resources); i++) {
        int64_t request = pod_request(scheduling->pod, resources[i]), used = 0;
        if (!request)
            continue;
        MIRROR_FOR_EACH(pod, candidate->pods) {
            used += pod_request(pod, resources[i]);
        }
        if (used + request > milli(json_get(allocatable, resources[i])))
            return arena_printf(scheduling->arena, "Insufficient %s", resources[i]);
    }
    return NULL;
}

/* ---- other pods ---- */

static bool term_selects(const struct json *term, const struct json *owner, const struct json *pod) {
    const struct json *namespaces = json_get(term, "namespaces");
    bool is_in = !json_length(namespaces) && str_equal(object_namespace(owner), object_namespace(pod));
    JSON_FOR_EACH_ITEM (namespace, namespaces) {
        is_in |= str_equal(json_string(namespace, NULL), object_namespace(pod));
    }
    return is_in && selector_matches(json_get(term, "labelSelector"), json_at(pod, "metadata.labels"));
}

/* Whether a pod that the term selects runs on a node with this label; domain NULL: on any node. */
static bool is_selected_in(const struct scheduling *scheduling, const struct json *term, const char *domain) {
    const char *key = json_string_at(term, "topologyKey", "");
    for (size_t i = 0; i < scheduling->count; i++) {
        const struct candidate *candidate = &scheduling->candidates[i];
        if (domain && !str_equal(object_label(candidate->node, key), domain))
            continue;
        MIRROR_FOR_EACH(pod, candidate->pods) {
            if (term_selects(term, scheduling->pod, pod))
                return true;
        }
    }
    return false;
}

static bool is_beside(const struct scheduling *scheduling, const struct json *term,
                      const struct candidate *candidate) {
    const char *domain = object_label(candidate->node, json_string_at(term, "topologyKey", ""));
    return domain && is_selected_in(scheduling, term, domain);
}

static const char *refuse_pod_affinity(const struct scheduling *scheduling,
                                       const struct candidate *candidate) {
    static const char path[] = "requiredDuringSchedulingIgnoredDuringExecution";
    const struct json *affinity = json_at(scheduling->pod, "spec.affinity");

    JSON_FOR_EACH_ITEM (term, json_get(json_get(affinity, "podAffinity"), path)) {
        /* The first pod of a group that wants to be with its own kind may go anywhere. */
        if (!is_selected_in(scheduling, term, NULL) && term_selects(term, scheduling->pod, scheduling->pod))
            continue;
        if (!is_beside(scheduling, term, candidate))
            return "node(s) didn't match pod affinity rules";
    }
    JSON_FOR_EACH_ITEM (term, json_get(json_get(affinity, "podAntiAffinity"), path)) {
        if (is_beside(scheduling, term, candidate))
            return "node(s) didn't match pod anti-affinity rules";
    }
    return NULL;
}

/* ---- spread ---- */

static int64_t count_in_domain(const struct scheduling *scheduling, const struct json *constraint,
                               const char *key, const char *domain) {
    int64_t count = 0;
    for (size_t i = 0; i < scheduling->count; i++) {
        const struct candidate *candidate = &scheduling->candidates[i];
        if (!str_equal(object_label(candidate->node, key), domain))
            continue;
        MIRROR_FOR_EACH(pod, candidate->pods) {
            count += !object_is_deleting(pod) &&
                     str_equal(object_namespace(pod), object_namespace(scheduling->pod)) &&
                     selector_matches(json_get(constraint, "labelSelector"), json_at(pod, "metadata.labels"));
        }
    }
    return count;
}

/* In the domain that has the fewest, among the nodes that the pod may run on. */
static int64_t least_in_domain(const struct scheduling *scheduling, const struct json *constraint,
                               const char *key) {
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < scheduling->count; i++) {
        const struct json *node = scheduling->candidates[i].node;
        const char *domain = object_label(node, key);
        if (!domain || !matches_node(scheduling->pod, node))
            continue;
        int64_t count = count_in_domain(scheduling, constraint, key, domain);
        least = count < least ? count : least;
    }
    return least;
}

static const char *refuse_spread(const struct scheduling *scheduling, const struct candidate *candidate) {
    JSON_FOR_EACH_ITEM (constraint, json_at(scheduling->pod, "spec.topologySpreadConstraints")) {
        if (!str_equal(json_string_at(constraint, "whenUnsatisfiable", "DoNotSchedule"), "DoNotSchedule"))
            continue;
        const char *key = json_string_at(constraint, "topologyKey", "");
        const char *domain = object_label(candidate->node, key);
        if (!domain)
            return "node(s) didn't match pod topology spread constraints (missing required label)";
        int64_t self = selector_matches(json_get(constraint, "labelSelector"),
                                        json_at(scheduling->pod, "metadata.labels"));
        if (count_in_domain(scheduling, constraint, key, domain) + self -
                least_in_domain(scheduling, constraint, key) >
            json_integer_at(constraint, "maxSkew", 1))
            return "node(s) didn't match pod topology spread constraints";
    }
    return NULL;
}

/* Whether the pod would not fit on the node even if it were alone there. */
static bool is_too_large(const struct scheduling *scheduling, const struct candidate *candidate) {
    return refuse_resources(scheduling, &(struct candidate){ .node = candidate->node }) != NULL;
}

static bool lacks_domain(const struct scheduling *scheduling, const struct candidate *candidate) {
    JSON_FOR_EACH_ITEM (constraint, json_at(scheduling->pod, "spec.topologySpreadConstraints")) {
        if (!object_label(candidate->node, json_string_at(constraint, "topologyKey", "")))
            return true;
    }
    return false;
}

static bool always(const struct scheduling *scheduling, const struct candidate *candidate) {
    return true;
}

static bool never(const struct scheduling *scheduling, const struct candidate *candidate) {
    return false;
}

const char *scheduling_refuse(const struct scheduling *scheduling, const struct candidate *candidate,
                              bool *out_is_final) {
    static const struct {
        const char *(*refuse)(const struct scheduling *scheduling, const struct candidate *candidate);
        bool (*is_final)(const struct scheduling *scheduling, const struct candidate *candidate);
    } filters[] = {
        { refuse_unschedulable, always },   { refuse_taints, always },       { refuse_node_affinity, always },
        { refuse_resources, is_too_large }, { refuse_spread, lacks_domain }, { refuse_pod_affinity, never },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(filters); i++) {
        const char *reason = filters[i].refuse(scheduling, candidate);
        if (!reason)
            continue;
        *out_is_final = filters[i].is_final(scheduling, candidate);
        return reason;
    }
    return NULL;
}

int64_t scheduling_crowding(const struct scheduling *scheduling, const struct candidate *candidate) {
    static const char zone_label[] = "topology.kubernetes.io/zone";
    const char *owner = json_string_at(object_controller(scheduling->pod), "uid", NULL);
    const char *zone = object_label(candidate->node, zone_label);
    int64_t in_zone = 0, on_node = 0;

    for (size_t i = 0; i < scheduling->count && owner; i++) {
        const struct candidate *other = &scheduling->candidates[i];
        bool is_same_zone = zone && str_equal(object_label(other->node, zone_label), zone);
        if (!is_same_zone && other != candidate)
            continue;
        MIRROR_FOR_EACH(pod, other->pods) {
            bool is_sibling = object_is_controlled_by(pod, owner);
            in_zone += is_sibling && is_same_zone;
            on_node += is_sibling && other == candidate;
        }
    }
    return in_zone * 1000000 + on_node * 1000 + (int64_t)candidate->pods.count;
}
