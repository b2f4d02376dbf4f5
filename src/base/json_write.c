/* Writing JSON text, byte for byte as Go's encoding/json does. */
#include "base/json.h"

#include "base/json_token.h"
#include "base/number.h"

enum { INDENT_SPACES = 2, PRINT_BYTES_FIRST = 500 };

struct writer {
    struct buffer *out;
    struct json_write_options options;
    unsigned depth;
};

/* Bytes that are not simply copied. Those beyond ASCII are looked at: U+2028 and U+2029 are escaped, and
 * malformed UTF-8 is replaced. */
enum { SPECIAL = 1, SPECIAL_IN_HTML = 2 };
static const unsigned char special[256] = {
    [0 ... 0x1f] = SPECIAL | SPECIAL_IN_HTML,
    ['"'] = SPECIAL | SPECIAL_IN_HTML,
    ['\\'] = SPECIAL | SPECIAL_IN_HTML,
    ['<'] = SPECIAL_IN_HTML,
    ['>'] = SPECIAL_IN_HTML,
    ['&'] = SPECIAL_IN_HTML,
    [0x80 ... 0xff] = SPECIAL | SPECIAL_IN_HTML,
};

static void write_escape(struct buffer *out, unsigned char byte) {
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
    };

    if (byte == '"' || byte == '\\' || (byte < sizeof(letters) && letters[byte])) {
        buffer_add_char(out, '\\');
        buffer_add_char(out, byte < sizeof(letters) ? letters[byte] : (char)byte);
    } else {
        buffer_printf(out, "\\u%04x", byte);
    }
}

/* Returns the number of bytes of text that were dealt with. */
static size_t write_character(struct buffer *out, struct text text) {
    size_t length = utf8_character(text);

    if (length == 0) {
        buffer_add_string(out, "\\ufffd");
        return 1;
    }
    if (length == 3 && memcmp(text.data, "\xe2\x80", 2) == 0 && ((unsigned char)text.data[2] & 0xfe) == 0xa8)
        buffer_add_string(out, (unsigned char)text.data[2] == 0xa8 ? "\\u2028" : "\\u2029");
    else
        buffer_add(out, text.data, length);
    return length;
}

/* The first byte from at on that is not simply copied. */
static size_t skip_plain(struct text text, size_t at, unsigned char mask) {
    if (mask == SPECIAL)
        while (text.length - at >= 8 && !json_token_special((const unsigned char *)text.data + at))
            at += 8;
    while (at < text.length && !(special[(unsigned char)text.data[at]] & mask))
        at++;
    return at;
}

static void write_string(struct buffer *out, struct text text, bool html_safe) {
    const unsigned char mask = html_safe ? SPECIAL_IN_HTML : SPECIAL;
    size_t at = 0;

    buffer_reserve(out, text.length + 2);
    buffer_add_char(out, '"');
    while (at < text.length) {
        size_t start = at;
        at = skip_plain(text, at, mask);
        buffer_add(out, text.data + start, at - start);
        if (at == text.length)
            break;
        if ((unsigned char)text.data[at] < 0x80)
            write_escape(out, (unsigned char)text.data[at++]);
        else
            at += write_character(out, (struct text){ text.data + at, text.length - at });
    }
    buffer_add_char(out, '"');
}

static void write_line_break(struct writer *writer) {
    if (!writer->options.indent)
        return;
    buffer_add_char(writer->out, '\n');
    for (unsigned i = 0; i < writer->depth * INDENT_SPACES; i++)
        buffer_add_char(writer->out, ' ');
}

static void write_value(struct writer *writer, const struct json *value);

static void write_array(struct writer *writer, const struct json *array) {
    buffer_add_char(writer->out, '[');
    writer->depth++;
    for (uint32_t i = 0; i < array->length; i++) {
        if (i > 0)
            buffer_add_char(writer->out, ',');
        write_line_break(writer);
        write_value(writer, &array->items[i]);
    }
    writer->depth--;
    if (array->length > 0)
        write_line_break(writer);
    buffer_add_char(writer->out, ']');
}

static void write_object(struct writer *writer, const struct json *object) {
    buffer_add_char(writer->out, '{');
    writer->depth++;
    for (uint32_t i = 0; i < object->length; i++) {
        const struct json_member *member = &object->members[i];
        if (i > 0)
            buffer_add_char(writer->out, ',');
        write_line_break(writer);
        write_string(writer->out, (struct text){ member->key, member->key_length },
                     writer->options.html_safe);
        buffer_add_string(writer->out, writer->options.indent ? ": " : ":");
        write_value(writer, &member->value);
    }
    writer->depth--;
    if (object->length > 0)
        write_line_break(writer);
    buffer_add_char(writer->out, '}');
}

static void write_value(struct writer *writer, const struct json *value) {
    char number[NUMBER_BYTES_MAX];

    switch (value->type) {
    case JSON_NULL:
        buffer_add(writer->out, "null", 4);
        return;
    case JSON_FALSE:
        buffer_add(writer->out, "false", 5);
        return;
    case JSON_TRUE:
        buffer_add(writer->out, "true", 4);
        return;
    case JSON_INTEGER:
        buffer_add(writer->out, number, number_format_integer(number, value->integer));
        return;
    case JSON_DOUBLE:
        buffer_add(writer->out, number, number_format_double(number, value->number));
        return;
    case JSON_STRING:
        write_string(writer->out, (struct text){ value->string, value->length }, writer->options.html_safe);
        return;
    case JSON_ARRAY:
        write_array(writer, value);
        return;
    case JSON_OBJECT:
        write_object(writer, value);
        return;
    }
}

void json_write(struct buffer *out, const struct json *value, const struct json_write_options *options) {
    struct writer writer = { .out = out };

    if (options)
        writer.options = *options;
    write_value(&writer, value);
}

char *json_print(struct arena *arena, const struct json *value) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_reserve(&text, PRINT_BYTES_FIRST);
    json_write(&text, value, NULL);
    return arena_strndup(arena, text.data, text.length);
}

void json_write_string(struct buffer *out, struct text text) {
    write_string(out, text, false);
}
