#include "resources/cluster_objects.h"

#include "base/encoding.h"
#include "resources/labels.h"
#include "resources/names.h"
#include "resources/templates.h"

struct json *cluster_owners(struct arena *arena, const struct cluster_identity *cluster) {
    struct json *owners = json_new_array(arena);

    json_append(arena, owners,
                template_owner_reference(arena, &(struct template_owner_reference_args){
                                                    .api_version = "neo4j.neo4j.com/v1alpha1",
                                                    .kind = "Neo4jEnterpriseCluster",
                                                    .name = cluster->name,
                                                    .uid = cluster->uid,
                                                }));
    return owners;
}

static const struct json *labels_of(struct arena *arena, const struct cluster_identity *cluster,
                                    const struct cluster_spec *spec) {
    return labels_owned(arena, cluster->name, spec->image->tag, spec->labels);
}

/* ---- access ---- */

struct json *build_service_account(struct arena *arena, const struct cluster_identity *cluster,
                                   const struct cluster_spec *spec) {
    return template_service_account(arena, &(struct template_service_account_args){
                                               .name = name_discovery(arena, cluster->name),
                                               .namespace = cluster->namespace,
                                               .labels = labels_of(arena, cluster, spec),
                                               .annotations = spec->annotations,
                                               .owners = cluster_owners(arena, cluster),
                                           });
}

struct json *build_discovery_role(struct arena *arena, const struct cluster_identity *cluster,
                                  const struct cluster_spec *spec) {
    return template_discovery_role(arena, &(struct template_discovery_role_args){
                                              .name = name_discovery(arena, cluster->name),
                                              .namespace = cluster->namespace,
                                              .labels = labels_of(arena, cluster, spec),
                                              .annotations = spec->annotations,
                                              .owners = cluster_owners(arena, cluster),
                                          });
}

struct json *build_discovery_role_binding(struct arena *arena, const struct cluster_identity *cluster,
                                          const struct cluster_spec *spec) {
    const char *name = name_discovery(arena, cluster->name);

    return template_discovery_role_binding(
        arena, &(struct template_discovery_role_binding_args){
                   .name = name,
                   .namespace = cluster->namespace,
                   .labels = labels_of(arena, cluster, spec),
                   .annotations = spec->annotations,
                   .owners = cluster_owners(arena, cluster),
                   .role = name,
                   .service_account = spec->service_account_name ? spec->service_account_name : name,
               });
}

struct json *build_disruption_budget(struct arena *arena, const struct cluster_identity *cluster,
                                     const struct cluster_spec *spec) {
    return template_disruption_budget(arena, &(struct template_disruption_budget_args){
                                                 .name = name_server_set(arena, cluster->name),
                                                 .namespace = cluster->namespace,
                                                 .labels = labels_of(arena, cluster, spec),
                                                 .annotations = spec->annotations,
                                                 .owners = cluster_owners(arena, cluster),
                                                 .selector = labels_selector(arena, cluster->name),
                                             });
}

/* ---- admin Secret ---- */

const char *cluster_admin_secret(const struct cluster_spec *spec) {
    return str_empty(spec->auth->admin_secret) ? NAME_DEFAULT_ADMIN_SECRET : spec->auth->admin_secret;
}

struct json *build_admin_secret(struct arena *arena, const struct cluster_identity *cluster, const char *name,
                                const char *password) {
    return template_admin_secret(arena, &(struct template_admin_secret_args){
                                            .name = name,
                                            .namespace = cluster->namespace,
                                            .labels = labels_owned(arena, cluster->name, NULL, NULL),
                                            .password = password,
                                        });
}

char *admin_password_new(struct arena *arena) {
    static const char letters[] = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    enum { LENGTH = 24, CHARACTERS = sizeof(letters) - 1, FIRST_DIGIT = CHARACTERS - 8 };
    char *password = ARENA_ARRAY(arena, char, LENGTH + 1);

    for (size_t i = 0; i < LENGTH;) {
        const unsigned choices = i == 0 ? FIRST_DIGIT : CHARACTERS;
        uint8_t byte;
        random_bytes(&byte, 1);
        /* Bytes above the last whole multiple would favour the first letters. */
        if (byte < 256 / choices * choices)
            password[i++] = letters[byte % choices];
    }
    return password;
}

/* ---- configuration ---- */

struct json *build_config_map(struct arena *arena, const struct cluster_identity *cluster,
                              const struct cluster_spec *spec, const struct json *files) {
    return template_config_map(arena, &(struct template_config_map_args){
                                          .name = name_configuration(arena, cluster->name),
                                          .namespace = cluster->namespace,
                                          .labels = labels_of(arena, cluster, spec),
                                          .annotations = spec->annotations,
                                          .owners = cluster_owners(arena, cluster),
                                          .data = files,
                                      });
}
