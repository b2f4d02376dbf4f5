/* Parsing by recursive descent, one function a level of precedence, loosest first. */
#include "sim/neo4j/expression_node.h"

static bool parse_or(struct cursor *cursor, struct expression **out);

static struct expression *node(struct cursor *cursor, enum expression_kind kind, size_t count, ...) {
    struct expression *expression = ARENA_NEW(cursor->arena, struct expression);
    va_list arguments;

    expression->kind = kind;
    expression->count = count;
    expression->items = ARENA_ARRAY(cursor->arena, struct expression *, count + 1);
    va_start(arguments, count);
    for (size_t i = 0; i < count; i++)
        expression->items[i] = va_arg(arguments, struct expression *);
    va_end(arguments);
    return expression;
}

static void add_item(struct cursor *cursor, struct expression *list, struct expression *item) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        struct expression **items = ARENA_ARRAY(cursor->arena, struct expression *, capacity);
        if (list->count)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
}

static struct expression *literal(struct cursor *cursor, struct bolt_value value) {
    struct expression *expression = node(cursor, EXPRESSION_LITERAL, 0);

    expression->literal = value;
    return expression;
}

/* Items up to the closing symbol. */
static bool parse_items(struct cursor *cursor, struct expression *list, const char *closing) {
    if (cursor_take_symbol(cursor, closing))
        return true;
    do {
        struct expression *item = NULL;
        if (!parse_or(cursor, &item))
            return false;
        add_item(cursor, list, item);
    } while (cursor_take_symbol(cursor, ","));
    return cursor_expect_symbol(cursor, closing);
}

static bool parse_map(struct cursor *cursor, struct expression **out) {
    struct expression *map = node(cursor, EXPRESSION_MAP, 0);

    *out = map;
    if (cursor_take_symbol(cursor, "}"))
        return true;
    do {
        char *key;
        struct expression *value = NULL;
        if (!cursor_name(cursor, &key) || !cursor_expect_symbol(cursor, ":") || !parse_or(cursor, &value))
            return false;
        add_item(cursor, map, literal(cursor, *bolt_new_string(cursor->arena, key)));
        add_item(cursor, map, value);
    } while (cursor_take_symbol(cursor, ","));
    return cursor_expect_symbol(cursor, "}");
}

static bool parse_call(struct cursor *cursor, struct expression **out) {
    struct expression *call = node(cursor, EXPRESSION_CALL, 0);

    call->offset = cursor_look(cursor)->offset;
    if (!cursor_dotted_name(cursor, &call->name) || !cursor_expect_symbol(cursor, "("))
        return false;
    *out = call;
    call->is_distinct = cursor_take(cursor, "DISTINCT");
    if (cursor_take_symbol(cursor, "*")) {
        call->is_star = true;
        return cursor_expect_symbol(cursor, ")");
    }
    return parse_items(cursor, call, ")");
}

/* name IN list [WHERE condition], of [… | value], any(…) and reduce(…). items: list, condition, value. */
static bool parse_each(struct cursor *cursor, struct expression *each, const char *closing) {
    struct expression *list = NULL, *condition = NULL, *value = NULL;

    if (!cursor_name(cursor, &each->name) || !cursor_expect(cursor, "IN") || !parse_or(cursor, &list))
        return false;
    if (cursor_take(cursor, "WHERE") && !parse_or(cursor, &condition))
        return false;
    if (cursor_take_symbol(cursor, "|") && !parse_or(cursor, &value))
        return false;
    add_item(cursor, each, list);
    add_item(cursor, each, condition ? condition : literal(cursor, *bolt_new_bool(cursor->arena, true)));
    if (value)
        add_item(cursor, each, value);
    return cursor_expect_symbol(cursor, closing);
}

static bool parse_list(struct cursor *cursor, struct expression **out) {
    const struct token *first = cursor_look(cursor), *second = first->type == TOKEN_END ? first : first + 1;
    bool is_name = first->type == TOKEN_WORD || first->type == TOKEN_NAME;

    if (is_name && second->type == TOKEN_WORD && !strcasecmp(second->text, "IN"))
        return parse_each(cursor, *out = node(cursor, EXPRESSION_EACH, 0), "]");
    return parse_items(cursor, *out = node(cursor, EXPRESSION_LIST, 0), "]");
}

/* any(x IN list WHERE …) and its like; which of them is the literal. */
static bool parse_quantifier(struct cursor *cursor, struct expression **out) {
    *out = node(cursor, EXPRESSION_QUANTIFIER, 0);
    (*out)->literal = *bolt_new_string(cursor->arena, cursor_look(cursor)->text);
    cursor->at += 2;
    return parse_each(cursor, *out, ")");
}

/* reduce(sum = 0, x IN list | sum + x) */
static bool parse_reduce(struct cursor *cursor, struct expression **out) {
    struct expression *start = NULL;
    char *name;

    *out = node(cursor, EXPRESSION_REDUCE, 0);
    cursor->at += 2;
    if (!cursor_name(cursor, &name) || !cursor_expect_symbol(cursor, "=") || !parse_or(cursor, &start) ||
        !cursor_expect_symbol(cursor, ","))
        return false;
    (*out)->literal = *bolt_new_string(cursor->arena, name);
    add_item(cursor, *out, start);
    return parse_each(cursor, *out, ")") &&
           ((*out)->count == 4 || cursor_fail(cursor, "'|' and an expression in reduce()"));
}

static bool parse_case(struct cursor *cursor, struct expression **out) {
    struct expression *subject = NULL, *condition = NULL, *value = NULL;
    struct expression *chosen = node(cursor, EXPRESSION_CASE, 0);

    *out = chosen;
    if (!cursor_is(cursor, "WHEN") && !parse_or(cursor, &subject))
        return false;
    if (!cursor_is(cursor, "WHEN"))
        return cursor_fail(cursor, "WHEN");
    while (cursor_take(cursor, "WHEN")) {
        if (!parse_or(cursor, &condition) || !cursor_expect(cursor, "THEN") || !parse_or(cursor, &value))
            return false;
        add_item(cursor, chosen, subject ? node(cursor, EXPRESSION_EQUAL, 2, subject, condition) : condition);
        add_item(cursor, chosen, value);
    }
    value = literal(cursor, (struct bolt_value){ .type = BOLT_NULL });
    if (cursor_take(cursor, "ELSE") && !parse_or(cursor, &value))
        return false;
    add_item(cursor, chosen, value);
    return cursor_expect(cursor, "END");
}

/* A word that begins something other than a call, where "(" and a name IN follow. */
static bool is_quantifier(const struct cursor *cursor) {
    static const char *const words[] = { "all", "any", "none", "single" };
    const struct token *token = cursor_look(cursor);

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (!strcasecmp(token->text, words[i]) && str_equal(token[1].text, "(") &&
            token[2].type != TOKEN_END && !strcasecmp(token[3].text, "IN"))
            return true;
    return false;
}

/* A name that is followed by "(", perhaps after more names and dots. */
static bool is_call(const struct cursor *cursor) {
    struct cursor ahead = *cursor;

    while (cursor_look(&ahead)->type == TOKEN_WORD) {
        ahead.at++;
        if (cursor_is_symbol(&ahead, "("))
            return true;
        if (!cursor_take_symbol(&ahead, "."))
            return false;
    }
    return false;
}

static bool parse_word(struct cursor *cursor, struct expression **out) {
    struct expression *variable;

    if (cursor_take(cursor, "true") || cursor_take(cursor, "false")) {
        bool value = !strcasecmp(cursor->tokens[cursor->at - 1].text, "true");
        *out = literal(cursor, *bolt_new_bool(cursor->arena, value));
        return true;
    }
    if (cursor_take(cursor, "null")) {
        *out = literal(cursor, (struct bolt_value){ .type = BOLT_NULL });
        return true;
    }
    if (cursor_look(cursor)->type == TOKEN_WORD && is_quantifier(cursor))
        return parse_quantifier(cursor, out);
    if (cursor_is(cursor, "reduce") && is_call(cursor))
        return parse_reduce(cursor, out);
    if (cursor_is(cursor, "CASE") && cursor->tokens[cursor->at + 1].type != TOKEN_SYMBOL &&
        cursor_take(cursor, "CASE"))
        return parse_case(cursor, out);
    if (is_call(cursor))
        return parse_call(cursor, out);
    variable = node(cursor, EXPRESSION_VARIABLE, 0);
    variable->offset = cursor_look(cursor)->offset;
    *out = variable;
    return cursor_name(cursor, &variable->name);
}

static bool parse_atom(struct cursor *cursor, struct expression **out) {
    const struct token *token = cursor_look(cursor);

    switch (token->type) {
    case TOKEN_WORD:
    case TOKEN_NAME:
        return parse_word(cursor, out);
    case TOKEN_STRING:
        *out = literal(cursor, *bolt_new_string(cursor->arena, token->text));
        break;
    case TOKEN_INTEGER:
        *out = literal(cursor, *bolt_new_integer(cursor->arena, token->integer));
        break;
    case TOKEN_FLOAT:
        *out = literal(cursor, *bolt_new_float(cursor->arena, token->number));
        break;
    case TOKEN_PARAMETER: {
        const struct bolt_value *value = cursor_parameter(cursor, token->text);
        if (!value)
            return false;
        *out = literal(cursor, *value);
        break;
    }
    case TOKEN_SYMBOL:
        if (cursor_take_symbol(cursor, "("))
            return parse_or(cursor, out) && cursor_expect_symbol(cursor, ")");
        if (cursor_take_symbol(cursor, "["))
            return parse_list(cursor, out);
        if (cursor_take_symbol(cursor, "{"))
            return parse_map(cursor, out);
        return cursor_fail(cursor, "an expression");
    case TOKEN_END:
        return cursor_fail(cursor, "an expression");
    }
    cursor->at++;
    return true;
}

/* A chain of operators becomes a tree as deep as it is long. */
static bool count_operator(struct cursor *cursor) {
    return ++cursor->operators <= EXPRESSION_OPERATORS_MAX ||
           cursor_fail(cursor, "an expression with fewer operators");
}

/* "i]", "i..j]", "..j]", "i..]": *out_to stays NULL where there is one index. */
static bool parse_index(struct cursor *cursor, struct expression **out_index, struct expression **out_to) {
    *out_index = literal(cursor, *bolt_new_integer(cursor->arena, 0));
    if (!cursor_is_symbol(cursor, "..") && !parse_or(cursor, out_index))
        return false;
    if (cursor_take_symbol(cursor, "..")) {
        *out_to = literal(cursor, *bolt_new_integer(cursor->arena, INT64_MAX));
        if (!cursor_is_symbol(cursor, "]") && !parse_or(cursor, out_to))
            return false;
    }
    return cursor_expect_symbol(cursor, "]");
}

static bool parse_postfix(struct cursor *cursor, struct expression **out) {
    if (!parse_atom(cursor, out))
        return false;
    for (;;) {
        struct expression *index = NULL, *to = NULL;
        char *name;
        if (cursor_take_symbol(cursor, ".")) {
            if (!cursor_name(cursor, &name))
                return false;
            index = literal(cursor, *bolt_new_string(cursor->arena, name));
        } else if (cursor_take_symbol(cursor, "[")) {
            if (!parse_index(cursor, &index, &to))
                return false;
        } else {
            return true;
        }
        if (!count_operator(cursor))
            return false;
        *out = to ? node(cursor, EXPRESSION_SLICE, 3, *out, index, to)
                  : node(cursor, EXPRESSION_INDEX, 2, *out, index);
    }
}

static bool parse_unary(struct cursor *cursor, struct expression **out) {
    if (cursor->depth >= EXPRESSION_DEPTH_MAX)
        return cursor_fail(cursor, "an expression that is nested less deeply");
    if (cursor_take_symbol(cursor, "+"))
        return parse_postfix(cursor, out);
    if (!cursor_take_symbol(cursor, "-"))
        return parse_postfix(cursor, out);
    cursor->depth++;
    bool ok = parse_unary(cursor, out);
    cursor->depth--;
    if (ok)
        *out = node(cursor, EXPRESSION_NEGATE, 1, *out);
    return ok;
}

struct binary_operator {
    const char *symbol; /* or keyword */
    enum expression_kind kind;
};

static bool take_operator(struct cursor *cursor, const struct binary_operator *operators, size_t count,
                          enum expression_kind *out_kind) {
    for (size_t i = 0; i < count; i++)
        if (cursor_take_symbol(cursor, operators[i].symbol) || cursor_take(cursor, operators[i].symbol)) {
            *out_kind = operators[i].kind;
            return true;
        }
    return false;
}

static bool parse_level(struct cursor *cursor, bool (*tighter)(struct cursor *, struct expression **),
                        const struct binary_operator *operators, size_t count, struct expression **out) {
    enum expression_kind kind;

    if (!tighter(cursor, out))
        return false;
    while (take_operator(cursor, operators, count, &kind)) {
        struct expression *right = NULL;
        if (!count_operator(cursor) || !tighter(cursor, &right))
            return false;
        *out = node(cursor, kind, 2, *out, right);
    }
    return true;
}

static bool parse_power(struct cursor *cursor, struct expression **out) {
    static const struct binary_operator operators[] = { { "^", EXPRESSION_POWER } };
    return parse_level(cursor, parse_unary, operators, ARRAY_LENGTH(operators), out);
}

static bool parse_product(struct cursor *cursor, struct expression **out) {
    static const struct binary_operator operators[] = { { "*", EXPRESSION_MULTIPLY },
                                                        { "/", EXPRESSION_DIVIDE },
                                                        { "%", EXPRESSION_MODULO } };
    return parse_level(cursor, parse_power, operators, ARRAY_LENGTH(operators), out);
}

static bool parse_sum(struct cursor *cursor, struct expression **out) {
    static const struct binary_operator operators[] = { { "+", EXPRESSION_ADD },
                                                        { "-", EXPRESSION_SUBTRACT },
                                                        { "||", EXPRESSION_ADD } };
    return parse_level(cursor, parse_product, operators, ARRAY_LENGTH(operators), out);
}

/* STARTS WITH, IS NOT NULL …: what does not fit into one symbol. */
static bool parse_predicate(struct cursor *cursor, struct expression **out, bool *out_found) {
    struct expression *right = NULL;
    enum expression_kind kind = EXPRESSION_CONTAINS;

    *out_found = true;
    if (cursor_take_symbol(cursor, ":")) {
        if (!expression_parse_labels(cursor, &right))
            return false;
        *out = node(cursor, EXPRESSION_HAS_LABELS, 2, *out, right);
        return true;
    }
    if (cursor_take(cursor, "IS")) {
        bool is_not = cursor_take(cursor, "NOT");
        if (!cursor_expect(cursor, "NULL"))
            return false;
        *out = node(cursor, is_not ? EXPRESSION_IS_NOT_NULL : EXPRESSION_IS_NULL, 1, *out);
        return true;
    }
    if (cursor_take(cursor, "STARTS"))
        kind = EXPRESSION_STARTS_WITH;
    else if (cursor_take(cursor, "ENDS"))
        kind = EXPRESSION_ENDS_WITH;
    else if (!cursor_take(cursor, "CONTAINS")) {
        *out_found = false;
        return true;
    }
    if ((kind != EXPRESSION_CONTAINS && !cursor_expect(cursor, "WITH")) || !parse_sum(cursor, &right))
        return false;
    *out = node(cursor, kind, 2, *out, right);
    return true;
}

static bool parse_comparison(struct cursor *cursor, struct expression **out) {
    static const struct binary_operator operators[] = {
        { "=", EXPRESSION_EQUAL },   { "<>", EXPRESSION_NOT_EQUAL },
        { "<", EXPRESSION_LESS },    { "<=", EXPRESSION_LESS_OR_EQUAL },
        { ">", EXPRESSION_GREATER }, { ">=", EXPRESSION_GREATER_OR_EQUAL },
        { "IN", EXPRESSION_IN },
    };
    bool found = true;

    if (!parse_level(cursor, parse_sum, operators, ARRAY_LENGTH(operators), out))
        return false;
    while (found)
        if (!count_operator(cursor) || !parse_predicate(cursor, out, &found))
            return false;
    return true;
}

static bool parse_not(struct cursor *cursor, struct expression **out) {
    bool is_not = false;

    while (cursor_take(cursor, "NOT"))
        is_not = !is_not;
    if (!parse_comparison(cursor, out))
        return false;
    if (is_not)
        *out = node(cursor, EXPRESSION_NOT, 1, *out);
    return true;
}

static bool parse_and(struct cursor *cursor, struct expression **out) {
    static const struct binary_operator operators[] = { { "AND", EXPRESSION_AND } };
    return parse_level(cursor, parse_not, operators, ARRAY_LENGTH(operators), out);
}

static bool parse_or(struct cursor *cursor, struct expression **out) {
    static const struct binary_operator operators[] = { { "OR", EXPRESSION_OR }, { "XOR", EXPRESSION_XOR } };
    bool ok;

    if (cursor->depth >= EXPRESSION_DEPTH_MAX)
        return cursor_fail(cursor, "an expression that is nested less deeply");
    cursor->depth++;
    ok = parse_level(cursor, parse_and, operators, ARRAY_LENGTH(operators), out);
    cursor->depth--;
    return ok;
}

/* ---- labels ---- */

static bool parse_label_or(struct cursor *cursor, struct expression **out);

static bool parse_label_not(struct cursor *cursor, struct expression **out) {
    bool ok;

    if (cursor->depth >= EXPRESSION_DEPTH_MAX)
        return cursor_fail(cursor, "labels that are nested less deeply");
    *out = node(cursor, EXPRESSION_LABEL, 0);
    (*out)->name = arena_strdup(cursor->arena, "%");
    if (cursor_take_symbol(cursor, "%"))
        return true;
    if (!cursor_is_symbol(cursor, "!") && !cursor_is_symbol(cursor, "("))
        return cursor_name(cursor, &(*out)->name);
    cursor->depth++;
    if (cursor_take_symbol(cursor, "!")) {
        ok = parse_label_not(cursor, out);
        *out = node(cursor, EXPRESSION_NOT, 1, *out);
    } else {
        ok = cursor_take_symbol(cursor, "(") && parse_label_or(cursor, out) &&
             cursor_expect_symbol(cursor, ")");
    }
    cursor->depth--;
    return ok;
}

static bool parse_label_and(struct cursor *cursor, struct expression **out) {
    static const struct binary_operator operators[] = { { "&", EXPRESSION_AND }, { ":", EXPRESSION_AND } };
    return parse_level(cursor, parse_label_not, operators, ARRAY_LENGTH(operators), out);
}

static bool parse_label_or(struct cursor *cursor, struct expression **out) {
    static const struct binary_operator operators[] = { { "|", EXPRESSION_OR } };
    return parse_level(cursor, parse_label_and, operators, ARRAY_LENGTH(operators), out);
}

bool expression_parse_labels(struct cursor *cursor, struct expression **out_labels) {
    return parse_label_or(cursor, out_labels);
}

bool expression_parse(struct cursor *cursor, struct expression **out_expression) {
    return parse_or(cursor, out_expression);
}

const char *expression_variable(const struct expression *expression) {
    return expression->kind == EXPRESSION_VARIABLE ? expression->name : NULL;
}

bool expression_is_aggregate(const struct expression *expression) {
    if (expression->kind == EXPRESSION_CALL && aggregate_is(expression->name))
        return true;
    for (size_t i = 0; i < expression->count; i++)
        if (expression_is_aggregate(expression->items[i]))
            return true;
    return false;
}
