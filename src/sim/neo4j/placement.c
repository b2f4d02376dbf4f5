/* Placement: the leader of the system database brings databases to where they are to be.
 *
 * An allocation that is new begins as one that gets the log and does not vote; once it is online it may vote;
 * one that is to vote no more hands over leadership first; one that leaves goes when all that stay are
 * online: copy first, then drop. Each step is a command of the system database, one at a time for each
 * database, and taken only when every server that holds the database and can be reached knows of the step
 * before: so the majorities of any two memberships that are in use have a server in common, and no group gets
 * two leaders. Source: Operations Manual, managing servers in a cluster, dropping a server; membership
 * changes one by one: Ongaro's thesis, 4.2.
 */
#include "sim/neo4j/statement.h"

enum { LOOK_EVERY_MS = 250 };

static bool is_settled(const struct state_allocation *allocation) {
    return !allocation->is_leaving && allocation->is_voter == !allocation->is_secondary;
}

static bool is_online_on(const struct neo4j_process *process, const struct state_database *database,
                         const struct state_allocation *allocation) {
    return str_equal(database_status_on(process, database, allocation->server_id), "online");
}

/* Whether all that can be reached know the members as they are now. */
static bool is_known(const struct neo4j_process *process, const struct state_database *database) {
    for (size_t i = 0; i < database->allocation_count; i++) {
        const char *id = database->allocations[i].server_id;
        if (discovery_is_available(process, id) &&
            database_epoch_on(process, database, id) != database->epoch)
            return false;
    }
    return true;
}

static bool others_are_ready(const struct neo4j_process *process, const struct state_database *database) {
    for (size_t i = 0; i < database->allocation_count; i++) {
        const struct state_allocation *allocation = &database->allocations[i];
        if (!allocation->is_leaving &&
            (!is_settled(allocation) || !is_online_on(process, database, allocation)))
            return false;
    }
    return true;
}

static bool is_led_by_another(const struct neo4j_process *process, const struct state_database *database,
                              const struct state_allocation *retiring) {
    for (size_t i = 0; i < database->allocation_count; i++)
        if (&database->allocations[i] != retiring &&
            database_is_led_by(process, database, database->allocations[i].server_id))
            return true;
    return false;
}

/* What to do next for a database; NULL: nothing now. Read top-down: the first that applies decides. */
static const char *next_step(const struct neo4j_process *process, const struct state_database *database,
                             const struct state_allocation **out_allocation) {
    const struct state_allocation *joining = NULL, *retiring = NULL, *leaving = NULL;

    for (size_t i = 0; i < database->allocation_count; i++) {
        const struct state_allocation *allocation = &database->allocations[i];
        bool wants_vote = !allocation->is_secondary && !allocation->is_leaving;
        if (wants_vote && !allocation->is_voter)
            joining = allocation;
        if (!wants_vote && allocation->is_voter)
            retiring = allocation;
        if (allocation->is_leaving && !allocation->is_voter)
            leaving = allocation;
    }
    *out_allocation = joining ? joining : retiring ? retiring : leaving;
    if (!database->is_online || !is_known(process, database))
        return NULL;
    if (joining)
        return is_online_on(process, database, joining) ? "vote" : NULL;
    if (retiring)
        return is_led_by_another(process, database, retiring) ? "retire" : NULL;
    return leaving && others_are_ready(process, database) ? "remove" : NULL;
}

static void take_step(struct neo4j_process *process, const struct state_database *database,
                      const struct state_allocation *allocation, const char *step) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *request = json_new_object(arena);
    struct failure ignored = { 0 };
    uint64_t serial;

    json_set_string(arena, request, "op", "step-placement");
    json_set_string(arena, request, "database", database->id);
    json_set_integer(arena, request, "epoch", (int64_t)database->epoch);
    json_set_string(arena, request, "server", allocation->server_id);
    json_set_string(arena, request, "step", step);
    (void)replication_write(process, arena, request, false, NULL, NULL, &serial, &ignored);
}

void placement_tick(struct neo4j_process *process) {
    const struct state_allocation *allocation = NULL;

    process->placement_next_ns = INT64_MAX;
    if (!replication_leads_system(process))
        return;
    for (size_t i = 0; i < process->state.database_count; i++) {
        const struct state_database *database = &process->state.databases[i];
        const char *step = next_step(process, database, &allocation);
        if (!allocation)
            continue;
        process->placement_next_ns = process->now_ns + LOOK_EVERY_MS * MS_NS;
        if (step && process->now_ns >= process->placement_wait_ns) {
            /* Its effect is awaited; that of a step which is lost for a while only. */
            process->placement_wait_ns = process->now_ns + LOOK_EVERY_MS * MS_NS;
            take_step(process, database, allocation, step);
            return;
        }
    }
}

int64_t placement_next(const struct neo4j_process *process) {
    return process->phase >= PHASE_OPENING && process->phase <= PHASE_STARTED ? process->placement_next_ns
                                                                              : INT64_MAX;
}
