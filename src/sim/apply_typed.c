#include "sim/apply_typed.h"

#include "sim/schema_node.h"

/* ---- what a value is to its schema ---- */

enum shape { SHAPE_MAP, SHAPE_SCALAR, SHAPE_LIST };

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

/* null, and what the schema does not allow, take the schema's first shape. */
static enum shape shape_of(const struct schema *schema, const struct json *value) {
    enum shape wanted = json_is(value, JSON_OBJECT)  ? SHAPE_MAP
                        : json_is(value, JSON_ARRAY) ? SHAPE_LIST
                                                     : SHAPE_SCALAR;

    if (value && !json_is(value, JSON_NULL) && allows(schema, wanted))
        return wanted;
    return allows(schema, SHAPE_MAP) ? SHAPE_MAP : allows(schema, SHAPE_SCALAR) ? SHAPE_SCALAR : SHAPE_LIST;
}

static bool is_atomic_map(const struct schema *schema) {
    return schema->is_atomic;
}

static bool is_atomic_list(const struct schema *schema) {
    return schema->type != SCHEMA_ARRAY || schema->list_type == SCHEMA_LIST_ATOMIC;
}

static const struct schema *member_schema(const struct schema *schema, const char *name) {
    const struct schema *inner = schema_member(schema, name);

    return inner ? inner : &schema_untyped;
}

static const struct schema *item_schema(const struct schema *schema) {
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

/* How an item of a list map or set is known; false with the reason when it can't be. */
static bool element_of(struct arena *arena, const struct schema *list, const struct json *item,
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
            value = key_default(arena, item_schema(list), list->list_keys[i]);
        if (value)
            json_set(arena, key, list->list_keys[i], value);
    }
    json_sort(key);
    *out = (struct path_element){ .kind = PATH_KEY, .value = key };
    *out_reason = "associative list with keys has an element that omits all key fields";
    return key->length > 0;
}

/* The items of a list map or set with what they are known by. Items that can't be known are left out. */
struct items {
    struct path_element *elements;
    const struct json **values;
    size_t count;
};

static struct items items_of(struct arena *arena, const struct schema *schema, const struct json *list) {
    size_t length = json_is(list, JSON_ARRAY) ? list->length : 0;
    struct items out = { .elements = ARENA_ARRAY(arena, struct path_element, length),
                         .values = ARENA_ARRAY(arena, const struct json *, length) };
    const char *reason = NULL;

    for (size_t i = 0; i < length; i++) {
        if (!element_of(arena, schema, &list->items[i], &out.elements[out.count], &reason))
            continue;
        out.values[out.count++] = &list->items[i];
    }
    return out;
}

/* How many items have the element; *out_first is the first one's index. */
static size_t count_of(const struct items *items, const struct path_element *element, size_t *out_first) {
    size_t count = 0;

    for (size_t i = items->count; i-- > 0;) {
        if (path_element_compare(&items->elements[i], element) != 0)
            continue;
        *out_first = i;
        count++;
    }
    return count;
}

static bool is_empty_map(const struct json *value) {
    return !json_is(value, JSON_OBJECT) || value->length == 0;
}

static bool is_empty_list(const struct json *value) {
    return !json_is(value, JSON_ARRAY) || value->length == 0;
}

static void push(struct field_path *path, struct path_element element) {
    ensure(path->depth < FIELD_PATH_DEPTH_MAX);
    path->elements[path->depth++] = element;
}

static struct path_element field_element(const char *name) {
    return (struct path_element){ .kind = PATH_FIELD, .name = name };
}

/* ---- checking ---- */

struct checking {
    struct arena *arena;
    struct field_path path;
    bool allows_duplicates;
    struct buffer text;
    size_t complaints;
};

static void complain(struct checking *checking, const char *format, ...) PRINTF_LIKE(2, 3);
static void complain(struct checking *checking, const char *format, ...) {
    va_list arguments;

    if (checking->complaints++ > 0)
        buffer_add_string(&checking->text, "\n  ");
    for (size_t i = 0; i < checking->path.depth; i++)
        path_element_print(&checking->text, &checking->path.elements[i]);
    if (checking->path.depth > 0)
        buffer_add_string(&checking->text, ": ");
    va_start(arguments, format);
    buffer_vprintf(&checking->text, format, arguments);
    va_end(arguments);
}

static const char *go_type(const struct json *value) {
    switch (value->type) {
    case JSON_NULL:
        return "<nil>";
    case JSON_FALSE:
    case JSON_TRUE:
        return "bool";
    case JSON_INTEGER:
        return "int64";
    case JSON_DOUBLE:
        return "float64";
    case JSON_STRING:
        return "string";
    case JSON_ARRAY:
        return "[]interface {}";
    case JSON_OBJECT:
        return "map[string]interface {}";
    }
    return "";
}

/* As Go's %v shows a value. */
static const char *shown(struct checking *checking, const struct json *value) {
    struct buffer text = { 0 };

    buffer_add_string(&text, "&{");
    schema_print_go(&text, value);
    buffer_add_char(&text, '}');
    const char *copy = arena_strdup(checking->arena, buffer_string(&text));
    buffer_clear(&text);
    return copy;
}

static void check_scalar(struct checking *checking, const struct schema *schema, const struct json *value) {
    bool is_scalar = !json_is(value, JSON_OBJECT) && !json_is(value, JSON_ARRAY);

    if (json_is(value, JSON_NULL))
        return;
    switch (schema->type) {
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        if (!json_is_number(value))
            complain(checking, "expected numeric (int or float), got %s", go_type(value));
        return;
    case SCHEMA_BOOLEAN:
        if (!json_is(value, JSON_TRUE) && !json_is(value, JSON_FALSE))
            complain(checking, "expected boolean, got %s", shown(checking, value));
        return;
    case SCHEMA_STRING:
        if (schema->rules && schema->rules->format && !str_equal(schema->rules->format, "byte")) {
            if (!is_scalar)
                complain(checking, "expected any scalar, got %s", shown(checking, value));
        } else if (!json_is(value, JSON_STRING)) {
            complain(checking, "expected string, got &value.valueUnstructured{Value:%s}",
                     json_print(checking->arena, value));
        }
        return;
    case SCHEMA_ANY:
    case SCHEMA_OBJECT:
    case SCHEMA_ARRAY:
        if (!is_scalar)
            complain(checking, "expected any scalar, got %s", shown(checking, value));
        return;
    }
}

static void check_typed(struct checking *checking, const struct schema *schema, const struct json *value);

static void check_map(struct checking *checking, const struct schema *schema, const struct json *value) {
    if (json_is(value, JSON_NULL))
        return;
    if (!json_is(value, JSON_OBJECT)) {
        complain(checking, "expected map, got %s", shown(checking, value));
        return;
    }
    JSON_FOR_EACH_MEMBER (member, value) {
        const struct schema *inner = schema_member(schema, member->key);
        push(&checking->path, field_element(member->key));
        if (inner)
            check_typed(checking, inner, &member->value);
        else
            complain(checking, "field not declared in schema");
        checking->path.depth--;
        if (!inner)
            return; /* the first that is not known ends the walk of its object, as in the real server */
    }
}

static bool is_known_before(struct checking *checking, const struct schema *schema, const struct json *list,
                            uint32_t index, const struct path_element *element) {
    const char *reason = NULL;

    for (uint32_t i = 0; i < index; i++) {
        struct path_element other = { 0 };
        if (element_of(checking->arena, schema, &list->items[i], &other, &reason) &&
            path_element_compare(&other, element) == 0)
            return true;
    }
    return false;
}

static void check_list(struct checking *checking, const struct schema *schema, const struct json *value) {
    const char *reason = NULL;

    if (json_is(value, JSON_NULL))
        return;
    if (!json_is(value, JSON_ARRAY)) {
        complain(checking, "expected list, got %s", shown(checking, value));
        return;
    }
    for (uint32_t i = 0; i < value->length; i++) {
        struct path_element element = { .kind = PATH_INDEX, .value = json_new_integer(checking->arena, i) };
        if (!is_atomic_list(schema)) {
            if (!element_of(checking->arena, schema, &value->items[i], &element, &reason)) {
                complain(checking, "element %u: %s", i, reason);
                return;
            }
            if (!checking->allows_duplicates && is_known_before(checking, schema, value, i, &element)) {
                struct buffer text = { 0 };
                path_element_print(&text, &element);
                complain(checking, "duplicate entries for key %s", buffer_string(&text));
                buffer_clear(&text);
            }
        }
        push(&checking->path, element);
        check_typed(checking, item_schema(schema), &value->items[i]);
        checking->path.depth--;
    }
}

static void check_typed(struct checking *checking, const struct schema *schema, const struct json *value) {
    switch (shape_of(schema, value)) {
    case SHAPE_MAP:
        check_map(checking, schema, value);
        return;
    case SHAPE_SCALAR:
        check_scalar(checking, schema, value);
        return;
    case SHAPE_LIST:
        check_list(checking, schema, value);
        return;
    }
}

bool typed_check(struct arena *arena, const struct schema *schema, const struct json *value,
                 bool allows_duplicates, struct error *err) {
    struct checking *checking = ARENA_NEW(arena, struct checking);

    checking->arena = arena;
    checking->allows_duplicates = allows_duplicates;
    check_typed(checking, schema, value);
    if (checking->complaints > 0)
        error_set(err, ERROR_INVALID, "%s%s", checking->complaints > 1 ? "errors:\n  " : "",
                  buffer_string(&checking->text));
    buffer_clear(&checking->text);
    return checking->complaints == 0;
}

/* ---- the fields of a value ---- */

struct collecting {
    struct arena *arena;
    struct field_path path;
    struct field_set set;
};

static void collect(struct collecting *collecting, const struct schema *schema, const struct json *value);

static void collect_members(struct collecting *collecting, const struct schema *schema,
                            const struct json *object) {
    JSON_FOR_EACH_MEMBER (member, object) {
        bool is_empty = json_is(&member->value, JSON_NULL) ||
                        (json_is(&member->value, JSON_OBJECT) && member->value.length == 0);
        push(&collecting->path, field_element(member->key));
        collect(collecting, member_schema(schema, member->key), &member->value);
        if (is_empty || !schema_property(schema, member->key))
            field_set_insert(collecting->arena, &collecting->set, &collecting->path);
        collecting->path.depth--;
    }
}

/* Items that come twice are owned as a whole. */
static void collect_items(struct collecting *collecting, const struct schema *schema,
                          const struct json *list) {
    struct items items = items_of(collecting->arena, schema, list);

    for (size_t i = 0; i < items.count; i++) {
        size_t first = 0;
        push(&collecting->path, items.elements[i]);
        if (count_of(&items, &items.elements[i], &first) == 1)
            collect(collecting, item_schema(schema), items.values[i]);
        field_set_insert(collecting->arena, &collecting->set, &collecting->path);
        collecting->path.depth--;
    }
}

static void collect(struct collecting *collecting, const struct schema *schema, const struct json *value) {
    enum shape shape = shape_of(schema, value);
    bool is_leaf = shape == SHAPE_SCALAR || (shape == SHAPE_MAP && is_atomic_map(schema)) ||
                   (shape == SHAPE_LIST && is_atomic_list(schema));

    if (is_leaf)
        field_set_insert(collecting->arena, &collecting->set, &collecting->path);
    else if (shape == SHAPE_MAP)
        collect_members(collecting, schema, value);
    else
        collect_items(collecting, schema, value);
}

struct field_set typed_fields(struct arena *arena, const struct schema *schema, const struct json *value) {
    struct collecting *collecting = ARENA_NEW(arena, struct collecting);

    collecting->arena = arena;
    collect(collecting, schema, value);
    return collecting->set;
}

/* ---- comparing ---- */

struct comparing {
    struct arena *arena;
    struct field_path path;
    struct comparison result;
};

static void compare(struct comparing *comparing, const struct schema *schema, const struct json *a,
                    const struct json *b);

static void note(struct comparing *comparing, struct field_set *set) {
    field_set_insert(comparing->arena, set, &comparing->path);
}

static void compare_leaf(struct comparing *comparing, const struct json *a, const struct json *b) {
    if (!a)
        note(comparing, &comparing->result.added);
    else if (!b)
        note(comparing, &comparing->result.removed);
    else if (!json_equal(a, b))
        note(comparing, &comparing->result.modified);
}

static void compare_member(struct comparing *comparing, const struct schema *schema, const char *name,
                           const struct json *a, const struct json *b) {
    push(&comparing->path, field_element(name));
    compare(comparing, member_schema(schema, name), a, b);
    comparing->path.depth--;
}

static void compare_members(struct comparing *comparing, const struct schema *schema, const struct json *a,
                            const struct json *b) {
    JSON_FOR_EACH_MEMBER (member, a)
        compare_member(comparing, schema, member->key, &member->value, json_get(b, member->key));
    JSON_FOR_EACH_MEMBER (member, b)
        if (!json_get(a, member->key))
            compare_member(comparing, schema, member->key, NULL, &member->value);
}

static bool duplicates_equal(const struct items *a, const struct items *b,
                             const struct path_element *element) {
    size_t i = 0;
    size_t j = 0;

    for (;;) {
        while (i < a->count && path_element_compare(&a->elements[i], element) != 0)
            i++;
        while (j < b->count && path_element_compare(&b->elements[j], element) != 0)
            j++;
        if (i >= a->count || j >= b->count)
            return i >= a->count && j >= b->count;
        if (!json_equal(a->values[i++], b->values[j++]))
            return false;
    }
}

/* Items that come twice are compared as one leaf. */
static void compare_item(struct comparing *comparing, const struct schema *schema, const struct items *a,
                         const struct items *b, const struct path_element *element) {
    size_t first_a = 0;
    size_t first_b = 0;
    size_t count_a = count_of(a, element, &first_a);
    size_t count_b = count_of(b, element, &first_b);
    const struct json *value_a = count_a > 0 ? a->values[first_a] : NULL;
    const struct json *value_b = count_b > 0 ? b->values[first_b] : NULL;

    push(&comparing->path, *element);
    if (count_a <= 1 && count_b <= 1) {
        compare(comparing, item_schema(schema), value_a, value_b);
    } else if (count_a >= 2 && count_b >= 2) {
        if (!duplicates_equal(a, b, element))
            note(comparing, &comparing->result.modified);
    } else if (count_a >= 2) {
        if (value_b)
            compare(comparing, item_schema(schema), NULL, value_b);
        note(comparing, &comparing->result.removed);
    } else {
        if (value_a)
            compare(comparing, item_schema(schema), value_a, NULL);
        note(comparing, &comparing->result.added);
    }
    comparing->path.depth--;
}

static void compare_items(struct comparing *comparing, const struct schema *schema, const struct json *a,
                          const struct json *b) {
    struct items items_a = items_of(comparing->arena, schema, a);
    struct items items_b = items_of(comparing->arena, schema, b);
    size_t first = 0;

    for (size_t i = 0; i < items_a.count; i++) {
        (void)count_of(&items_a, &items_a.elements[i], &first);
        if (first == i)
            compare_item(comparing, schema, &items_a, &items_b, &items_a.elements[i]);
    }
    for (size_t i = 0; i < items_b.count; i++) {
        (void)count_of(&items_b, &items_b.elements[i], &first);
        size_t unused = 0;
        if (first == i && count_of(&items_a, &items_b.elements[i], &unused) == 0)
            compare_item(comparing, schema, &items_a, &items_b, &items_b.elements[i]);
    }
}

/* True when the value was a leaf. */
static bool compare_as(struct comparing *comparing, const struct schema *schema, enum shape shape,
                       const struct json *a, const struct json *b) {
    bool is_leaf =
        shape == SHAPE_SCALAR ||
        (shape == SHAPE_MAP && (is_atomic_map(schema) || (is_empty_map(a) && is_empty_map(b)))) ||
        (shape == SHAPE_LIST && (is_atomic_list(schema) || (is_empty_list(a) && is_empty_list(b))));

    if (is_leaf)
        compare_leaf(comparing, a, b);
    else if (shape == SHAPE_MAP)
        compare_members(comparing, schema, json_is(a, JSON_OBJECT) ? a : NULL,
                        json_is(b, JSON_OBJECT) ? b : NULL);
    else
        compare_items(comparing, schema, a, b);
    return is_leaf;
}

static void compare(struct comparing *comparing, const struct schema *schema, const struct json *a,
                    const struct json *b) {
    enum shape shape_a = shape_of(schema, a);
    enum shape shape_b = shape_of(schema, b);
    bool is_leaf = false;

    if (a && b && shape_a != shape_b)
        (void)compare_as(comparing, schema, shape_a, a, b);
    is_leaf = compare_as(comparing, schema, b ? shape_b : shape_a, a, b);
    if (is_leaf)
        return;
    if (!a)
        note(comparing, &comparing->result.added);
    else if (!b)
        note(comparing, &comparing->result.removed);
}

struct comparison typed_compare(struct arena *arena, const struct schema *schema, const struct json *a,
                                const struct json *b) {
    struct comparing *comparing = ARENA_NEW(arena, struct comparing);

    comparing->arena = arena;
    if (a || b)
        compare(comparing, schema, a, b);
    return comparing->result;
}

/* ---- merging ---- */

static const struct json *merge(struct arena *arena, const struct schema *schema, const struct json *a,
                                const struct json *b);

static struct json *merge_members(struct arena *arena, const struct schema *schema, const struct json *a,
                                  const struct json *b) {
    struct json *out = json_new_object(arena);

    JSON_FOR_EACH_MEMBER (member, a) {
        const struct json *merged =
            merge(arena, member_schema(schema, member->key), &member->value, json_get(b, member->key));
        if (merged)
            json_set(arena, out, member->key, merged);
    }
    JSON_FOR_EACH_MEMBER (member, b) {
        const struct json *merged =
            json_get(a, member->key) ? NULL
                                     : merge(arena, member_schema(schema, member->key), NULL, &member->value);
        if (merged)
            json_set(arena, out, member->key, merged);
    }
    return out->length > 0 ? out : NULL;
}

/* Two lists as they are merged: b's items in b's order; a's other items where they were between those that
 * both have. */
struct list_merge {
    struct arena *arena;
    const struct schema *schema;
    struct items a;
    struct items b;
    bool *is_b_done; /* per item of b */
    size_t *shared;  /* items of b that a has too, in b's order */
    size_t shared_count;
    size_t shared_next;
    struct json *out;
};

static void put(struct list_merge *merge_, const struct json *a, const struct json *b) {
    const struct json *merged = merge(merge_->arena, item_schema(merge_->schema), a, b);

    if (merged)
        json_append(merge_->arena, merge_->out, merged);
}

/* An item of a that b has too; of items that a has twice, nothing is kept when they are merged. */
static const struct json *item_of_a(const struct list_merge *merge_, const struct path_element *element) {
    size_t first = 0;

    return count_of(&merge_->a, element, &first) == 1 ? merge_->a.values[first] : NULL;
}

static const struct path_element *next_shared(const struct list_merge *merge_) {
    return merge_->shared_next < merge_->shared_count
               ? &merge_->b.elements[merge_->shared[merge_->shared_next]]
               : NULL;
}

static void take_b(struct list_merge *merge_, size_t index) {
    const struct path_element *element = &merge_->b.elements[index];
    const struct path_element *shared = next_shared(merge_);

    merge_->is_b_done[index] = true;
    put(merge_, item_of_a(merge_, element), merge_->b.values[index]);
    if (shared && path_element_compare(shared, element) == 0)
        merge_->shared_next++;
}

static void merge_in_order(struct list_merge *merge_) {
    size_t i = 0;
    size_t j = 0;

    while (i < merge_->a.count || j < merge_->b.count) {
        const struct path_element *element = i < merge_->a.count ? &merge_->a.elements[i] : NULL;
        size_t in_b = 0;
        bool b_has = element && count_of(&merge_->b, element, &in_b) > 0;
        if (element && j < merge_->b.count) {
            const struct path_element *shared = next_shared(merge_);
            if (path_element_compare(element, &merge_->b.elements[j]) == 0) {
                take_b(merge_, j++);
                i++;
                continue;
            }
            if (b_has && shared && path_element_compare(shared, element) != 0) {
                i++; /* comes later, where b has it */
                continue;
            }
        }
        if (element && !b_has) {
            put(merge_, merge_->a.values[i++], NULL);
            continue;
        }
        if (element && merge_->is_b_done[in_b])
            i++;
        if (j < merge_->b.count)
            take_b(merge_, j++);
        else if (element && !merge_->is_b_done[in_b])
            i++; /* b has it, and is used up: it was merged already */
    }
}

static struct json *merge_items(struct arena *arena, const struct schema *schema, const struct json *a,
                                const struct json *b) {
    struct list_merge merge_ = { .arena = arena, .schema = schema, .out = json_new_array(arena) };
    size_t first = 0;

    merge_.a = items_of(arena, schema, a);
    merge_.b = items_of(arena, schema, b);
    merge_.is_b_done = ARENA_ARRAY(arena, bool, merge_.b.count);
    merge_.shared = ARENA_ARRAY(arena, size_t, merge_.b.count);
    for (size_t i = 0; i < merge_.b.count; i++)
        if (count_of(&merge_.a, &merge_.b.elements[i], &first) > 0)
            merge_.shared[merge_.shared_count++] = i;
    merge_in_order(&merge_);
    return merge_.out->length > 0 ? merge_.out : NULL;
}

/* NULL when nothing is left. */
static const struct json *merge(struct arena *arena, const struct schema *schema, const struct json *a,
                                const struct json *b) {
    enum shape shape = b ? shape_of(schema, b) : shape_of(schema, a);
    const struct json *leaf = b ? b : a;

    switch (shape) {
    case SHAPE_SCALAR:
        return leaf;
    case SHAPE_MAP:
        if (is_atomic_map(schema) || (is_empty_map(a) && is_empty_map(b)))
            return leaf;
        return merge_members(arena, schema, json_is(a, JSON_OBJECT) ? a : NULL,
                             json_is(b, JSON_OBJECT) ? b : NULL);
    case SHAPE_LIST:
        if (is_atomic_list(schema) || (is_empty_list(a) && is_empty_list(b)))
            return leaf;
        return merge_items(arena, schema, a, b);
    }
    return leaf;
}

struct json *typed_merge(struct arena *arena, const struct schema *schema, const struct json *a,
                         const struct json *b) {
    const struct json *merged = merge(arena, schema, a, b);

    return merged ? json_copy(arena, merged) : json_new_object(arena);
}

/* ---- removing ---- */

static const struct json *remove_from(struct arena *arena, const struct schema *schema,
                                      const struct json *value, const struct field_set *set);

static const struct json *null_value(void) {
    static const struct json null = { .type = JSON_NULL };

    return &null;
}

static const struct json *remove_members(struct arena *arena, const struct schema *schema,
                                         const struct json *object, const struct field_set *set) {
    struct json *out = json_new_object(arena);

    JSON_FOR_EACH_MEMBER (member, object) {
        struct path_element element = field_element(member->key);
        const struct field_node *node = field_set_find(set, &element);
        if (node && node->is_member)
            continue;
        json_set(arena, out, member->key,
                 node
                     ? remove_from(arena, member_schema(schema, member->key), &member->value, &node->children)
                     : &member->value);
    }
    return out->length > 0 ? out : null_value();
}

static const struct json *remove_items(struct arena *arena, const struct schema *schema,
                                       const struct json *list, const struct field_set *set) {
    struct json *out = json_new_array(arena);
    const char *reason = NULL;

    JSON_FOR_EACH_ITEM (item, list) {
        struct path_element element = { 0 };
        bool is_known = element_of(arena, schema, item, &element, &reason);
        const struct field_node *node = is_known ? field_set_find(set, &element) : NULL;
        if (node && node->is_member)
            continue;
        json_append(arena, out, node ? remove_from(arena, item_schema(schema), item, &node->children) : item);
    }
    return out->length > 0 ? out : null_value();
}

static const struct json *remove_from(struct arena *arena, const struct schema *schema,
                                      const struct json *value, const struct field_set *set) {
    switch (shape_of(schema, value)) {
    case SHAPE_SCALAR:
        return value;
    case SHAPE_MAP:
        if (is_empty_map(value) || is_atomic_map(schema))
            return null_value();
        return remove_members(arena, schema, value, set);
    case SHAPE_LIST:
        if (is_empty_list(value) || is_atomic_list(schema))
            return null_value();
        return remove_items(arena, schema, value, set);
    }
    return value;
}

struct json *typed_remove(struct arena *arena, const struct schema *schema, const struct json *value,
                          const struct field_set *set) {
    return json_copy(arena, remove_from(arena, schema, value, set));
}
