/* Typed values: what a schema makes of an object when it is owned, compared and merged field by field.
 *
 * Scalars, atomic lists and atomic objects are leaves. Other objects are walked member by member; list maps
 * and sets item by item, an item being known by its key or value. Where the schema says nothing, objects are
 * walked and lists are leaves. After: sigs.k8s.io/structured-merge-diff, typed.
 */
#pragma once

#include "schema/schema.h"
#include "sim/apply_set.h"

struct comparison {
    struct field_set removed;
    struct field_set modified;
    struct field_set added;
};

/* Whether value can be walked by the schema: members are known, scalars fit, items of list maps and sets are
 * told apart (and, unless duplicates are allowed, differ). ERROR_INVALID with the real server's text. */
CHECKED bool typed_check(struct arena *arena, const struct schema *schema, const struct json *value,
                         bool allows_duplicates, struct error *err);
/* Every leaf and item that is mentioned. */
struct field_set typed_fields(struct arena *arena, const struct schema *schema, const struct json *value);
/* What a turned into when it became b. */
struct comparison typed_compare(struct arena *arena, const struct schema *schema, const struct json *a,
                                const struct json *b);
/* a with what b says; b wins. Nothing goes. In arena, sharing values with both. */
struct json *typed_merge(struct arena *arena, const struct schema *schema, const struct json *a,
                         const struct json *b);
/* Without the paths in the set. Containers that become empty are null. */
struct json *typed_remove(struct arena *arena, const struct schema *schema, const struct json *value,
                          const struct field_set *set);
