/* Values as Go's %v and %q print them, which is how they come in the API server's errors. */
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

const char *schema_go_type(const struct json *value) {
    switch (value->type) {
    case JSON_NULL:
        return "<nil>";
    case JSON_FALSE:
    case JSON_TRUE:
        return "bool";
    case JSON_INTEGER:
        return "int64";
    case JSON_DOUBLE:
        return "float64";
    case JSON_STRING:
        return "string";
    case JSON_ARRAY:
        return "[]interface {}";
    case JSON_OBJECT:
        return "map[string]interface {}";
    }
    return "";
}

const char *schema_go_kind(const struct json *value) {
    switch (value->type) {
    case JSON_NULL:
        return "null";
    case JSON_FALSE:
    case JSON_TRUE:
        return "bool";
    case JSON_INTEGER:
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

/* ---- %q ---- */

/* What Go's strconv.IsPrint lets through beyond ASCII: letters, marks, numbers, punctuation and symbols. */
static pcre2_code *printable_new(void) {
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR) "^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}]$", PCRE2_ZERO_TERMINATED,
                                     PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &number, &offset, NULL);
    ensure(code);
    return code;
}

static bool is_printable(const pcre2_code *printable, struct text character) {
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(printable, NULL);
    int found = pcre2_match(printable, (PCRE2_SPTR)character.data, character.length, 0, 0, data, NULL);

    pcre2_match_data_free(data);
    return found >= 0;
}

static uint32_t code_point(struct text character) {
    static const unsigned char first_bits[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    uint32_t point = (unsigned char)character.data[0] & first_bits[character.length];

    for (size_t i = 1; i < character.length; i++)
        point = point << 6 | ((unsigned char)character.data[i] & 0x3F);
    return point;
}

static void quote_ascii(struct buffer *out, char character) {
    static const char escaped[] = "\a\b\f\n\r\t\v\\\"";
    static const char letters[] = "abfnrtv\\\"";
    const char *found = character ? strchr(escaped, character) : NULL;

    if (found)
        buffer_printf(out, "\\%c", letters[found - escaped]);
    else if (character < 0x20 || character == 0x7F)
        buffer_printf(out, "\\x%02x", (unsigned)character);
    else
        buffer_add_char(out, character);
}

void schema_print_quoted(struct buffer *out, struct text text) {
    pcre2_code *printable = NULL;

    buffer_add_char(out, '"');
    while (text.length > 0) {
        size_t length = utf8_character(text);
        struct text character = { text.data, length ? length : 1 };
        if (length == 1)
            quote_ascii(out, *text.data);
        else if (length == 0)
            buffer_printf(out, "\\x%02x", (unsigned char)*text.data);
        else if (is_printable(printable ? printable : (printable = printable_new()), character))
            buffer_add_text(out, character);
        else
            buffer_printf(out, code_point(character) > 0xFFFF ? "\\U%08x" : "\\u%04x", code_point(character));
        text = (struct text){ text.data + character.length, text.length - character.length };
    }
    buffer_add_char(out, '"');
    pcre2_code_free(printable);
}
