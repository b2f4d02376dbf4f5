/* The status of PodDisruptionBudgets, which the Eviction API asks.
 *
 * After: Kubernetes, pkg/controller/disruption.
 */
#include "base/time.h"
#include "sim/workloads/controller.h"

/* An eviction that was granted but whose pod is still there counts as a disruption for this long. */
static const int64_t disruption_timeout_ns = 120 * NANOSECONDS_PER_SECOND;

/* "25%" of whole, rounded up, or the integer; -1 when it is neither. */
static int64_t scaled_value(const struct json *int_or_percent, int64_t whole) {
    const char *string = json_string(int_or_percent, NULL);
    int64_t percent;
    if (json_is(int_or_percent, JSON_INTEGER))
        return json_integer(int_or_percent, 0);
    if (!str_ends_with(string, "%") || !parse_int64((struct text){ string, strlen(string) - 1 }, &percent))
        return -1;
    return (whole * percent + 99) / 100;
}

static struct mirror_list selected_pods(struct control *control, const struct json *budget) {
    struct mirror_list pods =
        mirror_list(control->mirror, control->arena, &KUBE_PODS, object_namespace(budget));
    size_t count = 0;
    MIRROR_FOR_EACH(pod, pods) {
        if (selector_matches(json_at(budget, "spec.selector"), json_at(pod, "metadata.labels")) &&
            !pod_is_finished(pod))
            pods.items[count++] = pod;
    }
    pods.count = count;
    return pods;
}

/* What the controllers of the pods are asked to run: each StatefulSet counted once. */
static int64_t controllers_scale(struct control *control, struct mirror_list pods) {
    struct json *seen = json_new_object(control->arena);
    int64_t scale = 0;
    MIRROR_FOR_EACH(pod, pods) {
        const struct json *owner = object_controller(pod);
        const char *uid = json_string_at(owner, "uid", NULL);
        if (!uid || json_get(seen, uid))
            continue;
        json_set_bool(control->arena, seen, uid, true);
        const struct json *set = mirror_get(control->mirror, &KUBE_STATEFUL_SETS, object_namespace(pod),
                                            json_string_at(owner, "name", ""));
        if (set && str_equal(object_uid(set), uid))
            scale += json_integer_at(set, "spec.replicas", 1);
    }
    return scale;
}

struct expectation {
    int64_t expected, desired;
};

static struct expectation expect(struct control *control, const struct json *budget,
                                 struct mirror_list pods) {
    const struct json *least = json_at(budget, "spec.minAvailable"),
                      *most = json_at(budget, "spec.maxUnavailable");
    struct expectation result = { .expected = (int64_t)pods.count };

    if (most) {
        result.expected = controllers_scale(control, pods);
        result.desired = result.expected - scaled_value(most, result.expected);
    } else if (json_is(least, JSON_INTEGER)) {
        result.desired = json_integer(least, 0);
    } else if (least) {
        result.expected = controllers_scale(control, pods);
        result.desired = scaled_value(least, result.expected);
    }
    result.desired = result.desired < 0 ? 0 : result.desired;
    return result;
}

/* Whether the pod was made after the eviction was granted: another one of the same name, as StatefulSets make
 * them. */
static bool is_successor(const struct json *pod, int64_t evicted_ns) {
    int64_t created_ns;
    return time_parse(text_from(json_string_at(pod, "metadata.creationTimestamp", "")), &created_ns) &&
           created_ns >= evicted_ns;
}

/* The granted evictions that still count. */
static struct json *pending_disruptions(struct control *control, const struct json *budget,
                                        struct mirror_list pods) {
    struct json *pending = json_new_object(control->arena);
    int64_t now_ns = clock_wall(control->clock);
    MIRROR_FOR_EACH(pod, pods) {
        const struct json *time = json_get(json_at(budget, "status.disruptedPods"), object_name(pod));
        int64_t since_ns;
        if (!time || object_is_deleting(pod) || !time_parse(text_from(json_string(time, "")), &since_ns))
            continue;
        int64_t left_ns = since_ns + disruption_timeout_ns - now_ns;
        if (left_ns <= 0 || is_successor(pod, since_ns))
            continue;
        json_set(control->arena, pending, object_name(pod), time);
        int64_t due_ns = clock_monotonic(control->clock) + left_ns;
        control->again_ns = due_ns < control->again_ns ? due_ns : control->again_ns;
    }
    return pending;
}

static int64_t count_healthy(struct mirror_list pods, const struct json *disrupted) {
    int64_t healthy = 0;
    MIRROR_FOR_EACH(pod, pods) {
        healthy += pod_is_ready(pod) && !object_is_deleting(pod) && !json_get(disrupted, object_name(pod));
    }
    return healthy;
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    struct arena *arena = control->arena;
    const struct json *budget = mirror_get(control->mirror, &KUBE_POD_DISRUPTION_BUDGETS, namespace, name);
    if (!budget || object_is_deleting(budget))
        return true;

    struct mirror_list pods = selected_pods(control, budget);
    struct expectation wanted = expect(control, budget, pods);
    struct json *disrupted = pending_disruptions(control, budget, pods);
    int64_t healthy = count_healthy(pods, disrupted), allowed = healthy - wanted.desired;
    if (wanted.expected <= 0 || allowed < 0)
        allowed = 0;

    struct json *status = json_new_object(arena);
    struct json *conditions = json_at(budget, "status.conditions");
    conditions = conditions ? json_copy(arena, conditions) : json_new_array(arena);
    conditions_set(arena, conditions, "DisruptionAllowed", allowed > 0,
                   allowed > 0 ? "SufficientPods" : "InsufficientPods", "", clock_wall(control->clock));
    json_set_integer(arena, json_item(conditions, 0), "observedGeneration",
                     json_integer_at(budget, "metadata.generation", 0));
    json_set(arena, status, "conditions", conditions);
    json_set_integer(arena, status, "currentHealthy", healthy);
    json_set_integer(arena, status, "desiredHealthy", wanted.desired);
    if (json_length(disrupted))
        json_set(arena, status, "disruptedPods", disrupted);
    json_set_integer(arena, status, "disruptionsAllowed", allowed);
    json_set_integer(arena, status, "expectedPods", wanted.expected);
    json_set_integer(arena, status, "observedGeneration", json_integer_at(budget, "metadata.generation", 0));
    return control_write_status(control, &KUBE_POD_DISRUPTION_BUDGETS, budget, status, err);
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    const struct json *object = new ? new : old;
    if (resource == &KUBE_POD_DISRUPTION_BUDGETS) {
        control_enqueue(queue, object_namespace(object), object_name(object));
        return;
    }
    if (resource != &KUBE_PODS && resource != &KUBE_STATEFUL_SETS)
        return;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct mirror_list budgets =
        mirror_list(mirror, arena, &KUBE_POD_DISRUPTION_BUDGETS, object_namespace(object));
    /* A set concerns the budgets of the pods that it makes. */
    const char *labels = resource == &KUBE_PODS ? "metadata.labels" : "spec.template.metadata.labels";
    MIRROR_FOR_EACH(budget, budgets) {
        const struct json *selector = json_at(budget, "spec.selector");
        if (selector_matches(selector, json_at(old, labels)) ||
            selector_matches(selector, json_at(new, labels)))
            control_enqueue(queue, object_namespace(budget), object_name(budget));
    }
}

const struct controller controller_disruption = { .name = "disruption-controller",
                                                  .changed = changed,
                                                  .reconcile = reconcile };
