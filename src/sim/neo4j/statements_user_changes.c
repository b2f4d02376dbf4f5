/* CREATE, ALTER, RENAME and DROP USER, ALTER CURRENT USER SET PASSWORD. Source: Operations Manual, manage
 * users. */
#include "sim/neo4j/credential.h"
#include "sim/neo4j/user_clauses.h"

static struct arena *arena_of(const struct statement *statement) {
    return statement->arena;
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
    if (!user_password_check(statement, new))
        return false;
    if (credential_matches(user->credential, text_from(new)))
        return statement_fail(statement, FAILURE_SAME_PASSWORD,
                              "User '%s' failed to alter their own password: Old password and new password "
                              "cannot be the same.",
                              statement->user);
    json_set_string(arena_of(statement), statement->write, "user", statement->user);
    json_set_bool(arena_of(statement), statement->write, "mustChange", false);
    user_password_set(statement, new);
    return true;
}

static bool read_user(struct statement *statement, const char *op) {
    char *name;

    statement_write(statement, op);
    if (!statement_name(statement, &name))
        return false;
    json_set_string(arena_of(statement), statement->write, "user", name);
    return true;
}

static bool is_own(const struct statement *statement) {
    return *statement->user && str_equal(json_string_at(statement->write, "user", ""), statement->user);
}

static bool alter_user(struct statement *statement) {
    struct user_clauses clauses = { .statement = statement };

    if (!read_user(statement, "alter-user") || !statement_existence(statement, false, "ifExists") ||
        !user_clauses_read_removes(&clauses) || !user_clauses_read_sets(&clauses))
        return false;
    if (!clauses.has_any)
        return statement_fail(statement, FAILURE_MISSING_CLAUSE,
                              "`ALTER USER` requires at least one clause.");
    if (json_get(statement->write, "suspended") && is_own(statement))
        return statement_fail(
            statement, FAILURE_OWN_STATUS,
            "Failed to alter the specified user '%s': Changing your own activation status is "
            "not allowed.",
            statement->user);
    statement->updates = user_of_request(statement) ? 1 : 0;
    return true;
}

/* A user needs a way to log in. */
static bool check_auth(struct statement *statement) {
    bool has_password = json_get(statement->write, "credential") != NULL;

    if (!has_password && json_get(statement->write, "touchesNative"))
        return statement_fail(statement, FAILURE_MISSING_AUTH,
                              "Clause `SET PASSWORD` is mandatory for auth provider `native`.");
    return has_password || json_length(json_get(statement->write, "auth")) ||
           statement_fail(statement, FAILURE_MISSING_AUTH, "No auth given for user.");
}

static bool create(struct statement *statement, bool replaces) {
    struct user_clauses clauses = { .statement = statement, .is_create = true };

    if (!read_user(statement, "create-user") || !statement_existence(statement, true, "ifNotExists"))
        return false;
    if (replaces && json_get(statement->write, "ifNotExists"))
        return statement_fail(
            statement, FAILURE_SYNTAX,
            "Failed to create the specified user '%s': cannot have both `OR REPLACE` and `IF "
            "NOT EXISTS`.",
            json_string_at(statement->write, "user", ""));
    json_set_bool(arena_of(statement), statement->write, "orReplace", replaces);
    if (!user_clauses_read_sets(&clauses))
        return false;
    if (!clauses.has_any)
        return cursor_fail(&statement->cursor,
                           json_get(statement->write, "ifNotExists") ? "'SET'" : "'IF NOT EXISTS' or 'SET'");
    if (!check_auth(statement))
        return false;
    if (!json_get(statement->write, "mustChange"))
        json_set_bool(arena_of(statement), statement->write, "mustChange", true);
    if (replaces && is_own(statement))
        return statement_fail(statement, FAILURE_OWN_USER,
                              "Failed to replace the specified user '%s': Deleting yourself is not allowed.",
                              statement->user);
    if (user_of_request(statement))
        statement->updates = replaces ? 2 : 0;
    return true;
}

static bool create_user(struct statement *statement) {
    return create(statement, false);
}

static bool replace_user(struct statement *statement) {
    return create(statement, true);
}

static bool rename_user(struct statement *statement) {
    char *name;

    if (!read_user(statement, "rename-user") || !statement_existence(statement, false, "ifExists") ||
        !cursor_expect(&statement->cursor, "TO") || !statement_name(statement, &name))
        return false;
    json_set_string(arena_of(statement), statement->write, "name", name);
    statement->updates = user_of_request(statement) ? 1 : 0;
    return true;
}

static bool drop_user(struct statement *statement) {
    if (!read_user(statement, "drop-user") || !statement_existence(statement, false, "ifExists"))
        return false;
    if (is_own(statement))
        return statement_fail(statement, FAILURE_OWN_USER,
                              "Failed to delete the specified user '%s': Deleting yourself is not allowed.",
                              statement->user);
    statement->updates = user_of_request(statement) ? 1 : 0;
    return true;
}

/* ALTER USERS a, b SET TAG … */
static bool alter_users(struct statement *statement) {
    struct user_clauses clauses = { .statement = statement };
    struct json *names;

    statement_write(statement, "alter-users");
    if (!neo4j_version_at_least(&statement->process->version, 2026, 6))
        return cursor_fail(&statement->cursor, "'USER'");
    if (!statement_names(statement, &names))
        return false;
    json_set(arena_of(statement), statement->write, "users", names);
    struct cursor *cursor = &statement->cursor;
    static const struct {
        const char *verb, *key;
    } verbs[] = { { "REMOVE", "removeTags" }, { "ADD", "addTags" }, { "SET", "tags" } };
    for (size_t i = 0; i < ARRAY_LENGTH(verbs); i++)
        for (; cursor_take(cursor, verbs[i].verb); clauses.has_any = true)
            if (!(user_clauses_take_tags(statement) ? user_clauses_read_tags(&clauses, verbs[i].key)
                                                    : cursor_fail(cursor, "'TAG'")))
                return false;
    statement->updates = (int64_t)json_length(names);
    return clauses.has_any || cursor_fail(cursor, "'ADD', 'REMOVE' or 'SET'");
}

const struct statement_form statements_of_user_changes[] = {
    { "ALTER CURRENT USER", alter_current_user, .is_administration = true, .is_allowed_expired = true },
    { "ALTER USER", alter_user, .is_administration = true },
    { "ALTER USERS", alter_users, .is_administration = true },
    { "CREATE USER", create_user, .is_administration = true },
    { "CREATE OR REPLACE USER", replace_user, .is_administration = true },
    { "RENAME USER", rename_user, .is_administration = true },
    { "DROP USER", drop_user, .is_administration = true },
    { NULL, NULL, false, false },
};
