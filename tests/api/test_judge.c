/* Holds our own judge to the tables of manifests, see tests/api/manifests/README.md. */
#include "test.h"

#include "api/judge.h"
#include "base/file.h"
#include "base/yaml.h"

enum { TABLE_BYTES_MAX = 4 * 1024 * 1024 };

static struct json *read_table(struct arena *arena, const char *stem) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents = NULL;
    struct error err = { 0 };

    if (!file_read(arena_printf(arena, API_MANIFESTS "/%s.yaml", stem), TABLE_BYTES_MAX, &text, &err) ||
        !yaml_parse(arena, buffer_text(&text), &documents, &err))
        fail_msg("%s.yaml: %s", stem, err.text);
    return documents;
}

/* The object of a case, or as it was before: `part` is the case or its member `before`. */
static struct json *object_of(struct arena *arena, const struct api_kind *kind, const struct json *test_case,
                              const struct json *part) {
    static const char *const members[] = { "spec", "status" };
    struct json *object = json_copy(arena, json_get(part, "object"));
    const struct json *metadata = json_get(part, "metadata");

    if (object)
        return object;
    object = json_new_object(arena);
    json_set_string(arena, object, "apiVersion", API_GROUP "/" API_VERSION);
    json_set_string(arena, object, "kind", kind->name);
    json_set_string(arena, json_set_object(arena, object, "metadata"), "name",
                    json_string_at(test_case, "name", "graph"));
    JSON_FOR_EACH_MEMBER (member, metadata ? metadata : json_get(test_case, "metadata"))
        json_set(arena, json_get(object, "metadata"), member->key, &member->value);
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
        if (json_get(part, members[i]))
            json_set(arena, object, members[i], json_copy(arena, json_get(part, members[i])));
    return object;
}

/* "R2 spec.topology.servers" for each; without the rule when it is the schema's. */
static struct json *found_of(struct arena *arena, const struct field_errors *errors, bool by_rules) {
    struct json *list = json_new_array(arena);

    for (size_t i = 0; i < errors->count; i++) {
        const struct field_error *error = &errors->items[i];
        if ((error->rule != NULL) != by_rules ||
            strstr(error->text, "some validation rules were not checked"))
            continue;
        json_append_string(arena, list,
                           by_rules ? arena_printf(arena, "%s %s", error->rule, error->field) : error->field);
    }
    return list;
}

static bool holds(const struct json *list, const struct json *item) {
    JSON_FOR_EACH_ITEM (candidate, list)
        if (json_equal(candidate, item))
            return true;
    return false;
}

/* Of a duplicate the whole item is named, where a case may name the key. */
static bool same_sets(struct arena *arena, const struct json *expected, const struct json *found) {
    JSON_FOR_EACH_ITEM (item, expected) {
        const char *dot = strrchr(item->string, '.');
        struct json *parent = json_new_string(
            arena, arena_strndup(arena, item->string, dot ? (size_t)(dot - item->string) : 0));
        if (!holds(found, item) && !holds(found, parent))
            return false;
    }
    JSON_FOR_EACH_ITEM (item, found) {
        bool is_named = holds(expected, item);
        JSON_FOR_EACH_ITEM (candidate, expected)
            is_named |= str_starts_with(candidate->string, arena_printf(arena, "%s.", item->string));
        if (!is_named)
            return false;
    }
    return true;
}

static bool check(struct arena *arena, const struct json *test_case, const char *key,
                  const struct json *found, const struct field_errors *errors) {
    const struct json *expected = json_get(test_case, key);

    if (same_sets(arena, expected ? expected : json_new_array(arena), found))
        return true;
    print_error("%s: %s: expected %s, found %s: %s\n", json_string_at(test_case, "when", ""), key,
                expected ? json_print(arena, expected) : "[]", json_print(arena, found),
                field_errors_message(errors));
    return false;
}

static bool judge_case(struct judge *judge, const struct api_kind *kind, const struct json *test_case) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *before = json_get(test_case, "before");

    if (json_get(test_case, "text"))
        return true; /* for who reads YAML: tests/cli */
    struct verdict verdict = judge_object(judge, arena, kind, object_of(arena, kind, test_case, test_case),
                                          before ? object_of(arena, kind, test_case, before) : NULL);
    bool is_schema_right =
        check(arena, test_case, "schema", found_of(arena, &verdict.errors, false), &verdict.errors);
    bool are_rules_right =
        check(arena, test_case, "errors", found_of(arena, &verdict.errors, true), &verdict.errors);
    return check(arena, test_case, "warnings", found_of(arena, &verdict.warnings, true), &verdict.warnings) &&
           is_schema_right && are_rules_right;
}

TEST("every manifest gets exactly the verdicts that its case names") {
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    size_t wrong = 0, bad = 0, good = 0;

    for (size_t i = 0; i < api_kind_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        JSON_FOR_EACH_ITEM (test_case, read_table(arena, api_kinds[i].stem)) {
            bool is_bad = json_get(test_case, "schema") || json_get(test_case, "errors");
            *(is_bad ? &bad : &good) += 1;
            wrong += !judge_case(judge, &api_kinds[i], test_case);
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(bad >= 400 && good >= 150);
}

static struct verdict judge_yaml(struct judge *judge, struct arena *arena, const char *kind,
                                 const char *yaml) {
    struct json *documents = NULL;

    assert_true(yaml_parse(arena, text_from(yaml), &documents, NULL));
    return judge_object(judge, arena, api_kind_find(kind), json_item(documents, 0), NULL);
}

TEST("fills in stored defaults only where their parent is") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    struct verdict verdict = judge_yaml(
        judge, arena, "Neo4jEnterpriseCluster",
        "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: a}, spec: "
        "{topology: {servers: 3}, image: {tag: 5.26.0}}}");

    assert_string_equal(
        json_print(arena, json_get(verdict.object, "spec")),
        "{\"topology\":{\"servers\":3,\"serverModeConstraint\":\"NONE\",\"enforceDistribution\":"
        "false},\"image\":{\"tag\":\"5.26.0\",\"pullPolicy\":\"IfNotPresent\"}}");
}

TEST("names the field that was meant") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    struct verdict verdict =
        judge_yaml(judge, arena, "Neo4jEnterpriseCluster",
                   "{metadata: {name: a}, spec: {topologie: {}, topology: {server: 3, serverRoles: "
                   "[{serverIndex: 0, modeConstrain: NONE, modeConstraint: NONE, zzz: 1}]}}}");

    assert_int_equal(verdict.errors.count, 5);
    assert_string_equal(field_error_message(arena, &verdict.errors.items[0]),
                        "spec.topologie: Unknown field: did you mean topology?");
    assert_string_equal(field_error_message(arena, &verdict.errors.items[1]),
                        "spec.topology.server: Unknown field: did you mean servers?");
    assert_string_equal(
        field_error_message(arena, &verdict.errors.items[2]),
        "spec.topology.serverRoles[0].modeConstrain: Unknown field: did you mean modeConstraint?");
    assert_string_equal(field_error_message(arena, &verdict.errors.items[3]),
                        "spec.topology.serverRoles[0].zzz: Unknown field: there is no such field");
}
