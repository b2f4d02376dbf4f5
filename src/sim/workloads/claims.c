/* Claims and volumes: what the persistent volume controller and a storage provisioner do.
 *
 * A claim binds to a volume that is there and fits, or its class makes one. Claims in use are protected from
 * deletion by a finalizer, bound claims grow when their class allows, and a volume whose claim is gone
 * follows its reclaim policy. After: Kubernetes, pkg/controller/volume/persistentvolume (events and their
 * words) and pkg/controller/volume/pvcprotection.
 */
#include "base/quantity.h"
#include "sim/workloads/controller.h"

static const char default_class_annotation[] = "storageclass.kubernetes.io/is-default-class";
static const char bind_completed_annotation[] = "pv.kubernetes.io/bind-completed";
static const char selected_node_annotation[] = "volume.kubernetes.io/selected-node";
static const char claim_protection[] = "kubernetes.io/pvc-protection";
static const char volume_protection[] = "kubernetes.io/pv-protection";

static bool patch_object(struct control *control, const struct kube_resource *resource,
                         const struct json *object, const char *subresource, const struct json *patch,
                         struct error *err) {
    struct json *answer;
    if (!kube_merge_patch(control->kube, control->arena, resource,
                          resource->is_namespaced ? object_namespace(object) : NULL, object_name(object),
                          subresource, patch, &answer, err))
        return error_wrap(err, "%s %s", resource->kind, object_name(object));
    mirror_put(control->mirror, resource, answer);
    return true;
}

/* ---- classes ---- */

static const struct json *default_class(struct control *control) {
    struct mirror_list classes = mirror_list(control->mirror, control->arena, &KUBE_STORAGE_CLASSES, NULL);
    MIRROR_FOR_EACH(class, classes) {
        if (str_equal(object_annotation(class, default_class_annotation), "true"))
            return class;
    }
    return NULL;
}

static const struct json *class_of(struct control *control, const struct json *claim) {
    const char *name = json_string_at(claim, "spec.storageClassName", NULL);
    return str_empty(name) ? NULL : mirror_get(control->mirror, &KUBE_STORAGE_CLASSES, NULL, name);
}

/* A claim without a class gets the default one, also when that comes later. */
static bool give_default_class(struct control *control, const struct json *claim, struct error *err) {
    const struct json *class = default_class(control);
    if (!class || json_is(json_at(claim, "spec.storageClassName"), JSON_STRING))
        return true;
    struct json *patch = json_new_object(control->arena);
    json_set_string(control->arena, json_set_object(control->arena, patch, "spec"), "storageClassName",
                    object_name(class));
    return patch_object(control, &KUBE_PERSISTENT_VOLUME_CLAIMS, claim, NULL, patch, err);
}

/* ---- protection ---- */

static bool is_used(struct control *control, const struct json *claim) {
    struct mirror_list pods =
        mirror_list(control->mirror, control->arena, &KUBE_PODS, object_namespace(claim));
    MIRROR_FOR_EACH(pod, pods) {
        if (pod_is_finished(pod))
            continue;
        JSON_FOR_EACH_ITEM (volume, json_at(pod, "spec.volumes")) {
            if (str_equal(json_string_at(volume, "persistentVolumeClaim.claimName", NULL),
                          object_name(claim)))
                return true;
        }
    }
    return false;
}

/* Adds or removes the finalizer. Those of others may come and go meanwhile, so this is done only to the
 * object as it was read. */
static bool set_protection(struct control *control, const struct kube_resource *resource,
                           const struct json *object, const char *protection, bool is_wanted,
                           struct error *err) {
    if (object_has_finalizer(object, protection) == is_wanted)
        return true;
    struct json *patch = json_new_object(control->arena);
    struct json *metadata = json_set_object(control->arena, patch, "metadata");
    json_set_string(control->arena, metadata, "resourceVersion",
                    json_string_at(object, "metadata.resourceVersion", ""));
    struct json *finalizers = json_set_array(control->arena, metadata, "finalizers");
    JSON_FOR_EACH_ITEM (finalizer, json_at(object, "metadata.finalizers")) {
        if (!str_equal(json_string(finalizer, NULL), protection))
            json_append(control->arena, finalizers, finalizer);
    }
    if (is_wanted)
        json_append_string(control->arena, finalizers, protection);
    return kube_merge_patch(control->kube, control->arena, resource,
                            resource->is_namespaced ? object_namespace(object) : NULL, object_name(object),
                            NULL, patch, NULL, err);
}

/* ---- volumes that are there ---- */

static int64_t storage_bytes(const struct json *quantity) {
    struct quantity value;
    return quantity_from_json(quantity, &value) ? quantity_value(value) : 0;
}

static bool modes_include(const struct json *have, const struct json *wanted) {
    JSON_FOR_EACH_ITEM (mode, wanted) {
        bool is_there = false;
        JSON_FOR_EACH_ITEM (offered, have) {
            is_there |= json_equal(mode, offered);
        }
        if (!is_there)
            return false;
    }
    return true;
}

static bool is_meant_for(const struct json *volume, const struct json *claim) {
    const struct json *ref = json_at(volume, "spec.claimRef");
    const char *uid = json_string_at(ref, "uid", NULL);
    return ref && str_equal(json_string_at(ref, "namespace", NULL), object_namespace(claim)) &&
           str_equal(json_string_at(ref, "name", NULL), object_name(claim)) &&
           (str_empty(uid) || str_equal(uid, object_uid(claim)));
}

static bool fits(const struct json *volume, const struct json *claim) {
    const struct json *selector = json_at(claim, "spec.selector");
    return !json_at(volume, "spec.claimRef") && !object_is_deleting(volume) &&
           str_equal(json_string_at(volume, "spec.storageClassName", ""),
                     json_string_at(claim, "spec.storageClassName", "")) &&
           storage_bytes(json_at(volume, "spec.capacity.storage")) >=
               storage_bytes(json_at(claim, "spec.resources.requests.storage")) &&
           modes_include(json_at(volume, "spec.accessModes"), json_at(claim, "spec.accessModes")) &&
           (!selector || selector_matches(selector, json_at(volume, "metadata.labels")));
}

/* The one it was promised to or that it names, else the smallest that fits. */
static const struct json *find_volume(struct control *control, const struct json *claim) {
    const char *wanted = json_string_at(claim, "spec.volumeName", NULL);
    if (!str_empty(wanted))
        return mirror_get(control->mirror, &KUBE_PERSISTENT_VOLUMES, NULL, wanted);

    struct mirror_list volumes = mirror_list(control->mirror, control->arena, &KUBE_PERSISTENT_VOLUMES, NULL);
    const struct json *best = NULL;
    MIRROR_FOR_EACH(volume, volumes) {
        if (is_meant_for(volume, claim))
            return volume;
        if (fits(volume, claim) && (!best || storage_bytes(json_at(volume, "spec.capacity.storage")) <
                                                 storage_bytes(json_at(best, "spec.capacity.storage"))))
            best = volume;
    }
    return best;
}

/* ---- provisioning ---- */

static struct json *claim_reference(struct arena *arena, const struct json *claim) {
    struct json *reference = json_new_object(arena);
    json_set_string(arena, reference, "apiVersion", "v1");
    json_set_string(arena, reference, "kind", "PersistentVolumeClaim");
    json_set_string(arena, reference, "namespace", object_namespace(claim));
    json_set_string(arena, reference, "name", object_name(claim));
    json_set_string(arena, reference, "uid", object_uid(claim));
    return reference;
}

static struct json *build_volume(struct arena *arena, const struct json *claim, const struct json *class) {
    struct json *volume = json_new_object(arena);
    const char *name = arena_printf(arena, "pvc-%s", object_uid(claim));
    const char *provisioner = json_string_at(class, "provisioner", "");

    json_set_string(arena, volume, "apiVersion", "v1");
    json_set_string(arena, volume, "kind", "PersistentVolume");
    struct json *metadata = json_set_object(arena, volume, "metadata");
    json_set_string(arena, metadata, "name", name);
    json_set_string(arena, json_set_object(arena, metadata, "annotations"), "pv.kubernetes.io/provisioned-by",
                    provisioner);
    struct json *spec = json_set_object(arena, volume, "spec");
    json_set_string(arena, json_set_object(arena, spec, "capacity"), "storage",
                    json_string_at(claim, "spec.resources.requests.storage", "0"));
    json_set(arena, spec, "accessModes", json_at(claim, "spec.accessModes"));
    json_set(arena, spec, "claimRef", claim_reference(arena, claim));
    json_set_string(arena, spec, "persistentVolumeReclaimPolicy",
                    json_string_at(class, "reclaimPolicy", "Delete"));
    json_set_string(arena, spec, "storageClassName", object_name(class));
    json_set_string(arena, spec, "volumeMode", json_string_at(claim, "spec.volumeMode", "Filesystem"));
    struct json *source = json_set_object(arena, spec, "csi");
    json_set_string(arena, source, "driver", provisioner);
    json_set_string(arena, source, "volumeHandle", name);
    return volume;
}

/* Leaves *out_volume NULL when the claim has to wait, and says why in an event. */
static bool provision(struct control *control, const struct json *claim, const struct json **out_volume,
                      struct error *err) {
    const char *class_name = json_string_at(claim, "spec.storageClassName", NULL);
    const struct json *class = class_of(control, claim);
    struct json *answer;

    if (str_empty(class_name)) {
        recorder_event(control->recorder, claim, NULL, RECORDER_NORMAL, "FailedBinding",
                       "no persistent volumes available for this claim and no storage class is set");
        return true;
    }
    if (!class) {
        recorder_event(control->recorder, claim, NULL, RECORDER_WARNING, "ProvisioningFailed",
                       "storageclass.storage.k8s.io \"%s\" not found", class_name);
        return true;
    }
    if (str_equal(json_string_at(class, "volumeBindingMode", "Immediate"), "WaitForFirstConsumer") &&
        !object_annotation(claim, selected_node_annotation)) {
        recorder_event(control->recorder, claim, NULL, RECORDER_NORMAL, "WaitForFirstConsumer",
                       "waiting for first consumer to be created before binding");
        return true;
    }
    if (str_equal(json_string_at(class, "provisioner", ""), "kubernetes.io/no-provisioner")) {
        recorder_event(control->recorder, claim, NULL, RECORDER_NORMAL, "FailedBinding",
                       "no persistent volumes available for this claim");
        return true;
    }
    struct json *volume = build_volume(control->arena, claim, class);
    struct error failure = { 0 };
    if (!kube_create(control->kube, control->arena, volume, &answer, &failure)) {
        if (failure.kind != ERROR_ALREADY_EXISTS)
            recorder_event(control->recorder, claim, NULL, RECORDER_WARNING, "ProvisioningFailed",
                           "failed to provision volume with StorageClass \"%s\": %s", class_name,
                           failure.text);
        *err = failure;
        return error_wrap(err, "volume for claim %s", object_name(claim));
    }
    mirror_put(control->mirror, &KUBE_PERSISTENT_VOLUMES, answer);
    recorder_event(control->recorder, claim, NULL, RECORDER_NORMAL, "ProvisioningSucceeded",
                   "Successfully provisioned volume %s", object_name(volume));
    *out_volume = answer;
    return true;
}

/* ---- binding ---- */

static bool bind_volume(struct control *control, const struct json *claim, const struct json *volume,
                        struct error *err) {
    struct arena *arena = control->arena;
    if (!str_equal(json_string_at(volume, "spec.claimRef.uid", NULL), object_uid(claim))) {
        struct json *patch = json_new_object(arena);
        json_set(arena, json_set_object(arena, patch, "spec"), "claimRef", claim_reference(arena, claim));
        if (!patch_object(control, &KUBE_PERSISTENT_VOLUMES, volume, NULL, patch, err))
            return false;
    }
    if (str_equal(json_string_at(volume, "status.phase", NULL), "Bound"))
        return true;
    struct json *patch = json_new_object(arena);
    json_set_string(arena, json_set_object(arena, patch, "status"), "phase", "Bound");
    return patch_object(control, &KUBE_PERSISTENT_VOLUMES, volume, "status", patch, err);
}

static bool bind_claim(struct control *control, const struct json *claim, const struct json *volume,
                       struct error *err) {
    struct arena *arena = control->arena;
    struct json *patch = json_new_object(arena);
    struct json *annotations =
        json_set_object(arena, json_set_object(arena, patch, "metadata"), "annotations");
    json_set_string(arena, annotations, bind_completed_annotation, "yes");
    json_set_string(arena, annotations, "pv.kubernetes.io/bound-by-controller", "yes");
    json_set_string(arena, json_set_object(arena, patch, "spec"), "volumeName", object_name(volume));
    if (!patch_object(control, &KUBE_PERSISTENT_VOLUME_CLAIMS, claim, NULL, patch, err))
        return false;

    patch = json_new_object(arena);
    struct json *status = json_set_object(arena, patch, "status");
    json_set_string(arena, status, "phase", "Bound");
    json_set(arena, status, "accessModes", json_at(volume, "spec.accessModes"));
    json_set(arena, status, "capacity", json_at(volume, "spec.capacity"));
    return patch_object(control, &KUBE_PERSISTENT_VOLUME_CLAIMS, claim, "status", patch, err);
}

static bool set_claim_phase(struct control *control, const struct json *claim, const char *phase,
                            struct error *err) {
    if (str_equal(json_string_at(claim, "status.phase", NULL), phase))
        return true;
    struct json *patch = json_new_object(control->arena);
    json_set_string(control->arena, json_set_object(control->arena, patch, "status"), "phase", phase);
    return patch_object(control, &KUBE_PERSISTENT_VOLUME_CLAIMS, claim, "status", patch, err);
}

/* ---- growth ---- */

static bool grow(struct control *control, const struct json *claim, const struct json *volume,
                 struct error *err) {
    struct arena *arena = control->arena;
    const struct json *wanted = json_at(claim, "spec.resources.requests.storage");
    if (storage_bytes(wanted) <= storage_bytes(json_at(claim, "status.capacity.storage")))
        return true;
    if (!json_bool_at(class_of(control, claim), "allowVolumeExpansion", false)) {
        recorder_event(control->recorder, claim, NULL, RECORDER_WARNING, "VolumeResizeFailed",
                       "storage class %s does not allow volume expansion",
                       json_string_at(claim, "spec.storageClassName", ""));
        return true;
    }
    struct json *patch = json_new_object(arena);
    json_set(arena, json_set_object(arena, json_set_object(arena, patch, "spec"), "capacity"), "storage",
             wanted);
    if (!patch_object(control, &KUBE_PERSISTENT_VOLUMES, volume, NULL, patch, err))
        return false;
    patch = json_new_object(arena);
    json_set(arena, json_set_object(arena, json_set_object(arena, patch, "status"), "capacity"), "storage",
             wanted);
    if (!patch_object(control, &KUBE_PERSISTENT_VOLUME_CLAIMS, claim, "status", patch, err))
        return false;
    recorder_event(control->recorder, claim, NULL, RECORDER_NORMAL, "VolumeResizeSuccessful",
                   "Resize volume succeeded");
    return true;
}

/* ---- reconcile ---- */

static bool reconcile_claim(struct control *control, const char *namespace, const char *name,
                            struct error *err) {
    const struct kube_resource *const claims = &KUBE_PERSISTENT_VOLUME_CLAIMS;
    const struct json *claim = mirror_get(control->mirror, claims, namespace, name);
    if (!claim)
        return true;
    if (object_is_deleting(claim))
        return is_used(control, claim) ||
               set_protection(control, claims, claim, claim_protection, false, err);
    if (!set_protection(control, claims, claim, claim_protection, true, err) ||
        !give_default_class(control, claim, err))
        return false;

    claim = mirror_get(control->mirror, claims, namespace, name);
    const struct json *volume = find_volume(control, claim);
    bool was_bound = object_annotation(claim, bind_completed_annotation) &&
                     !str_equal(json_string_at(claim, "status.phase", NULL), "Pending");
    if (was_bound)
        return volume ? grow(control, claim, volume, err) : set_claim_phase(control, claim, "Lost", err);
    if (!volume && !str_empty(json_string_at(claim, "spec.volumeName", NULL))) {
        recorder_event(control->recorder, claim, NULL, RECORDER_WARNING, "FailedBinding",
                       "volume \"%s\" not found", json_string_at(claim, "spec.volumeName", ""));
        return set_claim_phase(control, claim, "Pending", err);
    }
    if (!volume && !provision(control, claim, &volume, err))
        return false;
    if (!volume)
        return set_claim_phase(control, claim, "Pending", err);
    return bind_volume(control, claim, volume, err) && bind_claim(control, claim, volume, err);
}

/* A volume whose claim is gone is deleted or, when it must be kept, released. */
static bool reconcile_volume(struct control *control, const char *name, struct error *err) {
    const struct json *volume = mirror_get(control->mirror, &KUBE_PERSISTENT_VOLUMES, NULL, name);
    const struct json *ref = json_at(volume, "spec.claimRef");
    const char *phase = json_string_at(volume, "status.phase", NULL), *wanted = "Available";
    if (!volume)
        return true;

    const struct json *claim =
        ref ? mirror_get(control->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS,
                         json_string_at(ref, "namespace", ""), json_string_at(ref, "name", ""))
            : NULL;
    bool is_bound = claim && str_equal(object_uid(claim), json_string_at(ref, "uid", NULL));
    if (object_is_deleting(volume))
        return is_bound ||
               set_protection(control, &KUBE_PERSISTENT_VOLUMES, volume, volume_protection, false, err);
    if (ref && !str_empty(json_string_at(ref, "uid", NULL))) {
        if (is_bound)
            return true; /* the claim's reconcile does the rest */
        if (str_equal(json_string_at(volume, "spec.persistentVolumeReclaimPolicy", "Retain"), "Delete"))
            return kube_delete(control->kube, &KUBE_PERSISTENT_VOLUMES, NULL, name, object_uid(volume),
                               KUBE_PROPAGATION_DEFAULT, err);
        wanted = "Released";
    }
    if (str_equal(phase, wanted))
        return true;
    struct json *patch = json_new_object(control->arena);
    json_set_string(control->arena, json_set_object(control->arena, patch, "status"), "phase", wanted);
    return patch_object(control, &KUBE_PERSISTENT_VOLUMES, volume, "status", patch, err);
}

static bool reconcile(struct control *control, const char *namespace, const char *name, struct error *err) {
    return *namespace ? reconcile_claim(control, namespace, name, err) : reconcile_volume(control, name, err);
}

/* ---- what concerns whom ---- */

static void enqueue_unbound(struct control_queue *queue, const struct mirror *mirror) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct mirror_list claims = mirror_list(mirror, arena, &KUBE_PERSISTENT_VOLUME_CLAIMS, NULL);
    MIRROR_FOR_EACH(claim, claims) {
        if (!str_equal(json_string_at(claim, "status.phase", NULL), "Bound"))
            control_enqueue(queue, object_namespace(claim), object_name(claim));
    }
}

static void changed(struct control_queue *queue, const struct mirror *mirror,
                    const struct kube_resource *resource, const struct json *old, const struct json *new) {
    const struct json *object = new ? new : old;
    if (resource == &KUBE_PERSISTENT_VOLUME_CLAIMS) {
        control_enqueue(queue, object_namespace(object), object_name(object));
        const char *volume = json_string_at(object, "spec.volumeName", NULL);
        if (!new && !str_empty(volume))
            control_enqueue(queue, "", volume);
    } else if (resource == &KUBE_PERSISTENT_VOLUMES) {
        control_enqueue(queue, "", object_name(object));
        const struct json *ref = json_at(object, "spec.claimRef");
        if (ref)
            control_enqueue(queue, json_string_at(ref, "namespace", ""), json_string_at(ref, "name", ""));
        else
            enqueue_unbound(queue, mirror);
    } else if (resource == &KUBE_STORAGE_CLASSES) {
        enqueue_unbound(queue, mirror);
    } else if (resource == &KUBE_PODS && (!new || pod_is_finished(new))) {
        JSON_FOR_EACH_ITEM (volume, json_at(object, "spec.volumes")) {
            const char *claim = json_string_at(volume, "persistentVolumeClaim.claimName", NULL);
            if (claim)
                control_enqueue(queue, object_namespace(object), claim);
        }
    }
}

const struct controller controller_claim = { .name = "persistentvolume-controller",
                                             .changed = changed,
                                             .reconcile = reconcile };
