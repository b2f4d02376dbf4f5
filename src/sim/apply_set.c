#include "sim/apply_set.h"

#include "schema/node.h"
#include "schema/value_order.h"

/* ---- elements ---- */

int path_element_compare(const struct path_element *a, const struct path_element *b) {
    if (a->kind != b->kind)
        return (int)a->kind - (int)b->kind;
    return a->kind == PATH_FIELD ? strcmp(a->name, b->name) : value_compare(a->value, b->value);
}

void path_element_print(struct buffer *out, const struct path_element *element) {
    const char *separator = "[";

    switch (element->kind) {
    case PATH_FIELD:
        buffer_printf(out, ".%s", element->name);
        return;
    case PATH_KEY:
        JSON_FOR_EACH_MEMBER (member, element->value) {
            buffer_printf(out, "%s%s=", separator, member->key);
            json_write(out, &member->value, NULL);
            separator = ",";
        }
        break;
    case PATH_VALUE:
        buffer_add_string(out, "[=");
        json_write(out, element->value, NULL);
        break;
    case PATH_INDEX:
        buffer_add_string(out, "[");
        json_write(out, element->value, NULL);
        break;
    }
    buffer_add_string(out, "]");
}

char *path_element_encode(struct arena *arena, const struct path_element *element) {
    switch (element->kind) {
    case PATH_FIELD:
        return arena_printf(arena, "f:%s", element->name);
    case PATH_KEY:
        return arena_printf(arena, "k:%s", json_print(arena, element->value));
    case PATH_VALUE:
        return arena_printf(arena, "v:%s", json_print(arena, element->value));
    case PATH_INDEX:
        return arena_printf(arena, "i:%s", json_print(arena, element->value));
    }
    return arena_strdup(arena, "");
}

/* *out_known is false for kinds that a later version may have. */
static bool decode_element(struct arena *arena, const char *text, struct path_element *out, bool *out_known,
                           struct error *err) {
    struct json *value = NULL;

    *out_known = true;
    if (strlen(text) < 2 || text[1] != ':')
        return error_set(err, ERROR_INVALID, "parsing key as path element: missing colon: %s", text);
    if (text[0] == 'f') {
        *out = (struct path_element){ .kind = PATH_FIELD, .name = arena_strdup(arena, text + 2) };
        return true;
    }
    if (!strchr("kvi", text[0])) {
        *out_known = false;
        return true;
    }
    if (!json_parse(arena, text_from(text + 2), NULL, &value, err))
        return error_wrap(err, "parsing key as path element");
    enum path_kind kind = text[0] == 'k' ? PATH_KEY : text[0] == 'v' ? PATH_VALUE : PATH_INDEX;
    if ((kind == PATH_KEY && !json_is(value, JSON_OBJECT)) ||
        (kind == PATH_INDEX && !json_is(value, JSON_INTEGER)))
        return error_set(err, ERROR_INVALID, "parsing key as path element: %s", text);
    json_sort(value);
    *out = (struct path_element){ .kind = kind, .value = value };
    return true;
}

/* ---- sets ---- */

bool field_set_is_empty(const struct field_set *set) {
    return set->count == 0;
}

/* Where the element is, or where it belongs. */
static size_t position(const struct field_set *set, const struct path_element *element, bool *out_found) {
    size_t low = 0;
    size_t high = set->count;

    *out_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = path_element_compare(&set->nodes[middle].element, element);
        if (order == 0) {
            *out_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct field_node *add_at(struct arena *arena, struct field_set *set, size_t index,
                                 struct field_node node) {
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 4;
        struct field_node *nodes = ARENA_ARRAY(arena, struct field_node, capacity);
        if (set->count > 0)
            memcpy(nodes, set->nodes, set->count * sizeof(*nodes));
        set->nodes = nodes;
        set->capacity = capacity;
    }
    memmove(&set->nodes[index + 1], &set->nodes[index], (set->count - index) * sizeof(*set->nodes));
    set->nodes[index] = node;
    set->count++;
    return &set->nodes[index];
}

static struct field_node *descend(struct arena *arena, struct field_set *set,
                                  const struct path_element *element) {
    bool found = false;
    size_t index = position(set, element, &found);

    return found ? &set->nodes[index] : add_at(arena, set, index, (struct field_node){ .element = *element });
}

void field_set_insert(struct arena *arena, struct field_set *set, const struct field_path *path) {
    for (size_t i = 0; i < path->depth; i++) {
        struct field_node *node = descend(arena, set, &path->elements[i]);
        if (i + 1 == path->depth)
            node->is_member = true;
        set = &node->children;
    }
}

void field_set_insert_dotted(struct arena *arena, struct field_set *set, const char *path) {
    for (struct text rest = text_from(path); rest.data;) {
        struct text name = text_cut(&rest, '.');
        struct path_element element = { .kind = PATH_FIELD,
                                        .name = arena_strndup(arena, name.data, name.length) };
        struct field_node *node = descend(arena, set, &element);
        node->is_member = node->is_member || !rest.data;
        set = &node->children;
    }
}

const struct field_node *field_set_find(const struct field_set *set, const struct path_element *element) {
    bool found = false;
    size_t index = position(set, element, &found);

    return found ? &set->nodes[index] : NULL;
}

static void add_last(struct arena *arena, struct field_set *set, struct field_node node) {
    if (node.is_member || node.children.count > 0)
        (void)add_at(arena, set, set->count, node);
}

struct field_set field_set_union(struct arena *arena, const struct field_set *a, const struct field_set *b) {
    struct field_set out = { 0 };
    size_t i = 0;
    size_t j = 0;

    while (i < a->count || j < b->count) {
        int order = i >= a->count   ? 1
                    : j >= b->count ? -1
                                    : path_element_compare(&a->nodes[i].element, &b->nodes[j].element);
        struct field_node node = order <= 0 ? a->nodes[i] : b->nodes[j];
        if (order == 0) {
            node.is_member = a->nodes[i].is_member || b->nodes[j].is_member;
            node.children = field_set_union(arena, &a->nodes[i].children, &b->nodes[j].children);
        }
        i += order <= 0;
        j += order >= 0;
        add_last(arena, &out, node);
    }
    return out;
}

struct field_set field_set_intersection(struct arena *arena, const struct field_set *a,
                                        const struct field_set *b) {
    struct field_set out = { 0 };

    for (size_t i = 0; i < a->count; i++) {
        const struct field_node *other = field_set_find(b, &a->nodes[i].element);
        if (!other)
            continue;
        add_last(arena, &out,
                 (struct field_node){
                     .element = a->nodes[i].element,
                     .is_member = a->nodes[i].is_member && other->is_member,
                     .children = field_set_intersection(arena, &a->nodes[i].children, &other->children),
                 });
    }
    return out;
}

static struct field_set subtract(struct arena *arena, const struct field_set *a, const struct field_set *b,
                                 bool is_recursive) {
    struct field_set out = { 0 };

    for (size_t i = 0; i < a->count; i++) {
        const struct field_node *other = field_set_find(b, &a->nodes[i].element);
        struct field_node node = a->nodes[i];
        if (other && other->is_member && is_recursive)
            continue;
        if (other) {
            node.is_member = node.is_member && !other->is_member;
            node.children = subtract(arena, &node.children, &other->children, is_recursive);
        }
        add_last(arena, &out, node);
    }
    return out;
}

struct field_set field_set_difference(struct arena *arena, const struct field_set *a,
                                      const struct field_set *b) {
    return subtract(arena, a, b, false);
}

struct field_set field_set_recursive_difference(struct arena *arena, const struct field_set *a,
                                                const struct field_set *b) {
    return subtract(arena, a, b, true);
}

struct field_set field_set_with_named(struct arena *arena, const struct field_set *set,
                                      const struct schema *schema) {
    struct field_set out = { 0 };

    for (size_t i = 0; i < set->count; i++) {
        struct field_node node = set->nodes[i];
        const struct schema *inner = NULL;
        if (schema && node.element.kind == PATH_FIELD) {
            inner = schema_member(schema, node.element.name);
            node.is_member = node.is_member || schema_property(schema, node.element.name);
        } else if (schema && node.element.kind == PATH_KEY) {
            inner = schema->items;
        }
        node.children = field_set_with_named(arena, &node.children, inner);
        add_last(arena, &out, node);
    }
    return out;
}

static bool is_one_leaf(const struct schema *schema) {
    return schema->is_atomic || (schema->type == SCHEMA_ARRAY && schema->list_type == SCHEMA_LIST_ATOMIC);
}

struct field_set field_set_reconcile(struct arena *arena, const struct field_set *set,
                                     const struct schema *schema) {
    struct field_set out = { 0 };

    for (size_t i = 0; i < set->count; i++) {
        struct field_node node = set->nodes[i];
        const struct schema *inner =
            node.element.kind == PATH_FIELD ? schema_member(schema, node.element.name) : schema->items;
        if (inner && node.children.count > 0 && is_one_leaf(inner)) {
            node.is_member = true;
            node.children = (struct field_set){ 0 };
        } else if (inner) {
            node.children = field_set_reconcile(arena, &node.children, inner);
        }
        add_last(arena, &out, node);
    }
    return out;
}

bool field_set_equal(const struct field_set *a, const struct field_set *b) {
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (path_element_compare(&a->nodes[i].element, &b->nodes[i].element) != 0 ||
            a->nodes[i].is_member != b->nodes[i].is_member ||
            !field_set_equal(&a->nodes[i].children, &b->nodes[i].children))
            return false;
    return true;
}

/* ---- FieldsV1 ---- */

struct json *field_set_print(struct arena *arena, const struct field_set *set) {
    struct json *out = json_new_object(arena);

    for (size_t i = 0; i < set->count; i++) {
        const struct field_node *node = &set->nodes[i];
        struct json *inner = json_new_object(arena);
        if (node->is_member && node->children.count > 0)
            (void)json_set_object(arena, inner, ".");
        const struct json *children = field_set_print(arena, &node->children);
        JSON_FOR_EACH_MEMBER (member, children)
            json_set(arena, inner, member->key, &member->value);
        json_set(arena, out, path_element_encode(arena, &node->element), inner);
    }
    return out;
}

bool field_set_parse(struct arena *arena, const struct json *fields, struct field_set *out_set,
                     struct error *err) {
    struct field_set set = { 0 };

    JSON_FOR_EACH_MEMBER (member, fields) {
        struct path_element element = { 0 };
        struct field_set children = { 0 };
        bool is_known = false;
        if (str_equal(member->key, "."))
            continue;
        if (!decode_element(arena, member->key, &element, &is_known, err))
            return false;
        if (!is_known)
            continue;
        if (!field_set_parse(arena, &member->value, &children, err))
            return false;
        struct field_node *node = descend(arena, &set, &element);
        node->is_member = node->is_member || children.count == 0 || json_get(&member->value, ".");
        node->children = children;
    }
    *out_set = set;
    return true;
}

struct visiting {
    struct field_path path;
    void (*visit)(void *context, const struct field_path *path);
    void *context;
};

/* Members of a set come before what is below any of them. */
static void visit_set(struct visiting *visiting, const struct field_set *set) {
    ensure(visiting->path.depth < FIELD_PATH_DEPTH_MAX);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < set->count; i++) {
            visiting->path.elements[visiting->path.depth++] = set->nodes[i].element;
            if (pass == 0 && set->nodes[i].is_member)
                visiting->visit(visiting->context, &visiting->path);
            if (pass == 1)
                visit_set(visiting, &set->nodes[i].children);
            visiting->path.depth--;
        }
    }
}

void field_set_visit(const struct field_set *set, void (*visit)(void *context, const struct field_path *path),
                     void *context) {
    struct visiting *visiting = XNEW(struct visiting);

    visiting->visit = visit;
    visiting->context = context;
    visit_set(visiting, set);
    free(visiting);
}
