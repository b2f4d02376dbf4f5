/* Sorting by keys: a merge from the bottom, so that the budget may end it at any time and equal keys keep
 * their order. */
#include "cel/compare.h"

struct pair {
    struct cel_value key, item;
};

/* Keys without an order between them (NaN) count as equal. */
static bool comes_later(struct cel_run *run, struct cel_value a, struct cel_value b, bool *out_later) {
    int order = 0;

    *out_later = false;
    if (!cel_spend(run, 1) || (!cel_compare(run, a, b, "sort", &order) && run->is_spent))
        return false;
    *out_later = order > 0;
    return true;
}

/* from[start, middle) and from[middle, end), each in order, become to[start, end). */
static bool merge(struct cel_run *run, const struct pair *from, struct pair *to, size_t start, size_t middle,
                  size_t end) {
    size_t left = start, right = middle;

    for (size_t i = start; i < end; i++) {
        bool takes_right = left == middle;
        if (left < middle && right < end && !comes_later(run, from[left].key, from[right].key, &takes_right))
            return false;
        to[i] = takes_right ? from[right++] : from[left++];
    }
    return true;
}

static bool check_keys(struct cel_run *run, const struct cel_value *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!cel_has_order(keys[i].kind))
            return cel_fail(run, "list elements must be comparable");
        if (keys[i].kind != keys[0].kind)
            return cel_fail(run, "list elements must have the same type");
    }
    return true;
}

bool cel_sort(struct cel_run *run, struct cel_value *keys, struct cel_value *items, size_t count) {
    struct pair *from = ARENA_ARRAY(run->arena, struct pair, count);
    struct pair *to = ARENA_ARRAY(run->arena, struct pair, count);

    if (!check_keys(run, keys, count))
        return false;
    for (size_t i = 0; i < count; i++)
        from[i] = (struct pair){ keys[i], items[i] };
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = start + 2 * width < count ? start + 2 * width : count;
            if (!merge(run, from, to, start, middle, end))
                return false;
        }
        struct pair *swap = from;
        from = to;
        to = swap;
    }
    for (size_t i = 0; i < count; i++) {
        keys[i] = from[i].key;
        items[i] = from[i].item;
    }
    return true;
}
