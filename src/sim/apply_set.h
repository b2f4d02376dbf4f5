/* Field sets: which fields, items and members of an object somebody owns or somebody changed.
 *
 * A tree: a node is one step of a path (a member, an item of a list by its key or value); it says whether the
 * path that ends there is in the set, and what is in the set below it. Nodes are sorted and never empty. Sets
 * are values in an arena; operations make new sets that share what did not change, so a set that was handed
 * to an operation must not be inserted into any more. Text form: FieldsV1, {"f:spec":{"f:replicas":{}}}.
 * After: sigs.k8s.io/structured-merge-diff, fieldpath.
 */
#pragma once

#include "base/json.h"

struct schema;

enum path_kind { PATH_FIELD, PATH_KEY, PATH_VALUE, PATH_INDEX };

/* One step. FIELD: name; KEY: value is an object of the key's fields, sorted; VALUE: a scalar; INDEX: an
 * integer. */
struct path_element {
    enum path_kind kind;
    const char *name;
    const struct json *value;
};

struct field_node;

struct field_set {
    struct field_node *nodes;
    size_t count;
    size_t capacity;
};

struct field_node {
    struct path_element element;
    bool is_member;
    struct field_set children;
};

enum { FIELD_PATH_DEPTH_MAX = JSON_DEPTH_MAX + 2 };

/* The path to where a walk is. Large: what is behind its depth need not be set. */
struct field_path {
    struct path_element elements[FIELD_PATH_DEPTH_MAX];
    size_t depth;
};

int path_element_compare(const struct path_element *a, const struct path_element *b);
/* Appends ".spec", "[name=\"a\"]", "[=\"x\"]" or "[3]". */
void path_element_print(struct buffer *out, const struct path_element *element);
/* "k:{\"name\":\"a\"}", in arena. */
char *path_element_encode(struct arena *arena, const struct path_element *element);

bool field_set_is_empty(const struct field_set *set);
/* The empty path is not tracked. */
void field_set_insert(struct arena *arena, struct field_set *set, const struct field_path *path);
/* "metadata.name": members only. */
void field_set_insert_dotted(struct arena *arena, struct field_set *set, const char *path);
/* NULL when nothing is known of the element. */
const struct field_node *field_set_find(const struct field_set *set, const struct path_element *element);

struct field_set field_set_union(struct arena *arena, const struct field_set *a, const struct field_set *b);
struct field_set field_set_intersection(struct arena *arena, const struct field_set *a,
                                        const struct field_set *b);
/* Without the paths that b has; what is below such a path stays. */
struct field_set field_set_difference(struct arena *arena, const struct field_set *a,
                                      const struct field_set *b);
/* Without the paths that b has and all below them. */
struct field_set field_set_recursive_difference(struct arena *arena, const struct field_set *a,
                                                const struct field_set *b);
/* With the members that the schema names added wherever something below them is in the set. */
struct field_set field_set_with_named(struct arena *arena, const struct field_set *set,
                                      const struct schema *schema);
/* After a change of the schema: who owned something inside an object or list that is atomic now owns all of
 * it. */
struct field_set field_set_reconcile(struct arena *arena, const struct field_set *set,
                                     const struct schema *schema);
bool field_set_equal(const struct field_set *a, const struct field_set *b);

/* FieldsV1. Parsing skips kinds of elements that it does not know, as the real server does, and fails on
 * broken ones (ERROR_INVALID). */
struct json *field_set_print(struct arena *arena, const struct field_set *set);
CHECKED bool field_set_parse(struct arena *arena, const struct json *fields, struct field_set *out_set,
                             struct error *err);

/* Calls visit for each path in the set, in order. The path is lent for the call. */
void field_set_visit(const struct field_set *set, void (*visit)(void *context, const struct field_path *path),
                     void *context);
