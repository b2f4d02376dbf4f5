/* The desired objects of a cluster, a pure builder each. All in arena.
 *
 * They take the spec with defaults set (api/defaults.h) and what the spec does not say: who owns them. What
 * they answer is what is applied: fields that nobody asked for are not in it. Names, labels and ports are
 * those of names.h and labels.h.
 */
#pragma once

#include "api/cluster.h"
#include "base/json.h"

struct cluster_identity {
    const char *name;
    const char *namespace;
    const char *uid;
};

/* [ownerReference]: makes the garbage collector remove the object with the cluster. */
struct json *cluster_owners(struct arena *arena, const struct cluster_identity *cluster);

struct json *build_service_account(struct arena *arena, const struct cluster_identity *cluster,
                                   const struct cluster_spec *spec);
struct json *build_discovery_role(struct arena *arena, const struct cluster_identity *cluster,
                                  const struct cluster_spec *spec);
struct json *build_discovery_role_binding(struct arena *arena, const struct cluster_identity *cluster,
                                          const struct cluster_spec *spec);

/* The address of each server: {pod}.{cluster}-headless…, also while it is not ready, so that servers find one
 * another before any can be. */
struct json *build_headless_service(struct arena *arena, const struct cluster_identity *cluster,
                                    const struct cluster_spec *spec);
/* All servers, for the operator's and other programs' use inside the cluster. */
struct json *build_internals_service(struct arena *arena, const struct cluster_identity *cluster,
                                     const struct cluster_spec *spec);
/* Where users connect: type, annotations and source ranges of spec.service. */
struct json *build_client_service(struct arena *arena, const struct cluster_identity *cluster,
                                  const struct cluster_spec *spec);
/* One server alone, {pod}: a name and address of its own that outlives the pod. */
struct json *build_server_service(struct arena *arena, const struct cluster_identity *cluster,
                                  const struct cluster_spec *spec, int ordinal);

/* At most one server at a time is taken away by others' evictions. */
struct json *build_disruption_budget(struct arena *arena, const struct cluster_identity *cluster,
                                     const struct cluster_spec *spec);

/* The name of the Secret with which servers start: the one that the spec names, or the one that all clusters
 * of the namespace share. */
const char *cluster_admin_secret(const struct cluster_spec *spec);

/* The admin Secret where none is named. It has no owner: the volumes outlive the cluster, and with them the
 * password that opens them. password is only put in, never logged. */
struct json *build_admin_secret(struct arena *arena, const struct cluster_identity *cluster, const char *name,
                                const char *password);
/* 24 random letters and digits, a letter first: no character that NEO4J_AUTH, a shell or a URL would read
 * otherwise. In arena. */
char *admin_password_new(struct arena *arena);

/* files: of struct configuration (configuration.h). */
struct json *build_config_map(struct arena *arena, const struct cluster_identity *cluster,
                              const struct cluster_spec *spec, const struct json *files);

/* config_hash: of what needs a restart; is_for_each_server: each server reads a neo4j.conf of its own (see
 * configuration.h). */
struct json *build_server_set(struct arena *arena, const struct cluster_identity *cluster,
                              const struct cluster_spec *spec, const char *config_hash,
                              bool is_for_each_server);
/* What the StatefulSet that is there says of it. */
bool server_set_is_for_each_server(const struct json *server_set);
