#include "sim/workloads/stateful_set.h"

int64_t stateful_set_start(const struct json *set) {
    return json_integer_at(set, "spec.ordinals.start", 0);
}

int64_t stateful_set_ordinal(const struct json *set, const char *pod_name) {
    const char *name = object_name(set);
    size_t length = strlen(name);
    int64_t ordinal;
    if (!str_starts_with(pod_name, name) || pod_name[length] != '-')
        return -1;
    const char *digits = pod_name + length + 1;
    /* "a-01" is nobody's. */
    if ((digits[0] == '0' && digits[1]) || !parse_int64(text_from(digits), &ordinal) || ordinal < 0)
        return -1;
    return ordinal;
}

static char *pod_name_of(struct arena *arena, const struct json *set, int64_t ordinal) {
    return arena_printf(arena, "%s-%lld", object_name(set), (long long)ordinal);
}

char *stateful_set_claim_name(struct arena *arena, const struct json *set, const struct json *claim_template,
                              int64_t ordinal) {
    return arena_printf(arena, "%s-%s-%lld", object_name(claim_template), object_name(set),
                        (long long)ordinal);
}

static void set_identity_labels(struct arena *arena, struct json *labels, const struct json *set,
                                int64_t ordinal) {
    json_set_string(arena, labels, "statefulset.kubernetes.io/pod-name", pod_name_of(arena, set, ordinal));
    json_set_string(arena, labels, "apps.kubernetes.io/pod-index",
                    arena_printf(arena, "%lld", (long long)ordinal));
}

/* The set's claims take the place of template volumes of the same name. */
static void set_volumes(struct arena *arena, struct json *spec, const struct json *set, int64_t ordinal) {
    struct json *volumes = json_new_array(arena);
    const struct json *templates = json_at(set, "spec.volumeClaimTemplates");

    JSON_FOR_EACH_ITEM (claim, templates) {
        struct json *volume = json_append_object(arena, volumes);
        json_set_string(arena, volume, "name", object_name(claim));
        json_set_string(arena, json_set_object(arena, volume, "persistentVolumeClaim"), "claimName",
                        stateful_set_claim_name(arena, set, claim, ordinal));
    }
    JSON_FOR_EACH_ITEM (volume, json_get(spec, "volumes")) {
        bool is_replaced = false;
        JSON_FOR_EACH_ITEM (claim, templates) {
            is_replaced |= str_equal(object_name(claim), json_string_at(volume, "name", NULL));
        }
        if (!is_replaced)
            json_append(arena, volumes, volume);
    }
    if (json_length(volumes))
        json_set(arena, spec, "volumes", volumes);
}

struct json *stateful_set_pod(struct arena *arena, const struct json *set, const struct json *template,
                              const char *revision, int64_t ordinal) {
    struct json *pod = json_new_object(arena);
    json_set_string(arena, pod, "apiVersion", "v1");
    json_set_string(arena, pod, "kind", "Pod");

    struct json *metadata = json_set_object(arena, pod, "metadata");
    json_set_string(arena, metadata, "name", pod_name_of(arena, set, ordinal));
    json_set_string(arena, metadata, "generateName", arena_printf(arena, "%s-", object_name(set)));
    json_set_string(arena, metadata, "namespace", object_namespace(set));
    struct json *labels = json_at(template, "metadata.labels");
    labels = json_set(arena, metadata, "labels", labels ? json_copy(arena, labels) : json_new_object(arena));
    set_identity_labels(arena, labels, set, ordinal);
    json_set_string(arena, labels, "controller-revision-hash", revision);
    struct json *annotations = json_at(template, "metadata.annotations");
    if (annotations)
        json_set(arena, metadata, "annotations", json_copy(arena, annotations));
    json_append(arena, json_set_array(arena, metadata, "ownerReferences"),
                object_owner_reference(arena, set));

    struct json *spec = json_set(arena, pod, "spec", json_copy(arena, json_get(template, "spec")));
    set_volumes(arena, spec, set, ordinal);
    json_set_string(arena, spec, "hostname", pod_name_of(arena, set, ordinal));
    json_set_string(arena, spec, "subdomain", json_string_at(set, "spec.serviceName", ""));
    return pod;
}

/* ---- claims ---- */

bool stateful_set_has_claim(const struct json *set, const char *claim_name) {
    JSON_FOR_EACH_ITEM (claim_template, json_at(set, "spec.volumeClaimTemplates")) {
        const char *prefix = object_name(claim_template);
        size_t length = strlen(prefix);
        if (str_starts_with(claim_name, prefix) && claim_name[length] == '-' &&
            stateful_set_ordinal(set, claim_name + length + 1) >= 0)
            return true;
    }
    return false;
}

static bool policy_is_delete(const struct json *set, const char *when) {
    const struct json *policy = json_at(set, "spec.persistentVolumeClaimRetentionPolicy");
    return str_equal(json_string_at(policy, when, "Retain"), "Delete");
}

static struct json *build_claim(struct arena *arena, const struct json *set,
                                const struct json *claim_template, int64_t ordinal) {
    struct json *claim = json_copy(arena, claim_template);
    json_set_string(arena, claim, "apiVersion", "v1");
    json_set_string(arena, claim, "kind", "PersistentVolumeClaim");
    json_remove(claim, "status");
    struct json *metadata = json_ensure_object(arena, claim, "metadata");
    json_set_string(arena, metadata, "name", stateful_set_claim_name(arena, set, claim_template, ordinal));
    json_set_string(arena, metadata, "namespace", object_namespace(set));
    json_remove(metadata, "creationTimestamp");
    struct json *labels = json_ensure_object(arena, metadata, "labels");
    JSON_FOR_EACH_MEMBER (label, json_at(set, "spec.selector.matchLabels")) {
        json_set(arena, labels, label->key, &label->value);
    }
    if (policy_is_delete(set, "whenDeleted"))
        json_append(arena, json_set_array(arena, metadata, "ownerReferences"),
                    object_owner_reference(arena, set));
    return claim;
}

bool stateful_set_create_claims(struct control *control, const struct json *set, int64_t ordinal,
                                struct error *err) {
    JSON_FOR_EACH_ITEM (claim_template, json_at(set, "spec.volumeClaimTemplates")) {
        struct json *claim = build_claim(control->arena, set, claim_template, ordinal), *answer;
        const struct json *existing = mirror_get(control->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS,
                                                 object_namespace(set), object_name(claim));
        struct error failure = { 0 };
        if (existing && object_is_deleting(existing))
            return error_set(err, ERROR_CONFLICT, "claim %s is being deleted", object_name(claim));
        if (existing)
            continue;
        if (kube_create(control->kube, control->arena, claim, &answer, &failure)) {
            mirror_put(control->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, answer);
            recorder_event(control->recorder, set, NULL, RECORDER_NORMAL, "SuccessfulCreate",
                           "create Claim %s Pod %s in StatefulSet %s success", object_name(claim),
                           pod_name_of(control->arena, set, ordinal), object_name(set));
        } else if (failure.kind != ERROR_ALREADY_EXISTS) {
            recorder_event(control->recorder, set, NULL, RECORDER_WARNING, "FailedCreate",
                           "create Claim %s for Pod %s in StatefulSet %s failed error: %s",
                           object_name(claim), pod_name_of(control->arena, set, ordinal), object_name(set),
                           failure.text);
            *err = failure;
            return error_wrap(err, "claim %s", object_name(claim));
        }
    }
    return true;
}

/* The owners that the retention policy asks for; owners of other kinds stay. */
static struct json *wanted_owners(struct arena *arena, const struct json *claim, const struct json *set,
                                  const struct json *pod, bool is_condemned) {
    struct json *owners = json_new_array(arena);
    JSON_FOR_EACH_ITEM (owner, json_at(claim, "metadata.ownerReferences")) {
        const char *kind = json_string_at(owner, "kind", "");
        if (!str_equal(kind, "Pod") && !str_equal(json_string_at(owner, "uid", NULL), object_uid(set)))
            json_append(arena, owners, owner);
    }
    if (is_condemned && pod && policy_is_delete(set, "whenScaled")) {
        struct json *owner = json_append(arena, owners, object_owner_reference(arena, pod));
        json_remove(owner, "controller");
    } else if (policy_is_delete(set, "whenDeleted"))
        json_append(arena, owners, object_owner_reference(arena, set));
    return owners;
}

bool stateful_set_retain_claims(struct control *control, const struct json *set, const struct json *pod,
                                int64_t ordinal, bool is_condemned, struct error *err) {
    JSON_FOR_EACH_ITEM (claim_template, json_at(set, "spec.volumeClaimTemplates")) {
        const char *name = stateful_set_claim_name(control->arena, set, claim_template, ordinal);
        const struct json *claim =
            mirror_get(control->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, object_namespace(set), name);
        if (!claim || object_is_deleting(claim))
            continue;
        struct json *owners = wanted_owners(control->arena, claim, set, pod, is_condemned), *answer;
        const struct json *have = json_at(claim, "metadata.ownerReferences");
        if (json_length(have) == json_length(owners) && (!have || json_equal(have, owners)))
            continue;
        struct json *patch = json_new_object(control->arena);
        json_set(control->arena, json_set_object(control->arena, patch, "metadata"), "ownerReferences",
                 owners);
        if (!kube_merge_patch(control->kube, control->arena, &KUBE_PERSISTENT_VOLUME_CLAIMS,
                              object_namespace(set), name, NULL, patch, &answer, err))
            return error_wrap(err, "owners of claim %s", name);
        mirror_put(control->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, answer);
    }
    return true;
}

bool stateful_set_restore_identity(struct control *control, const struct json *set, const struct json *pod,
                                   struct error *err) {
    struct arena *arena = control->arena;
    struct json *patch = json_new_object(arena), *answer;
    struct json *labels = json_set_object(arena, json_set_object(arena, patch, "metadata"), "labels");

    set_identity_labels(arena, labels, set, stateful_set_ordinal(set, object_name(pod)));
    bool is_same = true;
    JSON_FOR_EACH_MEMBER (label, labels) {
        is_same &= str_equal(object_label(pod, label->key), json_string(&label->value, NULL));
    }
    if (is_same)
        return true;
    if (!kube_merge_patch(control->kube, arena, &KUBE_PODS, object_namespace(pod), object_name(pod), NULL,
                          patch, &answer, err))
        return error_wrap(err, "labels of pod %s", object_name(pod));
    mirror_put(control->mirror, &KUBE_PODS, answer);
    return true;
}
