/* Validation against the schema, with the words of the API server.
 *
 * Custom objects are judged by all that their schema says. Built-in objects have been decoded by Go's
 * structs, so that their types are right; of their schema, enums and required names are judged. What only Go
 * code knows of them (immutable fields, references between fields) is judged where their semantics live.
 * After: k8s.io/kube-openapi, pkg/validation/validate and errors; apiextensions-apiserver,
 * pkg/apiserver/validation.
 */
#include "schema/field_name.h"
#include "schema/validator.h"

#include <math.h>

/* Beyond it a double that has no fraction is a number, not an integer: 2^53 - 1, as in Go's swag. */
#define SCHEMA_WHOLE_DOUBLE_MAX 9007199254740991.0

const char *validator_field(const struct validator *validator) {
    return validator->path.length > 0 ? buffer_string(&validator->path) : "<nil>";
}

void validator_refuse(struct validator *validator, const struct json *value, const char *format, ...) {
    va_list arguments;

    if (field_errors_skip(validator->errors))
        return;
    va_start(arguments, format);
    const char *complaint = arena_vprintf(validator->errors->arena, format, arguments);
    va_end(arguments);
    field_errors_add(validator->errors, FIELD_INVALID, validator_field(validator), value, "%s in body %s",
                     buffer_string(&validator->path), complaint);
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
    if (field_errors_skip(validator->errors))
        return;
    field_errors_add(validator->errors, FIELD_TYPE_INVALID, validator_field(validator),
                     json_new_string(validator->errors->arena, found),
                     "%s in body must be of type %s: \"%s\"", buffer_string(&validator->path), wanted, found);
}

/* ---- lists ---- */

static void check_array(struct validator *validator, const struct schema *schema, const struct json *array) {
    const struct schema_rules *rules = schema->rules;
    struct arena *arena = validator->errors->arena;

    if (schema->items)
        for (uint32_t i = 0; i < array->length; i++) {
            size_t length = field_name_push_index(&validator->path, i);
            validator_check(validator, schema->items, &array->items[i]);
            buffer_truncate(&validator->path, length);
        }
    if (rules && rules->items_min >= 0 && array->length < rules->items_min)
        validator_refuse(validator, json_new_integer(arena, array->length), "should have at least %lld items",
                         (long long)rules->items_min);
    if (rules && rules->items_max >= 0 && array->length > rules->items_max)
        field_errors_add(validator->errors, FIELD_TOO_MANY, validator_field(validator),
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
        validator_refuse(validator, json_new_integer(arena, object->length),
                         "should have at least %lld properties", (long long)rules->properties_min);
    if (rules->properties_max >= 0 && object->length > rules->properties_max)
        field_errors_add(validator->errors, FIELD_TOO_MANY, validator_field(validator),
                         json_new_integer(arena, object->length), "must have at most %lld %s",
                         (long long)rules->properties_max, rules->properties_max == 1 ? "item" : "items");
    for (size_t i = 0; i < rules->required_count; i++) {
        if (!is_missing(validator, schema, object, rules->required[i]))
            continue;
        size_t length = field_name_push(&validator->path, rules->required[i]);
        field_errors_add(validator->errors, FIELD_REQUIRED, validator_field(validator), NULL, "%s", "");
        buffer_truncate(&validator->path, length);
    }
}

static void require_name(struct validator *validator, const struct json *object, const char *name) {
    if (!str_empty(json_string(json_get(object, name), "")))
        return;
    size_t length = field_name_push(&validator->path, name);
    field_errors_add(validator->errors, FIELD_REQUIRED, validator_field(validator), NULL, "%s", "");
    buffer_truncate(&validator->path, length);
}

static void check_name(struct validator *validator, const struct schema *schema,
                       const struct json *metadata) {
    const struct json *name = json_get(metadata, "name");
    if (!schema || !name)
        return;
    size_t length = field_name_push(&validator->path, "metadata.name");
    validator_check(validator, schema, name);
    buffer_truncate(&validator->path, length);
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
        size_t length = field_name_push(&validator->path, member->key);
        validator_check(validator, inner, &member->value);
        buffer_truncate(&validator->path, length);
    }
}

void validator_check(struct validator *validator, const struct schema *schema, const struct json *value) {
    const struct schema_rules *rules = schema->rules;

    if (json_is(value, JSON_NULL) && validator->is_builtin)
        return;
    if (!has_type(schema, value)) {
        refuse_type(validator, schema->is_int_or_string ? "integer,string" : type_name(schema->type),
                    value_type_name(value));
        if (rules && rules->allowed && !json_is(value, JSON_NULL))
            validator_check_enum(validator, rules, value);
        return;
    }
    if (json_is(value, JSON_NULL))
        return;
    if (rules)
        validator_check_combinations(validator, rules, value);
    if (rules && json_is(value, JSON_STRING) && !validator->is_builtin)
        validator_check_string(validator, rules, value);
    if (rules && json_is_number(value))
        validator_check_number(validator, rules, value);
    if (json_is(value, JSON_ARRAY))
        check_array(validator, schema, value);
    if (rules && rules->allowed && !(validator->is_builtin && str_equal(json_string(value, NULL), "")))
        validator_check_enum(validator, rules, value);
    if (json_is(value, JSON_OBJECT))
        check_object(validator, schema, value);
}

/* ---- the whole object ---- */

static void validate_alone(const struct schema *schema, const struct json *object,
                           struct field_errors *errors) {
    struct validator validator = { .errors = errors, .is_builtin = !schema->is_custom };

    validator_check(&validator, schema, object);
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
    if (errors->dropped > 0)
        return true; /* nobody knows any more what else is wrong */
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
