#include "test.h"

#include "base/yaml.h"
#include "webhook/judging.h"
#include "webhook/mutation.h"

static const struct json *read_yaml(struct arena *arena, const char *text) {
    struct json *documents = NULL;
    struct error err = { 0 };

    if (!yaml_parse(arena, text_from(text), &documents, &err))
        fail_msg("%s", err.text);
    return json_item(documents, 0);
}

/* A cluster whose spec says more than what it must. */
static const struct json *cluster(struct arena *arena, const char *more) {
    return read_yaml(
        arena, arena_printf(arena,
                            "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, "
                            "metadata: {name: graph, namespace: default}, "
                            "spec: {image: {repo: neo4j, tag: 5.26.0-enterprise}, storage: {size: 1Gi}, %s}}",
                            more));
}

static struct admission_verdict judge_cluster(struct arena *arena, const char *more) {
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    struct admission_judge by = judging_by(judge);
    struct admission_verdict verdict = { 0 };

    assert_true(by.judge(by.context, arena, "Neo4jEnterpriseCluster", cluster(arena, more), NULL, &verdict));
    return verdict;
}

TEST("what the definitions refuse is refused, by its field and in an API server's words") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct admission_verdict verdict = judge_cluster(
        arena, "topology: {servers: 3, serverRoles: [{serverIndex: 7, modeConstraint: PRIMARY}]}");

    assert_int_equal(verdict.error_count, 1);
    assert_string_equal(verdict.errors[0].reason, "FieldValueInvalid");
    assert_string_equal(verdict.errors[0].field, "spec.topology.serverRoles");
    assert_true(str_starts_with(verdict.errors[0].message, "Invalid value: "));
}

TEST("a field that is not known here is let through, and stays where it is") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *object = cluster(arena, "topology: {servers: 3, newer: 1}, fromTheFuture: {a: 1}");
    struct admission_verdict verdict =
        judge_cluster(arena, "topology: {servers: 3, newer: 1}, fromTheFuture: {a: 1}");
    const struct json *patch = mutation_patch(arena, &(struct mutation){ .object = object,
                                                                         .with_defaults = verdict.object,
                                                                         .kind = "Neo4jEnterpriseCluster",
                                                                         .name = "graph" });

    assert_int_equal(verdict.error_count, 0);
    assert_true(json_length(patch) > 1);
    JSON_FOR_EACH_ITEM (operation, patch)
        assert_string_equal(json_string_at(operation, "op", ""), "add");
}

TEST("warnings name the field and what is to be done") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct admission_verdict verdict = judge_cluster(arena, "topology: {servers: 2}");

    assert_int_equal(verdict.error_count, 0);
    assert_int_equal(verdict.warning_count, 1);
    assert_string_equal(
        verdict.warnings[0],
        "spec.topology.servers: tolerates the loss of none with 2; use 3 or more in production");
}

TEST("a kind that is not declared is nobody's to judge") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    struct admission_judge by = judging_by(judge);
    struct admission_verdict verdict = { 0 };

    assert_false(by.judge(by.context, arena, "Neo4jNothing", read_yaml(arena, "{}"), NULL, &verdict));
}
