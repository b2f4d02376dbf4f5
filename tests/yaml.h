/* Values for tests, written as YAML. */
#pragma once

#include "base/yaml.h"
#include "test.h"

/* The first document of the text, in arena; a text that can't be read fails the test. */
static inline struct json *yaml_value(struct arena *arena, const char *text) {
    struct json *documents = NULL;
    struct error err = { 0 };

    if (!yaml_parse(arena, text_from(text), &documents, &err))
        fail_msg("%s: %s", text, err.text);
    return json_item(documents, 0);
}
