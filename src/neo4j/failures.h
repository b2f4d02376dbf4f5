/* What follows from the codes with which Neo4j refuses: one table.
 *
 * Sources: Neo4j status codes (Operations Manual, "Neo4j error codes", and the driver contract on retries);
 * GQL status objects ("GQL errors and notifications").
 */
#pragma once

#include "neo4j/neo4j.h"

enum failure_class {
    FAILURE_NONE,          /* not a refusal of the server */
    FAILURE_RETRIABLE,     /* passing: the same statement may succeed in a moment */
    FAILURE_LEADER,        /* asked the wrong server: ask another, then retry */
    FAILURE_CREDENTIALS,   /* permanent until the secret changes */
    FAILURE_BACK_OFF,      /* wait before logging in again */
    FAILURE_ALREADY_THERE, /* what was to be made exists */
    FAILURE_NOT_THERE,     /* what was named does not exist */
    FAILURE_UNSUPPORTED,   /* this edition or version has no such statement, procedure or setting */
    FAILURE_INVALID,       /* the statement or its arguments are wrong: the specification must change */
    FAILURE_LIMIT,         /* a limit of the server is reached */
    FAILURE_UNCHANGED,     /* already as asked: the new password is the old one */
    FAILURE_DATABASE,      /* a database can't run */
    FAILURE_OTHER,
};

struct failure_row {
    const char *code; /* a code, or a prefix that ends with '*' or '.'; a GQL status */
    enum failure_class class;
    enum error_kind kind;
};

enum failure_class failure_class_of(const struct neo4j_failure *failure);
/* How the failure counts for those who only see struct error. */
enum error_kind failure_error_kind(const struct neo4j_failure *failure);
/* Whether the server has it by this name in its cause or itself: "NotALeader" … compares the whole code. */
bool failure_is(const struct neo4j_failure *failure, const char *code);
