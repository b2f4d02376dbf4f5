#include "cli/manifests.h"

#include "api/kinds.h"
#include "base/file.h"
#include "cli/sources.h"

#include <ctype.h>
#include <unistd.h>

struct reading {
    const char *file;
    struct report *report;
    struct buffer found; /* struct manifest, one behind the other */
};

/* ---- text ---- */

enum { ESCAPE_BYTES = 6 }; /* \ud83d */

/* The 16 bits that the text begins with, as JSON escapes them, when they are from first to last; else 0. */
static uint32_t escaped_unit(struct text text, uint32_t first, uint32_t last) {
    uint32_t unit = 0;

    if (text.length < ESCAPE_BYTES || text.data[0] != '\\' || text.data[1] != 'u')
        return 0;
    for (size_t i = 2; i < ESCAPE_BYTES; i++) {
        char byte = text.data[i];
        if (!isxdigit((unsigned char)byte))
            return 0;
        unit = unit * 16 + (uint32_t)(byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);
    }
    return unit >= first && unit <= last ? unit : 0;
}

static struct text skip(struct text text, size_t length) {
    return (struct text){ text.data + length, text.length - length };
}

/* JSON escapes a character beyond 16 bits as two surrogates, which YAML does not know: it has \U0001f600.
 * What follows on the line moves by two columns. */
static void join_surrogates(struct text rest, struct buffer *out) {
    while (rest.length > 0) {
        uint32_t high = escaped_unit(rest, 0xD800, 0xDBFF);
        uint32_t low = high ? escaped_unit(skip(rest, ESCAPE_BYTES), 0xDC00, 0xDFFF) : 0;
        size_t length = low ? (size_t)2 * ESCAPE_BYTES : rest.data[0] == '\\' && rest.length > 1 ? 2 : 1;
        if (low)
            buffer_printf(out, "\\U%08x", 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
        else
            buffer_add(out, rest.data, length);
        rest = skip(rest, length);
    }
}

/* Flow style may look like JSON, and mean something else by a backslash. */
static bool is_json(struct text text) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value;

    return text_starts_with(text_trim(text), "{") && json_parse(arena, text, NULL, &value, NULL);
}

static bool read_text(const char *path, struct buffer *out, struct error *err) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    bool is_read = str_equal(path, SOURCES_STDIN)
                       ? file_read_descriptor(STDIN_FILENO, "standard input", YAML_BYTES_MAX, &text, err)
                       : file_read(path, YAML_BYTES_MAX, &text, err);

    if (is_read && is_json(buffer_text(&text)))
        join_surrogates(buffer_text(&text), out);
    else
        buffer_add_text(out, buffer_text(&text));
    return is_read;
}

/* ---- objects ---- */

/* v1 List, as kubectl prints it, and lists of our kinds, as the API server answers them. */
static bool is_list(const struct json *object) {
    const char *kind = json_string_at(object, "kind", "");

    return json_is(json_get(object, "items"), JSON_ARRAY) &&
           (str_equal(kind, "List") ||
            (str_ends_with(kind, "List") &&
             str_starts_with(json_string_at(object, "apiVersion", ""), API_GROUP "/")));
}

static void add(struct reading *reading, const struct json *value, const struct yaml_place *place);

static void add_items(struct reading *reading, const struct json *list, const struct yaml_place *place) {
    for (uint32_t i = 0; i < list->length; i++) {
        const struct json *items = &list->members[i].value;
        if (!str_equal(list->members[i].key, "items"))
            continue;
        for (uint32_t j = 0; j < items->length; j++)
            add(reading, &items->items[j], &place->children[i].children[j]);
    }
}

static void add(struct reading *reading, const struct json *value, const struct yaml_place *place) {
    struct manifest manifest = { reading->file, value, place };

    if (!json_is(value, JSON_OBJECT))
        report_add_trouble(reading->report, reading->file, place->value,
                           "this is no object: a manifest begins with apiVersion and kind");
    else if (is_list(value))
        add_items(reading, value, place);
    else
        buffer_add(&reading->found, &manifest, sizeof(manifest));
}

struct manifests manifests_read(struct arena *arena, const char *path, struct report *report) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct reading reading = { .file = path, .report = report };
    struct yaml_places places = { 0 };
    struct json *documents;
    struct error err = { 0 };

    if (!read_text(path, &text, &err) ||
        !yaml_parse_with_places(arena, buffer_text(&text), &documents, &places, &err)) {
        report_add_trouble(report, path, places.problem, err.text);
        return (struct manifests){ 0 };
    }
    for (size_t i = 0; i < json_length(documents); i++)
        add(&reading, json_item(documents, i), &places.documents[i]);
    struct manifests manifests = {
        .items = arena_alloc_unset(arena, reading.found.length),
        .count = reading.found.length / sizeof(struct manifest),
    };
    if (manifests.count > 0)
        memcpy(manifests.items, reading.found.data, reading.found.length);
    buffer_clear(&reading.found);
    return manifests;
}
