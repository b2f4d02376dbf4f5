/* Strategic merge patch. Works on copies of document and patch: directives are taken out of the patch as they
 * are carried out.
 * After: k8s.io/apimachinery, util/strategicpatch (patch.go), whose steps these functions follow one by one.
 */
#include "schema/node.h"
#include "sim/patch.h"

#define DIRECTIVE     "$patch"
#define DELETE_LIST   "$deleteFromPrimitiveList/"
#define ELEMENT_ORDER "$setElementOrder/"
#define RETAIN_KEYS   "$retainKeys"

struct merging {
    struct arena *arena;
    struct error *err;
};

/* What the schema says of one field. */
struct field {
    const struct schema *schema; /* of its value; NULL when it is not known */
    const char *merge_key;       /* NULL: none */
    unsigned strategy;
};

static bool merge_map(struct merging *merging, const struct schema *schema, struct json *original,
                      struct json *patch);

static struct field field_of(const struct schema *schema, const char *name) {
    const struct schema_property *property = schema ? schema_property(schema, name) : NULL;

    if (property)
        return (struct field){ property->schema, property->merge_key, property->strategy };
    return (struct field){ schema ? schema->additional : NULL, NULL, 0 };
}

/* Takes $patch directives out of a value that is new to the document; false when the value itself was one. */
static bool remove_directives(struct json *value) {
    uint32_t kept = 0;

    if (json_is(value, JSON_OBJECT)) {
        if (json_get(value, DIRECTIVE))
            return false;
        for (uint32_t i = 0; i < value->length; i++)
            if (remove_directives(&value->members[i].value))
                value->members[kept++] = value->members[i];
        value->length = kept;
    } else if (json_is(value, JSON_ARRAY)) {
        for (uint32_t i = 0; i < value->length; i++)
            if (remove_directives(&value->items[i]))
                value->items[kept++] = value->items[i];
        value->length = kept;
    }
    return true;
}

/* In objects, not in lists: what the real server does. */
static void discard_nulls(struct json *value) {
    uint32_t kept = 0;

    if (!json_is(value, JSON_OBJECT))
        return;
    for (uint32_t i = 0; i < value->length; i++) {
        if (json_is(&value->members[i].value, JSON_NULL))
            continue;
        discard_nulls(&value->members[i].value);
        value->members[kept++] = value->members[i];
    }
    value->length = kept;
}

static void set_new(struct merging *merging, struct json *original, const char *key, struct json *value) {
    discard_nulls(value);
    if (remove_directives(value))
        json_set(merging->arena, original, key, value);
    else
        json_remove(original, key);
}

static bool contains(const struct json *array, const struct json *value) {
    JSON_FOR_EACH_ITEM (item, array)
        if (json_equal(item, value))
            return true;
    return false;
}

/* ---- lists ---- */

static const char *shown(struct merging *merging, const struct json *value) {
    struct buffer text = { 0 };

    schema_print_go(&text, value);
    const char *copy = arena_strdup(merging->arena, buffer_string(&text));
    buffer_clear(&text);
    return copy;
}

static bool refuse_no_key(struct merging *merging, const struct json *item, const char *merge_key) {
    return error_set(merging->err, ERROR_INVALID, "map: %s does not contain declared merge key: %s",
                     shown(merging, item), merge_key);
}

/* Whether all items of both lists are objects, or all are scalars. */
static bool kind_of_items(struct merging *merging, const struct json *a, const struct json *b,
                          bool *out_are_objects) {
    const struct json *lists[] = { a, b };
    size_t objects = 0;
    size_t others = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
        JSON_FOR_EACH_ITEM (item, lists[i]) {
            if (json_is(item, JSON_ARRAY))
                return error_set(merging->err, ERROR_INVALID, "lists of lists are not supported");
            if (json_is(item, JSON_OBJECT))
                objects++;
            else
                others++;
        }
    }
    if (objects > 0 && others > 0)
        return error_set(merging->err, ERROR_INVALID, "list element types are not identical");
    *out_are_objects = objects > 0;
    return true;
}

/* Where the list has the item of this key (or, without a merge key, this value); negative when it has not. */
static int64_t index_in(const struct json *list, const struct json *item, const char *merge_key) {
    const struct json *wanted = merge_key ? json_get(item, merge_key) : item;

    for (uint32_t i = 0; wanted && i < json_length(list); i++) {
        const struct json *value = merge_key ? json_get(&list->items[i], merge_key) : &list->items[i];
        if (value && json_equal(value, wanted))
            return i;
    }
    return -1;
}

/* Sorts items by where order has them; those that it has not stay in front of what follows. */
static void sort_by(struct json *items, const struct json *order, const char *merge_key) {
    for (uint32_t i = 1; i < items->length; i++) {
        struct json item = items->items[i];
        int64_t place = index_in(order, &item, merge_key);
        uint32_t j = i;
        while (j > 0 && place >= 0 && index_in(order, &items->items[j - 1], merge_key) > place) {
            items->items[j] = items->items[j - 1];
            j--;
        }
        items->items[j] = item;
    }
}

/* Merges items that only the server has between those that the patch orders, where they were before. */
static struct json *interleave(struct merging *merging, const struct json *server, const struct json *patch,
                               const struct json *server_order, const char *merge_key) {
    struct json *all = json_new_array(merging->arena);
    uint32_t i = 0;
    uint32_t j = 0;

    while (i < server->length || j < patch->length) {
        bool takes_server = j >= patch->length;
        if (i < server->length && j < patch->length) {
            int64_t left = index_in(server_order, &server->items[i], merge_key);
            int64_t right = index_in(server_order, &patch->items[j], merge_key);
            takes_server = left >= 0 && right >= 0 && left < right;
        }
        json_append(merging->arena, all, takes_server ? &server->items[i++] : &patch->items[j++]);
    }
    return all;
}

/* Orders merged: items that `order` names in its order, the others where the server had them. */
static bool order_items(struct merging *merging, const struct json *merged, const struct json *order,
                        const struct json *server_order, const char *merge_key, struct json **out_list) {
    struct json *ordered = json_new_array(merging->arena);
    struct json *server_only = json_new_array(merging->arena);

    JSON_FOR_EACH_ITEM (item, merged) {
        if (merge_key && !json_get(item, merge_key))
            return refuse_no_key(merging, item, merge_key);
        bool is_ordered = index_in(order, item, merge_key) >= 0;
        json_append(merging->arena, is_ordered ? ordered : server_only, item);
    }
    sort_by(ordered, order, merge_key);
    sort_by(server_only, server_order, merge_key);
    *out_list = interleave(merging, server_only, ordered, server_order, merge_key);
    return true;
}

static void remove_matching(struct json *list, const struct json *item, const char *merge_key) {
    for (int64_t found = index_in(list, item, merge_key); found >= 0; found = index_in(list, item, merge_key))
        json_remove_item(list, (size_t)found);
}

/* Carries out the items that are directives; *out_patch: the items that are left. *out_replaces: the list
 * becomes just these. */
static bool apply_list_directives(struct merging *merging, struct json *original, const struct json *patch,
                                  const char *merge_key, struct json **out_patch, bool *out_replaces) {
    *out_patch = json_new_array(merging->arena);
    *out_replaces = false;
    JSON_FOR_EACH_ITEM (item, patch) {
        const char *directive = json_string(json_get(item, DIRECTIVE), NULL);
        if (!json_get(item, DIRECTIVE)) {
            json_append(merging->arena, *out_patch, item);
        } else if (str_equal(directive, "replace")) {
            *out_replaces = true;
        } else if (str_equal(directive, "delete")) {
            if (!json_get(item, merge_key))
                return refuse_no_key(merging, item, merge_key);
            remove_matching(original, item, merge_key);
        } else if (str_equal(directive, "merge")) {
            return error_set(merging->err, ERROR_INVALID,
                             "merging lists cannot yet be specified in the patch");
        } else {
            return error_set(merging->err, ERROR_INVALID, "unknown patch type: %s in map: %s",
                             directive ? directive : "", shown(merging, item));
        }
    }
    return true;
}

static bool merge_objects(struct merging *merging, const struct schema *items, struct json *original,
                          const struct json *patch, const char *merge_key, struct json **out_list) {
    struct json *rest = NULL;
    bool replaces = false;

    if (!merge_key)
        return error_set(merging->err, ERROR_INVALID, "cannot merge lists without merge key");
    if (!apply_list_directives(merging, original, patch, merge_key, &rest, &replaces))
        return false;
    struct json *before = json_copy(merging->arena, original);
    if (replaces) {
        *out_list = rest;
        return true;
    }
    JSON_FOR_EACH_ITEM (item, rest) {
        if (!json_get(item, merge_key))
            return refuse_no_key(merging, item, merge_key);
        int64_t found = index_in(original, item, merge_key);
        if (found < 0)
            json_append(merging->arena, original, item);
        else if (!merge_map(merging, items, &original->items[found], item))
            return false;
    }
    return order_items(merging, original, rest, before, merge_key, out_list);
}

static bool merge_scalars(struct merging *merging, const struct json *original, const struct json *patch,
                          struct json **out_list) {
    struct json *all = json_new_array(merging->arena);
    const struct json *lists[] = { original, patch };

    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
        JSON_FOR_EACH_ITEM (item, lists[i])
            if (!contains(all, item))
                json_append(merging->arena, all, item);
    return order_items(merging, all, patch, original, NULL, out_list);
}

static bool merge_list(struct merging *merging, struct field field, struct json *original, struct json *patch,
                       struct json **out_list) {
    bool are_objects = false;

    if (!(field.strategy & SCHEMA_STRATEGY_MERGE) || (original->length == 0 && patch->length == 0)) {
        *out_list = patch;
        return true;
    }
    if (!kind_of_items(merging, original, patch, &are_objects))
        return false;
    const struct schema *items = field.schema ? field.schema->items : NULL;
    return are_objects ? merge_objects(merging, items, original, patch, field.merge_key, out_list)
                       : merge_scalars(merging, original, patch, out_list);
}

/* ---- directives of a map ---- */

static bool apply_retain_keys(struct merging *merging, struct json *original, struct json *patch) {
    const struct json *found = json_get(patch, RETAIN_KEYS);
    uint32_t kept = 0;

    if (!found)
        return true;
    struct json *retained = json_copy(merging->arena, found);
    json_remove(patch, RETAIN_KEYS);
    bool is_sound = json_is(retained, JSON_ARRAY);
    JSON_FOR_EACH_MEMBER (member, patch) {
        bool is_exempt = json_is(&member->value, JSON_NULL) || str_starts_with(member->key, DELETE_LIST) ||
                         str_starts_with(member->key, ELEMENT_ORDER);
        is_sound =
            is_sound && (is_exempt || contains(retained, json_new_string(merging->arena, member->key)));
    }
    if (!is_sound)
        return error_set(merging->err, ERROR_PROTOCOL, "invalid patch format of retainKeys");
    for (uint32_t i = 0; i < original->length; i++)
        if (contains(retained, json_new_string(merging->arena, original->members[i].key)))
            original->members[kept++] = original->members[i];
    original->length = kept;
    return true;
}

/* The items of the patch must come in the order that is asked for. */
static bool check_order(struct merging *merging, const struct json *patch, const struct json *order,
                        const char *merge_key) {
    uint32_t next = 0;

    JSON_FOR_EACH_ITEM (item, patch) {
        if (json_get(item, DIRECTIVE))
            continue;
        int64_t found = -1;
        for (; next < order->length && found < 0; next++) {
            const struct json *wanted = merge_key ? json_get(item, merge_key) : item;
            const struct json *candidate =
                merge_key ? json_get(&order->items[next], merge_key) : &order->items[next];
            if (wanted && candidate && json_equal(wanted, candidate))
                found = next;
        }
        if (found < 0)
            return error_set(merging->err, ERROR_INVALID,
                             "The order in patch list:\n%s\n doesn't match %s list:\n%s\n",
                             shown(merging, patch), "$setElementOrder", shown(merging, order));
    }
    return true;
}

static bool apply_element_order(struct merging *merging, const struct schema *schema, struct json *original,
                                struct json *patch, const char *key, const struct json *order) {
    struct field field = field_of(schema, key);
    struct json *server = json_get(original, key);
    struct json *changes = json_get(patch, key);
    struct json *merged = server;
    struct json *ordered = NULL;

    if (!json_is(order, JSON_ARRAY) || (server && !json_is(server, JSON_ARRAY)) ||
        (changes && !json_is(changes, JSON_ARRAY)))
        return error_set(merging->err, ERROR_PROTOCOL, "invalid patch format of setElementOrder list");
    if (!server && !changes)
        return true;
    if (changes && !check_order(merging, changes, order, field.merge_key))
        return false;
    /* What is deleted loses its place, even when it is added again. */
    struct json *server_order = server ? json_copy(merging->arena, server) : json_new_array(merging->arena);
    JSON_FOR_EACH_ITEM (item, changes)
        if (str_equal(json_string(json_get(item, DIRECTIVE), ""), "delete") && field.merge_key)
            remove_matching(server_order, item, field.merge_key);
    if (server && changes && !merge_list(merging, field, server, changes, &merged))
        return false;
    if (!server) {
        merged = json_copy(merging->arena, changes);
        (void)remove_directives(merged);
    }
    if (!order_items(merging, merged, order, server_order, field.merge_key, &ordered))
        return false;
    json_set(merging->arena, original, key, ordered);
    json_remove(patch, key);
    return true;
}

static bool apply_element_orders(struct merging *merging, const struct schema *schema, struct json *original,
                                 struct json *patch) {
    for (uint32_t i = 0; i < patch->length;) {
        const char *key = patch->members[i].key;
        if (!str_starts_with(key, ELEMENT_ORDER)) {
            i++;
            continue;
        }
        const struct json *order = json_copy(merging->arena, &patch->members[i].value);
        json_remove(patch, key);
        if (!apply_element_order(merging, schema, original, patch, key + strlen(ELEMENT_ORDER), order))
            return false;
        i = 0; /* members have moved */
    }
    return true;
}

static void delete_from_list(struct json *original, const char *key, const struct json *values) {
    struct json *list = json_get(original, key);
    uint32_t kept = 0;

    if (!json_is(values, JSON_ARRAY) || !json_is(list, JSON_ARRAY))
        return; /* as the real server: not an error */
    for (uint32_t i = 0; i < list->length; i++)
        if (!contains(values, &list->items[i]))
            list->items[kept++] = list->items[i];
    list->length = kept;
}

/* ---- */

static bool merge_member(struct merging *merging, const struct schema *schema, struct json *original,
                         const char *key, struct json *value) {
    struct json *found = json_get(original, key);
    struct field field = field_of(schema, key);
    struct json *list = NULL;

    if (json_is(value, JSON_NULL)) {
        json_remove(original, key);
        return true;
    }
    if (json_is(found, JSON_OBJECT) && json_is(value, JSON_OBJECT) &&
        !(field.strategy & SCHEMA_STRATEGY_REPLACE))
        return merge_map(merging, field.schema, found, value);
    if (json_is(found, JSON_ARRAY) && json_is(value, JSON_ARRAY)) {
        if (!merge_list(merging, field, found, value, &list))
            return false;
        json_set(merging->arena, original, key, list);
        return true;
    }
    set_new(merging, original, key, value);
    return true;
}

static bool apply_directive(struct merging *merging, struct json *original, struct json *patch,
                            const struct json *found) {
    const char *directive = json_string(found, "");

    if (str_equal(directive, "delete")) {
        *original = *json_new_object(merging->arena);
        return true;
    }
    if (!str_equal(directive, "replace"))
        return error_set(merging->err, ERROR_INVALID, "unknown patch type: %s in map: %s", directive,
                         shown(merging, patch));
    json_remove(patch, DIRECTIVE);
    *original = *patch;
    return true;
}

static bool merge_map(struct merging *merging, const struct schema *schema, struct json *original,
                      struct json *patch) {
    const struct json *directive = json_get(patch, DIRECTIVE);

    if (directive)
        return apply_directive(merging, original, patch, directive);
    if (!apply_retain_keys(merging, original, patch) ||
        !apply_element_orders(merging, schema, original, patch))
        return false;
    JSON_FOR_EACH_MEMBER (member, patch) {
        if (str_starts_with(member->key, DELETE_LIST))
            delete_from_list(original, member->key + strlen(DELETE_LIST), &member->value);
        else if (!merge_member(merging, schema, original, member->key, &member->value))
            return false;
    }
    return true;
}

bool patch_strategic(struct arena *arena, const struct schema *schema, const struct json *document,
                     const struct json *patch, struct json **out_document, struct error *err) {
    struct merging merging = { .arena = arena, .err = err };
    struct json *original = json_copy(arena, document);

    if (!json_is(patch, JSON_OBJECT) || !json_is(original, JSON_OBJECT))
        return error_set(err, ERROR_PROTOCOL,
                         "json: cannot unmarshal %s into Go value of type map[string]interface {}",
                         json_is(patch, JSON_ARRAY)    ? "array"
                         : json_is(patch, JSON_STRING) ? "string"
                                                       : "value");
    if (!merge_map(&merging, schema, original, json_copy(arena, patch)))
        return false;
    *out_document = original;
    return true;
}
