/* Operators, from the tightest to the loosest. */
#include "cel/parser.h"

static const struct binary {
    const char *text;
    enum cel_operator operator;
    int level; /* the higher, the tighter */
} binaries[] = {
    { "==", CEL_OPERATOR_EQUAL, 0 },   { "!=", CEL_OPERATOR_NOT_EQUAL, 0 },
    { "<", CEL_OPERATOR_LESS, 0 },     { "<=", CEL_OPERATOR_LESS_OR_EQUAL, 0 },
    { ">", CEL_OPERATOR_GREATER, 0 },  { ">=", CEL_OPERATOR_GREATER_OR_EQUAL, 0 },
    { "in", CEL_OPERATOR_IN, 0 },      { "+", CEL_OPERATOR_ADD, 1 },
    { "-", CEL_OPERATOR_SUBTRACT, 1 }, { "*", CEL_OPERATOR_MULTIPLY, 2 },
    { "/", CEL_OPERATOR_DIVIDE, 2 },   { "%", CEL_OPERATOR_MODULO, 2 },
};
enum { UNARY_LEVEL = 3 };

/* '-' and a number are one literal, so that the smallest int can be written. */
static bool take_negative_number(struct parser *parser, bool *out_taken) {
    struct cel_lexer ahead = parser->lexer;
    struct cel_token token;

    *out_taken = false;
    if (!cel_lexer_next(&ahead, true, &token, parser->err))
        return false;
    bool is_number = token.kind == CEL_TOKEN_LITERAL &&
                     (token.literal.kind == CEL_INT || token.literal.kind == CEL_DOUBLE);
    if (!is_number)
        return true;
    *out_taken = true;
    parser->lexer = ahead;
    parser->token = token;
    return true;
}

/* Signs cancel out in pairs, as in cel-go: !!x is x, of whatever kind it is. */
static struct cel_node *parse_unary(struct parser *parser) {
    size_t position = parser->token.position;
    bool is_not = parser_is_at(parser, "!"), is_odd = false, is_taken = false;

    if (!is_not && !parser_is_at(parser, "-"))
        return parser_member(parser);
    if (!is_not && !take_negative_number(parser, &is_taken))
        return NULL;
    if (is_taken)
        return parser_member(parser);
    const char *sign = is_not ? "!" : "-";
    do {
        if (!parser_take(parser, sign, &is_taken))
            return NULL;
        is_odd ^= is_taken;
    } while (is_taken);
    struct cel_node *node = parser_member(parser);
    if (!node || !is_odd)
        return node;
    return parser_make(parser, is_not ? CEL_NODE_NOT : CEL_NODE_NEGATE, position, &node, 1);
}

static const struct binary *binary_at(const struct parser *parser, int level) {
    bool is_in = parser_is_at_word(parser, "in");

    if (!is_in && parser->token.kind != CEL_TOKEN_PUNCTUATION)
        return NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(binaries); i++)
        if (binaries[i].level == level && binaries[i].text[0] == parser->token.text.data[0] &&
            text_is(parser->token.text, binaries[i].text))
            return &binaries[i];
    return NULL;
}

static struct cel_node *parse_binary(struct parser *parser, int level) {
    if (level == UNARY_LEVEL)
        return parse_unary(parser);
    struct cel_node *left = parse_binary(parser, level + 1);
    const struct binary *binary;
    while (left && (binary = binary_at(parser, level))) {
        size_t position = parser->token.position;
        struct cel_node *right = parser_advance(parser) ? parse_binary(parser, level + 1) : NULL;
        if (!right)
            return NULL;
        left = parser_make(parser, CEL_NODE_BINARY, position, (struct cel_node *[]){ left, right }, 2);
        if (left)
            left->operator= binary->operator;
    }
    return left;
}

/* && binds tighter than ||. A chain is one node, however long. */
static struct cel_node *parse_logic(struct parser *parser, bool is_or) {
    struct parser_nodes operands = { 0 };
    size_t position = parser->token.position;
    bool is_taken;

    do {
        struct cel_node *operand = is_or ? parse_logic(parser, false) : parse_binary(parser, 0);
        if (!operand)
            return NULL;
        parser_add(parser, &operands, operand);
        if (!parser_take(parser, is_or ? "||" : "&&", &is_taken))
            return NULL;
    } while (is_taken);
    if (operands.count == 1)
        return operands.items[0];
    return parser_make(parser, is_or ? CEL_NODE_OR : CEL_NODE_AND, position, operands.items, operands.count);
}

static struct cel_node *parse_condition(struct parser *parser) {
    struct cel_node *condition = parse_logic(parser, true);
    size_t position = parser->token.position;
    bool is_taken;

    if (!condition || !parser_take(parser, "?", &is_taken))
        return NULL;
    if (!is_taken)
        return condition;
    struct cel_node *yes = parse_logic(parser, true);
    struct cel_node *no = yes && parser_expect(parser, ":") ? parser_expression(parser) : NULL;
    if (!no)
        return NULL;
    return parser_make(parser, CEL_NODE_CONDITION, position, (struct cel_node *[]){ condition, yes, no }, 3);
}

struct cel_node *parser_expression(struct parser *parser) {
    if (parser->nesting == CEL_NESTING_MAX)
        return parser_fail_at(parser, parser->token.position, "more than %d levels are nested",
                              CEL_NESTING_MAX);
    parser->nesting++;
    struct cel_node *node = parse_condition(parser);
    parser->nesting--;
    return node;
}
