#include "sandbox/manifests.h"

#include "api/crd.h"
#include "base/file.h"
#include "base/yaml.h"

#define OUR_API_VERSION "neo4j.neo4j.com/v1alpha1"

static const struct kube_resource *find_resource(const struct json *object, struct error *err) {
    const char *version = json_string_at(object, "apiVersion", ""),
               *kind = json_string_at(object, "kind", "");
    const struct kube_resource *resource = kube_resource_of_kind(version, kind);
    if (resource)
        return resource;
    if (kube_resource_of_kind(OUR_API_VERSION, kind))
        error_set(err, ERROR_INVALID, "no kind %s in %s; write apiVersion: " OUR_API_VERSION, kind, version);
    else
        error_set(err, ERROR_INVALID, "kind %s of %s is not known here; apply it with kubectl", kind,
                  version);
    return NULL;
}

/* Asked of all objects before the first is applied: a mistyped kind leaves nothing half done. */
static bool are_known(const struct json *objects, struct error *err) {
    JSON_FOR_EACH_ITEM (object, objects) {
        if (!find_resource(object, err))
            return error_wrap(err, "%s", json_string_at(object, "metadata.name", ""));
    }
    return true;
}

static bool apply_one(struct kube *kube, struct arena *arena, struct json *object, struct json *answers,
                      struct error *err) {
    const char *name = json_string_at(object, "metadata.name", "");
    const struct kube_resource *resource = find_resource(object, err);
    struct json *answer;

    if (!resource)
        return false;
    if (resource->is_namespaced && !json_at(object, "metadata.namespace"))
        json_set_string(arena, json_ensure_object(arena, object, "metadata"), "namespace", "default");
    if (!kube_apply(kube, arena, MANIFESTS_FIELD_MANAGER, object, &answer, err))
        return error_wrap(err, "%s %s", resource->kind, name);
    json_append(arena, answers, answer);
    return true;
}

bool manifests_apply(struct kube *kube, struct arena *arena, const char *source, struct text text,
                     struct json **out_objects, struct error *err) {
    struct json *documents, *answers = json_new_array(arena);

    if (!yaml_parse(arena, text, &documents, err))
        return error_wrap(err, "%s", source);
    if (!are_known(documents, err))
        return error_wrap(err, "%s", source);
    JSON_FOR_EACH_ITEM (document, documents) {
        if (!apply_one(kube, arena, document, answers, err))
            return error_wrap(err, "%s", source);
    }
    *out_objects = answers;
    return true;
}

bool manifests_apply_file(struct kube *kube, struct arena *arena, const char *path, struct json **out_objects,
                          struct error *err) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    return file_read(path, MANIFESTS_BYTES_MAX, &text, err) &&
           manifests_apply(kube, arena, path, buffer_text(&text), out_objects, err);
}

bool manifests_apply_crds(struct kube *kube, struct error *err) {
    for (const struct crd *const *crd = crds_shipped; *crd; crd++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *object;
        if (!json_parse(arena, (struct text){ (*crd)->json, (*crd)->length }, NULL, &object, err) ||
            !kube_apply(kube, arena, MANIFESTS_FIELD_MANAGER, object, NULL, err))
            return error_wrap(err, "custom resource definition %s", (*crd)->name);
    }
    return true;
}
