/* SHOW SERVERS, ENABLE, ALTER, RENAME and DROP SERVER, DEALLOCATE and REALLOCATE DATABASES.
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

/* Enabled, or on its way out with databases. */
static bool is_member(const struct state_server *server) {
    return server->state == SERVER_ENABLED || server->state == SERVER_CORDONED;
}

/* Of a server on its way out the name is its id, and the address is not told; as observed. */
static bool is_going(const struct state_server *server) {
    return server->state == SERVER_DEALLOCATING || server->state == SERVER_DEALLOCATED;
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
        const struct state_database *database = &state->databases[i];
        const struct state_allocation *allocation = state_find_allocation(database, server->id);
        bool is_everywhere = database->kind == DATABASE_COMPOSITE && is_member(server);
        if (is_everywhere || hosts(statement, database, server))
            bolt_append_string(arena, hosting, database->name);
        if (allocation && !allocation->is_leaving)
            bolt_append_string(arena, requested, database->name);
    }
    bolt_set(arena, row, "hosting", hosting);
    bolt_set(arena, row, "requestedHosting", requested);
}

static bool add_server(struct statement *statement, const struct state_server *server) {
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena);
    bool is_available = discovery_is_available(statement->process, server->id);

    bolt_set_string(arena, row, "serverId", server->id);
    bolt_set_string(arena, row, "name", is_going(server) ? server->id : server->name);
    if (!is_going(server))
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
    /* A dropped server is seen as long as its process runs. */
    for (size_t i = 0; i < state->server_count; i++)
        if ((state->servers[i].state != SERVER_DROPPED ||
             discovery_is_available(statement->process, state->servers[i].id)) &&
            !add_server(statement, &state->servers[i]))
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

static bool drop_server(struct statement *statement) {
    return read_server(statement, "drop-server");
}

/* ---- moving databases ---- */

static const char *name_of(const struct statement *statement, const char *id) {
    const struct state_server *server = id ? state_find_server(&statement->process->state, id) : NULL;

    return server ? server->name : id;
}

bool statement_moves(struct statement *statement, struct table *out, bool dry_run) {
    struct arena *arena = statement->arena;
    struct random_source scratch = *network_random(statement->process->network);
    struct administration_view view = replication_view(statement->process, arena);
    struct json *command;

    view.random = &scratch;
    if (!administration_plan(&view, statement->write, &command, &statement->failure))
        return false;
    JSON_FOR_EACH_ITEM (move, json_get(command, "rows")) {
        struct bolt_value *row = bolt_new_map(arena);
        const char *from = json_string_at(move, "from", NULL), *to = json_string_at(move, "to", NULL);
        bolt_set_string(arena, row, "database", json_string_at(move, "database", ""));
        bolt_set_string(arena, row, "fromServerName", name_of(statement, from));
        bolt_set_string(arena, row, "fromServerId", from);
        bolt_set_string(arena, row, "toServerName", name_of(statement, to));
        bolt_set_string(arena, row, "toServerId", to);
        bolt_set_string(arena, row, "mode", json_bool_at(move, "secondary", false) ? "secondary" : "primary");
        if (!table_add_map(&statement->cursor, out, row))
            return false;
    }
    if (dry_run)
        statement->write = NULL;
    return true;
}

static bool dry_run(struct statement *statement) {
    static const char *const names[] = { "database",     "fromServerName", "fromServerId",
                                         "toServerName", "toServerId",     "mode" };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        table_add_column(statement->arena, &statement->table, names[i]);
    return statement_moves(statement, &statement->table, true);
}

static bool deallocate(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    struct json *servers =
        json_set_array(statement->arena, statement_write(statement, "deallocate-servers"), "servers");
    char *name;

    do {
        if (!cursor_string_or_parameter(cursor, &name))
            return false;
        servers = json_get(statement->write, "servers");
        json_append_string(statement->arena, servers, name);
    } while (cursor_take_symbol(cursor, ","));
    return true;
}

static bool dry_run_deallocate(struct statement *statement) {
    return deallocate(statement) && dry_run(statement);
}

static bool reallocate(struct statement *statement) {
    statement_write(statement, "reallocate");
    return true;
}

static bool dry_run_reallocate(struct statement *statement) {
    return reallocate(statement) && dry_run(statement);
}

const struct statement_form statements_of_servers[] = {
    { "SHOW SERVER|SERVERS", show_servers, .is_administration = true },
    { "ENABLE SERVER", enable_server, .is_administration = true },
    { "ALTER SERVER", alter_server, .is_administration = true },
    { "RENAME SERVER", rename_server, .is_administration = true },
    { "DROP SERVER", drop_server, .is_administration = true },
    { "DEALLOCATE DATABASE|DATABASES FROM SERVER|SERVERS", deallocate, .is_administration = true },
    { "DRYRUN DEALLOCATE DATABASE|DATABASES FROM SERVER|SERVERS", dry_run_deallocate,
      .is_administration = true },
    { "REALLOCATE DATABASE|DATABASES", reallocate, .is_administration = true },
    { "DRYRUN REALLOCATE DATABASE|DATABASES", dry_run_reallocate, .is_administration = true },
    { NULL, NULL, false, false },
};
