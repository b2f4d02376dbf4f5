/* Expressions of Cypher: the part that administration, SHOW and the drivers' own checks need. */
#pragma once

#include "base/json.h"
#include "bolt/value.h"
#include "sim/neo4j/lexer.h"

enum {
    EXPRESSION_DEPTH_MAX = 100,
    EXPRESSION_OPERATORS_MAX = 1000,
    RANGE_ITEMS_MAX = 200000,
    VALUE_DEPTH_MAX = 80, /* lists and maps within one another: a row of them still fits into a message */
};

struct neo4j_process;
struct transaction;

/* A place in the tokens of a statement. Take and look never go beyond TOKEN_END. */
struct cursor {
    struct arena *arena;
    struct text statement;
    const struct token *tokens;
    size_t at;
    struct failure *failure;
    const struct bolt_value *parameters; /* map or NULL */
    unsigned depth;
    unsigned operators;              /* of all expressions of the statement */
    struct neo4j_process *process;   /* whose clock and dice functions use; NULL: none */
    int language;                    /* 5 or 25; 0: 5 */
    struct transaction *transaction; /* whose entries nodes stand for; NULL: there are none */
    const char *database;            /* whose they are */
    const char *user;                /* who sees them; NULL or "": somebody who sees all */
    /* List: of the user for whom an auth rule's condition is evaluated. NULL: it is none. */
    const struct bolt_value *user_tags;
};

const struct token *cursor_look(const struct cursor *cursor);
/* Keywords in any case. */
bool cursor_is(const struct cursor *cursor, const char *keyword);
bool cursor_take(struct cursor *cursor, const char *keyword);
bool cursor_expect(struct cursor *cursor, const char *keyword);
bool cursor_is_symbol(const struct cursor *cursor, const char *symbol);
bool cursor_take_symbol(struct cursor *cursor, const char *symbol);
bool cursor_expect_symbol(struct cursor *cursor, const char *symbol);
bool cursor_at_end(const struct cursor *cursor);
/* "Invalid input 'X': expected …". Always false. */
bool cursor_fail(struct cursor *cursor, const char *expected);
/* A failure with the place in the statement; about is as in struct failure. Always false. */
bool cursor_fail_at(struct cursor *cursor, size_t offset, enum failure_kind kind, const char *about,
                    const char *format, ...) PRINTF_LIKE(5, 6);
/* A name, plain or in backticks. */
bool cursor_name(struct cursor *cursor, char **out_name);
/* A name, a string or a parameter that is a string: how commands name users, servers … */
bool cursor_name_or_parameter(struct cursor *cursor, char **out_name);
/* The same where names may have dots without backticks: databases, procedures. */
bool cursor_dotted_name(struct cursor *cursor, char **out_name);
bool cursor_string_or_parameter(struct cursor *cursor, char **out_string);
bool cursor_integer(struct cursor *cursor, int64_t *out_integer);

/* The parameter's value, or NULL and a failure. */
const struct bolt_value *cursor_parameter(struct cursor *cursor, const char *name);

struct expression;

/* ":A:B", ":A&(B|!C)": what comes after the colon. */
bool expression_parse_labels(struct cursor *cursor, struct expression **out_labels);
/* Whether a node with these labels (an array of strings) is meant. */
bool expression_match_labels(const struct expression *labels, const struct json *of_node);
/* The labels that are all wanted; false when it is more than a list. In arena. */
bool expression_plain_labels(const struct expression *labels, struct arena *arena, struct json *out_array);

bool expression_parse(struct cursor *cursor, struct expression **out_expression);
/* Whether it holds an aggregating function: count(), collect(). */
bool expression_is_aggregate(const struct expression *expression);
/* The variable that it is, or NULL when it is more than a variable. */
const char *expression_variable(const struct expression *expression);

/* The names that rows give values to. */
struct scope {
    const char *const *columns;
    size_t column_count;
};

/* Whether all its variables are there: what no row evaluates is still to be right. expression NULL: yes. */
bool expression_check(struct cursor *cursor, const struct expression *expression, const struct scope *scope);
/* rows: lists of values; a plain expression is of rows[0] (row_count 1), an aggregate of all. */
bool expression_evaluate(struct cursor *cursor, const struct expression *expression,
                         const struct scope *scope, struct bolt_value *const *rows, size_t row_count,
                         struct bolt_value *out_value);
/* Equal as = finds; not for null. */
bool expression_equal(const struct bolt_value *a, const struct bolt_value *b);
/* Of values in any order: numbers, then … null last, as ORDER BY does. */
int expression_compare(const struct bolt_value *a, const struct bolt_value *b);
