/* SHOW, CREATE, ALTER, RENAME and DROP AUTH RULE: Cypher 25 of 2026.03. Source: Operations Manual,
 * attribute-based access control. */
#include "sim/neo4j/statement.h"

static const struct table_column columns[] = {
    { "name", true, 0 }, { "condition", true, 0 }, { "enabled", true, 0 }, { "roles", true, 0 }
};

bool statement_has_auth_rules(const struct statement *statement) {
    return statement->language == 25 && neo4j_version_at_least(&statement->process->version, 2026, 3);
}

/* What Cypher 5 says of AUTH, which it does not know. */
static bool check_known(struct statement *statement) {
    if (statement_has_auth_rules(statement))
        return true;
    while (!cursor_is(&statement->cursor, "AUTH"))
        statement->cursor.at--;
    return cursor_fail(&statement->cursor, "'ALIAS', 'DATABASE', 'ROLE', 'SERVER' or 'USER'");
}

static bool show_auth_rules(struct statement *statement) {
    const struct cluster_state *state = &statement->process->state;
    struct arena *arena = statement->arena;

    if (!check_known(statement))
        return false;
    statement_columns(statement, columns, ARRAY_LENGTH(columns));
    for (size_t i = 0; i < state->auth_rule_count; i++) {
        const struct state_auth_rule *rule = &state->auth_rules[i];
        struct bolt_value *row = bolt_new_map(arena), *roles = bolt_new_list(arena);
        for (size_t k = 0; k < rule->roles.count; k++)
            bolt_append_string(arena, roles, rule->roles.items[k]);
        bolt_set_string(arena, row, "name", rule->name);
        bolt_set_string(arena, row, "condition", rule->condition);
        bolt_set_bool(arena, row, "enabled", rule->is_enabled);
        bolt_set(arena, row, "roles", roles);
        if (!table_add_map(&statement->cursor, &statement->table, row))
            return false;
    }
    return table_show_tail(&statement->cursor, &statement->table, columns, ARRAY_LENGTH(columns));
}

/* ---- changes ---- */

static bool read_rule(struct statement *statement, const char *op) {
    char *name;

    statement_write(statement, op);
    if (!check_known(statement) || !statement_name(statement, &name))
        return false;
    json_set_string(statement->arena, statement->write, "rule", name);
    return true;
}

static bool is_known_rule(const struct statement *statement) {
    return state_find_auth_rule(&statement->process->state, json_string_at(statement->write, "rule", "")) !=
           NULL;
}

/* The condition is kept as it was written. */
static bool read_condition(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    size_t start = cursor_look(cursor)->offset;
    struct expression *condition;

    if (!expression_parse(cursor, &condition))
        return false;
    struct text source = { statement->text + start, cursor_look(cursor)->offset - start };
    source = text_trim(source);
    json_set_string(statement->arena, statement->write, "condition",
                    arena_strndup(statement->arena, source.data, source.length));
    return true;
}

static bool read_enabled(struct statement *statement) {
    bool is_enabled = cursor_take(&statement->cursor, "true");

    json_set_bool(statement->arena, statement->write, "enabled", is_enabled);
    return is_enabled || cursor_expect(&statement->cursor, "false");
}

static bool read_clauses(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    bool has_any = false;

    for (; cursor_take(cursor, "SET"); has_any = true) {
        bool is_enabled = cursor_take(cursor, "ENABLED");
        if (is_enabled && !read_enabled(statement))
            return false;
        if (!is_enabled && (!cursor_expect(cursor, "CONDITION") || !read_condition(statement)))
            return false;
    }
    return has_any || cursor_fail(cursor, "'SET'");
}

static bool create(struct statement *statement, bool replaces) {
    if (!read_rule(statement, "create-auth-rule") || !statement_existence(statement, true, "ifNotExists"))
        return false;
    if (replaces && json_get(statement->write, "ifNotExists"))
        return statement_fail(
            statement, FAILURE_SYNTAX,
            "Failed to create the specified auth rule '%s': cannot have both `OR REPLACE` and "
            "`IF NOT EXISTS`.",
            json_string_at(statement->write, "rule", ""));
    json_set_bool(statement->arena, statement->write, "orReplace", replaces);
    if (!read_clauses(statement))
        return false;
    if (is_known_rule(statement))
        statement->updates = replaces ? 2 : 0;
    return json_get(statement->write, "condition") || cursor_fail(&statement->cursor, "'SET CONDITION'");
}

static bool create_auth_rule(struct statement *statement) {
    return create(statement, false);
}

static bool replace_auth_rule(struct statement *statement) {
    return create(statement, true);
}

static bool alter_auth_rule(struct statement *statement) {
    if (!read_rule(statement, "alter-auth-rule") || !statement_existence(statement, false, "ifExists") ||
        !read_clauses(statement))
        return false;
    statement->updates = is_known_rule(statement);
    return true;
}

static bool rename_auth_rule(struct statement *statement) {
    char *name;

    if (!read_rule(statement, "rename-auth-rule") || !statement_existence(statement, false, "ifExists") ||
        !cursor_expect(&statement->cursor, "TO") || !statement_name(statement, &name))
        return false;
    json_set_string(statement->arena, statement->write, "name", name);
    statement->updates = is_known_rule(statement);
    return true;
}

static bool drop_auth_rule(struct statement *statement) {
    if (!read_rule(statement, "drop-auth-rule") || !statement_existence(statement, false, "ifExists"))
        return false;
    statement->updates = is_known_rule(statement);
    return true;
}

const struct statement_form statements_of_auth_rules[] = {
    { "SHOW AUTH RULE|RULES", show_auth_rules, .is_administration = true },
    { "CREATE AUTH RULE", create_auth_rule, .is_administration = true },
    { "CREATE OR REPLACE AUTH RULE", replace_auth_rule, .is_administration = true },
    { "ALTER AUTH RULE", alter_auth_rule, .is_administration = true },
    { "RENAME AUTH RULE", rename_auth_rule, .is_administration = true },
    { "DROP AUTH RULE", drop_auth_rule, .is_administration = true },
    { NULL, NULL, false, false },
};
