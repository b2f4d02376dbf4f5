#include "jansson_value.h"

#include <jansson.h>
#include <string.h>

/* Malformed UTF-8 and lone surrogates, which Kubernetes replaces; integers beyond 64 bits, which it reads as
 * doubles; NULs in keys; more levels than Jansson has. */
static bool is_beyond_jansson(const json_error_t *error) {
    static const enum json_error_code codes[] = { json_error_invalid_utf8, json_error_numeric_overflow,
                                                  json_error_null_byte_in_key, json_error_stack_overflow };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (json_error_code(error) == codes[i])
            return true;
    return strstr(error->text, "invalid Unicode") || strstr(error->text, "unable to decode byte");
}

enum jansson_verdict jansson_parse(const void *data, size_t size, void **out_value) {
    json_error_t error;

    *out_value = NULL;
    if (memchr(data, '\0', size))
        return JANSSON_REFUSED; /* Jansson takes it for the end of the text; JSON has none outside escapes */
    *out_value = json_loadb(data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (*out_value)
        return JANSSON_ACCEPTED;
    return is_beyond_jansson(&error) ? JANSSON_CANNOT_HOLD : JANSSON_REFUSED;
}

void jansson_free(void *value) {
    json_decref(value);
}

enum jansson_type jansson_type(const void *value) {
    return (enum jansson_type)json_typeof((const json_t *)value);
}

size_t jansson_length(const void *value) {
    switch (jansson_type(value)) {
    case JANSSON_OBJECT:
        return json_object_size(value);
    case JANSSON_ARRAY:
        return json_array_size(value);
    case JANSSON_STRING:
        return json_string_length(value);
    case JANSSON_INTEGER:
    case JANSSON_REAL:
    case JANSSON_TRUE:
    case JANSSON_FALSE:
    case JANSSON_NULL:
        break;
    }
    return 0;
}

const void *jansson_item(const void *array, size_t index) {
    return json_array_get(array, index);
}

const void *jansson_member(const void *object, const char *key) {
    return json_object_get(object, key);
}

const char *jansson_string(const void *string) {
    return json_string_value(string);
}

int64_t jansson_integer(const void *integer) {
    return json_integer_value(integer);
}

double jansson_real(const void *real) {
    return json_real_value(real);
}
