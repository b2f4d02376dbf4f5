/* YAML with places: the values are those that are read without, and each stands where its place says: the key
 * or string there begins with the same letter. */
#include "base/yaml.h"

/* Bytes that end a line, at the start of text; 0 when it does not begin with any. After libyaml: CR, LF, NEL,
 * LS, PS. */
static size_t line_break(struct text text) {
    static const char *const breaks[] = { "\r\n", "\n", "\r", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9" };

    for (size_t i = 0; i < ARRAY_LENGTH(breaks); i++)
        if (text_starts_with(text, breaks[i]))
            return strlen(breaks[i]);
    return 0;
}

static struct text skip(struct text text, size_t length) {
    return (struct text){ text.data + length, text.length - length };
}

/* The text from the mark on; the mark must be within it. */
static struct text text_at(struct text text, struct yaml_mark mark) {
    for (uint32_t line = 1; line < mark.line;) {
        ensure(text.length > 0);
        size_t length = line_break(text);
        line += length > 0;
        text = skip(text, length > 0 ? length : 1);
    }
    for (uint32_t column = 1; column < mark.column; column++) {
        ensure(text.length > 0 && line_break(text) == 0);
        text = skip(text, utf8_character(text));
    }
    return text;
}

static bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Numbers and booleans may be written in several ways, and quoted or tagged strings begin with another byte.
 */
static void check_string(struct text whole, struct yaml_mark mark, const char *string) {
    struct text found = text_at(whole, mark);

    if (found.length > 0 && is_letter(found.data[0]) && !str_equal(string, "true") &&
        !str_equal(string, "false"))
        ensure(string[0] == found.data[0]);
}

static void check(struct text text, const struct json *value, const struct yaml_place *place) {
    if (json_is(value, JSON_STRING))
        check_string(text, place->value, value->string);
    else
        (void)text_at(text, place->value);
    for (uint32_t i = 0; i < json_length(value); i++) {
        if (json_is(value, JSON_OBJECT))
            check_string(text, place->children[i].key, value->members[i].key);
        check(text, json_is(value, JSON_OBJECT) ? &value->members[i].value : &value->items[i],
              &place->children[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text text = { (const char *)data, size };
    struct json *plain = NULL, *documents = NULL;
    struct yaml_places places;
    struct error err = { 0 };
    bool is_plain_read = yaml_parse(arena, text, &plain, NULL);

    ensure(yaml_parse_with_places(arena, text, &documents, &places, &err) == is_plain_read);
    if (!is_plain_read) {
        ensure(err.kind == ERROR_INVALID && *err.text && places.problem.line > 0 &&
               places.problem.column > 0);
        return 0;
    }
    ensure(json_equal(plain, documents));
    /* UTF-16 is read, too; columns of it can't be found byte by byte, nor those behind a byte order mark. */
    if (!text_is_utf8(text) || text_starts_with(text, "\xef\xbb\xbf") || memchr(text.data, 0, text.length))
        return 0;
    for (size_t i = 0; i < json_length(documents); i++)
        check(text, json_item(documents, i), &places.documents[i]);
    return 0;
}
