#include "test.h"

#include "base/file.h"
#include "base/yaml.h"
#include "cel/cel.h"

#include <stdlib.h>

/* The rows of expressions.yaml: what they expect is what cel-go answers (tests/peers/cel-check). */
static struct json *read_sections(struct arena *arena) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents = NULL;
    struct error err = { 0 };

    if (!file_read(CEL_EXPRESSIONS, YAML_BYTES_MAX, &text, &err) ||
        !yaml_parse(arena, buffer_text(&text), &documents, &err))
        fail_msg("%s", err.text);
    assert_int_equal(json_length(documents), 1);
    return json_item(documents, 0);
}

/* What the row gives: its value, or NULL and the error's text. */
static struct json *evaluate(struct arena *arena, const struct json *section, const struct json *row,
                             struct error *err) {
    CLEANUP_POINTER(cel_program_free) struct cel_program *program = NULL;
    const char *expression = json_string(json_get(row, "expr"), "");
    bool is_optional = json_bool(json_get(section, "optionalOldSelf"), false);
    const struct json *null = json_new_null(arena), *self = json_get(section, "self"),
                      *old = json_get(section, "oldSelf");
    struct cel_variable variables[] = {
        { .name = "self", .value = self ? self : null },
        { .name = "oldSelf", .value = old || is_optional ? old : null, .is_optional = is_optional },
    };
    struct json *value = NULL;

    if (!cel_compile(text_from(expression), &program, err) ||
        !cel_value(program, arena, variables, ARRAY_LENGTH(variables), &value, err))
        return NULL;
    return value;
}

static bool judge(struct arena *arena, const struct json *section, const struct json *row) {
    struct error err = { 0 };
    struct json *value = evaluate(arena, section, row, &err);
    bool must_fail = json_bool(json_get(row, "fails"), false);

    if (must_fail ? !value : value && json_equal(value, json_get(row, "is")))
        return true;
    print_error("%s: %s\n    gives %s\n    not   %s\n", json_string(json_get(section, "section"), ""),
                json_string(json_get(row, "expr"), ""), value ? json_print(arena, value) : err.text,
                must_fail ? "an error" : json_print(arena, json_get(row, "is")));
    return false;
}

TEST("every expression gives what cel-go gives") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *sections = read_sections(arena);
    size_t count = 0, failures = 0;

    JSON_FOR_EACH_ITEM (section, sections)
        JSON_FOR_EACH_ITEM (row, json_get(section, "rows")) {
            count++;
            failures += !judge(arena, section, row);
        }
    if (failures)
        fail_msg("%zu of %zu rows", failures, count);
    assert_true(count >= 300);
}
