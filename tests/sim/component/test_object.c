#include "sim/component/object.h"
#include "test.h"
#include "yaml.h"

TEST("selects by labels as Kubernetes does") {
    static const struct {
        const char *selector, *labels;
        bool matches;
    } rows[] = {
        { "{}", "{a: b}", true },
        { "{}", "{}", true },
        { "{matchLabels: {a: b}}", "{a: b, c: d}", true },
        { "{matchLabels: {a: b}}", "{a: c}", false },
        { "{matchLabels: {a: b}}", "{}", false },
        { "{matchExpressions: [{key: a, operator: In, values: [b, c]}]}", "{a: c}", true },
        { "{matchExpressions: [{key: a, operator: In, values: [b, c]}]}", "{a: d}", false },
        { "{matchExpressions: [{key: a, operator: In, values: [b]}]}", "{}", false },
        { "{matchExpressions: [{key: a, operator: NotIn, values: [b]}]}", "{a: c}", true },
        { "{matchExpressions: [{key: a, operator: NotIn, values: [b]}]}", "{}", true },
        { "{matchExpressions: [{key: a, operator: NotIn, values: [b]}]}", "{a: b}", false },
        { "{matchExpressions: [{key: a, operator: Exists}]}", "{a: ''}", true },
        { "{matchExpressions: [{key: a, operator: Exists}]}", "{b: ''}", false },
        { "{matchExpressions: [{key: a, operator: DoesNotExist}]}", "{b: ''}", true },
        { "{matchExpressions: [{key: a, operator: DoesNotExist}]}", "{a: ''}", false },
        { "{matchExpressions: [{key: a, operator: Gt, values: ['3']}]}", "{a: '10'}", true },
        { "{matchExpressions: [{key: a, operator: Lt, values: ['3']}]}", "{a: '10'}", false },
        { "{matchExpressions: [{key: a, operator: Gt, values: ['3']}]}", "{a: many}", false },
        { "{matchExpressions: [{key: a, operator: Like, values: ['3']}]}", "{a: '3'}", false },
        { "{matchLabels: {a: b}, matchExpressions: [{key: c, operator: Exists}]}", "{a: b}", false },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (selector_matches(yaml_value(arena, rows[i].selector), yaml_value(arena, rows[i].labels)) !=
            rows[i].matches)
            fail_msg("%s and %s", rows[i].selector, rows[i].labels);
    assert_false(selector_matches(NULL, yaml_value(arena, "{a: b}")));
    assert_false(selector_map_matches(yaml_value(arena, "{}"), yaml_value(arena, "{a: b}")));
    assert_true(selector_map_matches(yaml_value(arena, "{a: b}"), yaml_value(arena, "{a: b, c: d}")));
    assert_false(selector_map_matches(yaml_value(arena, "{a: b}"), NULL));
}

TEST("a condition's time moves only when its status does") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *conditions = json_new_array(arena);
    conditions_set(arena, conditions, "Ready", false, "Starting", "not yet", 0);
    conditions_set(arena, conditions, "Ready", false, "Waiting", "still not", 5000000000);
    assert_int_equal(json_length(conditions), 1);
    assert_string_equal(json_string_at(conditions, "0.lastTransitionTime", ""), "1970-01-01T00:00:00Z");
    assert_string_equal(json_string_at(conditions, "0.reason", ""), "Waiting");
    conditions_set(arena, conditions, "Ready", true, NULL, NULL, 5000000000);
    assert_string_equal(json_string_at(conditions, "0.lastTransitionTime", ""), "1970-01-01T00:00:05Z");
    assert_null(json_at(conditions, "0.reason"));
}

TEST("finds a controller among owners, and survives objects without anything") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = yaml_value(
        arena, "{metadata: {ownerReferences: [{uid: a}, {uid: b, controller: true}], finalizers: [x]}}");
    assert_true(object_is_controlled_by(object, "b"));
    assert_false(object_is_controlled_by(object, "a"));
    assert_true(object_has_finalizer(object, "x"));
    struct json *empty = yaml_value(arena, "{}");
    assert_string_equal(object_name(empty), "");
    assert_null(object_controller(empty));
    assert_null(object_label(empty, "a"));
    assert_false(object_is_deleting(empty));
    assert_false(pod_is_ready(empty));
    assert_int_equal(pod_ready_since(empty), 0);
    assert_false(object_is_controlled_by(NULL, "b"));
}
