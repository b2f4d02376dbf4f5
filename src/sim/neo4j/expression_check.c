/* What is asked of an expression without evaluating it: its variables, its functions, and its labels. */
#include "sim/neo4j/expression_node.h"

/* ---- variables ---- */

/* Those that an expression brings itself. */
struct local {
    const char *name;
    const struct local *outer;
};

static bool is_known(const struct scope *scope, const struct local *locals, const char *name) {
    for (; locals; locals = locals->outer)
        if (str_equal(locals->name, name))
            return true;
    for (size_t i = 0; i < scope->column_count; i++)
        if (str_equal(scope->columns[i], name))
            return true;
    return false;
}

static bool check(struct cursor *cursor, const struct expression *expression, const struct scope *scope,
                  const struct local *locals) {
    enum expression_kind kind = expression->kind;
    bool has_sum = kind == EXPRESSION_REDUCE;
    struct local sum = { has_sum ? expression->literal.string : "", locals };
    struct local item = { expression->name, has_sum ? &sum : locals };
    bool has_item = kind == EXPRESSION_EACH || kind == EXPRESSION_QUANTIFIER || has_sum;

    if (kind == EXPRESSION_LABEL)
        return true;
    if (kind == EXPRESSION_VARIABLE && !is_known(scope, locals, expression->name))
        return cursor_fail_at(cursor, expression->offset, FAILURE_UNDEFINED_VARIABLE, expression->name,
                              "Variable `%s` not defined", expression->name);
    if (kind == EXPRESSION_CALL && !function_check(cursor, expression))
        return false;
    for (size_t i = 0; i < expression->count; i++) {
        bool is_inside = has_item && i > (has_sum ? 1 : 0);
        if (!check(cursor, expression->items[i], scope, is_inside ? &item : locals))
            return false;
        if (kind == EXPRESSION_HAS_LABELS)
            break;
    }
    return true;
}

bool expression_check(struct cursor *cursor, const struct expression *expression, const struct scope *scope) {
    return !expression || check(cursor, expression, scope, NULL);
}

/* ---- labels ---- */

bool expression_match_labels(const struct expression *labels, const struct json *of_node) {
    if (labels->kind == EXPRESSION_NOT)
        return !expression_match_labels(labels->items[0], of_node);
    if (labels->kind == EXPRESSION_AND)
        return expression_match_labels(labels->items[0], of_node) &&
               expression_match_labels(labels->items[1], of_node);
    if (labels->kind == EXPRESSION_OR)
        return expression_match_labels(labels->items[0], of_node) ||
               expression_match_labels(labels->items[1], of_node);
    if (str_equal(labels->name, "%"))
        return json_length(of_node) > 0;
    JSON_FOR_EACH_ITEM (label, of_node)
        if (str_equal(json_string(label, ""), labels->name))
            return true;
    return false;
}

bool expression_plain_labels(const struct expression *labels, struct arena *arena, struct json *out_array) {
    if (labels->kind == EXPRESSION_AND)
        return expression_plain_labels(labels->items[0], arena, out_array) &&
               expression_plain_labels(labels->items[1], arena, out_array);
    if (labels->kind != EXPRESSION_LABEL || str_equal(labels->name, "%"))
        return false;
    if (!expression_match_labels(labels, out_array))
        json_append_string(arena, out_array, labels->name);
    return true;
}
