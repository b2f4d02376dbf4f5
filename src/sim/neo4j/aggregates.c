/* Functions over all rows of a group: count(), collect(), sum(), avg(), min(), max(), stDev(). Null does not
 * count. A row each. */
#include "sim/neo4j/expression_node.h"
#include "sim/neo4j/value_set.h"

#include <math.h>

static const struct bolt_value null_value = { .type = BOLT_NULL };

static bool count(const struct evaluation *evaluation, const struct bolt_value *values,
                  struct bolt_value *out) {
    *out = (struct bolt_value){ .type = BOLT_INTEGER, .integer = values->length };
    return true;
}

static bool collect(const struct evaluation *evaluation, const struct bolt_value *values,
                    struct bolt_value *out) {
    *out = *values;
    return evaluation_check_depth(evaluation, out);
}

static bool are_numbers(const struct evaluation *evaluation, const struct bolt_value *values) {
    BOLT_FOR_EACH_ITEM(value, values)
    if (value->type != BOLT_INTEGER && value->type != BOLT_FLOAT)
        return evaluation_fail_type(evaluation, "sum(), avg() and stDev() expect numbers");
    return true;
}

static double total(const struct bolt_value *values) {
    double sum = 0;

    BOLT_FOR_EACH_ITEM(value, values)
    sum += bolt_number(value, 0);
    return sum;
}

static struct bolt_value number(double value) {
    return (struct bolt_value){ .type = BOLT_FLOAT, .number = value };
}

/* What integers can't hold becomes a float. */
static bool sum(const struct evaluation *evaluation, const struct bolt_value *values,
                struct bolt_value *out) {
    int64_t integers = 0;

    if (!are_numbers(evaluation, values))
        return false;
    *out = number(total(values));
    BOLT_FOR_EACH_ITEM(value, values) {
        if (value->type == BOLT_FLOAT || __builtin_add_overflow(integers, value->integer, &integers))
            return true;
    }
    *out = (struct bolt_value){ .type = BOLT_INTEGER, .integer = integers };
    return true;
}

static bool avg(const struct evaluation *evaluation, const struct bolt_value *values,
                struct bolt_value *out) {
    *out = values->length ? number(total(values) / values->length) : null_value;
    return are_numbers(evaluation, values);
}

/* Of a sample. */
static bool st_dev(const struct evaluation *evaluation, const struct bolt_value *values,
                   struct bolt_value *out) {
    size_t length = bolt_length(values);
    double mean, squares = 0;

    if (!are_numbers(evaluation, values))
        return false;
    mean = length ? total(values) / (double)length : 0;
    BOLT_FOR_EACH_ITEM(value, values)
    squares += (bolt_number(value, 0) - mean) * (bolt_number(value, 0) - mean);
    *out = number(length > 1 ? sqrt(squares / (double)(length - 1)) : 0);
    return true;
}

static bool extreme(const struct bolt_value *values, int sign, struct bolt_value *out) {
    *out = null_value;
    BOLT_FOR_EACH_ITEM(value, values)
    if (out->type == BOLT_NULL || expression_compare(value, out) * sign > 0)
        *out = *value;
    return true;
}

static bool min(const struct evaluation *evaluation, const struct bolt_value *values,
                struct bolt_value *out) {
    return extreme(values, -1, out);
}

static bool max(const struct evaluation *evaluation, const struct bolt_value *values,
                struct bolt_value *out) {
    return extreme(values, 1, out);
}

static const struct aggregate {
    const char *name;
    bool (*call)(const struct evaluation *evaluation, const struct bolt_value *values,
                 struct bolt_value *out);
} aggregates[] = {
    { "avg", avg }, { "collect", collect }, { "count", count }, { "max", max },
    { "min", min }, { "stDev", st_dev },    { "sum", sum },
};

static const struct aggregate *find(const char *name) {
    for (size_t i = 0; i < ARRAY_LENGTH(aggregates); i++)
        if (!strcasecmp(aggregates[i].name, name))
            return &aggregates[i];
    return NULL;
}

bool aggregate_is(const char *function) {
    return find(function) != NULL;
}

/* What the argument is in each row; each value once when it is wanted DISTINCT. */
static bool gather(const struct evaluation *evaluation, const struct expression *expression,
                   struct bolt_value *out_values) {
    struct arena *arena = evaluation->cursor->arena;
    struct value_set seen = { .arena = arena };

    for (size_t i = 0; i < evaluation->row_count; i++) {
        struct evaluation one = *evaluation;
        struct bolt_value *value = ARENA_NEW(arena, struct bolt_value);
        bool is_new = true;
        one.rows = &evaluation->rows[i];
        one.row_count = 1;
        if (!evaluation_of(&one, expression->items[0], value))
            return false;
        if (expression->is_distinct)
            (void)value_set_add(&seen, value, &is_new);
        if (value->type != BOLT_NULL && is_new)
            bolt_append(arena, out_values, value);
    }
    return true;
}

bool aggregate_call(const struct evaluation *evaluation, const struct expression *expression,
                    struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    const struct aggregate *aggregate = find(expression->name);
    struct bolt_value *values = bolt_new_list(arena);

    ensure(aggregate);
    if (expression->is_star && aggregate->call == count) {
        *out = (struct bolt_value){ .type = BOLT_INTEGER, .integer = (int64_t)evaluation->row_count };
        return true;
    }
    if (expression->is_star)
        return failure_set(evaluation->cursor->failure, arena, FAILURE_SYNTAX,
                           "Wrong number of parameters for function '%s'", expression->name);
    if (!function_check(evaluation->cursor, expression))
        return false;
    return gather(evaluation, expression, values) && aggregate->call(evaluation, values, out);
}
