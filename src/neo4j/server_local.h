/* What one server says of itself and does for itself: settings, transactions, connections, procedures,
 * licence. Each concerns only the server that is asked, and is never forwarded. */
#pragma once

#include "neo4j/dialect.h"
#include "neo4j/statement.h"

/* ---- settings. Source: Cypher manual, "SHOW SETTINGS"; Operations Manual, "Update dynamic settings" ---- */

/* names: those that are asked for; empty: all. */
const struct administration *live_settings_show(struct arena *arena, const struct text_list *names);
struct live_setting_row {
    const char *name;
    const char *value; /* text, whatever its kind; "" also when there is none */
    bool is_dynamic;
    const char *default_value;
    const char *startup_value;
    bool is_explicit;         /* set in a file, or since the start */
    const char *valid_values; /* for people */
    bool is_deprecated;
    const char *description;
};
struct live_setting_rows {
    struct live_setting_row *items;
    size_t count;
};
CHECKED bool live_settings_read(struct arena *arena, const struct neo4j_result *result,
                                struct live_setting_rows *out_rows, struct error *err);
const struct live_setting_row *live_settings_find(const struct live_setting_rows *rows, const char *name);
/* Of a dynamic setting; lost at the next start, and only on the asked server. value "": its default. */
const struct administration *live_setting_set(struct arena *arena, const char *name, const char *value);

/* ---- transactions and connections. Source: Cypher manual, "SHOW TRANSACTIONS" ---- */

extern const char transactions_query[]; /* SHOW TRANSACTIONS YIELD * */
struct transaction_row {
    const char *id; /* "neo4j-transaction-3" */
    const char *database;
    const char *query_id;
    const char *connection_id;
    const char *client_address;
    const char *user;
    const char *query;       /* may hold data of users: not for logs */
    const char *start;       /* text, RFC 3339 */
    const char *status;      /* "Running", "Closing", "Blocked by: …", "Terminated with reason: …" */
    int64_t elapsed_ms;      /* ROW_NO_INTEGER when null */
    const char *connector;   /* "bolt", "http"; "" for the server's own */
    int64_t allocated_bytes; /* heap that its estimate counts; ROW_NO_INTEGER when it is not tracked */
    const char *outer_id;    /* of the transaction that it is an inner one of; "" for none */
};
struct transaction_rows {
    struct transaction_row *items;
    size_t count;
};
CHECKED bool transactions_read(struct arena *arena, const struct neo4j_result *result,
                               struct transaction_rows *out_rows, struct error *err);
const struct administration *transactions_terminate(struct arena *arena, const struct text_list *ids);
struct termination_row {
    const char *id;
    const char *user;
    const char *message; /* "Transaction terminated.", or why not */
};
struct termination_rows {
    struct termination_row *items;
    size_t count;
};
CHECKED bool terminations_read(struct arena *arena, const struct neo4j_result *result,
                               struct termination_rows *out_rows, struct error *err);

extern const char connections_query[]; /* CALL dbms.listConnections() */
struct connection_row {
    const char *id;
    const char *connect_time; /* RFC 3339 */
    const char *connector;
    const char *user;
    const char *user_agent;
    const char *server_address;
    const char *client_address;
};
struct connection_rows {
    struct connection_row *items;
    size_t count;
};
CHECKED bool connections_read(struct arena *arena, const struct neo4j_result *result,
                              struct connection_rows *out_rows, struct error *err);

/* ---- procedures and functions ---- */

extern const char procedures_query[]; /* SHOW PROCEDURES YIELD * */
extern const char functions_query[];  /* SHOW FUNCTIONS YIELD * */
struct routine_row {
    const char *name;
    const char *description;
    const char *signature;
    const char *mode;     /* "READ", "WRITE", "SCHEMA", "DBMS"; "" of functions */
    bool works_on_system; /* of procedures */
    bool needs_admin;     /* of procedures */
    bool is_builtin;      /* of functions */
    bool is_deprecated;
    const char *deprecated_by;
};
struct routine_rows {
    struct routine_row *items;
    size_t count;
};
CHECKED bool routines_read(struct arena *arena, const struct neo4j_result *result,
                           struct routine_rows *out_rows, struct error *err);
/* Whether a plug-in, or a version, has brought the procedure or function. */
bool routines_have(const struct routine_rows *rows, const char *name);

/* ---- licence. Source: Operations Manual, "Procedures", dbms.licenseAgreementDetails ---- */

extern const char licence_query[];
struct licence {
    const char *status; /* "yes", "eval", "expired", "no" */
    int64_t days_left;  /* of an evaluation; ROW_NO_INTEGER without one */
    int64_t days_total;
};
CHECKED bool licence_read(struct arena *arena, const struct neo4j_result *result, struct licence *out_licence,
                          struct error *err);

/* ---- security ---- */

/* So that changes at an identity provider count at once. */
const struct administration *auth_cache_clear(struct arena *arena);
/* Certificates that were renewed, without a restart; 2025.03, and dbms.security.tls_reload_enabled. */
CHECKED bool tls_reload(struct arena *arena, const struct dialect *dialect, const struct administration **out,
                        struct error *err);
