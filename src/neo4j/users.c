#include "neo4j/users.h"

/* Source: Operations Manual, "Managing users"; Cypher manual, "Manage users". */

const char users_query[] = "SHOW USERS YIELD *";
const char users_with_auth_query[] = "SHOW USERS WITH AUTH YIELD *";
const char current_user_query[] = "SHOW CURRENT USER";

static void add_password(struct statement *statement, const struct user_wish *wish) {
    if (wish->password) {
        statement_add(statement,
                      wish->is_password_encrypted ? " SET ENCRYPTED PASSWORD " : " SET PLAINTEXT PASSWORD ");
        statement_add_secret(statement, "password", wish->password);
    }
    if (wish->must_change_password == USER_AS_IT_IS)
        return;
    statement_add(statement, wish->password ? " CHANGE" : " SET PASSWORD CHANGE");
    statement_add(statement, wish->must_change_password == USER_YES ? " REQUIRED" : " NOT REQUIRED");
}

static void add_rest(struct statement *statement, const struct user_wish *wish) {
    add_password(statement, wish);
    if (wish->is_suspended != USER_AS_IT_IS)
        statement_add(statement,
                      wish->is_suspended == USER_YES ? " SET STATUS SUSPENDED" : " SET STATUS ACTIVE");
    if (wish->home_database) {
        statement_add(statement, " SET HOME DATABASE ");
        statement_add_parameter(statement, "home", wish->home_database);
    }
    for (size_t i = 0; i < wish->auth_count; i++) {
        statement_add(statement, " SET AUTH PROVIDER ");
        statement_add_text(statement, wish->auths[i].provider);
        statement_add(statement, " { SET ID ");
        statement_add_parameter(statement, "id", wish->auths[i].id);
        statement_add(statement, " }");
    }
}

bool user_create(struct arena *arena, const struct user_wish *wish, const struct administration **out,
                 struct error *err) {
    struct statement statement;

    if (!wish->password && !wish->auth_count)
        return error_set(err, ERROR_INVALID, "user %s: a new user needs a password or an auth provider",
                         wish->name);
    statement_start(&statement, arena, "CREATE USER ");
    statement_add_parameter(&statement, "user", wish->name);
    statement_add(&statement, " IF NOT EXISTS");
    add_rest(&statement, wish);
    *out = statement_end(&statement, EFFECT_MAKES);
    return true;
}

static void add_removals(struct statement *statement, const struct user_wish *wish) {
    if (wish->removes_home_database)
        statement_add(statement, " REMOVE HOME DATABASE");
    if (wish->removes_all_auths) {
        statement_add(statement, " REMOVE ALL AUTH");
    } else if (wish->removed_auths.count) {
        statement_add(statement, " REMOVE AUTH PROVIDERS [");
        statement_add_texts(statement, &wish->removed_auths);
        statement_add(statement, "]");
    }
}

bool user_alter(struct arena *arena, const struct user_wish *wish, const struct administration **out,
                struct error *err) {
    struct statement statement;

    if (wish->home_database && wish->removes_home_database)
        return error_set(err, ERROR_INVALID, "user %s: a home database is set or removed, not both",
                         wish->name);
    statement_start(&statement, arena, "ALTER USER ");
    statement_add_parameter(&statement, "user", wish->name);
    size_t before = statement.text.length;
    add_removals(&statement, wish);
    add_rest(&statement, wish);
    bool is_empty = statement.text.length == before;
    const struct administration *alteration = statement_end(&statement, EFFECT_CHANGES);
    if (is_empty)
        return error_set(err, ERROR_INVALID, "user %s: there is nothing to change", wish->name);
    *out = alteration;
    return true;
}

const struct administration *user_rename(struct arena *arena, const char *name, const char *new_name) {
    struct statement statement;

    statement_start(&statement, arena, "RENAME USER ");
    statement_add_parameter(&statement, "user", name);
    statement_add(&statement, " TO ");
    statement_add_parameter(&statement, "name", new_name);
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *user_drop(struct arena *arena, const char *name) {
    struct statement statement;

    statement_start(&statement, arena, "DROP USER ");
    statement_add_parameter(&statement, "user", name);
    statement_add(&statement, " IF EXISTS");
    return statement_end(&statement, EFFECT_REMOVES);
}

const struct administration *user_change_own_password(struct arena *arena, const struct secret_text *old,
                                                      const struct secret_text *new_password) {
    struct statement statement;

    statement_start(&statement, arena, "ALTER CURRENT USER SET PASSWORD FROM ");
    statement_add_secret(&statement, "old", old);
    statement_add(&statement, " TO ");
    statement_add_secret(&statement, "new", new_password);
    return statement_end(&statement, EFFECT_CHANGES);
}

static const struct row_column columns[] = {
    ROW_KEY(struct user_row, name, TEXT, "user"),
    ROW(struct user_row, roles, TEXTS, "roles"),
    ROW(struct user_row, must_change_password, BOOL, "passwordChangeRequired"),
    ROW(struct user_row, is_suspended, BOOL, "suspended"),
    ROW(struct user_row, home_database, TEXT, "home"),
    ROW_USED(struct user_row, provider, TEXT, "provider", ROW_SORTED),
    ROW(struct user_row, auth, VALUE, "auth"),
};
static const struct row_kind kind = ROW_KIND("SHOW USERS", struct user_row, columns);
ROWS_READ(users_read, struct user_rows, &kind)

const struct user_row *users_find(const struct user_rows *rows, const char *name) {
    for (size_t i = 0; i < rows->count; i++)
        if (str_equal(rows->items[i].name, name))
            return &rows->items[i];
    return NULL;
}
