/* SHOW USERS, SHOW CURRENT USER. Source: Operations Manual, manage users. What changes users is in
 * statements_user_changes.c. */
#include "sim/neo4j/statement.h"

static const struct table_column columns[] = {
    { "user", true, 0 },      { "roles", true, 0 }, { "passwordChangeRequired", true, 0 },
    { "suspended", true, 0 }, { "home", true, 0 },  { "provider", true, 0 },
    { "auth", true, 0 },
};
static const size_t columns_without_auth = ARRAY_LENGTH(columns) - 2;
static const struct table_column tag_column = { "tags", false, 202606 };

/* The roles that were granted, then the one that everybody has. */
static struct bolt_value *roles_of(struct arena *arena, const struct state_user *user) {
    struct bolt_value *roles = bolt_new_list(arena);

    for (size_t i = 0; i < user->roles.count; i++)
        bolt_append_string(arena, roles, user->roles.items[i]);
    bolt_append_string(arena, roles, ROLE_PUBLIC);
    return roles;
}

static struct bolt_value *describe(struct statement *statement, const struct state_user *user) {
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena), *tags = bolt_new_list(arena);

    for (size_t i = 0; i < user->tags.count; i++)
        bolt_append_string(arena, tags, user->tags.items[i]);
    bolt_set_string(arena, row, "user", user->name);
    bolt_set(arena, row, "roles", roles_of(arena, user));
    bolt_set_bool(arena, row, "passwordChangeRequired", user->must_change_password);
    bolt_set_bool(arena, row, "suspended", user->is_suspended);
    bolt_set_string(arena, row, "home", *user->home ? user->home : NULL);
    bolt_set(arena, row, "tags", tags);
    return row;
}

static bool add_user(struct statement *statement, const struct state_user *user) {
    return table_add_map(&statement->cursor, &statement->table, describe(statement, user));
}

/* ---- SHOW USERS WITH AUTH: a row for each auth provider ---- */

static bool add_auth(struct statement *statement, const struct state_user *user, const char *provider,
                     const struct bolt_value *auth) {
    struct bolt_value *row = describe(statement, user);

    bolt_set_string(statement->arena, row, "provider", provider);
    if (auth)
        bolt_set(statement->arena, row, "auth", auth);
    return table_add_map(&statement->cursor, &statement->table, row);
}

static bool add_native(struct statement *statement, const struct state_user *user) {
    struct bolt_value *auth = bolt_new_map(statement->arena);

    bolt_set_string(statement->arena, auth, "password", "***");
    bolt_set_bool(statement->arena, auth, "changeRequired", user->must_change_password);
    return add_auth(statement, user, "native", auth);
}

static bool add_auths(struct statement *statement, const struct state_user *user) {
    bool has_native = *user->credential != 0, is_native_added = !has_native;

    for (size_t i = 0; i < user->auth_count; i++) {
        struct bolt_value *auth = bolt_new_map(statement->arena);
        if (!is_native_added && strcmp("native", user->auths[i].provider) < 0) {
            is_native_added = true;
            if (!add_native(statement, user))
                return false;
        }
        bolt_set_string(statement->arena, auth, "id", user->auths[i].id);
        if (!add_auth(statement, user, user->auths[i].provider, auth))
            return false;
    }
    if (!is_native_added)
        return add_native(statement, user);
    return has_native || user->auth_count || add_auth(statement, user, NULL, NULL);
}

/* ---- statements ---- */

static bool list(struct statement *statement, const char *only, bool with_auth) {
    const struct cluster_state *state = &statement->process->state;
    size_t count = with_auth ? ARRAY_LENGTH(columns) : columns_without_auth;

    statement_columns(statement, columns, count);
    statement_columns(statement, &tag_column, 1);
    for (size_t i = 0; i < state->user_count; i++) {
        const struct state_user *user = &state->users[i];
        if ((!only || str_equal(user->name, only)) &&
            !(with_auth ? add_auths(statement, user) : add_user(statement, user)))
            return false;
    }
    return table_show_tail(&statement->cursor, &statement->table, columns, count);
}

/* Who sees tags needs one privilege more. */
static void need_tags(struct statement *statement) {
    for (const struct token *token = cursor_look(&statement->cursor); token->type != TOKEN_END; token++)
        if (token->type == TOKEN_WORD && str_equal(token->text, "tags"))
            statement_need(statement, PRIVILEGE_SHOW_USER_METADATA);
}

/* SHOW USERS [WITH AUTH], or SHOW USER[S] [name, …] PRIVILEGES. */
static bool show_users(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    bool with_auth = cursor_take(cursor, "WITH");

    if (with_auth && !cursor_expect(cursor, "AUTH"))
        return false;
    if (!with_auth && !cursor_at_end(cursor) && !cursor_is(cursor, "YIELD") && !cursor_is(cursor, "WHERE"))
        return privileges_show_of_users(statement);
    statement_need(statement, PRIVILEGE_SHOW_USER);
    need_tags(statement);
    return list(statement, NULL, with_auth);
}

static bool show_current_user(struct statement *statement) {
    return list(statement, statement->user, false);
}

const struct statement_form statements_of_users[] = {
    { "SHOW USER|USERS", show_users, .is_administration = true },
    { "SHOW CURRENT USER", show_current_user, .is_administration = true },
    { NULL, NULL, false, false },
};
