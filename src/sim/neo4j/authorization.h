/* Authorization: what a user may do, by the roles of the user.
 *
 * A user has the roles that were granted, PUBLIC, and those of enabled auth rules that hold for the user; one
 * that is suspended or gone has none. Something is allowed when a privilege of one of the roles grants it and
 * none denies it. Where authentication is off (the user is ""), everything is allowed.
 * Source: Operations Manual, role-based access control.
 */
#pragma once

#include "sim/neo4j/failure.h"
#include "sim/neo4j/security_state.h"

enum permission { PERMISSION_GRANTED, PERMISSION_DENIED, PERMISSION_NOT_GRANTED };

/* What is to be done, and to what. NULL where it does not matter. */
struct privilege_object {
    enum privilege_action action;
    const char *database; /* or graph */
    /* Of a node; NULL: of some node, which is allowed when it is on any and not denied on all. */
    const char *const *labels;
    size_t label_count;
    const char *property; /* or label, of SET LABEL and REMOVE LABEL */
    const char *name;     /* user, procedure, function or setting */
};

enum permission privilege_permission(const struct cluster_state *state, const char *user,
                                     const struct privilege_object *object);
/* Whether a user may do something to a graph or database, or (database NULL) on the DBMS. */
bool privilege_allows(const struct cluster_state *state, const char *user, enum privilege_action action,
                      const char *database);
/* Procedures: an admin procedure needs EXECUTE ADMIN PROCEDURES or EXECUTE BOOSTED PROCEDURE. */
bool privilege_allows_procedure(const struct cluster_state *state, const char *user, const char *procedure,
                                bool is_admin);

/* Functions of plug-ins; those that are built in are everybody's. */
bool privilege_allows_function(const struct cluster_state *state, const char *user, const char *function);

/* The names of the roles that a user has, sorted, as an array of strings; in arena. */
struct json *authorization_roles(const struct cluster_state *state, struct arena *arena, const char *user);
/* "… is not allowed for user 'jane' with roles [PUBLIC, reader]." Always false. */
bool authorization_forbid(const struct cluster_state *state, struct arena *arena, const char *user,
                          struct failure *failure, const char *what, ...) PRINTF_LIKE(5, 6);
/* The database ACCESS privilege; a failure without it. The system database is everybody's. */
bool authorization_access(const struct cluster_state *state, struct arena *arena, const char *user,
                          const char *database, struct failure *failure);
/* Whether SHOW DATABASES lists a database for the user: with ACCESS, or who manages databases. */
bool authorization_lists_database(const struct cluster_state *state, const char *user, const char *database);
