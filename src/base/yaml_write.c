/* Writing YAML in block style, as kubectl prints it: list items on the level of their key.
 *
 * A string is written plain when it reads back as that string, as a literal block when it has several lines,
 * and in double quotes otherwise, where JSON's escapes are a part of YAML's.
 */
#include "base/number.h"
#include "base/yaml.h"
#include "base/yaml_scalar.h"

enum {
    INDENT_SPACES = 2,
    /* Longer keys are written with "? ": a reader need not look for ':' farther than 1,024 characters. */
    KEY_BYTES_MAX = 128,
};

static void add_spaces(struct buffer *out, unsigned level) {
    for (unsigned i = 0; i < level * INDENT_SPACES; i++)
        buffer_add_char(out, ' ');
}

/* ---- strings ---- */

/* The code point of a well-formed character of length bytes. */
static uint32_t code_point(const char *character, size_t length) {
    const unsigned char *bytes = (const unsigned char *)character;
    static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t point = bytes[0] & masks[length];

    for (size_t i = 1; i < length; i++)
        point = point << 6 | (bytes[i] & 0x3f);
    return point;
}

/* YAML 1.1, section 5.1, without the line breaks that only Unicode knows (U+0085, U+2028, U+2029) and the
 * byte order mark. */
static bool is_printable(uint32_t point) {
    if (point < 0x7f)
        return point >= 0x20;
    return (point >= 0xa0 && point <= 0xd7ff && point != 0x2028 && point != 0x2029) ||
           (point >= 0xe000 && point <= 0xfffd && point != 0xfeff) || point >= 0x10000;
}

/* The length of the printable character at the start, or 0. */
static size_t printable_character(struct text text) {
    size_t length = utf8_character(text);

    return length && is_printable(code_point(text.data, length)) ? length : 0;
}

static bool is_all_printable(struct text text, bool with_line_breaks) {
    while (text.length) {
        bool is_break = with_line_breaks && text.data[0] == '\n';
        size_t length = is_break ? 1 : printable_character(text);
        if (length == 0)
            return false;
        text = (struct text){ text.data + length, text.length - length };
    }
    return true;
}

static bool has(struct text text, const char *part) {
    return text.data && memmem(text.data, text.length, part, strlen(part));
}

/* Dates and base-60 numbers are strings for us, but not for every reader of YAML 1.1. */
static bool looks_like_time(struct text text) {
    bool has_colon = false;
    size_t digits = 0;

    while (digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    if (digits == 4 && text.length > 4 && text.data[4] == '-')
        return true;
    for (size_t i = 0; i < text.length; i++) {
        if (!strchr("0123456789:_.+-", text.data[i]))
            return false;
        has_colon |= text.data[i] == ':';
    }
    return has_colon;
}

/* Whether a string can do without quotes, whatever stands around it in block style. */
static bool is_plain(struct text text) {
    struct json resolved;

    if (text.length == 0 || strchr(",[]{}#&*!|>'\"%@` ", text.data[0]))
        return false;
    if (strchr("-?:", text.data[0]) && (text.length == 1 || text.data[1] == ' '))
        return false;
    if (text_ends_with(text, " ") || text_ends_with(text, ":") || has(text, ": ") || has(text, " #"))
        return false;
    if (text_starts_with(text, "---") || text_starts_with(text, "...") || text_is(text, "=") ||
        text_is(text, "<<"))
        return false;
    return is_all_printable(text, false) && !looks_like_time(text) && !yaml_resolve(text, &resolved);
}

/* As JSON, with those characters escaped that may not stand in YAML or would end the line there. */
static void write_quoted(struct buffer *out, struct text text) {
    CLEANUP_BUFFER struct buffer quoted = { 0 };

    json_write_string(&quoted, text);
    for (struct text rest = buffer_text(&quoted); rest.length;) {
        size_t length = utf8_character(rest);
        uint32_t point = code_point(rest.data, length);
        if (is_printable(point))
            buffer_add(out, rest.data, length);
        else
            buffer_printf(out, "\\u%04x", (unsigned)point);
        rest = (struct text){ rest.data + length, rest.length - length };
    }
}

/* Several lines, the first of which shows the indentation. */
static bool is_literal(struct text text) {
    return has(text, "\n") && text.data[0] != '\n' && text.data[0] != ' ' && is_all_printable(text, true);
}

/* "|-" for a text without a line break at its end, "|+" for one with several. */
static void write_literal(struct buffer *out, struct text text, unsigned level) {
    const char *end = !text_ends_with(text, "\n") ? "-" : text_ends_with(text, "\n\n") ? "+" : "";

    buffer_printf(out, "|%s\n", end);
    while (text.length) {
        struct text line = text_cut(&text, '\n');
        if (line.length)
            add_spaces(out, level);
        buffer_add_text(out, line);
        buffer_add_char(out, '\n');
    }
}

static void write_key(struct buffer *out, struct text key) {
    if (is_plain(key))
        buffer_add_text(out, key);
    else
        write_quoted(out, key);
}

/* ---- values ---- */

static bool is_block(const struct json *value) {
    return json_length(value) > 0;
}

/* A scalar or an empty container, with the end of its line. level is that of what is inside. */
static void write_inline(struct buffer *out, const struct json *value, unsigned level) {
    struct text text = { value->string, value->length };

    if (json_is(value, JSON_STRING) && is_literal(text)) {
        write_literal(out, text, level);
        return;
    }
    if (!json_is(value, JSON_STRING))
        json_write(out, value, NULL);
    else if (is_plain(text))
        buffer_add_text(out, text);
    else
        write_quoted(out, text);
    buffer_add_char(out, '\n');
}

static void write_block(struct buffer *out, const struct json *value, unsigned level, bool is_indented);

static void write_member(struct buffer *out, const struct json_member *member, unsigned level) {
    struct text key = { member->key, member->key_length };
    bool is_long = key.length > KEY_BYTES_MAX;

    if (is_long)
        buffer_add_string(out, "? ");
    write_key(out, key);
    if (is_long) {
        buffer_add_char(out, '\n');
        add_spaces(out, level);
    }
    if (!is_block(&member->value)) {
        buffer_add_string(out, ": ");
        write_inline(out, &member->value, level + 1);
        return;
    }
    buffer_add_string(out, ":\n");
    write_block(out, &member->value, json_is(&member->value, JSON_ARRAY) ? level : level + 1, false);
}

static void write_item(struct buffer *out, const struct json *item, unsigned level) {
    buffer_add_string(out, "- ");
    if (is_block(item))
        write_block(out, item, level + 1, true);
    else
        write_inline(out, item, level + 1);
}

/* is_indented: the first line continues one that is already begun. */
static void write_block(struct buffer *out, const struct json *value, unsigned level, bool is_indented) {
    for (uint32_t i = 0; i < value->length; i++) {
        if (i > 0 || !is_indented)
            add_spaces(out, level);
        if (json_is(value, JSON_ARRAY))
            write_item(out, &value->items[i], level);
        else
            write_member(out, &value->members[i], level);
    }
}

void yaml_write(struct buffer *out, const struct json *value) {
    if (is_block(value))
        write_block(out, value, 0, false);
    else
        write_inline(out, value, 1);
}
