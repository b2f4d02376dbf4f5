/* SHOW USERS, CREATE, ALTER and DROP USER, ALTER CURRENT USER SET PASSWORD.
 * Source: Operations Manual, manage users. Passwords end here: what goes on is a credential. */
#include "sim/neo4j/credential.h"
#include "sim/neo4j/statement.h"

static const struct table_column columns[] = {
    { "user", true, 0 },      { "roles", true, 0 }, { "passwordChangeRequired", true, 0 },
    { "suspended", true, 0 }, { "home", true, 0 },
};

static bool add_user(struct statement *statement, const struct state_user *user) {
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena), *roles = bolt_new_list(arena);

    bolt_append_string(arena, roles, "PUBLIC"); /* everybody has it */
    for (size_t i = 0; i < user->roles.count; i++)
        bolt_append_string(arena, roles, user->roles.items[i]);
    bolt_set_string(arena, row, "user", user->name);
    bolt_set(arena, row, "roles", roles);
    bolt_set_bool(arena, row, "passwordChangeRequired", user->must_change_password);
    bolt_set_bool(arena, row, "suspended", user->is_suspended);
    bolt_set_string(arena, row, "home", *user->home ? user->home : NULL);
    return table_add_map(&statement->cursor, &statement->table, row);
}

static bool show(struct statement *statement, const char *name) {
    const struct cluster_state *state = &statement->process->state;

    statement_columns(statement, columns, ARRAY_LENGTH(columns));
    for (size_t i = 0; i < state->user_count; i++)
        if ((!name || str_equal(state->users[i].name, name)) && !add_user(statement, &state->users[i]))
            return false;
    return table_show_tail(&statement->cursor, &statement->table, columns, ARRAY_LENGTH(columns));
}

static bool show_users(struct statement *statement) {
    return show(statement, NULL);
}

static bool show_current_user(struct statement *statement) {
    return show(statement, statement->user);
}

/* ---- passwords ---- */

static bool check_password(struct statement *statement, const struct state_user *user, const char *password) {
    int64_t length_min = configuration_integer(statement->process->configuration,
                                               "dbms.security.auth_minimum_password_length");

    if (!*password)
        return statement_fail(statement, FAILURE_ARGUMENT, "A password cannot be empty.");
    if ((int64_t)strlen(password) < length_min)
        return statement_fail(statement, FAILURE_SHORT_PASSWORD,
                              "A password must be at least %ld characters.", (long)length_min);
    if (user && credential_matches(user->credential, text_from(password)))
        return statement_fail(
            statement, FAILURE_SAME_PASSWORD,
            "Failed to alter the specified user '%s': Old password and new password cannot be "
            "the same.",
            user->name);
    return true;
}

static bool set_credential(struct statement *statement, const struct state_user *user, const char *password) {
    if (!check_password(statement, user, password))
        return false;
    json_set_string(
        statement->arena, statement->write, "credential",
        credential_new(statement->arena, network_random(statement->process->network), text_from(password)));
    return true;
}

static bool alter_current_user(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    const struct state_user *user = statement_user(statement);
    char *old, *new;

    statement_write(statement, "alter-user");
    if (!cursor_expect(cursor, "SET") || !cursor_expect(cursor, "PASSWORD") ||
        !cursor_expect(cursor, "FROM") || !cursor_string_or_parameter(cursor, &old) ||
        !cursor_expect(cursor, "TO") || !cursor_string_or_parameter(cursor, &new))
        return false;
    if (!user || !credential_matches(user->credential, text_from(old)))
        return statement_fail(
            statement, FAILURE_WRONG_OLD_PASSWORD,
            "User '%s' failed to alter their own password: Invalid principal or credentials.",
            statement->user);
    json_set_string(statement->arena, statement->write, "user", statement->user);
    json_set_bool(statement->arena, statement->write, "mustChange", false);
    return set_credential(statement, user, new);
}

/* ---- SET clauses, in any order ---- */

static bool read_change_required(struct statement *statement) {
    bool is_not = cursor_take(&statement->cursor, "NOT");

    json_set_bool(statement->arena, statement->write, "mustChange", !is_not);
    return cursor_expect(&statement->cursor, "REQUIRED");
}

static bool read_password(struct statement *statement, const struct state_user *user) {
    struct cursor *cursor = &statement->cursor;
    char *password;

    if (cursor_take(cursor, "CHANGE"))
        return read_change_required(statement);
    if (!cursor_string_or_parameter(cursor, &password) || !set_credential(statement, user, password))
        return false;
    return !cursor_take(cursor, "CHANGE") || read_change_required(statement);
}

static bool read_status(struct statement *statement) {
    bool is_suspended = cursor_take(&statement->cursor, "SUSPENDED");

    json_set_bool(statement->arena, statement->write, "suspended", is_suspended);
    return is_suspended || cursor_expect(&statement->cursor, "ACTIVE");
}

static bool read_home(struct statement *statement) {
    char *name;

    if (!cursor_expect(&statement->cursor, "DATABASE") || !cursor_dotted_name(&statement->cursor, &name))
        return false;
    json_set_string(statement->arena, statement->write, "home", name);
    return true;
}

static bool read_clauses(struct statement *statement, const struct state_user *user) {
    struct cursor *cursor = &statement->cursor;
    bool any = false;

    for (; cursor_take(cursor, "SET"); any = true) {
        bool ok = cursor_take(cursor, "STATUS") ? read_status(statement)
                  : cursor_take(cursor, "HOME")
                      ? read_home(statement)
                      : (cursor_take(cursor, "PLAINTEXT"),
                         cursor_expect(cursor, "PASSWORD") && read_password(statement, user));
        if (!ok)
            return false;
    }
    return any || cursor_fail(cursor, "'SET'");
}

static bool read_user(struct statement *statement, const char *op, char **out_name) {
    statement_write(statement, op);
    if (!cursor_name_or_parameter(&statement->cursor, out_name))
        return false;
    json_set_string(statement->arena, statement->write, "user", *out_name);
    return true;
}

static bool alter_user(struct statement *statement) {
    char *name;

    return read_user(statement, "alter-user", &name) && statement_existence(statement, false, "ifExists") &&
           read_clauses(statement, state_find_user(&statement->process->state, name));
}

static bool create_user(struct statement *statement) {
    char *name;

    if (!read_user(statement, "create-user", &name) || !statement_existence(statement, true, "ifNotExists"))
        return false;
    json_set_bool(statement->arena, statement->write, "mustChange", true);
    if (!read_clauses(statement, NULL))
        return false;
    return json_get(statement->write, "credential") || cursor_fail(&statement->cursor, "SET PASSWORD");
}

static bool drop_user(struct statement *statement) {
    char *name;

    return read_user(statement, "drop-user", &name) && statement_existence(statement, false, "ifExists");
}

const struct statement_form statements_of_users[] = {
    { "SHOW USER|USERS", show_users, .is_administration = true },
    { "SHOW CURRENT USER", show_current_user, .is_administration = true },
    { "ALTER CURRENT USER", alter_current_user, .is_administration = true, .is_allowed_expired = true },
    { "ALTER USER", alter_user, .is_administration = true },
    { "CREATE USER", create_user, .is_administration = true },
    { "DROP USER", drop_user, .is_administration = true },
    { NULL, NULL, false, false },
};
