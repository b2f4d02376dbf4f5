/* Databases in trouble: made anew, put into quarantine and taken out of it; and what WAIT answers. */
#include "neo4j/database_statements.h"

/* ---- made anew. Source: Operations Manual, "Recreate a database" ---- */

static bool check_recreation(const struct dialect *dialect, const struct database_recreation *recreation,
                             struct error *err) {
    if (recreation->seed_uri && recreation->seeding_servers.count)
        return error_set(err, ERROR_INVALID, "%s: it is seeded from a URI or from servers, not from both",
                         recreation->database);
    if (recreation->clears_data && (recreation->seed_uri || recreation->seeding_servers.count))
        return error_set(err, ERROR_INVALID, "%s: what is cleared has no seed", recreation->database);
    if (recreation->store_format && !recreation->clears_data)
        return error_set(err, ERROR_INVALID, "%s: only what is cleared can have another store format",
                         recreation->database);
    if (recreation->secondaries && !recreation->primaries)
        return error_set(err, ERROR_INVALID, "%s: a topology needs a number of primaries",
                         recreation->database);
    if (recreation->clears_data && !dialect_require(dialect, FORM_RECREATE_CLEARED, err))
        return false;
    return !recreation->store_format || dialect_require(dialect, FORM_RECREATE_FORMAT, err);
}

static struct bolt_value *recreation_options(struct arena *arena,
                                             const struct database_recreation *recreation) {
    struct bolt_value *options = bolt_new_map(arena);

    if (recreation->clears_data)
        bolt_set_bool(arena, options, "clearData", true);
    else if (recreation->seed_uri)
        bolt_set_string(arena, options, "seedURI", recreation->seed_uri);
    else
        bolt_set(arena, options, "seedingServers", statement_list(arena, &recreation->seeding_servers));
    if (recreation->store_format)
        bolt_set_string(arena, options, "storeFormat", recreation->store_format);
    if (recreation->primaries) {
        bolt_set_integer(arena, options, "primaries", recreation->primaries);
        bolt_set_integer(arena, options, "secondaries", recreation->secondaries);
    }
    return options;
}

bool database_recreate(struct arena *arena, const struct dialect *dialect,
                       const struct database_recreation *recreation, const struct administration **out,
                       struct error *err) {
    struct statement statement;

    if (!check_recreation(dialect, recreation, err))
        return false;
    if (!dialect_has(dialect, FORM_CLUSTER_RECREATE) && !dialect_require(dialect, FORM_RECREATE, err))
        return false;
    statement_start(&statement, arena,
                    dialect_has(dialect, FORM_RECREATE) ? "CALL dbms.recreateDatabase("
                                                        : "CALL dbms.cluster.recreateDatabase(");
    statement_add_parameter(&statement, "database", recreation->database);
    statement_add(&statement, ", ");
    statement_add_value(&statement, "options", recreation_options(arena, recreation));
    statement_add(&statement, ")");
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

/* ---- quarantine. Source: Operations Manual, "Quarantined databases" ---- */

const struct administration *database_quarantine(struct arena *arena, const struct dialect *dialect,
                                                 const char *database, const char *reason) {
    struct statement statement;

    statement_start(&statement, arena, dialect_prefix(dialect, FORM_QUARANTINE));
    statement_add(&statement, "CALL dbms.quarantineDatabase(");
    statement_add_parameter(&statement, "database", database);
    statement_add(&statement, ", true, ");
    statement_add_parameter(&statement, "reason", reason);
    statement_add(&statement, ")");
    return statement_end_here(&statement, EFFECT_CHANGES);
}

static const struct row_column quarantine_columns[] = {
    ROW_KEY(struct quarantine_row, database, TEXT, "databaseName"),
    ROW(struct quarantine_row, is_quarantined, BOOL, "quarantined"),
    ROW(struct quarantine_row, result, TEXT, "result"),
};
static const struct row_kind quarantine_kind =
    ROW_KIND("dbms.quarantineDatabase()", struct quarantine_row, quarantine_columns);
ROW_READ(quarantine_read, struct quarantine_row, &quarantine_kind)

static const char *const operations[] = {
#define X(operation, word) [UNQUARANTINE_##operation] = (word),
    UNQUARANTINE_OPERATIONS(X)
#undef X
};

bool database_unquarantine(struct arena *arena, const struct dialect *dialect, const char *server,
                           const char *database, enum unquarantine_operation operation,
                           const struct administration **out, struct error *err) {
    struct statement statement;

    if (!dialect_has(dialect, FORM_UNQUARANTINE)) {
        if (operation != UNQUARANTINE_KEEP_ALL)
            return dialect_require(dialect, FORM_UNQUARANTINE, err);
        statement_start(&statement, arena, "CALL dbms.quarantineDatabase(");
        statement_add_parameter(&statement, "database", database);
        statement_add(&statement, ", false)");
        *out = statement_end_here(&statement, EFFECT_CHANGES);
        return true;
    }
    statement_start(&statement, arena, "CALL dbms.unquarantineDatabase(");
    statement_add_parameter(&statement, "server", server);
    statement_add(&statement, ", ");
    statement_add_parameter(&statement, "database", database);
    statement_add(&statement, ", ");
    statement_add_parameter(&statement, "operation", operations[operation]);
    statement_add(&statement, ")");
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

/* ---- WAIT ---- */

static const struct {
    enum wait_state state;
    const char *word;
    const char *code;
} wait_states[] = {
#define X(state, word, code) { WAIT_##state, word, code },
    WAIT_STATES(X)
#undef X
};

static enum wait_state state_of(const char *word, const char *code) {
    for (size_t i = 0; i < ARRAY_LENGTH(wait_states); i++)
        if ((word && str_equal(wait_states[i].word, word)) || (code && str_equal(wait_states[i].code, code)))
            return wait_states[i].state;
    return WAIT_UNKNOWN;
}

static void read_notifications(const struct bolt_value *list, const char *code_key, const char *message_key,
                               struct wait_rows *rows) {
    BOLT_FOR_EACH_ITEM(item, list) {
        enum wait_state state = state_of(NULL, bolt_string(bolt_get(item, code_key), ""));
        if (state != WAIT_UNKNOWN)
            rows->items[rows->count++] = (struct wait_row){
                .address = "", .state = state, .message = bolt_string(bolt_get(item, message_key), "")
            };
    }
}

struct wait_rows wait_rows_read(struct arena *arena, const struct neo4j_result *result) {
    const struct bolt_value *notifications = bolt_get(&result->summary, "notifications");
    const struct bolt_value *statuses = bolt_get(&result->summary, "statuses");
    size_t count = neo4j_result_rows(result);
    struct wait_rows rows = { .items =
                                  ARENA_ARRAY(arena, struct wait_row,
                                              count + bolt_length(notifications) + bolt_length(statuses)) };

    for (size_t i = 0; i < count; i++)
        rows.items[rows.count++] = (struct wait_row){ .address = row_string(result, i, "address"),
                                                      .state = state_of(row_string(result, i, "state"), NULL),
                                                      .message = row_string(result, i, "message") };
    read_notifications(notifications, "code", "description", &rows);
    read_notifications(statuses, "neo4j_code", "status_description", &rows);
    return rows;
}

bool wait_is_done(const struct wait_rows *rows) {
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].state != WAIT_CAUGHT_UP)
            return false;
    return rows->count > 0;
}
