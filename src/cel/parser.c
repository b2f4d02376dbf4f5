/* A parser by recursive descent, one function a level of the grammar.
 * Source: CEL.g4 of cel-go. */
#include "cel/ast.h"
#include "cel/lexer.h"

#include <stdarg.h>

struct parser {
    struct arena *arena;
    struct cel_lexer lexer;
    struct cel_token token; /* the next one, not yet taken */
    unsigned nesting;
    struct error *err;
};

struct nodes {
    struct cel_node **items;
    size_t count, room;
};

static const char *const reserved[] = {
    "as",  "break", "const", "continue", "else",      "false",  "for",  "function", "if",   "import", "in",
    "let", "loop",  "null",  "package",  "namespace", "return", "true", "var",      "void", "while",
};

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

static struct cel_node *parse_expression(struct parser *parser);

static struct cel_node *fail_at(struct parser *parser, size_t position, const char *format, ...)
    PRINTF_LIKE(3, 4);
static struct cel_node *fail_at(struct parser *parser, size_t position, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *why = arena_vprintf(parser->arena, format, arguments);
    va_end(arguments);
    (void)error_set(parser->err, ERROR_INVALID, "%s: %s",
                    cel_place(parser->arena, parser->lexer.source, position), why);
    return NULL;
}

static struct cel_node *fail_expected(struct parser *parser, const char *what) {
    if (parser->token.kind == CEL_TOKEN_END)
        return fail_at(parser, parser->token.position, "%s is expected, but the expression ends", what);
    size_t length = parser->lexer.position - parser->token.position;
    return fail_at(parser, parser->token.position, "%s is expected, not '%.*s'", what,
                   (int)(length < 40 ? length : 40), parser->lexer.source.data + parser->token.position);
}

static bool advance(struct parser *parser) {
    return cel_lexer_next(&parser->lexer, false, &parser->token, parser->err);
}

static bool is_at(const struct parser *parser, const char *punctuation) {
    return parser->token.kind == CEL_TOKEN_PUNCTUATION && text_is(parser->token.text, punctuation);
}

static bool is_at_word(const struct parser *parser, const char *word) {
    return parser->token.kind == CEL_TOKEN_NAME && text_is(parser->token.text, word);
}

/* Takes the punctuation if it is next: *out_taken says so. False: what follows is no token. */
static bool take(struct parser *parser, const char *punctuation, bool *out_taken) {
    *out_taken = is_at(parser, punctuation);
    return !*out_taken || advance(parser);
}

static bool expect(struct parser *parser, const char *punctuation) {
    bool is_taken;

    if (!take(parser, punctuation, &is_taken))
        return false;
    if (!is_taken)
        (void)fail_expected(parser, arena_printf(parser->arena, "'%s'", punctuation));
    return is_taken;
}

static void add_node(struct parser *parser, struct nodes *nodes, struct cel_node *node) {
    if (nodes->count == nodes->room) {
        nodes->room = nodes->room ? 2 * nodes->room : 4;
        struct cel_node **items = ARENA_ARRAY(parser->arena, struct cel_node *, nodes->room);
        if (nodes->count)
            memcpy(items, nodes->items, nodes->count * sizeof(*items));
        nodes->items = items;
    }
    nodes->items[nodes->count++] = node;
}

struct cel_node *cel_node_new(struct arena *arena, enum cel_node_kind kind, size_t position,
                              struct cel_node *const *children, size_t child_count) {
    struct cel_node *node = ARENA_NEW(arena, struct cel_node);

    *node = (struct cel_node){ .kind = kind, .position = position, .child_count = child_count, .depth = 1 };
    node->children = ARENA_ARRAY(arena, struct cel_node *, child_count);
    for (size_t i = 0; i < child_count; i++) {
        node->children[i] = children[i];
        if (node->depth <= children[i]->depth)
            node->depth = children[i]->depth + 1;
    }
    return node;
}

/* The node, unless the tree below it is too deep. */
static struct cel_node *make(struct parser *parser, enum cel_node_kind kind, size_t position,
                             struct cel_node *const *children, size_t child_count) {
    struct cel_node *node = cel_node_new(parser->arena, kind, position, children, child_count);

    if (node->depth > CEL_TREE_DEPTH_MAX)
        return fail_at(parser, position, "more than %d operators follow one another", CEL_TREE_DEPTH_MAX);
    return node;
}

static struct cel_node *make_literal(struct parser *parser, size_t position, struct cel_value value) {
    struct cel_node *node = make(parser, CEL_NODE_LITERAL, position, NULL, 0);

    node->literal = value;
    return node;
}

static bool is_reserved(struct text name) {
    for (size_t i = 0; i < ARRAY_LENGTH(reserved); i++)
        if (text_is(name, reserved[i]))
            return true;
    return false;
}

static const char *copy_text(struct parser *parser, struct text text) {
    return arena_strndup(parser->arena, text.data, text.length);
}

/* Behind '(': expressions with commas between them, and ')'. */
static bool parse_arguments(struct parser *parser, struct nodes *arguments) {
    bool is_taken;

    if (!take(parser, ")", &is_taken))
        return false;
    while (!is_taken) {
        struct cel_node *argument = parse_expression(parser);
        if (!argument)
            return false;
        add_node(parser, arguments, argument);
        if (!take(parser, ")", &is_taken) || (!is_taken && !expect(parser, ",")))
            return false;
    }
    return true;
}

static struct cel_node *parse_call(struct parser *parser, size_t position, const char *name,
                                   struct cel_node *receiver) {
    struct nodes arguments = { 0 };

    if (receiver)
        add_node(parser, &arguments, receiver);
    if (!advance(parser) || !parse_arguments(parser, &arguments))
        return NULL;
    struct cel_node *call = make(parser, CEL_NODE_CALL, position, arguments.items, arguments.count);
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
    struct nodes elements = { 0 }, optionals = { 0 };
    bool is_taken, is_optional, has_optional = false;

    if (!take(parser, end, &is_taken))
        return NULL;
    while (!is_taken) {
        if (!take(parser, "?", &is_optional))
            return NULL;
        struct cel_node *element = parse_expression(parser);
        if (!element)
            return NULL;
        add_node(parser, &elements, element);
        if (is_map) {
            struct cel_node *value = expect(parser, ":") ? parse_expression(parser) : NULL;
            if (!value)
                return NULL;
            add_node(parser, &elements, value);
        }
        add_node(parser, &optionals, is_optional ? element : NULL);
        has_optional |= is_optional;
        if (!take(parser, end, &is_taken))
            return NULL;
        if (!is_taken && (!expect(parser, ",") || !take(parser, end, &is_taken)))
            return NULL;
    }
    struct cel_node *node =
        make(parser, is_map ? CEL_NODE_MAP : CEL_NODE_LIST, position, elements.items, elements.count);
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

    if (!advance(parser))
        return NULL;
    if (text_is(token.text, "true") || text_is(token.text, "false"))
        return make_literal(parser, token.position, cel_from_bool(text_is(token.text, "true")));
    if (text_is(token.text, "null"))
        return make_literal(parser, token.position, (struct cel_value){ .kind = CEL_NULL });
    if (is_reserved(token.text))
        return fail_at(parser, token.position, "'%.*s' is a reserved word", TEXT_ARGS(token.text));
    const char *name = copy_text(parser, token.text);
    if (is_at(parser, "("))
        return parse_call(parser, token.position, name, NULL);
    struct cel_node *node = make(parser, CEL_NODE_NAME, token.position, NULL, 0);
    node->name = name;
    return node;
}

static struct cel_node *parse_primary(struct parser *parser) {
    struct cel_token token = parser->token;
    bool is_taken;

    if (token.kind == CEL_TOKEN_LITERAL)
        return advance(parser) ? make_literal(parser, token.position, token.literal) : NULL;
    if (token.kind == CEL_TOKEN_NAME)
        return parse_name(parser);
    if (is_at(parser, "[") || is_at(parser, "{"))
        return advance(parser) ? parse_elements(parser, token.position, text_is(token.text, "{")) : NULL;
    if (is_at(parser, "(")) {
        struct cel_node *inner = advance(parser) ? parse_expression(parser) : NULL;
        return inner && expect(parser, ")") ? inner : NULL;
    }
    /* A name from the outermost scope. */
    if (!take(parser, ".", &is_taken))
        return NULL;
    if (is_taken && parser->token.kind == CEL_TOKEN_NAME)
        return parse_name(parser);
    return fail_expected(parser, "a value");
}

/* Behind '.': a field or a call. */
static struct cel_node *parse_select(struct parser *parser, struct cel_node *from) {
    size_t position = parser->token.position;
    bool is_optional;

    if (!take(parser, "?", &is_optional))
        return NULL;
    if (parser->token.kind != CEL_TOKEN_NAME || is_at_word(parser, "in") || is_at_word(parser, "true") ||
        is_at_word(parser, "false") || is_at_word(parser, "null"))
        return fail_expected(parser, "the name of a field or function");
    const char *name = copy_text(parser, parser->token.text);
    if (!advance(parser))
        return NULL;
    if (is_at(parser, "(") && !is_optional)
        return parse_call(parser, position, name, from);
    struct cel_node *node = make(parser, CEL_NODE_SELECT, position, &from, 1);
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

    if (!take(parser, "?", &is_optional))
        return NULL;
    struct cel_node *key = parse_expression(parser);
    if (!key || !expect(parser, "]"))
        return NULL;
    struct cel_node *node = make(parser, CEL_NODE_INDEX, position, (struct cel_node *[]){ from, key }, 2);
    if (node)
        node->is_optional = is_optional;
    return node;
}

static struct cel_node *parse_member(struct parser *parser) {
    struct cel_node *node = parse_primary(parser);
    bool is_taken;

    while (node) {
        if (!take(parser, ".", &is_taken))
            return NULL;
        if (is_taken) {
            node = parse_select(parser, node);
            continue;
        }
        if (!take(parser, "[", &is_taken))
            return NULL;
        if (!is_taken)
            break;
        node = parse_index(parser, node);
    }
    return node;
}

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
    bool is_not = is_at(parser, "!"), is_odd = false, is_taken = false;

    if (!is_not && !is_at(parser, "-"))
        return parse_member(parser);
    if (!is_not && !take_negative_number(parser, &is_taken))
        return NULL;
    if (is_taken)
        return parse_member(parser);
    const char *sign = is_not ? "!" : "-";
    do {
        if (!take(parser, sign, &is_taken))
            return NULL;
        is_odd ^= is_taken;
    } while (is_taken);
    struct cel_node *node = parse_member(parser);
    if (!node || !is_odd)
        return node;
    return make(parser, is_not ? CEL_NODE_NOT : CEL_NODE_NEGATE, position, &node, 1);
}

static const struct binary *binary_at(const struct parser *parser, int level) {
    for (size_t i = 0; i < ARRAY_LENGTH(binaries); i++) {
        bool is_here = text_is(TEXT("in"), binaries[i].text) ? is_at_word(parser, "in")
                                                             : is_at(parser, binaries[i].text);
        if (binaries[i].level == level && is_here)
            return &binaries[i];
    }
    return NULL;
}

static struct cel_node *parse_binary(struct parser *parser, int level) {
    if (level == UNARY_LEVEL)
        return parse_unary(parser);
    struct cel_node *left = parse_binary(parser, level + 1);
    const struct binary *binary;
    while (left && (binary = binary_at(parser, level))) {
        size_t position = parser->token.position;
        struct cel_node *right = advance(parser) ? parse_binary(parser, level + 1) : NULL;
        if (!right)
            return NULL;
        left = make(parser, CEL_NODE_BINARY, position, (struct cel_node *[]){ left, right }, 2);
        if (left)
            left->operator= binary->operator;
    }
    return left;
}

/* && binds tighter than ||. A chain is one node, however long. */
static struct cel_node *parse_logic(struct parser *parser, bool is_or) {
    struct nodes operands = { 0 };
    size_t position = parser->token.position;
    bool is_taken;

    do {
        struct cel_node *operand = is_or ? parse_logic(parser, false) : parse_binary(parser, 0);
        if (!operand)
            return NULL;
        add_node(parser, &operands, operand);
        if (!take(parser, is_or ? "||" : "&&", &is_taken))
            return NULL;
    } while (is_taken);
    if (operands.count == 1)
        return operands.items[0];
    return make(parser, is_or ? CEL_NODE_OR : CEL_NODE_AND, position, operands.items, operands.count);
}

static struct cel_node *parse_condition(struct parser *parser) {
    struct cel_node *condition = parse_logic(parser, true);
    size_t position = parser->token.position;
    bool is_taken;

    if (!condition || !take(parser, "?", &is_taken))
        return NULL;
    if (!is_taken)
        return condition;
    struct cel_node *yes = parse_logic(parser, true);
    struct cel_node *no = yes && expect(parser, ":") ? parse_expression(parser) : NULL;
    if (!no)
        return NULL;
    return make(parser, CEL_NODE_CONDITION, position, (struct cel_node *[]){ condition, yes, no }, 3);
}

static struct cel_node *parse_expression(struct parser *parser) {
    if (parser->nesting == CEL_NESTING_MAX)
        return fail_at(parser, parser->token.position, "more than %d levels are nested", CEL_NESTING_MAX);
    parser->nesting++;
    struct cel_node *node = parse_condition(parser);
    parser->nesting--;
    return node;
}

bool cel_parse(struct cel_program *program, struct error *err) {
    struct parser parser = {
        .arena = program->arena,
        .lexer = { .arena = program->arena, .source = program->source },
        .err = err,
    };

    if (!advance(&parser))
        return false;
    program->root = parse_expression(&parser);
    if (program->root && parser.token.kind != CEL_TOKEN_END)
        program->root = fail_expected(&parser, "an operator");
    return program->root;
}
