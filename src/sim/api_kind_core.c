#include "sim/api_kinds.h"

#include "base/quantity.h"

/* Small kinds of the core group, and role bindings. */

void api_validate_immutable(const struct json *object, const struct json *live, const char *path,
                            struct field_errors *errors) {
    const struct json *value = json_at(object, path);
    if (live && !json_equal(value, json_at(live, path)))
        field_errors_add(errors, FIELD_INVALID, path, value ? value : json_new_null(errors->arena),
                         "field is immutable");
}

/* ---- ConfigMaps and Secrets ---- */

enum { DATA_BYTES_MAX = 1024 * 1024 };

static void validate_keys(const struct json *data, const char *field, struct field_errors *errors) {
    JSON_FOR_EACH_MEMBER (entry, data) {
        bool is_fine = entry->key_length > 0 && entry->key_length <= 253 && !str_equal(entry->key, ".") &&
                       !str_starts_with(entry->key, "..");
        for (const char *at = entry->key; *at; at++)
            is_fine = is_fine && ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                                  (*at >= '0' && *at <= '9') || strchr("-._", *at));
        if (!is_fine)
            field_errors_add(
                errors, FIELD_INVALID, arena_printf(errors->arena, "%s[%s]", field, entry->key),
                json_new_string(errors->arena, entry->key),
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
                "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
                "'[-._a-zA-Z0-9]+')");
    }
}

static size_t data_size(const struct json *data) {
    size_t bytes = 0;
    JSON_FOR_EACH_MEMBER (entry, data)
        bytes += entry->value.length;
    return bytes;
}

static void validate_frozen(const struct json *object, const struct json *live, const char *const *members,
                            struct field_errors *errors) {
    if (!json_bool_at(live, "immutable", false))
        return;
    if (!json_bool_at(object, "immutable", false))
        field_errors_add(errors, FIELD_FORBIDDEN, "immutable", NULL,
                         "field is immutable when `immutable` is set");
    for (; *members; members++)
        if (!json_equal(json_get(object, *members), json_get(live, *members)))
            field_errors_add(errors, FIELD_FORBIDDEN, *members, NULL,
                             "field is immutable when `immutable` is set");
}

void api_config_map_validate(struct api_context *context, const struct json *object, const struct json *live,
                             struct field_errors *errors) {
    static const char *const members[] = { "data", "binaryData", NULL };
    validate_keys(json_get(object, "data"), "data", errors);
    validate_keys(json_get(object, "binaryData"), "binaryData", errors);
    if (data_size(json_get(object, "data")) + data_size(json_get(object, "binaryData")) > DATA_BYTES_MAX)
        field_errors_add(errors, FIELD_TOO_LONG, "", NULL, "may not be more than %d bytes", DATA_BYTES_MAX);
    validate_frozen(object, live, members, errors);
}

/* stringData is a way to write only. */
void api_secret_read(struct api_context *context, struct json *object, const struct json *live) {
    struct json *plain = json_get(object, "stringData");
    if (!json_length(plain)) {
        json_remove(object, "stringData");
        return;
    }
    struct json *data = json_ensure_object(context->arena, object, "data");
    JSON_FOR_EACH_MEMBER (entry, plain) {
        CLEANUP_BUFFER struct buffer encoded = { 0 };
        base64_encode(&encoded, json_string(&entry->value, ""), entry->value.length);
        json_set_string(context->arena, data, entry->key, buffer_string(&encoded));
    }
    json_remove(object, "stringData");
}

/* Where Go's decoder stops; -1 when the text is sound. */
static int64_t bad_base64_at(const char *text) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    return base64_decode(&bytes, text_from(text)) ? -1 : (int64_t)strspn(text, alphabet);
}

bool api_secret_admit(struct api_context *context, struct json *object, const struct json *live) {
    JSON_FOR_EACH_MEMBER (entry, json_get(object, "data")) {
        int64_t at = bad_base64_at(json_string(&entry->value, ""));
        if (at >= 0)
            return api_refuse(
                context, 400, "BadRequest",
                "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input "
                "byte %lld",
                (long long)at);
    }
    return true;
}

void api_secret_validate(struct api_context *context, const struct json *object, const struct json *live,
                         struct field_errors *errors) {
    static const char *const members[] = { "data", NULL };
    validate_keys(json_get(object, "data"), "data", errors);
    if (data_size(json_get(object, "data")) / 4 * 3 > DATA_BYTES_MAX)
        field_errors_add(errors, FIELD_TOO_LONG, "data", NULL, "may not be more than %d bytes",
                         DATA_BYTES_MAX);
    api_validate_immutable(object, live, "type", errors);
    validate_frozen(object, live, members, errors);
}

/* ---- events ---- */

static bool is_new_event(const struct api_context *context) {
    return str_equal(context->resource->group, "events.k8s.io");
}

void api_event_read(struct api_context *context, struct json *object, const struct json *live) {
    /* core/v1 has it in every answer, set or not. */
    if (!is_new_event(context) && !json_get(object, "eventTime"))
        json_set(context->arena, object, "eventTime", json_new_null(context->arena));
}

void api_event_validate(struct api_context *context, const struct json *object, const struct json *live,
                        struct field_errors *errors) {
    const char *about = is_new_event(context) ? "regarding.namespace" : "involvedObject.namespace";
    const char *namespace = json_string_at(object, about, "");
    const char *own = json_string_at(object, "metadata.namespace", "");

    if (!str_equal(namespace, own) && !(!*namespace && str_equal(own, "default")))
        field_errors_add(errors, FIELD_INVALID, "involvedObject.namespace",
                         json_new_string(errors->arena, namespace), "does not match event.namespace");
}

/* ---- namespaces ---- */

void api_namespace_read(struct api_context *context, struct json *object, const struct json *live) {
    struct json *metadata = json_ensure_object(context->arena, object, "metadata");
    struct json *labels = json_ensure_object(context->arena, metadata, "labels");
    json_set_string(context->arena, labels, "kubernetes.io/metadata.name",
                    json_string_at(metadata, "name", ""));
}

void api_namespace_prepare(struct api_context *context, struct json *object, const struct json *live) {
    if (live) {
        if (!str_equal(context->call->subresource, "finalize"))
            json_set(context->arena, object, "spec", json_copy(context->arena, json_get(live, "spec")));
        return;
    }
    struct json *spec = json_ensure_object(context->arena, object, "spec");
    if (!json_length(json_get(spec, "finalizers")))
        json_append_string(context->arena, json_set_array(context->arena, spec, "finalizers"), "kubernetes");
    json_set_string(context->arena, json_ensure_object(context->arena, object, "status"), "phase", "Active");
}

void api_namespace_written(struct api_context *context, const struct json *object, const struct json *live) {
    if (object && !live)
        api_furnish_namespace(context->api, json_string_at(object, "metadata.name", ""));
}

bool api_check_namespace(struct api_context *context, const char *name) {
    const struct api_resource *namespaces =
        api_resources_find(context->api->resources, "", "v1", "namespaces");
    struct json *namespace = api_load(context->api, context->arena, namespaces, "", context->namespace);

    if (!namespace)
        return api_refuse_not_found(context, namespaces, context->namespace);
    if (!json_at(namespace, "metadata.deletionTimestamp"))
        return true;
    api_refuse_forbidden(context, name,
                         "unable to create new content in namespace %s because it is being terminated",
                         context->namespace);
    api_status_cause(context, "NamespaceTerminating", "metadata.namespace",
                     arena_printf(context->arena, "namespace %s is being terminated", context->namespace));
    return false;
}

/* ---- volumes and claims ---- */

static const char *default_class(struct api_context *context) {
    struct store_list classes =
        store_list(context->api->store, context->arena, "storageclasses.storage.k8s.io", NULL);
    const char *newest = "", *found = NULL;

    for (size_t i = 0; i < classes.count; i++) {
        struct json *class = store_value_parse(context->arena, classes.items[i]);
        const struct json *annotations = json_at(class, "metadata.annotations");
        const char *created = json_string_at(class, "metadata.creationTimestamp", "");
        const char *mark =
            json_string(json_get(annotations, "storageclass.kubernetes.io/is-default-class"), "");
        if (str_equal(mark, "true") && strcmp(created, newest) > 0) {
            newest = created;
            found = json_string_at(class, "metadata.name", NULL);
        }
    }
    return found;
}

static void protect(struct api_context *context, struct json *object, const char *finalizer) {
    struct json *metadata = json_get(object, "metadata");
    struct json *finalizers = json_get(metadata, "finalizers");
    if (!finalizers)
        finalizers = json_set_array(context->arena, metadata, "finalizers");
    JSON_FOR_EACH_ITEM (item, finalizers)
        if (str_equal(json_string(item, ""), finalizer))
            return;
    json_append_string(context->arena, finalizers, finalizer);
}

void api_claim_prepare(struct api_context *context, struct json *object, const struct json *live) {
    if (live)
        return;
    json_set_string(context->arena, json_ensure_object(context->arena, object, "status"), "phase", "Pending");
    protect(context, object, "kubernetes.io/pvc-protection");
    struct json *spec = json_ensure_object(context->arena, object, "spec");
    if (!json_get(spec, "storageClassName")) {
        const char *class = default_class(context);
        if (class)
            json_set_string(context->arena, spec, "storageClassName", class);
    }
}

void api_volume_prepare(struct api_context *context, struct json *object, const struct json *live) {
    if (live)
        return;
    json_set_string(context->arena, json_ensure_object(context->arena, object, "status"), "phase", "Pending");
    protect(context, object, "kubernetes.io/pv-protection");
}

/* A class may be given to a claim that was made without one: the default class may come later. One that names
 * its class in the annotation of old has one. */
static bool may_change_of_claim(const struct json *live, const char *member) {
    const struct json *annotations = json_at(live, "metadata.annotations");
    return str_equal(member, "storageClassName") && !json_get(json_get(live, "spec"), member) &&
           !json_get(annotations, "volume.beta.kubernetes.io/storage-class");
}

/* What a claim asks for may only grow, and which volume and class it got may be noted once. */
void api_claim_validate(struct api_context *context, const struct json *object, const struct json *live,
                        struct field_errors *errors) {
    static const char *const fixed[] = { "accessModes", "selector", "storageClassName", "volumeMode",
                                         "dataSource" };
    const struct json *before = json_at(live, "spec"), *after = json_get(object, "spec");
    struct quantity old, new;

    if (!live || context->call->subresource)
        return;
    bool has_changed = json_get(before, "volumeName") &&
                       !json_equal(json_get(before, "volumeName"), json_get(after, "volumeName"));
    for (size_t i = 0; i < ARRAY_LENGTH(fixed); i++)
        has_changed = has_changed || (!json_equal(json_get(before, fixed[i]), json_get(after, fixed[i])) &&
                                      !may_change_of_claim(live, fixed[i]));
    if (has_changed)
        field_errors_add(
            errors, FIELD_FORBIDDEN, "spec", NULL,
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for "
            "bound claims");
    if (quantity_from_json(json_at(before, "resources.requests.storage"), &old) &&
        quantity_from_json(json_at(after, "resources.requests.storage"), &new) &&
        quantity_compare(new, old) < 0)
        field_errors_add(errors, FIELD_FORBIDDEN, "spec.resources.requests.storage", NULL,
                         "field can not be less than status.capacity");
}

/* ---- role bindings ---- */

void api_binding_validate(struct api_context *context, const struct json *object, const struct json *live,
                          struct field_errors *errors) {
    if (live && !json_equal(json_get(object, "roleRef"), json_get(live, "roleRef")))
        field_errors_add(errors, FIELD_INVALID, "roleRef", json_get(object, "roleRef"),
                         "cannot change roleRef");
}
