/* Walking a value by its schema: what the typed operations (apply_typed.h) share. */
#pragma once

#include "schema/schema.h"
#include "sim/apply_set.h"

enum shape { SHAPE_MAP, SHAPE_SCALAR, SHAPE_LIST };

/* null, and what the schema does not allow, take the schema's first shape. */
enum shape walk_shape(const struct schema *schema, const struct json *value);
bool walk_is_atomic_map(const struct schema *schema);
bool walk_is_atomic_list(const struct schema *schema);
/* Never NULL: what the schema does not know is walked as one leaf. */
const struct schema *walk_member(const struct schema *schema, const char *name);
const struct schema *walk_item(const struct schema *schema);
/* null and other shapes count as empty. */
bool walk_is_empty_map(const struct json *value);
bool walk_is_empty_list(const struct json *value);

/* How an item of a list map or set is known; false with the reason when it can't be. */
bool walk_element(struct arena *arena, const struct schema *list, const struct json *item,
                  struct path_element *out, const char **out_reason);

/* The items of a list map or set with what they are known by. Items that can't be known are left out. */
struct walk_items {
    struct path_element *elements;
    const struct json **values;
    size_t *sorted; /* indices in the order of the elements: look-ups are by halves */
    size_t count;
};
struct walk_items walk_items(struct arena *arena, const struct schema *schema, const struct json *list);
/* How many items have the element; *out_first is the first one's index. */
size_t walk_count(const struct walk_items *items, const struct path_element *element, size_t *out_first);

struct path_element walk_field(const char *name);
/* A step down; the caller takes it back by path->depth--. */
void walk_push(struct field_path *path, struct path_element element);
