/* Walking the tree. */
#pragma once

#include "cel/ast.h"
#include "cel/run.h"

CHECKED bool cel_evaluate(struct cel_run *run, const struct cel_node *node, struct cel_value *out);

/* Parts of it, each in a room of its own. */
CHECKED bool cel_evaluate_binary(struct cel_run *run, const struct cel_node *node, struct cel_value *out);
CHECKED bool cel_evaluate_index(struct cel_run *run, const struct cel_node *node, struct cel_value *out);
CHECKED bool cel_evaluate_macro(struct cel_run *run, const struct cel_node *node, struct cel_value *out);
CHECKED bool cel_evaluate_select(struct cel_run *run, const struct cel_node *node, struct cel_value *out);
CHECKED bool cel_evaluate_has(struct cel_run *run, const struct cel_node *node, struct cel_value *out);
CHECKED bool cel_negate(struct cel_run *run, struct cel_value value, struct cel_value *out);
/* a + b for every kind that has it: also for sums of lists. */
CHECKED bool cel_add(struct cel_run *run, struct cel_value a, struct cel_value b, struct cel_value *out);

/* A growing list or map of results, in the arena of the run. */
struct cel_items {
    struct cel_value *items;
    size_t count, room;
};
void cel_items_add(struct cel_run *run, struct cel_items *items, struct cel_value value);
struct cel_entries {
    struct cel_entry *items;
    size_t count, room;
};
/* Fails when the key is there already, or is of a kind that no map has. */
CHECKED bool cel_entries_add(struct cel_run *run, struct cel_entries *entries, struct cel_value key,
                             struct cel_value value);
