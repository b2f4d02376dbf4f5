#include "base/json_index.h"

int json_compare_keys(const struct json_member *a, const struct json_member *b) {
    uint32_t length = a->key_length < b->key_length ? a->key_length : b->key_length;
    int order = memcmp(a->key, b->key, length);

    if (order != 0)
        return order;
    return (a->key_length > b->key_length) - (a->key_length < b->key_length);
}

static int compare(const void *a, const void *b) {
    const struct json_member *first = *(const struct json_member *const *)a;
    const struct json_member *second = *(const struct json_member *const *)b;
    int order = json_compare_keys(first, second);

    return order != 0 ? order : (first > second) - (first < second);
}

const struct json_member **json_index_new(const struct json_member *members, size_t length) {
    const struct json_member **index = xcalloc(length, sizeof(struct json_member *));

    for (size_t i = 0; i < length; i++)
        index[i] = &members[i];
    qsort(index, length, sizeof(struct json_member *), compare);
    return index;
}
