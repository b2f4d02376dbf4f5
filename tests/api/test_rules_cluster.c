#include "test.h"

#include "api/defaults.h"
#include "api/rules_cluster.h"
#include "api/schema.h"
#include "base/file.h"
#include "base/yaml.h"

enum { MANIFEST_BYTES_MAX = 1024 * 1024 };

static struct json *read_cases(struct arena *arena) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents = NULL;
    struct error err = { 0 };

    if (!file_read(API_MANIFESTS "/cluster.yaml", MANIFEST_BYTES_MAX, &text, &err) ||
        !yaml_parse(arena, buffer_text(&text), &documents, &err))
        fail_msg("%s", err.text);
    return documents;
}

static const struct json *object_of(struct arena *arena, const struct json *test_case) {
    struct json *object = json_new_object(arena);
    json_set_string(arena, json_set_object(arena, object, "metadata"), "name",
                    json_string_at(test_case, "name", "graph"));
    json_set(arena, object, "spec", json_get(test_case, "spec"));
    return object;
}

/* "R2 spec.topology.servers" for each; without the rule when it is the schema's. */
static struct json *verdicts(struct arena *arena, const struct findings *findings) {
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        json_append_string(arena, list,
                           finding->rule ? arena_printf(arena, "%s %s", finding->rule, finding->field)
                                         : finding->field);
    }
    return list;
}

static bool check_verdicts(struct arena *arena, const struct json *test_case, const char *key,
                           const struct findings *findings) {
    const struct json *expected = json_get(test_case, key);
    const struct json *found = verdicts(arena, findings);

    if (!expected)
        expected = json_new_array(arena);
    if (json_equal(expected, found))
        return true;
    print_error("%s: %s: expected %s, found %s: %s\n", json_string_at(test_case, "when", ""), key,
                json_print(arena, expected), json_print(arena, found), findings_text(arena, findings));
    return false;
}

static bool judge_case(struct arena *arena, const struct json *test_case) {
    const struct json *object = object_of(arena, test_case);
    struct findings *schema = findings_new(arena);
    struct findings *errors = findings_new(arena);
    struct findings *warnings = findings_new(arena);
    struct cluster_spec *spec = NULL;
    struct error err = { 0 };

    schema_judge(&cluster_spec_object, json_get(object, "spec"), "spec", schema);
    if (!check_verdicts(arena, test_case, "schema", schema))
        return false;
    if (schema->count > 0)
        return true;
    if (!cluster_spec_decode(arena, json_get(object, "spec"), &spec, &err))
        fail_msg("%s: %s", json_string_at(test_case, "when", ""), err.text);
    cluster_spec_set_defaults(arena, spec);
    cluster_judge(object, spec, errors, warnings);
    bool are_errors_right = check_verdicts(arena, test_case, "errors", errors);
    return check_verdicts(arena, test_case, "warnings", warnings) && are_errors_right;
}

TEST("every manifest gets exactly the verdicts that its case names") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *cases = read_cases(arena);
    size_t wrong = 0;

    assert_true(json_length(cases) > 60);
    JSON_FOR_EACH_ITEM (test_case, cases)
        wrong += !judge_case(arena, test_case);
    assert_int_equal(wrong, 0);
}

static struct cluster_spec *spec_of(struct arena *arena, const char *yaml) {
    struct json *documents = NULL;
    struct cluster_spec *spec = NULL;

    assert_true(yaml_parse(arena, text_from(yaml), &documents, NULL));
    assert_true(cluster_spec_decode(arena, json_item(documents, 0), &spec, NULL));
    cluster_spec_set_defaults(arena, spec);
    return spec;
}

TEST("says in a finding what is allowed and what to do") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct findings *errors = findings_new(arena);
    struct findings *warnings = findings_new(arena);

    cluster_judge(NULL, spec_of(arena, "{topology: {servers: 1}, image: {tag: '5.20'}}"), errors, warnings);
    assert_string_equal(
        findings_text(arena, errors),
        "[spec.topology.servers: Invalid value: 1: must be 2 to 20; use a Neo4jEnterpriseStandalone "
        "for a single server, spec.image.tag: Invalid value: \"5.20\": must be 5.26.x or 2025.01 and "
        "later, for example 5.26.0-enterprise]");
    assert_int_equal(warnings->count, 0);
}

TEST("refuses what a running cluster cannot change to") {
    static const struct {
        const char *when, *before, *after, *running, *found;
    } rows[] = {
        { "nothing changes", "{topology: {servers: 3}}", "{topology: {servers: 3}}", "5.26.0", "[]" },
        { "more servers, a newer patch, a larger volume",
          "{topology: {servers: 3}, image: {tag: 5.26.0}, storage: {size: 10Gi}}",
          "{topology: {servers: 5}, image: {tag: 5.26.3}, storage: {size: 10240Mi}}", NULL, "[]" },
        { "a volume that shrinks", "{storage: {size: 10Gi}}", "{storage: {size: 9Gi}}", NULL,
          "[\"R9 spec.storage.size\"]" },
        { "another class", "{storage: {size: 1Gi, className: a}}", "{storage: {size: 1Gi, className: b}}",
          NULL, "[\"R24 spec.storage.className\"]" },
        { "no class is the empty class", "{storage: {size: 1Gi, className: ''}}", "{storage: {size: 1Gi}}",
          NULL, "[]" },
        { "other access modes and order", "{storage: {size: 1Gi}}",
          "{storage: {size: 1Gi, accessModes: [ReadWriteMany]}, podManagementPolicy: OrderedReady}", NULL,
          "[\"R24 spec.storage.accessModes\",\"R24 spec.podManagementPolicy\"]" },
        { "to a calendar version", "{image: {tag: 5.26.0}}", "{image: {tag: 2025.01.0}}", NULL, "[]" },
        { "back from a calendar version", "{image: {tag: 2025.01.0}}", "{image: {tag: 5.26.9}}", NULL,
          "[\"R22 spec.image.tag\"]" },
        { "to an older patch", "{image: {tag: 5.26.3}}", "{image: {tag: 5.26.2}}", NULL,
          "[\"R22 spec.image.tag\"]" },
        { "what runs counts, not what was wanted", "{image: {tag: 5.26.0}}", "{image: {tag: 5.26.1}}",
          "5.26.2", "[\"R22 spec.image.tag\"]" },
        { "another backup before the first run", "{restoreFromBackup: {backupRef: a}}",
          "{restoreFromBackup: {backupRef: b}}", NULL, "[]" },
        { "another backup afterwards", "{restoreFromBackup: {backupRef: a}}", "{restoreFrom: {backupRef: b}}",
          "5.26.0", "[\"R24 spec.restoreFromBackup\"]" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct findings *errors = findings_new(arena);
        cluster_judge_change(spec_of(arena, rows[i].before), spec_of(arena, rows[i].after), rows[i].running,
                             errors);
        const char *found = json_print(arena, verdicts(arena, errors));
        if (strcmp(found, rows[i].found) != 0)
            fail_msg("%s: %s", rows[i].when, found);
    }
}
