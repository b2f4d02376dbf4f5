#include "sim/neo4j/match.h"

#include "sim/neo4j/entry_access.h"
#include "sim/neo4j/node_value.h"
#include "sim/neo4j/property.h"

/* ---- reading ---- */

static bool refuse_relationships(struct statement *statement) {
    return statement_fail(
        statement, FAILURE_NO_GRAPH,
        "The simulated server keeps nodes without relationships: patterns are "
        "(variable:Label {property: value}), as in CREATE (n:Entry {key: 1}) or MATCH (n:Entry) "
        "WHERE n.key = 1 RETURN n");
}

static bool read_inside(struct cursor *cursor, struct node_pattern *pattern) {
    char *name;

    if (cursor_look(cursor)->type == TOKEN_NAME ||
        (cursor_look(cursor)->type == TOKEN_WORD && !cursor_is(cursor, "WHERE") &&
         !cursor_is(cursor, "IS"))) {
        if (!cursor_name(cursor, &name))
            return false;
        pattern->variable = name;
    }
    if ((cursor_take_symbol(cursor, ":") || cursor_take(cursor, "IS")) &&
        !expression_parse_labels(cursor, &pattern->labels))
        return false;
    if ((cursor_is_symbol(cursor, "{") || cursor_look(cursor)->type == TOKEN_PARAMETER) &&
        !expression_parse(cursor, &pattern->properties))
        return false;
    return !cursor_take(cursor, "WHERE") || expression_parse(cursor, &pattern->condition);
}

bool pattern_read(struct statement *statement, struct node_pattern *out_pattern) {
    struct cursor *cursor = &statement->cursor;

    *out_pattern = (struct node_pattern){ 0 };
    if (cursor->tokens[cursor->at].type != TOKEN_END && str_equal(cursor->tokens[cursor->at + 1].text, "="))
        return refuse_relationships(statement); /* a path has a name */
    if (!cursor_expect_symbol(cursor, "(") || !read_inside(cursor, out_pattern) ||
        !cursor_expect_symbol(cursor, ")"))
        return false;
    if (cursor_is_symbol(cursor, "-") || cursor_is_symbol(cursor, "<") || cursor_is_symbol(cursor, "<-") ||
        cursor_is_symbol(cursor, "->"))
        return refuse_relationships(statement);
    return true;
}

/* ---- looking ---- */

bool pattern_properties(struct statement *statement, const struct node_pattern *pattern,
                        const struct scope *scope, struct bolt_value *const *row, struct bolt_value *out) {
    *out = (struct bolt_value){ .type = BOLT_NULL };
    if (!pattern->properties)
        return true;
    if (!expression_evaluate(&statement->cursor, pattern->properties, scope, row, 1, out))
        return false;
    return out->type == BOLT_MAP ||
           statement_fail(statement, FAILURE_TYPE, "Type mismatch: the properties of a pattern are a map");
}

bool pattern_fits(const struct cursor *cursor, const struct node_pattern *pattern, const struct json *entry,
                  const struct bolt_value *properties) {
    CLEANUP_ARENA struct arena *scratch = arena_new();

    if ((pattern->labels && !expression_match_labels(pattern->labels, json_get(entry, "labels"))) ||
        !entry_is_visible(cursor, entry))
        return false;
    BOLT_FOR_EACH_MEMBER(member, properties) {
        const struct bolt_value *own =
            property_from_json(scratch, json_get(json_get(entry, "properties"), member->key));
        if (own->type == BOLT_NULL || !entry_shows(cursor, entry, member->key) ||
            member->value.type == BOLT_NULL || !expression_equal(own, &member->value))
            return false;
    }
    return true;
}

struct matching {
    struct statement *statement;
    struct node_pattern patterns[PATTERN_NODES_MAX];
    size_t count;
    struct expression *condition;
    struct table out; /* its columns: those that were there, then the new variables */
};

static size_t find_column(const struct table *table, const char *name, size_t among) {
    size_t i = 0;

    while (i < among && !str_equal(table->columns[i], name))
        i++;
    return i;
}

static bool is_true(struct matching *matching, const struct expression *condition, struct bolt_value *row,
                    bool *out_is_true) {
    struct scope scope = { matching->out.columns, row->length };
    struct bolt_value value;

    if (!expression_evaluate(&matching->statement->cursor, condition, &scope, &row, 1, &value))
        return false;
    *out_is_true = bolt_bool(&value, false);
    return true;
}

static bool match_from(struct matching *matching, size_t index, struct bolt_value *row);

/* The row with one more node, if all conditions so far hold. */
static bool try_node(struct matching *matching, size_t index, const struct bolt_value *row, int64_t id) {
    struct arena *arena = matching->statement->arena;
    const struct node_pattern *pattern = &matching->patterns[index];
    struct bolt_value *longer = bolt_new_list(arena), node = node_value_new(arena, id);
    bool fits = true;

    BOLT_FOR_EACH_ITEM(item, row)
    bolt_append(arena, longer, item);
    if (!pattern->variable || find_column(&matching->out, pattern->variable, row->length) == row->length)
        bolt_append(arena, longer, &node);
    if (pattern->condition && !is_true(matching, pattern->condition, longer, &fits))
        return false;
    return !fits || match_from(matching, index + 1, longer);
}

static bool match_bound(struct matching *matching, size_t index, struct bolt_value *row,
                        const struct bolt_value *value, const struct bolt_value *properties) {
    CLEANUP_ARENA struct arena *scratch = arena_new();
    const struct json *entry;

    if (value->type == BOLT_NULL)
        return true;
    if (!node_value_is(value))
        return statement_fail(matching->statement, FAILURE_TYPE, "Type mismatch: expected Node");
    entry = transaction_entry(matching->statement->transaction, scratch, node_value_id(value));
    if (!entry || !pattern_fits(&matching->statement->cursor, &matching->patterns[index], entry, properties))
        return true;
    return try_node(matching, index, row, node_value_id(value));
}

static bool match_any(struct matching *matching, size_t index, const struct bolt_value *row,
                      const struct bolt_value *properties) {
    CLEANUP_ARENA struct arena *scratch = arena_new();
    struct transaction *transaction = matching->statement->transaction;

    for (int64_t id = transaction_entry_from(transaction, 0); id >= 0;
         id = transaction_entry_from(transaction, id + 1)) {
        arena_reset(scratch);
        if (pattern_fits(&matching->statement->cursor, &matching->patterns[index],
                         transaction_entry(transaction, scratch, id), properties) &&
            !try_node(matching, index, row, id))
            return false;
    }
    return true;
}

/* Everything that the patterns from index on find, given what the row holds already. */
static bool match_from(struct matching *matching, size_t index, struct bolt_value *row) {
    const struct node_pattern *pattern = &matching->patterns[index];
    struct scope scope = { matching->out.columns, row->length };
    struct bolt_value properties;
    bool fits = true;

    if (index == matching->count) {
        if (matching->condition && !is_true(matching, matching->condition, row, &fits))
            return false;
        return !fits || table_add_row(&matching->statement->cursor, &matching->out, row);
    }
    if (!pattern_properties(matching->statement, pattern, &scope, &row, &properties))
        return false;
    size_t column =
        pattern->variable ? find_column(&matching->out, pattern->variable, row->length) : row->length;
    if (column < row->length)
        return match_bound(matching, index, row, &row->items[column], &properties);
    return match_any(matching, index, row, &properties);
}

/* Nodes without a name get columns that no statement can name. */
static bool read_patterns(struct matching *matching) {
    struct statement *statement = matching->statement;
    struct cursor *cursor = &statement->cursor;

    do {
        struct node_pattern *pattern = &matching->patterns[matching->count];
        if (matching->count == PATTERN_NODES_MAX)
            return cursor_fail(cursor, "fewer patterns");
        if (!pattern_read(statement, pattern))
            return false;
        matching->count++;
        if (!pattern->variable || find_column(&matching->out, pattern->variable,
                                              matching->out.column_count) == matching->out.column_count)
            table_add_column(statement->arena, &matching->out, pattern->variable ? pattern->variable : "");
    } while (cursor_take_symbol(cursor, ","));
    if (cursor_take(cursor, "WHERE") && !expression_parse(cursor, &matching->condition))
        return false;
    struct scope scope = { matching->out.columns, matching->out.column_count };
    for (size_t i = 0; i < matching->count; i++)
        if (!expression_check(cursor, matching->patterns[i].properties, &scope) ||
            !expression_check(cursor, matching->patterns[i].condition, &scope))
            return false;
    return expression_check(cursor, matching->condition, &scope);
}

static bool add_nulls(struct matching *matching, const struct bolt_value *row) {
    struct arena *arena = matching->statement->arena;
    struct bolt_value *longer = bolt_new_list(arena), null = { .type = BOLT_NULL };

    for (size_t i = 0; i < matching->out.column_count; i++)
        bolt_append(arena, longer, i < row->length ? &row->items[i] : &null);
    return table_add_row(&matching->statement->cursor, &matching->out, longer);
}

/* What no later clause can name is not carried on. */
static bool drop_unnamed(struct statement *statement, struct table *table) {
    struct table out = { 0 };

    for (size_t i = 0; i < table->column_count; i++)
        if (*table->columns[i])
            table_add_column(statement->arena, &out, table->columns[i]);
    if (out.column_count == table->column_count)
        return true;
    for (size_t i = 0; i < table->row_count; i++) {
        struct bolt_value *row = bolt_new_list(statement->arena);
        for (size_t k = 0; k < table->column_count; k++)
            if (*table->columns[k])
                bolt_append(statement->arena, row, &table->rows[i]->items[k]);
        if (!table_add_row(&statement->cursor, &out, row))
            return false;
    }
    *table = out;
    return true;
}

bool match_clause(struct statement *statement, bool is_optional) {
    struct matching *matching = ARENA_NEW(statement->arena, struct matching);
    struct table *table = &statement->table;

    matching->statement = statement;
    matching->out = (struct table){ .columns = table->columns, .column_count = table->column_count };
    if (!read_patterns(matching) || !statement_reads(statement))
        return false;
    for (size_t i = 0; i < table->row_count; i++) {
        size_t before = matching->out.row_count;
        if (!match_from(matching, 0, table->rows[i]))
            return false;
        if (is_optional && matching->out.row_count == before && !add_nulls(matching, table->rows[i]))
            return false;
    }
    *table = matching->out;
    return drop_unnamed(statement, table);
}
