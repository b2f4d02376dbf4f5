#include "controllers/cluster/formation.h"

#include "api/cluster_spec.h"
#include "controllers/cluster/outlook.h"
#include "controllers/cluster/status.h"
#include "controllers/sync.h"
#include "resources/configuration.h"
#include "resources/names.h"

/* ---- objects ---- */

static void plan_access(const struct observed_cluster *observed, struct plan *plan) {
    const struct cluster_identity *cluster = &observed->identity;

    if (!observed->spec->service_account_name) {
        const char *name = name_discovery(plan->arena, cluster->name);
        plan_apply(plan, build_service_account(plan->arena, cluster, observed->spec),
                   "ServiceAccount %s of the pods", name);
    }
    plan_apply(plan, build_discovery_role(plan->arena, cluster, observed->spec), "Role %s: see Services",
               name_discovery(plan->arena, cluster->name));
    plan_apply(plan, build_discovery_role_binding(plan->arena, cluster, observed->spec), "RoleBinding %s",
               name_discovery(plan->arena, cluster->name));
}

static void plan_services(const struct observed_cluster *observed, struct plan *plan) {
    const struct cluster_identity *cluster = &observed->identity;
    struct arena *arena = plan->arena;

    plan_apply(plan, build_headless_service(arena, cluster, observed->spec),
               "Service %s: a name for each server", name_headless(arena, cluster->name));
    plan_apply(plan, build_internals_service(arena, cluster, observed->spec), "Service %s: all servers",
               name_internals(arena, cluster->name));
    plan_apply(plan, build_client_service(arena, cluster, observed->spec), "Service %s: for clients (%s)",
               name_client(arena, cluster->name), observed->spec->service->type);
    for (int i = 0; i < servers_wanted(observed); i++)
        plan_apply(plan, build_server_service(arena, cluster, observed->spec, i), "Service %s: one server",
                   name_pod(arena, cluster->name, i));
}

/* Decided when the StatefulSet is made: constraints that come later are set by a statement, and no pod
 * restarts for a file that would say the same. */
static bool is_for_each_server(const struct observed_cluster *observed) {
    return observed->server_set ? server_set_is_for_each_server(observed->server_set)
                                : configuration_differs_by_server(observed->spec);
}

static void plan_configuration(const struct observed_cluster *observed,
                               const struct configuration *configuration, struct plan *plan) {
    plan_apply(plan, build_config_map(plan->arena, &observed->identity, observed->spec, configuration->files),
               "ConfigMap %s: neo4j.conf", name_configuration(plan->arena, observed->identity.name));
    if (!cluster_is_new_generation(observed))
        return;
    /* The value may be a secret: the name is enough to find it. */
    for (size_t i = 0; i < configuration->loss_count; i++)
        plan_event(plan, PLAN_EVENT_WARNING, "ConfigurationIgnored", "Configure", "%s is not used: %s",
                   configuration->losses[i].key, configuration->losses[i].reason);
    for (size_t i = 0; i < configuration->doubt_count; i++)
        plan_event(plan, PLAN_EVENT_WARNING, "SettingUnknown", "Configure",
                   "%s is written to neo4j.conf, but %s", configuration->doubts[i].key,
                   configuration->doubts[i].reason);
    if (configuration->warning)
        plan_event(plan, PLAN_EVENT_WARNING, "MemoryWarning", "Configure", "%s", configuration->warning);
}

/* The fields of a StatefulSet that can't change once it is there are taken from it: what the spec says
 * instead is named in a condition (status.c), and everything else goes on. */
static struct json *wanted_server_set(const struct observed_cluster *observed, struct arena *arena,
                                      const char *hash) {
    static const char *const fixed[] = { "volumeClaimTemplates", "podManagementPolicy" };
    struct json *set =
        build_server_set(arena, &observed->identity, observed->spec, hash, is_for_each_server(observed));
    struct json *spec = json_get(set, "spec");

    json_set_integer(arena, spec, "replicas", servers_wanted(observed));
    for (size_t i = 0; i < ARRAY_LENGTH(fixed); i++) {
        const struct json *live = json_get(json_get(observed->server_set, "spec"), fixed[i]);
        /* The live value is spelt with what the API server added: taken only where it says something else. */
        if (live && !sync_covers(live, json_get(spec, fixed[i])))
            json_set(arena, spec, fixed[i], live);
    }
    return set;
}

/* ---- pods that can't start ---- */

/* The operator chooses when a pod restarts, so the StatefulSet does not replace one made from a spec that
 * could never run: a mistyped image would stay for good after it was mended, and so would a volume of a
 * Secret that is not there, for which a pod waits without saying so. Such a pod serves nobody: replacing it
 * takes nothing away, and its volume stays. */
static void plan_replacements(const struct observed_cluster *observed, struct plan *plan) {
    for (size_t i = 0; i < observed->pod_count; i++) {
        const struct observed_pod *pod = &observed->pods[i];
        bool is_in_vain = !pod->can_start || !pod->has_begun;
        if (pod->is_outdated && is_in_vain && !pod->is_ready && !pod->is_deleting)
            plan_delete(plan, &KUBE_PODS, pod->object, "pod %s %s and is made anew from the changed spec",
                        pod->name, pod->can_start ? "has not started" : "can't start");
    }
}

/* ---- Neo4j ---- */

static void plan_modes(const struct observed_cluster *observed, struct plan *plan) {
    for (size_t i = 0; i < observed->pod_count; i++) {
        const struct observed_pod *pod = &observed->pods[i];
        const char *wanted = cluster_mode_constraint(observed->spec, pod->ordinal);
        struct server_options options;
        if (!pod_serves(pod) || str_equal(mode_constraint_text(pod->server->mode_constraint), wanted))
            continue;
        /* All options are set at once: what is left out is reset, so the others are handed back as they are.
         */
        options = (struct server_options){ .allowed_databases = pod->server->allowed_databases,
                                           .denied_databases = pod->server->denied_databases,
                                           .tags = pod->server->tags };
        ensure(mode_constraint_parse(wanted, &options.mode_constraint));
        plan_statement(plan, &observed->target,
                       &server_set_options(plan->arena, pod->server->id, &options)->statement,
                       "server %s: mode constraint %s", pod->name, wanted);
    }
}

/* ---- the plan ---- */

/* Whether an earlier pass told that it begins to form: it said so in status, or a step of it failed. */
static bool has_begun(const struct observed_cluster *observed) {
    const struct json *conditions = json_get(observed->status, "conditions");

    return condition_is(conditions, "Ready", "Unknown", "ClusterForming") ||
           (str_equal(json_string_at(observed->status, "phase", ""), "Failed") &&
            !condition_is(conditions, "Ready", "False", "ValidationFailed"));
}

static void plan_news(const struct observed_cluster *observed, const struct outlook *outlook,
                      const char *ignored, struct plan *plan) {
    const struct json *conditions = json_get(observed->status, "conditions");
    const struct json *before = condition_find(conditions, "Ready");
    bool is_news = !str_equal(json_string_at(before, "reason", ""), outlook->reason) ||
                   !str_equal(json_string_at(before, "message", ""), outlook->message);

    if (outlook->is_trouble && is_news)
        plan_event(plan, PLAN_EVENT_WARNING, outlook->reason, "Form", "%s", outlook->message);
    if (outlook->ready == CONDITION_TRUE && !condition_is(conditions, "Ready", "True", NULL))
        plan_event(plan, PLAN_EVENT_NORMAL, "ClusterReady", "Form", "%s", outlook->message);
    if (str_equal(outlook->reason, "ClusterForming") && !observed->server_set && !has_begun(observed))
        plan_event(plan, PLAN_EVENT_NORMAL, "ClusterFormationStarted", "Form",
                   "forming a cluster of %d servers", observed->spec->topology->servers);
    if (!cluster_is_new_generation(observed))
        return;
    for (size_t i = 0; i < observed->warnings.count; i++)
        plan_event(plan, PLAN_EVENT_WARNING, "TopologyWarning", "Validate", "%s",
                   field_error_message(plan->arena, &observed->warnings.items[i]));
    if (ignored)
        plan_event(plan, PLAN_EVENT_WARNING, "ValidationWarning", "Validate",
                   "accepted, but without effect in this version: %s", ignored);
}

static void plan_steps(const struct observed_cluster *observed, const struct configuration *configuration,
                       struct plan *plan) {
    if (observed->admin_secret == ADMIN_SECRET_TO_MAKE)
        plan_create(plan,
                    build_admin_secret(plan->arena, &observed->identity, cluster_admin_secret(observed->spec),
                                       admin_password_new(plan->arena)),
                    "Secret %s: user neo4j and a random password", cluster_admin_secret(observed->spec));
    plan_access(observed, plan);
    plan_services(observed, plan);
    plan_apply(plan, build_disruption_budget(plan->arena, &observed->identity, observed->spec),
               "PodDisruptionBudget %s: one server at a time",
               name_server_set(plan->arena, observed->identity.name));
    plan_configuration(observed, configuration, plan);
    /* Servers would start with a password that cannot work and keep it for good in their stores. */
    if (observed->admin_secret != ADMIN_SECRET_USABLE)
        return;
    /* How many there are to be follows from how many there are: another operator may have made more. */
    plan_apply_over(plan, wanted_server_set(observed, plan->arena, configuration->hash), observed->server_set,
                    "StatefulSet %s: %d servers", name_server_set(plan->arena, observed->identity.name),
                    servers_wanted(observed));
    plan_replacements(observed, plan);
    if (observed->neo4j_answered)
        plan_modes(observed, plan);
}

void plan_cluster(const void *context, struct plan *plan) {
    const struct observed_cluster *observed = context;
    struct outlook outlook = cluster_outlook(observed);
    const char *ignored = NULL;

    if (!observed->errors.count) {
        struct configuration configuration;
        configuration_build(plan->arena, &observed->identity, observed->spec, observed->is_formed,
                            is_for_each_server(observed), &configuration);
        ignored = cluster_fields_ignored(observed, &configuration);
        plan_steps(observed, &configuration, plan);
    }
    if (outlook.ready != CONDITION_TRUE && outlook.look_again_ms)
        plan_wait(plan, outlook.look_again_ms, "%s", outlook.message);
    plan->look_again_ms = outlook.look_again_ms;
    plan->status = cluster_status_build(observed, &outlook, ignored);
    plan_news(observed, &outlook, ignored, plan);
}
