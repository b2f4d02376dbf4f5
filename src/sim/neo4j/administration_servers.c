/* Servers: joining, ENABLE SERVER, ALTER SERVER, RENAME SERVER, and the bootstrap of a cluster.
 * Rules: Operations Manual, managing servers in a cluster. */
#include "sim/neo4j/administration.h"

/* ---- options: {modeConstraint, allowedDatabases, deniedDatabases, tags} ---- */

static bool check_options(const struct administration_view *view, const struct json *options,
                          struct failure *failure) {
    static const char *const known[] = { "allowedDatabases", "deniedDatabases", "modeConstraint", "tags" };
    const char *mode = json_string_at(options, "modeConstraint", "NONE");

    JSON_FOR_EACH_MEMBER (option, options) {
        bool is_known = false;
        for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
            is_known = is_known || str_equal(known[i], option->key);
        if (!is_known)
            return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                               "Unrecognised option '%s', expected 'allowedDatabases', 'deniedDatabases', "
                               "'modeConstraint' or 'tags'.",
                               option->key);
    }
    if (!str_equal(mode, "NONE") && !str_equal(mode, "PRIMARY") && !str_equal(mode, "SECONDARY"))
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "'%s' is not a valid mode constraint: expected 'NONE', 'PRIMARY' or 'SECONDARY'.",
                           mode);
    if (json_length(json_get(options, "allowedDatabases")) &&
        json_length(json_get(options, "deniedDatabases")))
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "Cannot have both 'allowedDatabases' and 'deniedDatabases' on one server.");
    return true;
}

static void set_options(struct state_server *server, const struct json *options) {
    state_set_string(&server->mode_constraint, json_string_at(options, "modeConstraint", "NONE"));
    name_list_set(&server->allowed, json_get(options, "allowedDatabases"));
    name_list_set(&server->denied, json_get(options, "deniedDatabases"));
    name_list_set(&server->tags, json_get(options, "tags"));
}

static struct json *command_for(const struct administration_view *view, const char *op,
                                const struct state_server *server) {
    struct json *command = json_new_object(view->arena);

    json_set_string(view->arena, command, "op", op);
    json_set_string(view->arena, command, "server", server->id);
    return command;
}

static struct state_server *named(const struct administration_view *view, const struct json *request,
                                  enum failure_kind kind, const char *verb, struct failure *failure) {
    const char *name = json_string_at(request, "server", "");
    struct state_server *server = state_find_server_named(view->state, name);

    if (!server)
        failure_set(failure, view->arena, kind,
                    "Could not %s server '%s': server with name or ID '%s' does not exist.", verb, name,
                    name);
    return server;
}

/* ---- joining ---- */

static void describe(struct state_server *server, const struct json *descriptor) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    state_set_string(&server->descriptor, json_print(arena, descriptor));
    server->is_system_secondary = str_equal(json_string_at(descriptor, "systemMode", ""), "SECONDARY");
}

static void enable(struct state_server *server, const struct json *options) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *descriptor;

    server->state = SERVER_ENABLED;
    if (json_length(options)) {
        set_options(server, options);
        return;
    }
    /* initial.server.* are read when the server is enabled. */
    if (json_parse(arena, text_from(server->descriptor), NULL, &descriptor, NULL))
        set_options(server, json_get(descriptor, "initial"));
}

static bool plan_register(const struct administration_view *view, const struct json *request,
                          struct json **out_command, struct failure *failure) {
    const struct json *descriptor = json_get(request, "descriptor");
    const char *id = json_string_at(descriptor, "id", "");
    const struct state_server *known = state_find_server(view->state, id);

    if (known && (known->state == SERVER_DROPPED || known->state == SERVER_DEALLOCATED))
        return failure_set(failure, view->arena, FAILURE_CANNOT_ENABLE,
                           "Server '%s' was deallocated or dropped and cannot be enabled.", id);
    if (!known && view->state->server_count >= STATE_SERVERS_MAX)
        return failure_set(failure, view->arena, FAILURE_CANNOT_ENABLE,
                           "The cluster has %d servers already, which is all that is simulated.",
                           STATE_SERVERS_MAX);
    if (known && str_equal(known->descriptor, json_print(view->arena, descriptor)))
        return true;
    struct json *command = json_new_object(view->arena);
    json_set_string(view->arena, command, "op", "register-server");
    json_set(view->arena, command, "descriptor", descriptor);
    json_set_bool(view->arena, command, "enable", !known && view->state->enables_free_servers);
    *out_command = command;
    return true;
}

static void apply_register(struct cluster_state *state, const struct json *command) {
    const struct json *descriptor = json_get(command, "descriptor");
    const char *id = json_string_at(descriptor, "id", "");
    struct state_server *server = state_find_server(state, id);

    if (!server)
        server = state_add_server(state, id);
    describe(server, descriptor);
    if (json_bool_at(command, "enable", false) && server->state == SERVER_FREE)
        enable(server, NULL);
}

/* ---- statements ---- */

static bool plan_enable(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const struct json *options = json_get(request, "options");
    const struct state_server *server = named(view, request, FAILURE_CANNOT_ENABLE, "enable", failure);

    if (!server || !check_options(view, options, failure))
        return false;
    if (server->state == SERVER_ENABLED)
        return true;
    if (server->state != SERVER_FREE && server->state != SERVER_CORDONED)
        return failure_set(failure, view->arena, FAILURE_CANNOT_ENABLE,
                           "Server '%s' is deallocated or dropped and cannot be enabled.", server->name);
    *out_command = command_for(view, "enable-server", server);
    if (options)
        json_set(view->arena, *out_command, "options", options);
    return true;
}

static void apply_enable(struct cluster_state *state, const struct json *command) {
    struct state_server *server = state_find_server(state, json_string_at(command, "server", ""));

    if (server && server->state == SERVER_CORDONED)
        server->state = SERVER_ENABLED;
    else if (server)
        enable(server, json_get(command, "options"));
}

static bool plan_alter(const struct administration_view *view, const struct json *request,
                       struct json **out_command, struct failure *failure) {
    const struct json *options = json_get(request, "options");
    const struct state_server *server = named(view, request, FAILURE_CANNOT_ALTER_SERVER, "alter", failure);

    if (!server || !check_options(view, options, failure))
        return false;
    *out_command = command_for(view, "alter-server", server);
    if (options)
        json_set(view->arena, *out_command, "options", options);
    return true;
}

static void apply_alter(struct cluster_state *state, const struct json *command) {
    struct state_server *server = state_find_server(state, json_string_at(command, "server", ""));

    if (server)
        set_options(server, json_get(command, "options"));
}

static bool plan_rename(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *name = json_string_at(request, "name", "");
    const struct state_server *server = named(view, request, FAILURE_CANNOT_RENAME_SERVER, "rename", failure);
    const struct state_server *other = state_find_server_named(view->state, name);

    if (!server)
        return false;
    if (other && other != server)
        return failure_set(failure, view->arena, FAILURE_CANNOT_RENAME_SERVER,
                           "Cannot rename server '%s' to '%s': a server with that name exists.", server->name,
                           name);
    *out_command = command_for(view, "rename-server", server);
    json_set_string(view->arena, *out_command, "name", name);
    return true;
}

static void apply_rename(struct cluster_state *state, const struct json *command) {
    struct state_server *server = state_find_server(state, json_string_at(command, "server", ""));

    if (server)
        state_set_string(&server->name, json_string_at(command, "name", ""));
}

static bool plan_auto_enable(const struct administration_view *view, const struct json *request,
                             struct json **out_command, struct failure *failure) {
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_auto_enable(struct cluster_state *state, const struct json *command) {
    state->enables_free_servers = json_bool_at(command, "value", false);
    for (size_t i = 0; state->enables_free_servers && i < state->server_count; i++)
        if (state->servers[i].state == SERVER_FREE)
            enable(&state->servers[i], NULL);
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
    json_set_bool(arena, command, "autoEnable",
                  configuration_bool(configuration, "initial.dbms.automatically_enable_free_servers"));
    /* The default database goes to servers that exist only after this very command. */
    administration_apply(&state, command);
    after.state = &state;
    struct json *allocations =
        administration_allocate(&after, database, primaries, secondaries, true, &ignored);
    if (json_length(allocations))
        json_set(arena, command, "database",
                 administration_create_database(&after, database, primaries, secondaries, allocations));
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
    state->enables_free_servers = json_bool_at(command, "autoEnable", false);
    JSON_FOR_EACH_ITEM (descriptor, json_get(command, "descriptors")) {
        struct state_server *server = state_add_server(state, json_string_at(descriptor, "id", ""));
        describe(server, descriptor);
        enable(server, NULL);
    }
    state_set_string(&user->credential, json_string_at(command, "credential", ""));
    user->must_change_password = json_bool_at(command, "mustChange", false);
    json_append_string(arena, roles, "admin");
    name_list_set(&user->roles, roles);
    if (json_get(command, "database"))
        administration_apply(state, json_get(command, "database"));
}

const struct administration_operation administration_of_servers[] = {
    { "bootstrap", NULL, apply_bootstrap },
    { "register-server", plan_register, apply_register },
    { "enable-server", plan_enable, apply_enable },
    { "alter-server", plan_alter, apply_alter },
    { "rename-server", plan_rename, apply_rename },
    { "set-automatically-enable-free-servers", plan_auto_enable, apply_auto_enable },
    { "set-default-allocation-numbers", plan_default_counts, apply_default_counts },
    { NULL, NULL, NULL },
};
