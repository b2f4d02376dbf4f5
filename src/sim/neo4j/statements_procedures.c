/* SHOW PROCEDURES. Source: Cypher Manual, SHOW PROCEDURES. */
#include "sim/neo4j/procedure.h"

static const struct table_column columns[] = {
    { "name", true, 0 },
    { "description", true, 0 },
    { "mode", true, 0 },
    { "worksOnSystem", true, 0 },
    { "signature", false, 0 },
    { "argumentDescription", false, 0 },
    { "returnDescription", false, 0 },
    { "admin", false, 0 },
    { "rolesExecution", false, 0 },
    { "rolesBoostedExecution", false, 0 },
    { "isDeprecated", false, 0 },
    { "deprecatedBy", false, 0 },
    { "option", false, 0 },
};

struct adding {
    struct statement *statement;
    const char *user; /* who can call them; NULL: all are wanted */
    bool ok;
};

static void add_procedure(void *context, const struct procedure *procedure) {
    static const char *const modes[] = {
        [PROCEDURE_READ] = "READ", [PROCEDURE_WRITE] = "WRITE", [PROCEDURE_DBMS] = "DBMS"
    };
    struct adding *adding = context;
    struct statement *statement = adding->statement;
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena), *option = bolt_new_map(arena);

    if (!adding->ok ||
        (adding->user && !statement_procedure_is_executable(statement, adding->user, procedure->name)))
        return;
    bolt_set_string(arena, row, "name", procedure->name);
    bolt_set_string(arena, row, "description", procedure->description);
    bolt_set_string(arena, row, "mode", modes[procedure->mode]);
    bolt_set_bool(arena, row, "worksOnSystem", true);
    bolt_set_string(arena, row, "signature", procedure_signature(arena, procedure));
    bolt_set(arena, row, "argumentDescription", procedure_describe_fields(arena, procedure->arguments, true));
    bolt_set(arena, row, "returnDescription", procedure_describe_fields(arena, procedure->results, true));
    bolt_set_bool(arena, row, "admin", procedure->is_admin);
    bolt_set_bool(arena, row, "isDeprecated", procedure->deprecated_by != NULL);
    bolt_set_string(arena, row, "deprecatedBy",
                    str_empty(procedure->deprecated_by) ? NULL : procedure->deprecated_by);
    bolt_set_bool(arena, option, "deprecated", procedure->deprecated_by != NULL);
    bolt_set(arena, row, "option", option);
    adding->ok = table_add_map(&statement->cursor, &statement->table, row);
}

static bool show_procedures(struct statement *statement) {
    struct adding adding = { statement, NULL, true };

    if (!statement_executable(statement, &adding.user))
        return false;
    statement_columns(statement, columns, ARRAY_LENGTH(columns));
    procedures_each(statement->process, statement->language, add_procedure, &adding);
    return adding.ok &&
           table_show_tail(&statement->cursor, &statement->table, columns, ARRAY_LENGTH(columns));
}

const struct statement_form statements_of_procedures[] = {
    { "SHOW PROCEDURE|PROCEDURES", show_procedures, .is_administration = false },
    { NULL, NULL, false, false },
};
