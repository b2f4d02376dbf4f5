/* Failures of statements: the code of Neo4j and the GQL status that belong together, in a table. */
#pragma once

#include "base/json.h"
#include "bolt/message.h"

/* name, code without "Neo.", GQL status, description of the status */
#define FAILURES(X)                                                                                          \
    X(SYNTAX, "ClientError.Statement.SyntaxError", "42001",                                                  \
      "error: syntax error or access rule violation - invalid syntax")                                       \
    X(UNKNOWN_PROCEDURE, "ClientError.Procedure.ProcedureNotFound", "42N08",                                 \
      "error: syntax error or access rule violation - no such procedure")                                    \
    X(ARGUMENT, "ClientError.Statement.ArgumentError", "22N05",                                              \
      "error: data exception - input failed validation")                                                     \
    X(SAME_PASSWORD, "ClientError.Statement.ArgumentError", "22N89",                                         \
      "error: data exception - new password cannot be the same as the old password")                         \
    X(PARAMETER, "ClientError.Statement.ParameterMissing", "42N51",                                          \
      "error: syntax error or access rule violation - invalid parameter")                                    \
    X(TYPE, "ClientError.Statement.TypeError", "22G03", "error: data exception - invalid value type")        \
    X(ARITHMETIC, "ClientError.Statement.ArithmeticError", "22012",                                          \
      "error: data exception - division by zero")                                                            \
    X(UNSUPPORTED_ADMINISTRATION, "ClientError.Statement.UnsupportedAdministrationCommand", "42N17",         \
      "error: syntax error or access rule violation - unsupported request")                                  \
    X(NOT_SYSTEM, "ClientError.Statement.NotSystemDatabaseError", "51N28",                                   \
      "error: system configuration or operation exception - not supported by this database")                 \
    X(NOT_A_LEADER, "ClientError.Cluster.NotALeader", "08N07",                                               \
      "error: connection exception - not the leader")                                                        \
    X(NO_LEADER, "TransientError.General.DatabaseUnavailable", "08N00",                                      \
      "error: connection exception - unable to connect to database")                                         \
    X(REPLICATION, "TransientError.Cluster.ReplicationFailure", "51N33",                                     \
      "error: system configuration or operation exception - replication failure")                            \
    X(LEADER_SWITCH, "TransientError.Transaction.LeaderSwitch", "51N34",                                     \
      "error: system configuration or operation exception - replication failure because of a leader switch") \
    X(BOOKMARK, "TransientError.Transaction.BookmarkTimeout", "08N13",                                       \
      "error: connection exception - database not up to requested bookmark")                                 \
    X(INVALID_BOOKMARK, "ClientError.Transaction.InvalidBookmark", "22N79",                                  \
      "error: data exception - invalid bookmark")                                                            \
    X(DATABASE_UNAVAILABLE, "TransientError.General.DatabaseUnavailable", "08N09",                           \
      "error: connection exception - database unavailable")                                                  \
    X(DATABASE_NOT_FOUND, "ClientError.Database.DatabaseNotFound", "22N51",                                  \
      "error: data exception - database does not exist")                                                     \
    X(DATABASE_EXISTS, "ClientError.Database.ExistingDatabaseFound", "42N11",                                \
      "error: syntax error or access rule violation - database or alias already exists")                     \
    X(DATABASE_LIMIT, "DatabaseError.Database.DatabaseLimitReached", "51N55",                                \
      "error: system configuration or operation exception - cannot create additional database")              \
    X(CANNOT_CREATE_DATABASE, "ClientError.Database.ExistingDatabaseFound", "51N51",                         \
      "error: system configuration or operation exception - cannot create database")                         \
    X(ALLOCATION, "ClientError.Statement.ArgumentError", "51N51",                                            \
      "error: system configuration or operation exception - cannot create database")                         \
    X(PRIMARIES_RANGE, "ClientError.Statement.ArgumentError", "51N52",                                       \
      "error: system configuration or operation exception - invalid number of primaries")                    \
    X(SECONDARIES_RANGE, "ClientError.Statement.ArgumentError", "51N53",                                     \
      "error: system configuration or operation exception - invalid number of secondaries")                  \
    X(ON_SYSTEM, "ClientError.Statement.ArgumentError", "51N69",                                             \
      "error: system configuration or operation exception - operation not possible on the system database")  \
    X(CANNOT_ENABLE, "ClientError.Statement.ArgumentError", "51N48",                                         \
      "error: system configuration or operation exception - cannot enable server")                           \
    X(CANNOT_ALTER_SERVER, "ClientError.Statement.ArgumentError", "51N46",                                   \
      "error: system configuration or operation exception - cannot alter server")                            \
    X(CANNOT_RENAME_SERVER, "ClientError.Statement.ArgumentError", "51N47",                                  \
      "error: system configuration or operation exception - cannot rename server")                           \
    X(NO_SUCH_USER, "ClientError.Statement.ArgumentError", "42N09",                                          \
      "error: syntax error or access rule violation - user does not exist")                                  \
    X(USER_EXISTS, "ClientError.Statement.ArgumentError", "42N12",                                           \
      "error: syntax error or access rule violation - user already exists")                                  \
    X(UNAUTHORIZED, "ClientError.Security.Unauthorized", "42NFF",                                            \
      "error: syntax error or access rule violation - permission/access denied")                             \
    X(RATE_LIMIT, "ClientError.Security.AuthenticationRateLimit", "42NFF",                                   \
      "error: syntax error or access rule violation - permission/access denied")                             \
    X(FORBIDDEN, "ClientError.Security.Forbidden", "42NFF",                                                  \
      "error: syntax error or access rule violation - permission/access denied")                             \
    X(CREDENTIALS_EXPIRED, "ClientError.Security.CredentialsExpired", "42NFD",                               \
      "error: syntax error or access rule violation - credentials expired")                                  \
    X(REQUEST_INVALID, "ClientError.Request.Invalid", "08N06",                                               \
      "error: connection exception - protocol error")                                                        \
    X(REQUEST_FORMAT, "ClientError.Request.InvalidFormat", "08N06",                                          \
      "error: connection exception - protocol error")                                                        \
    X(RESULT_TOO_LARGE, "TransientError.General.MemoryPoolOutOfMemoryError", "51N68",                        \
      "error: system configuration or operation exception - memory pool out of memory")                      \
    X(TERMINATED, "TransientError.Transaction.Terminated", "25N15",                                          \
      "error: invalid transaction state - transaction terminated")                                           \
    X(NO_GRAPH, "DatabaseError.Statement.ExecutionFailed", "50N00",                                          \
      "error: general processing exception - internal error")                                                \
    X(ACCESS_MODE, "ClientError.Statement.AccessMode", "25G02",                                              \
      "error: invalid transaction state - read-only transaction")

enum failure_kind {
    FAILURE_NONE,
#define X(kind, code, status, description) FAILURE_##kind,
    FAILURES(X)
#undef X
};

/* What went wrong; empty (kind FAILURE_NONE) when nothing did. */
struct failure {
    enum failure_kind kind;
    char *message; /* in the arena of the statement */
};

/* Fills it, unless it is filled already: the first failure counts. Always false. */
bool failure_set(struct failure *failure, struct arena *arena, enum failure_kind kind, const char *format,
                 ...) PRINTF_LIKE(4, 5);
/* As it goes over Bolt. */
struct bolt_failure failure_to_bolt(const struct failure *failure);
/* Between servers. */
struct json *failure_to_json(struct arena *arena, const struct failure *failure);
struct failure failure_from_json(struct arena *arena, const struct json *json);
