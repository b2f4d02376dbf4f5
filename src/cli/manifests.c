#include "cli/manifests.h"

#include "api/kinds.h"
#include "base/file.h"
#include "cli/sources.h"

#include <unistd.h>

struct reading {
    const char *file;
    struct report *report;
    struct buffer found; /* struct manifest, one behind the other */
};

static bool read_text(const char *path, struct buffer *out, struct error *err) {
    if (str_equal(path, SOURCES_STDIN))
        return file_read_descriptor(STDIN_FILENO, "standard input", YAML_BYTES_MAX, out, err);
    return file_read(path, YAML_BYTES_MAX, out, err);
}

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
