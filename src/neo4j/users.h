/* Users: statements and rows.
 *
 * Where the DBMS logs people in itself (native), a user has a password; otherwise an id at each provider. */
#pragma once

#include "neo4j/dialect.h"
#include "neo4j/statement.h"

struct user_auth {
    const char *provider; /* "ldap", "oidc-okta" … */
    const char *id;       /* the user's, there */
};

/* NULL and USER_AS_IT_IS leave alone what is there. */
enum user_choice { USER_AS_IT_IS, USER_YES, USER_NO };

struct user_wish {
    const char *name;
    const struct secret_text *password; /* of the native provider */
    bool is_password_encrypted;         /* as Neo4j itself writes it: "1,<hash>,<salt>,…" */
    /* To be changed at the first login. Without a choice a new user must. */
    enum user_choice must_change_password;
    enum user_choice is_suspended;
    const char *home_database;
    bool removes_home_database; /* user_alter() only */
    const struct user_auth *auths;
    size_t auth_count;
    struct text_list removed_auths; /* names of providers, user_alter() only */
    bool removes_all_auths;         /* user_alter() only; what auths and password say comes afterwards */
};

/* There already: stays as it is. ERROR_INVALID without a password and without an auth. */
CHECKED bool user_create(struct arena *arena, const struct user_wish *wish, const struct administration **out,
                         struct error *err);
/* ERROR_INVALID when there is nothing to change (42N94). A password that is the same is refused, which counts
 * as nothing to do. */
CHECKED bool user_alter(struct arena *arena, const struct user_wish *wish, const struct administration **out,
                        struct error *err);
const struct administration *user_rename(struct arena *arena, const char *name, const char *new_name);
const struct administration *user_drop(struct arena *arena, const char *name);
/* Of the user who runs it: also the one statement that is allowed while the password must be changed. */
const struct administration *user_change_own_password(struct arena *arena, const struct secret_text *old,
                                                      const struct secret_text *new_password);

extern const char users_query[];           /* SHOW USERS YIELD * */
extern const char users_with_auth_query[]; /* a row for each user and provider */
extern const char current_user_query[];

struct user_row {
    const char *name;
    struct text_list roles; /* PUBLIC among them */
    bool must_change_password;
    bool is_suspended;         /* null in Community, as roles and home are */
    const char *home_database; /* "" for the default */
    /* Of users_with_auth_query only. */
    const char *provider;          /* "native" … */
    const struct bolt_value *auth; /* map: {id} or {password: "***", changeRequired}; or NULL */
};
struct user_rows {
    struct user_row *items;
    size_t count;
};
CHECKED bool users_read(struct arena *arena, const struct neo4j_result *result, struct user_rows *out_rows,
                        struct error *err);
/* The first row of a user, or NULL. */
const struct user_row *users_find(const struct user_rows *rows, const char *name);
