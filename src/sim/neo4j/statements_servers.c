/* SHOW SERVERS, ENABLE SERVER, ALTER SERVER, RENAME SERVER.
 * Columns and values: Operations Manual, managing servers in a cluster, listing servers. */
#include "sim/neo4j/statement.h"

static const struct table_column columns[] = {
    { "serverId", false, 0 },
    { "name", true, 0 },
    { "address", true, 0 },
    { "httpAddress", false, 0 },
    { "httpsAddress", false, 0 },
    { "state", true, 0 },
    { "health", true, 0 },
    { "hosting", true, 0 },
    { "requestedHosting", false, 0 },
    { "tags", false, 0 },
    { "allowedDatabases", false, 0 },
    { "deniedDatabases", false, 0 },
    { "modeConstraint", false, 0 },
    { "version", false, 0 },
};

static struct bolt_value *names(struct arena *arena, const struct name_list *list) {
    struct bolt_value *value = bolt_new_list(arena);

    for (size_t i = 0; i < list->count; i++)
        bolt_append_string(arena, value, list->items[i]);
    return value;
}

/* Of a server that can't be asked, what it should host is what is known. */
static bool hosts(const struct statement *statement, const struct state_database *database,
                  const struct state_server *server) {
    if (discovery_is_available(statement->process, server->id))
        return database_status_on(statement->process, database, server->id) != NULL;
    return state_find_allocation(database, server->id) != NULL;
}

static void set_hosting(struct statement *statement, struct bolt_value *row,
                        const struct state_server *server) {
    struct arena *arena = statement->arena;
    const struct cluster_state *state = &statement->process->state;
    struct bolt_value *hosting = bolt_new_list(arena), *requested = bolt_new_list(arena);

    bolt_append_string(arena, hosting, "system");
    if (server->state != SERVER_FREE)
        bolt_append_string(arena, requested, "system");
    for (size_t i = 0; i < state->database_count; i++) {
        if (hosts(statement, &state->databases[i], server))
            bolt_append_string(arena, hosting, state->databases[i].name);
        if (state_find_allocation(&state->databases[i], server->id))
            bolt_append_string(arena, requested, state->databases[i].name);
    }
    bolt_set(arena, row, "hosting", hosting);
    bolt_set(arena, row, "requestedHosting", requested);
}

static bool add_server(struct statement *statement, const struct state_server *server) {
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena);
    bool is_available = discovery_is_available(statement->process, server->id);

    bolt_set_string(arena, row, "serverId", server->id);
    bolt_set_string(arena, row, "name", server->name);
    bolt_set_string(arena, row, "address", statement_server_address(statement, server->id, "bolt"));
    bolt_set_string(arena, row, "httpAddress", statement_server_address(statement, server->id, "http"));
    bolt_set_string(arena, row, "httpsAddress", statement_server_address(statement, server->id, "https"));
    bolt_set_string(arena, row, "state", server_state_name(server->state));
    bolt_set_string(arena, row, "health", is_available ? "Available" : "Unavailable");
    set_hosting(statement, row, server);
    bolt_set(arena, row, "tags", names(arena, &server->tags));
    bolt_set(arena, row, "allowedDatabases", names(arena, &server->allowed));
    bolt_set(arena, row, "deniedDatabases", names(arena, &server->denied));
    bolt_set_string(arena, row, "modeConstraint", server->mode_constraint);
    bolt_set_string(arena, row, "version", statement_server_address(statement, server->id, "version"));
    return table_add_map(&statement->cursor, &statement->table, row);
}

static bool show_servers(struct statement *statement) {
    const struct cluster_state *state = &statement->process->state;

    statement_columns(statement, columns, ARRAY_LENGTH(columns));
    for (size_t i = 0; i < state->server_count; i++)
        if (!add_server(statement, &state->servers[i]))
            return false;
    return table_show_tail(&statement->cursor, &statement->table, columns, ARRAY_LENGTH(columns));
}

/* The server that a command is about. */
static bool read_server(struct statement *statement, const char *op) {
    char *name;

    statement_write(statement, op);
    if (!cursor_string_or_parameter(&statement->cursor, &name))
        return false;
    json_set_string(statement->arena, statement->write, "server", name);
    return true;
}

static bool read_options(struct statement *statement) {
    struct json *options;

    if (!statement_options(statement, &options))
        return false;
    json_set(statement->arena, statement->write, "options", options);
    return true;
}

static bool enable_server(struct statement *statement) {
    return read_server(statement, "enable-server") &&
           (!cursor_take(&statement->cursor, "OPTIONS") || read_options(statement));
}

static bool alter_server(struct statement *statement) {
    return read_server(statement, "alter-server") && cursor_expect(&statement->cursor, "SET") &&
           cursor_expect(&statement->cursor, "OPTIONS") && read_options(statement);
}

static bool rename_server(struct statement *statement) {
    char *name;

    if (!read_server(statement, "rename-server") || !cursor_expect(&statement->cursor, "TO") ||
        !cursor_string_or_parameter(&statement->cursor, &name))
        return false;
    json_set_string(statement->arena, statement->write, "name", name);
    return true;
}

const struct statement_form statements_of_servers[] = {
    { "SHOW SERVER|SERVERS", show_servers, .is_administration = true },
    { "ENABLE SERVER", enable_server, .is_administration = true },
    { "ALTER SERVER", alter_server, .is_administration = true },
    { "RENAME SERVER", rename_server, .is_administration = true },
    { NULL, NULL, false, false },
};
