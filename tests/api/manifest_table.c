#include "manifest_table.h"

#include "base/file.h"
#include "base/yaml.h"
#include "test.h"

enum { TABLE_BYTES_MAX = 4 * 1024 * 1024 };

struct json *manifest_table_read(struct arena *arena, const struct api_kind *kind,
                                 const struct json **out_notes) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *cases = json_new_array(arena);
    struct json *documents = NULL;
    struct error err = { 0 };

    if (!file_read(arena_printf(arena, API_MANIFESTS "/%s.yaml", kind->stem), TABLE_BYTES_MAX, &text, &err) ||
        !yaml_parse(arena, buffer_text(&text), &documents, &err))
        fail_msg("%s.yaml: %s", kind->stem, err.text);
    const struct json *notes = NULL;
    JSON_FOR_EACH_ITEM (document, documents)
        if (json_get(document, "when"))
            json_append(arena, cases, document);
        else
            notes = document;
    if (out_notes)
        *out_notes = notes;
    return cases;
}

struct json *manifest_table_object(struct arena *arena, const struct api_kind *kind,
                                   const struct json *test_case, const struct json *part) {
    static const char *const members[] = { "spec", "status" };
    struct json *object = json_copy(arena, json_get(part, "object"));
    const struct json *metadata = json_get(part, "metadata");

    if (object)
        return object;
    object = json_new_object(arena);
    json_set_string(arena, object, "apiVersion", API_GROUP "/" API_VERSION);
    json_set_string(arena, object, "kind", kind->name);
    json_set_string(arena, json_set_object(arena, object, "metadata"), "name",
                    json_string_at(test_case, "name", "graph"));
    JSON_FOR_EACH_MEMBER (member, metadata ? metadata : json_get(test_case, "metadata"))
        json_set(arena, json_get(object, "metadata"), member->key, &member->value);
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
        if (json_get(part, members[i]))
            json_set(arena, object, members[i], json_copy(arena, json_get(part, members[i])));
    return object;
}
