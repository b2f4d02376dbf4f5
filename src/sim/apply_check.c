/* Whether a value can be walked by its schema, in the words of the real server. */
#include "schema/node.h"
#include "sim/apply_typed.h"
#include "sim/apply_walk.h"

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
            complain(checking, "expected numeric (int or float), got %s", schema_go_type(value));
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
        walk_push(&checking->path, walk_field(member->key));
        if (inner)
            check_typed(checking, inner, &member->value);
        else
            complain(checking, "field not declared in schema");
        checking->path.depth--;
        if (!inner)
            return; /* the first that is not known ends the walk of its object, as in the real server */
    }
}

static void complain_of_duplicate(struct checking *checking, const struct path_element *element) {
    struct buffer text = { 0 };

    path_element_print(&text, element);
    complain(checking, "duplicate entries for key %s", buffer_string(&text));
    buffer_clear(&text);
}

static void check_items(struct checking *checking, const struct schema *schema, const struct json *list) {
    struct walk_items items = walk_items(checking->arena, schema, list);

    for (size_t i = 0; i < items.count; i++) {
        size_t first = i;
        if (items.values[i] != &list->items[i])
            break; /* an item before it is not known: it was complained of */
        (void)walk_count(&items, &items.elements[i], &first);
        if (first != i && !checking->allows_duplicates)
            complain_of_duplicate(checking, &items.elements[i]);
        walk_push(&checking->path, items.elements[i]);
        check_typed(checking, walk_item(schema), items.values[i]);
        checking->path.depth--;
    }
    for (uint32_t i = 0; i < list->length; i++) {
        struct path_element unused = { 0 };
        const char *reason = NULL;
        if (walk_element(checking->arena, schema, &list->items[i], &unused, &reason))
            continue;
        complain(checking, "element %u: %s", i, reason);
        return; /* the first that can't be known ends the walk of its list, as in the real server */
    }
}

static void check_list(struct checking *checking, const struct schema *schema, const struct json *value) {
    if (json_is(value, JSON_NULL))
        return;
    if (!json_is(value, JSON_ARRAY)) {
        complain(checking, "expected list, got %s", shown(checking, value));
        return;
    }
    if (!walk_is_atomic_list(schema)) {
        check_items(checking, schema, value);
        return;
    }
    for (uint32_t i = 0; i < value->length; i++) {
        const struct json *index = json_new_integer(checking->arena, i);
        walk_push(&checking->path, (struct path_element){ .kind = PATH_INDEX, .value = index });
        check_typed(checking, walk_item(schema), &value->items[i]);
        checking->path.depth--;
    }
}

static void check_typed(struct checking *checking, const struct schema *schema, const struct json *value) {
    switch (walk_shape(schema, value)) {
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
    struct checking *checking = arena_alloc_unset(arena, sizeof(*checking));

    checking->arena = arena;
    checking->path.depth = 0;
    checking->allows_duplicates = allows_duplicates;
    checking->text = (struct buffer){ 0 };
    checking->complaints = 0;
    check_typed(checking, schema, value);
    if (checking->complaints > 0)
        error_set(err, ERROR_INVALID, "%s%s", checking->complaints > 1 ? "errors:\n  " : "",
                  buffer_string(&checking->text));
    buffer_clear(&checking->text);
    return checking->complaints == 0;
}
