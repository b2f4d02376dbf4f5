/* The clauses of CREATE and ALTER USER, read into the statement's request.
 *
 * They come in any order, each once; in ALTER USER REMOVE comes before ADD and ADD before SET. What is read
 * says which privileges it needs. Passwords end here: what goes on is a credential. Source: Operations
 * Manual, manage users; user auth providers.
 */
#pragma once

#include "sim/neo4j/statement.h"

struct user_clauses {
    struct statement *statement;
    bool is_create;
    bool has_any;        /* one was read */
    bool has_old_native; /* SET PASSWORD outside of SET AUTH 'native' */
    bool has_new_native;
};

bool user_clauses_read_sets(struct user_clauses *clauses);
/* REMOVE … and ADD …. */
bool user_clauses_read_removes(struct user_clauses *clauses);
/* [SET | ADD | REMOVE] TAG[S]: takes the word, if the version has tags. */
bool user_clauses_take_tags(struct statement *statement);
/* Behind it: a string or a list of them, into the request under key. */
bool user_clauses_read_tags(struct user_clauses *clauses, const char *key);

/* Whether a password is long enough. */
bool user_password_check(struct statement *statement, const char *password);
/* Puts its credential into the request. */
void user_password_set(struct statement *statement, const char *password);
/* The user that the request is about, or NULL. */
const struct state_user *user_of_request(const struct statement *statement);
