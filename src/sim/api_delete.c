#include "sim/api_internal.h"

/* Delete: at once, after a grace period that a kubelet ends, or when finalizers are gone.
 * After: k8s.io/apiserver, registry/rest/delete.go and registry/generic/registry/store.go. */

struct deletion {
    bool has_grace;
    int64_t grace;
    const char *propagation; /* NULL: not said */
    const char *uid;
    const char *resource_version;
};

static bool read_options(struct api_context *context, struct deletion *out) {
    const struct api_call *call = context->call;
    const struct json *body = call->body;
    const struct json *orphan = json_get(body, "orphanDependents"),
                      *grace = json_get(body, "gracePeriodSeconds");

    *out = (struct deletion){ .has_grace = call->has_grace_period,
                              .grace = call->grace_period_seconds,
                              .propagation = call->propagation,
                              .uid = call->precondition_uid,
                              .resource_version = call->precondition_resource_version };
    if (json_is_number(grace)) {
        out->has_grace = true;
        out->grace = json_integer(grace, 0);
    }
    if (json_is(orphan, JSON_TRUE) || json_is(orphan, JSON_FALSE))
        out->propagation = json_bool(orphan, false) ? "Orphan" : "Background";
    out->propagation = json_string_at(body, "propagationPolicy", out->propagation);
    out->uid = json_string_at(body, "preconditions.uid", out->uid);
    out->resource_version = json_string_at(body, "preconditions.resourceVersion", out->resource_version);
    if (out->propagation && !str_equal(out->propagation, "Background") &&
        !str_equal(out->propagation, "Foreground") && !str_equal(out->propagation, "Orphan")) {
        struct field_errors errors = { .arena = context->arena };
        static const char *const supported[] = { "Foreground", "Background", "Orphan", "nil" };
        field_errors_add_unsupported(&errors, "propagationPolicy",
                                     json_new_string(context->arena, out->propagation), supported,
                                     ARRAY_LENGTH(supported));
        return api_refuse_object(
            context, field_errors_status(context->arena, &errors, "meta.k8s.io", "DeleteOptions", ""));
    }
    return true;
}

/* The words name the kind where others name the resource. */
static bool refuse_precondition(struct api_context *context, const char *name, const char *what,
                                const char *wanted, const char *found, const char *advice) {
    const char *kind = context->resource->kind, *group = context->resource->group;
    api_refuse(context, 409, "Conflict",
               "Operation cannot be fulfilled on %s%s%s \"%s\": the %s in the precondition (%s) does not "
               "match the %s in "
               "record (%s). The object might have been %s",
               kind, *group ? "." : "", group, name, what, wanted, what, found, advice);
    struct json *details = api_status_details(context);
    json_set_string(context->arena, details, "name", name);
    if (*group)
        json_set_string(context->arena, details, "group", group);
    json_set_string(context->arena, details, "kind", kind);
    return false;
}

static bool check_preconditions(struct api_context *context, const struct deletion *deletion,
                                const struct json *live, const char *name) {
    const char *uid = json_string_at(live, "metadata.uid", "");
    const char *version = json_string_at(live, "metadata.resourceVersion", "");

    if (deletion->uid && !str_equal(deletion->uid, uid))
        return refuse_precondition(context, name, "UID", deletion->uid, uid, "deleted and then recreated");
    if (deletion->resource_version && !str_equal(deletion->resource_version, version))
        return refuse_precondition(context, name, "ResourceVersion", deletion->resource_version, version,
                                   "modified");
    return true;
}

/* ---- finalizers of the garbage collector ---- */

static void set_finalizer(struct api_context *context, struct json *metadata, const char *name, bool wanted) {
    struct json *old = json_get(metadata, "finalizers");
    struct json *finalizers = json_new_array(context->arena);

    JSON_FOR_EACH_ITEM (finalizer, old)
        if (!str_equal(json_string(finalizer, ""), name))
            json_append(context->arena, finalizers, finalizer);
    if (wanted)
        json_append_string(context->arena, finalizers, name);
    if (finalizers->length)
        json_set(context->arena, metadata, "finalizers", finalizers);
    else
        json_remove(metadata, "finalizers");
}

static void set_finalizers(struct api_context *context, struct json *metadata,
                           const struct deletion *deletion) {
    if (!deletion->propagation)
        return;
    set_finalizer(context, metadata, "orphan", str_equal(deletion->propagation, "Orphan"));
    set_finalizer(context, metadata, "foregroundDeletion", str_equal(deletion->propagation, "Foreground"));
}

/* ---- grace ---- */

/* Only pods end slowly, and only those that a kubelet runs. */
static int64_t grace_of(const struct api_context *context, const struct deletion *deletion,
                        const struct json *live) {
    enum { GRACE_SECONDS = 30 };
    const char *phase = json_string_at(live, "status.phase", "");
    int64_t grace = json_integer_at(live, "spec.terminationGracePeriodSeconds", GRACE_SECONDS);

    if (!api_resource_is(context->resource, "", "pods"))
        return 0;
    if (deletion->has_grace)
        grace = deletion->grace;
    if (str_empty(json_string_at(live, "spec.nodeName", "")) || str_equal(phase, "Failed") ||
        str_equal(phase, "Succeeded"))
        return 0;
    return grace < 0 ? 1 : grace;
}

/* Namespaces and definitions are only marked: what is theirs goes first. */
static bool ends_by_itself(const struct api_resource *resource) {
    return api_resource_is(resource, "", "namespaces") ||
           api_resource_is(resource, "apiextensions.k8s.io", "customresourcedefinitions");
}

static void mark(struct api_context *context, struct json *object, int64_t grace) {
    struct json *metadata = json_get(object, "metadata");
    int64_t generation = json_integer_at(metadata, "generation", 0);

    if (ends_by_itself(context->resource)) {
        json_set_string(context->arena, metadata, "deletionTimestamp",
                        time_format(context->arena, context->now));
        return;
    }
    if (generation > 0)
        json_set_integer(context->arena, metadata, "generation", generation + 1);
    json_set_string(context->arena, metadata, "deletionTimestamp",
                    time_format(context->arena, context->now + grace * NANOSECONDS_PER_SECOND));
    json_set_integer(context->arena, metadata, "deletionGracePeriodSeconds", grace);
}

/* The deletion has begun before: only a shorter grace changes it. */
static void mark_again(struct api_context *context, struct json *object, const struct deletion *deletion) {
    int64_t before = json_integer_at(object, "metadata.deletionGracePeriodSeconds", 0), began;
    const char *ends = json_string_at(object, "metadata.deletionTimestamp", "");
    struct json *metadata = json_get(object, "metadata");
    int64_t grace = grace_of(context, deletion, object);

    if (!deletion->has_grace || grace >= before || !time_parse(text_from(ends), &began))
        return;
    began -= before * NANOSECONDS_PER_SECOND;
    json_set_string(context->arena, metadata, "deletionTimestamp",
                    time_format(context->arena, began + grace * NANOSECONDS_PER_SECOND));
    json_set_integer(context->arena, metadata, "deletionGracePeriodSeconds", grace);
}

/* ---- namespaces ---- */

static bool may_go(struct api_context *context, const char *name) {
    static const char *const kept[] = { "default", "kube-system", "kube-public" };
    if (api_resource_is(context->resource, "", "namespaces") && context->call->user)
        for (size_t i = 0; i < ARRAY_LENGTH(kept); i++)
            if (str_equal(kept[i], name))
                return api_refuse_forbidden(context, name, "this namespace may not be deleted");
    return true;
}

/* A namespace stays, terminating, until the server has emptied it. */
static bool has_own_finalizers(const struct api_context *context, const struct json *object) {
    return api_resource_is(context->resource, "", "namespaces") &&
           json_length(json_at(object, "spec.finalizers"));
}

static void terminate(struct api_context *context, struct json *object) {
    if (api_resource_is(context->resource, "", "namespaces"))
        json_set_string(context->arena, json_ensure_object(context->arena, object, "status"), "phase",
                        "Terminating");
}

/* ---- delete ---- */

/* Whether the answer shows the object, not only that it is gone. */
static bool shows_deleted(const struct api_resource *resource) {
    static const char *const core[] = { "pods", "services", "persistentvolumeclaims", "persistentvolumes",
                                        "serviceaccounts" };
    for (size_t i = 0; i < ARRAY_LENGTH(core); i++)
        if (api_resource_is(resource, "", core[i]))
            return true;
    return api_resource_is(resource, "storage.k8s.io", "storageclasses");
}

static bool delete_now(struct api_context *context, struct json *object, const struct json *live) {
    const struct api_strategy *strategy = context->resource->strategy;
    api_remove_object(context, object);
    if (strategy->written && !api_call_is_dry(context->call))
        strategy->written(context, NULL, live);
    return api_succeed(context, 200,
                       shows_deleted(context->resource) ? object : api_status_success(context, object));
}

static bool delete_object(struct api_context *context, const struct deletion *deletion, const char *namespace,
                          const char *name) {
    struct json *object = api_load(context->api, context->arena, context->resource, namespace, name);
    struct json *live;
    bool is_marked;

    if (!object)
        return api_refuse_not_found(context, context->resource, name);
    if (!may_go(context, name) || !check_preconditions(context, deletion, object, name))
        return false;
    live = json_copy(context->arena, object);
    is_marked = json_at(object, "metadata.deletionTimestamp") != NULL;
    int64_t grace = grace_of(context, deletion, object);
    set_finalizers(context, json_get(object, "metadata"), deletion);
    if (is_marked)
        mark_again(context, object, deletion);
    bool stays =
        json_length(json_at(object, "metadata.finalizers")) || has_own_finalizers(context, object) ||
        (is_marked ? json_integer_at(object, "metadata.deletionGracePeriodSeconds", 0) > 0 : grace > 0);
    if (!stays)
        return delete_now(context, object, live);
    if (!is_marked)
        mark(context, object, grace);
    terminate(context, object);
    if (!json_equal(object, live))
        api_store_object(context, object);
    return api_succeed(context, 200, object);
}

bool api_delete(struct api_context *context) {
    struct deletion deletion;
    return read_options(context, &deletion) &&
           delete_object(context, &deletion, context->namespace, context->name);
}

bool api_delete_collection(struct api_context *context) {
    struct deletion deletion;

    if (api_resource_is(context->resource, "", "namespaces"))
        return api_refuse_method(context);
    if (!read_options(context, &deletion) || !api_list(context))
        return false;
    struct json *list = context->answer->object;
    JSON_FOR_EACH_ITEM (item, json_get(list, "items"))
        if (!delete_object(context, &deletion, json_string_at(item, "metadata.namespace", ""),
                           json_string_at(item, "metadata.name", "")) &&
            context->answer->code != 404)
            return false;
    return api_succeed(context, 200, list);
}
