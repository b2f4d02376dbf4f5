/* Which fields a value has, and which differ between two. */
#include "schema/node.h"
#include "sim/apply_typed.h"
#include "sim/apply_walk.h"

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
        walk_push(&collecting->path, walk_field(member->key));
        collect(collecting, walk_member(schema, member->key), &member->value);
        if (is_empty || !schema_property(schema, member->key))
            field_set_insert(collecting->arena, &collecting->set, &collecting->path);
        collecting->path.depth--;
    }
}

/* Items that come twice are owned as a whole. */
static void collect_items(struct collecting *collecting, const struct schema *schema,
                          const struct json *list) {
    struct walk_items items = walk_items(collecting->arena, schema, list);

    for (size_t i = 0; i < items.count; i++) {
        size_t first = 0;
        walk_push(&collecting->path, items.elements[i]);
        if (walk_count(&items, &items.elements[i], &first) == 1)
            collect(collecting, walk_item(schema), items.values[i]);
        field_set_insert(collecting->arena, &collecting->set, &collecting->path);
        collecting->path.depth--;
    }
}

static void collect(struct collecting *collecting, const struct schema *schema, const struct json *value) {
    enum shape shape = walk_shape(schema, value);
    bool is_leaf = shape == SHAPE_SCALAR || (shape == SHAPE_MAP && walk_is_atomic_map(schema)) ||
                   (shape == SHAPE_LIST && walk_is_atomic_list(schema));

    if (is_leaf)
        field_set_insert(collecting->arena, &collecting->set, &collecting->path);
    else if (shape == SHAPE_MAP)
        collect_members(collecting, schema, value);
    else
        collect_items(collecting, schema, value);
}

struct field_set typed_fields(struct arena *arena, const struct schema *schema, const struct json *value) {
    struct collecting *collecting = arena_alloc_unset(arena, sizeof(*collecting));

    collecting->arena = arena;
    collecting->path.depth = 0;
    collecting->set = (struct field_set){ 0 };
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
    walk_push(&comparing->path, walk_field(name));
    compare(comparing, walk_member(schema, name), a, b);
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

static bool duplicates_equal(const struct walk_items *a, const struct walk_items *b,
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
static void compare_item(struct comparing *comparing, const struct schema *schema, const struct walk_items *a,
                         const struct walk_items *b, const struct path_element *element) {
    size_t first_a = 0;
    size_t first_b = 0;
    size_t count_a = walk_count(a, element, &first_a);
    size_t count_b = walk_count(b, element, &first_b);
    const struct json *value_a = count_a > 0 ? a->values[first_a] : NULL;
    const struct json *value_b = count_b > 0 ? b->values[first_b] : NULL;

    walk_push(&comparing->path, *element);
    if (count_a <= 1 && count_b <= 1) {
        compare(comparing, walk_item(schema), value_a, value_b);
    } else if (count_a >= 2 && count_b >= 2) {
        if (!duplicates_equal(a, b, element))
            note(comparing, &comparing->result.modified);
    } else if (count_a >= 2) {
        if (value_b)
            compare(comparing, walk_item(schema), NULL, value_b);
        note(comparing, &comparing->result.removed);
    } else {
        if (value_a)
            compare(comparing, walk_item(schema), value_a, NULL);
        note(comparing, &comparing->result.added);
    }
    comparing->path.depth--;
}

static void compare_items(struct comparing *comparing, const struct schema *schema, const struct json *a,
                          const struct json *b) {
    struct walk_items items_a = walk_items(comparing->arena, schema, a);
    struct walk_items items_b = walk_items(comparing->arena, schema, b);
    size_t first = 0;

    for (size_t i = 0; i < items_a.count; i++) {
        (void)walk_count(&items_a, &items_a.elements[i], &first);
        if (first == i)
            compare_item(comparing, schema, &items_a, &items_b, &items_a.elements[i]);
    }
    for (size_t i = 0; i < items_b.count; i++) {
        (void)walk_count(&items_b, &items_b.elements[i], &first);
        size_t unused = 0;
        if (first == i && walk_count(&items_a, &items_b.elements[i], &unused) == 0)
            compare_item(comparing, schema, &items_a, &items_b, &items_b.elements[i]);
    }
}

/* True when the value was a leaf. */
static bool compare_as(struct comparing *comparing, const struct schema *schema, enum shape shape,
                       const struct json *a, const struct json *b) {
    bool is_leaf = shape == SHAPE_SCALAR ||
                   (shape == SHAPE_MAP &&
                    (walk_is_atomic_map(schema) || (walk_is_empty_map(a) && walk_is_empty_map(b)))) ||
                   (shape == SHAPE_LIST &&
                    (walk_is_atomic_list(schema) || (walk_is_empty_list(a) && walk_is_empty_list(b))));

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
    enum shape shape_a = walk_shape(schema, a);
    enum shape shape_b = walk_shape(schema, b);
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
    struct comparing *comparing = arena_alloc_unset(arena, sizeof(*comparing));

    comparing->arena = arena;
    comparing->path.depth = 0;
    comparing->result = (struct comparison){ 0 };
    if (a || b)
        compare(comparing, schema, a, b);
    return comparing->result;
}
