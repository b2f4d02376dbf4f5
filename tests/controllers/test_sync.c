#include "controllers/sync.h"
#include "test.h"
#include "yaml.h"

TEST("an object is covered when every wanted field is there, whatever others added") {
    static const struct {
        const char *when;
        const char *live;
        const char *wanted;
        bool is_covered;
    } rows[] = {
        { "equal", "{a: 1}", "{a: 1}", true },
        { "defaults were added", "{a: 1, b: {c: 2}}", "{a: 1}", true },
        { "a value differs", "{a: 2}", "{a: 1}", false },
        { "a field is missing", "{b: 1}", "{a: 1}", false },
        { "an empty field was left out", "{}", "{a: false, b: '', c: 0, d: {}, e: []}", true },
        { "an object of empty fields was left out", "{}", "{a: {b: {}}}", true },
        { "a true field is missing", "{}", "{a: true}", false },
        { "a list item got defaults", "{a: [{n: x, p: TCP}]}", "{a: [{n: x}]}", true },
        { "a list item was added", "{a: [x, y]}", "{a: [x]}", false },
        { "a list is in another order", "{a: [y, x]}", "{a: [x, y]}", false },
        { "others added an item to a list that is shared by keys",
          "{env: [{name: o}, {name: x, value: a}, "
          "{name: p}]}",
          "{env: [{name: x, value: a}]}", true },
        { "an item of a shared list differs", "{env: [{name: x, value: b}]}", "{env: [{name: x, value: a}]}",
          false },
        { "an item of a shared list is missing", "{env: [{name: o}]}", "{env: [{name: o}, {name: x}]}",
          false },
        { "a shared list is in another order", "{env: [{name: y}, {name: x}]}",
          "{env: [{name: x}, {name: y}]}", false },
        { "a key was added to a selector", "{selector: {a: b, c: d}}", "{selector: {a: b}}", false },
        { "a selector is the same", "{selector: {a: b}}", "{selector: {a: b}}", true },
        { "a quantity is spelt canonically", "{cpu: '1', memory: 1Gi}", "{cpu: 1000m, memory: 1024Mi}",
          true },
        { "a quantity was written as a number", "{cpu: '2'}", "{cpu: 2}", true },
        { "another quantity", "{cpu: '1'}", "{cpu: '2'}", false },
        { "another type", "{a: {b: 1}}", "{a: [1]}", false },
        { "a list instead of an object", "{a: [1]}", "{a: {b: 1}}", false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        if (sync_covers(yaml_value(arena, rows[i].live), yaml_value(arena, rows[i].wanted)) !=
            rows[i].is_covered)
            fail_msg("%s", rows[i].when);
    }
}

TEST("a stamped object is current until something of it changes or is no longer wanted") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *first = sync_stamp(arena, yaml_value(arena, "{metadata: {name: x}, spec: {a: 1, b: 2}}"));
    struct json *live = json_copy(arena, first);

    json_set_string(arena, live, "status", "added by others");
    assert_true(sync_is_current(first, live));
    assert_false(sync_is_current(first, NULL));
    /* Covering alone would not see that b is no longer wanted. */
    assert_false(
        sync_is_current(sync_stamp(arena, yaml_value(arena, "{metadata: {name: x}, spec: {a: 1}}")), live));
}

TEST("the stamp does not depend on the order in which fields were set") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *a = sync_stamp(arena, yaml_value(arena, "{metadata: {name: x}, spec: {a: 1, b: 2}}"));
    struct json *b = sync_stamp(arena, yaml_value(arena, "{spec: {b: 2, a: 1}, metadata: {name: x}}"));

    assert_true(json_equal(a, b));
}

TEST("stamping leaves the object alone") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *wanted = yaml_value(arena, "{metadata: {name: x, annotations: {k: v}}}");
    struct json *before = json_copy(arena, wanted);

    (void)sync_stamp(arena, wanted);
    assert_true(json_equal(wanted, before));
}
