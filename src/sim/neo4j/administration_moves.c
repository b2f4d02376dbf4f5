/* DEALLOCATE DATABASES FROM SERVERS, REALLOCATE DATABASES, and the procedures for single databases.
 *
 * A database can be moved while it is online and most of its primaries are at hand. Its only primary can't be
 * moved at all. Rules: Operations Manual, managing servers in a cluster, deallocating databases; managing
 * databases in a cluster, reallocate databases. */
#include "sim/neo4j/moves.h"

#include "base/buffer.h"

enum { MOVES_MAX = 1000 };

/* ---- what can be moved ---- */

static bool leaves(const struct allocator *allocator, const struct state_database *database,
                   const struct state_allocation *allocation) {
    return !allocation->is_leaving && !allocator_may_stay(allocator, database, allocation);
}

static bool has_quorum(const struct allocator *allocator, const struct state_database *database,
                       int64_t *out_healthy, int64_t *out_primaries) {
    *out_healthy = *out_primaries = 0;
    for (size_t i = 0; i < database->allocation_count; i++) {
        const struct state_allocation *allocation = &database->allocations[i];
        const struct candidate *candidate = allocator_find(allocator, allocation->server_id);
        if (allocation->is_secondary || allocation->is_leaving)
            continue;
        *out_primaries += 1;
        *out_healthy += candidate && candidate->is_available && candidate->server->state == SERVER_ENABLED;
    }
    return *out_healthy > *out_primaries / 2;
}

/* NULL: nothing stands in the way. */
static const char *obstacle(const struct allocator *allocator, const struct state_database *database,
                            bool moves_primary) {
    struct arena *arena = allocator->view->arena;
    int64_t healthy, primaries;

    if (!database->is_online)
        return arena_printf(arena, "Database [%s] is offline and can't be moved. Start or drop it first.",
                            database->name);
    if (moves_primary && database->primaries == 1)
        return arena_printf(
            arena,
            "Database [%s] has a single primary, which can't be moved. Consider a topology with more "
            "primaries, or recreating the database.",
            database->name);
    if (!has_quorum(allocator, database, &healthy, &primaries))
        return arena_printf(
            arena,
            "Database [%s] has lost quorum of servers, only found %ld of %ld. Cannot be safely "
            "reallocated.",
            database->name, (long)healthy, (long)primaries);
    return NULL;
}

static void add_database(struct arena *arena, struct json *command, const struct state_database *database,
                         const struct json *allocations) {
    struct json *entry = json_append_object(arena, json_get(command, "databases"));

    json_set_string(arena, entry, "database", database->name);
    json_set(arena, entry, "allocations", allocations);
    allocation_add_moves(arena, json_get(command, "rows"), database, allocations);
}

static void begin(struct arena *arena, struct json *command) {
    json_set_array(arena, command, "databases");
    json_set_array(arena, command, "rows");
}

static bool is_wanted(const struct json *only, const char *name) {
    bool found = !only;

    JSON_FOR_EACH_ITEM (item, only)
        found = found || !strcasecmp(json_string(item, ""), name);
    return found;
}

static bool plan_database(struct allocator *allocator, const struct state_database *database,
                          struct json *command, const char **out_reason) {
    struct arena *arena = allocator->view->arena;
    struct allocation_wish wish = { .name = database->name,
                                    .current = database,
                                    .primaries = database->primaries,
                                    .secondaries = database->secondaries };
    bool moves = false, moves_primary = false;

    for (size_t i = 0; i < database->allocation_count; i++)
        if (leaves(allocator, database, &database->allocations[i])) {
            moves = true;
            moves_primary = moves_primary || !database->allocations[i].is_secondary;
        }
    if (!moves)
        return true;
    *out_reason = obstacle(allocator, database, moves_primary);
    if (*out_reason)
        return false;
    struct json *allocations = allocator_place(allocator, &wish);
    if (!allocation_is_complete(&wish, allocations)) {
        char *id = allocation_database_id(arena, database);
        *out_reason =
            arena_printf(arena,
                         "Unable to reallocate '%s'. Required topology for '%s' is %ld primaries and %ld "
                         "secondaries. Consider running SHOW SERVERS to determine what action is suitable "
                         "to resolve this issue.",
                         id, id, (long)database->primaries, (long)database->secondaries);
        return false;
    }
    add_database(arena, command, database, allocations);
    return true;
}

bool moves_plan(struct allocator *allocator, const struct json *only, struct json *command,
                const char **out_reason) {
    const struct cluster_state *state = allocator->view->state;

    begin(allocator->view->arena, command);
    for (size_t i = 0; i < state->database_count; i++)
        if (is_wanted(only, state->databases[i].name) &&
            !plan_database(allocator, &state->databases[i], command, out_reason))
            return false;
    return true;
}

void moves_note_cordoned(const struct allocator *allocator) {
    CLEANUP_BUFFER struct buffer names = { 0 };

    for (size_t i = 0; i < allocator->count; i++)
        if (allocator->candidates[i].server->state == SERVER_CORDONED &&
            !allocator->candidates[i].is_excluded)
            buffer_printf(&names, "%s%s", names.length ? "`, `" : "", allocator->candidates[i].server->name);
    if (names.length)
        administration_note(allocator->view, NOTIFICATION_CORDONED_SERVERS_EXISTED, buffer_string(&names));
}

void moves_apply(struct cluster_state *state, const struct json *command) {
    JSON_FOR_EACH_ITEM (entry, json_get(command, "databases")) {
        struct state_database *database = state_find_database(state, json_string_at(entry, "database", ""));
        if (database)
            state_set_allocations(database, json_get(entry, "allocations"));
    }
}

/* ---- DEALLOCATE ---- */

static char *quoted(struct arena *arena, const struct json *names) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    JSON_FOR_EACH_ITEM (name, names)
        buffer_printf(&text, "%s'%s'", text.length ? "," : "", json_string(name, ""));
    return arena_strdup(arena, buffer_string(&text));
}

static bool refuse(const struct administration_view *view, const struct json *names, const char *reason,
                   struct failure *failure) {
    return failure_set(failure, view->arena, FAILURE_CANNOT_DEALLOCATE,
                       "Could not deallocate server(s) %s. %s", quoted(view->arena, names), reason);
}

/* Marks the servers; *out_ids: those that are not deallocating already. */
static bool exclude(struct allocator *allocator, const struct json *names, struct json *out_ids,
                    struct failure *failure) {
    const struct administration_view *view = allocator->view;

    JSON_FOR_EACH_ITEM (item, names) {
        const char *name = json_string(item, "");
        const struct state_server *server = state_find_server_named(view->state, name);
        if (!server || server->state == SERVER_DROPPED)
            return refuse(view, names, arena_printf(view->arena, "Server '%s' does not exist.", name),
                          failure);
        if (server->state == SERVER_FREE)
            return refuse(
                view, names,
                arena_printf(view->arena, "Server '%s' is not enabled: it hosts no databases.", name),
                failure);
        struct candidate *candidate = allocator_find(allocator, server->id);
        if (!candidate)
            continue;
        candidate->is_excluded = true;
        json_append_string(view->arena, out_ids, server->id);
    }
    return true;
}

static bool plan_deallocate(const struct administration_view *view, const struct json *request,
                            struct json **out_command, struct failure *failure) {
    struct json *command = json_new_object(view->arena), *ids = json_new_array(view->arena);
    const struct json *names = json_get(request, "servers");
    struct allocator allocator = allocator_new(view);
    const char *reason;

    if (!exclude(&allocator, names, ids, failure))
        return false;
    if (!json_length(ids)) /* they are at it */
        return true;
    if (!moves_plan(&allocator, NULL, command, &reason))
        return refuse(view, names, reason, failure);
    moves_note_cordoned(&allocator);
    json_set_string(view->arena, command, "op", "move-databases");
    json_set(view->arena, command, "deallocating", ids);
    *out_command = command;
    return true;
}

static const struct state_database *existing(const struct administration_view *view,
                                             const struct json *request, enum failure_kind kind,
                                             const char *prefix, struct failure *failure) {
    const char *name = json_string_at(request, "database", "");
    const struct state_database *database = state_find_database(view->state, name);

    if (database && state_has_store(database))
        return database;
    failure_set(failure, view->arena, kind,
                "%sDatabase '%s' does not exist, or has no allocations of its own.", prefix, name);
    return NULL;
}

/* dbms.cluster.deallocateDatabaseFromServer(s): the servers stay what they are. */
static bool plan_deallocate_database(const struct administration_view *view, const struct json *request,
                                     struct json **out_command, struct failure *failure) {
    struct json *command = json_new_object(view->arena), *only = json_new_array(view->arena);
    const struct json *names = json_get(request, "servers");
    struct allocator allocator = allocator_new(view);
    const char *reason;

    const struct state_database *database =
        existing(view, request, FAILURE_CANNOT_DEALLOCATE, "Could not deallocate the database. ", failure);
    if (!database || !exclude(&allocator, names, json_new_array(view->arena), failure))
        return false;
    json_append_string(view->arena, only, database->name);
    if (!moves_plan(&allocator, only, command, &reason))
        return refuse(view, names, reason, failure);
    moves_note_cordoned(&allocator);
    json_set_string(view->arena, command, "op", "move-databases");
    *out_command = json_length(json_get(command, "databases")) ? command : NULL;
    return true;
}

/* dbms.cluster.deallocateNumberOfDatabases: those that can be moved, by name. */
static bool plan_deallocate_number(const struct administration_view *view, const struct json *request,
                                   struct json **out_command, struct failure *failure) {
    struct json *command = json_new_object(view->arena);
    const struct json *names = json_get(request, "servers");
    struct allocator allocator = allocator_new(view);
    int64_t number = json_integer_at(request, "number", 0);
    const char *reason = NULL;

    if (!exclude(&allocator, names, json_new_array(view->arena), failure))
        return false;
    begin(view->arena, command);
    for (size_t i = 0; i < view->state->database_count; i++) {
        if ((int64_t)json_length(json_get(command, "databases")) >= number)
            break;
        (void)plan_database(&allocator, &view->state->databases[i], command, &reason);
    }
    if (!json_length(json_get(command, "databases")) && reason)
        return refuse(view, names, reason, failure);
    moves_note_cordoned(&allocator);
    json_set_string(view->arena, command, "op", "move-databases");
    *out_command = json_length(json_get(command, "databases")) ? command : NULL;
    return true;
}

static void apply_move(struct cluster_state *state, const struct json *command) {
    /* A server that has nothing to give away is done at once; one that had databases is seen as Deallocating
     * until it is dropped, as observed. */
    JSON_FOR_EACH_ITEM (id, json_get(command, "deallocating")) {
        struct state_server *server = state_find_server(state, json_string(id, ""));
        bool hosts = false;
        for (size_t i = 0; i < state->database_count; i++)
            hosts = hosts || state_find_allocation(&state->databases[i], json_string(id, ""));
        if (server)
            server->state = hosts ? SERVER_DEALLOCATING : SERVER_DEALLOCATED;
    }
    moves_apply(state, command);
}

/* ---- REALLOCATE ---- */

/* What a database is to have after the moves so far. */
struct balance {
    const struct state_database *database;
    struct json *allocations;
    bool has_moved;
};

static struct json *find_allocation(const struct balance *balance, const struct candidate *candidate) {
    JSON_FOR_EACH_ITEM (allocation, balance->allocations)
        if (str_equal(json_string_at(allocation, "server", ""), candidate->server->id))
            return allocation;
    return NULL;
}

static bool move_one(const struct allocator *allocator, struct balance *balance, struct candidate *from,
                     struct candidate *to) {
    struct json *allocation = find_allocation(balance, from);
    struct allocation_wish wish = { .name = balance->database->name };

    if (!allocation || find_allocation(balance, to))
        return false;
    bool is_secondary = json_bool_at(allocation, "secondary", false);
    if (!allocator_may_host(to, &wish, is_secondary) || obstacle(allocator, balance->database, !is_secondary))
        return false;
    json_set_string(allocator->view->arena, allocation, "server", to->server->id);
    balance->has_moved = true;
    from->hosted--;
    to->hosted++;
    return true;
}

/* One move that makes the load more even. */
static bool improve(const struct allocator *allocator, struct balance *balances, size_t count) {
    for (size_t f = 0; f < allocator->count; f++)
        for (size_t t = 0; t < allocator->count; t++) {
            struct candidate *from = &allocator->candidates[f], *to = &allocator->candidates[t];
            if (to->server->state != SERVER_ENABLED || !to->is_available || from->hosted < to->hosted + 2)
                continue;
            for (size_t i = 0; i < count; i++)
                if (move_one(allocator, &balances[i], from, to))
                    return true;
        }
    return false;
}

static size_t collect(const struct administration_view *view, const struct state_database *only,
                      struct balance *balances) {
    size_t count = 0;

    for (size_t i = 0; i < view->state->database_count; i++) {
        const struct state_database *database = &view->state->databases[i];
        if ((only && database != only) || !state_has_store(database))
            continue;
        balances[count] =
            (struct balance){ .database = database, .allocations = json_new_array(view->arena) };
        for (size_t k = 0; k < database->allocation_count; k++) {
            if (database->allocations[k].is_leaving)
                continue;
            struct json *allocation = json_append_object(view->arena, balances[count].allocations);
            json_set_string(view->arena, allocation, "server", database->allocations[k].server_id);
            json_set_bool(view->arena, allocation, "secondary", database->allocations[k].is_secondary);
        }
        count++;
    }
    return count;
}

static bool check_quorum(const struct allocator *allocator, const struct balance *balances, size_t count,
                         struct failure *failure) {
    int64_t healthy, primaries;

    for (size_t i = 0; i < count; i++)
        if (balances[i].database->is_online &&
            !has_quorum(allocator, balances[i].database, &healthy, &primaries))
            return failure_set(
                failure, allocator->view->arena, FAILURE_CANNOT_REALLOCATE,
                "Could not calculate reallocation for databases. Database [%s] has lost quorum of "
                "servers, only found %ld of %ld. Cannot be safely reallocated.",
                balances[i].database->name, (long)healthy, (long)primaries);
    return true;
}

static bool plan_reallocate(const struct administration_view *view, const struct json *request,
                            struct json **out_command, struct failure *failure) {
    struct allocator allocator = allocator_new(view);
    struct balance *balances = ARENA_ARRAY(view->arena, struct balance, view->state->database_count + 1);
    struct json *command = json_new_object(view->arena);
    int64_t left = json_integer_at(request, "number", MOVES_MAX);
    const struct state_database *only = NULL;

    if (json_get(request, "database")) {
        only = existing(view, request, FAILURE_CANNOT_REALLOCATE,
                        "Could not calculate reallocation for databases. ", failure);
        if (!only)
            return false;
    }
    size_t count = collect(view, only, balances);
    if (!check_quorum(&allocator, balances, count, failure))
        return false;
    moves_note_cordoned(&allocator);
    while (left-- > 0 && improve(&allocator, balances, count))
        ;
    begin(view->arena, command);
    for (size_t i = 0; i < count; i++)
        if (balances[i].has_moved && allocation_changes(balances[i].database, balances[i].allocations))
            add_database(view->arena, command, balances[i].database, balances[i].allocations);
    if (!json_length(json_get(command, "databases"))) {
        administration_note(view, NOTIFICATION_NO_DATABASES_REALLOCATED, "");
        return true;
    }
    json_set_string(view->arena, command, "op", "move-databases");
    *out_command = command;
    return true;
}

/* ---- single steps on the way; see placement.c ---- */

static bool plan_step(const struct administration_view *view, const struct json *request,
                      struct json **out_command, struct failure *failure) {
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_step(struct cluster_state *state, const struct json *command) {
    struct state_database *database = state_find_database_id(state, json_string_at(command, "database", ""));
    const char *step = json_string_at(command, "step", "");
    struct state_allocation *allocation =
        database ? state_find_allocation(database, json_string_at(command, "server", "")) : NULL;

    /* The state may have moved on since the step was thought of. */
    if (!allocation || database->epoch != (uint64_t)json_integer_at(command, "epoch", 0))
        return;
    if (str_equal(step, "remove")) {
        state_remove_allocation(database, allocation);
        return;
    }
    allocation->is_voter = str_equal(step, "vote");
    database->epoch++;
}

const struct administration_operation administration_of_moves[] = {
    { "deallocate-servers", plan_deallocate, NULL },
    { "deallocate-database", plan_deallocate_database, NULL },
    { "deallocate-number", plan_deallocate_number, NULL },
    { "reallocate", plan_reallocate, NULL },
    { "move-databases", NULL, apply_move },
    { "step-placement", plan_step, apply_step },
    { NULL, NULL, NULL },
};
