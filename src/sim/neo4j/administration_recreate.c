/* dbms.recreateDatabase and quarantine: databases that have lost their quorum or their data.
 *
 * A recreated database keeps its name and privileges and gets a new id: a new group, whose first store comes
 * from the most advanced of the seeding servers, from a URI, or is empty. Rules: Operations Manual, standard
 * databases, recreate a database; error handling, quarantine. */
#include "sim/neo4j/allocation.h"

#include <time.h>

/* ---- dbms.recreateDatabase ---- */

static const struct {
    const char *name;
    unsigned since; /* of the calendar releases; 0: always */
    const char *seed;
} recreate_options[] = {
    { "clearData", 202502, NULL },
    { "primaries", 0, NULL },
    { "secondaries", 0, NULL },
    { "seedConfig", 0, "config" },
    { "seedRestoreUntil", 202501, "restoreUntil" },
    { "seedSourceDatabase", 202506, "sourceDatabase" },
    { "seedURI", 0, "uri" },
    { "seedingServers", 0, NULL },
    { "storeFormat", 202504, NULL },
};

static bool refuse(const struct administration_view *view, const char *name, const char *reason,
                   struct failure *failure) {
    return failure_set(failure, view->arena, FAILURE_CANNOT_RECREATE, "Could not recreate database '%s'. %s",
                       name, reason);
}

static bool check_options(const struct administration_view *view, const struct json *options,
                          struct failure *failure) {
    JSON_FOR_EACH_MEMBER (member, options) {
        bool is_known = false;
        for (size_t i = 0; i < ARRAY_LENGTH(recreate_options); i++) {
            unsigned since = recreate_options[i].since;
            is_known =
                is_known || (str_equal(recreate_options[i].name, member->key) &&
                             (!since || neo4j_version_at_least(view->version, since / 100, since % 100)));
        }
        if (!is_known)
            return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                               "Unrecognised option '%s' of the recreate procedure.", member->key);
    }
    return true;
}

/* Exactly one source; no seeding servers beside a URI mean that the URI is what is left when no server is. */
static bool check_sources(const struct administration_view *view, const char *name,
                          const struct json *options, struct failure *failure) {
    const struct json *servers = json_get(options, "seedingServers");
    bool has_uri = json_get(options, "seedURI"), clears = json_bool_at(options, "clearData", false);

    if (!servers && !has_uri && !clears)
        return failure_set(
            failure, view->arena, FAILURE_ARGUMENT,
            "Could not recreate database '%s': one of 'seedingServers', 'seedURI' and 'clearData' has "
            "to be specified.",
            name);
    if ((json_length(servers) && has_uri) || (clears && (servers || has_uri)))
        return failure_set(
            failure, view->arena, FAILURE_ARGUMENT,
            "Could not recreate database '%s': 'seedingServers', 'seedURI' and 'clearData' exclude "
            "each other.",
            name);
    if (json_get(options, "storeFormat") && !clears)
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "Could not recreate database '%s': 'storeFormat' needs 'clearData'.", name);
    return true;
}

/* The servers to take the data from: those that are named, or all that are there. */
static bool find_seeders(const struct administration_view *view, const struct state_database *database,
                         const struct json *named, struct json *out_ids, struct failure *failure) {
    JSON_FOR_EACH_ITEM (item, named) {
        const struct state_server *server = state_find_server_named(view->state, json_string(item, ""));
        if (!server || !state_find_allocation(database, server->id) ||
            !view->is_available(view->context, server->id))
            return failure_set(failure, view->arena, FAILURE_NO_SUCH_SEEDER,
                               "The specified seeding server with id '%s' could not be found.",
                               json_string(item, ""));
        json_append_string(view->arena, out_ids, server->id);
    }
    for (size_t i = 0; !json_length(named) && i < database->allocation_count; i++)
        if (view->is_available(view->context, database->allocations[i].server_id))
            json_append_string(view->arena, out_ids, database->allocations[i].server_id);
    return true;
}

static const char *most_advanced(const struct administration_view *view,
                                 const struct state_database *database, const struct json *ids) {
    const char *best = NULL;
    int64_t most = -1;

    JSON_FOR_EACH_ITEM (id, ids) {
        int64_t transaction =
            view->transaction ? view->transaction(view->context, json_string(id, ""), database->id) : 0;
        if (transaction > most) {
            most = transaction;
            best = json_string(id, NULL);
        }
    }
    return best;
}

static struct json *seed_of(const struct administration_view *view, const struct state_database *database,
                            const struct json *options, const char *seeder) {
    struct json *seed = json_new_object(view->arena);

    if (seeder) {
        json_set_string(view->arena, seed, "server", seeder);
        json_set_string(view->arena, seed, "database", database->id);
        return seed;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(recreate_options); i++)
        if (recreate_options[i].seed && json_get(options, recreate_options[i].name))
            json_set(view->arena, seed, recreate_options[i].seed,
                     json_get(options, recreate_options[i].name));
    return seed;
}

static bool place(const struct administration_view *view, struct allocation_wish *wish, size_t seeders,
                  struct json **out_allocations, struct failure *failure) {
    struct allocator allocator = allocator_new(view);
    int64_t wanted = wish->primaries + wish->secondaries;

    if ((int64_t)seeders > wanted)
        return failure_set(
            failure, view->arena, FAILURE_TOO_MANY_SEEDERS,
            "The number of seeding servers '%zu' is larger than the defined number of allocations "
            "'%ld'.",
            seeders, (long)wanted);
    /* Cordoned servers keep nothing of a database that begins anew. */
    for (size_t i = 0; i < allocator.count; i++)
        allocator.candidates[i].is_excluded = allocator.candidates[i].server->state != SERVER_ENABLED;
    *out_allocations = allocator_place(&allocator, wish);
    return allocation_is_complete(wish, *out_allocations) ||
           refuse(view, wish->name,
                  arena_printf(
                      view->arena,
                      "Desired number of allocations is '%ld', but only '%zu' possible servers found - some "
                      "servers may be constrained.",
                      (long)wanted, json_length(*out_allocations)),
                  failure);
}

static bool check_database(const struct administration_view *view, const struct json *request,
                           const struct state_database **out_database, struct failure *failure) {
    const char *name = json_string_at(request, "database", "");
    const struct state_database *database = state_find_database(view->state, name);

    if (!strcasecmp(name, "system"))
        return failure_set(failure, view->arena, FAILURE_ON_SYSTEM,
                           "The system database can't be recreated.");
    if (!database)
        return failure_set(failure, view->arena, FAILURE_DATABASE_NOT_FOUND,
                           "Failed to recreate the specified database '%s': Database does not exist.", name);
    if (!state_has_store(database))
        return refuse(view, name, "It is not a standard database.", failure);
    if (database->quarantine_count)
        return refuse(view, name, "It is quarantined. Lift the quarantine first.", failure);
    *out_database = database;
    return true;
}

static bool plan_recreate(const struct administration_view *view, const struct json *request,
                          struct json **out_command, struct failure *failure) {
    const struct json *options = json_get(request, "options");
    const struct state_database *database = NULL;
    struct json *seeders = json_new_array(view->arena), *allocations = NULL;

    if (!check_database(view, request, &database, failure))
        return false;
    ensure(database);
    if (!check_options(view, options, failure) || !check_sources(view, database->name, options, failure))
        return false;
    if (json_get(options, "seedingServers") &&
        !find_seeders(view, database, json_get(options, "seedingServers"), seeders, failure))
        return false;
    if (json_get(options, "seedingServers") && !json_length(seeders) && !json_get(options, "seedURI"))
        return refuse(view, database->name, "No server that hosts it is available.", failure);
    struct allocation_wish wish = { .name = database->name,
                                    .current = database,
                                    .primaries = json_integer_at(options, "primaries", database->primaries),
                                    .secondaries =
                                        json_integer_at(options, "secondaries", database->secondaries),
                                    .first = most_advanced(view, database, seeders) };
    if (!administration_check_topology(view, wish.primaries, wish.secondaries, failure) ||
        !place(view, &wish, json_length(seeders), &allocations, failure))
        return false;
    *out_command = administration_create_database(view, database->name, database->kind, wish.primaries,
                                                  wish.secondaries, allocations);
    json_set_string(view->arena, *out_command, "op", "recreate-database");
    json_set(view->arena, *out_command, "seed", seed_of(view, database, options, wish.first));
    return true;
}

static void apply_recreate(struct cluster_state *state, const struct json *command) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct state_database *database = state_find_database(state, json_string_at(command, "database", ""));

    if (!database)
        return;
    state_set_string(&database->id, json_string_at(command, "id", ""));
    state_set_string(&database->seed, json_print(arena, json_get(command, "seed")));
    database->primaries = json_integer_at(command, "primaries", 1);
    database->secondaries = json_integer_at(command, "secondaries", 0);
    database->is_online = true;
    database->started_wall_ns = json_integer_at(command, "wall", 0);
    while (database->allocation_count)
        state_remove_allocation(database, database->allocations);
    state_set_allocations(database, json_get(command, "allocations"));
    for (size_t i = 0; i < database->allocation_count; i++)
        database->allocations[i].is_voter = !database->allocations[i].is_secondary;
}

/* ---- quarantine ---- */

static char *quarantine_text(const struct administration_view *view, const struct json *request) {
    const char *reason = json_string_at(request, "reason", "");
    time_t seconds = (time_t)(view->wall_ns / 1000000000);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    return arena_printf(view->arena, "By %s at %04d-%02d-%02dT%02d:%02d:%02dZ: %s",
                        json_string_at(request, "user", ""), parts.tm_year + 1900, parts.tm_mon + 1,
                        parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                        *reason ? reason : "No reason given");
}

static bool plan_quarantine(const struct administration_view *view, const struct json *request,
                            struct json **out_command, struct failure *failure) {
    const char *name = json_string_at(request, "database", ""),
               *server_name = json_string_at(request, "server", "");
    const struct state_database *database = state_find_database(view->state, name);
    const struct state_server *server = state_find_server_named(view->state, server_name);
    bool marks = json_bool_at(request, "quarantined", false);

    if (!database)
        return failure_set(failure, view->arena, FAILURE_DATABASE_NOT_FOUND, "Database '%s' does not exist.",
                           name);
    if (!server || !state_find_allocation(database, server->id))
        return failure_set(
            failure, view->arena, FAILURE_QUARANTINE,
            "Setting/removing the quarantine marker failed: Database '%s' is not on server '%s'.", name,
            server_name);
    if (!marks && !state_find_quarantine(database, server->id))
        return failure_set(
            failure, view->arena, FAILURE_QUARANTINE,
            "Setting/removing the quarantine marker failed: Database '%s' on server '%s' is not in "
            "quarantine.",
            name, server->id);
    *out_command = json_new_object(view->arena);
    json_set_string(view->arena, *out_command, "op", "quarantine-database");
    json_set_string(view->arena, *out_command, "database", database->name);
    json_set_string(view->arena, *out_command, "server", server->id);
    if (marks)
        json_set_string(view->arena, *out_command, "message", quarantine_text(view, request));
    return true;
}

static void apply_quarantine(struct cluster_state *state, const struct json *command) {
    struct state_database *database = state_find_database(state, json_string_at(command, "database", ""));

    if (database)
        state_set_quarantine(database, json_string_at(command, "server", ""),
                             json_string_at(command, "message", NULL));
}

const struct administration_operation administration_of_recreation[] = {
    { "recreate-database", plan_recreate, apply_recreate },
    { "quarantine-database", plan_quarantine, apply_quarantine },
    { NULL, NULL, NULL },
};
