/* The StatefulSet of the servers, from its parts: claims, container, pod. */
#include "api/cluster_spec.h"
#include "resources/cluster_objects.h"
#include "resources/configuration.h"
#include "resources/labels.h"
#include "resources/names.h"
#include "resources/templates.h"

/* Long enough for a checkpoint of a large store. */
enum { GRACE_SECONDS = 3600 };

static struct json *items(struct arena *arena, const struct json *more) {
    return json_is(more, JSON_ARRAY) ? json_copy(arena, more) : json_new_array(arena);
}

/* ---- environment ---- */

static void add_variable(struct arena *arena, struct json *env, const char *name, const char *value) {
    struct json *variable = json_append_object(arena, env);

    json_set_string(arena, variable, "name", name);
    json_set_string(arena, variable, "value", value);
}

static void add_from(struct arena *arena, struct json *env, const char *name, const char *source,
                     const char *key_field, const char *key, const char *secret) {
    struct json *variable = json_append_object(arena, env);

    json_set_string(arena, variable, "name", name);
    struct json *from = json_set_object(arena, json_set_object(arena, variable, "valueFrom"), source);
    json_set_string(arena, from, key_field, key);
    if (secret)
        json_set_string(arena, from, "name", secret);
}

/* Names that are the operator's; a user's variable of such a name is left out (rule AW1 says so in a
 * warning). */
static bool is_reserved(const char *name) {
    static const char *const reserved[] = { "NEO4J_AUTH", "NEO4J_ACCEPT_LICENSE_AGREEMENT", "DB_USERNAME",
                                            "DB_PASSWORD", "POD_NAME" };

    for (size_t i = 0; i < ARRAY_LENGTH(reserved); i++)
        if (str_equal(name, reserved[i]))
            return true;
    return false;
}

static struct json *environment(struct arena *arena, const struct cluster_identity *cluster,
                                const struct cluster_spec *spec) {
    struct json *env = json_new_array(arena);
    const char *secret = cluster_admin_secret(spec);

    add_variable(arena, env, "NEO4J_ACCEPT_LICENSE_AGREEMENT", "yes");
    add_from(arena, env, "POD_NAME", "fieldRef", "fieldPath", "metadata.name", NULL);
    add_from(arena, env, "DB_USERNAME", "secretKeyRef", "key", "username", secret);
    add_from(arena, env, "DB_PASSWORD", "secretKeyRef", "key", "password", secret);
    add_variable(arena, env, "NEO4J_AUTH", "$(DB_USERNAME)/$(DB_PASSWORD)");
    configuration_add_environment(arena, env, cluster);
    JSON_FOR_EACH_ITEM (variable, spec->env)
        if (!is_reserved(json_string_at(variable, "name", "")))
            json_append(arena, env, variable);
    return env;
}

/* ---- volumes ---- */

static struct json *add_mount(struct arena *arena, struct json *mounts, const char *name, const char *path) {
    struct json *mount = json_append_object(arena, mounts);

    json_set_string(arena, mount, "name", name);
    json_set_string(arena, mount, "mountPath", path);
    return mount;
}

static void add_configuration_mount(struct arena *arena, struct json *mounts, bool is_for_each_server) {
    if (!is_for_each_server) {
        add_mount(arena, mounts, "config", "/conf");
        return;
    }
    struct json *mount = add_mount(arena, mounts, "config", "/conf/neo4j.conf");
    json_set_string(arena, mount, "subPathExpr", "$(POD_NAME).conf");
}

static struct json *mounts(struct arena *arena, const struct cluster_spec *spec, bool is_for_each_server) {
    struct json *list = json_new_array(arena);

    add_mount(arena, list, NAME_DATA_CLAIM, "/data");
    add_configuration_mount(arena, list, is_for_each_server);
    add_mount(arena, list, "logs", "/logs");
    JSON_FOR_EACH_ITEM (mount, spec->volume_mounts)
        json_append(arena, list, mount);
    return list;
}

static struct json *volumes(struct arena *arena, const struct cluster_identity *cluster,
                            const struct cluster_spec *spec) {
    struct json *list = json_new_array(arena);

    struct json *config = json_append_object(arena, list);
    json_set_string(arena, config, "name", "config");
    struct json *config_map = json_set_object(arena, config, "configMap");
    json_set_string(arena, config_map, "name", name_configuration(arena, cluster->name));
    /* Readable for the group only: Neo4j refuses to expand commands from a file that others could write. */
    json_set_integer(arena, config_map, "defaultMode", 0440);
    struct json *logs = json_append_object(arena, list);
    json_set_string(arena, logs, "name", "logs");
    json_set_object(arena, logs, "emptyDir");
    JSON_FOR_EACH_ITEM (volume, spec->volumes)
        json_append(arena, list, volume);
    return list;
}

static const struct json *access_modes(struct arena *arena, const struct cluster_storage *storage) {
    struct json *list = json_new_array(arena);

    json_append_string(arena, list, "ReadWriteOnce");
    return json_length(storage->access_modes) ? storage->access_modes : list;
}

static struct json *claims(struct arena *arena, const struct cluster_identity *cluster,
                           const struct cluster_spec *spec) {
    const struct cluster_storage *storage = spec->storage;
    struct json *list = json_new_array(arena);

    json_append(
        arena, list,
        template_claim(arena, &(struct template_claim_args){
                                  .name = NAME_DATA_CLAIM,
                                  .labels = labels_claim(arena, cluster->name),
                                  .access_modes = access_modes(arena, storage),
                                  .class = str_empty(storage->class_name) ? NULL : storage->class_name,
                                  .volume_mode = storage->volume_mode ? storage->volume_mode : "Filesystem",
                                  .selector = storage->selector,
                                  .size = storage->size,
                              }));
    return list;
}

/* ---- the pod ---- */

static struct json *containers(struct arena *arena, const struct cluster_identity *cluster,
                               const struct cluster_spec *spec, bool is_for_each_server) {
    struct json *list = json_new_array(arena);

    json_append(
        arena, list,
        template_container(arena, &(struct template_container_args){
                                      .image = cluster_image_reference(arena, spec),
                                      .pull_policy = spec->image->pull_policy,
                                      .env = environment(arena, cluster, spec),
                                      .env_from = spec->env_from,
                                      .resources = spec->resources,
                                      .security_context = cluster_container_security_context(arena, spec),
                                      .mounts = mounts(arena, spec, is_for_each_server),
                                  }));
    JSON_FOR_EACH_ITEM (sidecar, spec->sidecar_containers)
        json_append(arena, list, sidecar);
    return list;
}

static struct json *pod(struct arena *arena, const struct cluster_identity *cluster,
                        const struct cluster_spec *spec, bool is_for_each_server) {
    return template_pod(
        arena, &(struct template_pod_args){
                   .service_account = spec->service_account_name ? spec->service_account_name
                                                                 : name_discovery(arena, cluster->name),
                   .grace_seconds = GRACE_SECONDS,
                   .security_context = cluster_pod_security_context(arena, spec),
                   .pull_secrets = cluster_image_pull_secrets(arena, spec),
                   .node_selector = spec->node_selector,
                   .tolerations = spec->tolerations,
                   .affinity = spec->affinity,
                   .spread = spec->topology_spread_constraints,
                   .priority_class = spec->priority_class_name,
                   .init_containers =
                       json_length(spec->init_containers) ? items(arena, spec->init_containers) : NULL,
                   .containers = containers(arena, cluster, spec, is_for_each_server),
                   .volumes = volumes(arena, cluster, spec),
               });
}

struct json *build_server_set(struct arena *arena, const struct cluster_identity *cluster,
                              const struct cluster_spec *spec, const char *config_hash,
                              bool is_for_each_server) {
    struct json *hash = json_new_object(arena);

    json_set_string(arena, hash, ANNOTATION_CONFIG_HASH, config_hash);
    return template_stateful_set(
        arena,
        &(struct template_stateful_set_args){
            .name = name_server_set(arena, cluster->name),
            .namespace = cluster->namespace,
            .labels = labels_owned(arena, cluster->name, spec->image->tag, spec->labels),
            .annotations = spec->annotations,
            .owners = cluster_owners(arena, cluster),
            .replicas = spec->topology->servers,
            .service_name = name_headless(arena, cluster->name),
            .pod_management_policy = spec->pod_management_policy ? spec->pod_management_policy : "Parallel",
            .selector = labels_selector(arena, cluster->name),
            .pod_labels = labels_pod(arena, cluster->name, spec->image->tag,
                                     labels_merge(arena, spec->labels, spec->pod_labels)),
            .pod_annotations =
                labels_merge(arena, labels_merge(arena, spec->annotations, spec->pod_annotations), hash),
            .pod = pod(arena, cluster, spec, is_for_each_server),
            .claims = claims(arena, cluster, spec),
        });
}

bool server_set_is_for_each_server(const struct json *server_set) {
    const struct json *containers =
        json_get(json_get(json_get(json_get(server_set, "spec"), "template"), "spec"), "containers");
    const struct json *mounts = json_get(json_item(containers, 0), "volumeMounts");

    JSON_FOR_EACH_ITEM (mount, mounts)
        if (str_equal(json_string_at(mount, "name", ""), "config"))
            return json_get(mount, "subPathExpr") != NULL;
    return false;
}
