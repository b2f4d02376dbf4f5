/* Validation against the schema, with the words of the API server.
 *
 * Custom objects are judged by all that their schema says. Built-in objects have been decoded by Go's
 * structs, so that their types are right; of their schema, enums and required names are judged. What only Go
 * code knows of them (immutable fields, references between fields) is judged where their semantics live.
 * After: k8s.io/kube-openapi, pkg/validation/validate and errors; apiextensions-apiserver,
 * pkg/apiserver/validation and schema/listtype.
 */
#include "schema/node.h"

#include <math.h>

/* Beyond it a double that has no fraction is a number, not an integer: 2^53 - 1, as in Go's swag. */
#define SCHEMA_WHOLE_DOUBLE_MAX 9007199254740991.0

struct validator {
    struct field_errors *errors;
    struct buffer path;
    bool is_builtin;
};

static void check(struct validator *validator, const struct schema *schema, const struct json *value);

static size_t push(struct buffer *path, const char *name) {
    size_t length = path->length;

    if (length > 0)
        buffer_add_char(path, '.');
    buffer_add_string(path, name);
    return length;
}

static size_t push_index(struct buffer *path, size_t index) {
    size_t length = path->length;

    buffer_printf(path, "[%zu]", index);
    return length;
}

static void pop(struct buffer *path, size_t length) {
    path->length = length;
    if (path->data)
        path->data[length] = '\0';
}

static const char *where(const struct validator *validator) {
    return validator->path.length > 0 ? buffer_string(&validator->path) : "<nil>";
}

/* "spec.x in body"; the object itself has no name: " in body". */
static const char *in_body(const struct validator *validator) {
    return arena_printf(validator->errors->arena, "%s in body", buffer_string(&validator->path));
}

static void refuse(struct validator *validator, const struct json *value, const char *complaint) {
    field_errors_add(validator->errors, FIELD_INVALID, where(validator), value, "%s %s", in_body(validator),
                     complaint);
}

/* ---- types ---- */

static const char *type_name(enum schema_type type) {
    switch (type) {
    case SCHEMA_ANY:
        return "";
    case SCHEMA_OBJECT:
        return "object";
    case SCHEMA_ARRAY:
        return "array";
    case SCHEMA_STRING:
        return "string";
    case SCHEMA_INTEGER:
        return "integer";
    case SCHEMA_NUMBER:
        return "number";
    case SCHEMA_BOOLEAN:
        return "boolean";
    }
    return "";
}

static const char *value_type_name(const struct json *value) {
    switch (value->type) {
    case JSON_NULL:
        return "null";
    case JSON_FALSE:
    case JSON_TRUE:
        return "boolean";
    case JSON_INTEGER:
        return "integer";
    case JSON_DOUBLE:
        return "number";
    case JSON_STRING:
        return "string";
    case JSON_ARRAY:
        return "array";
    case JSON_OBJECT:
        return "object";
    }
    return "";
}

static bool has_type(const struct schema *schema, const struct json *value) {
    if (json_is(value, JSON_NULL))
        return schema->is_nullable || schema->type == SCHEMA_ANY;
    if (schema->is_int_or_string)
        return json_is(value, JSON_STRING) || json_is(value, JSON_INTEGER) || schema->is_quantity;
    switch (schema->type) {
    case SCHEMA_ANY:
        return true;
    case SCHEMA_OBJECT:
        return json_is(value, JSON_OBJECT);
    case SCHEMA_ARRAY:
        return json_is(value, JSON_ARRAY);
    case SCHEMA_STRING:
        return json_is(value, JSON_STRING);
    case SCHEMA_INTEGER:
        return json_is(value, JSON_INTEGER) ||
               (json_is(value, JSON_DOUBLE) && value->number == trunc(value->number) &&
                fabs(value->number) <= SCHEMA_WHOLE_DOUBLE_MAX);
    case SCHEMA_NUMBER:
        return json_is_number(value);
    case SCHEMA_BOOLEAN:
        return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE);
    }
    return false;
}

static void refuse_type(struct validator *validator, const char *wanted, const char *found) {
    struct arena *arena = validator->errors->arena;

    field_errors_add(validator->errors, FIELD_TYPE_INVALID, where(validator), json_new_string(arena, found),
                     "%s must be of type %s: \"%s\"", in_body(validator), wanted, found);
}

/* ---- scalars ---- */

static size_t characters(const struct json *string) {
    size_t count = 0;

    for (uint32_t i = 0; i < string->length; i++)
        count += ((unsigned char)string->string[i] & 0xC0) != 0x80;
    return count;
}

static bool matches_pattern(const struct schema_rules *rules, const struct json *string) {
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(rules->pattern_code, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);

    pcre2_set_match_limit(context, SCHEMA_PATTERN_STEPS_MAX);
    int found =
        pcre2_match(rules->pattern_code, (PCRE2_SPTR)string->string, string->length, 0, 0, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return found >= 0;
}

/* Of length and pattern, the first breach is told. */
static void check_text(struct validator *validator, const struct schema_rules *rules,
                       const struct json *value) {
    struct arena *arena = validator->errors->arena;
    int64_t length = (int64_t)characters(value);

    if (rules->length_max >= 0 && length > rules->length_max)
        field_errors_add(validator->errors, FIELD_TOO_LONG, where(validator), NULL,
                         "may not be more than %lld %s", (long long)rules->length_max,
                         rules->length_max == 1 ? "byte" : "bytes");
    else if (rules->length_min >= 0 && length < rules->length_min)
        refuse(validator, value,
               arena_printf(arena, "should be at least %lld chars long", (long long)rules->length_min));
    else if (rules->pattern_code && !matches_pattern(rules, value)) {
        refuse(validator, value, arena_printf(arena, "should match '%s'", rules->pattern));
        struct field_error *error = field_errors_last(validator->errors);
        if (error)
            error->allowed = rules->allowed_words;
    }
}

static void check_string(struct validator *validator, const struct schema_rules *rules,
                         const struct json *value) {
    check_text(validator, rules, value);
    if (rules->format && !schema_format_matches(rules->format, value->string))
        field_errors_add(validator->errors, FIELD_TYPE_INVALID, where(validator), value,
                         "%s must be of type %s: %s", in_body(validator), rules->format,
                         json_print(validator->errors->arena, value));
}

static const char *print_number(struct arena *arena, double number, bool is_integer) {
    return is_integer ? arena_printf(arena, "%lld", (long long)number)
                      : json_print(arena, json_new_number(arena, number));
}

/* Integers are divided by the whole part of the factor, as in the real server. */
static void check_multiple(struct validator *validator, const struct schema_rules *rules,
                           const struct json *value) {
    struct arena *arena = validator->errors->arena;
    double factor = json_is(value, JSON_INTEGER) ? trunc(rules->multiple_of) : rules->multiple_of;
    double quotient = json_number(value, 0) / factor;

    if (factor <= 0)
        field_errors_add(validator->errors, FIELD_INVALID, where(validator), value,
                         "factor MultipleOf declared for %s must be positive: %s", where(validator),
                         print_number(arena, factor, true));
    else if (fabs(quotient - round(quotient)) > 1e-9)
        refuse(validator, value,
               arena_printf(arena, "should be a multiple of %s",
                            print_number(arena, rules->multiple_of, rules->multiple_of_is_integer)));
}

static void check_number(struct validator *validator, const struct schema_rules *rules,
                         const struct json *value) {
    struct arena *arena = validator->errors->arena;
    double number = json_number(value, 0);
    bool is_above = rules->maximum_is_exclusive ? number >= rules->maximum : number > rules->maximum;
    bool is_below = rules->minimum_is_exclusive ? number <= rules->minimum : number < rules->minimum;

    if (rules->has_multiple_of)
        check_multiple(validator, rules, value);
    if (rules->has_maximum && is_above)
        refuse(validator, value,
               arena_printf(arena, "should be less than %s%s",
                            rules->maximum_is_exclusive ? "" : "or equal to ",
                            print_number(arena, rules->maximum, rules->maximum_is_integer)));
    if (rules->has_minimum && is_below)
        refuse(validator, value,
               arena_printf(arena, "should be greater than %s%s",
                            rules->minimum_is_exclusive ? "" : "or equal to ",
                            print_number(arena, rules->minimum, rules->minimum_is_integer)));
}

static void check_enum(struct validator *validator, const struct schema_rules *rules,
                       const struct json *value) {
    struct arena *arena = validator->errors->arena;
    const char **words = ARENA_ARRAY(arena, const char *, json_length(rules->allowed));
    size_t count = 0;

    JSON_FOR_EACH_ITEM (item, rules->allowed) {
        if (json_equal(item, value))
            return;
        words[count++] = json_is(item, JSON_STRING) ? item->string : json_print(arena, item);
    }
    field_errors_add_unsupported(validator->errors, where(validator), value, words, count);
}

/* ---- lists ---- */

static void check_array(struct validator *validator, const struct schema *schema, const struct json *array) {
    const struct schema_rules *rules = schema->rules;
    struct arena *arena = validator->errors->arena;

    if (schema->items)
        for (uint32_t i = 0; i < array->length; i++) {
            size_t length = push_index(&validator->path, i);
            check(validator, schema->items, &array->items[i]);
            pop(&validator->path, length);
        }
    if (rules && rules->items_min >= 0 && array->length < rules->items_min)
        refuse(validator, json_new_integer(arena, array->length),
               arena_printf(arena, "should have at least %lld items", (long long)rules->items_min));
    if (rules && rules->items_max >= 0 && array->length > rules->items_max)
        field_errors_add(validator->errors, FIELD_TOO_MANY, where(validator),
                         json_new_integer(arena, array->length), "must have at most %lld %s",
                         (long long)rules->items_max, rules->items_max == 1 ? "item" : "items");
}

/* ---- objects ---- */

/* For built-in kinds an empty name is as bad as none; other empty values may be meant. */
static bool is_missing(const struct validator *validator, const struct schema *schema,
                       const struct json *object, const char *name) {
    const struct json *value = json_get(object, name);
    const struct schema_property *property = schema_property(schema, name);

    if (!validator->is_builtin)
        return !value;
    if (property && property->schema->type == SCHEMA_STRING)
        return str_empty(json_string(value, ""));
    return str_equal(name, "containers") ? json_length(value) == 0
                                         : str_equal(name, "selector") && !json_is(value, JSON_OBJECT);
}

static void check_object_rules(struct validator *validator, const struct schema *schema,
                               const struct json *object) {
    const struct schema_rules *rules = schema->rules;
    struct arena *arena = validator->errors->arena;

    if (rules->properties_min >= 0 && object->length < rules->properties_min)
        refuse(validator, json_new_integer(arena, object->length),
               arena_printf(arena, "should have at least %lld properties", (long long)rules->properties_min));
    if (rules->properties_max >= 0 && object->length > rules->properties_max)
        field_errors_add(validator->errors, FIELD_TOO_MANY, where(validator),
                         json_new_integer(arena, object->length), "must have at most %lld %s",
                         (long long)rules->properties_max, rules->properties_max == 1 ? "item" : "items");
    for (size_t i = 0; i < rules->required_count; i++) {
        if (!is_missing(validator, schema, object, rules->required[i]))
            continue;
        size_t length = push(&validator->path, rules->required[i]);
        field_errors_add(validator->errors, FIELD_REQUIRED, where(validator), NULL, "%s", "");
        pop(&validator->path, length);
    }
}

static void require_name(struct validator *validator, const struct json *object, const char *name) {
    if (!str_empty(json_string(json_get(object, name), "")))
        return;
    size_t length = push(&validator->path, name);
    field_errors_add(validator->errors, FIELD_REQUIRED, where(validator), NULL, "%s", "");
    pop(&validator->path, length);
}

static void check_name(struct validator *validator, const struct schema *schema,
                       const struct json *metadata) {
    const struct json *name = json_get(metadata, "name");
    if (!schema || !name)
        return;
    size_t length = push(&validator->path, "metadata.name");
    check(validator, schema, name);
    pop(&validator->path, length);
}

static void check_object(struct validator *validator, const struct schema *schema,
                         const struct json *object) {
    if (schema->rules)
        check_object_rules(validator, schema, object);
    if (schema->is_embedded) {
        require_name(validator, object, "apiVersion");
        require_name(validator, object, "kind");
    }
    JSON_FOR_EACH_MEMBER (member, object) {
        const struct schema_property *property = schema_property(schema, member->key);
        const struct schema *inner = property ? property->schema : schema->additional;
        bool is_root_of_builtin = validator->is_builtin && schema->kind;
        if (schema->kind && str_equal(member->key, "metadata")) {
            check_name(validator, schema->kind->name, &member->value);
            continue;
        }
        if (!inner || (is_root_of_builtin && str_equal(member->key, "status")))
            continue;
        size_t length = push(&validator->path, member->key);
        check(validator, inner, &member->value);
        pop(&validator->path, length);
    }
}

/* ---- schemas of schemas ---- */

/* What the schema says against the value, at the place where the validator is. */
static struct field_errors try_schema(const struct validator *validator, const struct schema *schema,
                                      const struct json *value) {
    struct field_errors errors = { .arena = validator->errors->arena };
    struct validator inner = { .errors = &errors, .is_builtin = validator->is_builtin };

    buffer_add_text(&inner.path, buffer_text(&validator->path));
    check(&inner, schema, value);
    buffer_clear(&inner.path);
    return errors;
}

static void take_over(struct validator *validator, const struct field_errors *errors) {
    for (size_t i = 0; i < errors->count; i++)
        field_errors_add_error(validator->errors, &errors->items[i]);
}

static void refuse_combination(struct validator *validator, const char *text) {
    struct arena *arena = validator->errors->arena;

    field_errors_add(validator->errors, FIELD_INVALID, "<nil>", json_new_string(arena, ""), "\"%s\" %s",
                     buffer_string(&validator->path), text);
}

/* How many schemas of the list accept the value; *out_failure: the errors of the first that does not. */
static size_t count_matches(const struct validator *validator, const struct schema_list *list,
                            const struct json *value, struct field_errors *out_failure) {
    size_t matches = 0;

    for (size_t i = list->count; i-- > 0;) {
        struct field_errors errors = try_schema(validator, list->items[i], value);
        if (errors.count == 0)
            matches++;
        else
            *out_failure = errors;
    }
    return matches;
}

static void check_any_of(struct validator *validator, const struct schema_list *list,
                         const struct json *value) {
    struct field_errors failure = { 0 };

    if (list->count == 0 || count_matches(validator, list, value, &failure) > 0)
        return;
    refuse_combination(validator, "must validate at least one schema (anyOf)");
    take_over(validator, &failure);
}

static void check_one_of(struct validator *validator, const struct schema_list *list,
                         const struct json *value) {
    struct field_errors failure = { 0 };
    struct arena *arena = validator->errors->arena;
    size_t matches = list->count > 0 ? count_matches(validator, list, value, &failure) : 1;

    if (matches == 1)
        return;
    if (matches > 1) {
        refuse_combination(validator,
                           arena_printf(arena,
                                        "must validate one and only one schema (oneOf). Found %zu valid "
                                        "alternatives",
                                        matches));
        return;
    }
    refuse_combination(validator, "must validate one and only one schema (oneOf). Found none valid");
    take_over(validator, &failure);
}

static void check_all_of(struct validator *validator, const struct schema_list *list,
                         const struct json *value) {
    size_t matches = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct field_errors errors = try_schema(validator, list->items[i], value);
        matches += errors.count == 0;
        take_over(validator, &errors);
    }
    if (matches < list->count)
        refuse_combination(validator, matches > 0 ? "must validate all the schemas (allOf)"
                                                  : "must validate all the schemas (allOf). None validated");
}

static void check_combinations(struct validator *validator, const struct schema_rules *rules,
                               const struct json *value) {
    check_any_of(validator, &rules->any_of, value);
    check_one_of(validator, &rules->one_of, value);
    check_all_of(validator, &rules->all_of, value);
    if (rules->not_schema && try_schema(validator, rules->not_schema, value).count == 0)
        refuse_combination(validator, "must not validate the schema (not)");
}

static void check(struct validator *validator, const struct schema *schema, const struct json *value) {
    const struct schema_rules *rules = schema->rules;

    if (json_is(value, JSON_NULL) && validator->is_builtin)
        return;
    if (!has_type(schema, value)) {
        refuse_type(validator, schema->is_int_or_string ? "integer,string" : type_name(schema->type),
                    value_type_name(value));
        if (rules && rules->allowed && !json_is(value, JSON_NULL))
            check_enum(validator, rules, value);
        return;
    }
    if (json_is(value, JSON_NULL))
        return;
    if (rules)
        check_combinations(validator, rules, value);
    if (rules && json_is(value, JSON_STRING) && !validator->is_builtin)
        check_string(validator, rules, value);
    if (rules && json_is_number(value))
        check_number(validator, rules, value);
    if (json_is(value, JSON_ARRAY))
        check_array(validator, schema, value);
    if (rules && rules->allowed && !(validator->is_builtin && str_equal(json_string(value, NULL), "")))
        check_enum(validator, rules, value);
    if (json_is(value, JSON_OBJECT))
        check_object(validator, schema, value);
}

/* ---- the whole object ---- */

static void validate_alone(const struct schema *schema, const struct json *object,
                           struct field_errors *errors) {
    struct validator validator = { .errors = errors, .is_builtin = !schema->is_custom };

    check(&validator, schema, object);
    if (schema->kind && schema->kind->has_scale && schema->is_custom)
        schema_validate_scale(schema->kind, object, errors);
    if (schema->is_custom)
        schema_validate_lists(schema, object, errors);
    buffer_clear(&validator.path);
}

static bool holds_error(const struct field_errors *errors, const struct field_error *error) {
    for (size_t i = 0; i < errors->count; i++)
        if (str_equal(errors->items[i].field, error->field) && str_equal(errors->items[i].text, error->text))
            return true;
    return false;
}

/* Whether a value may be so wrong that a rule in CEL could not even read it.
 * After: apiextensions-apiserver, registry/customresource/strategy.go, hasBlockingErr. */
static bool blocks_rules(const struct field_errors *errors, size_t first) {
    for (size_t i = first; i < errors->count; i++) {
        switch (errors->items[i].type) {
        case FIELD_REQUIRED:
        case FIELD_NOT_SUPPORTED:
        case FIELD_TOO_LONG:
        case FIELD_TOO_MANY:
        case FIELD_TYPE_INVALID:
            return true;
        case FIELD_INVALID:
        case FIELD_DUPLICATE:
        case FIELD_NOT_FOUND:
        case FIELD_FORBIDDEN:
        case FIELD_UNKNOWN:
            break;
        }
    }
    return false;
}

/* Takes out, from the one at `first` on, what was wrong in the same way before. */
static void drop_known(struct field_errors *errors, size_t first, const struct field_errors *known) {
    size_t count = first;

    for (size_t i = first; i < errors->count; i++)
        if (!holds_error(known, &errors->items[i]))
            errors->items[count++] = errors->items[i];
    errors->count = count;
}

bool schema_validate(const struct schema *schema, const struct json *object, const struct json *before,
                     struct field_errors *errors) {
    struct field_errors known = { .arena = errors->arena };
    size_t first = errors->count;

    validate_alone(schema, object, errors);
    if (schema->is_custom && before && errors->count > first) {
        validate_alone(schema, before, &known);
        drop_known(errors, first, &known);
    }
    if (!schema->has_validations_within)
        return true;
    if (blocks_rules(errors, first)) {
        field_errors_add(errors, FIELD_INVALID, "<nil>", json_new_null(errors->arena),
                         "some validation rules were not checked because the object was invalid; correct the "
                         "existing errors to complete validation");
        return false;
    }
    schema_validate_rules(schema, object, before, false, errors);
    return true;
}

void schema_warn(const struct schema *schema, const struct json *object, const struct json *before,
                 struct field_errors *warnings) {
    schema_validate_rules(schema, object, before, true, warnings);
}
