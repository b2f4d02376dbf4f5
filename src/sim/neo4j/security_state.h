/* Roles, their privileges, and auth rules, as one server's copy of the system database has them.
 *
 * Part of struct cluster_state: changed by applied commands only, in the same order on all servers. Roles are
 * kept by name, the privileges of a role in the order of privilege_compare(), so that a look-up is a search
 * and lists come out in one order.
 */
#pragma once

#include "sim/neo4j/cluster_state.h"
#include "sim/neo4j/privilege.h"

enum {
    STATE_ROLES_MAX = 10000,
    STATE_PRIVILEGES_MAX = 100000, /* of all roles */
    STATE_AUTH_RULES_MAX = 1000,
};

/* Everybody has it; it can neither be dropped nor taken away. */
#define ROLE_PUBLIC "PUBLIC"

struct state_role {
    char *name;
    bool is_immutable;
    struct privilege *privileges; /* owned, with their strings */
    size_t privilege_count;
    size_t privilege_capacity;
};

/* Gives roles to users for whom its condition is true (attribute-based access control). */
struct state_auth_rule {
    char *name;
    char *condition; /* Cypher */
    bool is_enabled;
    struct name_list roles;
};

/* PUBLIC, reader, editor, publisher, architect and admin, with the privileges of a new DBMS. */
void security_state_init(struct cluster_state *state);
void security_state_clear(struct cluster_state *state);

struct state_role *state_find_role(const struct cluster_state *state, const char *name);
struct state_role *state_add_role(struct cluster_state *state, const char *name);
/* Users and auth rules lose it, too. */
void state_remove_role(struct cluster_state *state, struct state_role *role);
void state_rename_role(struct cluster_state *state, const char *from, const char *to);

bool role_has_privilege(const struct state_role *role, const struct privilege *privilege);
/* Both are without effect when it is there, or is not. */
void role_add_privilege(struct state_role *role, const struct privilege *privilege);
void role_remove_privilege(struct state_role *role, const struct privilege *privilege);
size_t state_privilege_count(const struct cluster_state *state);
/* A database is gone: one of the same name that comes later does not have its privileges. */
void state_forget_privileges_on(struct cluster_state *state, const char *database);

struct state_auth_rule *state_find_auth_rule(const struct cluster_state *state, const char *name);
struct state_auth_rule *state_add_auth_rule(struct cluster_state *state, const char *name);
void state_remove_auth_rule(struct cluster_state *state, struct state_auth_rule *rule);
bool state_is_role_of_auth_rule(const struct cluster_state *state, const char *role);

/* Names of roles of a user or auth rule: sorted, each once. */
void name_list_add(struct name_list *list, const char *name);
void name_list_remove(struct name_list *list, const char *name);
