/* SHOW ROLES, CREATE, RENAME and DROP ROLE. Source: Operations Manual, manage roles. GRANT ROLE and REVOKE
 * ROLE begin like the statements of privileges, and are with them. */
#include "sim/neo4j/statement.h"

enum roles_with { WITH_NOTHING, WITH_USERS, WITH_AUTH_RULES };

static const struct table_column columns[][3] = {
    [WITH_NOTHING] = { { "role", true, 0 }, { "immutable", false, 0 } },
    [WITH_USERS] = { { "role", true, 0 }, { "member", true, 0 }, { "immutable", false, 0 } },
    [WITH_AUTH_RULES] = { { "role", true, 0 }, { "authRule", true, 0 }, { "immutable", false, 0 } },
};

static bool add_row(struct statement *statement, const struct state_role *role, const char *member) {
    struct bolt_value *row = bolt_new_map(statement->arena);

    bolt_set_string(statement->arena, row, "role", role->name);
    bolt_set_string(statement->arena, row, "member", member);
    bolt_set_string(statement->arena, row, "authRule", member);
    bolt_set_bool(statement->arena, row, "immutable", role->is_immutable);
    return table_add_map(&statement->cursor, &statement->table, row);
}

/* A row for each member that has the role, or one without a member. */
static bool add_rows(struct statement *statement, const struct state_role *role, enum roles_with with,
                     bool populated_only) {
    const struct cluster_state *state = &statement->process->state;
    bool is_public = str_equal(role->name, ROLE_PUBLIC);
    bool of_rules = with == WITH_AUTH_RULES;
    size_t count = 0, members = of_rules ? state->auth_rule_count : state->user_count;

    for (size_t i = 0; i < members; i++) {
        bool has = of_rules ? name_list_has(&state->auth_rules[i].roles, role->name)
                            : is_public || name_list_has(&state->users[i].roles, role->name);
        const char *member = of_rules ? state->auth_rules[i].name : state->users[i].name;
        count += has;
        if (has && with != WITH_NOTHING && !add_row(statement, role, member))
            return false;
    }
    if (with == WITH_NOTHING)
        return (populated_only && !count) || add_row(statement, role, NULL);
    return count || populated_only || add_row(statement, role, NULL);
}

static bool read_with(struct statement *statement, enum roles_with *out_with) {
    struct cursor *cursor = &statement->cursor;

    *out_with = WITH_NOTHING;
    if (!cursor_take(cursor, "WITH"))
        return true;
    if (cursor_take(cursor, "USER") || cursor_take(cursor, "USERS")) {
        *out_with = WITH_USERS;
        statement_need(statement, PRIVILEGE_SHOW_USER);
        return true;
    }
    *out_with = WITH_AUTH_RULES;
    statement_need(statement, PRIVILEGE_SHOW_AUTH_RULE);
    if (!statement_has_auth_rules(statement))
        return cursor_fail(cursor, "'USERS'");
    return cursor_expect(cursor, "AUTH") && (cursor_take(cursor, "RULE") || cursor_expect(cursor, "RULES"));
}

static bool show(struct statement *statement, bool populated_only) {
    const struct cluster_state *state = &statement->process->state;
    enum roles_with with;

    statement_need(statement, PRIVILEGE_SHOW_ROLE);
    if (!read_with(statement, &with))
        return false;
    size_t column_count = with == WITH_NOTHING ? 2 : 3;
    statement_columns(statement, columns[with], column_count);
    for (size_t i = 0; i < state->role_count; i++)
        if (!add_rows(statement, &state->roles[i], with, populated_only))
            return false;
    return table_show_tail(&statement->cursor, &statement->table, columns[with], column_count);
}

static bool show_all_roles(struct statement *statement) {
    return show(statement, false);
}

static bool show_populated_roles(struct statement *statement) {
    return show(statement, true);
}

/* SHOW ROLES, or SHOW ROLE name, … PRIVILEGES. */
static bool show_roles(struct statement *statement) {
    const struct cursor *cursor = &statement->cursor;
    bool lists = cursor_at_end(cursor) || cursor_is(cursor, "WITH") || cursor_is(cursor, "YIELD") ||
                 cursor_is(cursor, "WHERE");

    return lists ? show(statement, false) : privileges_show_of_roles(statement);
}

/* ---- changes ---- */

static bool read_role(struct statement *statement, const char *op) {
    char *name;

    statement_write(statement, op);
    if (!statement_name(statement, &name))
        return false;
    json_set_string(statement->arena, statement->write, "role", name);
    return true;
}

static bool create(struct statement *statement, bool is_immutable, bool replaces) {
    struct cursor *cursor = &statement->cursor;
    char *name;

    if (!read_role(statement, "create-role") || !statement_existence(statement, true, "ifNotExists"))
        return false;
    json_set_bool(statement->arena, statement->write, "immutable", is_immutable);
    json_set_bool(statement->arena, statement->write, "orReplace", replaces);
    if (replaces && json_get(statement->write, "ifNotExists"))
        return statement_fail(
            statement, FAILURE_SYNTAX,
            "Failed to create the specified role '%s': cannot have both `OR REPLACE` and `IF "
            "NOT EXISTS`.",
            json_string_at(statement->write, "role", ""));
    if (cursor_take(cursor, "AS")) {
        if (!cursor_expect(cursor, "COPY") || !cursor_expect(cursor, "OF") ||
            !statement_name(statement, &name))
            return false;
        json_set_string(statement->arena, statement->write, "copyOf", name);
    }
    /* What is there already: nothing changes, or it goes first. */
    if (state_find_role(&statement->process->state, json_string_at(statement->write, "role", "")))
        statement->updates = replaces ? 2 : 0;
    return true;
}

static bool create_role(struct statement *statement) {
    return create(statement, false, false);
}

static bool create_immutable_role(struct statement *statement) {
    return create(statement, true, false);
}

static bool replace_role(struct statement *statement) {
    return create(statement, false, true);
}

static bool replace_immutable_role(struct statement *statement) {
    return create(statement, true, true);
}

static bool exists_or_is_nothing(struct statement *statement) {
    if (!state_find_role(&statement->process->state, json_string_at(statement->write, "role", "")))
        statement->updates = 0;
    return true;
}

static bool rename_role(struct statement *statement) {
    char *name;

    if (!read_role(statement, "rename-role") || !statement_existence(statement, false, "ifExists") ||
        !cursor_expect(&statement->cursor, "TO") || !statement_name(statement, &name))
        return false;
    json_set_string(statement->arena, statement->write, "name", name);
    return exists_or_is_nothing(statement);
}

static bool drop_role(struct statement *statement) {
    return read_role(statement, "drop-role") && statement_existence(statement, false, "ifExists") &&
           exists_or_is_nothing(statement);
}

const struct statement_form statements_of_roles[] = {
    { "SHOW ROLE|ROLES", show_roles, .is_administration = true },
    { "SHOW ALL ROLE|ROLES", show_all_roles, .is_administration = true },
    { "SHOW POPULATED ROLE|ROLES", show_populated_roles, .is_administration = true },
    { "CREATE ROLE", create_role, .is_administration = true },
    { "CREATE IMMUTABLE ROLE", create_immutable_role, .is_administration = true },
    { "CREATE OR REPLACE ROLE", replace_role, .is_administration = true },
    { "CREATE OR REPLACE IMMUTABLE ROLE", replace_immutable_role, .is_administration = true },
    { "RENAME ROLE", rename_role, .is_administration = true },
    { "DROP ROLE", drop_role, .is_administration = true },
    { NULL, NULL, false, false },
};
