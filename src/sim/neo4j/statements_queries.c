/* Queries: clauses one after the other, over the rows that the one before has left.
 *
 * What is read and written are entries, nodes without relationships; docs/simulated-neo4j.md tells the form.
 */
#include "sim/neo4j/statement.h"

#include "sim/neo4j/authorization.h"
#include "sim/neo4j/match.h"
#include "sim/neo4j/node_value.h"
#include "sim/neo4j/updates.h"

static bool run_clauses(struct statement *statement, bool is_first);

/* One row without columns: what the first clause begins with; none when nothing is to happen. */
static bool begin(struct statement *statement) {
    statement->table = (struct table){ 0 };
    return statement->explains ||
           table_add_row(&statement->cursor, &statement->table, bolt_new_list(statement->arena));
}

/* ---- the system database ---- */

/* What the system database refuses by name, sorted. */
static const char *const refused_clauses[] = { "CALL",  "CREATE", "DELETE", "FOREACH", "MATCH",
                                               "MERGE", "REMOVE", "SET",    "UNWIND",  "WITH" };

/* Whether a token is the first word of a clause of the query itself: outside of brackets, and neither a name
 * nor a part of another clause. */
static bool begins_clause(const struct token *tokens, size_t at, const char *clause) {
    const struct token *token = &tokens[at], *before = at ? token - 1 : NULL;

    if (token->type != TOKEN_WORD || strcasecmp(token->text, clause) != 0)
        return false;
    if (str_equal(clause, "CALL") && !str_equal(token[1].text, "{") && !str_equal(token[1].text, "("))
        return false; /* of a procedure */
    if (str_equal(clause, "CREATE") && token[1].type == TOKEN_WORD && !str_equal(token[2].text, "="))
        return false; /* of an index or a constraint */
    if (!before)
        return true;
    if (before->type == TOKEN_SYMBOL)
        return !str_equal(before->text, ".") && !str_equal(before->text, ":");
    return strcasecmp(before->text, "AS") != 0 && strcasecmp(before->text, "ON") != 0 &&
           strcasecmp(before->text, "STARTS") != 0 && strcasecmp(before->text, "ENDS") != 0 &&
           (at < 2 || strcasecmp(tokens[at - 2].text, "ON") != 0);
}

static bool has_clause(const struct token *tokens, const char *clause) {
    int depth = 0;

    for (size_t i = 0; tokens[i].type != TOKEN_END; i++) {
        bool is_symbol = tokens[i].type == TOKEN_SYMBOL;
        depth += is_symbol && strchr("([{", *tokens[i].text);
        depth -= is_symbol && strchr(")]}", *tokens[i].text);
        if (!depth && begins_clause(tokens, i, clause))
            return true;
    }
    return false;
}

/* Calls are allowed, with what may stand beside them. */
static bool check_system(struct statement *statement, bool is_call) {
    struct arena *arena = statement->arena;
    const char *used = NULL;

    if (!str_equal(statement->database, "system"))
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(refused_clauses); i++)
        if (has_clause(statement->cursor.tokens, refused_clauses[i]))
            used = used ? arena_printf(arena, "%s, %s", used, refused_clauses[i]) : refused_clauses[i];
    if (!used && is_call)
        return true;
    if (!used)
        return statement_fail(statement, FAILURE_SEMANTIC,
                              "Not a recognised system command or procedure. This Cypher command can only be "
                              "executed in a user database: %s",
                              statement->text);
    return failure_set_about(
        &statement->failure, arena,
        neo4j_version_at_least(&statement->process->version, 2026, 1) ? FAILURE_CLAUSE_ON_SYSTEM
                                                                      : FAILURE_CLAUSE_ON_SYSTEM_OF_2025,
        used, used,
        "The following unsupported clauses were used: %s. \nThe system database supports a "
        "restricted set of Cypher clauses. The supported clause structure for procedure "
        "calls is: CALL, YIELD, RETURN. YIELD and RETURN clauses are optional. The order of "
        "the clauses is fixed and each can only occur once.",
        used);
}

/* One that was stopped answers nothing, not even what needs no entry of it. */
static bool check_online(struct statement *statement) {
    const struct state_database *database =
        state_resolve_database(&statement->process->state, statement->database);

    return !database || database->is_online ||
           statement_fail(statement, FAILURE_DATABASE_UNAVAILABLE, "Database '%s' is unavailable.",
                          database->name);
}

/* ---- what entries need ---- */

static bool may_access(struct statement *statement) {
    return authorization_access(&statement->process->state, statement->arena, statement->user,
                                statement->database, &statement->failure);
}

bool statement_reads(struct statement *statement) {
    if (!statement->transaction)
        return statement_fail(statement, FAILURE_DATABASE_UNAVAILABLE,
                              "The database '%s' can't be read without a transaction", statement->database);
    if (!may_access(statement))
        return false;
    if (statement->prefers_leader && !transaction_is_writable(statement->transaction)) {
        statement->place = PLACE_LEADER;
        return statement_fail(statement, FAILURE_NOT_A_LEADER,
                              "This server is not the leader of database '%s'", statement->database);
    }
    return transaction_open(statement->transaction, false, statement->arena, &statement->place,
                            &statement->failure);
}

bool statement_writes(struct statement *statement) {
    statement->is_update = true;
    if (!check_system(statement, false) || !may_access(statement))
        return false;
    if (!statement->transaction)
        return statement_fail(statement, FAILURE_DATABASE_UNAVAILABLE,
                              "The database '%s' can't be written without a transaction",
                              statement->database);
    return transaction_open(statement->transaction, true, statement->arena, &statement->place,
                            &statement->failure);
}

/* ---- CALL { … } ---- */

static bool at_end(const struct cursor *cursor) {
    return cursor_at_end(cursor) || cursor_is_symbol(cursor, "}") || cursor_is(cursor, "UNION");
}

struct subquery {
    size_t start; /* of its first clause */
    bool imports_all;
    struct json *imports; /* names, of CALL (a, b) { … } */
};

static bool read_imports(struct cursor *cursor, struct subquery *subquery) {
    char *name;

    subquery->imports = json_new_array(cursor->arena);
    if (cursor_take_symbol(cursor, "{")) { /* the old form: what a first WITH names */
        subquery->imports_all = cursor_is(cursor, "WITH");
        return true;
    }
    if (!cursor_expect_symbol(cursor, "("))
        return false;
    subquery->imports_all = cursor_take_symbol(cursor, "*");
    while (!subquery->imports_all && !cursor_is_symbol(cursor, ")")) {
        if (!cursor_name(cursor, &name))
            return false;
        json_append_string(cursor->arena, subquery->imports, name);
        if (!cursor_take_symbol(cursor, ","))
            break;
    }
    return cursor_expect_symbol(cursor, ")") && cursor_expect_symbol(cursor, "{");
}

static bool is_imported(const struct subquery *subquery, const char *column) {
    JSON_FOR_EACH_ITEM (name, subquery->imports)
        if (str_equal(json_string(name, ""), column))
            return true;
    return subquery->imports_all;
}

/* The inner table for one outer row; without rows when row is NULL: the clauses are only read. */
static bool enter(struct statement *statement, const struct subquery *subquery, const struct table *outer,
                  const struct bolt_value *row) {
    struct bolt_value *inner = bolt_new_list(statement->arena);

    statement->table = (struct table){ 0 };
    for (size_t i = 0; i < outer->column_count; i++) {
        if (!is_imported(subquery, outer->columns[i]))
            continue;
        table_add_column(statement->arena, &statement->table, outer->columns[i]);
        if (row)
            bolt_append(statement->arena, inner, &row->items[i]);
    }
    return !row || table_add_row(&statement->cursor, &statement->table, inner);
}

/* Outer columns and those that came back, for each row that did; a subquery without RETURN changes no rows.
 */
static struct bolt_value *concatenate(struct arena *arena, const struct bolt_value *a,
                                      const struct bolt_value *b) {
    struct bolt_value *row = bolt_new_list(arena);

    BOLT_FOR_EACH_ITEM(item, a)
    bolt_append(arena, row, item);
    BOLT_FOR_EACH_ITEM(item, b)
    bolt_append(arena, row, item);
    return row;
}

static bool join(struct statement *statement, struct table *out, const struct bolt_value *row,
                 bool has_result) {
    const struct table *inner = &statement->table;

    if (!has_result)
        return table_add_row(&statement->cursor, out, concatenate(statement->arena, row, NULL));
    for (size_t i = 0; i < inner->row_count; i++)
        if (!table_add_row(&statement->cursor, out, concatenate(statement->arena, row, inner->rows[i])))
            return false;
    return true;
}

static bool run_once(struct statement *statement, const struct subquery *subquery, const struct table *outer,
                     const struct bolt_value *row) {
    statement->cursor.at = subquery->start;
    statement->cursor.operators = 0;
    statement->has_result = false;
    return enter(statement, subquery, outer, row) && run_clauses(statement, true) &&
           cursor_is_symbol(&statement->cursor, "}");
}

/* IN TRANSACTIONS [OF n ROWS] [ON ERROR …]: all of it is one transaction here. */
static bool read_in_transactions(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    int64_t rows;

    if (!cursor_take(cursor, "IN"))
        return true;
    if (statement->is_explicit)
        return statement_fail(
            statement, FAILURE_IMPLICIT_REQUIRED,
            "A query with 'CALL { ... } IN TRANSACTIONS' can only be executed in an implicit "
            "transaction, but tried to execute in an explicit transaction.");
    if (!cursor_expect(cursor, "TRANSACTIONS"))
        return false;
    if (cursor_take(cursor, "OF") &&
        (!cursor_integer(cursor, &rows) || (!cursor_take(cursor, "ROWS") && !cursor_expect(cursor, "ROW"))))
        return false;
    return true;
}

static bool run_subquery(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    struct table outer = statement->table, out = { 0 };
    struct subquery subquery = { 0 };

    if (cursor->depth >= EXPRESSION_DEPTH_MAX)
        return cursor_fail(cursor, "subqueries that are nested less deeply");
    if (!read_imports(cursor, &subquery))
        return false;
    cursor->depth++;
    subquery.start = cursor->at;
    if (!run_once(statement, &subquery, &outer, NULL)) /* reads it, and finds its columns */
        return !statement->failure.kind && cursor_expect_symbol(cursor, "}");
    for (size_t i = 0; i < outer.column_count; i++)
        table_add_column(statement->arena, &out, outer.columns[i]);
    for (size_t i = 0; statement->has_result && i < statement->table.column_count; i++)
        table_add_column(statement->arena, &out, statement->table.columns[i]);
    for (size_t i = 0; i < outer.row_count; i++)
        if (!run_once(statement, &subquery, &outer, outer.rows[i]) ||
            !join(statement, &out, outer.rows[i], statement->has_result))
            return false;
    cursor->depth--;
    statement->table = out;
    statement->has_result = false;
    return cursor_expect_symbol(cursor, "}") && read_in_transactions(statement);
}

/* ---- clauses ---- */

static bool run_call(struct statement *statement, bool is_first) {
    struct cursor *cursor = &statement->cursor;

    if (cursor_is_symbol(cursor, "{") || cursor_is_symbol(cursor, "("))
        return run_subquery(statement);
    /* Procedures of the DBMS make a statement one of the system. */
    statement->type = "s";
    if (!procedure_call(statement, is_first))
        return false;
    statement->has_result = is_first && at_end(cursor);
    return true;
}

static bool run_return(struct statement *statement) {
    statement->has_result = true;
    return table_project(&statement->cursor, &statement->table, PROJECTION_RETURN);
}

static bool run_unwind(struct statement *statement) {
    return table_unwind(&statement->cursor, &statement->table);
}

static bool run_with(struct statement *statement) {
    return table_project(&statement->cursor, &statement->table, PROJECTION_WITH);
}

static bool run_match(struct statement *statement) {
    return match_clause(statement, false);
}

static bool run_optional(struct statement *statement) {
    return cursor_expect(&statement->cursor, "MATCH") && match_clause(statement, true);
}

static bool run_detach(struct statement *statement) {
    return cursor_expect(&statement->cursor, "DELETE") && update_delete(statement);
}

static bool run_finish(struct statement *statement) {
    return true;
}

static bool run_use(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    char *name;

    if (!cursor_dotted_name(cursor, &name))
        return false;
    return !strcasecmp(name, statement->database) ||
           statement_fail(statement, FAILURE_NO_GRAPH,
                          "The simulated server runs a statement on the session's database: USE %s", name);
}

static bool refuse_clause(struct statement *statement) {
    return statement_fail(
        statement, FAILURE_NO_GRAPH,
        "The simulated server knows the clauses MATCH, OPTIONAL MATCH, CREATE, MERGE, SET, REMOVE, "
        "DELETE, UNWIND, WITH, CALL and RETURN");
}

/* What a clause begins with; the last ones end the query. */
static const struct {
    const char *word;
    bool (*run)(struct statement *statement);
    bool is_end;
} clauses[] = {
    { "MATCH", run_match, false },       { "OPTIONAL", run_optional, false },
    { "CREATE", update_create, false },  { "MERGE", update_merge, false },
    { "SET", update_set, false },        { "REMOVE", update_remove, false },
    { "DELETE", update_delete, false },  { "DETACH", run_detach, false },
    { "NODETACH", run_detach, false },   { "UNWIND", run_unwind, false },
    { "WITH", run_with, false },         { "USE", run_use, false },
    { "FOREACH", refuse_clause, false }, { "LOAD", refuse_clause, false },
    { "RETURN", run_return, true },      { "FINISH", run_finish, true },
};

static bool run_clause(struct statement *statement, bool is_first, bool *out_is_end) {
    struct cursor *cursor = &statement->cursor;

    *out_is_end = false;
    for (size_t i = 0; i < ARRAY_LENGTH(clauses); i++)
        if (cursor_take(cursor, clauses[i].word)) {
            *out_is_end = clauses[i].is_end;
            return clauses[i].run(statement);
        }
    if (cursor_take(cursor, "CALL"))
        return run_call(statement, is_first);
    return cursor_fail(cursor, "'CALL', 'CREATE', 'DELETE', 'MATCH', 'MERGE', 'REMOVE', 'RETURN', 'SET', "
                               "'UNWIND' or 'WITH'");
}

static const char *name_of_clause(const char *word) {
    return !strcasecmp(word, "UNWIND") ? "UNWIND" : !strcasecmp(word, "WITH") ? "WITH" : "MATCH";
}

static bool needs_end(const char *word) {
    return !strcasecmp(word, "MATCH") || !strcasecmp(word, "OPTIONAL") || !strcasecmp(word, "UNWIND") ||
           !strcasecmp(word, "WITH");
}

/* Up to the end of the query, of a subquery, or of a part of a UNION. */
static bool run_clauses(struct statement *statement, bool is_first) {
    const struct token *last = NULL;
    bool is_end = false;

    while (!is_end && !at_end(&statement->cursor)) {
        last = cursor_look(&statement->cursor);
        if (!run_clause(statement, is_first, &is_end))
            return false;
        is_first = false;
    }
    if (last && needs_end(last->text))
        return cursor_fail_at(
            &statement->cursor, last->offset, FAILURE_INCOMPLETE_QUERY, NULL,
            "Query cannot conclude with %s (must be a RETURN clause, a FINISH clause, an update "
            "clause, a unit subquery call, or a procedure call with no YIELD).",
            name_of_clause(last->text));
    return at_end(&statement->cursor) || cursor_fail(&statement->cursor, "the end of the query");
}

static bool run_union(struct statement *statement) {
    struct table first = statement->table;
    bool is_all;

    while (cursor_take(&statement->cursor, "UNION")) {
        is_all = cursor_take(&statement->cursor, "ALL");
        if (!is_all)
            (void)cursor_take(&statement->cursor, "DISTINCT");
        if (!begin(statement) || !run_clauses(statement, true) ||
            !table_unite(&statement->cursor, &first, &statement->table, is_all))
            return false;
    }
    statement->table = first;
    return true;
}

/* What a client gets: whole nodes; no rows when nothing was to happen, or nothing was asked for. */
static bool finish(struct statement *statement) {
    struct table *table = &statement->table;

    if (!statement->has_result)
        *table = (struct table){ 0 };
    if (statement->explains)
        table->row_count = 0;
    for (size_t i = 0; i < table->row_count; i++) {
        struct bolt_value *whole = ARENA_NEW(statement->arena, struct bolt_value);
        *whole = node_value_expand(&statement->cursor, table->rows[i]);
        table->rows[i] = whole;
    }
    if (statement->is_update)
        statement->type = table->column_count ? "rw" : "w";
    return true;
}

static bool run_query(struct statement *statement) {
    bool is_call;

    statement->cursor.at--; /* the form's word is the first clause's */
    is_call = cursor_is(&statement->cursor, "CALL");
    return check_system(statement, is_call) && check_online(statement) && begin(statement) &&
           run_clauses(statement, true) && run_union(statement) && finish(statement);
}

const struct statement_form statements_of_queries[] = {
    { "RETURN", run_query, false, false }, { "UNWIND", run_query, false, false },
    { "WITH", run_query, false, false },   { "CALL", run_query, false, false },
    { "MATCH", run_query, false, false },  { "OPTIONAL", run_query, false, false },
    { "CREATE", run_query, false, false }, { "MERGE", run_query, false, false },
    { "USE", run_query, false, false },    { "FINISH", run_query, false, false },
    { "LOAD", run_query, false, false },   { "FOREACH", run_query, false, false },
    { NULL, NULL, false, false },
};
