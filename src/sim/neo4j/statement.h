/* Statements: what a server answers to a text of Cypher.
 *
 * A statement is read and run at once against this server's own copy of the state. What has to change the
 * system database comes out as a request (see administration.h), which the caller brings to the leader; the
 * rows are those to show once it has taken effect. Families of statements: statements_*.c, procedures.c.
 */
#pragma once

#include "sim/neo4j/authorization.h"
#include "sim/neo4j/notification.h"
#include "sim/neo4j/server.h"
#include "sim/neo4j/table.h"
#include "sim/neo4j/transaction.h"

/* What a statement changed, as its summary counts it. */
struct statement_counters {
    int64_t nodes_created;
    int64_t nodes_deleted;
    int64_t properties_set;
    int64_t labels_added;
    int64_t labels_removed;
    int64_t indexes_added;
    int64_t indexes_removed;
    int64_t constraints_added;
    int64_t constraints_removed;
};

enum { STATEMENT_NEEDS_MAX = 8 };

struct statement {
    /* Given. */
    struct arena *arena;
    struct neo4j_process *process;
    const char *text;
    const struct bolt_value *parameters; /* map or NULL */
    const char *database;                /* that the session is on */
    const char *user;                    /* "" when authentication is off */
    bool is_impersonated;                /* user is another one than who logged in */
    bool must_change_password;
    bool routes_by_address;          /* routing tables name addresses instead of hosts */
    struct transaction *transaction; /* of the database; NULL: entries can't be used */
    bool is_explicit;                /* the client began the transaction */
    bool prefers_leader;             /* entries are to be read where they can be written */

    /* Made. */
    struct cursor cursor;
    struct failure failure;
    struct table table;
    const char *type;                                 /* "r", "w", "rw", "s" */
    struct json *write;                               /* the request, or NULL */
    bool is_administration;                           /* it ran on system */
    enum privilege_action needs[STATEMENT_NEEDS_MAX]; /* besides what its words need */
    size_t need_count;
    int language;    /* 5 or 25: of the prefix, else of the DBMS */
    int64_t updates; /* of the system database, as its summary counts them */
    struct notification *notifications;
    size_t notification_count;
    /* What comes after the write has taken effect here, or instead of one: waiting until is_reached says so,
     * or at most wait_ms; and making the rows. NULL: there is no such step. */
    bool (*is_reached)(const struct statement *statement);
    int64_t wait_ms;
    bool is_waiting;
    uint64_t waited_index;        /* of the system database, once it waits */
    struct json *waiting;         /* what else it waits for */
    bool explains;                /* EXPLAIN: nothing is done, and no rows come */
    bool profiles;                /* PROFILE */
    bool is_update;               /* it has a clause that changes entries */
    bool has_result;              /* its last clause gives rows to the client */
    enum transaction_place place; /* where it could be done, when it failed for being done here */
    struct statement_counters counters;
    bool (*finish)(struct statement *statement);
};

/* False and failure. */
bool statement_run(struct statement *statement);

/* One kind of statement: the words that it begins with, alternatives divided by "|". The longest match
 * counts. */
struct statement_form {
    const char *words;
    bool (*run)(struct statement *statement);
    bool is_administration;
    bool is_allowed_expired; /* also with a password that must be changed */
};
/* Each ends with a row without words. */
extern const struct statement_form statements_of_servers[];
extern const struct statement_form statements_of_databases[];
extern const struct statement_form statements_of_shown_databases[];
extern const struct statement_form statements_of_aliases[];
extern const struct statement_form statements_of_transactions[];
extern const struct statement_form statements_of_procedures[];
extern const struct statement_form statements_of_functions[];
extern const struct statement_form statements_of_users[];
extern const struct statement_form statements_of_user_changes[];
extern const struct statement_form statements_of_roles[];
extern const struct statement_form statements_of_privileges[];
extern const struct statement_form statements_of_auth_rules[];
extern const struct statement_form statements_of_settings[];
extern const struct statement_form statements_of_queries[];
extern const struct statement_form statements_of_schema[];

/* ---- for the families ---- */

/* The request that the statement makes: {op}. */
struct json *statement_write(struct statement *statement, const char *op);
/* An OPTIONS map: a literal or a parameter. */
bool statement_options(struct statement *statement, struct json **out_options);
/* 'a', 'b', or one parameter or list of them; *out_texts is NULL when none is given. */
bool statement_texts(struct statement *statement, struct bolt_value **out_texts);
/* LANGUAGE CYPHER 5 or 25, 2025.06+: sets "language" in the request. */
bool statement_language(struct statement *statement);
/* [EXECUTABLE [BY CURRENT USER | BY name]]: *out_user, whose procedures or functions are wanted, stays NULL
 * without it. */
bool statement_executable(struct statement *statement, const char **out_user);
/* [IF EXISTS] and the like: sets the flag in the request. */
bool statement_existence(struct statement *statement, bool is_negated, const char *flag);
bool statement_fail(struct statement *statement, enum failure_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Says something besides the rows; first and second fill the notification's holes and are copied. */
void statement_notify(struct statement *statement, enum notification_kind kind, const char *first,
                      const char *second);
/* Columns of a command that this version has, into the statement's table. */
void statement_columns(struct statement *statement, const struct table_column *columns, size_t count);
/* statements_wait.c: [WAIT [n [SECONDS]] | NOWAIT]: whether to wait until all servers have processed the
 * order, and to say how each of them fared. */
bool statement_wait(struct statement *statement);

/* statement_authorization.c: whether the user has the privileges that an administration statement needs,
 * which begins at token first. Failures of syntax come before, all others after a refusal: they would tell
 * things. */
bool statement_authorize(struct statement *statement, size_t first);
/* Whether the user may call a procedure, and what it does. */
bool statement_authorize_procedure(struct statement *statement, const char *procedure);
/* The same of some user, for those that are listed. */
bool statement_procedure_is_executable(const struct statement *statement, const char *user,
                                       const char *procedure);
/* The statement needs this privilege, too. */
void statement_need(struct statement *statement, enum privilege_action action);
/* Names of users, roles and the like: an identifier or a parameter, but no string. */
bool statement_name(struct statement *statement, char **out_name);
/* One or more of them, divided by commas, as an array of strings in arena. */
bool statement_names(struct statement *statement, struct json **out_names);

/* Whether the version has auth rules, which only Cypher 25 knows. */
bool statement_has_auth_rules(const struct statement *statement);
/* statements_show_privileges.c: SHOW PRIVILEGES; SHOW ROLE and SHOW USER … PRIVILEGES from their names on. */
bool privileges_show_all(struct statement *statement);
bool privileges_show_of_roles(struct statement *statement);
bool privileges_show_of_users(struct statement *statement);
bool privileges_show_supported(struct statement *statement);

/* statements_queries.c: makes sure that entries can be read, or changed, here. */
bool statement_reads(struct statement *statement);
bool statement_writes(struct statement *statement);
/* procedures.c: CALL name(arguments) [YIELD …], as one clause over the table. */
bool procedure_call(struct statement *statement, bool is_only_clause);
/* statements_settings.c: rows of settings, all of them or those in names (a list or NULL). */
bool settings_add_rows(struct statement *statement, const struct bolt_value *names);
/* Into out the rows of what the request would move: {database, fromServerName …}. With dry_run nothing is
 * written. */
bool statement_moves(struct statement *statement, struct table *out, bool dry_run);
/* The bolt address of a server as clients see it, or NULL; in arena. */
const char *statement_server_address(const struct statement *statement, const char *id, const char *key);
/* Of the user in the cluster state; NULL without authentication. */
const struct state_user *statement_user(const struct statement *statement);
/* "2026-01-01T00:00:00.000Z"; in arena. */
char *statement_time(struct arena *arena, int64_t wall_ns);
/* 64 hexadecimal digits, upper case, as ids of databases are shown. */
char *statement_store_id(struct arena *arena, const char *id);

/* routing.c: {ttl, db, servers}, in arena; NULL and a failure for an unknown database. */
struct bolt_value *routing_table(struct neo4j_process *process, struct arena *arena, const char *database,
                                 bool by_address, struct failure *failure);
/* Whether this server believes that server id leads the database, which state knows (NULL: system). */
bool database_is_led_by(const struct neo4j_process *process, const struct state_database *database,
                        const char *id);
/* "online", "starting" …, as this server knows it; NULL: not known. */
const char *database_status_on(const struct neo4j_process *process, const struct state_database *database,
                               const char *id);
/* Why the database could not be started there; "" when nothing is wrong. */
const char *database_message_on(const struct neo4j_process *process, const struct state_database *database,
                                const char *id);
/* The members of the database's group that a server knows, by the number of their changes. */
uint64_t database_epoch_on(const struct neo4j_process *process, const struct state_database *database,
                           const char *id);
