/* The tree of an expression: between its parser and its evaluation. */
#pragma once

#include "sim/neo4j/expression.h"

enum expression_kind {
    EXPRESSION_LITERAL,
    EXPRESSION_VARIABLE,   /* name */
    EXPRESSION_LIST,       /* items */
    EXPRESSION_MAP,        /* key literal, value, key literal … */
    EXPRESSION_CALL,       /* name, items */
    EXPRESSION_INDEX,      /* of items[0], by items[1]: list[1], map.key */
    EXPRESSION_SLICE,      /* of items[0], from items[1] to items[2] */
    EXPRESSION_CASE,       /* condition, value, …, value or null of ELSE */
    EXPRESSION_EACH,       /* [name IN items[0] WHERE items[1] | items[2]] */
    EXPRESSION_QUANTIFIER, /* any, all, none, single (name IN items[0] WHERE items[1]): literal says which */
    EXPRESSION_REDUCE,     /* reduce(literal = items[0], name IN items[1] | items[2]) */
    EXPRESSION_HAS_LABELS, /* items[0] : items[1] */
    EXPRESSION_LABEL,      /* name, in a test of labels; "%": any */
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
    EXPRESSION_POWER,
};

struct expression {
    enum expression_kind kind;
    struct bolt_value literal;
    char *name;
    size_t offset;    /* of a variable or a call, in the statement */
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
/* evaluate_lists.c: EXPRESSION_SLICE, _EACH, _QUANTIFIER and _REDUCE. */
bool evaluation_slice(const struct evaluation *evaluation, const struct expression *expression,
                      struct bolt_value *out);
bool evaluation_each(const struct evaluation *evaluation, const struct expression *expression,
                     struct bolt_value *out);
bool evaluation_quantifier(const struct evaluation *evaluation, const struct expression *expression,
                           struct bolt_value *out);
bool evaluation_reduce(const struct evaluation *evaluation, const struct expression *expression,
                       struct bolt_value *out);
/* Values that are nested too deeply are refused where they would come to be. */
bool evaluation_check_depth(const struct evaluation *evaluation, const struct bolt_value *value);
/* A TypeError. Always false. */
bool evaluation_fail_type(const struct evaluation *evaluation, const char *what);

/* aggregates.c: count(), collect(), sum() … */
bool aggregate_is(const char *function);
bool aggregate_call(const struct evaluation *evaluation, const struct expression *expression,
                    struct bolt_value *out);

/* temporal.c: points in time and durations. */
bool temporal_is(const struct bolt_value *value);
/* d.year, t.hour …; false and a failure when it has no such part. */
bool temporal_component(const struct evaluation *evaluation, const struct bolt_value *value, const char *name,
                        struct bolt_value *out);
char *temporal_print(struct arena *arena, const struct bolt_value *value);
/* + and - of a point in time and a duration, or of two durations; *out_is_done false: it is neither. */
bool temporal_add(const struct evaluation *evaluation, const struct bolt_value *a, const struct bolt_value *b,
                  int sign, struct bolt_value *out, bool *out_is_done);

struct function {
    const char *name;
    size_t arguments_min;
    size_t arguments_max;
    bool (*call)(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                 struct bolt_value *out);
    const char *plugin; /* that brings it; NULL: it is built in */
};
/* Each ends with a row without name. */
extern const struct function functions_of_values[];
extern const struct function functions_of_numbers[];
extern const struct function functions_of_texts[];
extern const struct function functions_of_time[];
extern const struct function functions_of_space[];
extern const struct function functions_of_plugins[];

/* Whether there is such a function, and it takes so many arguments. */
bool function_check(struct cursor *cursor, const struct expression *expression);
/* functions.c: EXPRESSION_CALL of anything that does not aggregate. */
bool function_call(const struct evaluation *evaluation, const struct expression *expression,
                   struct bolt_value *out);
bool function_to_string(const struct evaluation *evaluation, const struct bolt_value *value,
                        struct bolt_value *out);
