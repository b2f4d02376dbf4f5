#include "sim/neo4j/allocation.h"

/* ---- servers ---- */

static size_t hosted_by(const struct cluster_state *state, const char *server_id) {
    size_t count = 0;

    for (size_t i = 0; i < state->database_count; i++) {
        const struct state_allocation *allocation = state_find_allocation(&state->databases[i], server_id);
        count += allocation && !allocation->is_leaving;
    }
    return count;
}

struct allocator allocator_new(const struct administration_view *view) {
    const struct cluster_state *state = view->state;
    struct allocator allocator = { .view = view,
                                   .candidates =
                                       ARENA_ARRAY(view->arena, struct candidate, state->server_count + 1) };

    for (size_t i = 0; i < state->server_count; i++) {
        const struct state_server *server = &state->servers[i];
        if (server->state == SERVER_ENABLED || server->state == SERVER_CORDONED)
            allocator.candidates[allocator.count++] =
                (struct candidate){ .server = server,
                                    .hosted = hosted_by(state, server->id),
                                    .is_available = view->is_available(view->context, server->id) };
    }
    return allocator;
}

struct candidate *allocator_find(const struct allocator *allocator, const char *server_id) {
    for (size_t i = 0; i < allocator->count; i++)
        if (str_equal(allocator->candidates[i].server->id, server_id))
            return &allocator->candidates[i];
    return NULL;
}

/* Wildcards (2025.12+): "*" stands for any characters. After a mismatch the last "*" takes one more. */
static bool matches(const char *pattern, const char *name) {
    const char *star = NULL, *from = NULL;

    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            from = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++from;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static bool list_matches(const struct name_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (matches(list->items[i], name))
            return true;
    return false;
}

static const struct state_allocation *has(const struct allocation_wish *wish,
                                          const struct candidate *candidate) {
    const struct state_allocation *allocation =
        wish->current ? state_find_allocation(wish->current, candidate->server->id) : NULL;

    return allocation && !allocation->is_leaving ? allocation : NULL;
}

bool allocator_may_host(const struct candidate *candidate, const struct allocation_wish *wish,
                        bool as_secondary) {
    const struct state_server *server = candidate->server;

    if (candidate->is_excluded || candidate->is_taken ||
        (server->state == SERVER_CORDONED && !has(wish, candidate)) ||
        str_equal(server->mode_constraint, as_secondary ? "PRIMARY" : "SECONDARY"))
        return false;
    if (server->allowed.count && !list_matches(&server->allowed, wish->name))
        return false;
    return !list_matches(&server->denied, wish->name);
}

bool allocator_may_stay(const struct allocator *allocator, const struct state_database *database,
                        const struct state_allocation *allocation) {
    struct allocation_wish wish = { .name = database->name, .current = database };
    const struct candidate *found = allocator_find(allocator, allocation->server_id);

    if (!found)
        return true;
    struct candidate candidate = *found;
    candidate.is_taken = false;
    return allocator_may_host(&candidate, &wish, allocation->is_secondary);
}

/* ---- choosing ---- */

/* The higher, the sooner it is chosen: each rule outweighs those after it. */
static int64_t worth(const struct candidate *candidate, const struct allocation_wish *wish) {
    int64_t worth = 0;

    worth = worth * 2 + (candidate->server->state == SERVER_ENABLED);
    worth = worth * 2 + candidate->is_available;
    worth = worth * 2 + (has(wish, candidate) != NULL); /* nothing has to be copied */
    worth =
        worth * 2 + !str_equal(candidate->server->mode_constraint, "NONE"); /* no use for the other mode */
    return worth * 100000 - (int64_t)candidate->hosted;
}

/* The first to have joined among equals, so that the outcome can be told. keeps: only of those that have it
 * in this mode. */
static struct candidate *choose(const struct allocator *allocator, const struct allocation_wish *wish,
                                bool as_secondary, bool keeps) {
    struct candidate *best = NULL;

    for (size_t i = 0; i < allocator->count; i++) {
        struct candidate *candidate = &allocator->candidates[i];
        const struct state_allocation *allocation = has(wish, candidate);
        if (!allocator_may_host(candidate, wish, as_secondary) ||
            (keeps && !(allocation && allocation->is_secondary == as_secondary)))
            continue;
        if (!best || worth(candidate, wish) > worth(best, wish))
            best = candidate;
    }
    return best;
}

static void take(struct json *allocations, const struct allocator *allocator,
                 const struct allocation_wish *wish, struct candidate *candidate, bool as_secondary) {
    struct arena *arena = allocator->view->arena;
    struct json *allocation = json_append_object(arena, allocations);

    json_set_string(arena, allocation, "server", candidate->server->id);
    json_set_bool(arena, allocation, "secondary", as_secondary);
    candidate->is_taken = true;
    candidate->hosted += !has(wish, candidate);
}

/* Until there are as many in this mode as wished, or nobody is left. */
static void fill(struct json *allocations, const struct allocator *allocator,
                 const struct allocation_wish *wish, bool as_secondary, bool keeps) {
    int64_t wanted = as_secondary ? wish->secondaries : wish->primaries;

    for (int64_t count = allocation_count(allocations, as_secondary); count < wanted; count++) {
        struct candidate *candidate = choose(allocator, wish, as_secondary, keeps);
        if (!candidate)
            return;
        take(allocations, allocator, wish, candidate, as_secondary);
    }
}

/* Who had it and was not taken loses it. */
static void count_losses(struct allocator *allocator, const struct allocation_wish *wish) {
    for (size_t i = 0; wish->current && i < wish->current->allocation_count; i++) {
        const struct state_allocation *allocation = &wish->current->allocations[i];
        struct candidate *candidate = allocator_find(allocator, allocation->server_id);
        if (candidate && !candidate->is_taken && !allocation->is_leaving && candidate->hosted)
            candidate->hosted--;
    }
}

static struct json *primaries_first(struct arena *arena, const struct json *allocations) {
    struct json *sorted = json_new_array(arena);

    for (int mode = 0; mode < 2; mode++)
        JSON_FOR_EACH_ITEM (allocation, allocations)
            if (json_bool_at(allocation, "secondary", false) == (mode == 1))
                json_append(arena, sorted, allocation);
    return sorted;
}

struct json *allocator_place(struct allocator *allocator, const struct allocation_wish *wish) {
    struct json *allocations = json_new_array(allocator->view->arena);
    struct candidate *first = wish->first ? allocator_find(allocator, wish->first) : NULL;

    for (size_t i = 0; i < allocator->count; i++)
        allocator->candidates[i].is_taken = false;
    if (first && allocator_may_host(first, wish, false))
        take(allocations, allocator, wish, first, false);
    fill(allocations, allocator, wish, false, true);
    fill(allocations, allocator, wish, true, true);
    fill(allocations, allocator, wish, false, false);
    fill(allocations, allocator, wish, true, false);
    count_losses(allocator, wish);
    return primaries_first(allocator->view->arena, allocations);
}

/* ---- looking at the outcome ---- */

int64_t allocation_count(const struct json *allocations, bool secondaries) {
    int64_t count = 0;

    JSON_FOR_EACH_ITEM (allocation, allocations)
        count += json_bool_at(allocation, "secondary", false) == secondaries;
    return count;
}

bool allocation_is_complete(const struct allocation_wish *wish, const struct json *allocations) {
    return allocation_count(allocations, false) == wish->primaries &&
           allocation_count(allocations, true) == wish->secondaries;
}

static const struct json *find(const struct json *allocations, const char *server_id) {
    JSON_FOR_EACH_ITEM (allocation, allocations)
        if (str_equal(json_string_at(allocation, "server", ""), server_id))
            return allocation;
    return NULL;
}

void allocation_add_moves(struct arena *arena, struct json *rows, const struct state_database *database,
                          const struct json *allocations) {
    size_t next = 0;

    JSON_FOR_EACH_ITEM (allocation, allocations) {
        const char *to = json_string_at(allocation, "server", "");
        const struct state_allocation *known = state_find_allocation(database, to);
        if (known && !known->is_leaving)
            continue;
        while (next < database->allocation_count &&
               (database->allocations[next].is_leaving ||
                find(allocations, database->allocations[next].server_id)))
            next++;
        struct json *row = json_append_object(arena, rows);
        json_set_string(arena, row, "database", database->name);
        if (next < database->allocation_count)
            json_set_string(arena, row, "from", database->allocations[next++].server_id);
        json_set_string(arena, row, "to", to);
        json_set_bool(arena, row, "secondary", json_bool_at(allocation, "secondary", false));
    }
}

bool allocation_changes(const struct state_database *database, const struct json *allocations) {
    size_t staying = 0;

    for (size_t i = 0; i < database->allocation_count; i++) {
        const struct state_allocation *known = &database->allocations[i];
        const struct json *wanted = find(allocations, known->server_id);
        if (known->is_leaving != !wanted)
            return true;
        if (wanted && json_bool_at(wanted, "secondary", false) != known->is_secondary)
            return true;
        staying += !known->is_leaving;
    }
    return staying != json_length(allocations);
}

char *allocation_database_id(struct arena *arena, const struct state_database *database) {
    return arena_printf(arena, "DatabaseId{%.8s[%s]}", database->id, database->name);
}
