/* Values as Go's %v prints them, which is how they come in some of the API server's errors. */
#include "base/json_index.h"
#include "schema/node.h"

static void print_list(struct buffer *out, const struct json *array) {
    buffer_add_char(out, '[');
    JSON_FOR_EACH_ITEM (item, array) {
        if (item != array->items)
            buffer_add_char(out, ' ');
        schema_print_go(out, item);
    }
    buffer_add_char(out, ']');
}

static void print_map(struct buffer *out, const struct json *object) {
    const struct json_member **sorted = json_index_new(object->members, object->length);

    buffer_add_string(out, "map[");
    for (uint32_t i = 0; i < object->length; i++) {
        buffer_printf(out, "%s%s:", i > 0 ? " " : "", sorted[i]->key);
        schema_print_go(out, &sorted[i]->value);
    }
    buffer_add_char(out, ']');
    free(sorted);
}

void schema_print_go(struct buffer *out, const struct json *value) {
    if (json_is(value, JSON_STRING))
        buffer_add(out, value->string, value->length);
    else if (json_is(value, JSON_ARRAY))
        print_list(out, value);
    else if (json_is(value, JSON_OBJECT))
        print_map(out, value);
    else if (json_is(value, JSON_NULL))
        buffer_add_string(out, "<nil>");
    else
        json_write(out, value, NULL);
}
