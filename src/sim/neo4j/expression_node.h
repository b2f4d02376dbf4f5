/* The tree of an expression: between its parser and its evaluation. */
#pragma once

#include "sim/neo4j/expression.h"

enum expression_kind {
    EXPRESSION_LITERAL,
    EXPRESSION_VARIABLE, /* name */
    EXPRESSION_LIST,     /* items */
    EXPRESSION_MAP,      /* key literal, value, key literal … */
    EXPRESSION_CALL,     /* name, items */
    EXPRESSION_INDEX,    /* of items[0], by items[1]: list[1], map.key */
    EXPRESSION_NEGATE,
    EXPRESSION_NOT,
    EXPRESSION_IS_NULL,
    EXPRESSION_IS_NOT_NULL,
    EXPRESSION_OR,
    EXPRESSION_XOR,
    EXPRESSION_AND,
    EXPRESSION_EQUAL,
    EXPRESSION_NOT_EQUAL,
    EXPRESSION_LESS,
    EXPRESSION_LESS_OR_EQUAL,
    EXPRESSION_GREATER,
    EXPRESSION_GREATER_OR_EQUAL,
    EXPRESSION_IN,
    EXPRESSION_STARTS_WITH,
    EXPRESSION_ENDS_WITH,
    EXPRESSION_CONTAINS,
    EXPRESSION_ADD,
    EXPRESSION_SUBTRACT,
    EXPRESSION_MULTIPLY,
    EXPRESSION_DIVIDE,
    EXPRESSION_MODULO,
};

struct expression {
    enum expression_kind kind;
    struct bolt_value literal;
    char *name;
    bool is_star;     /* count(*) */
    bool is_distinct; /* count(DISTINCT x) */
    struct expression **items;
    size_t count;
    size_t capacity;
};

/* What an expression is evaluated in. */
struct evaluation {
    struct cursor *cursor;
    const struct scope *scope;
    struct bolt_value *const *rows;
    size_t row_count;
};

bool evaluation_of(const struct evaluation *evaluation, const struct expression *expression,
                   struct bolt_value *out);
/* A TypeError. Always false. */
bool evaluation_fail_type(const struct evaluation *evaluation, const char *what);

/* functions.c: EXPRESSION_CALL of anything but count() and collect(). */
bool function_call(const struct evaluation *evaluation, const struct expression *expression,
                   struct bolt_value *out);
bool function_to_string(const struct evaluation *evaluation, const struct bolt_value *value,
                        struct bolt_value *out);
