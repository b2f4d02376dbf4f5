/* Lists: Kubernetes' own functions, and those of cel-go's extension.
 * Source: k8s.io/apiserver, pkg/cel/library/lists.go; ext/lists.go of cel-go. */
#include "cel/compare.h"
#include "cel/evaluate.h"
#include "cel/function.h"

static bool check_item(struct cel_run *run, struct cel_value item, const char *name) {
    return cel_has_order(item.kind) || cel_fail_overload(run, name, &item, 1);
}

/* The order of two items. Those that have none between them, such as a string and a number, or NaN, count as
 * equal here, as in cel-go; kinds that have no order at all fail. */
static bool order_items(struct cel_run *run, struct cel_value a, struct cel_value b, const char *name,
                        int *out_order) {
    *out_order = 0;
    return check_item(run, b, name) && cel_spend(run, 1) &&
           (cel_compare(run, a, b, name, out_order) || !run->is_spent);
}

static bool is_sorted(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    int order = 0;

    if (list->length && !check_item(run, cel_list_item(run->arena, list, 0), "isSorted"))
        return false;
    for (size_t i = 1; i < list->length; i++) {
        if (!order_items(run, cel_list_item(run->arena, list, i - 1), cel_list_item(run->arena, list, i),
                         "isSorted", &order))
            return false;
        if (order > 0)
            break;
    }
    *out = cel_from_bool(order <= 0);
    return true;
}

/* Of numbers or durations of one kind; of nothing it is the int 0. */
static bool sum(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    struct cel_value total = cel_from_int(0);

    for (size_t i = 0; i < list->length; i++) {
        struct cel_value item = cel_list_item(run->arena, list, i);
        bool is_summable = item.kind == CEL_INT || item.kind == CEL_UINT || item.kind == CEL_DOUBLE ||
                           item.kind == CEL_DURATION;
        if (!cel_spend(run, 1))
            return false;
        if (!is_summable)
            return cel_fail_overload(run, "sum", &item, 1);
        if (i > 0 && !cel_add(run, total, item, &item))
            return false;
        total = item;
    }
    *out = total;
    return true;
}

/* The smallest item for sign 1, the largest for -1; of equal ones the first. */
static bool extreme(struct cel_run *run, const struct cel_list *list, int sign, const char *name,
                    struct cel_value *out) {
    int order = 0;

    if (list->length == 0)
        return cel_fail(run, "%s called on empty list", name);
    *out = cel_list_item(run->arena, list, 0);
    if (!check_item(run, *out, name))
        return false;
    for (size_t i = 1; i < list->length; i++) {
        struct cel_value item = cel_list_item(run->arena, list, i);
        if (!order_items(run, *out, item, name, &order))
            return false;
        if (order * sign > 0)
            *out = item;
    }
    return true;
}

static bool min(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return extreme(run, arguments[0].list, 1, "min", out);
}

static bool max(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return extreme(run, arguments[0].list, -1, "max", out);
}

static bool index_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    bool is_equal = false;
    size_t i;

    for (i = 0; i < list->length && !is_equal; i++)
        if (!cel_equal(run, cel_list_item(run->arena, list, i), arguments[1], &is_equal))
            return false;
    *out = cel_from_int(is_equal ? (int64_t)i - 1 : -1);
    return true;
}

static bool last_index_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    bool is_equal = false;
    size_t i;

    for (i = list->length; i > 0 && !is_equal; i--)
        if (!cel_equal(run, cel_list_item(run->arena, list, i - 1), arguments[1], &is_equal))
            return false;
    *out = cel_from_int(is_equal ? (int64_t)i : -1);
    return true;
}

static bool slice(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    int64_t start = arguments[1].integer, end = arguments[2].integer;
    struct cel_items items = { 0 };

    if (start < 0 || end < start || (uint64_t)end > list->length)
        return cel_fail(run, "cannot slice(%lld, %lld), list is length %zu", (long long)start, (long long)end,
                        list->length);
    if (!cel_spend(run, (uint64_t)(end - start)))
        return false;
    for (int64_t i = start; i < end; i++)
        cel_items_add(run, &items, cel_list_item(run->arena, list, (size_t)i));
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

/* Values nest no deeper than JSON and the expression do, which bounds this. */
static bool flatten_into(struct cel_run *run, const struct cel_list *list, int64_t depth,
                         struct cel_items *items) {
    if (!cel_spend(run, list->length))
        return false;
    for (size_t i = 0; i < list->length; i++) {
        struct cel_value item = cel_list_item(run->arena, list, i);
        if (item.kind != CEL_LIST || depth == 0)
            cel_items_add(run, items, item);
        else if (!flatten_into(run, item.list, depth - 1, items))
            return false;
    }
    return true;
}

static bool flatten_by(struct cel_run *run, const struct cel_value *arguments, int64_t depth,
                       struct cel_value *out) {
    struct cel_items items = { 0 };

    if (depth < 0)
        return cel_fail(run, "level must be non-negative");
    if (!flatten_into(run, arguments[0].list, depth, &items))
        return false;
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

static bool flatten(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return flatten_by(run, arguments, 1, out);
}

static bool flatten_deep(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return flatten_by(run, arguments, arguments[1].integer, out);
}

static bool reverse(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    struct cel_items items = { 0 };

    if (!cel_spend(run, list->length))
        return false;
    for (size_t i = list->length; i > 0; i--)
        cel_items_add(run, &items, cel_list_item(run->arena, list, i - 1));
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

static bool sort(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    struct cel_items items = { 0 }, keys = { 0 };

    if (!cel_spend(run, list->length))
        return false;
    for (size_t i = 0; i < list->length; i++) {
        cel_items_add(run, &items, cel_list_item(run->arena, list, i));
        cel_items_add(run, &keys, items.items[i]);
    }
    if (!cel_sort(run, keys.items, items.items, items.count))
        return false;
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

static bool distinct(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    struct cel_items items = { 0 };

    for (size_t i = 0; i < list->length; i++) {
        struct cel_value item = cel_list_item(run->arena, list, i);
        bool is_known = false;
        for (size_t j = 0; j < items.count && !is_known; j++)
            if (!cel_equal(run, items.items[j], item, &is_known))
                return false;
        if (!is_known)
            cel_items_add(run, &items, item);
    }
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

static bool range(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    int64_t end = arguments[0].integer > 0 ? arguments[0].integer : 0;
    struct cel_items items = { 0 };

    if (!cel_spend(run, (uint64_t)end))
        return false;
    for (int64_t i = 0; i < end; i++)
        cel_items_add(run, &items, cel_from_int(i));
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

const struct cel_overload cel_list_functions[] = {
    { .name = "isSorted", .signature = "l", .is_member = true, .call = is_sorted },
    { .name = "sum", .signature = "l", .is_member = true, .call = sum },
    { .name = "min", .signature = "l", .is_member = true, .call = min },
    { .name = "max", .signature = "l", .is_member = true, .call = max },
    { .name = "indexOf", .signature = "l*", .is_member = true, .call = index_of },
    { .name = "lastIndexOf", .signature = "l*", .is_member = true, .call = last_index_of },
    { .name = "slice", .signature = "lii", .is_member = true, .call = slice },
    { .name = "flatten", .signature = "l", .is_member = true, .call = flatten },
    { .name = "flatten", .signature = "li", .is_member = true, .call = flatten_deep },
    { .name = "reverse", .signature = "l", .is_member = true, .call = reverse },
    { .name = "sort", .signature = "l", .is_member = true, .call = sort },
    { .name = "distinct", .signature = "l", .is_member = true, .call = distinct },
    { .name = "lists.range", .signature = "i", .call = range },
    { 0 },
};
