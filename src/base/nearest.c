#include "base/nearest.h"

#include <string.h>

enum { NAME_BYTES_MAX = 128, DISTANCE_MAX = 3 };

static size_t least(size_t a, size_t b, size_t c) {
    size_t best = a < b ? a : b;
    return best < c ? best : c;
}

/* Levenshtein's distance without regard to case; names are short. */
static size_t distance(const char *a, const char *b) {
    size_t row[NAME_BYTES_MAX + 1];
    size_t length = strlen(b);
    size_t longer = strlen(a) > length ? strlen(a) - length : length - strlen(a);

    if (strlen(a) > NAME_BYTES_MAX || length > NAME_BYTES_MAX || longer > DISTANCE_MAX)
        return NAME_BYTES_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t above = row[j + 1];
            row[j + 1] = least(above + 1, row[j] + 1, diagonal + ((a[i] | 0x20) != (b[j] | 0x20)));
            diagonal = above;
        }
    }
    return row[length];
}

void nearest_consider(struct nearest_search *search, const char *candidate) {
    size_t away = distance(search->name, candidate);

    /* A short name is near to everything. */
    if (away <= DISTANCE_MAX && away < strlen(search->name) &&
        (!search->nearest || away < search->distance)) {
        search->nearest = candidate;
        search->distance = away;
    }
}

const char *nearest_name(const char *name, const char *const *names, size_t count) {
    struct nearest_search search = { .name = name };

    for (size_t i = 0; i < count; i++)
        nearest_consider(&search, names[i]);
    return search.nearest;
}
