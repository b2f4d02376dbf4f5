#include "test.h"
#include "yaml.h"

#include "sim/patch.h"
#include "sim/schema_registry.h"

/* Source: RFC 7386, appendix A. */
TEST("merges as the examples of RFC 7386 say") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    static const struct {
        const char *document, *patch, *result;
    } rows[] = {
        { "{a: b}", "{a: c}", "{a: c}" },
        { "{a: b}", "{b: c}", "{a: b, b: c}" },
        { "{a: b}", "{a: null}", "{}" },
        { "{a: b, b: c}", "{a: null}", "{b: c}" },
        { "{a: [b]}", "{a: c}", "{a: c}" },
        { "{a: c}", "{a: [b]}", "{a: [b]}" },
        { "{a: {b: c}}", "{a: {b: d, c: null}}", "{a: {b: d}}" },
        { "{a: [{b: c}]}", "{a: [1]}", "{a: [1]}" },
        { "[a, b]", "[c, d]", "[c, d]" },
        { "{a: b}", "[c]", "[c]" },
        { "{e: null}", "{a: 1}", "{e: null, a: 1}" },
        { "[1, 2]", "{a: b, c: null}", "{a: b}" },
        { "{}", "{a: {bb: {ccc: null}}}", "{a: {bb: {}}}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *document = yaml_value(arena, rows[i].document);
        struct json *merged = patch_merge(arena, document, yaml_value(arena, rows[i].patch));
        if (!json_equal(merged, yaml_value(arena, rows[i].result)))
            fail_msg("%s + %s: %s", rows[i].document, rows[i].patch, json_print(arena, merged));
        assert_true(json_equal(document, yaml_value(arena, rows[i].document)));
    }
}

/* Source: RFC 6902, appendix A. */
TEST("carries out JSON patches as the examples of RFC 6902 say") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    static const struct {
        const char *document, *patch, *result; /* NULL: refused */
    } rows[] = {
        { "{foo: bar}", "[{op: add, path: /baz, value: qux}]", "{baz: qux, foo: bar}" },
        { "{foo: [bar, baz]}", "[{op: add, path: /foo/1, value: qux}]", "{foo: [bar, qux, baz]}" },
        { "{baz: qux, foo: bar}", "[{op: remove, path: /baz}]", "{foo: bar}" },
        { "{foo: [bar, qux, baz]}", "[{op: remove, path: /foo/1}]", "{foo: [bar, baz]}" },
        { "{baz: qux, foo: bar}", "[{op: replace, path: /baz, value: boo}]", "{baz: boo, foo: bar}" },
        { "{foo: {bar: baz, waldo: fred}, qux: {corge: grault}}",
          "[{op: move, from: /foo/waldo, path: /qux/thud}]",
          "{foo: {bar: baz}, qux: {corge: grault, thud: fred}}" },
        { "{foo: [all, grass, cows, eat]}", "[{op: move, from: /foo/1, path: /foo/3}]",
          "{foo: [all, cows, eat, grass]}" },
        { "{baz: qux, foo: [a, 2, c]}",
          "[{op: test, path: /baz, value: qux}, {op: test, path: /foo/1, value: 2}]",
          "{baz: qux, foo: [a, 2, c]}" },
        { "{baz: qux}", "[{op: test, path: /baz, value: bar}]", NULL },
        { "{foo: bar}", "[{op: add, path: /child, value: {grandchild: {}}}]",
          "{foo: bar, child: {grandchild: {}}}" },
        { "{foo: bar}", "[{op: add, path: /baz, value: qux, xyz: 123}]", "{foo: bar, baz: qux}" },
        { "{foo: bar}", "[{op: add, path: /baz/bat, value: qux}]", NULL },
        { "{/: 9, ~1: 10}", "[{op: test, path: /~01, value: 10}]", "{/: 9, ~1: 10}" },
        { "{/: 9, ~1: 10}", "[{op: test, path: /~01, value: '10'}]", NULL },
        { "{foo: [bar]}", "[{op: add, path: /foo/-, value: [abc, def]}]", "{foo: [bar, [abc, def]]}" },
        { "{a: 1}", "[{op: replace, path: '', value: {b: 2}}]", "{b: 2}" },
        { "{a: 1}", "[{op: test, path: '', value: {a: 1.0}}]", "{a: 1}" },
        { "{a: [1, 2]}", "[{op: copy, from: /a, path: /b}, {op: add, path: /b/0, value: 0}]",
          "{a: [1, 2], b: [0, 1, 2]}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *document = yaml_value(arena, rows[i].document);
        struct json *patched = NULL;
        struct error err = { 0 };
        bool done = patch_json(arena, document, yaml_value(arena, rows[i].patch), &patched, &err);
        if (done != (rows[i].result != NULL) ||
            (done && !json_equal(patched, yaml_value(arena, rows[i].result))))
            fail_msg("%s + %s: %s", rows[i].document, rows[i].patch,
                     done ? json_print(arena, patched) : err.text);
        assert_true(json_equal(document, yaml_value(arena, rows[i].document)));
    }
}

TEST("limits how much a JSON patch may do and copy") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *operations = json_new_array(arena);
    struct json *document = yaml_value(arena, "{a: []}");
    struct json *patched = NULL;
    struct error err = { 0 };

    for (int i = 0; i <= PATCH_OPERATIONS_MAX; i++)
        json_append(arena, operations, yaml_value(arena, "{op: add, path: /b, value: 1}"));
    assert_false(patch_json(arena, document, operations, &patched, &err));
    assert_string_equal(err.text, "The allowed maximum operations in a JSON patch is 10000, got 10001");

    operations = json_new_array(arena);
    for (int i = 0; i <= 10; i++) { /* doubles the depth each time: 2^11 */
        struct json *copy = yaml_value(arena, "{op: copy, from: '/a'}");
        struct buffer path = { 0 };
        for (int depth = 0; depth < 1 << i; depth++)
            buffer_add_string(&path, "/a");
        buffer_add_string(&path, "/a");
        json_set_string(arena, copy, "path", buffer_string(&path));
        json_append(arena, operations, copy);
        buffer_clear(&path);
    }
    assert_false(patch_json(arena, yaml_value(arena, "{a: {}}"), operations, &patched, &err));
    assert_string_equal(err.text, "the patched document is nested deeper than 512");

    char *large = arena_alloc(arena, 1024 * 1024 + 1);
    memset(large, 'x', 1024 * 1024);
    json_set_string(arena, document, "a", large);
    operations = yaml_value(arena, "[{op: copy, from: /a, path: /b}, {op: copy, from: /a, path: /c}]");
    assert_true(patch_json(arena, document, operations, &patched, &err));
    json_append(arena, operations, yaml_value(arena, "{op: copy, from: /a, path: /d}"));
    assert_false(patch_json(arena, document, operations, &patched, &err));
    assert_non_null(strstr(err.text, "the accumulated size increase of copy is"));
}

TEST("merges lists of built-in kinds by their keys, and changes neither document nor patch") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema = schema_registry_find(registry, "", "v1", "Pod");
    static const struct {
        const char *when, *document, *patch, *result;
    } rows[] = {
        { "new items come first, as the real server has it", "{spec: {containers: [{name: a}, {name: b}]}}",
          "{spec: {containers: [{name: c}]}}", "{spec: {containers: [{name: c}, {name: a}, {name: b}]}}" },
        { "an item that is deleted and added again is new", "{spec: {containers: [{name: a}, {name: b}]}}",
          "{spec: {containers: [{name: b, $patch: delete}, {name: b, image: x}]}}",
          "{spec: {containers: [{name: b, image: x}, {name: a}]}}" },
        { "an order that is asked for", "{spec: {containers: [{name: a}, {name: b}]}}",
          "{spec: {$setElementOrder/containers: [{name: b}, {name: c}, {name: a}], containers: [{name: c}]}}",
          "{spec: {containers: [{name: b}, {name: c}, {name: a}]}}" },
        { "an atomic list is replaced", "{spec: {containers: [{name: a, args: [x, y]}]}}",
          "{spec: {containers: [{name: a, args: [z]}]}}", "{spec: {containers: [{name: a, args: [z]}]}}" },
        { "only these keys stay", "{spec: {volumes: [{name: v, emptyDir: {}}]}}",
          "{spec: {volumes: [{name: v, $retainKeys: [name, secret], secret: {secretName: s}}]}}",
          "{spec: {volumes: [{name: v, secret: {secretName: s}}]}}" },
        { "a map that goes", "{metadata: {labels: {a: b}}, spec: {nodeName: n}}",
          "{metadata: {$patch: delete}}", "{metadata: {}, spec: {nodeName: n}}" },
        { "nulls in what is new are left out", "{}", "{metadata: {labels: {a: null, b: c}}}",
          "{metadata: {labels: {b: c}}}" },
        { "nothing", "{spec: {containers: [{name: a}]}}", "{}", "{spec: {containers: [{name: a}]}}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *document = yaml_value(arena, rows[i].document);
        struct json *patch = yaml_value(arena, rows[i].patch);
        struct json *patched = NULL;
        struct error err = { 0 };
        if (!patch_strategic(arena, schema, document, patch, &patched, &err))
            fail_msg("%s: %s", rows[i].when, err.text);
        if (!json_equal(patched, yaml_value(arena, rows[i].result)))
            fail_msg("%s: %s", rows[i].when, json_print(arena, patched));
        assert_true(json_equal(document, yaml_value(arena, rows[i].document)));
        assert_true(json_equal(patch, yaml_value(arena, rows[i].patch)));
    }
}

TEST("refuses strategic patches that make no sense") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema = schema_registry_find(registry, "", "v1", "Pod");
    struct json *document = yaml_value(arena, "{spec: {containers: [{name: a}], volumes: [{name: v}]}}");
    static const struct {
        const char *patch;
        enum error_kind kind;
    } rows[] = {
        { "[1]", ERROR_PROTOCOL },
        { "{spec: {volumes: [{name: v, $retainKeys: [secret], emptyDir: {}}]}}", ERROR_PROTOCOL },
        { "{spec: {$setElementOrder/containers: x}}", ERROR_PROTOCOL },
        { "{spec: {containers: [{image: x}]}}", ERROR_INVALID },
        { "{spec: {containers: [{name: a, $patch: merge}]}}", ERROR_INVALID },
        { "{spec: {containers: [{$patch: delete}]}}", ERROR_INVALID },
        { "{spec: {containers: [1]}}", ERROR_INVALID },
        { "{$patch: spoil}", ERROR_INVALID },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *patched = NULL;
        struct error err = { 0 };
        if (patch_strategic(arena, schema, document, yaml_value(arena, rows[i].patch), &patched, &err))
            fail_msg("accepted: %s", rows[i].patch);
        if (err.kind != rows[i].kind)
            fail_msg("%s: %s", rows[i].patch, err.text);
    }
}
