/* After: Kubernetes, pkg/scheduler/framework/plugins, a function each; the first filter that refuses gives
 * the reason. */
#include "base/quantity.h"
#include "sim/workloads/scheduler.h"

static const char *node_of(const struct json *pod) {
    return json_string_at(pod, "spec.nodeName", "");
}

static bool runs_on(const struct json *pod, const struct json *node) {
    return str_equal(node_of(pod), object_name(node)) && !pod_is_finished(pod);
}

/* ---- taints ---- */

static bool tolerates(const struct json *pod, const struct json *taint) {
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
            return true;
    }
    return false;
}

static const char *refuse_unschedulable(const struct scheduling *scheduling, const struct json *node) {
    return json_bool_at(node, "spec.unschedulable", false) ? "node(s) were unschedulable" : NULL;
}

static const char *refuse_taints(const struct scheduling *scheduling, const struct json *node) {
    JSON_FOR_EACH_ITEM (taint, json_at(node, "spec.taints")) {
        const char *effect = json_string_at(taint, "effect", "");
        if ((str_equal(effect, "NoSchedule") || str_equal(effect, "NoExecute")) &&
            !tolerates(scheduling->pod, taint))
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

static const char *refuse_node_affinity(const struct scheduling *scheduling, const struct json *node) {
    return matches_node(scheduling->pod, node) ? NULL : "node(s) didn't match Pod's node affinity/selector";
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

static const char *refuse_resources(const struct scheduling *scheduling, const struct json *node) {
    static const char *const resources[] = { "cpu", "memory", "ephemeral-storage" };
    const struct json *allocatable = json_at(node, "status.allocatable");
    int64_t used[ARRAY_LENGTH(resources)] = { 0 }, count = 0;

    MIRROR_FOR_EACH(pod, scheduling->pods) {
        if (!runs_on(pod, node))
            continue;
        count++;
        for (size_t i = 0; i < ARRAY_LENGTH(resources); i++)
            used[i] += pod_request(pod, resources[i]);
    }
    if ((count + 1) * 1000 > milli(json_get(allocatable, "pods")))
        return "Too many pods";
    for (size_t i = 0; i < ARRAY_LENGTH(resources); i++) {
        int64_t request = pod_request(scheduling->pod, resources[i]);
        if (request && used[i] + request > milli(json_get(allocatable, resources[i])))
            return arena_printf(scheduling->arena, "Insufficient %s", resources[i]);
    }
    return NULL;
}

/* ---- other pods ---- */

static const struct json *find_node(const struct scheduling *scheduling, const char *name) {
    MIRROR_FOR_EACH(node, scheduling->nodes) {
        if (str_equal(object_name(node), name))
            return node;
    }
    return NULL;
}

static bool term_selects(const struct json *term, const struct json *owner, const struct json *pod) {
    const struct json *namespaces = json_get(term, "namespaces");
    bool is_in = !json_length(namespaces) && str_equal(object_namespace(owner), object_namespace(pod));
    JSON_FOR_EACH_ITEM (namespace, namespaces) {
        is_in |= str_equal(json_string(namespace, NULL), object_namespace(pod));
    }
    return is_in && selector_matches(json_get(term, "labelSelector"), json_at(pod, "metadata.labels"));
}

/* Whether a pod that the term selects runs in the node's domain. */
static bool is_beside(const struct scheduling *scheduling, const struct json *term, const struct json *node) {
    const char *key = json_string_at(term, "topologyKey", "");
    const char *domain = object_label(node, key);
    if (!domain)
        return false;
    MIRROR_FOR_EACH(pod, scheduling->pods) {
        if (!*node_of(pod) || pod_is_finished(pod) || !term_selects(term, scheduling->pod, pod))
            continue;
        if (str_equal(object_label(find_node(scheduling, node_of(pod)), key), domain))
            return true;
    }
    return false;
}

static bool is_selected_anywhere(const struct scheduling *scheduling, const struct json *term) {
    MIRROR_FOR_EACH(pod, scheduling->pods) {
        if (*node_of(pod) && !pod_is_finished(pod) && term_selects(term, scheduling->pod, pod))
            return true;
    }
    return false;
}

static const char *refuse_pod_affinity(const struct scheduling *scheduling, const struct json *node) {
    static const char path[] = "requiredDuringSchedulingIgnoredDuringExecution";
    const struct json *affinity = json_at(scheduling->pod, "spec.affinity");

    JSON_FOR_EACH_ITEM (term, json_get(json_get(affinity, "podAffinity"), path)) {
        /* The first pod of a group that wants to be with its own kind may go anywhere. */
        if (!is_selected_anywhere(scheduling, term) && term_selects(term, scheduling->pod, scheduling->pod))
            continue;
        if (!is_beside(scheduling, term, node))
            return "node(s) didn't match pod affinity rules";
    }
    JSON_FOR_EACH_ITEM (term, json_get(json_get(affinity, "podAntiAffinity"), path)) {
        if (is_beside(scheduling, term, node))
            return "node(s) didn't match pod anti-affinity rules";
    }
    return NULL;
}

/* ---- spread ---- */

static int64_t count_in_domain(const struct scheduling *scheduling, const struct json *constraint,
                               const char *key, const char *domain) {
    int64_t count = 0;
    MIRROR_FOR_EACH(pod, scheduling->pods) {
        if (!*node_of(pod) || pod_is_finished(pod) || object_is_deleting(pod) ||
            !str_equal(object_namespace(pod), object_namespace(scheduling->pod)) ||
            !selector_matches(json_get(constraint, "labelSelector"), json_at(pod, "metadata.labels")))
            continue;
        count += str_equal(object_label(find_node(scheduling, node_of(pod)), key), domain);
    }
    return count;
}

static const char *refuse_spread(const struct scheduling *scheduling, const struct json *node) {
    JSON_FOR_EACH_ITEM (constraint, json_at(scheduling->pod, "spec.topologySpreadConstraints")) {
        if (!str_equal(json_string_at(constraint, "whenUnsatisfiable", "DoNotSchedule"), "DoNotSchedule"))
            continue;
        const char *key = json_string_at(constraint, "topologyKey", "");
        const char *domain = object_label(node, key);
        if (!domain)
            return "node(s) didn't match pod topology spread constraints (missing required label)";

        int64_t least = INT64_MAX;
        MIRROR_FOR_EACH(other, scheduling->nodes) {
            const char *other_domain = object_label(other, key);
            if (!other_domain || !matches_node(scheduling->pod, other))
                continue;
            int64_t count = count_in_domain(scheduling, constraint, key, other_domain);
            least = count < least ? count : least;
        }
        int64_t self = selector_matches(json_get(constraint, "labelSelector"),
                                        json_at(scheduling->pod, "metadata.labels"));
        if (count_in_domain(scheduling, constraint, key, domain) + self - least >
            json_integer_at(constraint, "maxSkew", 1))
            return "node(s) didn't match pod topology spread constraints";
    }
    return NULL;
}

/* Whether the pod would not fit on the node even if it were alone there. */
static bool is_too_large(const struct scheduling *scheduling, const struct json *node) {
    struct scheduling alone = *scheduling;
    alone.pods.count = 0;
    return refuse_resources(&alone, node) != NULL;
}

static bool lacks_domain(const struct scheduling *scheduling, const struct json *node) {
    JSON_FOR_EACH_ITEM (constraint, json_at(scheduling->pod, "spec.topologySpreadConstraints")) {
        if (!object_label(node, json_string_at(constraint, "topologyKey", "")))
            return true;
    }
    return false;
}

static bool always(const struct scheduling *scheduling, const struct json *node) {
    return true;
}

static bool never(const struct scheduling *scheduling, const struct json *node) {
    return false;
}

const char *scheduling_refuse(const struct scheduling *scheduling, const struct json *node,
                              bool *out_is_final) {
    static const struct {
        const char *(*refuse)(const struct scheduling *scheduling, const struct json *node);
        bool (*is_final)(const struct scheduling *scheduling, const struct json *node);
    } filters[] = {
        { refuse_unschedulable, always },   { refuse_taints, always },       { refuse_node_affinity, always },
        { refuse_resources, is_too_large }, { refuse_spread, lacks_domain }, { refuse_pod_affinity, never },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(filters); i++) {
        const char *reason = filters[i].refuse(scheduling, node);
        if (!reason)
            continue;
        *out_is_final = filters[i].is_final(scheduling, node);
        return reason;
    }
    return NULL;
}

int64_t scheduling_crowding(const struct scheduling *scheduling, const struct json *node) {
    static const char zone_label[] = "topology.kubernetes.io/zone";
    const char *owner = json_string_at(object_controller(scheduling->pod), "uid", "");
    const char *zone = object_label(node, zone_label);
    int64_t in_zone = 0, on_node = 0, all = 0;

    MIRROR_FOR_EACH(pod, scheduling->pods) {
        if (!*node_of(pod) || pod_is_finished(pod))
            continue;
        bool is_sibling = *owner && object_is_controlled_by(pod, owner);
        bool is_here = runs_on(pod, node);
        all += is_here;
        on_node += is_sibling && is_here;
        in_zone += is_sibling && zone &&
                   str_equal(object_label(find_node(scheduling, node_of(pod)), zone_label), zone);
    }
    return in_zone * 1000000 + on_node * 1000 + all;
}
