#include "neo4j/server_local.h"

const char transactions_query[] = "SHOW TRANSACTIONS YIELD *";
const char connections_query[] = "CALL dbms.listConnections()";
const char procedures_query[] = "SHOW PROCEDURES YIELD *";
const char functions_query[] = "SHOW FUNCTIONS YIELD *";
const char licence_query[] = "CALL dbms.licenseAgreementDetails()";

/* ---- settings ---- */

const struct administration *live_settings_show(struct arena *arena, const struct text_list *names) {
    struct statement statement;

    statement_start(&statement, arena, "SHOW SETTINGS ");
    statement_add_texts(&statement, names);
    statement_add(&statement, names->count ? " YIELD *" : "YIELD *");
    return statement_end_here(&statement, EFFECT_READS);
}

static const struct row_column setting_columns[] = {
    ROW_KEY(struct live_setting_row, name, TEXT, "name"),
    ROW(struct live_setting_row, value, TEXT, "value"),
    ROW(struct live_setting_row, is_dynamic, BOOL, "isDynamic"),
    ROW(struct live_setting_row, default_value, TEXT, "defaultValue"),
    ROW(struct live_setting_row, startup_value, TEXT, "startupValue"),
    ROW(struct live_setting_row, is_explicit, BOOL, "isExplicitlySet"),
    ROW(struct live_setting_row, valid_values, TEXT, "validValues"),
    ROW(struct live_setting_row, is_deprecated, BOOL, "isDeprecated"),
    ROW(struct live_setting_row, description, TEXT, "description"),
};
static const struct row_kind setting_kind =
    ROW_KIND("SHOW SETTINGS", struct live_setting_row, setting_columns);
ROWS_READ(live_settings_read, struct live_setting_rows, &setting_kind)

const struct live_setting_row *live_settings_find(const struct live_setting_rows *rows, const char *name) {
    for (size_t i = 0; i < rows->count; i++)
        if (str_equal(rows->items[i].name, name))
            return &rows->items[i];
    return NULL;
}

const struct administration *live_setting_set(struct arena *arena, const char *name, const char *value) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.setConfigValue(");
    statement_add_parameter(&statement, "name", name);
    statement_add(&statement, ", ");
    statement_add_parameter(&statement, "value", value);
    statement_add(&statement, ")");
    return statement_end_here(&statement, EFFECT_CHANGES);
}

/* ---- transactions and connections ---- */

static const struct row_column transaction_columns[] = {
    ROW(struct transaction_row, database, TEXT, "database"),
    ROW_KEY(struct transaction_row, id, TEXT, "transactionId"),
    ROW(struct transaction_row, query_id, TEXT, "currentQueryId"),
    ROW(struct transaction_row, connection_id, TEXT, "connectionId"),
    ROW(struct transaction_row, client_address, TEXT, "clientAddress"),
    ROW(struct transaction_row, user, TEXT, "username"),
    ROW(struct transaction_row, query, TEXT, "currentQuery"),
    ROW(struct transaction_row, start, TEXT, "startTime"),
    ROW(struct transaction_row, status, TEXT, "status"),
    ROW(struct transaction_row, elapsed_ms, DURATION, "elapsedTime"),
    ROW(struct transaction_row, connector, TEXT, "protocol"),
    ROW(struct transaction_row, allocated_bytes, INTEGER, "estimatedUsedHeapMemory"),
    ROW(struct transaction_row, outer_id, TEXT, "outerTransactionId"),
};
static const struct row_kind transaction_kind =
    ROW_KIND("SHOW TRANSACTIONS", struct transaction_row, transaction_columns);
ROWS_READ(transactions_read, struct transaction_rows, &transaction_kind)

const struct administration *transactions_terminate(struct arena *arena, const struct text_list *ids) {
    struct statement statement;

    statement_start(&statement, arena, "TERMINATE TRANSACTIONS ");
    statement_add_texts(&statement, ids);
    return statement_end_here(&statement, EFFECT_REMOVES);
}

static const struct row_column termination_columns[] = {
    ROW_KEY(struct termination_row, id, TEXT, "transactionId"),
    ROW(struct termination_row, user, TEXT, "username"),
    ROW(struct termination_row, message, TEXT, "message"),
};
static const struct row_kind termination_kind =
    ROW_KIND("TERMINATE TRANSACTIONS", struct termination_row, termination_columns);
ROWS_READ(terminations_read, struct termination_rows, &termination_kind)

static const struct row_column connection_columns[] = {
    ROW_KEY(struct connection_row, id, TEXT, "connectionId"),
    ROW(struct connection_row, connect_time, TEXT, "connectTime"),
    ROW(struct connection_row, connector, TEXT, "connector"),
    ROW(struct connection_row, user, TEXT, "username"),
    ROW(struct connection_row, user_agent, TEXT, "userAgent"),
    ROW(struct connection_row, server_address, TEXT, "serverAddress"),
    ROW(struct connection_row, client_address, TEXT, "clientAddress"),
};
static const struct row_kind connection_kind =
    ROW_KIND("dbms.listConnections()", struct connection_row, connection_columns);
ROWS_READ(connections_read, struct connection_rows, &connection_kind)

/* ---- procedures and functions ---- */

static const struct row_column routine_columns[] = {
    ROW_KEY(struct routine_row, name, TEXT, "name"),
    ROW(struct routine_row, description, TEXT, "description"),
    ROW_USED(struct routine_row, signature, TEXT, "signature", ROW_SORTED),
    ROW(struct routine_row, mode, TEXT, "mode"),
    ROW(struct routine_row, works_on_system, BOOL, "worksOnSystem"),
    ROW(struct routine_row, needs_admin, BOOL, "admin"),
    ROW(struct routine_row, is_builtin, BOOL, "isBuiltIn"),
    ROW(struct routine_row, is_deprecated, BOOL, "isDeprecated"),
    ROW(struct routine_row, deprecated_by, TEXT, "deprecatedBy"),
};
static const struct row_kind routine_kind = ROW_KIND("SHOW PROCEDURES", struct routine_row, routine_columns);
ROWS_READ(routines_read, struct routine_rows, &routine_kind)

bool routines_have(const struct routine_rows *rows, const char *name) {
    for (size_t i = 0; i < rows->count; i++)
        if (str_equal(rows->items[i].name, name))
            return true;
    return false;
}

/* ---- licence ---- */

static const struct row_column licence_columns[] = {
    ROW_USED(struct licence, status, TEXT, "status", ROW_NEEDED),
    ROW(struct licence, days_left, INTEGER, "daysLeftOnTrial"),
    ROW(struct licence, days_total, INTEGER, "totalTrialDays"),
};
static const struct row_kind licence_kind =
    ROW_KIND("dbms.licenseAgreementDetails()", struct licence, licence_columns);
ROW_READ(licence_read, struct licence, &licence_kind)

/* ---- security ---- */

const struct administration *auth_cache_clear(struct arena *arena) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.security.clearAuthCache()");
    return statement_end_here(&statement, EFFECT_CHANGES);
}

bool tls_reload(struct arena *arena, const struct dialect *dialect, const struct administration **out,
                struct error *err) {
    struct statement statement;

    if (!dialect_require(dialect, FORM_RELOAD_TLS, err))
        return false;
    statement_start(&statement, arena, "CALL dbms.security.reloadTLS()");
    *out = statement_end_here(&statement, EFFECT_CHANGES);
    return true;
}
