/* Patterns of property-based access control: one property is held against a value.
 *
 * Two ways of writing become one: the property stands left, the condition behind the pattern. Source:
 * Operations Manual, property-based access control. */
#include "base/buffer.h"
#include "sim/neo4j/expression_node.h"
#include "sim/neo4j/privilege_parse.h"

static bool fail(struct statement *statement, const char *why) {
    return statement_fail(statement, FAILURE_SYNTAX, "Failed to administer property rule. %s", why);
}

/* ---- the condition, as text ---- */

static bool write_value(struct statement *statement, struct buffer *out, const struct bolt_value *value) {
    switch (value->type) {
    case BOLT_BOOL:
        buffer_add_string(out, value->boolean ? "true" : "false");
        return true;
    case BOLT_INTEGER:
        buffer_printf(out, "%ld", (long)value->integer);
        return true;
    case BOLT_FLOAT:
        buffer_printf(out, "%.17g", value->number);
        return value->number == value->number ||
               fail(statement, "`NaN` is not supported for property-based access control.");
    case BOLT_STRING:
        buffer_add_char(out, '\'');
        for (const char *c = value->string; *c; c++)
            buffer_printf(out, "%s%c", *c == '\'' || *c == '\\' ? "\\" : "", *c);
        buffer_add_char(out, '\'');
        return true;
    case BOLT_LIST:
        buffer_add_char(out, '[');
        for (uint32_t i = 0; i < value->length; i++) {
            buffer_add_string(out, i ? ", " : "");
            if (!write_value(statement, out, &value->items[i]))
                return false;
        }
        buffer_add_char(out, ']');
        return true;
    case BOLT_NULL:
        return fail(statement, "The property value access rule pattern always evaluates to `NULL`.");
    case BOLT_BYTES:
    case BOLT_UUID:
    case BOLT_MAP:
    case BOLT_STRUCT:
        break;
    }
    return fail(statement, "Only booleans, numbers, strings and lists of them can be compared.");
}

static bool write_constant(struct statement *statement, struct buffer *out,
                           const struct expression *expression) {
    struct scope scope = { 0 };
    struct bolt_value value;

    return expression_evaluate(&statement->cursor, expression, &scope, NULL, 0, &value) &&
           write_value(statement, out, &value);
}

/* variable.property, or NULL. */
static const char *property_of(const struct expression *expression, const char *variable) {
    if (expression->kind != EXPRESSION_INDEX || !expression_variable(expression->items[0]) ||
        expression->items[1]->kind != EXPRESSION_LITERAL ||
        expression->items[1]->literal.type != BOLT_STRING ||
        !str_equal(expression_variable(expression->items[0]), variable))
        return NULL;
    return expression->items[1]->literal.string;
}

static const struct comparison {
    enum expression_kind kind;
    const char *text;
    const char *mirrored; /* when the property stands right; NULL: it can't */
} comparisons[] = {
    { EXPRESSION_EQUAL, "=", "=" },   { EXPRESSION_NOT_EQUAL, "<>", "<>" },
    { EXPRESSION_LESS, "<", ">" },    { EXPRESSION_LESS_OR_EQUAL, "<=", ">=" },
    { EXPRESSION_GREATER, ">", "<" }, { EXPRESSION_GREATER_OR_EQUAL, ">=", "<=" },
    { EXPRESSION_IN, "IN", NULL },
};

static void write_property(struct statement *statement, struct buffer *out, const char *variable,
                           const char *property) {
    buffer_printf(out, "%s.%s", privilege_quote_if_needed(statement->arena, variable),
                  privilege_quote_if_needed(statement->arena, property));
}

/* The property on the right: Cypher 25 of 2026.08. */
static bool write_mirrored(struct statement *statement, struct buffer *out, const char *variable,
                           const struct expression *condition, const struct comparison *comparison) {
    const char *property = property_of(condition->items[1], variable);

    if (!property || statement->language != 25 ||
        !neo4j_version_at_least(&statement->process->version, 2026, 8))
        return fail(statement,
                    "The property must be on the left-hand side of the operator, and compared with "
                    "a value.");
    if (comparison->mirrored) {
        write_property(statement, out, variable, property);
        buffer_printf(out, " %s ", comparison->mirrored);
        return write_constant(statement, out, condition->items[0]);
    }
    if (!write_constant(statement, out, condition->items[0]))
        return false;
    buffer_add_string(out, " IN ");
    write_property(statement, out, variable, property);
    return true;
}

static bool write_condition(struct statement *statement, struct buffer *out, const char *variable,
                            const struct expression *condition) {
    if (condition->kind == EXPRESSION_NOT && condition->items[0]->kind != EXPRESSION_NOT) {
        buffer_add_string(out, "NOT ");
        return write_condition(statement, out, variable, condition->items[0]);
    }
    const char *property = condition->count ? property_of(condition->items[0], variable) : NULL;
    if (condition->kind == EXPRESSION_IS_NULL || condition->kind == EXPRESSION_IS_NOT_NULL) {
        if (!property)
            return fail(statement, "The condition must be about a property of the pattern.");
        write_property(statement, out, variable, property);
        buffer_add_string(out, condition->kind == EXPRESSION_IS_NULL ? " IS NULL" : " IS NOT NULL");
        return true;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(comparisons); i++) {
        if (comparisons[i].kind != condition->kind)
            continue;
        if (!property)
            return write_mirrored(statement, out, variable, condition, &comparisons[i]);
        write_property(statement, out, variable, property);
        buffer_printf(out, " %s ", comparisons[i].text);
        return write_constant(statement, out, condition->items[1]);
    }
    return fail(statement,
                "The expression is not supported. Only single, literal-based predicate expressions "
                "are allowed for property-based access control.");
}

/* ---- the pattern ---- */

struct element {
    const char *variable; /* "n" or "r" when it has no name */
    bool has_variable;
    char *labels; /* ":A|B" or "" */
    char *condition;
};

static bool read_labels(struct statement *statement, struct element *element) {
    struct cursor *cursor = &statement->cursor;
    CLEANUP_BUFFER struct buffer labels = { 0 };
    char *name;

    element->labels = arena_strdup(statement->arena, "");
    if (!cursor_take_symbol(cursor, ":"))
        return true;
    do {
        if (!cursor_name(cursor, &name))
            return false;
        buffer_printf(&labels, "%s%s", labels.length ? "|" : ":",
                      privilege_quote_if_needed(statement->arena, name));
    } while (cursor_take_symbol(cursor, "|"));
    element->labels = arena_strdup(statement->arena, buffer_string(&labels));
    return true;
}

/* {property: value} */
static bool read_map(struct statement *statement, struct element *element) {
    struct cursor *cursor = &statement->cursor;
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct expression *value;
    char *name;

    if (!cursor_name(cursor, &name) || !cursor_expect_symbol(cursor, ":") ||
        !expression_parse(cursor, &value))
        return false;
    if (!cursor_take_symbol(cursor, "}"))
        return fail(statement,
                    "The expression is not supported. Only a single property can be held against a "
                    "value.");
    write_property(statement, &text, element->variable, name);
    buffer_add_string(&text, " = ");
    if (!write_constant(statement, &text, value))
        return false;
    element->condition = arena_strdup(statement->arena, buffer_string(&text));
    return true;
}

static bool read_where(struct statement *statement, struct element *element) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct expression *condition;

    if (!expression_parse(&statement->cursor, &condition))
        return false;
    if (!element->has_variable)
        return fail(statement, "The pattern needs a variable.");
    if (!write_condition(statement, &text, element->variable, condition))
        return false;
    element->condition = arena_strdup(statement->arena, buffer_string(&text));
    return true;
}

/* "n:A|B {p: 1}" or "n:A WHERE n.p = 1", up to what closes it. */
static bool read_element(struct statement *statement, const char *closing, const char *default_variable,
                         struct element *element) {
    struct cursor *cursor = &statement->cursor;
    char *name;

    *element = (struct element){ .variable = default_variable };
    if (!cursor_is_symbol(cursor, ":") && !cursor_is_symbol(cursor, closing) &&
        !cursor_is_symbol(cursor, "{")) {
        if (!cursor_name(cursor, &name))
            return false;
        element->variable = name;
        element->has_variable = true;
    }
    if (!read_labels(statement, element))
        return false;
    if (cursor_take_symbol(cursor, "{") && !read_map(statement, element))
        return false;
    if (!element->condition && cursor_take(cursor, "WHERE") && !read_where(statement, element))
        return false;
    return cursor_expect_symbol(cursor, closing);
}

/* ()-[r:T]-(), with an arrow or without. */
static bool read_relationship(struct statement *statement, struct element *element, const char **out_left,
                              const char **out_right) {
    struct cursor *cursor = &statement->cursor;

    *out_left = cursor_take_symbol(cursor, "<-") ? "<-" : "-";
    if (str_equal(*out_left, "-") && !cursor_expect_symbol(cursor, "-"))
        return false;
    if (!cursor_expect_symbol(cursor, "[") || !read_element(statement, "]", "r", element))
        return false;
    *out_right = cursor_take_symbol(cursor, "->") ? "->" : "-";
    if (str_equal(*out_right, "-") && !cursor_expect_symbol(cursor, "-"))
        return false;
    return cursor_expect_symbol(cursor, "(") && cursor_expect_symbol(cursor, ")");
}

bool privilege_parse_pattern(struct statement *statement, char **out_pattern) {
    struct cursor *cursor = &statement->cursor;
    const char *left = NULL, *right = NULL;
    struct element element;

    if (!cursor_expect_symbol(cursor, "(") || !read_element(statement, ")", "n", &element))
        return false;
    bool is_empty = !element.has_variable && !*element.labels && !element.condition;
    bool is_relationship = is_empty && (cursor_is_symbol(cursor, "-") || cursor_is_symbol(cursor, "<-"));
    if (is_relationship && !read_relationship(statement, &element, &left, &right))
        return false;
    if (!element.condition && !cursor_expect(cursor, "WHERE"))
        return false;
    if (!element.condition && !read_where(statement, &element))
        return false;
    const char *variable = privilege_quote_if_needed(statement->arena, element.variable);
    *out_pattern = is_relationship ? arena_printf(statement->arena, "()%s[%s%s]%s() WHERE %s", left, variable,
                                                  element.labels, right, element.condition)
                                   : arena_printf(statement->arena, "(%s%s) WHERE %s", variable,
                                                  element.labels, element.condition);
    return true;
}
