/* Values, and the fields, indexes and calls behind them. */
#include "cel/parser.h"

static struct cel_node *make_literal(struct parser *parser, size_t position, struct cel_value value) {
    struct cel_node *node = parser_make(parser, CEL_NODE_LITERAL, position, NULL, 0);

    node->literal = value;
    return node;
}

static const char *copy_text(struct parser *parser, struct text text) {
    return arena_strndup(parser->arena, text.data, text.length);
}

/* Behind '(': expressions with commas between them, and ')'. */
static bool parse_arguments(struct parser *parser, struct parser_nodes *arguments) {
    bool is_taken;

    if (!parser_take(parser, ")", &is_taken))
        return false;
    while (!is_taken) {
        struct cel_node *argument = parser_expression(parser);
        if (!argument)
            return false;
        parser_add(parser, arguments, argument);
        if (!parser_take(parser, ")", &is_taken) || (!is_taken && !parser_expect(parser, ",")))
            return false;
    }
    return true;
}

static struct cel_node *parse_call(struct parser *parser, size_t position, const char *name,
                                   struct cel_node *receiver) {
    struct parser_nodes arguments = { 0 };

    if (receiver)
        parser_add(parser, &arguments, receiver);
    if (!parser_advance(parser) || !parse_arguments(parser, &arguments))
        return NULL;
    struct cel_node *call = parser_make(parser, CEL_NODE_CALL, position, arguments.items, arguments.count);
    if (!call)
        return NULL;
    call->name = name;
    call->is_member = receiver;
    return cel_expand_macro(parser->arena, parser->lexer.source, &call, parser->err) ? call : NULL;
}

/* A list or a map, behind its bracket: elements or entries, each with '?' before it or not; a comma may be
 * last. */
static struct cel_node *parse_elements(struct parser *parser, size_t position, bool is_map) {
    const char *end = is_map ? "}" : "]";
    struct parser_nodes elements = { 0 }, optionals = { 0 };
    bool is_taken, is_optional, has_optional = false;

    if (!parser_take(parser, end, &is_taken))
        return NULL;
    while (!is_taken) {
        if (!parser_take(parser, "?", &is_optional))
            return NULL;
        struct cel_node *element = parser_expression(parser);
        if (!element)
            return NULL;
        parser_add(parser, &elements, element);
        if (is_map) {
            struct cel_node *value = parser_expect(parser, ":") ? parser_expression(parser) : NULL;
            if (!value)
                return NULL;
            parser_add(parser, &elements, value);
        }
        parser_add(parser, &optionals, is_optional ? element : NULL);
        has_optional |= is_optional;
        if (!parser_take(parser, end, &is_taken))
            return NULL;
        if (!is_taken && (!parser_expect(parser, ",") || !parser_take(parser, end, &is_taken)))
            return NULL;
    }
    struct cel_node *node =
        parser_make(parser, is_map ? CEL_NODE_MAP : CEL_NODE_LIST, position, elements.items, elements.count);
    if (!node || !has_optional)
        return node;
    bool *marks = ARENA_ARRAY(parser->arena, bool, optionals.count);
    for (size_t i = 0; i < optionals.count; i++)
        marks[i] = optionals.items[i];
    node->optional_children = marks;
    return node;
}

static struct cel_node *parse_name(struct parser *parser) {
    struct cel_token token = parser->token;

    if (!parser_advance(parser))
        return NULL;
    if (text_is(token.text, "true") || text_is(token.text, "false"))
        return make_literal(parser, token.position, cel_from_bool(text_is(token.text, "true")));
    if (text_is(token.text, "null"))
        return make_literal(parser, token.position, (struct cel_value){ .kind = CEL_NULL });
    if (cel_is_reserved(token.text))
        return parser_fail_at(parser, token.position, "'%.*s' is a reserved word", TEXT_ARGS(token.text));
    const char *name = copy_text(parser, token.text);
    if (parser_is_at(parser, "("))
        return parse_call(parser, token.position, name, NULL);
    struct cel_node *node = parser_make(parser, CEL_NODE_NAME, token.position, NULL, 0);
    node->name = name;
    return node;
}

static struct cel_node *parse_primary(struct parser *parser) {
    struct cel_token token = parser->token;
    bool is_taken;

    if (token.kind == CEL_TOKEN_LITERAL)
        return parser_advance(parser) ? make_literal(parser, token.position, token.literal) : NULL;
    if (token.kind == CEL_TOKEN_NAME)
        return parse_name(parser);
    if (parser_is_at(parser, "[") || parser_is_at(parser, "{"))
        return parser_advance(parser) ? parse_elements(parser, token.position, text_is(token.text, "{"))
                                      : NULL;
    if (parser_is_at(parser, "(")) {
        struct cel_node *inner = parser_advance(parser) ? parser_expression(parser) : NULL;
        return inner && parser_expect(parser, ")") ? inner : NULL;
    }
    /* A name from the outermost scope. */
    if (!parser_take(parser, ".", &is_taken))
        return NULL;
    if (is_taken && parser->token.kind == CEL_TOKEN_NAME)
        return parse_name(parser);
    return parser_fail_expected(parser, "a value");
}

/* Behind '.': a field or a call. */
static struct cel_node *parse_select(struct parser *parser, struct cel_node *from) {
    size_t position = parser->token.position;
    bool is_optional;

    if (!parser_take(parser, "?", &is_optional))
        return NULL;
    if (parser->token.kind != CEL_TOKEN_NAME || parser_is_at_word(parser, "in") ||
        parser_is_at_word(parser, "true") || parser_is_at_word(parser, "false") ||
        parser_is_at_word(parser, "null"))
        return parser_fail_expected(parser, "the name of a field or function");
    const char *name = copy_text(parser, parser->token.text);
    if (!parser_advance(parser))
        return NULL;
    if (parser_is_at(parser, "(") && !is_optional)
        return parse_call(parser, position, name, from);
    struct cel_node *node = parser_make(parser, CEL_NODE_SELECT, position, &from, 1);
    if (node) {
        node->name = name;
        node->is_optional = is_optional;
    }
    return node;
}

/* Behind '['. */
static struct cel_node *parse_index(struct parser *parser, struct cel_node *from) {
    size_t position = parser->token.position;
    bool is_optional;

    if (!parser_take(parser, "?", &is_optional))
        return NULL;
    struct cel_node *key = parser_expression(parser);
    if (!key || !parser_expect(parser, "]"))
        return NULL;
    struct cel_node *node =
        parser_make(parser, CEL_NODE_INDEX, position, (struct cel_node *[]){ from, key }, 2);
    if (node)
        node->is_optional = is_optional;
    return node;
}

struct cel_node *parser_member(struct parser *parser) {
    struct cel_node *node = parse_primary(parser);
    bool is_taken;

    while (node) {
        if (!parser_take(parser, ".", &is_taken))
            return NULL;
        if (is_taken) {
            node = parse_select(parser, node);
            continue;
        }
        if (!parser_take(parser, "[", &is_taken))
            return NULL;
        if (!is_taken)
            break;
        node = parse_index(parser, node);
    }
    return node;
}
