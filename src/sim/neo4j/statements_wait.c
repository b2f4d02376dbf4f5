/* WAIT: how each server fared with an order.
 *
 * The statement ends when every server that can be reached has processed the order, or when the time is up;
 * that a database is online then is not said. In Cypher 5 each server is a row, in Cypher 25 a notification.
 * Source: Cypher Manual, standard databases, wait options; states and messages as WaitProcedure names them.
 */
#include "sim/neo4j/statement.h"

enum { WAIT_DEFAULT_SECONDS = 300, WAIT_SECONDS_MAX = 1000000 };

enum wait_outcome { CAUGHT_UP, INCOMPLETE, FAILED, NOT_AVAILABLE };

static const struct {
    const char *state;
    const char *message;
    enum notification_kind notification;
} outcomes[] = {
    [CAUGHT_UP] = { "CaughtUp", "caught up", NOTIFICATION_SERVER_CAUGHT_UP },
    [INCOMPLETE] = { "Incomplete", "server is still catching up", NOTIFICATION_SERVER_CATCHING_UP },
    [FAILED] = { "Failed", NULL, NOTIFICATION_SERVER_FAILED },
    [NOT_AVAILABLE] = { "NotAvailable", "server is not available", NOTIFICATION_SERVER_NOT_AVAILABLE },
};

/* *out_message: what went wrong with the database there. */
static enum wait_outcome outcome_on(const struct statement *statement, const char *id,
                                    const char **out_message) {
    const struct neo4j_process *process = statement->process;
    const struct state_database *database =
        state_find_database(&process->state, json_string_at(statement->write, "database", ""));
    const char *trouble = database ? database_message_on(process, database, id) : "";

    if (!discovery_is_available(process, id))
        return NOT_AVAILABLE;
    if (replication_applied_on(process, id) < statement->waited_index)
        return INCOMPLETE;
    if (str_empty(trouble))
        return CAUGHT_UP;
    *out_message =
        arena_printf(statement->arena, "Caught up but has failure for DatabaseId{%.8s[%s]} Failure: %s",
                     database->id, database->name, trouble);
    return FAILED;
}

static void notify(struct statement *statement, const struct state_server *server, enum wait_outcome outcome,
                   const char *message) {
    const char *address = statement_server_address(statement, server->id, "bolt");

    address = address ? address : "";
    if (outcome == FAILED)
        address = arena_printf(statement->arena, "`%s` failed: %s", address, message);
    statement_notify(statement, outcomes[outcome].notification, server->name, address);
}

static bool add_row(struct statement *statement, const struct state_server *server, enum wait_outcome outcome,
                    const char *message, bool success) {
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena);

    bolt_set_string(arena, row, "address", statement_server_address(statement, server->id, "bolt"));
    bolt_set_string(arena, row, "state", outcomes[outcome].state);
    bolt_set_string(arena, row, "message", message);
    bolt_set_bool(arena, row, "success", success);
    return table_add_map(&statement->cursor, &statement->table, row);
}

/* "success" is of all servers together, and the same in all rows. */
static bool finish(struct statement *statement) {
    static const char *const columns[] = { "address", "state", "message", "success" };
    const struct cluster_state *state = &statement->process->state;
    enum wait_outcome server_outcomes[STATE_SERVERS_MAX];
    const char *messages[STATE_SERVERS_MAX] = { NULL };
    const struct state_server *servers[STATE_SERVERS_MAX];
    size_t count = 0;
    bool success = true;

    for (size_t i = 0; i < state->server_count && count < STATE_SERVERS_MAX; i++) {
        const struct state_server *server = &state->servers[i];
        if (server->state == SERVER_FREE || server->state == SERVER_DROPPED)
            continue;
        server_outcomes[count] = outcome_on(statement, server->id, &messages[count]);
        success = success && server_outcomes[count] == CAUGHT_UP;
        if (!messages[count])
            messages[count] = outcomes[server_outcomes[count]].message;
        servers[count++] = server;
    }
    statement->table = (struct table){ 0 };
    for (size_t i = 0; statement->language != 25 && i < ARRAY_LENGTH(columns); i++)
        table_add_column(statement->arena, &statement->table, columns[i]);
    for (size_t i = 0; i < count; i++)
        if (statement->language == 25)
            notify(statement, servers[i], server_outcomes[i], messages[i]);
        else if (!add_row(statement, servers[i], server_outcomes[i], messages[i], success))
            return false;
    return true;
}

static bool is_reached(const struct statement *statement) {
    return replication_is_everywhere(statement->process, statement->waited_index);
}

bool statement_wait(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    int64_t seconds = WAIT_DEFAULT_SECONDS;

    if (cursor_take(cursor, "NOWAIT") || !cursor_take(cursor, "WAIT"))
        return true;
    if (cursor_look(cursor)->type == TOKEN_INTEGER) {
        if (!cursor_integer(cursor, &seconds))
            return false;
        if (!cursor_take(cursor, "SECONDS") && !cursor_take(cursor, "SECOND"))
            (void)cursor_take(cursor, "SEC");
    }
    if (seconds > WAIT_SECONDS_MAX)
        seconds = WAIT_SECONDS_MAX;
    statement->wait_ms = seconds > 0 ? seconds * 1000 : 1;
    statement->is_reached = is_reached;
    statement->finish = finish;
    return true;
}
