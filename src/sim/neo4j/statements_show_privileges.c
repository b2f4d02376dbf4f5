/* SHOW [ALL | ROLE | USER] PRIVILEGES [AS [REVOKE] COMMANDS], SHOW SUPPORTED PRIVILEGES.
 * Columns, values and order: Operations Manual, manage privileges. */
#include "sim/neo4j/statement.h"

#include <ctype.h>

static const struct table_column columns[] = {
    { "access", true, 0 },  { "action", true, 0 }, { "resource", true, 0 },  { "graph", true, 0 },
    { "segment", true, 0 }, { "role", true, 0 },   { "immutable", true, 0 }, { "user", true, 0 },
};

static const struct table_column command_columns[] = { { "command", true, 0 }, { "immutable", false, 0 } };

/* Whose privileges are shown, and how. */
struct showing {
    struct statement *statement;
    const struct table_column *columns;
    size_t column_count;
    const char *user; /* of SHOW USER PRIVILEGES; else NULL */
    bool as_commands;
    bool as_revoke;
};

/* ---- rows ---- */

static const char *graph_text(const struct privilege *privilege) {
    return privilege->scope == PRIVILEGE_ON_NAMED  ? privilege->database
           : privilege->scope == PRIVILEGE_ON_HOME ? "HOME"
                                                   : "*";
}

static bool add_columns_row(const struct showing *showing, const struct state_role *role,
                            const struct privilege *privilege, const char *segment) {
    struct arena *arena = showing->statement->arena;
    struct bolt_value *row = bolt_new_map(arena);

    bolt_set_string(arena, row, "access", privilege->is_denied ? "DENIED" : "GRANTED");
    bolt_set_string(arena, row, "action", privilege_kind(privilege->action)->name);
    bolt_set_string(arena, row, "resource", privilege_resource_text(arena, privilege));
    bolt_set_string(arena, row, "graph", graph_text(privilege));
    bolt_set_string(arena, row, "segment", segment);
    bolt_set_string(arena, row, "role", role->name);
    bolt_set_bool(arena, row, "immutable", privilege->is_immutable);
    bolt_set_string(arena, row, "user", showing->user);
    return table_add_map(&showing->statement->cursor, &showing->statement->table, row);
}

/* A user's commands name no role: the role is a parameter, so that they can be given to another one. */
static bool add_command_row(const struct showing *showing, const struct state_role *role,
                            const struct privilege *privilege) {
    struct arena *arena = showing->statement->arena;
    struct bolt_value *row = bolt_new_map(arena);
    const char *to = showing->user ? "$role" : privilege_quote(arena, role->name);

    bolt_set_string(arena, row, "command",
                    showing->as_revoke ? privilege_revoke_command(arena, privilege, to)
                                       : privilege_command(arena, privilege, to));
    bolt_set_bool(arena, row, "immutable", privilege->is_immutable);
    return table_add_map(&showing->statement->cursor, &showing->statement->table, row);
}

static bool add_privilege(const struct showing *showing, const struct state_role *role,
                          const struct privilege *privilege) {
    struct arena *arena = showing->statement->arena;

    if (showing->as_commands)
        return add_command_row(showing, role, privilege);
    if (privilege->action == PRIVILEGE_WRITE) /* on nodes and on relationships, which commands don't show */
        return add_columns_row(showing, role, privilege, "NODE(*)") &&
               add_columns_row(showing, role, privilege, "RELATIONSHIP(*)");
    return add_columns_row(showing, role, privilege, privilege_segment_text(arena, privilege));
}

static bool add_role(const struct showing *showing, const char *name) {
    const struct state_role *role = state_find_role(&showing->statement->process->state, name);

    for (size_t i = 0; role && i < role->privilege_count; i++)
        if (!add_privilege(showing, role, &role->privileges[i]))
            return false;
    return true;
}

/* ---- their order ---- */

static int compare_columns(const struct bolt_value *a, const struct bolt_value *b, const size_t *order,
                           size_t count) {
    for (size_t i = 0; i < count; i++) {
        int result = strcmp(bolt_string(bolt_item(a, order[i]), ""), bolt_string(bolt_item(b, order[i]), ""));
        if (result)
            return result;
    }
    return 0;
}

/* By role, segment, action, then the rest: access, graph, resource. */
static int compare_rows(const void *a, const void *b) {
    static const size_t order[] = { 7, 5, 4, 1, 0, 3, 2 };
    struct bolt_value *const *left = a, *const *right = b;
    bool has_user = bolt_length(*left) > order[0];

    return compare_columns(*left, *right, has_user ? order : order + 1,
                           ARRAY_LENGTH(order) - (has_user ? 0 : 1));
}

static int compare_commands(const void *a, const void *b) {
    struct bolt_value *const *left = a, *const *right = b;

    return compare_columns(*left, *right, (const size_t[]){ 0 }, 1);
}

/* Roles of one user may say the same. */
static void remove_repeated(struct table *table) {
    size_t count = 0;

    for (size_t i = 0; i < table->row_count; i++)
        if (!count || !bolt_equal(table->rows[count - 1], table->rows[i]))
            table->rows[count++] = table->rows[i];
    table->row_count = count;
}

static bool finish(const struct showing *showing) {
    struct table *table = &showing->statement->table;

    if (table->row_count)
        qsort(table->rows, table->row_count, sizeof(*table->rows),
              showing->as_commands ? compare_commands : compare_rows);
    if (showing->as_commands)
        remove_repeated(table);
    return table_show_tail(&showing->statement->cursor, table, showing->columns, showing->column_count);
}

/* ---- statements ---- */

/* [AS [REVOKE] COMMAND[S]], and the columns. */
static bool begin(struct statement *statement, bool of_users, struct showing *showing) {
    struct cursor *cursor = &statement->cursor;

    *showing = (struct showing){ .statement = statement,
                                 .columns = columns,
                                 .column_count = ARRAY_LENGTH(columns) - (of_users ? 0 : 1) };
    if (cursor_take(cursor, "AS")) {
        showing->as_commands = true;
        showing->as_revoke = cursor_take(cursor, "REVOKE");
        if (!cursor_take(cursor, "COMMAND") && !cursor_expect(cursor, "COMMANDS"))
            return false;
        showing->columns = command_columns;
        showing->column_count = ARRAY_LENGTH(command_columns);
    }
    statement_columns(statement, showing->columns, showing->column_count);
    return true;
}

static bool expect_privileges(struct statement *statement) {
    return cursor_take(&statement->cursor, "PRIVILEGE") || cursor_expect(&statement->cursor, "PRIVILEGES");
}

bool privileges_show_all(struct statement *statement) {
    const struct cluster_state *state = &statement->process->state;
    struct showing showing;

    if (!begin(statement, false, &showing))
        return false;
    for (size_t i = 0; i < state->role_count; i++)
        if (!add_role(&showing, state->roles[i].name))
            return false;
    return finish(&showing);
}

bool privileges_show_of_roles(struct statement *statement) {
    struct showing showing;
    struct json *names;

    statement_need(statement, PRIVILEGE_SHOW_PRIVILEGE);
    if (!statement_names(statement, &names) || !expect_privileges(statement) ||
        !begin(statement, false, &showing))
        return false;
    JSON_FOR_EACH_ITEM (name, names)
        if (!add_role(&showing, json_string(name, "")))
            return false;
    return finish(&showing);
}

/* Without names it is about whoever asks; everybody may see the own ones. */
bool privileges_show_of_users(struct statement *statement) {
    const struct cluster_state *state = &statement->process->state;
    struct cursor *cursor = &statement->cursor;
    struct json *names = json_new_array(statement->arena);
    bool is_own = (cursor_is(cursor, "PRIVILEGE") || cursor_is(cursor, "PRIVILEGES"));
    struct showing showing;

    if (is_own)
        json_append_string(statement->arena, names, statement->user);
    else if (!statement_names(statement, &names))
        return false;
    if (!expect_privileges(statement) || !begin(statement, true, &showing))
        return false;
    if (json_length(names) != 1 || !str_equal(json_string(json_item(names, 0), ""), statement->user)) {
        statement_need(statement, PRIVILEGE_SHOW_PRIVILEGE);
        statement_need(statement, PRIVILEGE_SHOW_USER);
    }
    JSON_FOR_EACH_ITEM (name, names) {
        showing.user = json_string(name, "");
        JSON_FOR_EACH_ITEM (role, authorization_roles(state, statement->arena, showing.user))
            if (!add_role(&showing, json_string(role, "")))
                return false;
    }
    return finish(&showing);
}

/* ---- SHOW SUPPORTED PRIVILEGES ---- */

static const struct table_column supported_columns[] = {
    { "action", true, 0 }, { "qualifier", true, 0 },   { "target", true, 0 },
    { "scope", true, 0 },  { "description", true, 0 },
};

static char *lower_case(struct arena *arena, const char *text) {
    char *lower = arena_strdup(arena, text);

    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

static void set_scope(struct arena *arena, struct bolt_value *row, const struct privilege_kind *kind) {
    struct bolt_value *scope = bolt_new_list(arena);

    if (kind->qualifier != QUALIFIED_BY_ENTITIES && kind->qualifier != QUALIFIED_BY_PROPERTIES)
        return;
    bolt_append_string(arena, scope, "elements");
    bolt_append_string(arena, scope, "nodes");
    if (!kind->has_no_pattern)
        bolt_append_string(arena, scope, "pattern");
    bolt_append_string(arena, scope, "relationships");
    bolt_set(arena, row, "scope", scope);
}

static bool add_supported(struct statement *statement, const struct privilege_kind *kind,
                          const char *target) {
    static const char *const qualifiers[] = {
        [QUALIFIED_BY_PROPERTIES] = "property", [QUALIFIED_BY_LABELS] = "label",
        [QUALIFIED_BY_USERS] = "username",      [QUALIFIED_BY_PROCEDURES] = "procedure",
        [QUALIFIED_BY_FUNCTIONS] = "function",  [QUALIFIED_BY_SETTINGS] = "setting",
        [QUALIFIED_BY_ENTITIES] = NULL,         [QUALIFIED_BY_NOTHING] = NULL,
    };
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena);
    /* Some are shown in the plural. */
    bool is_many = str_ends_with(kind->text, "TRANSACTION") || str_ends_with(kind->text, "SETTING");

    bolt_set_string(arena, row, "action",
                    arena_printf(arena, "%s%s", lower_case(arena, kind->text), is_many ? "s" : ""));
    bolt_set_string(arena, row, "qualifier", qualifiers[kind->qualifier]);
    bolt_set_string(arena, row, "target", target);
    set_scope(arena, row, kind);
    bolt_set_string(arena, row, "description", kind->description);
    return table_add_map(&statement->cursor, &statement->table, row);
}

static int compare_actions(const void *a, const void *b) {
    struct bolt_value *const *left = a, *const *right = b;

    return compare_columns(*left, *right, (const size_t[]){ 0, 2 }, 2);
}

bool privileges_show_supported(struct statement *statement) {
    static const char *const targets[] = { [PRIVILEGE_OF_GRAPH] = "graph",
                                           [PRIVILEGE_OF_DATABASE] = "database",
                                           [PRIVILEGE_OF_DBMS] = "dbms",
                                           [PRIVILEGE_OF_LOAD] = "all data" };

    statement_columns(statement, supported_columns, ARRAY_LENGTH(supported_columns));
    for (unsigned action = PRIVILEGE_NOTHING + 1; action < PRIVILEGE_ACTIONS_COUNT; action++) {
        const struct privilege_kind *kind = privilege_kind((enum privilege_action)action);
        if (kind->since &&
            !neo4j_version_at_least(&statement->process->version, kind->since / 100, kind->since % 100))
            continue;
        if (!add_supported(statement, kind, targets[kind->target]) ||
            (kind->target == PRIVILEGE_OF_LOAD && !add_supported(statement, kind, "cidr")))
            return false;
    }
    qsort(statement->table.rows, statement->table.row_count, sizeof(*statement->table.rows), compare_actions);
    return table_show_tail(&statement->cursor, &statement->table, supported_columns,
                           ARRAY_LENGTH(supported_columns));
}
