#include "test.h"

#include "base/yaml.h"

static struct json *parse(struct arena *arena, const char *text) {
    struct json *value;

    assert_true(json_parse(arena, text_from(text), NULL, &value, NULL));
    return value;
}

/* Writes value, and checks that it reads back as the same. */
static char *write_checked(struct arena *arena, const struct json *value) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents;
    struct error err = { 0 };

    yaml_write(&text, value);
    if (!yaml_parse(arena, buffer_text(&text), &documents, &err))
        fail_msg("%s in:\n%s", err.text, buffer_string(&text));
    if (json_length(documents) != 1 || !json_equal(json_item(documents, 0), value))
        fail_msg("not the same:\n%s%s", buffer_string(&text), json_print(arena, documents));
    return arena_strndup(arena, text.data, text.length);
}

TEST("an object is laid out as kubectl prints it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value =
        parse(arena, "{\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"labels\":{},\"finalizers\":[]},"
                     "\"spec\":{\"ports\":[{\"name\":\"bolt\",\"port\":7687},{\"port\":7474}],"
                     "\"args\":[\"--x\",[\"a\",[1.5]],null],\"on\":true}}");

    assert_string_equal(write_checked(arena, value), "apiVersion: v1\n"
                                                     "metadata:\n"
                                                     "  name: a\n"
                                                     "  labels: {}\n"
                                                     "  finalizers: []\n"
                                                     "spec:\n"
                                                     "  ports:\n"
                                                     "  - name: bolt\n"
                                                     "    port: 7687\n"
                                                     "  - port: 7474\n"
                                                     "  args:\n"
                                                     "  - --x\n"
                                                     "  - - a\n"
                                                     "    - - 1.5\n"
                                                     "  - null\n"
                                                     "  \"on\": true\n");
}

TEST("a string is written plain where it stays a string, and quoted elsewhere") {
    static const struct {
        const char *string, *written;
    } rows[] = {
        { "neo4j", "neo4j" },
        { "neo4j:5.26-enterprise", "neo4j:5.26-enterprise" },
        { "neo4j://host:7687", "neo4j://host:7687" },
        { "10.0.0.1", "10.0.0.1" },
        { "a b, c = [d]", "a b, c = [d]" },
        { "--flag=x", "--flag=x" },
        { "-", "\"-\"" },
        { "- a", "\"- a\"" },
        { "---", "\"---\"" },
        { "...", "\"...\"" },
        { "", "\"\"" },
        { " a", "\" a\"" },
        { "a ", "\"a \"" },
        { "a: b", "\"a: b\"" },
        { "a:", "\"a:\"" },
        { "a #b", "\"a #b\"" },
        { "a#b", "a#b" },
        { "#b", "\"#b\"" },
        { "*", "\"*\"" },
        { "&a", "\"&a\"" },
        { "!a", "\"!a\"" },
        { "%a", "\"%a\"" },
        { "@a", "\"@a\"" },
        { "`a", "\"`a\"" },
        { "{a}", "\"{a}\"" },
        { "[a]", "\"[a]\"" },
        { "'a'", "\"'a'\"" },
        { "it's", "it's" },
        { "\"a\"", "\"\\\"a\\\"\"" },
        { "a\\b", "a\\b" },
        { "yes", "\"yes\"" },
        { "n", "\"n\"" },
        { "null", "\"null\"" },
        { "~", "\"~\"" },
        { "<<", "\"<<\"" },
        { "=", "\"=\"" },
        { "12", "\"12\"" },
        { "0x1f", "\"0x1f\"" },
        { "1e3", "\"1e3\"" },
        { "1_000", "\"1_000\"" },
        { ".5", "\".5\"" },
        { ".inf", "\".inf\"" },
        { "12:30", "\"12:30\"" },
        { "2026-01-31", "\"2026-01-31\"" },
        { "2026-01-31T12:00:00Z", "\"2026-01-31T12:00:00Z\"" },
        { "1.5Gi", "1.5Gi" },
        { "\xc3\xa4", "\xc3\xa4" },
        { "\t", "\"\\t\"" },
        { "a\tb", "\"a\\tb\"" },
        { "\x7f", "\"\\u007f\"" },
        { "\xc2\x85", "\"\\u0085\"" },
        { "\xe2\x80\xa8", "\"\\u2028\"" },
        { "\xef\xbb\xbf", "\"\\ufeff\"" },
        { "\xef\xbf\xbe", "\"\\ufffe\"" },
        { "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
        { "\n", "\"\\n\"" },
        { "\na", "\"\\na\"" },
        { " a\nb", "\" a\\nb\"" },
        { "a\r\nb", "\"a\\r\\nb\"" },
        { "a\nb", "|-\n  a\n  b" },
        { "a\n", "|\n  a" },
        { "a\n\n\n", "|+\n  a\n\n" },
        { "a\n  b\n\n c \n", "|\n  a\n    b\n\n   c " },
        { "# no\n- comment: here\n", "|\n  # no\n  - comment: here" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *object = json_new_object(arena), *string = json_new_string(arena, rows[i].string);
        struct json *nested = json_new_array(arena);
        char *alone = write_checked(arena, string);
        if (!str_equal(alone, arena_printf(arena, "%s\n", rows[i].written)))
            fail_msg("'%s': %s", rows[i].string, alone);

        /* As a value, a key and an item, with something behind it. */
        (void)json_set(arena, object, "key", string);
        (void)json_set_integer(arena, object, rows[i].string, 1);
        (void)json_append(arena, nested, string);
        (void)json_append(arena, nested, string);
        (void)json_append(arena, json_append(arena, nested, json_new_array(arena)), string);
        (void)json_set(arena, object, "nested", nested);
        (void)write_checked(arena, object);
        (void)write_checked(arena, nested);
    }
}

TEST("keys of any length read back, with values of any kind") {
    static const char *const values[] = { "1", "\"a\\nb\"", "{\"a\":1}", "[1,[2]]", "{}" };

    for (size_t length = 100; length < 3000; length = length * 3 / 2)
        for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
            CLEANUP_ARENA struct arena *arena = arena_new();
            struct json *object = json_new_object(arena), *list = json_new_array(arena);
            char *key = arena_alloc(arena, length + 1);
            memset(key, 'k', length);
            (void)json_set(arena, object, key, parse(arena, values[i]));
            (void)json_set_integer(arena, object, "next", 1);
            (void)json_append(arena, list, object);
            (void)write_checked(arena, object);
            (void)write_checked(arena, list);
        }
}

TEST("scalars and empty containers are documents, too") {
    static const struct {
        const char *json, *yaml;
    } rows[] = {
        { "1", "1\n" },        { "-2.5e-7", "-2.5e-7\n" },
        { "1e21", "1e+21\n" }, { "{}", "{}\n" },
        { "[]", "[]\n" },      { "true", "true\n" },
        { "[[]]", "- []\n" },  { "18446744073709551615", "18446744073709552000\n" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        assert_string_equal(write_checked(arena, parse(arena, rows[i].json)), rows[i].yaml);
    }
}
