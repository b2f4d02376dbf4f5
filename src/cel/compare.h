/* Equality and order of values, as cel-go has them. */
#pragma once

#include "cel/run.h"

/* Numbers of different kinds are equal when they are the same number; otherwise values of different kinds are
 * not equal, which is no error. NaN equals nothing. *out_equal is set; false when the budget is spent. */
CHECKED bool cel_equal(struct cel_run *run, struct cel_value a, struct cel_value b, bool *out_equal);

/* Whether values of that kind can be put into an order among themselves. */
bool cel_has_order(enum cel_kind kind);
/* *out_order is negative, 0 or positive. Fails for kinds without an order between them, and for NaN. */
CHECKED bool cel_compare(struct cel_run *run, struct cel_value a, struct cel_value b, const char *name,
                         int *out_order);

/* Of two strings or bytes, byte by byte. */
int cel_compare_texts(struct text a, struct text b);

/* The place of a key in a map; SIZE_MAX when it is not there. A number is found by any number equal to it. */
CHECKED bool cel_map_find(struct cel_run *run, const struct cel_map *map, struct cel_value key,
                          size_t *out_index);

/* Sorts items by their keys, which are of one kind that has an order; equal ones stay in their order. Both
 * arrays are rearranged. */
CHECKED bool cel_sort(struct cel_run *run, struct cel_value *keys, struct cel_value *items, size_t count);
