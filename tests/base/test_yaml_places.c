#include "test.h"

#include "base/yaml.h"

/* Every value and its place as "key@line:column value@line:column" in the order of the document. */
static void describe(struct buffer *out, const struct json *value, const struct yaml_place *place) {
    buffer_printf(out, "%u:%u", place->value.line, place->value.column);
    if (json_length(value) == 0)
        return;
    buffer_add_char(out, json_is(value, JSON_ARRAY) ? '[' : '{');
    for (uint32_t i = 0; i < value->length; i++) {
        const struct yaml_place *child = &place->children[i];
        if (i > 0)
            buffer_add_char(out, ' ');
        if (json_is(value, JSON_OBJECT))
            buffer_printf(out, "%s@%u:%u=", value->members[i].key, child->key.line, child->key.column);
        describe(out, json_is(value, JSON_OBJECT) ? &value->members[i].value : &value->items[i], child);
    }
    buffer_add_char(out, json_is(value, JSON_ARRAY) ? ']' : '}');
}

static char *places_of(struct arena *arena, const char *input) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct yaml_places places;
    struct json *documents;
    struct error err = { 0 };

    if (!yaml_parse_with_places(arena, text_from(input), &documents, &places, &err)) {
        assert_null(places.documents);
        return arena_printf(arena, "%u:%u: %s", places.problem.line, places.problem.column, err.text);
    }
    for (size_t i = 0; i < json_length(documents); i++) {
        buffer_add_string(&out, i > 0 ? " | " : "");
        describe(&out, json_item(documents, i), &places.documents[i]);
    }
    return arena_strdup(arena, buffer_string(&out));
}

TEST("every key and value has the place where it is written") {
    static const struct {
        const char *when, *input, *places;
    } rows[] = {
        { "nothing", "", "" },
        { "a scalar", "  x", "1:3" },
        { "a block", "a: 1\nb:\n  c: 2\n", "1:1{a@1:1=1:4 b@2:1=3:3{c@3:3=3:6}}" },
        { "a list", "a:\n- x\n-  z: 1\n", "1:1{a@1:1=2:1[2:3 3:4{z@3:4=3:7}]}" },
        { "flow", "{a: [1,  2], 'b': {}}", "1:1{a@1:2=1:5[1:6 1:10] b@1:14=1:19}" },
        { "JSON", "{\n\t\"a\": [\n\t\ttrue]}", "1:1{a@2:2=2:7[3:3]}" },
        { "an empty value", "a:\nb: 1\n", "1:1{a@1:1=1:3 b@2:1=2:4}" },
        { "a value left out at the end", "a:\n  ? v", "1:1{a@1:1=2:3{v@2:5=2:6}}" },
        { "a value left out before the next key", "a:\n  ? v\nb: 1", "1:1{a@1:1=2:3{v@2:5=2:6} b@3:1=3:4}" },
        { "items left out", "- x\n-\n- y\n-", "1:1[1:3 2:2 3:3 4:2]" },
        { "characters, not bytes", "{ä: 1, b: 2}", "1:1{ä@1:2=1:5 b@1:8=1:11}" },
        { "a block of text", "a: |\n  x\nb: 1", "1:1{a@1:1=1:4 b@3:1=3:4}" },
        { "lines that end as on Windows", "a: 1\r\nb: 2\r\n", "1:1{a@1:1=1:4 b@2:1=2:4}" },
        { "documents, empty ones among them", "---\n---\n# x\n---\na: 1\n---\n- 2\n",
          "5:1{a@5:1=5:4} | 7:1[7:3]" },
        { "an alias, and what is in it", "a: &x {b: 1}\nc: *x\n",
          "1:1{a@1:1=1:4{b@1:8=1:11} c@2:1=2:4{b@1:8=1:11}}" },
        { "what is merged, behind what is written", "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n",
          "1:1{a@1:1=1:4{b@1:8=1:11 c@1:14=1:17} d@2:1=3:3{c@4:3=4:6 b@1:8=1:11}}" },
        { "a list of what is merged", "{<<: [{a: 1}, {a: 2, c: 3}], d: 4}",
          "1:1{d@1:30=1:33 a@1:8=1:11 c@1:22=1:25}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        char *actual = places_of(arena, rows[i].input);
        if (!str_equal(actual, rows[i].places))
            fail_msg("%s: %s", rows[i].when, actual);
    }
}

TEST("what can't be read is told with its place, apart from the words") {
    static const struct {
        const char *input, *problem;
    } rows[] = {
        { "a: 1\nb: 2\na: 3\n", "3:1: the key \"a\" is already set" },
        { "a: [1", "2:1: did not find expected ',' or ']'" },
        { "a: *x", "1:4: unknown anchor" },
        { "a: &a {b: *a}", "1:11: the anchor's value contains itself" },
        { "a: .inf", "1:4: infinity and not-a-number have no form in JSON" },
        { "a: 1\nä: \xff", "2:4: byte 9: invalid leading UTF-8 octet" },
        { "{<<: 3}", "1:2: \"<<\" takes a mapping or a list of mappings" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        assert_string_equal(places_of(arena, rows[i].input), rows[i].problem);
    }
}

TEST("a text that is too long has no place") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_FREE char *text = xcalloc(1, YAML_BYTES_MAX + 1);
    struct yaml_places places;
    struct json *documents;

    assert_false(
        yaml_parse_with_places(arena, (struct text){ text, YAML_BYTES_MAX + 1 }, &documents, &places, NULL));
    assert_int_equal(places.problem.line, 0);
}
