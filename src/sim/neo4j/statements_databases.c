/* SHOW DATABASES, CREATE, DROP, START and STOP DATABASE.
 * Columns and values: Operations Manual, listing databases; one row for each server that hosts the database.
 */
#include "sim/neo4j/statement.h"

#include "bolt/value_json.h"

static const struct table_column columns[] = {
    { "name", true, 0 },
    { "type", true, 0 },
    { "aliases", true, 0 },
    { "access", true, 0 },
    { "databaseID", false, 0 },
    { "serverID", false, 0 },
    { "address", true, 0 },
    { "role", true, 0 },
    { "writer", true, 0 },
    { "requestedStatus", true, 0 },
    { "currentStatus", true, 0 },
    { "statusMessage", true, 0 },
    { "default", true, 0 },
    { "home", true, 0 },
    { "currentPrimariesCount", false, 0 },
    { "currentSecondariesCount", false, 0 },
    { "currentPropertyShardReplicas", false, 202512 },
    { "requestedPrimariesCount", false, 0 },
    { "requestedSecondariesCount", false, 0 },
    { "requestedPropertyShardReplicas", false, 202512 },
    { "creationTime", false, 0 },
    { "lastStartTime", false, 0 },
    { "lastStopTime", false, 0 },
    { "store", false, 0 },
    { "lastCommittedTxn", false, 0 },
    { "replicationLag", false, 0 },
    { "shardTxnLag", false, 202512 },
    { "constituents", true, 0 },
    { "graphShards", false, 202512 },
    { "propertyShards", false, 202512 },
    { "defaultLanguage", false, 202506 },
    { "options", false, 0 },
};

/* SHOW DEFAULT DATABASE and SHOW HOME DATABASE have no columns "default" and "home". */
static const struct table_column one_database_columns[] = {
    { "name", true, 0 },          { "type", true, 0 },
    { "aliases", true, 0 },       { "access", true, 0 },
    { "databaseID", false, 0 },   { "serverID", false, 0 },
    { "address", true, 0 },       { "role", true, 0 },
    { "writer", true, 0 },        { "requestedStatus", true, 0 },
    { "currentStatus", true, 0 }, { "statusMessage", true, 0 },
    { "constituents", true, 0 },
};

static bool is_online(const char *status) {
    return str_equal(status, "online");
}

/* How many primaries and secondaries are up, of all that this server can see. */
static void count_copies(const struct statement *statement, const struct state_database *database,
                         int64_t *out_primaries, int64_t *out_secondaries) {
    const struct cluster_state *state = &statement->process->state;

    *out_primaries = *out_secondaries = 0;
    for (size_t i = 0; i < state->server_count; i++) {
        const struct state_server *server = &state->servers[i];
        const struct state_allocation *allocation =
            database ? state_find_allocation(database, server->id) : NULL;
        bool is_secondary =
            database ? allocation && allocation->is_secondary : !state_votes_on_system(state, server);
        if ((database && !allocation) ||
            !is_online(database_status_on(statement->process, database, server->id)))
            continue;
        *(is_secondary ? out_secondaries : out_primaries) += 1;
    }
}

static void set_where(struct statement *statement, struct bolt_value *row,
                      const struct state_database *database, const char *server_id, bool is_secondary) {
    struct arena *arena = statement->arena;
    const char *status = database_status_on(statement->process, database, server_id);
    bool is_available = discovery_is_available(statement->process, server_id);
    bool is_up = is_available && is_online(status);

    bolt_set_string(arena, row, "serverID", server_id);
    if (is_available)
        bolt_set_string(arena, row, "address", statement_server_address(statement, server_id, "bolt"));
    bolt_set_string(arena, row, "role", !is_up ? "unknown" : is_secondary ? "secondary" : "primary");
    bolt_set_bool(arena, row, "writer", is_up && database_is_led_by(statement->process, database, server_id));
    bolt_set_string(arena, row, "currentStatus", !is_available ? "unknown" : status ? status : "initial");
    bolt_set_string(arena, row, "statusMessage", is_available ? "" : "Server is unavailable");
    if (is_up) {
        bolt_set_string(arena, row, "databaseID",
                        statement_store_id(arena, database ? database->id : "system"));
        bolt_set_string(arena, row, "store", "block-block-1.1");
        bolt_set_integer(arena, row, "lastCommittedTxn",
                         database ? 3 : (int64_t)raft_applied(statement->process->system));
        bolt_set_integer(arena, row, "replicationLag", 0);
    }
}

static void set_time(struct arena *arena, struct bolt_value *row, const char *key, int64_t wall_ns) {
    if (wall_ns)
        bolt_set(arena, row, key, bolt_new_date_time(arena, wall_ns));
}

static void set_user_database(struct statement *statement, struct bolt_value *row,
                              const struct state_database *database) {
    struct arena *arena = statement->arena;
    struct json *options;

    bolt_set_string(arena, row, "requestedStatus", database->is_online ? "online" : "offline");
    bolt_set_string(arena, row, "access", database->is_read_only ? "read-only" : "read-write");
    bolt_set_integer(arena, row, "requestedPrimariesCount", database->primaries);
    bolt_set_integer(arena, row, "requestedSecondariesCount", database->secondaries);
    set_time(arena, row, "creationTime", database->created_wall_ns);
    set_time(arena, row, "lastStartTime", database->started_wall_ns);
    set_time(arena, row, "lastStopTime", database->stopped_wall_ns);
    bolt_set_string(arena, row, "defaultLanguage", database->language);
    if (json_parse(arena, text_from(database->options), NULL, &options, NULL))
        bolt_set(arena, row, "options", bolt_from_json(arena, options));
}

static bool add_row(struct statement *statement, const struct state_database *database, const char *server_id,
                    bool is_secondary) {
    struct arena *arena = statement->arena;
    const struct cluster_state *state = &statement->process->state;
    const struct state_user *user = statement_user(statement);
    const char *name = database ? database->name : "system";
    const char *home = user && *user->home ? user->home : state->default_database;
    struct bolt_value *row = bolt_new_map(arena);
    int64_t primaries, secondaries;

    count_copies(statement, database, &primaries, &secondaries);
    bolt_set_string(arena, row, "name", name);
    bolt_set_string(arena, row, "type", database ? "standard" : "system");
    bolt_set(arena, row, "aliases", bolt_new_list(arena));
    bolt_set(arena, row, "constituents", bolt_new_list(arena));
    bolt_set_bool(arena, row, "default", str_equal(name, state->default_database));
    bolt_set_bool(arena, row, "home", str_equal(name, home));
    bolt_set_integer(arena, row, "currentPrimariesCount", primaries);
    bolt_set_integer(arena, row, "currentSecondariesCount", secondaries);
    set_where(statement, row, database, server_id, is_secondary);
    if (database) {
        set_user_database(statement, row, database);
    } else {
        bolt_set_string(arena, row, "requestedStatus", "online");
        bolt_set_string(arena, row, "access", "read-write");
        bolt_set_string(arena, row, "defaultLanguage", "CYPHER 5");
        bolt_set(arena, row, "options", bolt_new_map(arena));
        set_time(arena, row, "creationTime", state->created_wall_ns);
        set_time(arena, row, "lastStartTime", state->created_wall_ns);
    }
    return table_add_map(&statement->cursor, &statement->table, row);
}

static bool add_system(struct statement *statement) {
    const struct cluster_state *state = &statement->process->state;

    for (size_t i = 0; i < state->server_count; i++) {
        const struct state_server *server = &state->servers[i];
        bool is_secondary = !state_votes_on_system(state, server);
        if (server->state != SERVER_DROPPED && !add_row(statement, NULL, server->id, is_secondary))
            return false;
    }
    return true;
}

static bool add_database(struct statement *statement, const struct state_database *database) {
    for (size_t i = 0; i < database->allocation_count; i++)
        if (!add_row(statement, database, database->allocations[i].server_id,
                     database->allocations[i].is_secondary))
            return false;
    return true;
}

/* name NULL: all. Databases are listed by name, with system among them. */
static bool add_databases(struct statement *statement, const char *name) {
    const struct cluster_state *state = &statement->process->state;
    bool wants_system = !name || !strcasecmp(name, "system");
    bool has_system = false;

    for (size_t i = 0; i <= state->database_count; i++) {
        const struct state_database *database = i < state->database_count ? &state->databases[i] : NULL;
        bool is_systems_turn = !has_system && (!database || strcmp("system", database->name) < 0);
        if (is_systems_turn) {
            has_system = true;
            if (wants_system && !add_system(statement))
                return false;
        }
        if (database && (!name || !strcasecmp(name, database->name)) && !add_database(statement, database))
            return false;
    }
    return true;
}

static bool show(struct statement *statement, const char *name) {
    statement_columns(statement, columns, ARRAY_LENGTH(columns));
    return add_databases(statement, name) &&
           table_show_tail(&statement->cursor, &statement->table, columns, ARRAY_LENGTH(columns));
}

static bool show_databases(struct statement *statement) {
    return show(statement, NULL);
}

/* SHOW DATABASE name; without a name it is SHOW DATABASES. */
static bool show_database(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    char *name = NULL;
    bool has_tail = cursor_is(cursor, "YIELD") || cursor_is(cursor, "WHERE");

    if (!has_tail && !cursor_at_end(cursor) && !cursor_dotted_name(cursor, &name))
        return false;
    return show(statement, name);
}

static bool show_one(struct statement *statement, const char *name) {
    statement_columns(statement, one_database_columns, ARRAY_LENGTH(one_database_columns));
    return add_databases(statement, name) &&
           table_show_tail(&statement->cursor, &statement->table, one_database_columns,
                           ARRAY_LENGTH(one_database_columns));
}

static bool show_default_database(struct statement *statement) {
    return show_one(statement, statement->process->state.default_database);
}

static bool show_home_database(struct statement *statement) {
    const struct state_user *user = statement_user(statement);

    return show_one(statement, user && *user->home ? user->home : statement->process->state.default_database);
}

/* ---- changes ---- */

static bool read_database(struct statement *statement, const char *op) {
    char *name;

    statement_write(statement, op);
    if (!cursor_dotted_name(&statement->cursor, &name))
        return false;
    json_set_string(statement->arena, statement->write, "database", name);
    return true;
}

static bool read_topology(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    bool has_primaries = false, has_secondaries = false;
    int64_t count;

    if (!cursor_take(cursor, "TOPOLOGY"))
        return true;
    while (cursor_look(cursor)->type == TOKEN_INTEGER || cursor_look(cursor)->type == TOKEN_PARAMETER) {
        if (!cursor_integer(cursor, &count))
            return false;
        if (!has_primaries && (cursor_take(cursor, "PRIMARY") || cursor_take(cursor, "PRIMARIES"))) {
            has_primaries = true;
            json_set_integer(statement->arena, statement->write, "primaries", count);
        } else if (!has_secondaries &&
                   (cursor_take(cursor, "SECONDARY") || cursor_take(cursor, "SECONDARIES"))) {
            has_secondaries = true;
            json_set_integer(statement->arena, statement->write, "secondaries", count);
        } else {
            return cursor_fail(cursor, "'PRIMARIES' or 'SECONDARIES'");
        }
    }
    if (!has_primaries)
        return cursor_fail(cursor, "a number of PRIMARIES");
    if (!has_secondaries)
        json_set_integer(statement->arena, statement->write, "secondaries", 0);
    return true;
}

static bool read_language(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    int64_t language;

    (void)cursor_take(cursor, "SET");
    if (!cursor_take(cursor, "DEFAULT"))
        return true;
    if (!cursor_expect(cursor, "LANGUAGE") || !cursor_expect(cursor, "CYPHER") ||
        !cursor_integer(cursor, &language))
        return false;
    if (language != 5 && language != 25)
        return cursor_fail(cursor, "CYPHER 5 or CYPHER 25");
    json_set_string(statement->arena, statement->write, "language",
                    arena_printf(statement->arena, "CYPHER %ld", (long)language));
    (void)cursor_take(cursor, "SET");
    return true;
}

static bool read_options(struct statement *statement) {
    struct json *options;

    if (!cursor_take(&statement->cursor, "OPTIONS"))
        return true;
    if (!statement_options(statement, &options))
        return false;
    json_set(statement->arena, statement->write, "options", options);
    return true;
}

static bool create_database(struct statement *statement) {
    return read_database(statement, "create-database") &&
           statement_existence(statement, true, "ifNotExists") && read_language(statement) &&
           read_topology(statement) && read_options(statement) && statement_wait(statement);
}

static bool replace_database(struct statement *statement) {
    if (!read_database(statement, "create-database"))
        return false;
    json_set_bool(statement->arena, statement->write, "orReplace", true);
    return read_language(statement) && read_topology(statement) && read_options(statement) &&
           statement_wait(statement);
}

static bool drop_database(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;

    if (!read_database(statement, "drop-database") || !statement_existence(statement, false, "ifExists"))
        return false;
    if (!cursor_take(cursor, "RESTRICT") && cursor_take(cursor, "CASCADE") &&
        !cursor_take(cursor, "ALIASES") && !cursor_expect(cursor, "ALIAS"))
        return false;
    if (cursor_take(cursor, "DUMP") || cursor_take(cursor, "DESTROY"))
        (void)cursor_take(cursor, "DATA");
    return statement_wait(statement);
}

static bool start_database(struct statement *statement) {
    return read_database(statement, "start-database") && statement_wait(statement);
}

static bool stop_database(struct statement *statement) {
    return read_database(statement, "stop-database") && statement_wait(statement);
}

const struct statement_form statements_of_databases[] = {
    { "SHOW DATABASES", show_databases, .is_administration = true },
    { "SHOW DATABASE", show_database, .is_administration = true },
    { "SHOW DEFAULT DATABASE", show_default_database, .is_administration = true },
    { "SHOW HOME DATABASE", show_home_database, .is_administration = true },
    { "CREATE DATABASE", create_database, .is_administration = true },
    { "CREATE OR REPLACE DATABASE", replace_database, .is_administration = true },
    { "DROP DATABASE", drop_database, .is_administration = true },
    { "START DATABASE", start_database, .is_administration = true },
    { "STOP DATABASE", stop_database, .is_administration = true },
    { NULL, NULL, false, false },
};
