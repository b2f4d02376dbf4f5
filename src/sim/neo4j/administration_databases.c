/* Databases: CREATE, DROP, START and STOP DATABASE, and where they are put.
 * Rules: Operations Manual, managing databases in a cluster. */
#include "sim/neo4j/administration.h"

#include <ctype.h>

enum { NAME_LENGTH_MIN = 3, NAME_LENGTH_MAX = 63, PRIMARIES_MAX = 11, SECONDARIES_MAX = 20 };

static bool check_name(const struct administration_view *view, const char *name, struct failure *failure) {
    size_t length = strlen(name);
    const char *wrong = NULL;

    if (length < NAME_LENGTH_MIN || length > NAME_LENGTH_MAX)
        wrong = "it must be between 3 and 63 characters long";
    else if (!isalnum((unsigned char)name[0]))
        wrong = "it must begin with a letter or digit";
    else if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != length)
        wrong = "it may only contain letters, digits, dots and dashes";
    else if (strchr(".-", name[length - 1]))
        wrong = "it must not end with a dot or dash";
    else if (!strncasecmp(name, "system", strlen("system")))
        wrong = "names that begin with 'system' are reserved";
    if (!wrong)
        return true;
    return failure_set(failure, view->arena, FAILURE_ARGUMENT, "'%s' is not a valid database name: %s.", name,
                       wrong);
}

static char *lower_case(struct arena *arena, const char *name) {
    char *lower = arena_strdup(arena, name);

    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

/* ---- allocation ---- */

struct candidate {
    const struct state_server *server;
    size_t hosted;
    bool is_taken;
};

static bool may_host(const struct state_server *server, const char *database, bool as_secondary) {
    if (server->state != SERVER_ENABLED)
        return false;
    if (str_equal(server->mode_constraint, as_secondary ? "PRIMARY" : "SECONDARY"))
        return false;
    if (server->allowed.count && !name_list_has(&server->allowed, database))
        return false;
    return !name_list_has(&server->denied, database);
}

static size_t hosted_by(const struct cluster_state *state, const struct state_server *server) {
    size_t count = 0;

    for (size_t i = 0; i < state->database_count; i++)
        count += state_find_allocation(&state->databases[i], server->id) != NULL;
    return count;
}

/* The free candidate that hosts least; the first to have joined among equals, so that the outcome can be
 * told. Servers that can only host this mode go before those that are of use for the other one too. */
static struct candidate *choose(struct candidate *candidates, size_t count, const char *database,
                                bool as_secondary) {
    struct candidate *best = NULL;

    for (size_t i = 0; i < count; i++) {
        struct candidate *candidate = &candidates[i];
        if (candidate->is_taken || !may_host(candidate->server, database, as_secondary))
            continue;
        bool is_bound = !str_equal(candidate->server->mode_constraint, "NONE");
        bool best_is_bound = best && !str_equal(best->server->mode_constraint, "NONE");
        if (!best || (is_bound && !best_is_bound) ||
            (is_bound == best_is_bound && candidate->hosted < best->hosted))
            best = candidate;
    }
    return best;
}

struct json *administration_allocate(const struct administration_view *view, const char *database,
                                     int64_t primaries, int64_t secondaries, bool is_best_effort,
                                     struct failure *failure) {
    const struct cluster_state *state = view->state;
    struct candidate *candidates = ARENA_ARRAY(view->arena, struct candidate, state->server_count + 1);
    struct json *allocations = json_new_array(view->arena);
    size_t count = 0;

    for (size_t i = 0; i < state->server_count; i++)
        if (view->is_available(view->context, state->servers[i].id))
            candidates[count++] =
                (struct candidate){ &state->servers[i], hosted_by(state, &state->servers[i]), false };
    for (int64_t i = 0; i < primaries + secondaries; i++) {
        bool as_secondary = i >= primaries;
        struct candidate *chosen = choose(candidates, count, database, as_secondary);
        if (!chosen && !is_best_effort) {
            failure_set(failure, view->arena, FAILURE_ALLOCATION,
                        "Could not create database '%s'. Desired number of %s is %ld, but only %ld could be "
                        "allocated to the available enabled servers.",
                        database, as_secondary ? "secondaries" : "primaries",
                        (long)(as_secondary ? secondaries : primaries),
                        (long)(as_secondary ? i - primaries : i));
            return NULL;
        }
        if (!chosen)
            continue;
        chosen->is_taken = true;
        struct json *allocation = json_append_object(view->arena, allocations);
        json_set_string(view->arena, allocation, "server", chosen->server->id);
        json_set_bool(view->arena, allocation, "secondary", as_secondary);
    }
    return allocations;
}

/* ---- CREATE ---- */

struct json *administration_create_database(const struct administration_view *view, const char *name,
                                            int64_t primaries, int64_t secondaries,
                                            const struct json *allocations) {
    struct json *command = json_new_object(view->arena);

    json_set_string(view->arena, command, "op", "create-database");
    json_set_string(view->arena, command, "database", name);
    json_set_string(view->arena, command, "id", random_uuid(view->random, view->arena));
    json_set_integer(view->arena, command, "wall", view->wall_ns);
    json_set_integer(view->arena, command, "primaries", primaries);
    json_set_integer(view->arena, command, "secondaries", secondaries);
    json_set(view->arena, command, "allocations", allocations);
    return command;
}

static bool check_topology(const struct administration_view *view, int64_t primaries, int64_t secondaries,
                           struct failure *failure) {
    if (primaries < 1 || primaries > PRIMARIES_MAX)
        return failure_set(failure, view->arena, FAILURE_PRIMARIES_RANGE,
                           "The number of primaries must be between 1 and %d, was %ld.", PRIMARIES_MAX,
                           (long)primaries);
    if (secondaries < 0 || secondaries > SECONDARIES_MAX)
        return failure_set(failure, view->arena, FAILURE_SECONDARIES_RANGE,
                           "The number of secondaries must be between 0 and %d, was %ld.", SECONDARIES_MAX,
                           (long)secondaries);
    return true;
}

static bool plan_create(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const struct cluster_state *state = view->state;
    const char *name = lower_case(view->arena, json_string_at(request, "database", ""));
    int64_t primaries = json_integer_at(request, "primaries", state->default_primaries);
    int64_t secondaries = json_integer_at(request, "secondaries", state->default_secondaries);
    const struct state_database *existing = state_find_database(state, name);

    if (!check_name(view, name, failure) || !check_topology(view, primaries, secondaries, failure))
        return false;
    if (existing && json_bool_at(request, "ifNotExists", false))
        return true;
    if (existing && !json_bool_at(request, "orReplace", false))
        return failure_set(failure, view->arena, FAILURE_DATABASE_EXISTS,
                           "Failed to create the specified database '%s': Database already exists.", name);
    /* system counts as one. */
    if (!existing && (int64_t)state->database_count + 1 >=
                         configuration_integer(view->configuration, "dbms.max_databases"))
        return failure_set(failure, view->arena, FAILURE_DATABASE_LIMIT,
                           "Failed to create the specified database '%s': The total limit of databases is "
                           "already reached.",
                           name);
    struct json *allocations = administration_allocate(view, name, primaries, secondaries, false, failure);
    if (!allocations)
        return false;
    *out_command = administration_create_database(view, name, primaries, secondaries, allocations);
    if (json_get(request, "language"))
        json_set(view->arena, *out_command, "language", json_get(request, "language"));
    if (json_get(request, "options"))
        json_set(view->arena, *out_command, "options", json_get(request, "options"));
    return true;
}

static void apply_create(struct cluster_state *state, const struct json *command) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *name = json_string_at(command, "database", "");
    const struct json *allocations = json_get(command, "allocations");
    struct state_database *database = state_find_database(state, name);

    if (database)
        state_remove_database(state, database);
    database = state_add_database(state, name);
    state_set_string(&database->id, json_string_at(command, "id", ""));
    state_set_string(&database->language, json_string_at(command, "language", "CYPHER 5"));
    if (json_get(command, "options"))
        state_set_string(&database->options, json_print(arena, json_get(command, "options")));
    database->is_online = true;
    database->primaries = json_integer_at(command, "primaries", 1);
    database->secondaries = json_integer_at(command, "secondaries", 0);
    database->created_wall_ns = json_integer_at(command, "wall", 0);
    database->started_wall_ns = database->created_wall_ns;
    database->allocations = xcalloc(json_length(allocations), sizeof(*database->allocations));
    JSON_FOR_EACH_ITEM (allocation, allocations)
        database->allocations[database->allocation_count++] =
            (struct state_allocation){ xstrdup(json_string_at(allocation, "server", "")),
                                       json_bool_at(allocation, "secondary", false) };
}

/* ---- DROP, START, STOP ---- */

static bool plan_change(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *op = json_string_at(request, "op", "");
    const char *name = json_string_at(request, "database", "");
    const struct state_database *database = state_find_database(view->state, name);

    if (!strcasecmp(name, "system"))
        return failure_set(failure, view->arena, FAILURE_ON_SYSTEM,
                           "This operation is not possible on the system database.");
    if (!database && json_bool_at(request, "ifExists", false))
        return true;
    if (!database)
        return failure_set(failure, view->arena, FAILURE_DATABASE_NOT_FOUND,
                           "Failed to change the specified database '%s': Database does not exist.", name);
    if ((str_equal(op, "start-database") && database->is_online) ||
        (str_equal(op, "stop-database") && !database->is_online))
        return true;
    *out_command = json_new_object(view->arena);
    json_set_string(view->arena, *out_command, "op", op);
    json_set_string(view->arena, *out_command, "database", database->name);
    json_set_integer(view->arena, *out_command, "wall", view->wall_ns);
    return true;
}

static void apply_drop(struct cluster_state *state, const struct json *command) {
    struct state_database *database = state_find_database(state, json_string_at(command, "database", ""));

    if (database)
        state_remove_database(state, database);
}

static void apply_start(struct cluster_state *state, const struct json *command) {
    struct state_database *database = state_find_database(state, json_string_at(command, "database", ""));

    if (!database)
        return;
    database->is_online = true;
    database->started_wall_ns = json_integer_at(command, "wall", 0);
}

static void apply_stop(struct cluster_state *state, const struct json *command) {
    struct state_database *database = state_find_database(state, json_string_at(command, "database", ""));

    if (!database)
        return;
    database->is_online = false;
    database->stopped_wall_ns = json_integer_at(command, "wall", 0);
}

const struct administration_operation administration_of_databases[] = {
    { "create-database", plan_create, apply_create },
    { "drop-database", plan_change, apply_drop },
    { "start-database", plan_change, apply_start },
    { "stop-database", plan_change, apply_stop },
    { NULL, NULL, NULL },
};
