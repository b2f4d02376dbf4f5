/* Which privileges administration statements need. A row each, the longest match of words counts; a statement
 * that has no row needs all privileges on the DBMS. Source: Operations Manual, the "Required privilege" of
 * each command. */
#include "sim/neo4j/statement.h"
#include "sim/neo4j/words.h"

static const struct requirement {
    const char *words;
    enum privilege_action needs[2];
    const char *clause;      /* and only when this word comes later: ALTER DATABASE … SET ACCESS */
    bool is_on_the_database; /* that the statement names */
} requirements[] = {
    { "SHOW SERVER|SERVERS", { PRIVILEGE_SHOW_SERVERS } },
    { "ENABLE SERVER", { PRIVILEGE_SERVER_MANAGEMENT } },
    { "ALTER SERVER", { PRIVILEGE_SERVER_MANAGEMENT } },
    { "RENAME SERVER", { PRIVILEGE_SERVER_MANAGEMENT } },
    { "DROP SERVER", { PRIVILEGE_SERVER_MANAGEMENT } },
    { "DRYRUN", { PRIVILEGE_SERVER_MANAGEMENT } },
    { "DEALLOCATE", { PRIVILEGE_SERVER_MANAGEMENT } },
    { "REALLOCATE", { PRIVILEGE_SERVER_MANAGEMENT } },

    { "SHOW DATABASE|DATABASES", { PRIVILEGE_NOTHING } }, /* rows are left out instead */
    { "SHOW DEFAULT|HOME DATABASE", { PRIVILEGE_NOTHING } },
    { "CREATE DATABASE", { PRIVILEGE_CREATE_DATABASE } },
    { "CREATE OR REPLACE DATABASE", { PRIVILEGE_CREATE_DATABASE, PRIVILEGE_DROP_DATABASE } },
    { "CREATE COMPOSITE DATABASE", { PRIVILEGE_CREATE_COMPOSITE } },
    { "CREATE OR REPLACE COMPOSITE DATABASE", { PRIVILEGE_CREATE_COMPOSITE, PRIVILEGE_DROP_COMPOSITE } },
    { "CREATE REPLICA DATABASE", { PRIVILEGE_CREATE_DATABASE } },
    { "DROP DATABASE", { PRIVILEGE_DROP_DATABASE } },
    { "DROP COMPOSITE DATABASE", { PRIVILEGE_DROP_COMPOSITE } },
    { "ALTER DATABASE", { PRIVILEGE_SET_DATABASE_ACCESS }, .clause = "ACCESS" },
    { "ALTER DATABASE", { PRIVILEGE_SET_DATABASE_LANGUAGE }, .clause = "LANGUAGE" },
    { "ALTER DATABASE", { PRIVILEGE_ALTER_DATABASE } },
    { "START DATABASE", { PRIVILEGE_START }, .is_on_the_database = true },
    { "STOP DATABASE", { PRIVILEGE_STOP }, .is_on_the_database = true },

    { "SHOW ALIAS|ALIASES", { PRIVILEGE_SHOW_ALIAS } },
    { "CREATE ALIAS", { PRIVILEGE_CREATE_ALIAS } },
    { "CREATE OR REPLACE ALIAS", { PRIVILEGE_CREATE_ALIAS, PRIVILEGE_DROP_ALIAS } },
    { "ALTER ALIAS", { PRIVILEGE_ALTER_ALIAS } },
    { "DROP ALIAS", { PRIVILEGE_DROP_ALIAS } },

    /* SHOW USER … PRIVILEGES, ALTER USER and the like say for themselves what they need. */
    { "SHOW USER|USERS", { PRIVILEGE_NOTHING } },
    { "SHOW CURRENT USER", { PRIVILEGE_NOTHING } },
    { "ALTER CURRENT USER", { PRIVILEGE_NOTHING } },
    { "ALTER USER|USERS", { PRIVILEGE_NOTHING } },
    { "CREATE USER", { PRIVILEGE_CREATE_USER } },
    { "CREATE OR REPLACE USER", { PRIVILEGE_DROP_USER, PRIVILEGE_CREATE_USER } },
    { "RENAME USER", { PRIVILEGE_RENAME_USER } },
    { "DROP USER", { PRIVILEGE_DROP_USER } },

    { "SHOW ROLE|ROLES", { PRIVILEGE_NOTHING } },
    { "SHOW ALL ROLE|ROLES", { PRIVILEGE_NOTHING } },
    { "SHOW POPULATED ROLE|ROLES", { PRIVILEGE_NOTHING } },
    { "CREATE IMMUTABLE? ROLE", { PRIVILEGE_CREATE_ROLE } },
    { "CREATE OR REPLACE IMMUTABLE? ROLE", { PRIVILEGE_DROP_ROLE, PRIVILEGE_CREATE_ROLE } },
    { "RENAME ROLE", { PRIVILEGE_RENAME_ROLE } },
    { "DROP ROLE", { PRIVILEGE_DROP_ROLE } },

    { "GRANT", { PRIVILEGE_NOTHING } },
    { "DENY", { PRIVILEGE_NOTHING } },
    { "REVOKE", { PRIVILEGE_NOTHING } },
    { "SHOW ALL? PRIVILEGE|PRIVILEGES", { PRIVILEGE_SHOW_PRIVILEGE } },
    { "SHOW SUPPORTED PRIVILEGE|PRIVILEGES", { PRIVILEGE_NOTHING } },

    { "SHOW AUTH RULE|RULES", { PRIVILEGE_SHOW_AUTH_RULE } },
    { "CREATE AUTH RULE", { PRIVILEGE_CREATE_AUTH_RULE } },
    { "CREATE OR REPLACE AUTH RULE", { PRIVILEGE_DROP_AUTH_RULE, PRIVILEGE_CREATE_AUTH_RULE } },
    { "ALTER AUTH RULE", { PRIVILEGE_ALTER_AUTH_RULE } },
    { "RENAME AUTH RULE", { PRIVILEGE_RENAME_AUTH_RULE } },
    { "DROP AUTH RULE", { PRIVILEGE_DROP_AUTH_RULE } },

    { "SHOW SETTING|SETTINGS", { PRIVILEGE_NOTHING } }, /* rows are left out instead */
    { "SHOW TRANSACTION|TRANSACTIONS", { PRIVILEGE_NOTHING } },
    { "TERMINATE TRANSACTION|TRANSACTIONS", { PRIVILEGE_NOTHING } },
    { "SHOW PROCEDURE|PROCEDURES", { PRIVILEGE_NOTHING } },
    { "SHOW ALL? FUNCTION|FUNCTIONS", { PRIVILEGE_NOTHING } },
    { "SHOW BUILT IN FUNCTION|FUNCTIONS", { PRIVILEGE_NOTHING } },
    { "SHOW USER DEFINED FUNCTION|FUNCTIONS", { PRIVILEGE_NOTHING } },
};

static bool has_clause(const struct statement *statement, size_t first, const char *word) {
    for (const struct token *token = &statement->cursor.tokens[first]; token->type != TOKEN_END; token++)
        if (token->type == TOKEN_WORD && !strcasecmp(token->text, word))
            return true;
    return false;
}

static const struct requirement *find(const struct statement *statement, size_t first) {
    struct cursor cursor = statement->cursor;
    const struct requirement *best = NULL;
    size_t best_words = 0;

    cursor.at = first;
    for (size_t i = 0; i < ARRAY_LENGTH(requirements); i++) {
        size_t words = words_match(&cursor, requirements[i].words);
        if (words > best_words &&
            (!requirements[i].clause || has_clause(statement, first, requirements[i].clause))) {
            best = &requirements[i];
            best_words = words;
        }
    }
    return best;
}

void statement_need(struct statement *statement, enum privilege_action action) {
    for (size_t i = 0; i < statement->need_count; i++)
        if (statement->needs[i] == action)
            return;
    ensure(statement->need_count < STATEMENT_NEEDS_MAX);
    statement->needs[statement->need_count++] = action;
}

static const char *action_name(enum privilege_action action) {
    if (action == PRIVILEGE_START)
        return "START DATABASE";
    if (action == PRIVILEGE_STOP)
        return "STOP DATABASE";
    return privilege_kind(action)->text;
}

static int compare_names(const void *a, const void *b) {
    const char *const *left = a, *const *right = b;

    return strcmp(*left, *right);
}

/* What the refusal replaces would tell an unauthorized user what there is. */
static bool refuse(struct statement *statement, bool is_denied, const char **names, size_t count) {
    qsort(names, count, sizeof(*names), compare_names);
    const char *list = names[0];
    for (size_t i = 1; i < count; i++)
        list = arena_printf(statement->arena, "%s and/or %s", list, names[i]);
    statement->failure = (struct failure){ 0 };
    return statement_fail(statement, FAILURE_FORBIDDEN,
                          "Permission %s for %s. Try executing SHOW USER PRIVILEGES to determine the missing "
                          "or denied privileges. In case of missing privileges, they need to be granted (See "
                          "GRANT). In case of denied privileges, they need to be revoked (See REVOKE) and "
                          "granted.",
                          is_denied ? "denied" : "has not been granted", list);
}

bool statement_authorize(struct statement *statement, size_t first) {
    const struct requirement *requirement = find(statement, first);
    const char *denied[STATEMENT_NEEDS_MAX], *missing[STATEMENT_NEEDS_MAX];
    size_t denied_count = 0, missing_count = 0;

    if (statement->failure.kind == FAILURE_SYNTAX || statement->failure.kind == FAILURE_PARAMETER)
        return false;
    for (size_t i = 0; i < 2 && requirement; i++)
        if (requirement->needs[i] > PRIVILEGE_NOTHING)
            statement_need(statement, requirement->needs[i]);
    if (!requirement)
        statement_need(statement, PRIVILEGE_ALL_DBMS);
    for (size_t i = 0; i < statement->need_count; i++) {
        struct privilege_object object = { .action = statement->needs[i] };
        if (requirement && requirement->is_on_the_database)
            object.database = json_string_at(statement->write, "database", NULL);
        enum permission permission =
            privilege_permission(&statement->process->state, statement->user, &object);
        if (permission == PERMISSION_DENIED)
            denied[denied_count++] = action_name(statement->needs[i]);
        else if (permission == PERMISSION_NOT_GRANTED)
            missing[missing_count++] = action_name(statement->needs[i]);
    }
    if (denied_count)
        return refuse(statement, true, denied, denied_count);
    return !missing_count || refuse(statement, false, missing, missing_count);
}

/* ---- procedures ---- */

/* Those that are annotated as admin procedures, and which privilege they ask for besides being executed.
 * Source: Operations Manual, procedures. Sorted by name. */
static const struct procedure_requirement {
    const char *name;
    enum privilege_action needs;
} admin_procedures[] = {
    { "dbms.cluster.checkConnectivity", PRIVILEGE_NOTHING },
    { "dbms.cluster.cordonServer", PRIVILEGE_SERVER_MANAGEMENT },
    { "dbms.cluster.deallocateDatabaseFromServer", PRIVILEGE_SERVER_MANAGEMENT },
    { "dbms.cluster.deallocateDatabaseFromServers", PRIVILEGE_SERVER_MANAGEMENT },
    { "dbms.cluster.deallocateNumberOfDatabases", PRIVILEGE_SERVER_MANAGEMENT },
    { "dbms.cluster.protocols", PRIVILEGE_NOTHING },
    { "dbms.cluster.reallocateDatabase", PRIVILEGE_SERVER_MANAGEMENT },
    { "dbms.cluster.reallocateNumberOfDatabases", PRIVILEGE_SERVER_MANAGEMENT },
    { "dbms.cluster.recreateDatabase", PRIVILEGE_DATABASE_MANAGEMENT },
    { "dbms.cluster.secondaryReplicationDisable", PRIVILEGE_NOTHING },
    { "dbms.cluster.setAutomaticallyEnableFreeServers", PRIVILEGE_SERVER_MANAGEMENT },
    { "dbms.cluster.statusCheck", PRIVILEGE_NOTHING },
    { "dbms.cluster.uncordonServer", PRIVILEGE_SERVER_MANAGEMENT },
    { "dbms.listConfig", PRIVILEGE_NOTHING },
    { "dbms.promoteReplicaDatabase", PRIVILEGE_DATABASE_MANAGEMENT },
    { "dbms.quarantineDatabase", PRIVILEGE_NOTHING },
    { "dbms.recreateDatabase", PRIVILEGE_DATABASE_MANAGEMENT },
    { "dbms.security.clearAuthCache", PRIVILEGE_NOTHING },
    { "dbms.security.reloadTLS", PRIVILEGE_NOTHING },
    { "dbms.setConfigValue", PRIVILEGE_NOTHING },
    { "dbms.setDatabaseAllocator", PRIVILEGE_NOTHING },
    { "dbms.setDefaultAllocationNumbers", PRIVILEGE_NOTHING },
    { "dbms.setDefaultDatabase", PRIVILEGE_NOTHING },
    { "dbms.showTopologyGraphConfig", PRIVILEGE_NOTHING },
    { "dbms.unquarantineDatabase", PRIVILEGE_NOTHING },
    { "dbms.upgrade", PRIVILEGE_NOTHING },
    { "dbms.upgradeStatus", PRIVILEGE_NOTHING },
};

static int compare_procedures(const void *key, const void *row) {
    const struct procedure_requirement *requirement = row;

    return strcmp(key, requirement->name);
}

static const struct procedure_requirement *requirement_of(const char *procedure) {
    return bsearch(procedure, admin_procedures, ARRAY_LENGTH(admin_procedures), sizeof(*admin_procedures),
                   compare_procedures);
}

bool statement_procedure_is_executable(const struct statement *statement, const char *user,
                                       const char *procedure) {
    const struct cluster_state *state = &statement->process->state;
    const struct procedure_requirement *admin = requirement_of(procedure);

    return privilege_allows_procedure(state, user, procedure, admin != NULL) &&
           (!admin || admin->needs == PRIVILEGE_NOTHING || privilege_allows(state, user, admin->needs, NULL));
}

bool statement_authorize_procedure(struct statement *statement, const char *procedure) {
    const struct cluster_state *state = &statement->process->state;
    const struct procedure_requirement *admin = requirement_of(procedure);

    if (!privilege_allows_procedure(state, statement->user, procedure, admin != NULL))
        return authorization_forbid(state, statement->arena, statement->user, &statement->failure,
                                    "Executing %sprocedure '%s' permission has not been granted",
                                    admin ? "admin " : "", procedure);
    if (admin && admin->needs != PRIVILEGE_NOTHING &&
        !privilege_allows(state, statement->user, admin->needs, NULL))
        return refuse(statement, false, (const char *[]){ action_name(admin->needs) }, 1);
    return true;
}
