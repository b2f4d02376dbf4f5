/* SHOW DATABASES, SHOW DATABASE, SHOW DEFAULT DATABASE, SHOW HOME DATABASE.
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

/* What a server says of its copy, in the words of the column. */
static const char *status_on(const struct statement *statement, const struct state_database *database,
                             const char *server_id) {
    const char *status = database_status_on(statement->process, database, server_id);
    const struct state_allocation *allocation = database ? state_find_allocation(database, server_id) : NULL;

    if (!discovery_is_available(statement->process, server_id))
        return "unknown";
    if (database && state_find_quarantine(database, server_id))
        return "quarantined";
    if (allocation && allocation->is_leaving && is_online(status))
        return "deallocating";
    return status ? status : "initial";
}

static const char *message_on(const struct statement *statement, const struct state_database *database,
                              const char *server_id) {
    const struct state_quarantine *mark = database ? state_find_quarantine(database, server_id) : NULL;
    const char *trouble = database ? database_message_on(statement->process, database, server_id) : "";

    if (!discovery_is_available(statement->process, server_id))
        return "Server is unavailable";
    if (mark)
        return mark->message;
    return *trouble ? arena_printf(statement->arena, "Unable to start database `DatabaseId{%.8s[%s]}`: %s",
                                   database->id, database->name, trouble)
                    : "";
}

static int64_t transaction_on(const struct statement *statement, const struct state_database *database,
                              const char *server_id) {
    if (!database)
        return (int64_t)replication_applied_on(statement->process, server_id);
    return (int64_t)hosting_transaction_on(statement->process, database->id, server_id);
}

/* How far behind the writer, or behind the most advanced copy while there is none: 0 or less. */
static int64_t lag_of(const struct statement *statement, const struct state_database *database,
                      const char *server_id) {
    const struct cluster_state *state = &statement->process->state;
    int64_t own = transaction_on(statement, database, server_id), most = own;

    for (size_t i = 0; i < state->server_count; i++) {
        int64_t other = transaction_on(statement, database, state->servers[i].id);
        if (discovery_is_available(statement->process, state->servers[i].id) && other > most)
            most = other;
    }
    return own - most;
}

static const char *role_of(const struct state_database *database, bool is_up, bool is_secondary) {
    if (!is_up)
        return "unknown";
    if (database && database->kind == DATABASE_PROPERTY_SHARD)
        return "property shard replica";
    return is_secondary ? "secondary" : "primary";
}

static void set_where(struct statement *statement, struct bolt_value *row,
                      const struct state_database *database, const char *server_id, bool is_secondary) {
    struct arena *arena = statement->arena;
    bool is_available = discovery_is_available(statement->process, server_id);
    bool is_up = is_available && is_online(database_status_on(statement->process, database, server_id));

    bolt_set_string(arena, row, "serverID", server_id);
    if (is_available)
        bolt_set_string(arena, row, "address", statement_server_address(statement, server_id, "bolt"));
    bolt_set_string(arena, row, "role", role_of(database, is_up, is_secondary));
    bolt_set_bool(arena, row, "writer", is_up && database_is_led_by(statement->process, database, server_id));
    bolt_set_string(arena, row, "currentStatus", status_on(statement, database, server_id));
    bolt_set_string(arena, row, "statusMessage", message_on(statement, database, server_id));
    if (is_up) {
        bolt_set_string(arena, row, "databaseID",
                        statement_store_id(arena, database ? database->id : "system"));
        bolt_set_string(arena, row, "store", "block-block-1.1");
        bolt_set_integer(arena, row, "lastCommittedTxn", transaction_on(statement, database, server_id));
        bolt_set_integer(arena, row, "replicationLag", lag_of(statement, database, server_id));
    }
}

/* Composite and sharded databases have no copies: they are there where the server is. */
static void set_everywhere(struct statement *statement, struct bolt_value *row,
                           const struct state_database *database, const char *server_id) {
    struct arena *arena = statement->arena;
    const struct cluster_state *state = &statement->process->state;
    bool is_available = discovery_is_available(statement->process, server_id);
    size_t shards = 0, online = 0;

    for (size_t i = 0; i < state->database_count; i++) {
        const struct state_database *shard = &state->databases[i];
        if (!str_equal(shard->parent, database->name))
            continue;
        int64_t primaries, secondaries;
        count_copies(statement, shard, &primaries, &secondaries);
        shards++;
        online += primaries > 0;
    }
    bolt_set_string(arena, row, "serverID", server_id);
    if (is_available)
        bolt_set_string(arena, row, "address", statement_server_address(statement, server_id, "bolt"));
    bolt_set_bool(arena, row, "writer", false);
    bolt_set_string(arena, row, "currentStatus",
                    !is_available                             ? "unknown"
                    : online < shards && online               ? "mixed"
                    : database->is_online && online == shards ? "online"
                                                              : "offline");
    bolt_set_string(arena, row, "statusMessage", is_available ? "" : "Server is unavailable");
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
    bolt_set_string(arena, row, "access",
                    database->is_read_only || database->kind == DATABASE_COMPOSITE ? "read-only"
                                                                                   : "read-write");
    if (database->kind == DATABASE_PROPERTY_SHARD) {
        bolt_set_integer(arena, row, "requestedPropertyShardReplicas", database->replicas);
    } else if (database->kind != DATABASE_COMPOSITE) {
        bolt_set_integer(arena, row, "requestedPrimariesCount", database->primaries);
        bolt_set_integer(arena, row, "requestedSecondariesCount", database->secondaries);
    }
    set_time(arena, row, "creationTime", database->created_wall_ns);
    set_time(arena, row, "lastStartTime", database->started_wall_ns);
    set_time(arena, row, "lastStopTime", database->stopped_wall_ns);
    bolt_set_string(arena, row, "defaultLanguage", database->language);
    if (json_parse(arena, text_from(database->options), NULL, &options, NULL))
        bolt_set(arena, row, "options", bolt_from_json(arena, options));
}

static bool is_alias_of(const struct state_alias *alias, const struct state_database *database) {
    return !*alias->url && database && !strcasecmp(alias->target, database->name);
}

static void set_names(struct statement *statement, struct bolt_value *row,
                      const struct state_database *database) {
    struct arena *arena = statement->arena;
    const struct cluster_state *state = &statement->process->state;
    struct bolt_value *aliases = bolt_new_list(arena), *constituents = bolt_new_list(arena),
                      *graph_shards = bolt_new_list(arena), *property_shards = bolt_new_list(arena);

    for (size_t i = 0; i < state->alias_count; i++) {
        const struct state_alias *alias = &state->aliases[i];
        if (is_alias_of(alias, database))
            bolt_append_string(arena, aliases, alias->name);
        if (database && database->kind == DATABASE_COMPOSITE && !strcasecmp(alias->composite, database->name))
            bolt_append_string(arena, constituents, alias->name);
    }
    for (size_t i = 0; database && i < state->database_count; i++) {
        const struct state_database *shard = &state->databases[i];
        if (str_equal(shard->parent, database->name))
            bolt_append_string(arena, shard->kind == DATABASE_GRAPH_SHARD ? graph_shards : property_shards,
                               shard->name);
    }
    bolt_set(arena, row, "aliases", aliases);
    bolt_set(arena, row, "constituents", constituents);
    bolt_set(arena, row, "graphShards", graph_shards);
    bolt_set(arena, row, "propertyShards", property_shards);
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
    bolt_set_string(arena, row, "type", database ? database_kind_name(database->kind) : "system");
    set_names(statement, row, database);
    bolt_set_bool(arena, row, "default", str_equal(name, state->default_database));
    bolt_set_bool(arena, row, "home", str_equal(name, home));
    if (!database || database->kind != DATABASE_PROPERTY_SHARD) {
        bolt_set_integer(arena, row, "currentPrimariesCount", primaries);
        bolt_set_integer(arena, row, "currentSecondariesCount", secondaries);
    } else {
        bolt_set_integer(arena, row, "currentPropertyShardReplicas", primaries + secondaries);
    }
    if (database && !state_has_store(database))
        set_everywhere(statement, row, database, server_id);
    else
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

static bool add_virtual(struct statement *statement, const struct state_database *database) {
    const struct cluster_state *state = &statement->process->state;

    for (size_t i = 0; i < state->server_count; i++) {
        const struct state_server *server = &state->servers[i];
        if ((server->state == SERVER_ENABLED || server->state == SERVER_CORDONED) &&
            !add_row(statement, database, server->id, false))
            return false;
    }
    return true;
}

static bool add_database(struct statement *statement, const struct state_database *database) {
    if (!state_has_store(database))
        return add_virtual(statement, database);
    for (size_t i = 0; i < database->allocation_count; i++)
        if (!add_row(statement, database, database->allocations[i].server_id,
                     database->allocations[i].is_secondary))
            return false;
    return true;
}

/* name NULL: all. Databases are listed by name, with system among them. */
static bool add_databases(struct statement *statement, const char *name) {
    const struct cluster_state *state = &statement->process->state;
    const struct state_database *meant = name ? state_resolve_database(state, name) : NULL;
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
        if (database && (!name || database == meant) &&
            authorization_lists_database(state, statement->user, database->name) &&
            !add_database(statement, database))
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

const struct statement_form statements_of_shown_databases[] = {
    { "SHOW DATABASES", show_databases, .is_administration = true },
    { "SHOW DATABASE", show_database, .is_administration = true },
    { "SHOW DEFAULT DATABASE", show_default_database, .is_administration = true },
    { "SHOW HOME DATABASE", show_home_database, .is_administration = true },
    { NULL, NULL, false, false },
};
