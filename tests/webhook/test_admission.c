#include "fake_judge.h"
#include "test.h"

#include "base/encoding.h"
#include "base/yaml.h"
#include "webhook/mutation.h"

/* A review around the given members of request, written as YAML. */
static struct text review(struct arena *arena, const char *kind, const char *operation, const char *members) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents = NULL;
    struct error err = { 0 };

    buffer_printf(&text,
                  "{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {uid: u-1, name: x, "
                  "namespace: ns, "
                  "kind: {group: neo4j.neo4j.com, version: v1alpha1, kind: %s}, operation: %s, %s}}",
                  kind, operation, members);
    if (!yaml_parse(arena, buffer_text(&text), &documents, &err))
        fail_msg("%s: %s", members, err.text);
    return text_from(json_print(arena, json_item(documents, 0)));
}

/* The response, in arena. */
static struct json *ask_with(struct arena *arena, const struct admission_options *options,
                             enum admission_task task, const char *kind, const char *operation,
                             const char *members) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct admission_outcome outcome;
    struct error err = { 0 };
    struct json *answer = NULL;

    if (!admission_answer(options, task, review(arena, kind, operation, members), &out, &outcome, &err))
        fail_msg("%s", err.text);
    assert_true(json_parse(arena, text_from(arena_strdup(arena, buffer_string(&out))), NULL, &answer, &err));
    assert_string_equal(json_string_at(answer, "apiVersion", ""), "admission.k8s.io/v1");
    assert_string_equal(json_string_at(answer, "kind", ""), "AdmissionReview");
    assert_string_equal(json_string_at(answer, "response.uid", ""), "u-1");
    assert_int_equal(json_bool_at(answer, "response.allowed", false), outcome.is_allowed);
    assert_string_equal(review_operation_name(outcome.operation), operation);
    return json_get(answer, "response");
}

static struct json *ask(struct arena *arena, enum admission_task task, const char *kind,
                        const char *operation, const char *members) {
    struct admission_options options = fake_options();

    return ask_with(arena, &options, task, kind, operation, members);
}

static const char *patch_of(struct arena *arena, const struct json *response) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    if (!json_get(response, "patch"))
        return "";
    assert_string_equal(json_string_at(response, "patchType", ""), "JSONPatch");
    assert_true(base64_decode(&text, text_from(json_string_at(response, "patch", ""))));
    return arena_strdup(arena, buffer_string(&text));
}

TEST("objects are judged when they are made and when their spec changes, and never locked in") {
    static const struct {
        const char *when, *kind, *operation, *members;
        bool is_allowed;
    } rows[] = {
        { "good", "Neo4jThing", "CREATE", "object: {spec: {}}", true },
        { "bad", "Neo4jThing", "CREATE", "object: {spec: {bad: [a]}}", false },
        { "bad, dry run", "Neo4jThing", "CREATE", "dryRun: true, object: {spec: {bad: [a]}}", false },
        { "turns bad", "Neo4jThing", "UPDATE", "object: {spec: {bad: [a]}}, oldObject: {spec: {}}", false },
        { "other spec, still bad", "Neo4jThing", "UPDATE",
          "object: {spec: {bad: [a]}}, oldObject: {spec: {bad: [b]}}", false },
        { "bad, spec unchanged", "Neo4jThing", "UPDATE",
          "object: {spec: {bad: [a]}, metadata: {finalizers: []}}, oldObject: {spec: {bad: [a]}}", true },
        { "no spec at all", "Neo4jThing", "UPDATE", "object: {metadata: {}}, oldObject: {spec: {}}", true },
        { "bad, being deleted", "Neo4jThing", "UPDATE",
          "object: {metadata: {deletionTimestamp: \"2026-01-01T00:00:00Z\"}, spec: {bad: [a]}}, oldObject: "
          "{}",
          true },
        { "deletionTimestamp null", "Neo4jThing", "UPDATE",
          "object: {metadata: {deletionTimestamp: null}, spec: {bad: [a]}}, oldObject: {}", false },
        { "status", "Neo4jThing", "UPDATE",
          "subResource: status, object: {spec: {bad: [a]}}, oldObject: {spec: {}}", true },
        { "scale", "Neo4jThing", "UPDATE",
          "subResource: scale, object: {spec: {bad: [a]}}, oldObject: {spec: {}}", true },
        { "a kind that is not known", "Neo4jUnknown", "CREATE", "object: {spec: {bad: [a]}}", true },
        { "connect", "Neo4jThing", "CONNECT", "object: {spec: {bad: [a]}}", true },
        { "deletion", "Neo4jThing", "DELETE", "oldObject: {spec: {bad: [a]}}", true },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct json *response =
            ask(arena, ADMISSION_VALIDATE, rows[i].kind, rows[i].operation, rows[i].members);
        if (json_bool_at(response, "allowed", false) != rows[i].is_allowed)
            fail_msg("%s: %s", rows[i].when, json_print(arena, response));
        assert_true(
            json_bool_at(ask(arena, ADMISSION_MUTATE, rows[i].kind, rows[i].operation, rows[i].members),
                         "allowed", false));
    }
}

TEST("a refusal says what an API server would say, with a cause for each error") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *one =
        ask(arena, ADMISSION_VALIDATE, "Neo4jThing", "CREATE", "object: {spec: {bad: [wrong]}}");
    const struct json *two =
        ask(arena, ADMISSION_VALIDATE, "Neo4jThing", "CREATE", "object: {spec: {bad: [a, b]}}");

    assert_string_equal(json_string_at(one, "status.message", ""),
                        "Neo4jThing.neo4j.neo4j.com \"x\" is invalid: spec.bad: wrong");
    assert_string_equal(json_string_at(two, "status.message", ""),
                        "Neo4jThing.neo4j.neo4j.com \"x\" is invalid: [spec.bad: a, spec.bad: b]");
    assert_int_equal(json_integer_at(two, "status.code", 0), 422);
    assert_string_equal(json_string_at(two, "status.reason", ""), "Invalid");
    assert_string_equal(json_print(arena, json_at(two, "status.details")),
                        "{\"name\":\"x\",\"group\":\"neo4j.neo4j.com\",\"kind\":\"Neo4jThing\",\"causes\":["
                        "{\"reason\":\"FieldValueInvalid\",\"message\":\"a\",\"field\":\"spec.bad\"},"
                        "{\"reason\":\"FieldValueInvalid\",\"message\":\"b\",\"field\":\"spec.bad\"}]}");
}

TEST("only the value \"true\" protects, and only what is not being deleted yet") {
    static const struct {
        const char *when, *metadata;
        bool is_allowed;
    } rows[] = {
        { "true", "annotations: {neo4j.neo4j.com/deletion-protection: \"true\"}", false },
        { "false", "annotations: {neo4j.neo4j.com/deletion-protection: \"false\"}", true },
        { "True", "annotations: {neo4j.neo4j.com/deletion-protection: \"True\"}", true },
        { "yes", "annotations: {neo4j.neo4j.com/deletion-protection: \"yes\"}", true },
        { "1", "annotations: {neo4j.neo4j.com/deletion-protection: \"1\"}", true },
        { "a space behind it", "annotations: {neo4j.neo4j.com/deletion-protection: \"true \"}", true },
        { "empty", "annotations: {neo4j.neo4j.com/deletion-protection: \"\"}", true },
        { "no text", "annotations: {neo4j.neo4j.com/deletion-protection: true}", true },
        { "another annotation", "annotations: {deletion-protection: \"true\"}", true },
        { "a label", "labels: {neo4j.neo4j.com/deletion-protection: \"true\"}", true },
        { "no annotations", "annotations: null", true },
        { "with finalizers",
          "finalizers: [a/b], annotations: {neo4j.neo4j.com/deletion-protection: \"true\"}", false },
        { "being deleted",
          "finalizers: [a/b], deletionTimestamp: \"2026-01-01T00:00:00Z\", "
          "annotations: {neo4j.neo4j.com/deletion-protection: \"true\"}",
          true },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct json *response =
            ask(arena, ADMISSION_VALIDATE, "Neo4jThing", "DELETE",
                arena_printf(arena, "oldObject: {metadata: {%s}}", rows[i].metadata));
        if (json_bool_at(response, "allowed", false) != rows[i].is_allowed)
            fail_msg("%s: %s", rows[i].when, json_print(arena, response));
    }
}

TEST("a protected object is refused with the way out, and only when protection is on") {
    static const char members[] =
        "oldObject: {metadata: {annotations: {neo4j.neo4j.com/deletion-protection: \"true\"}}}";
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct admission_options options = fake_options();
    const struct json *refusal =
        ask_with(arena, &options, ADMISSION_VALIDATE, "Neo4jEnterpriseCluster", "DELETE", members);

    assert_string_equal(
        json_string_at(refusal, "status.message", ""),
        "Neo4jEnterpriseCluster.neo4j.neo4j.com \"x\" is protected from deletion; to delete it, first "
        "run: kubectl annotate neo4jenterprisecluster x -n ns neo4j.neo4j.com/deletion-protection-");
    assert_int_equal(json_integer_at(refusal, "status.code", 0), 403);
    assert_string_equal(json_string_at(refusal, "status.reason", ""), "Forbidden");
    options.deletion_protection = false;
    assert_true(json_bool_at(
        ask_with(arena, &options, ADMISSION_VALIDATE, "Neo4jEnterpriseCluster", "DELETE", members), "allowed",
        false));
}

TEST("in a deleted collection a protected object is named by what is in it") {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct admission_options options = fake_options();
    struct admission_outcome outcome;
    struct error err = { 0 };

    assert_true(admission_answer(
        &options, ADMISSION_VALIDATE,
        TEXT(
            "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u\","
            "\"kind\":{\"group\":\"neo4j.neo4j.com\",\"version\":\"v1alpha1\",\"kind\":\"Neo4jThing\"},"
            "\"namespace\":\"ns\",\"operation\":\"DELETE\",\"object\":null,\"oldObject\":{\"metadata\":{"
            "\"name\":\"kept\",\"annotations\":{\"neo4j.neo4j.com/deletion-protection\":\"true\"}}}}}"),
        &out, &outcome, &err));
    assert_false(outcome.is_allowed);
    assert_non_null(strstr(buffer_string(&out), "annotate neo4jthing kept -n ns "));
}

TEST("warnings are one line each, cut between characters, and end where an API server would drop them") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer members = { 0 };

    buffer_add_string(&members, "object: {spec: {odd: [\"two\\nlines\"");
    for (int i = 0; i < 30; i++) {
        buffer_add_string(&members, ", \"x");
        for (int j = 0; j < 200; j++)
            buffer_add_string(&members, "é");
        buffer_add_string(&members, "\"");
    }
    buffer_add_string(&members, "]}}");
    const struct json *response =
        ask(arena, ADMISSION_VALIDATE, "Neo4jThing", "CREATE", buffer_string(&members));
    size_t bytes = 0;
    assert_string_equal(json_string_at(response, "warnings.0", ""), "two lines");
    JSON_FOR_EACH_ITEM (warning, json_get(response, "warnings")) {
        assert_true(warning->length <= REVIEW_WARNING_BYTES_MAX);
        assert_true(text_is_utf8((struct text){ warning->string, warning->length }));
        bytes += warning->length;
    }
    assert_in_range(bytes, REVIEW_WARNINGS_BYTES_MAX - REVIEW_WARNING_BYTES_MAX, REVIEW_WARNINGS_BYTES_MAX);
}

TEST("a refusal of very many or very long errors stays within its limits") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer members = { 0 };

    buffer_add_string(&members, "object: {spec: {bad: [a");
    for (int i = 0; i < 150; i++)
        buffer_printf(&members, ", \"%0300d\"", i);
    buffer_add_string(&members, "]}}");
    const struct json *response =
        ask(arena, ADMISSION_VALIDATE, "Neo4jThing", "CREATE", buffer_string(&members));
    assert_int_equal(strlen(json_string_at(response, "status.message", "")), REVIEW_MESSAGE_BYTES_MAX);
    assert_int_equal(json_length(json_at(response, "status.details.causes")), REVIEW_CAUSES_MAX);
}

TEST("defaults, the cluster's label and the version are filled in, and nothing that is there is changed") {
    static const struct {
        const char *when, *kind, *operation, *members, *patch;
    } rows[] = {
        { "everything is missing", "Neo4jEnterpriseCluster", "CREATE",
          "object: {metadata: {name: x}, spec: {}}",
          "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{\"neo4j.com/cluster\":\"x\"}},"
          "{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":{\"neo4j.neo4j.com/"
          "admitted-version\":\"9.9.9\"}},"
          "{\"op\":\"add\",\"path\":\"/spec/size\",\"value\":3}]" },
        { "beside others", "Neo4jDatabase", "CREATE",
          "object: {metadata: {labels: {a: b}, annotations: {c: d}}, spec: {clusterRef: graph, size: 1}}",
          "[{\"op\":\"add\",\"path\":\"/metadata/labels/neo4j.com~1cluster\",\"value\":\"graph\"},"
          "{\"op\":\"add\",\"path\":\"/metadata/annotations/"
          "neo4j.neo4j.com~1admitted-version\",\"value\":\"9.9.9\"}]" },
        { "what somebody has set stays", "Neo4jDatabase", "CREATE",
          "object: {metadata: {labels: {neo4j.com/cluster: mine}, annotations: "
          "{neo4j.neo4j.com/admitted-version: \"\"}},"
          " spec: {clusterRef: graph, size: 1}}",
          "" },
        { "no version at an update", "Neo4jUser", "UPDATE",
          "object: {metadata: {}, spec: {clusterRef: graph, size: 1}}, oldObject: {spec: {}}",
          "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{\"neo4j.com/cluster\":\"graph\"}}]" },
        { "an update of something else", "Neo4jUser", "UPDATE",
          "object: {metadata: {}, spec: {clusterRef: graph}}, oldObject: {spec: {clusterRef: graph}}", "" },
        { "no label value", "Neo4jUser", "UPDATE",
          "object: {metadata: {}, spec: {clusterRef: \"not a name\", size: 1}}, oldObject: {}", "" },
        { "labels that are no map", "Neo4jUser", "UPDATE",
          "object: {metadata: {labels: [1]}, spec: {clusterRef: graph, size: 1}}, oldObject: {}", "" },
        { "no metadata", "Neo4jUser", "UPDATE", "object: {spec: {clusterRef: graph, size: 1}}, oldObject: {}",
          "" },
        { "no defaults for what is refused", "Neo4jUser", "UPDATE",
          "object: {spec: {bad: [a]}}, oldObject: {}", "" },
        { "deletion", "Neo4jUser", "DELETE", "oldObject: {metadata: {}, spec: {clusterRef: graph}}", "" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const char *patch =
            patch_of(arena, ask(arena, ADMISSION_MUTATE, rows[i].kind, rows[i].operation, rows[i].members));
        if (!str_equal(patch, rows[i].patch))
            fail_msg("%s: %s", rows[i].when, patch);
    }
}

TEST("every kind says by its own fields which cluster it belongs to") {
    static const struct {
        const char *kind, *object, *cluster;
    } rows[] = {
        { "Neo4jEnterpriseCluster", "{}", "x" },
        { "Neo4jEnterpriseStandalone", "{}", "x" },
        { "Neo4jBackup", "{spec: {target: {kind: Cluster, name: graph}}}", "graph" },
        { "Neo4jBackup", "{spec: {target: {kind: Database, name: sales, clusterRef: graph}}}", "graph" },
        { "Neo4jRestore", "{spec: {targetCluster: graph}}", "graph" },
        { "Neo4jRestore", "{spec: {clusterRef: graph}}", "graph" },
        { "Neo4jDatabase", "{spec: {clusterRef: graph}}", "graph" },
        { "Neo4jDatabase", "{spec: {clusterName: graph}}", "graph" },
        { "Neo4jShardedDatabase", "{spec: {clusterRef: graph}}", "graph" },
        { "Neo4jPlugin", "{spec: {clusterRef: graph}}", "graph" },
        { "Neo4jUser", "{spec: {clusterRef: graph}}", "graph" },
        { "Neo4jRole", "{spec: {clusterRef: graph}}", "graph" },
        { "Neo4jGrant", "{spec: {clusterRef: graph}}", "graph" },
        { "Neo4jGrant", "{spec: {clusterRef: 7}}", NULL },
        { "Other", "{spec: {clusterRef: graph}}", NULL },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *documents = NULL;
        assert_true(yaml_parse(arena, text_from(rows[i].object), &documents, NULL));
        const char *cluster = mutation_cluster(rows[i].kind, "x", json_item(documents, 0));
        if (!str_equal(cluster, rows[i].cluster))
            fail_msg("%s %s: %s", rows[i].kind, rows[i].object, cluster);
    }
}

TEST("what is no review is refused by name of what is wrong") {
    static const struct {
        const char *body, *error;
    } rows[] = {
        { "", "the body is no JSON" },
        { "{}", "the body is no AdmissionReview" },
        { "[]", "the body is no AdmissionReview" },
        { "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1beta1\"}", "apiVersion is not" },
        { "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\"}", "request is missing" },
        { "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{}}",
          "request.uid" },
        { "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u\"}}",
          "request.kind" },
        { "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u\","
          "\"kind\":{\"kind\":\"K\"},\"operation\":\"LOOK\"}}",
          "request.operation" },
        { "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u\","
          "\"kind\":{\"kind\":\"K\"},\"operation\":\"CREATE\",\"object\":7}}",
          "request.object is no object" },
        { "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u\","
          "\"kind\":{\"kind\":\"K\"},\"operation\":\"CREATE\"}}",
          "request.object is missing" },
        { "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u\","
          "\"kind\":{\"kind\":\"K\"},\"operation\":\"DELETE\",\"oldObject\":null}}",
          "request.oldObject is missing" },
    };
    struct admission_options options = fake_options();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer out = { 0 };
        struct admission_outcome outcome;
        struct error err = { 0 };
        assert_false(
            admission_answer(&options, ADMISSION_VALIDATE, text_from(rows[i].body), &out, &outcome, &err));
        assert_int_equal(err.kind, ERROR_INVALID);
        assert_int_equal(out.length, 0);
        if (!str_starts_with(err.text, rows[i].error))
            fail_msg("%s: %s", rows[i].body, err.text);
    }
}
