/* CALL: finding a procedure, checking its arguments, joining its rows to those of the statement. */
#include "sim/neo4j/procedure.h"

#include "sim/neo4j/plugin.h"

static const struct procedure *const families[] = {
    procedures_of_information, procedures_of_cluster, procedures_of_databases,
    procedures_of_settings,    procedures_of_plugins,
};

struct arena *procedure_arena(const struct procedure_run *run) {
    return run->statement->arena;
}

bool procedure_add(struct procedure_run *run, const struct bolt_value *map) {
    return table_add_map(&run->statement->cursor, run->out, map);
}

const char *procedure_string(const struct procedure_run *run, size_t index, const char *fallback) {
    return index < run->argument_count ? bolt_string(&run->arguments[index], fallback) : fallback;
}

bool procedure_bool(const struct procedure_run *run, size_t index, bool fallback) {
    return index < run->argument_count ? bolt_bool(&run->arguments[index], fallback) : fallback;
}

int64_t procedure_integer(const struct procedure_run *run, size_t index, int64_t fallback) {
    return index < run->argument_count ? bolt_integer(&run->arguments[index], fallback) : fallback;
}

/* ---- finding ---- */

static bool is_known(const struct procedure *procedure, const struct neo4j_process *process, int language) {
    const struct neo4j_version *version = &process->version;
    enum setting_family family = neo4j_version_is_calendar(version) ? SETTING_IN_CALENDAR : SETTING_IN_5;

    if ((procedure->family && !(procedure->family & family)) || (procedure->is_only_5 && language == 25))
        return false;
    if (procedure->plugin && !plugin_brings(process, procedure->plugin, procedure->name))
        return false;
    return neo4j_version_is_within(version, procedure->since, procedure->until);
}

const struct procedure *procedure_find(const struct neo4j_process *process, int language, const char *name) {
    for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
        for (const struct procedure *row = families[i]; row->name; row++)
            if (str_equal(row->name, name) && is_known(row, process, language))
                return row;
    return NULL;
}

void procedures_each(const struct neo4j_process *process, int language,
                     void (*visit)(void *context, const struct procedure *procedure), void *context) {
    const char *last = "";

    for (;;) {
        const struct procedure *next = NULL;
        for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
            for (const struct procedure *row = families[i]; row->name; row++)
                if (is_known(row, process, language) && strcmp(row->name, last) > 0 &&
                    (!next || strcmp(row->name, next->name) < 0))
                    next = row;
        if (!next)
            return;
        visit(context, next);
        last = next->name;
    }
}

/* ---- signatures ---- */

char *procedure_signature(struct arena *arena, const struct procedure *procedure) {
    char *call = arena_printf(arena, "%s(%s)", procedure->name, procedure->arguments);

    return *procedure->results ? arena_printf(arena, "%s :: (%s)", call, procedure->results) : call;
}

/* Commas within brackets divide nothing: "mode :: [READ, WRITE], limit :: INTEGER". */
static struct text cut_at_comma(struct text *rest) {
    size_t length = 0, depth = 0;

    for (; length < rest->length && (depth || rest->data[length] != ','); length++) {
        depth += rest->data[length] == '[';
        depth -= rest->data[length] == ']';
    }
    struct text part = { rest->data, length };
    *rest = length < rest->length ? (struct text){ rest->data + length + 1, rest->length - length - 1 }
                                  : (struct text){ NULL, 0 };
    return part;
}

bool procedure_cut_field(struct text *rest, struct procedure_field *out) {
    struct text part, declared;

    if (!rest->data || !rest->length)
        return false;
    part = text_trim(cut_at_comma(rest));
    const char *colons = memmem(part.data, part.length, "::", 2);
    declared = (struct text){ part.data, colons ? (size_t)(colons - part.data) : part.length };
    out->declared = text_trim(declared);
    out->is_optional = memchr(declared.data, '=', declared.length) != NULL;
    out->name = text_trim(text_cut(&declared, '='));
    out->value = declared.data ? text_trim(declared) : (struct text){ NULL, 0 };
    out->type = colons
                    ? text_trim((struct text){ colons + 2, part.length - (size_t)(colons + 2 - part.data) })
                    : (struct text){ "ANY", 3 };
    return true;
}

struct bolt_value *procedure_describe_fields(struct arena *arena, const char *fields, bool has_values) {
    struct bolt_value *list = bolt_new_list(arena);
    struct text rest = text_from(fields);
    struct procedure_field field;

    while (procedure_cut_field(&rest, &field)) {
        struct bolt_value *map = bolt_new_map(arena);
        struct text name = has_values ? field.name : field.declared;
        bolt_set(arena, map, "name", bolt_new_text(arena, name));
        bolt_set(arena, map, "description", bolt_new_text(arena, name));
        bolt_set(arena, map, "type", bolt_new_text(arena, field.type));
        bolt_set_bool(arena, map, "isDeprecated", false);
        if (has_values && field.is_optional)
            bolt_set_string(arena, map, "default",
                            arena_printf(arena, "DefaultParameterValue{value=%.*s, type=%.*s}",
                                         TEXT_ARGS(field.value), TEXT_ARGS(field.type)));
        bolt_append(arena, list, map);
    }
    return list;
}

static bool is_of_type(const struct bolt_value *value, struct text type) {
    static const struct {
        const char *name;
        enum bolt_type type;
    } types[] = { { "STRING", BOLT_STRING },
                  { "BOOLEAN", BOLT_BOOL },
                  { "INTEGER", BOLT_INTEGER },
                  { "MAP", BOLT_MAP },
                  { "LIST<STRING>", BOLT_LIST } };

    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        if (text_equal(type, text_from(types[i].name)))
            return bolt_is(value, types[i].type) || bolt_is_null(value);
    return true;
}

static bool check_arguments(struct statement *statement, const struct procedure *procedure,
                            const struct bolt_value *arguments, size_t count) {
    struct text rest = text_from(procedure->arguments);
    struct procedure_field field;
    size_t least = 0, most = 0;

    for (; procedure_cut_field(&rest, &field); most++) {
        least += !field.is_optional;
        if (most < count && !is_of_type(&arguments[most], field.type))
            return statement_fail(statement, FAILURE_TYPE,
                                  "Type mismatch: expected %.*s for argument '%.*s' of %s",
                                  TEXT_ARGS(field.type), TEXT_ARGS(field.name), procedure->name);
    }
    if (count >= least && count <= most)
        return true;
    return statement_fail(statement, FAILURE_PROCEDURE_ARGUMENTS,
                          "Procedure call does not provide the required number of arguments: got %zu "
                          "expected %s%zu. Procedure %s has "
                          "signature: %s(%s) :: (%s)",
                          count, most > least ? "at most " : "", most, procedure->name, procedure->name,
                          procedure->arguments, procedure->results);
}

/* Arguments see the variables of the row; a call that changes something must be alone, so the first row will
 * do. */
static bool read_arguments(struct statement *statement, struct bolt_value *out_arguments, size_t *out_count) {
    struct cursor *cursor = &statement->cursor;
    struct scope scope = { statement->table.columns, statement->table.column_count };

    *out_count = 0;
    if (!cursor_take_symbol(cursor, "(") || cursor_take_symbol(cursor, ")"))
        return true;
    do {
        struct expression *expression;
        if (*out_count == PROCEDURE_ARGUMENTS_MAX)
            return cursor_fail(cursor, "fewer arguments");
        if (!expression_parse(cursor, &expression) ||
            !expression_evaluate(cursor, expression, &scope, statement->table.rows,
                                 statement->table.row_count, &out_arguments[*out_count]))
            return false;
        (*out_count)++;
    } while (cursor_take_symbol(cursor, ","));
    return cursor_expect_symbol(cursor, ")");
}

static void add_columns(struct statement *statement, const struct procedure *procedure, struct table *out) {
    struct text rest = text_from(procedure->results);
    struct procedure_field field;

    while (procedure_cut_field(&rest, &field))
        table_add_column(statement->arena, out,
                         arena_strndup(statement->arena, field.name.data, field.name.length));
}

static void note_deprecation(struct statement *statement, const struct procedure *procedure) {
    if (!procedure->deprecated_by)
        return;
    if (*procedure->deprecated_by)
        statement_notify(statement, NOTIFICATION_DEPRECATED_PROCEDURE, procedure->name,
                         procedure->deprecated_by);
    else
        statement_notify(statement, NOTIFICATION_DEPRECATED_OPTION, procedure->name, "");
}

/* Each row of before beside each row of the procedure. */
static bool join(struct statement *statement, const struct table *before, const struct table *rows) {
    struct table out = { 0 };

    for (size_t i = 0; i < before->column_count; i++)
        table_add_column(statement->arena, &out, before->columns[i]);
    for (size_t i = 0; i < rows->column_count; i++)
        table_add_column(statement->arena, &out, rows->columns[i]);
    for (size_t i = 0; i < before->row_count; i++)
        for (size_t k = 0; k < rows->row_count; k++) {
            struct bolt_value *row = bolt_new_list(statement->arena);
            BOLT_FOR_EACH_ITEM(value, before->rows[i])
            bolt_append(statement->arena, row, value);
            BOLT_FOR_EACH_ITEM(value, rows->rows[k])
            bolt_append(statement->arena, row, value);
            if (!table_add_row(&statement->cursor, &out, row))
                return false;
        }
    statement->table = out;
    return true;
}

bool procedure_call(struct statement *statement, bool is_only_clause) {
    struct cursor *cursor = &statement->cursor;
    struct table before = statement->table, out = { 0 };
    struct bolt_value arguments[PROCEDURE_ARGUMENTS_MAX];
    const struct procedure *procedure;
    size_t count;
    char *name;

    if (!cursor_dotted_name(cursor, &name))
        return false;
    procedure = procedure_find(statement->process, statement->language, name);
    if (!procedure)
        return statement_fail(
            statement, FAILURE_UNKNOWN_PROCEDURE,
            "There is no procedure with the name `%s` registered for this database instance. "
            "Please ensure you've spelled the procedure name correctly and that the procedure is "
            "properly deployed.",
            name);
    if (!read_arguments(statement, arguments, &count) ||
        !check_arguments(statement, procedure, arguments, count) ||
        !statement_authorize_procedure(statement, name))
        return false;
    if (procedure->is_of_system && !statement->explains && !str_equal(statement->database, "system"))
        return statement_fail(
            statement, FAILURE_PROCEDURE_OF_SYSTEM,
            "This is an administration command and it should be executed against the system "
            "database: %s",
            name);
    add_columns(statement, procedure, &out);
    note_deprecation(statement, procedure);
    struct procedure_run run = { statement, arguments, count, &out };
    if (!procedure->run(&run))
        return false;
    if (cursor_take(cursor, "YIELD") && !table_project(cursor, &out, PROJECTION_YIELD))
        return false;
    if (is_only_clause && !out.column_count) { /* a call without result has no rows */
        statement->table = out;
        return true;
    }
    return join(statement, &before, &out);
}
