#include "sim/api_kinds.h"

/* Pods: what admission fills in, and what never changes.
 * After: k8s.io/kubernetes, pkg/registry/core/pod, plugin/pkg/admission/{serviceaccount,priority,
 * defaulttolerationseconds}. */

/* ---- quality of service ---- */

static const char *const compute[] = { "cpu", "memory" };

static bool is_guaranteed(const struct json *container) {
    for (size_t i = 0; i < ARRAY_LENGTH(compute); i++) {
        const struct json *limit = json_get(json_at(container, "resources.limits"), compute[i]);
        const struct json *request = json_get(json_at(container, "resources.requests"), compute[i]);
        if (!limit || (request && !json_equal(limit, request)))
            return false;
    }
    return true;
}

static bool asks_for_anything(const struct json *container) {
    for (size_t i = 0; i < ARRAY_LENGTH(compute); i++)
        if (json_get(json_at(container, "resources.limits"), compute[i]) ||
            json_get(json_at(container, "resources.requests"), compute[i]))
            return true;
    return false;
}

static const char *quality_of_service(const struct json *spec) {
    static const char *const lists[] = { "containers", "initContainers" };
    bool guaranteed = true, anything = false;
    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
        JSON_FOR_EACH_ITEM (container, json_get(spec, lists[i])) {
            guaranteed = guaranteed && is_guaranteed(container);
            anything = anything || asks_for_anything(container);
        }
    return !anything ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
}

void api_pod_prepare(struct api_context *context, struct json *object, const struct json *live) {
    if (live)
        return;
    struct json *status = json_ensure_object(context->arena, object, "status");
    json_set_string(context->arena, status, "phase", "Pending");
    json_set_string(context->arena, status, "qosClass", quality_of_service(json_get(object, "spec")));
}

/* ---- admission ---- */

static void tolerate(struct api_context *context, struct json *spec, const char *key) {
    struct json *tolerations = json_get(spec, "tolerations");
    JSON_FOR_EACH_ITEM (toleration, tolerations) {
        const char *of = json_string_at(toleration, "key", "");
        const char *effect = json_string_at(toleration, "effect", "");
        if ((!*of || str_equal(of, key)) && (!*effect || str_equal(effect, "NoExecute")))
            return;
    }
    if (!tolerations)
        tolerations = json_set_array(context->arena, spec, "tolerations");
    struct json *toleration = json_append_object(context->arena, tolerations);
    json_set_string(context->arena, toleration, "key", key);
    json_set_string(context->arena, toleration, "operator", "Exists");
    json_set_string(context->arena, toleration, "effect", "NoExecute");
    json_set_integer(context->arena, toleration, "tolerationSeconds", 300);
}

static bool set_priority(struct api_context *context, struct json *object) {
    struct json *spec = json_get(object, "spec");
    const char *class = json_string_at(spec, "priorityClassName", "");
    int64_t value = 0;
    const char *preemption = "PreemptLowerPriority";

    if (str_starts_with(class, "system-")) {
        value = str_equal(class, "system-node-critical") ? 2000001000 : 2000000000;
    } else if (*class) {
        struct json *found = api_load(
            context->api, context->arena,
            api_resources_find(context->api->resources, "scheduling.k8s.io", "v1", "priorityclasses"), "",
            class);
        if (!found)
            return api_refuse_forbidden(context, json_string_at(object, "metadata.name", ""),
                                        "no PriorityClass with name %s was found", class);
        value = json_integer_at(found, "value", 0);
        preemption = json_string_at(found, "preemptionPolicy", preemption);
    }
    json_set_integer(context->arena, spec, "priority", value);
    json_set_string(context->arena, spec, "preemptionPolicy", preemption);
    return true;
}

static bool set_account(struct api_context *context, struct json *object) {
    struct json *spec = json_get(object, "spec");
    const char *name = json_string_at(spec, "serviceAccountName", "");

    if (!*name)
        name = "default";
    json_set_string(context->arena, spec, "serviceAccountName", name);
    json_set_string(context->arena, spec, "serviceAccount", name);
    if (api_load(context->api, context->arena,
                 api_resources_find(context->api->resources, "", "v1", "serviceaccounts"), context->namespace,
                 name))
        return true;
    return api_refuse_forbidden(context, json_string_at(object, "metadata.name", ""),
                                "error looking up service account %s/%s: serviceaccount \"%s\" not found",
                                context->namespace, name, name);
}

bool api_pod_admit(struct api_context *context, struct json *object, const struct json *live) {
    struct json *spec = json_get(object, "spec");
    if (live || !spec)
        return true;
    if (!set_account(context, object) || !set_priority(context, object))
        return false;
    tolerate(context, spec, "node.kubernetes.io/not-ready");
    tolerate(context, spec, "node.kubernetes.io/unreachable");
    return true;
}

/* ---- judgement ---- */

static struct json *without_what_may_change(struct arena *arena, const struct json *spec) {
    static const char *const may_change[] = { "activeDeadlineSeconds", "tolerations",
                                              "terminationGracePeriodSeconds", "nodeName",
                                              "schedulingGates" };
    static const char *const lists[] = { "containers", "initContainers" };
    struct json *copy = json_copy(arena, spec);
    for (size_t i = 0; i < ARRAY_LENGTH(may_change); i++)
        json_remove(copy, may_change[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
        JSON_FOR_EACH_ITEM (container, json_get(copy, lists[i]))
            json_remove(container, "image");
    return copy;
}

static void validate_change(const struct json *spec, const struct json *before, struct field_errors *errors) {
    const char *node = json_string_at(before, "nodeName", "");
    bool has_moved = *node && !str_equal(node, json_string_at(spec, "nodeName", ""));

    if (has_moved || !json_equal(without_what_may_change(errors->arena, spec),
                                 without_what_may_change(errors->arena, before)))
        field_errors_add(
            errors, FIELD_FORBIDDEN, "spec", NULL,
            "pod updates may not change fields other than "
            "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
            "`spec.tolerations` (only additions to existing "
            "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
            "previously negative)");
}

void api_pod_validate(struct api_context *context, const struct json *object, const struct json *live,
                      struct field_errors *errors) {
    const struct json *spec = json_get(object, "spec");
    size_t index = 0;

    if (context->call->subresource)
        return;
    if (live) {
        validate_change(spec, json_get(live, "spec"), errors);
        return;
    }
    JSON_FOR_EACH_ITEM (container, json_get(spec, "containers")) {
        if (str_empty(json_string_at(container, "image", "")))
            field_errors_add(errors, FIELD_REQUIRED,
                             arena_printf(errors->arena, "spec.containers[%zu].image", index), NULL, "%s",
                             "");
        index++;
    }
}
