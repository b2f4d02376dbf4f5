#include "neo4j/roles.h"

/* Source: Operations Manual, "Managing roles", "Built-in roles and privileges". */

const char roles_query[] = "SHOW ROLES YIELD *";
const char roles_with_users_query[] = "SHOW ROLES WITH USERS YIELD *";

static const char *const builtin_roles[] = {
    "PUBLIC", "reader", "editor", "publisher", "architect", "admin"
};

bool role_is_builtin(const char *name) {
    for (size_t i = 0; i < ARRAY_LENGTH(builtin_roles); i++)
        if (str_equal(builtin_roles[i], name))
            return true;
    return false;
}

const struct administration *role_create(struct arena *arena, const struct role_wish *wish) {
    struct statement statement;

    statement_start(&statement, arena, wish->is_immutable ? "CREATE IMMUTABLE ROLE " : "CREATE ROLE ");
    statement_add_parameter(&statement, "role", wish->name);
    statement_add(&statement, " IF NOT EXISTS");
    if (wish->copy_of) {
        statement_add(&statement, " AS COPY OF ");
        statement_add_parameter(&statement, "model", wish->copy_of);
    }
    return statement_end(&statement, EFFECT_MAKES);
}

const struct administration *role_rename(struct arena *arena, const char *name, const char *new_name) {
    struct statement statement;

    statement_start(&statement, arena, "RENAME ROLE ");
    statement_add_parameter(&statement, "role", name);
    statement_add(&statement, " TO ");
    statement_add_parameter(&statement, "name", new_name);
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *role_drop(struct arena *arena, const char *name) {
    struct statement statement;

    statement_start(&statement, arena, "DROP ROLE ");
    statement_add_parameter(&statement, "role", name);
    statement_add(&statement, " IF EXISTS");
    return statement_end(&statement, EFFECT_REMOVES);
}

const struct administration *role_grant(struct arena *arena, const struct text_list *roles,
                                        const struct text_list *users) {
    struct statement statement;

    statement_start(&statement, arena, "GRANT ROLES ");
    statement_add_parameters(&statement, "role", roles);
    statement_add(&statement, " TO ");
    statement_add_parameters(&statement, "user", users);
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *role_revoke(struct arena *arena, const struct dialect *dialect,
                                         const struct text_list *roles, const struct text_list *users) {
    struct statement statement;

    statement_start(&statement, arena, dialect_prefix(dialect, FORM_REVOKE));
    statement_add(&statement, "REVOKE ROLES ");
    statement_add_parameters(&statement, "role", roles);
    statement_add(&statement, " FROM ");
    statement_add_parameters(&statement, "user", users);
    return statement_end(&statement, EFFECT_REMOVES);
}

static const struct row_column columns[] = {
    ROW_KEY(struct role_row, name, TEXT, "role"),
    ROW_USED(struct role_row, member, TEXT, "member", ROW_SORTED),
    ROW(struct role_row, is_immutable, BOOL, "immutable"),
};
static const struct row_kind kind = ROW_KIND("SHOW ROLES", struct role_row, columns);
ROWS_READ(roles_read, struct role_rows, &kind)

bool roles_have(const struct role_rows *rows, const char *name) {
    for (size_t i = 0; i < rows->count; i++)
        if (str_equal(rows->items[i].name, name))
            return true;
    return false;
}

struct text_list roles_members(struct arena *arena, const struct role_rows *rows, const char *name) {
    struct text_list members = { .items = ARENA_ARRAY(arena, const char *, rows->count) };

    for (size_t i = 0; i < rows->count; i++)
        if (str_equal(rows->items[i].name, name) && !str_empty(rows->items[i].member))
            members.items[members.count++] = rows->items[i].member;
    return members;
}
