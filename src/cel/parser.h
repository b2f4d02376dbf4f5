/* The state of parsing, and the steps that all levels of the grammar share. For the parser's own files. */
#pragma once

#include "cel/ast.h"
#include "cel/lexer.h"

struct parser {
    struct arena *arena;
    struct cel_lexer lexer;
    struct cel_token token; /* the next one, not yet taken */
    unsigned nesting;
    struct error *err;
};

struct parser_nodes {
    struct cel_node **items;
    size_t count, room;
};

/* Both fill the error and return NULL. */
struct cel_node *parser_fail_at(struct parser *parser, size_t position, const char *format, ...)
    PRINTF_LIKE(3, 4);
struct cel_node *parser_fail_expected(struct parser *parser, const char *what);

/* False: what follows is no token. */
CHECKED bool parser_advance(struct parser *parser);
bool parser_is_at(const struct parser *parser, const char *punctuation);
bool parser_is_at_word(const struct parser *parser, const char *word);
/* Takes the punctuation if it is next: *out_taken says so. False: what follows is no token. */
CHECKED bool parser_take(struct parser *parser, const char *punctuation, bool *out_taken);
/* False: it is not next. */
CHECKED bool parser_expect(struct parser *parser, const char *punctuation);

void parser_add(struct parser *parser, struct parser_nodes *nodes, struct cel_node *node);
/* The node, unless the tree below it is too deep. */
struct cel_node *parser_make(struct parser *parser, enum cel_node_kind kind, size_t position,
                             struct cel_node *const *children, size_t child_count);

/* A whole expression: the loosest level. NULL: it is wrong. */
struct cel_node *parser_expression(struct parser *parser);
/* A value with the fields, indexes and calls behind it: the tightest level. */
struct cel_node *parser_member(struct parser *parser);
