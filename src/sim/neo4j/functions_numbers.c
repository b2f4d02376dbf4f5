/* Functions of numbers, and those that make numbers and booleans of other values. A row each. Source: Cypher
 * Manual, mathematical and scalar functions. */
#include "sim/neo4j/expression_node.h"
#include "sim/neo4j/server.h"

#include <math.h>

static const struct bolt_value null_value = { .type = BOLT_NULL };

static struct bolt_value number(double value) {
    return (struct bolt_value){ .type = BOLT_FLOAT, .number = value };
}

static struct bolt_value integer(int64_t value) {
    return (struct bolt_value){ .type = BOLT_INTEGER, .integer = value };
}

/* *out is null then. */
static bool check_number(const struct evaluation *evaluation, const struct bolt_value *value,
                         struct bolt_value *out) {
    *out = null_value;
    return value->type == BOLT_INTEGER || value->type == BOLT_FLOAT || value->type == BOLT_NULL ||
           evaluation_fail_type(evaluation, "expected a number");
}

static bool call_abs(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                     struct bolt_value *out) {
    const struct bolt_value *value = &arguments[0];

    if (!check_number(evaluation, value, out))
        return false;
    if (value->type == BOLT_FLOAT)
        *out = number(fabs(value->number));
    else if (value->type == BOLT_INTEGER) /* the least one has no opposite, and stays */
        *out = integer(value->integer < 0 && value->integer > INT64_MIN ? -value->integer : value->integer);
    return true;
}

static bool call_sign(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    double value = bolt_number(&arguments[0], 0);

    if (!check_number(evaluation, &arguments[0], out))
        return false;
    if (arguments[0].type != BOLT_NULL)
        *out = integer((value > 0) - (value < 0));
    return true;
}

/* To the nearest, halves away from zero upwards; with a precision, of digits behind the point. */
static bool call_round(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                       struct bolt_value *out) {
    double value = bolt_number(&arguments[0], 0), scale;

    if (!check_number(evaluation, &arguments[0], out))
        return false;
    scale = count > 1 ? pow(10, (double)bolt_integer(&arguments[1], 0)) : 1;
    if (arguments[0].type != BOLT_NULL)
        *out = number(count > 1 ? round(value * scale) / scale : floor(value + 0.5));
    return true;
}

#define REAL(name, operation)                                                                                \
    static bool name(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,  \
                     struct bolt_value *out) {                                                               \
        if (!check_number(evaluation, &arguments[0], out))                                                   \
            return false;                                                                                    \
        if (arguments[0].type != BOLT_NULL)                                                                  \
            *out = number(operation(bolt_number(&arguments[0], 0)));                                         \
        return true;                                                                                         \
    }

REAL(call_ceil, ceil)
REAL(call_floor, floor)
REAL(call_sqrt, sqrt)
REAL(call_exp, exp)
REAL(call_log, log)
REAL(call_log10, log10)
REAL(call_sin, sin)
REAL(call_cos, cos)
REAL(call_tan, tan)

static bool call_is_nan(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                        struct bolt_value *out) {
    if (!check_number(evaluation, &arguments[0], out))
        return false;
    if (arguments[0].type != BOLT_NULL)
        *out = (struct bolt_value){ .type = BOLT_BOOL, .boolean = isnan(bolt_number(&arguments[0], 0)) };
    return true;
}

static bool call_pi(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                    struct bolt_value *out) {
    *out = number(M_PI);
    return true;
}

static bool call_e(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                   struct bolt_value *out) {
    *out = number(M_E);
    return true;
}

static bool call_rand(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    const struct neo4j_process *process = evaluation->cursor->process;
    int64_t drawn = process ? random_between(network_random(process->network), 0, (INT64_C(1) << 53) - 1) : 0;

    *out = number((double)drawn / (double)(INT64_C(1) << 53));
    return true;
}

static bool call_to_integer(const struct evaluation *evaluation, const struct bolt_value *arguments,
                            size_t count, struct bolt_value *out) {
    const struct bolt_value *value = &arguments[0];
    int64_t parsed;
    double real;

    *out = null_value;
    if (value->type == BOLT_STRING && parse_int64(bolt_text(value), &parsed))
        *out = integer(parsed);
    else if (value->type == BOLT_STRING ? parse_double(bolt_text(value), &real)
                                        : value->type == BOLT_FLOAT && (real = value->number, true)) {
        if (fabs(real) < 9.2e18)
            *out = integer((int64_t)real);
    } else if (value->type == BOLT_INTEGER || value->type == BOLT_BOOL) {
        *out = integer(value->type == BOLT_BOOL ? value->boolean : value->integer);
    } else if (value->type != BOLT_NULL && value->type != BOLT_STRING) {
        return evaluation_fail_type(evaluation, "toInteger() expects a string, number or boolean");
    }
    return true;
}

static bool call_to_float(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    const struct bolt_value *value = &arguments[0];
    double real;

    *out = null_value;
    if (value->type == BOLT_STRING && parse_double(bolt_text(value), &real))
        *out = number(real);
    else if (value->type == BOLT_INTEGER || value->type == BOLT_FLOAT)
        *out = number(bolt_number(value, 0));
    else if (value->type != BOLT_NULL && value->type != BOLT_STRING)
        return evaluation_fail_type(evaluation, "toFloat() expects a string or a number");
    return true;
}

static bool call_to_boolean(const struct evaluation *evaluation, const struct bolt_value *arguments,
                            size_t count, struct bolt_value *out) {
    const struct bolt_value *value = &arguments[0];

    *out = null_value;
    if (value->type == BOLT_BOOL)
        *out = *value;
    else if (value->type == BOLT_INTEGER)
        *out = (struct bolt_value){ .type = BOLT_BOOL, .boolean = value->integer != 0 };
    else if (value->type == BOLT_STRING &&
             (!strcasecmp(value->string, "true") || !strcasecmp(value->string, "false")))
        *out = (struct bolt_value){ .type = BOLT_BOOL, .boolean = !strcasecmp(value->string, "true") };
    else if (value->type != BOLT_NULL && value->type != BOLT_STRING)
        return evaluation_fail_type(evaluation, "toBoolean() expects a string, integer or boolean");
    return true;
}

const struct function functions_of_numbers[] = {
    { "abs", 1, 1, call_abs },
    { "ceil", 1, 1, call_ceil },
    { "cos", 1, 1, call_cos },
    { "e", 0, 0, call_e },
    { "exp", 1, 1, call_exp },
    { "floor", 1, 1, call_floor },
    { "isNaN", 1, 1, call_is_nan },
    { "log", 1, 1, call_log },
    { "log10", 1, 1, call_log10 },
    { "pi", 0, 0, call_pi },
    { "rand", 0, 0, call_rand },
    { "round", 1, 2, call_round },
    { "sign", 1, 1, call_sign },
    { "sin", 1, 1, call_sin },
    { "sqrt", 1, 1, call_sqrt },
    { "tan", 1, 1, call_tan },
    { "toBoolean", 1, 1, call_to_boolean },
    { "toFloat", 1, 1, call_to_float },
    { "toInteger", 1, 1, call_to_integer },
    { NULL, 0, 0, NULL },
};
