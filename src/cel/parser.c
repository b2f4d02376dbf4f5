/* A parser by recursive descent: what all levels share. The levels themselves are in parse_operators.c and
 * parse_member.c.
 * Source: CEL.g4 of cel-go. */
#include "cel/parser.h"

#include <stdarg.h>

struct cel_node *parser_fail_at(struct parser *parser, size_t position, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *why = arena_vprintf(parser->arena, format, arguments);
    va_end(arguments);
    (void)error_set(parser->err, ERROR_INVALID, "%s: %s",
                    cel_place(parser->arena, parser->lexer.source, position), why);
    return NULL;
}

struct cel_node *parser_fail_expected(struct parser *parser, const char *what) {
    if (parser->token.kind == CEL_TOKEN_END)
        return parser_fail_at(parser, parser->token.position, "%s is expected, but the expression ends",
                              what);
    size_t length = parser->lexer.position - parser->token.position;
    return parser_fail_at(parser, parser->token.position, "%s is expected, not '%.*s'", what,
                          (int)(length < 40 ? length : 40),
                          parser->lexer.source.data + parser->token.position);
}

bool parser_advance(struct parser *parser) {
    return cel_lexer_next(&parser->lexer, false, &parser->token, parser->err);
}

bool parser_is_at(const struct parser *parser, const char *punctuation) {
    return parser->token.kind == CEL_TOKEN_PUNCTUATION && parser->token.text.data[0] == punctuation[0] &&
           text_is(parser->token.text, punctuation);
}

bool parser_is_at_word(const struct parser *parser, const char *word) {
    return parser->token.kind == CEL_TOKEN_NAME && text_is(parser->token.text, word);
}

bool parser_take(struct parser *parser, const char *punctuation, bool *out_taken) {
    *out_taken = parser_is_at(parser, punctuation);
    return !*out_taken || parser_advance(parser);
}

bool parser_expect(struct parser *parser, const char *punctuation) {
    bool is_taken;

    if (!parser_take(parser, punctuation, &is_taken))
        return false;
    if (!is_taken)
        (void)parser_fail_expected(parser, arena_printf(parser->arena, "'%s'", punctuation));
    return is_taken;
}

void parser_add(struct parser *parser, struct parser_nodes *nodes, struct cel_node *node) {
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

struct cel_node *parser_make(struct parser *parser, enum cel_node_kind kind, size_t position,
                             struct cel_node *const *children, size_t child_count) {
    struct cel_node *node = cel_node_new(parser->arena, kind, position, children, child_count);

    if (node->depth > CEL_TREE_DEPTH_MAX)
        return parser_fail_at(parser, position, "more than %d operators follow one another",
                              CEL_TREE_DEPTH_MAX);
    return node;
}

bool cel_parse(struct cel_program *program, struct error *err) {
    struct parser parser = {
        .arena = program->arena,
        .lexer = { .arena = program->arena, .source = program->source },
        .err = err,
    };

    if (!parser_advance(&parser))
        return false;
    program->root = parser_expression(&parser);
    if (program->root && parser.token.kind != CEL_TOKEN_END)
        program->root = parser_fail_expected(&parser, "an operator");
    return program->root;
}
