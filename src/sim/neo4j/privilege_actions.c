/* The actions that roles may have. Names, words and hierarchy: Operations Manual, manage privileges (SHOW
 * SUPPORTED PRIVILEGES, the hierarchies of graph, database and DBMS privileges). */
#include "sim/neo4j/privilege.h"

#define GRAPH    .target = PRIVILEGE_OF_GRAPH
#define DATABASE .target = PRIVILEGE_OF_DATABASE
#define DBMS     .target = PRIVILEGE_OF_DBMS
#define IN(...)  .parents = { __VA_ARGS__ }

static const struct privilege_kind kinds[PRIVILEGE_ACTIONS_COUNT] = {
    /* ---- graph ---- */
    [PRIVILEGE_ALL_GRAPH] = { "ALL GRAPH PRIVILEGES", "ALL GRAPH PRIVILEGES", "graph_actions", GRAPH,
                              .has_no_pattern = true,
                              .description = "allows all actions on the specified graph" },
    [PRIVILEGE_TRAVERSE] = { "TRAVERSE", "TRAVERSE", "traverse", GRAPH, QUALIFIED_BY_ENTITIES,
                             IN(PRIVILEGE_MATCH),
                             .description = "enables the specified entities to be found" },
    [PRIVILEGE_READ] = { "READ", "READ", "read", GRAPH, QUALIFIED_BY_PROPERTIES, IN(PRIVILEGE_MATCH),
                         .description =
                             "enables the specified properties to be read on the specified entities" },
    [PRIVILEGE_MATCH] = { "MATCH", "MATCH", "match", GRAPH, QUALIFIED_BY_PROPERTIES,
                          IN(PRIVILEGE_ALL_GRAPH, PRIVILEGE_MERGE),
                          .description = "enables the specified entities to be found and the specified "
                                         "properties to be read" },
    [PRIVILEGE_MERGE] = { "MERGE", "MERGE", "merge", GRAPH, QUALIFIED_BY_PROPERTIES, IN(PRIVILEGE_ALL_GRAPH),
                          .has_no_pattern = true,
                          .description = "enables the specified entities to be found, created, and their "
                                         "specified properties to be read and set" },
    [PRIVILEGE_CREATE] = { "CREATE", "CREATE", "create_element", GRAPH, QUALIFIED_BY_ENTITIES,
                           IN(PRIVILEGE_WRITE, PRIVILEGE_MERGE), .has_no_pattern = true,
                           .description = "allows the specified entities to be created" },
    [PRIVILEGE_DELETE] = { "DELETE", "DELETE", "delete_element", GRAPH, QUALIFIED_BY_ENTITIES,
                           IN(PRIVILEGE_WRITE), .has_no_pattern = true,
                           .description = "allows the specified entities to be deleted" },
    [PRIVILEGE_SET_LABEL] = { "SET LABEL|LABELS", "SET LABEL", "set_label", GRAPH, QUALIFIED_BY_LABELS,
                              IN(PRIVILEGE_WRITE), .has_no_pattern = true,
                              .description = "allows the specified labels to be set" },
    [PRIVILEGE_REMOVE_LABEL] = { "REMOVE LABEL|LABELS", "REMOVE LABEL", "remove_label", GRAPH,
                                 QUALIFIED_BY_LABELS, IN(PRIVILEGE_WRITE), .has_no_pattern = true,
                                 .description = "allows the specified labels to be removed" },
    [PRIVILEGE_SET_PROPERTY] = { "SET PROPERTY|PROPERTIES", "SET PROPERTY", "set_property", GRAPH,
                                 QUALIFIED_BY_PROPERTIES, IN(PRIVILEGE_WRITE, PRIVILEGE_MERGE),
                                 .has_no_pattern = true,
                                 .description =
                                     "allows the specified properties to be set on the specified entities" },
    [PRIVILEGE_WRITE] = { "WRITE", "WRITE", "write", GRAPH, IN(PRIVILEGE_ALL_GRAPH), .has_no_pattern = true,
                          .description = "allows all WRITE operations on an entire graph" },

    /* ---- database; ALL DATABASE PRIVILEGES has neither START and STOP nor transactions ---- */
    [PRIVILEGE_ALL_DATABASE] = { "ALL DATABASE PRIVILEGES", "ALL DATABASE PRIVILEGES", "database_actions",
                                 DATABASE, .description = "allows all actions on the specified database" },
    [PRIVILEGE_ACCESS] = { "ACCESS", "ACCESS", "access", DATABASE, IN(PRIVILEGE_ALL_DATABASE),
                           .description = "enables access to the specified database" },
    [PRIVILEGE_START] = { "START", "START", "start_database", DATABASE,
                          .description = "allows the specified database to be started" },
    [PRIVILEGE_STOP] = { "STOP", "STOP", "stop_database", DATABASE,
                         .description = "allows the specified database to be stopped" },
    [PRIVILEGE_INDEX_MANAGEMENT] = { "INDEX|INDEXES MANAGEMENT?", "INDEX MANAGEMENT", "index", DATABASE,
                                     IN(PRIVILEGE_ALL_DATABASE),
                                     .description = "allows indexes to be created, dropped and listed on "
                                                    "the specified database" },
    [PRIVILEGE_CREATE_INDEX] = { "CREATE INDEX|INDEXES", "CREATE INDEX", "create_index", DATABASE,
                                 IN(PRIVILEGE_INDEX_MANAGEMENT),
                                 .description = "allows indexes to be created on the specified database" },
    [PRIVILEGE_DROP_INDEX] = { "DROP INDEX|INDEXES", "DROP INDEX", "drop_index", DATABASE,
                               IN(PRIVILEGE_INDEX_MANAGEMENT),
                               .description = "allows indexes to be dropped on the specified database" },
    [PRIVILEGE_SHOW_INDEX] = { "SHOW INDEX|INDEXES", "SHOW INDEX", "show_index", DATABASE,
                               IN(PRIVILEGE_INDEX_MANAGEMENT),
                               .description = "allows indexes to be listed on the specified database" },
    [PRIVILEGE_CONSTRAINT_MANAGEMENT] = { "CONSTRAINT|CONSTRAINTS MANAGEMENT?", "CONSTRAINT MANAGEMENT",
                                          "constraint", DATABASE, IN(PRIVILEGE_ALL_DATABASE),
                                          .description = "allows constraints to be created, dropped and "
                                                         "listed on the specified database" },
    [PRIVILEGE_CREATE_CONSTRAINT] = { "CREATE CONSTRAINT|CONSTRAINTS", "CREATE CONSTRAINT",
                                      "create_constraint", DATABASE, IN(PRIVILEGE_CONSTRAINT_MANAGEMENT),
                                      .description =
                                          "allows constraints to be created on the specified database" },
    [PRIVILEGE_DROP_CONSTRAINT] = { "DROP CONSTRAINT|CONSTRAINTS", "DROP CONSTRAINT", "drop_constraint",
                                    DATABASE, IN(PRIVILEGE_CONSTRAINT_MANAGEMENT),
                                    .description =
                                        "allows constraints to be dropped on the specified database" },
    [PRIVILEGE_SHOW_CONSTRAINT] = { "SHOW CONSTRAINT|CONSTRAINTS", "SHOW CONSTRAINT", "show_constraint",
                                    DATABASE, IN(PRIVILEGE_CONSTRAINT_MANAGEMENT),
                                    .description =
                                        "allows constraints to be listed on the specified database" },
    [PRIVILEGE_NAME_MANAGEMENT] = { "NAME MANAGEMENT?", "NAME MANAGEMENT", "token", DATABASE,
                                    IN(PRIVILEGE_ALL_DATABASE),
                                    .description = "allows new labels, relationship types and property "
                                                   "names to be created on the specified database" },
    [PRIVILEGE_CREATE_LABEL] = { "CREATE NEW? NODE? LABEL|LABELS", "CREATE NEW NODE LABEL", "create_label",
                                 DATABASE, IN(PRIVILEGE_NAME_MANAGEMENT),
                                 .description = "allows new labels to be created on the specified database" },
    [PRIVILEGE_CREATE_TYPE] = { "CREATE NEW? RELATIONSHIP? TYPE|TYPES", "CREATE NEW RELATIONSHIP TYPE",
                                "create_reltype", DATABASE, IN(PRIVILEGE_NAME_MANAGEMENT),
                                .description = "allows new relationship types to be created on the "
                                               "specified database" },
    [PRIVILEGE_CREATE_PROPERTY_NAME] = { "CREATE NEW? PROPERTY? NAME|NAMES", "CREATE NEW PROPERTY NAME",
                                         "create_propertykey", DATABASE, IN(PRIVILEGE_NAME_MANAGEMENT),
                                         .description = "allows new property names to be created on the "
                                                        "specified database" },
    [PRIVILEGE_TRANSACTION_MANAGEMENT] = { "TRANSACTION MANAGEMENT?", "TRANSACTION MANAGEMENT",
                                           "transaction_management", DATABASE, QUALIFIED_BY_USERS,
                                           .description =
                                               "allows listing and ending transactions and queries for the "
                                               "specified users on the specified database" },
    [PRIVILEGE_SHOW_TRANSACTION] = { "SHOW TRANSACTION|TRANSACTIONS", "SHOW TRANSACTION", "show_transaction",
                                     DATABASE, QUALIFIED_BY_USERS, IN(PRIVILEGE_TRANSACTION_MANAGEMENT),
                                     .description = "allows listing transactions and queries for the "
                                                    "specified users on the specified database" },
    [PRIVILEGE_TERMINATE_TRANSACTION] = { "TERMINATE TRANSACTION|TRANSACTIONS", "TERMINATE TRANSACTION",
                                          "terminate_transaction", DATABASE, QUALIFIED_BY_USERS,
                                          IN(PRIVILEGE_TRANSACTION_MANAGEMENT),
                                          .description = "allows ending transactions and queries for the "
                                                         "specified users on the specified database" },

    /* ---- DBMS ---- */
    [PRIVILEGE_ALL_DBMS] = { "ALL DBMS PRIVILEGES", "ALL DBMS PRIVILEGES", "dbms_actions", DBMS,
                             .description = "allows all actions on the DBMS" },
    [PRIVILEGE_ROLE_MANAGEMENT] = { "ROLE MANAGEMENT", "ROLE MANAGEMENT", "role_management", DBMS,
                                    IN(PRIVILEGE_ALL_DBMS),
                                    .description = "enables the specified roles to create, delete, assign, "
                                                   "remove and list roles" },
    [PRIVILEGE_CREATE_ROLE] = { "CREATE ROLE", "CREATE ROLE", "create_role", DBMS,
                                IN(PRIVILEGE_ROLE_MANAGEMENT),
                                .description = "enables the specified roles to create new roles" },
    [PRIVILEGE_RENAME_ROLE] = { "RENAME ROLE", "RENAME ROLE", "rename_role", DBMS,
                                IN(PRIVILEGE_ROLE_MANAGEMENT),
                                .description = "enables the specified roles to change the name of roles" },
    [PRIVILEGE_DROP_ROLE] = { "DROP ROLE", "DROP ROLE", "drop_role", DBMS, IN(PRIVILEGE_ROLE_MANAGEMENT),
                              .description = "enables the specified roles to delete roles" },
    [PRIVILEGE_ASSIGN_ROLE] = { "ASSIGN ROLE", "ASSIGN ROLE", "assign_role", DBMS,
                                IN(PRIVILEGE_ROLE_MANAGEMENT),
                                .description = "enables the specified roles to assign roles to users" },
    [PRIVILEGE_REMOVE_ROLE] = { "REMOVE ROLE", "REMOVE ROLE", "remove_role", DBMS,
                                IN(PRIVILEGE_ROLE_MANAGEMENT),
                                .description = "enables the specified roles to remove roles from users" },
    [PRIVILEGE_SHOW_ROLE] = { "SHOW ROLE", "SHOW ROLE", "show_role", DBMS, IN(PRIVILEGE_ROLE_MANAGEMENT),
                              .description = "enables the specified roles to list roles" },
    [PRIVILEGE_USER_MANAGEMENT] = { "USER MANAGEMENT", "USER MANAGEMENT", "user_management", DBMS,
                                    IN(PRIVILEGE_ALL_DBMS),
                                    .description = "enables the specified roles to create, delete, modify, "
                                                   "and list users" },
    [PRIVILEGE_CREATE_USER] = { "CREATE USER", "CREATE USER", "create_user", DBMS,
                                IN(PRIVILEGE_USER_MANAGEMENT),
                                .description = "enables the specified roles to create new users" },
    [PRIVILEGE_RENAME_USER] = { "RENAME USER", "RENAME USER", "rename_user", DBMS,
                                IN(PRIVILEGE_USER_MANAGEMENT),
                                .description = "enables the specified roles to change the name of users" },
    [PRIVILEGE_ALTER_USER] = { "ALTER USER", "ALTER USER", "alter_user", DBMS, IN(PRIVILEGE_USER_MANAGEMENT),
                               .description = "enables the specified roles to modify users" },
    [PRIVILEGE_SET_PASSWORDS] = { "SET PASSWORD|PASSWORDS", "SET PASSWORDS", "set_passwords", DBMS,
                                  IN(PRIVILEGE_ALTER_USER),
                                  .description = "enables the specified roles to modify users' passwords" },
    [PRIVILEGE_SET_AUTH] = { "SET AUTH", "SET AUTH", "set_auth", DBMS, IN(PRIVILEGE_ALTER_USER),
                             .description = "enables the specified roles to set or remove users' auth "
                                            "providers" },
    [PRIVILEGE_SET_USER_STATUS] = { "SET USER STATUS", "SET USER STATUS", "set_user_status", DBMS,
                                    IN(PRIVILEGE_ALTER_USER),
                                    .description = "enables the specified roles to modify the account "
                                                   "status of users" },
    [PRIVILEGE_SET_USER_HOME_DATABASE] = { "SET USER HOME DATABASE", "SET USER HOME DATABASE",
                                           "set_user_home_database", DBMS, IN(PRIVILEGE_ALTER_USER),
                                           .description = "enables the specified roles to modify the home "
                                                          "database of users" },
    [PRIVILEGE_DROP_USER] = { "DROP USER", "DROP USER", "drop_user", DBMS, IN(PRIVILEGE_USER_MANAGEMENT),
                              .description = "enables the specified roles to delete users" },
    [PRIVILEGE_SHOW_USER] = { "SHOW USER", "SHOW USER", "show_user", DBMS, IN(PRIVILEGE_USER_MANAGEMENT),
                              .description = "enables the specified roles to list users" },
    [PRIVILEGE_USER_METADATA_MANAGEMENT] = { "USER METADATA MANAGEMENT", "USER METADATA MANAGEMENT",
                                             "user_metadata_management", DBMS, IN(PRIVILEGE_ALL_DBMS),
                                             .since = 202606,
                                             .description = "enables the specified roles to set, remove, "
                                                            "and view attributes and tags on users" },
    [PRIVILEGE_SET_USER_METADATA] = { "SET USER METADATA", "SET USER METADATA", "set_user_metadata", DBMS,
                                      IN(PRIVILEGE_USER_METADATA_MANAGEMENT), .since = 202606,
                                      .description = "enables the specified roles to set and remove "
                                                     "attributes and tags on users" },
    [PRIVILEGE_SHOW_USER_METADATA] = { "SHOW USER METADATA", "SHOW USER METADATA", "show_user_metadata", DBMS,
                                       IN(PRIVILEGE_USER_METADATA_MANAGEMENT), .since = 202606,
                                       .description = "enables the specified roles to view attributes and "
                                                      "tags on users" },
    [PRIVILEGE_AUTH_RULE_MANAGEMENT] = { "AUTH RULE MANAGEMENT", "AUTH RULE MANAGEMENT",
                                         "auth_rule_management", DBMS, IN(PRIVILEGE_ALL_DBMS),
                                         .since = 202603,
                                         .description = "enables the specified roles to create, delete, "
                                                        "modify, rename and list auth rules" },
    [PRIVILEGE_CREATE_AUTH_RULE] = { "CREATE AUTH RULE", "CREATE AUTH RULE", "create_auth_rule", DBMS,
                                     IN(PRIVILEGE_AUTH_RULE_MANAGEMENT), .since = 202603,
                                     .description = "enables the specified roles to create new auth rules" },
    [PRIVILEGE_ALTER_AUTH_RULE] = { "ALTER AUTH RULE", "ALTER AUTH RULE", "alter_auth_rule", DBMS,
                                    IN(PRIVILEGE_AUTH_RULE_MANAGEMENT), .since = 202603,
                                    .description = "enables the specified roles to modify auth rules" },
    [PRIVILEGE_RENAME_AUTH_RULE] = { "RENAME AUTH RULE", "RENAME AUTH RULE", "rename_auth_rule", DBMS,
                                     IN(PRIVILEGE_AUTH_RULE_MANAGEMENT), .since = 202603,
                                     .description = "enables the specified roles to change the name of "
                                                    "auth rules" },
    [PRIVILEGE_DROP_AUTH_RULE] = { "DROP AUTH RULE", "DROP AUTH RULE", "drop_auth_rule", DBMS,
                                   IN(PRIVILEGE_AUTH_RULE_MANAGEMENT), .since = 202603,
                                   .description = "enables the specified roles to delete auth rules" },
    [PRIVILEGE_SHOW_AUTH_RULE] = { "SHOW AUTH RULE", "SHOW AUTH RULE", "show_auth_rule", DBMS,
                                   IN(PRIVILEGE_AUTH_RULE_MANAGEMENT), .since = 202603,
                                   .description = "enables the specified roles to list auth rules" },
    [PRIVILEGE_IMPERSONATE] = { "IMPERSONATE", "IMPERSONATE", "impersonate", DBMS, QUALIFIED_BY_USERS,
                                IN(PRIVILEGE_ALL_DBMS),
                                .description = "enables the specified roles to impersonate the specified "
                                               "users" },
    [PRIVILEGE_DATABASE_MANAGEMENT] = { "DATABASE MANAGEMENT", "DATABASE MANAGEMENT", "database_management",
                                        DBMS, IN(PRIVILEGE_ALL_DBMS),
                                        .description = "enables the specified roles to create, delete and "
                                                       "modify databases" },
    [PRIVILEGE_CREATE_DATABASE] = { "CREATE DATABASE", "CREATE DATABASE", "create_database", DBMS,
                                    IN(PRIVILEGE_DATABASE_MANAGEMENT),
                                    .description = "enables the specified roles to create new databases" },
    [PRIVILEGE_DROP_DATABASE] = { "DROP DATABASE", "DROP DATABASE", "drop_database", DBMS,
                                  IN(PRIVILEGE_DATABASE_MANAGEMENT),
                                  .description = "enables the specified roles to delete databases" },
    [PRIVILEGE_ALTER_DATABASE] = { "ALTER DATABASE", "ALTER DATABASE", "alter_database", DBMS,
                                   IN(PRIVILEGE_DATABASE_MANAGEMENT),
                                   .description = "enables the specified roles to modify databases" },
    [PRIVILEGE_SET_DATABASE_ACCESS] = { "SET DATABASE ACCESS", "SET DATABASE ACCESS", "set_database_access",
                                        DBMS, IN(PRIVILEGE_ALTER_DATABASE),
                                        .description = "enables the specified roles to modify the access "
                                                       "to databases" },
    [PRIVILEGE_SET_DATABASE_LANGUAGE] = { "SET DATABASE DEFAULT LANGUAGE", "SET DATABASE DEFAULT LANGUAGE",
                                          "set_database_default_language", DBMS, IN(PRIVILEGE_ALTER_DATABASE),
                                          .since = 202506,
                                          .description = "enables the specified roles to modify the "
                                                         "default language of databases" },
    [PRIVILEGE_COMPOSITE_MANAGEMENT] = { "COMPOSITE DATABASE MANAGEMENT", "COMPOSITE DATABASE MANAGEMENT",
                                         "composite_database_management", DBMS,
                                         IN(PRIVILEGE_DATABASE_MANAGEMENT),
                                         .description = "enables the specified roles to create, delete and "
                                                        "modify composite databases" },
    [PRIVILEGE_CREATE_COMPOSITE] = { "CREATE COMPOSITE DATABASE", "CREATE COMPOSITE DATABASE",
                                     "create_composite_database", DBMS, IN(PRIVILEGE_COMPOSITE_MANAGEMENT),
                                     .description = "enables the specified roles to create new composite "
                                                    "databases" },
    [PRIVILEGE_DROP_COMPOSITE] = { "DROP COMPOSITE DATABASE", "DROP COMPOSITE DATABASE",
                                   "drop_composite_database", DBMS, IN(PRIVILEGE_COMPOSITE_MANAGEMENT),
                                   .description = "enables the specified roles to delete composite "
                                                  "databases" },
    [PRIVILEGE_ALTER_COMPOSITE] = { "ALTER COMPOSITE DATABASE", "ALTER COMPOSITE DATABASE",
                                    "alter_composite_database", DBMS, IN(PRIVILEGE_COMPOSITE_MANAGEMENT),
                                    .description = "enables the specified roles to modify composite "
                                                   "databases" },
    [PRIVILEGE_ALIAS_MANAGEMENT] = { "ALIAS MANAGEMENT", "ALIAS MANAGEMENT", "alias_management", DBMS,
                                     IN(PRIVILEGE_ALL_DBMS),
                                     .description = "enables the specified roles to create, delete, modify "
                                                    "and list aliases" },
    [PRIVILEGE_CREATE_ALIAS] = { "CREATE ALIAS", "CREATE ALIAS", "create_alias", DBMS,
                                 IN(PRIVILEGE_ALIAS_MANAGEMENT),
                                 .description = "enables the specified roles to create new aliases" },
    [PRIVILEGE_ALTER_ALIAS] = { "ALTER ALIAS", "ALTER ALIAS", "alter_alias", DBMS,
                                IN(PRIVILEGE_ALIAS_MANAGEMENT),
                                .description = "enables the specified roles to modify aliases" },
    [PRIVILEGE_DROP_ALIAS] = { "DROP ALIAS", "DROP ALIAS", "drop_alias", DBMS, IN(PRIVILEGE_ALIAS_MANAGEMENT),
                               .description = "enables the specified roles to delete aliases" },
    [PRIVILEGE_SHOW_ALIAS] = { "SHOW ALIAS", "SHOW ALIAS", "show_alias", DBMS, IN(PRIVILEGE_ALIAS_MANAGEMENT),
                               .description = "enables the specified roles to list aliases" },
    [PRIVILEGE_PRIVILEGE_MANAGEMENT] = { "PRIVILEGE MANAGEMENT", "PRIVILEGE MANAGEMENT",
                                         "privilege_management", DBMS, IN(PRIVILEGE_ALL_DBMS),
                                         .description = "enables the specified roles to assign, remove and "
                                                        "list privileges" },
    [PRIVILEGE_ASSIGN_PRIVILEGE] = { "ASSIGN PRIVILEGE", "ASSIGN PRIVILEGE", "assign_privilege", DBMS,
                                     IN(PRIVILEGE_PRIVILEGE_MANAGEMENT),
                                     .description = "enables the specified roles to assign privileges to "
                                                    "roles" },
    [PRIVILEGE_REMOVE_PRIVILEGE] = { "REMOVE PRIVILEGE", "REMOVE PRIVILEGE", "remove_privilege", DBMS,
                                     IN(PRIVILEGE_PRIVILEGE_MANAGEMENT),
                                     .description = "enables the specified roles to remove privileges from "
                                                    "roles" },
    [PRIVILEGE_SHOW_PRIVILEGE] = { "SHOW PRIVILEGE", "SHOW PRIVILEGE", "show_privilege", DBMS,
                                   IN(PRIVILEGE_PRIVILEGE_MANAGEMENT),
                                   .description = "enables the specified roles to list privileges" },
    [PRIVILEGE_SERVER_MANAGEMENT] = { "SERVER MANAGEMENT", "SERVER MANAGEMENT", "server_management", DBMS,
                                      IN(PRIVILEGE_ALL_DBMS),
                                      .description = "enables the specified roles to show, enable, rename, "
                                                     "alter, reallocate, deallocate, and drop servers" },
    [PRIVILEGE_SHOW_SERVERS] = { "SHOW SERVER|SERVERS", "SHOW SERVERS", "show_server", DBMS,
                                 IN(PRIVILEGE_SERVER_MANAGEMENT),
                                 .description = "enables the specified roles to show servers" },
    [PRIVILEGE_EXECUTE_PROCEDURE] = { "EXECUTE PROCEDURE|PROCEDURES", "EXECUTE PROCEDURE", "execute", DBMS,
                                      QUALIFIED_BY_PROCEDURES, IN(PRIVILEGE_ALL_DBMS),
                                      .description = "enables the specified procedures to be executed" },
    [PRIVILEGE_EXECUTE_BOOSTED_PROCEDURE] = { "EXECUTE BOOSTED PROCEDURE|PROCEDURES",
                                              "EXECUTE BOOSTED PROCEDURE", "execute_boosted", DBMS,
                                              QUALIFIED_BY_PROCEDURES, IN(PRIVILEGE_ALL_DBMS),
                                              .description = "enables the specified procedures to be "
                                                             "executed with elevated privileges" },
    [PRIVILEGE_EXECUTE_ADMIN_PROCEDURES] = { "EXECUTE ADMIN|ADMINISTRATOR PROCEDURES",
                                             "EXECUTE ADMIN PROCEDURES", "execute_admin", DBMS,
                                             IN(PRIVILEGE_ALL_DBMS),
                                             .description = "enables admin procedures to be executed" },
    [PRIVILEGE_EXECUTE_FUNCTION] = { "EXECUTE USER? DEFINED? FUNCTION|FUNCTIONS", "EXECUTE FUNCTION",
                                     "execute", DBMS, QUALIFIED_BY_FUNCTIONS, IN(PRIVILEGE_ALL_DBMS),
                                     .description = "enables the specified functions to be executed" },
    [PRIVILEGE_EXECUTE_BOOSTED_FUNCTION] = { "EXECUTE BOOSTED USER? DEFINED? FUNCTION|FUNCTIONS",
                                             "EXECUTE BOOSTED FUNCTION", "execute_boosted", DBMS,
                                             QUALIFIED_BY_FUNCTIONS, IN(PRIVILEGE_ALL_DBMS),
                                             .description = "enables the specified functions to be executed "
                                                            "with elevated privileges" },
    [PRIVILEGE_SHOW_SETTING] = { "SHOW SETTING|SETTINGS", "SHOW SETTING", "show_setting", DBMS,
                                 QUALIFIED_BY_SETTINGS, IN(PRIVILEGE_ALL_DBMS),
                                 .description = "enables the specified roles to show the specified "
                                                "configuration settings" },

    [PRIVILEGE_LOAD] = { "LOAD", "LOAD", "load", .target = PRIVILEGE_OF_LOAD,
                         .description = "enables the specified roles to load external data" },
};

const struct privilege_kind *privilege_kind(enum privilege_action action) {
    ensure(action > PRIVILEGE_NOTHING && action < PRIVILEGE_ACTIONS_COUNT);
    return &kinds[action];
}

enum privilege_action privilege_action_of_text(const char *text) {
    for (size_t i = 0; i < PRIVILEGE_ACTIONS_COUNT; i++)
        if (str_equal(kinds[i].text, text))
            return (enum privilege_action)i;
    return PRIVILEGE_UNSTATED;
}

bool privilege_action_includes(enum privilege_action wide, enum privilege_action narrow) {
    if (wide == narrow)
        return true;
    for (size_t i = 0; i < PRIVILEGE_PARENTS_MAX; i++) {
        enum privilege_action parent = privilege_kind(narrow)->parents[i];
        if (parent != PRIVILEGE_UNSTATED && privilege_action_includes(wide, parent))
            return true;
    }
    return false;
}
