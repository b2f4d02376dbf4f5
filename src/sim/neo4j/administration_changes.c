/* ALTER DATABASE: access, topology, options, default language, and the shards of a sharded database.
 * Rules: Cypher Manual, standard databases, alter databases; Operations Manual, managing databases in a
 * cluster. */
#include "sim/neo4j/allocation.h"

/* ---- topology ---- */

static bool refuse(const struct administration_view *view, const char *name, const char *reason,
                   struct failure *failure) {
    return failure_set(failure, view->arena, FAILURE_CANNOT_ALTER_DATABASE,
                       "Could not alter database '%s'. %s", name, reason);
}

/* Into command: a member of "databases". */
static bool plan_topology(struct allocator *allocator, const struct state_database *database,
                          int64_t primaries, int64_t secondaries, struct json *command,
                          struct failure *failure) {
    const struct administration_view *view = allocator->view;
    struct allocation_wish wish = {
        .name = database->name, .current = database, .primaries = primaries, .secondaries = secondaries
    };

    if (database->primaries > 1 && primaries == 1)
        return refuse(
            view, database->name,
            "It is not possible to transition to a topology with a single primary from one with several.",
            failure);
    struct json *allocations = allocator_place(allocator, &wish);
    if (!allocation_is_complete(&wish, allocations))
        return refuse(
            view, database->name,
            arena_printf(view->arena,
                         "Desired number of allocations is '%ld', but only '%zu' possible servers found - "
                         "some servers may be constrained.",
                         (long)(primaries + secondaries), json_length(allocations)),
            failure);
    struct json *entry = json_append_object(view->arena, json_get(command, "databases"));
    json_set_string(view->arena, entry, "database", database->name);
    json_set_integer(view->arena, entry, "primaries", primaries);
    json_set_integer(view->arena, entry, "secondaries", secondaries);
    json_set(view->arena, entry, "allocations", allocations);
    return true;
}

static bool is_same_topology(const struct state_database *database, int64_t primaries, int64_t secondaries) {
    return database->primaries == primaries && database->secondaries == secondaries;
}

static bool plan_standard(const struct administration_view *view, const struct json *request,
                          const struct state_database *database, struct json *command,
                          struct failure *failure) {
    int64_t primaries = json_integer_at(request, "primaries", 0);
    int64_t secondaries = json_integer_at(request, "secondaries", database->secondaries);
    struct allocator allocator = allocator_new(view);

    if (!json_get(request, "primaries"))
        return true;
    if (database->kind == DATABASE_COMPOSITE)
        return refuse(view, database->name, "A composite database has no topology.", failure);
    if (!administration_check_topology(view, primaries, secondaries, failure))
        return false;
    if (is_same_topology(database, primaries, secondaries)) {
        administration_note(view, NOTIFICATION_TOPOLOGY_UNCHANGED, "");
        return true;
    }
    return plan_topology(&allocator, database, primaries, secondaries, command, failure);
}

static bool plan_shards(const struct administration_view *view, const struct json *request,
                        const struct state_database *database, struct json *command,
                        struct failure *failure) {
    struct allocator allocator = allocator_new(view);
    int64_t primaries = json_integer_at(request, "primaries", database->primaries);
    int64_t secondaries = json_integer_at(request, "secondaries", database->secondaries);
    int64_t replicas = json_integer_at(request, "replicas", database->replicas);

    if (!administration_check_topology(view, primaries, secondaries, failure))
        return false;
    if (replicas < 1 || replicas > REPLICAS_MAX)
        return failure_set(failure, view->arena, FAILURE_SHARD_TOPOLOGY,
                           "A property shard has 1 to %d replicas, not %ld.", REPLICAS_MAX, (long)replicas);
    for (size_t i = 0; i < view->state->database_count; i++) {
        const struct state_database *shard = &view->state->databases[i];
        bool is_graph = shard->kind == DATABASE_GRAPH_SHARD;
        int64_t shard_primaries = is_graph ? primaries : 1;
        int64_t shard_secondaries = is_graph ? secondaries : replicas - 1;
        if (str_equal(shard->parent, database->name) &&
            !is_same_topology(shard, shard_primaries, shard_secondaries) &&
            !plan_topology(&allocator, shard, shard_primaries, shard_secondaries, command, failure))
            return false;
    }
    json_set_integer(view->arena, command, "primaries", primaries);
    json_set_integer(view->arena, command, "secondaries", secondaries);
    json_set_integer(view->arena, command, "replicas", replicas);
    return true;
}

/* ---- the rest ---- */

static bool check_options(const struct administration_view *view, const struct json *request,
                          struct failure *failure) {
    JSON_FOR_EACH_MEMBER (member, json_get(request, "setOptions"))
        if (!administration_check_option(view, member->key, &member->value, failure))
            return false;
    JSON_FOR_EACH_ITEM (name, json_get(request, "removeOptions"))
        if (!administration_check_option(view, json_string(name, ""), NULL, failure))
            return false;
    return true;
}

static bool plan_alter(const struct administration_view *view, const struct json *request,
                       struct json **out_command, struct failure *failure) {
    static const char *const copied[] = { "access", "language", "setOptions", "removeOptions" };
    const char *name = json_string_at(request, "database", "");
    const struct state_database *database = state_find_database(view->state, name);
    struct json *command = json_new_object(view->arena);

    if (!strcasecmp(name, "system"))
        return failure_set(failure, view->arena, FAILURE_ON_SYSTEM,
                           "Not allowed to alter the system database: this operation is not possible on it.");
    if (!database && json_bool_at(request, "ifExists", false))
        return true;
    if (!database)
        return failure_set(failure, view->arena, FAILURE_DATABASE_NOT_FOUND,
                           "Failed to alter the specified database '%s': Database does not exist.", name);
    if (*database->parent)
        return failure_set(
            failure, view->arena, FAILURE_SHARD_TOPOLOGY,
            "Failed to alter the specified database '%s': it is a shard of '%s', which is to be named.", name,
            database->parent);
    json_set_string(view->arena, command, "op", "alter-database");
    json_set_string(view->arena, command, "database", database->name);
    json_set_array(view->arena, command, "databases");
    bool fits = database->kind == DATABASE_SHARDED ? plan_shards(view, request, database, command, failure)
                                                   : plan_standard(view, request, database, command, failure);
    if (!fits || !check_options(view, request, failure))
        return false;
    bool changes = json_length(json_get(command, "databases")) > 0;
    for (size_t i = 0; i < ARRAY_LENGTH(copied); i++)
        if (json_get(request, copied[i])) {
            json_set(view->arena, command, copied[i], json_get(request, copied[i]));
            changes = true;
        }
    *out_command = changes ? command : NULL;
    return true;
}

static void change_options(struct state_database *database, const struct json *command) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *options;

    if (!json_parse(arena, text_from(database->options), NULL, &options, NULL))
        ensure(false && "options were written by ourselves");
    JSON_FOR_EACH_MEMBER (member, json_get(command, "setOptions"))
        json_set(arena, options, "txLogEnrichment", &member->value);
    if (json_length(json_get(command, "removeOptions")))
        json_remove(options, "txLogEnrichment");
    state_set_string(&database->options, json_print(arena, options));
}

static void apply_alter(struct cluster_state *state, const struct json *command) {
    struct state_database *database = state_find_database(state, json_string_at(command, "database", ""));

    if (!database)
        return;
    if (json_get(command, "access"))
        database->is_read_only = str_equal(json_string_at(command, "access", ""), "read-only");
    if (json_get(command, "language"))
        state_set_string(&database->language, json_string_at(command, "language", ""));
    database->primaries = json_integer_at(command, "primaries", database->primaries);
    database->secondaries = json_integer_at(command, "secondaries", database->secondaries);
    database->replicas = json_integer_at(command, "replicas", database->replicas);
    change_options(database, command);
    JSON_FOR_EACH_ITEM (entry, json_get(command, "databases")) {
        struct state_database *changed = state_find_database(state, json_string_at(entry, "database", ""));
        if (!changed)
            continue;
        changed->primaries = json_integer_at(entry, "primaries", changed->primaries);
        changed->secondaries = json_integer_at(entry, "secondaries", changed->secondaries);
        if (changed->kind == DATABASE_PROPERTY_SHARD)
            changed->replicas = changed->primaries + changed->secondaries;
        state_set_allocations(changed, json_get(entry, "allocations"));
    }
}

const struct administration_operation administration_of_changed_databases[] = {
    { "alter-database", plan_alter, apply_alter },
    { NULL, NULL, NULL },
};
