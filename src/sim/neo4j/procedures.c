/* Procedures: CALL name(arguments) [YIELD …]. One row for each procedure; its columns in order.
 * Source: Operations Manual, procedures; names and columns of 5.26 and 2026.08. */
#include "sim/neo4j/statement.h"

#include <time.h>

enum { PROCEDURE_ARGUMENTS_MAX = 8, PROCEDURE_COLUMNS_MAX = 12 };

struct procedure_run {
    struct statement *statement;
    const struct bolt_value *arguments;
    size_t argument_count;
    struct table *out;
};

static bool add(struct procedure_run *run, const struct bolt_value *map) {
    return table_add_map(&run->statement->cursor, run->out, map);
}

static struct arena *arena_of(const struct procedure_run *run) {
    return run->statement->arena;
}

/* ---- information ---- */

static bool dbms_components(struct procedure_run *run) {
    struct arena *arena = arena_of(run);
    const struct neo4j_version *version = &run->statement->process->version;
    struct bolt_value *kernel = bolt_new_map(arena), *cypher = bolt_new_map(arena);
    struct bolt_value *kernels = bolt_new_list(arena), *languages = bolt_new_list(arena);
    bool is_calendar = neo4j_version_is_calendar(version);

    bolt_append_string(arena, kernels, version->kernel_text);
    bolt_set_string(arena, kernel, "name", "Neo4j Kernel");
    bolt_set(arena, kernel, "versions", kernels);
    bolt_set_string(arena, kernel, "edition", "enterprise");
    bolt_append_string(arena, languages, "5");
    if (is_calendar && neo4j_version_at_least(version, 2025, 6))
        bolt_append_string(arena, languages, "25");
    bolt_set_string(arena, cypher, "name", "Cypher");
    bolt_set(arena, cypher, "versions", languages);
    bolt_set_string(arena, cypher, "edition", "");
    return add(run, kernel) &&
           (!(is_calendar && neo4j_version_at_least(version, 2025, 5)) || add(run, cypher));
}

static char *date_text(struct arena *arena, int64_t wall_ns) {
    struct tm parts;
    time_t seconds = (time_t)(wall_ns / SECOND_NS);

    gmtime_r(&seconds, &parts);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                        parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                        (int)(wall_ns % SECOND_NS / MS_NS));
}

static bool info(struct procedure_run *run, const char *id, const char *name, int64_t wall_ns) {
    struct arena *arena = arena_of(run);
    struct bolt_value *row = bolt_new_map(arena);

    bolt_set_string(arena, row, "id", statement_store_id(arena, id));
    bolt_set_string(arena, row, "name", name);
    bolt_set_string(arena, row, "creationDate", date_text(arena, wall_ns));
    return add(run, row);
}

static bool dbms_info(struct procedure_run *run) {
    const struct cluster_state *state = &run->statement->process->state;

    return info(run, state->cluster_id, "system", state->created_wall_ns);
}

static bool db_info(struct procedure_run *run) {
    const struct cluster_state *state = &run->statement->process->state;
    const struct state_database *database = state_find_database(state, run->statement->database);

    return database ? info(run, database->id, database->name, database->created_wall_ns) : dbms_info(run);
}

static bool db_ping(struct procedure_run *run) {
    struct bolt_value *row = bolt_new_map(arena_of(run));

    bolt_set_bool(arena_of(run), row, "success", true);
    return add(run, row);
}

static bool show_current_user(struct procedure_run *run) {
    struct arena *arena = arena_of(run);
    const struct state_user *user = statement_user(run->statement);
    struct bolt_value *row = bolt_new_map(arena), *roles = bolt_new_list(arena),
                      *flags = bolt_new_list(arena);

    bolt_append_string(arena, roles, "PUBLIC");
    for (size_t i = 0; user && i < user->roles.count; i++)
        bolt_append_string(arena, roles, user->roles.items[i]);
    if (user && user->must_change_password)
        bolt_append_string(arena, flags, "password_change_required");
    bolt_set_string(arena, row, "username", run->statement->user);
    bolt_set(arena, row, "roles", roles);
    bolt_set(arena, row, "flags", flags);
    return add(run, row);
}

static bool list_config(struct procedure_run *run) {
    struct statement settings = *run->statement;
    const char *search = run->argument_count ? bolt_string(&run->arguments[0], "") : "";
    static const char *const names[][2] = { { "name", "name" },
                                            { "description", "description" },
                                            { "value", "value" },
                                            { "dynamic", "isDynamic" },
                                            { "defaultValue", "defaultValue" },
                                            { "startupValue", "startupValue" },
                                            { "explicitlySet", "isExplicitlySet" },
                                            { "validValues", "validValues" } };

    settings.table = (struct table){ 0 };
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        table_add_column(settings.arena, &settings.table, names[i][1]);
    if (!settings_add_rows(&settings, NULL))
        return false;
    for (size_t i = 0; i < settings.table.row_count; i++)
        if (strcasestr(bolt_string(bolt_item(settings.table.rows[i], 0), ""), search) &&
            !table_add_row(&run->statement->cursor, run->out, settings.table.rows[i]))
            return false;
    return true;
}

static bool get_routing_table(struct procedure_run *run) {
    struct statement *statement = run->statement;
    const char *home = statement->process->state.default_database;
    const char *database = run->argument_count > 1 ? bolt_string(&run->arguments[1], home) : home;
    struct bolt_value *table = routing_table(statement->process, statement->arena, database,
                                             statement->routes_by_address, &statement->failure);

    return table && add(run, table);
}

static bool show_topology_graph_config(struct procedure_run *run) {
    struct arena *arena = arena_of(run);
    const struct cluster_state *state = &run->statement->process->state;
    struct bolt_value *row = bolt_new_map(arena);

    bolt_set_string(arena, row, "allocator", "EQUAL_NUMBERS");
    bolt_set_integer(arena, row, "defaultPrimariesCount", state->default_primaries);
    bolt_set_integer(arena, row, "defaultSecondariesCount", state->default_secondaries);
    bolt_set_string(arena, row, "defaultDatabase", state->default_database);
    bolt_set_bool(arena, row, "autoEnableFreeServers", state->enables_free_servers);
    return add(run, row);
}

static bool show_parallel_discovery_state(struct procedure_run *run) {
    struct arena *arena = arena_of(run);
    const struct neo4j_process *process = run->statement->process;
    const char *mode = configuration_get(process->configuration, "dbms.cluster.discovery.version");
    const struct server_peer *peer;
    struct bolt_value *row = bolt_new_map(arena);
    int64_t count = 1;

    TAILQ_FOREACH (peer, &process->peers, link)
        count += discovery_is_reachable(process, peer);
    bolt_set_string(arena, row, "mode", mode ? mode : "V2_ONLY");
    bolt_set_string(arena, row, "stateComparison", "Matching");
    bolt_set_integer(arena, row, "v1ServerCount", str_equal(mode, "V2_ONLY") ? 0 : count);
    bolt_set_integer(arena, row, "v2ServerCount", str_equal(mode, "V1_ONLY") ? 0 : count);
    return add(run, row);
}

static bool nothing(struct procedure_run *run) {
    return true;
}

/* ---- changes ---- */

static bool set_automatically_enable(struct procedure_run *run) {
    struct json *write = statement_write(run->statement, "set-automatically-enable-free-servers");

    if (!bolt_is(&run->arguments[0], BOLT_BOOL))
        return statement_fail(run->statement, FAILURE_TYPE, "Type mismatch: expected a boolean");
    json_set_bool(arena_of(run), write, "value", bolt_bool(&run->arguments[0], false));
    return true;
}

static bool set_default_allocation_numbers(struct procedure_run *run) {
    struct json *write = statement_write(run->statement, "set-default-allocation-numbers");

    json_set_integer(arena_of(run), write, "primaries", bolt_integer(&run->arguments[0], 0));
    json_set_integer(arena_of(run), write, "secondaries", bolt_integer(&run->arguments[1], 0));
    return true;
}

/* ---- the table ---- */

static const struct procedure {
    const char *name;
    size_t arguments_min;
    size_t arguments_max;
    enum setting_family family;
    bool (*run)(struct procedure_run *run);
    const char *columns[PROCEDURE_COLUMNS_MAX];
} procedures[] = {
    { "db.info", 0, 0, SETTING_IN_ALL, db_info, { "id", "name", "creationDate" } },
    { "db.ping", 0, 0, SETTING_IN_ALL, db_ping, { "success" } },
    { "dbms.cluster.routing.getRoutingTable", 1, 2, SETTING_IN_ALL, get_routing_table, { "ttl", "servers" } },
    { "dbms.cluster.setAutomaticallyEnableFreeServers",
      1,
      1,
      SETTING_IN_ALL,
      set_automatically_enable,
      { NULL } },
    { "dbms.cluster.showParallelDiscoveryState",
      0,
      0,
      SETTING_IN_5,
      show_parallel_discovery_state,
      { "mode", "stateComparison", "v1ServerCount", "v2ServerCount" } },
    { "dbms.components", 0, 0, SETTING_IN_ALL, dbms_components, { "name", "versions", "edition" } },
    { "dbms.info", 0, 0, SETTING_IN_ALL, dbms_info, { "id", "name", "creationDate" } },
    { "dbms.listConfig",
      0,
      1,
      SETTING_IN_ALL,
      list_config,
      { "name", "description", "value", "dynamic", "defaultValue", "startupValue", "explicitlySet",
        "validValues" } },
    { "dbms.routing.getRoutingTable", 1, 2, SETTING_IN_ALL, get_routing_table, { "ttl", "servers" } },
    { "dbms.security.clearAuthCache", 0, 0, SETTING_IN_ALL, nothing, { NULL } },
    { "dbms.setDefaultAllocationNumbers", 2, 3, SETTING_IN_ALL, set_default_allocation_numbers, { NULL } },
    { "dbms.showCurrentUser", 0, 0, SETTING_IN_ALL, show_current_user, { "username", "roles", "flags" } },
    { "dbms.showTopologyGraphConfig",
      0,
      0,
      SETTING_IN_ALL,
      show_topology_graph_config,
      { "allocator", "defaultPrimariesCount", "defaultSecondariesCount", "defaultDatabase",
        "autoEnableFreeServers" } },
};

static const struct procedure *find(const struct statement *statement, const char *name) {
    enum setting_family family =
        neo4j_version_is_calendar(&statement->process->version) ? SETTING_IN_CALENDAR : SETTING_IN_5;

    for (size_t i = 0; i < ARRAY_LENGTH(procedures); i++)
        if (str_equal(procedures[i].name, name) && (procedures[i].family & family))
            return &procedures[i];
    return NULL;
}

/* Arguments see the variables of the row; a call that changes something must be alone, so the first row will
 * do. */
static bool read_arguments(struct statement *statement, const struct procedure *procedure,
                           struct bolt_value *out_arguments, size_t *out_count) {
    struct cursor *cursor = &statement->cursor;
    struct scope scope = { statement->table.columns, statement->table.column_count };

    *out_count = 0;
    if (cursor_take_symbol(cursor, "(") && !cursor_take_symbol(cursor, ")")) {
        do {
            struct expression *expression;
            if (*out_count == PROCEDURE_ARGUMENTS_MAX)
                return cursor_fail(cursor, "fewer arguments");
            if (!expression_parse(cursor, &expression) ||
                !expression_evaluate(cursor, expression, &scope, statement->table.rows,
                                     statement->table.row_count, &out_arguments[*out_count]))
                return false;
            (*out_count)++;
        } while (cursor_take_symbol(cursor, ","));
        if (!cursor_expect_symbol(cursor, ")"))
            return false;
    }
    if (*out_count >= procedure->arguments_min && *out_count <= procedure->arguments_max)
        return true;
    return statement_fail(
        statement, FAILURE_PROCEDURE_ARGUMENTS,
        "Procedure call does not provide the required number of arguments: got %zu expected %s%zu.",
        *out_count, procedure->arguments_max > procedure->arguments_min ? "at most " : "",
        procedure->arguments_max);
}

/* Each row of before beside each row of the procedure. */
static bool join(struct statement *statement, const struct table *before, const struct table *rows) {
    struct table out = { 0 };

    for (size_t i = 0; i < before->column_count; i++)
        table_add_column(statement->arena, &out, before->columns[i]);
    for (size_t i = 0; i < rows->column_count; i++)
        table_add_column(statement->arena, &out, rows->columns[i]);
    for (size_t i = 0; i < before->row_count; i++)
        for (size_t k = 0; k < rows->row_count; k++) {
            struct bolt_value *row = bolt_new_list(statement->arena);
            BOLT_FOR_EACH_ITEM(value, before->rows[i])
            bolt_append(statement->arena, row, value);
            BOLT_FOR_EACH_ITEM(value, rows->rows[k])
            bolt_append(statement->arena, row, value);
            if (!table_add_row(&statement->cursor, &out, row))
                return false;
        }
    statement->table = out;
    return true;
}

bool procedure_call(struct statement *statement, bool is_only_clause) {
    struct cursor *cursor = &statement->cursor;
    struct table before = statement->table, out = { 0 };
    struct bolt_value arguments[PROCEDURE_ARGUMENTS_MAX];
    const struct procedure *procedure;
    size_t count;
    char *name;

    if (!cursor_dotted_name(cursor, &name))
        return false;
    procedure = find(statement, name);
    if (!procedure)
        return statement_fail(
            statement, FAILURE_UNKNOWN_PROCEDURE,
            "There is no procedure with the name `%s` registered for this database instance. "
            "Please ensure you've spelled the procedure name correctly and that the procedure is "
            "properly deployed.",
            name);
    if (!read_arguments(statement, procedure, arguments, &count))
        return false;
    for (size_t i = 0; i < PROCEDURE_COLUMNS_MAX && procedure->columns[i]; i++)
        table_add_column(statement->arena, &out, procedure->columns[i]);
    struct procedure_run run = { statement, arguments, count, &out };
    if (!procedure->run(&run))
        return false;
    if (cursor_take(cursor, "YIELD") && !table_project(cursor, &out, PROJECTION_YIELD))
        return false;
    if (is_only_clause && !out.column_count) { /* a call without result has no rows */
        statement->table = out;
        return true;
    }
    return join(statement, &before, &out);
}
