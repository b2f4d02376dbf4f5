/* Queries without a graph: RETURN, UNWIND, WITH and CALL, one clause after the other.
 *
 * The simulated server keeps no graph: MATCH, CREATE and MERGE of nodes say so. */
#include "sim/neo4j/statement.h"

static bool run_clauses(struct statement *statement);

/* One row without columns: what the first clause begins with. */
static bool begin(struct statement *statement) {
    statement->table = (struct table){ 0 };
    return table_add_row(&statement->cursor, &statement->table, bolt_new_list(statement->arena));
}

static bool end(struct statement *statement) {
    return table_project(&statement->cursor, &statement->table, PROJECTION_RETURN);
}

static bool check_database(struct statement *statement) {
    if (!str_equal(statement->database, "system"))
        return true;
    return statement_fail(statement, FAILURE_SEMANTIC,
                          "Not a recognised system command or procedure. This Cypher command can only be "
                          "executed in a user database: %s",
                          statement->text);
}

static bool run_call(struct statement *statement, bool is_first) {
    /* Procedures of the DBMS make a statement one of the system. */
    statement->type = "s";
    if (!procedure_call(statement, is_first))
        return false;
    return cursor_at_end(&statement->cursor) || run_clauses(statement);
}

static bool run_clauses(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;

    for (;;) {
        if (cursor_take(cursor, "RETURN"))
            return end(statement);
        if (cursor_take(cursor, "UNWIND")) {
            if (!table_unwind(cursor, &statement->table))
                return false;
        } else if (cursor_take(cursor, "WITH")) {
            if (!table_project(cursor, &statement->table, PROJECTION_WITH))
                return false;
        } else if (cursor_take(cursor, "CALL")) {
            return run_call(statement, false);
        } else {
            return cursor_fail(cursor, "'CALL', 'RETURN', 'UNWIND' or 'WITH'");
        }
    }
}

static bool run_return(struct statement *statement) {
    return check_database(statement) && begin(statement) && end(statement);
}

static bool run_unwind(struct statement *statement) {
    return check_database(statement) && begin(statement) &&
           table_unwind(&statement->cursor, &statement->table) && run_clauses(statement);
}

static bool run_with(struct statement *statement) {
    return check_database(statement) && begin(statement) &&
           table_project(&statement->cursor, &statement->table, PROJECTION_WITH) && run_clauses(statement);
}

static bool run_procedure(struct statement *statement) {
    return begin(statement) && run_call(statement, true);
}

static bool refuse_graph(struct statement *statement) {
    return check_database(statement) &&
           statement_fail(
               statement, FAILURE_NO_GRAPH,
               "The simulated server keeps no graph: it answers administration commands, CALL, RETURN, "
               "UNWIND and WITH");
}

const struct statement_form statements_of_queries[] = {
    { "RETURN", run_return, false, false },
    { "UNWIND", run_unwind, false, false },
    { "WITH", run_with, false, false },
    { "CALL", run_procedure, false, false },
    { "MATCH", refuse_graph, false, false },
    { "OPTIONAL MATCH", refuse_graph, false, false },
    { "CREATE", refuse_graph, false, false },
    { "MERGE", refuse_graph, false, false },
    { NULL, NULL, false, false },
};
