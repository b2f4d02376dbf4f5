/* Sorting by keys: a merge from the bottom, so that a comparison may fail at any time and equal keys keep
 * their order. */
#include "cel/compare.h"

struct pair {
    struct cel_value key, item;
};

/* from[start, middle) and from[middle, end), each in order, become to[start, end). */
static bool merge(struct cel_run *run, const struct pair *from, struct pair *to, size_t start, size_t middle,
                  size_t end) {
    size_t left = start, right = middle;

    for (size_t i = start; i < end; i++) {
        int order = left == middle ? 1 : -1;
        if (left < middle && right < end &&
            (!cel_spend(run, 1) || !cel_compare(run, from[left].key, from[right].key, "sort", &order)))
            return false;
        to[i] = order <= 0 ? from[left++] : from[right++];
    }
    return true;
}

bool cel_sort(struct cel_run *run, struct cel_value *keys, struct cel_value *items, size_t count) {
    struct pair *from = ARENA_ARRAY(run->arena, struct pair, count);
    struct pair *to = ARENA_ARRAY(run->arena, struct pair, count);

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
