/* Failures of statements: the code of Neo4j and the GQL statuses that belong together, in a table.
 *
 * A failure has an outer status and, often, a cause that says what it is about. 5.26 gives statuses to some
 * failures only; the others are all 50N42 there. Held against real servers of 5.26.30 and 2026.08.1 for what
 * a Community server knows; statuses of cluster operations: Neo4j status codes, GQL errors.
 */
#pragma once

#include "base/json.h"
#include "bolt/message.h"

#define CLASS_22 "error: data exception - "
#define CLASS_42 "error: syntax error or access rule violation - "
#define CLASS_51 "error: system configuration or operation exception - "
#define CLASS_08 "error: connection exception - "
#define CLASS_25 "error: invalid transaction state - "
#define CLASS_52 "error: procedure exception - "

/* Of servers and where databases are: one status outside, and in it what could not be done. */
#define TOPOLOGY_FAILURE(X, kind, status, description)                                                       \
    X(kind, "ClientError.Statement.ArgumentError", "51N41",                                                  \
      CLASS_51 "admin operation failed. Server or database admin operation not possible", status,            \
      CLASS_51 description, true)
#define TOPOLOGY_FAILURES(X)                                                                                 \
    TOPOLOGY_FAILURE(X, CANNOT_DEALLOCATE, "51N43", "cannot deallocate servers")                             \
    TOPOLOGY_FAILURE(X, CANNOT_DROP_SERVER, "51N44", "cannot drop server")                                   \
    TOPOLOGY_FAILURE(X, CANNOT_CORDON, "51N45", "cannot cordon server")                                      \
    TOPOLOGY_FAILURE(X, CANNOT_ALTER_SERVER, "51N46", "cannot alter server")                                 \
    TOPOLOGY_FAILURE(X, CANNOT_RENAME_SERVER, "51N47", "cannot rename server")                               \
    TOPOLOGY_FAILURE(X, CANNOT_ENABLE, "51N48", "cannot enable server")                                      \
    TOPOLOGY_FAILURE(X, CANNOT_ALTER_DATABASE, "51N49", "cannot alter database")                             \
    TOPOLOGY_FAILURE(X, CANNOT_RECREATE, "51N50", "cannot recreate database")                                \
    TOPOLOGY_FAILURE(X, ALLOCATION, "51N51", "cannot create database")                                       \
    TOPOLOGY_FAILURE(X, CANNOT_REALLOCATE, "51N54", "cannot reallocate")

#define ACCESS_DENIED CLASS_42 "permission/access denied. Access denied, see the security logs for details."
#define NO_SUCH_GRAPH                                                                                        \
    "graph reference not found. A graph reference with the name `{}` was not found. Verify that the "        \
    "spelling is correct."

/* name, code without "Neo.", outer status, its description, cause or NULL, its description, and whether 5.26
 * knows the statuses. In a description {} stands for what the failure says it is about, else for what the
 * message is about: what stands in quotes there, or after a colon, or at its end. A cause whose description
 * is one sentence only goes on with the message.
 */
#define FAILURES(X)                                                                                          \
    X(SYNTAX, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42I06",              \
      CLASS_42 "invalid input", false)                                                                       \
    X(SEMANTIC, "ClientError.Statement.SemanticError", "42001", CLASS_42 "invalid syntax", "42N17",          \
      CLASS_42 "unsupported request. '{}' is not allowed on the system database.", true)                     \
    X(CLAUSE_ON_SYSTEM, "ClientError.Statement.SemanticError", "42001", CLASS_42 "invalid syntax", "42N17",  \
      CLASS_42 "unsupported request. '{}' is not allowed on the system database.", true)                     \
    X(CLAUSE_ON_SYSTEM_OF_2025, "ClientError.Statement.SemanticError", "42001", CLASS_42 "invalid syntax",   \
      "42N17", CLASS_42 "unsupported request. '{}' is not allowed on the system database.", true)            \
    X(UNDEFINED_VARIABLE, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42N62",  \
      CLASS_42 "variable not defined. Variable `{}` not defined.", false)                                    \
    X(STRING_LITERAL, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42I19",      \
      CLASS_42 "invalid string literal", false)                                                              \
    X(NUMBER_TOO_LARGE, "ClientError.Statement.SyntaxError", "22003",                                        \
      CLASS_22 "numeric value out of range. The numeric value {} is outside the required range.", NULL,      \
      NULL, true)                                                                                            \
    X(INCOMPLETE_QUERY, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42N71",    \
      CLASS_42 "incomplete query. A query must conclude with a RETURN clause, a FINISH clause, an update "   \
               "clause, a unit subquery call, or a procedure call without a YIELD clause.",                  \
      true)                                                                                                  \
    X(UNKNOWN_FUNCTION, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42N48",    \
      CLASS_42 "no such function. The function {}() was not found. Verify that the spelling is correct.",    \
      false)                                                                                                 \
    X(FUNCTION_ARGUMENTS, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42I13",  \
      CLASS_42 "invalid number of procedure or function arguments. The procedure or function call does not " \
               "provide the required number of arguments; {}.",                                              \
      true)                                                                                                  \
    X(PREPARSER_OPTION, "ClientError.Statement.ArgumentError", "22000", "error: data exception", "22N10",    \
      CLASS_22 "invalid pre-parser option value. Invalid pre-parser option, specified {}.", true)            \
    X(DUPLICATE_COLUMN, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42N38",    \
      CLASS_42 "duplicate return item name. Return items must have unique names.", false)                    \
    X(UNKNOWN_PROCEDURE, "ClientError.Procedure.ProcedureNotFound", "42001", CLASS_42 "invalid syntax",      \
      "42N08",                                                                                               \
      CLASS_42 "no such procedure. The procedure {}() was not found. Verify that the spelling is correct.",  \
      true)                                                                                                  \
    X(PROCEDURE_OF_SYSTEM, "ClientError.Procedure.ProcedureCallFailed", "51N28",                             \
      CLASS_51 "not supported by this database. This Cypher command must be executed against the database "  \
               "`system`.",                                                                                  \
      NULL, NULL, false)                                                                                     \
    X(PROCEDURE_ARGUMENTS, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42I13", \
      CLASS_42 "invalid number of procedure or function arguments", false)                                   \
    X(ARGUMENT, "ClientError.Statement.ArgumentError", "22N05", CLASS_22 "input failed validation", NULL,    \
      NULL, true)                                                                                            \
    X(SHORT_PASSWORD, "ClientError.Statement.ArgumentError", "22N05",                                        \
      CLASS_22 "input failed validation. Invalid input '***' for password.", "22N85",                        \
      CLASS_22 "string too short. Expected the string to be at least 8 characters long.", true)              \
    X(SAME_PASSWORD, "ClientError.Statement.ArgumentError", "22N05",                                         \
      CLASS_22 "input failed validation. Invalid input '***' for {} password.", "22N89",                     \
      CLASS_22 "new password cannot be the same as the old password. Expected the new password to be "       \
               "different from the old password.",                                                           \
      true)                                                                                                  \
    X(WRONG_OLD_PASSWORD, "ClientError.Statement.ArgumentError", "42NFF",                                    \
      CLASS_42 "permission/access denied", NULL, NULL, false)                                                \
    X(PARAMETER, "ClientError.Statement.ParameterMissing", "42001", CLASS_42 "invalid syntax", "42N81",      \
      CLASS_42 "missing request parameter. Expected $`{}`, but got nothing.", false)                         \
    X(TYPE, "ClientError.Statement.TypeError", "22G03", CLASS_22 "invalid value type", NULL, NULL, true)     \
    X(DIVISION_BY_ZERO, "ClientError.Statement.ArithmeticError", "22012", CLASS_22 "division by zero",       \
      "22N28", CLASS_22 "overflow error. The result of the operation '/ by zero' has caused an overflow.",   \
      false)                                                                                                 \
    X(OVERFLOW, "ClientError.Statement.ArithmeticError", "22003",                                            \
      CLASS_22 "numeric value out of range. The numeric value {} is outside the required range.", "22N28",   \
      CLASS_22 "overflow error. The result of the operation '{}' has caused an overflow.", false)            \
    X(UNSUPPORTED_ADMINISTRATION, "ClientError.Statement.UnsupportedAdministrationCommand", "51N27",         \
      CLASS_51 "not supported in this edition", NULL, NULL, false)                                           \
    X(NOT_A_LEADER, "ClientError.Cluster.NotALeader", "08N07", CLASS_08 "not the leader", NULL, NULL, false) \
    X(NO_LEADER, "TransientError.General.DatabaseUnavailable", "08N00",                                      \
      CLASS_08 "unable to connect to database", NULL, NULL, false)                                           \
    X(REPLICATION, "TransientError.Cluster.ReplicationFailure", "51N33", CLASS_51 "replication failure",     \
      NULL, NULL, false)                                                                                     \
    X(LEADER_SWITCH, "TransientError.Transaction.LeaderSwitch", "51N34",                                     \
      CLASS_51 "replication failure because of a leader switch", NULL, NULL, false)                          \
    X(TRANSACTION_LOG, "DatabaseError.Transaction.TransactionLogError", "50N42",                             \
      "error: general processing exception - unexpected error", NULL, NULL, true)                            \
    X(LOCKED, "TransientError.Transaction.LockAcquisitionTimeout", "50N42",                                  \
      "error: general processing exception - unexpected error", NULL, NULL, true)                            \
    X(DEADLOCK, "TransientError.Transaction.DeadlockDetected", "50N05",                                      \
      "error: general processing exception - deadlock detected", NULL, NULL, false)                          \
    X(TERMINATED, "TransientError.Transaction.Terminated", "25N16",                                          \
      CLASS_25 "transaction termination transient error", NULL, NULL, false)                                 \
    X(TIMED_OUT, "ClientError.Transaction.TransactionTimedOut", "25N14",                                     \
      CLASS_25 "transaction termination client error", NULL, NULL, false)                                    \
    X(TIMED_OUT_BY_CLIENT, "ClientError.Transaction.TransactionTimedOutClientConfiguration", "25N14",        \
      CLASS_25 "transaction termination client error", NULL, NULL, false)                                    \
    X(IMPLICIT_REQUIRED, "DatabaseError.Transaction.TransactionStartFailed", "25N17",                        \
      CLASS_25 "implicit transaction required", NULL, NULL, false)                                           \
    X(TRANSACTION_TOO_LARGE, "TransientError.General.TransactionOutOfMemoryError", "51N73",                  \
      CLASS_51 "transaction memory limit reached", NULL, NULL, false)                                        \
    X(READ_ONLY, "ClientError.General.ForbiddenOnReadOnlyDatabase", "08N08",                                 \
      CLASS_08 "database is read only", NULL, NULL, false)                                                   \
    X(PROPERTY_TYPE, "ClientError.Statement.TypeError", "22N39", CLASS_22 "unsupported property value type", \
      NULL, NULL, false)                                                                                     \
    X(ENTITY_NOT_FOUND, "ClientError.Statement.EntityNotFound", "25N13",                                     \
      CLASS_25 "cannot access entity after removal", NULL, NULL, false)                                      \
    X(MERGE_NULL, "ClientError.Statement.SemanticError", "22N31",                                            \
      CLASS_22 "invalid properties in merge pattern", NULL, NULL, false)                                     \
    X(VARIABLE_DECLARED, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42N59",   \
      CLASS_42 "variable already defined", false)                                                            \
    X(TEMPORAL, "ClientError.Statement.ArgumentError", "22007",                                              \
      CLASS_22 "invalid date, time, or datetime format", NULL, NULL, false)                                  \
    X(CONSTRAINT_VIOLATED, "ClientError.Schema.ConstraintValidationFailed", "22N80",                         \
      CLASS_22 "index entry conflict", NULL, NULL, false)                                                    \
    X(CONSTRAINT_CREATION, "DatabaseError.Schema.ConstraintCreationFailed", "50N11",                         \
      "error: general processing exception - constraint creation failed", "22N80",                           \
      CLASS_22 "index entry conflict", false)                                                                \
    X(SCHEMA_EXISTS, "ClientError.Schema.EquivalentSchemaRuleAlreadyExists", "22N65",                        \
      CLASS_22 "constraint already exists", NULL, NULL, false)                                               \
    X(SCHEMA_NAME_EXISTS, "ClientError.Schema.IndexWithNameAlreadyExists", "22N71",                          \
      CLASS_22 "index with name already exists", NULL, NULL, false)                                          \
    X(NO_SUCH_INDEX, "ClientError.Schema.IndexNotFound", "22N69", CLASS_22 "index does not exist", NULL,     \
      NULL, false)                                                                                           \
    X(NO_SUCH_CONSTRAINT, "ClientError.Schema.ConstraintNotFound", "22N66",                                  \
      CLASS_22 "constraint does not exist", NULL, NULL, false)                                               \
    X(LEASE_EXPIRED, "TransientError.Transaction.LeaseExpired", "25N08",                                     \
      CLASS_25 "invalid transaction lease", NULL, NULL, false)                                               \
    X(INVALID_BOOKMARK, "ClientError.Transaction.InvalidBookmark", "08N12",                                  \
      CLASS_08 "failed to parse bookmark. Failed to parse the supplied bookmark. Verify it is correct or "   \
               "check the debug log for more information.",                                                  \
      NULL, NULL, true)                                                                                      \
    X(BOOKMARK, "TransientError.Transaction.BookmarkTimeout", "08N13",                                       \
      CLASS_08 "database not up to requested bookmark", NULL, NULL, false)                                   \
    X(DATABASE_UNAVAILABLE, "TransientError.General.DatabaseUnavailable", "08N09",                           \
      CLASS_08 "database unavailable", NULL, NULL, false)                                                    \
    X(DATABASE_NOT_FOUND, "ClientError.Database.DatabaseNotFound", "42001", CLASS_42 "invalid syntax",       \
      "42N00", CLASS_42 NO_SUCH_GRAPH, false)                                                                \
    X(NO_ROUTING_TABLE, "ClientError.Database.DatabaseNotFound", "22000", "error: data exception", "22N51",  \
      CLASS_22 NO_SUCH_GRAPH, false)                                                                         \
    X(DATABASE_EXISTS, "ClientError.Database.ExistingDatabaseFound", "42001", CLASS_42 "invalid syntax",     \
      "42N11", CLASS_42 "database or alias already exists", false)                                           \
    X(ALIAS_EXISTS, "ClientError.Database.ExistingAliasFound", "42001", CLASS_42 "invalid syntax", "42N11",  \
      CLASS_42 "database or alias already exists", false)                                                    \
    X(DATABASE_LIMIT, "DatabaseError.Database.DatabaseLimitReached", "51N55",                                \
      CLASS_51 "cannot create additional database", NULL, NULL, true)                                        \
    X(PRIMARIES_RANGE, "ClientError.Statement.ArgumentError", "51N52",                                       \
      CLASS_51 "number of primaries out of range", NULL, NULL, true)                                         \
    X(SECONDARIES_RANGE, "ClientError.Statement.ArgumentError", "51N53",                                     \
      CLASS_51 "number of secondaries out of range", NULL, NULL, true)                                       \
    X(ON_SYSTEM, "ClientError.Statement.ArgumentError", "51N69",                                             \
      CLASS_51 "operation not possible on the system database", NULL, NULL, true)                            \
    TOPOLOGY_FAILURES(X)                                                                                     \
    X(TOO_MANY_SEEDERS, "ClientError.Statement.ArgumentError", "52N16",                                      \
      CLASS_52 "invalid procedure argument list", "52N18", CLASS_52 "too many seeders", true)                \
    X(NO_SUCH_SEEDER, "ClientError.Statement.ArgumentError", "52N16",                                        \
      CLASS_52 "invalid procedure argument list", "52N19", CLASS_52 "no such seeder", true)                  \
    X(SEEDS_EXCEED_ALLOCATIONS, "ClientError.Statement.ArgumentError", "22003",                              \
      CLASS_22 "numeric value out of range", "51N56", CLASS_51 "topology out of range", true)                \
    X(OLD_DEFAULT_RUNS, "ClientError.Statement.ArgumentError", "52N02",                                      \
      CLASS_52 "procedure execution client error", "52N12", CLASS_52 "cannot change default database", true) \
    X(NO_NEW_DEFAULT, "ClientError.Statement.ArgumentError", "52N16",                                        \
      CLASS_52 "invalid procedure argument list", "52N13", CLASS_52 "new default database does not exist",   \
      true)                                                                                                  \
    X(SYSTEM_AS_DEFAULT, "ClientError.Statement.ArgumentError", "52N16",                                     \
      CLASS_52 "invalid procedure argument list", "52N14", CLASS_52 "system cannot be default database",     \
      true)                                                                                                  \
    X(QUARANTINE, "ClientError.Procedure.ProcedureCallFailed", "52N02",                                      \
      CLASS_52 "procedure execution client error", "52N17", CLASS_52 "quarantine change failed", true)       \
    X(PROCEDURE_FAILED, "ClientError.Procedure.ProcedureCallFailed", "52N02",                                \
      CLASS_52 "procedure execution client error", NULL, NULL, true)                                         \
    X(NOT_A_SECONDARY, "ClientError.Procedure.ProcedureCallFailed", "52N02",                                 \
      CLASS_52 "procedure execution client error", "52N05", CLASS_52 "procedure must run on a secondary",    \
      true)                                                                                                  \
    X(HAS_ALIASES, "ClientError.Database.ExistingAliasFound", "42N82", CLASS_42 "database alias exists",     \
      NULL, NULL, true)                                                                                      \
    X(SHARD_TOPOLOGY, "ClientError.Statement.ArgumentError", "51N58", CLASS_51 "invalid shard topology",     \
      NULL, NULL, false)                                                                                     \
    X(ONLY_IN_25, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42I67",          \
      CLASS_42 "only available in Cypher 25", false)                                                         \
    X(NO_SUCH_USER, "ClientError.Statement.ArgumentError", "42001", CLASS_42 "invalid syntax", "42N09",      \
      CLASS_42                                                                                               \
      "no such user. A user with the name `{}` was not found. Verify that the spelling is correct.",         \
      true)                                                                                                  \
    X(USER_EXISTS, "ClientError.Statement.ArgumentError", "42001", CLASS_42 "invalid syntax", "42N12",       \
      CLASS_42 "user already exists. A user with the name `{}` already exists.", false)                      \
    X(NO_SUCH_ROLE, "ClientError.Statement.ArgumentError", "42001", CLASS_42 "invalid syntax", "42N10",      \
      CLASS_42                                                                                               \
      "no such role. A role with the name `{}` was not found. Verify that the spelling is correct.",         \
      true)                                                                                                  \
    X(ROLE_EXISTS, "ClientError.Statement.ArgumentError", "42001", CLASS_42 "invalid syntax", "42N13",       \
      CLASS_42 "role already exists. A role with the name `{}` already exists.", false)                      \
    X(NO_SUCH_AUTH_RULE, "ClientError.Statement.ArgumentError", "42001", CLASS_42 "invalid syntax", "42NAD", \
      CLASS_42 "no such auth rule. An auth rule with the name `{}` was not found. Verify that the spelling " \
               "is correct.",                                                                                \
      true)                                                                                                  \
    X(AUTH_RULE_EXISTS, "ClientError.Statement.ArgumentError", "42001", CLASS_42 "invalid syntax", "42NAE",  \
      CLASS_42 "auth rule already exists. An auth rule with the name `{}` already exists.", true)            \
    X(UNKNOWN_GRAPH, "ClientError.Database.DatabaseNotFound", "22N51", CLASS_22 "graph reference not found", \
      NULL, NULL, true)                                                                                      \
    X(MISSING_CLAUSE, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42N94",      \
      CLASS_42 "invalid alter user command", true)                                                           \
    X(MISSING_AUTH, "ClientError.Statement.SyntaxError", "42001", CLASS_42 "invalid syntax", "42N96",        \
      CLASS_42 "missing mandatory auth clause", true)                                                        \
    X(MISSING_AUTH_CLAUSE, "ClientError.Statement.ArgumentError", "42N97",                                   \
      CLASS_42 "missing mandatory auth clause", NULL, NULL, true)                                            \
    X(OWN_STATUS, "ClientError.Statement.ArgumentError", "42N98", CLASS_42 "cannot modify own status", NULL, \
      NULL, true)                                                                                            \
    X(OWN_USER, "ClientError.Statement.ArgumentError", "42N99", CLASS_42 "cannot delete own user", NULL,     \
      NULL, true)                                                                                            \
    X(FORBIDDEN, "ClientError.Security.Forbidden", "42NFF", ACCESS_DENIED, NULL, NULL, false)                \
    X(UNAUTHORIZED, "ClientError.Security.Unauthorized", "42NFF", ACCESS_DENIED, NULL, NULL, false)          \
    X(RATE_LIMIT, "ClientError.Security.AuthenticationRateLimit", "42NFF", ACCESS_DENIED, NULL, NULL, false) \
    X(CREDENTIALS_EXPIRED, "ClientError.Security.CredentialsExpired", "42NFF", ACCESS_DENIED, "42NFD",       \
      CLASS_42 "credentials expired. Permission denied. The credentials you provided were valid, but must "  \
               "be changed before you can use this instance.",                                               \
      true)                                                                                                  \
    X(REQUEST_INVALID, "ClientError.Request.Invalid", "08N06",                                               \
      CLASS_08 "protocol error. General network protocol error.", NULL, NULL, true)                          \
    X(REQUEST_FORMAT, "ClientError.Request.InvalidFormat", "08N06",                                          \
      CLASS_08 "protocol error. General network protocol error.", NULL, NULL, true)                          \
    X(RESULT_TOO_LARGE, "TransientError.General.MemoryPoolOutOfMemoryError", "51N68",                        \
      CLASS_51 "memory pool out of memory", NULL, NULL, false)                                               \
    X(NO_GRAPH, "DatabaseError.Statement.ExecutionFailed", "50N42",                                          \
      "error: general processing exception - unexpected error", NULL, NULL, true)                            \
    X(ACCESS_MODE, "ClientError.Statement.AccessMode", "08N03",                                              \
      CLASS_08 "failed to write to graph. Failed to write to graph `{}`. Check the defined access mode in "  \
               "both driver and database.",                                                                  \
      "42N02", CLASS_42 "writing in read access mode. Writing in read access mode not allowed.", false)

enum failure_kind {
    FAILURE_NONE,
#define X(kind, ...) FAILURE_##kind,
    FAILURES(X)
#undef X
};

/* What went wrong; empty (kind FAILURE_NONE) when nothing did. */
struct failure {
    enum failure_kind kind;
    char *message; /* in the arena of the statement */
    /* What fills the holes of the status and of its cause; NULL: what the message is about. */
    const char *about;
    const char *cause_about;
};

/* Fills it, unless it is filled already: the first failure counts. Always false. */
bool failure_set(struct failure *failure, struct arena *arena, enum failure_kind kind, const char *format,
                 ...) PRINTF_LIKE(4, 5);
/* The same, and what the status and its cause are about; both must live as long as the arena. */
bool failure_set_about(struct failure *failure, struct arena *arena, enum failure_kind kind,
                       const char *about, const char *cause_about, const char *format, ...) PRINTF_LIKE(6, 7);
/* As it goes over Bolt, from a server that knows all statuses or, as 5.26, some. In arena. */
struct bolt_failure failure_to_bolt(struct arena *arena, const struct failure *failure,
                                    bool has_all_statuses);
/* "Neo.ClientError…" */
const char *failure_code(enum failure_kind kind);
/* Between servers. */
struct json *failure_to_json(struct arena *arena, const struct failure *failure);
struct failure failure_from_json(struct arena *arena, const struct json *json);
