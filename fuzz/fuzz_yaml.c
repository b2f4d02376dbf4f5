/* YAML: what was read is written so that it reads back as the same. */
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents, *again;
    struct error err = { 0 };

    if (!yaml_parse(arena, (struct text){ (const char *)data, size }, &documents, &err)) {
        ensure(err.kind == ERROR_INVALID && strncmp(err.text, "YAML", 4) == 0);
        return 0;
    }
    JSON_FOR_EACH_ITEM (document, documents) {
        buffer_reset(&text);
        yaml_write(&text, document);
        ensure(yaml_parse(arena, buffer_text(&text), &again, NULL));
        ensure(json_length(again) == 1 && json_equal(json_item(again, 0), document));
    }
    return 0;
}
