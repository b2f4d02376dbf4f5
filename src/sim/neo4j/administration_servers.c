/* Servers: joining, ENABLE SERVER, ALTER SERVER, RENAME SERVER, cordoning, DROP SERVER.
 * Rules: Operations Manual, managing servers in a cluster. */
#include "sim/neo4j/moves.h"
#include "sim/neo4j/servers_state.h"

/* ---- options: {modeConstraint, allowedDatabases, deniedDatabases, tags} ---- */

static bool check_tags(const struct administration_view *view, const struct json *tags,
                       struct failure *failure) {
    for (size_t i = 0; i < json_length(tags); i++) {
        const char *tag = json_string(json_item(tags, i), "");
        if (strchr(tag, ','))
            return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                               "The server tag '%s' contains a comma.", tag);
        for (size_t k = 0; k < i; k++)
            if (str_equal(tag, json_string(json_item(tags, k), "")))
                return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                                   "The server tags contain '%s' more than once.", tag);
    }
    return true;
}

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
    return check_tags(view, json_get(options, "tags"), failure);
}

static void set_options(struct state_server *server, const struct json *options) {
    state_set_string(&server->mode_constraint, json_string_at(options, "modeConstraint", "NONE"));
    name_list_set(&server->allowed, json_get(options, "allowedDatabases"));
    name_list_set(&server->denied, json_get(options, "deniedDatabases"));
    name_list_set(&server->tags, json_get(options, "tags"));
}

static void clear_options(struct state_server *server) {
    free(server->mode_constraint);
    name_list_clear(&server->tags);
    name_list_clear(&server->allowed);
    name_list_clear(&server->denied);
}

static struct json *command_for(const struct administration_view *view, const char *op,
                                const struct state_server *server) {
    struct json *command = json_new_object(view->arena);

    json_set_string(view->arena, command, "op", op);
    json_set_string(view->arena, command, "server", server->id);
    return command;
}

/* What the statement does, as its failures say it. */
struct server_verb {
    enum failure_kind kind;
    const char *text;
};

static bool refuse(const struct administration_view *view, const struct server_verb *verb, const char *name,
                   struct failure *failure, const char *format, ...) PRINTF_LIKE(5, 6);
static bool refuse(const struct administration_view *view, const struct server_verb *verb, const char *name,
                   struct failure *failure, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *reason = arena_vprintf(view->arena, format, arguments);
    va_end(arguments);
    return failure_set(failure, view->arena, verb->kind, "Could not %s server '%s'. %s", verb->text, name,
                       reason);
}

static struct state_server *named(const struct administration_view *view, const struct json *request,
                                  const struct server_verb *verb, struct failure *failure) {
    const char *name = json_string_at(request, "server", "");
    struct state_server *server = state_find_server_named(view->state, name);

    if (server && server->state != SERVER_DROPPED)
        return server;
    (void)refuse(view, verb, name, failure, "Server with name or ID '%s' does not exist.", name);
    return NULL;
}

/* ---- joining ---- */

void state_describe_server(struct state_server *server, const struct json *descriptor) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    state_set_string(&server->descriptor, json_print(arena, descriptor));
    server->is_system_secondary = str_equal(json_string_at(descriptor, "systemMode", ""), "SECONDARY");
}

void state_enable_server(struct state_server *server, const struct json *options) {
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

static size_t live_servers(const struct cluster_state *state) {
    size_t count = 0;

    for (size_t i = 0; i < state->server_count; i++)
        count += state->servers[i].state != SERVER_DROPPED;
    return count;
}

/* Older than every server of the cluster: these have upgraded the system database. */
static bool is_too_old(const struct cluster_state *state, const struct json *descriptor) {
    struct version version = version_parse(json_string_at(descriptor, "version", ""));

    for (size_t i = 0; i < state->server_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *other;
        if (state->servers[i].state == SERVER_DROPPED || state->servers[i].state == SERVER_FREE ||
            !json_parse(arena, text_from(state->servers[i].descriptor), NULL, &other, NULL))
            continue;
        struct version member = version_parse(json_string_at(other, "version", ""));
        if (member.family == VERSION_UNKNOWN || version_compare(&version, &member) >= 0)
            return false;
    }
    return version.family != VERSION_UNKNOWN && state->server_count > 0;
}

static bool plan_register(const struct administration_view *view, const struct json *request,
                          struct json **out_command, struct failure *failure) {
    const struct json *descriptor = json_get(request, "descriptor");
    const char *id = json_string_at(descriptor, "id", "");
    const struct state_server *known = state_find_server(view->state, id);

    if (known && known->state == SERVER_DROPPED)
        return failure_set(failure, view->arena, FAILURE_CANNOT_ENABLE,
                           "Server '%s' was deallocated or dropped and cannot be enabled.", id);
    if (!known && is_too_old(view->state, descriptor))
        return failure_set(
            failure, view->arena, FAILURE_CANNOT_ENABLE,
            "Server '%s' runs Neo4j %s, but all servers of the cluster run newer versions: it can't read "
            "their system database.",
            id, json_string_at(descriptor, "version", ""));
    if (!known && live_servers(view->state) >= STATE_SERVERS_MAX)
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
    state_describe_server(server, descriptor);
    if (json_bool_at(command, "enable", false) && server->state == SERVER_FREE)
        state_enable_server(server, NULL);
}

/* ---- ENABLE SERVER ---- */

static bool plan_enable(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    static const struct server_verb verb = { FAILURE_CANNOT_ENABLE, "enable" };
    const struct json *options = json_get(request, "options");
    const struct state_server *server = named(view, request, &verb, failure);

    if (!server || !check_options(view, options, failure))
        return false;
    if (server->state == SERVER_ENABLED) {
        administration_note(view, NOTIFICATION_SERVER_ALREADY_ENABLED, server->name);
        return true;
    }
    if (server->state != SERVER_FREE && server->state != SERVER_CORDONED)
        return refuse(view, &verb, server->name, failure,
                      "The server was deallocated or dropped and cannot be enabled.");
    *out_command = command_for(view, "enable-server", server);
    if (options)
        json_set(view->arena, *out_command, "options", options);
    return true;
}

static void apply_enable(struct cluster_state *state, const struct json *command) {
    struct state_server *server = state_find_server(state, json_string_at(command, "server", ""));
    const struct json *options = json_get(command, "options");

    if (!server)
        return;
    if (server->state == SERVER_CORDONED && !options)
        server->state = SERVER_ENABLED;
    else
        state_enable_server(server, options);
}

/* ---- ALTER SERVER ---- */

/* Databases that the server must not have any more with its new options have to find another place. */
static bool plan_moves_of_altered(const struct administration_view *view, const struct state_server *server,
                                  const struct json *options, struct json *command, struct failure *failure) {
    static const struct server_verb verb = { FAILURE_CANNOT_ALTER_SERVER, "alter" };
    struct allocator allocator = allocator_new(view);
    struct candidate *candidate = allocator_find(&allocator, server->id);
    struct state_server altered = { .id = server->id, .name = server->name, .state = server->state };
    const char *reason = NULL;

    if (!candidate)
        return true;
    set_options(&altered, options);
    candidate->server = &altered;
    bool fits = moves_plan(&allocator, NULL, command, &reason);
    moves_note_cordoned(&allocator);
    clear_options(&altered);
    return fits || refuse(view, &verb, server->name, failure, "%s", reason);
}

static bool plan_alter(const struct administration_view *view, const struct json *request,
                       struct json **out_command, struct failure *failure) {
    static const struct server_verb verb = { FAILURE_CANNOT_ALTER_SERVER, "alter" };
    const struct json *options = json_get(request, "options");
    const struct state_server *server = named(view, request, &verb, failure);

    if (!server || !check_options(view, options, failure))
        return false;
    if (server->state != SERVER_ENABLED && server->state != SERVER_CORDONED)
        return refuse(view, &verb, server->name, failure, "The server is %s, not Enabled or Cordoned.",
                      server_state_name(server->state));
    struct json *command = command_for(view, "alter-server", server);
    if (!plan_moves_of_altered(view, server, options, command, failure))
        return false;
    if (options)
        json_set(view->arena, command, "options", options);
    *out_command = command;
    return true;
}

static void apply_alter(struct cluster_state *state, const struct json *command) {
    struct state_server *server = state_find_server(state, json_string_at(command, "server", ""));

    if (server)
        set_options(server, json_get(command, "options"));
    moves_apply(state, command);
}

/* ---- RENAME SERVER ---- */

static bool plan_rename(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    static const struct server_verb verb = { FAILURE_CANNOT_RENAME_SERVER, "rename" };
    const char *name = json_string_at(request, "name", "");
    const struct state_server *server = named(view, request, &verb, failure);
    const struct state_server *other = state_find_server_named(view->state, name);

    if (!server)
        return false;
    if (!*name)
        return refuse(view, &verb, server->name, failure, "A server's name can't be empty.");
    if (other && other != server && other->state != SERVER_DROPPED)
        return refuse(view, &verb, server->name, failure, "A server with the name '%s' exists.", name);
    *out_command = command_for(view, "rename-server", server);
    json_set_string(view->arena, *out_command, "name", name);
    return true;
}

static void apply_rename(struct cluster_state *state, const struct json *command) {
    struct state_server *server = state_find_server(state, json_string_at(command, "server", ""));

    if (server)
        state_set_string(&server->name, json_string_at(command, "name", ""));
}

/* ---- dbms.cluster.cordonServer, uncordonServer ---- */

static bool plan_cordon(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    static const struct server_verb verbs[] = { { FAILURE_CANNOT_CORDON, "cordon" },
                                                { FAILURE_CANNOT_ENABLE, "uncordon" } };
    bool cordons = str_equal(json_string_at(request, "op", ""), "cordon-server");
    const struct server_verb *verb = &verbs[!cordons];
    const struct state_server *server = named(view, request, verb, failure);

    if (!server)
        return false;
    if (server->state == (cordons ? SERVER_CORDONED : SERVER_ENABLED)) {
        administration_note(
            view, cordons ? NOTIFICATION_SERVER_ALREADY_CORDONED : NOTIFICATION_SERVER_ALREADY_ENABLED,
            server->name);
        return true;
    }
    if (server->state != (cordons ? SERVER_ENABLED : SERVER_CORDONED))
        return refuse(view, verb, server->name, failure, "The server is %s, not %s.",
                      server_state_name(server->state), cordons ? "Enabled" : "Cordoned");
    *out_command = command_for(view, cordons ? "cordon-server" : "uncordon-server", server);
    return true;
}

static void apply_cordon(struct cluster_state *state, const struct json *command) {
    struct state_server *server = state_find_server(state, json_string_at(command, "server", ""));
    bool cordons = str_equal(json_string_at(command, "op", ""), "cordon-server");

    if (server)
        server->state = cordons ? SERVER_CORDONED : SERVER_ENABLED;
}

/* ---- DROP SERVER ---- */

/* The system database keeps as many voters as it took to found it. */
static bool leaves_enough_voters(const struct administration_view *view, const struct state_server *server) {
    int64_t voters = 0;

    for (size_t i = 0; i < view->state->server_count; i++)
        voters += state_votes_on_system(view->state, &view->state->servers[i]);
    return !state_votes_on_system(view->state, server) || voters > view->state->system_primaries_min;
}

static bool plan_drop(const struct administration_view *view, const struct json *request,
                      struct json **out_command, struct failure *failure) {
    static const struct server_verb verb = { FAILURE_CANNOT_DROP_SERVER, "drop" };
    const struct state_server *server = named(view, request, &verb, failure);

    if (!server)
        return false;
    for (size_t i = 0; i < view->state->database_count; i++)
        if (state_find_allocation(&view->state->databases[i], server->id))
            return refuse(
                view, &verb, server->name, failure,
                "The server still hosts database '%s'. Deallocate its databases first, and wait until it "
                "hosts none but 'system'.",
                view->state->databases[i].name);
    if (server->state != SERVER_DEALLOCATING && server->state != SERVER_DEALLOCATED)
        return refuse(view, &verb, server->name, failure,
                      "The server is %s. Deallocate its databases before dropping it.",
                      server_state_name(server->state));
    if (!leaves_enough_voters(view, server))
        return refuse(view, &verb, server->name, failure,
                      "The number of primaries of the system database would drop below the minimum of %ld.",
                      (long)view->state->system_primaries_min);
    *out_command = command_for(view, "drop-server", server);
    return true;
}

static void apply_drop(struct cluster_state *state, const struct json *command) {
    struct state_server *server = state_find_server(state, json_string_at(command, "server", ""));
    struct state_server *oldest = NULL;
    size_t dropped = 0;

    if (server)
        server->state = SERVER_DROPPED;
    for (size_t i = state->server_count; i-- > 0;)
        if (state->servers[i].state == SERVER_DROPPED) {
            oldest = &state->servers[i];
            dropped++;
        }
    if (dropped > STATE_DROPPED_MAX)
        state_remove_server(state, oldest);
}

const struct administration_operation administration_of_servers[] = {
    { "register-server", plan_register, apply_register },
    { "enable-server", plan_enable, apply_enable },
    { "alter-server", plan_alter, apply_alter },
    { "rename-server", plan_rename, apply_rename },
    { "cordon-server", plan_cordon, apply_cordon },
    { "uncordon-server", plan_cordon, apply_cordon },
    { "drop-server", plan_drop, apply_drop },
    { NULL, NULL, NULL },
};
