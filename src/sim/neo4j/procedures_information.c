/* Procedures that tell about the DBMS, its databases and its clients.
 * Source: Operations Manual, procedures; names and columns of 5.26 and 2026.08. */
#include "sim/neo4j/procedure.h"
#include "sim/neo4j/session_state.h"

static bool dbms_components(struct procedure_run *run) {
    struct arena *arena = procedure_arena(run);
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
    return procedure_add(run, kernel) &&
           (!(is_calendar && neo4j_version_at_least(version, 2025, 5)) || procedure_add(run, cypher));
}

static bool info(struct procedure_run *run, const char *id, const char *name, int64_t wall_ns) {
    struct arena *arena = procedure_arena(run);
    struct bolt_value *row = bolt_new_map(arena);

    bolt_set_string(arena, row, "id", statement_store_id(arena, id));
    bolt_set_string(arena, row, "name", name);
    bolt_set_string(arena, row, "creationDate", statement_time(arena, wall_ns));
    return procedure_add(run, row);
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
    struct bolt_value *row = bolt_new_map(procedure_arena(run));

    bolt_set_bool(procedure_arena(run), row, "success", true);
    return procedure_add(run, row);
}

static bool show_current_user(struct procedure_run *run) {
    struct arena *arena = procedure_arena(run);
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
    return procedure_add(run, row);
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

static bool nothing(struct procedure_run *run) {
    return true;
}

/* ---- clients ---- */

static char *connection_name(struct arena *arena, const struct neo4j_session *session) {
    return arena_printf(arena, "bolt-%lu", (unsigned long)session->connection_id);
}

static bool list_connections(struct procedure_run *run) {
    struct arena *arena = procedure_arena(run);
    const struct neo4j_process *process = run->statement->process;
    const struct neo4j_session *session;

    LIST_FOREACH (session, &process->sessions, link) {
        struct bolt_value *row = bolt_new_map(arena);
        if (!neo4j_session_is_logged_in(session))
            continue;
        bolt_set_string(arena, row, "connectionId", connection_name(arena, session));
        bolt_set_string(arena, row, "connectTime", statement_time(arena, session->connected_wall_ns));
        bolt_set_string(arena, row, "connector", "bolt");
        bolt_set_string(arena, row, "username", session->user);
        bolt_set_string(arena, row, "userAgent", session->user_agent);
        bolt_set_string(arena, row, "serverAddress", process_advertised(process, arena, PORT_BOLT));
        bolt_set_string(arena, row, "clientAddress", session->options.client_address);
        if (!procedure_add(run, row))
            return false;
    }
    return true;
}

static struct neo4j_session *find_connection(const struct procedure_run *run, const char *id) {
    struct neo4j_session *session;

    LIST_FOREACH (session, &run->statement->process->sessions, link)
        if (neo4j_session_is_logged_in(session) &&
            str_equal(connection_name(procedure_arena(run), session), id))
            return session;
    return NULL;
}

/* Everybody may end their own connections; those of others need the right to admin procedures. */
static bool may_kill(const struct procedure_run *run, const struct neo4j_session *session) {
    const struct statement *statement = run->statement;

    return str_equal(session->user, statement->user) ||
           privilege_allows_procedure(&statement->process->state, statement->user, "dbms.killConnection",
                                      true);
}

static bool kill_one(struct procedure_run *run, const char *id) {
    struct arena *arena = procedure_arena(run);
    struct bolt_value *row = bolt_new_map(arena);
    struct neo4j_session *session = find_connection(run, id);

    if (session && !may_kill(run, session))
        return statement_fail(run->statement, FAILURE_FORBIDDEN,
                              "Not allowed to terminate connection for user %s.", session->user);
    bolt_set_string(arena, row, "connectionId", id);
    bolt_set_string(arena, row, "username", session ? session->user : "n/a");
    bolt_set_string(arena, row, "message", session ? "Connection found" : "No connection found with this id");
    if (session)
        session_kill(session);
    return procedure_add(run, row);
}

static bool kill_connection(struct procedure_run *run) {
    return kill_one(run, procedure_string(run, 0, ""));
}

static bool kill_connections(struct procedure_run *run) {
    BOLT_FOR_EACH_ITEM(id, &run->arguments[0])
    if (!kill_one(run, bolt_string(id, "")))
        return false;
    return true;
}

const struct procedure procedures_of_information[] = {
    { "db.info", "", "id :: STRING, name :: STRING, creationDate :: STRING",
      "Provides information regarding the database.", db_info, PROCEDURE_READ },
    { "db.ping", "", "success :: BOOLEAN",
      "This procedure can be used by client side tooling to test whether they are correctly connected to a "
      "database. "
      "The procedure is available in all databases and always returns true. A faulty connection can be "
      "detected by not "
      "being able to call this procedure.",
      db_ping, PROCEDURE_READ },
    { "dbms.components", "", "name :: STRING, versions :: LIST<STRING>, edition :: STRING",
      "List DBMS components and their versions.", dbms_components, PROCEDURE_DBMS },
    { "dbms.info", "", "id :: STRING, name :: STRING, creationDate :: STRING",
      "Provides information regarding the DBMS.", dbms_info, PROCEDURE_DBMS },
    { "dbms.killConnection", "id :: STRING", "connectionId :: STRING, username :: STRING, message :: STRING",
      "Kill network connection with the given connection id.", kill_connection, PROCEDURE_DBMS },
    { "dbms.killConnections", "ids :: LIST<STRING>",
      "connectionId :: STRING, username :: STRING, message :: STRING",
      "Kill all network connections with the given connection ids.", kill_connections, PROCEDURE_DBMS },
    { "dbms.listConfig", "searchString =  :: STRING",
      "name :: STRING, description :: STRING, value :: STRING, dynamic :: BOOLEAN, defaultValue :: STRING, "
      "startupValue :: "
      "STRING, explicitlySet :: BOOLEAN, validValues :: STRING",
      "List the currently active configuration settings of Neo4j.", list_config, PROCEDURE_DBMS,
      .is_admin = true },
    { "dbms.listConnections", "",
      "connectionId :: STRING, connectTime :: STRING, connector :: STRING, username :: STRING, userAgent :: "
      "STRING, "
      "serverAddress :: STRING, clientAddress :: STRING",
      "List all accepted network connections at this instance that are visible to the user.",
      list_connections, PROCEDURE_DBMS },
    { "dbms.security.clearAuthCache", "", "", "Clears authentication and authorization cache.", nothing,
      PROCEDURE_DBMS, .is_admin = true },
    { "dbms.showCurrentUser", "", "username :: STRING, roles :: LIST<STRING>, flags :: LIST<STRING>",
      "Show the current user.", show_current_user, PROCEDURE_DBMS },
    { .name = NULL },
};
