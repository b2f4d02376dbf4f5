/* The DBMS as a whole: the bootstrap of a cluster, whether free servers are enabled by themselves, the
 * default database and the default numbers of its copies. Rules: Operations Manual, procedures; configuration
 * settings, initial.dbms.*. */
#include "sim/neo4j/security_state.h"
#include "sim/neo4j/servers_state.h"

static bool plan_auto_enable(const struct administration_view *view, const struct json *request,
                             struct json **out_command, struct failure *failure) {
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_auto_enable(struct cluster_state *state, const struct json *command) {
    state->enables_free_servers = json_bool_at(command, "value", false);
    for (size_t i = 0; state->enables_free_servers && i < state->server_count; i++)
        if (state->servers[i].state == SERVER_FREE)
            state_enable_server(&state->servers[i], NULL);
}

static bool plan_default_counts(const struct administration_view *view, const struct json *request,
                                struct json **out_command, struct failure *failure) {
    int64_t primaries = json_integer_at(request, "primaries", 0);
    int64_t secondaries = json_integer_at(request, "secondaries", 0);

    if (primaries < 1 || primaries > 11)
        return failure_set(failure, view->arena, FAILURE_PRIMARIES_RANGE,
                           "The number of primaries must be between 1 and 11.");
    if (secondaries < 0 || secondaries > 20)
        return failure_set(failure, view->arena, FAILURE_SECONDARIES_RANGE,
                           "The number of secondaries must be between 0 and 20.");
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_default_counts(struct cluster_state *state, const struct json *command) {
    state->default_primaries = json_integer_at(command, "primaries", 1);
    state->default_secondaries = json_integer_at(command, "secondaries", 0);
    state->default_replicas = json_integer_at(command, "replicas", state->default_replicas);
}

/* ---- dbms.setDefaultDatabase ---- */

static bool plan_default_database(const struct administration_view *view, const struct json *request,
                                  struct json **out_command, struct failure *failure) {
    const struct cluster_state *state = view->state;
    const char *name = json_string_at(request, "database", "");
    const struct state_database *old = state_find_database(state, state->default_database);
    const struct state_database *new = state_find_database(state, name);
    const struct state_alias *alias = state_find_alias(state, name);
    bool takes_aliases = json_bool_at(request, "takesAliases", false); /* since 2025.04 */

    if (!strcasecmp(name, "system"))
        return failure_set(failure, view->arena, FAILURE_SYSTEM_AS_DEFAULT,
                           "System database cannot be set as default.");
    if (!new && !(alias && takes_aliases))
        return failure_set(failure, view->arena, FAILURE_NO_NEW_DEFAULT,
                           "New default database '%s' does not exist.", name);
    if (!strcasecmp(state->default_database, name))
        return true;
    if (old && old->is_online && !takes_aliases)
        return failure_set(failure, view->arena, FAILURE_OLD_DEFAULT_RUNS,
                           "The old default database '%s' is still running.", old->name);
    *out_command = json_new_object(view->arena);
    json_set_string(view->arena, *out_command, "op", "set-default-database");
    json_set_string(view->arena, *out_command, "database", new ? new->name : alias->name);
    return true;
}

static void apply_default_database(struct cluster_state *state, const struct json *command) {
    state_set_string(&state->default_database, json_string_at(command, "database", ""));
}

/* ---- bootstrap ---- */

struct json *administration_bootstrap(const struct administration_view *view, const char *cluster_id,
                                      const struct json *descriptors, const char *credential,
                                      bool must_change_password) {
    const struct configuration *configuration = view->configuration;
    struct arena *arena = view->arena;
    struct json *command = json_new_object(arena);
    struct cluster_state state = { 0 };
    struct administration_view after = *view;
    struct failure ignored = { 0 };
    static const char replica_count[] = "initial.dbms.default_property_shard_replica_count";
    const char *database = configuration_get(configuration, "initial.dbms.default_database");
    int64_t primaries = configuration_integer(configuration, "initial.dbms.default_primaries_count");
    int64_t secondaries = configuration_integer(configuration, "initial.dbms.default_secondaries_count");

    json_set_string(arena, command, "op", "bootstrap");
    json_set_string(arena, command, "cluster", cluster_id);
    json_set_integer(arena, command, "wall", view->wall_ns);
    json_set(arena, command, "descriptors", descriptors);
    json_set_string(arena, command, "credential", credential);
    json_set_bool(arena, command, "mustChange", must_change_password);
    json_set_string(arena, command, "defaultDatabase", database);
    json_set_integer(arena, command, "primaries", primaries);
    json_set_integer(arena, command, "secondaries", secondaries);
    json_set_integer(arena, command, "replicas",
                     configuration_get(configuration, replica_count)
                         ? configuration_integer(configuration, replica_count)
                         : 1);
    json_set_integer(
        arena, command, "systemPrimariesMin",
        configuration_integer(configuration, "dbms.cluster.minimum_initial_system_primaries_count"));
    json_set_bool(arena, command, "autoEnable",
                  configuration_bool(configuration, "initial.dbms.automatically_enable_free_servers"));
    /* The default database goes to servers that exist only after this very command. */
    administration_apply(&state, command);
    after.state = &state;
    struct json *allocations =
        administration_allocate(&after, database, primaries, secondaries, true, &ignored);
    if (json_length(allocations))
        json_set(arena, command, "database",
                 administration_create_database(&after, database, DATABASE_STANDARD, primaries, secondaries,
                                                allocations));
    cluster_state_clear(&state);
    return command;
}

static void apply_bootstrap(struct cluster_state *state, const struct json *command) {
    struct state_user *user = state_add_user(state, "neo4j");
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *roles = json_new_array(arena);

    state_set_string(&state->cluster_id, json_string_at(command, "cluster", ""));
    state->created_wall_ns = json_integer_at(command, "wall", 0);
    state->is_single = json_length(json_get(command, "descriptors")) == 1;
    state_set_string(&state->default_database, json_string_at(command, "defaultDatabase", "neo4j"));
    state->default_primaries = json_integer_at(command, "primaries", 1);
    state->default_secondaries = json_integer_at(command, "secondaries", 0);
    state->default_replicas = json_integer_at(command, "replicas", 1);
    state->system_primaries_min = json_integer_at(command, "systemPrimariesMin", 1);
    state->enables_free_servers = json_bool_at(command, "autoEnable", false);
    JSON_FOR_EACH_ITEM (descriptor, json_get(command, "descriptors")) {
        struct state_server *server = state_add_server(state, json_string_at(descriptor, "id", ""));
        state_describe_server(server, descriptor);
        state_enable_server(server, NULL);
    }
    state_set_string(&user->credential, json_string_at(command, "credential", ""));
    user->must_change_password = json_bool_at(command, "mustChange", false);
    json_append_string(arena, roles, "admin");
    name_list_set(&user->roles, roles);
    security_state_init(state);
    if (json_get(command, "database"))
        administration_apply(state, json_get(command, "database"));
}

const struct administration_operation administration_of_dbms[] = {
    { "bootstrap", NULL, apply_bootstrap },
    { "set-automatically-enable-free-servers", plan_auto_enable, apply_auto_enable },
    { "set-default-allocation-numbers", plan_default_counts, apply_default_counts },
    { "set-default-database", plan_default_database, apply_default_database },
    { NULL, NULL, NULL },
};
