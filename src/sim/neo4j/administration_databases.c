/* Databases: CREATE, DROP, START and STOP DATABASE, composite and sharded ones too.
 * Rules: Operations Manual, managing databases in a cluster; Cypher Manual, standard and composite databases;
 * Operations Manual, sharded property databases. */
#include "sim/neo4j/allocation.h"

#include "base/buffer.h"

#include <ctype.h>

enum { NAME_LENGTH_MIN = 3, NAME_LENGTH_MAX = 63 };

/* ---- names ---- */

bool administration_check_name(const struct administration_view *view, const char *what, const char *name,
                               struct failure *failure) {
    size_t length = strlen(name);
    const char *wrong = NULL;
    /* Since 2025.01 a digit may come first. */
    bool begins_well = view->version && neo4j_version_is_calendar(view->version)
                           ? isalnum((unsigned char)name[0])
                           : isalpha((unsigned char)name[0]);

    if (length < NAME_LENGTH_MIN || length > NAME_LENGTH_MAX)
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "The provided %s name must have a length between %d and %d characters.", what,
                           NAME_LENGTH_MIN, NAME_LENGTH_MAX);
    if (!begins_well)
        wrong = "is not starting with an ASCII alphabetic character";
    else if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != length)
        wrong = "contains illegal characters. Use simple ascii characters, numbers, dots and dashes";
    else if (strchr(".-", name[length - 1]))
        wrong = "is invalid, because it ends with a dot or dash";
    else if (!strncasecmp(name, "system", strlen("system")))
        wrong = "is invalid, due to the prefix 'system'";
    if (!wrong)
        return true;
    return failure_set(failure, view->arena, FAILURE_ARGUMENT, "'%s' is not a valid %s name: it %s.", name,
                       what, wrong);
}

char *administration_lower_case(struct arena *arena, const char *name) {
    char *lower = arena_strdup(arena, name);

    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

bool administration_check_topology(const struct administration_view *view, int64_t primaries,
                                   int64_t secondaries, struct failure *failure) {
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

/* ---- allocation ---- */

static bool place(struct allocator *allocator, const struct allocation_wish *wish,
                  struct json **out_allocations, struct failure *failure) {
    const struct administration_view *view = allocator->view;
    struct json *allocations = allocator_place(allocator, wish);
    int64_t primaries = allocation_count(allocations, false),
            secondaries = allocation_count(allocations, true);
    bool lacks_primaries = primaries < wish->primaries;

    *out_allocations = allocations;
    if (allocation_is_complete(wish, allocations))
        return true;
    return failure_set(
        failure, view->arena, FAILURE_ALLOCATION,
        "Could not create database '%s'. Desired number of %s allocations is '%ld', but only '%ld' "
        "possible servers found - some servers may be constrained.",
        wish->name, lacks_primaries ? "primary" : "secondary",
        (long)(lacks_primaries ? wish->primaries : wish->secondaries),
        (long)(lacks_primaries ? primaries : secondaries));
}

struct json *administration_allocate(const struct administration_view *view, const char *database,
                                     int64_t primaries, int64_t secondaries, bool is_best_effort,
                                     struct failure *failure) {
    struct allocator allocator = allocator_new(view);
    struct allocation_wish wish = { .name = database, .primaries = primaries, .secondaries = secondaries };
    struct json *allocations;

    return place(&allocator, &wish, &allocations, failure) || is_best_effort ? allocations : NULL;
}

/* ---- CREATE ---- */

struct json *administration_create_database(const struct administration_view *view, const char *name,
                                            enum database_kind kind, int64_t primaries, int64_t secondaries,
                                            const struct json *allocations) {
    struct json *command = json_new_object(view->arena);

    json_set_string(view->arena, command, "op", "create-database");
    json_set_string(view->arena, command, "database", name);
    json_set_string(view->arena, command, "id", random_uuid(view->random, view->arena));
    json_set_integer(view->arena, command, "kind", kind);
    json_set_integer(view->arena, command, "wall", view->wall_ns);
    json_set_integer(view->arena, command, "primaries", primaries);
    json_set_integer(view->arena, command, "secondaries", secondaries);
    json_set(view->arena, command, "allocations", allocations);
    return command;
}

/* What is there already under the name: *out_ends: there is nothing to be done, or it has failed. */
static bool check_existing(const struct administration_view *view, const struct json *request,
                           const char *name, bool *out_ends, struct failure *failure) {
    const struct state_database *database = state_find_database(view->state, name);
    const struct state_alias *alias = state_find_alias(view->state, name);

    *out_ends = false;
    if (!database && !alias)
        return true;
    *out_ends = json_bool_at(request, "ifNotExists", false);
    if (*out_ends)
        return true;
    if (database && json_bool_at(request, "orReplace", false) && !*database->parent)
        return true;
    return failure_set(failure, view->arena, FAILURE_DATABASE_EXISTS,
                       "Failed to create the specified %sdatabase '%s': Database %sexists.",
                       json_bool_at(request, "composite", false) ? "composite " : "", name,
                       alias ? "or alias already " : "already ");
}

/* system counts as one, shards don't. */
static bool check_limit(const struct administration_view *view, const char *name, struct failure *failure) {
    int64_t count = 1;

    if (state_find_database(view->state, name)) /* to be replaced */
        return true;
    for (size_t i = 0; i < view->state->database_count; i++)
        count += !*view->state->databases[i].parent;
    if (count < configuration_integer(view->configuration, "dbms.max_databases"))
        return true;
    return failure_set(
        failure, view->arena, FAILURE_DATABASE_LIMIT,
        "Failed to create the specified database '%s': The total limit of databases is already "
        "reached.",
        name);
}

/* A seed that is on a server must be there, and its server comes first. */
static bool read_seeders(const struct administration_view *view, const struct json *seed, int64_t allocations,
                         const char **out_first, struct failure *failure) {
    const struct json *servers = json_get(seed, "servers");

    *out_first = NULL;
    if ((int64_t)json_length(servers) > allocations)
        return failure_set(
            failure, view->arena, FAILURE_SEEDS_EXCEED_ALLOCATIONS,
            "The number of seeding servers '%zu', is larger than the desired number of allocations "
            "'%ld'.",
            json_length(servers), (long)allocations);
    JSON_FOR_EACH_ITEM (item, servers) {
        const char *id = json_string(item, "");
        const struct state_server *server = state_find_server_named(view->state, id);
        if (!server || server->state == SERVER_DROPPED)
            return failure_set(failure, view->arena, FAILURE_NO_SUCH_SEEDER,
                               "The specified seeding server with id '%s' could not be found.", id);
        *out_first = *out_first ? *out_first : server->id;
    }
    return true;
}

static void add_request(const struct administration_view *view, struct json *command,
                        const struct json *request, const struct json *options, const struct json *seed) {
    if (json_get(request, "language"))
        json_set(view->arena, command, "language", json_get(request, "language"));
    if (json_length(options))
        json_set(view->arena, command, "options", options);
    if (seed)
        json_set(view->arena, command, "seed", seed);
}

static bool plan_standard(const struct administration_view *view, const struct json *request,
                          const char *name, struct json **out_command, struct failure *failure) {
    struct allocation_wish wish = {
        .name = name,
        .primaries = json_integer_at(request, "primaries", view->state->default_primaries),
        .secondaries = json_integer_at(request, "secondaries", view->state->default_secondaries),
    };
    struct allocator allocator = allocator_new(view);
    struct json *allocations, *options, *seed;

    if (!administration_check_topology(view, wish.primaries, wish.secondaries, failure) ||
        !administration_read_options(view, request, &options, &seed, failure) ||
        !read_seeders(view, seed, wish.primaries + wish.secondaries, &wish.first, failure) ||
        !check_limit(view, name, failure) || !place(&allocator, &wish, &allocations, failure))
        return false;
    *out_command = administration_create_database(view, name, DATABASE_STANDARD, wish.primaries,
                                                  wish.secondaries, allocations);
    add_request(view, *out_command, request, options, seed);
    return true;
}

static bool plan_composite(const struct administration_view *view, const struct json *request,
                           const char *name, struct json **out_command, struct failure *failure) {
    if (json_length(json_get(request, "options")))
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "Could not create composite database '%s': composite databases have no options.",
                           name);
    if (!check_limit(view, name, failure))
        return false;
    *out_command =
        administration_create_database(view, name, DATABASE_COMPOSITE, 0, 0, json_new_array(view->arena));
    add_request(view, *out_command, request, NULL, NULL);
    return true;
}

/* ---- sharded databases: the database itself, and a database for each shard ---- */

/* Shard names: foo-g000, foo-p000 … */
static bool add_shard(struct allocator *allocator, const struct json *request, struct json *command,
                      char letter, unsigned number, struct failure *failure) {
    const struct administration_view *view = allocator->view;
    bool is_graph = letter == 'g';
    char *name =
        arena_printf(view->arena, "%s-%c%03u", json_string_at(command, "database", ""), letter, number);
    int64_t replicas = json_integer_at(request, "replicas", view->state->default_replicas);
    struct allocation_wish wish = {
        .name = name,
        .primaries = is_graph ? json_integer_at(request, "primaries", view->state->default_primaries) : 1,
        .secondaries = is_graph ? json_integer_at(request, "secondaries", view->state->default_secondaries)
                                : replicas - 1,
    };
    struct json *allocations;

    if (!place(allocator, &wish, &allocations, failure))
        return false;
    struct json *shard =
        administration_create_database(view, name, is_graph ? DATABASE_GRAPH_SHARD : DATABASE_PROPERTY_SHARD,
                                       wish.primaries, wish.secondaries, allocations);
    json_set_string(view->arena, shard, "parent", json_string_at(command, "database", ""));
    json_set_integer(view->arena, shard, "replicas", is_graph ? 0 : replicas);
    json_set_string(view->arena, shard, "language", "CYPHER 25");
    if (json_get(command, "seed"))
        json_set(view->arena, shard, "seed", json_get(command, "seed"));
    json_append(view->arena, json_get(command, "shards"), shard);
    return true;
}

static bool plan_sharded(const struct administration_view *view, const struct json *request, const char *name,
                         struct json **out_command, struct failure *failure) {
    int64_t primaries = json_integer_at(request, "primaries", view->state->default_primaries);
    int64_t secondaries = json_integer_at(request, "secondaries", view->state->default_secondaries);
    int64_t count = json_integer_at(request, "shards", 0);
    int64_t replicas = json_integer_at(request, "replicas", view->state->default_replicas);
    struct allocator allocator = allocator_new(view);
    struct json *options, *seed;

    if (count < 1 || count > SHARDS_MAX || replicas < 1 || replicas > REPLICAS_MAX)
        return failure_set(
            failure, view->arena, FAILURE_SHARD_TOPOLOGY,
            "A sharded database has 1 to %d property shards with 1 to %d replicas each, not %ld with "
            "%ld.",
            SHARDS_MAX, REPLICAS_MAX, (long)count, (long)replicas);
    if (!administration_check_topology(view, primaries, secondaries, failure) ||
        !administration_read_options(view, request, &options, &seed, failure) ||
        !check_limit(view, name, failure))
        return false;
    struct json *command = administration_create_database(view, name, DATABASE_SHARDED, primaries,
                                                          secondaries, json_new_array(view->arena));
    add_request(view, command, request, options, seed);
    json_set_string(view->arena, command, "language", "CYPHER 25");
    json_set_integer(view->arena, command, "replicas", replicas);
    json_set_array(view->arena, command, "shards");
    if (!add_shard(&allocator, request, command, 'g', 0, failure))
        return false;
    for (unsigned i = 0; i < (unsigned)count; i++)
        if (!add_shard(&allocator, request, command, 'p', i, failure))
            return false;
    *out_command = command;
    return true;
}

static bool plan_create(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *name = administration_lower_case(view->arena, json_string_at(request, "database", ""));
    bool is_composite = json_bool_at(request, "composite", false), ends;

    if (!administration_check_name(view, "database", name, failure) ||
        !check_existing(view, request, name, &ends, failure))
        return false;
    if (ends)
        return true;
    return is_composite                  ? plan_composite(view, request, name, out_command, failure)
           : json_get(request, "shards") ? plan_sharded(view, request, name, out_command, failure)
                                         : plan_standard(view, request, name, out_command, failure);
}

static void remove_shards(struct cluster_state *state, const char *parent) {
    for (size_t i = state->database_count; i-- > 0;)
        if (str_equal(state->databases[i].parent, parent))
            state_remove_database(state, &state->databases[i]);
}

static void apply_create(struct cluster_state *state, const struct json *command) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *name = json_string_at(command, "database", "");
    struct state_database *database = state_find_database(state, name);

    if (database) {
        remove_shards(state, name);
        state_remove_database(state, state_find_database(state, name));
    }
    database = state_add_database(state, name);
    state_set_string(&database->id, json_string_at(command, "id", ""));
    state_set_string(&database->language, json_string_at(command, "language", "CYPHER 5"));
    state_set_string(&database->parent, json_string_at(command, "parent", ""));
    if (json_get(command, "options"))
        state_set_string(&database->options, json_print(arena, json_get(command, "options")));
    if (json_get(command, "seed"))
        state_set_string(&database->seed, json_print(arena, json_get(command, "seed")));
    database->kind = (enum database_kind)json_integer_at(command, "kind", DATABASE_STANDARD);
    database->is_online = true;
    database->primaries = json_integer_at(command, "primaries", 1);
    database->secondaries = json_integer_at(command, "secondaries", 0);
    database->replicas = json_integer_at(command, "replicas", 0);
    database->created_wall_ns = json_integer_at(command, "wall", 0);
    database->started_wall_ns = database->created_wall_ns;
    state_set_allocations(database, json_get(command, "allocations"));
    for (size_t i = 0; i < database->allocation_count; i++) /* nobody has data that could be lost */
        database->allocations[i].is_voter = !database->allocations[i].is_secondary;
    JSON_FOR_EACH_ITEM (shard, json_get(command, "shards"))
        apply_create(state, shard);
}

/* ---- DROP, START, STOP ---- */

/* Of op, as the failures of the real one say it. */
static const char *verb_of(const char *op) {
    return str_equal(op, "drop-database") ? "delete" : str_equal(op, "start-database") ? "start" : "stop";
}

static bool check_aliases(const struct administration_view *view, const struct json *request,
                          const struct state_database *database, struct failure *failure) {
    CLEANUP_BUFFER struct buffer names = { 0 };
    bool is_composite = database->kind == DATABASE_COMPOSITE;

    if (json_bool_at(request, "cascade", false))
        return true;
    for (size_t i = 0; i < view->state->alias_count; i++) {
        const struct state_alias *alias = &view->state->aliases[i];
        if (is_composite ? !strcasecmp(alias->composite, database->name)
                         : !*alias->url && !strcasecmp(alias->target, database->name))
            buffer_printf(&names, "%s'%s'", names.length ? ", " : "", alias->name);
    }
    if (!names.length)
        return true;
    return failure_set(
        failure, view->arena, FAILURE_HAS_ALIASES,
        is_composite
            ? "Failed to delete the specified composite database '%s': Composite database has one or "
              "more constituent aliases. Drop the aliases: [%s] before dropping the database."
            : "Failed to delete the specified database '%s': Database has one or more aliases. Drop "
              "the aliases: [%s] before dropping the database.",
        database->name, buffer_string(&names));
}

static bool find_changed(const struct administration_view *view, const struct json *request,
                         const struct state_database **out_database, struct failure *failure) {
    const char *op = json_string_at(request, "op", ""), *name = json_string_at(request, "database", "");
    const struct state_database *database = state_find_database(view->state, name);
    bool is_composite = json_bool_at(request, "composite", false);

    *out_database = NULL;
    if (!strcasecmp(name, "system"))
        return failure_set(failure, view->arena, FAILURE_ON_SYSTEM,
                           "Not allowed to %s the system database: this operation is not possible on it.",
                           verb_of(op));
    if (database && is_composite && database->kind != DATABASE_COMPOSITE)
        database = NULL;
    if (!database && json_bool_at(request, "ifExists", false))
        return true;
    if (!database)
        return failure_set(failure, view->arena, FAILURE_DATABASE_NOT_FOUND,
                           "Failed to %s the specified %sdatabase '%s': Database does not exist.",
                           verb_of(op), is_composite ? "composite " : "", name);
    if (*database->parent)
        return failure_set(
            failure, view->arena, FAILURE_SHARD_TOPOLOGY,
            "Failed to %s the specified database '%s': it is a shard of '%s', which is to be named.",
            verb_of(op), name, database->parent);
    *out_database = database;
    return true;
}

static bool plan_change(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *op = json_string_at(request, "op", "");
    const struct state_database *database;

    if (!find_changed(view, request, &database, failure))
        return false;
    if (!database || (str_equal(op, "start-database") && database->is_online) ||
        (str_equal(op, "stop-database") && !database->is_online))
        return true;
    if (str_equal(op, "drop-database") && !check_aliases(view, request, database, failure))
        return false;
    *out_command = json_new_object(view->arena);
    json_set_string(view->arena, *out_command, "op", op);
    json_set_string(view->arena, *out_command, "database", database->name);
    json_set_integer(view->arena, *out_command, "wall", view->wall_ns);
    return true;
}

static void apply_drop(struct cluster_state *state, const struct json *command) {
    const char *name = json_string_at(command, "database", "");
    struct state_database *database = state_find_database(state, name);

    for (size_t i = state->alias_count; i-- > 0;) {
        const struct state_alias *alias = &state->aliases[i];
        if (!strcasecmp(alias->composite, name) || (!*alias->url && !strcasecmp(alias->target, name)))
            state_remove_alias(state, &state->aliases[i]);
    }
    remove_shards(state, name);
    if (database)
        state_remove_database(state, state_find_database(state, name));
}

static void set_online(struct cluster_state *state, const struct json *command, bool is_online) {
    const char *name = json_string_at(command, "database", "");

    for (size_t i = 0; i < state->database_count; i++) {
        struct state_database *database = &state->databases[i];
        if (!str_equal(database->name, name) && !str_equal(database->parent, name))
            continue;
        database->is_online = is_online;
        *(is_online ? &database->started_wall_ns : &database->stopped_wall_ns) =
            json_integer_at(command, "wall", 0);
    }
}

static void apply_start(struct cluster_state *state, const struct json *command) {
    set_online(state, command, true);
}

static void apply_stop(struct cluster_state *state, const struct json *command) {
    set_online(state, command, false);
}

const struct administration_operation administration_of_databases[] = {
    { "create-database", plan_create, apply_create },
    { "drop-database", plan_change, apply_drop },
    { "start-database", plan_change, apply_start },
    { "stop-database", plan_change, apply_stop },
    { NULL, NULL, NULL },
};
