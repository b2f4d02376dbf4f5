/* Rules in CEL over an object, from the root down.
 *
 * A rule that looks at oldSelf judges a change: it is left out where there is no value to compare with.
 * Members of objects are compared with the same member before, items of a list map with the item of the same
 * keys, other items with nothing. What an update leaves as it was is not held against it. After:
 * apiextensions-apiserver, pkg/apiserver/schema/cel/validation.go.
 */
#include "schema/field_name.h"
#include "schema/node.h"
#include "schema/value_order.h"

enum { MESSAGE_BYTES_MAX = 5 * 1024 };

struct walk {
    struct field_errors *errors;
    struct arena *scratch; /* for one rule */
    struct buffer path;
    bool warns;
};

static void walk_value(struct walk *walk, const struct schema *schema, const struct json *value,
                       const struct json *before);

/* ---- one rule ---- */

static const char *field_of(const struct walk *walk, const struct schema_validation *validation) {
    const char *path = buffer_string(&walk->path);

    if (!validation->field_path)
        return *path ? path : "<nil>";
    if (!*path)
        return validation->field_path;
    return arena_printf(walk->scratch, "%s%s%s", path, *validation->field_path == '[' ? "" : ".",
                        validation->field_path);
}

/* Values that have members are not shown. */
static const struct json *shown(const struct json *value) {
    return json_is(value, JSON_OBJECT) || json_is(value, JSON_ARRAY) ? NULL : value;
}

/* A message that is empty, too long or of several lines is not used. */
static const char *usable(struct arena *arena, const char *message) {
    struct text text = text_trim(text_from(message));

    return text.length == 0 || text.length > MESSAGE_BYTES_MAX || memchr(text.data, '\n', text.length)
               ? NULL
               : arena_strndup(arena, text.data, text.length);
}

static const char *message_of(struct walk *walk, const struct schema_validation *validation,
                              const struct cel_variable *variables, size_t count) {
    const char *message = NULL;
    struct error err = { 0 };

    if (validation->message_program &&
        cel_string(validation->message_program, walk->scratch, variables, count, &message, &err))
        message = usable(walk->scratch, message);
    return message ? message : validation->message;
}

static void judge(struct walk *walk, const struct schema_validation *validation, const struct json *value,
                  const struct json *before) {
    const struct cel_variable variables[] = {
        { .name = "self", .value = value },
        { .name = "oldSelf", .value = before, .is_optional = validation->has_optional_old },
    };
    size_t count = before || validation->has_optional_old ? 2 : 1;
    struct error err = { 0 };
    bool holds = false;

    if (!cel_holds(validation->program, walk->scratch, variables, count, &holds, &err))
        field_errors_add_rule(
            walk->errors, validation->number, FIELD_INVALID, field_of(walk, validation), NULL,
            arena_printf(walk->scratch, "%s evaluating rule: %s", err.text, validation->message));
    else if (!holds)
        field_errors_add_rule(walk->errors, validation->number, validation->type, field_of(walk, validation),
                              shown(value), message_of(walk, validation, variables, count));
}

static void judge_all(struct walk *walk, const struct schema *schema, const struct json *value,
                      const struct json *before) {
    const struct schema_validations *validations = walk->warns ? &schema->warnings : &schema->validations;
    bool is_unchanged = before && json_equal(before, value);

    for (size_t i = 0; i < validations->count; i++) {
        const struct schema_validation *validation = &validations->items[i];
        if (validation->uses_old ? !before && !validation->has_optional_old : is_unchanged && !walk->warns)
            continue;
        judge(walk, validation, value, before);
        arena_reset(walk->scratch);
    }
}

/* ---- what to compare with ---- */

static bool has_same_keys(const struct schema *list, const struct json *a, const struct json *b) {
    for (size_t i = 0; i < list->list_key_count; i++) {
        const struct json *left = json_get(a, list->list_keys[i]);
        const struct json *right = json_get(b, list->list_keys[i]);
        if (left != right && (!left || !right || value_compare(left, right) != 0))
            return false;
    }
    return true;
}

static const struct json *item_before(const struct schema *list, const struct json *before,
                                      const struct json *item) {
    if (list->list_type != SCHEMA_LIST_MAP)
        return NULL;
    JSON_FOR_EACH_ITEM (candidate, before)
        if (has_same_keys(list, candidate, item))
            return candidate;
    return NULL;
}

/* ---- the walk ---- */

static void walk_members(struct walk *walk, const struct schema *schema, const struct json *object,
                         const struct json *before) {
    JSON_FOR_EACH_MEMBER (member, object) {
        const struct schema_property *property = schema_property(schema, member->key);
        const struct schema *inner = property ? property->schema : schema->additional;
        size_t length = walk->path.length;
        if (!inner || !inner->has_validations_within)
            continue;
        if (property)
            (void)field_name_push(&walk->path, member->key);
        else
            buffer_printf(&walk->path, "[%s]", member->key);
        walk_value(walk, inner, &member->value, schema->is_atomic ? NULL : json_get(before, member->key));
        buffer_truncate(&walk->path, length);
    }
}

static void walk_items(struct walk *walk, const struct schema *schema, const struct json *array,
                       const struct json *before) {
    for (uint32_t i = 0; i < array->length; i++) {
        size_t length = field_name_push_index(&walk->path, i);
        walk_value(walk, schema->items, &array->items[i], item_before(schema, before, &array->items[i]));
        buffer_truncate(&walk->path, length);
    }
}

static void walk_value(struct walk *walk, const struct schema *schema, const struct json *value,
                       const struct json *before) {
    if (json_is(value, JSON_NULL))
        return;
    judge_all(walk, schema, value, json_is(before, JSON_NULL) ? NULL : before);
    if (json_is(value, JSON_OBJECT))
        walk_members(walk, schema, value, before);
    else if (json_is(value, JSON_ARRAY) && schema->items && schema->items->has_validations_within)
        walk_items(walk, schema, value, before);
}

void schema_validate_rules(const struct schema *schema, const struct json *object, const struct json *before,
                           bool warns, struct field_errors *errors) {
    CLEANUP_ARENA struct arena *scratch = arena_new();
    struct walk walk = { .errors = errors, .scratch = scratch, .warns = warns };

    if (schema->has_validations_within)
        walk_value(&walk, schema, object, before);
    buffer_clear(&walk.path);
}
