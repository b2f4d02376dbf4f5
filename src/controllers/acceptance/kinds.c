#include "controllers/acceptance/kinds.h"

#include "controllers/acceptance/needs.h"
#include "controllers/acceptance/roles.h"
#include "controllers/acceptance/rules.h"
#include "controllers/acceptance/targets.h"

/* What leads back to objects of these kinds: their targets, whatever claims the same, and what they refer
 * to. */
#define WATCH_TARGETS                                                                                        \
    { .resource = &KUBE_NEO4J_ENTERPRISE_CLUSTERS, .map = acceptance_map_target }, {                         \
        .resource = &KUBE_NEO4J_ENTERPRISE_STANDALONES, .map = acceptance_map_target                         \
    }

#define WATCH_DATABASES                                                                                      \
    { .resource = &KUBE_NEO4J_DATABASES, .map = acceptance_map_rivals }, {                                   \
        .resource = &KUBE_NEO4J_SHARDED_DATABASES, .map = acceptance_map_rivals                              \
    }

#define WATCH_SECRETS                                                                                        \
    { .resource = &KUBE_SECRETS, .metadata_only = true, .map = acceptance_map_need }

static const struct controller_watch standalone_watches[] = {
    { .resource = &KUBE_NEO4J_ENTERPRISE_CLUSTERS, .map = acceptance_map_namesake },
};
static const struct controller_watch grant_watches[] = { WATCH_TARGETS };
static const struct controller_watch backup_watches[] = { WATCH_TARGETS };
static const struct controller_watch restore_watches[] = {
    WATCH_TARGETS,
    { .resource = &KUBE_NEO4J_BACKUPS, .map = acceptance_map_need },
};
static const struct controller_watch database_watches[] = {
    WATCH_TARGETS,
    WATCH_DATABASES,
    WATCH_SECRETS,
};
static const struct controller_watch sharded_database_watches[] = {
    WATCH_TARGETS,
    WATCH_DATABASES,
};
static const struct controller_watch plugin_watches[] = {
    WATCH_TARGETS,
    { .resource = &KUBE_NEO4J_PLUGINS, .map = acceptance_map_rivals },
};
static const struct controller_watch user_watches[] = {
    WATCH_TARGETS,
    { .resource = &KUBE_NEO4J_USERS, .map = acceptance_map_rivals },
    WATCH_SECRETS,
};
static const struct controller_watch role_watches[] = {
    WATCH_TARGETS,
    { .resource = &KUBE_NEO4J_ROLES, .map = acceptance_map_roles },
};

#define CONTROLLER(stem, its_resource)                                                                       \
    {                                                                                                        \
        .name = #stem, .resource = &(its_resource), .watches = stem##_watches,                               \
        .watch_count = ARRAY_LENGTH(stem##_watches), .observe = acceptance_observe, .plan = acceptance_plan, \
    }

const struct acceptance_kind acceptance_standalone = {
    .controller = CONTROLLER(standalone, KUBE_NEO4J_ENTERPRISE_STANDALONES),
    .invalid_phase = "ValidationFailed",
    .namesake_resource = &KUBE_NEO4J_ENTERPRISE_CLUSTERS,
    .namesake_rule = "SV10",
};

const struct acceptance_kind acceptance_database = {
    .controller = CONTROLLER(database, KUBE_NEO4J_DATABASES),
    .invalid_phase = "ValidationFailed",
    .takes_standalones = true,
    .target_of = target_of_cluster_ref,
    .claim_of = claim_of_database,
    .claim_field = "spec.name",
    .claimants = { &KUBE_NEO4J_DATABASES, &KUBE_NEO4J_SHARDED_DATABASES },
    .judge = acceptance_judge_database,
    .need_of = need_of_seed,
    .need_warning = "DBW13",
};

const struct acceptance_kind acceptance_sharded_database = {
    .controller = CONTROLLER(sharded_database, KUBE_NEO4J_SHARDED_DATABASES),
    .invalid_phase = "Failed",
    .target_of = target_of_cluster_ref,
    .claim_of = claim_of_database,
    .claim_field = "spec.name",
    .claimants = { &KUBE_NEO4J_SHARDED_DATABASES, &KUBE_NEO4J_DATABASES },
    .judge = acceptance_judge_sharded_database,
};

const struct acceptance_kind acceptance_plugin = {
    .controller = CONTROLLER(plugin, KUBE_NEO4J_PLUGINS),
    .invalid_phase = "Failed",
    .takes_standalones = true,
    .target_of = target_of_cluster_ref,
    .claim_of = claim_of_plugin,
    .claim_field = "spec.name",
    .claimants = { &KUBE_NEO4J_PLUGINS },
};

const struct acceptance_kind acceptance_backup = {
    .controller = CONTROLLER(backup, KUBE_NEO4J_BACKUPS),
    .invalid_phase = "Failed",
    .takes_standalones = true,
    .target_of = target_of_backup,
    .judge = acceptance_judge_backup,
};

const struct acceptance_kind acceptance_restore = {
    .controller = CONTROLLER(restore, KUBE_NEO4J_RESTORES),
    .invalid_phase = "Failed",
    .takes_standalones = true,
    .target_of = target_of_restore,
    .judge = acceptance_judge_restore,
    .need_of = need_of_restore,
};

const struct acceptance_kind acceptance_user = {
    .controller = CONTROLLER(user, KUBE_NEO4J_USERS),
    .invalid_phase = "Failed",
    .takes_standalones = true,
    .target_of = target_of_cluster_ref,
    .claim_of = claim_of_user,
    .claim_field = "spec.username",
    .claimants = { &KUBE_NEO4J_USERS },
    .need_of = need_of_user,
};

const struct acceptance_kind acceptance_role = {
    .controller = CONTROLLER(role, KUBE_NEO4J_ROLES),
    .invalid_phase = "Failed",
    .takes_standalones = true,
    .target_of = target_of_cluster_ref,
    .claim_of = claim_of_role,
    .claim_field = "spec.name",
    .claimants = { &KUBE_NEO4J_ROLES },
    .judge_among = acceptance_judge_role_circle,
};

const struct acceptance_kind acceptance_grant = {
    .controller = CONTROLLER(grant, KUBE_NEO4J_GRANTS),
    .invalid_phase = "Failed",
    .takes_standalones = true,
    .target_of = target_of_cluster_ref,
};
