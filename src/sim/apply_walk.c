#include "sim/apply_walk.h"

#include "schema/node.h"

static bool allows(const struct schema *schema, enum shape shape) {
    switch (schema->type) {
    case SCHEMA_ANY:
        return !schema->is_quantity || shape == SHAPE_SCALAR;
    case SCHEMA_OBJECT:
        return shape == SHAPE_MAP;
    case SCHEMA_ARRAY:
        return shape == SHAPE_LIST;
    case SCHEMA_STRING:
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
    case SCHEMA_BOOLEAN:
        return shape == SHAPE_SCALAR;
    }
    return false;
}

enum shape walk_shape(const struct schema *schema, const struct json *value) {
    enum shape wanted = json_is(value, JSON_OBJECT)  ? SHAPE_MAP
                        : json_is(value, JSON_ARRAY) ? SHAPE_LIST
                                                     : SHAPE_SCALAR;

    if (value && !json_is(value, JSON_NULL) && allows(schema, wanted))
        return wanted;
    return allows(schema, SHAPE_MAP) ? SHAPE_MAP : allows(schema, SHAPE_SCALAR) ? SHAPE_SCALAR : SHAPE_LIST;
}

bool walk_is_atomic_map(const struct schema *schema) {
    return schema->is_atomic;
}

bool walk_is_atomic_list(const struct schema *schema) {
    return schema->type != SCHEMA_ARRAY || schema->list_type == SCHEMA_LIST_ATOMIC;
}

const struct schema *walk_member(const struct schema *schema, const char *name) {
    const struct schema *inner = schema_member(schema, name);

    return inner ? inner : &schema_untyped;
}

const struct schema *walk_item(const struct schema *schema) {
    return schema->items ? schema->items : &schema_untyped;
}

/* The default that stands in for a key field that an item does not give. */
static const struct json *key_default(struct arena *arena, const struct schema *items, const char *name) {
    const struct schema_property *property = schema_property(items, name);

    if (!property || property->default_value)
        return property ? property->default_value : NULL;
    if (property->zero != SCHEMA_ZERO_PRINTED)
        return NULL;
    return property->schema->type == SCHEMA_STRING    ? json_new_string(arena, "")
           : property->schema->type == SCHEMA_INTEGER ? json_new_integer(arena, 0)
                                                      : NULL;
}

bool walk_element(struct arena *arena, const struct schema *list, const struct json *item,
                  struct path_element *out, const char **out_reason) {
    if (list->list_type == SCHEMA_LIST_SET) {
        *out_reason = json_is(item, JSON_OBJECT)
                          ? "associative list without keys has an element that's a map type"
                      : json_is(item, JSON_ARRAY)
                          ? "not supported: associative list with lists as elements"
                          : "associative list without keys has an element that's an explicit null";
        *out = (struct path_element){ .kind = PATH_VALUE, .value = item };
        return !json_is(item, JSON_OBJECT) && !json_is(item, JSON_ARRAY) && !json_is(item, JSON_NULL);
    }
    if (!json_is(item, JSON_OBJECT)) {
        *out_reason = json_is(item, JSON_NULL) ? "associative list with keys may not have a null element"
                                               : "associative list with keys may not have non-map elements";
        return false;
    }
    struct json *key = json_new_object(arena);
    for (size_t i = 0; i < list->list_key_count; i++) {
        const struct json *value = json_get(item, list->list_keys[i]);
        if (!value)
            value = key_default(arena, walk_item(list), list->list_keys[i]);
        if (value)
            json_set(arena, key, list->list_keys[i], value);
    }
    json_sort(key);
    *out = (struct path_element){ .kind = PATH_KEY, .value = key };
    *out_reason = "associative list with keys has an element that omits all key fields";
    return key->length > 0;
}

/* By element, then by place. */
static int compare_places(const void *a, const void *b, void *context) {
    const struct walk_items *items = context;
    size_t left = *(const size_t *)a;
    size_t right = *(const size_t *)b;
    int order = path_element_compare(&items->elements[left], &items->elements[right]);

    return order ? order : (left > right) - (left < right);
}

struct walk_items walk_items(struct arena *arena, const struct schema *schema, const struct json *list) {
    size_t length = json_is(list, JSON_ARRAY) ? list->length : 0;
    struct walk_items out = { .elements = ARENA_ARRAY(arena, struct path_element, length),
                              .values = ARENA_ARRAY(arena, const struct json *, length),
                              .sorted = ARENA_ARRAY(arena, size_t, length) };
    const char *reason = NULL;

    for (size_t i = 0; i < length; i++) {
        if (!walk_element(arena, schema, &list->items[i], &out.elements[out.count], &reason))
            continue;
        out.sorted[out.count] = out.count;
        out.values[out.count++] = &list->items[i];
    }
    qsort_r(out.sorted, out.count, sizeof(*out.sorted), compare_places, &out);
    return out;
}

size_t walk_count(const struct walk_items *items, const struct path_element *element, size_t *out_first) {
    size_t low = 0;
    size_t high = items->count;
    size_t count = 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (path_element_compare(&items->elements[items->sorted[middle]], element) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + count < items->count &&
           path_element_compare(&items->elements[items->sorted[low + count]], element) == 0)
        count++;
    if (count > 0)
        *out_first = items->sorted[low];
    return count;
}

bool walk_is_empty_map(const struct json *value) {
    return !json_is(value, JSON_OBJECT) || value->length == 0;
}

bool walk_is_empty_list(const struct json *value) {
    return !json_is(value, JSON_ARRAY) || value->length == 0;
}

void walk_push(struct field_path *path, struct path_element element) {
    ensure(path->depth < FIELD_PATH_DEPTH_MAX);
    path->elements[path->depth++] = element;
}

struct path_element walk_field(const char *name) {
    return (struct path_element){ .kind = PATH_FIELD, .name = name };
}
