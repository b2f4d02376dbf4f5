/* Running macros over lists and maps.
 * Source: parser/macro.go, ext/comprehensions.go, ext/lists.go and cel/library.go of cel-go. */
#include "cel/compare.h"
#include "cel/evaluate.h"

/* What is gone through, one element after the other. */
struct range {
    const struct cel_list *list;
    const struct cel_map *map;
    size_t length;
};

static bool range_of(struct cel_run *run, struct cel_value value, struct range *out_range) {
    if (value.kind == CEL_LIST)
        *out_range = (struct range){ .list = value.list, .length = value.list->length };
    else if (value.kind == CEL_MAP)
        *out_range = (struct range){ .map = value.map, .length = value.map->length };
    else
        return cel_fail(run, "got '%s', expected iterable type", cel_kind_name(value.kind));
    return true;
}

/* One variable is the element, or the key; two are index and element, or key and value. */
static void bind(struct cel_run *run, const struct cel_node *node, const struct range *range, size_t index) {
    struct cel_value *slots = &run->slots[node->slot];

    if (range->list) {
        struct cel_value item = cel_list_item(run->arena, range->list, index);
        slots[0] = node->variables[1] ? cel_from_int((int64_t)index) : item;
        if (node->variables[1])
            slots[1] = item;
        return;
    }
    struct cel_entry entry = cel_map_entry(run->arena, range->map, index);
    slots[0] = entry.key;
    if (node->variables[1])
        slots[1] = entry.value;
}

/* The filter's answer for the bound element; true where there is no filter. */
static bool test(struct cel_run *run, const struct cel_node *node, bool *out_holds) {
    struct cel_value value;

    *out_holds = true;
    if (!node->filter)
        return true;
    if (!cel_evaluate(run, node->filter, &value))
        return false;
    if (value.kind != CEL_BOOL)
        return cel_fail_overload(run, "_?_:_", &value, 1);
    *out_holds = value.boolean;
    return true;
}

/* all() ends at the first false, exists() at the first true, whatever failed before; a failure is the outcome
 * only when nothing decides. */
static bool quantify(struct cel_run *run, const struct cel_node *node, const struct range *range,
                     bool decisive, struct cel_value *out) {
    const char *failure = NULL;
    bool holds;

    for (size_t i = 0; i < range->length; i++) {
        bind(run, node, range, i);
        bool is_fine = test(run, node, &holds);
        if (run->is_spent)
            return false;
        if (is_fine && holds == decisive) {
            *out = cel_from_bool(decisive);
            return true;
        }
        if (!is_fine && !failure)
            failure = run->failure;
    }
    *out = cel_from_bool(!decisive);
    run->failure = failure;
    return !failure;
}

static bool exists_one(struct cel_run *run, const struct cel_node *node, const struct range *range,
                       struct cel_value *out) {
    size_t count = 0;
    bool holds;

    for (size_t i = 0; i < range->length; i++) {
        bind(run, node, range, i);
        if (!test(run, node, &holds))
            return false;
        count += holds;
    }
    *out = cel_from_bool(count == 1);
    return true;
}

/* filter() keeps the elements, map() what is made of them. */
static bool collect(struct cel_run *run, const struct cel_node *node, const struct range *range,
                    struct cel_value *out) {
    struct cel_items items = { 0 };
    bool holds;

    for (size_t i = 0; i < range->length; i++) {
        bind(run, node, range, i);
        struct cel_value value = run->slots[node->slot];
        if (!test(run, node, &holds))
            return false;
        if (!holds)
            continue;
        if (node->result && !cel_evaluate(run, node->result, &value))
            return false;
        cel_items_add(run, &items, value);
    }
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

static bool add_all(struct cel_run *run, struct cel_entries *entries, struct cel_value value) {
    if (value.kind != CEL_MAP)
        return cel_fail_overload(run, "cel.@mapInsert", &value, 1);
    for (size_t i = 0; i < value.map->length; i++) {
        struct cel_entry entry = cel_map_entry(run->arena, value.map, i);
        if (!cel_entries_add(run, entries, entry.key, entry.value))
            return false;
    }
    return true;
}

/* transformMap() makes a value for each key, transformMapEntry() maps whose entries are put together. */
static bool collect_map(struct cel_run *run, const struct cel_node *node, const struct range *range,
                        struct cel_value *out) {
    struct cel_entries entries = { 0 };
    bool holds;

    for (size_t i = 0; i < range->length; i++) {
        bind(run, node, range, i);
        struct cel_value key = run->slots[node->slot], value;
        if (!test(run, node, &holds))
            return false;
        if (!holds)
            continue;
        if (!cel_evaluate(run, node->result, &value))
            return false;
        if (!(node->macro == CEL_MACRO_TRANSFORM_MAP ? cel_entries_add(run, &entries, key, value)
                                                     : add_all(run, &entries, value)))
            return false;
    }
    *out = cel_from_entries(run->arena, entries.items, entries.count);
    return true;
}

/* By the keys that the expression makes. */
static bool sort_by(struct cel_run *run, const struct cel_node *node, const struct range *range,
                    struct cel_value *out) {
    struct cel_items items = { 0 }, keys = { 0 };
    struct cel_value key;

    for (size_t i = 0; i < range->length; i++) {
        bind(run, node, range, i);
        cel_items_add(run, &items, run->slots[node->slot]);
        if (!cel_evaluate(run, node->result, &key))
            return false;
        cel_items_add(run, &keys, key);
    }
    if (!cel_sort(run, keys.items, items.items, items.count))
        return false;
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

/* optMap() and optFlatMap(): what is made of the value inside; none stays none. */
static bool map_optional(struct cel_run *run, const struct cel_node *node, struct cel_value optional,
                         struct cel_value *out) {
    struct cel_value value;

    if (optional.kind != CEL_OPTIONAL)
        return cel_fail_overload(run, node->name, &optional, 1);
    *out = optional;
    if (!optional.inside)
        return true;
    run->slots[node->slot] = *optional.inside;
    if (!cel_evaluate(run, node->result, &value))
        return false;
    if (node->macro == CEL_MACRO_OPT_FLAT_MAP && value.kind != CEL_OPTIONAL)
        return cel_fail_overload(run, node->name, &value, 1);
    *out = node->macro == CEL_MACRO_OPT_MAP ? cel_from_optional(run->arena, &value) : value;
    return true;
}

/* or() and orValue(): the other one only where there is none. What is no optional stays as it is, as in
 * cel-go. */
static bool choose(struct cel_run *run, const struct cel_node *node, struct cel_value value,
                   struct cel_value *out) {
    if (value.kind == CEL_OPTIONAL && !value.inside)
        return cel_evaluate(run, node->result, out);
    *out = value.kind == CEL_OPTIONAL && node->macro == CEL_MACRO_OR_VALUE ? *value.inside : value;
    return true;
}

bool cel_evaluate_macro(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_value value;
    struct range range = { 0 };

    if (!cel_evaluate(run, node->children[0], &value))
        return false;
    if (node->macro == CEL_MACRO_OPT_MAP || node->macro == CEL_MACRO_OPT_FLAT_MAP)
        return map_optional(run, node, value, out);
    if (node->macro == CEL_MACRO_OR || node->macro == CEL_MACRO_OR_VALUE)
        return choose(run, node, value, out);
    if (!range_of(run, value, &range) || !cel_spend(run, range.length))
        return false;
    switch (node->macro) {
    case CEL_MACRO_ALL:
        return quantify(run, node, &range, false, out);
    case CEL_MACRO_EXISTS:
        return quantify(run, node, &range, true, out);
    case CEL_MACRO_EXISTS_ONE:
        return exists_one(run, node, &range, out);
    case CEL_MACRO_FILTER:
    case CEL_MACRO_MAP:
        return collect(run, node, &range, out);
    case CEL_MACRO_TRANSFORM_MAP:
    case CEL_MACRO_TRANSFORM_MAP_ENTRY:
        return collect_map(run, node, &range, out);
    case CEL_MACRO_SORT_BY:
        return sort_by(run, node, &range, out);
    case CEL_MACRO_OPT_MAP:
    case CEL_MACRO_OPT_FLAT_MAP:
    case CEL_MACRO_OR:
    case CEL_MACRO_OR_VALUE:
        break;
    }
    ensure(false && "a macro over a range");
    return false;
}
