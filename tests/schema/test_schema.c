#include "test.h"
#include "yaml.h"

#include "schema/node.h"
#include "sim/schema_registry.h"

/* ---- helpers ---- */

/* A CRD of the kind Thing with one version, v1, whose schema is the YAML. */
static struct json *crd_with(struct arena *arena, const char *schema) {
    struct json *crd =
        yaml_value(arena, "spec:\n"
                          "  group: example.com\n"
                          "  names: {kind: Thing, plural: things}\n"
                          "  versions: [{name: v1, subresources: {status: {}}, schema: {}}]\n");

    json_set(arena, json_at(crd, "spec.versions.0.schema"), "openAPIV3Schema", yaml_value(arena, schema));
    return crd;
}

static const struct schema *thing_of(struct schema_registry *registry, struct arena *arena,
                                     const char *schema) {
    struct error err = { 0 };

    if (!schema_registry_set_crd(registry, crd_with(arena, schema), &err))
        fail_msg("%s", err.text);
    return schema_registry_find(registry, "example.com", "v1", "Thing");
}

/* All errors as one text; "" when it is valid. */
static const char *judge(struct arena *arena, const struct schema *schema, const char *object) {
    struct field_errors errors = { .arena = arena };

    (void)schema_validate(schema, yaml_value(arena, object), NULL, &errors);
    return field_errors_message(&errors);
}

/* ---- the registry ---- */

TEST("finds built-in kinds by group, version and kind, and no others") {
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *set = schema_registry_find(registry, "apps", "v1", "StatefulSet");

    assert_non_null(set);
    assert_false(schema_is_custom(set));
    assert_true(schema_has_subresource(set, "status"));
    assert_true(schema_has_subresource(set, "scale"));
    assert_false(schema_has_subresource(set, "eviction"));
    assert_false(schema_has_subresource(schema_registry_find(registry, "", "v1", "ConfigMap"), "status"));
    assert_null(schema_registry_find(registry, "", "v1", "StatefulSet"));
    assert_null(schema_registry_find(registry, "apps", "v1beta1", "StatefulSet"));
    assert_non_null(json_get(schema_registry_components(registry), "core.v1.Pod"));
}

TEST("replaces a custom kind with its new definition and forgets it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema =
        thing_of(registry, arena, "{type: object, properties: {a: {type: string}}}");

    assert_true(schema_is_custom(schema));
    assert_true(schema_has_subresource(schema, "status"));
    assert_false(schema_has_subresource(schema, "scale"));
    assert_string_equal(judge(arena, schema, "{a: 1}"),
                        "a: Invalid value: \"integer\": a in body must be of type string: \"integer\"");
    schema = thing_of(registry, arena, "{type: object, properties: {a: {type: integer}}}");
    assert_string_equal(judge(arena, schema, "{a: 1}"), "");
    schema_registry_remove_crd(registry, "example.com", "Other");
    assert_non_null(schema_registry_find(registry, "example.com", "v1", "Thing"));
    schema_registry_remove_crd(registry, "example.com", "Thing");
    assert_null(schema_registry_find(registry, "example.com", "v1", "Thing"));
}

static const char rules_schema[] =
    "{type: object, properties: {spec: {type: object, x-kubernetes-validations: [\n"
    "  {rule: 'self.low <= self.high', message: 'low is above high', fieldPath: .low},\n"
    "  {rule: '!has(oldSelf.name) || self.name == oldSelf.name', message: name is for good, reason: "
    "FieldValueForbidden,"
    " fieldPath: .name},\n"
    "  {rule: '!has(self.map) || size(self.map) < 2', messageExpression: \"'has ' + string(size(self.map)) + "
    "' "
    "entries'\", fieldPath: \".map['a.b']\"}],\n"
    " properties: {low: {type: integer}, high: {type: integer}, name: {type: string}, map: {type: object, "
    "additionalProperties: {type: string}},\n"
    "  list: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: "
    "object, required:"
    " [k], properties: {k: {type: string}, v: {type: integer}},\n"
    "   x-kubernetes-validations: [{rule: self.v >= oldSelf.v, message: v never shrinks}]}},\n"
    "  text: {type: string, maxLength: 5, x-kubernetes-validations: [{rule: \"self != 'no'\", message: say "
    "yes}]}}}}}";

static const char *judge_change(struct arena *arena, const struct schema *schema, const char *before,
                                const char *object) {
    struct field_errors errors = { .arena = arena };

    (void)schema_validate(schema, yaml_value(arena, object), before ? yaml_value(arena, before) : NULL,
                          &errors);
    return field_errors_message(&errors);
}

TEST("judges rules in CEL at any depth, and changes where there is something to compare with") {
    static const struct {
        const char *when, *before, *object, *said;
    } rows[] = {
        { "all is well", NULL, "{spec: {low: 1, high: 2, text: ok}}", "" },
        { "a rule fails", NULL, "{spec: {low: 3, high: 2}}", "spec.low: Invalid value: low is above high" },
        { "a rule can't be evaluated", NULL, "{spec: {low: 3}}",
          "spec.low: Invalid value: no such key: high evaluating rule: low is above high" },
        { "the value of a scalar is shown", NULL, "{spec: {low: 1, high: 2, text: 'no'}}",
          "spec.text: Invalid value: \"no\": say yes" },
        { "a message that is an expression", NULL, "{spec: {low: 1, high: 2, map: {a: b, c: d}}}",
          "spec.map[a.b]: Invalid value: has 2 entries" },
        { "a rule of changes, at creation", NULL, "{spec: {low: 1, high: 2, name: x}}", "" },
        { "a change that is forbidden", "{spec: {low: 1, high: 2, name: x}}",
          "{spec: {low: 1, high: 2, name: z}}", "spec.name: Forbidden: name is for good" },
        { "items of a list map have their like",
          "{spec: {low: 1, high: 2, list: [{k: a, v: 3}, {k: b, v: 1}]}}",
          "{spec: {low: 1, high: 2, list: [{k: b, v: 2}, {k: a, v: 2}, {k: c, v: 0}]}}",
          "spec.list[1]: Invalid value: v never shrinks" },
        { "what was wrong before may stay", "{spec: {low: 3, high: 2, text: 'no'}}",
          "{spec: {low: 3, high: 2, text: 'no'}, status: {}}", "" },
        { "until its part of the object changes", "{spec: {low: 3, high: 2, text: 'no'}}",
          "{spec: {low: 4, high: 2, text: 'no'}}", "spec.low: Invalid value: low is above high" },
        { "too wrong to be looked at", NULL, "{spec: {low: a, high: 2}}",
          "[spec.low: Invalid value: \"string\": spec.low in body must be of type integer: \"string\", "
          "<nil>: Invalid "
          "value: null: some validation rules were not checked because the object was invalid; correct the "
          "existing errors to "
          "complete validation]" },
        { "wrong, but it can be looked at", NULL,
          "{spec: {low: 3, high: 2, list: [{k: a, v: 1}, {k: a, v: 2}]}}",
          "[spec.list[1]: Duplicate value: {\"k\":\"a\"}, spec.low: Invalid value: low is above high]" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
        const struct schema *schema = thing_of(registry, arena, rules_schema);
        const char *said = judge_change(arena, schema, rows[i].before, rows[i].object);
        if (!str_equal(said, rows[i].said))
            fail_msg("%s: %s", rows[i].when, said);
    }
}

TEST("refuses definitions that it can't use, and keeps what it had") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    static const struct {
        const char *when;
        const char *schema;
        const char *complaint;
    } rows[] = {
        { "a rule that is no CEL", "{type: object, x-kubernetes-validations: [{rule: self.}]}",
          ".rule: Invalid value" },
        { "a broken pattern", "{type: object, properties: {a: {type: string, pattern: '('}}}",
          "spec.validation.openAPIV3Schema.properties[a].pattern: Invalid value: \"(\"" },
        { "an unknown type", "{type: object, properties: {a: {type: text}}}",
          "spec.validation.openAPIV3Schema.properties[a].type: Unsupported value: \"text\"" },
        { "a root that is no object", "{type: string}",
          "spec.validation.openAPIV3Schema.type: Invalid value" },
        { "a list map without keys",
          "{type: object, properties: {l: {type: array, x-kubernetes-list-type: map}}}",
          "spec.validation.openAPIV3Schema.properties[l].x-kubernetes-list-map-keys: Required "
          "value" },
        { "a default of another type", "{type: object, properties: {a: {type: integer, default: x}}}",
          "spec.validation.openAPIV3Schema.properties[a].default: Invalid value: \"string\":  in body must "
          "be of "
          "type integer: \"string\"" },
        { "a default with an unknown field",
          "{type: object, properties: {a: {type: object, default: {q: 1}}}}",
          "spec.validation.openAPIV3Schema.properties[a].default: Invalid value: {\"q\":1}: must not have "
          "unknown "
          "fields" },
        { "a list map whose key may be absent",
          "{type: object, properties: {l: {type: array, x-kubernetes-list-type: map, "
          "x-kubernetes-list-map-keys: "
          "[k], items: {type: object, properties: {k: {type: string}}}}}}",
          "spec.validation.openAPIV3Schema.properties[l].items.properties[k].default: Required value: this "
          "property "
          "is in x-kubernetes-list-map-keys, so it must have a default or be a required property" },
        { "a set of objects",
          "{type: object, properties: {l: {type: array, x-kubernetes-list-type: set, items: {type: "
          "object}}}}",
          "spec.validation.openAPIV3Schema.properties[l].items.x-kubernetes-map-type: Invalid value: null: "
          "must be "
          "atomic as item of a list with x-kubernetes-list-type=set" },
        { "no type", "{type: object, properties: {a: {}}}",
          "spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be empty for "
          "specified "
          "object fields" },
        { "no items", "{type: object, properties: {a: {type: array}}}",
          "spec.validation.openAPIV3Schema.properties[a].items: Required value: must be specified" },
        { "a reference", "{type: object, properties: {a: {type: object, $ref: x}}}",
          "spec.validation.openAPIV3Schema.properties[a].$ref: Forbidden: $ref is not supported" },
        { "unique items",
          "{type: object, properties: {a: {type: array, uniqueItems: true, items: {type: string}}}}",
          "spec.validation.openAPIV3Schema.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set "
          "to true "
          "since the runtime complexity becomes quadratic" },
        { "members named and free",
          "{type: object, properties: {a: {type: object, properties: {b: {type: string}}, "
          "additionalProperties: {type: string}}}}",
          "spec.validation.openAPIV3Schema.properties[a].additionalProperties: Forbidden: "
          "additionalProperties and "
          "properties are mutual exclusive" },
        { "a type in a judging schema",
          "{type: object, properties: {a: {type: string, anyOf: [{type: string}]}}}",
          "spec.validation.openAPIV3Schema.properties[a].anyOf[0].type: Forbidden: must be empty to be "
          "structural" },
        { "a broken pattern far inside",
          "{type: object, properties: {l: {type: array, items: {additionalProperties: {type: string, "
          "pattern: '['}}}}}",
          "spec.validation.openAPIV3Schema.properties[l].items.additionalProperties.pattern" },
    };

    (void)thing_of(registry, arena, "{type: object, properties: {a: {type: string}}}");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct error err = { 0 };
        if (schema_registry_set_crd(registry, crd_with(arena, rows[i].schema), &err))
            fail_msg("%s: accepted", rows[i].when);
        assert_int_equal(err.kind, ERROR_INVALID);
        if (!strstr(err.text, rows[i].complaint))
            fail_msg("%s: %s", rows[i].when, err.text);
    }
    const struct schema *schema = schema_registry_find(registry, "example.com", "v1", "Thing");
    assert_string_equal(judge(arena, schema, "{a: x}"), "");
}

TEST("refuses a definition that is nested deeper than its limit") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    struct json *schema = yaml_value(arena, "{type: object}");
    struct error err = { 0 };

    for (int i = 0; i <= SCHEMA_DEPTH_MAX; i++) {
        struct json *outer = yaml_value(arena, "{type: object, properties: {}}");
        json_set(arena, json_get(outer, "properties"), "a", schema);
        schema = outer;
    }
    struct json *crd = crd_with(arena, "{type: object}");
    json_set(arena, json_at(crd, "spec.versions.0.schema"), "openAPIV3Schema", schema);
    assert_false(schema_registry_set_crd(registry, crd, &err));
    assert_non_null(strstr(err.text, "too deep or too large"));
}

/* ---- validation ---- */

TEST("takes a number without a fraction for an integer up to 2^53 - 1, beyond only when it is written as "
     "one") {
    static const struct {
        const char *value;
        bool is_integer;
    } rows[] = {
        { "3.0", true },
        { "3.5", false },
        { "1e3", true },
        { "9007199254740991.0", true },
        { "-9007199254740991.0", true },
        { "9007199254740992.0", false },
        { "9223372036854775807", true },
        { "9223372036854775808", false },
        { "1e30", false },
        { "-1e30", false },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema =
        thing_of(registry, arena, "{type: object, properties: {a: {type: integer}}}");

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *said = judge(arena, schema, arena_printf(arena, "{a: %s}", rows[i].value));
        if (rows[i].is_integer != str_equal(said, ""))
            fail_msg("%s: %s", rows[i].value, said);
    }
}

TEST("counts a pattern that takes too many steps as no match") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema =
        thing_of(registry, arena, "{type: object, properties: {a: {type: string, pattern: '^(a+)+$'}}}");

    assert_string_equal(judge(arena, schema, "{a: aaaa}"), "");
    assert_non_null(strstr(judge(arena, schema, "{a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab}"),
                           "should match '^(a+)+$'"));
}

TEST("quotes values as Go does") {
    static const struct {
        const char *text, *quoted;
    } rows[] = {
        { "plain", "\"plain\"" },
        { "", "\"\"" },
        { "a\"b\\c", "\"a\\\"b\\\\c\"" },
        { "\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\"" },
        { "\x01\x7f", "\"\\x01\\x7f\"" },
        { "grün 数据 🙂", "\"grün 数据 🙂\"" },
        { "a\u200b\u00a0b", "\"a\\u200b\\u00a0b\"" },
        { "\U000e0001", "\"\\U000e0001\"" },
        { "\xff", "\"\\xff\"" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer out = { 0 };
        schema_print_quoted(&out, text_from(rows[i].text));
        assert_string_equal(buffer_string(&out), rows[i].quoted);
    }
}

TEST("keeps a limited number of errors and counts the rest") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema =
        thing_of(registry, arena,
                 "{type: object, properties: {l: {type: array, items: {type: integer, minimum: 1}}}}");
    struct json *object = yaml_value(arena, "{l: []}");
    struct field_errors errors = { .arena = arena };

    for (int i = 0; i < FIELD_ERRORS_MAX + 5; i++)
        json_append(arena, json_get(object, "l"), json_new_integer(arena, 0));
    (void)schema_validate(schema, object, NULL, &errors);
    assert_int_equal(errors.count, FIELD_ERRORS_MAX);
    assert_int_equal(errors.dropped, 5);
}

TEST("writes one error alone, several in brackets, and a repeated one once") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct field_errors errors = { .arena = arena };
    static const char *const supported[] = { "a", "b" };

    field_errors_add(&errors, FIELD_REQUIRED, "spec.x", NULL, "%s", "tell me");
    assert_string_equal(field_errors_message(&errors), "spec.x: Required value: tell me");
    field_errors_add(&errors, FIELD_REQUIRED, "spec.x", NULL, "%s", "tell me");
    assert_string_equal(field_errors_message(&errors), "spec.x: Required value: tell me");
    field_errors_add_unsupported(&errors, "spec.y", json_new_string(arena, "c"), supported, 2);
    assert_string_equal(
        field_errors_message(&errors),
        "[spec.x: Required value: tell me, spec.y: Unsupported value: \"c\": supported values: "
        "\"a\", \"b\"]");
    struct json *status = field_errors_status(arena, &errors, "apps", "StatefulSet", "s");
    assert_int_equal(json_length(json_at(status, "details.causes")), 3);
    assert_string_equal(json_string_at(status, "details.causes.2.reason", ""), "FieldValueNotSupported");
    assert_non_null(
        strstr(json_string_at(status, "message", ""), "StatefulSet.apps \"s\" is invalid: [spec.x"));
    status = field_errors_status(arena, &errors, "", "Pod", "p");
    assert_non_null(strstr(json_string_at(status, "message", ""), "Pod \"p\" is invalid: [spec.x"));
}

TEST("knows the formats that the API server knows") {
    static const struct {
        const char *format;
        const char *good;
        const char *bad;
    } rows[] = {
        { "byte", "YWI=", "a*" },
        { "cidr", "10.0.0.0/8", "10.0.0.0/33" },
        { "cidr", "fd00::/8", "fd00::/129" },
        { "date", "2026-02-28", "2026-02-30" },
        { "date-time", "2026-01-01T00:00:00.5+02:00", "2026-01-01" },
        { "duration", "1h30m", "soon" },
        { "email", "a@b.example.com", "a.example.com" },
        { "hostname", "a-b.example.com", "-a.example.com" },
        { "ipv4", "127.0.0.1", "127.0.0.256" },
        { "ipv6", "::1", "127.0.0.1" },
        { "mac", "01:23:45:67:89:ab", "01:23:45:67:89" },
        { "uri", "bolt://a.example.com:7687", "a b" },
        { "uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (!schema_format_matches(rows[i].format, rows[i].good))
            fail_msg("%s: %s", rows[i].format, rows[i].good);
        if (schema_format_matches(rows[i].format, rows[i].bad))
            fail_msg("%s: %s", rows[i].format, rows[i].bad);
    }
    assert_true(schema_format_matches("of-tomorrow", "anything"));
}

/* ---- decoding and defaults ---- */

TEST("names unknown fields by their path, and decoding again finds none") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema = schema_registry_find(registry, "apps", "v1", "StatefulSet");
    struct json *object =
        yaml_value(arena, "metadata: {x: 1}\n"
                          "spec:\n"
                          "  template: {spec: {containers: [{name: a}, {name: b, ports: [{q: 1}]}]}}\n"
                          "  z: {}\n");
    struct schema_paths unknown = { 0 };
    struct error err = { 0 };

    assert_true(schema_decode(arena, schema, object, &unknown, &err));
    assert_int_equal(unknown.count, 3);
    assert_string_equal(unknown.items[0], "metadata.x");
    assert_string_equal(unknown.items[1], "spec.template.spec.containers[1].ports[0].q");
    assert_string_equal(unknown.items[2], "spec.z");
    struct json *before = json_copy(arena, object);
    unknown.count = 0;
    assert_true(schema_decode(arena, schema, object, &unknown, &err));
    assert_int_equal(unknown.count, 0);
    assert_true(json_equal(before, object));
    schema_default(arena, schema, object);
    before = json_copy(arena, object);
    schema_default(arena, schema, object);
    assert_true(json_equal(before, object));
}

TEST("has a sorted table of defaults, each for a field that exists, with a value of its type") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema_default_row *row = NULL;
    const struct schema_default_row *last = NULL;

    for (size_t i = 0; (row = schema_default_row(i)); i++) {
        const struct json *type = json_get(schema_registry_components(registry), row->component);
        struct json *value = NULL;
        if (!json_get(json_get(type, "properties"), row->field))
            fail_msg("%s has no field %s", row->component, row->field);
        assert_true(json_parse(arena, text_from(row->value), NULL, &value, NULL));
        if (last) {
            int order = strcmp(last->component, row->component);
            assert_true(order < 0 || (order == 0 && strcmp(last->field, row->field) < 0));
        }
        last = row;
    }
    assert_non_null(last);
}

TEST("fills in what only whole objects get") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    static const struct {
        const char *group, *kind, *object, *path, *value;
    } rows[] = {
        { "", "Namespace", "{metadata: {name: m}}", "metadata.labels", "{kubernetes.io/metadata.name: m}" },
        { "batch", "Job", "{spec: {template: {metadata: {labels: {a: b}}, spec: {containers: []}}}}",
          "metadata.labels", "{a: b}" },
        { "batch", "Job", "{spec: {template: {spec: {containers: []}}}}", "spec.backoffLimit", "6" },
        { "batch", "Job", "{spec: {parallelism: 2, template: {spec: {containers: []}}}}", "spec.completions",
          NULL },
        { "", "Secret", "{stringData: {a: b}}", "data.a", "'Yg=='" },
        { "", "Secret", "{stringData: {a: b}}", "stringData", NULL },
        { "", "Pod", "{spec: {containers: [{name: c, resources: {limits: {cpu: 1500m}}}]}}",
          "spec.containers.0.resources.requests.cpu", "1500m" },
        { "", "Pod", "{status: {podIPs: [{ip: 127.0.0.9}], podIP: 127.0.0.1}}", "status.podIPs",
          "[{ip: 127.0.0.1}]" },
        { "", "Node", "{status: {capacity: {cpu: 2}}}", "status.allocatable.cpu", "'2'" },
        { "networking.k8s.io", "NetworkPolicy", "{spec: {egress: [{}]}}", "spec.policyTypes",
          "[Ingress, Egress]" },
        { "", "Service", "{spec: {sessionAffinity: ClientIP}}",
          "spec.sessionAffinityConfig.clientIP.timeoutSeconds", "10800" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct schema *schema = schema_registry_find(registry, rows[i].group, "v1", rows[i].kind);
        struct json *object = yaml_value(arena, rows[i].object);
        assert_non_null(schema);
        assert_true(schema_decode(arena, schema, object, NULL, NULL));
        schema_default(arena, schema, object);
        const struct json *found = json_at(object, rows[i].path);
        if (!rows[i].value ? found != NULL : !found || !json_equal(found, yaml_value(arena, rows[i].value)))
            fail_msg("%s: %s", rows[i].object, json_print(arena, object));
    }
}

TEST("takes the tag of an image, not the port of its registry, for the pull policy") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    static const struct {
        const char *image, *policy;
    } rows[] = {
        { "neo4j", "Always" },
        { "neo4j:latest", "Always" },
        { "neo4j:5.26", "IfNotPresent" },
        { "registry.example.com:5000/neo4j", "Always" },
        { "registry.example.com:5000/neo4j:5", "IfNotPresent" },
        { "neo4j@sha256:0123", "IfNotPresent" },
        { "neo4j:latest@sha256:0123", "IfNotPresent" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *container = json_new_object(arena);
        json_set_string(arena, container, "image", rows[i].image);
        schema_default_struct(arena, "core.v1.Container", container);
        assert_string_equal(json_string_at(container, "imagePullPolicy", ""), rows[i].policy);
    }
}

TEST("keeps no more errors once they hold too many bytes") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct field_errors errors = { .arena = arena };
    char *name = arena_alloc_bytes(arena, FIELD_ERRORS_BYTES_MAX / 4 + 1);

    memset(name, 'x', FIELD_ERRORS_BYTES_MAX / 4);
    name[FIELD_ERRORS_BYTES_MAX / 4] = '\0';
    for (size_t i = 0; i < 6; i++)
        field_errors_add(&errors, FIELD_REQUIRED, name, NULL, "%s", "");
    assert_int_equal(errors.count, 4);
    assert_int_equal(errors.dropped, 2);
    assert_null(field_errors_last(&errors));
}

TEST("a long list of wrong items costs no memory beyond the errors that are kept") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_ARENA struct arena *said = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    const struct schema *schema =
        thing_of(registry, arena, "{type: object, properties: {list: {type: array, items: {type: string}}}}");
    struct json *object = json_new_object(arena);
    struct json *list = json_set_array(arena, object, "list");
    struct field_errors errors = { .arena = said };

    for (size_t i = 0; i < 100000; i++)
        (void)json_append(arena, list, json_new_integer(arena, 1));
    (void)schema_validate(schema, object, NULL, &errors);
    assert_int_equal(errors.count + errors.dropped, 100000);
    assert_true(arena_size(said) < 4 * 1024 * 1024);
}
