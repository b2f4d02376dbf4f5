/* Roles, who has them, and auth rules, which give roles by what an identity provider says of a user. */
#pragma once

#include "neo4j/dialect.h"
#include "neo4j/statement.h"

struct role_wish {
    const char *name;
    bool is_immutable;   /* only where authentication is off can it be changed again */
    const char *copy_of; /* whose privileges it begins with; NULL: none */
};
/* There already: stays as it is. */
const struct administration *role_create(struct arena *arena, const struct role_wish *wish);
const struct administration *role_rename(struct arena *arena, const char *name, const char *new_name);
const struct administration *role_drop(struct arena *arena, const char *name);
/* Neo4j's own: PUBLIC, reader, editor, publisher, architect, admin. */
bool role_is_builtin(const char *name);

/* Memberships: each of the roles for each of the users. A user or role that is not there is refused; of a
 * REVOKE in Cypher 5 it is only notified. */
const struct administration *role_grant(struct arena *arena, const struct text_list *roles,
                                        const struct text_list *users);
const struct administration *role_revoke(struct arena *arena, const struct dialect *dialect,
                                         const struct text_list *roles, const struct text_list *users);

extern const char roles_query[];            /* SHOW ROLES YIELD * */
extern const char roles_with_users_query[]; /* a row for each role and member; a role without any has one */

struct role_row {
    const char *name;
    const char *member; /* of roles_with_users_query; "" for none */
    bool is_immutable;
};
struct role_rows {
    struct role_row *items;
    size_t count;
};
CHECKED bool roles_read(struct arena *arena, const struct neo4j_result *result, struct role_rows *out_rows,
                        struct error *err);
bool roles_have(const struct role_rows *rows, const char *name);
/* Names in arena, sorted. PUBLIC has everybody. */
struct text_list roles_members(struct arena *arena, const struct role_rows *rows, const char *name);

/* ---- auth rules: Neo4j 2026.03, Cypher 25 ---- */

struct auth_rule_wish {
    const char *name;
    /* An expression, written as it is: "abac.oidc.user_attribute('team') = 'graph'". It is code, not a value:
     * whoever may write it may make it true. NULL: as it is (auth_rule_alter() only). */
    const char *condition;
    bool is_enabled;
};
CHECKED bool auth_rule_create(struct arena *arena, const struct dialect *dialect,
                              const struct auth_rule_wish *wish, const struct administration **out,
                              struct error *err);
CHECKED bool auth_rule_alter(struct arena *arena, const struct dialect *dialect,
                             const struct auth_rule_wish *wish, const struct administration **out,
                             struct error *err);
CHECKED bool auth_rule_rename(struct arena *arena, const struct dialect *dialect, const char *name,
                              const char *new_name, const struct administration **out, struct error *err);
CHECKED bool auth_rule_drop(struct arena *arena, const struct dialect *dialect, const char *name,
                            const struct administration **out, struct error *err);
/* A role with a DENY can't be given by a rule. */
CHECKED bool auth_rule_grant(struct arena *arena, const struct dialect *dialect,
                             const struct text_list *roles, const char *rule,
                             const struct administration **out, struct error *err);
CHECKED bool auth_rule_revoke(struct arena *arena, const struct dialect *dialect,
                              const struct text_list *roles, const char *rule,
                              const struct administration **out, struct error *err);
CHECKED bool auth_rules_show(struct arena *arena, const struct dialect *dialect,
                             const struct administration **out, struct error *err);

struct auth_rule_row {
    const char *name;
    const char *condition; /* as the server prints it, which may differ from what was written */
    bool is_enabled;
    struct text_list roles;
};
struct auth_rule_rows {
    struct auth_rule_row *items;
    size_t count;
};
CHECKED bool auth_rules_read(struct arena *arena, const struct neo4j_result *result,
                             struct auth_rule_rows *out_rows, struct error *err);
