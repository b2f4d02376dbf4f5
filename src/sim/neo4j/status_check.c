/* dbms.cluster.statusCheck: writes an entry that changes nothing into the group of each database, and tells
 * who has it after a while.
 *
 * The leader appends it; another primary has the leader do so, and sees it come. Source: Operations Manual,
 * monitoring replication status. */
#include "sim/neo4j/status_check.h"

/* One database's group as this server knows it. */
struct check {
    const char *name;
    const struct state_database *database; /* NULL: system */
    struct raft *raft;                     /* NULL: this server is no primary of it, see error */
    const char *error;
    uint64_t index; /* that a majority has to have */
};

static struct raft *group_of(const struct neo4j_process *process, const struct state_database *database) {
    const struct hosted_database *hosted = database ? hosting_find(process, database->id) : NULL;

    return database ? hosted ? hosted->raft : NULL : process->system;
}

static struct check check_of(const struct statement *statement, const char *name) {
    struct neo4j_process *process = statement->process;
    struct check check = { .name = name };

    check.database = state_resolve_database(&process->state, name);
    if (!check.database && strcasecmp(name, "system")) {
        check.error = arena_printf(statement->arena, "Database '%s' does not exist", name);
        return check;
    }
    check.name = check.database ? check.database->name : "system";
    check.raft = group_of(process, check.database);
    if (!check.raft || !raft_is_voter(check.raft)) {
        check.raft = NULL;
        check.error =
            arena_printf(statement->arena, "Database '%s' is not hosted as a primary on this server", name);
    }
    return check;
}

static bool is_clustered(const struct check *check) {
    const char *voters[RAFT_MEMBERS_MAX];

    return check->raft && raft_voters(check->raft, voters, RAFT_MEMBERS_MAX) > 1;
}

/* The databases of the request: the names in it, or all clustered ones with a primary here. */
static size_t read_checks(const struct statement *statement, const struct json *names,
                          struct check *out_checks) {
    const struct cluster_state *state = &statement->process->state;
    size_t count = 0;

    JSON_FOR_EACH_ITEM (name, names)
        if (count < STATUS_CHECKS_MAX)
            out_checks[count++] = check_of(statement, json_string(name, ""));
    for (size_t i = 0; !json_length(names) && i <= state->database_count && count < STATUS_CHECKS_MAX; i++) {
        struct check check = check_of(statement, i ? state->databases[i - 1].name : "system");
        if (is_clustered(&check))
            out_checks[count++] = check;
    }
    return count;
}

/* ---- the entry ---- */

void status_check_receive(struct neo4j_process *process, const struct network_message *envelope,
                          const struct json *message) {
    const char *id = json_string_at(message, "database", "");
    const struct state_database *database = *id ? state_find_database_id(&process->state, id) : NULL;
    struct raft *raft = *id && !database ? NULL : group_of(process, database);
    uint64_t term;

    if (raft)
        (void)raft_propose(raft, process->now_ns, "", &term);
}

static void append_entry(struct neo4j_process *process, struct check *check) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);
    uint64_t term;

    if (!check->raft)
        return;
    check->index = raft_committed(check->raft) + 1;
    if (raft_role(check->raft) == RAFT_LEADER) {
        uint64_t index = raft_propose(check->raft, process->now_ns, "", &term);
        check->index = index ? index : check->index;
    } else if (raft_leader(check->raft)) {
        json_set_string(arena, message, "kind", "status-check");
        json_set_string(arena, message, "database", check->database ? check->database->id : "");
        discovery_send(process, raft_leader(check->raft), "routing", message);
    }
    process_wake(process);
}

/* ---- the rows ---- */

/* What a member says of the group; for this server itself what it knows. */
struct member {
    uint64_t applied;
    const char *leader;
    uint64_t term;
    bool is_available;
};

static struct member member_of(const struct neo4j_process *process, const struct check *check,
                               const char *id) {
    const struct server_peer *peer = discovery_find(process, id);
    const struct json *said =
        peer ? check->database ? json_get(json_get(peer->announcement, "databases"), check->database->id)
                               : json_get(peer->announcement, "system")
             : NULL;

    if (str_equal(id, process_id(process)))
        return (struct member){ raft_applied(check->raft), raft_leader(check->raft), raft_term(check->raft),
                                true };
    return (struct member){ (uint64_t)json_integer_at(said, "applied", 0),
                            json_string_at(said, "leader", NULL), (uint64_t)json_integer_at(said, "term", 0),
                            discovery_is_reachable(process, peer) };
}

static bool add_member(struct statement *statement, const struct check *check, const char *id) {
    struct arena *arena = statement->arena;
    struct neo4j_process *process = statement->process;
    const struct state_server *server = state_find_server(&process->state, id);
    struct member member = member_of(process, check, id);
    struct bolt_value *row = bolt_new_map(arena);

    bolt_set_string(arena, row, "database", check->name);
    bolt_set_string(arena, row, "serverId", id);
    bolt_set_string(arena, row, "serverName", server ? server->name : id);
    bolt_set_string(arena, row, "address", statement_server_address(statement, id, "bolt"));
    bolt_set_bool(arena, row, "replicationSuccessful", raft_committed(check->raft) >= check->index);
    bolt_set_string(arena, row, "memberStatus",
                    !member.is_available             ? "UNAVAILABLE"
                    : member.applied >= check->index ? "APPLYING"
                                                     : "REPLICATING");
    if (member.is_available && member.leader) {
        bolt_set_string(arena, row, "recognisedLeader", member.leader);
        bolt_set_integer(arena, row, "recognisedLeaderTerm", (int64_t)member.term);
    }
    bolt_set_bool(arena, row, "requester", str_equal(id, process_id(process)));
    return table_add_map(&statement->cursor, &statement->table, row);
}

static bool add_error(struct statement *statement, const struct check *check) {
    struct bolt_value *row = bolt_new_map(statement->arena);

    bolt_set_string(statement->arena, row, "database", check->name);
    bolt_set_bool(statement->arena, row, "replicationSuccessful", false);
    bolt_set_string(statement->arena, row, "error", check->error);
    return table_add_map(&statement->cursor, &statement->table, row);
}

static bool add_rows(struct statement *statement, const struct check *check) {
    const char *voters[RAFT_MEMBERS_MAX];

    if (!check->raft)
        return add_error(statement, check);
    size_t count = raft_voters(check->raft, voters, RAFT_MEMBERS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!add_member(statement, check, voters[i]))
            return false;
    return true;
}

/* ---- waiting ---- */

/* statement->waiting: [{name, index}], since databases may go while it waits. */
static size_t resume(const struct statement *statement, struct check *out_checks) {
    size_t count = 0;

    JSON_FOR_EACH_ITEM (item, statement->waiting) {
        out_checks[count] = check_of(statement, json_string_at(item, "name", ""));
        out_checks[count++].index = (uint64_t)json_integer_at(item, "index", 0);
    }
    return count;
}

static bool is_reached(const struct statement *statement) {
    struct check checks[STATUS_CHECKS_MAX];
    size_t count = resume(statement, checks);

    for (size_t i = 0; i < count; i++) {
        const char *voters[RAFT_MEMBERS_MAX];
        size_t voter_count = checks[i].raft ? raft_voters(checks[i].raft, voters, RAFT_MEMBERS_MAX) : 0;
        for (size_t k = 0; k < voter_count; k++) {
            struct member member = member_of(statement->process, &checks[i], voters[k]);
            if (member.is_available && member.applied < checks[i].index)
                return false;
        }
    }
    return true;
}

static bool finish(struct statement *statement) {
    struct check checks[STATUS_CHECKS_MAX];
    size_t count = resume(statement, checks);

    statement->table.row_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!add_rows(statement, &checks[i]))
            return false;
    return true;
}

void status_check_begin(struct statement *statement, const struct json *names, int64_t timeout_ms) {
    struct check checks[STATUS_CHECKS_MAX];
    size_t count = read_checks(statement, names, checks);

    statement->waiting = json_new_array(statement->arena);
    for (size_t i = 0; i < count; i++) {
        append_entry(statement->process, &checks[i]);
        struct json *item = json_append_object(statement->arena, statement->waiting);
        json_set_string(statement->arena, item, "name", checks[i].name);
        json_set_integer(statement->arena, item, "index", (int64_t)checks[i].index);
    }
    statement->wait_ms = timeout_ms > 0 ? timeout_ms : 1;
    statement->is_reached = is_reached;
    statement->finish = finish;
}
