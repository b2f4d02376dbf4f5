#include "test.h"

#include "base/yaml.h"

/* The documents as one line of JSON, or the error. The input lies in memory of exactly its size, so that
 * AddressSanitizer sees a read behind its end. */
static char *read_as_json(struct arena *arena, const char *input) {
    size_t length = strlen(input);
    CLEANUP_FREE char *exact = memcpy(xmalloc(length), input, length);
    struct json *documents;
    struct error err = { 0 };

    if (yaml_parse(arena, (struct text){ exact, length }, &documents, &err))
        return json_print(arena, documents);
    assert_int_equal(err.kind, ERROR_INVALID);
    return arena_strdup(arena, err.text);
}

/* Each row was tried with sigs.k8s.io/yaml 1.6, what it says of integers beyond int64 then with the reader of
 * JSON in k8s.io/apimachinery. */
TEST("scalars mean what sigs.k8s.io/yaml makes of them") {
    static const struct {
        const char *input, *output;
    } rows[] = {
        /* booleans and null of YAML 1.1 */
        { "y", "true" },
        { "Y", "true" },
        { "yes", "true" },
        { "yEs", "\"yEs\"" },
        { "on", "true" },
        { "True", "true" },
        { "n", "false" },
        { "No", "false" },
        { "OFF", "false" },
        { "false", "false" },
        { "", "null" },
        { "~", "null" },
        { "null", "null" },
        { "nuLL", "\"nuLL\"" },
        /* integers */
        { "12", "12" },
        { "+12", "12" },
        { "-12", "-12" },
        { "0o17", "15" },
        { "017", "15" },
        { "-017", "-15" },
        { "0777_7", "4095" },
        { "08", "8" },
        { "0o8", "\"0o8\"" },
        { "0x1F", "31" },
        { "-0x1f", "-31" },
        { "0x_1", "1" },
        { "0x", "\"0x\"" },
        { "0b101", "5" },
        { "-0b11", "-3" },
        { "0b12", "\"0b12\"" },
        { "1_000", "1000" },
        { "1__0", "10" },
        { "1_", "1" },
        { "_1", "\"_1\"" },
        { "-_1", "-1" },
        { "00", "0" },
        { "-0", "0" },
        { "0x7fffffffffffffff", "9223372036854775807" },
        { "-0x8000000000000000", "-9223372036854775808" },
        { "0x8000000000000000", "9223372036854776000" },
        { "18446744073709551615", "18446744073709552000" },
        { "18446744073709551616", "18446744073709552000" },
        { "-9223372036854775809", "-9223372036854776000" },
        { "0xffffffffffffffffff", "\"0xffffffffffffffffff\"" },
        { "0777777777777777777777777", "7.777777777777778e+23" },
        { "123456789012345678901234567890", "1.2345678901234568e+29" },
        /* other numbers */
        { "1.0", "1" },
        { "-0.0", "-0" },
        { "1_000.5", "1000.5" },
        { ".5", "0.5" },
        { "+.5", "0.5" },
        { "-.5", "-0.5" },
        { ".1_0", "0.1" },
        { "5.", "5" },
        { "1.e3", "1000" },
        { "1E+3", "1000" },
        { "1_e3", "1000" },
        { "1e-400", "0" },
        { "1e400", "\"1e400\"" },
        { "4e+", "\"4e+\"" },
        { "0x1p3", "\"0x1p3\"" },
        { "inf", "\"inf\"" },
        { "NaN", "\"NaN\"" },
        { ".", "\".\"" },
        { "+", "\"+\"" },
        /* neither base 60 nor times */
        { "1:30", "\"1:30\"" },
        { "2001-12-14", "\"2001-12-14\"" },
        { "2001-12-14T21:59:43.10Z", "\"2001-12-14T21:59:43.10Z\"" },
        /* quotes and tags */
        { "'12'", "\"12\"" },
        { "\"yes\"", "\"yes\"" },
        { "'a\n  b'", "\"a b\"" },
        { "|\n  12\n", "\"12\\n\"" },
        { "\"\\u0000\\x41\"", "\"\\u0000A\"" },
        { "!!str 12", "\"12\"" },
        { "!!str ~", "\"~\"" },
        { "!!str", "\"\"" },
        { "! 12", "\"12\"" },
        { "!!int '12'", "12" },
        { "!!int \"0x1f\"", "31" },
        { "!!float 12", "12" },
        { "!!bool yes", "true" },
        { "!!null ''", "null" },
        { "!!binary aGVsbG8=", "\"hello\"" },
        { "!!timestamp 2001-01-01", "\"2001-01-01\"" },
        { "!local x", "\"x\"" },
        { "!!map {a: 1}", "{\"a\":1}" },
        { "<<", "\"<<\"" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        char *actual = read_as_json(arena, arena_printf(arena, "v: %s", rows[i].input));
        if (!str_equal(actual, arena_printf(arena, "[{\"v\":%s}]", rows[i].output)))
            fail_msg("%s: %s", rows[i].input, actual);
    }
}

TEST("mappings, sequences, anchors and merge keys become plain values") {
    static const struct {
        const char *input, *output;
    } rows[] = {
        { "a: 1\nb:\n- x\n- {c: d}\n", "[{\"a\":1,\"b\":[\"x\",{\"c\":\"d\"}]}]" },
        { "[a: 1, {b, c: 2}]", "[[{\"a\":1},{\"b\":null,\"c\":2}]]" },
        { "{}", "[{}]" },
        { "[]", "[[]]" },
        { "x", "[\"x\"]" },
        { "a: &x 1\nb: *x\n", "[{\"a\":1,\"b\":1}]" },
        { "a: &x {b: 1}\nc: [*x, *x]\n", "[{\"a\":{\"b\":1},\"c\":[{\"b\":1},{\"b\":1}]}]" },
        { "a: &x 1\nb: *x\nc: &x 2\nd: *x\n", "[{\"a\":1,\"b\":1,\"c\":2,\"d\":2}]" },
        { "&k a: *k\n", "[{\"a\":\"a\"}]" },
        { "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", "[{\"a\":{\"b\":1,\"c\":2},\"d\":{\"c\":3,\"b\":1}}]" },
        { "{c: 3, <<: {c: 1, b: 2}}", "[{\"c\":3,\"b\":2}]" },
        { "{<<: [{a: 1}, {a: 2, c: 3}]}", "[{\"a\":1,\"c\":3}]" },
        { "{<<: {a: 1}, <<: {a: 2, b: 2}}", "[{\"a\":1,\"b\":2}]" },
        { "{<<: []}", "[{}]" },
        { "{'<<': {a: 1}}", "[{\"<<\":{\"a\":1}}]" },
        /* keys become strings */
        { "{1: a, 1.5: b, yes: c, 0x10: d}", "[{\"1\":\"a\",\"1.5\":\"b\",\"true\":\"c\",\"16\":\"d\"}]" },
        { "? a\n: b\n", "[{\"a\":\"b\"}]" },
        /* JSON is YAML */
        { "{\"a\":[1,2.5,true,null,\"\\u00e4\\n\\/\"]}", "[{\"a\":[1,2.5,true,null,\"\xc3\xa4\\n/\"]}]" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        char *actual = read_as_json(arena, rows[i].input);
        if (!str_equal(actual, rows[i].output))
            fail_msg("%s: %s", rows[i].input, actual);
    }
}

TEST("a stream is split into its documents, and the empty ones are left out") {
    static const struct {
        const char *input, *output;
    } rows[] = {
        { "", "[]" },
        { "# only a comment\n", "[]" },
        { "---\n---\n# nothing\n---\na: 1\n", "[{\"a\":1}]" },
        { "a: 1\n---\nb: 2\n...\n---\n- c\n", "[{\"a\":1},{\"b\":2},[\"c\"]]" },
        { "%YAML 1.1\n---\na: 1\n", "[{\"a\":1}]" },
        { "\xef\xbb\xbf"
          "a: 1\n",
          "[{\"a\":1}]" },
        { "a: &x 1\n---\nb: *x\n", "YAML, line 3, column 4: unknown anchor" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        assert_string_equal(read_as_json(arena, rows[i].input), rows[i].output);
    }
}

TEST("what is no YAML, or has no form in JSON, is refused with its place") {
    static const struct {
        const char *input, *problem;
    } rows[] = {
        { "a: 1\nb: 2\na: 3\n", "line 3, column 1: the key \"a\" is already set" },
        { "x:\n  {1: a, 0x1: b}", "line 2, column 10: the key \"1\" is already set" },
        { "{1: a, '1': b}", "line 1, column 8: the key \"1\" is already set" },
        { "{b: 1, a: 1, a: 2, b: 3}", "line 1, column 14: the key \"a\" is already set" },
        { "a: .inf", "line 1, column 4: infinity and not-a-number have no form in JSON" },
        { "- 1\n- -.Inf", "line 2, column 3: infinity and not-a-number have no form in JSON" },
        { ".nan: 1", "line 1, column 1: infinity and not-a-number have no form in JSON" },
        { "{~: a}", "line 1, column 2: a key must be a string, a number or a boolean" },
        { "{[a]: b}", "line 1, column 2: a key must be a string, a number or a boolean" },
        { "{? {a: 1} : b}", "line 1, column 4: a key must be a string, a number or a boolean" },
        { "a: *x", "line 1, column 4: unknown anchor" },
        { "&a [1, *a]", "line 1, column 8: the anchor's value contains itself" },
        { "a: &a {b: *a}", "line 1, column 11: the anchor's value contains itself" },
        { "{<<: 3}", "line 1, column 2: \"<<\" takes a mapping or a list of mappings" },
        { "{<<: [{}, 3]}", "line 1, column 2: \"<<\" takes a mapping or a list of mappings" },
        { "a: !!int abc", "line 1, column 4: the value does not fit its tag" },
        { "a: !!int 1.5", "line 1, column 4: the value does not fit its tag" },
        { "a: !!float abc", "line 1, column 4: the value does not fit its tag" },
        { "a: !!bool 1", "line 1, column 4: the value does not fit its tag" },
        { "a: !!null x", "line 1, column 4: the value does not fit its tag" },
        { "a: !!binary x", "line 1, column 4: !!binary is not followed by base64" },
        { "a: [1", "line 2, column 1: did not find expected ',' or ']'" },
        { "a: 1\n b: 2", "line 2, column 3: mapping values are not allowed in this context" },
        { "a: \"x", "line 1, column 6: found unexpected end of stream" },
        { "\ta: 1", "line 1, column 1: found character that cannot start any token" },
        { "a: \"\\ud800\"", "line 1, column 7: found invalid Unicode character escape code" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        char *actual = read_as_json(arena, rows[i].input);
        if (!str_equal(actual, arena_printf(arena, "YAML, %s", rows[i].problem)))
            fail_msg("%s: %s", rows[i].input, actual);
    }
}

TEST("malformed UTF-8 and control characters are refused with their place") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    assert_string_equal(read_as_json(arena, "a: \xff"), "YAML, byte 3: invalid leading UTF-8 octet");
    assert_string_equal(read_as_json(arena, "a: \x01"), "YAML, byte 3: control characters are not allowed");
}

/* ---- limits ---- */

TEST("aliases that expand without bound are stopped soon") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_add_string(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
        buffer_printf(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            buffer_printf(&text, "%s*a%d", j ? "," : "", i - 1);
        buffer_add_string(&text, "]\n");
    }
    char *problem = read_as_json(arena, buffer_string(&text));
    assert_non_null(strstr(problem, "aliases expand to too many values"));
    assert_true(arena_size(arena) < (size_t)200 * 1024 * 1024);
}

TEST("as many values as the limit may come from aliases") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents;

    buffer_add_string(&text, "a: &a [");
    for (int i = 0; i < 999; i++)
        buffer_add_string(&text, "1,");
    buffer_add_string(&text, "]\nb: [");
    for (int i = 0; i < 1000; i++)
        buffer_add_string(&text, "*a,");
    size_t length = text.length;
    buffer_add_string(&text, "]\n");
    assert_true(yaml_parse(arena, buffer_text(&text), &documents, NULL));
    assert_int_equal(json_length(json_at(documents, "0.b")), 1000);
    text.length = length;
    buffer_add_string(&text, "*a]\n");
    assert_false(yaml_parse(arena, buffer_text(&text), &documents, NULL));
}

TEST("values may be nested as deep as the limit, and no deeper") {
    for (size_t excess = 0; excess < 2; excess++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        size_t levels = JSON_DEPTH_MAX - 1 + excess; /* the scalar inside is one level more */
        char *text = arena_alloc(arena, 2 * levels + 2);
        memset(text, '[', levels);
        text[levels] = '1';
        memset(text + levels + 1, ']', levels);
        char *actual = read_as_json(arena, text);
        if (excess == 0)
            assert_string_equal(actual, arena_printf(arena, "[%s]", text));
        else
            assert_string_equal(actual, "YAML, line 1, column 513: too many levels");
    }
}

TEST("aliases of aliases are not nested deeper than the limit") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_add_string(&text, "a0: &a0 [x]\n");
    for (int i = 1; i < JSON_DEPTH_MAX; i++)
        buffer_printf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    char *problem = read_as_json(arena, buffer_string(&text));
    assert_string_equal(problem, "YAML, line 511, column 14: too many levels");
}

TEST("there may be as many documents as the limit, and no more") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents;

    for (int i = 0; i < YAML_DOCUMENTS_MAX; i++)
        buffer_add_string(&text, "--- 1\n");
    assert_true(yaml_parse(arena, buffer_text(&text), &documents, NULL));
    assert_int_equal(json_length(documents), YAML_DOCUMENTS_MAX);
    buffer_add_string(&text, "--- 1\n");
    assert_string_equal(read_as_json(arena, buffer_string(&text)),
                        "YAML, line 10001, column 1: too many documents");
}

TEST("a text larger than the limit is not read") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *documents = NULL;
    struct error err = { 0 };

    assert_false(yaml_parse(arena, (struct text){ "a", (size_t)YAML_BYTES_MAX + 1 }, &documents, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_null(documents);
}

TEST("what came from an alias can be changed without changing the original") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *documents;

    assert_true(yaml_parse(arena, TEXT("a: &x {b: [1]}\nc: *x\n"), &documents, NULL));
    (void)json_append(arena, json_at(documents, "0.c.b"), json_new_integer(arena, 2));
    (void)json_set_integer(arena, json_at(documents, "0.c"), "d", 3);
    json_at(documents, "0.c.b.0")->integer = 9;
    assert_string_equal(json_print(arena, documents), "[{\"a\":{\"b\":[1]},\"c\":{\"b\":[9,2],\"d\":3}}]");
}

TEST("no bytes at all are no document") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *documents = NULL;
    struct error err = { 0 };

    assert_true(yaml_parse(arena, (struct text){ NULL, 0 }, &documents, &err));
    assert_int_equal(json_length(documents), 0);
}
