/* The syntax tree of an expression: made by the parser, completed by cel_resolve(), read by the evaluator.
 * All of it lies in the program's arena and is immutable afterwards. */
#pragma once

#include "cel/cel.h"
#include "cel/function.h"
#include "cel/value.h"

enum cel_node_kind {
    CEL_NODE_LITERAL,
    CEL_NODE_NAME,   /* name */
    CEL_NODE_SLOT,   /* a variable of a macro: slot */
    CEL_NODE_SELECT, /* children[0].name, or .?name */
    CEL_NODE_HAS,    /* has(children[0].name) */
    CEL_NODE_INDEX,  /* children[0][children[1]], or [?…] */
    CEL_NODE_NOT,
    CEL_NODE_NEGATE,
    CEL_NODE_BINARY, /* children[0] operator children[1] */
    CEL_NODE_AND,    /* two or more children */
    CEL_NODE_OR,
    CEL_NODE_CONDITION, /* children[0] ? children[1] : children[2] */
    CEL_NODE_LIST,
    CEL_NODE_MAP,   /* keys and values by turns */
    CEL_NODE_CALL,  /* name; children are the arguments, the receiver first if is_member */
    CEL_NODE_MACRO, /* children[0] is what is gone through */
};

/* The text as it is written, for parser and errors. */
#define CEL_OPERATORS(X)                                                                                     \
    X(EQUAL, "==", "_==_")                                                                                   \
    X(NOT_EQUAL, "!=", "_!=_")                                                                               \
    X(LESS, "<", "_<_")                                                                                      \
    X(LESS_OR_EQUAL, "<=", "_<=_")                                                                           \
    X(GREATER, ">", "_>_")                                                                                   \
    X(GREATER_OR_EQUAL, ">=", "_>=_")                                                                        \
    X(IN, "in", "@in")                                                                                       \
    X(ADD, "+", "_+_")                                                                                       \
    X(SUBTRACT, "-", "_-_")                                                                                  \
    X(MULTIPLY, "*", "_*_")                                                                                  \
    X(DIVIDE, "/", "_/_")                                                                                    \
    X(MODULO, "%", "_%_")

enum cel_operator {
#define X(name, text, overload) CEL_OPERATOR_##name,
    CEL_OPERATORS(X)
#undef X
};

/* Where a macro has no filter, filter is NULL; where it has no result to make, result is NULL. */
enum cel_macro {
    CEL_MACRO_ALL,
    CEL_MACRO_EXISTS,
    CEL_MACRO_EXISTS_ONE,
    CEL_MACRO_FILTER,
    CEL_MACRO_MAP, /* also transformList */
    CEL_MACRO_TRANSFORM_MAP,
    CEL_MACRO_TRANSFORM_MAP_ENTRY,
    CEL_MACRO_SORT_BY,
    CEL_MACRO_OPT_MAP,
    CEL_MACRO_OPT_FLAT_MAP,
    CEL_MACRO_OR,
    CEL_MACRO_OR_VALUE,
};

/* Also chains of operators, which nest without parentheses: bounds the stack of the evaluator. */
enum { CEL_TREE_DEPTH_MAX = 512 };

struct cel_node {
    enum cel_node_kind kind;
    enum cel_operator operator;
    size_t position; /* byte in the source */
    unsigned depth;  /* of the tree below, this node included */

    struct cel_node **children;
    size_t child_count;

    bool is_optional; /* select and index: .? and [?] */
    bool is_member;   /* call: a receiver was written */
    /* List and map: which elements or entries were written with '?'; NULL for none. */
    const bool *optional_children;

    const char *name; /* name, select, has, call */
    unsigned slot;    /* slot; macro: that of its first variable, the second has the next */
    struct cel_value literal;

    enum cel_macro macro;
    const char *variables[2]; /* the second NULL where a macro has one */
    struct cel_node *filter;
    struct cel_node *result;

    struct cel_overloads overloads; /* call */
    struct cel_pattern *pattern;    /* call with a literal regular expression: compiled once */
};

struct cel_program {
    struct arena *arena;
    bool owns_arena;
    struct text source; /* a copy */
    struct cel_node *root;
    const char **names; /* of the variables that it uses, each once */
    size_t name_count;
    struct cel_pattern **patterns; /* of literal regular expressions */
    size_t pattern_count;
};

/* The tree of the program's source, in its arena. */
CHECKED bool cel_parse(struct cel_program *program, struct error *err);
/* Gives names and calls their meaning: slots of macros, types, overloads, compiled patterns. */
CHECKED bool cel_resolve(struct cel_program *program, struct error *err);
/* For the parser: turns a call into a macro if it is one. *call may be left as it is. */
CHECKED bool cel_expand_macro(struct arena *arena, struct text source, struct cel_node **call,
                              struct error *err);
/* A node above children; its depth is counted. Fails where the tree becomes too deep. */
struct cel_node *cel_node_new(struct arena *arena, enum cel_node_kind kind, size_t position,
                              struct cel_node *const *children, size_t child_count);
