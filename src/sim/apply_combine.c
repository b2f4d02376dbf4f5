/* Putting two values together, and taking fields out of one. */
#include "sim/apply_typed.h"
#include "sim/apply_walk.h"

/* ---- merging ---- */

static const struct json *merge(struct arena *arena, const struct schema *schema, const struct json *a,
                                const struct json *b);

static struct json *merge_members(struct arena *arena, const struct schema *schema, const struct json *a,
                                  const struct json *b) {
    struct json *out = json_new_object(arena);

    JSON_FOR_EACH_MEMBER (member, a) {
        const struct json *merged =
            merge(arena, walk_member(schema, member->key), &member->value, json_get(b, member->key));
        if (merged)
            json_set(arena, out, member->key, merged);
    }
    JSON_FOR_EACH_MEMBER (member, b) {
        const struct json *merged =
            json_get(a, member->key) ? NULL
                                     : merge(arena, walk_member(schema, member->key), NULL, &member->value);
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
    struct walk_items a;
    struct walk_items b;
    bool *is_b_done; /* per item of b */
    size_t *shared;  /* items of b that a has too, in b's order */
    size_t shared_count;
    size_t shared_next;
    struct json *out;
};

static void put(struct list_merge *lists, const struct json *a, const struct json *b) {
    const struct json *merged = merge(lists->arena, walk_item(lists->schema), a, b);

    if (merged)
        json_append(lists->arena, lists->out, merged);
}

/* An item of a that b has too; of items that a has twice, nothing is kept when they are merged. */
static const struct json *item_of_a(const struct list_merge *lists, const struct path_element *element) {
    size_t first = 0;

    return walk_count(&lists->a, element, &first) == 1 ? lists->a.values[first] : NULL;
}

static const struct path_element *next_shared(const struct list_merge *lists) {
    return lists->shared_next < lists->shared_count ? &lists->b.elements[lists->shared[lists->shared_next]]
                                                    : NULL;
}

static void take_b(struct list_merge *lists, size_t index) {
    const struct path_element *element = &lists->b.elements[index];
    const struct path_element *shared = next_shared(lists);

    lists->is_b_done[index] = true;
    put(lists, item_of_a(lists, element), lists->b.values[index]);
    if (shared && path_element_compare(shared, element) == 0)
        lists->shared_next++;
}

static void merge_in_order(struct list_merge *lists) {
    size_t i = 0;
    size_t j = 0;

    while (i < lists->a.count || j < lists->b.count) {
        const struct path_element *element = i < lists->a.count ? &lists->a.elements[i] : NULL;
        size_t in_b = 0;
        bool b_has = element && walk_count(&lists->b, element, &in_b) > 0;
        if (element && j < lists->b.count) {
            const struct path_element *shared = next_shared(lists);
            if (path_element_compare(element, &lists->b.elements[j]) == 0) {
                take_b(lists, j++);
                i++;
                continue;
            }
            if (b_has && shared && path_element_compare(shared, element) != 0) {
                i++; /* comes later, where b has it */
                continue;
            }
        }
        if (element && !b_has) {
            put(lists, lists->a.values[i++], NULL);
            continue;
        }
        if (element && lists->is_b_done[in_b])
            i++;
        if (j < lists->b.count)
            take_b(lists, j++);
        else if (element && !lists->is_b_done[in_b])
            i++; /* b has it, and is used up: it was merged already */
    }
}

static struct json *merge_items(struct arena *arena, const struct schema *schema, const struct json *a,
                                const struct json *b) {
    struct list_merge lists = { .arena = arena, .schema = schema, .out = json_new_array(arena) };
    size_t first = 0;

    lists.a = walk_items(arena, schema, a);
    lists.b = walk_items(arena, schema, b);
    lists.is_b_done = ARENA_ARRAY(arena, bool, lists.b.count);
    lists.shared = ARENA_ARRAY(arena, size_t, lists.b.count);
    for (size_t i = 0; i < lists.b.count; i++)
        if (walk_count(&lists.a, &lists.b.elements[i], &first) > 0)
            lists.shared[lists.shared_count++] = i;
    merge_in_order(&lists);
    return lists.out->length > 0 ? lists.out : NULL;
}

/* NULL when nothing is left. */
static const struct json *merge(struct arena *arena, const struct schema *schema, const struct json *a,
                                const struct json *b) {
    enum shape shape = b ? walk_shape(schema, b) : walk_shape(schema, a);
    const struct json *leaf = b ? b : a;

    switch (shape) {
    case SHAPE_SCALAR:
        return leaf;
    case SHAPE_MAP:
        if (walk_is_atomic_map(schema) || (walk_is_empty_map(a) && walk_is_empty_map(b)))
            return leaf;
        return merge_members(arena, schema, json_is(a, JSON_OBJECT) ? a : NULL,
                             json_is(b, JSON_OBJECT) ? b : NULL);
    case SHAPE_LIST:
        if (walk_is_atomic_list(schema) || (walk_is_empty_list(a) && walk_is_empty_list(b)))
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
        struct path_element element = walk_field(member->key);
        const struct field_node *node = field_set_find(set, &element);
        if (node && node->is_member)
            continue;
        json_set(arena, out, member->key,
                 node ? remove_from(arena, walk_member(schema, member->key), &member->value, &node->children)
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
        bool is_known = walk_element(arena, schema, item, &element, &reason);
        const struct field_node *node = is_known ? field_set_find(set, &element) : NULL;
        if (node && node->is_member)
            continue;
        json_append(arena, out, node ? remove_from(arena, walk_item(schema), item, &node->children) : item);
    }
    return out->length > 0 ? out : null_value();
}

static const struct json *remove_from(struct arena *arena, const struct schema *schema,
                                      const struct json *value, const struct field_set *set) {
    switch (walk_shape(schema, value)) {
    case SHAPE_SCALAR:
        return value;
    case SHAPE_MAP:
        if (walk_is_empty_map(value) || walk_is_atomic_map(schema))
            return null_value();
        return remove_members(arena, schema, value, set);
    case SHAPE_LIST:
        if (walk_is_empty_list(value) || walk_is_atomic_list(schema))
            return null_value();
        return remove_items(arena, schema, value, set);
    }
    return value;
}

struct json *typed_remove(struct arena *arena, const struct schema *schema, const struct json *value,
                          const struct field_set *set) {
    return json_copy(arena, remove_from(arena, schema, value, set));
}
