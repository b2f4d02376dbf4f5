#include "schema/value_order.h"

static int compare_numbers(double a, double b) {
    return (a > b) - (a < b);
}

static int rank(const struct json *value) {
    switch (value->type) {
    case JSON_INTEGER:
    case JSON_DOUBLE:
        return 0;
    case JSON_STRING:
        return 1;
    case JSON_FALSE:
    case JSON_TRUE:
        return 2;
    case JSON_ARRAY:
        return 3;
    case JSON_OBJECT:
        return 4;
    case JSON_NULL:
        return 5;
    }
    return 6;
}

static int compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length) {
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

    return order ? order : compare_numbers((double)a_length, (double)b_length);
}

static int compare_objects(const struct json *a, const struct json *b) {
    for (uint32_t i = 0; i < a->length && i < b->length; i++) {
        int order = strcmp(a->members[i].key, b->members[i].key);
        if (order == 0)
            order = value_compare(&a->members[i].value, &b->members[i].value);
        if (order)
            return order;
    }
    return compare_numbers(a->length, b->length);
}

int value_compare(const struct json *a, const struct json *b) {
    int order = rank(a) - rank(b);

    if (order)
        return order;
    switch (a->type) {
    case JSON_INTEGER:
    case JSON_DOUBLE:
        if (a->type == JSON_INTEGER && b->type == JSON_INTEGER)
            return (a->integer > b->integer) - (a->integer < b->integer);
        return compare_numbers(json_number(a, 0), json_number(b, 0));
    case JSON_STRING:
        return compare_bytes(a->string, a->length, b->string, b->length);
    case JSON_FALSE:
    case JSON_TRUE:
        return (int)a->type - (int)b->type;
    case JSON_ARRAY:
        for (uint32_t i = 0; i < a->length && i < b->length; i++) {
            order = value_compare(&a->items[i], &b->items[i]);
            if (order)
                return order;
        }
        return compare_numbers(a->length, b->length);
    case JSON_OBJECT:
        return compare_objects(a, b);
    case JSON_NULL:
        return 0;
    }
    return 0;
}
