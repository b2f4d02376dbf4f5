#include "sim/api_internal.h"

#include "sim/api_body.h"
#include "sim/patch.h"

/* Subresources that are views or acts of their own: scale, eviction, binding. */

/* ---- scale ---- */

struct scale_paths {
    const char *spec;     /* dotted, without the leading dot */
    const char *status;   /* NULL: none */
    const char *selector; /* of a LabelSelector object, or of a string; NULL: none */
};

static const char *without_dot(const char *path) {
    return path && *path == '.' ? path + 1 : path;
}

static struct scale_paths paths_of(const struct api_resource *resource) {
    const struct json *custom = json_at(resource->crd, "subresources.scale");
    if (!custom)
        return (struct scale_paths){ "spec.replicas", "status.replicas", "spec.selector" };
    return (struct scale_paths){ without_dot(json_string_at(custom, "specReplicasPath", "")),
                                 without_dot(json_string_at(custom, "statusReplicasPath", NULL)),
                                 without_dot(json_string_at(custom, "labelSelectorPath", NULL)) };
}

/* metav1.LabelSelector as the text that a client can list with. */
static const char *selector_text(struct arena *arena, const struct json *selector) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    if (json_is(selector, JSON_STRING))
        return json_string(selector, "");
    JSON_FOR_EACH_MEMBER (label, json_get(selector, "matchLabels"))
        buffer_printf(&out, "%s%s=%s", out.length ? "," : "", label->key, json_string(&label->value, ""));
    JSON_FOR_EACH_ITEM (rule, json_get(selector, "matchExpressions")) {
        const char *relation = json_string_at(rule, "operator", ""), *key = json_string_at(rule, "key", "");
        const char *comma = out.length ? "," : "";
        if (str_equal(relation, "Exists") || str_equal(relation, "DoesNotExist")) {
            buffer_printf(&out, "%s%s%s", comma, str_equal(relation, "Exists") ? "" : "!", key);
            continue;
        }
        buffer_printf(&out, "%s%s %s (", comma, key, str_equal(relation, "In") ? "in" : "notin");
        for (size_t i = 0; i < json_length(json_get(rule, "values")); i++)
            buffer_printf(&out, "%s%s", i ? "," : "",
                          json_string(json_item(json_get(rule, "values"), i), ""));
        buffer_add_char(&out, ')');
    }
    return arena_strdup(arena, buffer_string(&out));
}

static struct json *scale_of(struct api_context *context, const struct json *object) {
    static const char *const kept[] = { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" };
    struct scale_paths paths = paths_of(context->resource);
    struct json *scale = json_new_object(context->arena);

    json_set_string(context->arena, scale, "kind", "Scale");
    json_set_string(context->arena, scale, "apiVersion", "autoscaling/v1");
    struct json *metadata = json_set_object(context->arena, scale, "metadata");
    for (size_t i = 0; i < ARRAY_LENGTH(kept); i++)
        if (json_get(json_get(object, "metadata"), kept[i]))
            json_set(context->arena, metadata, kept[i], json_get(json_get(object, "metadata"), kept[i]));
    struct json *spec = json_set_object(context->arena, scale, "spec");
    if (json_integer_at(object, paths.spec, 0))
        json_set(context->arena, spec, "replicas", json_at(object, paths.spec));
    struct json *status = json_set_object(context->arena, scale, "status");
    json_set_integer(context->arena, status, "replicas",
                     paths.status ? json_integer_at(object, paths.status, 0) : 0);
    if (paths.selector && json_at(object, paths.selector))
        json_set_string(context->arena, status, "selector",
                        selector_text(context->arena, json_at(object, paths.selector)));
    return scale;
}

static void set_at(struct arena *arena, struct json *object, const char *path, const struct json *value) {
    struct text rest = text_from(path);
    for (;;) {
        struct text part = text_cut(&rest, '.');
        const char *key = arena_strndup(arena, part.data, part.length);
        if (!rest.data) {
            json_set(arena, object, key, value);
            return;
        }
        object = json_ensure_object(arena, object, key);
    }
}

static bool change_scale(struct api_context *context, const struct json *scale, struct json **out_scale) {
    struct error err = { 0 };
    struct json *changed = NULL;
    bool done = true;

    if (context->call->verb == API_UPDATE)
        changed = json_copy(context->arena, context->call->body);
    else if (context->call->patch == API_PATCH_JSON)
        done = patch_json(context->arena, scale, context->call->body, &changed, &err);
    else /* no lists in a Scale: a merge patch, a strategic one and an apply say the same */
        changed = patch_merge(context->arena, scale, context->call->body);
    if (!done)
        return api_refuse(context, err.kind == ERROR_INVALID ? 422 : 400, "Invalid", "%s", err.text);
    *out_scale = changed;
    return true;
}

static bool check_replicas(struct api_context *context, const struct json *replicas) {
    struct field_errors errors = { .arena = context->arena };

    if (!json_is(replicas, JSON_INTEGER))
        return api_refuse(
            context, 400, "BadRequest",
            "Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal into Go struct "
            "field ScaleSpec.spec.replicas of type int32");
    if (json_integer(replicas, 0) >= 0)
        return true;
    field_errors_add(&errors, FIELD_INVALID, "spec.replicas", replicas, "must be greater than or equal to 0");
    return api_refuse_object(
        context, field_errors_status(context->arena, &errors, "autoscaling", "Scale", context->name));
}

bool api_scale(struct api_context *context) {
    struct json *live =
        api_load(context->api, context->arena, context->resource, context->namespace, context->name);
    struct json *scale, *object;

    if (!live)
        return api_refuse_not_found(context, context->resource, context->name);
    if (context->call->verb == API_GET)
        return api_succeed(context, 200, scale_of(context, live));
    if (context->call->verb != API_UPDATE && context->call->verb != API_PATCH)
        return api_refuse_method(context);
    if (!context->call->body)
        return api_refuse(context, 400, "BadRequest", "the body of the request is empty");
    if (!change_scale(context, scale_of(context, live), &scale))
        return false;
    struct json *replicas = json_at(scale, "spec.replicas");
    if (!replicas)
        replicas = json_new_integer(context->arena, 0);
    if (!check_replicas(context, replicas))
        return false;
    object = json_copy(context->arena, live);
    set_at(context->arena, object, paths_of(context->resource).spec, replicas);
    if (json_at(scale, "metadata.resourceVersion"))
        json_set(context->arena, json_get(object, "metadata"), "resourceVersion",
                 json_at(scale, "metadata.resourceVersion"));
    if (!api_write_changed(context, object, NULL, false))
        return false;
    return api_succeed(context, 200, scale_of(context, context->answer->object));
}

/* ---- binding: the scheduler's decision ---- */

bool api_bind(struct api_context *context) {
    struct json *live =
        api_load(context->api, context->arena, context->resource, context->namespace, context->name);
    const char *node = json_string_at(context->call->body, "target.name", "");
    struct json *object, *condition, *conditions;

    if (!live)
        return api_refuse_not_found(context, context->resource, context->name);
    if (!str_empty(json_string_at(live, "spec.nodeName", "")))
        return api_refuse_conflict(context, context->name,
                                   arena_printf(context->arena, "pod %s is already assigned to node \"%s\"",
                                                context->name, json_string_at(live, "spec.nodeName", "")));
    object = json_copy(context->arena, live);
    json_set_string(context->arena, json_get(object, "spec"), "nodeName", node);
    struct json *status = json_ensure_object(context->arena, object, "status");
    conditions = json_set_array(context->arena, status, "conditions");
    JSON_FOR_EACH_ITEM (other, json_at(live, "status.conditions"))
        if (!str_equal(json_string_at(other, "type", ""), "PodScheduled"))
            json_append(context->arena, conditions, json_copy(context->arena, other));
    condition = json_append_object(context->arena, conditions);
    json_set_string(context->arena, condition, "type", "PodScheduled");
    json_set_string(context->arena, condition, "status", "True");
    json_set(context->arena, condition, "lastProbeTime", json_new_null(context->arena));
    json_set_string(context->arena, condition, "lastTransitionTime",
                    time_format(context->arena, context->now));
    api_store_object(context, object);
    return api_succeed(context, 201, api_status_success(context, object));
}

/* ---- eviction ---- */

static bool selects_pod(struct api_context *context, const struct json *budget, const struct json *pod) {
    struct api_selector *selector;
    const struct json *labels = json_at(budget, "spec.selector");
    /* An empty selector selects all pods of the namespace; none selects no pod. */
    return labels &&
           api_label_selector_parse(context->arena, selector_text(context->arena, labels), &selector, NULL) &&
           api_label_selector_matches(selector, pod);
}

static bool is_pod_ready(const struct json *pod) {
    JSON_FOR_EACH_ITEM (condition, json_at(pod, "status.conditions"))
        if (str_equal(json_string_at(condition, "type", ""), "Ready"))
            return str_equal(json_string_at(condition, "status", ""), "True");
    return false;
}

/* Pods that run nothing may always go. */
static bool needs_no_budget(const struct json *pod) {
    const char *phase = json_string_at(pod, "status.phase", "");
    return json_at(pod, "metadata.deletionTimestamp") || str_equal(phase, "Succeeded") ||
           str_equal(phase, "Failed") || str_equal(phase, "Pending");
}

static bool refuse_disruption(struct api_context *context, const struct json *budget) {
    const char *name = json_string_at(budget, "metadata.name", "");
    api_refuse(context, 429, "TooManyRequests",
               "Cannot evict pod as it would violate the pod's disruption budget.");
    if (json_integer_at(budget, "status.observedGeneration", 0) <
        json_integer_at(budget, "metadata.generation", 0)) {
        json_set_integer(context->arena, api_status_details(context), "retryAfterSeconds", 10);
        context->answer->retry_after_seconds = 10;
        api_status_cause(context, "DisruptionBudget", NULL,
                         arena_printf(context->arena,
                                      "The disruption budget %s is still being processed by the server.",
                                      name));
        return false;
    }
    api_status_cause(context, "DisruptionBudget", NULL,
                     arena_printf(context->arena,
                                  "The disruption budget %s needs %lld healthy pods and has %lld "
                                  "currently",
                                  name, (long long)json_integer_at(budget, "status.desiredHealthy", 0),
                                  (long long)json_integer_at(budget, "status.currentHealthy", 0)));
    return false;
}

/* A pod that is not ready costs no budget: always with AlwaysAllow, else when the budget is met without it.
 */
static bool is_unready_allowed(const struct json *budget, const struct json *pod) {
    if (is_pod_ready(pod))
        return false;
    if (str_equal(json_string_at(budget, "spec.unhealthyPodEvictionPolicy", ""), "AlwaysAllow"))
        return true;
    return json_integer_at(budget, "status.currentHealthy", 0) >=
               json_integer_at(budget, "status.desiredHealthy", 0) &&
           json_integer_at(budget, "status.desiredHealthy", 0) > 0;
}

/* Notes the disruption, so that the next eviction counts with it before the controller has looked again. */
static void spend(struct api_context *context, const struct api_resource *budgets, struct json *budget,
                  const char *pod) {
    struct json *status = json_ensure_object(context->arena, budget, "status");
    struct api_context own = *context;
    json_set_integer(context->arena, status, "disruptionsAllowed",
                     json_integer_at(status, "disruptionsAllowed", 0) - 1);
    json_set_string(context->arena, json_ensure_object(context->arena, status, "disruptedPods"), pod,
                    time_format(context->arena, context->now));
    own.resource = budgets;
    api_store_object(&own, budget);
}

static bool check_budgets(struct api_context *context, const struct json *pod) {
    const struct api_resource *budgets =
        api_resources_find(context->api->resources, "policy", "v1", "poddisruptionbudgets");
    struct store_list list = store_list(context->api->store, context->arena, budgets->collection,
                                        arena_printf(context->arena, "%s/", context->namespace));
    struct json *found = NULL;

    for (size_t i = 0; i < list.count; i++) {
        struct json *budget = store_value_parse(context->arena, list.items[i]);
        if (!selects_pod(context, budget, pod))
            continue;
        if (found)
            return api_refuse(
                context, 500, "InternalError",
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does "
                "not support.");
        found = budget;
    }
    if (!found || is_unready_allowed(found, pod))
        return true;
    if (json_integer_at(found, "status.disruptionsAllowed", 0) <= 0 ||
        json_integer_at(found, "status.observedGeneration", 0) <
            json_integer_at(found, "metadata.generation", 0))
        return refuse_disruption(context, found);
    spend(context, budgets, found, context->name);
    return true;
}

bool api_evict(struct api_context *context) {
    struct json *pod =
        api_load(context->api, context->arena, context->resource, context->namespace, context->name);
    const struct json *options = json_get(context->call->body, "deleteOptions");
    struct api_call deletion = { .verb = API_DELETE,
                                 .resource = context->resource,
                                 .namespace = context->namespace,
                                 .name = context->name,
                                 .body = options,
                                 .dry_run = context->call->dry_run };
    struct api_context own = *context;

    if (!pod)
        return api_refuse_not_found(context, context->resource, context->name);
    if (!needs_no_budget(pod) && !check_budgets(context, pod))
        return false;
    own.call = &deletion;
    if (!api_delete(&own))
        return false;
    struct json *status = json_new_object(context->arena);
    json_set_string(context->arena, status, "kind", "Status");
    json_set_string(context->arena, status, "apiVersion", "v1");
    json_set_object(context->arena, status, "metadata");
    json_set_string(context->arena, status, "status", "Success");
    return api_succeed(context, 201, status);
}
