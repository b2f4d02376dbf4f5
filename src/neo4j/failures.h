/* What follows from the codes with which Neo4j refuses: one table.
 *
 * Sources: Neo4j status codes ("Neo4j error codes"), the drivers' contract on what is retried, and "GQL
 * errors and notifications".
 */
#pragma once

#include "base/error.h"
#include "neo4j/neo4j.h"

/* class, kind of the error */
#define FAILURE_CLASSES(X)                                                                                   \
    X(RETRIABLE, ERROR_REFUSED)            /* passing: the same statement may succeed in a moment */         \
    X(LEADER, ERROR_REFUSED)               /* asked the wrong server: ask another one */                     \
    X(CREDENTIALS, ERROR_UNAUTHORIZED)     /* wrong until the secret changes */                              \
    X(FORBIDDEN, ERROR_FORBIDDEN)          /* the user lacks a privilege */                                  \
    X(BACK_OFF, ERROR_THROTTLED)           /* wait before logging in again */                                \
    X(ALREADY_THERE, ERROR_ALREADY_EXISTS) /* what was to be made exists */                                  \
    X(NOT_THERE, ERROR_NOT_FOUND)          /* what was named does not exist */                               \
    X(UNCHANGED, ERROR_ALREADY_EXISTS)     /* is as asked for already: the new password is the old one */    \
    X(UNSUPPORTED, ERROR_INVALID)          /* this edition or version has no such statement or procedure */  \
    X(INVALID, ERROR_INVALID)              /* the statement or its arguments are wrong */                    \
    X(LIMIT, ERROR_REFUSED)                /* a limit of the server is reached */                            \
    X(DATABASE, ERROR_REFUSED)             /* a database can't run */                                        \
    X(OTHER, ERROR_REFUSED)

enum failure_class {
    FAILURE_NONE, /* not a refusal of the server */
#define X(class, kind) FAILURE_##class,
    FAILURE_CLASSES(X)
#undef X
};

enum failure_class failure_class_of(const struct neo4j_failure *failure);
/* How the failure counts for those who see only struct error; ERROR_NONE for FAILURE_NONE. */
enum error_kind failure_error_kind(enum failure_class class);
/* Whether the drivers' contract says that the same statement may be tried again. */
bool failure_is_retriable(const struct neo4j_failure *failure);
bool failure_is(const struct neo4j_failure *failure, const char *code);
