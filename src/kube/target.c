#include "kube/target.h"

#include <stdio.h>
#include <string.h>

/* Source: Kubernetes API reference, "API concepts"; for apply also "Server-Side Apply": its body is YAML, of
 * which JSON is a part. */
static const struct {
    const char *method;
    const char *content_type;
    bool is_write;
} verbs[] = {
    [KUBE_GET] = { .method = "GET" },
    [KUBE_LIST] = { .method = "GET" },
    [KUBE_CREATE] = { .method = "POST", .content_type = "application/json", .is_write = true },
    [KUBE_UPDATE] = { .method = "PUT", .content_type = "application/json", .is_write = true },
    [KUBE_APPLY] = { .method = "PATCH", .content_type = "application/apply-patch+yaml", .is_write = true },
    [KUBE_MERGE_PATCH] = { .method = "PATCH",
                           .content_type = "application/merge-patch+json",
                           .is_write = true },
    [KUBE_DELETE] = { .method = "DELETE", .content_type = "application/json", .is_write = true },
};

static const char *const propagations[] = { [KUBE_PROPAGATION_DEFAULT] = NULL,
                                            [KUBE_BACKGROUND] = "Background",
                                            [KUBE_FOREGROUND] = "Foreground",
                                            [KUBE_ORPHAN] = "Orphan" };

const char *target_method(enum kube_verb verb) {
    return verbs[verb].method;
}

const char *target_content_type(enum kube_verb verb) {
    return verbs[verb].content_type;
}

bool target_is_write(const struct kube_call *call) {
    return verbs[call->verb].is_write && !call->dry_run;
}

bool target_is_repeatable(const struct kube_call *call) {
    return !target_is_write(call) || call->verb == KUBE_APPLY ||
           (call->verb == KUBE_DELETE && call->precondition_uid);
}

void target_add_query(struct buffer *out, const char *name, const char *value) {
    if (str_empty(value))
        return;
    buffer_add_char(out, memchr(out->data, '?', out->length) ? '&' : '?');
    buffer_add_string(out, name);
    buffer_add_char(out, '=');
    kube_percent_encode(out, value);
}

static void add_list_query(struct buffer *out, const struct kube_call *call) {
    char limit[16];

    target_add_query(out, "labelSelector", call->label_selector);
    target_add_query(out, "fieldSelector", call->field_selector);
    target_add_query(out, "continue", call->continue_token);
    if (call->limit) {
        snprintf(limit, sizeof(limit), "%u", call->limit);
        target_add_query(out, "limit", limit);
    }
}

void target_add(struct buffer *out, const char *prefix, const struct kube_call *call) {
    bool has_name = call->verb != KUBE_LIST && (call->verb != KUBE_CREATE || call->subresource);

    buffer_add_string(out, prefix);
    kube_resource_path(out, call->resource, call->namespace, has_name ? call->name : NULL, call->subresource);
    if (call->verb == KUBE_LIST)
        add_list_query(out, call);
    if (call->verb == KUBE_GET || call->verb == KUBE_LIST)
        target_add_query(out, "resourceVersion", call->resource_version);
    if (verbs[call->verb].is_write && call->verb != KUBE_DELETE) {
        target_add_query(out, "fieldManager", call->field_manager);
        target_add_query(out, "dryRun", call->dry_run ? "All" : NULL);
    }
    if (call->verb == KUBE_APPLY)
        target_add_query(out, "force", call->force ? "true" : NULL);
}

const char *target_accept(const struct kube_call *call, bool is_watch) {
    if (!call->metadata_only)
        return NULL;
    /* A server that can't do it would send the whole objects: there is no such server among those supported,
     * and the type without parameters is left out so that it would refuse instead. */
    return call->verb == KUBE_LIST && !is_watch
               ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
               : "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
}

static void add_delete_options(struct buffer *out, const struct kube_call *call) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *options = json_new_object(arena);

    json_set_string(arena, options, "apiVersion", "v1");
    json_set_string(arena, options, "kind", "DeleteOptions");
    if (propagations[call->propagation])
        json_set_string(arena, options, "propagationPolicy", propagations[call->propagation]);
    if (call->immediately)
        json_set_integer(arena, options, "gracePeriodSeconds", 0);
    if (call->dry_run)
        (void)json_append_string(arena, json_set_array(arena, options, "dryRun"), "All");
    if (call->precondition_uid || call->precondition_resource_version) {
        struct json *preconditions = json_set_object(arena, options, "preconditions");
        if (call->precondition_uid)
            json_set_string(arena, preconditions, "uid", call->precondition_uid);
        if (call->precondition_resource_version)
            json_set_string(arena, preconditions, "resourceVersion", call->precondition_resource_version);
    }
    json_write(out, options, NULL);
}

void target_add_body(struct buffer *out, const struct kube_call *call) {
    if (call->verb == KUBE_DELETE)
        add_delete_options(out, call);
    else if (verbs[call->verb].content_type)
        json_write(out, call->body, NULL);
}
