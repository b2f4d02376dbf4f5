#include "test.h"
#include "yaml.h"

#include "sim/apply.h"
#include "sim/apply_managers.h"
#include "sim/apply_set.h"
#include "sim/schema_registry.h"

/* ---- helpers ---- */

static struct field_set set_of(struct arena *arena, const char *fields) {
    struct field_set set = { 0 };
    struct error err = { 0 };

    if (!field_set_parse(arena, yaml_value(arena, fields), &set, &err))
        fail_msg("%s", err.text);
    return set;
}

static struct apply_request request_as(const struct schema *schema, const char *manager) {
    return (struct apply_request){
        .schema = schema, .api_version = "v1", .manager = manager, .now = INT64_C(1767225600000000000)
    };
}

/* ---- sets ---- */

TEST("prints field sets in the order and form of the real server") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    static const struct {
        const char *when, *given, *printed;
    } rows[] = {
        { "fields in order", "{f:b: {}, f:a: {}}", "{\"f:a\":{},\"f:b\":{}}" },
        { "a parent that is a member itself", "{f:a: {.: {}, f:b: {}}}", "{\"f:a\":{\".\":{},\"f:b\":{}}}" },
        { "a parent that is not", "{f:a: {f:b: {}}}", "{\"f:a\":{\"f:b\":{}}}" },
        { "keys after fields, values last", "{'v:\"x\"': {}, 'k:{\"b\":1,\"a\":\"y\"}': {}, f:z: {}}",
          "{\"f:z\":{},\"k:{\\\"a\\\":\\\"y\\\",\\\"b\\\":1}\":{},\"v:\\\"x\\\"\":{}}" },
        { "numbers by value", "{'v:10': {}, 'v:9': {}}", "{\"v:9\":{},\"v:10\":{}}" },
        { "what a later version may add is left out", "{f:a: {}, 'q:z': {}}", "{\"f:a\":{}}" },
        { "nothing", "{}", "{}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct field_set set = set_of(arena, rows[i].given);
        const char *printed = json_print(arena, field_set_print(arena, &set));
        if (!str_equal(printed, rows[i].printed))
            fail_msg("%s: %s", rows[i].when, printed);
    }
}

TEST("refuses field sets that make no sense") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    static const char *const rows[] = { "{a: {}}",     "{'': {}}",    "{'k:[1]': {}}",
                                        "{'k:{': {}}", "{'i:x': {}}", "{f:a: {b: {}}}" };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct field_set set = { 0 };
        struct error err = { 0 };
        if (field_set_parse(arena, yaml_value(arena, rows[i]), &set, &err))
            fail_msg("accepted: %s", rows[i]);
        assert_int_equal(err.kind, ERROR_INVALID);
    }
}

TEST("joins, meets and subtracts sets; what is below a path stays unless all is to go") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct field_set a = set_of(arena, "{f:a: {.: {}, f:x: {}, f:y: {}}, f:b: {}}");
    struct field_set b = set_of(arena, "{f:a: {f:y: {}, f:z: {}}, f:c: {}}");
    struct field_set parent = set_of(arena, "{f:a: {}}");
    const struct {
        const char *when;
        struct field_set result;
        const char *wanted;
    } rows[] = {
        { "union", field_set_union(arena, &a, &b),
          "{f:a: {.: {}, f:x: {}, f:y: {}, f:z: {}}, f:b: {}, f:c: {}}" },
        { "intersection", field_set_intersection(arena, &a, &b), "{f:a: {f:y: {}}}" },
        { "difference", field_set_difference(arena, &a, &b), "{f:a: {.: {}, f:x: {}}, f:b: {}}" },
        { "difference with a parent", field_set_difference(arena, &a, &parent),
          "{f:a: {f:x: {}, f:y: {}}, f:b: {}}" },
        { "recursive difference", field_set_recursive_difference(arena, &a, &parent), "{f:b: {}}" },
        { "difference with itself", field_set_difference(arena, &a, &a), "{}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct field_set wanted = set_of(arena, rows[i].wanted);
        if (!field_set_equal(&rows[i].result, &wanted))
            fail_msg("%s: %s", rows[i].when, json_print(arena, field_set_print(arena, &rows[i].result)));
    }
}

TEST("merges the oldest updates of each version when there are too many") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct managers managers = { .arena = arena };

    for (int i = 0; i < 4; i++)
        managers_put(&managers,
                     &(struct manager){ .name = arena_printf(arena, "m%d", i),
                                        .api_version = i == 1 ? "v2" : "v1",
                                        .subresource = "",
                                        .time = arena_printf(arena, "2026-01-01T00:00:0%dZ", i),
                                        .fields = set_of(arena, arena_printf(arena, "{f:f%d: {}}", i)) });
    managers_put(&managers, &(struct manager){ .name = "applier",
                                               .is_apply = true,
                                               .api_version = "v1",
                                               .subresource = "",
                                               .fields = set_of(arena, "{f:a: {}}") });
    managers_cap_updates(&managers, 3);
    struct json *entries = managers_print(&managers);
    assert_int_equal(json_length(entries), 4);
    assert_string_equal(json_string_at(entries, "0.manager", ""), "applier");
    assert_string_equal(json_string_at(entries, "2.manager", ""), "ancient-changes");
    assert_string_equal(json_string_at(entries, "2.time", ""), "2026-01-01T00:00:02Z");
    assert_string_equal(json_print(arena, json_at(entries, "2.fieldsV1")), "{\"f:f0\":{},\"f:f2\":{}}");
}

/* ---- applying ---- */

TEST("changes neither the live object nor the configuration") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema = schema_registry_find(registry, "", "v1", "ConfigMap");
    struct apply_request request = request_as(schema, "a");
    struct json *applied =
        yaml_value(arena, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: '1'}}");
    struct json *changed =
        yaml_value(arena, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {b: '2'}}");
    struct apply_conflicts conflicts = { 0 };
    struct json *live = NULL;
    struct json *next = NULL;

    assert_true(apply_merge(arena, &request, NULL, applied, &live, &conflicts, NULL));
    const char *live_before = json_print(arena, live);
    const char *changed_before = json_print(arena, changed);
    assert_true(apply_merge(arena, &request, live, changed, &next, &conflicts, NULL));
    assert_string_equal(json_print(arena, live), live_before);
    assert_string_equal(json_print(arena, changed), changed_before);
    assert_null(json_at(next, "data.a"));
    assert_string_equal(json_string_at(next, "data.b", ""), "2");
}

TEST("keeps what was there when only the times of managers differ") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *live =
        yaml_value(arena, "metadata: {resourceVersion: '7', managedFields: [{manager: a, time: t1}]}\na: 1");
    struct json *same = yaml_value(arena, "metadata: {managedFields: [{manager: a, time: t2}]}\na: 1");
    struct json *other = yaml_value(arena, "metadata: {managedFields: [{manager: a, time: t2}]}\na: 2");

    assert_true(apply_settle(arena, live, same));
    assert_string_equal(json_string_at(same, "metadata.managedFields.0.time", ""), "t1");
    assert_false(apply_settle(arena, live, other));
    assert_string_equal(json_string_at(other, "metadata.managedFields.0.time", ""), "t2");
    assert_false(apply_settle(arena, NULL, other));
    apply_strip(other);
    assert_null(json_at(other, "metadata.managedFields"));
}

TEST("does not apply over managers that it can't read, and forgets them at the next update") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema = schema_registry_find(registry, "", "v1", "ConfigMap");
    struct apply_request request = request_as(schema, "a");
    struct json *applied =
        yaml_value(arena, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: '1'}}");
    static const char *const rows[] = {
        "[{manager: x, operation: Spoil, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {}}]",
        "[{manager: x, operation: Apply, fieldsType: FieldsV1, fieldsV1: {}}]",
        "[{manager: x, operation: Apply, apiVersion: v1, fieldsV1: {}}]",
        "[{manager: x, operation: Apply, apiVersion: v1, fieldsType: FieldsV2, fieldsV1: {}}]",
        "[{manager: x, operation: Apply, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {bad: {}}}]",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *live = json_copy(arena, applied);
        struct json *object = json_copy(arena, applied);
        struct apply_conflicts conflicts = { 0 };
        struct json *merged = NULL;
        struct error err = { 0 };
        json_set(arena, json_get(live, "metadata"), "managedFields", yaml_value(arena, rows[i]));
        assert_false(apply_merge(arena, &request, live, applied, &merged, &conflicts, &err));
        assert_non_null(strstr(err.text, "failed to decode managed fields: "));
        json_set_string(arena, json_get(object, "data"), "b", "2");
        apply_track(arena, &request, live, object);
        assert_null(json_at(object, "metadata.managedFields"));
    }
}

TEST("owns all of what became atomic when it owned a part") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    struct json *crd =
        yaml_value(arena, "spec:\n"
                          "  group: example.com\n"
                          "  names: {kind: Thing}\n"
                          "  versions:\n"
                          "  - name: v1\n"
                          "    schema:\n"
                          "      openAPIV3Schema:\n"
                          "        type: object\n"
                          "        properties:\n"
                          "          m: {type: object, additionalProperties: {type: string}}\n");
    struct json *applied = yaml_value(
        arena, "{apiVersion: example.com/v1, kind: Thing, metadata: {name: c}, m: {a: '1', b: '2'}}");
    struct apply_request request = request_as(NULL, "a");
    struct apply_conflicts conflicts = { 0 };
    struct json *live = NULL;

    assert_true(schema_registry_set_crd(registry, crd, NULL));
    request.schema = schema_registry_find(registry, "example.com", "v1", "Thing");
    request.api_version = "example.com/v1";
    assert_true(apply_merge(arena, &request, NULL, applied, &live, &conflicts, NULL));
    assert_string_equal(json_print(arena, json_at(live, "metadata.managedFields.0.fieldsV1")),
                        "{\"f:m\":{\"f:a\":{},\"f:b\":{}}}");
    json_set_string(arena, json_at(crd, "spec.versions.0.schema.openAPIV3Schema.properties.m"),
                    "x-kubernetes-map-type", "atomic");
    assert_true(schema_registry_set_crd(registry, crd, NULL));
    request.schema = schema_registry_find(registry, "example.com", "v1", "Thing");
    request.manager = "b";
    struct json *changed = json_copy(arena, live);
    json_set_string(arena, json_get(changed, "metadata"), "generateName", "g");
    apply_track(arena, &request, live, changed);
    assert_string_equal(json_print(arena, json_at(changed, "metadata.managedFields.0.fieldsV1")),
                        "{\"f:m\":{}}");
    json_remove(json_get(applied, "m"), "a");
    struct error err = { 0 };
    assert_false(apply_merge(arena, &request, changed, applied, &live, &conflicts, &err));
    assert_int_equal(err.kind, ERROR_CONFLICT);
    assert_int_equal(conflicts.count, 1);
    assert_string_equal(conflicts.items[0].field, ".m");
    assert_string_equal(conflicts.items[0].operation, "Apply");
}
