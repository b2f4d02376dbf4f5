/* Which cluster or standalone an object belongs to, and what it claims of it: by the fields of each kind,
 * their other names included. */
#pragma once

#include "controllers/acceptance/acceptance.h"

/* spec.clusterRef, or its other name spec.clusterName. */
struct acceptance_target target_of_cluster_ref(struct arena *arena, const struct json *object);
/* spec.targetCluster, or its other name spec.clusterRef. */
struct acceptance_target target_of_restore(struct arena *arena, const struct json *object);
/* spec.target: a cluster's name, or that of the cluster that a database is in; in another namespace when it
 * says so. */
struct acceptance_target target_of_backup(struct arena *arena, const struct json *object);

/* Of a Neo4jRole: spec.name, or its other name spec.roleName, or the object's name. */
const char *role_name_of(const struct json *object);

/* "database sales of graph", "user ann of graph" …; in arena. */
const char *claim_of_database(struct arena *arena, const struct json *object);
const char *claim_of_plugin(struct arena *arena, const struct json *object);
const char *claim_of_user(struct arena *arena, const struct json *object);
const char *claim_of_role(struct arena *arena, const struct json *object);
