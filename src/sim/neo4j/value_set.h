/* Value set: which values have been seen, for DISTINCT and for groups. In arena. */
#pragma once

#include "bolt/value.h"

struct value_set {
    struct arena *arena;
    const struct bolt_value **values; /* in the order of coming */
    size_t count;
    size_t capacity;
    size_t *slots; /* 1 + index of a value; 0: free */
    size_t slot_count;
};

/* The index of the value; one that is new is added (not copied) and has the index count - 1. */
size_t value_set_add(struct value_set *set, const struct bolt_value *value, bool *out_is_new);
