/* Evaluating expressions: null is unknown, as in Cypher (three-valued logic). */
#include "base/buffer.h"
#include "sim/neo4j/expression_node.h"
#include "sim/neo4j/node_value.h"

#include <math.h>

static const struct bolt_value null_value = { .type = BOLT_NULL };

static struct bolt_value boolean(bool value) {
    return (struct bolt_value){ .type = BOLT_BOOL, .boolean = value };
}

static struct bolt_value integer(int64_t value) {
    return (struct bolt_value){ .type = BOLT_INTEGER, .integer = value };
}

static bool is_number(const struct bolt_value *value) {
    return value->type == BOLT_INTEGER || value->type == BOLT_FLOAT;
}

bool evaluation_fail_type(const struct evaluation *evaluation, const char *what) {
    return failure_set(evaluation->cursor->failure, evaluation->cursor->arena, FAILURE_TYPE,
                       "Type mismatch: %s", what);
}

static bool is_deeper(const struct bolt_value *value, unsigned levels) {
    if (value->type != BOLT_LIST && value->type != BOLT_MAP)
        return false;
    if (!levels)
        return true;
    BOLT_FOR_EACH_ITEM(item, value)
    if (is_deeper(item, levels - 1))
        return true;
    BOLT_FOR_EACH_MEMBER(member, value)
    if (is_deeper(&member->value, levels - 1))
        return true;
    return false;
}

bool evaluation_check_depth(const struct evaluation *evaluation, const struct bolt_value *value) {
    return !is_deeper(value, VALUE_DEPTH_MAX) ||
           failure_set(evaluation->cursor->failure, evaluation->cursor->arena, FAILURE_RESULT_TOO_LARGE,
                       "A value that is nested more than %d levels deep", VALUE_DEPTH_MAX);
}

/* ---- comparing ---- */

static int type_order(const struct bolt_value *value) {
    static const int order[] = {
        [BOLT_MAP] = 0,     [BOLT_STRUCT] = 1, [BOLT_LIST] = 2,  [BOLT_STRING] = 3, [BOLT_BOOL] = 4,
        [BOLT_INTEGER] = 5, [BOLT_FLOAT] = 5,  [BOLT_BYTES] = 6, [BOLT_UUID] = 6,   [BOLT_NULL] = 7
    };
    return order[value->type];
}

static int compare_sequences(const struct bolt_value *a, const struct bolt_value *b) {
    for (size_t i = 0; i < a->length && i < b->length; i++) {
        int order = expression_compare(&a->items[i], &b->items[i]);
        if (order)
            return order;
    }
    return (a->length > b->length) - (a->length < b->length);
}

int expression_compare(const struct bolt_value *a, const struct bolt_value *b) {
    int order = type_order(a) - type_order(b);

    if (order)
        return order;
    if (a->type == BOLT_INTEGER && b->type == BOLT_INTEGER)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (is_number(a))
        return (bolt_number(a, 0) > bolt_number(b, 0)) - (bolt_number(a, 0) < bolt_number(b, 0));
    if (a->type == BOLT_STRING)
        return strcmp(a->string, b->string);
    if (a->type == BOLT_BOOL)
        return a->boolean - b->boolean;
    if (a->type == BOLT_LIST || a->type == BOLT_STRUCT)
        return compare_sequences(a, b);
    return 0;
}

bool expression_equal(const struct bolt_value *a, const struct bolt_value *b) {
    if (is_number(a) && is_number(b))
        return expression_compare(a, b) == 0;
    return bolt_equal(a, b);
}

/* ---- operators ---- */

static bool compare(enum expression_kind kind, const struct bolt_value *a, const struct bolt_value *b,
                    struct bolt_value *out) {
    int order;

    *out = null_value;
    if (a->type == BOLT_NULL || b->type == BOLT_NULL)
        return true;
    if (kind == EXPRESSION_EQUAL || kind == EXPRESSION_NOT_EQUAL) {
        *out = boolean(expression_equal(a, b) == (kind == EXPRESSION_EQUAL));
        return true;
    }
    if (type_order(a) != type_order(b))
        return true;
    order = expression_compare(a, b);
    *out = boolean(kind == EXPRESSION_LESS            ? order < 0
                   : kind == EXPRESSION_LESS_OR_EQUAL ? order <= 0
                   : kind == EXPRESSION_GREATER       ? order > 0
                                                      : order >= 0);
    return true;
}

static bool is_in(const struct evaluation *evaluation, const struct bolt_value *item,
                  const struct bolt_value *list, struct bolt_value *out) {
    bool unknown = item->type == BOLT_NULL;

    *out = null_value;
    if (list->type == BOLT_NULL)
        return true;
    if (list->type != BOLT_LIST)
        return evaluation_fail_type(evaluation, "IN expects a list");
    BOLT_FOR_EACH_ITEM(candidate, list) {
        unknown = unknown || candidate->type == BOLT_NULL;
        if (item->type != BOLT_NULL && candidate->type != BOLT_NULL && expression_equal(item, candidate)) {
            *out = boolean(true);
            return true;
        }
    }
    if (!unknown || !list->length)
        *out = boolean(false);
    return true;
}

static bool match_string(enum expression_kind kind, const struct bolt_value *a, const struct bolt_value *b,
                         struct bolt_value *out) {
    *out = null_value;
    if (a->type != BOLT_STRING || b->type != BOLT_STRING)
        return true;
    *out = boolean(kind == EXPRESSION_STARTS_WITH ? str_starts_with(a->string, b->string)
                   : kind == EXPRESSION_ENDS_WITH ? str_ends_with(a->string, b->string)
                                                  : strstr(a->string, b->string) != NULL);
    return true;
}

static bool add(const struct evaluation *evaluation, const struct bolt_value *a, const struct bolt_value *b,
                struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;

    if ((a->type == BOLT_STRING && (b->type == BOLT_STRING || is_number(b))) ||
        (b->type == BOLT_STRING && is_number(a))) {
        struct bolt_value left, right;
        if (!function_to_string(evaluation, a, &left) || !function_to_string(evaluation, b, &right))
            return false;
        *out = *bolt_new_string(arena, arena_printf(arena, "%s%s", left.string, right.string));
        return true;
    }
    if (a->type == BOLT_LIST) {
        struct bolt_value *list = bolt_new_list(arena);
        BOLT_FOR_EACH_ITEM(item, a)
        bolt_append(arena, list, item);
        if (b->type != BOLT_LIST)
            bolt_append(arena, list, b);
        BOLT_FOR_EACH_ITEM(item, b)
        bolt_append(arena, list, item);
        *out = *list;
        return true;
    }
    return evaluation_fail_type(evaluation, "+ expects numbers, strings or lists");
}

static const char *symbol_of(enum expression_kind kind) {
    return kind == EXPRESSION_ADD        ? "+"
           : kind == EXPRESSION_SUBTRACT ? "-"
           : kind == EXPRESSION_MULTIPLY ? "*"
           : kind == EXPRESSION_DIVIDE   ? "/"
                                         : "%";
}

static bool fail_overflow(struct cursor *cursor, enum expression_kind kind, int64_t a, int64_t b,
                          const char *message) {
    const char *symbol = symbol_of(kind);

    return failure_set_about(cursor->failure, cursor->arena, FAILURE_OVERFLOW,
                             arena_printf(cursor->arena, "%ld %s %ld", (long)a, symbol, (long)b), symbol,
                             "%s", message);
}

static bool calculate_integers(const struct evaluation *evaluation, enum expression_kind kind, int64_t a,
                               int64_t b, struct bolt_value *out) {
    struct cursor *cursor = evaluation->cursor;
    int64_t result = 0;
    bool overflows = false;

    if ((kind == EXPRESSION_DIVIDE || kind == EXPRESSION_MODULO) && b == 0)
        return kind == EXPRESSION_DIVIDE
                   ? failure_set(cursor->failure, cursor->arena, FAILURE_DIVISION_BY_ZERO, "/ by zero")
                   : fail_overflow(cursor, kind, a, b, "/ by zero");
    if (kind == EXPRESSION_ADD)
        overflows = __builtin_add_overflow(a, b, &result);
    else if (kind == EXPRESSION_SUBTRACT)
        overflows = __builtin_sub_overflow(a, b, &result);
    else if (kind == EXPRESSION_MULTIPLY)
        overflows = __builtin_mul_overflow(a, b, &result);
    else if (b == -1) /* of the least integer the quotient is itself */
        result = kind == EXPRESSION_MODULO ? 0 : a == INT64_MIN ? a : -a;
    else
        result = kind == EXPRESSION_DIVIDE ? a / b : a % b;
    if (overflows)
        return fail_overflow(cursor, kind, a, b, "long overflow");
    *out = integer(result);
    return true;
}

static bool calculate(const struct evaluation *evaluation, enum expression_kind kind,
                      const struct bolt_value *a, const struct bolt_value *b, struct bolt_value *out) {
    double x, y;

    *out = null_value;
    if (a->type == BOLT_NULL || b->type == BOLT_NULL)
        return true;
    if (kind != EXPRESSION_POWER && a->type == BOLT_INTEGER && b->type == BOLT_INTEGER)
        return calculate_integers(evaluation, kind, a->integer, b->integer, out);
    if ((kind == EXPRESSION_ADD || kind == EXPRESSION_SUBTRACT) &&
        (a->type == BOLT_STRUCT || b->type == BOLT_STRUCT)) {
        bool is_done;
        if (!temporal_add(evaluation, a, b, kind == EXPRESSION_ADD ? 1 : -1, out, &is_done) || is_done)
            return is_done;
    }
    if (kind == EXPRESSION_ADD && !(is_number(a) && is_number(b)))
        return add(evaluation, a, b, out);
    if (!is_number(a) || !is_number(b))
        return evaluation_fail_type(evaluation, "an operator expects numbers");
    x = bolt_number(a, 0);
    y = bolt_number(b, 0);
    *out = (struct bolt_value){ .type = BOLT_FLOAT,
                                .number = kind == EXPRESSION_ADD        ? x + y
                                          : kind == EXPRESSION_SUBTRACT ? x - y
                                          : kind == EXPRESSION_MULTIPLY ? x * y
                                          : kind == EXPRESSION_DIVIDE   ? x / y
                                          : kind == EXPRESSION_POWER    ? pow(x, y)
                                                                        : fmod(x, y) };
    return true;
}

/* -1 unknown */
static int truth(const struct bolt_value *value) {
    return value->type == BOLT_BOOL ? value->boolean : -1;
}

static void combine(enum expression_kind kind, const struct bolt_value *a, const struct bolt_value *b,
                    struct bolt_value *out) {
    int x = truth(a), y = truth(b);

    *out = null_value;
    if (kind == EXPRESSION_AND && (x == 0 || y == 0))
        *out = boolean(false);
    else if (kind == EXPRESSION_OR && (x == 1 || y == 1))
        *out = boolean(true);
    else if (x >= 0 && y >= 0)
        *out = boolean(kind == EXPRESSION_AND ? x && y : kind == EXPRESSION_OR ? x || y : x != y);
}

static bool look_up(const struct evaluation *evaluation, const struct bolt_value *of,
                    const struct bolt_value *by, struct bolt_value *out) {
    *out = null_value;
    if (of->type == BOLT_NULL || by->type == BOLT_NULL)
        return true;
    if (of->type == BOLT_LIST && by->type == BOLT_INTEGER) {
        int64_t index = by->integer < 0 ? by->integer + (int64_t)of->length : by->integer;
        if (index >= 0 && index < (int64_t)of->length)
            *out = of->items[index];
        return true;
    }
    if (of->type == BOLT_MAP && by->type == BOLT_STRING) {
        const struct bolt_value *member = bolt_get(of, by->string);
        *out = member ? *member : null_value;
        return true;
    }
    if (node_value_is(of) && by->type == BOLT_STRING)
        return node_value_property(evaluation->cursor, of, by->string, out);
    if (of->type == BOLT_STRUCT && by->type == BOLT_STRING)
        return temporal_component(evaluation, of, by->string, out);
    return evaluation_fail_type(evaluation, "an index expects a list and an integer, or a map and a name");
}

/* ---- the tree ---- */

static bool evaluate_variable(const struct evaluation *evaluation, const struct expression *expression,
                              struct bolt_value *out) {
    for (size_t i = 0; i < evaluation->scope->column_count; i++)
        if (str_equal(evaluation->scope->columns[i], expression->name)) {
            *out = evaluation->row_count ? evaluation->rows[0]->items[i] : null_value;
            return true;
        }
    return failure_set(evaluation->cursor->failure, evaluation->cursor->arena, FAILURE_UNDEFINED_VARIABLE,
                       "Variable `%s` not defined", expression->name);
}

static bool evaluate_items(const struct evaluation *evaluation, const struct expression *expression,
                           struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    struct bolt_value *list = bolt_new_list(arena);
    struct bolt_value *map = bolt_new_map(arena);
    struct bolt_value value;

    for (size_t i = 0; i < expression->count; i++) {
        bool is_key = expression->kind == EXPRESSION_MAP && i % 2 == 0;
        if (is_key)
            continue;
        if (!evaluation_of(evaluation, expression->items[i], &value))
            return false;
        if (expression->kind == EXPRESSION_MAP)
            bolt_set(arena, map, expression->items[i - 1]->literal.string, &value);
        else
            bolt_append(arena, list, &value);
    }
    *out = expression->kind == EXPRESSION_MAP ? *map : *list;
    return evaluation_check_depth(evaluation, out);
}

static bool evaluate_one(const struct evaluation *evaluation, const struct expression *expression,
                         struct bolt_value *out) {
    struct bolt_value value;

    if (!evaluation_of(evaluation, expression->items[0], &value))
        return false;
    *out = null_value;
    if (expression->kind == EXPRESSION_IS_NULL || expression->kind == EXPRESSION_IS_NOT_NULL)
        *out = boolean((value.type == BOLT_NULL) == (expression->kind == EXPRESSION_IS_NULL));
    else if (expression->kind == EXPRESSION_NOT && value.type == BOLT_BOOL)
        *out = boolean(!value.boolean);
    else if (expression->kind == EXPRESSION_NEGATE && is_number(&value)) {
        struct bolt_value zero = integer(0);
        return calculate(evaluation, EXPRESSION_SUBTRACT, &zero, &value, out);
    } else if (value.type != BOLT_NULL)
        return evaluation_fail_type(evaluation, "NOT expects a boolean, - a number");
    return true;
}

static bool evaluate_two(const struct evaluation *evaluation, const struct expression *expression,
                         struct bolt_value *out) {
    enum expression_kind kind = expression->kind;
    struct bolt_value a, b;

    if (!evaluation_of(evaluation, expression->items[0], &a) ||
        !evaluation_of(evaluation, expression->items[1], &b))
        return false;
    if (kind >= EXPRESSION_EQUAL && kind <= EXPRESSION_GREATER_OR_EQUAL)
        return compare(kind, &a, &b, out);
    if (kind == EXPRESSION_IN)
        return is_in(evaluation, &a, &b, out);
    if (kind >= EXPRESSION_STARTS_WITH && kind <= EXPRESSION_CONTAINS)
        return match_string(kind, &a, &b, out);
    if (kind == EXPRESSION_INDEX)
        return look_up(evaluation, &a, &b, out);
    if (kind >= EXPRESSION_ADD)
        return calculate(evaluation, kind, &a, &b, out);
    combine(kind, &a, &b, out);
    return true;
}

static bool evaluate_case(const struct evaluation *evaluation, const struct expression *expression,
                          struct bolt_value *out) {
    for (size_t i = 0; i + 1 < expression->count; i += 2) {
        struct bolt_value condition;
        if (!evaluation_of(evaluation, expression->items[i], &condition))
            return false;
        if (truth(&condition) == 1)
            return evaluation_of(evaluation, expression->items[i + 1], out);
    }
    return evaluation_of(evaluation, expression->items[expression->count - 1], out);
}

static bool evaluate_has_labels(const struct evaluation *evaluation, const struct expression *expression,
                                struct bolt_value *out) {
    struct bolt_value value;

    if (!evaluation_of(evaluation, expression->items[0], &value))
        return false;
    *out = null_value;
    if (value.type == BOLT_NULL)
        return true;
    if (!node_value_is(&value))
        return evaluation_fail_type(evaluation, "a test of labels expects a node");
    const struct json *entry = node_value_entry(evaluation->cursor, evaluation->cursor->arena, &value);
    if (!entry)
        return false;
    *out = boolean(expression_match_labels(expression->items[1], json_get(entry, "labels")));
    return true;
}

bool evaluation_of(const struct evaluation *evaluation, const struct expression *expression,
                   struct bolt_value *out) {
    switch (expression->kind) {
    case EXPRESSION_LITERAL:
        *out = expression->literal;
        return true;
    case EXPRESSION_VARIABLE:
        return evaluate_variable(evaluation, expression, out);
    case EXPRESSION_LIST:
    case EXPRESSION_MAP:
        return evaluate_items(evaluation, expression, out);
    case EXPRESSION_CALL:
        if (aggregate_is(expression->name))
            return aggregate_call(evaluation, expression, out);
        return function_call(evaluation, expression, out);
    case EXPRESSION_SLICE:
        return evaluation_slice(evaluation, expression, out);
    case EXPRESSION_CASE:
        return evaluate_case(evaluation, expression, out);
    case EXPRESSION_EACH:
        return evaluation_each(evaluation, expression, out);
    case EXPRESSION_QUANTIFIER:
        return evaluation_quantifier(evaluation, expression, out);
    case EXPRESSION_REDUCE:
        return evaluation_reduce(evaluation, expression, out);
    case EXPRESSION_HAS_LABELS:
        return evaluate_has_labels(evaluation, expression, out);
    case EXPRESSION_LABEL:
        break;
    case EXPRESSION_NEGATE:
    case EXPRESSION_NOT:
    case EXPRESSION_IS_NULL:
    case EXPRESSION_IS_NOT_NULL:
        return evaluate_one(evaluation, expression, out);
    case EXPRESSION_INDEX:
    case EXPRESSION_OR:
    case EXPRESSION_XOR:
    case EXPRESSION_AND:
    case EXPRESSION_EQUAL:
    case EXPRESSION_NOT_EQUAL:
    case EXPRESSION_LESS:
    case EXPRESSION_LESS_OR_EQUAL:
    case EXPRESSION_GREATER:
    case EXPRESSION_GREATER_OR_EQUAL:
    case EXPRESSION_IN:
    case EXPRESSION_STARTS_WITH:
    case EXPRESSION_ENDS_WITH:
    case EXPRESSION_CONTAINS:
    case EXPRESSION_ADD:
    case EXPRESSION_SUBTRACT:
    case EXPRESSION_MULTIPLY:
    case EXPRESSION_DIVIDE:
    case EXPRESSION_MODULO:
    case EXPRESSION_POWER:
        return evaluate_two(evaluation, expression, out);
    }
    return false;
}

bool expression_evaluate(struct cursor *cursor, const struct expression *expression,
                         const struct scope *scope, struct bolt_value *const *rows, size_t row_count,
                         struct bolt_value *out_value) {
    struct evaluation evaluation = { cursor, scope, rows, row_count };

    return evaluation_of(&evaluation, expression, out_value);
}
