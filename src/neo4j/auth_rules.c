/* Auth rules. Source: Operations Manual, "Attribute-based access control". */
#include "neo4j/roles.h"

static bool start(struct statement *statement, struct arena *arena, const struct dialect *dialect,
                  const char *words, struct error *err) {
    if (!dialect_require(dialect, FORM_AUTH_RULES, err))
        return false;
    statement_start(statement, arena, dialect_prefix(dialect, FORM_AUTH_RULES));
    statement_add(statement, words);
    return true;
}

bool auth_rule_create(struct arena *arena, const struct dialect *dialect, const struct auth_rule_wish *wish,
                      const struct administration **out, struct error *err) {
    struct statement statement;

    if (str_empty(wish->condition))
        return error_set(err, ERROR_INVALID, "auth rule %s: a new rule needs a condition", wish->name);
    if (!start(&statement, arena, dialect, "CREATE AUTH RULE ", err))
        return false;
    statement_add_name(&statement, wish->name);
    statement_add(&statement, " IF NOT EXISTS SET CONDITION ");
    statement_add(&statement, wish->condition);
    statement_add(&statement, wish->is_enabled ? " SET ENABLED true" : " SET ENABLED false");
    *out = statement_end(&statement, EFFECT_MAKES);
    return true;
}

bool auth_rule_alter(struct arena *arena, const struct dialect *dialect, const struct auth_rule_wish *wish,
                     const struct administration **out, struct error *err) {
    struct statement statement;

    if (!start(&statement, arena, dialect, "ALTER AUTH RULE ", err))
        return false;
    statement_add_name(&statement, wish->name);
    if (!str_empty(wish->condition)) {
        statement_add(&statement, " SET CONDITION ");
        statement_add(&statement, wish->condition);
    }
    statement_add(&statement, wish->is_enabled ? " SET ENABLED true" : " SET ENABLED false");
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

bool auth_rule_rename(struct arena *arena, const struct dialect *dialect, const char *name,
                      const char *new_name, const struct administration **out, struct error *err) {
    struct statement statement;

    if (!start(&statement, arena, dialect, "RENAME AUTH RULE ", err))
        return false;
    statement_add_name(&statement, name);
    statement_add(&statement, " TO ");
    statement_add_name(&statement, new_name);
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

bool auth_rule_drop(struct arena *arena, const struct dialect *dialect, const char *name,
                    const struct administration **out, struct error *err) {
    struct statement statement;

    if (!start(&statement, arena, dialect, "DROP AUTH RULE ", err))
        return false;
    statement_add_name(&statement, name);
    statement_add(&statement, " IF EXISTS");
    *out = statement_end(&statement, EFFECT_REMOVES);
    return true;
}

static bool change_roles(struct arena *arena, const struct dialect *dialect, bool is_grant,
                         const struct text_list *roles, const char *rule, const struct administration **out,
                         struct error *err) {
    struct statement statement;

    if (!start(&statement, arena, dialect, is_grant ? "GRANT ROLES " : "REVOKE ROLES ", err))
        return false;
    statement_add_parameters(&statement, "role", roles);
    statement_add(&statement, is_grant ? " TO AUTH RULE " : " FROM AUTH RULE ");
    statement_add_name(&statement, rule);
    *out = statement_end(&statement, is_grant ? EFFECT_CHANGES : EFFECT_REMOVES);
    return true;
}

bool auth_rule_grant(struct arena *arena, const struct dialect *dialect, const struct text_list *roles,
                     const char *rule, const struct administration **out, struct error *err) {
    return change_roles(arena, dialect, true, roles, rule, out, err);
}

bool auth_rule_revoke(struct arena *arena, const struct dialect *dialect, const struct text_list *roles,
                      const char *rule, const struct administration **out, struct error *err) {
    return change_roles(arena, dialect, false, roles, rule, out, err);
}

bool auth_rules_show(struct arena *arena, const struct dialect *dialect, const struct administration **out,
                     struct error *err) {
    struct statement statement;

    if (!start(&statement, arena, dialect, "SHOW AUTH RULES YIELD *", err))
        return false;
    *out = statement_end(&statement, EFFECT_READS);
    return true;
}

static const struct row_column columns[] = {
    ROW_KEY(struct auth_rule_row, name, TEXT, "name"),
    ROW(struct auth_rule_row, condition, TEXT, "condition"),
    ROW(struct auth_rule_row, is_enabled, BOOL, "enabled"),
    ROW(struct auth_rule_row, roles, TEXTS, "roles"),
};
static const struct row_kind kind = ROW_KIND("SHOW AUTH RULES", struct auth_rule_row, columns);
ROWS_READ(auth_rules_read, struct auth_rule_rows, &kind)
