/* The numbers that the subresource scale leads to must be numbers.
 * After: apiextensions-apiserver, registry/customresource/validator.go; apimachinery,
 * unstructured/helpers.go. */
#include "schema/node.h"

static void refuse(struct field_errors *errors, const char *path, size_t length, const struct json *value,
                   const char *expected) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    schema_print_go(&text, value);
    field_errors_add(errors, FIELD_INVALID, path, json_new_integer(errors->arena, 0),
                     "%.*s accessor error: %s is of the type %s, expected %s", (int)length, path,
                     buffer_string(&text), schema_go_type(value), expected);
}

static void check_number(struct field_errors *errors, const char *path, int64_t number) {
    if (number < 0)
        field_errors_add(errors, FIELD_INVALID, path, json_new_integer(errors->arena, number), "%s",
                         "should be a non-negative integer");
    else if (number > INT32_MAX)
        field_errors_add(errors, FIELD_INVALID, path, json_new_integer(errors->arena, number),
                         "should be less than or equal to %d", INT32_MAX);
}

/* path: ".spec.topology.servers" */
static void check_path(struct field_errors *errors, const struct json *object, const char *path) {
    struct text rest = text_from(path + (*path == '.'));

    while (object && rest.data) {
        struct text name = text_cut(&rest, '.');
        size_t length = (size_t)(name.data + name.length - path);
        if (!json_is(object, JSON_OBJECT))
            return;
        object = json_get(object, arena_strndup(errors->arena, name.data, name.length));
        if (object && rest.data && !json_is(object, JSON_OBJECT)) {
            refuse(errors, path, length, object, "map[string]interface{}");
            return;
        }
    }
    if (!object)
        return;
    if (json_is(object, JSON_INTEGER))
        check_number(errors, path, object->integer);
    else
        refuse(errors, path, strlen(path), object, "int64");
}

void schema_validate_scale(const struct schema_kind *kind, const struct json *object,
                           struct field_errors *errors) {
    if (kind->scale_spec_path)
        check_path(errors, object, kind->scale_spec_path);
    if (kind->scale_status_path)
        check_path(errors, object, kind->scale_status_path);
}
