#include "sim/workloads/workloads.h"

#include "base/yaml.h"

/* Kept as the manifests that an administrator would apply. */
static const char storage_classes[] =
    "{apiVersion: storage.k8s.io/v1, kind: StorageClass,\n"
    " metadata: {name: standard, annotations: {storageclass.kubernetes.io/is-default-class: \"true\"}},\n"
    " provisioner: sandbox.neo4j.com/memory, reclaimPolicy: Delete, allowVolumeExpansion: true,\n"
    " volumeBindingMode: Immediate}\n"
    "---\n"
    "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast-ssd},\n"
    " provisioner: sandbox.neo4j.com/memory, reclaimPolicy: Delete, allowVolumeExpansion: true,\n"
    " volumeBindingMode: Immediate}\n"
    "---\n"
    "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: standard-late},\n"
    " provisioner: sandbox.neo4j.com/memory, reclaimPolicy: Delete, allowVolumeExpansion: true,\n"
    " volumeBindingMode: WaitForFirstConsumer}\n";

bool workloads_install(struct kube *kube, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *documents;

    if (!yaml_parse(arena, text_from(storage_classes), &documents, err))
        return error_wrap(err, "storage classes of the sandbox");
    JSON_FOR_EACH_ITEM (document, documents) {
        struct error failure = { 0 };
        if (!kube_create(kube, arena, document, NULL, &failure) && failure.kind != ERROR_ALREADY_EXISTS) {
            *err = failure;
            return error_wrap(err, "storage class %s", json_string_at(document, "metadata.name", ""));
        }
    }
    return true;
}
