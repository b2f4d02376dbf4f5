#include "cel/evaluate.h"

#include "cel/compare.h"
#include "cel/function.h"

void cel_items_add(struct cel_run *run, struct cel_items *items, struct cel_value value) {
    if (items->count == items->room) {
        items->room = items->room ? 2 * items->room : 8;
        struct cel_value *larger = ARENA_ARRAY(run->arena, struct cel_value, items->room);
        if (items->count)
            memcpy(larger, items->items, items->count * sizeof(*larger));
        items->items = larger;
    }
    items->items[items->count++] = value;
}

static bool is_key(enum cel_kind kind) {
    return kind == CEL_STRING || kind == CEL_INT || kind == CEL_UINT || kind == CEL_BOOL ||
           kind == CEL_DOUBLE;
}

static void append_entry(struct cel_run *run, struct cel_entries *entries, struct cel_value key,
                         struct cel_value value) {
    if (entries->count == entries->room) {
        entries->room = entries->room ? 2 * entries->room : 8;
        struct cel_entry *larger = ARENA_ARRAY(run->arena, struct cel_entry, entries->room);
        if (entries->count)
            memcpy(larger, entries->items, entries->count * sizeof(*larger));
        entries->items = larger;
    }
    entries->items[entries->count++] = (struct cel_entry){ key, value };
}

bool cel_entries_add(struct cel_run *run, struct cel_entries *entries, struct cel_value key,
                     struct cel_value value) {
    struct cel_map so_far = { .entries = entries->items, .length = entries->count };
    size_t index;

    if (!is_key(key.kind))
        return cel_fail(run, "unsupported key type: %s", cel_kind_name(key.kind));
    if (!cel_map_find(run, &so_far, key, &index))
        return false;
    if (index != SIZE_MAX)
        return cel_fail(run, "insert failed: key already exists");
    append_entry(run, entries, key, value);
    return true;
}

static bool evaluate_name(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    for (size_t i = 0; i < run->variable_count; i++) {
        const struct cel_variable *variable = &run->variables[i];
        if (!str_equal(variable->name, node->name))
            continue;
        *out = cel_from_json(run->arena, variable->value);
        if (variable->is_optional)
            *out = cel_from_optional(run->arena, variable->value ? out : NULL);
        return true;
    }
    return cel_fail(run, "undeclared reference to '%s'", node->name);
}

/* && is false as soon as an operand is, || true, whatever the others are: also when they fail. Otherwise the
 * first failure is the outcome. */
static bool evaluate_logic(struct cel_run *run, const struct cel_node *node, bool decisive,
                           struct cel_value *out) {
    const char *failure = NULL;
    struct cel_value value;

    for (size_t i = 0; i < node->child_count; i++) {
        bool is_fine = cel_evaluate(run, node->children[i], &value);
        if (run->is_spent)
            return false;
        if (is_fine && value.kind == CEL_BOOL && value.boolean == decisive) {
            *out = value;
            return true;
        }
        if (is_fine && value.kind != CEL_BOOL)
            is_fine = cel_fail_overload(run, decisive ? "_||_" : "_&&_", &value, 1);
        if (!is_fine && !failure)
            failure = run->failure;
    }
    *out = cel_from_bool(!decisive);
    run->failure = failure;
    return !failure;
}

static bool evaluate_condition(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_value condition;

    if (!cel_evaluate(run, node->children[0], &condition))
        return false;
    if (condition.kind != CEL_BOOL)
        return cel_fail_overload(run, "_?_:_", &condition, 1);
    return cel_evaluate(run, node->children[condition.boolean ? 1 : 2], out);
}

static bool evaluate_not(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_value value;

    if (!cel_evaluate(run, node->children[0], &value))
        return false;
    if (value.kind != CEL_BOOL)
        return cel_fail_overload(run, "!_", &value, 1);
    *out = cel_from_bool(!value.boolean);
    return true;
}

/* An element that was written with '?' is an optional: what is inside, or nothing at all. */
static bool unwrap(struct cel_run *run, struct cel_value *value, bool *out_present) {
    if (value->kind != CEL_OPTIONAL)
        return cel_fail(run, "cannot initialize optional entry from non-optional value");
    *out_present = value->inside;
    if (value->inside)
        *value = *value->inside;
    return true;
}

static bool evaluate_list(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_items items = { 0 };
    struct cel_value value;

    for (size_t i = 0; i < node->child_count; i++) {
        bool is_present = true;
        if (!cel_evaluate(run, node->children[i], &value))
            return false;
        if (node->optional_children && node->optional_children[i] && !unwrap(run, &value, &is_present))
            return false;
        if (is_present)
            cel_items_add(run, &items, value);
    }
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

/* In a literal the last of two entries with the same key stays; 1 and 1u are two keys there. */
static bool set_entry(struct cel_run *run, struct cel_entries *entries, struct cel_value key,
                      struct cel_value value) {
    bool is_same = false;

    if (!is_key(key.kind))
        return cel_fail(run, "unsupported key type: %s", cel_kind_name(key.kind));
    for (size_t i = 0; i < entries->count; i++) {
        if (entries->items[i].key.kind != key.kind)
            continue;
        if (!cel_equal(run, entries->items[i].key, key, &is_same))
            return false;
        if (is_same) {
            entries->items[i].value = value;
            return true;
        }
    }
    append_entry(run, entries, key, value);
    return true;
}

static bool evaluate_map(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_entries entries = { 0 };
    struct cel_value key, value;

    for (size_t i = 0; i + 1 < node->child_count; i += 2) {
        bool is_present = true;
        if (!cel_evaluate(run, node->children[i], &key) || !cel_evaluate(run, node->children[i + 1], &value))
            return false;
        if (node->optional_children && node->optional_children[i / 2] && !unwrap(run, &value, &is_present))
            return false;
        if (is_present && !set_entry(run, &entries, key, value))
            return false;
    }
    *out = cel_from_entries(run->arena, entries.items, entries.count);
    return true;
}

static bool evaluate_call(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_value arguments[CEL_ARGUMENTS_MAX];

    ensure(node->child_count <= CEL_ARGUMENTS_MAX);
    for (size_t i = 0; i < node->child_count; i++)
        if (!cel_evaluate(run, node->children[i], &arguments[i]))
            return false;
    run->pattern = node->pattern;
    return cel_call(run, node->name, &node->overloads, arguments, node->child_count, out);
}

bool cel_evaluate(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_value value;

    if (!cel_spend(run, 1))
        return false;
    switch (node->kind) {
    case CEL_NODE_LITERAL:
        *out = node->literal;
        return true;
    case CEL_NODE_NAME:
        return evaluate_name(run, node, out);
    case CEL_NODE_SLOT:
        *out = run->slots[node->slot];
        return true;
    case CEL_NODE_SELECT:
        return cel_evaluate_select(run, node, out);
    case CEL_NODE_HAS:
        return cel_evaluate_has(run, node, out);
    case CEL_NODE_INDEX:
        return cel_evaluate_index(run, node, out);
    case CEL_NODE_NOT:
        return evaluate_not(run, node, out);
    case CEL_NODE_NEGATE:
        return cel_evaluate(run, node->children[0], &value) && cel_negate(run, value, out);
    case CEL_NODE_BINARY:
        return cel_evaluate_binary(run, node, out);
    case CEL_NODE_AND:
        return evaluate_logic(run, node, false, out);
    case CEL_NODE_OR:
        return evaluate_logic(run, node, true, out);
    case CEL_NODE_CONDITION:
        return evaluate_condition(run, node, out);
    case CEL_NODE_LIST:
        return evaluate_list(run, node, out);
    case CEL_NODE_MAP:
        return evaluate_map(run, node, out);
    case CEL_NODE_CALL:
        return evaluate_call(run, node, out);
    case CEL_NODE_MACRO:
        return cel_evaluate_macro(run, node, out);
    }
    ensure(false && "a kind of node");
    return false;
}
