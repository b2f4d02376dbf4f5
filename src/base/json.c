#include "base/json.h"

#include "base/encoding.h"
#include "base/json_index.h"

#include <math.h>

bool json_is_number(const struct json *value) {
    return json_is(value, JSON_INTEGER) || json_is(value, JSON_DOUBLE);
}

static struct json *get(const struct json *object, struct text key) {
    if (!json_is(object, JSON_OBJECT))
        return NULL;
    for (uint32_t i = 0; i < object->length; i++) {
        struct json_member *member = &object->members[i];
        if (member->key_length == key.length && (!key.length || member->key[0] == key.data[0]) &&
            memcmp(member->key, key.data, key.length) == 0)
            return &member->value;
    }
    return NULL;
}

struct json *json_get(const struct json *object, const char *key) {
    return get(object, text_from(key));
}

struct json *json_item(const struct json *array, size_t index) {
    return json_is(array, JSON_ARRAY) && index < array->length ? &array->items[index] : NULL;
}

struct json *json_at(const struct json *value, const char *path) {
    struct json *found = NULL;

    for (struct text rest = text_from(path); rest.data; value = found) {
        struct text name = text_cut(&rest, '.');
        uint64_t index;
        if (json_is(value, JSON_ARRAY))
            found = parse_uint64(name, &index) ? json_item(value, index) : NULL;
        else
            found = get(value, name);
        if (!found)
            return NULL;
    }
    return found;
}

size_t json_length(const struct json *value) {
    return json_is(value, JSON_ARRAY) || json_is(value, JSON_OBJECT) ? value->length : 0;
}

const char *json_string(const struct json *value, const char *fallback) {
    return json_is(value, JSON_STRING) ? value->string : fallback;
}

/* Whether number is one of the integers that int64 can hold; 2^63 itself is not. */
static bool is_int64(double number) {
    return number >= -0x1p63 && number < 0x1p63 && number == trunc(number);
}

int64_t json_integer(const struct json *value, int64_t fallback) {
    if (json_is(value, JSON_INTEGER))
        return value->integer;
    return json_is(value, JSON_DOUBLE) && is_int64(value->number) ? (int64_t)value->number : fallback;
}

double json_number(const struct json *value, double fallback) {
    if (json_is(value, JSON_INTEGER))
        return (double)value->integer;
    return json_is(value, JSON_DOUBLE) ? value->number : fallback;
}

bool json_bool(const struct json *value, bool fallback) {
    if (json_is(value, JSON_TRUE))
        return true;
    return json_is(value, JSON_FALSE) ? false : fallback;
}

const char *json_string_at(const struct json *value, const char *path, const char *fallback) {
    return json_string(json_at(value, path), fallback);
}

int64_t json_integer_at(const struct json *value, const char *path, int64_t fallback) {
    return json_integer(json_at(value, path), fallback);
}

bool json_bool_at(const struct json *value, const char *path, bool fallback) {
    return json_bool(json_at(value, path), fallback);
}

/* An integer and a double are compared as doubles: a double beyond 2^53 is printed without a point and read
 * back as an integer, which must be the same. */
static bool equal_numbers(const struct json *a, const struct json *b) {
    if (a->type == b->type)
        return a->type == JSON_INTEGER ? a->integer == b->integer : a->number == b->number;

    return json_number(a, 0) == json_number(b, 0);
}

static bool equal_arrays(const struct json *a, const struct json *b) {
    if (a->length != b->length)
        return false;
    for (uint32_t i = 0; i < a->length; i++)
        if (!json_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static bool equal_members(const struct json_member *a, const struct json_member *b) {
    return json_compare_keys(a, b) == 0 && json_equal(&a->value, &b->value);
}

static bool equal_objects_sorted(const struct json *a, const struct json *b) {
    CLEANUP_FREE const struct json_member **index_a = json_index_new(a->members, a->length);
    CLEANUP_FREE const struct json_member **index_b = json_index_new(b->members, b->length);

    for (uint32_t i = 0; i < a->length; i++)
        if (!equal_members(index_a[i], index_b[i]))
            return false;
    return true;
}

/* Two objects mostly have their members in the same order, so the same place is looked at first. */
static bool equal_objects(const struct json *a, const struct json *b) {
    if (a->length != b->length)
        return false;
    for (uint32_t i = 0; i < a->length; i++) {
        const struct json_member *member = &a->members[i];
        if (json_compare_keys(member, &b->members[i]) != 0 && a->length > JSON_INDEX_LENGTH_MIN)
            return equal_objects_sorted(a, b);
        const struct json *other = json_compare_keys(member, &b->members[i]) == 0
                                       ? &b->members[i].value
                                       : get(b, (struct text){ member->key, member->key_length });
        if (!other || !json_equal(&member->value, other))
            return false;
    }
    return true;
}

bool json_equal(const struct json *a, const struct json *b) {
    if (!a || !b)
        return a == b;
    if (json_is_number(a) && json_is_number(b))
        return equal_numbers(a, b);
    if (a->type != b->type)
        return false;

    switch (a->type) {
    case JSON_STRING:
        return a->length == b->length && memcmp(a->string, b->string, a->length) == 0;
    case JSON_ARRAY:
        return equal_arrays(a, b);
    case JSON_OBJECT:
        return equal_objects(a, b);
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
    case JSON_INTEGER:
    case JSON_DOUBLE:
        break;
    }
    return true;
}

/* ---- hashes ---- */

static uint64_t hash_number(const struct json *value) {
    double number = value->type == JSON_INTEGER ? (double)value->integer : value->number;

    /* -0 equals 0. */
    number = number == 0 ? 0 : number;
    return hash64_add(JSON_DOUBLE, hash64(&number, sizeof(number)));
}

/* The members' sum, so that their order doesn't matter. */
static uint64_t hash_object(const struct json *object) {
    uint64_t sum = object->length;

    JSON_FOR_EACH_MEMBER (member, object)
        sum += hash64_add(hash64_add(JSON_OBJECT, hash64(member->key, member->key_length)),
                          json_hash(&member->value));
    return hash64_add(JSON_OBJECT, sum);
}

uint64_t json_hash(const struct json *value) {
    uint64_t hash = value ? value->type : JSON_OBJECT + 1;

    if (json_is_number(value))
        return hash_number(value);
    if (json_is(value, JSON_OBJECT))
        return hash_object(value);
    if (json_is(value, JSON_STRING))
        return hash64_add(hash, hash64(value->string, value->length));
    JSON_FOR_EACH_ITEM (item, value)
        hash = hash64_add(hash, json_hash(item));
    return hash64_add(hash, 0);
}
