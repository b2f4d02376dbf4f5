/* Notifications of statements: what a result says besides its rows.
 *
 * A row for each kind: the code of Neo4j, which all versions of Bolt carry, and the GQL status, which
 * Bolt 5.6 and newer carry. Texts: Neo4j status codes, all notifications; {1} and {2} are filled in.
 */
#pragma once

#include "bolt/value.h"

/* name, code without "Neo.ClientNotification.", severity, category, GQL status, title, description, and the
 * description of the GQL status */
#define NOTIFICATIONS(X)                                                                                     \
    X(HOME_DATABASE_NOT_PRESENT, "Database.HomeDatabaseNotFound", "INFORMATION", "UNRECOGNIZED", "00N50",    \
      "The request referenced a home database that does not exist.",                                         \
      "The home database provided does not currently exist in the DBMS. This command will not take effect "  \
      "until this database is created. (HomeDatabase: `{1}`)",                                               \
      "note: successful completion - home database does not exist. The database '{1}' does not exist. "      \
      "Verify that the spelling is correct or create the database for the command to take effect.")          \
    X(PRIVILEGE_ALREADY_ASSIGNED, "Security.CommandHasNoEffect", "INFORMATION", "SECURITY", "00N70",         \
      "`{1}` has no effect. The role already has the privilege.",                                            \
      "The role already has the privilege. See Status Codes documentation for more information.",            \
      "note: successful completion - role or privilege already assigned. The command '{1}' has no effect. "  \
      "The role or privilege is already assigned.")                                                          \
    X(PRIVILEGE_NOT_ASSIGNED, "Security.CommandHasNoEffect", "INFORMATION", "SECURITY", "00N71",             \
      "`{1}` has no effect. The role does not have the privilege.",                                          \
      "The role does not have the privilege. See Status Codes documentation for more information.",          \
      "note: successful completion - role or privilege not assigned. The command '{1}' has no effect. The "  \
      "role or privilege is not assigned.")                                                                  \
    X(ROLE_ALREADY_ASSIGNED, "Security.CommandHasNoEffect", "INFORMATION", "SECURITY", "00N70",              \
      "`{1}` has no effect. The {2} already has the role.",                                                  \
      "The {2} already has the role. See Status Codes documentation for more information.",                  \
      "note: successful completion - role or privilege already assigned. The command '{1}' has no effect. "  \
      "The role or privilege is already assigned.")                                                          \
    X(ROLE_NOT_ASSIGNED, "Security.CommandHasNoEffect", "INFORMATION", "SECURITY", "00N71",                  \
      "`{1}` has no effect. The {2} does not have the role.",                                                \
      "The {2} does not have the role. See Status Codes documentation for more information.",                \
      "note: successful completion - role or privilege not assigned. The command '{1}' has no effect. The "  \
      "role or privilege is not assigned.")                                                                  \
    X(AUTH_PROVIDER_NOT_DEFINED, "Security.AuthProviderNotDefined", "INFORMATION", "SECURITY", "00N72",      \
      "The auth provider is not defined.",                                                                   \
      "The auth provider `{1}` is not defined in the configuration. Verify that the spelling is correct or " \
      "define `{1}` in the configuration.",                                                                  \
      "note: successful completion - undefined auth provider. The auth provider '{1}' is not defined in "    \
      "the configuration. Verify that the spelling is correct or define '{1}' in the configuration.")        \
    X(IMPOSSIBLE_REVOKE, "Security.ImpossibleRevokeCommand", "WARNING", "SECURITY", "01N70",                 \
      "`{1}` has no effect. {2} Make sure nothing is misspelled. This notification will become an error in " \
      "a future major version.",                                                                             \
      "{2} Make sure nothing is misspelled. This notification will become an error in a future major "       \
      "version. See Status Codes documentation for more information.",                                       \
      "warn: inoperational revoke command. The command '{1}' has no effect. Make sure nothing is "           \
      "misspelled. This notification will become an error in a future major version. Cause: '{2}'")          \
    X(EXTERNAL_AUTH_NOT_ENABLED, "Security.ExternalAuthNotEnabled", "WARNING", "SECURITY", "01N71",          \
      "External auth for user is not enabled.",                                                              \
      "Use setting `dbms.security.require_local_user` to enable external auth.",                             \
      "warn: external auth disabled. Use the setting 'dbms.security.require_local_user' to enable external " \
      "auth.")                                                                                               \
    X(SERVER_ALREADY_ENABLED, "Cluster.ServerAlreadyEnabled", "INFORMATION", "TOPOLOGY", "00N80",            \
      "`ENABLE SERVER` has no effect. Server `{1}` is already enabled. Verify that this is the intended "    \
      "server.",                                                                                             \
      "Server `{1}` is already enabled. Verify that this is the intended server.",                           \
      "note: successful completion - server already enabled. The command 'ENABLE SERVER' has no effect. "    \
      "Server '{1}' is already enabled. Verify that this is the intended server.")                           \
    X(SERVER_ALREADY_CORDONED, "Cluster.ServerAlreadyCordoned", "INFORMATION", "TOPOLOGY", "00N81",          \
      "`CORDON SERVER` has no effect. Server `{1}` is already cordoned. Verify that this is the intended "   \
      "server.",                                                                                             \
      "Server `{1}` is already cordoned. Verify that this is the intended server.",                          \
      "note: successful completion - server already cordoned. The command 'CORDON SERVER' has no effect. "   \
      "Server '{1}' is already cordoned. Verify that this is the intended server.")                          \
    X(NO_DATABASES_REALLOCATED, "Cluster.NoDatabasesReallocated", "INFORMATION", "TOPOLOGY", "00N82",        \
      "`REALLOCATE DATABASES` has no effect. No databases were reallocated. No better allocation is "        \
      "currently possible.",                                                                                 \
      "No databases were reallocated. No better allocation is currently possible.",                          \
      "note: successful completion - no databases reallocated. The command 'REALLOCATE DATABASES' has no "   \
      "effect. No databases were reallocated. No better allocation is currently possible.")                  \
    X(CORDONED_SERVERS_EXISTED, "Cluster.CordonedServersExistedDuringAllocation", "INFORMATION", "TOPOLOGY", \
      "00N83",                                                                                               \
      "Cordoned servers existed when making an allocation decision. Server(s) `{1}` are cordoned. This can " \
      "impact allocation decisions.",                                                                        \
      "Server(s) `{1}` are cordoned. This can impact allocation decisions.",                                 \
      "note: successful completion - cordoned servers existed during allocation. Cordoned servers existed "  \
      "when making an allocation decision. Server(s) '{1}' are cordoned. This can impact allocation "        \
      "decisions.")                                                                                          \
    X(TOPOLOGY_UNCHANGED, "Cluster.RequestedTopologyMatchedCurrentTopology", "INFORMATION", "TOPOLOGY",      \
      "00N84",                                                                                               \
      "`ALTER DATABASE` has no effect. The requested topology matched the current topology. No allocations " \
      "were changed.",                                                                                       \
      "The requested topology matched the current topology. No allocations were changed.",                   \
      "note: successful completion - requested topology matched current topology. The command 'ALTER "       \
      "DATABASE' has no effect. The requested topology matched the current topology. No allocations were "   \
      "changed.")                                                                                            \
    X(SERVER_CAUGHT_UP, "Cluster.ServerCaughtUp", "INFORMATION", "TOPOLOGY", "03N85",                        \
      "Server has caught up.", "Server `{1}` at address `{2}` has caught up.",                               \
      "info: server caught up. Server '{1}' at address '{2}' has caught up.")                                \
    X(SERVER_FAILED, "Cluster.ServerFailed", "WARNING", "TOPOLOGY", "01N80", "Server has failed.",           \
      "Server `{1}` at address {2}", "warn: server has failed. Server '{1}' at address {2}")                 \
    X(SERVER_CATCHING_UP, "Cluster.ServerCatchingUp", "WARNING", "TOPOLOGY", "01N81",                        \
      "Server is still catching up.", "Server `{1}` at address `{2}` is still catching up.",                 \
      "warn: server is still catching up. Server '{1}' at address '{2}' is still catching up.")              \
    X(SERVER_NOT_AVAILABLE, "Cluster.ServerNotAvailable", "WARNING", "TOPOLOGY", "01N82",                    \
      "Server is not available.", "Server `{1}` is not available.",                                          \
      "warn: server is not available. Server '{1}' is not available.")                                       \
    X(DEPRECATED_PROCEDURE, "Statement.FeatureDeprecationWarning", "WARNING", "DEPRECATION", "01N01",        \
      "This feature is deprecated and will be removed in future versions.",                                  \
      "The query used a deprecated procedure. (`{1}` has been replaced by `{2}`)",                           \
      "warn: feature deprecated with replacement. {1} is deprecated. It is replaced by {2}.")                \
    X(DEPRECATED_OPTION, "Statement.FeatureDeprecationWarning", "WARNING", "DEPRECATION", "01N02",           \
      "This feature is deprecated and will be removed in future versions.", "`{1}` is deprecated. {2}",      \
      "warn: feature deprecated without replacement. '{1}' is deprecated. {2}")

enum notification_kind {
#define X(kind, ...) NOTIFICATION_##kind,
    NOTIFICATIONS(X)
#undef X
};

enum { NOTIFICATIONS_MAX = 1000 };

/* Of one statement, in the order in which they came up. */
struct notification {
    enum notification_kind kind;
    const char *first;  /* {1}, in the statement's arena */
    const char *second; /* {2} or NULL */
    struct notification *next;
};

/* As Bolt before 5.6 carries it: {code, title, description, severity, category}. In arena. */
struct bolt_value *notification_to_map(struct arena *arena, const struct notification *notification);
/* As Bolt 5.6 and newer carries it: {gql_status, status_description, neo4j_code …}. In arena. */
struct bolt_value *notification_to_status(struct arena *arena, const struct notification *notification);
