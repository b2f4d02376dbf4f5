/* Expressions that go through a list: slices, comprehensions, quantifiers, reduce(). */
#include "sim/neo4j/expression_node.h"

static const struct bolt_value null_value = { .type = BOLT_NULL };

static struct bolt_value boolean(bool value) {
    return (struct bolt_value){ .type = BOLT_BOOL, .boolean = value };
}

/* -1 unknown */
static int truth(const struct bolt_value *value) {
    return value->type == BOLT_BOOL ? value->boolean : -1;
}

bool evaluation_slice(const struct evaluation *evaluation, const struct expression *expression,
                      struct bolt_value *out) {
    struct bolt_value list, bounds[2], *slice = bolt_new_list(evaluation->cursor->arena);

    if (!evaluation_of(evaluation, expression->items[0], &list) ||
        !evaluation_of(evaluation, expression->items[1], &bounds[0]) ||
        !evaluation_of(evaluation, expression->items[2], &bounds[1]))
        return false;
    *out = null_value;
    if (list.type == BOLT_NULL || bounds[0].type == BOLT_NULL || bounds[1].type == BOLT_NULL)
        return true;
    if (list.type != BOLT_LIST || bounds[0].type != BOLT_INTEGER || bounds[1].type != BOLT_INTEGER)
        return evaluation_fail_type(evaluation, "a slice expects a list and integers");
    for (size_t i = 0; i < 2; i++)
        if (bounds[i].integer < 0)
            bounds[i].integer += list.length;
    for (int64_t i = bounds[0].integer < 0 ? 0 : bounds[0].integer;
         i < bounds[1].integer && i < (int64_t)list.length; i++)
        bolt_append(evaluation->cursor->arena, slice, &list.items[i]);
    *out = *slice;
    return true;
}

/* The first row with one more variable. */
struct inner {
    struct evaluation evaluation;
    struct scope scope;
    struct bolt_value *row;
    size_t column;
};

static void enter(struct inner *inner, const struct evaluation *evaluation, const char *name) {
    struct arena *arena = evaluation->cursor->arena;
    size_t count = evaluation->scope->column_count;
    const char **columns = ARENA_ARRAY(arena, const char *, count + 1);

    /* The newest is found first: it hides an older one of the same name. */
    columns[0] = name;
    if (count)
        memcpy(columns + 1, evaluation->scope->columns, count * sizeof(*columns));
    inner->row = bolt_new_list(arena);
    bolt_append(arena, inner->row, &null_value);
    for (size_t i = 0; i < count; i++)
        bolt_append(arena, inner->row, evaluation->row_count ? &evaluation->rows[0]->items[i] : &null_value);
    inner->scope = (struct scope){ columns, count + 1 };
    inner->evaluation = (struct evaluation){ evaluation->cursor, &inner->scope, &inner->row, 1 };
}

static bool evaluate_list(const struct evaluation *evaluation, const struct expression *expression,
                          struct bolt_value *out_list) {
    if (!evaluation_of(evaluation, expression, out_list))
        return false;
    return out_list->type == BOLT_LIST || out_list->type == BOLT_NULL ||
           evaluation_fail_type(evaluation, "IN expects a list");
}

bool evaluation_each(const struct evaluation *evaluation, const struct expression *expression,
                     struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    struct bolt_value list, condition, value, *kept = bolt_new_list(arena);
    struct inner inner;

    if (!evaluate_list(evaluation, expression->items[0], &list))
        return false;
    enter(&inner, evaluation, expression->name);
    BOLT_FOR_EACH_ITEM(item, &list) {
        inner.row->items[0] = value = *item;
        if (!evaluation_of(&inner.evaluation, expression->items[1], &condition))
            return false;
        if (truth(&condition) != 1)
            continue;
        if (expression->count > 2 && !evaluation_of(&inner.evaluation, expression->items[2], &value))
            return false;
        bolt_append(arena, kept, &value);
    }
    *out = list.type == BOLT_NULL ? null_value : *kept;
    return evaluation_check_depth(evaluation, out);
}

bool evaluation_quantifier(const struct evaluation *evaluation, const struct expression *expression,
                           struct bolt_value *out) {
    const char *which = expression->literal.string;
    size_t yes = 0, unknown = 0;
    struct bolt_value list, condition;
    struct inner inner;

    if (!evaluate_list(evaluation, expression->items[0], &list))
        return false;
    enter(&inner, evaluation, expression->name);
    BOLT_FOR_EACH_ITEM(item, &list) {
        inner.row->items[0] = *item;
        if (!evaluation_of(&inner.evaluation, expression->items[1], &condition))
            return false;
        yes += truth(&condition) == 1;
        unknown += truth(&condition) < 0;
    }
    *out = null_value;
    if (list.type == BOLT_NULL)
        return true;
    if (!strcasecmp(which, "any") && (yes || !unknown))
        *out = boolean(yes);
    else if (!strcasecmp(which, "all") && (yes + unknown < list.length || !unknown))
        *out = boolean(yes == list.length);
    else if (!strcasecmp(which, "none") && (yes || !unknown))
        *out = boolean(!yes);
    else if (!strcasecmp(which, "single") && (yes > 1 || !unknown))
        *out = boolean(yes == 1);
    return true;
}

bool evaluation_reduce(const struct evaluation *evaluation, const struct expression *expression,
                       struct bolt_value *out) {
    struct bolt_value list;
    struct inner outer, inner;

    if (!evaluation_of(evaluation, expression->items[0], out) ||
        !evaluate_list(evaluation, expression->items[1], &list))
        return false;
    enter(&outer, evaluation, expression->literal.string);
    BOLT_FOR_EACH_ITEM(item, &list) {
        outer.row->items[0] = *out;
        enter(&inner, &outer.evaluation, expression->name);
        inner.row->items[0] = *item;
        if (!evaluation_of(&inner.evaluation, expression->items[3], out))
            return false;
    }
    if (list.type == BOLT_NULL)
        *out = null_value;
    return true;
}
