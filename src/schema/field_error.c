#include "schema/field_error.h"

#include "schema/node.h"

static const struct {
    const char *reason;
    const char *words;
    bool shows_value;
} types[] = {
    [FIELD_REQUIRED] = { "FieldValueRequired", "Required value", false },
    [FIELD_INVALID] = { "FieldValueInvalid", "Invalid value", true },
    [FIELD_NOT_SUPPORTED] = { "FieldValueNotSupported", "Unsupported value", true },
    [FIELD_DUPLICATE] = { "FieldValueDuplicate", "Duplicate value", true },
    [FIELD_NOT_FOUND] = { "FieldValueNotFound", "Not found", true },
    [FIELD_FORBIDDEN] = { "FieldValueForbidden", "Forbidden", false },
    [FIELD_TOO_LONG] = { "FieldValueTooLong", "Too long", false },
    [FIELD_TOO_MANY] = { "FieldValueTooMany", "Too many", true },
    [FIELD_TYPE_INVALID] = { "FieldValueTypeInvalid", "Invalid value", true },
    [FIELD_UNKNOWN] = { "FieldValueInvalid", "Unknown field", false },
};

bool field_errors_skip(struct field_errors *errors) {
    if (errors->count < FIELD_ERRORS_MAX && errors->bytes < FIELD_ERRORS_BYTES_MAX)
        return false;
    errors->dropped++;
    return true;
}

void field_errors_add_error(struct field_errors *errors, const struct field_error *error) {
    if (field_errors_skip(errors))
        return;
    if (errors->count == errors->capacity) {
        size_t capacity = errors->capacity ? errors->capacity * 2 : 8;
        struct field_error *items = ARENA_ARRAY(errors->arena, struct field_error, capacity);
        if (errors->count > 0)
            memcpy(items, errors->items, errors->count * sizeof(*items));
        errors->items = items;
        errors->capacity = capacity;
    }
    errors->items[errors->count++] = *error;
    errors->bytes += strlen(error->field) + strlen(error->text) + strlen(error->detail);
}

struct field_error *field_errors_last(struct field_errors *errors) {
    return errors->count > 0 && errors->dropped == 0 ? &errors->items[errors->count - 1] : NULL;
}

void field_errors_add_rule(struct field_errors *errors, const char *rule, enum field_error_type type,
                           const char *field, const struct json *value, const char *detail) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    if (field_errors_skip(errors))
        return;
    buffer_add_string(&text, types[type].words);
    if (types[type].shows_value && value) {
        buffer_add_string(&text, ": ");
        if (json_is(value, JSON_STRING))
            schema_print_quoted(&text, (struct text){ value->string, value->length });
        else
            json_write(&text, value, &(struct json_write_options){ .html_safe = true });
    }
    if (!str_empty(detail))
        buffer_printf(&text, ": %s", detail);
    field_errors_add_error(errors, &(struct field_error){
                                       .type = type,
                                       .field = arena_strdup(errors->arena, field),
                                       .text = arena_strdup(errors->arena, buffer_string(&text)),
                                       .detail = arena_strdup(errors->arena, detail),
                                       .rule = rule,
                                   });
}

void field_errors_add(struct field_errors *errors, enum field_error_type type, const char *field,
                      const struct json *value, const char *detail_format, ...) {
    va_list arguments;

    if (field_errors_skip(errors))
        return;
    va_start(arguments, detail_format);
    char *detail = arena_vprintf(errors->arena, detail_format, arguments);
    va_end(arguments);
    field_errors_add_rule(errors, NULL, type, field, value, detail);
}

void field_errors_add_unsupported(struct field_errors *errors, const char *field, const struct json *value,
                                  const char *const *supported, size_t supported_count) {
    CLEANUP_BUFFER struct buffer detail = { 0 };

    if (field_errors_skip(errors))
        return;
    for (size_t i = 0; i < supported_count; i++) {
        buffer_add_string(&detail, i == 0 ? "supported values: " : ", ");
        schema_print_quoted(&detail, text_from(supported[i]));
    }
    field_errors_add_rule(errors, NULL, FIELD_NOT_SUPPORTED, field, value, buffer_string(&detail));
}

char *field_error_message(struct arena *arena, const struct field_error *error) {
    return arena_printf(arena, "%s: %s", error->field, error->text);
}

/* The same message is said once, as in the real server's aggregate. */
static bool is_repeated(const struct field_errors *errors, size_t index) {
    const struct field_error *error = &errors->items[index];

    for (size_t i = 0; i < index; i++)
        if (str_equal(errors->items[i].field, error->field) && str_equal(errors->items[i].text, error->text))
            return true;
    return false;
}

char *field_errors_message(const struct field_errors *errors) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    size_t said = 0;

    for (size_t i = 0; i < errors->count; i++) {
        if (is_repeated(errors, i))
            continue;
        if (said++ > 0)
            buffer_add_string(&text, ", ");
        buffer_printf(&text, "%s: %s", errors->items[i].field, errors->items[i].text);
    }
    return said > 1 ? arena_printf(errors->arena, "[%s]", buffer_string(&text))
                    : arena_strdup(errors->arena, buffer_string(&text));
}

bool field_errors_none(const struct field_errors *errors, struct error *err) {
    return errors->count == 0 || error_set(err, ERROR_INVALID, "%s", field_errors_message(errors));
}

const char *field_error_reason(enum field_error_type type) {
    return types[type].reason;
}

struct json *field_errors_status(struct arena *arena, const struct field_errors *errors, const char *group,
                                 const char *kind, const char *name) {
    struct json *status = json_new_object(arena);

    json_set_string(arena, status, "kind", "Status");
    json_set_string(arena, status, "apiVersion", "v1");
    (void)json_set_object(arena, status, "metadata");
    json_set_string(arena, status, "status", "Failure");
    json_set_string(arena, status, "message",
                    arena_printf(arena, "%s%s%s \"%s\" is invalid: %s", kind, str_empty(group) ? "" : ".",
                                 group ? group : "", name, field_errors_message(errors)));
    json_set_string(arena, status, "reason", "Invalid");
    struct json *details = json_new_object(arena);
    json_set_string(arena, details, "name", name);
    if (!str_empty(group))
        json_set_string(arena, details, "group", group);
    json_set_string(arena, details, "kind", kind);
    struct json *causes = json_new_array(arena);
    for (size_t i = 0; i < errors->count; i++) {
        struct json *cause = json_append_object(arena, causes);
        json_set_string(arena, cause, "reason", field_error_reason(errors->items[i].type));
        json_set_string(arena, cause, "message", errors->items[i].text);
        json_set_string(arena, cause, "field", errors->items[i].field);
    }
    json_set(arena, details, "causes", causes);
    json_set(arena, status, "details", details);
    json_set_integer(arena, status, "code", 422);
    return status;
}
