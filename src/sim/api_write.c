#include "sim/api_internal.h"

#include "sim/api_body.h"
#include "sim/apply.h"

/* Create and update: what happens to an object on its way into the store, in the order of the real server:
 * decoded (api_body.c), prepared (what the server owns is set), defaulted, admitted, judged, its managers
 * noted, stored. After: k8s.io/apiserver, registry/generic/registry/store.go and registry/rest. */

static bool is_status_call(const struct api_context *context) {
    return str_equal(context->call->subresource, "status");
}

static const char *object_name_of(const struct json *object) {
    return json_string_at(object, "metadata.name", "");
}

static struct apply_request managers_of(const struct api_context *context) {
    return (struct apply_request){
        .schema = context->resource->schema,
        .api_version = context->resource->api_version,
        .manager = api_body_manager(context),
        .subresource = context->call->subresource,
        .force = context->call->force,
        .now = context->now,
    };
}

/* Kinds that extensions serve are free from a rule that protects the oldest ones. */
static bool has_old_finalizers(const struct api_resource *resource) {
    return !api_resource_is_custom(resource) && !str_equal(resource->group, "apiextensions.k8s.io");
}

static bool judge(struct api_context *context, const struct json *object, const struct json *live) {
    const struct api_strategy *strategy = context->resource->strategy;
    struct field_errors errors = { .arena = context->arena };

    object_meta_validate(object, live,
                         &(struct object_meta_rules){ strategy->name_rule, context->resource->is_namespaced,
                                                      has_old_finalizers(context->resource) },
                         &errors);
    if (context->resource->schema)
        (void)schema_validate(context->resource->schema, object, live, &errors);
    if (strategy->validate)
        strategy->validate(context, object, live, &errors);
    return !errors.count || api_refuse_invalid(context, object_name_of(object), &errors);
}

static void set_default(struct api_context *context, struct json *object) {
    if (context->resource->schema)
        schema_default(context->arena, context->resource->schema, object);
}

/* ---- create ---- */

/* Whatever a client says here, the server decides. */
static void begin_metadata(struct api_context *context, struct json *object) {
    struct json *metadata = json_ensure_object(context->arena, object, "metadata");
    json_remove(metadata, "deletionTimestamp");
    json_remove(metadata, "deletionGracePeriodSeconds");
    json_remove(metadata, "selfLink");
    json_remove(metadata, "generation");
    json_set_string(context->arena, metadata, "uid", api_new_uid(context->api, context->arena));
    json_set_string(context->arena, metadata, "creationTimestamp", time_format(context->arena, context->now));
    if (context->resource->strategy->has_generation)
        json_set_integer(context->arena, metadata, "generation", 1);
}

static bool exists(struct api_context *context, const struct json *object) {
    const char *key =
        store_key(context->arena, json_string_at(object, "metadata.namespace", ""), object_name_of(object));
    return store_get(context->api->store, context->resource->collection, key) != NULL;
}

static void generate_name(struct api_context *context, struct json *object) {
    enum { ATTEMPTS = 8, PREFIX_BYTES_MAX = 58 };
    struct json *metadata = json_get(object, "metadata");
    const char *prefix = json_string_at(metadata, "generateName", "");

    if (!*prefix || *object_name_of(object))
        return;
    for (int i = 0; i < ATTEMPTS; i++) {
        json_set_string(context->arena, metadata, "name",
                        arena_printf(context->arena, "%.*s%s", PREFIX_BYTES_MAX, prefix,
                                     api_random_suffix(context->api, context->arena)));
        if (!exists(context, object))
            return;
    }
}

bool api_write_new(struct api_context *context, struct json *object, bool is_applied) {
    const struct api_strategy *strategy = context->resource->strategy;

    begin_metadata(context, object);
    generate_name(context, object);
    if (context->resource->has_status)
        json_remove(object, "status");
    if (strategy->read)
        strategy->read(context, object, NULL);
    set_default(context, object);
    if (!is_applied) {
        struct apply_request request = managers_of(context);
        apply_track(context->arena, &request, NULL, object);
    }
    if (strategy->prepare)
        strategy->prepare(context, object, NULL);
    if (strategy->admit && !strategy->admit(context, object, NULL))
        return false;
    if (strategy->prepare || strategy->admit)
        set_default(context, object);
    if (!judge(context, object, NULL))
        return false;
    if (exists(context, object))
        return api_refuse_exists(context, object_name_of(object));
    json_remove(json_get(object, "metadata"), "resourceVersion");
    api_store_object(context, object);
    if (strategy->written && !api_call_is_dry(context->call))
        strategy->written(context, object, NULL);
    return api_succeed(context, 201, object);
}

bool api_create(struct api_context *context) {
    struct json *object;

    if (!api_body_read(context, &object))
        return false;
    if (!str_empty(json_string_at(object, "metadata.resourceVersion", "")))
        return api_refuse(context, 500, "", "resourceVersion should not be set on objects to be created");
    if (context->resource->is_namespaced && !api_check_namespace(context, object_name_of(object)))
        return false;
    return api_write_new(context, object, false);
}

/* ---- update ---- */

/* Where the real server keeps the object: its words name it. */
static const char *storage_key(struct api_context *context, const char *name) {
    const char *group = api_resource_is_custom(context->resource) ? context->resource->group : "";
    return arena_printf(context->arena, "/registry/%s%s%s/%s", group, *group ? "/" : "",
                        context->resource->plural, store_key(context->arena, context->namespace, name));
}

static bool check_precondition(struct api_context *context, const struct json *object,
                               const struct json *live) {
    const char *version = json_string_at(object, "metadata.resourceVersion", "");
    const char *uid = json_string_at(object, "metadata.uid", "");
    const char *live_uid = json_string_at(live, "metadata.uid", "");
    const char *name = object_name_of(live);

    if (!*version && api_resource_is_custom(context->resource)) {
        struct field_errors errors = { .arena = context->arena };
        field_errors_add(&errors, FIELD_INVALID, "metadata.resourceVersion",
                         json_new_integer(context->arena, 0), "must be specified for an update");
        return api_refuse_object(context,
                                 field_errors_status(context->arena, &errors, context->resource->group,
                                                     context->resource->plural, name));
    }
    if (*uid && !str_equal(uid, live_uid))
        return api_refuse_conflict(
            context, name,
            arena_printf(
                context->arena,
                "StorageError: invalid object, Code: 4, Key: %s, ResourceVersion: 0, AdditionalErrorMsg: "
                "Precondition failed: UID in precondition: %s, UID in object meta: %s",
                storage_key(context, name), uid, live_uid));
    if (*version && !str_equal(version, json_string_at(live, "metadata.resourceVersion", "")))
        return api_refuse_conflict(
            context, name,
            "the object has been modified; please apply your changes to the latest version and try again");
    return true;
}

static void take_member(struct api_context *context, struct json *object, const struct json *from,
                        const char *member) {
    const struct json *value = json_get(from, member);
    if (value)
        json_set(context->arena, object, member, json_copy(context->arena, value));
    else
        json_remove(object, member);
}

/* What the client may not change stays as it is. */
static void keep_metadata(struct api_context *context, struct json *object, const struct json *live) {
    static const char *const kept[] = { "uid",        "creationTimestamp",          "deletionTimestamp",
                                        "generation", "deletionGracePeriodSeconds", "resourceVersion" };
    struct json *metadata = json_ensure_object(context->arena, object, "metadata");
    for (size_t i = 0; i < ARRAY_LENGTH(kept); i++)
        take_member(context, metadata, json_get(live, "metadata"), kept[i]);
    json_remove(metadata, "selfLink");
    if (!json_get(metadata, "generateName"))
        take_member(context, metadata, json_get(live, "metadata"), "generateName");
}

/* A write to the status leaves everything else, and a write to the object leaves the status. */
static void keep_other_half(struct api_context *context, struct json *object, const struct json *live) {
    bool is_custom = api_resource_is_custom(context->resource);

    if (str_equal(context->call->subresource, "finalize"))
        return;
    if (!is_status_call(context)) {
        if (context->resource->has_status)
            take_member(context, object, live, "status");
        return;
    }
    JSON_FOR_EACH_MEMBER (member, live)
        if (!str_equal(member->key, "status") && (is_custom || !str_equal(member->key, "metadata")))
            if (!str_equal(member->key, "metadata"))
                take_member(context, object, live, member->key);
    if (is_custom) {
        const struct json *managers = json_at(object, "metadata.managedFields");
        struct json *metadata = json_copy(context->arena, json_get(live, "metadata"));
        if (managers)
            json_set(context->arena, metadata, "managedFields", managers);
        json_set(context->arena, object, "metadata", metadata);
    }
}

static bool is_generation_member(const struct api_context *context, const char *member) {
    static const char *const beside[] = { "apiVersion", "kind", "metadata" };
    for (size_t i = 0; i < ARRAY_LENGTH(beside); i++)
        if (str_equal(beside[i], member))
            return false;
    if (str_equal(member, "status"))
        return api_resource_is_custom(context->resource) && !context->resource->has_status;
    return true;
}

static bool differs_in_substance(const struct api_context *context, const struct json *a,
                                 const struct json *b) {
    JSON_FOR_EACH_MEMBER (member, a)
        if (is_generation_member(context, member->key) &&
            !json_equal(&member->value, json_get(b, member->key)))
            return true;
    return false;
}

static void count_generation(struct api_context *context, struct json *object, const struct json *live) {
    struct json *metadata = json_get(object, "metadata");
    if (!context->resource->strategy->has_generation || is_status_call(context))
        return;
    if (differs_in_substance(context, object, live) || differs_in_substance(context, live, object))
        json_set_integer(context->arena, metadata, "generation",
                         json_integer_at(live, "metadata.generation", 0) + 1);
}

bool api_is_finished(const struct json *object) {
    return json_at(object, "metadata.deletionTimestamp") &&
           !json_length(json_at(object, "metadata.finalizers")) &&
           json_integer_at(object, "metadata.deletionGracePeriodSeconds", 0) == 0;
}

/* A Namespace has finalizers of its own in its spec. */
static bool is_finished(const struct api_context *context, const struct json *object) {
    bool is_held = api_resource_is(context->resource, "", "namespaces") &&
                   json_length(json_at(object, "spec.finalizers"));
    return api_is_finished(object) && !is_held;
}

static bool store_changed(struct api_context *context, struct json *object, const struct json *live) {
    const struct api_strategy *strategy = context->resource->strategy;
    bool is_over = is_finished(context, object);

    if (is_over)
        api_remove_object(context, object);
    else
        api_store_object(context, object);
    if (strategy->written && !api_call_is_dry(context->call))
        strategy->written(context, is_over ? NULL : object, live);
    return api_succeed(context, 200, object);
}

bool api_write_changed(struct api_context *context, struct json *object, struct json *live, bool is_applied) {
    const struct api_strategy *strategy = context->resource->strategy;
    struct apply_request request = managers_of(context);

    if (!live)
        live = api_load(context->api, context->arena, context->resource, context->namespace, context->name);
    if (!live)
        return api_refuse_not_found(context, context->resource, context->name);
    if (!check_precondition(context, object, live))
        return false;
    keep_metadata(context, object, live);
    keep_other_half(context, object, live);
    if (strategy->read)
        strategy->read(context, object, live);
    set_default(context, object);
    if (!is_applied)
        apply_track(context->arena, &request, live, object);
    if (strategy->prepare)
        strategy->prepare(context, object, live);
    if (strategy->admit && !strategy->admit(context, object, live))
        return false;
    if (strategy->prepare || strategy->admit)
        set_default(context, object);
    count_generation(context, object, live);
    if (!judge(context, object, live))
        return false;
    if (apply_settle(context->arena, live, object))
        return api_succeed(context, 200, live);
    return store_changed(context, object, live);
}

bool api_update(struct api_context *context) {
    struct json *object;
    if (!api_body_read(context, &object))
        return false;
    return api_write_changed(context, object, NULL, false);
}
