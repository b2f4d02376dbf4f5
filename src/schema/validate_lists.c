/* Items of list maps and sets must differ. The API server judges this after all else.
 * After: apiextensions-apiserver, pkg/apiserver/schema/listtype. */
#include "schema/field_name.h"
#include "schema/node.h"
#include "schema/value_order.h"

struct walk {
    struct field_errors *errors;
    struct buffer path;
};

/* The fields that tell one item of a list map from another. */
static const struct json *key_of(struct arena *arena, const struct schema *list, const struct json *item) {
    struct json *key = json_new_object(arena);

    for (size_t i = 0; i < list->list_key_count; i++) {
        const struct schema_property *property =
            list->items ? schema_property(list->items, list->list_keys[i]) : NULL;
        const struct json *value = json_get(item, list->list_keys[i]);
        if (!value && property)
            value = property->default_value;
        if (value)
            json_set(arena, key, list->list_keys[i], value);
    }
    json_sort(key);
    return key;
}

struct item {
    const struct json *key;
    uint32_t index;
    bool is_repeated;
};

static int compare_items(const void *a, const void *b) {
    const struct item *left = a;
    const struct item *right = b;
    int order = value_compare(left->key, right->key);

    return order ? order : (left->index > right->index) - (left->index < right->index);
}

static int compare_indices(const void *a, const void *b) {
    const struct item *left = a;
    const struct item *right = b;

    return (left->index > right->index) - (left->index < right->index);
}

static void complain(struct walk *walk, uint32_t index, enum field_error_type type, const struct json *value,
                     const char *detail) {
    if (field_errors_skip(walk->errors))
        return;
    size_t length = field_name_push_index(&walk->path, index);
    field_errors_add(walk->errors, type, buffer_string(&walk->path), value, "%s", detail);
    buffer_truncate(&walk->path, length);
}

/* Of items that come more than once, every later one is an error. */
static void check_unique(struct walk *walk, const struct schema *schema, const struct json *array) {
    struct arena *arena = walk->errors->arena;
    struct item *items = ARENA_ARRAY(arena, struct item, array->length);
    bool is_map = schema->list_type == SCHEMA_LIST_MAP;
    size_t count = 0;

    for (uint32_t i = 0; i < array->length; i++) {
        if (is_map && !json_is(&array->items[i], JSON_OBJECT))
            complain(walk, i, FIELD_INVALID, &array->items[i],
                     "must be an object for an array of list-type map");
        else
            items[count++] =
                (struct item){ .key = is_map ? key_of(arena, schema, &array->items[i]) : &array->items[i],
                               .index = i };
    }
    qsort(items, count, sizeof(*items), compare_items);
    for (size_t i = 1; i < count; i++)
        items[i].is_repeated = value_compare(items[i - 1].key, items[i].key) == 0;
    qsort(items, count, sizeof(*items), compare_indices);
    for (size_t i = 0; i < count; i++)
        if (items[i].is_repeated)
            complain(walk, items[i].index, FIELD_DUPLICATE, items[i].key, "");
}

static void check_lists(struct walk *walk, const struct schema *schema, const struct json *value) {
    JSON_FOR_EACH_MEMBER (member, value) {
        const struct schema_property *property = schema_property(schema, member->key);
        const struct schema *inner = property ? property->schema : schema->additional;
        if (!inner || !inner->is_custom)
            continue;
        size_t length = field_name_push(&walk->path, member->key);
        check_lists(walk, inner, &member->value);
        buffer_truncate(&walk->path, length);
    }
    if (json_is(value, JSON_ARRAY) && schema->list_type != SCHEMA_LIST_ATOMIC)
        check_unique(walk, schema, value);
    for (uint32_t i = 0; schema->items && json_is(value, JSON_ARRAY) && i < value->length; i++) {
        size_t length = field_name_push_index(&walk->path, i);
        check_lists(walk, schema->items, &value->items[i]);
        buffer_truncate(&walk->path, length);
    }
}

void schema_validate_lists(const struct schema *schema, const struct json *object,
                           struct field_errors *errors) {
    struct walk walk = { .errors = errors };

    check_lists(&walk, schema, object);
    buffer_clear(&walk.path);
}
