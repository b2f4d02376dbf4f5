#include "cel/compare.h"

#include "cel/amount.h"
#include "cel/net.h"
#include "cel/semver.h"
#include "cel/url.h"

#include <math.h>

int cel_compare_texts(struct text a, struct text b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;

    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static bool is_number(enum cel_kind kind) {
    return kind == CEL_INT || kind == CEL_UINT || kind == CEL_DOUBLE;
}

static int order_of(bool is_less, bool is_greater) {
    return is_greater - is_less;
}

static int compare_int_uint(int64_t a, uint64_t b) {
    return a < 0 ? -1 : order_of((uint64_t)a<b, (uint64_t)a> b);
}

/* Through double, as cel-go does, once the double is within the range of the other. */
static int compare_double_int(double a, int64_t b) {
    if (a < (double)INT64_MIN)
        return -1;
    if (a > (double)INT64_MAX)
        return 1;
    return order_of(a<(double)b, a>(double) b);
}

static int compare_double_uint(double a, uint64_t b) {
    if (a < 0)
        return -1;
    if (a > (double)UINT64_MAX)
        return 1;
    return order_of(a<(double)b, a>(double) b);
}

/* Neither is NaN. */
static int compare_numbers(struct cel_value a, struct cel_value b) {
    if (a.kind == CEL_DOUBLE && b.kind == CEL_DOUBLE)
        return order_of(a.number<b.number, a.number> b.number);
    if (a.kind == CEL_DOUBLE)
        return b.kind == CEL_INT ? compare_double_int(a.number, b.integer)
                                 : compare_double_uint(a.number, b.natural);
    if (b.kind == CEL_DOUBLE)
        return -compare_numbers(b, a);
    if (a.kind == CEL_INT && b.kind == CEL_INT)
        return order_of(a.integer<b.integer, a.integer> b.integer);
    if (a.kind == CEL_UINT && b.kind == CEL_UINT)
        return order_of(a.natural<b.natural, a.natural> b.natural);
    return a.kind == CEL_INT ? compare_int_uint(a.integer, b.natural)
                             : -compare_int_uint(b.integer, a.natural);
}

static bool is_nan(struct cel_value value) {
    return value.kind == CEL_DOUBLE && isnan(value.number);
}

static bool equal_lists(struct cel_run *run, const struct cel_list *a, const struct cel_list *b,
                        bool *out_equal) {
    *out_equal = a->length == b->length;
    for (size_t i = 0; i < a->length && *out_equal; i++)
        if (!cel_equal(run, cel_list_item(run->arena, a, i), cel_list_item(run->arena, b, i), out_equal))
            return false;
    return true;
}

static bool equal_maps(struct cel_run *run, const struct cel_map *a, const struct cel_map *b,
                       bool *out_equal) {
    *out_equal = a->length == b->length;
    for (size_t i = 0; i < a->length && *out_equal; i++) {
        struct cel_entry entry = cel_map_entry(run->arena, a, i);
        size_t index;
        if (!cel_map_find(run, b, entry.key, &index))
            return false;
        if (index == SIZE_MAX)
            *out_equal = false;
        else if (!cel_equal(run, entry.value, cel_map_entry(run->arena, b, index).value, out_equal))
            return false;
    }
    return true;
}

static bool equal_texts(struct cel_run *run, struct text a, struct text b, bool *out_equal) {
    *out_equal = text_equal(a, b);
    return a.length != b.length || cel_spend_bytes(run, a.length);
}

static bool equal_optionals(struct cel_run *run, struct cel_value a, struct cel_value b, bool *out_equal) {
    if (a.inside && b.inside)
        return cel_equal(run, *a.inside, *b.inside, out_equal);
    *out_equal = !a.inside && !b.inside;
    return true;
}

/* Both are of the same kind, and no numbers. */
static bool equal_in_kind(struct cel_run *run, struct cel_value a, struct cel_value b, bool *out_equal) {
    switch (a.kind) {
    case CEL_NULL:
        *out_equal = true;
        return true;
    case CEL_BOOL:
        *out_equal = a.boolean == b.boolean;
        return true;
    case CEL_STRING:
    case CEL_BYTES:
        return equal_texts(run, a.text, b.text, out_equal);
    case CEL_LIST:
        return equal_lists(run, a.list, b.list, out_equal);
    case CEL_MAP:
        return equal_maps(run, a.map, b.map, out_equal);
    case CEL_TYPE:
        *out_equal = a.type == b.type;
        return true;
    case CEL_TIMESTAMP:
        *out_equal = a.integer == b.integer && a.nanoseconds == b.nanoseconds;
        return true;
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_DURATION:
        *out_equal = a.integer == b.integer;
        return true;
    case CEL_OPTIONAL:
        return equal_optionals(run, a, b, out_equal);
    case CEL_QUANTITY:
        *out_equal = cel_amount_compare(a.quantity, b.quantity) == 0;
        return true;
    case CEL_IP:
        *out_equal = cel_ip_equal(a.ip, b.ip);
        return true;
    case CEL_CIDR:
        *out_equal = cel_cidr_equal(a.cidr, b.cidr);
        return true;
    case CEL_URL:
        return equal_texts(run, a.url->source, b.url->source, out_equal);
    case CEL_SEMVER:
        *out_equal = cel_semver_compare(a.semver, b.semver) == 0;
        return true;
    case CEL_FORMAT:
        *out_equal = a.format == b.format;
        return true;
    }
    ensure(false && "a kind of value");
    return false;
}

bool cel_equal(struct cel_run *run, struct cel_value a, struct cel_value b, bool *out_equal) {
    if (!cel_spend(run, 1))
        return false;
    if (is_number(a.kind) && is_number(b.kind)) {
        *out_equal = !is_nan(a) && !is_nan(b) && compare_numbers(a, b) == 0;
        return true;
    }
    if (a.kind != b.kind) {
        *out_equal = false;
        return true;
    }
    return equal_in_kind(run, a, b, out_equal);
}

bool cel_has_order(enum cel_kind kind) {
    return is_number(kind) || kind == CEL_BOOL || kind == CEL_STRING || kind == CEL_BYTES ||
           kind == CEL_DURATION || kind == CEL_TIMESTAMP;
}

bool cel_compare(struct cel_run *run, struct cel_value a, struct cel_value b, const char *name,
                 int *out_order) {
    if (is_number(a.kind) && is_number(b.kind)) {
        if (is_nan(a) || is_nan(b))
            return cel_fail(run, "NaN values cannot be ordered");
        *out_order = compare_numbers(a, b);
        return true;
    }
    if (a.kind == b.kind && a.kind == CEL_BOOL)
        *out_order = order_of(!a.boolean && b.boolean, a.boolean && !b.boolean);
    else if (a.kind == b.kind && (a.kind == CEL_STRING || a.kind == CEL_BYTES))
        *out_order = cel_compare_texts(a.text, b.text);
    else if (a.kind == b.kind && a.kind == CEL_DURATION)
        *out_order = order_of(a.integer<b.integer, a.integer> b.integer);
    else if (a.kind == b.kind && a.kind == CEL_TIMESTAMP)
        *out_order = a.integer != b.integer
                         ? order_of(a.integer<b.integer, a.integer> b.integer)
                         : order_of(a.nanoseconds<b.nanoseconds, a.nanoseconds> b.nanoseconds);
    else
        return cel_fail_overload(run, name, (struct cel_value[]){ a, b }, 2);
    return cel_spend_bytes(run, a.kind == CEL_STRING || a.kind == CEL_BYTES ? a.text.length : 0);
}

/* Strings of another length are passed over without a look, which is what makes this cheap. */
static size_t find_text(const struct cel_map *map, struct text key) {
    for (size_t i = 0; i < map->length; i++) {
        struct text text;
        if (map->json)
            text = (struct text){ map->json->members[i].key, map->json->members[i].key_length };
        else if (map->entries[i].key.kind == CEL_STRING)
            text = map->entries[i].key.text;
        else
            continue;
        if (text.length == key.length && (key.length == 0 || memcmp(text.data, key.data, key.length) == 0))
            return i;
    }
    return SIZE_MAX;
}

bool cel_map_find(struct cel_run *run, const struct cel_map *map, struct cel_value key, size_t *out_index) {
    bool is_equal = false;

    *out_index = SIZE_MAX;
    if (key.kind == CEL_STRING) {
        *out_index = find_text(map, key.text);
        return cel_spend(run, 1 + map->length / CEL_BYTES_PER_STEP);
    }
    for (size_t i = 0; i < map->length && !map->json; i++) {
        /* A double that is a key is found by no other kind of number, though it finds others: cel-go's maps
         * do so. */
        if (map->entries[i].key.kind == CEL_DOUBLE && key.kind != CEL_DOUBLE)
            continue;
        if (!cel_equal(run, map->entries[i].key, key, &is_equal))
            return false;
        if (is_equal) {
            *out_index = i;
            return true;
        }
    }
    return true;
}
