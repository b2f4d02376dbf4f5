#include "neo4j/privileges.h"

#include "neo4j/privilege_tokens.h"
#include "neo4j/quote.h"

const char privilege_rows_query[] = "SHOW PRIVILEGES YIELD *";
const char supported_privileges_query[] = "SHOW SUPPORTED PRIVILEGES YIELD *";

/* ---- writing ---- */

static void write_names(struct buffer *out, const struct privilege *privilege) {
    switch (privilege->kind->argument) {
    case ARGUMENT_NONE:
        return;
    case ARGUMENT_PROPERTIES:
        buffer_add_string(out, " {");
        break;
    case ARGUMENT_USERS:
        buffer_add_string(out, " (");
        break;
    case ARGUMENT_LABELS:
    case ARGUMENT_GLOBS:
        buffer_add_char(out, ' ');
        break;
    }
    if (!privilege->argument)
        buffer_add_char(out, '*');
    else
        token_write_name(out, privilege->argument);
    if (privilege->kind->argument == ARGUMENT_PROPERTIES)
        buffer_add_char(out, '}');
    if (privilege->kind->argument == ARGUMENT_USERS)
        buffer_add_char(out, ')');
}

/* Parts between dots are quoted where they must be; * and ? mean the same inside of quotes. */
static void write_glob(struct buffer *out, const char *glob) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*?.";

    buffer_add_char(out, ' ');
    if (strspn(glob, plain) == strlen(glob))
        buffer_add_string(out, glob);
    else
        quote_name(out, glob);
}

static void write_target(struct buffer *out, const struct privilege *privilege) {
    static const char *const words[] = { " ON GRAPH ", " ON DATABASE ", " ON DBMS", " ON " };
    static const char *const home[] = { " ON HOME GRAPH", " ON HOME DATABASE", "", "" };
    enum privilege_scope scope = privilege->kind->scope;

    if (privilege->target == TARGET_HOME) {
        buffer_add_string(out, home[scope]);
        return;
    }
    buffer_add_string(out, words[scope]);
    if (scope == PRIVILEGE_ON_DBMS)
        return;
    if (scope == PRIVILEGE_ON_LOAD) {
        buffer_add_string(out, privilege->target == TARGET_ALL ? "ALL DATA" : "CIDR ");
        if (privilege->target == TARGET_NAMED)
            quote_string(out, privilege->graph);
        return;
    }
    if (privilege->target == TARGET_ALL)
        buffer_add_char(out, '*');
    else
        token_write_name(out, privilege->graph);
}

static void write_part(struct buffer *out, const struct privilege *privilege) {
    static const char *const words[] = { "", " NODE ", " RELATIONSHIP ", " FOR " };

    buffer_add_string(out, words[privilege->entity]);
    if (privilege->entity == ENTITY_NONE)
        return;
    if (privilege->entity == ENTITY_PATTERN)
        buffer_add_string(out, privilege->label);
    else if (!privilege->label)
        buffer_add_char(out, '*');
    else
        token_write_name(out, privilege->label);
}

/* Without the verb in front and the role behind. */
static void write_middle(struct buffer *out, const struct privilege *privilege) {
    buffer_add_string(out, privilege->kind->words);
    if (privilege->kind->argument == ARGUMENT_GLOBS)
        write_glob(out, privilege->argument);
    else
        write_names(out, privilege);
    write_target(out, privilege);
    write_part(out, privilege);
}

static void write_statement(struct buffer *out, const struct privilege *privilege, bool is_revoke) {
    buffer_add_string(out, is_revoke ? "REVOKE " : privilege->is_denied ? "DENY " : "GRANT ");
    buffer_add_string(out, privilege->is_immutable ? "IMMUTABLE " : "");
    if (is_revoke)
        buffer_add_string(out, privilege->is_denied ? "DENY " : "GRANT ");
    write_middle(out, privilege);
    buffer_add_string(out, is_revoke ? " FROM " : " TO ");
    if (str_empty(privilege->role))
        buffer_add_string(out, "$role");
    else
        quote_name(out, privilege->role);
}

void privilege_write(struct buffer *out, const struct privilege *privilege) {
    write_statement(out, privilege, false);
}

char *privilege_text(struct arena *arena, const struct privilege *privilege) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    privilege_write(&out, privilege);
    return arena_strdup(arena, buffer_string(&out));
}

bool privilege_grant(struct arena *arena, const struct dialect *dialect, const struct privilege *privilege,
                     const struct administration **out, struct error *err) {
    struct statement statement;

    if (!dialect_require(dialect, privilege->kind->form, err))
        return error_wrap(err, "%s", privilege->kind->words);
    statement_start(&statement, arena, dialect_prefix(dialect, privilege->kind->form));
    write_statement(&statement.text, privilege, false);
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

const struct administration *privilege_revoke(struct arena *arena, const struct dialect *dialect,
                                              const struct privilege *privilege) {
    const char *prefix = dialect_prefix(dialect, privilege->kind->form);
    struct statement statement;

    statement_start(&statement, arena, *prefix ? prefix : dialect_prefix(dialect, FORM_REVOKE));
    write_statement(&statement.text, privilege, true);
    return statement_end(&statement, EFFECT_REMOVES);
}

/* ---- sets ---- */

/* NULL, which means all, comes first. */
static int compare_names(const char *a, const char *b) {
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_numbers(long a, long b) {
    return (a > b) - (a < b);
}

int privilege_order(const struct privilege *a, const struct privilege *b) {
    const int differences[] = {
        compare_names(a->role, b->role),
        compare_numbers(a->is_denied, b->is_denied),
        compare_numbers(a->kind - privilege_kinds, b->kind - privilege_kinds),
        compare_numbers(a->target, b->target),
        compare_names(a->graph, b->graph),
        compare_numbers(a->entity, b->entity),
        compare_names(a->label, b->label),
        compare_names(a->argument, b->argument),
        compare_numbers(a->is_immutable, b->is_immutable),
    };

    for (size_t i = 0; i < ARRAY_LENGTH(differences); i++)
        if (differences[i])
            return differences[i];
    return 0;
}

static int compare_items(const void *a, const void *b) {
    return privilege_order(a, b);
}

struct privilege_set privilege_set_of(struct privilege *items, size_t count) {
    size_t kept = 0;

    if (count)
        qsort(items, count, sizeof(*items), compare_items);
    for (size_t i = 0; i < count; i++)
        if (!kept || privilege_order(&items[kept - 1], &items[i]))
            items[kept++] = items[i];
    return (struct privilege_set){ .items = items, .count = kept };
}

struct privilege_set privilege_union(struct arena *arena, const struct privilege_set *a,
                                     const struct privilege_set *b) {
    struct privilege *items = ARENA_ARRAY(arena, struct privilege, a->count + b->count);

    for (size_t i = 0; i < a->count; i++)
        items[i] = a->items[i];
    for (size_t i = 0; i < b->count; i++)
        items[a->count + i] = b->items[i];
    return privilege_set_of(items, a->count + b->count);
}

struct privilege_set privilege_difference(struct arena *arena, const struct privilege_set *a,
                                          const struct privilege_set *b) {
    struct privilege *items = ARENA_ARRAY(arena, struct privilege, a->count);
    size_t count = 0;

    for (size_t i = 0; i < a->count; i++)
        if (!privilege_set_has(b, &a->items[i]))
            items[count++] = a->items[i];
    return (struct privilege_set){ .items = items, .count = count };
}

bool privilege_set_has(const struct privilege_set *set, const struct privilege *privilege) {
    return set->count && bsearch(privilege, set->items, set->count, sizeof(*privilege), compare_items);
}

struct privilege_set privilege_set_for_role(struct arena *arena, const struct privilege_set *set,
                                            const char *role) {
    struct privilege *items = ARENA_ARRAY(arena, struct privilege, set->count);

    for (size_t i = 0; i < set->count; i++) {
        items[i] = set->items[i];
        items[i].role = role;
    }
    return privilege_set_of(items, set->count);
}

/* ---- what servers answer ---- */

const struct administration *privileges_show(struct arena *arena, const struct text_list *roles) {
    struct statement statement;

    statement_start(&statement, arena, "SHOW ROLES ");
    for (size_t i = 0; i < roles->count; i++) {
        statement_add(&statement, i ? ", " : "");
        statement_add_name(&statement, roles->items[i]);
    }
    statement_add(&statement, " PRIVILEGES AS COMMANDS YIELD command, immutable");
    return statement_end(&statement, EFFECT_READS);
}

struct command_row {
    const char *command;
    bool is_immutable;
};

static const struct row_column command_columns[] = {
    ROW_KEY(struct command_row, command, TEXT, "command"),
    ROW(struct command_row, is_immutable, BOOL, "immutable"),
};
static const struct row_kind command_kind =
    ROW_KIND("SHOW PRIVILEGES AS COMMANDS", struct command_row, command_columns);

/* A command is what a server grants or denies: it revokes nothing and makes nobody a member. */
static bool read_command(struct arena *arena, const struct command_row *row,
                         struct privilege_statement *out_statement) {
    const struct privilege_options options = { .is_from_server = true };

    return privilege_read(arena, row->command, &options, out_statement, NULL) &&
           !out_statement->is_membership &&
           (out_statement->verb == VERB_GRANT || out_statement->verb == VERB_DENY);
}

/* The column knows what is immutable; whether the command says so, too, is the version's affair. */
static void take(struct privileges_shown *shown, struct privilege *items,
                 const struct privilege_statement *statement, bool is_immutable) {
    for (size_t i = 0; i < statement->set.count; i++) {
        struct privilege privilege = statement->set.items[i];
        privilege.is_immutable = privilege.is_immutable || is_immutable;
        items[shown->set.count++] = privilege;
    }
}

bool privileges_read(struct arena *arena, const struct neo4j_result *result,
                     struct privileges_shown *out_shown, struct error *err) {
    struct privileges_shown shown = { 0 };
    size_t count, total = 0;
    const struct command_row *rows = rows_read(arena, &command_kind, result, &count, err);

    if (!rows)
        return false;
    struct privilege_statement *statements = ARENA_ARRAY(arena, struct privilege_statement, count);
    shown.unknown.items = ARENA_ARRAY(arena, const char *, count);
    for (size_t i = 0; i < count; i++)
        if (read_command(arena, &rows[i], &statements[i])) {
            total += statements[i].set.count;
        } else {
            statements[i].set.count = 0;
            shown.unknown.items[shown.unknown.count++] = rows[i].command;
        }
    struct privilege *items = ARENA_ARRAY(arena, struct privilege, total);
    for (size_t i = 0; i < count; i++)
        take(&shown, items, &statements[i], rows[i].is_immutable);
    shown.set = privilege_set_of(items, total);
    *out_shown = shown;
    return true;
}

static const struct row_column privilege_columns[] = {
    ROW_KEY(struct privilege_row, role, TEXT, "role"),
    ROW_USED(struct privilege_row, access, TEXT, "access", ROW_SORTED),
    ROW_KEY(struct privilege_row, action, TEXT, "action"),
    ROW_USED(struct privilege_row, resource, TEXT, "resource", ROW_SORTED),
    ROW_USED(struct privilege_row, graph, TEXT, "graph", ROW_SORTED),
    ROW_USED(struct privilege_row, segment, TEXT, "segment", ROW_SORTED),
    ROW(struct privilege_row, is_immutable, BOOL, "immutable"),
};
static const struct row_kind privilege_row_kind =
    ROW_KIND("SHOW PRIVILEGES", struct privilege_row, privilege_columns);
ROWS_READ(privilege_rows_read, struct privilege_rows, &privilege_row_kind)

static const struct row_column supported_columns[] = {
    ROW_KEY(struct supported_privilege, action, TEXT, "action"),
    ROW_USED(struct supported_privilege, qualifier, TEXT, "qualifier", ROW_SORTED),
    ROW_USED(struct supported_privilege, target, TEXT, "target", ROW_SORTED),
    ROW(struct supported_privilege, scope, VALUE, "scope"),
    ROW(struct supported_privilege, description, TEXT, "description"),
};
static const struct row_kind supported_kind =
    ROW_KIND("SHOW SUPPORTED PRIVILEGES", struct supported_privilege, supported_columns);
ROWS_READ(supported_privileges_read, struct supported_privileges, &supported_kind)
