/* Volumes: what a container finds at its mount points.
 *
 * After: Kubernetes, pkg/volume (the words of errors) and pkg/kubelet/kubelet_pods.go (makeMounts).
 */
#include "sim/node/node_internal.h"

static const char data_path[] = "/data";

/* ---- the content of a volume: object relative path → content ---- */

static const struct json *key_content(struct arena *arena, const struct json *object, const char *key,
                                      bool is_secret) {
    const struct json *text = json_get(json_get(object, "data"), key);
    const struct json *binary = json_get(json_get(object, "binaryData"), key);
    if (text)
        return is_secret ? secret_value(arena, text) : text;
    return binary ? secret_value(arena, binary) : NULL;
}

static void add_all_keys(struct arena *arena, struct json *content, const struct json *object,
                         const char *member, bool is_secret) {
    JSON_FOR_EACH_MEMBER (entry, json_get(object, member)) {
        const struct json *value = key_content(arena, object, entry->key, is_secret);
        if (value)
            json_set(arena, content, entry->key, value);
    }
}

/* Keys as files; with items only those, at the paths that they name. */
static bool add_keys(struct arena *arena, struct json *content, const struct json *object,
                     const struct json *source, bool is_secret, struct error *err) {
    const struct json *items = json_get(source, "items");

    if (!json_length(items)) {
        add_all_keys(arena, content, object, "data", is_secret);
        add_all_keys(arena, content, object, "binaryData", is_secret);
        return true;
    }
    JSON_FOR_EACH_ITEM (item, items) {
        const char *key = json_string_at(item, "key", "");
        const struct json *value = key_content(arena, object, key, is_secret);
        if (value)
            json_set(arena, content, json_string_at(item, "path", key), value);
        else if (!json_bool_at(source, "optional", false))
            return error_set(err, ERROR_NOT_FOUND, "references non-existent %s key: %s",
                             is_secret ? "secret" : "config", key);
    }
    return true;
}

static bool add_source(const struct pod *pod, struct arena *arena, struct json *content,
                       const struct json *source, bool is_secret, struct error *err) {
    const char *name = json_string_at(source, is_secret ? "secretName" : "name", NULL);
    name = name ? name : json_string_at(source, "name", ""); /* a projected Secret says name */
    const struct json *object =
        mirror_get(pod->node->mirror, is_secret ? &KUBE_SECRETS : &KUBE_CONFIG_MAPS, pod->namespace, name);
    if (!object && json_bool_at(source, "optional", false))
        return true;
    if (!object)
        return error_set(err, ERROR_NOT_FOUND, "%s \"%s\" not found", is_secret ? "secret" : "configmap",
                         name);
    return add_keys(arena, content, object, source, is_secret, err);
}

static bool add_downward(const struct pod *pod, struct arena *arena, struct json *content,
                         const struct json *source, struct error *err) {
    JSON_FOR_EACH_ITEM (item, json_get(source, "items")) {
        const char *field = json_string_at(item, "fieldRef.fieldPath", NULL), *value = "";
        bool is_map = str_equal(field, "metadata.labels") || str_equal(field, "metadata.annotations");
        if (is_map) {
            JSON_FOR_EACH_MEMBER (member, json_at(pod->object, field)) {
                CLEANUP_BUFFER struct buffer line = { 0 };
                json_write_string(&line, text_from(json_string(&member->value, "")));
                value = arena_printf(arena, "%s%s=%s\n", value, member->key, buffer_string(&line));
            }
        } else if (field && !(value = environment_field(pod, arena, field))) {
            return error_set(err, ERROR_INVALID, "unsupported fieldPath: %s", field);
        }
        json_set_string(arena, content, json_string_at(item, "path", ""), value);
    }
    return true;
}

static bool add_projected(const struct pod *pod, struct arena *arena, struct json *content,
                          const struct json *volume, struct error *err) {
    JSON_FOR_EACH_ITEM (source, json_get(volume, "sources")) {
        const struct json *config_map = json_get(source, "configMap"), *secret = json_get(source, "secret");
        const struct json *downward = json_get(source, "downwardAPI");
        if ((config_map && !add_source(pod, arena, content, config_map, false, err)) ||
            (secret && !add_source(pod, arena, content, secret, true, err)) ||
            (downward && !add_downward(pod, arena, content, downward, err)))
            return false;
    }
    return true;
}

static bool volume_content(const struct pod *pod, struct arena *arena, const struct json *volume,
                           struct json **out_content, struct error *err) {
    struct json *content = json_new_object(arena);
    const struct json *source;
    *out_content = content;
    if ((source = json_get(volume, "configMap")))
        return add_source(pod, arena, content, source, false, err);
    if ((source = json_get(volume, "secret")))
        return add_source(pod, arena, content, source, true, err);
    if ((source = json_get(volume, "projected")))
        return add_projected(pod, arena, content, source, err);
    if ((source = json_get(volume, "downwardAPI")))
        return add_downward(pod, arena, content, source, err);
    return true;
}

/* ---- before the sandbox: is everything there? ---- */

static bool check_claim(struct pod *pod, const char *name, struct error *err) {
    const struct json *claim =
        mirror_get(pod->node->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, pod->namespace, name);
    if (!claim)
        return error_set(err, ERROR_NOT_FOUND, "persistentvolumeclaim \"%s\" not found", name);
    if (!str_equal(json_string_at(claim, "status.phase", NULL), "Bound"))
        return error_set(err, ERROR_INVALID, "PVC is not bound");
    return volume_attach(pod, claim, err);
}

bool volumes_check(struct pod *pod, struct arena *arena, const char **out_volume, struct error *err) {
    JSON_FOR_EACH_ITEM (volume, json_at(pod->object, "spec.volumes")) {
        const char *claim = json_string_at(volume, "persistentVolumeClaim.claimName", NULL);
        struct json *content;
        *out_volume = json_string_at(volume, "name", "");
        if ((claim && !check_claim(pod, claim, err)) || !volume_content(pod, arena, volume, &content, err))
            return false;
    }
    return true;
}

/* ---- what a container sees ---- */

static const struct json *find_volume(const struct pod *pod, const char *name) {
    JSON_FOR_EACH_ITEM (volume, json_at(pod->object, "spec.volumes")) {
        if (str_equal(json_string_at(volume, "name", NULL), name))
            return volume;
    }
    return NULL;
}

/* "/a/" and "b" → "/a/b" */
static char *join(struct arena *arena, const char *directory, const char *path) {
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    return *path ? arena_printf(arena, "%.*s/%s", (int)length, directory, path)
                 : arena_strndup(arena, directory, length);
}

static void mount(struct arena *arena, struct json *files, const struct json *content, const char *mount_path,
                  const char *sub_path) {
    size_t length = strlen(sub_path);
    JSON_FOR_EACH_MEMBER (file, content) {
        if (!length)
            json_set(arena, files, join(arena, mount_path, file->key), &file->value);
        else if (str_equal(file->key, sub_path))
            json_set(arena, files, join(arena, mount_path, ""), &file->value);
        else if (str_starts_with(file->key, sub_path) && file->key[length] == '/')
            json_set(arena, files, join(arena, mount_path, file->key + length + 1), &file->value);
    }
}

static struct neo4j_volume *scratch_of(struct pod *pod, const char *name) {
    struct pod_scratch *scratch;

    SLIST_FOREACH (scratch, &pod->scratches, link)
        if (str_equal(scratch->name, name))
            return scratch->volume;
    scratch = XNEW(struct pod_scratch);
    scratch->name = xstrdup(name);
    scratch->volume = neo4j_volume_new();
    SLIST_INSERT_HEAD(&pod->scratches, scratch, link);
    return scratch->volume;
}

void volumes_forget_scratches(struct pod *pod) {
    struct pod_scratch *scratch;

    while ((scratch = SLIST_FIRST(&pod->scratches))) {
        SLIST_REMOVE_HEAD(&pod->scratches, link);
        neo4j_volume_free(scratch->volume);
        free(scratch->name);
        free(scratch);
    }
}

void volumes_inherit_scratches(struct pod *pod, struct pod *old) {
    struct pod_scratch *scratch, *next;

    for (scratch = SLIST_FIRST(&old->scratches); scratch; scratch = next) {
        const struct json *volume = find_volume(pod, scratch->name);
        next = SLIST_NEXT(scratch, link);
        if (!volume || str_equal(json_string_at(volume, "emptyDir.medium", NULL), "Memory"))
            continue;
        SLIST_REMOVE(&old->scratches, scratch, pod_scratch, link);
        SLIST_INSERT_HEAD(&pod->scratches, scratch, link);
    }
}

bool container_mounts_claim(const struct container *container, const char *claim) {
    JSON_FOR_EACH_ITEM (mounted, json_get(container_spec(container), "volumeMounts")) {
        const struct json *volume = find_volume(container->pod, json_string_at(mounted, "name", ""));
        if (str_equal(json_string_at(volume, "persistentVolumeClaim.claimName", NULL), claim))
            return true;
    }
    return false;
}

/* The store behind a volume that processes write to: a claim's, or the pod's own. NULL: it is not of that
 * kind. */
static struct neo4j_volume *store_of(struct pod *pod, const struct json *volume) {
    const char *claim_name = json_string_at(volume, "persistentVolumeClaim.claimName", NULL);
    if (claim_name) {
        const struct json *claim =
            mirror_get(pod->node->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, pod->namespace, claim_name);
        return claim ? node_claim_volume(pod->node, object_uid(claim)) : NULL;
    }
    return json_get(volume, "emptyDir") ? scratch_of(pod, json_string_at(volume, "name", "")) : NULL;
}

static bool is_there(const struct pod *pod, const struct json *volume, struct error *err) {
    const char *name = json_string_at(volume, "persistentVolumeClaim.claimName", NULL);
    const struct json *claim =
        name ? mirror_get(pod->node->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, pod->namespace, name) : NULL;

    return !claim || volume_is_attached(pod, claim, err);
}

static void add_mount(struct container *container, struct arena *arena, const struct json *mounted,
                      const struct json *volume, const char *sub_path, struct container_mounts *mounts) {
    const char *path = json_string_at(mounted, "mountPath", "");
    struct neo4j_volume *store = store_of(container->pod, volume);

    if (!store)
        return;
    mounts->mounts[mounts->count++] = (struct neo4j_mount){
        .path = path,
        .volume = store,
        .sub_path = sub_path,
        .is_read_only = json_bool_at(mounted, "readOnly", false) ||
                        json_bool_at(volume, "persistentVolumeClaim.readOnly", false),
    };
    if (str_equal(join(arena, path, ""), data_path))
        mounts->data = store;
}

static void add_files(struct arena *arena, struct json *files, const struct json *more) {
    JSON_FOR_EACH_MEMBER (file, more)
        json_set(arena, files, file->key, &file->value);
}

bool volumes_build(struct container *container, struct arena *arena, const struct json *environment,
                   struct container_mounts *out_mounts, struct error *err) {
    struct pod *pod = container->pod;
    const struct json *list = json_get(container_spec(container), "volumeMounts");
    struct container_mounts mounts = { .files = json_new_object(arena),
                                       .fixed_files = json_new_object(arena),
                                       .mounts =
                                           ARENA_ARRAY(arena, struct neo4j_mount, json_length(list) + 1) };
    struct json *content;

    JSON_FOR_EACH_ITEM (mounted, list) {
        const char *path = json_string_at(mounted, "mountPath", "");
        const char *sub_path = json_string_at(mounted, "subPathExpr", NULL);
        const struct json *volume = find_volume(pod, json_string_at(mounted, "name", ""));
        sub_path = sub_path ? environment_expand(arena, environment, sub_path)
                            : json_string_at(mounted, "subPath", "");
        if (!volume)
            return error_set(err, ERROR_NOT_FOUND, "volume \"%s\" is not in the pod",
                             json_string_at(mounted, "name", ""));
        if (!is_there(pod, volume, err) || !volume_content(pod, arena, volume, &content, err))
            return false;
        mount(arena, *sub_path ? mounts.fixed_files : mounts.files, content, path, sub_path);
        add_mount(container, arena, mounted, volume, sub_path, &mounts);
    }
    add_files(arena, mounts.files, mounts.fixed_files);
    *out_mounts = mounts;
    return true;
}

bool volumes_rebuild(const struct container *container, struct arena *arena, struct json **out_files,
                     struct error *err) {
    struct json *files = json_new_object(arena), *content;

    JSON_FOR_EACH_ITEM (mounted, json_get(container_spec(container), "volumeMounts")) {
        const struct json *volume = find_volume(container->pod, json_string_at(mounted, "name", ""));
        bool is_fixed = *json_string_at(mounted, "subPath", "") || json_get(mounted, "subPathExpr");
        if (is_fixed || !volume)
            continue;
        if (!volume_content(container->pod, arena, volume, &content, err))
            return false;
        mount(arena, files, content, json_string_at(mounted, "mountPath", ""), "");
    }
    add_files(arena, files, container->fixed_files);
    *out_files = files;
    return true;
}
