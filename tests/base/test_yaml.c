#include "test.h"

#include "base/yaml.h"

/* The documents as one line of JSON, or the error. */
static char *read_as_json(struct arena *arena, const char *input) {
    struct json *documents;
    struct error err = { 0 };

    if (!yaml_parse(arena, text_from(input), &documents, &err))
        return arena_strdup(arena, err.text);
    return json_print(arena, documents);
}

TEST("plain scalars mean what sigs.k8s.io/yaml makes of them") {
    static const struct {
        const char *input, *output;
    } rows[] = {
        { "yes", "true" }, { "y", "true" }, { "OFF", "false" }, { "0o17", "15" }, { "017", "15" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        char *input = arena_printf(arena, "v: %s", rows[i].input);
        assert_string_equal(read_as_json(arena, input), arena_printf(arena, "[{\"v\":%s}]", rows[i].output));
    }
}

TEST("what is written as YAML reads back as the same") {
    static const char *const rows[] = {
        "\"a\"",
        "{\"a\":[{\"b\":[[1,2],[]],\"c\":{}},\"x\"],\"yes\":\"no\",\"t\":\"a\\n b\\n\\n\",\"u\":\"12:30\"}",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer text = { 0 };
        struct json *value, *documents;
        assert_true(json_parse(arena, text_from(rows[i]), NULL, &value, NULL));
        yaml_write(&text, value);
        assert_true(yaml_parse(arena, buffer_text(&text), &documents, NULL));
        assert_true(json_equal(json_item(documents, 0), value));
    }
}
